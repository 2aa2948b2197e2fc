//! `precompile`, `cache`, `completions`, and what all commands have in common.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::sandbox::{Sandbox, component, plugin, text};

const COMMANDS: [&str; 12] = [
    "inspect",
    "check",
    "install",
    "list",
    "remove",
    "disable",
    "enable",
    "package",
    "call",
    "precompile",
    "cache",
    "completions",
];

#[test]
fn what_is_precompiled_is_in_the_cache_until_it_is_emptied() {
    let sandbox = Sandbox::with_cache();
    let directory = sandbox.path("cache/pact-wasm");
    assert_eq!(
        sandbox.run(&["cache"]).good(),
        format!("{}: 0 files, 0 B\n", directory.display())
    );
    let (one, other) = (component("minimal-1.0.0"), plugin("newer-1.0.0"));
    let json = sandbox
        .run(&["precompile", "--json", text(&one), text(&other)])
        .json();
    let artifacts = json["components"].as_array().unwrap();
    assert_eq!(artifacts.len(), 2);
    for artifact in artifacts {
        let file = Path::new(artifact["artifact"].as_str().unwrap());
        assert!(
            file.is_file() && file.starts_with(&directory),
            "{}",
            file.display()
        );
    }
    let again = sandbox.run(&["precompile", text(&one)]).good();
    assert!(
        again.starts_with(&format!("{}: ", one.display())),
        "{again}"
    );

    let info = sandbox.run(&["cache", "info", "--json"]).json();
    let size = |it: &serde_json::Value| fs::metadata(it["file"].as_str().unwrap()).unwrap().len();
    let files = info["files"].as_array().unwrap();
    assert_eq!(info["size"], files.iter().map(size).sum::<u64>());
    assert_eq!((files.len(), &info["removed"]), (2, &json!(false)));
    assert!(
        sandbox
            .run(&["cache"])
            .good()
            .starts_with(&format!("{}: 2 files, ", directory.display()))
    );

    assert!(
        sandbox
            .run(&["cache", "clean"])
            .good()
            .starts_with(&format!("{}: removed 2 files, ", directory.display()))
    );
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
    assert_eq!(
        sandbox.run(&["cache", "clean", "--json"]).json()["files"],
        json!([])
    );
}

#[test]
fn precompile_names_what_it_cannot_compile() {
    let sandbox = Sandbox::with_cache();
    let garbage = sandbox.write("garbage.wasm", "garbage");
    let message = sandbox.run(&["precompile", text(&garbage)]).error(1);
    assert!(
        message.contains("garbage.wasm: not a WebAssembly component"),
        "{message}"
    );
    // The others are compiled all the same.
    let good = component("minimal-1.0.0");
    let both = sandbox.run(&["precompile", text(&garbage), text(&good), "--json"]);
    assert_eq!((both.code, &*both.stderr), (1, ""));
    let components = &both.json()["components"];
    assert_eq!(components[0]["error"]["code"]["name"], "component-invalid");
    assert_eq!(
        (&components[0]["artifact"], &components[1]["error"]),
        (&json!(null), &json!(null))
    );
    assert!(Path::new(components[1]["artifact"].as_str().unwrap()).is_file());
    assert_eq!(sandbox.run(&["precompile", "absent.wasm"]).code, 2);
    assert_eq!(sandbox.run(&["precompile"]).code, 2);
}

#[cfg(unix)]
#[test]
fn a_cache_that_others_can_write_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::with_cache();
    fs::create_dir_all(sandbox.path("cache/pact-wasm")).unwrap();
    fs::set_permissions(
        sandbox.path("cache/pact-wasm"),
        fs::Permissions::from_mode(0o777),
    )
    .unwrap();
    let message = sandbox
        .run(&["precompile", text(&component("minimal-1.0.0"))])
        .error(1);
    assert!(
        message.contains("minimal.wasm: compiled, but not kept: ")
            && message
                .ends_with("others can write there; it must belong to this user with mode 0700"),
        "{message}"
    );
}

#[test]
fn every_shell_has_completions() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = sandbox.run(&["completions", shell]).good();
        for command in COMMANDS {
            assert!(script.contains(command), "{shell} lacks {command}");
        }
        let json = sandbox.run(&["completions", shell, "--json"]).json();
        assert_eq!(json["shell"], shell);
        assert_eq!(
            json["script"].as_str().unwrap().trim_end(),
            script.trim_end()
        );
    }
    assert_eq!(sandbox.run(&["completions", "cmd"]).code, 2);
}

/// As bash itself does it: the script is sourced, and its function called for a line that has been typed.
#[test]
fn bash_completes_commands_options_and_values() {
    let sandbox = Sandbox::new();
    let script = sandbox.run(&["completions", "bash"]).good();
    let file = sandbox.write("completions.bash", script);
    for (line, expected) in [
        ("pact-wasm pre", "precompile"),
        ("pact-wasm install --g", "--grant"),
        ("pact-wasm completions el", "elvish"),
        ("pact-wasm cache c", "clean"),
    ] {
        let complete = format!(
            "source {}; COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _pact__wasm pact-wasm \"${{COMP_WORDS[-1]}}\" \"${{COMP_WORDS[-2]}}\"; echo \"${{COMPREPLY[*]}}\"",
            file.display()
        );
        let mut bash = sandbox.command(Path::new("/bin/bash"));
        let completed = sandbox.finish(bash.args(["-c", &complete]), "").good();
        assert_eq!(completed.trim(), expected, "{line}");
    }
}

#[test]
fn help_documents_exit_codes_and_environment() {
    let sandbox = Sandbox::new();
    let mut pages = vec![sandbox.run(&["--help"]).good()];
    pages.extend(COMMANDS.map(|command| sandbox.run(&[command, "--help"]).good()));
    for page in pages {
        for part in [
            "--json",
            "Exit codes:",
            "  2  wrong usage",
            "PACT_PLUGIN_DIR",
            "NO_COLOR",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
    }
    assert_eq!(
        sandbox.run(&["--version"]).good(),
        format!("pact-wasm {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn wrong_usage_has_exit_code_2() {
    let sandbox = Sandbox::new();
    for arguments in [
        &[][..],
        &["conquer"],
        &["inspect"],
        &["list", "--colour"],
        &["install", "a", "--interface", "3"],
    ] {
        let outcome = sandbox.run::<&str>(arguments);
        assert_eq!(
            (outcome.code, outcome.stdout.as_str()),
            (2, ""),
            "{arguments:?} {}",
            outcome.stderr
        );
        let outcome = sandbox.run(&[arguments, &["--json"]].concat());
        assert_eq!((outcome.code, &*outcome.stderr), (2, ""), "{arguments:?}");
        let error = &outcome.json()["error"];
        assert_eq!(error["code"]["name"], "usage", "{arguments:?}");
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("--help"), "{message}");
    }
}

/// What a plugin says about itself, and what it logs, must not look like something else.
#[test]
fn terminals_are_not_told_what_to_do_by_others() {
    let sandbox = Sandbox::new();
    let mut wasm = fs::read(component("minimal-1.0.0")).unwrap();
    let author = "me\r\x1b[2K\x1b[8m";
    let section = [&[7][..], b"authors", author.as_bytes()].concat();
    wasm.push(0);
    wasm.push(u8::try_from(section.len()).unwrap());
    wasm.extend(&section);
    let file = sandbox.write("forged.wasm", wasm);
    let shown = sandbox.run(&["inspect", text(&file)]).good();
    assert!(shown.contains(r"me\u{d}\u{1b}[2K\u{1b}[8m"), "{shown}");
    let json = sandbox.run(&["inspect", "--json", text(&file)]);
    assert_eq!(json.json()["metadata"]["authors"], author);
    assert!(!json.stdout.contains('\x1b'));

    let copy = sandbox.copy_of("minimal-1.0.0", |it| {
        it["pluginConfig"] =
            json!({ "permissions": { "optional": { "environment": ["A\n  all is well"] } } });
    });
    let message = sandbox.run(&["install", text(&copy)]).error(1);
    assert!(message.contains("has control characters"), "{message}");
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_an_error() {
    let sandbox = Sandbox::new();
    let program = env!("CARGO_BIN_EXE_pact-wasm");
    for json in ["", "--json"] {
        let mut shell = sandbox.command(Path::new("/bin/sh"));
        let list = format!("{program} list {json} >/dev/full");
        let message = sandbox.finish(shell.args(["-c", &list]), "").error(1);
        assert!(
            message.starts_with("standard output: cannot be written: "),
            "{message}"
        );
    }
}

#[test]
fn there_are_no_colours_outside_of_a_terminal() {
    let sandbox = Sandbox::new();
    let outcomes = [
        sandbox.run(&["inspect", text(&plugin("minimal-1.0.0"))]),
        sandbox.run(&["check", text(&plugin("minimal-1.0.0"))]),
        sandbox.run(&["inspect", "absent"]),
    ];
    for outcome in outcomes {
        assert!(
            !outcome.stdout.contains('\x1b') && !outcome.stderr.contains('\x1b'),
            "{}",
            outcome.stdout
        );
    }
}

/// `script` runs a command in a terminal.
#[cfg(target_os = "linux")]
#[test]
fn in_a_terminal_there_are_colours_unless_somebody_wants_none() {
    let sandbox = Sandbox::new();
    let run = |no_color: &str, json: &str| {
        let program = env!("CARGO_BIN_EXE_pact-wasm");
        let wasm = component("minimal-1.0.0");
        let command = format!("{program} inspect {} {json}", wasm.display());
        let mut script = sandbox.command(Path::new("/usr/bin/script"));
        script.args(["-qec", &command, "/dev/null"]);
        script
            .env("TERM", "xterm")
            .env("NO_COLOR", no_color)
            .env("SHELL", "/bin/sh");
        sandbox.finish(&mut script, "").good()
    };
    assert!(
        run("", "").contains("\x1b[1mfile     \x1b[0m"),
        "{}",
        run("", "")
    );
    assert!(!run("1", "").contains('\x1b'));
    assert!(!run("", "--json").contains('\x1b'));
}

#[test]
fn somebody_who_reads_the_beginning_alone_does_no_harm() {
    let sandbox = Sandbox::new();
    let mut shell = sandbox.command(Path::new("/bin/sh"));
    let program = env!("CARGO_BIN_EXE_pact-wasm");
    let wasm = component("jwt-0.1.0");
    // The pipe's other end is closed before anything is written.
    let script = format!("{program} inspect --wit {} | true", wasm.display());
    let outcome = sandbox.finish(shell.args(["-c", &script]).env("PATH", "/bin:/usr/bin"), "");
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
}
