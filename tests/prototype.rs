//! Components of the prototype's interface, through the same API as all others. The plugin `prototype` logs what it is called
//! with.

mod common;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::thread;

use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::component::Role;
use pact_wasm::driver::config::Config;
use pact_wasm::driver::host::Host;
use pact_wasm::driver::log::{Level, LogRecord};
use pact_wasm::driver::plugin::Plugin;
use pact_wasm::error::{Code, Error};
use serde_json::{Value, json};

fn config() -> Config {
    let mut config = Config {
        log_level: Level::Debug,
        ..common::config()
    };
    config.limits.instances = 4;
    config
}

fn host() -> Host {
    common::host(config())
}

fn load(host: &Host, name: &str) -> Arc<Plugin> {
    let plugin = host.load(name, None).expect("loads");
    plugin.init(&CallOptions::default()).expect("initialises");
    plugin
}

fn prototype() -> Arc<Plugin> {
    load(&host(), "prototype")
}

fn call(plugin: &Plugin, operation: &str, request: &Value) -> Result<Value, Error> {
    let answer = common::call(plugin, operation, &request.to_string())?;
    Ok(serde_json::from_str(&answer).expect("JSON"))
}

fn configure(plugin: &Plugin, config: &Value) -> Result<Value, Error> {
    let request =
        json!({"contentType": "application/vnd.prototype+json", "contentsConfig": config});
    call(plugin, "configure-interaction", &request)
}

/// Compares two bodies in base64.
fn compare(plugin: &Plugin, expected: &str, actual: &str) -> Result<Value, Error> {
    let body = |content| json!({"contentType": "a/b", "content": content});
    let request = json!({"expected": body(expected), "actual": body(actual)});
    call(plugin, "compare-contents", &request)
}

fn messages(plugin: &Plugin, target: &str) -> Vec<String> {
    let records = plugin.logs().into_iter();
    let of_target = records.filter(|record| record.target == target);
    of_target.map(|record| record.message).collect()
}

/// What the plugin was last called with.
fn last_request(plugin: &Plugin) -> Value {
    let messages = messages(plugin, "prototype");
    let (_, request) = messages
        .last()
        .and_then(|message| message.split_once(": "))
        .expect("a request in the log");
    serde_json::from_str(request).expect("JSON")
}

#[test]
fn it_introduces_itself_as_a_content_matcher() {
    let plugin = prototype();
    assert_eq!(plugin.roles(), [Role::ContentMatcher]);
    let response = plugin.init_response().expect("initialised");
    assert_eq!(response.plugin_capabilities, Vec::<String>::new());
    assert_eq!(
        serde_json::to_value(&response.catalogue).expect("JSON"),
        json!([
            {"entryType": "content-matcher", "key": "prototype", "values": {"content-types": r"application/vnd\.prototype"}},
            {"entryType": "interaction", "key": "prototype", "values": {}},
            {"entryType": "content-matcher", "key": "other", "values": {"content-types": "text/other", "more": "1"}},
        ])
    );
    let config = Config::default();
    let introduction = format!(
        "init: {} {}",
        config.implementation, config.implementation_version
    );
    assert_eq!(messages(&plugin, "prototype")[0], introduction);
}

#[test]
fn entries_that_it_cannot_serve_are_left_out_with_a_warning() {
    let plugin = prototype();
    let warnings = messages(&plugin, "pact_wasm");
    for (entry, warning) in [
        "content-generator/prototype",
        "transport/prototype",
        "matcher/prototype",
    ]
    .iter()
    .zip(&warnings)
    {
        assert!(warning.contains(entry), "{warning}");
    }
    assert_eq!(warnings.len(), 3, "{warnings:?}");
}

#[test]
fn what_it_logs_becomes_log_records() {
    let plugin = prototype();
    let options = CallOptions {
        test_run_id: Some("run".into()),
        ..CallOptions::default()
    };
    let request = r#"{"contentType":"a/b","contentsConfig":{}}"#;
    common::call_with(&options, &plugin, "configure-interaction", request).expect("configured");
    let logs = plugin.logs();
    let record = logs.last().expect("a record");
    assert_eq!(
        (record.level, record.target.as_str()),
        (Level::Debug, "prototype")
    );
    assert_eq!(record.message, r#"configure-interaction: ["b","{}"]"#);
    assert_eq!(record.test_run_id.as_deref(), Some("run"));
    assert_eq!(&*record.instance_id, plugin.instance_id());
}

#[test]
fn it_is_told_the_catalogue_but_for_generators() {
    let host = host();
    let plugin = load(&host, "prototype");
    let _echo = load(&host, "echo");
    configure(&plugin, &json!({})).expect("configured");
    let messages = messages(&plugin, "prototype");
    let told = messages
        .iter()
        .rfind(|message| message.starts_with("update-catalogue: "))
        .expect("an update");
    for part in [
        r#"{"entry_type":"ContentMatcher","key":"plugin/prototype/content-matcher/other","values":[["content-types","text/other"],["more","1"]]}"#,
        r#"{"entry_type":"ContentGenerator","key":"plugin/echo/content-generator/echo""#,
        r#"{"entry_type":"Transport","key":"plugin/echo/transport/echo""#,
        r#"{"entry_type":"Matcher","key":"plugin/echo/matcher/echo""#,
        r#"{"entry_type":"Interaction","key":"plugin/prototype/interaction/prototype""#,
    ] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    assert!(!told.contains("plugin/echo/generator"), "{told}");

    let entries = json!([
        {"entryType": "generator", "key": "a"},
        {"entryType": "matcher", "key": "b", "values": {"config-key": "x"}},
    ]);
    call(&plugin, "update-catalogue", &json!({"catalogue": entries})).expect("updated");
    assert_eq!(
        last_request(&plugin),
        json!([{"entry_type": "Matcher", "key": "b", "values": [["config-key", "x"]]}])
    );
}

#[test]
fn configuring_passes_the_sub_type_and_the_config_as_written() {
    let plugin = prototype();
    let request = r#"{"contentType":"application/vnd.prototype+json;x=y","contentsConfig":{"a": 2.0},"testContext":{"t":1}}"#;
    let answer = common::call(&plugin, "configure-interaction", request).expect("configured");
    assert_eq!(
        last_request(&plugin),
        json!(["vnd.prototype", r#"{"a": 2.0}"#])
    );
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    let interaction = &answer["interactions"][0];
    assert_eq!(
        interaction["contents"],
        json!({"contentType": "vnd.prototype", "content": "eyJhIjogMi4wfQ==", "hint": "default"})
    );
    assert_eq!(interaction["partName"], "");
    assert_eq!(interaction["pluginConfiguration"], Value::Null);
    assert_eq!(answer["pluginConfiguration"], Value::Null);
}

#[test]
fn every_field_of_interaction_details_comes_back() {
    let plugin = prototype();
    let part = |name: &str, hint: Value, interaction: &str, pact: &str| {
        json!({
            "part_name": name,
            "contents": {"content_type": "a/b", "content": [0, 255], "content_type_hint": hint},
            "plugin_configuration": {"interaction_configuration": interaction, "pact_configuration": pact},
        })
    };
    let details = json!({
        "interaction": [
            part("request", json!("Text"), r#"{"i": 1.0}"#, r#"{"p":2}"#),
            part("response", json!("Binary"), r#"{"i":3}"#, ""),
            part("", json!("Default"), "", r#"{"p":4}"#),
        ],
        "plugin_config": {"interaction_configuration": "", "pact_configuration": r#"{"whole":true}"#},
    });
    let answer = configure(&plugin, &json!({"details": details})).expect("configured");
    let expect = |part: &Value, name: &str, hint: &str, configuration: Value| {
        assert_eq!(part["partName"], name);
        assert_eq!(
            part["contents"],
            json!({"contentType": "a/b", "content": "AP8=", "hint": hint})
        );
        assert_eq!(part["pluginConfiguration"], configuration);
        assert_eq!(part["rules"], json!({}));
        assert_eq!(part["interactionMarkup"], "");
    };
    let configuration = |interaction: Value, pact: Value| json!({"interactionConfiguration": interaction, "pactConfiguration": pact});
    let parts = answer["interactions"].as_array().expect("a list");
    assert_eq!(parts.len(), 3);
    let of_request = configuration(json!({"i": 1.0}), json!({"p": 2}));
    expect(&parts[0], "request", "text", of_request);
    let of_response = configuration(json!({"i": 3}), Value::Null);
    expect(&parts[1], "response", "binary", of_response);
    let of_nameless = configuration(Value::Null, json!({"p": 4}));
    expect(&parts[2], "", "default", of_nameless);
    let of_pact = configuration(Value::Null, json!({"whole": true}));
    assert_eq!(answer["pluginConfiguration"], of_pact);
}

#[test]
fn errors_of_configuring_name_the_operation() {
    let plugin = prototype();
    let error = configure(&plugin, &json!({"error": "no such key"})).unwrap_err();
    assert_eq!(error.code(), Code::Plugin);
    assert_eq!(
        error.to_string(),
        "plugin prototype 1.0.0, configure-interaction: the plugin answered: no such key"
    );

    for (text, field) in [
        ("{", "interaction-configuration"),
        ("[1]", "pact-configuration"),
    ] {
        let mut configuration = json!({"interaction_configuration": "", "pact_configuration": ""});
        configuration[field.replace('-', "_")] = json!(text);
        let details = json!({"interaction": [], "plugin_config": configuration});
        let error = configure(&plugin, &json!({"details": details})).unwrap_err();
        assert_eq!(error.code(), Code::InvalidResponse);
        assert_eq!(error.operation(), Some("configure-interaction"));
        assert!(error.to_string().contains(field), "{error}");
    }
}

#[test]
fn every_field_of_a_comparison_arrives() {
    let plugin = prototype();
    let request = json!({
        "expected": {"contentType": "a/b", "content": "AP8=", "hint": "text"},
        "actual": {"contentType": "c/d", "hint": "binary"},
        "allowUnexpectedKeys": true,
        "rules": {"$": [{"type": "type"}]},
        "pluginConfiguration": {"interactionConfiguration": {"i": 1}, "pactConfiguration": {"p": 2}},
        "testContext": {"t": 3},
    });
    let answer = call(&plugin, "compare-contents", &request).expect("compared");
    assert_eq!(
        answer,
        json!({"contentTypeMismatch": {"expected": "a/b", "actual": "c/d"}})
    );
    assert_eq!(
        last_request(&plugin),
        json!({
            "expected": {"content_type": "a/b", "content": [0, 255], "content_type_hint": "Text"},
            "actual": {"content_type": "c/d", "content": [], "content_type_hint": "Binary"},
            "allow_unexpected_keys": true,
            "plugin_configuration": {"interaction_configuration": r#"{"i":1}"#, "pact_configuration": r#"{"p":2}"#},
        })
    );

    compare(&plugin, "", "").expect("compared");
    let bare = last_request(&plugin);
    assert_eq!(bare["expected"]["content_type_hint"], Value::Null);
    assert_eq!(bare["allow_unexpected_keys"], false);
    assert_eq!(
        bare["plugin_configuration"],
        json!({"interaction_configuration": "", "pact_configuration": ""})
    );
}

#[test]
fn verdicts_and_their_fields_come_back() {
    let plugin = prototype();
    let same = compare(&plugin, "eA==", "eA==").expect("compared");
    assert_eq!(same, json!({"results": {}}));

    let different = compare(&plugin, "eA==", "eQ==").expect("compared");
    let mismatch = json!({
        "expected": "eA==", "actual": "eQ==", "description": "the bodies differ", "path": "$",
        "diff": "- expected\n+ actual", "mismatchType": "body",
    });
    let empty = json!({
        "expected": null, "actual": null, "description": "", "path": "", "diff": null, "mismatchType": null,
    });
    assert_eq!(
        different,
        json!({"results": {"$": [mismatch], "$.empty": [empty]}})
    );

    let error = compare(&plugin, "eA==", "ZXJyb3I=").unwrap_err();
    assert_eq!(error.code(), Code::Plugin);
    assert_eq!(
        error.to_string(),
        "plugin prototype 1.0.0, compare-contents: the plugin answered: the guest says no"
    );
}

#[test]
fn operations_that_the_prototype_lacks_say_so() {
    let plugin = prototype();
    let generate = json!({"body": {"contentType": "a/b"}});
    let match_field = json!({"key": "k", "rule": {"type": "r"}, "path": "$", "mismatchType": "body", "expected": "null", "actual": "null"});
    let generate_field =
        json!({"key": "k", "generator": {"type": "G"}, "path": "$", "example": "null"});
    for (operation, request, role) in [
        ("generate-content", generate, "content-generator"),
        ("match-field", match_field, "field-matcher"),
        ("generate-field", generate_field, "field-generator"),
    ] {
        let error = call(&plugin, operation, &request).unwrap_err();
        assert_eq!(error.code(), Code::Unsupported, "{error}");
        let message = format!(
            "plugin prototype 1.0.0, {operation}: its component is of the prototype's interface (plugin:jwt), which has no \
             {role}; "
        );
        assert!(error.to_string().starts_with(&message), "{error}");
    }
    compare(&plugin, "", "").expect("usable afterwards");
}

/// The numbers under which instances have logged their comparisons.
fn comparisons(plugin: &Plugin) -> Vec<u32> {
    let numbers = messages(plugin, "prototype").into_iter().filter_map(|it| {
        let (number, _) = it.strip_prefix("compare-contents ")?.split_once(':')?;
        number.parse().ok()
    });
    numbers.collect()
}

/// A call in the middle of a call would be served if there were a second instance.
#[test]
fn there_is_one_instance_whatever_is_configured() {
    let this: Arc<OnceLock<Weak<Plugin>>> = Arc::default();
    let codes: Arc<Mutex<Vec<Option<Code>>>> = Arc::default();
    let (plugin, nested) = (this.clone(), codes.clone());
    let sink = move |record: &LogRecord| {
        if record.message.starts_with("compare-contents") {
            let plugin = plugin.get().and_then(Weak::upgrade).expect("loaded");
            let error = compare(&plugin, "", "").err();
            let code = error.map(|error| error.code());
            nested.lock().expect("no panic").push(code);
        }
    };
    let host = common::host(Config {
        log_sink: Some(Arc::new(sink)),
        ..config()
    });
    let plugin = load(&host, "prototype");
    this.set(Arc::downgrade(&plugin)).expect("the first");
    compare(&plugin, "", "").expect("compared");
    assert_eq!(*codes.lock().expect("no panic"), [Some(Code::Busy)]);
}

#[test]
fn calls_from_many_threads_are_served_one_after_the_other() {
    let plugin = prototype();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..25 {
                    let answer = compare(&plugin, "eA==", "eA==").expect("compared");
                    assert_eq!(answer, json!({"results": {}}));
                }
            });
        }
    });
    let numbers: BTreeSet<u32> = comparisons(&plugin).into_iter().collect();
    assert_eq!(numbers, (1..=200).collect());
}

#[test]
fn a_crash_costs_the_instance_and_not_the_plugin() {
    let plugin = prototype();
    compare(&plugin, "", "").expect("compared");
    let error = compare(&plugin, "", "dHJhcA==").unwrap_err();
    assert_eq!(error.code(), Code::Trap, "{error}");
    compare(&plugin, "", "").expect("usable afterwards");
    assert_eq!(comparisons(&plugin), [1, 2, 1]);
}
