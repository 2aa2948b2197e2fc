//! `docs/cli.md`: its examples are run, one after the other, and print what stands there.

use std::fs;
use std::path::Path;

use regex::Regex;

use crate::sandbox::{Sandbox, component, plugin, text};

/// The commands of the manual, and what they print.
fn examples() -> Vec<(String, String)> {
    let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cli.md");
    let manual = fs::read_to_string(manual).unwrap();
    let mut examples: Vec<(String, String)> = Vec::new();
    let mut is_example = false;
    for line in manual.lines() {
        match (is_example, line.strip_prefix("$ ")) {
            (false, _) => is_example = line == "```console",
            (true, _) if line == "```" => is_example = false,
            (true, Some(command)) => examples.push((command.to_string(), String::new())),
            (true, None) => {
                let (_, output) = examples.last_mut().expect("a command before its output");
                output.push_str(line);
                output.push('\n');
            }
        }
    }
    examples
}

/// Sizes, times, digests and addresses are others on each machine and with each build.
fn without_numbers(text: &str) -> String {
    let digests = Regex::new("[0-9a-f]{16,}|0x[0-9a-f]+").unwrap();
    let numbers = Regex::new(r" *\b[0-9]+(\.[0-9]+)*( (B|kB|MB|ms))?").unwrap();
    let text = digests.replace_all(text, "DIGEST");
    numbers.replace_all(&text, "NUMBER").into_owned()
}

/// What was left out may be anything.
fn matches(expected: &str, actual: &str) -> bool {
    let parts = expected.split('…').map(regex::escape).collect::<Vec<_>>();
    let pattern = format!("(?s)^{}$", parts.join(".*"));
    Regex::new(&pattern).unwrap().is_match(actual)
}

#[test]
fn the_examples_of_the_manual_print_what_it_says() {
    let sandbox = Sandbox::new();
    let bridge = sandbox.bridge();
    for name in ["csv-0.1.0", "hostile-1.0.0", "jsonrpc-0.1.0", "jwt-0.1.0"] {
        fs::rename(sandbox.copy_of(name, |_| {}), sandbox.path(name)).unwrap();
        fs::copy(
            plugin(name).join("pact-plugin.json"),
            sandbox.path(name).join("pact-plugin.json"),
        )
        .unwrap();
    }
    fs::copy(component("jwt-0.1.0"), sandbox.path("jwt.wasm")).unwrap();
    sandbox.write(
        "contents.json",
        r#"{"column:name": "matching(type,'Fred')"}"#,
    );
    sandbox.write(
        "request.json",
        r#"{
            "expected": {"contentType": "text/csv", "content": "TmFtZQpGcmVkCg=="},
            "actual": {"contentType": "text/csv", "content": "TmFtZQpKb2UK"},
            "pluginConfiguration": {"interactionConfiguration": {"csvHeaders": true}}
        }"#,
    );
    let program = Path::new(env!("CARGO_BIN_EXE_pact-wasm")).parent().unwrap();
    let path = std::env::join_paths([program, bridge.parent().unwrap()]).unwrap();
    let examples = examples();
    assert!(examples.len() > 12, "{examples:?}");
    for (command, expected) in examples {
        let mut shell = sandbox.command(Path::new("/bin/sh"));
        shell.args(["-c", &command]).env("PATH", &path);
        shell
            .env_remove("PACT_PLUGIN_DIR")
            .env_remove("XDG_CACHE_HOME");
        let outcome = sandbox.finish(&mut shell, "");
        let actual = outcome.stdout + &outcome.stderr;
        let actual = actual.replace(text(&sandbox.path("home")), "~");
        let (expected, actual) = (without_numbers(&expected), without_numbers(&actual));
        assert!(
            matches(&expected, &actual),
            "$ {command}\n{actual}\nThe manual says:\n{expected}"
        );
    }
}
