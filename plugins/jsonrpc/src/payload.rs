//! Comparing what a message carries: its params, its result or its error. The host does it, with Pact's own content matcher
//! for JSON.
//!
//! That one knows Pact's rules. Where there is a rule of another plugin, the rules for the value are applied one by one, and
//! the content matcher sees the expected value in the place of the actual one.

use definitions::types::{
    Body, CompareContentsRequest, ContentTypeHint, ContentsComparison, FieldSource,
    MatchFieldRequest, MatchingRule, Mismatch, Rules,
};
use definitions::values::field_value;
use definitions::{entries, types};
use serde_json::Value;

use crate::config::JSON;
use crate::path::{self, Step};
use crate::services::Services;

/// How long an object may be to be compared here, where nothing but equality is asked for. As values it takes many times the
/// memory.
const LONGEST_VALUE: usize = 64 << 10;

/// Pact's content matcher for JSON.
const MATCHER: &str = "core/content-matcher/json";
const OF_CORE: &str = "core/";

/// What is expected, ready to be compared with many an actual payload.
pub struct Payload {
    /// Everything but the actual body.
    request: CompareContentsRequest,
    /// Places with rules of plugins.
    singles: Vec<Single>,
}

struct Single {
    path: String,
    steps: Vec<Step>,
    rules: Vec<MatchingRule>,
}

/// One member and its value, as an object of its own.
pub fn object(member: Option<(&str, &str)>) -> String {
    match member {
        // Formatting would take twice the memory of a large value.
        Some((name, value)) => ["{\"", name, "\":", value, "}"].concat(),
        None => "{}".to_owned(),
    }
}

impl Payload {
    /// Expects an object, which holds the member in question.
    pub fn new(
        expected: String,
        rules: &Rules,
        allow_unexpected_keys: bool,
        test_context: Option<&str>,
    ) -> Result<Payload, String> {
        let is_of_plugin =
            |rule: &MatchingRule| !entries::matcher(&rule.type_).starts_with(OF_CORE);
        let (singles, rules): (Rules, Rules) = rules
            .iter()
            .cloned()
            .partition(|(_, rules)| rules.iter().any(is_of_plugin));
        let single = |(path, rules): (String, Vec<MatchingRule>)| {
            Ok(Single {
                steps: path::parse(&path)?,
                path,
                rules,
            })
        };
        let singles: Result<_, String> = singles.into_iter().map(single).collect();
        Ok(Payload {
            request: CompareContentsRequest {
                expected: body(expected),
                actual: body(String::new()),
                allow_unexpected_keys,
                rules,
                plugin_configuration: None,
                test_context: test_context.map(str::to_owned),
            },
            singles: singles?,
        })
    }

    /// Whether the same text gets the same verdict each time. Rules of plugins may have their own mind.
    pub fn is_certain(&self) -> bool {
        self.singles.is_empty()
    }

    /// Whether there are no rules, so that what is equal matches.
    fn is_plain(&self) -> bool {
        self.singles.is_empty() && self.request.rules.is_empty()
    }

    fn equals(&self, actual: &[u8]) -> bool {
        let expected = self.request.expected.content.as_deref().unwrap_or_default();
        if expected == actual {
            return true;
        }
        let value = |json: &[u8]| serde_json::from_slice::<Value>(json).ok();
        let short = expected.len().max(actual.len()) <= LONGEST_VALUE;
        short && value(expected).is_some_and(|expected| value(actual) == Some(expected))
    }

    /// The expected object, compared with itself: an error means that a rule cannot be applied at all.
    pub fn check(&mut self, services: &dyn Services) -> Result<(), String> {
        let expected = self.request.expected.content.clone().unwrap_or_default();
        // Whether the example obeys its own rules is for the test author to say.
        self.mismatches(services, expected).map(drop)
    }

    /// Compares an actual object, which has to be JSON. An error means that it cannot be compared.
    pub fn mismatches(
        &mut self,
        services: &dyn Services,
        mut actual: Vec<u8>,
    ) -> Result<Vec<Mismatch>, String> {
        // Without rules the host would find nothing either; how unequal values differ is for it to say.
        if self.is_plain() && self.equals(&actual) {
            return Ok(Vec::new());
        }
        let mut mismatches = Vec::new();
        if !self.singles.is_empty() {
            let mut value = read(&actual)?;
            self.apply_singles(services, &mut value, &mut mismatches)?;
            actual = value.to_string().into_bytes();
        }
        self.request.actual.content = Some(actual);
        let comparison = services.compare_contents(MATCHER, &self.request);
        // It may be large.
        self.request.actual.content = None;
        match comparison? {
            ContentsComparison::Results(results) => {
                mismatches.extend(results.into_iter().flat_map(at_their_paths));
            }
            ContentsComparison::ContentTypeMismatch(types) => {
                return Err(format!(
                    "{MATCHER} takes {} for {}",
                    types.actual, types.expected
                ));
            }
        }
        Ok(mismatches)
    }

    fn apply_singles(
        &self,
        services: &dyn Services,
        actual: &mut Value,
        mismatches: &mut Vec<Mismatch>,
    ) -> Result<(), String> {
        let expected = self.request.expected.content.as_deref();
        let expected = read(expected.unwrap_or_default())?;
        for single in &self.singles {
            path::each_place(actual, &single.steps, &mut |steps, value| {
                let Some(example) = path::example(&expected, steps) else {
                    return Ok(());
                };
                let at = path::expression(steps);
                for rule in &single.rules {
                    let found = self.apply(services, single, rule, example, value)?;
                    mismatches.extend(found.into_iter().map(|mismatch| Mismatch {
                        path: at.clone(),
                        mismatch_type: Some("body".to_owned()),
                        ..mismatch
                    }));
                }
                *value = example.clone();
                Ok(())
            })?;
        }
        Ok(())
    }

    fn apply(
        &self,
        services: &dyn Services,
        single: &Single,
        rule: &MatchingRule,
        expected: &Value,
        actual: &Value,
    ) -> Result<Vec<Mismatch>, String> {
        let entry = entries::matcher(&rule.type_);
        let request = MatchFieldRequest {
            key: entry.rsplit('/').next().unwrap_or_default().to_owned(),
            rule: rule.clone(),
            path: single.path.clone(),
            mismatch_type: FieldSource::Body,
            expected: field_value(expected),
            actual: field_value(actual),
            plugin_configuration: None,
            test_context: self.request.test_context.clone(),
        };
        services.match_field(&entry, &request).map_err(|error| {
            format!(
                "the matching rule {:?} at {} cannot be applied: {error}",
                rule.type_, single.path
            )
        })
    }
}

/// The host's mismatches name their paths themselves, or have that of the results they are in.
fn at_their_paths((path, found): (String, Vec<Mismatch>)) -> impl Iterator<Item = Mismatch> {
    found.into_iter().map(move |mut mismatch| {
        if mismatch.path.is_empty() {
            mismatch.path.clone_from(&path);
        }
        mismatch
    })
}

fn read(object: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(object).map_err(|error| format!("the body cannot be read: {error}"))
}

fn body(content: String) -> types::Body {
    Body {
        content_type: JSON.to_owned(),
        content: Some(content.into_bytes()),
        hint: ContentTypeHint::Text,
    }
}

#[cfg(test)]
#[path = "payload_tests.rs"]
mod tests;
