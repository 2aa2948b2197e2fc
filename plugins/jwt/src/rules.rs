//! Matching rules for single claims.

use serde_json::Value;

use crate::bindings::pact::plugin::types::MatchingRule;

/// The rules that this module knows.
const KNOWN: &str = "equality, type, integer, number, decimal, boolean, include, not-empty";

/// Applies a rule. `Some` says in words how the actual value breaks it; an error is a rule that cannot be applied.
pub fn apply(
    rule: &MatchingRule,
    path: &str,
    expected: &Value,
    actual: &Value,
) -> Result<Option<String>, String> {
    let (matches, wanted) = match &*rule.type_ {
        "equality" => (expected == actual, format!("to equal {expected}")),
        "type" => (
            kind(expected) == kind(actual),
            format!("to be {}, like {expected}", kind(expected)),
        ),
        // Pact tells whole and decimal numbers apart by how they are written: 2.0 is no integer.
        "integer" => (
            actual.is_i64() || actual.is_u64(),
            "to be a whole number".to_owned(),
        ),
        "number" => (actual.is_number(), "to be a number".to_owned()),
        "decimal" => (actual.is_f64(), "to be a decimal number".to_owned()),
        "boolean" => (actual.is_boolean(), "to be true or false".to_owned()),
        "include" => {
            let part = included(rule, path)?;
            let contains = match actual {
                Value::String(text) => text.contains(&part),
                other => other.to_string().contains(&part),
            };
            (contains, format!("to include {part:?}"))
        }
        // Pact files spell it in camel case.
        "not-empty" | "notEmpty" => (!is_empty(actual), "not to be empty".to_owned()),
        unknown => {
            return Err(format!(
                "the matching rule {unknown:?} at {path} is not one that the JWT plugin knows; use one of {KNOWN}"
            ));
        }
    };
    Ok((!matches).then(|| format!("expected {actual} {wanted}")))
}

fn included(rule: &MatchingRule, path: &str) -> Result<String, String> {
    let values: Option<Value> = rule
        .values
        .as_deref()
        .and_then(|values| serde_json::from_str(values).ok());
    match values.as_ref().and_then(|values| values.get("value")) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Ok(other.to_string()),
        None => Err(format!(
            "the matching rule \"include\" at {path} has no \"value\" that says what to include"
        )),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rule(kind: &str, values: Option<Value>) -> MatchingRule {
        MatchingRule {
            type_: kind.to_owned(),
            values: values.map(|values| values.to_string()),
        }
    }

    #[test]
    fn rules_decide() {
        for (kind, expected, actual, matches) in [
            ("equality", json!([1, "a"]), json!([1, "a"]), true),
            ("equality", json!(1), json!(2), false),
            ("type", json!("a"), json!("b"), true),
            ("type", json!("a"), json!(1), false),
            ("type", json!(1), json!(2.5), true),
            ("type", json!([]), json!({}), false),
            ("integer", json!(1), json!(2), true),
            ("integer", json!(1), json!(u64::MAX), true),
            ("integer", json!(1), json!(2.0), false),
            ("integer", json!(1), json!("2"), false),
            ("number", json!(1), json!(2.5), true),
            ("number", json!(1), json!(null), false),
            ("decimal", json!(1.5), json!(2.5), true),
            ("decimal", json!(1.5), json!(2), false),
            ("boolean", json!(true), json!(false), true),
            ("boolean", json!(true), json!("true"), false),
            ("not-empty", json!("a"), json!("b"), true),
            ("not-empty", json!("a"), json!(""), false),
            ("notEmpty", json!(["a"]), json!([]), false),
            ("not-empty", json!(1), json!(0), true),
        ] {
            let problem = apply(&rule(kind, None), "$.claims.x", &expected, &actual).unwrap();
            assert_eq!(problem.is_none(), matches, "{kind} {expected} {actual}");
        }
    }

    #[test]
    fn include_takes_its_value_from_the_rule() {
        let include = rule("include", Some(json!({"value": "min"})));
        let apply = |actual| apply(&include, "$.claims.x", &json!("a"), &actual).unwrap();
        assert_eq!(apply(json!("admin")), None);
        assert_eq!(apply(json!(["user", "admin"])), None);
        assert_eq!(
            apply(json!("user")).unwrap(),
            "expected \"user\" to include \"min\""
        );
    }

    #[test]
    fn rules_that_cannot_be_applied_are_errors() {
        let apply = |rule| apply(&rule, "$.claims.x", &json!("a"), &json!("b")).unwrap_err();
        assert!(
            apply(rule("telepathy", None))
                .starts_with("the matching rule \"telepathy\" at $.claims.x is not one")
        );
        assert!(apply(rule("include", Some(json!({})))).contains("at $.claims.x has no \"value\""));
        assert!(apply(rule("include", None)).contains("has no \"value\""));
    }
}
