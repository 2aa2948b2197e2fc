//! Tests of `payload`.

use super::*;
use crate::testing::{TestServices, brief, rule};
use definitions::types::FieldValue;
use serde_json::json;

fn payload(expected: Value, rules: &[(&str, &[&str])]) -> Payload {
    let rules = rules.iter().map(|(path, types)| {
        let rules = types.iter().map(|type_| rule(type_, json!(null)));
        ((*path).to_owned(), rules.collect())
    });
    let rules: Rules = rules.collect();
    Payload::new(expected.to_string(), &rules, false, Some("{\"t\":1}")).unwrap()
}

fn mismatches(
    services: &TestServices,
    payload: &mut Payload,
    actual: &str,
) -> Result<Vec<String>, String> {
    let found = payload.mismatches(services, actual.as_bytes().to_vec())?;
    Ok(brief(&found))
}

#[test]
fn the_host_compares() {
    let services = TestServices::default();
    let mut payload = payload(json!({"params": [1, 2]}), &[("$.params[0]", &["integer"])]);
    assert_eq!(
        mismatches(&services, &mut payload, r#"{"params":[7, 3]}"#).unwrap(),
        ["$.params[1] expected 2, but it is 3"]
    );
    let compared = services.compared.borrow();
    let [call] = &compared[..] else {
        panic!("{compared:?}");
    };
    assert_eq!(call.rules.len(), 1);
    assert!(!call.allow_unexpected_keys);
    assert_eq!(call.test_context.as_deref(), Some("{\"t\":1}"));
    assert_eq!(
        call.actual.content.as_deref(),
        Some(&br#"{"params":[7, 3]}"#[..]),
        "the text as it came"
    );
    assert!(services.matched.borrow().is_empty());
}

#[test]
fn rules_of_plugins_are_applied_one_by_one() {
    let services = TestServices::default();
    let mut payload = payload(
        json!({"params": ["ab", 1]}),
        &[("$.params[0]", &["short"]), ("$.params[1]", &["integer"])],
    );
    assert_eq!(
        mismatches(&services, &mut payload, r#"{"params":["x",2]}"#).unwrap(),
        [""; 0]
    );
    assert_eq!(
        mismatches(&services, &mut payload, r#"{"params":["xyz",2.5]}"#).unwrap(),
        [
            "$.params[0] \"xyz\" is not short",
            "$.params[1] 2.5 is not integer"
        ]
    );
    let matched = services.matched.borrow();
    let (entry, call) = &matched[0];
    assert_eq!((&**entry, &*call.key), ("matcher/short", "short"));
    assert_eq!(call.path, "$.params[0]");
    assert_eq!(call.expected, FieldValue::Text("ab".to_owned()));
    assert_eq!(call.actual, FieldValue::Text("x".to_owned()));
    assert_eq!(call.test_context.as_deref(), Some("{\"t\":1}"));
}

#[test]
fn what_is_equal_needs_no_host_where_there_are_no_rules() {
    let services = TestServices::default();
    let mut plain = payload(json!({"params": [1, {"a": 2.5, "b": "ä"}]}), &[]);
    assert_eq!(plain.check(&services), Ok(()));
    let equal = r#"{"params" : [1, {"b":"\u00e4", "a":2.50}]}"#;
    assert_eq!(mismatches(&services, &mut plain, equal), Ok(vec![]));
    assert_eq!(services.compared.borrow().len(), 0);
    // Pact tells whole numbers from decimal ones.
    let unequal = r#"{"params":[1.0,{"a":2.5,"b":"ä"}]}"#;
    assert_eq!(mismatches(&services, &mut plain, unequal).unwrap().len(), 1);
    assert_eq!(services.compared.borrow().len(), 1);
    // An example that is equal may still break its rule.
    let mut ruled = payload(json!({"params": ["x"]}), &[("$.params[0]", &["integer"])]);
    let equal = r#"{"params":["x"]}"#;
    assert_eq!(mismatches(&services, &mut ruled, equal).unwrap().len(), 1);
    assert_eq!(services.compared.borrow().len(), 2);
}

#[test]
fn only_pacts_own_rules_are_certain() {
    let expected = json!({"params": ["ab"]});
    assert!(payload(expected.clone(), &[("$.params[0]", &["integer"])]).is_certain());
    assert!(!payload(expected, &[("$.params[0]", &["integer", "short"])]).is_certain());
}

#[test]
fn a_value_with_several_rules_has_to_obey_all() {
    let services = TestServices::default();
    let mut payload = payload(
        json!({"params": ["ab"]}),
        &[("$.params[0]", &["short", "integer"])],
    );
    assert_eq!(
        mismatches(&services, &mut payload, r#"{"params":["xyz"]}"#).unwrap(),
        [
            "$.params[0] \"xyz\" is not short",
            "$.params[0] \"xyz\" is not integer"
        ]
    );
}

#[test]
fn what_is_missing_is_for_the_host_to_say() {
    let services = TestServices::default();
    let mut payload = payload(json!({"params": {"a": "x"}}), &[("$.params.a", &["short"])]);
    assert_eq!(
        mismatches(&services, &mut payload, r#"{"params":{}}"#).unwrap(),
        ["$.params a is missing"]
    );
}

#[test]
fn each_item_of_a_list_is_compared_with_the_template() {
    let services = TestServices::default();
    let mut payload = payload(
        json!({"params": [["ab"]]}),
        &[("$.params[0]", &["type"]), ("$.params[0][*]", &["short"])],
    );
    assert_eq!(
        mismatches(&services, &mut payload, r#"{"params":[["a","xyz","b"]]}"#).unwrap(),
        ["$.params[0][1] \"xyz\" is not short"]
    );
}

#[test]
fn rules_that_cannot_be_applied_are_errors() {
    let services = TestServices::default();
    let mut unknown = payload(json!({"params": [1]}), &[("$.params[0]", &["luhn"])]);
    assert_eq!(
        unknown.check(&services).unwrap_err(),
        "the matching rule \"luhn\" at $.params[0] cannot be applied: there is no matcher/luhn"
    );
    let mut of_core = payload(json!({"params": [1]}), &[("$.params[0]", &["date"])]);
    assert!(of_core.check(&services).is_err());
    // An example need not obey its own rules.
    let mut example = payload(json!({"params": ["x"]}), &[("$.params[0]", &["integer"])]);
    assert_eq!(example.check(&services), Ok(()));
}
