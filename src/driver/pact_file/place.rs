//! Edits JSON that the caller gave. What does not fit is an error that says where.

use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// Parses an argument that must be a JSON object.
pub(super) fn parse(argument: &'static str, text: &str) -> Result<Map<String, Value>> {
    serde_json::from_str(text)
        .map_err(|e| Error::invalid_argument(argument, format!("is no JSON object: {e}")))
}

/// Merges objects into objects, at all depths; any other value is replaced.
pub(super) fn deep_merge(target: &mut Map<String, Value>, source: Map<String, Value>) {
    for (key, value) in source {
        match (target.get_mut(&key), value) {
            (Some(Value::Object(inner)), Value::Object(value)) => deep_merge(inner, value),
            (_, value) => {
                target.insert(key, value);
            }
        }
    }
}

/// An object inside an argument.
pub(super) struct Place<'a> {
    argument: &'static str,
    /// Where it is: `request.matchingRules`; empty for the whole argument.
    path: String,
    /// The object.
    pub map: &'a mut Map<String, Value>,
}

impl<'a> Place<'a> {
    pub fn whole(argument: &'static str, map: &'a mut Map<String, Value>) -> Self {
        Place {
            argument,
            path: String::new(),
            map,
        }
    }

    /// The object under `key`, made if there is none.
    pub fn object(&mut self, key: &str) -> Result<Place<'_>> {
        let path = self.path_of(key);
        as_place(self.argument, path, self.field(key))
    }

    /// The object at `index` of the array under `key`; both are made if there are none.
    pub fn item(&mut self, key: &str, index: usize) -> Result<Place<'_>> {
        let path = format!("{}[{index}]", self.path_of(key));
        let argument = self.argument;
        let items = self.array(key)?;
        if items.len() <= index {
            items.resize(index + 1, Value::Object(Map::new()));
        }
        as_place(argument, path, &mut items[index])
    }

    /// The array under `key`, made if there is none.
    pub fn array(&mut self, key: &str) -> Result<&mut Vec<Value>> {
        let (argument, path) = (self.argument, self.path_of(key));
        let field = self.field(key);
        if field.is_null() {
            *field = Value::Array(Vec::new());
        }
        field
            .as_array_mut()
            .ok_or_else(|| must_have(argument, "an array", &path))
    }

    /// The text under `key`.
    pub fn text(&self, key: &str) -> Result<&str> {
        let text = self.map.get(key).and_then(Value::as_str);
        text.filter(|text| !text.is_empty())
            .ok_or_else(|| self.must_have("a text", key))
    }

    /// Sets what is not there yet.
    pub fn default(&mut self, key: &str, value: impl Into<Value>) {
        let field = self.field(key);
        if field.is_null() {
            *field = value.into();
        }
    }

    /// An error for the field `key`.
    pub fn must_have(&self, what: &str, key: &str) -> Error {
        must_have(self.argument, what, &self.path_of(key))
    }

    fn field(&mut self, key: &str) -> &mut Value {
        self.map.entry(key).or_insert(Value::Null)
    }

    fn path_of(&self, key: &str) -> String {
        match self.path.as_str() {
            "" => key.to_string(),
            path => format!("{path}.{key}"),
        }
    }
}

fn as_place<'a>(argument: &'static str, path: String, value: &'a mut Value) -> Result<Place<'a>> {
    if value.is_null() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(map) => Ok(Place {
            argument,
            path,
            map,
        }),
        _ => Err(must_have(argument, "an object", &path)),
    }
}

fn must_have(argument: &'static str, what: &str, path: &str) -> Error {
    Error::invalid_argument(
        argument,
        format!("must have {what} in its field \"{path}\""),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_missing_is_made_and_what_does_not_fit_is_named() {
        let mut map = parse("it", r#"{"a":{"b":1},"c":null,"d":[7]}"#).unwrap();
        let mut whole = Place::whole("it", &mut map);
        whole.object("a").unwrap().default("b", 2);
        whole.object("c").unwrap().default("e", "f");
        whole.item("g", 1).unwrap().default("h", true);
        let message = |error: Result<Place<'_>>| error.err().unwrap().to_string();
        let wrong = message(whole.object("a").unwrap().object("b"));
        assert_eq!(
            wrong,
            "argument \"it\" must have an object in its field \"a.b\""
        );
        assert!(message(whole.item("d", 0)).contains("an object in its field \"d[0]\""));
        let wrong = whole.array("a").unwrap_err().to_string();
        assert!(wrong.contains("an array in its field \"a\""), "{wrong}");
        assert!(whole.text("d").is_err());
        assert_eq!(
            Value::Object(map),
            json!({"a": {"b": 1}, "c": {"e": "f"}, "d": [7], "g": [{}, {"h": true}]})
        );
        assert!(parse("it", "[]").is_err());
    }

    #[test]
    fn objects_are_merged_at_all_depths() {
        let mut target = parse("it", r#"{"a":{"b":1,"c":[1]},"d":{}}"#).unwrap();
        deep_merge(
            &mut target,
            parse("it", r#"{"a":{"c":[2],"e":3},"d":4}"#).unwrap(),
        );
        assert_eq!(
            Value::Object(target),
            json!({"a": {"b": 1, "c": [2], "e": 3}, "d": 4})
        );
    }
}
