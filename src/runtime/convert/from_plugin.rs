//! What comes out of a plugin: results of its operations, and requests to the host. JSON is checked here, so that nobody
//! behind the host meets broken JSON.

use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Body, CatalogueEntry, CompareContentsRequest, ConfigureInteractionResponse, ContentFor,
    ContentTypeHint, ContentTypeMismatch, ContentsComparison, EntryType, ExpressionMap,
    FieldSource, FieldValue, GenerateContentRequest, GenerateFieldRequest, Generator, Generators,
    InitResponse, InteractionData, InteractionResponse, Json, JsonObject, JsonStructure,
    MarkupType, MatchFieldRequest, MatchTextsRequest, MatchingRule, MetadataValue, Mismatch,
    MockServer, MockServerResult, MockServerResults, PluginConfiguration, Rules, TestMode, Texts,
    VerificationFailure, VerificationResult,
};
use crate::runtime::bindings::pact::plugin::types as wit;

pub fn init_response(response: wit::InitResponse) -> InitResponse {
    let entry = |entry: wit::CatalogueEntryResult| CatalogueEntry {
        entry_type: match entry.entry_type {
            wit::EntryType::ContentMatcher => EntryType::ContentMatcher,
            wit::EntryType::ContentGenerator => EntryType::ContentGenerator,
            wit::EntryType::Transport => EntryType::Transport,
            wit::EntryType::Matcher => EntryType::Matcher,
            wit::EntryType::Interaction => EntryType::Interaction,
            wit::EntryType::Generator => EntryType::Generator,
        },
        key: entry.key,
        values: ExpressionMap(entry.values),
    };
    InitResponse {
        catalogue: response.catalogue.into_iter().map(entry).collect(),
        plugin_capabilities: response.plugin_capabilities,
    }
}

pub fn init_failure(failure: wit::InitFailure) -> ErrorKind {
    let wit::InitFailure {
        message,
        missing_capabilities: missing,
    } = failure;
    if missing.is_empty() {
        ErrorKind::InitFailed { message }
    } else {
        ErrorKind::MissingCapabilities { message, missing }
    }
}

pub fn configure_response(
    response: wit::ConfigureInteractionResponse,
) -> Result<ConfigureInteractionResponse> {
    Ok(ConfigureInteractionResponse {
        interactions: response
            .interactions
            .into_iter()
            .map(interaction)
            .collect::<Result<_>>()?,
        plugin_configuration: checked_configuration(response.plugin_configuration)?,
    })
}

fn interaction(response: wit::InteractionResponse) -> Result<InteractionResponse> {
    Ok(InteractionResponse {
        contents: response.contents.map(owned_body),
        rules: checked_rules("rules", response.rules)?,
        generators: checked_generators("generators", response.generators)?,
        message_metadata: checked("message-metadata", response.message_metadata)?,
        plugin_configuration: checked_configuration(response.plugin_configuration)?,
        interaction_markup: response.interaction_markup,
        interaction_markup_type: match response.interaction_markup_type {
            wit::MarkupType::CommonMark => MarkupType::CommonMark,
            wit::MarkupType::Html => MarkupType::Html,
        },
        part_name: response.part_name,
        metadata_rules: checked_rules("metadata-rules", response.metadata_rules)?,
        metadata_generators: checked_generators(
            "metadata-generators",
            response.metadata_generators,
        )?,
    })
}

pub fn comparison(comparison: wit::ContentsComparison) -> ContentsComparison {
    match comparison {
        wit::ContentsComparison::ContentTypeMismatch(mismatch) => {
            let wit::ContentTypeMismatch { expected, actual } = mismatch;
            ContentsComparison::ContentTypeMismatch(ContentTypeMismatch { expected, actual })
        }
        wit::ContentsComparison::Results(results) => {
            let results = results
                .into_iter()
                .map(|(path, list)| (path, mismatches(list)));
            ContentsComparison::Results(ExpressionMap::merged(results))
        }
    }
}

pub fn mismatches(list: Vec<wit::Mismatch>) -> Vec<Mismatch> {
    list.into_iter().map(mismatch).collect()
}

pub fn field_value(value: wit::FieldValueResult) -> Result<FieldValue> {
    Ok(match value {
        wit::FieldValueResult::Null => FieldValue::Null,
        wit::FieldValueResult::Boolean(value) => FieldValue::Boolean(value),
        wit::FieldValueResult::Text(text) => FieldValue::Text(text),
        wit::FieldValueResult::Integer(number) => FieldValue::Integer(number),
        wit::FieldValueResult::Decimal(number) => FieldValue::Decimal(number),
        wit::FieldValueResult::Bytes(bytes) => FieldValue::Bytes(bytes),
        wit::FieldValueResult::Json(text) => {
            let structure = JsonStructure::new(text);
            FieldValue::Json(structure.map_err(|e| invalid("field-value", e.to_string()))?)
        }
    })
}

fn mismatch(mismatch: wit::Mismatch) -> Mismatch {
    Mismatch {
        expected: mismatch.expected,
        actual: mismatch.actual,
        description: mismatch.description,
        path: mismatch.path,
        diff: mismatch.diff,
        mismatch_type: mismatch.mismatch_type,
    }
}

pub fn owned_body(body: wit::BodyResult) -> Body<'static> {
    Body {
        content_type: body.content_type.into(),
        content: body.content.map(Into::into),
        hint: match body.hint {
            wit::ContentTypeHint::Default => ContentTypeHint::Default,
            wit::ContentTypeHint::Text => ContentTypeHint::Text,
            wit::ContentTypeHint::Binary => ContentTypeHint::Binary,
        },
    }
}

pub fn mock_server(server: wit::MockServer) -> MockServer {
    MockServer {
        key: server.key,
        port: server.port,
        address: server.address,
    }
}

pub fn mock_server_results(results: wit::MockServerResults) -> MockServerResults {
    let result = |result: wit::MockServerResult| MockServerResult {
        path: result.path,
        error: result.error,
        mismatches: mismatches(result.mismatches),
    };
    MockServerResults {
        ok: results.ok,
        results: results.results.into_iter().map(result).collect(),
    }
}

pub fn interaction_data(data: wit::InteractionDataResult) -> Result<InteractionData<'static>> {
    let value = |name: &str, value| match value {
        wit::MetadataValueResult::Bytes(bytes) => Ok(MetadataValue::Bytes(bytes)),
        wit::MetadataValueResult::Json(text) => {
            let json = Json::new(text);
            let reason = |e| invalid("metadata", format!("\"{name}\": {e}"));
            json.map(MetadataValue::Json).map_err(reason)
        }
    };
    let entry = |(name, it): (String, _)| {
        let value = value(&name, it)?;
        Ok((name, value))
    };
    let metadata = data
        .metadata
        .into_iter()
        .map(entry)
        .collect::<Result<_>>()?;
    let metadata = ExpressionMap(metadata);
    if let Some(twice) = metadata.twice() {
        let reason = format!("the name \"{twice}\" occurs twice");
        return Err(invalid("metadata", reason));
    }
    Ok(InteractionData {
        body: data.body.map(owned_body),
        metadata,
    })
}

pub fn verification_result(result: wit::VerificationResult) -> Result<VerificationResult> {
    let failure = |failure| match failure {
        wit::VerificationFailure::Error(message) => VerificationFailure::Error(message),
        wit::VerificationFailure::Mismatch(it) => VerificationFailure::Mismatch(mismatch(it)),
    };
    Ok(VerificationResult {
        success: result.success,
        response: result.response.map(interaction_data).transpose()?,
        failures: result.failures.into_iter().map(failure).collect(),
        output: result.output,
    })
}

// ---- requests to the host ----

pub fn compare_request(
    request: wit::CompareContentsRequestResult,
) -> Result<CompareContentsRequest<'static>> {
    Ok(CompareContentsRequest {
        expected: owned_body(request.expected),
        actual: owned_body(request.actual),
        allow_unexpected_keys: request.allow_unexpected_keys,
        rules: checked_rules("rules", request.rules)?,
        plugin_configuration: checked_configuration(request.plugin_configuration)?,
        test_context: checked("test-context", request.test_context)?,
    })
}

pub fn generate_request(
    request: wit::GenerateContentRequestResult,
) -> Result<GenerateContentRequest<'static>> {
    Ok(GenerateContentRequest {
        body: owned_body(request.body),
        generators: checked_generators("generators", request.generators)?,
        plugin_configuration: checked_configuration(request.plugin_configuration)?,
        test_context: checked("test-context", request.test_context)?,
        test_mode: test_mode(request.test_mode),
        content_for: match request.content_for {
            wit::ContentFor::Request => ContentFor::Request,
            wit::ContentFor::Response => ContentFor::Response,
        },
    })
}

pub fn match_field_request(
    request: wit::MatchFieldRequestResult,
) -> Result<MatchFieldRequest<'static>> {
    Ok(MatchFieldRequest {
        key: request.key.into(),
        rule: matching_rule("rule", request.rule)?,
        path: request.path.into(),
        mismatch_type: field_source(request.mismatch_type),
        expected: field_value(request.expected)?,
        actual: field_value(request.actual)?,
        plugin_configuration: checked_configuration(request.plugin_configuration)?,
        test_context: checked("test-context", request.test_context)?,
    })
}

pub fn match_texts_request(request: wit::MatchTextsRequest) -> Result<MatchTextsRequest> {
    let texts = Texts::new(request.texts, request.ends);
    Ok(MatchTextsRequest {
        rule: matching_rule("rule", request.rule)?,
        path: request.path,
        mismatch_type: field_source(request.mismatch_type),
        expected: request.expected,
        texts: texts.map_err(|reason| invalid("ends", reason))?,
        plugin_configuration: checked_configuration(request.plugin_configuration)?,
        test_context: checked("test-context", request.test_context)?,
    })
}

fn field_source(source: wit::FieldSource) -> FieldSource {
    match source {
        wit::FieldSource::Body => FieldSource::Body,
        wit::FieldSource::Header => FieldSource::Header,
        wit::FieldSource::Metadata => FieldSource::Metadata,
        wit::FieldSource::Query => FieldSource::Query,
        wit::FieldSource::Path => FieldSource::Path,
        wit::FieldSource::Status => FieldSource::Status,
    }
}

pub fn generate_field_request(
    request: wit::GenerateFieldRequestResult,
) -> Result<GenerateFieldRequest<'static>> {
    Ok(GenerateFieldRequest {
        key: request.key.into(),
        generator: generator("generator", request.generator)?,
        path: request.path.into(),
        example: field_value(request.example)?,
        plugin_configuration: checked_configuration(request.plugin_configuration)?,
        test_context: checked("test-context", request.test_context)?,
        test_mode: test_mode(request.test_mode),
    })
}

fn test_mode(mode: wit::TestMode) -> TestMode {
    match mode {
        wit::TestMode::Unknown => TestMode::Unknown,
        wit::TestMode::Consumer => TestMode::Consumer,
        wit::TestMode::Provider => TestMode::Provider,
    }
}

// ---- what both have ----

fn matching_rule(field: &'static str, rule: wit::MatchingRuleResult) -> Result<MatchingRule> {
    Ok(MatchingRule {
        values: checked(field, rule.values)?,
        rule_type: rule.type_,
    })
}

fn generator(field: &'static str, generator: wit::GeneratorResult) -> Result<Generator> {
    Ok(Generator {
        values: checked(field, generator.values)?,
        generator_type: generator.type_,
    })
}

fn checked_rules(field: &'static str, rules: wit::RulesResult) -> Result<Rules> {
    by_expression(field, rules, |list: Vec<_>| {
        list.into_iter()
            .map(|rule| matching_rule(field, rule))
            .collect()
    })
}

fn checked_generators(
    field: &'static str,
    generators: wit::GeneratorsResult,
) -> Result<Generators> {
    by_expression(field, generators, |it| generator(field, it))
}

fn by_expression<W, T>(
    field: &'static str,
    entries: Vec<(String, W)>,
    convert: impl Fn(W) -> Result<T>,
) -> Result<ExpressionMap<T>> {
    let entries = entries
        .into_iter()
        .map(|(expression, value)| Ok((expression, convert(value)?)));
    let map = entries.collect::<Result<_>>().map(ExpressionMap)?;
    match map.twice() {
        None => Ok(map),
        Some(twice) => Err(invalid(
            field,
            format!("the expression \"{twice}\" occurs twice"),
        )),
    }
}

fn checked_configuration(
    configuration: Option<wit::PluginConfigurationResult>,
) -> Result<Option<PluginConfiguration>> {
    let Some(configuration) = configuration else {
        return Ok(None);
    };
    Ok(Some(PluginConfiguration {
        interaction_configuration: checked(
            "interaction-configuration",
            configuration.interaction_configuration,
        )?,
        pact_configuration: checked("pact-configuration", configuration.pact_configuration)?,
    }))
}

/// Everything JSON-shaped that a plugin hands over is checked here, so that nobody behind the host meets broken JSON.
pub fn checked(field: &'static str, json: Option<String>) -> Result<Option<JsonObject>> {
    let Some(text) = json else { return Ok(None) };
    JsonObject::new(text)
        .map(Some)
        .map_err(|e| invalid(field, e.to_string()))
}

fn invalid(field: &'static str, reason: String) -> Error {
    ErrorKind::InvalidResponse {
        field: field.to_string(),
        reason,
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn a_value_of_the_kind_json_is_a_structure() {
        let read = |text: &str| field_value(wit::FieldValueResult::Json(text.into()));
        assert!(read("[2]").is_ok());
        for text in ["2", "\"a\"", "null", "[2"] {
            assert_eq!(read(text).unwrap_err().code(), Code::InvalidResponse);
        }
    }

    #[test]
    fn mismatches_that_come_twice_under_one_expression_all_count() {
        let list = |description: &str| {
            let mismatch = wit::Mismatch {
                expected: None,
                actual: None,
                description: description.into(),
                path: "$".into(),
                diff: None,
                mismatch_type: None,
            };
            ("$".to_string(), vec![mismatch])
        };
        let results = vec![list("one"), list("two")];
        let read = comparison(wit::ContentsComparison::Results(results));
        let ContentsComparison::Results(ExpressionMap(results)) = read else {
            panic!("results")
        };
        let [(_, list)] = &results[..] else {
            panic!("one expression")
        };
        let descriptions: Vec<_> = list.iter().map(|it| it.description.as_str()).collect();
        assert_eq!(descriptions, ["one", "two"]);
    }
}
