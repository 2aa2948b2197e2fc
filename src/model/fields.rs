//! Single values: what matching rules and generators work on.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{
    Generator, Json, JsonObject, MatchingRule, PluginConfiguration, TestMode, base64_bytes,
};

/// A single value. Whole and decimal numbers stay apart.
///
/// In JSON an object with one key, the kind; `"null"` alone for null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)] // named as in the WIT package
pub enum FieldValue {
    Null,
    Boolean(bool),
    Text(String),
    Integer(i64),
    Decimal(f64),
    Bytes(#[serde(with = "base64_bytes::always")] Vec<u8>),
    /// An object or an array.
    Json(Json),
}

/// What part of an interaction a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)] // named as in the protocol
pub enum FieldSource {
    Body,
    Header,
    Metadata,
    Query,
    Path,
    Status,
}

impl FieldSource {
    /// The name that mismatches carry.
    pub fn name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Header => "header",
            Self::Metadata => "metadata",
            Self::Query => "query",
            Self::Path => "path",
            Self::Status => "status",
        }
    }
}

/// A value to check against a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MatchFieldRequest<'a> {
    /// Key of the catalogue entry.
    #[serde(borrow)]
    pub key: Cow<'a, str>,
    /// The rule.
    pub rule: MatchingRule,
    /// Where the value is: a path expression.
    #[serde(borrow)]
    pub path: Cow<'a, str>,
    /// What part of the interaction it comes from.
    pub mismatch_type: FieldSource,
    /// What the pact says.
    pub expected: FieldValue,
    /// What came.
    pub actual: FieldValue,
    /// From the pact file.
    #[serde(default)]
    pub plugin_configuration: Option<PluginConfiguration>,
    /// A JSON object.
    #[serde(default)]
    pub test_context: Option<JsonObject>,
}

/// Many texts to check against one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchTextsRequest {
    /// The rule.
    pub rule: MatchingRule,
    /// Where the texts are: a path expression.
    pub path: String,
    /// What part of the interaction they come from.
    pub mismatch_type: FieldSource,
    /// What the pact says.
    pub expected: String,
    /// What came.
    pub texts: Texts,
    /// From the pact file.
    pub plugin_configuration: Option<PluginConfiguration>,
    /// A JSON object.
    pub test_context: Option<JsonObject>,
}

/// Texts that lie one after the other in one allocation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Texts {
    joined: String,
    ends: Vec<u32>,
}

impl Texts {
    /// `ends` says where each text ends in `joined`, in bytes. An error says which end is not possible.
    pub fn new(joined: String, ends: Vec<u32>) -> Result<Self, String> {
        let mut start = 0;
        for &end in &ends {
            if end < start || !joined.is_char_boundary(end as usize) {
                return Err(format!(
                    "a text cannot reach from byte {start} to byte {end} of {}",
                    joined.len()
                ));
            }
            start = end;
        }
        Ok(Texts { joined, ends })
    }

    /// The texts in their order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let between = |(start, &end)| &self.joined[start as usize..end as usize];
        starts.zip(&self.ends).map(between)
    }
}

/// A value to generate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GenerateFieldRequest<'a> {
    /// Key of the catalogue entry.
    #[serde(borrow)]
    pub key: Cow<'a, str>,
    /// The generator.
    pub generator: Generator,
    /// Where the value goes: a path expression.
    #[serde(borrow)]
    pub path: Cow<'a, str>,
    /// The value that the test author gave.
    pub example: FieldValue,
    /// From the pact file.
    #[serde(default)]
    pub plugin_configuration: Option<PluginConfiguration>,
    /// A JSON object.
    #[serde(default)]
    pub test_context: Option<JsonObject>,
    /// Which side is tested.
    #[serde(default)]
    pub test_mode: TestMode,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_lie_between_their_ends() {
        let texts = Texts::new("aäb".into(), vec![1, 1, 4]).unwrap();
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["a", "", "äb"]);
        for wrong in [vec![2], vec![5], vec![3, 1]] {
            assert!(
                Texts::new("aäb".into(), wrong.clone()).is_err(),
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn every_kind_of_value_survives_json() {
        let values = [
            (FieldValue::Null, r#""null""#),
            (FieldValue::Boolean(true), r#"{"boolean":true}"#),
            (FieldValue::Text("a".into()), r#"{"text":"a"}"#),
            (
                FieldValue::Integer(i64::MIN),
                r#"{"integer":-9223372036854775808}"#,
            ),
            (FieldValue::Decimal(2.0), r#"{"decimal":2.0}"#),
            (FieldValue::Bytes(vec![0, 255]), r#"{"bytes":"AP8="}"#),
            (
                FieldValue::Json(Json::new("[1, 2.0]").unwrap()),
                r#"{"json":[1, 2.0]}"#,
            ),
        ];
        for (value, text) in values {
            assert_eq!(serde_json::to_string(&value).unwrap(), text);
            assert_eq!(serde_json::from_str::<FieldValue>(text).unwrap(), value);
        }
    }
}
