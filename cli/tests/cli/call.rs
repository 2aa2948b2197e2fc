//! `call`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use crate::sandbox::{Sandbox, component, plugin, text};

#[test]
fn an_operation_is_called_with_a_file_or_standard_input() {
    let sandbox = Sandbox::new();
    let directory = plugin("jwt-0.1.0");
    let request = json!({ "contentType": "application/jwt", "contentsConfig": { "algorithm": "HS256", "secret": "for tests" } });
    let file = sandbox.write("request.json", request.to_string());
    let of_file = sandbox.run(&[
        "call",
        text(&directory),
        "configure-interaction",
        text(&file),
    ]);
    let log = "INFO  jwt::init: jwt 0.1.0 for pact-wasm 0.1.0\n";
    assert_eq!((of_file.code, of_file.stderr.as_str()), (0, log));
    assert_eq!(
        of_file.json()["interactions"][0]["contents"]["contentType"],
        "application/jwt"
    );
    let quiet = [
        "call",
        text(&directory),
        "configure-interaction",
        "-",
        "--log-level",
        "error",
    ];
    let of_input = sandbox.run_with(&quiet, &request.to_string());
    assert_eq!((of_input.code, of_input.stderr.as_str()), (0, ""));
    assert_eq!(
        of_input.json()["interactions"][0]["contents"]["contentType"],
        "application/jwt"
    );
}

#[test]
fn a_component_alone_can_be_called() {
    let sandbox = Sandbox::new();
    let init = sandbox
        .run(&["call", text(&component("echo-1.0.0")), "init"])
        .json();
    assert_eq!(
        init["catalogue"][0]["values"]["content-types"],
        "application/vnd\\.echo(\\+json)?"
    );
    let message = sandbox.run(&["call", "absent.wasm", "init"]).error(2);
    assert!(
        message.starts_with("absent.wasm does not exist"),
        "{message}"
    );
}

#[test]
fn an_error_of_the_plugin_is_the_commands_error() {
    let sandbox = Sandbox::new();
    let directory = plugin("hostile-1.0.0");
    let call = |content_type: &str, more: &[&str]| {
        let request = json!({ "contentType": content_type, "contentsConfig": {} }).to_string();
        let mut arguments = vec![
            "call",
            text(&directory),
            "configure-interaction",
            "-",
            "--log-level",
            "error",
        ];
        arguments.extend(more);
        sandbox.run_with(&arguments, &request)
    };
    let message = call("x/error", &[]).error(1);
    assert_eq!(
        message,
        "plugin hostile 1.0.0, configure-interaction: the plugin answered: the guest says no"
    );

    let trap = call("x/trap", &["--json"]);
    let error = &trap.json()["error"];
    assert_eq!(trap.code, 1);
    assert_eq!(error["code"], json!({ "name": "trap", "number": 301 }));
    assert_eq!(
        error["plugin"],
        json!({ "name": "hostile", "version": "1.0.0" })
    );
    assert_eq!(error["operation"], "configure-interaction");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("the plugin crashed"),
        "{error}"
    );
    assert!(
        error["backtrace"]
            .as_str()
            .unwrap()
            .contains("hostile::trap"),
        "{error}"
    );

    let deadline = call("x/loop", &["--timeout", "0.2", "--json"]);
    assert_eq!(deadline.json()["error"]["code"]["name"], "deadline");
    assert!(
        deadline.json()["error"]["message"]
            .as_str()
            .unwrap()
            .contains("within the deadline of 200 ms")
    );
    let memory = call("x/alloc", &["--memory", "32", "--json"]);
    assert_eq!(memory.json()["error"]["code"]["name"], "memory-limit");
}

#[test]
fn wrong_arguments_are_told_from_faults() {
    let sandbox = Sandbox::new();
    let directory = plugin("minimal-1.0.0");
    let run = |arguments: &[&str]| {
        let mut all = vec!["call", text(&directory)];
        all.extend(arguments);
        sandbox.run(&all)
    };
    let message = run(&["conquer"]).error(2);
    assert!(
        message.starts_with("there is no operation \"conquer\"; there are init, update-catalogue"),
        "{message}"
    );
    assert!(
        run(&["init", "absent.json"])
            .error(2)
            .starts_with("absent.json: the request cannot be read")
    );
    let message = run(&["update-catalogue"]).error(2);
    assert!(
        message.contains("is not a update-catalogue request: missing field `catalogue`"),
        "{message}"
    );
    let message = run(&["match-field", "absent.json"]);
    assert_eq!(message.code, 2);
    for wrong in ["0", "-1", "many", "1e9"] {
        assert_eq!(run(&["init", "--timeout", wrong]).code, 2, "{wrong}");
    }
    assert_eq!(run(&["init", "--grant", "everything"]).code, 2);
    let request = json!({ "body": { "contentType": "a/b" } }).to_string();
    let unsupported = sandbox.run_with(
        &["call", text(&directory), "generate-content", "-"],
        &request,
    );
    assert!(
        unsupported
            .error(1)
            .contains("it does not export content-generator")
    );
}

#[test]
fn what_is_granted_is_what_the_plugin_can_reach() {
    let sandbox = Sandbox::new();
    let secret = sandbox.write("data/secret.txt", "for your eyes");
    let directory = secret.parent().unwrap();
    let probes = json!([{ "do": "read", "path": text(&secret) }]).to_string();
    let body =
        json!({ "contentType": "application/x-probes", "content": base64(probes.as_bytes()) });
    let request = json!({ "expected": body, "actual": body }).to_string();
    let file = component("intruder-1.0.0");
    let probe = |more: &[&str]| {
        let mut arguments = vec![
            "call",
            text(&file),
            "compare-contents",
            "-",
            "--log-level",
            "error",
        ];
        arguments.extend(more);
        sandbox.run_with(&arguments, &request).error(1)
    };
    let refused = probe(&[]);
    assert!(!refused.contains("for your eyes"), "{refused}");
    let granted = probe(&["--grant", &format!("read={}", directory.display())]);
    assert!(granted.contains(r#"{"ok":"for your eyes"}"#), "{granted}");
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}

/// A mock server that the command keeps.
struct Server {
    child: Child,
    started: Value,
    output: BufReader<std::process::ChildStdout>,
}

fn serve(sandbox: &Sandbox) -> Server {
    let request = sandbox.write("start.json", json!({ "interactions": [] }).to_string());
    let mut command = sandbox.command(Path::new(env!("CARGO_BIN_EXE_pact-wasm")));
    command.args([
        "call",
        text(&plugin("jsonrpc-0.1.0")),
        "start-mock-server",
        text(&request),
        "--log-level",
        "error",
    ]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.ends_with("}\n") {
        assert_ne!(output.read_line(&mut text).unwrap(), 0, "{text}");
    }
    let started = serde_json::from_str(&text).unwrap();
    Server {
        child,
        started,
        output,
    }
}

impl Server {
    fn connect(&self) -> std::io::Result<TcpStream> {
        TcpStream::connect(("127.0.0.1", self.started["port"].as_u64().unwrap() as u16))
    }
}

#[test]
fn a_mock_server_runs_until_enter() {
    let sandbox = Sandbox::new();
    let mut server = serve(&sandbox);
    let mut client = server.connect().unwrap();
    client
        .write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}")
        .unwrap();
    assert_ne!(client.read(&mut [0; 1024]).unwrap(), 0, "an answer");
    server
        .child
        .stdin
        .as_mut()
        .unwrap()
        .write_all(b"\n")
        .unwrap();
    let mut results = String::new();
    server.output.read_to_string(&mut results).unwrap();
    let results: Value = serde_json::from_str(&results).unwrap();
    assert_eq!(results["ok"], false);
    assert!(server.child.wait().unwrap().success());
    assert!(server.connect().is_err());
}

#[test]
fn a_mock_server_ends_with_its_input() {
    let sandbox = Sandbox::new();
    let mut server = serve(&sandbox);
    drop(server.child.stdin.take());
    let mut results = String::new();
    server.output.read_to_string(&mut results).unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&results).unwrap(),
        json!({ "ok": true, "results": [] })
    );
    assert!(server.child.wait().unwrap().success());
    assert!(server.connect().is_err());
}

#[test]
fn a_component_alone_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    // As a call leaves it that was killed.
    let lock = sandbox.write("temporary/.pact-wasm-abcdef/lock", "");
    sandbox.write("temporary/.pact-wasm-abcdef/plugin.wasm", "");
    let mut command = sandbox.command(Path::new(env!("CARGO_BIN_EXE_pact-wasm")));
    let temporary = lock.parent().unwrap().parent().unwrap();
    command
        .args(["call", text(&component("minimal-1.0.0")), "init"])
        .env("TMPDIR", temporary);
    assert_eq!(sandbox.finish(&mut command, "").code, 0);
    if cfg!(unix) {
        assert_eq!(std::fs::read_dir(temporary).unwrap().count(), 0);
    }
}

#[test]
fn what_is_not_granted_is_said_as_it_can_be() {
    let sandbox = Sandbox::new();
    let source = sandbox.copy_of("minimal-1.0.0", |it| {
        let data = json!([{ "path": "my data", "access": "read-write" }]);
        let asked = json!({ "directories": data, "environment": ["TOKEN"] });
        it["pluginConfig"] = json!({ "permissions": asked });
    });
    let data = source.join("my data");
    std::fs::create_dir(&data).unwrap();
    let call =
        |more: &[&str]| sandbox.run(&[&["call", "copies/minimal-1.0.0", "init"], more].concat());
    let message = call(&[]).error(1);
    let advice = format!(
        "; if it may have that, add --grant 'read-write={}' --grant environment=TOKEN",
        data.display()
    );
    assert!(message.ends_with(&advice), "{message}");
    let grant = format!("read-write={}", data.display());
    assert_eq!(
        call(&["--grant", &grant, "--grant", "environment=TOKEN"]).code,
        0
    );
}
