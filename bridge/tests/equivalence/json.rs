//! JSON, and what messages have in its place.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use prost_types::value::Kind;
use prost_types::{ListValue, Struct, Value as Message};
use serde_json::{Value, json};

/// Beyond this, doubles are no whole numbers any more that JSON would have without a fraction.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// The message of an object.
pub fn structure(object: &Value) -> Struct {
    let entries = object.as_object().expect("an object").iter();
    let fields = entries.map(|(key, json)| (key.clone(), value(json)));
    Struct {
        fields: fields.collect(),
    }
}

/// The message of an object that may be absent.
pub fn optional_structure(object: &Value) -> Option<Struct> {
    (!object.is_null()).then(|| structure(object))
}

/// The message of any JSON.
pub fn value(json: &Value) -> Message {
    let kind = match json {
        Value::Null => Kind::NullValue(0),
        Value::Bool(value) => Kind::BoolValue(*value),
        Value::Number(number) => Kind::NumberValue(number.as_f64().expect("a double")),
        Value::String(text) => Kind::StringValue(text.clone()),
        Value::Array(list) => Kind::ListValue(ListValue {
            values: list.iter().map(value).collect(),
        }),
        Value::Object(_) => Kind::StructValue(structure(json)),
    };
    Message { kind: Some(kind) }
}

/// The object of a message.
pub fn of_structure(structure: &Struct) -> Value {
    let fields = structure.fields.iter();
    let entries = fields.map(|(key, value)| (key.clone(), of_value(value)));
    Value::Object(entries.collect())
}

/// The object of a message that may be absent.
pub fn of_optional_structure(structure: Option<&Struct>) -> Value {
    structure.map_or(Value::Null, of_structure)
}

/// The JSON of a message.
#[allow(clippy::cast_possible_truncation)] // whole and in range
pub fn of_value(message: &Message) -> Value {
    match message.kind.as_ref().expect("a kind") {
        Kind::NullValue(_) => Value::Null,
        Kind::BoolValue(value) => json!(value),
        Kind::NumberValue(number) if number.fract() == 0.0 && number.abs() < WHOLE => {
            json!(*number as i64)
        }
        Kind::NumberValue(number) => json!(number),
        Kind::StringValue(text) => json!(text),
        Kind::ListValue(list) => list.values.iter().map(of_value).collect(),
        Kind::StructValue(object) => of_structure(object),
    }
}

/// Bytes as JSON has them.
pub fn base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// The bytes of JSON.
pub fn bytes(json: &Value) -> Vec<u8> {
    let text = json.as_str().expect("bytes");
    BASE64.decode(text).expect("base64")
}

/// Bytes that may be absent.
pub fn optional_bytes(json: &Value) -> Option<Vec<u8>> {
    (!json.is_null()).then(|| bytes(json))
}

/// Bytes that may be absent, as JSON has them.
pub fn of_optional_bytes(bytes: Option<&[u8]>) -> Value {
    bytes.map_or(Value::Null, |it| json!(base64(it)))
}

/// A text; empty where it is absent.
pub fn text(json: &Value) -> String {
    json.as_str().unwrap_or_default().to_string()
}

/// A map of messages.
pub fn map<M>(object: &Value, message: impl Fn(&Value) -> M) -> HashMap<String, M> {
    let entries = object.as_object().into_iter().flatten();
    entries
        .map(|(key, json)| (key.clone(), message(json)))
        .collect()
}

/// The object of a map of messages.
pub fn of_map<M>(map: &HashMap<String, M>, json: impl Fn(&M) -> Value) -> Value {
    let entries = map
        .iter()
        .map(|(key, message)| (key.clone(), json(message)));
    Value::Object(entries.collect())
}

/// A list of messages.
pub fn list<M>(json: &Value, message: impl Fn(&Value) -> M) -> Vec<M> {
    let list = json.as_array().into_iter().flatten();
    list.map(message).collect()
}

/// The number of a case in an enumeration of the protocol; the first one where it is absent.
pub fn case(cases: &[&str], name: &Value) -> i32 {
    let Some(name) = name.as_str() else { return 0 };
    let number = cases.iter().position(|it| *it == name);
    number.and_then(|it| i32::try_from(it).ok()).expect(name)
}

/// The name of a case.
pub fn of_case(cases: &[&str], number: i32) -> Value {
    json!(cases[usize::try_from(number).expect("a case")])
}
