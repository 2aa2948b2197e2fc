//! Plugins that call other plugins through the host. The plugin `delegate` passes its requests on; `echo` describes them.

mod common;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::host::Host;
use pact_wasm::driver::plugin::Plugin;
use pact_wasm::error::{Code, Error};

/// A host with `echo` and `delegate`, which is what the tests call.
struct Plugins {
    host: Host,
    delegate: Arc<Plugin>,
    _echo: Arc<Plugin>,
}

fn plugins() -> Plugins {
    let host = common::host(common::config());
    let load = |name: &str| {
        let plugin = host.load(name, None).expect("loads");
        plugin.init(&CallOptions::default()).expect("initialises");
        plugin
    };
    let (delegate, echo) = (load("delegate"), load("echo"));
    Plugins {
        host,
        delegate,
        _echo: echo,
    }
}

impl Plugins {
    fn call(&self, operation: &str, request: &str) -> Result<String, Error> {
        common::call(&self.delegate, operation, request)
    }

    fn match_field(&self, entry: &str) -> Result<String, Error> {
        let request = format!(
            r#"{{"key":"delegate","rule":{{"type":"brand","values":{{"a":1}}}},"path":"{entry}","mismatchType":"query",
                "expected":{{"integer":2}},"actual":{{"decimal":2.0}},"testContext":{{"t":true}},
                "pluginConfiguration":{{"interactionConfiguration":{{"i":1}}}}}}"#
        );
        self.call("match-field", &request)
    }
}

/// Each of these must be in the text.
fn assert_contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn match_field_arrives_at_the_entry_with_every_field() {
    let plugins = plugins();
    for key in [
        "plugin/echo/matcher/echo",
        "echo/matcher/echo",
        "matcher/echo",
        "echo",
    ] {
        let answer = plugins.match_field(key).expect("delegated");
        let fields = [
            r#"\"type_\":\"brand\""#,
            r#"\"mismatch_type\":\"Query\""#,
            r#"\"expected\":{\"Integer\":2}"#,
            r#"\"actual\":{\"Decimal\":2.0}"#,
            r#"{\\\"t\\\":true}"#,
            r#"{\\\"i\\\":1}"#,
            r#"{\\\"a\\\":1}"#,
        ];
        assert_contains(&answer, &fields);
        // The plugin names none, which stands for the path of the request.
        assert_contains(&answer, &[&format!(r#""path":"{key}""#)]);
    }
}

#[test]
fn generate_field_gives_back_every_kind() {
    let plugins = plugins();
    let values = [
        r#""null""#,
        r#"{"boolean":true}"#,
        r#"{"text":"ä"}"#,
        r#"{"integer":-3}"#,
        r#"{"decimal":3.0}"#,
        r#"{"bytes":"AP8="}"#,
        r#"{"json":[1.0,{}]}"#,
    ];
    for value in values {
        let request = format!(
            r#"{{"key":"delegate","generator":{{"type":"Brand"}},"path":"generator/echo","example":{value},
                "testMode":"consumer"}}"#
        );
        let answer = plugins.call("generate-field", &request).expect("delegated");
        assert_eq!(answer, format!(r#"{{"value":{value}}}"#));
    }
}

#[test]
fn contents_are_compared_and_generated_by_another_plugin() {
    let plugins = plugins();
    let configuration = r#""pluginConfiguration":{"pactConfiguration":{"entry":"echo"}}"#;
    let bodies = r#""expected":{"contentType":"application/vnd.echo+json","content":"eA==","hint":"text"},
                    "actual":{"contentType":"a/b","hint":"binary"},"allowUnexpectedKeys":true,
                    "rules":{"$.a":[{"type":"regex","values":{"regex":"x"}}]},"testContext":{"t":1}"#;
    let answer = plugins
        .call("compare-contents", &format!("{{{bodies},{configuration}}}"))
        .expect("delegated");
    let fields = [
        r#"\"content\":[120]"#,
        r#"\"hint\":\"Text\""#,
        r#"\"content\":null"#,
        r#"\"allow_unexpected_keys\":true"#,
        r#"{\\\"regex\\\":\\\"x\\\"}"#,
        r#"{\\\"t\\\":1}"#,
    ];
    assert_contains(&answer, &fields);

    let body =
        r#""body":{"contentType":"a/b","content":"eHk=","hint":"binary"},"contentFor":"response""#;
    let answer = plugins
        .call("generate-content", &format!("{{{body},{configuration}}}"))
        .expect("delegated");
    assert_eq!(
        answer,
        r#"{"contentType":"a/b","content":"eHk=","hint":"binary"}"#
    );
}

#[test]
fn unknown_and_ambiguous_keys_are_errors_that_name_the_candidates() {
    let plugins = plugins();
    let error = plugins.match_field("plugin/other/matcher/x").unwrap_err();
    assert_eq!(error.code(), Code::Plugin);
    let candidates = [
        "plugin/delegate/matcher/delegate",
        "plugin/echo/matcher/echo",
    ];
    assert_contains(&error.to_string(), &candidates);
    assert_contains(
        &error.to_string(),
        &["the host says: no catalogue entry of type matcher"],
    );

    // The first two components of a key are no trailing run of it.
    let error = plugins.match_field("plugin/echo").unwrap_err();
    assert_contains(&error.to_string(), &["is called \"plugin/echo\""]);
}

#[test]
fn a_cycle_is_reported_with_its_chain_and_both_plugins_stay_usable() {
    let plugins = plugins();
    let error = plugins.match_field("matcher/delegate").unwrap_err();
    assert_eq!(error.code(), Code::Cycle, "{error}");
    let chain = "match-field of delegate → match-field (plugin/delegate/matcher/delegate)";
    assert_contains(&error.to_string(), &[chain]);
    plugins.match_field("echo").expect("usable afterwards");
}

#[test]
fn a_deadline_covers_the_whole_chain() {
    let plugins = plugins();
    let options = CallOptions {
        timeout: Some(Duration::from_millis(100)),
        ..CallOptions::default()
    };
    let request = r#"{"key":"delegate","generator":{"type":"Brand"},"path":"generator/echo!loop","example":"null"}"#;
    let start = Instant::now();
    let error =
        common::call_with(&options, &plugins.delegate, "generate-field", request).unwrap_err();
    assert_eq!(error.code(), Code::Deadline);
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "generous, because other tests run"
    );
    assert_eq!(error.plugin(), Some(("delegate", "1.0.0")));
}

#[test]
fn an_unloaded_plugin_is_no_longer_found() {
    let Plugins {
        host,
        delegate,
        _echo: echo,
    } = plugins();
    drop(echo);
    let catalogue = host.catalogue().expect("a catalogue");
    let plugins: HashSet<_> = catalogue
        .iter()
        .filter_map(|it| it.plugin.as_deref())
        .collect();
    assert_eq!(plugins, HashSet::from(["delegate"]));
    let request = r#"{"key":"delegate","generator":{"type":"Brand"},"path":"generator/echo","example":"null"}"#;
    let error = common::call(&delegate, "generate-field", request).unwrap_err();
    assert_contains(
        &error.to_string(),
        &["no catalogue entry of type generator is called \"generator/echo\""],
    );
}
