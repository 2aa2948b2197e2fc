//! `check`: good plugins pass, and the faults of bad ones are found.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::sandbox::{Outcome, Sandbox, component, plugin, text};

/// The verdicts of a report, by name of the check.
fn verdict<'a>(report: &'a Value, name: &str) -> &'a Value {
    let checks = report["checks"].as_array().unwrap();
    checks
        .iter()
        .find(|it| it["check"] == name)
        .unwrap_or_else(|| panic!("no check {name}: {report:#}"))
}

fn failed(outcome: &Outcome, name: &str) -> String {
    let report = outcome.json();
    assert_eq!(outcome.code, 1, "{report:#}");
    let verdict = verdict(&report, name);
    assert_eq!(verdict["verdict"], "failed", "{verdict:#}");
    assert_ne!(verdict["advice"], "", "{verdict:#}");
    format!(
        "{}\n{}",
        verdict["reason"].as_str().unwrap(),
        verdict["advice"].as_str().unwrap()
    )
}

fn names_of_failed(report: &Value) -> Vec<&str> {
    let checks = report["checks"].as_array().unwrap().iter();
    checks
        .filter(|it| it["verdict"] == "failed")
        .map(|it| it["check"].as_str().unwrap())
        .collect()
}

#[test]
fn the_report_of_a_good_plugin() {
    let sandbox = Sandbox::new();
    let shown = sandbox
        .run(&["check", text(&plugin("minimal-1.0.0"))])
        .good();
    let nobody_knows = |line: &str| line.split(" (").next().unwrap().to_string();
    let lines: Vec<String> = shown.lines().map(nobody_knows).collect();
    assert_eq!(
        lines,
        [
            "minimal 1.0.0",
            "ok       loading: a component of an interface that is known",
            "ok       init: an answer, and entries whose roles are exported",
            "ok       init: the same answer each time",
            "skipped  catalogue: keys that can be used, each once: the catalogue is empty",
            "skipped  catalogue: content types that are regular expressions: there is neither a content matcher nor a content generator",
            "ok       update-catalogue: catalogues of all sorts",
            "ok       limits: it goes on after a short deadline",
            "ok       limits: it goes on after a cancel",
            "ok       limits: it says so when 16 MiB of memory are too little",
            "ok       parallel calls: the same outcome as one by one",
            "10 checks: 8 ok, 0 FAILED, 2 skipped",
        ]
    );
}

#[test]
fn our_plugins_keep_to_the_interface() {
    let sandbox = Sandbox::new();
    for (name, config, least) in [
        (
            "jwt-0.1.0",
            json!({ "algorithm": "HS256", "secret": "for tests", "subject": "alice" }),
            16,
        ),
        (
            "csv-0.1.0",
            json!({ "column:id": { "value": "1", "generator": { "type": "RandomInt", "min": 1, "max": 9 } } }),
            16,
        ),
        (
            "jsonrpc-0.1.0",
            json!({ "request": { "method": "add", "params": ["matching(integer, 42)"] }, "response": { "result": 2 } }),
            22,
        ),
        ("creditcard-0.1.0", json!({}), 11),
    ] {
        let config = sandbox.write("config.json", config.to_string());
        let outcome = sandbox.run(&[
            "check",
            "--json",
            text(&plugin(name)),
            "--contents-config",
            text(&config),
        ]);
        let report = outcome.json();
        assert_eq!(names_of_failed(&report), [""; 0], "{report:#}");
        assert_eq!(outcome.code, 0);
        assert!(report["ok"].as_u64().unwrap() >= least, "{report:#}");
        if name == "jsonrpc-0.1.0" {
            // The configured interaction is prepared and really sent to where nobody listens.
            let closed = verdict(
                &report,
                "verify-interaction: no success where nobody listens",
            );
            assert_eq!(closed["note"], "1 interactions could be prepared");
        }
    }
}

#[test]
fn a_component_without_a_manifest_is_checked_too() {
    let sandbox = Sandbox::new();
    let shown = sandbox
        .run(&["check", text(&component("creditcard-0.1.0"))])
        .good();
    assert!(
        shown.starts_with("creditcard 0.1.0, a component without a manifest\n"),
        "{shown}"
    );
    assert!(
        shown.ends_with("12 checks: 11 ok, 0 FAILED, 1 skipped\n"),
        "{shown}"
    );
    // A transport, which needs to connect.
    let outcome = sandbox.run(&["check", text(&component("jsonrpc-0.1.0"))]);
    assert_eq!(outcome.code, 0, "{}", outcome.stdout);
    let line = "ok       verify-interaction: no success where nobody listens";
    assert!(outcome.stdout.contains(line), "{}", outcome.stdout);
}

#[test]
fn faults_of_content_matchers_are_found() {
    let sandbox = Sandbox::new();
    let directory = plugin("hostile-1.0.0");
    let check_with = |content_type: &str, more: [&str; 2]| {
        let mut arguments = vec!["check", "--json", text(&directory)];
        arguments.extend(["--content-type", content_type]);
        arguments.extend(more);
        sandbox.run(&arguments)
    };
    let check = |content_type: &str| check_with(content_type, ["--timeout", "30"]);
    let configure = "configure-interaction: contents configs of all sorts";
    let compare = "compare-contents: bodies of all sorts";
    let generate = "generate-content: bodies and generators of all sorts";

    let trap = check("x/trap");
    for name in [configure, compare, generate] {
        let reason = failed(&trap, name);
        assert!(reason.contains("the plugin crashed: wasm trap"), "{reason}");
        assert!(reason.contains("hostile::trap"), "where it is: {reason}");
        assert!(
            reason.contains("the guest panics, as it was asked to"),
            "what it said: {reason}"
        );
    }
    let exit = failed(&check("x/exit"), compare);
    assert!(
        exit.contains("it ended itself with exit status 1") && !exit.contains("where it panics"),
        "{exit}"
    );
    assert!(
        exit.contains("return an error where it ends itself now"),
        "{exit}"
    );
    let endless = failed(&check_with("x/loop", ["--timeout", "2"]), compare);
    assert!(
        endless.contains("no answer within the deadline of 2 s"),
        "{endless}"
    );
    assert!(
        endless.contains("the other 53 calls were not made"),
        "{endless}"
    );
    let greedy = failed(&check_with("x/alloc", ["--memory", "32"]), compare);
    assert!(
        greedy.contains("bytes of memory, the limit is 33554432"),
        "{greedy}"
    );
    assert!(failed(&check("x/recurse"), compare).contains("used up its stack"));
    let json = check("x/bad-json");
    assert!(failed(&json, configure).contains("the answer's rules is not valid"));
    assert_eq!(verdict(&json.json(), compare)["verdict"], "ok");
}

#[test]
fn what_is_faulty_anyway_is_no_fault_of_limits() {
    let sandbox = Sandbox::new();
    let hostile = plugin("hostile-1.0.0");
    let check = |content_type: &str| {
        let report = sandbox
            .run(&[
                "check",
                "--json",
                text(&hostile),
                "--content-type",
                content_type,
            ])
            .json();
        for (name, note) in [
            ("limits: it goes on after a short deadline", "reached in "),
            ("limits: it goes on after a cancel", "reached in "),
            (
                "limits: it says so when 16 MiB of memory are too little",
                "too little for ",
            ),
            (
                "parallel calls: the same outcome as one by one",
                " calls on 4 threads",
            ),
        ] {
            let verdict = verdict(&report, name);
            assert_eq!(verdict["verdict"], "ok", "{verdict:#}");
            assert!(
                verdict["note"].as_str().unwrap().contains(note),
                "{verdict:#}"
            );
        }
        report
    };
    let notes = |report: &Value| -> Vec<String> {
        let checks = report["checks"].as_array().unwrap().iter();
        let last = checks.rev().take(4).rev();
        last.map(|it| it["note"].as_str().unwrap().to_string())
            .collect()
    };

    let json = check("x/bad-json");
    for note in notes(&json) {
        let left_out = ", without what is faulty in any case: a configuration";
        assert!(note.ends_with(left_out), "{note}");
    }
    assert!(notes(&json)[0].contains(" of 3 calls,"), "{json:#}");
    assert_eq!(
        notes(&json)[3].split(',').next(),
        Some("96 calls on 4 threads")
    );
    // What could not be configured is reported once.
    assert_eq!(
        names_of_failed(&json),
        [
            "configure-interaction: contents configs of all sorts",
            "content-matcher: what it configures matches itself",
        ]
    );
    let pact_file = verdict(
        &json,
        "content-matcher: what it configures can be written to a pact file",
    );
    assert_eq!(pact_file["reason"], "it has configured nothing");

    let trap = check("x/trap");
    for note in notes(&trap) {
        let left_out = ": a comparison; a configuration; a generation";
        assert!(note.ends_with(left_out), "{note}");
    }
    let good = check("x/good");
    for note in notes(&good) {
        assert!(!note.contains("without"), "{note}");
    }
}

/// A copy of the CSV plugin whose content types are others.
fn csv_for(sandbox: &Sandbox, content_types: &str) -> PathBuf {
    let copy = sandbox.copy_of("csv-0.1.0", |_| {});
    let file = copy.join("csv.wasm");
    let mut component = fs::read(&file).unwrap();
    let own = b"text/csv;application/csv";
    let places: Vec<usize> = (0..component.len() - own.len())
        .filter(|it| component[*it..].starts_with(own))
        .collect();
    assert_eq!(places.len(), 1, "its content types are in one place");
    let text = format!("{content_types:;<24}");
    component[places[0]..][..own.len()].copy_from_slice(text.as_bytes());
    fs::write(&file, component).unwrap();
    copy
}

#[test]
fn content_types_that_cannot_be_used_end_no_check() {
    let sandbox = Sandbox::new();
    let catalogue = "catalogue: content types that are regular expressions";
    for (content_types, reason) in [
        ("", "has an empty expression among its content-types"),
        ("a?", "has an empty expression among its content-types"),
        ("(((a{99}){99}){99}){99}b", "which is no regular expression"),
    ] {
        let copy = csv_for(&sandbox, content_types);
        let outcome = sandbox.run(&["check", "--json", text(&copy)]);
        let said = failed(&outcome, catalogue);
        assert!(said.contains(reason), "{said}");
        let report = outcome.json();
        assert_eq!(names_of_failed(&report), [catalogue], "{report:#}");
        assert_eq!(report["checks"].as_array().unwrap().len(), 16);
    }
    let csv = plugin("csv-0.1.0");
    let error = sandbox
        .run(&["check", text(&csv), "--content-type", " "])
        .error(2);
    assert_eq!(
        error,
        "--content-type is empty; name a content type, such as text/csv"
    );
}

#[test]
fn a_plugin_that_does_not_initialise_fails() {
    let sandbox = Sandbox::new();
    for (init, reason) in [
        ("fail", "init failed: the guest refuses to start"),
        ("trap", "the plugin crashed"),
        ("loop", "no answer within the deadline"),
        ("alloc", "bytes of memory, the limit is"),
        (
            "missing-capabilities",
            "this host lacks capabilities that the plugin needs: matcher/telepathy",
        ),
        (
            "bad-role",
            "init returned the catalogue entry transport/hostile, but the component does not export transport",
        ),
    ] {
        let copy = sandbox.copy_of("hostile-1.0.0", |it| {
            it["pluginConfig"] = json!({ "init": init })
        });
        let timeout = if init == "loop" { "2" } else { "30" };
        let outcome = sandbox.run(&["check", "--json", text(&copy), "--timeout", timeout]);
        let said = failed(
            &outcome,
            "init: an answer, and entries whose roles are exported",
        );
        assert!(said.contains(reason), "{said}");
        assert_eq!(
            outcome.json()["checks"].as_array().unwrap().len(),
            2,
            "there is nothing else to check"
        );
    }
}

#[test]
fn a_plugin_that_does_not_load_fails() {
    let sandbox = Sandbox::new();
    let name = "loading: a component of an interface that is known";
    let copy = sandbox.copy_of("minimal-1.0.0", |_| {});
    let check = || sandbox.run(&["check", "--json", text(&copy)]);
    fs::write(
        copy.join("minimal.wasm"),
        wat::parse_str("(component)").unwrap(),
    )
    .unwrap();
    assert!(failed(&check(), name).contains("so it is not a Pact plugin"));
    fs::write(copy.join("minimal.wasm"), "garbage").unwrap();
    assert!(failed(&check(), name).contains("not a WebAssembly component"));
    let copy = sandbox.copy_of("minimal-1.0.0", |it| {
        it["pluginConfig"] = json!({ "permissions": { "environment": ["TOKEN"] } });
    });
    let said = failed(&sandbox.run(&["check", "--json", text(&copy)]), name);
    assert!(
        said.contains("environment variable TOKEN") && said.contains("--grant"),
        "{said}"
    );
    let granted = sandbox.run(&["check", text(&copy), "--grant", "environment=TOKEN"]);
    assert_eq!(granted.code, 0, "{}", granted.stdout);
    // What is no plugin at all cannot be made one.
    let garbage = sandbox.write("garbage.wasm", "garbage");
    assert!(
        sandbox
            .run(&["check", text(&garbage)])
            .error(1)
            .contains("it does not begin as a WebAssembly file does")
    );
    assert_eq!(sandbox.run(&["check", "absent"]).code, 2);
}

#[test]
fn faults_of_transports_are_found() {
    let sandbox = Sandbox::new();
    let check = |start: &str| {
        let copy = sandbox.copy_of("line-1.0.0", |it| {
            it["pluginConfig"]["start"] = json!(start)
        });
        let timeout = if start == "loop" { "2" } else { "30" };
        sandbox.run(&["check", "--json", text(&copy), "--timeout", timeout])
    };
    let life = "mock server: start, results and shutdown";
    let ports = "mock server: the port that is asked for, and none that is taken";
    assert_eq!(names_of_failed(&check("").json()), [""; 0]);
    assert!(failed(&check("trap"), life).contains("the plugin crashed"));
    assert!(failed(&check("loop"), life).contains("no answer within the deadline"));
    let wrong_port = check("port");
    assert!(failed(&wrong_port, life).contains("nobody can connect to 127.0.0.1:"));
    let said = failed(&wrong_port, ports);
    assert!(
        said.contains("was asked for, and the server says that it is on "),
        "{said}"
    );
    let refuses = check("fail").json();
    assert_eq!(verdict(&refuses, life)["verdict"], "skipped");

    // Echo claims to serve and to verify, and does neither.
    let echo = sandbox.run(&["check", "--json", text(&plugin("echo-1.0.0"))]);
    assert!(failed(&echo, life).contains("the server's port is 0"));
    let said = failed(&echo, "verify-interaction: no success where nobody listens");
    assert!(
        said.contains("interaction succeeded, though nobody listens on 127.0.0.1:"),
        "{said}"
    );
}

#[test]
fn a_server_is_only_looked_for_where_the_plugin_may_listen() {
    let sandbox = Sandbox::new();
    // Somebody else, whom the plugin would like to be called.
    let other = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    other.set_nonblocking(true).unwrap();
    let port = other.local_addr().unwrap().port();
    let check = |claims: Value, grants: &[&str]| {
        let copy = sandbox.copy_of("line-1.0.0", |it| it["pluginConfig"]["claims"] = claims);
        sandbox.run(&[&["check", "--json", text(&copy)], grants].concat())
    };
    let granted = ["--grant", "listen=192.0.2.1"];
    let not_its_own = format!(
        "nobody can connect to 127.0.0.1:{port}, where the server says it is: the plugin does not listen there"
    );
    let mut cases = vec![
        (
            json!({ "address": "server.invalid" }),
            &[][..],
            "the server's address is \"server.invalid\", which is neither an IP address nor localhost, so nobody looked it up",
        ),
        (
            json!({ "address": "192.0.2.1", "port": 80 }),
            &[],
            "the server's address is 192.0.2.1:80, where the plugin may not listen, so nobody connected to it",
        ),
    ];
    if cfg!(target_os = "linux") {
        cases.extend([
            (json!({ "port": port }), &[][..], not_its_own.as_str()),
            (
                json!({ "address": "192.0.2.1", "port": 80 }),
                &granted,
                "nobody can connect to 192.0.2.1:80, where the server says it is: the plugin does not listen there",
            ),
        ]);
    }
    for (claims, grants, reason) in cases {
        let outcome = check(claims, grants);
        for name in [
            "mock server: start, results and shutdown",
            "mock server: it survives what is no request",
        ] {
            let said = failed(&outcome, name);
            assert!(said.starts_with(reason), "{said}");
        }
    }
    if cfg!(target_os = "linux") {
        let error = other.accept().map(|(_, client)| client).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    }
    let honest = check(json!({ "address": "localhost" }), &[]);
    assert_eq!(names_of_failed(&honest.json()), [""; 0]);
}

#[test]
fn contradictions_and_missing_words_are_found() {
    let sandbox = Sandbox::new();
    // The prototype's fixture reports mismatches without a description.
    let prototype = sandbox.run(&["check", "--json", text(&plugin("prototype-1.0.0"))]);
    let said = failed(&prototype, "compare-contents: bodies of all sorts");
    assert!(said.contains("has no description"), "{said}");
    let delegate = sandbox.run(&["check", "--json", text(&plugin("delegate-1.0.0"))]);
    let said = failed(
        &delegate,
        "catalogue: content types that are regular expressions",
    );
    assert!(
        said.contains("content-matcher/delegate has no content-types, so it is never used"),
        "{said}"
    );
    // Intruder compares nothing but probes, so what it configures does not match itself.
    let intruder = sandbox.run(&["check", "--json", text(&plugin("intruder-1.0.0"))]);
    assert!(
        failed(
            &intruder,
            "content-matcher: what it configures matches itself"
        )
        .contains("does not match itself")
    );
}

#[test]
fn answers_that_no_pact_file_can_hold_are_found() {
    let sandbox = Sandbox::new();
    let rules = json!([["][", [{ "type_": "type", "values": null }]]]);
    let contents = json!({ "content_type": "a/b", "content": [97], "hint": "Default" });
    let response = json!({ "response": { "contents": contents, "rules": rules } });
    let config = sandbox.write("config.json", response.to_string());
    let echo = plugin("echo-1.0.0");
    let outcome = sandbox.run(&[
        "check",
        "--json",
        text(&echo),
        "--contents-config",
        text(&config),
    ]);
    let said = failed(
        &outcome,
        "content-matcher: what it configures can be written to a pact file",
    );
    assert!(
        said.contains("\"][\" is no path expression that Pact could read from a file"),
        "{said}"
    );
}

#[test]
fn a_failure_says_what_to_do() {
    let sandbox = Sandbox::new();
    let copy = sandbox.copy_of("hostile-1.0.0", |it| {
        it["pluginConfig"] = json!({ "init": "fail" })
    });
    let outcome = sandbox.run(&["check", text(&copy)]);
    let expected = "\
hostile 1.0.0
ok       loading: a component of an interface that is known
FAILED   init: an answer, and entries whose roles are exported
         plugin hostile 1.0.0, init: init failed: the guest refuses to start
         → answer init with a catalogue; a plugin that cannot do all of its work without something says so when it is asked for that work
2 checks: 1 ok, 1 FAILED, 0 skipped
";
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, expected));
}

#[test]
fn a_contents_config_has_to_be_one() {
    let sandbox = Sandbox::new();
    let config = sandbox.write("config.json", "[]");
    let directory = plugin("jwt-0.1.0");
    let check = |file: &str| sandbox.run(&["check", text(&directory), "--contents-config", file]);
    assert!(
        check(text(&config))
            .error(2)
            .contains("the contents config is no JSON object")
    );
    assert!(
        check("absent.json")
            .error(2)
            .contains("absent.json: the contents config cannot be read")
    );
    let refused = sandbox.write("refused.json", r#"{"algorithm":"none"}"#);
    let outcome = sandbox.run(&[
        "check",
        "--json",
        text(&directory),
        "--contents-config",
        text(&refused),
    ]);
    let said = failed(
        &outcome,
        "content-matcher: what it configures matches itself",
    );
    assert!(
        said.contains("let it take the contents config of --contents-config for application/jwt"),
        "{said}"
    );
}
