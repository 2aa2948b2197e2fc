//! What goes into a plugin: requests of its operations, borrowed, and results of what it asked of the host, owned.
//!
//! The bindings borrow lists as slices, so a list of records that hold lists needs its inner lists built first; the
//! functions that return `Vec`s do that.

use crate::model::{
    Body, CatalogueEntry, CompareContentsRequest, ConfigureInteractionRequest, ContentFor,
    ContentTypeHint, ContentsComparison, EntryType, ExpressionMap, FieldSource, FieldValue,
    GenerateContentRequest, GenerateFieldRequest, Generator, Generators, InitRequest,
    InteractionContents, InteractionData, InteractionType, JsonObject, MatchFieldRequest,
    MatchingRule, MetadataValue, Mismatch, PluginConfiguration, PrepareInteractionRequest, Rules,
    StartMockServerRequest, TestMode, VerifyInteractionRequest,
};
use crate::runtime::bindings::pact::plugin::types as wit;

pub fn init_request<'a>(
    request: &'a InitRequest,
    capabilities: &'a [&'a str],
) -> wit::InitRequest<'a> {
    wit::InitRequest {
        implementation: &request.implementation,
        version: &request.version,
        host_capabilities: capabilities,
        plugin_instance_id: &request.plugin_instance_id,
    }
}

pub fn entry_values(entries: &[CatalogueEntry]) -> Vec<Vec<(&str, &str)>> {
    fn pairs(entry: &CatalogueEntry) -> Vec<(&str, &str)> {
        let ExpressionMap(values) = &entry.values;
        values
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect()
    }
    entries.iter().map(pairs).collect()
}

pub fn entries<'a>(
    entries: &'a [CatalogueEntry],
    values: &'a [Vec<(&'a str, &'a str)>],
) -> Vec<wit::CatalogueEntryParam<'a>> {
    let convert = |(entry, values): (&'a CatalogueEntry, &'a Vec<(&'a str, &'a str)>)| {
        wit::CatalogueEntryParam {
            entry_type: match entry.entry_type {
                EntryType::ContentMatcher => wit::EntryType::ContentMatcher,
                EntryType::ContentGenerator => wit::EntryType::ContentGenerator,
                EntryType::Transport => wit::EntryType::Transport,
                EntryType::Matcher => wit::EntryType::Matcher,
                EntryType::Interaction => wit::EntryType::Interaction,
                EntryType::Generator => wit::EntryType::Generator,
            },
            key: &entry.key,
            values,
        }
    };
    entries.iter().zip(values).map(convert).collect()
}

pub fn configure_request<'a>(
    request: &'a ConfigureInteractionRequest<'_>,
) -> wit::ConfigureInteractionRequest<'a> {
    wit::ConfigureInteractionRequest {
        content_type: &request.content_type,
        contents_config: request.contents_config.as_str(),
        test_context: json_text(request.test_context.as_ref()),
    }
}

pub fn rule_lists(rules: &Rules) -> Vec<Vec<wit::MatchingRuleParam<'_>>> {
    rules
        .0
        .iter()
        .map(|(_, list)| list.iter().map(matching_rule).collect())
        .collect()
}

pub fn rules<'a>(
    rules: &'a Rules,
    lists: &'a [Vec<wit::MatchingRuleParam<'a>>],
) -> Vec<(&'a str, &'a [wit::MatchingRuleParam<'a>])> {
    rules
        .0
        .iter()
        .zip(lists)
        .map(|((path, _), list)| (path.as_str(), list.as_slice()))
        .collect()
}

pub fn compare_request<'a>(
    request: &'a CompareContentsRequest<'_>,
    rules: wit::RulesParam<'a>,
) -> wit::CompareContentsRequestParam<'a> {
    wit::CompareContentsRequestParam {
        expected: borrowed_body(&request.expected),
        actual: borrowed_body(&request.actual),
        allow_unexpected_keys: request.allow_unexpected_keys,
        rules,
        plugin_configuration: configuration(request.plugin_configuration.as_ref()),
        test_context: json_text(request.test_context.as_ref()),
    }
}

pub fn generators(generators: &Generators) -> Vec<(&str, wit::GeneratorParam<'_>)> {
    generators
        .0
        .iter()
        .map(|(path, generator)| (path.as_str(), self::generator(generator)))
        .collect()
}

pub fn generate_request<'a>(
    request: &'a GenerateContentRequest<'_>,
    generators: wit::GeneratorsParam<'a>,
) -> wit::GenerateContentRequestParam<'a> {
    wit::GenerateContentRequestParam {
        body: borrowed_body(&request.body),
        generators,
        plugin_configuration: configuration(request.plugin_configuration.as_ref()),
        test_context: json_text(request.test_context.as_ref()),
        test_mode: test_mode(request.test_mode),
        content_for: match request.content_for {
            ContentFor::Request => wit::ContentFor::Request,
            ContentFor::Response => wit::ContentFor::Response,
        },
    }
}

fn borrowed_body<'a>(body: &'a Body<'_>) -> wit::BodyParam<'a> {
    wit::BodyParam {
        content_type: &body.content_type,
        content: body.content.as_deref(),
        hint: hint(body.hint),
    }
}

fn configuration(
    configuration: Option<&PluginConfiguration>,
) -> Option<wit::PluginConfigurationParam<'_>> {
    configuration.map(|configuration| wit::PluginConfigurationParam {
        interaction_configuration: json_text(configuration.interaction_configuration.as_ref()),
        pact_configuration: json_text(configuration.pact_configuration.as_ref()),
    })
}

fn json_text(json: Option<&JsonObject>) -> Option<&str> {
    json.map(JsonObject::as_str)
}

pub fn match_field_request<'a>(
    request: &'a MatchFieldRequest<'_>,
) -> wit::MatchFieldRequestParam<'a> {
    wit::MatchFieldRequestParam {
        key: &request.key,
        rule: matching_rule(&request.rule),
        path: &request.path,
        mismatch_type: match request.mismatch_type {
            FieldSource::Body => wit::FieldSource::Body,
            FieldSource::Header => wit::FieldSource::Header,
            FieldSource::Metadata => wit::FieldSource::Metadata,
            FieldSource::Query => wit::FieldSource::Query,
            FieldSource::Path => wit::FieldSource::Path,
            FieldSource::Status => wit::FieldSource::Status,
        },
        expected: borrowed_value(&request.expected),
        actual: borrowed_value(&request.actual),
        plugin_configuration: configuration(request.plugin_configuration.as_ref()),
        test_context: json_text(request.test_context.as_ref()),
    }
}

pub fn generate_field_request<'a>(
    request: &'a GenerateFieldRequest<'_>,
) -> wit::GenerateFieldRequestParam<'a> {
    wit::GenerateFieldRequestParam {
        key: &request.key,
        generator: generator(&request.generator),
        path: &request.path,
        example: borrowed_value(&request.example),
        plugin_configuration: configuration(request.plugin_configuration.as_ref()),
        test_context: json_text(request.test_context.as_ref()),
        test_mode: test_mode(request.test_mode),
    }
}

fn matching_rule(rule: &MatchingRule) -> wit::MatchingRuleParam<'_> {
    wit::MatchingRuleParam {
        type_: &rule.rule_type,
        values: json_text(rule.values.as_ref()),
    }
}

fn generator(generator: &Generator) -> wit::GeneratorParam<'_> {
    wit::GeneratorParam {
        type_: &generator.generator_type,
        values: json_text(generator.values.as_ref()),
    }
}

fn borrowed_value(value: &FieldValue) -> wit::FieldValueParam<'_> {
    match value {
        FieldValue::Null => wit::FieldValueParam::Null,
        FieldValue::Boolean(value) => wit::FieldValueParam::Boolean(*value),
        FieldValue::Text(text) => wit::FieldValueParam::Text(text),
        FieldValue::Integer(number) => wit::FieldValueParam::Integer(*number),
        FieldValue::Decimal(number) => wit::FieldValueParam::Decimal(*number),
        FieldValue::Bytes(bytes) => wit::FieldValueParam::Bytes(bytes),
        FieldValue::Json(json) => wit::FieldValueParam::Json(json.as_str()),
    }
}

fn test_mode(mode: TestMode) -> wit::TestMode {
    match mode {
        TestMode::Unknown => wit::TestMode::Unknown,
        TestMode::Consumer => wit::TestMode::Consumer,
        TestMode::Provider => wit::TestMode::Provider,
    }
}

pub fn interactions(list: &[InteractionContents]) -> Vec<wit::InteractionContents<'_>> {
    list.iter().map(interaction).collect()
}

fn interaction(interaction: &InteractionContents) -> wit::InteractionContents<'_> {
    wit::InteractionContents {
        interaction_type: match interaction.interaction_type {
            InteractionType::SynchronousHttp => wit::InteractionType::SynchronousHttp,
            InteractionType::AsynchronousMessages => wit::InteractionType::AsynchronousMessages,
            InteractionType::SynchronousMessages => wit::InteractionType::SynchronousMessages,
        },
        plugin_configuration: configuration(interaction.plugin_configuration.as_ref()),
        consumer: &interaction.consumer,
        provider: &interaction.provider,
    }
}

pub fn start_request<'a>(
    request: &'a StartMockServerRequest,
    interactions: &'a [wit::InteractionContents<'a>],
) -> wit::StartMockServerRequest<'a> {
    wit::StartMockServerRequest {
        host_interface: &request.host_interface,
        port: request.port,
        tls: request.tls,
        interactions,
        test_context: json_text(request.test_context.as_ref()),
    }
}

pub fn prepare_request(request: &PrepareInteractionRequest) -> wit::PrepareInteractionRequest<'_> {
    wit::PrepareInteractionRequest {
        interaction: interaction(&request.interaction),
        config: json_text(request.config.as_ref()),
        test_context: json_text(request.test_context.as_ref()),
    }
}

pub fn metadata<'a>(data: &'a InteractionData<'_>) -> Vec<(&'a str, wit::MetadataValueParam<'a>)> {
    let value = |value: &'a MetadataValue| match value {
        MetadataValue::Json(json) => wit::MetadataValueParam::Json(json.as_str()),
        MetadataValue::Bytes(bytes) => wit::MetadataValueParam::Bytes(bytes),
    };
    let ExpressionMap(metadata) = &data.metadata;
    metadata
        .iter()
        .map(|(name, it)| (name.as_str(), value(it)))
        .collect()
}

pub fn verify_request<'a>(
    request: &'a VerifyInteractionRequest<'_>,
    metadata: &'a [(&'a str, wit::MetadataValueParam<'a>)],
) -> wit::VerifyInteractionRequest<'a> {
    wit::VerifyInteractionRequest {
        interaction_data: wit::InteractionDataParam {
            body: request.interaction_data.body.as_ref().map(borrowed_body),
            metadata,
        },
        config: json_text(request.config.as_ref()),
        interaction: interaction(&request.interaction),
        test_context: json_text(request.test_context.as_ref()),
    }
}

// ---- results ----

pub fn comparison(comparison: ContentsComparison) -> wit::ContentsComparison {
    match comparison {
        ContentsComparison::ContentTypeMismatch(types) => {
            wit::ContentsComparison::ContentTypeMismatch(wit::ContentTypeMismatch {
                expected: types.expected,
                actual: types.actual,
            })
        }
        ContentsComparison::Results(results) => {
            let lists = results
                .0
                .into_iter()
                .map(|(path, list)| (path, mismatches(list)));
            wit::ContentsComparison::Results(lists.collect())
        }
    }
}

pub fn mismatches(list: Vec<Mismatch>) -> Vec<wit::Mismatch> {
    list.into_iter().map(mismatch).collect()
}

pub fn mismatch(mismatch: Mismatch) -> wit::Mismatch {
    wit::Mismatch {
        expected: mismatch.expected,
        actual: mismatch.actual,
        description: mismatch.description,
        path: mismatch.path,
        diff: mismatch.diff,
        mismatch_type: mismatch.mismatch_type,
    }
}

pub fn body(body: Body<'static>) -> wit::BodyResult {
    wit::BodyResult {
        content_type: body.content_type.into_owned(),
        content: body.content.map(std::borrow::Cow::into_owned),
        hint: hint(body.hint),
    }
}

pub fn field_value(value: FieldValue) -> wit::FieldValueResult {
    match value {
        FieldValue::Null => wit::FieldValueResult::Null,
        FieldValue::Boolean(value) => wit::FieldValueResult::Boolean(value),
        FieldValue::Text(text) => wit::FieldValueResult::Text(text),
        FieldValue::Integer(number) => wit::FieldValueResult::Integer(number),
        FieldValue::Decimal(number) => wit::FieldValueResult::Decimal(number),
        FieldValue::Bytes(bytes) => wit::FieldValueResult::Bytes(bytes),
        FieldValue::Json(json) => wit::FieldValueResult::Json(json.as_str().to_string()),
    }
}

fn hint(hint: ContentTypeHint) -> wit::ContentTypeHint {
    match hint {
        ContentTypeHint::Default => wit::ContentTypeHint::Default,
        ContentTypeHint::Text => wit::ContentTypeHint::Text,
        ContentTypeHint::Binary => wit::ContentTypeHint::Binary,
    }
}
