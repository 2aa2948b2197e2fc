//! Tests of `template`.

use super::*;
use crate::testing::{TestServices, generator, rule};
use serde_json::json;

type Read = (Value, Rules, Generators);

fn read(value: Value) -> Result<Read, String> {
    let services = TestServices::default();
    let mut template = Template::new(&services, "request");
    let example = template.read(&value, &Place::member("params"))?;
    Ok((example, template.rules, template.generators))
}

fn one(path: &str, rule: MatchingRule) -> Rules {
    vec![(path.to_owned(), vec![rule])]
}

#[test]
fn definitions_become_examples_and_rules() {
    let (example, rules, generators) = read(json!({
        "list": ["matching(integer, 42)", 23, "x"],
        "a b": "matching(regex, '\\d+', '7')",
        "state": "fromProviderState('${id}', 5)",
    }))
    .unwrap();
    assert_eq!(
        example,
        json!({"list": [42, 23, "x"], "a b": "7", "state": 5})
    );
    let mut sorted = rules;
    sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
    assert_eq!(
        sorted,
        [
            (
                "$.params.list[0]".to_owned(),
                vec![rule("integer", json!(null))]
            ),
            (
                "$.params['a b']".to_owned(),
                vec![rule("regex", json!({"regex": "\\d+"}))]
            ),
        ]
    );
    let values = json!({"expression": "${id}", "dataType": "INTEGER"});
    assert_eq!(
        generators,
        [(
            "$.params.state".to_owned(),
            generator("ProviderState", values)
        )]
    );
}

#[test]
fn rules_of_plugins_have_their_own_configuration() {
    let (example, rules, _) = read(json!(["matching(creditcard, 'visa', '41')"])).unwrap();
    assert_eq!(example, json!(["41"]));
    assert_eq!(
        rules,
        one("$.params[0]", rule("creditcard", json!({"brand": "visa"})))
    );
}

#[test]
fn whole_numbers_are_whole_however_they_are_written() {
    let (example, rules, _) = read(json!([42.0, -3.0, 2.5, 1e300, 7])).unwrap();
    assert_eq!(example.to_string(), "[42,-3,2.5,1e+300,7]");
    assert_eq!(rules, []);
    let (example, ..) = read(json!(["matching(decimal, 19.0)"])).unwrap();
    assert_eq!(example.to_string(), "[19.0]");
}

#[test]
fn objects_can_name_a_rule_and_a_generator() {
    let (example, rules, generators) = read(json!({
        "id": {"pact:matcher:type": "integer", "pact:generator:type": "RandomInt", "min": 1.0, "value": 5.0},
        "made": {"pact:generator:type": "Uuid", "value": "x"},
    }))
    .unwrap();
    assert_eq!(example, json!({"id": 5, "made": "x"}));
    assert_eq!(
        rules,
        one("$.params.id", rule("integer", json!({"min": 1})))
    );
    let uuid = Generator {
        type_: "Uuid".to_owned(),
        values: None,
    };
    assert_eq!(
        generators,
        [
            (
                "$.params.id".to_owned(),
                generator("RandomInt", json!({"min": 1}))
            ),
            ("$.params.made".to_owned(), uuid)
        ]
    );
}

#[test]
fn one_item_can_stand_for_a_list() {
    let (example, rules, generators) = read(json!({
        "items": {"pact:matcher:type": "type", "min": 1, "value": [{"n": "matching(integer, 1)", "d": "matching(date,'yyyy','2000')"}]},
    }))
    .unwrap();
    assert_eq!(example, json!({"items": [{"n": 1, "d": "2000"}]}));
    let mut paths: Vec<&str> = rules.iter().map(|(path, _)| &**path).collect();
    paths.sort_unstable();
    assert_eq!(
        paths,
        [
            "$.params.items",
            "$.params.items[*].d",
            "$.params.items[*].n"
        ]
    );
    assert_eq!(generators[0].0, "$.params.items[*].d");
}

#[test]
fn errors_name_the_key_and_what_is_wrong() {
    for (value, problem) in [
        (
            json!(["matching(integer, 'x')"]),
            "\"request.params[0]\" is \"matching(integer, 'x')\", which is no matching rule definition: expected a whole number",
        ),
        (
            json!({"a b": ["eachValue(matching(type,1))"]}),
            "\"request.params['a b'][0]\" is \"eachValue(matching(type,1))\", which is no matching rule definition: eachValue is",
        ),
        (
            json!({"it's": ["matching(type, 1)"]}),
            "\"request.params['it's'][0]\" has a rule or a generator below a name that",
        ),
        (
            json!([{"pact:matcher:type": 1, "value": 2}]),
            "\"request.params[0]\" has as its \"pact:matcher:type\" the number 1; expected a text",
        ),
        (
            json!([{"pact:matcher:type": "type"}]),
            "\"request.params[0]\" has no \"value\"",
        ),
        (
            json!([{"pact:matcher:type": "eachKey", "value": {}}]),
            "\"request.params[0]\" has the rule \"eachKey\", which the jsonrpc plugin does not offer",
        ),
        (
            json!([{"pact:matcher:type": "type", "min": 1, "value": [1, 2]}]),
            "\"request.params[0]\" has \"min\" or \"max\" and not one item as its \"value\"",
        ),
        (
            json!([{"pact:generator:type": [], "value": 1}]),
            "\"request.params[0]\" has as its \"pact:generator:type\" a list; expected a text",
        ),
    ] {
        let error = read(value).unwrap_err();
        let wanted = format!("contents config key {problem}");
        assert!(error.starts_with(&wanted), "{error}");
    }
}

#[test]
fn names_without_rules_may_be_anything() {
    let value = json!({"it's": {"": 1}, "x.y": [null, true]});
    assert_eq!(read(value.clone()), Ok((value, vec![], vec![])));
}
