//! Directories and their links.

use super::*;

fn ask_directory(path: &str, access: &str) -> Value {
    json!({"directories": [{"path": path, "access": access}]})
}

/// Asked for as `path` of a plugin that lies in `/plugins/p`: the directories that it gets, if it may have them.
fn directories_of(path: &Path, access: &str, granted: &[Permission]) -> Option<Vec<Directory>> {
    let asked = ask_directory(path.to_str().unwrap(), access);
    match allow(&asked, granted) {
        Ok((allowance, _)) => Some(allowance.directories().to_vec()),
        Err(error) => {
            assert_eq!(error.code(), Code::Permission);
            None
        }
    }
}

#[test]
fn a_directory_is_granted_with_what_is_below_it_and_nothing_beside_it() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    let (granted, beside) = (root.join("granted"), root.join("granted-too"));
    for directory in [&granted.join("below/deep"), &beside] {
        std::fs::create_dir_all(directory).unwrap();
    }
    std::fs::write(granted.join("file"), "").unwrap();
    let grants = [files(&granted, Access::Read)];
    for (path, expected) in [
        ("granted", Some("granted")),
        ("granted/", Some("granted")),
        ("granted/./below/", Some("granted/below")),
        ("granted/below/deep", Some("granted/below/deep")),
        ("granted/below/..", Some("granted")),
        ("granted-too/../granted", Some("granted")),
        ("granted/..", None),
        ("granted/below/../..", None),
        ("granted-too", None),
        ("granted/missing", None),
        ("granted/missing/..", None),
        ("granted/file", None),
        ("granted/file/..", None),
        ("", None),
    ] {
        let asked = root.join(path);
        let got = directories_of(&asked, "read", &grants);
        let expected = expected.map(|it| {
            vec![Directory {
                path: root.join(it),
                name: asked.to_str().unwrap().to_string(),
                access: Access::Read,
            }]
        });
        assert_eq!(got, expected, "{path}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_resolved_before_anything_is_compared() {
    use std::os::unix::fs::symlink;
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    for directory in ["granted/below", "outside/below"] {
        std::fs::create_dir_all(root.join(directory)).unwrap();
    }
    for (target, link) in [
        ("../outside", "granted/out"),
        ("below", "granted/in"),
        ("granted", "door"),
        ("missing", "granted/dangling"),
        ("circle", "granted/circle"),
    ] {
        symlink(target, root.join(link)).unwrap();
    }
    symlink(root.join("outside"), root.join("granted/absolute")).unwrap();
    let get = |path: &str, granted: &str| -> Option<PathBuf> {
        let grants = [files(&root.join(granted), Access::Read)];
        let got = directories_of(&root.join(path), "read", &grants)?;
        assert_eq!(got.len(), 1);
        Some(got[0].path.clone())
    };
    for path in [
        "granted/out",
        "granted/out/below",
        "granted/absolute",
        "granted/in/../../outside",
        "granted/dangling",
        "granted/circle",
    ] {
        assert_eq!(get(path, "granted"), None, "{path}");
    }
    let below = Some(root.join("granted/below"));
    assert_eq!(get("granted/in", "granted"), below);
    assert_eq!(get("door/in", "granted"), below);
    assert_eq!(get("granted/below", "door"), below);
    assert_eq!(get("granted/out", "outside"), Some(root.join("outside")));
    assert_eq!(get("granted", "missing"), None);
}

#[cfg(unix)]
#[test]
fn a_link_that_comes_after_the_grant_does_not_move_it() {
    use std::os::unix::fs::symlink;
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    std::fs::create_dir_all(root.join("granted/below")).unwrap();
    std::fs::create_dir_all(root.join("outside/below")).unwrap();
    symlink("granted", root.join("door")).unwrap();
    let grant = |path: &str| [files(&root.join(path), Access::Read)];
    let grants = [
        "granted/below",
        "door/below",
        "door",
        "granted/later",
        "granted/later/deep",
    ];
    let [below, by_door, door, later, deep] = grants.map(grant);
    let get = |path: &str, granted| {
        let got = directories_of(&root.join(path), "read", granted)?;
        Some(got[0].path.clone())
    };
    let expected = Some(root.join("granted/below"));
    assert_eq!(get("door/below", &by_door), expected);

    // What is made later is there as soon as it is made.
    assert_eq!(get("granted/later", &later), None);
    std::fs::create_dir_all(root.join("granted/later/deep")).unwrap();
    assert_eq!(
        get("granted/later", &later),
        Some(root.join("granted/later"))
    );
    assert_eq!(
        get("door/later/deep", &deep),
        Some(root.join("granted/later/deep"))
    );

    std::fs::remove_file(root.join("door")).unwrap();
    symlink("outside", root.join("door")).unwrap();
    for granted in [&by_door, &door, &below] {
        assert_eq!(get("door/below", granted), None);
        assert_eq!(get("granted/below", granted), expected);
    }
    for (path, granted) in [("granted/below", &below), ("granted/later", &later)] {
        std::fs::rename(root.join(path), root.join("moved")).unwrap();
        symlink(root.join("outside"), root.join(path)).unwrap();
        assert_eq!(get(path, granted), None, "{path}");
        assert_eq!(get("outside", granted), None, "{path}");
        std::fs::remove_dir_all(root.join("moved")).unwrap();
    }
}

#[test]
fn reading_is_not_writing() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    let read = [files(&root, Access::Read)];
    let write = [files(&root, Access::ReadWrite)];
    let access = |asked: &str, granted: &[Permission]| {
        directories_of(&root, asked, granted).map(|it| it[0].access)
    };
    assert_eq!(access("read", &read), Some(Access::Read));
    assert_eq!(access("read-write", &read), None);
    assert_eq!(access("read", &write), Some(Access::Read));
    assert_eq!(access("read-write", &write), Some(Access::ReadWrite));
    let both = [files(&root, Access::Read), files(&root, Access::ReadWrite)];
    assert_eq!(access("read-write", &both), Some(Access::ReadWrite));
    let message = format!("read and write {}", root.display());
    let asked = ask_directory(root.to_str().unwrap(), "read-write");
    assert_eq!(refused(&asked, &read), [message]);
}

#[test]
fn a_relative_path_counts_from_the_manifest() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    std::fs::create_dir_all(root.join("p/schemas")).unwrap();
    std::fs::create_dir_all(root.join("q")).unwrap();
    let get = |path: &str| {
        let asked = Asked::parse(&ask_directory(path, "read"), &root.join("p")).unwrap();
        let grants = [grant(None, files(&root.join("p"), Access::Read))];
        let (allowance, _) = Allowance::new("p", &asked, &grants).ok()?;
        let directory = allowance.directories()[0].clone();
        Some((directory.path, directory.name))
    };
    assert_eq!(
        get("schemas"),
        Some((root.join("p/schemas"), "schemas".to_string()))
    );
    assert_eq!(get("."), Some((root.join("p"), ".".to_string())));
    assert_eq!(
        get("../p/schemas").map(|it| it.0),
        Some(root.join("p/schemas"))
    );
    assert_eq!(get("../q"), None);
    assert_eq!(get(".."), None);
}

#[cfg(unix)]
#[test]
fn a_link_that_comes_and_goes_is_looked_at_once() {
    use std::os::unix::fs::symlink;
    use std::sync::atomic::{AtomicBool, Ordering};
    let root = tempfile::tempdir().unwrap();
    let root = root.path().canonicalize().unwrap();
    for directory in ["granted/inside", "outside"] {
        std::fs::create_dir_all(root.join(directory)).unwrap();
    }
    let links = [("inside", "a"), ("../outside", "b")];
    for (target, link) in links {
        symlink(target, root.join("granted").join(link)).unwrap();
    }
    let asked = root.join("granted/a");
    let grants = [files(&root.join("granted"), Access::Read)];
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Each link replaces the other one at once: there is always one.
            let next = root.join("granted/next");
            for (target, _) in links.iter().cycle() {
                symlink(target, &next).unwrap();
                std::fs::rename(&next, &asked).unwrap();
                if stop.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        for _ in 0..5_000 {
            let got = directories_of(&asked, "read", &grants);
            for directory in got.iter().flatten() {
                if directory.path != root.join("granted/inside") {
                    stop.store(true, Ordering::Relaxed);
                    panic!("{directory:?}");
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}
