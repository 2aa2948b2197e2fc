//! Tests of `mock`: all of the server but its sockets.

use std::rc::Rc;

use super::*;
use crate::testing::{TestServices, configure};
use definitions::types::{InteractionContents, InteractionType};
use serde_json::json;

fn request() -> StartMockServerRequest {
    let config = json!({
        "request": {"method": "subtract", "params": [42, 23]},
        "response": {"result": 19},
    });
    let part = configure(config).unwrap().remove(0);
    StartMockServerRequest {
        host_interface: String::new(),
        port: 0,
        tls: false,
        interactions: vec![InteractionContents {
            interaction_type: InteractionType::SynchronousMessages,
            plugin_configuration: part.plugin_configuration,
            consumer: "c".to_owned(),
            provider: "p".to_owned(),
        }],
        test_context: None,
    }
}

fn http(path: Option<&str>) -> Http<Rc<TestServices>> {
    let services = Rc::new(TestServices::default());
    Http {
        server: Server::new(services, &request(), "http://127.0.0.1:1", 1).unwrap(),
        path: path.map(str::to_owned),
    }
}

fn exchange(http: &mut Http<Rc<TestServices>>, text: &str) -> String {
    let (mut input, mut output) = (text.as_bytes().to_vec(), Vec::new());
    let then = http.received(&mut Connection::default(), &mut input, &mut output);
    assert!(matches!(then, Then::Continue) && input.is_empty());
    String::from_utf8(output).unwrap()
}

fn post(path: &str) -> String {
    let body = r#"{"jsonrpc":"2.0","method":"subtract","params":[42,23],"id":7}"#;
    format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn a_call_is_answered() {
    let mut http = http(None);
    let answer = r#"{"jsonrpc":"2.0","result":19,"id":7}"#;
    assert_eq!(
        exchange(&mut http, &post("/any?x=y")),
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        )
    );
    assert!(http.server.results().ok);
}

#[test]
fn only_the_configured_path_is_served() {
    let mut http = http(Some("/rpc"));
    assert!(exchange(&mut http, &post("/rpc?x")).starts_with("HTTP/1.1 200 OK"));
    let answer = exchange(&mut http, &post("/"));
    assert!(answer.starts_with("HTTP/1.1 404 Not Found"), "{answer}");
    assert!(
        answer.ends_with("nothing is at /; expected /rpc\n"),
        "{answer}"
    );
    let answer = exchange(&mut http, "GET /rpc HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
    let results = http.server.results();
    let brief: Vec<_> = results
        .results
        .iter()
        .map(|it| (&*it.path, &*it.error))
        .collect();
    assert_eq!(
        brief,
        [
            ("/", "nothing is at /; expected /rpc"),
            ("/rpc", "the HTTP method is GET; expected POST")
        ]
    );
}

#[test]
fn what_is_encoded_is_refused_by_its_own_status() {
    let mut http = http(None);
    let encoded = post("/").replace("Host", "Content-Encoding: gzip\r\nHost");
    let (mut input, mut output) = (encoded.into_bytes(), Vec::new());
    let then = http.received(&mut Connection::default(), &mut input, &mut output);
    assert_eq!(then, Then::Close);
    let answer = String::from_utf8(output).unwrap();
    let start =
        "HTTP/1.1 415 Unsupported Media Type\r\nConnection: close\r\nAccept-Encoding: identity\r\n";
    assert!(answer.starts_with(start), "{answer}");
    assert_eq!(
        http.server.results().results[0].error,
        "the Content-Encoding is not supported: gzip; expected identity"
    );
}

#[test]
fn a_request_that_ends_early_is_in_the_results() {
    let mut http = http(None);
    let mut output = Vec::new();
    let mut input = b"POST / HTTP".to_vec();
    http.closed(&mut Connection::default(), &mut input, &mut output);
    assert!(output.starts_with(b"HTTP/1.1 400"));
    assert!(
        http.server.results().results[0]
            .error
            .contains("in the middle of a request")
    );
}

#[test]
fn the_test_context_goes_before_the_plugin_configuration() {
    let services = TestServices {
        configuration: r#"{"path":"/configured","permissions":{}}"#,
        ..TestServices::default()
    };
    assert_eq!(path(&TestServices::default(), None), Ok(None));
    assert_eq!(path(&services, None), Ok(Some("/configured".to_owned())));
    assert_eq!(
        path(&services, Some(r#"{"path":2,"jsonrpc":{"path":"/rpc"}}"#)),
        Ok(Some("/rpc".to_owned()))
    );
    assert_eq!(
        path(&services, Some(r#"{"path":2,"jsonrpc":{"path":"rpc"}}"#)).unwrap_err(),
        "test context key \"jsonrpc.path\" is \"rpc\"; expected a path that begins with a slash, with special characters as in %20"
    );
    assert_eq!(
        path(&services, Some(r#"{"path":2,"jsonrpc":{"path":"/a?b"}}"#)).unwrap_err(),
        "test context key \"jsonrpc.path\" is \"/a?b\"; expected a path without a query"
    );
    assert_eq!(
        path(&services, Some(r#"{"path":2,"jsonrpc":{"path":1}}"#)).unwrap_err(),
        "test context key \"jsonrpc.path\" is the number 1; expected a path"
    );
}

#[test]
fn tls_is_refused() {
    let request = StartMockServerRequest {
        tls: true,
        ..request()
    };
    let error = Running::start(TestServices::default(), &request)
        .err()
        .unwrap();
    assert!(
        error.contains("offers no TLS; start the mock server without it"),
        "{error}"
    );
}

#[test]
fn a_native_server_needs_no_host_for_params_without_rules() {
    let interactions = request().interactions;
    let configuration = interactions[0].plugin_configuration.clone().unwrap();
    let stored = configuration.interaction_configuration.unwrap();
    let mut protocol = crate::native::protocol(&stored, 1).unwrap();
    let (mut input, mut output) = (post("/").into_bytes(), Vec::new());
    let then = protocol.received(&mut Default::default(), &mut input, &mut output);
    assert!(matches!(then, Then::Continue));
    assert!(output.starts_with(b"HTTP/1.1 200 OK") && output.ends_with(b"\"result\":19,\"id\":7}"));
}
