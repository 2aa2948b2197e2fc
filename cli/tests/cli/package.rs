//! `package`.

use std::fs;
use std::io::Cursor;

use serde_json::{Value, json};

use crate::sandbox::{Sandbox, plugin, read_json, text};

const ARCHIVE: &str = "pact-minimal-plugin.zip";

#[test]
fn two_runs_make_the_same_archive_and_it_installs() {
    let sandbox = Sandbox::new();
    let source = sandbox.copy_of("minimal-1.0.0", |_| {});
    fs::create_dir_all(source.join("docs")).unwrap();
    for file in ["README.md", "docs/z.md", "docs/a.md", "build.sh"] {
        fs::write(source.join(file), file).unwrap();
    }
    let shown = sandbox
        .run(&["package", text(&source), "--output", "one"])
        .good();
    // Other times and modes make no other archive.
    make_private(&source.join("README.md"));
    sandbox
        .run(&["package", text(&source), "--output", "other"])
        .good();
    for file in [ARCHIVE, "pact-minimal-plugin.zip.sha256"] {
        let read = |directory: &str| fs::read(sandbox.path(directory).join(file)).unwrap();
        assert_eq!(read("one"), read("other"), "{file}");
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(
        fs::read(sandbox.path("one").join(ARCHIVE)).unwrap(),
    ))
    .unwrap();
    let expected = [
        "README.md",
        "docs/a.md",
        "docs/z.md",
        "minimal.wasm",
        "pact-plugin.json",
    ];
    let names: Vec<String> = archive.file_names().map(str::to_string).collect();
    assert_eq!(names, expected);
    for index in 0..archive.len() {
        let entry = archive.by_index(index).unwrap();
        assert_eq!(entry.unix_mode(), Some(0o100644));
        assert_eq!(
            entry.last_modified().unwrap().to_string(),
            "1980-01-01 00:00:00"
        );
    }
    assert!(shown.starts_with(&format!("one/{ARCHIVE}: ")), "{shown}");
    assert!(
        shown.ends_with(
            "  README.md\n  docs/a.md\n  docs/z.md\n  minimal.wasm\n  pact-plugin.json\n"
        ),
        "{shown}"
    );

    let archive = sandbox.path("one").join(ARCHIVE);
    sandbox.run(&["install", text(&archive)]).good();
    assert_eq!(
        sandbox.files(&sandbox.plugin_dir().join("minimal-1.0.0")),
        expected
    );
}

#[cfg(unix)]
fn make_private(file: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    let past = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    fs::File::options()
        .write(true)
        .open(file)
        .unwrap()
        .set_modified(past)
        .unwrap();
}

#[cfg(not(unix))]
fn make_private(_: &std::path::Path) {}

#[test]
fn the_checksum_is_what_sha256sum_checks() {
    let sandbox = Sandbox::new();
    let json = sandbox
        .run(&["package", text(&plugin("minimal-1.0.0")), "--json"])
        .json();
    let checksum = fs::read_to_string(sandbox.path("pact-minimal-plugin.zip.sha256")).unwrap();
    assert_eq!(
        checksum,
        format!("{}  {ARCHIVE}\n", json["sha256"].as_str().unwrap())
    );
    let mut command = sandbox.command(std::path::Path::new("/usr/bin/sha256sum"));
    let checked = sandbox.finish(command.args(["-c", "pact-minimal-plugin.zip.sha256"]), "");
    assert_eq!(checked.good(), format!("{ARCHIVE}: OK\n"));
}

#[test]
fn the_archive_of_an_installed_plugin_has_no_paths_of_this_machine() {
    let sandbox = Sandbox::new();
    let bridge = sandbox.bridge();
    let source = plugin("minimal-1.0.0");
    sandbox
        .run(&[
            "install",
            "--exec",
            "--bridge",
            text(&bridge),
            "--grant",
            "connect=localhost",
            text(&source),
        ])
        .good();
    let installed = sandbox.plugin_dir().join("minimal-1.0.0");
    sandbox.run(&["package", text(&installed)]).good();
    let other = sandbox.path("other");
    sandbox
        .run(&["install", ARCHIVE, "--plugin-dir", text(&other)])
        .good();
    let manifest = read_json(&other.join("minimal-1.0.0/pact-plugin.json"));
    assert_eq!(
        (&manifest["executableType"], &manifest["entryPoint"]),
        (&json!("wasm"), &json!("minimal.wasm"))
    );
    assert_eq!(
        (&manifest["args"], &manifest["entryPoints"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn what_cannot_be_released_is_refused() {
    let sandbox = Sandbox::new();
    let message = sandbox.run(&["package", "absent"]).error(2);
    assert_eq!(
        message,
        "absent/pact-plugin.json does not exist; name the directory of a plugin"
    );
    let source = sandbox.copy_of("minimal-1.0.0", |it| {
        it["entryPoint"] = json!("absent.wasm")
    });
    assert!(
        sandbox
            .run(&["package", text(&source)])
            .error(1)
            .contains("absent.wasm, which cannot be read")
    );
    let source = sandbox.copy_of("minimal-1.0.0", |it| it["name"] = json!("a:b"));
    assert!(
        sandbox
            .run(&["package", text(&source)])
            .error(2)
            .contains("rename the plugin")
    );
    let source = sandbox.copy_of("minimal-1.0.0", |_| {});
    fs::write(
        source.join("minimal.wasm"),
        wat::parse_str("(component)").unwrap(),
    )
    .unwrap();
    assert!(
        sandbox
            .run(&["package", text(&source)])
            .error(1)
            .contains("so it is not a Pact plugin")
    );
    assert!(!sandbox.path(ARCHIVE).exists());
}

#[test]
fn what_install_refuses_is_not_packaged() {
    let packaged = |files: &[String]| {
        let sandbox = Sandbox::new();
        let source = sandbox.copy_of("minimal-1.0.0", |_| {});
        for file in files {
            let file = source.join("docs").join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        let message = sandbox.run(&["package", text(&source)]).error(1);
        assert!(!sandbox.path(ARCHIVE).exists());
        let message = message
            .strip_prefix(&format!("./{ARCHIVE}: "))
            .expect("the archive");
        let message = message.strip_suffix("; nobody could install it, so it was not written");
        message.expect("what it means").to_string()
    };
    let deep = format!("{}file", "a/".repeat(16));
    assert_eq!(
        packaged(std::slice::from_ref(&deep)),
        format!("the entry \"docs/{deep}\" lies too deep")
    );
    let many: Vec<String> = (0..1000).map(|it| format!("{it}.md")).collect();
    assert_eq!(packaged(&many), "has 1002 entries, and the most is 1000");
    if cfg!(target_os = "linux") {
        let cases = ["a.md", "A.md"].map(str::to_string);
        let reason =
            "the entry \"docs/a.md\" occurs twice, where upper and lower case are the same";
        assert_eq!(packaged(&cases), reason);
    }
}

#[test]
fn an_archive_is_no_part_of_the_next() {
    let sandbox = Sandbox::new();
    let source = sandbox.copy_of("minimal-1.0.0", |it| {
        let all = json!([{ "path": ".", "access": "read" }]);
        it["pluginConfig"] = json!({ "permissions": { "optional": { "directories": all } } });
    });
    for output in ["", "release", "a/b"] {
        let output = source.join(output);
        let pack = || {
            sandbox
                .run(&["package", text(&source), "--output", text(&output)])
                .good();
            fs::read(output.join(ARCHIVE)).unwrap()
        };
        let first = pack();
        assert_eq!(pack(), first, "{}", output.display());
        fs::remove_file(output.join(ARCHIVE)).unwrap();
        fs::remove_file(output.join(format!("{ARCHIVE}.sha256"))).unwrap();
    }
}
