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
