//! Tests of `target`.

use super::*;
use serde_json::json;

fn target(config: &Value) -> Result<Target, String> {
    Target::parse(Some(&config.to_string()))
}

#[test]
fn host_and_port_are_enough() {
    let parsed = target(&json!({"host": "localhost", "port": 8080.0, "other": 1})).unwrap();
    assert_eq!(
        parsed,
        Target {
            host: "localhost".to_owned(),
            port: 8080,
            path: None,
            headers: vec![],
        }
    );
    assert_eq!(parsed.authority(), "localhost:8080");
    let parsed = target(&json!({
        "host": "[::1]", "port": "1", "path": "/rpc?v=1", "headers": {"Authorization": "Bearer x"},
    }))
    .unwrap();
    assert_eq!((&*parsed.host, parsed.port), ("::1", 1));
    assert_eq!(parsed.authority(), "[::1]:1");
    assert_eq!(parsed.path.as_deref(), Some("/rpc?v=1"));
    let config = r#"{"headers": {"Content-Type": "a/b"}}"#;
    let header = |name| Target::header(Some(config), name).unwrap();
    assert_eq!(header("content-type").as_deref(), Some("a/b"));
    assert_eq!(header("accept"), None);
    assert_eq!(
        parsed.headers,
        [("Authorization".to_owned(), "Bearer x".to_owned())]
    );
}

#[test]
fn a_url_says_it_all_at_once() {
    for (url, host, port, path) in [
        ("http://a:81/rpc", "a", 81, Some("/rpc")),
        ("http://a", "a", 80, None),
        ("http://a/", "a", 80, None),
        ("http://[::1]:9/x", "::1", 9, Some("/x")),
        ("http://[::1]", "::1", 80, None),
        ("http://127.0.0.1:9", "127.0.0.1", 9, None),
    ] {
        let parsed = target(&json!({"baseUrl": url})).unwrap();
        assert_eq!(
            (&*parsed.host, parsed.port, parsed.path.as_deref()),
            (host, port, path),
            "{url}"
        );
        let path_alone = Target::path(Some(&json!({"baseUrl": url}).to_string()));
        assert_eq!(path_alone, Ok(parsed.path));
    }
    let parsed = target(&json!({"baseUrl": "http://a:81/x", "port": 82, "path": "/y"})).unwrap();
    assert_eq!((parsed.port, parsed.path.as_deref()), (82, Some("/y")));
}

#[test]
fn errors_name_the_key() {
    for (config, problem) in [
        (json!([]), "the verification config is not a JSON object"),
        (
            json!({}),
            "the verification config says nothing about where the provider is",
        ),
        (
            json!({"host": "a"}),
            "verification config key \"port\" is missing; expected a number from 1 to 65535",
        ),
        (
            json!({"host": 1, "port": 1}),
            "verification config key \"host\" is the number 1; expected a text",
        ),
        (
            json!({"host": "a", "port": 0}),
            "verification config key \"port\" is the number 0; expected",
        ),
        (
            json!({"host": "a", "port": 65536}),
            "verification config key \"port\" is the number 65536; expected",
        ),
        (
            json!({"host": "a", "port": 1.5}),
            "verification config key \"port\" is the number 1.5; expected",
        ),
        (
            json!({"host": "a", "port": "x"}),
            "verification config key \"port\" is the text \"x\"; expected",
        ),
        (
            json!({"host": "a", "port": 1, "path": "rpc"}),
            "verification config key \"path\" is \"rpc\"; expected a path",
        ),
        (
            json!({"host": "a", "port": 1, "path": "/ HTTP/1.1\r\nx: y"}),
            "verification config key \"path\" is \"/ HTTP",
        ),
        (
            json!({"host": "a", "port": 1, "headers": []}),
            "verification config key \"headers\" is a list; expected an object",
        ),
        (
            json!({"host": "a", "port": 1, "headers": {"x": 1}}),
            "verification config key \"headers.x\" is the number 1; expected a text",
        ),
        (
            json!({"host": "a", "port": 1, "headers": {"x y": "1"}}),
            "verification config key \"headers.x y\" is no name that a header can have",
        ),
        (
            json!({"host": "a", "port": 1, "headers": {"x": "1\r\ny: z"}}),
            "verification config key \"headers.x\" has a control character",
        ),
        (
            json!({"host": "a", "port": 1, "headers": {"Content-Length": "1"}}),
            "verification config key \"headers.Content-Length\" is a header that the jsonrpc plugin sets itself",
        ),
        (
            json!({"baseUrl": "https://a"}),
            "verification config key \"baseUrl\" is \"https://a\", but the jsonrpc plugin offers no TLS",
        ),
        (
            json!({"baseUrl": "a:80"}),
            "verification config key \"baseUrl\" is \"a:80\"; expected an address such as",
        ),
        (
            json!({"baseUrl": "http://user@a"}),
            "verification config key \"baseUrl\" is",
        ),
        (
            json!({"baseUrl": "http://a:x"}),
            "verification config key \"baseUrl\" is",
        ),
        (
            json!({"baseUrl": 1}),
            "verification config key \"baseUrl\" is the number 1; expected a text",
        ),
    ] {
        let error = target(&config).unwrap_err();
        assert!(error.starts_with(problem), "{error}");
    }
}
