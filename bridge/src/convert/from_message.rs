//! From messages to records.

use std::collections::HashMap;

use pact_plugin_driver::proto_v2 as message;
use pact_plugin_driver::utils::{proto_struct_to_json, proto_value_to_json};
use pact_wasm::error::{Error, ErrorKind, Result};
use pact_wasm::model::{
    Body, CatalogueEntry, CompareContentsRequest, ConfigureInteractionRequest, ContentFor,
    ContentTypeHint, ContentsComparison, EntryType, ExpressionMap, FieldSource, FieldValue,
    GenerateContentRequest, GenerateFieldRequest, Generator, Generators, InitRequest,
    InteractionContents, InteractionData, InteractionType, Json, JsonObject, JsonStructure,
    MatchFieldRequest, MatchingRule, MetadataValue, Mismatch, PluginConfiguration,
    PrepareInteractionRequest, Rules, StartMockServerRequest, TestMode, VerifyInteractionRequest,
};
use prost_types::{Struct, Value};

/// What has to be there, and is not.
fn missing(field: &str) -> Error {
    Error::invalid_argument(field, "is missing in the request")
}

fn required<T>(field: &str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| missing(field))
}

/// In the order of the keys, so that equal messages become equal records.
fn sorted<M, R>(map: HashMap<String, M>, record: impl Fn(M) -> R) -> ExpressionMap<R> {
    let mut entries: Vec<(String, R)> = map.into_iter().map(|(k, v)| (k, record(v))).collect();
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    ExpressionMap(entries)
}

/// JSON that was made from a message, so it is well formed, and of the kind that it was made as.
fn well_formed<T>(json: std::result::Result<T, serde_json::Error>) -> Result<T> {
    json.map_err(|e| ErrorKind::Internal(format!("JSON of a message: {e}")).into())
}

fn object(object: &Struct) -> Result<JsonObject> {
    well_formed(JsonObject::new(proto_struct_to_json(object).to_string()))
}

fn optional_object(object: Option<Struct>) -> Result<Option<JsonObject>> {
    object.as_ref().map(self::object).transpose()
}

pub fn init_request(request: message::InitPluginRequest) -> InitRequest {
    InitRequest {
        implementation: request.implementation,
        version: request.version,
        host_capabilities: request.host_capabilities,
        plugin_instance_id: request.plugin_instance_id,
    }
}

/// Without entries of types that came later than this, which no plugin of today can ask for.
pub fn catalogue(catalogue: message::Catalogue) -> Vec<CatalogueEntry> {
    catalogue.catalogue.into_iter().filter_map(entry).collect()
}

fn entry(entry: message::CatalogueEntry) -> Option<CatalogueEntry> {
    use message::catalogue_entry::EntryType as Type;
    let entry_type = match Type::try_from(entry.r#type).ok()? {
        Type::ContentMatcher => EntryType::ContentMatcher,
        Type::ContentGenerator => EntryType::ContentGenerator,
        Type::Transport => EntryType::Transport,
        Type::Matcher => EntryType::Matcher,
        Type::Interaction => EntryType::Interaction,
        Type::Generator => EntryType::Generator,
    };
    Some(CatalogueEntry {
        entry_type,
        key: entry.key,
        values: sorted(entry.values, |value| value),
    })
}

pub fn body(body: message::Body) -> Body<'static> {
    use message::body::ContentTypeHint as Hint;
    Body {
        hint: match body.content_type_hint() {
            Hint::Default => ContentTypeHint::Default,
            Hint::Text => ContentTypeHint::Text,
            Hint::Binary => ContentTypeHint::Binary,
        },
        content_type: body.content_type.into(),
        content: body.content.map(Into::into),
    }
}

fn required_body(field: &str, body: Option<message::Body>) -> Result<Body<'static>> {
    required(field, body).map(self::body)
}

fn rule(rule: message::MatchingRule) -> Result<MatchingRule> {
    Ok(MatchingRule {
        rule_type: rule.r#type,
        values: optional_object(rule.values)?,
    })
}

fn generator(generator: message::Generator) -> Result<Generator> {
    Ok(Generator {
        generator_type: generator.r#type,
        values: optional_object(generator.values)?,
    })
}

/// The values of a map that could be made, or the first error.
fn all<T>(map: ExpressionMap<Result<T>>) -> Result<ExpressionMap<T>> {
    let ExpressionMap(entries) = map;
    let each = entries
        .into_iter()
        .map(|(key, value)| value.map(|it| (key, it)));
    each.collect::<Result<_>>().map(ExpressionMap)
}

fn rules(rules: HashMap<String, message::MatchingRules>) -> Result<Rules> {
    all(sorted(rules, |list| {
        list.rule.into_iter().map(rule).collect()
    }))
}

fn generators(generators: HashMap<String, message::Generator>) -> Result<Generators> {
    all(sorted(generators, generator))
}

fn configuration(
    configuration: Option<message::PluginConfiguration>,
) -> Result<Option<PluginConfiguration>> {
    let convert = |it: message::PluginConfiguration| {
        Ok(PluginConfiguration {
            interaction_configuration: optional_object(it.interaction_configuration)?,
            pact_configuration: optional_object(it.pact_configuration)?,
        })
    };
    configuration.map(convert).transpose()
}

pub fn configure_request(
    request: message::ConfigureInteractionRequest,
) -> Result<ConfigureInteractionRequest<'static>> {
    Ok(ConfigureInteractionRequest {
        content_type: request.content_type.into(),
        contents_config: object(&request.contents_config.unwrap_or_default())?,
        test_context: optional_object(request.test_context)?,
    })
}

pub fn compare_request(
    request: message::CompareContentsRequest,
) -> Result<CompareContentsRequest<'static>> {
    Ok(CompareContentsRequest {
        expected: required_body("expected", request.expected)?,
        actual: required_body("actual", request.actual)?,
        allow_unexpected_keys: request.allow_unexpected_keys,
        rules: rules(request.rules)?,
        plugin_configuration: configuration(request.plugin_configuration)?,
        test_context: optional_object(request.test_context)?,
    })
}

fn test_mode(mode: message::generate_content_request::TestMode) -> TestMode {
    use message::generate_content_request::TestMode as Mode;
    match mode {
        Mode::Unknown => TestMode::Unknown,
        Mode::Consumer => TestMode::Consumer,
        Mode::Provider => TestMode::Provider,
    }
}

pub fn generate_content_request(
    request: message::GenerateContentRequest,
) -> Result<GenerateContentRequest<'static>> {
    use message::generate_content_request::ContentFor as Part;
    Ok(GenerateContentRequest {
        test_mode: test_mode(request.test_mode()),
        content_for: match request.content_for() {
            Part::Request => ContentFor::Request,
            Part::Response => ContentFor::Response,
        },
        body: required_body("contents", request.contents)?,
        generators: generators(request.generators)?,
        plugin_configuration: configuration(request.plugin_configuration)?,
        test_context: optional_object(request.test_context)?,
    })
}

/// Structured values are objects and lists. A single value in that form is what it would be in its own.
pub fn field_value(value: Option<message::FieldValue>) -> Result<FieldValue> {
    use message::field_value::Value as Kind;
    Ok(match value.and_then(|it| it.value) {
        None | Some(Kind::NullValue(_)) => FieldValue::Null,
        Some(Kind::BooleanValue(value)) => FieldValue::Boolean(value),
        Some(Kind::StringValue(text)) => FieldValue::Text(text),
        Some(Kind::IntegerValue(number)) => FieldValue::Integer(number),
        Some(Kind::DecimalValue(number)) => FieldValue::Decimal(number),
        Some(Kind::BinaryValue(bytes)) => FieldValue::Bytes(bytes),
        Some(Kind::StructuredValue(value)) => structured_value(&value)?,
    })
}

fn structured_value(value: &Value) -> Result<FieldValue> {
    use serde_json::Value as Kind;
    Ok(match proto_value_to_json(value) {
        Kind::Null => FieldValue::Null,
        Kind::Bool(value) => FieldValue::Boolean(value),
        Kind::String(text) => FieldValue::Text(text),
        Kind::Number(number) => match number.as_i64() {
            Some(whole) => FieldValue::Integer(whole),
            None => FieldValue::Decimal(number.as_f64().unwrap_or_default()),
        },
        list_or_object => {
            FieldValue::Json(well_formed(JsonStructure::new(list_or_object.to_string()))?)
        }
    })
}

/// Headers are `header` in the protocol's mismatches and `headers` in its comments, so both are taken.
fn field_source(name: &str) -> Result<FieldSource> {
    Ok(match name {
        "" | "body" => FieldSource::Body,
        "header" | "headers" => FieldSource::Header,
        "metadata" => FieldSource::Metadata,
        "query" => FieldSource::Query,
        "path" => FieldSource::Path,
        "status" => FieldSource::Status,
        _ => {
            let known = "body, header, metadata, query, path and status";
            let reason = format!("is \"{name}\"; there are {known}");
            return Err(Error::invalid_argument("mismatchType", reason));
        }
    })
}

pub fn match_field_request(
    request: message::MatchFieldRequest,
) -> Result<MatchFieldRequest<'static>> {
    Ok(MatchFieldRequest {
        key: request.key.into(),
        rule: rule(required("rule", request.rule)?)?,
        path: request.path.into(),
        mismatch_type: field_source(&request.mismatch_type)?,
        expected: field_value(request.expected)?,
        actual: field_value(request.actual)?,
        plugin_configuration: configuration(request.plugin_configuration)?,
        test_context: optional_object(request.test_context)?,
    })
}

pub fn generate_field_request(
    request: message::GenerateFieldRequest,
) -> Result<GenerateFieldRequest<'static>> {
    Ok(GenerateFieldRequest {
        test_mode: test_mode(request.test_mode()),
        key: request.key.into(),
        generator: generator(required("generator", request.generator)?)?,
        path: request.path.into(),
        example: field_value(request.example_value)?,
        plugin_configuration: configuration(request.plugin_configuration)?,
        test_context: optional_object(request.test_context)?,
    })
}

fn interaction(contents: message::InteractionContents) -> Result<InteractionContents> {
    let name = contents.interaction_type;
    let unknown = || Error::invalid_argument("interactionType", format!("\"{name}\" is unknown"));
    Ok(InteractionContents {
        interaction_type: InteractionType::named(&name).ok_or_else(unknown)?,
        plugin_configuration: configuration(contents.plugin_configuration)?,
        consumer: contents.consumer,
        provider: contents.provider,
    })
}

fn required_interaction(
    contents: Option<message::InteractionContents>,
) -> Result<InteractionContents> {
    required("interactionContents", contents).and_then(interaction)
}

pub fn start_request(request: message::StartMockServerRequest) -> Result<StartMockServerRequest> {
    let no_port = |_| {
        let reason = format!("is {}; it must be from 0 to 65535", request.port);
        Error::invalid_argument("port", reason)
    };
    Ok(StartMockServerRequest {
        port: u16::try_from(request.port).map_err(no_port)?,
        host_interface: request.host_interface,
        tls: request.tls,
        interactions: request
            .interactions
            .into_iter()
            .map(interaction)
            .collect::<Result<_>>()?,
        test_context: optional_object(request.test_context)?,
    })
}

pub fn prepare_request(
    request: message::VerificationPreparationRequest,
) -> Result<PrepareInteractionRequest> {
    Ok(PrepareInteractionRequest {
        interaction: required_interaction(request.interaction_contents)?,
        config: optional_object(request.config)?,
        test_context: optional_object(request.test_context)?,
    })
}

fn metadata_value(value: message::MetadataValue) -> Result<MetadataValue> {
    use message::metadata_value::Value as Kind;
    Ok(match value.value {
        Some(Kind::BinaryValue(bytes)) => MetadataValue::Bytes(bytes),
        Some(Kind::NonBinaryValue(value)) => {
            let text = proto_value_to_json(&value).to_string();
            MetadataValue::Json(well_formed(Json::new(text))?)
        }
        None => MetadataValue::Json(well_formed(Json::new("null"))?),
    })
}

fn interaction_data(data: message::InteractionData) -> Result<InteractionData<'static>> {
    Ok(InteractionData {
        body: data.body.map(body),
        metadata: all(sorted(data.metadata, metadata_value))?,
    })
}

pub fn verify_request(
    request: message::VerifyInteractionRequest,
) -> Result<VerifyInteractionRequest<'static>> {
    Ok(VerifyInteractionRequest {
        interaction_data: interaction_data(request.interaction_data.unwrap_or_default())?,
        config: optional_object(request.config)?,
        interaction: required_interaction(request.interaction_contents)?,
        test_context: optional_object(request.test_context)?,
    })
}

/// An empty text is no text, in the protocol.
fn non_empty(text: String) -> Option<String> {
    Some(text).filter(|it| !it.is_empty())
}

fn mismatch(mismatch: message::ContentMismatch) -> Mismatch {
    Mismatch {
        expected: mismatch.expected,
        actual: mismatch.actual,
        description: mismatch.mismatch,
        path: mismatch.path,
        diff: non_empty(mismatch.diff),
        mismatch_type: non_empty(mismatch.mismatch_type),
    }
}

/// What the framework answered to a callback; its error is in a field.
pub fn comparison(
    response: message::CompareContentsResponse,
) -> std::result::Result<ContentsComparison, String> {
    use pact_wasm::model::ContentTypeMismatch;
    if !response.error.is_empty() {
        return Err(response.error);
    }
    Ok(match response.type_mismatch {
        Some(it) => ContentsComparison::ContentTypeMismatch(ContentTypeMismatch {
            expected: it.expected,
            actual: it.actual,
        }),
        None => ContentsComparison::Results(sorted(response.results, |list| {
            list.mismatches.into_iter().map(mismatch).collect()
        })),
    })
}

/// As [`comparison`].
pub fn field_mismatches(
    response: message::MatchFieldResponse,
) -> std::result::Result<Vec<Mismatch>, String> {
    if !response.error.is_empty() {
        return Err(response.error);
    }
    Ok(response.mismatches.into_iter().map(mismatch).collect())
}

/// As [`comparison`].
pub fn generated_field(
    response: message::GenerateFieldResponse,
) -> std::result::Result<FieldValue, String> {
    if !response.error.is_empty() {
        return Err(response.error);
    }
    field_value(response.value).map_err(|e| e.to_string())
}

/// As [`comparison`]; there is no field for an error.
pub fn generated_content(
    response: message::GenerateContentResponse,
) -> std::result::Result<Body<'static>, String> {
    let body = response.contents.map(body);
    body.ok_or_else(|| "the framework answered without a body".to_string())
}
