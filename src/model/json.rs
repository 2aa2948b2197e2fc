//! JSON as text: checked once, and handed on as it was written.

use std::collections::HashMap;
use std::fmt;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// A JSON document of any kind as text, known to be well formed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Json(String);

impl Json {
    /// Checks `text` and keeps it as it is.
    pub fn new(text: impl Into<String>) -> Result<Self, serde_json::Error> {
        let text = text.into();
        serde_json::from_str::<IgnoredAny>(&text)?;
        Ok(Json(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What begins a document tells its kind.
    fn beginning_with<E: serde::de::Error>(self, begin: &[char], kind: &str) -> Result<Self, E> {
        let text = self.as_str().trim();
        if !text.starts_with(begin) {
            let start: String = text.chars().take(20).collect();
            return Err(E::custom(format!("it must be {kind}, not {start}")));
        }
        Ok(self)
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Json(raw.get().to_string()))
    }
}

/// A JSON object as text, known to be well formed. What the interface calls JSON is an object everywhere but in field
/// values and metadata values.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct JsonObject(Json);

impl JsonObject {
    /// Checks `text` and keeps it as it is.
    pub fn new(text: impl Into<String>) -> Result<Self, serde_json::Error> {
        Json::new(text).and_then(JsonObject::from_json)
    }

    fn from_json<E: serde::de::Error>(json: Json) -> Result<Self, E> {
        json.beginning_with(&['{'], "a JSON object").map(JsonObject)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The text under a key, if there is one.
    pub fn text(&self, key: &str) -> Option<String> {
        // Other values stay unread: they may be such as only text can hold, for instance numbers that are too large.
        let object: HashMap<String, &RawValue> = serde_json::from_str(self.as_str()).ok()?;
        serde_json::from_str(object.get(key)?.get()).ok()
    }
}

impl From<&Map<String, Value>> for JsonObject {
    fn from(map: &Map<String, Value>) -> Self {
        JsonObject(Json(serde_json::json!(map).to_string()))
    }
}

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Json::deserialize(deserializer).and_then(JsonObject::from_json)
    }
}

/// A JSON object or array as text, known to be well formed: what a field value holds that is no single value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct JsonStructure(Json);

impl JsonStructure {
    /// Checks `text` and keeps it as it is.
    pub fn new(text: impl Into<String>) -> Result<Self, serde_json::Error> {
        Json::new(text).and_then(JsonStructure::from_json)
    }

    fn from_json<E: serde::de::Error>(json: Json) -> Result<Self, E> {
        json.beginning_with(&['{', '['], "a JSON object or array")
            .map(JsonStructure)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl<'de> Deserialize<'de> for JsonStructure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Json::deserialize(deserializer).and_then(JsonStructure::from_json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MatchingRule;

    #[test]
    fn json_is_kept_as_written_and_refused_when_it_is_no_object() {
        let object = JsonObject::new("{ \"a\" : 2.0 }").unwrap();
        assert_eq!(object.as_str(), "{ \"a\" : 2.0 }");
        assert!(JsonObject::new(" {} ").is_ok());
        for wrong in ["{\"a\":", "", "{} {}"] {
            assert!(JsonObject::new(wrong).is_err(), "{wrong}");
        }
        let object = JsonObject::new(r#"{"a":1e999,"b":"\u00e4","c":1}"#).unwrap();
        assert_eq!(object.text("b").as_deref(), Some("ä"));
        assert_eq!(object.text("c"), None);
        let error = JsonObject::new("[1]").unwrap_err().to_string();
        assert_eq!(error, "it must be a JSON object, not [1]");
        let rule = serde_json::from_str::<MatchingRule>(r#"{"type":"regex","values":7}"#);
        assert!(
            rule.unwrap_err()
                .to_string()
                .starts_with("it must be a JSON object, not 7")
        );
    }
}
