//! JSON values as values of the plugin interface, and in words.

use serde_json::{Number, Value};

use crate::types::FieldValue;

/// A JSON value as a value of the interface.
pub fn field_value(value: &Value) -> FieldValue {
    match value {
        Value::Null => FieldValue::Null,
        Value::Bool(value) => FieldValue::Boolean(*value),
        Value::String(text) => FieldValue::Text(text.clone()),
        // Pact tells whole and decimal numbers apart by how they are written: 2.0 is no integer. A whole number of more than
        // 64 bits has no other place than among the decimal ones.
        Value::Number(number) => match number.as_i64() {
            Some(whole) => FieldValue::Integer(whole),
            None => FieldValue::Decimal(number.as_f64().unwrap_or(f64::INFINITY)),
        },
        structure => FieldValue::Json(structure.to_string()),
    }
}

/// A value of the interface as JSON.
pub fn json(value: FieldValue) -> Result<Value, String> {
    Ok(match value {
        FieldValue::Null => Value::Null,
        FieldValue::Boolean(value) => Value::Bool(value),
        FieldValue::Text(text) => Value::String(text),
        FieldValue::Integer(number) => Value::Number(number.into()),
        FieldValue::Decimal(number) => Number::from_f64(number)
            .map(Value::Number)
            .ok_or_else(|| format!("{number} is no number that JSON can hold"))?,
        FieldValue::Bytes(bytes) => String::from_utf8(bytes)
            .map(Value::String)
            .map_err(|_| "bytes that are not UTF-8 have no place in JSON".to_owned())?,
        FieldValue::Json(json) => {
            serde_json::from_str(&json).map_err(|error| format!("it is not JSON: {error}"))?
        }
    })
}

/// A value in words. Lists and objects are only named, as they may be long.
pub fn found(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) if text.is_empty() => "an empty text".to_owned(),
        Value::String(text) if text.trim().is_empty() => "a text of white space".to_owned(),
        Value::String(text) => format!("the text {text:?}"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_keep_their_types_in_both_directions() {
        for (value, field) in [
            (json!(null), FieldValue::Null),
            (json!(true), FieldValue::Boolean(true)),
            (json!("a"), FieldValue::Text("a".to_owned())),
            (json!(2), FieldValue::Integer(2)),
            (json!(2.0), FieldValue::Decimal(2.0)),
            (json!([2.0]), FieldValue::Json("[2.0]".to_owned())),
            (json!({"a": 1}), FieldValue::Json("{\"a\":1}".to_owned())),
        ] {
            assert_eq!(field_value(&value), field);
            assert_eq!(super::json(field), Ok(value));
        }
        let large = FieldValue::Decimal(u64::MAX as f64);
        assert_eq!(field_value(&json!(u64::MAX)), large);
    }

    #[test]
    fn what_json_cannot_hold_is_an_error() {
        assert_eq!(
            super::json(FieldValue::Bytes(b"ab".to_vec())),
            Ok(json!("ab"))
        );
        for value in [
            FieldValue::Decimal(f64::NAN),
            FieldValue::Bytes(vec![0xff]),
            FieldValue::Json("{".to_owned()),
        ] {
            assert!(super::json(value.clone()).is_err(), "{value:?}");
        }
    }

    #[test]
    fn long_values_are_only_named() {
        for (value, words) in [
            (json!(null), "null"),
            (json!(true), "true"),
            (json!(-1.5), "the number -1.5"),
            (json!("a"), "the text \"a\""),
            (json!(""), "an empty text"),
            (json!(" "), "a text of white space"),
            (json!([1]), "a list"),
            (json!({}), "an object"),
        ] {
            assert_eq!(found(&value), words);
        }
    }
}
