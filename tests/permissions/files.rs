//! Directories, and ways out of them.

use super::*;

#[test]
fn a_directory_is_reached_with_what_is_below_it() {
    let scene = Scene::new();
    let granted = scene.text("granted");
    let intruder = scene.with_directory("granted", Access::ReadWrite);
    let at = |path: &str| format!("{granted}/{path}");
    let probes = [
        json!({ "do": "preopens" }),
        to_read(&at("inside")),
        to_read(&at("below/deep")),
        to_read(&at("below/../inside")),
        json!({ "do": "list", "path": granted }),
        json!({ "do": "write", "path": at("below/new"), "text": "new" }),
        json!({ "do": "mkdir", "path": at("made") }),
        json!({ "do": "rename", "from": at("below/new"), "to": at("made/renamed") }),
        json!({ "do": "link", "from": at("inside"), "to": at("linked") }),
        json!({ "do": "symlink", "from": "below/deep", "to": at("soft") }),
        to_read(&at("soft")),
        json!({ "do": "remove", "path": at("inside") }),
    ];
    let results = intruder.results(&probes);
    let expected = json!([
        {"ok": [granted]}, {"ok": "inside"}, {"ok": "deep"}, {"ok": "inside"},
        {"ok": ["below", "inside"]}, {"ok": true}, {"ok": true}, {"ok": true}, {"ok": true}, {"ok": true},
        {"ok": "deep"}, {"ok": true},
    ]);
    assert_eq!(json!(results), expected);
    assert_eq!(
        names(&scene.at("granted")),
        ["below", "linked", "made", "soft"]
    );
    assert_eq!(read(&scene.at("granted/made/renamed")), "new");
    assert_eq!(read(&scene.at("granted/linked")), "inside");
}

#[test]
fn a_relative_directory_is_one_of_the_plugins() {
    let scene = Scene::new();
    fs::create_dir(scene.at("intruder/data")).expect("made");
    fs::write(scene.at("intruder/data/own"), "own").expect("written");
    let permissions = json!({ "directories": [{ "path": "data", "access": "read" }] });
    let config = granting([files(&scene.at("intruder"), Access::Read)]);
    let intruder = scene.intruder(&permissions, config);
    assert_eq!(intruder.ok(&json!({ "do": "preopens" })), json!(["data"]));
    assert_eq!(intruder.ok(&to_read("data/own")), "own");
    intruder.assert_all_refused(
        &[
            to_read("data/../pact-plugin.json"),
            to_read("data/../../outside/secret"),
        ],
        "not-permitted",
    );
    intruder.assert_all_refused(&[to_read("pact-plugin.json")], "no-entry");
}

/// Ways that lead from `granted` to `outside`, some through links that are there already.
fn ways_out(scene: &Scene) -> Vec<String> {
    scene.link("../outside", "granted/out");
    scene.link("../outside/secret", "granted/file");
    scene.link(scene.at("outside"), "granted/absolute");
    scene.link("/", "granted/slash");
    scene.link("out", "granted/twice");
    scene.link("../..", "granted/below/up");
    scene.link(".", "granted/here");
    let ways = [
        "../outside/secret",
        "./../outside/secret",
        "below/../../outside/secret",
        "below/../../granted/../outside/secret",
        "here/../outside/secret",
        "here/here/here/../../outside/secret",
        "out/secret",
        "file",
        "absolute/secret",
        "twice/secret",
        "below/up/outside/secret",
        "below/../below/up/outside/secret",
        "out/../outside/secret",
    ];
    let mut ways: Vec<String> = ways.map(str::to_string).into();
    ways.push(scene.text("outside/secret"));
    ways.push(format!("slash{}", scene.text("outside/secret")));
    ways.push(format!("{}outside/secret", "../".repeat(3)));
    ways.push(format!(
        "{}{}",
        "../".repeat(99),
        scene.text("outside/secret")
    ));
    ways.push(format!("/{}", scene.text("outside/secret")));
    ways
}

/// Everything that can be tried with a path that leads out of the directory `preopen`.
fn trespasses(preopen: &str, way: &str) -> Vec<Value> {
    let mut probes = vec![
        json!({ "do": "read-at", "preopen": preopen, "path": way }),
        json!({ "do": "read-at", "preopen": preopen, "path": way, "follow": true, "through": "." }),
        json!({ "do": "write-at", "preopen": preopen, "path": way, "text": "x" }),
        json!({ "do": "truncate-at", "preopen": preopen, "path": way }),
    ];
    // With these the standard library would look for another preopened directory by itself.
    if way.starts_with('/') {
        return probes;
    }
    let path = format!("{preopen}/{way}");
    probes.extend([
        to_read(&path),
        json!({ "do": "stat", "path": path }),
        json!({ "do": "write", "path": path, "text": "x" }),
    ]);
    if let Some(directory) = path.strip_suffix("/secret") {
        let (inside, stolen) = (format!("{preopen}/inside"), format!("{preopen}/stolen"));
        let new = format!("{directory}/new");
        probes.extend([
            json!({ "do": "list", "path": directory }),
            json!({ "do": "mkdir", "path": new }),
            json!({ "do": "remove", "path": path }),
            json!({ "do": "remove", "path": format!("{directory}/deeper") }),
            json!({ "do": "rename", "from": path, "to": stolen }),
            json!({ "do": "link", "from": path, "to": stolen }),
            json!({ "do": "rename", "from": inside, "to": path }),
            json!({ "do": "link", "from": inside, "to": new }),
            json!({ "do": "symlink", "from": inside, "to": new }),
        ]);
    }
    probes
}

#[test]
fn no_path_and_no_link_leads_out_of_a_directory() {
    let scene = Scene::new();
    let ways = ways_out(&scene);
    for access in [Access::Read, Access::ReadWrite] {
        let intruder = scene.with_directory("granted", access);
        for way in &ways {
            let probes = trespasses(&scene.text("granted"), way);
            intruder.assert_all_refused(&probes, "not-permitted");
        }
        scene.assert_untouched();
    }
}

#[test]
fn a_link_that_the_plugin_makes_leads_nowhere() {
    let scene = Scene::new();
    let preopen = scene.text("granted");
    let intruder = scene.with_directory("granted", Access::ReadWrite);
    let make = |from: &str, to: &str| json!({ "do": "symlink", "preopen": preopen, "from": from, "to": to });
    for absolute in [
        scene.text("outside"),
        "/".to_string(),
        "/etc/passwd".to_string(),
    ] {
        intruder.assert_all_refused(&[make(&absolute, "absolute")], "not-permitted");
    }
    let links = [
        ("../outside", "out"),
        ("../outside/secret", "file"),
        ("below/../../outside", "detour"),
        ("out", "twice"),
        ("../..", "below/up"),
        ("..", "parent"),
    ];
    for (from, to) in links {
        intruder.ok(&make(from, to));
    }
    for way in [
        "out/secret",
        "file",
        "detour/secret",
        "twice/secret",
        "below/up/outside/secret",
        "parent/outside/secret",
    ] {
        intruder.assert_all_refused(&trespasses(&preopen, way), "not-permitted");
    }
    scene.assert_untouched();

    // Moving a link to where it leads elsewhere does not help either.
    let moves = [
        json!({ "do": "symlink", "from": "below/../../outside/secret", "to": format!("{preopen}/below/later") }),
        json!({ "do": "rename", "from": format!("{preopen}/below/later"), "to": format!("{preopen}/later") }),
        json!({ "do": "link", "from": format!("{preopen}/file"), "to": format!("{preopen}/hard") }),
    ];
    let results = intruder.results(&moves);
    assert!(results.iter().all(|it| it["ok"] == true), "{results:?}");
    for way in ["later", "hard"] {
        intruder.assert_all_refused(&trespasses(&preopen, way), "not-permitted");
    }
    scene.assert_untouched();
}

#[test]
fn a_hard_link_that_is_there_is_a_file_of_the_directory() {
    let scene = Scene::new();
    fs::hard_link(scene.at("outside/secret"), scene.at("granted/hard")).expect("linked");
    let hard = scene.text("granted/hard");
    let intruder = scene.with_directory("granted", Access::Read);
    // Nobody can tell it from the file itself, which somebody put there. But it is not written.
    assert_eq!(intruder.ok(&to_read(&hard)), SECRET);
    let write = json!({ "do": "write", "path": hard, "text": "x" });
    intruder.assert_all_refused(&[write], "not-permitted");
    scene.assert_untouched();
}

#[test]
fn a_read_only_directory_is_not_changed_in_any_way() {
    let scene = Scene::new();
    let preopen = scene.text("granted");
    let intruder = scene.with_directory("granted", Access::Read);
    let at = |path: &str| format!("{preopen}/{path}");
    let (inside, new) = (at("inside"), at("new"));
    assert_eq!(intruder.ok(&to_read(&inside)), "inside");
    intruder.assert_all_refused(
        &[
            json!({ "do": "write", "path": inside, "text": "x" }),
            json!({ "do": "write", "path": new, "text": "x" }),
            json!({ "do": "write-at", "preopen": preopen, "path": "inside", "text": "x" }),
            json!({ "do": "write-at", "preopen": preopen, "path": "new", "text": "x", "follow": false }),
            json!({ "do": "write-at", "preopen": preopen, "through": "below", "path": "deep", "text": "x" }),
            json!({ "do": "truncate-at", "preopen": preopen, "path": "inside" }),
            json!({ "do": "truncate-at", "preopen": preopen, "through": "below", "path": "deep" }),
            json!({ "do": "mkdir", "path": new }),
            json!({ "do": "remove", "path": inside }),
            json!({ "do": "remove", "path": at("below/deep") }),
            json!({ "do": "rename", "from": inside, "to": new }),
            json!({ "do": "rename", "from": inside, "to": at("below/deep") }),
            json!({ "do": "link", "from": inside, "to": new }),
            json!({ "do": "symlink", "from": "inside", "to": new }),
            json!({ "do": "link-at", "preopen": preopen, "from": "inside", "to-preopen": preopen, "to": "new" }),
            json!({ "do": "rename-at", "preopen": preopen, "from": "inside", "to-preopen": preopen, "to": "new" }),
        ],
        "not-permitted",
    );
    assert_eq!(names(&scene.at("granted")), ["below", "inside"]);
    assert_eq!(read(&scene.at("granted/inside")), "inside");
    assert_eq!(read(&scene.at("granted/below/deep")), "deep");
}

#[test]
fn nothing_moves_between_a_directory_to_read_and_one_to_write() {
    let scene = Scene::new();
    // One beside the other, and one within the other.
    for writable in ["writable", "granted/below"] {
        fs::create_dir_all(scene.at(writable)).expect("made");
        fs::write(scene.at(writable).join("own"), "own").expect("written");
        let (reading, writing) = (scene.text("granted"), scene.text(writable));
        let permissions = json!({ "directories": [
            scene.ask_directory("granted", Access::Read),
            scene.ask_directory(writable, Access::ReadWrite),
        ] });
        let config = granting([
            files(&scene.at("granted"), Access::Read),
            files(&scene.at(writable), Access::ReadWrite),
        ]);
        let intruder = scene.intruder(&permissions, config);
        let mut probes = Vec::new();
        for what in ["link-at", "rename-at"] {
            for (from, to) in [(&reading, &writing), (&writing, &reading)] {
                for name in ["inside", "own", "below/own"] {
                    probes.push(json!({
                        "do": what, "preopen": from, "from": name, "to-preopen": to, "to": "moved",
                    }));
                }
            }
        }
        probes.push(
            json!({ "do": "write-at", "preopen": reading, "path": "below/own", "text": "x" }),
        );
        probes.push(json!({ "do": "truncate-at", "preopen": reading, "path": "inside" }));
        intruder.assert_all_refused(&probes, "not-permitted");
        assert_eq!(names(&scene.at("granted")), ["below", "inside"]);
        assert_eq!(read(&scene.at("granted/inside")), "inside");
        let write = json!({ "do": "write-at", "preopen": writing, "path": "own", "text": "new" });
        assert_eq!(intruder.ok(&write), true);
        assert_eq!(read(&scene.at(writable).join("own")), "new");
    }
}

#[test]
fn a_link_in_place_of_the_directory_that_is_asked_for_counts_as_where_it_leads() {
    let scene = Scene::new();
    scene.link("../outside", "granted/door");
    let permissions = json!({ "directories": [scene.ask_directory("granted/door", Access::Read)] });
    scene.set(&json!({ "permissions": permissions }));
    let grant = |path: &str| granting([files(&scene.at(path), Access::Read)]);
    let error = scene.load(grant("granted")).err().expect("refused");
    assert_eq!(error.code(), Code::Permission);
    let refused = format!("read {}", scene.text("granted/door"));
    assert!(error.to_string().contains(&refused), "{error}");

    let intruder = scene.intruder(&permissions, grant("outside"));
    let door = scene.text("granted/door");
    assert_eq!(intruder.ok(&to_read(&format!("{door}/secret"))), SECRET);
    intruder.assert_all_refused(
        &[to_read(&format!("{door}/../granted/inside"))],
        "not-permitted",
    );
}

#[test]
fn a_directory_that_is_replaced_after_loading_is_not_opened_again() {
    let scene = Scene::new();
    let one_instance = |mut config: Config| {
        config.limits.instances = 1;
        config
    };
    let permissions =
        json!({ "directories": [scene.ask_directory("granted/below", Access::Read)] });
    let config = granting([files(&scene.at("granted"), Access::Read)]);
    let intruder = scene.intruder(&permissions, one_instance(config));
    let secret = to_read(&scene.text("granted/below/secret"));
    let deep = to_read(&scene.text("granted/below/deep"));
    assert_eq!(intruder.ok(&deep), "deep");
    let replace = |with: &dyn Fn(&Path)| {
        let path = scene.at("granted/below");
        fs::rename(&path, scene.at("granted/kept")).expect("moved");
        with(&path);
    };
    let put_back = || {
        let path = scene.at("granted/below");
        let _ = fs::remove_file(&path);
        fs::rename(scene.at("granted/kept"), path).expect("moved");
    };

    replace(&|path| symlink("../outside", path).expect("linked"));
    // The instance that is there has the directory, wherever it is called now.
    assert_eq!(intruder.ok(&deep), "deep");
    intruder.assert_all_refused(std::slice::from_ref(&secret), "no-entry");
    put_back();

    let replacements: [&dyn Fn(&Path); 5] = [
        &|path| symlink("../outside", path).expect("linked"),
        &|path| symlink(scene.at("outside"), path).expect("linked"),
        &|path| symlink("kept", path).expect("linked"),
        &|path| fs::write(path, "a file").expect("written"),
        &|_| {},
    ];
    let request = compare(&[]);
    for with in replacements {
        intruder.lose_instance();
        replace(with);
        let error = common::call(&intruder.plugin, "compare-contents", &request);
        let error = error.expect_err("moved");
        assert_eq!(error.code(), Code::Permission, "{error}");
        let moved = format!(
            "the directory {} that was granted",
            scene.text("granted/below")
        );
        assert!(error.to_string().contains(&moved), "{error}");
        put_back();
        assert_eq!(intruder.ok(&deep), "deep");
    }
}

#[test]
fn odd_names_are_names_like_others_or_none() {
    let scene = Scene::new();
    let preopen = scene.text("granted");
    let intruder = scene.with_directory("granted", Access::ReadWrite);
    let too_long = "n".repeat(256);
    let too_deep = "n/".repeat(5000);
    let too_high = "../".repeat(5000);
    let huge = "n".repeat(1 << 20);
    for (name, expected) in [
        ("inside\0", "invalid"),
        ("\0", "invalid"),
        ("inside\0/../../outside/secret", "invalid"),
        ("../outside/secret\0", "invalid"),
        ("", "no-entry"),
        (&too_long, "name-too-long"),
        (&too_deep, "name-too-long"),
        (&too_high, "name-too-long"),
        (&huge, "name-too-long"),
        ("inside/.", "not-directory"),
        ("inside/../inside", "not-directory"),
        ("%2e%2e/outside/secret", "no-entry"),
        ("\u{ff0e}\u{ff0e}/outside/secret", "no-entry"),
        ("~/secret", "no-entry"),
    ] {
        let probes = [
            json!({ "do": "read-at", "preopen": preopen, "path": name }),
            json!({ "do": "write-at", "preopen": preopen, "path": name, "text": "x" }),
        ];
        let errors = intruder.errors(&probes);
        assert_eq!(errors, [expected, expected], "{name:.40?}");
    }
    assert_eq!(names(&scene.at("granted")), ["below", "inside"]);
    // Where a path is divided is for the system to say.
    let write = json!({ "do": "write-at", "preopen": preopen, "path": "..\\outside", "text": "x" });
    assert_eq!(intruder.ok(&write), true);
    assert_eq!(
        names(&scene.at("granted")),
        ["..\\outside", "below", "inside"]
    );
    scene.assert_untouched();
}

#[test]
fn only_files_and_directories_are_opened() {
    let scene = Scene::new();
    let preopen = scene.text("granted");
    let pipe = scene.at("granted/pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo runs").success());
    let _socket =
        std::os::unix::net::UnixListener::bind(scene.at("granted/socket")).expect("bound");
    scene.link("pipe", "granted/link");
    let intruder = scene.with_directory("granted", Access::ReadWrite);
    for name in ["pipe", "socket", "link", "below/../pipe"] {
        intruder.assert_all_refused(
            &[
                json!({ "do": "read-at", "preopen": preopen, "path": name }),
                json!({ "do": "write-at", "preopen": preopen, "path": name, "text": "x" }),
                json!({ "do": "truncate-at", "preopen": preopen, "path": name }),
                to_read(&format!("{preopen}/{name}")),
            ],
            "not-permitted",
        );
    }
    let permissions = json!({ "directories": [{ "path": "/dev", "access": "read" }] });
    let config = granting([files(Path::new("/dev"), Access::Read)]);
    let intruder = scene.intruder(&permissions, config);
    let devices = ["/dev/zero", "/dev/null", "/dev/tty", "/dev/urandom"];
    intruder.assert_all_refused(&devices.map(to_read), "not-permitted");
}

/// Swaps two paths again and again, until it is dropped.
struct Swapping {
    stop: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Swapping {
    /// What is at `path` is there half of the time, and a link to `target` otherwise.
    fn new(path: PathBuf, target: PathBuf) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = thread::spawn(move || {
            let kept = path.with_extension("kept");
            // Each for another time, so that whatever looks twice sees all sequences.
            let mut pauses = (0..12).map(|it| 32 << it).cycle();
            let mut pause = || (0..pauses.next().unwrap_or(0)).for_each(|_| std::hint::spin_loop());
            while !stopped.load(Ordering::Relaxed) {
                fs::rename(&path, &kept).expect("moved");
                symlink(&target, &path).expect("linked");
                pause();
                fs::remove_file(&path).expect("removed");
                fs::rename(&kept, &path).expect("moved");
                pause();
            }
        });
        Swapping {
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for Swapping {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("no panic");
        }
    }
}

#[test]
fn a_link_that_comes_and_goes_is_never_followed_out() {
    let scene = Scene::new();
    fs::write(scene.at("granted/below/secret"), "harmless").expect("written");
    let preopen = scene.text("granted");
    let intruder = scene.with_directory("granted", Access::ReadWrite);
    let probes: Vec<Value> = (0..500)
        .flat_map(|_| {
            [
                json!({ "do": "read-at", "preopen": preopen, "path": "below/secret" }),
                json!({ "do": "write-at", "preopen": preopen, "path": "below/secret", "text": "harmless" }),
                json!({ "do": "mkdir", "path": format!("{preopen}/below/new") }),
            ]
        })
        .collect();
    let swapping = Swapping::new(scene.at("granted/below"), scene.at("outside"));
    for _ in 0..10 {
        for result in intruder.results(&probes) {
            assert_ne!(result["ok"], SECRET);
        }
    }
    drop(swapping);
    scene.assert_untouched();
}

#[test]
fn a_directory_that_comes_and_goes_is_opened_or_refused() {
    let scene = Scene::new();
    fs::write(scene.at("granted/below/secret"), "harmless").expect("written");
    let permissions =
        json!({ "directories": [scene.ask_directory("granted/below", Access::Read)] });
    let mut config = granting([files(&scene.at("granted"), Access::Read)]);
    config.limits.instances = 1;
    let intruder = scene.intruder(&permissions, config);
    let request = compare(&[to_read(&scene.text("granted/below/secret"))]);
    let swapping = Swapping::new(scene.at("granted/below"), scene.at("outside"));
    for _ in 0..1000 {
        // Where this fails to make an instance, or to lose one, there is another turn.
        intruder.sleep_too_long(Duration::from_millis(1));
        let error = common::call(&intruder.plugin, "compare-contents", &request);
        let error = error.expect_err("results or a refusal");
        if error.code() != Code::Permission {
            assert_ne!(results(&error), [json!({ "ok": SECRET })]);
        }
    }
    drop(swapping);
    scene.assert_untouched();
}
