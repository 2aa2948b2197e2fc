//! Matching rules and generators for single values.

use pact_wasm::driver::component::Role;
use serde_json::{Value, json};

use super::calls::{Call, all_answer};
use super::findings::Findings;
use super::requests::{self, TEXT, with_text};
use super::session::Session;

pub fn check_matcher(session: &Session, findings: &mut Findings) {
    for entry in session.entries_of(Role::FieldMatcher) {
        let name = format!("match-field: values and rules of all sorts, {}", entry.key);
        findings.check(&name, || all_answer(session, &matches(&entry.key)));
    }
}

pub fn check_generator(session: &Session, findings: &mut Findings) {
    for entry in session.entries_of(Role::FieldGenerator) {
        let name = format!(
            "generate-field: values and generators of all sorts, {}",
            entry.key
        );
        findings.check(&name, || all_answer(session, &generations(&entry.key)));
    }
}

/// An ordinary request, with some fields in place of its own.
fn with(mut request: Value, fields: Value) -> Value {
    if let (Value::Object(request), Value::Object(fields)) = (&mut request, fields) {
        request.extend(fields);
    }
    request
}

/// What is wrong in the same way for both operations. `kind` is the field that has the rule or the generator.
fn common(operation: &'static str, plain: &Value, kind: &str, key: &str) -> Vec<Call> {
    let call =
        |what: String, fields: Value| Call::new(what, operation, with(plain.clone(), fields));
    let mut calls = vec![call("an ordinary request".to_string(), json!({}))];
    for (what, path) in requests::paths() {
        calls.push(call(what.to_string(), json!({ "path": path })));
    }
    for (what, key) in [
        ("an empty key", ""),
        ("a key of somebody else", "no-such-key"),
        ("a key with NUL", "\u{0}"),
    ] {
        calls.push(call(what.to_string(), json!({ "key": key })));
    }
    for (what, object) in requests::objects() {
        let request = with(
            plain.clone(),
            json!({ kind: { "type": key, "values": TEXT } }),
        );
        calls.push(Call::new(
            format!("{what} as its configuration"),
            operation,
            with_text(&request, &object),
        ));
        let configuration = json!({ "interactionConfiguration": TEXT, "pactConfiguration": TEXT });
        let request = with(
            plain.clone(),
            json!({ "pluginConfiguration": configuration, "testContext": TEXT }),
        );
        calls.push(Call::new(
            format!("{what} as the plugin configuration"),
            operation,
            with_text(&request, &object),
        ));
    }
    calls
}

fn matches(key: &str) -> Vec<Call> {
    let text = json!({ "text": "a" });
    let rule = json!({ "type": key });
    let plain = json!({
        "key": key, "rule": rule, "path": "$.a", "mismatchType": "body", "expected": text, "actual": text
    });
    let mut calls = common("match-field", &plain, "rule", key);
    let mut add = |what: String, fields: Value| {
        calls.push(Call::new(what, "match-field", with(plain.clone(), fields)));
    };
    for (what, value) in requests::field_values() {
        add(format!("{what}, expected"), json!({ "expected": value }));
        add(format!("{what}, actual"), json!({ "actual": value }));
        add(
            format!("{what}, both"),
            json!({ "expected": value, "actual": value }),
        );
    }
    for (what, rule) in requests::rules() {
        add(what.to_string(), json!({ "rule": rule }));
    }
    for source in ["header", "metadata", "query", "path", "status"] {
        add(
            format!("a value of a {source}"),
            json!({ "mismatchType": source }),
        );
    }
    calls
}

fn generations(key: &str) -> Vec<Call> {
    let plain = json!({ "key": key, "generator": { "type": key }, "path": "$.a", "example": { "text": "a" } });
    let mut calls = common("generate-field", &plain, "generator", key);
    let mut add = |what: String, fields: Value| {
        calls.push(Call::new(
            what,
            "generate-field",
            with(plain.clone(), fields),
        ));
    };
    for (what, value) in requests::field_values() {
        add(
            format!("{what} as the example"),
            json!({ "example": value }),
        );
    }
    for (what, generator) in requests::generators() {
        for test_mode in ["consumer", "provider"] {
            add(
                what.to_string(),
                json!({ "generator": generator, "testMode": test_mode }),
            );
        }
    }
    calls
}
