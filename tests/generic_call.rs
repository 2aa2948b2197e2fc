//! Errors of the generic call: those that the header lists, and those of the typed function of the operation. And the records of
//! transports, which no other test sends through the generic call with all their fields.

mod common;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use pact_wasm::driver::OPERATIONS;
use pact_wasm::driver::call::{CallOptions, Cancel};
use pact_wasm::driver::config::Config;
use pact_wasm::driver::host::Host;
use pact_wasm::driver::plugin::Plugin;
use pact_wasm::error::{Code, Error};
use pact_wasm::model::{
    CompareContentsRequest, ConfigureInteractionRequest, GenerateContentRequest,
    GenerateFieldRequest, MatchFieldRequest, PrepareInteractionRequest, StartMockServerRequest,
    VerifyInteractionRequest,
};
use serde::Deserialize;
use serde_json::{Value, json};

fn load(host: &Host, name: &str) -> Arc<Plugin> {
    host.load(name, None).expect("loads")
}

fn ready(config: Config, name: &str) -> Arc<Plugin> {
    let plugin = load(&common::host(config), name);
    plugin.init(&CallOptions::default()).expect("initialises");
    plugin
}

/// These take the key of a server. What they lack, where something is missing, is the server.
const OF_A_SERVER: [&str; 2] = ["get-mock-server-results", "shutdown-mock-server"];

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
        "start-mock-server" => r#"{"interactions":[]}"#.to_string(),
        "get-mock-server-results" | "shutdown-mock-server" => r#"{"key":"a"}"#.to_string(),
        "prepare-interaction-for-verification" => {
            r#"{"interaction":{"interactionType":"Synchronous/HTTP"}}"#.to_string()
        }
        "verify-interaction" => {
            let interaction = r#"{"interactionType":"Synchronous/HTTP"}"#;
            format!(r#"{{"interaction":{interaction},"interactionData":{{"body":{body}}}}}"#)
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
        "start-mock-server" => {
            let request: StartMockServerRequest = read(request);
            plugin.start_mock_server(options, &request).map(drop)
        }
        "get-mock-server-results" => {
            let request: Value = read(request);
            let key = request["key"].as_str().expect("a key");
            plugin.mock_server_results(options, key).map(drop)
        }
        "shutdown-mock-server" => {
            let request: Value = read(request);
            let key = request["key"].as_str().expect("a key");
            plugin.shutdown_mock_server(options, key).map(drop)
        }
        "prepare-interaction-for-verification" => {
            let request: PrepareInteractionRequest = read(request);
            plugin.prepare_interaction(options, &request).map(drop)
        }
        "verify-interaction" => {
            let request: VerifyInteractionRequest = read(request);
            plugin.verify_interaction(options, &request).map(drop)
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
        // The interface has it, but it is not for callers.
        "serve-mock-server",
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
        let code = if OF_A_SERVER.contains(&operation) {
            Code::NotFound
        } else {
            Code::WrongState
        };
        assert_fails_as_typed(&options, &plugin, operation, &request, code);
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
            let code = if OF_A_SERVER.contains(&operation) {
                Code::NotFound
            } else {
                Code::Unsupported
            };
            assert_fails_as_typed(&options, &plugin, operation, &request, code);
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

// ---- transports ----

/// The plugin that says what it was called with. Its servers live as long as the host.
fn echo() -> (Host, Arc<Plugin>) {
    let host = common::host(common::config());
    let plugin = load(&host, "echo");
    plugin.init(&CallOptions::default()).expect("initialises");
    (host, plugin)
}

fn call(plugin: &Plugin, operation: &str, request: &str) -> Value {
    let response = common::call(plugin, operation, request).expect(operation);
    serde_json::from_str(&response).expect("JSON")
}

fn call_for(plugin: &Plugin, operation: &str, server: &Value) -> Value {
    call(
        plugin,
        operation,
        &json!({ "key": server["key"] }).to_string(),
    )
}

/// What echo says it was called with.
fn described(text: &Value) -> Value {
    serde_json::from_str(text.as_str().expect("a text")).expect("JSON")
}

/// An interaction with all its fields, and one without those that may be left out.
const INTERACTIONS: [&str; 2] = [
    r#"{"interactionType":"Asynchronous/Messages","pluginConfiguration":{"interactionConfiguration":{"a" : 2.0},"pactConfiguration":{"b":"\u00e4"}},"consumer":"c\u00f6","provider":"p"}"#,
    r#"{"interactionType":"Synchronous/Messages"}"#,
];

/// The same as echo describes them. JSON arrives as it was written.
fn described_interactions() -> [Value; 2] {
    let configuration = json!({
        "interaction_configuration": "{\"a\" : 2.0}",
        "pact_configuration": "{\"b\":\"\\u00e4\"}",
    });
    [
        json!({
            "interaction_type": "AsynchronousMessages",
            "plugin_configuration": configuration,
            "consumer": "cö",
            "provider": "p",
        }),
        json!({
            "interaction_type": "SynchronousMessages",
            "plugin_configuration": null,
            "consumer": "",
            "provider": "",
        }),
    ]
}

const CONTEXT: &str = r#"{ "testRunId": "run-7", "n": 1e3 }"#;

#[test]
fn what_a_server_is_started_with_arrives() {
    let (_host, plugin) = echo();
    let [full, bare] = INTERACTIONS;
    let request = format!(
        r#"{{"hostInterface":"[::1]","port":65535,"tls":true,"interactions":[{full},{bare}],"testContext":{CONTEXT}}}"#
    );
    let started_with = json!({
        "host_interface": "[::1]",
        "port": 65535,
        "tls": true,
        "interactions": described_interactions(),
        "test_context": CONTEXT,
    });
    let http = r#"{"interactionType":"Synchronous/HTTP"}"#;
    let bare = format!(r#"{{"interactions":[{http}]}}"#);
    let mut interaction = described_interactions()[1].clone();
    interaction["interaction_type"] = json!("SynchronousHttp");
    let bare_start = json!({
        "host_interface": "",
        "port": 0,
        "tls": false,
        "interactions": [interaction],
        "test_context": null,
    });
    for (request, started_with) in [(request, started_with), (bare, bare_start)] {
        let server = call(&plugin, "start-mock-server", &request);
        assert_eq!(server["port"], started_with["port"]);
        assert_eq!(server["address"], started_with["host_interface"]);
        // While it serves, and more than once.
        for operation in [
            "get-mock-server-results",
            "get-mock-server-results",
            "shutdown-mock-server",
        ] {
            let answer = call_for(&plugin, operation, &server);
            assert_eq!(answer["ok"], json!(false));
            let result = &answer["results"][0];
            assert_eq!(result["path"], json!(operation));
            assert_eq!(described(&result["error"]), started_with);
            assert_eq!(result["mismatches"], json!([]));
        }
    }
}

#[test]
fn what_a_server_has_seen_comes_back() {
    let (_host, plugin) = echo();
    let wit = json!({ "ok": false, "results": [
        { "path": "a", "error": "b", "mismatches": [] },
        { "path": "", "error": "", "mismatches": [described_mismatch(), bare_mismatch("mismatch_type")] },
    ] });
    let results = json!({ "ok": false, "results": [
        { "path": "a", "error": "b", "mismatches": [] },
        { "path": "", "error": "", "mismatches": [mismatch(), bare_mismatch("mismatchType")] },
    ] });
    let fine = json!({ "ok": true, "results": [] });
    for (response, results) in [(wit, results), (json!({}), fine)] {
        let context = json!({ "response": response });
        let request = json!({ "interactions": [], "testContext": context }).to_string();
        let server = call(&plugin, "start-mock-server", &request);
        let so_far = call_for(&plugin, "get-mock-server-results", &server);
        assert_eq!(so_far, results);
        let finally = call_for(&plugin, "shutdown-mock-server", &server);
        assert_eq!(finally, results);
    }
}

/// A mismatch as echo takes it.
fn described_mismatch() -> Value {
    json!({
        "expected": [0, 255], "actual": [], "description": "ä", "path": "$.a", "diff": "-1\n+2", "mismatch_type": "body",
    })
}

/// The same as the library gives it.
fn mismatch() -> Value {
    json!({
        "expected": "AP8=", "actual": "", "description": "ä", "path": "$.a", "diff": "-1\n+2", "mismatchType": "body",
    })
}

fn bare_mismatch(mismatch_type: &str) -> Value {
    json!({
        "expected": null, "actual": null, "description": "", "path": "", "diff": null, mismatch_type: null,
    })
}

/// The body in which echo describes its request.
fn description_in(body: &Value) -> Value {
    let content = body["content"].as_str().expect("content");
    let content = BASE64.decode(content).expect("base64");
    serde_json::from_slice(&content).expect("JSON")
}

#[test]
fn what_is_to_be_prepared_arrives() {
    let (_host, plugin) = echo();
    let operation = "prepare-interaction-for-verification";
    let [full, bare] = INTERACTIONS;
    let [full_described, bare_described] = described_interactions();
    let config = r#"{"host" : "h", "port": 2.0}"#;
    let request = format!(r#"{{"interaction":{full},"config":{config},"testContext":{CONTEXT}}}"#);
    let data = call(&plugin, operation, &request);
    let arrived =
        json!({ "interaction": full_described, "config": config, "test_context": CONTEXT });
    assert_eq!(description_in(&data["body"]), arrived);
    let metadata = json!({ "json": { "json": { "a": 1 } }, "bytes": { "bytes": "AP8=" } });
    assert_eq!(data["metadata"], metadata);
    let data = call(&plugin, operation, &format!(r#"{{"interaction":{bare}}}"#));
    let arrived = json!({ "interaction": bare_described, "config": null, "test_context": null });
    assert_eq!(description_in(&data["body"]), arrived);
}

/// Interaction data as echo takes and describes them, and as the library gives them.
fn interaction_data() -> [(Value, Value); 3] {
    let described = |body: Value, metadata: Value| json!({ "body": body, "metadata": metadata });
    let body = |content: Value, hint: &str| json!({ "content_type": "a/b", "content": content, "hint": hint });
    let given = |content: Value, hint: &str| json!({ "contentType": "a/b", "content": content, "hint": hint });
    let metadata = json!([
        ["z", { "Json": "[2.5,null]" }], ["a", { "Bytes": [] }], ["", { "Json": "null" }], ["b", { "Bytes": [0, 255] }],
    ]);
    let given_metadata = json!({
        "z": { "json": [2.5, null] }, "a": { "bytes": "" }, "": { "json": null }, "b": { "bytes": "AP8=" },
    });
    [
        (
            described(body(json!([0, 255]), "Binary"), metadata),
            json!({ "body": given(json!("AP8="), "binary"), "metadata": given_metadata }),
        ),
        (
            described(body(json!(null), "Text"), json!([])),
            json!({ "body": given(json!(null), "text"), "metadata": {} }),
        ),
        (
            described(json!(null), json!([["a", { "Json": "\"text\"" }]])),
            json!({ "body": null, "metadata": { "a": { "json": "text" } } }),
        ),
    ]
}

#[test]
fn what_was_prepared_comes_back() {
    let (_host, plugin) = echo();
    let [_, bare] = INTERACTIONS;
    let operation = "prepare-interaction-for-verification";
    for (response, data) in interaction_data() {
        let config = json!({ "response": response });
        let request = format!(r#"{{"interaction":{bare},"config":{config}}}"#);
        let prepared = call(&plugin, operation, &request);
        // As text, because the order of the metadata is kept.
        assert_eq!(prepared.to_string(), data.to_string());
    }
}

#[test]
fn what_is_to_be_verified_arrives() {
    let (_host, plugin) = echo();
    let [full, bare] = INTERACTIONS;
    let [full_described, bare_described] = described_interactions();
    let config = r#"{"host" : "h", "port": 2.0}"#;
    for (data, given) in interaction_data() {
        let request = format!(
            r#"{{"interactionData":{given},"config":{config},"interaction":{full},"testContext":{CONTEXT}}}"#
        );
        let result = call(&plugin, "verify-interaction", &request);
        let arrived = json!({
            "interaction_data": data, "config": config, "interaction": full_described, "test_context": CONTEXT,
        });
        assert_eq!(described(&result["output"][0]), arrived);
        assert_eq!(result["response"].to_string(), given.to_string());
        assert_eq!(result["success"], json!(true));
        assert_eq!(result["failures"], json!([]));
    }
    let request = format!(r#"{{"interactionData":{{}},"interaction":{bare}}}"#);
    let result = call(&plugin, "verify-interaction", &request);
    let arrived = json!({
        "interaction_data": { "body": null, "metadata": [] },
        "config": null,
        "interaction": bare_described,
        "test_context": null,
    });
    assert_eq!(described(&result["output"][0]), arrived);
}

#[test]
fn what_was_verified_comes_back() {
    let (_host, plugin) = echo();
    let [_, bare] = INTERACTIONS;
    let [(data, given), ..] = interaction_data();
    let failed = json!({
        "success": false,
        "response": data,
        "failures": [{ "Error": "ä" }, { "Mismatch": described_mismatch() }],
        "output": ["one", "", "two\nthree"],
    });
    let failure = json!({
        "success": false,
        "response": given,
        "failures": [{ "error": "ä" }, { "mismatch": mismatch() }],
        "output": ["one", "", "two\nthree"],
    });
    let success = json!({ "success": true, "response": null, "failures": [], "output": [] });
    for (response, result) in [(failed, failure), (json!({}), success)] {
        let config = json!({ "response": response });
        let request =
            format!(r#"{{"interactionData":{{}},"interaction":{bare},"config":{config}}}"#);
        assert_eq!(call(&plugin, "verify-interaction", &request), result);
    }
}

#[test]
fn errors_of_transports_are_those_of_the_typed_functions() {
    let (_host, plugin) = echo();
    let with = |operation: &str, key: &str, object: &Value| {
        let mut request: Value = serde_json::from_str(&request(operation, "a/b")).expect("JSON");
        request[key] = object.clone();
        request.to_string()
    };
    let options = CallOptions::default();
    let prepare = "prepare-interaction-for-verification";
    let error = json!({ "error": "the mock is asleep" });
    for (operation, key) in [
        ("start-mock-server", "testContext"),
        (prepare, "config"),
        ("verify-interaction", "config"),
    ] {
        let request = with(operation, key, &error);
        assert_fails_as_typed(&options, &plugin, operation, &request, Code::Plugin);
        let told = common::call(&plugin, operation, &request).expect_err(operation);
        assert!(told.to_string().ends_with("the mock is asleep"), "{told}");
    }
    for metadata in [
        json!([["a", { "Json": "{" }]]),
        json!([["a", { "Bytes": [] }], ["a", { "Bytes": [] }]]),
    ] {
        let data = json!({ "metadata": metadata });
        for (operation, response) in [
            (prepare, data.clone()),
            ("verify-interaction", json!({ "response": data })),
        ] {
            let request = with(operation, "config", &json!({ "response": response }));
            let code = Code::InvalidResponse;
            assert_fails_as_typed(&options, &plugin, operation, &request, code);
        }
    }
    for operation in OF_A_SERVER {
        let request = request(operation, "a/b");
        assert_fails_as_typed(&options, &plugin, operation, &request, Code::NotFound);
    }
}
