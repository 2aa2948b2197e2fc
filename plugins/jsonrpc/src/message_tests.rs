//! Tests of `message`.

use super::*;

fn flaw(text: &str) -> Flaw {
    let members = Members::parse(text.as_bytes()).unwrap();
    members.request().unwrap_err()
}

fn response_flaw(text: &str) -> Flaw {
    let members = Members::parse(text.as_bytes()).unwrap();
    members.response().unwrap_err()
}

#[test]
fn a_request_has_a_method_params_and_an_id() {
    let text = r#"{"id": 1e2 ,"method":"subtract","params":[42, 23],"jsonrpc":"2.0"}"#;
    let members = Members::parse(text.as_bytes()).unwrap();
    let request = members.request().unwrap();
    assert_eq!(request.method, "subtract");
    assert!(matches!(request.method, Cow::Borrowed(_)));
    assert_eq!(request.params.map(RawValue::get), Some("[42, 23]"));
    assert_eq!(request.id.map(RawValue::get), Some("1e2"));
    assert!(members.others.is_empty());
}

#[test]
fn a_notification_has_no_id() {
    let members = Members::parse(br#"{"jsonrpc":"\u0032.0","method":"a\u0062","x":1}"#).unwrap();
    let request = members.request().unwrap();
    assert_eq!(request.method, "ab");
    assert!(request.id.is_none() && request.params.is_none());
    assert_eq!(members.others, ["x"]);
    // An id that is null is an id.
    let members = Members::parse(br#"{"jsonrpc":"2.0","method":"a","id":null}"#).unwrap();
    assert_eq!(members.request().unwrap().id.unwrap().get(), "null");
}

#[test]
fn what_is_not_json_is_told_from_what_is_no_object() {
    for text in [
        "",
        "{",
        "{\"a\":1} x",
        "[1",
        "1 x",
        "nul",
        "{\"a\":\"\u{1}\"}",
    ] {
        let error = Members::parse(text.as_bytes()).unwrap_err();
        assert!(matches!(error, Unreadable::NotJson(_)), "{text}: {error:?}");
    }
    let error = Members::parse(b"{\"a\":\"\xff\"}").unwrap_err();
    assert!(matches!(error, Unreadable::NotJson(_)), "{error:?}");
    for text in ["1", "[]", "\"a\"", "null"] {
        let error = Members::parse(text.as_bytes()).unwrap_err();
        assert_eq!(error, Unreadable::NotAnObject, "{text}");
    }
}

#[test]
fn flaws_of_requests_are_found() {
    for (text, path, problem) in [
        ("{}", "$.jsonrpc", "the version is missing"),
        (
            r#"{"jsonrpc":"1.0"}"#,
            "$.jsonrpc",
            "the version is \"1.0\"; expected \"2.0\"",
        ),
        (
            r#"{"jsonrpc":2.0}"#,
            "$.jsonrpc",
            "the version is 2.0; expected \"2.0\"",
        ),
        (r#"{"jsonrpc":"2.0"}"#, "$.method", "the method is missing"),
        (
            r#"{"jsonrpc":"2.0","method":1}"#,
            "$.method",
            "the method is not a text",
        ),
        (
            r#"{"jsonrpc":"2.0","method":"\ud800"}"#,
            "$.method",
            "the method is not a text",
        ),
        (
            r#"{"jsonrpc":"2.0","method":"a","params":"bar"}"#,
            "$.params",
            "the params are neither",
        ),
        (
            r#"{"jsonrpc":"2.0","method":"a","params":null}"#,
            "$.params",
            "the params are neither",
        ),
        (
            r#"{"jsonrpc":"2.0","method":"a","id":[]}"#,
            "$.id",
            "the id is neither",
        ),
        (
            r#"{"jsonrpc":"2.0","method":"a","id":true}"#,
            "$.id",
            "the id is neither",
        ),
        (
            r#"{"jsonrpc":"2.0","method":"a","result":1}"#,
            "$",
            "it has a result or an error",
        ),
        (
            r#"{"jsonrpc":"2.0","method":"a","method":"b"}"#,
            "$",
            "the member \"method\" occurs twice",
        ),
    ] {
        let found = flaw(text);
        assert_eq!(found.path, path, "{text}");
        assert!(found.description.starts_with(problem), "{found:?}");
    }
}

#[test]
fn a_response_has_a_result_or_an_error() {
    let members = Members::parse(br#"{"jsonrpc":"2.0","result":null,"id":"x"}"#).unwrap();
    let response = members.response().unwrap();
    assert!(matches!(response.outcome, Outcome::Result(result) if result.get() == "null"));
    assert_eq!(response.id.get(), "\"x\"");
    let text = r#"{"jsonrpc":"2.0","error":{"code":-32000,"message":"m","data":1},"id":null}"#;
    let members = Members::parse(text.as_bytes()).unwrap();
    assert!(matches!(
        members.response().unwrap().outcome,
        Outcome::Error(_)
    ));
}

#[test]
fn flaws_of_responses_are_found() {
    for (text, path, problem) in [
        (
            r#"{"jsonrpc":"2.0","id":1}"#,
            "$",
            "it has neither a result nor an error",
        ),
        (
            r#"{"jsonrpc":"2.0","result":1,"error":{},"id":1}"#,
            "$",
            "it has both a result and an error",
        ),
        (
            r#"{"jsonrpc":"2.0","method":"a","id":1}"#,
            "$",
            "it has a method or params",
        ),
        (
            r#"{"jsonrpc":"2.0","result":1}"#,
            "$.id",
            "the id is missing",
        ),
        (
            r#"{"jsonrpc":"2.0","result":1,"id":{}}"#,
            "$.id",
            "the id is neither",
        ),
        (
            r#"{"jsonrpc":"2.0","error":"e","id":1}"#,
            "$.error",
            "the error is not an object",
        ),
        (
            r#"{"jsonrpc":"2.0","error":{"code":1.5,"message":""},"id":1}"#,
            "$.error.code",
            "the error has no whole number as its code",
        ),
        (
            r#"{"jsonrpc":"2.0","error":{"code":1},"id":1}"#,
            "$.error.message",
            "the error has no text as its message",
        ),
        (
            r#"{"result":1,"id":1}"#,
            "$.jsonrpc",
            "the version is missing",
        ),
    ] {
        let found = response_flaw(text);
        assert_eq!(found.path, path, "{text}");
        assert!(found.description.starts_with(problem), "{found:?}");
    }
}

#[test]
fn an_id_can_be_used_although_the_rest_is_wrong() {
    for (text, id) in [
        (r#"{"id":"a"}"#, Some("\"a\"")),
        (r#"{"id":-1}"#, Some("-1")),
        (r#"{"id":[]}"#, None),
        ("{}", None),
    ] {
        let members = Members::parse(text.as_bytes()).unwrap();
        assert_eq!(members.usable_id().map(RawValue::get), id, "{text}");
    }
}

#[test]
fn the_bound_of_nesting_is_that_of_serde_json() {
    for depth in [1, 100, 126, 127, 128, 129, 1000] {
        for (open, close) in [("[", "]"), ("{\"[\":", "}"), ("[\"\\\"[\",", "]")] {
            let text = open.repeat(depth) + "1" + &close.repeat(depth);
            let read = serde_json::from_str::<Value>(&text);
            assert_eq!(is_too_deep(text.as_bytes()), read.is_err(), "{text}");
        }
        let flat = "[],{},".repeat(depth);
        assert!(!is_too_deep(format!("[{flat}1]").as_bytes()));
    }
    assert!(!is_too_deep(format!("\"{}\"", "[".repeat(1000)).as_bytes()));
}

#[test]
fn ids_are_the_same_however_they_are_written() {
    let raw = |text: &str| serde_json::from_str::<Box<RawValue>>(text).unwrap();
    for (one, other, same) in [
        ("1", "1", true),
        ("1", "1.0", true),
        ("100", "1e2", true),
        ("\"a\"", "\"\\u0061\"", true),
        ("null", "null", true),
        ("1", "\"1\"", false),
        ("1", "2", false),
        ("1", "null", false),
        ("null", "0", false),
        ("-1", "1", false),
        ("-0", "0.0", true),
        ("1.50", "15e-1", true),
        ("10", "1", false),
        ("0.1", "0.01", false),
        ("100.0", "1E+2", true),
        // The same as floating point numbers.
        ("9007199254740993", "9007199254740992", false),
        ("9007199254740993", "9.007199254740992e15", false),
        ("9007199254740993", "9.007199254740993e15", true),
        ("9223372036854775807", "9223372036854775808", false),
        (
            "123456789012345678901234567890",
            "123456789012345678901234567891",
            false,
        ),
        (
            "123456789012345678901234567890",
            "12345678901234567890123456789e1",
            true,
        ),
        ("1e400", "1e401", false),
        ("1e99999999999999999999", "1e99999999999999999999", true),
        ("1e99999999999999999999", "2e99999999999999999999", false),
    ] {
        assert_eq!(same_id(&raw(one), &raw(other)), same, "{one} {other}");
    }
}

#[test]
fn empty_params_are_recognised() {
    let raw = |text: &str| serde_json::from_str::<Box<RawValue>>(text).unwrap();
    for (text, empty) in [
        ("[]", true),
        ("{ }", true),
        ("[ \n ]", true),
        ("[0]", false),
        ("1", false),
        ("\"\"", false),
    ] {
        assert_eq!(is_empty_structure(&raw(text)), empty, "{text}");
    }
}
