//! Tests of `config`.

use super::*;
use crate::testing::TestServices;

fn parsed(config: &Value) -> Result<Interaction, String> {
    parse(&TestServices::default(), &config.to_string())
}

fn body(message: &Message) -> Value {
    serde_json::from_str(&message.body).unwrap()
}

#[test]
fn a_request_with_a_result() {
    let interaction = parsed(&json!({
        "pact:content-type": "application/jsonrpc",
        "request": {"method": "a", "params": {"x": 1}, "contentType": "application/json-rpc"},
        "response": {"result": null},
    }))
    .unwrap();
    assert_eq!(interaction.method, "a");
    assert_eq!(interaction.request.content_type, "application/json-rpc");
    assert_eq!(
        body(&interaction.request),
        json!({"jsonrpc": "2.0", "method": "a", "params": {"x": 1}, "id": 1})
    );
    let response = interaction.response.unwrap();
    assert_eq!(response.content_type, "application/json");
    assert_eq!(
        body(&response),
        json!({"jsonrpc": "2.0", "result": null, "id": 1})
    );
}

#[test]
fn a_request_with_an_error() {
    let interaction = parsed(&json!({
        "request": {"method": "a", "params": []},
        "response": {"error": {"code": -32602.0, "message": "matching(type, 'm')", "data": ["x"]}},
    }))
    .unwrap();
    let response = interaction.response.unwrap();
    assert_eq!(
        body(&response)["error"],
        json!({"code": -32602, "message": "m", "data": ["x"]})
    );
    assert_eq!(response.rules[0].0, "$.error.message");
}

#[test]
fn without_a_response_it_is_a_notification() {
    for config in [
        json!({"request": {"method": "a"}}),
        json!({"request": {"method": "a"}, "response": null}),
    ] {
        let interaction = parsed(&config).unwrap();
        assert_eq!(interaction.response, None);
        assert_eq!(
            body(&interaction.request),
            json!({"jsonrpc": "2.0", "method": "a"})
        );
    }
}

#[test]
fn params_as_a_whole_can_have_a_rule() {
    let params = json!({"pact:matcher:type": "type", "min": 1, "value": ["x"]});
    let interaction = parsed(&json!({"request": {"method": "a", "params": params}})).unwrap();
    assert_eq!(body(&interaction.request)["params"], json!(["x"]));
    assert_eq!(interaction.request.rules[0].0, "$.params");
}

#[test]
fn whole_numbers_that_would_be_rounded_are_errors() {
    let number = "123456789012345678901234567890";
    let problem = format!(
        "the whole number {number}, which would be rounded; expected one of at most 64 bits, a decimal, or a text"
    );
    for (config, start) in [
        (
            r#"{"request": {"method": "a", "params": [1, {"x": N}]}}"#,
            "contents config key \"request.params[1].x\" is ",
        ),
        (
            r#"{"request": {"method": "a"}, "response": {"result": N}}"#,
            "contents config key \"response.result\" is ",
        ),
        (
            r#"{"request": {"method": "a", "params": ["matching(integer, N)"]}}"#,
            "contents config key \"request.params[0]\" stands for ",
        ),
    ] {
        let config = config.replace('N', number);
        let error = parse(&TestServices::default(), &config).unwrap_err();
        assert_eq!(error, format!("{start}{problem}"));
    }
    for number in ["18446744073709551615", "-9223372036854775808"] {
        let config = format!(r#"{{"request": {{"method": "a", "params": [{number}]}}}}"#);
        let interaction = parse(&TestServices::default(), &config).unwrap();
        let body = interaction.request.body;
        assert!(body.contains(&format!("[{number}]")), "{body}");
    }
}

#[test]
fn errors_name_the_key() {
    let request = json!({"method": "a"});
    for (config, problem) in [
        (json!([]), "the contents config is not a JSON object"),
        (json!({}), "the contents config has no \"request\""),
        (
            json!({"request": 1}),
            "contents config key \"request\" is the number 1; expected an object",
        ),
        (
            json!({"request": request, "reply": {}}),
            "contents config key \"reply\" is not known to the jsonrpc plugin; expected \"request\" and \"response\"",
        ),
        (
            json!({"request": {}}),
            "contents config key \"request.method\" is missing; expected the name of a method",
        ),
        (
            json!({"request": {"method": ""}}),
            "contents config key \"request.method\" is an empty text",
        ),
        (
            json!({"request": {"method": "a", "id": 1}}),
            "contents config key \"request.id\" is not known to the jsonrpc plugin; expected \"method\", \"params\", \"contentType\"",
        ),
        (
            json!({"request": {"method": "a", "params": "x"}}),
            "contents config key \"request.params\" is the text \"x\"; expected a list or an object",
        ),
        (
            json!({"request": {"method": "a", "params": {"pact:matcher:type": "type", "value": 1}}}),
            "contents config key \"request.params\" stands for the number 1; expected a list or an object",
        ),
        (
            json!({"request": {"method": "a", "contentType": "a\r\nb"}}),
            "contents config key \"request.contentType\" is the text \"a\\r\\nb\"; expected a content type",
        ),
        (
            json!({"request": request, "response": []}),
            "contents config key \"response\" is a list; expected an object",
        ),
        (
            json!({"request": request, "response": {}}),
            "contents config key \"response\" has both or neither",
        ),
        (
            json!({"request": request, "response": {"result": 1, "error": {}}}),
            "contents config key \"response\" has both or neither",
        ),
        (
            json!({"request": request, "response": {"value": 1}}),
            "contents config key \"response.value\" is not known",
        ),
        (
            json!({"request": request, "response": {"error": "e"}}),
            "contents config key \"response.error\" is the text \"e\"; expected an object with \"code\" and \"message\"",
        ),
        (
            json!({"request": request, "response": {"error": {"code": 1, "message": "m", "why": 1}}}),
            "contents config key \"response.error.why\" is not known",
        ),
        (
            json!({"request": request, "response": {"error": {"code": 1.5, "message": "m"}}}),
            "contents config key \"response.error\" has a \"code\" that is the number 1.5; expected a whole number",
        ),
        (
            json!({"request": request, "response": {"error": {"code": 1}}}),
            "contents config key \"response.error\" has a \"message\" that is missing; expected a text",
        ),
        (
            json!({"request": request, "response": {"result": "matching(x"}}),
            "contents config key \"response.result\" is \"matching(x\", which is no matching rule definition",
        ),
    ] {
        let error = parsed(&config).unwrap_err();
        assert!(error.starts_with(problem), "{error}");
    }
}
