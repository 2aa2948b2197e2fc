//! Single values: what matching rules and generators work on.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Error as _, IntoDeserializer as _, MapAccess, Visitor};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Number;

use super::strict::strict;
use super::{
    Generator, JsonObject, JsonStructure, MatchingRule, PluginConfiguration, TestMode, base64_bytes,
};

/// A single value. Whole and decimal numbers stay apart.
///
/// In JSON an object with one key, the kind; null is also `"null"` alone, and is written so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase")]
#[allow(missing_docs)] // named as in the WIT package
pub enum FieldValue {
    Null,
    Boolean(bool),
    Text(String),
    Integer(#[serde(deserialize_with = "whole")] i64),
    Decimal(#[serde(serialize_with = "finite")] f64),
    Bytes(#[serde(with = "base64_bytes::always")] Vec<u8>),
    /// An object or an array.
    Json(JsonStructure),
}

impl Serialize for FieldValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

/// As serde does it, but for the error: `2` in place of `{"integer":2}` is the first mistake that everybody makes.
impl<'de> Deserialize<'de> for FieldValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Kind;
        impl<'de> Visitor<'de> for Kind {
            type Value = FieldValue;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(r#"a value with its kind, such as {"integer":2}, or "null""#)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<FieldValue, E> {
                FieldValue::deserialize(text.into_deserializer())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FieldValue, A::Error> {
                let value = FieldValue::deserialize(MapAccessDeserializer::new(&mut map))?;
                match map.next_key::<String>()? {
                    None => Ok(value),
                    Some(kind) => Err(de::Error::custom(format!(
                        "a value has one kind, and \"{kind}\" is another"
                    ))),
                }
            }
        }
        deserializer.deserialize_any(Kind)
    }
}

/// A whole number, also if it is written as 2.0: languages with one type of number do that, and no JSON Schema tells it
/// from 2.
#[allow(clippy::cast_possible_truncation)] // without a fraction and in range
pub(super) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    /// Beyond all whole numbers of 64 bits; unlike the largest of them, it is a decimal number too.
    const END: f64 = 9_223_372_036_854_775_808.0;
    let number = Number::deserialize(deserializer)?;
    let decimal = number.as_f64().filter(|_| number.is_f64());
    let whole = decimal.filter(|it| it.fract() == 0.0 && (-END..END).contains(it));
    number
        .as_i64()
        .or(whole.map(|it| it as i64))
        .ok_or_else(|| D::Error::custom(format!("{number} is no whole number of 64 bits")))
}

/// JSON has no infinity and no NaN; null in their place would be another value.
#[allow(clippy::trivially_copy_pass_by_ref)] // serde's `serialize_with` prescribes the signature
fn finite<S: Serializer>(decimal: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if decimal.is_finite() {
        return serializer.serialize_f64(*decimal);
    }
    Err(S::Error::custom(format!("JSON has no number {decimal}")))
}

/// What part of an interaction a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "lowercase")]
#[allow(missing_docs)] // named as in the protocol
pub enum FieldSource {
    Body,
    Header,
    Metadata,
    Query,
    Path,
    Status,
}

strict!(FieldSource, GenerateFieldRequest<'a>, MatchFieldRequest<'a>);

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
#[serde(remote = "Self", rename_all = "camelCase", deny_unknown_fields)]
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
#[serde(remote = "Self", rename_all = "camelCase", deny_unknown_fields)]
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
    fn decimals_come_out_of_json_as_they_went_in() {
        for decimal in [-1.355_338_099_282_243_3e299, 2.176_809_693_954_746e-29, 0.1] {
            let json = serde_json::to_string(&FieldValue::Decimal(decimal)).unwrap();
            let back: FieldValue = serde_json::from_str(&json).unwrap();
            assert_eq!(back, FieldValue::Decimal(decimal), "{json}");
        }
    }

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
                FieldValue::Json(JsonStructure::new("[1, 2.0]").unwrap()),
                r#"{"json":[1, 2.0]}"#,
            ),
        ];
        for (value, text) in values {
            assert_eq!(serde_json::to_string(&value).unwrap(), text);
            assert_eq!(serde_json::from_str::<FieldValue>(text).unwrap(), value);
        }
    }

    #[test]
    fn null_and_whole_numbers_may_be_written_in_two_ways() {
        let read = |text: &str| serde_json::from_str::<FieldValue>(text);
        assert_eq!(read(r#"{"null":null}"#).unwrap(), FieldValue::Null);
        for (text, whole) in [
            ("2.0", 2),
            ("-3e2", -300),
            ("-0", 0),
            ("1e18", 10_i64.pow(18)),
        ] {
            let text = format!(r#"{{"integer":{text}}}"#);
            assert_eq!(read(&text).unwrap(), FieldValue::Integer(whole), "{text}");
        }
        for text in [
            "2.5",
            "9223372036854775808",
            "9.223372036854775808e18",
            "-1e19",
            "\"2\"",
        ] {
            let text = format!(r#"{{"integer":{text}}}"#);
            assert!(read(&text).is_err(), "{text}");
        }
        assert_eq!(read(r#"{"decimal":2}"#).unwrap(), FieldValue::Decimal(2.0));
    }

    #[test]
    fn a_value_without_its_kind_is_refused_with_an_example() {
        for (text, reason) in [
            (
                "2",
                "invalid type: integer `2`, expected a value with its kind, such as {\"integer\":2}",
            ),
            ("null", "invalid type: null, expected a value with its kind"),
            (r#""a""#, "unknown variant `a`"),
            (r#"{"int":2}"#, "unknown variant `int`"),
            ("{}", "invalid type: map"),
            (
                r#"{"integer":1,"text":"1"}"#,
                "a value has one kind, and \"text\" is another",
            ),
        ] {
            let error = serde_json::from_str::<FieldValue>(text)
                .unwrap_err()
                .to_string();
            assert!(error.starts_with(reason), "{text}: {error}");
        }
    }

    #[test]
    fn structures_are_objects_or_arrays() {
        let error = serde_json::from_str::<FieldValue>(r#"{"json":2}"#).unwrap_err();
        let message = "it must be a JSON object or array, not 2";
        assert!(error.to_string().starts_with(message), "{error}");
    }

    #[test]
    fn a_number_that_json_does_not_have_is_no_null() {
        for number in [f64::NAN, f64::INFINITY] {
            let error = serde_json::to_string(&FieldValue::Decimal(number)).unwrap_err();
            assert_eq!(error.to_string(), format!("JSON has no number {number}"));
        }
    }
}
