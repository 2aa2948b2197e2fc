//! Errors of the generic call: those that the header lists, and those of the typed function of the operation.

mod common;

use std::sync::Arc;
use std::time::Duration;

use pact_wasm::driver::OPERATIONS;
use pact_wasm::driver::call::{CallOptions, Cancel};
use pact_wasm::driver::config::Config;
use pact_wasm::driver::host::Host;
use pact_wasm::driver::plugin::Plugin;
use pact_wasm::error::{Code, Error};
use pact_wasm::model::{
    CompareContentsRequest, ConfigureInteractionRequest, GenerateContentRequest,
    GenerateFieldRequest, MatchFieldRequest,
};
use serde::Deserialize;

fn load(host: &Host, name: &str) -> Arc<Plugin> {
    host.load(name, None).expect("loads")
}

fn ready(config: Config, name: &str) -> Arc<Plugin> {
    let plugin = load(&common::host(config), name);
    plugin.init(&CallOptions::default()).expect("initialises");
    plugin
}

/// A valid request of each operation; where there is a content type, this one.
fn request(operation: &str, content_type: &str) -> String {
    let body = format!(r#"{{"contentType":"{content_type}"}}"#);
    match operation {
        "init" => "{}".to_string(),
        "update-catalogue" => r#"{"catalogue":[]}"#.to_string(),
        "configure-interaction" => {
            format!(r#"{{"contentType":"{content_type}","contentsConfig":{{}}}}"#)
        }
        "compare-contents" => format!(r#"{{"expected":{body},"actual":{body}}}"#),
        "generate-content" => format!(r#"{{"body":{body}}}"#),
        "match-field" => r#"{"key":"a","rule":{"type":"a"},"path":"$","mismatchType":"body","expected":"null","actual":"null"}"#.to_string(),
        "generate-field" => {
            r#"{"key":"a","generator":{"type":"a"},"path":"$","example":"null"}"#.to_string()
        }
        unknown => panic!("{unknown}"),
    }
}

/// The error of the typed function, given the same request.
fn typed_error(options: &CallOptions, plugin: &Plugin, operation: &str, request: &str) -> Error {
    fn read<'a, T: Deserialize<'a>>(request: &'a str) -> T {
        serde_json::from_str(request).expect("a request")
    }
    let result = match operation {
        "init" => plugin.init(options),
        "update-catalogue" => plugin.update_catalogue(options, Vec::new()),
        "configure-interaction" => {
            let request: ConfigureInteractionRequest = read(request);
            plugin.configure_interaction(options, &request).map(drop)
        }
        "compare-contents" => {
            let request: CompareContentsRequest = read(request);
            plugin.compare_contents(options, &request).map(drop)
        }
        "generate-content" => {
            let request: GenerateContentRequest = read(request);
            plugin.generate_content(options, &request).map(drop)
        }
        "match-field" => {
            let request: MatchFieldRequest = read(request);
            plugin.match_field(options, &request).map(drop)
        }
        "generate-field" => {
            let request: GenerateFieldRequest = read(request);
            plugin.generate_field(options, &request).map(drop)
        }
        unknown => panic!("{unknown}"),
    };
    result.expect_err(operation)
}

/// The call fails with this code, names plugin and operation, and says what the typed function says.
fn assert_fails_as_typed(
    options: &CallOptions,
    plugin: &Plugin,
    operation: &str,
    request: &str,
    code: Code,
) {
    let error = common::call_with(options, plugin, operation, request).expect_err(operation);
    assert_eq!(error.code(), code, "{operation} {request}: {error}");
    assert_eq!(
        error.plugin().map(|it| it.0),
        Some(&*plugin.manifest().name)
    );
    assert_eq!(error.operation(), Some(operation));
    let typed = typed_error(options, plugin, operation, request);
    assert_eq!(error.to_string(), typed.to_string());
    assert_eq!(error.code(), typed.code());
    assert_eq!(error.backtrace().is_some(), typed.backtrace().is_some());
}

#[test]
fn an_unknown_operation_is_an_invalid_argument_that_names_the_known_ones() {
    let plugin = ready(common::config(), "echo");
    for unknown in [
        "",
        "dance",
        "Init",
        "compare_contents",
        "init ",
        "verify-interaction",
    ] {
        let call = plugin.call_json(&CallOptions::default(), unknown, "{}");
        let error = call.expect_err(unknown);
        assert_eq!(error.code(), Code::InvalidArgument);
        assert_eq!(error.plugin(), Some(("echo", "1.0.0")));
        let message = format!(
            "unknown operation \"{unknown}\"; there are {}",
            OPERATIONS.join(", ")
        );
        assert!(error.to_string().ends_with(&message), "{error}");
    }
}

#[test]
fn a_request_that_does_not_fit_is_an_invalid_argument_of_its_operation() {
    let plugin = ready(common::config(), "echo");
    for operation in OPERATIONS {
        for wrong in [
            "",
            "nonsense",
            "[]",
            "{\"surprise\":1}",
            "{\"contentType\":",
        ] {
            let call = plugin.call_json(&CallOptions::default(), operation, wrong);
            let error = call.expect_err(operation);
            assert_eq!(error.code(), Code::InvalidArgument);
            assert_eq!(error.operation(), Some(operation));
            let start = format!("plugin echo 1.0.0, {operation}: argument \"request_json\" is not");
            assert!(error.to_string().starts_with(&start), "{error}");
        }
    }
}

#[test]
fn every_other_operation_needs_init_first() {
    let plugin = load(&common::host(common::config()), "echo");
    for operation in OPERATIONS.into_iter().filter(|it| *it != "init") {
        let request = request(operation, "a/b");
        let options = CallOptions::default();
        assert_fails_as_typed(&options, &plugin, operation, &request, Code::WrongState);
    }
}

#[test]
fn a_role_that_the_plugin_does_not_fill_is_unsupported() {
    let plugin = ready(common::config(), "minimal");
    let others = ["init", "update-catalogue"];
    for operation in OPERATIONS {
        let request = request(operation, "a/b");
        if others.contains(&operation) {
            common::call(&plugin, operation, &request).expect(operation);
        } else {
            let options = CallOptions::default();
            assert_fails_as_typed(&options, &plugin, operation, &request, Code::Unsupported);
        }
    }
}

/// The plugin `hostile` does what the content type says.
#[test]
fn errors_and_limits_are_those_of_the_typed_functions() {
    let mut config = common::config();
    config.limits.memory = 32 << 20;
    config.limits.host_call_bytes = 1 << 20;
    let plugin = ready(config, "hostile");
    let mut config = common::config();
    config.limits.memory = 1 << 30;
    let roomy = ready(config, "hostile");
    let cancelled = Cancel::default();
    cancelled.cancel();
    let options = CallOptions::default();
    let short = CallOptions {
        timeout: Some(Duration::from_millis(100)),
        ..CallOptions::default()
    };
    let cancelled = CallOptions {
        cancel: Some(cancelled),
        ..CallOptions::default()
    };
    let cases = [
        (&options, &plugin, "x/error", Code::Plugin),
        (&options, &plugin, "x/trap", Code::Trap),
        (&short, &plugin, "x/loop", Code::Deadline),
        (&cancelled, &plugin, "x/loop", Code::Cancelled),
        (&options, &plugin, "x/alloc", Code::MemoryLimit),
        (&options, &roomy, "x/huge-result", Code::HostCallLimit),
        (&options, &plugin, "x/recurse", Code::StackLimit),
    ];
    for (options, plugin, content_type, code) in cases {
        for operation in [
            "configure-interaction",
            "compare-contents",
            "generate-content",
        ] {
            let request = request(operation, content_type);
            assert_fails_as_typed(options, plugin, operation, &request, code);
        }
    }
    let operation = "configure-interaction";
    let request = request(operation, "x/bad-json");
    assert_fails_as_typed(
        &options,
        &plugin,
        operation,
        &request,
        Code::InvalidResponse,
    );
}

#[test]
fn a_failed_init_is_the_same_error_too() {
    let plugins = common::config().plugin_directory.expect("plugins");
    let component = plugins.join("hostile-1.0.0/hostile.wasm");
    for (init, code) in [
        ("fail", Code::Plugin),
        ("missing-capabilities", Code::Incompatible),
        ("bad-role", Code::Incompatible),
        ("trap", Code::Trap),
    ] {
        let directory = tempfile::tempdir().expect("a directory");
        let manifest = format!(
            r#"{{"name":"h","version":"1.0.0","executableType":"wasm","entryPoint":"h.wasm","pluginConfig":{{"init":"{init}"}}}}"#
        );
        std::fs::write(directory.path().join("pact-plugin.json"), manifest).expect("writable");
        std::fs::copy(&component, directory.path().join("h.wasm")).expect("copied");
        let host = common::host(common::config());
        let plugin = host.load_directory(directory.path()).expect("loads");
        assert_fails_as_typed(&CallOptions::default(), &plugin, "init", "{}", code);
    }
}
