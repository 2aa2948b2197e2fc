//! Requests on their way from a plugin to a handler in C. The readers of the same structs are in `contents` and `fields`.

use super::contents::{
    PACTWASM_CONTENT_FOR_REQUEST, PACTWASM_CONTENT_FOR_RESPONSE, PACTWASM_TEST_MODE_CONSUMER,
    PACTWASM_TEST_MODE_PROVIDER, PACTWASM_TEST_MODE_UNKNOWN, PactWasmBody, PactWasmCompareRequest,
    PactWasmGenerateRequest, PactWasmPluginConfiguration, hint_number,
};
use super::fields::{
    GeneratedField, PACTWASM_SOURCE_BODY, PACTWASM_SOURCE_HEADER, PACTWASM_SOURCE_METADATA,
    PACTWASM_SOURCE_PATH, PACTWASM_SOURCE_QUERY, PACTWASM_SOURCE_STATUS, PactWasmFieldValue,
    PactWasmGenerateFieldRequest, PactWasmMatchFieldRequest,
};
use super::text::{Kept, PactWasmView};
use crate::model::{
    Body, CompareContentsRequest, ContentFor, ExpressionMap, FieldSource, FieldValue,
    GenerateContentRequest, GenerateFieldRequest, JsonObject, MatchFieldRequest,
    PluginConfiguration, TestMode,
};

/// Keeps what the structs point to.
#[derive(Default)]
pub struct Keeper {
    texts: Vec<Kept>,
    values: Vec<GeneratedField>,
}

impl Keeper {
    fn keep(&mut self, kept: Kept) -> PactWasmView {
        // The view is of the bytes on the heap, which stay where they are.
        let view = kept.view();
        self.texts.push(kept);
        view
    }

    pub fn text(&mut self, text: &str) -> PactWasmView {
        self.keep(Kept::new(text))
    }

    pub fn optional(&mut self, text: Option<&str>) -> PactWasmView {
        self.keep(Kept::optional(text))
    }

    fn json(&mut self, json: Option<&JsonObject>) -> PactWasmView {
        self.keep(Kept::json(json))
    }

    fn map<T: serde::Serialize>(&mut self, map: &ExpressionMap<T>) -> PactWasmView {
        // Texts, lists and JSON of our own: serialising them does not fail.
        let text = serde_json::to_string(map).unwrap_or_default();
        self.keep(Kept::optional((!map.0.is_empty()).then_some(text)))
    }

    fn body(&mut self, body: &Body<'_>) -> PactWasmBody {
        PactWasmBody {
            content_type: self.text(&body.content_type),
            content: self.keep(Kept::optional(body.content.as_deref())),
            hint: hint_number(body.hint),
        }
    }

    fn configuration(
        &mut self,
        configuration: Option<&PluginConfiguration>,
    ) -> PactWasmPluginConfiguration {
        let interaction = configuration.and_then(|it| it.interaction_configuration.as_ref());
        let pact = configuration.and_then(|it| it.pact_configuration.as_ref());
        PactWasmPluginConfiguration {
            interaction_json: self.json(interaction),
            pact_json: self.json(pact),
        }
    }

    fn value(&mut self, value: &FieldValue) -> PactWasmFieldValue {
        let kept = GeneratedField::from(value.clone());
        let view = kept.view();
        self.values.push(kept);
        view
    }

    pub fn compare_request(&mut self, it: &CompareContentsRequest<'_>) -> PactWasmCompareRequest {
        PactWasmCompareRequest {
            size: size_of::<PactWasmCompareRequest>(),
            expected: self.body(&it.expected),
            actual: self.body(&it.actual),
            allow_unexpected_keys: it.allow_unexpected_keys.into(),
            rules_json: self.map(&it.rules),
            plugin_configuration: self.configuration(it.plugin_configuration.as_ref()),
            test_context_json: self.json(it.test_context.as_ref()),
        }
    }

    pub fn generate_request(&mut self, it: &GenerateContentRequest<'_>) -> PactWasmGenerateRequest {
        PactWasmGenerateRequest {
            size: size_of::<PactWasmGenerateRequest>(),
            body: self.body(&it.body),
            generators_json: self.map(&it.generators),
            plugin_configuration: self.configuration(it.plugin_configuration.as_ref()),
            test_context_json: self.json(it.test_context.as_ref()),
            test_mode: test_mode(it.test_mode),
            content_for: match it.content_for {
                ContentFor::Request => PACTWASM_CONTENT_FOR_REQUEST,
                ContentFor::Response => PACTWASM_CONTENT_FOR_RESPONSE,
            },
        }
    }

    pub fn match_field_request(&mut self, it: &MatchFieldRequest<'_>) -> PactWasmMatchFieldRequest {
        PactWasmMatchFieldRequest {
            size: size_of::<PactWasmMatchFieldRequest>(),
            key: self.text(&it.key),
            rule_type: self.text(&it.rule.rule_type),
            rule_values_json: self.json(it.rule.values.as_ref()),
            path: self.text(&it.path),
            source: match it.mismatch_type {
                FieldSource::Body => PACTWASM_SOURCE_BODY,
                FieldSource::Header => PACTWASM_SOURCE_HEADER,
                FieldSource::Metadata => PACTWASM_SOURCE_METADATA,
                FieldSource::Query => PACTWASM_SOURCE_QUERY,
                FieldSource::Path => PACTWASM_SOURCE_PATH,
                FieldSource::Status => PACTWASM_SOURCE_STATUS,
            },
            expected: self.value(&it.expected),
            actual: self.value(&it.actual),
            plugin_configuration: self.configuration(it.plugin_configuration.as_ref()),
            test_context_json: self.json(it.test_context.as_ref()),
        }
    }

    pub fn generate_field_request(
        &mut self,
        it: &GenerateFieldRequest<'_>,
    ) -> PactWasmGenerateFieldRequest {
        PactWasmGenerateFieldRequest {
            size: size_of::<PactWasmGenerateFieldRequest>(),
            key: self.text(&it.key),
            generator_type: self.text(&it.generator.generator_type),
            generator_values_json: self.json(it.generator.values.as_ref()),
            path: self.text(&it.path),
            example: self.value(&it.example),
            plugin_configuration: self.configuration(it.plugin_configuration.as_ref()),
            test_context_json: self.json(it.test_context.as_ref()),
            test_mode: test_mode(it.test_mode),
        }
    }
}

fn test_mode(mode: TestMode) -> i32 {
    match mode {
        TestMode::Unknown => PACTWASM_TEST_MODE_UNKNOWN,
        TestMode::Consumer => PACTWASM_TEST_MODE_CONSUMER,
        TestMode::Provider => PACTWASM_TEST_MODE_PROVIDER,
    }
}
