//! Matching rules of claims: the plugin `jwt` with the real host.
#![cfg(feature = "core-rules")]

mod common;

use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::host::Host;
use pact_wasm::error::Error;
use serde_json::{Value, json};

fn call(host: &Host, operation: &str, request: &Value) -> Result<Value, Error> {
    let plugin = host.load("jwt", None).expect("loads");
    plugin.init(&CallOptions::default()).expect("initialises");
    let answer = common::call(&plugin, operation, &request.to_string())?;
    Ok(serde_json::from_str(&answer).expect("JSON"))
}

/// An interaction whose token has this claim.
fn interaction(host: &Host, claim: &Value) -> Value {
    let config = json!({"algorithm": "HS256", "secret": "for tests", "x": claim});
    let request = json!({"contentType": "application/jwt", "contentsConfig": config});
    call(host, "configure-interaction", &request).expect("configured")["interactions"][0].take()
}

/// Compares two tokens with this rule for the claim, besides the plugin's own rules for `exp` and `jti`.
fn compare(host: &Host, rule: &Value, expected: &Value, actual: &Value) -> Result<Value, Error> {
    let expected = interaction(host, expected);
    let mut rules = expected["rules"].clone();
    rules["$.claims.x"] = json!([rule]);
    let request = json!({
        "expected": expected["contents"],
        "actual": interaction(host, actual)["contents"],
        "rules": rules,
        "pluginConfiguration": expected["pluginConfiguration"],
    });
    call(host, "compare-contents", &request)
}

#[test]
fn claims_are_matched_by_pacts_rules() {
    let host = common::host(common::config());
    for (rule, expected, good, bad) in [
        (json!({"type": "type"}), json!("a"), json!("b"), json!(1)),
        (json!({"type": "integer"}), json!(1), json!(2), json!(2.0)),
        (json!({"type": "decimal"}), json!(1.5), json!(2.0), json!(2)),
        (json!({"type": "number"}), json!(1), json!(2.5), json!("a")),
        (
            json!({"type": "boolean"}),
            json!(true),
            json!(false),
            json!("x"),
        ),
        (
            json!({"type": "notEmpty"}),
            json!(["a"]),
            json!(["b"]),
            json!([]),
        ),
        (
            json!({"type": "not-empty"}),
            json!("a"),
            json!("b"),
            json!(""),
        ),
        (json!({"type": "null"}), json!(null), json!(null), json!(0)),
        (
            json!({"type": "semver"}),
            json!("1.0.0"),
            json!("2.1.0"),
            json!("x"),
        ),
        (
            json!({"type": "include", "values": {"value": "min"}}),
            json!("min"),
            json!("admin"),
            json!("user"),
        ),
        (
            json!({"type": "regex", "values": {"regex": "[a-z]+"}}),
            json!("a"),
            json!("abc"),
            json!("123"),
        ),
        (
            json!({"type": "date", "values": {"format": "yyyy-MM-dd"}}),
            json!("2000-01-01"),
            json!("2024-02-29"),
            json!("2023-02-29"),
        ),
        (
            json!({"type": "equality"}),
            json!({"a": [1]}),
            json!({"a": [1]}),
            json!({"a": [2]}),
        ),
    ] {
        let matches = compare(&host, &rule, &expected, &good).expect("compared");
        assert_eq!(matches["results"], json!({}), "{rule} {good}");
        let differs = compare(&host, &rule, &expected, &bad).expect("compared");
        let paths: Vec<&String> = differs["results"]
            .as_object()
            .expect("results")
            .keys()
            .collect();
        assert_eq!(paths, ["claims:x"], "{rule} {bad}");
    }
}

#[test]
fn rules_that_cannot_be_applied_are_errors_with_their_path() {
    let host = common::host(common::config());
    for (rule, reason) in [
        (
            "telepathy",
            "no catalogue entry of type matcher is called \"core/matcher/telepathy\"",
        ),
        ("eachKey", "looks at a collection as a whole"),
    ] {
        let error = compare(&host, &json!({"type": rule}), &json!("a"), &json!("a")).unwrap_err();
        let start = format!("the matching rule \"{rule}\" at $.claims.x cannot be applied: ");
        let error = error.to_string();
        assert!(error.contains(&start) && error.contains(reason), "{error}");
    }
}
