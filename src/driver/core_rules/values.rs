//! Between the interface's values and those of Pact's crates.

use bytes::Bytes;
use pact_models::generators::{Generator, GeneratorTestMode};
use pact_models::matchingrules::MatchingRule;
use serde_json::{Map, Number, Value};

use crate::driver::core::Answer;
use crate::model::{self, FieldValue, JsonObject, JsonStructure, TestMode};

/// A value as Pact's rules take it.
pub enum PactValue {
    Json(Value),
    Bytes(Bytes),
}

impl PactValue {
    pub fn of(value: &FieldValue) -> Answer<Self> {
        let json = match value {
            FieldValue::Null => Value::Null,
            FieldValue::Boolean(it) => Value::Bool(*it),
            FieldValue::Text(it) => Value::String(it.clone()),
            FieldValue::Integer(it) => Value::Number((*it).into()),
            FieldValue::Decimal(it) => Number::from_f64(*it)
                .map(Value::Number)
                .ok_or_else(|| format!("{it} is no decimal number that JSON can hold"))?,
            FieldValue::Json(it) => {
                serde_json::from_str(it.as_str()).map_err(|e| format!("not JSON: {e}"))?
            }
            FieldValue::Bytes(it) => return Ok(PactValue::Bytes(Bytes::copy_from_slice(it))),
        };
        Ok(PactValue::Json(json))
    }

    /// The value as bytes, if it is one or a text.
    pub fn as_bytes(&self) -> Option<Bytes> {
        match self {
            PactValue::Bytes(bytes) => Some(bytes.clone()),
            PactValue::Json(Value::String(text)) => Some(Bytes::copy_from_slice(text.as_bytes())),
            PactValue::Json(_) => None,
        }
    }

    /// The value as it stands in a mismatch: text without quotes, other JSON as JSON.
    pub fn shown(&self) -> Vec<u8> {
        match self {
            PactValue::Bytes(bytes) => bytes.to_vec(),
            PactValue::Json(Value::String(text)) => text.clone().into_bytes(),
            PactValue::Json(json) => json.to_string().into_bytes(),
        }
    }
}

/// What a generator made, as a value of the interface.
pub fn field_value(value: Value) -> Answer<FieldValue> {
    Ok(match value {
        Value::Null => FieldValue::Null,
        Value::Bool(it) => FieldValue::Boolean(it),
        Value::String(it) => FieldValue::Text(it),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => FieldValue::Integer(whole),
            None => FieldValue::Decimal(number.as_f64().unwrap_or(f64::NAN)),
        },
        structure => {
            FieldValue::Json(JsonStructure::new(structure.to_string()).map_err(|e| e.to_string())?)
        }
    })
}

/// The rule of a request, or else the one that the entry is called after.
pub fn rule(entry_key: &str, rule: &model::MatchingRule) -> Answer<MatchingRule> {
    let name = match rule.rule_type.as_str() {
        "" => entry_key,
        name => name,
    };
    let values = Value::Object(object(rule.values.as_ref())?);
    match MatchingRule::create(name, &values) {
        // What Pact does not know it takes for a plugin's: here that would be a call in a circle.
        Ok(MatchingRule::Plugin { .. }) => Err(format!("\"{name}\" is no matching rule of Pact's")),
        Ok(rule) => Ok(rule),
        Err(error) => Err(format!(
            "the matching rule \"{name}\" is not valid: {error:#}"
        )),
    }
}

/// The generator of a request, or else the one that the entry is called after.
pub fn generator(entry_key: &str, generator: &model::Generator) -> Answer<Generator> {
    let name = match generator.generator_type.as_str() {
        "" => entry_key,
        name => name,
    };
    match Generator::from_map(name, &object(generator.values.as_ref())?) {
        Some(Generator::Plugin { .. }) | None => Err(format!(
            "\"{name}\" with these values is no generator of Pact's"
        )),
        Some(generator) => Ok(generator),
    }
}

/// Pact's crates want a side. Where it is not known there is none to go by.
pub fn test_mode(mode: TestMode) -> Option<GeneratorTestMode> {
    match mode {
        TestMode::Unknown => None,
        TestMode::Consumer => Some(GeneratorTestMode::Consumer),
        TestMode::Provider => Some(GeneratorTestMode::Provider),
    }
}

/// A JSON object with whole numbers as such: plugins that have one type of number write 2 as 2.0, where Pact's crates would
/// silently take a default instead.
pub fn object(json: Option<&JsonObject>) -> Answer<Map<String, Value>> {
    let Some(json) = json else {
        return Ok(Map::new());
    };
    let mut values = serde_json::from_str(json.as_str()).map_err(|e| format!("not JSON: {e}"))?;
    make_whole(&mut values);
    match values {
        Value::Object(map) => Ok(map),
        other => Err(format!("{other} is no JSON object")),
    }
}

fn make_whole(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(whole) = whole(number) {
                *number = whole.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(make_whole),
        Value::Object(map) => map.values_mut().for_each(make_whole),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[allow(clippy::cast_possible_truncation)] // exact: below 2^53 and without a fraction
fn whole(number: &Number) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let decimal = number.as_f64().filter(|_| number.is_f64())?;
    (decimal.fract() == 0.0 && decimal.abs() < EXACT).then_some(decimal as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_may_be_written_as_decimals() {
        let json = JsonObject::new(r#"{"a":2.0,"b":[-3.0,2.5],"c":{"d":1e3},"e":"2.0","f":1e300}"#);
        let object = object(Some(&json.unwrap())).unwrap();
        assert_eq!(
            Value::Object(object).to_string(),
            r#"{"a":2,"b":[-3,2.5],"c":{"d":1000},"e":"2.0","f":1e+300}"#
        );
    }

    #[test]
    fn every_kind_of_value_comes_back() {
        let json = JsonStructure::new(r#"[1,{"a":2.0}]"#).unwrap();
        for value in [
            FieldValue::Null,
            FieldValue::Boolean(true),
            FieldValue::Text("1".into()),
            FieldValue::Integer(-1),
            FieldValue::Decimal(1.0),
            FieldValue::Json(json),
        ] {
            let PactValue::Json(json) = PactValue::of(&value).unwrap() else {
                panic!("{value:?} is bytes")
            };
            assert_eq!(field_value(json).unwrap(), value);
        }
        assert!(PactValue::of(&FieldValue::Decimal(f64::NAN)).is_err());
    }
}
