//! The operations in interface version 2: requests in the JSON of the generic call become messages, and messages become answers.

use pact_plugin_driver::proto_v2 as message;
use serde_json::{Value, json};
use tonic::{Response, Status};

#[allow(clippy::duplicate_mod)] // once for each version
#[path = "messages.rs"]
mod messages;

use super::json::{
    base64, bytes, case, list, of_value, optional_structure, structure, text, value,
};
use crate::common::{V2, init_request};
use messages::{
    TEST_MODES, body, catalogue, configuration, generate_content_request, generator,
    interaction_data, of_body, of_comparison, of_configured, of_entries, of_interaction_data,
    of_mismatches, of_mock_server, of_results, of_verified, rule, rules,
};

/// The answer, or the text of the error.
pub async fn call(client: &mut V2, operation: &str, request: &Value) -> Result<Value, String> {
    match operation {
        "init" => init(client).await,
        "update-catalogue" => {
            answer(client.update_catalogue(catalogue(request)).await)?;
            Ok(json!({}))
        }
        "configure-interaction" => {
            let request = configure_request(request);
            of_configured(&answer(client.configure_interaction(request).await)?)
        }
        "compare-contents" => {
            let request = compare_request(request);
            of_comparison(&answer(client.compare_contents(request).await)?)
        }
        "generate-content" => {
            let request = generate_content_request(request);
            let response = answer(client.generate_content(request).await)?;
            Ok(of_body(response.contents.as_ref()))
        }
        "match-field" => {
            let request = match_field_request(request);
            let response = answer(client.match_field(request).await)?;
            let mismatches = of_mismatches(&response.mismatches);
            or_error(response.error, json!({ "mismatches": mismatches }))
        }
        "generate-field" => {
            let request = generate_field_request(request);
            let response = answer(client.generate_field(request).await)?;
            let value = response.value.map_or(Value::Null, of_field_value);
            or_error(response.error, json!({ "value": value }))
        }
        "start-mock-server" => {
            use message::start_mock_server_response::Response;
            let request = start_request(request);
            match answer(client.start_mock_server(request).await)?.response {
                Some(Response::Details(server)) => Ok(of_mock_server(&server)),
                Some(Response::Error(error)) => Err(error),
                None => panic!("no answer"),
            }
        }
        "get-mock-server-results" => {
            let results = client.get_mock_server_results(key_of(request)).await;
            let results = answer(results)?;
            Ok(of_results(results.ok, &results.results))
        }
        "shutdown-mock-server" => {
            let results = client.shutdown_mock_server(key_of(request)).await;
            let results = answer(results)?;
            Ok(of_results(results.ok, &results.results))
        }
        "prepare-interaction-for-verification" => {
            use message::verification_preparation_response::Response;
            let request = prepare_request(request);
            let response = client.prepare_interaction_for_verification(request).await;
            match answer(response)?.response {
                Some(Response::InteractionData(data)) => Ok(of_interaction_data(&data)),
                Some(Response::Error(error)) => Err(error),
                None => panic!("no answer"),
            }
        }
        "verify-interaction" => {
            use message::verify_interaction_response::Response;
            let request = verify_request(request);
            match answer(client.verify_interaction(request).await)?.response {
                Some(Response::Result(result)) => Ok(of_verified(&result)),
                Some(Response::Error(error)) => Err(error),
                None => panic!("no answer"),
            }
        }
        other => panic!("there is no operation {other}"),
    }
}

fn answer<R>(response: Result<Response<R>, Status>) -> Result<R, String> {
    let response = response.map_err(|status| status.message().to_string())?;
    Ok(response.into_inner())
}

/// The other fields of a response that has an error are as if they were not there.
fn or_error(error: String, answer: Value) -> Result<Value, String> {
    if error.is_empty() {
        return Ok(answer);
    }
    let nothing = [json!({"mismatches": []}), json!({"value": null})];
    assert!(nothing.contains(&answer), "{error}: {answer}");
    Err(error)
}

async fn init(client: &mut V2) -> Result<Value, String> {
    use message::init_plugin_response::Response;
    match answer(client.init_plugin(init_request()).await)?.response {
        Some(Response::Success(success)) => Ok(json!({
            "catalogue": of_entries(&success.catalogue),
            "pluginCapabilities": success.plugin_capabilities,
        })),
        Some(Response::Failure(failure)) => Err(failure.error),
        None => panic!("no answer"),
    }
}

fn configure_request(request: &Value) -> message::ConfigureInteractionRequest {
    message::ConfigureInteractionRequest {
        content_type: text(&request["contentType"]),
        contents_config: Some(structure(&request["contentsConfig"])),
        test_context: optional_structure(&request["testContext"]),
    }
}

fn compare_request(request: &Value) -> message::CompareContentsRequest {
    message::CompareContentsRequest {
        expected: body(&request["expected"]),
        actual: body(&request["actual"]),
        allow_unexpected_keys: request["allowUnexpectedKeys"] == true,
        rules: rules(&request["rules"]),
        plugin_configuration: configuration(&request["pluginConfiguration"]),
        test_context: optional_structure(&request["testContext"]),
    }
}

#[allow(clippy::cast_possible_truncation)] // whole numbers, written with a fraction
fn field_value(json: &Value) -> message::FieldValue {
    use message::field_value::Value as Kind;
    let null = || json!({"null": null});
    let json = if json == "null" { null() } else { json.clone() };
    let (kind, json) = json.as_object().and_then(|it| it.iter().next()).unwrap();
    let number = |json: &Value| json.as_f64().expect("a number");
    let kind = match kind.as_str() {
        "null" => Kind::NullValue(0),
        "boolean" => Kind::BooleanValue(json == true),
        "text" => Kind::StringValue(text(json)),
        "integer" => Kind::IntegerValue(json.as_i64().unwrap_or_else(|| number(json) as i64)),
        "decimal" => Kind::DecimalValue(number(json)),
        "bytes" => Kind::BinaryValue(bytes(json)),
        _ => Kind::StructuredValue(value(json)),
    };
    message::FieldValue { value: Some(kind) }
}

fn of_field_value(value: message::FieldValue) -> Value {
    use message::field_value::Value as Kind;
    match value.value.expect("a kind") {
        Kind::NullValue(_) => json!("null"),
        Kind::BooleanValue(value) => json!({ "boolean": value }),
        Kind::StringValue(text) => json!({ "text": text }),
        Kind::IntegerValue(number) => json!({ "integer": number }),
        Kind::DecimalValue(number) => json!({ "decimal": number }),
        Kind::BinaryValue(bytes) => json!({"bytes": base64(&bytes)}),
        Kind::StructuredValue(value) => json!({"json": of_value(&value)}),
    }
}

fn match_field_request(request: &Value) -> message::MatchFieldRequest {
    message::MatchFieldRequest {
        key: text(&request["key"]),
        rule: Some(rule(&request["rule"])),
        path: text(&request["path"]),
        mismatch_type: text(&request["mismatchType"]),
        expected: Some(field_value(&request["expected"])),
        actual: Some(field_value(&request["actual"])),
        plugin_configuration: configuration(&request["pluginConfiguration"]),
        test_context: optional_structure(&request["testContext"]),
    }
}

fn generate_field_request(request: &Value) -> message::GenerateFieldRequest {
    message::GenerateFieldRequest {
        key: text(&request["key"]),
        generator: Some(generator(&request["generator"])),
        path: text(&request["path"]),
        example_value: Some(field_value(&request["example"])),
        plugin_configuration: configuration(&request["pluginConfiguration"]),
        test_context: optional_structure(&request["testContext"]),
        test_mode: case(&TEST_MODES, &request["testMode"]),
    }
}

fn interaction(contents: &Value) -> message::InteractionContents {
    message::InteractionContents {
        interaction_type: text(&contents["interactionType"]),
        plugin_configuration: configuration(&contents["pluginConfiguration"]),
        consumer: text(&contents["consumer"]),
        provider: text(&contents["provider"]),
    }
}

fn start_request(request: &Value) -> message::StartMockServerRequest {
    let port = request["port"].as_u64().unwrap_or_default();
    message::StartMockServerRequest {
        host_interface: text(&request["hostInterface"]),
        port: u32::try_from(port).expect("a port"),
        tls: request["tls"] == true,
        interactions: list(&request["interactions"], interaction),
        test_context: optional_structure(&request["testContext"]),
    }
}

fn key_of(request: &Value) -> message::MockServerRequest {
    message::MockServerRequest {
        server_key: text(&request["key"]),
    }
}

fn prepare_request(request: &Value) -> message::VerificationPreparationRequest {
    message::VerificationPreparationRequest {
        interaction_contents: Some(interaction(&request["interaction"])),
        config: optional_structure(&request["config"]),
        test_context: optional_structure(&request["testContext"]),
    }
}

fn verify_request(request: &Value) -> message::VerifyInteractionRequest {
    message::VerifyInteractionRequest {
        interaction_data: Some(interaction_data(&request["interactionData"])),
        config: optional_structure(&request["config"]),
        interaction_contents: Some(interaction(&request["interaction"])),
        test_context: optional_structure(&request["testContext"]),
    }
}
