//! `install` on components and directories.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::sandbox::{Sandbox, component, plugin, read_json, text};

#[test]
fn a_directory_is_installed_and_can_be_used() {
    let sandbox = Sandbox::with_cache();
    let shown = sandbox
        .run(&["install", text(&plugin("minimal-1.0.0"))])
        .good();
    let place = sandbox.plugin_dir().join("minimal-1.0.0");
    let expected = format!(
        "minimal 1.0.0 installed in {} (wasm)\n  it asks for nothing outside of its sandbox\n",
        place.display()
    );
    assert_eq!(shown, expected);
    assert_eq!(
        sandbox.files(&sandbox.plugin_dir()),
        [
            "minimal-1.0.0/minimal.wasm",
            "minimal-1.0.0/pact-plugin.json"
        ]
    );
    // It was started, so it is compiled.
    assert_eq!(
        fs::read_dir(sandbox.path("cache/pact-wasm"))
            .unwrap()
            .count(),
        1
    );

    let again = sandbox
        .run(&["install", text(&plugin("minimal-1.0.0"))])
        .good();
    assert!(
        again.starts_with("minimal 1.0.0 is installed already in "),
        "{again}"
    );
    let json = sandbox
        .run(&["install", "--json", text(&plugin("minimal-1.0.0"))])
        .json();
    assert_eq!(
        (&json["unchanged"], &json["type"]),
        (&json!(true), &json!("wasm"))
    );
}

#[test]
fn only_what_belongs_to_a_plugin_is_installed() {
    let sandbox = Sandbox::new();
    let source = sandbox.copy_of("minimal-1.0.0", |manifest| {
        manifest["entryPoint"] = json!("./minimal.wasm");
        let data = json!({ "path": "schemas/v1", "access": "read" });
        manifest["pluginConfig"] =
            json!({ "permissions": { "optional": { "directories": [data] } } });
    });
    for file in [
        "README.md",
        "LICENSE-MIT",
        "license.key",
        "readme-secret.env",
        "docs/a/b.md",
        "schemas/v1/a.json",
        "schemas/old.json",
        "src/lib.rs",
        "Cargo.toml",
    ] {
        let file = source.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "").unwrap();
    }
    sandbox.run(&["install", text(&source)]).good();
    let installed = sandbox.files(&sandbox.plugin_dir().join("minimal-1.0.0"));
    let expected = [
        "LICENSE-MIT",
        "README.md",
        "docs/a/b.md",
        "minimal.wasm",
        "pact-plugin.json",
        "schemas/v1/a.json",
    ];
    assert_eq!(installed, expected);
}

#[cfg(unix)]
#[test]
fn links_are_not_passed_on() {
    let sandbox = Sandbox::new();
    let source = sandbox.copy_of("minimal-1.0.0", |_| {});
    fs::create_dir(source.join("docs")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", source.join("docs/link.md")).unwrap();
    let message = sandbox.run(&["install", text(&source)]).error(1);
    assert!(
        message.ends_with(
            "docs/link.md: is a link or a special file; replace it with a plain file, or remove it"
        ),
        "{message}"
    );
}

#[test]
fn a_component_alone_needs_a_name_and_a_version() {
    let sandbox = Sandbox::new();
    let file = component("minimal-1.0.0");
    let message = sandbox.run(&["install", text(&file)]).error(2);
    assert_eq!(
        message,
        format!(
            "{} does not say its name; give it with --name",
            file.display()
        )
    );
    let message = sandbox
        .run(&["install", text(&file), "--name", "least"])
        .error(2);
    assert!(
        message.ends_with("does not say its version; give it with --version"),
        "{message}"
    );
    for bad in ["a/b", "..", "nul", "a:b"] {
        let message = sandbox
            .run(&["install", text(&file), "--name", bad, "--version", "1.0.0"])
            .error(2);
        assert!(
            message.ends_with("give another one with --name"),
            "{message}"
        );
    }
    let message = sandbox
        .run(&[
            "install",
            text(&file),
            "--name",
            "least",
            "--version",
            "one",
        ])
        .error(2);
    assert!(
        message.starts_with("--version is \"one\", not a semantic version such as 1.2.3: "),
        "{message}"
    );
    let message = sandbox
        .run(&["install", text(&plugin("minimal-1.0.0")), "--name", "least"])
        .error(2);
    assert_eq!(
        message,
        "--name and --version are for a component without a manifest; this plugin has one"
    );

    sandbox
        .run(&[
            "install",
            text(&file),
            "--name",
            "least",
            "--version",
            "2.0.0-rc.1",
        ])
        .good();
    let place = sandbox.plugin_dir().join("least-2.0.0-rc.1");
    let expected = json!({
        "manifestVersion": 1, "pluginInterfaceVersion": 2, "name": "least", "version": "2.0.0-rc.1",
        "executableType": "wasm", "entryPoint": "least.wasm", "pluginConfig": {}
    });
    assert_eq!(read_json(&place.join("pact-plugin.json")), expected);
    assert_eq!(
        fs::read(place.join("least.wasm")).unwrap(),
        fs::read(&file).unwrap()
    );
}

#[test]
fn a_component_of_the_prototype_is_of_interface_1() {
    let sandbox = Sandbox::new();
    let file = component("prototype-1.0.0");
    sandbox
        .run(&[
            "install",
            text(&file),
            "--name",
            "old",
            "--version",
            "1.0.0",
        ])
        .good();
    assert_eq!(
        read_json(&sandbox.plugin_dir().join("old-1.0.0/pact-plugin.json"))["pluginInterfaceVersion"],
        1
    );
}

#[test]
fn a_plugin_that_does_not_start_is_not_installed() {
    let sandbox = Sandbox::new();
    for (init, code, reason) in [
        (
            "fail",
            1,
            "plugin hostile 1.0.0, init: init failed: the guest refuses to start",
        ),
        (
            "trap",
            1,
            "plugin hostile 1.0.0, init: the plugin crashed: ",
        ),
        (
            "bad-role",
            1,
            "init returned the catalogue entry transport/hostile, but the component does not export transport",
        ),
    ] {
        let source = sandbox.copy_of("hostile-1.0.0", |it| {
            it["pluginConfig"] = json!({ "init": init })
        });
        let outcome = sandbox.run(&["install", text(&source)]);
        assert_eq!(outcome.code, code);
        assert!(outcome.stderr.contains(reason), "{}", outcome.stderr);
        assert_eq!(fs::read_dir(sandbox.plugin_dir()).unwrap().count(), 0);
    }
    let garbage = sandbox.copy_of("minimal-1.0.0", |_| {});
    fs::write(garbage.join("minimal.wasm"), "garbage").unwrap();
    let message = sandbox.run(&["install", text(&garbage)]).error(1);
    assert!(message.contains("not a WebAssembly component"), "{message}");
    let exec = sandbox.copy_of("minimal-1.0.0", |it| it["executableType"] = json!("exec"));
    let message = sandbox.run(&["install", text(&exec)]).error(1);
    assert!(
        message.contains(
            "field \"executableType\" is \"exec\", and no \"wasm\" among \"entryPoints\""
        ),
        "{message}"
    );
}

#[test]
fn other_content_of_a_version_is_replaced_by_force_alone() {
    let sandbox = Sandbox::new();
    sandbox.install("hostile-1.0.0");
    let place = sandbox.plugin_dir().join("hostile-1.0.0");
    let manifest = || read_json(&place.join("pact-plugin.json"))["pluginConfig"].clone();
    let other = sandbox.copy_of("hostile-1.0.0", |it| {
        it["pluginConfig"] = json!({ "other": true })
    });
    let message = sandbox.run(&["install", text(&other)]).error(1);
    let expected = format!(
        "{}: hostile 1.0.0 is installed already and has other content; replace it with --force",
        place.display()
    );
    assert_eq!(message, expected);
    assert_eq!(manifest(), json!({}));

    // One that does not start replaces nothing, force or not.
    let broken = sandbox.copy_of("hostile-1.0.0", |it| {
        it["pluginConfig"] = json!({ "init": "fail" })
    });
    assert_eq!(sandbox.run(&["install", "--force", text(&broken)]).code, 1);
    assert_eq!(manifest(), json!({}));

    let other = sandbox.copy_of("hostile-1.0.0", |it| {
        it["pluginConfig"] = json!({ "other": true })
    });
    sandbox.run(&["install", "--force", text(&other)]).good();
    assert_eq!(manifest(), json!({ "other": true }));
    assert_eq!(
        fs::read_dir(sandbox.plugin_dir()).unwrap().count(),
        1,
        "nothing else is left"
    );

    sandbox.run(&["disable", "hostile"]).good();
    let message = sandbox.run(&["install", text(&other)]).error(1);
    assert!(
        message.contains("is installed already and is disabled; replace it with --force"),
        "{message}"
    );
}

#[test]
fn what_a_plugin_needs_has_to_be_granted() {
    let sandbox = Sandbox::new();
    let inside = sandbox.plugin_dir().join("minimal-1.0.0/schemas");
    let source = sandbox.copy_of("minimal-1.0.0", |manifest| {
        let directory = json!({ "path": "schemas", "access": "read" });
        let asked = json!({ "connect": ["api.example.com:443"], "directories": [directory] });
        manifest["pluginConfig"] = json!({ "permissions": asked });
    });
    fs::create_dir(source.join("schemas")).unwrap();
    fs::write(source.join("schemas/a.json"), "{}").unwrap();
    let read = format!("read={}", inside.display());
    let message = sandbox.run(&["install", text(&source)]).error(1);
    let expected = format!(
        "plugin minimal 1.0.0, load: it asks for what is not granted: connect to api.example.com:443, read {}; \
         if it may have that, add --grant connect=api.example.com:443 --grant {read}",
        inside.display()
    );
    assert_eq!(message, expected);
    assert_eq!(fs::read_dir(sandbox.plugin_dir()).unwrap().count(), 0);

    let shown = sandbox
        .run(&[
            "install",
            text(&source),
            "--grant",
            "connect=*:443",
            "--grant",
            &read,
        ])
        .good();
    assert!(
        shown.contains(
            "  connect to api.example.com:443 (needed): granted in part: connect to *:443\n"
        ),
        "{shown}"
    );
    assert!(
        shown.contains(&format!("  read {} (needed): granted\n", inside.display())),
        "{shown}"
    );
    assert!(
        shown.contains("  it has to be granted again by the program that loads it\n"),
        "{shown}"
    );

    let message = sandbox
        .run(&["install", text(&source), "--grant", "conect=*"])
        .error(2);
    assert!(
        message.starts_with("--grant is \"conect=*\"; there are listen=ADDRESS"),
        "{message}"
    );
}

#[test]
fn what_does_not_exist_is_wrong_usage() {
    let sandbox = Sandbox::new();
    let message = sandbox.run(&["install", "absent.zip"]).error(2);
    assert_eq!(
        message,
        "absent.zip does not exist; name a component (.wasm), an archive (.zip) or the directory of a plugin"
    );
    let json = sandbox.run(&["install", "absent.zip", "--json"]);
    assert_eq!(
        (json.code, json.json()["error"]["code"]["name"].as_str()),
        (2, Some("usage"))
    );
    assert!(!sandbox.plugin_dir().exists(), "nothing was made");
}

/// A plugin that asks for a directory of its own, `data`.
fn with_data(sandbox: &Sandbox, access: &str) -> PathBuf {
    let source = sandbox.copy_of("minimal-1.0.0", |manifest| {
        let directory = json!({ "path": "data", "access": access });
        let asked = json!({ "directories": [directory] });
        manifest["pluginConfig"] = json!({ "permissions": asked });
    });
    fs::create_dir_all(source.join("data")).unwrap();
    source
}

#[test]
fn an_empty_directory_that_a_plugin_asks_for_is_installed() {
    let sandbox = Sandbox::new();
    let source = with_data(&sandbox, "read-write");
    let place = sandbox.plugin_dir().join("minimal-1.0.0");
    let grant = format!("read-write={}", place.join("data").display());
    let install = |what: &str| sandbox.run(&["install", what, "--grant", &grant]);
    install(text(&source)).good();
    assert!(place.join("data").is_dir());

    let shown = sandbox.run(&["package", text(&source)]).good();
    assert!(shown.ends_with("  data/\n"), "{shown}");
    let again = install("pact-minimal-plugin.zip").good();
    assert!(again.contains(" is installed already in "), "{again}");
    sandbox.run(&["remove", "minimal"]).good();
    install("pact-minimal-plugin.zip").good();
    assert!(place.join("data").is_dir());
}

#[cfg(unix)]
#[test]
fn directories_are_granted_through_a_link_to_the_plugin_directory() {
    let sandbox = Sandbox::new();
    let source = with_data(&sandbox, "read");
    fs::create_dir(sandbox.plugin_dir()).unwrap();
    let link = sandbox.path("link");
    std::os::unix::fs::symlink(sandbox.plugin_dir(), &link).unwrap();
    for directory in [&link, &sandbox.plugin_dir()] {
        let grant = format!("read={}/minimal-1.0.0/data", directory.display());
        let arguments = ["install", text(&source), "--grant", &grant];
        let through_link = ["--plugin-dir", text(&link)];
        let shown = sandbox.run(&[arguments.as_slice(), &through_link].concat());
        assert!(shown.good().contains("/data (needed): granted\n"));
        sandbox.run(&["remove", "minimal"]).good();
    }
}

#[cfg(unix)]
#[test]
fn copies_of_what_is_read_only_can_be_written() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    let bridge = sandbox.bridge();
    let source = sandbox.copy_of("minimal-1.0.0", |_| {});
    let component = source.join("minimal.wasm");
    for file in [&component, &source.join("pact-plugin.json")] {
        fs::set_permissions(file, fs::Permissions::from_mode(0o444)).unwrap();
    }
    let alone = ["--name", "alone", "--version", "1.0.0"];
    sandbox
        .run(&[
            "install",
            text(&source),
            "--exec",
            "--bridge",
            text(&bridge),
        ])
        .good();
    sandbox
        .run(&[["install", text(&component)].as_slice(), &alone].concat())
        .good();
    for file in sandbox.files(&sandbox.plugin_dir()) {
        let mode = fs::metadata(sandbox.plugin_dir().join(&file)).unwrap();
        assert_eq!(mode.permissions().mode() & 0o200, 0o200, "{file}");
    }
}

#[test]
fn a_manifest_that_need_not_change_stays_as_it_is() {
    let sandbox = Sandbox::new();
    let source = sandbox.copy_of("minimal-1.0.0", |_| {});
    let manifest = r#"{ "name": "minimal", "version": "1.0.0", "executableType": "wasm", "pluginInterfaceVersion": 2,
      "entryPoint": "minimal.wasm", "pluginConfig": { "id": 12345678901234567890123, "factor": 1.10 } }"#;
    fs::write(source.join("pact-plugin.json"), manifest).unwrap();
    sandbox.run(&["install", text(&source)]).good();
    let installed = sandbox.plugin_dir().join("minimal-1.0.0/pact-plugin.json");
    assert_eq!(fs::read_to_string(installed).unwrap(), manifest);
}

#[test]
fn the_trial_has_the_limits_that_the_user_gives() {
    let sandbox = Sandbox::new();
    let source = sandbox.copy_of("hostile-1.0.0", |it| {
        it["pluginConfig"] = json!({ "init": "loop" })
    });
    let message = sandbox
        .run(&["install", text(&source), "--timeout", "0.3"])
        .stderr;
    assert!(
        message.contains("no answer within the deadline of 300 ms"),
        "{message}"
    );
    let message = sandbox
        .run(&[
            "install",
            text(&plugin("creditcard-python-0.1.0")),
            "--memory",
            "4",
        ])
        .error(1);
    assert!(
        message.contains("bytes of memory, the limit is 4194304"),
        "{message}"
    );
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_other_content() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.plugin_dir()).unwrap();
    let place = sandbox.plugin_dir().join("minimal-1.0.0");
    std::os::unix::fs::symlink("absent", &place).unwrap();
    let shown = sandbox.run(&["list"]).good();
    let expected = format!(
        "unusable: {}: is a link to what does not exist; restore that, or remove the link\n",
        place.display()
    );
    assert_eq!(shown, expected);
    let source = plugin("minimal-1.0.0");
    let message = sandbox.run(&["install", text(&source)]).error(1);
    assert!(
        message.contains("has other content; replace it with --force"),
        "{message}"
    );
    sandbox.run(&["install", "--force", text(&source)]).good();
    assert!(place.join("minimal.wasm").is_file() && !place.is_symlink());
    assert_eq!(fs::read_dir(sandbox.plugin_dir()).unwrap().count(), 1);
}

#[test]
fn a_version_in_a_directory_of_another_name_is_the_same() {
    let sandbox = Sandbox::new();
    sandbox.install("minimal-1.0.0");
    let other = sandbox.plugin_dir().join("minimal");
    fs::rename(sandbox.plugin_dir().join("minimal-1.0.0"), &other).unwrap();
    let source = sandbox.copy_of("minimal-1.0.0", |_| {});
    let original = plugin("minimal-1.0.0");
    let shown = sandbox.run(&["install", text(&original)]).good();
    let expected = format!("minimal 1.0.0 is installed already in {} ", other.display());
    assert!(shown.starts_with(&expected), "{shown}");
    let message = sandbox.run(&["install", text(&source)]).error(1);
    assert!(message.starts_with(text(&other)), "{message}");
    sandbox.run(&["install", "--force", text(&source)]).good();
    assert_eq!(fs::read_dir(sandbox.plugin_dir()).unwrap().count(), 1);
}

#[test]
fn two_that_install_the_same_at_once_both_succeed() {
    let sandbox = Sandbox::new();
    let source = plugin("minimal-1.0.0");
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| sandbox.run(&["install", text(&source)]).good());
        }
    });
    let installed = fs::read_dir(sandbox.plugin_dir()).unwrap().count();
    assert_eq!(installed, 1, "nothing else is left");
}

/// Waits for a directory that is not finished.
fn unfinished(directory: &Path) -> PathBuf {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while std::time::Instant::now() < end {
        let mut entries = fs::read_dir(directory).into_iter().flatten().flatten();
        if let Some(entry) = entries.next()
            && entry.path().join("new").exists()
        {
            return entry.path();
        }
        std::thread::yield_now();
    }
    panic!("nothing is made in {}", directory.display());
}

#[test]
fn what_a_killed_command_has_left_is_removed_by_the_next() {
    let sandbox = Sandbox::new();
    let source = sandbox.copy_of("hostile-1.0.0", |it| {
        it["pluginConfig"] = json!({ "init": "loop" })
    });
    let mut command = sandbox.command(Path::new(env!("CARGO_BIN_EXE_pact-wasm")));
    let mut child = command.args(["install", text(&source)]).spawn().unwrap();
    let left = unfinished(&sandbox.plugin_dir());
    sandbox.install("minimal-1.0.0");
    assert!(left.exists(), "it is in use");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(left.exists(), "there was no time to remove it");
    sandbox.run(&["remove", "minimal"]).good();
    assert_eq!(fs::read_dir(sandbox.plugin_dir()).unwrap().count(), 0);
}

#[test]
fn messages_name_what_the_user_has() {
    let sandbox = Sandbox::new();
    let broken = |manifest: &str| {
        let source = sandbox.copy_of("minimal-1.0.0", |_| {});
        fs::write(source.join("pact-plugin.json"), manifest).unwrap();
        sandbox.run(&["install", text(&source)]).error(1)
    };
    let is_directory =
        broken(r#"{"name":"minimal","version":"1.0.0","executableType":"wasm","entryPoint":"."}"#);
    assert_eq!(
        is_directory,
        format!(
            "{}: is no file, but pact-plugin.json says that it is the component",
            sandbox.path("copies/minimal-1.0.0").display()
        )
    );
    assert!(broken("\u{feff}{}").contains("it begins with a byte order mark"));
}
