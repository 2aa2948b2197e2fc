//! `list`, `remove`, `disable` and `enable`.

use std::fs;

use serde_json::json;

use crate::sandbox::{Sandbox, component, text};

/// Two versions of one plugin, another plugin, and a broken one.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let file = component("minimal-1.0.0");
    for (name, version) in [("least", "1.10.0"), ("least", "1.9.0"), ("other", "1.0.0")] {
        sandbox
            .run(&["install", text(&file), "--name", name, "--version", version])
            .good();
    }
    sandbox.write(
        "plugins/broken-1.0.0/pact-plugin.json",
        r#"{"name":"broken"}"#,
    );
    sandbox.write(
        "plugins/lua-1.0.0/pact-plugin.json",
        r#"{"name":"lua","version":"1.0.0","executableType":"lua","entryPoint":"a.lua"}"#,
    );
    sandbox
}

#[test]
fn all_that_is_installed_is_listed() {
    let sandbox = sandbox();
    sandbox.run(&["disable", "other"]).good();
    let directory = sandbox.plugin_dir();
    let place = |name: &str| directory.join(name).display().to_string();
    let expected = format!(
        "least  1.9.0   wasm  enabled   {}
least  1.10.0  wasm  enabled   {}
lua    1.0.0   lua   enabled   {}
other  1.0.0   wasm  disabled  {}
unusable: {}: field \"version\" is missing\n",
        place("least-1.9.0"),
        place("least-1.10.0"),
        place("lua-1.0.0"),
        place("other-1.0.0"),
        place("broken-1.0.0/pact-plugin.json"),
    );
    assert_eq!(sandbox.run(&["list"]).good(), expected);
    let json = sandbox.run(&["list", "--json"]).json();
    let other = json!({ "name": "other", "version": "1.0.0", "type": "wasm", "enabled": false, "directory": place("other-1.0.0") });
    assert_eq!(json["plugins"][3], other);
    assert_eq!(json["problems"][0]["directory"], place("broken-1.0.0"));
}

#[test]
fn an_empty_directory_has_nothing_and_is_not_made() {
    let sandbox = Sandbox::new();
    let directory = sandbox.plugin_dir();
    assert_eq!(
        sandbox.run(&["list"]).good(),
        format!("nothing is installed in {}\n", directory.display())
    );
    assert!(!directory.exists());
    let elsewhere = sandbox.run(&["list", "--plugin-dir", "elsewhere"]).good();
    assert_eq!(
        elsewhere,
        format!(
            "nothing is installed in {}\n",
            sandbox.path("elsewhere").display()
        )
    );
}

#[test]
fn the_directory_of_the_user_is_the_default() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(std::path::Path::new(env!("CARGO_BIN_EXE_pact-wasm")));
    let shown = sandbox
        .finish(command.arg("list").env_remove("PACT_PLUGIN_DIR"), "")
        .good();
    assert_eq!(
        shown,
        format!(
            "nothing is installed in {}\n",
            sandbox.path("home/.pact/plugins").display()
        )
    );
}

#[test]
fn a_name_that_fits_several_versions_is_ambiguous() {
    let sandbox = sandbox();
    for command in ["remove", "disable"] {
        let message = sandbox.run(&[command, "least"]).error(2);
        let place = |name: &str| sandbox.plugin_dir().join(name).display().to_string();
        let expected = format!(
            "\"least\" is installed more than once: least 1.9.0 in {}, least 1.10.0 in {}; \
             name the version or the directory that you mean",
            place("least-1.9.0"),
            place("least-1.10.0")
        );
        assert_eq!(message, expected);
    }
    let shown = sandbox.run(&["remove", "least", "1.9.0"]).good();
    assert_eq!(
        shown,
        format!(
            "removed {}\n",
            sandbox.plugin_dir().join("least-1.9.0").display()
        )
    );
    assert!(!sandbox.plugin_dir().join("least-1.9.0").exists());
    sandbox.run(&["remove", "least"]).good();
    let message = sandbox.run(&["remove", "least"]).error(2);
    let expected = format!(
        "no plugin \"least\" in {}; there are lua 1.0.0, other 1.0.0, broken 1.0.0 (unusable)",
        sandbox.plugin_dir().display()
    );
    assert_eq!(message, expected);
}

#[test]
fn a_disabled_plugin_is_hidden_until_it_is_enabled() {
    let sandbox = sandbox();
    let directory = sandbox.plugin_dir().join("other-1.0.0");
    let shown = sandbox.run(&["disable", "other"]).good();
    assert_eq!(shown, format!("disabled {}\n", directory.display()));
    assert_eq!(
        sandbox.files(&directory),
        ["other.wasm", "pact-plugin.json.disabled"]
    );
    let shown = sandbox.run(&["disable", "other"]).good();
    assert_eq!(
        shown,
        format!("{} is disabled already\n", directory.display())
    );
    let message = sandbox.run(&["disable", "others"]).error(2);
    assert!(message.contains("other 1.0.0 (disabled)"), "{message}");
    let json = sandbox.run(&["enable", "other", "1.0.0", "--json"]).json();
    assert_eq!(
        json,
        json!({ "directory": text(&directory), "enabled": true, "unchanged": false })
    );
    assert_eq!(
        sandbox.files(&directory),
        ["other.wasm", "pact-plugin.json"]
    );
    let shown = sandbox.run(&["enable", "other"]).good();
    assert_eq!(
        shown,
        format!("{} is enabled already\n", directory.display())
    );
    // Of two versions, one is disabled: that is the one to enable.
    sandbox.run(&["disable", "least", "1.9.0"]).good();
    sandbox.run(&["enable", "least"]).good();
}

#[test]
fn what_is_broken_can_be_removed() {
    for arguments in [
        ["remove", "broken", "1.0.0"].as_slice(),
        &["remove", "broken-1.0.0"],
    ] {
        let sandbox = sandbox();
        sandbox.run(arguments).good();
        assert!(!sandbox.plugin_dir().join("broken-1.0.0").exists());
        assert_eq!(
            fs::read_dir(sandbox.plugin_dir()).unwrap().count(),
            4,
            "the others, and nothing left of it"
        );
    }
}

#[test]
fn what_is_broken_is_not_taken_for_something_else() {
    let sandbox = Sandbox::new();
    for name in ["card-python", "card-python-1.0.0", "card-2.0.0"] {
        sandbox.write(&format!("plugins/{name}/pact-plugin.json"), "{");
    }
    let message = sandbox.run(&["remove", "card"]).error(2);
    let expected =
        "; there are card 2.0.0 (unusable), card-python (unusable), card-python 1.0.0 (unusable)";
    assert!(message.ends_with(expected), "{message}");
    for version in ["python", "python-1.0.0"] {
        assert_eq!(sandbox.run(&["remove", "card", version]).code, 2);
    }
    sandbox.run(&["remove", "card-python", "1.0.0"]).good();
    sandbox.run(&["remove", "card-python"]).good();
    assert_eq!(
        sandbox.files(&sandbox.plugin_dir()),
        ["card-2.0.0/pact-plugin.json"]
    );
}

#[test]
fn of_one_version_in_two_directories_one_can_be_named() {
    let sandbox = Sandbox::new();
    let manifest =
        r#"{"name":"twin","version":"1.0.0","executableType":"lua","entryPoint":"a.lua"}"#;
    let one = sandbox.write("plugins/twin/pact-plugin.json", manifest);
    sandbox.write("plugins/twin-1.0.0/pact-plugin.json", manifest);
    for arguments in [["remove", "twin"].as_slice(), &["remove", "twin", "1.0.0"]] {
        let message = sandbox.run(arguments).error(2);
        let places = format!("twin 1.0.0 in {}, ", one.parent().unwrap().display());
        assert!(message.contains(&places), "{message}");
    }
    sandbox.run(&["disable", "twin-1.0.0"]).good();
    sandbox.run(&["remove", text(one.parent().unwrap())]).good();
    assert_eq!(
        sandbox.files(&sandbox.plugin_dir()),
        ["twin-1.0.0/pact-plugin.json.disabled"]
    );
}

#[cfg(unix)]
#[test]
fn what_cannot_be_deleted_is_named() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65_534;
    let sandbox = Sandbox::new();
    let manifest =
        r#"{"name":"kept","version":"1.0.0","executableType":"lua","entryPoint":"a.lua"}"#;
    sandbox.write("plugins/kept-1.0.0/pact-plugin.json", manifest);
    let file = sandbox.write("plugins/kept-1.0.0/data/file", "");
    // Where others may go, for those who are not root.
    let program = sandbox.path("pact-wasm");
    fs::copy(env!("CARGO_BIN_EXE_pact-wasm"), &program).unwrap();
    let mut command = sandbox.command(&program);
    fs::set_permissions(sandbox.path(""), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(file.parent().unwrap(), fs::Permissions::from_mode(0o555)).unwrap();
    if fs::metadata(&file).unwrap().uid() == 0 {
        for path in ["plugins", "plugins/kept-1.0.0", "plugins/kept-1.0.0/data"] {
            chown(sandbox.path(path), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        command.uid(NOBODY).gid(NOBODY);
    }
    let message = sandbox
        .finish(command.args(["remove", "kept"]), "")
        .error(1);
    let rest = fs::read_dir(sandbox.plugin_dir())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let data = rest.join("removed/data");
    let is_there = data.join("file").exists();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(is_there);
    assert!(
        message.contains(
            "kept-1.0.0: is not installed any more, but some of its files cannot be deleted: "
        ),
        "{message}"
    );
    assert!(
        message.ends_with(&format!("; delete {} yourself", rest.display())),
        "{message}"
    );
}

#[cfg(unix)]
#[test]
fn of_a_linked_plugin_only_the_link_is_removed() {
    let sandbox = Sandbox::new();
    let source = sandbox.copy_of("minimal-1.0.0", |_| {});
    fs::create_dir(sandbox.plugin_dir()).unwrap();
    std::os::unix::fs::symlink(&source, sandbox.plugin_dir().join("minimal-1.0.0")).unwrap();
    sandbox.run(&["remove", "minimal"]).good();
    assert!(source.join("minimal.wasm").exists());
    assert_eq!(fs::read_dir(sandbox.plugin_dir()).unwrap().count(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn paths_that_json_cannot_hold_are_shown_all_the_same() {
    use std::os::unix::ffi::OsStrExt;
    let sandbox = Sandbox::new();
    let copy = sandbox.copy_of("minimal-1.0.0", |_| {});
    let place = sandbox.plugin_dir();
    fs::create_dir_all(&place).unwrap();
    fs::rename(copy, place.join(std::ffi::OsStr::from_bytes(b"bad\xff"))).unwrap();
    let listed = sandbox.run(&["list", "--json"]);
    assert_eq!((listed.code, &*listed.stderr), (0, ""));
    let directory = &listed.json()["plugins"][0]["directory"];
    assert!(
        directory.as_str().unwrap().ends_with("/bad\u{fffd}"),
        "{directory}"
    );
    let removed = sandbox.run(&["remove", "minimal", "--json"]);
    assert_eq!((removed.code, &*removed.stderr), (0, ""));
    assert!(removed.json()["removed"].is_string());
}
