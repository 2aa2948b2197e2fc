//! What plugins are called with: values that nobody should send.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// Bodies, and what they are.
pub fn bodies() -> Vec<(&'static str, Option<Vec<u8>>)> {
    const BIG: usize = 1 << 20;
    vec![
        ("no body", None),
        ("an empty body", Some(Vec::new())),
        ("a body of one NUL", Some(vec![0])),
        (
            "a body that is no UTF-8",
            Some(vec![0xff, 0xfe, 0x80, b'a', 0xc3]),
        ),
        (
            "a body with a byte order mark",
            Some(b"\xef\xbb\xbf{}".to_vec()),
        ),
        ("a body of all bytes", Some((0..=255).collect())),
        ("a body of line breaks", Some(b"\r\n\n\r\r\n".to_vec())),
        (
            "a body with text of many scripts",
            Some("ä ☃ 𝒳 \u{202e} \u{0}".as_bytes().to_vec()),
        ),
        (
            "a body of JSON",
            Some(br#"{"a":[1,2.0,null,"b",{}]}"#.to_vec()),
        ),
        (
            "a body of half a JSON document",
            Some(br#"{"a":[1,"#.to_vec()),
        ),
        (
            "a body of JSON that is nested 100,000 deep",
            Some(nested_array(100_000).into_bytes()),
        ),
        ("a body of XML that never ends", Some(b"<a><b>".repeat(100))),
        ("a body of 1 MiB without a break", Some(vec![b'x'; BIG])),
        (
            "a body of 1 MiB of separators",
            Some(b",;\n\"".repeat(BIG / 4)),
        ),
    ]
}

/// A body for requests.
pub fn body(content_type: &str, content: Option<&[u8]>) -> Value {
    let content = content.map(|it| BASE64_STANDARD.encode(it));
    json!({ "contentType": content_type, "content": content })
}

/// Bytes in base64.
pub fn bytes(content: &[u8]) -> Value {
    json!(BASE64_STANDARD.encode(content))
}

/// Content types that no plugin is for.
pub fn content_types() -> Vec<(&'static str, String)> {
    vec![
        (
            "a content type of somebody else",
            "application/x-of-somebody-else".to_string(),
        ),
        (
            "a content type with parameters",
            "text/plain; charset=\"UTF-8\"; a=b".to_string(),
        ),
        (
            "a content type that is none",
            "not a content type".to_string(),
        ),
        ("a content type with NUL and snow", "☃/\u{0}".to_string()),
        ("a content type of 64 KiB", "a/".repeat(1 << 15)),
    ]
}

/// JSON objects as text, because some of it cannot be built otherwise.
pub fn objects() -> Vec<(&'static str, String)> {
    let many: Vec<String> = (0..10_000)
        .map(|number| format!("\"key{number}\":{number}"))
        .collect();
    let kinds = r#"{"a":null,"b":true,"c":-0.0,"d":[[]],"e":{"":{}},"f":"","g":9223372036854775808,"h":1e308}"#;
    vec![
        ("an empty object", "{}".to_string()),
        ("an object of every kind of value", kinds.to_string()),
        (
            "an object with odd keys",
            r#"{"":1,"\u0000":2,"$.a[*]":3,"☃":4,"a.b":5," ":6}"#.to_string(),
        ),
        (
            "an object with one key twice",
            r#"{"a":1,"a":2}"#.to_string(),
        ),
        (
            "an object with 10,000 keys",
            format!("{{{}}}", many.join(",")),
        ),
        (
            "an object that is nested 10,000 deep",
            nested_object(10_000),
        ),
        (
            "an object with a text of 1 MiB",
            format!(r#"{{"a":"{}"}}"#, "x".repeat(1 << 20)),
        ),
    ]
}

fn nested_array(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

fn nested_object(depth: usize) -> String {
    format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth))
}

/// Stands for a JSON text in a request, see [`with_text`].
pub const TEXT: &str = "@text@";

/// A request in which a JSON text takes the place of [`TEXT`].
pub fn with_text(request: &Value, text: &str) -> String {
    request.to_string().replace(&format!("\"{TEXT}\""), text)
}

/// Path expressions.
pub fn paths() -> Vec<(&'static str, String)> {
    vec![
        ("an empty path", String::new()),
        ("the path of the whole body", "$".to_string()),
        ("a path with a wildcard", "$.a[*].b".to_string()),
        ("a path with NUL", "$['\u{0}']".to_string()),
        ("a path of many scripts", "$.ä.☃['𝒳']".to_string()),
        ("a path that is none", "][ not a path".to_string()),
        (
            "a path of 10,000 steps",
            format!("${}", ".a".repeat(10_000)),
        ),
    ]
}

/// Matching rules.
pub fn rules() -> Vec<(&'static str, Value)> {
    vec![
        (
            "a rule that nobody knows",
            json!({ "type": "no-such-rule" }),
        ),
        ("a rule without a type", json!({ "type": "" })),
        (
            "a rule whose configuration is of somebody else",
            json!({ "type": "type", "values": { "regex": [1] } }),
        ),
        (
            "a rule with a regular expression that is none",
            json!({ "type": "regex", "values": { "regex": "(" } }),
        ),
        (
            "a rule without what it needs",
            json!({ "type": "regex", "values": null }),
        ),
        (
            "a rule with numbers that are none",
            json!({ "type": "min-type", "values": { "min": "many" } }),
        ),
    ]
}

/// Generators.
pub fn generators() -> Vec<(&'static str, Value)> {
    vec![
        (
            "a generator that nobody knows",
            json!({ "type": "NoSuchGenerator" }),
        ),
        ("a generator without a type", json!({ "type": "" })),
        (
            "a generator without what it needs",
            json!({ "type": "Regex" }),
        ),
        (
            "a generator with an empty range",
            json!({ "type": "RandomInt", "values": { "min": 9, "max": 1 } }),
        ),
        (
            "a generator with huge numbers",
            json!({ "type": "RandomString", "values": { "size": 1e18 } }),
        ),
    ]
}

/// Single values.
pub fn field_values() -> Vec<(&'static str, Value)> {
    vec![
        ("null", json!("null")),
        ("a boolean", json!({ "boolean": true })),
        ("an empty text", json!({ "text": "" })),
        (
            "a text of many scripts and NUL",
            json!({ "text": "ä☃𝒳\u{0}" }),
        ),
        ("a text of 1 MiB", json!({ "text": "9".repeat(1 << 20) })),
        ("the smallest whole number", json!({ "integer": i64::MIN })),
        ("a decimal", json!({ "decimal": 1.0e308 })),
        ("no bytes", json!({ "bytes": "" })),
        (
            "bytes that are no UTF-8",
            json!({ "bytes": bytes(&[0xff, 0xfe, 0x80]) }),
        ),
        ("an object", json!({ "json": { "a": [1, 2.5, null] } })),
    ]
}
