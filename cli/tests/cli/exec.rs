//! `install --exec`: the bridge in a manifest.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::sandbox::{SAY_PORT, Sandbox, make_executable, plugin, read_json, text};

#[test]
fn for_executables_the_manifest_starts_the_bridge() {
    let sandbox = Sandbox::new();
    let bridge = sandbox.bridge();
    let source = plugin("jsonrpc-0.1.0");
    let shown = sandbox
        .run(&[
            "install",
            text(&source),
            "--exec",
            "--bridge",
            text(&bridge),
            "--grant",
            "connect=localhost",
            "--grant",
            "environment=TOKEN",
            "--interface",
            "1",
        ])
        .good();
    let place = sandbox.plugin_dir().join("jsonrpc-0.1.0");
    let expected = format!(
        "jsonrpc 0.1.0 installed in {} (exec, through the bridge)
  connect to * (optional): granted in part: connect to localhost
  listen on * (optional): refused
  granted in vain, because it does not ask for it: environment variable TOKEN\n",
        place.display()
    );
    assert_eq!(shown, expected);
    let manifest = read_json(&place.join("pact-plugin.json"));
    let expected = json!({
        "manifestVersion": 1,
        "pluginInterfaceVersion": 1,
        "name": "jsonrpc",
        "version": "0.1.0",
        "executableType": "exec",
        "entryPoint": text(&bridge),
        "entryPoints": { "wasm": "jsonrpc.wasm" },
        "args": ["--grant", "connect=localhost", "--grant", "environment=TOKEN"],
        "pluginConfig": { "permissions": { "optional": { "connect": ["*"], "listen": ["*"] } } }
    });
    assert_eq!(manifest, expected);

    // The library runs it as well, and without --exec it is a plugin of type wasm again.
    let init = sandbox
        .run(&["call", text(&place), "init", "--log-level", "error"])
        .json();
    assert_eq!(init["catalogue"][0]["key"], "jsonrpc");
    let plain = sandbox.path("plain");
    sandbox
        .run(&["install", text(&place), "--plugin-dir", text(&plain)])
        .good();
    let manifest = read_json(&plain.join("jsonrpc-0.1.0/pact-plugin.json"));
    let fields: Vec<&str> = ["executableType", "entryPoint"]
        .map(|it| manifest[it].as_str().unwrap())
        .into();
    assert_eq!(fields, ["wasm", "jsonrpc.wasm"]);
    assert_eq!(
        (&manifest["args"], &manifest["entryPoints"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn the_bridge_is_looked_for_beside_the_program_and_then_in_path() {
    let sandbox = Sandbox::new();
    // A copy, so that a bridge that was built beside the real one is not found.
    let program = sandbox.path("programs/pact-wasm");
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_pact-wasm"), &program).unwrap();
    let source = plugin("minimal-1.0.0");
    let install = |path: &Path| {
        let mut command = sandbox.command(&program);
        command
            .args(["install", "--force", "--exec", text(&source)])
            .env("PATH", path);
        sandbox.finish(&mut command, "")
    };
    let entry_point = || -> PathBuf {
        let manifest = read_json(&sandbox.plugin_dir().join("minimal-1.0.0/pact-plugin.json"));
        manifest["entryPoint"].as_str().unwrap().into()
    };
    let message = install(Path::new("")).error(1);
    let expected = "pact-wasm-bridge is neither beside this program nor in PATH; install it, or say where it is with --bridge";
    assert_eq!(message, expected);

    let in_path = sandbox.bridge();
    install(in_path.parent().unwrap()).good();
    assert_eq!(entry_point(), in_path);

    let beside = sandbox.write(
        "programs/pact-wasm-bridge",
        format!("#!/bin/sh\n{SAY_PORT}\n"),
    );
    install(in_path.parent().unwrap()).good();
    assert_eq!(
        entry_point(),
        in_path,
        "what cannot be executed is passed over"
    );
    make_executable(&beside);
    install(in_path.parent().unwrap()).good();
    assert_eq!(entry_point(), beside);

    let absent = sandbox
        .run(&["install", "--exec", "--bridge", "absent", text(&source)])
        .error(2);
    assert_eq!(absent, "--bridge: absent is no executable file");
    assert_eq!(
        sandbox
            .run(&["install", "--bridge", "absent", text(&source)])
            .code,
        2,
        "--bridge needs --exec"
    );
}

#[test]
fn what_is_started_in_place_of_the_bridge_has_to_be_one() {
    let sandbox = Sandbox::new();
    let source = plugin("minimal-1.0.0");
    let install = |commands: &str, more: &[&str]| {
        let bridge = sandbox.script("bin/other", commands);
        let arguments = [
            "install",
            text(&source),
            "--exec",
            "--bridge",
            text(&bridge),
        ];
        let message = sandbox.run(&[&arguments, more].concat()).error(1);
        assert_eq!(fs::read_dir(sandbox.plugin_dir()).unwrap().count(), 0);
        message
            .strip_prefix(text(&bridge))
            .expect("the bridge")
            .to_string()
    };
    let reason = "without the line with a port that frameworks wait for, so it is no bridge, or does not work here; it printed";
    assert_eq!(
        install(
            "exit 0",
            &["--memory", "512", "--grant", "connect=localhost"]
        ),
        format!(
            " --grant connect=localhost --memory 512: it ended (exit status: 0) {reason} nothing"
        )
    );
    assert_eq!(
        install("echo '{}'; echo 'no such option' >&2; exit 3", &[])
            .lines()
            .next(),
        Some(format!(": it ended (exit status: 3) {reason}:").as_str())
    );
    assert!(install("echo 'no such option' >&2", &[]).ends_with("\nno such option"));
    assert_eq!(
        install("exec /bin/sleep 60", &["--timeout", "3"]),
        format!(" --timeout 3: it took more than 3 s {reason} nothing")
    );
    let unusable = sandbox.write("bin/unusable", "");
    make_executable(&unusable);
    let arguments = [
        "install",
        text(&source),
        "--exec",
        "--bridge",
        text(&unusable),
    ];
    let message = sandbox.run(&arguments).error(1);
    assert!(
        message.contains("bin/unusable cannot be started: "),
        "{message}"
    );
}

#[test]
fn the_bridge_is_tried_out_as_frameworks_start_it() {
    let sandbox = Sandbox::new();
    let seen = sandbox.path("seen");
    let commands = format!(
        r#"echo "$@" > '{0}'; [ -f minimal.wasm ] && echo here >> '{0}'; {SAY_PORT}"#,
        seen.display()
    );
    let bridge = sandbox.script("bin/bridge", &commands);
    let source = plugin("minimal-1.0.0");
    sandbox
        .run(&[
            "install",
            text(&source),
            "--exec",
            "--bridge",
            text(&bridge),
            "--timeout",
            "90.5",
            "--memory",
            "64",
        ])
        .good();
    assert_eq!(
        fs::read_to_string(seen).unwrap(),
        "--timeout 91 --memory 64\nhere\n"
    );
    let manifest = read_json(&sandbox.plugin_dir().join("minimal-1.0.0/pact-plugin.json"));
    assert_eq!(
        manifest["args"],
        json!(["--timeout", "91", "--memory", "64"])
    );
}
