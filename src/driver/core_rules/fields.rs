//! Rules and generators for single values.

use std::collections::HashMap;

use pact_matching::generators::DefaultVariantMatcher;
use pact_matching::matchingrules::DoMatch;
use pact_models::generators::{GenerateValue, Generator, VariantMatcher};
use pact_models::matchingrules::MatchingRule;
use serde_json::{Map, Value};

use super::values::{self, PactValue};
use crate::driver::core::{Answer, CoreCall, FieldGenerator, FieldMatcher};
use crate::model::{
    FieldSource, FieldValue, GenerateFieldRequest, MatchFieldRequest, MatchTextsRequest, Mismatch,
};

/// How many texts are checked between two looks at the clock.
const TEXTS_PER_CHECK: usize = 256;

/// Applies a rule that looks at one value.
pub struct FieldRule;

impl FieldMatcher for FieldRule {
    fn match_field(
        &self,
        call: &CoreCall<'_>,
        request: &MatchFieldRequest<'_>,
    ) -> Answer<Vec<Mismatch>> {
        let rule = single_value_rule(call, &request.rule)?;
        let expected = PactValue::of(&request.expected)?;
        let actual = PactValue::of(&request.actual)?;
        Ok(apply(&rule, &expected, &actual)?
            .map(|description| {
                let (expected, actual) = (expected.shown(), actual.shown());
                mismatch(
                    expected,
                    actual,
                    description,
                    &request.path,
                    request.mismatch_type,
                )
            })
            .into_iter()
            .collect())
    }

    fn match_texts(
        &self,
        call: &CoreCall<'_>,
        request: &MatchTextsRequest,
    ) -> Answer<Vec<(u32, Mismatch)>> {
        let rule = single_value_rule(call, &request.rule)?;
        let expected = request.expected.as_str();
        let regex = compiled(&rule);
        let mut mismatches = Vec::new();
        for (number, text) in request.texts.iter().enumerate() {
            if number % TEXTS_PER_CHECK == 0 {
                call.call.check().map_err(|error| error.to_string())?;
            }
            if regex.as_ref().is_some_and(|regex| regex.is_match(text)) {
                continue;
            }
            if let Err(error) = rule.match_value(expected, text, false, true) {
                let (expected, actual) = (expected.into(), text.into());
                let found = mismatch(
                    expected,
                    actual,
                    error.to_string(),
                    &request.path,
                    request.mismatch_type,
                );
                // Texts are counted in 32 bits: their ends are.
                mismatches.push((u32::try_from(number).unwrap_or(u32::MAX), found));
            }
        }
        Ok(mismatches)
    }
}

/// The regular expression of a rule. Pact's crates compile it anew for each text, which takes longer than matching; so they
/// are only asked about texts that do not match, for the message.
fn compiled(rule: &MatchingRule) -> Option<onig::Regex> {
    match rule {
        MatchingRule::Regex(regex) => onig::Regex::new(regex).ok(),
        _ => None,
    }
}

/// The rule to apply. Pact's crates let a rule for collections pass on single values without looking, so it is refused.
fn single_value_rule(
    call: &CoreCall<'_>,
    rule: &crate::model::MatchingRule,
) -> Answer<MatchingRule> {
    let rule = values::rule(&call.entry.entry.key, rule)?;
    match rule {
        MatchingRule::Values
        | MatchingRule::ArrayContains(_)
        | MatchingRule::EachKey(_)
        | MatchingRule::EachValue(_) => Err(not_for_one_value(&rule.name())),
        rule => Ok(rule),
    }
}

/// Applies a rule. `Some` says how the actual value breaks it.
fn apply(rule: &MatchingRule, expected: &PactValue, actual: &PactValue) -> Answer<Option<String>> {
    let verdict = match (expected, actual) {
        // The rules for JSON do not look at status codes.
        (_, PactValue::Json(actual)) if matches!(rule, MatchingRule::StatusCode(_)) => {
            let text = actual
                .as_str()
                .map_or_else(|| actual.to_string(), str::to_string);
            rule.match_value("", text.as_str(), false, true)
        }
        (PactValue::Json(expected), PactValue::Json(actual)) => {
            rule.match_value(expected, actual, false, true)
        }
        _ => match (expected.as_bytes(), actual.as_bytes()) {
            (Some(expected), Some(actual)) => rule.match_value(&expected, &actual, false, true),
            _ => {
                let name = rule.name();
                return Err(format!(
                    "\"{name}\" cannot compare bytes with what is neither bytes nor text"
                ));
            }
        },
    };
    Ok(verdict.err().map(|error| error.to_string()))
}

fn mismatch(
    expected: Vec<u8>,
    actual: Vec<u8>,
    description: String,
    path: &str,
    source: FieldSource,
) -> Mismatch {
    Mismatch {
        expected: Some(expected),
        actual: Some(actual),
        description,
        path: path.to_string(),
        diff: None,
        mismatch_type: Some(source.name().to_string()),
    }
}

/// Answers for rules that look at a collection as a whole.
pub struct CollectionRule;

impl FieldMatcher for CollectionRule {
    fn match_field(
        &self,
        call: &CoreCall<'_>,
        _request: &MatchFieldRequest<'_>,
    ) -> Answer<Vec<Mismatch>> {
        Err(not_for_one_value(&call.entry.entry.key))
    }

    fn match_texts(
        &self,
        call: &CoreCall<'_>,
        _request: &MatchTextsRequest,
    ) -> Answer<Vec<(u32, Mismatch)>> {
        Err(not_for_one_value(&call.entry.entry.key))
    }
}

fn not_for_one_value(rule: &str) -> String {
    format!(
        "\"{rule}\" looks at a collection as a whole, so it cannot be applied to one value; compare the collection with a \
         content matcher"
    )
}

/// Makes one value.
pub struct ValueGenerator;

impl FieldGenerator for ValueGenerator {
    fn generate_field(
        &self,
        call: &CoreCall<'_>,
        request: &GenerateFieldRequest<'_>,
    ) -> Answer<FieldValue> {
        let generator = values::generator(&call.entry.entry.key, &request.generator)?;
        if let Generator::ArrayContains(_) = generator {
            return Err(not_one_value("ArrayContains"));
        }
        // On the other side of the test the example stays as it is. An unknown side is no reason to do nothing.
        if values::test_mode(request.test_mode)
            .is_some_and(|mode| !generator.corresponds_to_mode(&mode))
        {
            return Ok(request.example.clone());
        }
        let context = values::object(request.test_context.as_ref())?;
        match PactValue::of(&request.example)? {
            PactValue::Json(example) => {
                values::field_value(generate(&generator, &example, &context)?)
            }
            PactValue::Bytes(bytes) => {
                let example = String::from_utf8(bytes.to_vec()).map_err(|e| {
                    format!("a generator can only replace bytes that are UTF-8 text: {e}")
                })?;
                let made = generate(&generator, &example, &context)?;
                Ok(FieldValue::Bytes(made.into_bytes()))
            }
        }
    }
}

fn generate<T>(generator: &Generator, example: &T, context: &Map<String, Value>) -> Answer<T>
where
    Generator: GenerateValue<T>,
{
    let context: HashMap<&str, Value> = context
        .iter()
        .map(|(key, value)| (key.as_str(), value.clone()))
        .collect();
    generator
        .generate_value(example, &context, &DefaultVariantMatcher.boxed())
        .map_err(|error| {
            format!(
                "\"{}\" cannot generate a value: {error:#}",
                generator.name()
            )
        })
}

/// Answers for generators that fill a collection.
pub struct CollectionGenerator;

impl FieldGenerator for CollectionGenerator {
    fn generate_field(
        &self,
        call: &CoreCall<'_>,
        _request: &GenerateFieldRequest<'_>,
    ) -> Answer<FieldValue> {
        Err(not_one_value(&call.entry.entry.key))
    }
}

fn not_one_value(generator: &str) -> String {
    format!(
        "\"{generator}\" fills a collection, so it cannot make one value; generate the contents instead"
    )
}
