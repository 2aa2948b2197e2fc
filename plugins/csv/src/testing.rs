//! A stand-in for the host, and short cuts for tests.

use std::cell::RefCell;

use serde_json::Value;

use crate::services::{LogLevel, Services};
use definitions::types::{
    Body, ConfigureInteractionRequest, ContentTypeHint, FieldValue, GenerateFieldRequest,
    InteractionResponse, MatchTextsRequest, MatchingRule, Mismatch,
};

/// Knows two rules (`integer` of Pact's and `short` of some plugin's) and remembers what it was asked.
#[derive(Default)]
pub struct TestServices {
    pub matched: RefCell<Vec<(String, MatchTextsRequest)>>,
    pub generated: RefCell<Vec<(String, GenerateFieldRequest)>>,
    pub logs: RefCell<Vec<String>>,
}

impl Services for TestServices {
    fn match_texts(
        &self,
        entry_key: &str,
        request: &MatchTextsRequest,
    ) -> Result<Vec<(u32, Mismatch)>, String> {
        let matches = match entry_key {
            "core/matcher/integer" => |text: &str| text.parse::<i64>().is_ok(),
            "core/matcher/type" => |_: &str| true,
            "matcher/short" => |text: &str| text.len() < 3,
            _ => return Err(format!("there is no {entry_key}")),
        };
        self.matched
            .borrow_mut()
            .push((entry_key.to_owned(), request.clone()));
        let mut mismatches = Vec::new();
        let mut start = 0;
        for (number, end) in (0..).zip(&request.ends) {
            let text = &request.texts[start..*end as usize];
            start = *end as usize;
            if !matches(text) {
                let mismatch = Mismatch {
                    expected: Some(request.expected.clone().into_bytes()),
                    actual: Some(text.as_bytes().to_vec()),
                    description: format!("{text} is not {}", request.rule.type_),
                    path: String::new(),
                    diff: None,
                    mismatch_type: None,
                };
                mismatches.push((number, mismatch));
            }
        }
        Ok(mismatches)
    }

    fn generate_field(
        &self,
        entry_key: &str,
        request: &GenerateFieldRequest,
    ) -> Result<FieldValue, String> {
        self.generated
            .borrow_mut()
            .push((entry_key.to_owned(), request.clone()));
        let FieldValue::Text(example) = &request.example else {
            panic!("{:?}", request.example);
        };
        Ok(match entry_key {
            "core/generator/RandomInt" => FieldValue::Integer(42),
            "core/generator/RandomDecimal" => FieldValue::Decimal(2.0),
            "core/generator/RandomBoolean" => FieldValue::Boolean(true),
            "core/generator/ProviderState" => FieldValue::Json("[1,\"a\"]".to_owned()),
            "core/generator/RandomString" => FieldValue::Text("two\nlines".to_owned()),
            "generator/Twice" => FieldValue::Text(format!("{example}{example}")),
            "generator/Nothing" => FieldValue::Null,
            "generator/Bytes" => FieldValue::Bytes(example.clone().into_bytes()),
            "generator/Binary" => FieldValue::Bytes(vec![0xff]),
            _ => return Err(format!("there is no {entry_key}")),
        })
    }

    fn config_key(&self, rule_type: &str) -> Option<String> {
        (rule_type == "creditcard").then(|| "brand".to_owned())
    }

    fn log(&self, _: LogLevel, _: &str, message: &str) {
        self.logs.borrow_mut().push(message.to_owned());
    }
}

/// Configures an interaction. The config is text, because the order of its keys counts.
pub fn configure(config: &str) -> Result<InteractionResponse, String> {
    let request = ConfigureInteractionRequest {
        content_type: "text/csv".to_owned(),
        contents_config: config.to_owned(),
        test_context: None,
    };
    let mut response = crate::configure::configure(&TestServices::default(), &request)?;
    assert_eq!(response.interactions.len(), 1);
    Ok(response.interactions.remove(0))
}

/// A rule; `null` means that there is nothing to configure.
pub fn rule(type_: &str, values: Value) -> MatchingRule {
    MatchingRule {
        type_: type_.to_owned(),
        values: (!values.is_null()).then(|| values.to_string()),
    }
}

/// A body of this plugin's content type.
pub fn body(table: impl AsRef<[u8]>) -> Body {
    Body {
        content_type: "text/csv".to_owned(),
        content: Some(table.as_ref().to_vec()),
        hint: ContentTypeHint::Default,
    }
}
