//! What both versions of the protocol have, with the messages of the version that includes this file.

use serde_json::{Value, json};

use super::message;
use crate::support::json::{
    case, list, map, of_case, of_map, of_optional_bytes, of_optional_structure, of_value,
    optional_bytes, optional_structure, text, value,
};

const ENTRY_TYPES: [&str; 6] = [
    "content-matcher",
    "content-generator",
    "transport",
    "matcher",
    "interaction",
    "generator",
];
const HINTS: [&str; 3] = ["default", "text", "binary"];
const MARKUP_TYPES: [&str; 2] = ["commonMark", "html"];
pub const TEST_MODES: [&str; 3] = ["unknown", "consumer", "provider"];
pub const CONTENT_FOR: [&str; 2] = ["request", "response"];

// ---- requests ----

pub fn catalogue(request: &Value) -> message::Catalogue {
    let entry = |entry: &Value| message::CatalogueEntry {
        r#type: case(&ENTRY_TYPES, &entry["entryType"]),
        key: text(&entry["key"]),
        values: map(&entry["values"], text),
    };
    message::Catalogue {
        catalogue: list(&request["catalogue"], entry),
    }
}

pub fn body(body: &Value) -> Option<message::Body> {
    (!body.is_null()).then(|| message::Body {
        content_type: text(&body["contentType"]),
        content: optional_bytes(&body["content"]),
        content_type_hint: case(&HINTS, &body["hint"]),
    })
}

pub fn rule(rule: &Value) -> message::MatchingRule {
    message::MatchingRule {
        r#type: text(&rule["type"]),
        values: optional_structure(&rule["values"]),
    }
}

pub fn rules(rules: &Value) -> std::collections::HashMap<String, message::MatchingRules> {
    map(rules, |rules| message::MatchingRules {
        rule: list(rules, rule),
    })
}

pub fn generator(generator: &Value) -> message::Generator {
    message::Generator {
        r#type: text(&generator["type"]),
        values: optional_structure(&generator["values"]),
    }
}

pub fn configuration(configuration: &Value) -> Option<message::PluginConfiguration> {
    (!configuration.is_null()).then(|| message::PluginConfiguration {
        interaction_configuration: optional_structure(&configuration["interactionConfiguration"]),
        pact_configuration: optional_structure(&configuration["pactConfiguration"]),
    })
}

pub fn generate_content_request(request: &Value) -> message::GenerateContentRequest {
    message::GenerateContentRequest {
        contents: body(&request["body"]),
        generators: map(&request["generators"], generator),
        plugin_configuration: configuration(&request["pluginConfiguration"]),
        test_context: optional_structure(&request["testContext"]),
        test_mode: case(&TEST_MODES, &request["testMode"]),
        content_for: case(&CONTENT_FOR, &request["contentFor"]),
    }
}

pub fn interaction_data(data: &Value) -> message::InteractionData {
    use message::metadata_value::Value as Kind;
    let metadata_value = |json: &Value| {
        let kind = match json.get("bytes") {
            Some(bytes) => Kind::BinaryValue(crate::support::json::bytes(bytes)),
            None => Kind::NonBinaryValue(value(&json["json"])),
        };
        message::MetadataValue { value: Some(kind) }
    };
    message::InteractionData {
        body: body(&data["body"]),
        metadata: map(&data["metadata"], metadata_value),
    }
}

// ---- responses ----

pub fn of_entries(entries: &[message::CatalogueEntry]) -> Value {
    let entry = |entry: &message::CatalogueEntry| {
        json!({
            "entryType": of_case(&ENTRY_TYPES, entry.r#type),
            "key": entry.key,
            "values": of_map(&entry.values, |text| json!(text)),
        })
    };
    entries.iter().map(entry).collect()
}

pub fn of_body(body: Option<&message::Body>) -> Value {
    let Some(body) = body else { return Value::Null };
    json!({
        "contentType": body.content_type,
        "content": of_optional_bytes(body.content.as_deref()),
        "hint": of_case(&HINTS, body.content_type_hint),
    })
}

/// What a rule or generator has; values that are absent are left out.
fn of_type(name: &str, values: Option<&prost_types::Struct>) -> Value {
    let mut json = json!({ "type": name });
    if values.is_some() {
        json["values"] = of_optional_structure(values);
    }
    json
}

fn of_rules(rules: &std::collections::HashMap<String, message::MatchingRules>) -> Value {
    let rule = |rule: &message::MatchingRule| of_type(&rule.r#type, rule.values.as_ref());
    of_map(rules, |rules| rules.rule.iter().map(rule).collect())
}

fn of_generators(generators: &std::collections::HashMap<String, message::Generator>) -> Value {
    of_map(generators, |it| of_type(&it.r#type, it.values.as_ref()))
}

fn of_configuration(configuration: Option<&message::PluginConfiguration>) -> Value {
    let Some(it) = configuration else {
        return Value::Null;
    };
    json!({
        "interactionConfiguration": of_optional_structure(it.interaction_configuration.as_ref()),
        "pactConfiguration": of_optional_structure(it.pact_configuration.as_ref()),
    })
}

/// The error of a response that has nothing else then.
fn checked<R: PartialEq + std::fmt::Debug>(
    response: &R,
    error: &str,
    only_error: R,
) -> Result<(), String> {
    if error.is_empty() {
        return Ok(());
    }
    assert_eq!(*response, only_error, "more than an error");
    Err(error.to_string())
}

pub fn of_configured(response: &message::ConfigureInteractionResponse) -> Result<Value, String> {
    let error = response.error.clone();
    let only_error = message::ConfigureInteractionResponse {
        error,
        ..Default::default()
    };
    checked(response, &response.error, only_error)?;
    let part = |it: &message::InteractionResponse| {
        json!({
            "contents": of_body(it.contents.as_ref()),
            "rules": of_rules(&it.rules),
            "generators": of_generators(&it.generators),
            "messageMetadata": of_optional_structure(it.message_metadata.as_ref()),
            "pluginConfiguration": of_configuration(it.plugin_configuration.as_ref()),
            "interactionMarkup": it.interaction_markup,
            "interactionMarkupType": of_case(&MARKUP_TYPES, it.interaction_markup_type),
            "partName": it.part_name,
            "metadataRules": of_rules(&it.metadata_rules),
            "metadataGenerators": of_generators(&it.metadata_generators),
        })
    };
    let parts: Value = response.interaction.iter().map(part).collect();
    let configuration = of_configuration(response.plugin_configuration.as_ref());
    Ok(json!({"interactions": parts, "pluginConfiguration": configuration}))
}

fn of_mismatch(mismatch: &message::ContentMismatch) -> Value {
    let optional_text = |text: &str| (!text.is_empty()).then(|| text.to_string());
    json!({
        "expected": of_optional_bytes(mismatch.expected.as_deref()),
        "actual": of_optional_bytes(mismatch.actual.as_deref()),
        "description": mismatch.mismatch,
        "path": mismatch.path,
        "diff": optional_text(&mismatch.diff),
        "mismatchType": optional_text(&mismatch.mismatch_type),
    })
}

pub fn of_mismatches(mismatches: &[message::ContentMismatch]) -> Value {
    mismatches.iter().map(of_mismatch).collect()
}

pub fn of_comparison(response: &message::CompareContentsResponse) -> Result<Value, String> {
    let error = response.error.clone();
    let only_error = message::CompareContentsResponse {
        error,
        ..Default::default()
    };
    checked(response, &response.error, only_error)?;
    let Some(types) = &response.type_mismatch else {
        let results = of_map(&response.results, |it| of_mismatches(&it.mismatches));
        return Ok(json!({ "results": results }));
    };
    assert!(response.results.is_empty(), "{response:?}");
    let types = json!({"expected": types.expected, "actual": types.actual});
    Ok(json!({ "contentTypeMismatch": types }))
}

/// The address is a URL in the protocol.
pub fn of_mock_server(server: &message::MockServerDetails) -> Value {
    let port = format!(":{}", server.port);
    let scheme = server.address.split_once("://");
    let address = scheme.and_then(|it| it.1.strip_suffix(&port));
    json!({"key": server.key, "port": server.port, "address": address.expect("a URL")})
}

pub fn of_results(ok: bool, results: &[message::MockServerResult]) -> Value {
    let result = |it: &message::MockServerResult| json!({"path": it.path, "error": it.error, "mismatches": of_mismatches(&it.mismatches)});
    let results: Value = results.iter().map(result).collect();
    json!({"ok": ok, "results": results})
}

pub fn of_interaction_data(data: &message::InteractionData) -> Value {
    use message::metadata_value::Value as Kind;
    let metadata_value = |it: &message::MetadataValue| match it.value.as_ref().expect("a kind") {
        Kind::NonBinaryValue(value) => json!({"json": of_value(value)}),
        Kind::BinaryValue(bytes) => json!({"bytes": of_optional_bytes(Some(bytes))}),
    };
    json!({"body": of_body(data.body.as_ref()), "metadata": of_map(&data.metadata, metadata_value)})
}

pub fn of_verified(result: &message::VerificationResult) -> Value {
    use message::verification_result_item::Result as Kind;
    let failure = |it: &message::VerificationResultItem| match it.result.as_ref().expect("a kind") {
        Kind::Error(text) => json!({ "error": text }),
        Kind::Mismatch(it) => json!({"mismatch": of_mismatch(it)}),
    };
    json!({
        "success": result.success,
        "response": result.response_data.as_ref().map(of_interaction_data),
        "failures": result.mismatches.iter().map(failure).collect::<Value>(),
        "output": result.output,
    })
}
