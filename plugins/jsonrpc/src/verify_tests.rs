//! Tests of `verify`.

use super::*;
use crate::testing::{TestServices, brief, configure};
use definitions::types::{InteractionContents, InteractionType};

fn contents(config: Value) -> InteractionContents {
    let part = configure(config).unwrap().remove(0);
    InteractionContents {
        interaction_type: InteractionType::SynchronousMessages,
        plugin_configuration: part.plugin_configuration,
        consumer: "c".to_owned(),
        provider: "p".to_owned(),
    }
}

fn subtract() -> Value {
    json!({
        "request": {"method": "subtract", "params": ["matching(integer, 42)", 23]},
        "response": {"result": {"value": "matching(integer, 19)"}},
    })
}

const CONFIG: &str = r#"{"host":"127.0.0.1","port":8080,"path":"/rpc","headers":{"X-Key":"k"}}"#;
const STATE: &str = r#"{"providerState":{"id":99}}"#;

fn prepared(services: &TestServices, interaction: &InteractionContents) -> InteractionData {
    let request = PrepareInteractionRequest {
        interaction: interaction.clone(),
        config: Some(CONFIG.to_owned()),
        test_context: Some(STATE.to_owned()),
    };
    prepare(services, &request).unwrap()
}

fn verify_with(
    services: &TestServices,
    interaction: Value,
    change: impl FnOnce(&mut InteractionData),
) -> Result<VerificationResult, String> {
    let interaction = contents(interaction);
    let mut interaction_data = prepared(services, &interaction);
    change(&mut interaction_data);
    let request = VerifyInteractionRequest {
        interaction_data,
        config: Some(CONFIG.to_owned()),
        interaction,
        test_context: Some(STATE.to_owned()),
    };
    verify(services, &request)
}

fn http(status: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// What is wrong with an answer.
fn failures(interaction: Value, answer: &str) -> Vec<String> {
    let services = TestServices::with_provider(answer);
    let result = verify_with(&services, interaction, |_| {}).unwrap();
    assert_eq!(result.success, result.failures.is_empty());
    result
        .failures
        .iter()
        .map(|failure| match failure {
            VerificationFailure::Error(error) => error.clone(),
            VerificationFailure::Mismatch(mismatch) => {
                brief(std::slice::from_ref(mismatch)).remove(0)
            }
        })
        .collect()
}

#[test]
fn the_request_is_prepared() {
    let services = TestServices::default();
    let data = prepared(
        &services,
        &contents(json!({
            "request": {"method": "get", "params": {"id": "fromProviderState('${id}', 7)"}},
            "response": {"result": 1},
        })),
    );
    let body = data.body.unwrap();
    assert_eq!(body.content_type, "application/json");
    let body: Value = serde_json::from_slice(&body.content.unwrap()).unwrap();
    assert_eq!(
        body,
        json!({"jsonrpc": "2.0", "method": "get", "params": {"id": 99}, "id": 1})
    );
    assert_eq!(
        data.metadata,
        [
            (
                "content-type".to_owned(),
                MetadataValue::Json("\"application/json\"".to_owned())
            ),
            (
                "path".to_owned(),
                MetadataValue::Json("\"/rpc\"".to_owned())
            ),
        ]
    );
}

#[test]
fn the_user_can_name_another_content_type() {
    let request = PrepareInteractionRequest {
        interaction: contents(subtract()),
        config: Some(r#"{"headers":{"Content-Type":"application/json-rpc"}}"#.to_owned()),
        test_context: None,
    };
    let data = prepare(&TestServices::default(), &request).unwrap();
    assert_eq!(data.body.unwrap().content_type, "application/json-rpc");
    assert_eq!(
        data.metadata[0].1,
        MetadataValue::Json("\"application/json-rpc\"".to_owned())
    );
    assert_eq!(data.metadata[1].1, MetadataValue::Json("\"/\"".to_owned()));
}

#[test]
fn an_answer_without_content_has_no_body() {
    let services = TestServices::with_provider("HTTP/1.1 204 No Content\r\n\r\n");
    let result = verify_with(&services, json!({"request": {"method": "a"}}), |_| {}).unwrap();
    assert!(result.success);
    assert_eq!(result.response.unwrap().body, None);
}

#[test]
fn the_request_is_posted() {
    let answer = http(
        "200 OK",
        r#"{"jsonrpc":"2.0","result":{"value":7,"more":1},"id":1}"#,
    );
    let services = TestServices::with_provider(&answer);
    let result = verify_with(&services, subtract(), |_| {}).unwrap();
    assert_eq!(result.failures, []);
    assert!(result.success);
    let body = r#"{"id":1,"jsonrpc":"2.0","method":"subtract","params":[42,23]}"#;
    assert_eq!(
        services.sent(),
        format!(
            "POST /rpc HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: pact-jsonrpc/0.1.0\r\nAccept: application/json\r\n\
             Accept-Encoding: identity\r\nX-Key: k\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    );
    assert_eq!(
        result.output,
        [
            "POST http://127.0.0.1:8080/rpc",
            "  the request \"subtract\" with the params [42,23]",
            "  200 OK: as expected",
        ]
    );
    let response = result.response.unwrap();
    assert_eq!(response.body.unwrap().content_type, "application/json");
    assert_eq!(
        response.metadata[0],
        ("status".to_owned(), MetadataValue::Json("200".to_owned()))
    );
}

#[test]
fn what_the_test_author_changed_is_sent() {
    let answer = http(
        "200 OK",
        r#"{"jsonrpc":"2.0","result":{"value":7},"id":"z"}"#,
    );
    let services = TestServices::with_provider(&answer);
    let result = verify_with(&services, subtract(), |data| {
        data.body.as_mut().unwrap().content =
            Some(br#"{"jsonrpc":"2.0","method":"m","id":"z"}"#.to_vec());
        data.metadata = vec![
            (
                "path".to_owned(),
                MetadataValue::Json("\"/other\"".to_owned()),
            ),
            (
                "Authorization".to_owned(),
                MetadataValue::Bytes(b"Bearer t".to_vec()),
            ),
            ("x-key".to_owned(), MetadataValue::Json("5".to_owned())),
        ];
    })
    .unwrap();
    assert!(result.success, "{:?}", result.failures);
    let sent = services.sent();
    assert!(sent.starts_with("POST /other HTTP/1.1\r\n"), "{sent}");
    assert!(sent.contains("\r\nAuthorization: Bearer t\r\n"), "{sent}");
    assert!(
        sent.contains("\r\nx-key: 5\r\n") && !sent.contains("X-Key"),
        "{sent}"
    );
    assert!(
        sent.ends_with("\r\n\r\n{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":\"z\"}"),
        "{sent}"
    );
}

#[test]
fn metadata_that_no_request_can_have_is_an_error() {
    for (name, value, problem) in [
        (
            "path",
            "\"x\"",
            "metadata key \"path\" is \"x\"; expected a path",
        ),
        (
            "a b",
            "\"x\"",
            "metadata key \"a b\" is no name that a header can have",
        ),
        (
            "x",
            "\"a\\nb\"",
            "metadata key \"x\" has a control character",
        ),
        (
            "Content-Length",
            "1",
            "metadata key \"Content-Length\" is a header that",
        ),
    ] {
        let services = TestServices::with_provider("");
        let error = verify_with(&services, subtract(), |data| {
            data.metadata = vec![(name.to_owned(), MetadataValue::Json(value.to_owned()))];
        })
        .unwrap_err();
        assert!(error.starts_with(problem), "{error}");
        assert_eq!(services.sent(), "");
    }
}

#[test]
fn the_content_type_can_be_changed_in_the_body_and_in_the_metadata() {
    let configured = CONFIG.replace(
        "\"X-Key\":\"k\"",
        "\"Content-Type\":\"application/jsonrequest\"",
    );
    for (config, body, metadata, wanted) in [
        (CONFIG, None, None, "application/json"),
        (CONFIG, Some("text/a"), None, "text/a"),
        (CONFIG, None, Some("text/b"), "text/b"),
        (CONFIG, Some("text/a"), Some("text/b"), "text/b"),
        (CONFIG, Some(""), None, "application/json"),
        (&*configured, None, None, "application/jsonrequest"),
        (&*configured, Some("text/a"), None, "text/a"),
        (
            &configured,
            None,
            Some("application/json"),
            "application/json",
        ),
    ] {
        let services = TestServices::with_provider("");
        let interaction = contents(subtract());
        let config = Some(config.to_owned());
        let request = PrepareInteractionRequest {
            interaction: interaction.clone(),
            config: config.clone(),
            test_context: None,
        };
        let mut interaction_data = prepare(&services, &request).unwrap();
        if let Some(content_type) = body {
            interaction_data.body.as_mut().unwrap().content_type = content_type.to_owned();
        }
        if let Some(content_type) = metadata {
            interaction_data.metadata[0].1 = text_value(content_type);
        }
        let request = VerifyInteractionRequest {
            interaction_data,
            config,
            interaction,
            test_context: None,
        };
        // The provider does not answer, which is of no interest here.
        verify(&services, &request).unwrap_err();
        let sent = services.sent().to_lowercase();
        let types: Vec<&str> = sent
            .lines()
            .filter_map(|line| line.strip_prefix("content-type: "))
            .collect();
        assert_eq!(types, [wanted], "{body:?} {metadata:?}");
    }
}

#[test]
fn a_content_type_is_one_header() {
    let services = TestServices::with_provider("");
    let error = verify_with(&services, subtract(), |data| {
        data.body.as_mut().unwrap().content_type = "a/b\r\nX-Injected: 1".to_owned();
    })
    .unwrap_err();
    assert_eq!(
        error,
        "the content type of the body, \"a/b\\r\\nX-Injected: 1\", has a control character in its value"
    );
    assert_eq!(services.sent(), "");
}

#[test]
fn differences_are_failures() {
    let ok = |body: &str| failures(subtract(), &http("200 OK", body));
    assert_eq!(
        ok(r#"{"jsonrpc":"2.0","result":{"value":"x"},"id":1}"#),
        ["$.result.value \"x\" is not integer"]
    );
    assert_eq!(
        ok(r#"{"jsonrpc":"2.0","result":{"value":7},"id":2}"#),
        ["$.id expected the id 1, as in the request, but it is 2"]
    );
    assert_eq!(
        ok(r#"{"jsonrpc":"2.0","error":{"code":-32601,"message":"m"},"id":1}"#),
        ["$.error expected a result, but it is the error {\"code\":-32601,\"message\":\"m\"}"]
    );
    assert_eq!(
        ok("[]"),
        [
            "the provider's answer, HTTP status 200 OK, is not a JSON-RPC response: it is not a JSON object: []"
        ]
    );
    assert_eq!(
        ok(""),
        ["the provider's answer, HTTP status 200 OK, is not a JSON-RPC response: it has no body"]
    );
    assert_eq!(
        ok(r#"{"result":1}"#),
        [
            "the provider's answer, HTTP status 200 OK, is not a JSON-RPC response: the version is missing; expected \"jsonrpc\": \
          \"2.0\" (at $.jsonrpc): {\"result\":1}"
        ]
    );
}

#[test]
fn other_statuses_are_failures_of_results() {
    let good = r#"{"jsonrpc":"2.0","result":{"value":7},"id":1}"#;
    assert_eq!(
        failures(subtract(), &http("500 Oops", good)),
        ["the provider answered with HTTP status 500 Oops; expected 200"]
    );
    let long = "x".repeat(LONGEST_SHOWN + 1);
    let found = failures(subtract(), &http("502 Bad Gateway", &long));
    assert!(
        found[0].contains("HTTP status 502 Bad Gateway, is not"),
        "{found:?}"
    );
    assert!(found[0].ends_with("x…"), "{found:?}");
    let moved = "HTTP/1.1 301 Moved\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n";
    let found = failures(subtract(), moved);
    assert!(
        found[0].contains("301 Moved to /new, which is not followed"),
        "{found:?}"
    );
}

#[test]
fn encoded_answers_are_failures() {
    let good = http("200 OK", r#"{"jsonrpc":"2.0","result":{"value":7},"id":1}"#);
    let encoded =
        |value: &str| good.replacen("\r\n", &format!("\r\nContent-Encoding: {value}\r\n"), 1);
    assert_eq!(failures(subtract(), &encoded("identity")), [""; 0]);
    let problem = "the provider's answer has the Content-Encoding gzip; expected none, as the request accepts only identity";
    assert_eq!(failures(subtract(), &encoded("gzip")), [problem]);
}

#[test]
fn expected_errors_may_have_any_status() {
    let interaction = json!({
        "request": {"method": "a"},
        "response": {"error": {"code": -32600, "message": "matching(type, 'm')"}},
    });
    let error = r#"{"jsonrpc":"2.0","error":{"code":-32600,"message":"other","data":1},"id":1}"#;
    for status in ["200 OK", "400 Bad Request"] {
        assert_eq!(failures(interaction.clone(), &http(status, error)), [""; 0]);
    }
    let result = r#"{"jsonrpc":"2.0","result":1,"id":1}"#;
    assert_eq!(
        failures(interaction, &http("200 OK", result)),
        ["$.result expected an error, but it is the result 1"]
    );
}

#[test]
fn only_errors_about_unreadable_requests_may_have_no_id() {
    let wrong = "$.id expected the id 1, as in the request, but it is null";
    for (code, found) in [
        (-32700, &[][..]),
        (-32600, &[]),
        (-32601, &[wrong]),
        (-32602, &[wrong]),
        (-32603, &[wrong]),
        (-32000, &[wrong]),
        (1, &[wrong]),
    ] {
        let interaction = json!({
            "request": {"method": "a"},
            "response": {"error": {"code": code, "message": "m"}},
        });
        let error =
            format!(r#"{{"jsonrpc":"2.0","error":{{"code":{code},"message":"m"}},"id":null}}"#);
        assert_eq!(
            failures(interaction, &http("200 OK", &error)),
            found,
            "{code}"
        );
    }
    assert_eq!(
        failures(
            subtract(),
            &http(
                "200 OK",
                r#"{"jsonrpc":"2.0","result":{"value":7},"id":null}"#
            )
        ),
        [wrong]
    );
}

#[test]
fn notifications_are_not_answered() {
    let notification = || json!({"request": {"method": "a"}});
    for answer in [
        "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
        http("202 Accepted", ""),
        http("200 OK", " \n"),
    ] {
        assert_eq!(failures(notification(), &answer), [""; 0], "{answer}");
    }
    assert_eq!(
        failures(notification(), &http("200 OK", "{}")),
        ["the provider answered the notification, although notifications have no answer: {}"]
    );
    assert_eq!(
        failures(notification(), &http("404 Not Found", "why")),
        ["the provider answered the notification with HTTP status 404 Not Found: why"]
    );
}

#[test]
fn values_of_the_providers_state_are_expected_in_the_response() {
    let interaction = || {
        json!({
            "request": {"method": "a"},
            "response": {"result": {"id": "fromProviderState('${id}', 7)"}},
        })
    };
    let answer = |id: u32| {
        let body = format!(r#"{{"jsonrpc":"2.0","result":{{"id":{id}}},"id":1}}"#);
        failures(interaction(), &http("200 OK", &body))
    };
    assert_eq!(answer(99), [""; 0]);
    assert_eq!(answer(7), ["$.result.id expected 99, but it is 7"]);
}

#[test]
fn a_provider_that_cannot_be_reached_is_an_error() {
    let error = verify_with(&TestServices::default(), subtract(), |_| {}).unwrap_err();
    assert_eq!(
        error,
        "cannot connect to 127.0.0.1:8080: connection refused"
    );
    let services = TestServices::with_provider("");
    let error = verify_with(&services, subtract(), |_| {}).unwrap_err();
    assert_eq!(
        error,
        "POST http://127.0.0.1:8080/rpc: the provider closed the connection without an answer"
    );
}
