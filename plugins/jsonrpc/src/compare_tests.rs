//! Tests of `compare`.

use super::*;
use crate::testing::{TestServices, body, brief, rule};
use definitions::types::Rules;
use serde_json::json;

const REQUEST: &str = r#"{"jsonrpc":"2.0","method":"subtract","params":[42,23],"id":1}"#;
const NOTIFICATION: &str = r#"{"jsonrpc":"2.0","method":"update"}"#;
const RESULT: &str = r#"{"jsonrpc":"2.0","result":{"value":19},"id":1}"#;
const ERROR: &str = r#"{"jsonrpc":"2.0","error":{"code":-32602,"message":"m"},"id":1}"#;

fn request(expected: &str, actual: &str) -> CompareContentsRequest {
    CompareContentsRequest {
        expected: body(expected),
        actual: Body {
            content_type: "application/json; charset=utf-8".to_owned(),
            ..body(actual)
        },
        allow_unexpected_keys: false,
        rules: Vec::new(),
        plugin_configuration: None,
        test_context: None,
    }
}

fn results(request: &CompareContentsRequest) -> Vec<String> {
    match compare(&TestServices::default(), request).unwrap() {
        ContentsComparison::Results(results) => {
            for (path, found) in &results {
                assert!(found.iter().all(|mismatch| mismatch.path == *path));
            }
            results.iter().flat_map(|(_, found)| brief(found)).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn differences(expected: &str, actual: &str) -> Vec<String> {
    results(&request(expected, actual))
}

#[test]
fn equal_messages_match_whatever_their_ids_and_order() {
    for (expected, actual) in [
        (
            REQUEST,
            r#"{"id":"other","params":[ 42, 23 ],"method":"subtract","jsonrpc":"2.0"}"#,
        ),
        (
            NOTIFICATION,
            r#"{"method":"update","params":[],"jsonrpc":"2.0"}"#,
        ),
        (
            RESULT,
            r#"{"id":null,"result":{"value":19},"jsonrpc":"2.0"}"#,
        ),
        (ERROR, ERROR),
    ] {
        assert_eq!(differences(expected, actual), [""; 0]);
    }
    let without_params = r#"{"jsonrpc":"2.0","method":"update","params":{},"id":1}"#;
    let actual = r#"{"jsonrpc":"2.0","method":"update","id":1}"#;
    assert_eq!(differences(without_params, actual), [""; 0]);
}

#[test]
fn all_differences_of_a_request_are_reported() {
    assert_eq!(
        differences(
            REQUEST,
            r#"{"jsonrpc":"2.0","method":"add","params":[42,24],"x":1}"#
        ),
        [
            "$.x the member \"x\" was not expected; JSON-RPC does not know it",
            "$.method expected the method \"subtract\", but it is \"add\"",
            "$.id expected a request, but it has no id, which makes it a notification",
            "$.params[1] expected 23, but it is 24",
        ]
    );
    assert_eq!(
        differences(
            NOTIFICATION,
            r#"{"jsonrpc":"2.0","method":"update","params":[1],"id":1}"#
        ),
        [
            "$.id expected a notification, but it has an id",
            "$ params was not expected"
        ]
    );
    assert_eq!(
        differences(REQUEST, r#"{"jsonrpc":"2.0","method":"subtract","id":1}"#),
        ["$ params is missing"]
    );
}

#[test]
fn differences_of_responses_are_reported() {
    assert_eq!(
        differences(RESULT, r#"{"jsonrpc":"2.0","result":{"value":1},"id":1}"#),
        ["$.result.value expected 19, but it is 1"]
    );
    assert_eq!(
        differences(RESULT, ERROR),
        ["$.error expected a result, but it is the error {\"code\":-32602,\"message\":\"m\"}"]
    );
    assert_eq!(
        differences(ERROR, RESULT),
        ["$.result expected an error, but it is the result {\"value\":19}"]
    );
    assert_eq!(
        differences(
            ERROR,
            r#"{"jsonrpc":"2.0","error":{"code":-1,"message":"m"},"id":1}"#
        ),
        ["$.error.code expected -32602, but it is -1"]
    );
}

#[test]
fn rules_and_unexpected_keys_are_the_callers_choice() {
    let mut request = request(
        RESULT,
        r#"{"jsonrpc":"2.0","result":{"value":7,"unit":"€"},"id":1,"x":1}"#,
    );
    let rules: Rules = vec![(
        "$.result.value".to_owned(),
        vec![rule("integer", json!(null))],
    )];
    request.rules = rules;
    assert_eq!(
        results(&request),
        [
            "$.x the member \"x\" was not expected; JSON-RPC does not know it",
            "$.result unit was not expected"
        ]
    );
    request.allow_unexpected_keys = true;
    assert_eq!(results(&request), [""; 0]);
}

#[test]
fn what_is_no_json_rpc_is_a_mismatch_that_says_so() {
    for (expected, actual, problem) in [
        (
            REQUEST,
            "nonsense",
            "$ the body is not a JSON-RPC message: it is not JSON: expected",
        ),
        (
            REQUEST,
            "[]",
            "$ the body is not a JSON-RPC message: it is not a JSON object",
        ),
        (
            REQUEST,
            "{}",
            "$.jsonrpc the body is not a JSON-RPC request: the version is missing",
        ),
        (
            REQUEST,
            RESULT,
            "$.method the body is not a JSON-RPC request: the method is missing",
        ),
        (
            RESULT,
            REQUEST,
            "$ the body is not a JSON-RPC response: it has a method or params",
        ),
        (
            RESULT,
            r#"{"jsonrpc":"1.0","result":1,"id":1}"#,
            "$.jsonrpc the body is not a JSON-RPC response: the version is \"1.0\"; expected \"2.0\"",
        ),
    ] {
        let found = differences(expected, actual);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(problem), "{found:?}");
    }
}

#[test]
fn missing_and_empty_bodies_differ() {
    let mut open = request(REQUEST, "x");
    open.expected.content = None;
    assert_eq!(results(&open), [""; 0]);
    let mut empty = request("", "");
    assert_eq!(results(&empty), [""; 0]);
    empty.actual = body("x");
    assert_eq!(results(&empty), ["$ expected an empty body"]);
    let mut missing = request(REQUEST, "");
    assert_eq!(
        results(&missing),
        ["$ expected a JSON-RPC message, but the body is empty"]
    );
    missing.actual.content = None;
    assert_eq!(
        results(&missing),
        ["$ expected a JSON-RPC message, but the body is missing"]
    );
}

#[test]
fn other_content_types_are_not_compared() {
    let comparison = |actual: &str| {
        let mut request = request(REQUEST, REQUEST);
        request.actual.content_type = actual.to_owned();
        compare(&TestServices::default(), &request).unwrap()
    };
    for same in [
        "application/json-rpc",
        "Application/JSON",
        "application/jsonrequest;x=y",
        "application/vnd.api+json",
    ] {
        assert_eq!(comparison(same), ContentsComparison::Results(vec![]));
    }
    assert_eq!(
        comparison("text/plain"),
        ContentsComparison::ContentTypeMismatch(ContentTypeMismatch {
            expected: "application/json-rpc".to_owned(),
            actual: "text/plain".to_owned(),
        })
    );
}

#[test]
fn a_broken_expected_body_is_an_error() {
    for expected in ["x", "[]", "{}"] {
        let error = compare(&TestServices::default(), &request(expected, REQUEST)).unwrap_err();
        assert!(
            error.starts_with("the expected body is not a JSON-RPC message"),
            "{error}"
        );
    }
}
