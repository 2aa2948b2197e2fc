//! From records to messages.

use std::collections::HashMap;

use pact_plugin_driver::proto_v2 as message;
use pact_plugin_driver::utils::to_proto_value;
use pact_wasm::error::{Error, ErrorKind};
use pact_wasm::model::{
    Body, CatalogueEntry, CompareContentsRequest, ConfigureInteractionResponse, ContentFor,
    ContentTypeHint, ContentsComparison, EntryType, ExpressionMap, FieldValue,
    GenerateContentRequest, GenerateFieldRequest, Generator, Generators, InitResponse,
    InteractionData, InteractionResponse, JsonObject, MarkupType, MatchFieldRequest, MatchingRule,
    MetadataValue, Mismatch, MockServer, MockServerResults, PluginConfiguration, Rules, TestMode,
    VerificationFailure, VerificationResult,
};
use prost_types::value::Kind as ValueKind;
use prost_types::{Struct, Value};

/// A message, or which JSON it cannot hold, and why: a number that no double is near to, half of a character that takes two
/// escapes, more than 127 levels.
pub type Converted<T> = Result<T, String>;

fn map<R, M>(map: ExpressionMap<R>, message: impl Fn(R) -> M) -> HashMap<String, M> {
    let ExpressionMap(entries) = map;
    entries.into_iter().map(|(k, v)| (k, message(v))).collect()
}

fn try_map<R, M>(
    map: ExpressionMap<R>,
    message: impl Fn(R) -> Converted<M>,
) -> Converted<HashMap<String, M>> {
    let ExpressionMap(entries) = map;
    let each = entries
        .into_iter()
        .map(|(k, v)| message(v).map(|it| (k, it)));
    each.collect()
}

fn value(text: &str) -> Converted<Value> {
    let json = serde_json::from_str(text);
    json.map(|it| to_proto_value(&it)).map_err(|e| {
        let beginning: String = text.chars().take(100).collect();
        format!("frameworks cannot be told the JSON {beginning}: {e}")
    })
}

fn object(object: &JsonObject) -> Converted<Struct> {
    match value(object.as_str())?.kind {
        Some(ValueKind::StructValue(fields)) => Ok(fields),
        other => Err(format!("{other:?} is no object")),
    }
}

fn optional_object(json: Option<&JsonObject>) -> Converted<Option<Struct>> {
    json.map(object).transpose()
}

pub fn init_response(response: &InitResponse) -> message::InitPluginResponse {
    use message::init_plugin_response::Response;
    let success = message::InitPluginSuccess {
        catalogue: response.catalogue.iter().map(entry).collect(),
        plugin_capabilities: response.plugin_capabilities.clone(),
    };
    message::InitPluginResponse {
        response: Some(Response::Success(success)),
    }
}

pub fn init_failure(error: &Error, text: String) -> message::InitPluginResponse {
    use message::init_plugin_response::Response;
    let missing = match error.kind() {
        ErrorKind::MissingCapabilities { missing, .. } => missing.clone(),
        _ => Vec::new(),
    };
    let failure = message::InitPluginFailure {
        error: text,
        missing_host_capabilities: missing,
    };
    message::InitPluginResponse {
        response: Some(Response::Failure(failure)),
    }
}

/// A response that has a place for an error.
pub trait Failure {
    /// Nothing but an error.
    fn failure(error: String) -> Self;
}

/// A field, beside others that do not count then.
macro_rules! with_error_field {
    ($($response:ident),+) => {
        $(impl Failure for message::$response {
            fn failure(error: String) -> Self {
                message::$response { error, ..Default::default() }
            }
        })+
    };
}

/// One of two.
macro_rules! with_error_variant {
    ($($response:path),+) => {
        $(impl Failure for $response {
            fn failure(error: String) -> Self {
                Self::Error(error)
            }
        })+
    };
}

with_error_field!(
    ConfigureInteractionResponse,
    CompareContentsResponse,
    MatchFieldResponse,
    GenerateFieldResponse
);
with_error_variant!(
    message::start_mock_server_response::Response,
    message::verification_preparation_response::Response,
    message::verify_interaction_response::Response
);

fn entry(entry: &CatalogueEntry) -> message::CatalogueEntry {
    use message::catalogue_entry::EntryType as Type;
    let entry_type = match entry.entry_type {
        EntryType::ContentMatcher => Type::ContentMatcher,
        EntryType::ContentGenerator => Type::ContentGenerator,
        EntryType::Transport => Type::Transport,
        EntryType::Matcher => Type::Matcher,
        EntryType::Interaction => Type::Interaction,
        EntryType::Generator => Type::Generator,
    };
    message::CatalogueEntry {
        r#type: entry_type.into(),
        key: entry.key.clone(),
        values: map(entry.values.clone(), |value| value),
    }
}

pub fn body(body: Body<'_>) -> message::Body {
    use message::body::ContentTypeHint as Hint;
    let hint = match body.hint {
        ContentTypeHint::Default => Hint::Default,
        ContentTypeHint::Text => Hint::Text,
        ContentTypeHint::Binary => Hint::Binary,
    };
    message::Body {
        content_type: body.content_type.into_owned(),
        content: body.content.map(|it| it.into_owned()),
        content_type_hint: hint.into(),
    }
}

fn rule(rule: MatchingRule) -> Converted<message::MatchingRule> {
    Ok(message::MatchingRule {
        values: optional_object(rule.values.as_ref())?,
        r#type: rule.rule_type,
    })
}

fn generator(generator: Generator) -> Converted<message::Generator> {
    Ok(message::Generator {
        values: optional_object(generator.values.as_ref())?,
        r#type: generator.generator_type,
    })
}

fn rules(rules: Rules) -> Converted<HashMap<String, message::MatchingRules>> {
    try_map(rules, |list| {
        let rule: Converted<_> = list.into_iter().map(rule).collect();
        Ok(message::MatchingRules { rule: rule? })
    })
}

fn generators(generators: Generators) -> Converted<HashMap<String, message::Generator>> {
    try_map(generators, generator)
}

fn configuration(
    configuration: Option<&PluginConfiguration>,
) -> Converted<Option<message::PluginConfiguration>> {
    let convert = |it: &PluginConfiguration| {
        Ok(message::PluginConfiguration {
            interaction_configuration: optional_object(it.interaction_configuration.as_ref())?,
            pact_configuration: optional_object(it.pact_configuration.as_ref())?,
        })
    };
    configuration.map(convert).transpose()
}

pub fn configure_response(
    response: ConfigureInteractionResponse,
) -> Converted<message::ConfigureInteractionResponse> {
    let interactions: Converted<_> = response.interactions.into_iter().map(part).collect();
    Ok(message::ConfigureInteractionResponse {
        error: String::new(),
        interaction: interactions?,
        plugin_configuration: configuration(response.plugin_configuration.as_ref())?,
    })
}

fn part(part: InteractionResponse) -> Converted<message::InteractionResponse> {
    use message::interaction_response::MarkupType as Markup;
    let markup = match part.interaction_markup_type {
        MarkupType::CommonMark => Markup::CommonMark,
        MarkupType::Html => Markup::Html,
    };
    Ok(message::InteractionResponse {
        contents: part.contents.map(body),
        rules: rules(part.rules)?,
        generators: generators(part.generators)?,
        message_metadata: optional_object(part.message_metadata.as_ref())?,
        plugin_configuration: configuration(part.plugin_configuration.as_ref())?,
        interaction_markup: part.interaction_markup,
        interaction_markup_type: markup.into(),
        part_name: part.part_name,
        metadata_rules: rules(part.metadata_rules)?,
        metadata_generators: generators(part.metadata_generators)?,
    })
}

fn mismatch(mismatch: Mismatch) -> message::ContentMismatch {
    message::ContentMismatch {
        expected: mismatch.expected,
        actual: mismatch.actual,
        mismatch: mismatch.description,
        path: mismatch.path,
        diff: mismatch.diff.unwrap_or_default(),
        mismatch_type: mismatch.mismatch_type.unwrap_or_default(),
    }
}

pub fn mismatches(list: Vec<Mismatch>) -> Vec<message::ContentMismatch> {
    list.into_iter().map(mismatch).collect()
}

pub fn compare_response(comparison: ContentsComparison) -> message::CompareContentsResponse {
    match comparison {
        ContentsComparison::ContentTypeMismatch(it) => message::CompareContentsResponse {
            type_mismatch: Some(message::ContentTypeMismatch {
                expected: it.expected,
                actual: it.actual,
            }),
            ..Default::default()
        },
        ContentsComparison::Results(results) => message::CompareContentsResponse {
            results: map(results, |list| message::ContentMismatches {
                mismatches: mismatches(list),
            }),
            ..Default::default()
        },
    }
}

pub fn field_value(value: FieldValue) -> Converted<message::FieldValue> {
    use message::field_value::Value as Kind;
    let kind = match value {
        FieldValue::Null => Kind::NullValue(0),
        FieldValue::Boolean(value) => Kind::BooleanValue(value),
        FieldValue::Text(text) => Kind::StringValue(text),
        FieldValue::Integer(number) => Kind::IntegerValue(number),
        FieldValue::Decimal(number) => Kind::DecimalValue(number),
        FieldValue::Bytes(bytes) => Kind::BinaryValue(bytes),
        FieldValue::Json(json) => Kind::StructuredValue(self::value(json.as_str())?),
    };
    Ok(message::FieldValue { value: Some(kind) })
}

/// The address is a URL, as in other plugins: libpact_ffi 0.4 parses it as one, and pact-jvm hands it to tests as one.
pub fn mock_server(server: MockServer, tls: bool) -> message::MockServerDetails {
    let scheme = if tls { "https" } else { "http" };
    message::MockServerDetails {
        address: format!("{scheme}://{}:{}", server.address, server.port),
        key: server.key,
        port: server.port.into(),
    }
}

pub fn mock_server_results(results: MockServerResults) -> message::MockServerResults {
    let result = |it: pact_wasm::model::MockServerResult| message::MockServerResult {
        path: it.path,
        error: it.error,
        mismatches: mismatches(it.mismatches),
    };
    message::MockServerResults {
        ok: results.ok,
        results: results.results.into_iter().map(result).collect(),
    }
}

fn metadata_value(value: MetadataValue) -> Converted<message::MetadataValue> {
    use message::metadata_value::Value as Kind;
    let kind = match value {
        MetadataValue::Bytes(bytes) => Kind::BinaryValue(bytes),
        MetadataValue::Json(json) => Kind::NonBinaryValue(self::value(json.as_str())?),
    };
    Ok(message::MetadataValue { value: Some(kind) })
}

pub fn interaction_data(data: InteractionData<'_>) -> Converted<message::InteractionData> {
    Ok(message::InteractionData {
        body: data.body.map(body),
        metadata: try_map(data.metadata, metadata_value)?,
    })
}

pub fn verification_result(result: VerificationResult) -> Converted<message::VerificationResult> {
    use message::verification_result_item::Result as Kind;
    let item = |it: VerificationFailure| message::VerificationResultItem {
        result: Some(match it {
            VerificationFailure::Error(text) => Kind::Error(text),
            VerificationFailure::Mismatch(it) => Kind::Mismatch(mismatch(it)),
        }),
    };
    Ok(message::VerificationResult {
        success: result.success,
        response_data: result.response.map(interaction_data).transpose()?,
        mismatches: result.failures.into_iter().map(item).collect(),
        output: result.output,
    })
}

pub fn compare_request(
    request: &CompareContentsRequest<'_>,
) -> Converted<message::CompareContentsRequest> {
    Ok(message::CompareContentsRequest {
        expected: Some(body(request.expected.clone())),
        actual: Some(body(request.actual.clone())),
        allow_unexpected_keys: request.allow_unexpected_keys,
        rules: rules(request.rules.clone())?,
        plugin_configuration: configuration(request.plugin_configuration.as_ref())?,
        test_context: optional_object(request.test_context.as_ref())?,
    })
}

fn test_mode(mode: TestMode) -> i32 {
    use message::generate_content_request::TestMode as Mode;
    match mode {
        TestMode::Unknown => Mode::Unknown,
        TestMode::Consumer => Mode::Consumer,
        TestMode::Provider => Mode::Provider,
    }
    .into()
}

pub fn generate_content_request(
    request: &GenerateContentRequest<'_>,
) -> Converted<message::GenerateContentRequest> {
    use message::generate_content_request::ContentFor as Part;
    let part = match request.content_for {
        ContentFor::Request => Part::Request,
        ContentFor::Response => Part::Response,
    };
    Ok(message::GenerateContentRequest {
        contents: Some(body(request.body.clone())),
        generators: generators(request.generators.clone())?,
        plugin_configuration: configuration(request.plugin_configuration.as_ref())?,
        test_context: optional_object(request.test_context.as_ref())?,
        test_mode: test_mode(request.test_mode),
        content_for: part.into(),
    })
}

pub fn match_field_request(
    request: &MatchFieldRequest<'_>,
) -> Converted<message::MatchFieldRequest> {
    Ok(message::MatchFieldRequest {
        key: request.key.to_string(),
        rule: Some(rule(request.rule.clone())?),
        path: request.path.to_string(),
        mismatch_type: request.mismatch_type.name().to_string(),
        expected: Some(field_value(request.expected.clone())?),
        actual: Some(field_value(request.actual.clone())?),
        plugin_configuration: configuration(request.plugin_configuration.as_ref())?,
        test_context: optional_object(request.test_context.as_ref())?,
    })
}

pub fn generate_field_request(
    request: &GenerateFieldRequest<'_>,
) -> Converted<message::GenerateFieldRequest> {
    Ok(message::GenerateFieldRequest {
        key: request.key.to_string(),
        generator: Some(generator(request.generator.clone())?),
        path: request.path.to_string(),
        example_value: Some(field_value(request.example.clone())?),
        plugin_configuration: configuration(request.plugin_configuration.as_ref())?,
        test_context: optional_object(request.test_context.as_ref())?,
        test_mode: test_mode(request.test_mode),
    })
}
