//! A stand-in for the host, and short cuts for tests.

use std::cell::RefCell;
use std::rc::Rc;

use definitions::types::{
    Body, CompareContentsRequest, ConfigureInteractionRequest, ContentTypeHint, ContentsComparison,
    FieldValue, GenerateFieldRequest, Generator, InteractionResponse, MatchFieldRequest,
    MatchingRule, Mismatch,
};
use definitions::values::{field_value, json};
use serde_json::Value;

use crate::services::{Link, LogLevel, Services};

/// Compares JSON with two rules, `integer` and `type`; knows the rule `short` and the generator `Twice` of some plugin; and
/// remembers what it was asked.
pub struct TestServices {
    pub compared: RefCell<Vec<CompareContentsRequest>>,
    pub matched: RefCell<Vec<(String, MatchFieldRequest)>>,
    pub logs: RefCell<Vec<String>>,
    /// The plugin's configuration.
    pub configuration: &'static str,
    /// What a provider answers, in pieces as they come; without it there is none.
    pub provider: Option<Vec<Vec<u8>>>,
    /// What was sent to it.
    pub sent: Rc<RefCell<Vec<u8>>>,
}

impl Default for TestServices {
    fn default() -> Self {
        TestServices {
            compared: RefCell::default(),
            matched: RefCell::default(),
            logs: RefCell::default(),
            configuration: "{}",
            provider: None,
            sent: Rc::default(),
        }
    }
}

impl TestServices {
    /// With a provider that answers this.
    pub fn with_provider(answer: &str) -> TestServices {
        TestServices {
            provider: Some(vec![answer.as_bytes().to_vec()]),
            ..TestServices::default()
        }
    }

    /// What was sent to the provider.
    pub fn sent(&self) -> String {
        String::from_utf8(self.sent.borrow().clone()).unwrap()
    }
}

impl Services for TestServices {
    fn compare_contents(
        &self,
        entry_key: &str,
        request: &CompareContentsRequest,
    ) -> Result<ContentsComparison, String> {
        assert_eq!(entry_key, "core/content-matcher/json");
        self.compared.borrow_mut().push(request.clone());
        let read = |body: &Body| -> Value {
            serde_json::from_slice(body.content.as_ref().unwrap()).unwrap()
        };
        let mut found = Vec::new();
        let (expected, actual) = (read(&request.expected), read(&request.actual));
        differences(request, "$", &expected, &actual, &mut found)?;
        Ok(ContentsComparison::Results(found))
    }

    fn match_field(
        &self,
        entry_key: &str,
        request: &MatchFieldRequest,
    ) -> Result<Vec<Mismatch>, String> {
        self.matched
            .borrow_mut()
            .push((entry_key.to_owned(), request.clone()));
        let actual = json(request.actual.clone()).unwrap();
        let matches = match entry_key {
            "matcher/short" => actual.as_str().is_some_and(|text| text.len() < 3),
            "core/matcher/integer" => actual.is_i64(),
            _ => return Err(format!("there is no {entry_key}")),
        };
        let found = mismatch("", format!("{actual} is not {}", request.key));
        Ok(if matches { vec![] } else { vec![found] })
    }

    fn generate_field(
        &self,
        entry_key: &str,
        request: &GenerateFieldRequest,
    ) -> Result<FieldValue, String> {
        let example = json(request.example.clone()).unwrap();
        Ok(match entry_key {
            "core/generator/RandomInt" => FieldValue::Integer(42),
            "core/generator/Date" => FieldValue::Text("today".to_owned()),
            "core/generator/ProviderState" => {
                let context = request.test_context.as_deref().unwrap_or("{}");
                let context: Value = serde_json::from_str(context).unwrap();
                field_value(&context["providerState"]["id"])
            }
            "core/generator/MockServerURL" => {
                let context: Value =
                    serde_json::from_str(request.test_context.as_ref().unwrap()).unwrap();
                field_value(&context["mockServer"]["url"])
            }
            "generator/Twice" => FieldValue::Text(example.as_str().unwrap().repeat(2)),
            _ => return Err(format!("there is no {entry_key}")),
        })
    }

    fn config_key(&self, rule_type: &str) -> Option<String> {
        (rule_type == "creditcard").then(|| "brand".to_owned())
    }

    fn plugin_configuration(&self) -> String {
        self.configuration.to_owned()
    }

    fn connect(&self, host: &str, port: u16) -> Result<Box<dyn Link>, String> {
        let mut answer = self
            .provider
            .clone()
            .ok_or_else(|| format!("cannot connect to {host}:{port}: connection refused"))?;
        answer.reverse();
        Ok(Box::new(TestLink {
            answer,
            sent: self.sent.clone(),
        }))
    }

    fn log(&self, _: LogLevel, _: &str, message: &str) {
        self.logs.borrow_mut().push(message.to_owned());
    }
}

/// Tests keep the stand-in to look at it later.
impl<T: Services> Services for Rc<T> {
    fn compare_contents(
        &self,
        entry_key: &str,
        request: &CompareContentsRequest,
    ) -> Result<ContentsComparison, String> {
        (**self).compare_contents(entry_key, request)
    }

    fn match_field(
        &self,
        entry_key: &str,
        request: &MatchFieldRequest,
    ) -> Result<Vec<Mismatch>, String> {
        (**self).match_field(entry_key, request)
    }

    fn generate_field(
        &self,
        entry_key: &str,
        request: &GenerateFieldRequest,
    ) -> Result<FieldValue, String> {
        (**self).generate_field(entry_key, request)
    }

    fn config_key(&self, rule_type: &str) -> Option<String> {
        (**self).config_key(rule_type)
    }

    fn plugin_configuration(&self) -> String {
        (**self).plugin_configuration()
    }

    fn connect(&self, host: &str, port: u16) -> Result<Box<dyn Link>, String> {
        (**self).connect(host, port)
    }

    fn log(&self, level: LogLevel, target: &str, message: &str) {
        (**self).log(level, target, message);
    }
}

struct TestLink {
    /// What is still to come, the next piece last.
    answer: Vec<Vec<u8>>,
    sent: Rc<RefCell<Vec<u8>>>,
}

impl Link for TestLink {
    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.sent.borrow_mut().extend_from_slice(bytes);
        Ok(())
    }

    fn read(&mut self, buffer: &mut Vec<u8>) -> Result<usize, String> {
        let piece = self.answer.pop().unwrap_or_default();
        buffer.extend_from_slice(&piece);
        Ok(piece.len())
    }
}

type Found = Vec<(String, Vec<Mismatch>)>;

fn differences(
    request: &CompareContentsRequest,
    path: &str,
    expected: &Value,
    actual: &Value,
    found: &mut Found,
) -> Result<(), String> {
    let mut differ = |description: String| {
        found.push((path.to_owned(), vec![mismatch(path, description)]));
        Ok(())
    };
    if let Some((_, rules)) = request.rules.iter().find(|(known, _)| known == path) {
        for rule in rules {
            let matches = match &*rule.type_ {
                "integer" => actual.is_i64(),
                "type" => std::mem::discriminant(expected) == std::mem::discriminant(actual),
                other => return Err(format!("{other:?} is no matching rule of Pact's")),
            };
            if !matches {
                differ(format!("{actual} is not {}", rule.type_))?;
            }
        }
        return Ok(());
    }
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            for (key, value) in expected {
                match actual.get(key) {
                    Some(actual) => {
                        differences(request, &format!("{path}.{key}"), value, actual, found)?;
                    }
                    None => found.push((
                        path.to_owned(),
                        vec![mismatch(path, format!("{key} is missing"))],
                    )),
                }
            }
            let unexpected = actual.keys().filter(|key| !expected.contains_key(*key));
            for key in unexpected.filter(|_| !request.allow_unexpected_keys) {
                found.push((
                    path.to_owned(),
                    vec![mismatch(path, format!("{key} was not expected"))],
                ));
            }
            Ok(())
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            let mut pairs = expected.iter().zip(actual).enumerate();
            pairs.try_for_each(|(index, (expected, actual))| {
                differences(
                    request,
                    &format!("{path}[{index}]"),
                    expected,
                    actual,
                    found,
                )
            })
        }
        (expected, actual) if expected == actual => Ok(()),
        (expected, actual) => differ(format!("expected {expected}, but it is {actual}")),
    }
}

fn mismatch(path: &str, description: String) -> Mismatch {
    Mismatch {
        expected: None,
        actual: None,
        description,
        path: path.to_owned(),
        diff: None,
        mismatch_type: None,
    }
}

/// Configures an interaction, and gives its parts.
pub fn configure(config: Value) -> Result<Vec<InteractionResponse>, String> {
    let request = ConfigureInteractionRequest {
        content_type: "application/json-rpc".to_owned(),
        contents_config: config.to_string(),
        test_context: None,
    };
    let response = crate::configure::configure(&TestServices::default(), &request)?;
    assert_eq!(response.plugin_configuration, None);
    Ok(response.interactions)
}

/// A rule; `null` means that there is nothing to configure.
pub fn rule(type_: &str, values: Value) -> MatchingRule {
    MatchingRule {
        type_: type_.to_owned(),
        values: (!values.is_null()).then(|| values.to_string()),
    }
}

/// A generator.
pub fn generator(type_: &str, values: Value) -> Generator {
    Generator {
        type_: type_.to_owned(),
        values: Some(values.to_string()),
    }
}

/// A body of this plugin's content type.
pub fn body(text: impl Into<String>) -> Body {
    Body {
        content_type: "application/json-rpc".to_owned(),
        content: Some(text.into().into_bytes()),
        hint: ContentTypeHint::Text,
    }
}

/// Mismatches in short: where and what.
pub fn brief(mismatches: &[Mismatch]) -> Vec<String> {
    mismatches
        .iter()
        .map(|it| format!("{} {}", it.path, it.description))
        .collect()
}
