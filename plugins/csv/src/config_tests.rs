//! Tests of `config`.

use super::*;
use crate::testing::{TestServices, rule};
use serde_json::json;

fn parse(json: &str) -> Result<Config, String> {
    Config::parse(&TestServices::default(), json)
}

fn columns(json: &str) -> Columns {
    parse(json)
        .unwrap_or_else(|error| panic!("{json}: {error}"))
        .columns
}

/// Names and examples.
fn summary(json: &str) -> Vec<(String, String)> {
    let columns = columns(json).into_iter();
    columns.map(|(name, column)| (name, column.text)).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn columns_keep_the_order_in_which_they_are_written() {
    assert_eq!(
        summary(r#"{"column:z": "1", "column:a": "2", "column:10": "3"}"#),
        pairs(&[("z", "1"), ("a", "2"), ("10", "3")])
    );
}

#[test]
fn settings_are_read() {
    let config = parse(r#"{"column:a": "1"}"#).unwrap();
    assert_eq!(config.settings, Settings::default());
    let config = parse(
        r#"{"csvHeaders": false, "delimiter": "\t", "pact:content-type": "x", "column:1": "1"}"#,
    );
    assert_eq!(
        config.unwrap().settings,
        Settings {
            headers: false,
            delimiter: b'\t'
        }
    );
}

#[test]
fn a_list_can_fix_the_order() {
    assert_eq!(
        summary(
            r#"{"column:a": "1", "column:b": "2", "column:c": "3", "columns": ["c", "a", "b"]}"#
        ),
        pairs(&[("c", "3"), ("a", "1"), ("b", "2")])
    );
    for (list, problem) in [
        (
            r#"["a", "c"]"#,
            "contents config key \"column:c\" is missing: \"columns\" lists it",
        ),
        (
            r#"["a"]"#,
            "contents config key \"column:b\" is not in the list of \"columns\"",
        ),
        (
            r#"["a", "b", "a"]"#,
            "contents config key \"columns\" is a list; expected a list of the columns' names, each once",
        ),
        (
            r#"["a", 2]"#,
            "contents config key \"columns\" is a list; expected a list of the columns' names, each once",
        ),
        (
            "\"a,b\"",
            "contents config key \"columns\" is the text \"a,b\"; expected a list of the columns' names, each once",
        ),
    ] {
        let config = format!(r#"{{"column:a": "1", "column:b": "2", "columns": {list}}}"#);
        assert_eq!(parse(&config).unwrap_err(), problem);
    }
}

#[test]
fn without_headers_the_numbers_are_the_order() {
    assert_eq!(
        summary(
            r#"{"csvHeaders": false, "column:10": "j", "column:2": "b", "column:1": "a", "column:3": "c", "column:4": "d",
                "column:5": "e", "column:6": "f", "column:7": "g", "column:8": "h", "column:9": "i"}"#
        )
        .into_iter()
        .map(|(_, value)| value)
        .collect::<String>(),
        "abcdefghij"
    );
    for (columns, problem) in [
        (
            r#""column:name": "x""#,
            "contents config key \"column:name\" needs a header line, but \"csvHeaders\" is false; expected a number from 1, as in \"column:1\"",
        ),
        (
            r#""column:0": "x""#,
            "contents config key \"column:0\" needs a header line",
        ),
        (
            r#""column:01": "x""#,
            "contents config key \"column:01\" needs a header line",
        ),
        (
            r#""column:2": "x""#,
            "contents config key \"column:1\" is missing; expected the numbers from 1 on without a gap",
        ),
        (
            r#""column:1": "x", "column:3": "y""#,
            "contents config key \"column:2\" is missing",
        ),
        (
            r#""column:1": "x", "columns": ["1"]"#,
            "contents config key \"columns\" does not go with \"csvHeaders\" false",
        ),
    ] {
        let config = format!(r#"{{"csvHeaders": false, {columns}}}"#);
        let error = parse(&config).unwrap_err();
        assert!(error.starts_with(problem), "{error}");
    }
}

#[test]
fn columns_are_texts_expressions_or_objects() {
    let columns = columns(
        r#"{"column:a": "plain, text", "column:b": "matching(integer, 7)", "column:c": {"value": "x"},
            "column:d": {"value": "notEmpty('x')", "rules": [{"type": "regex", "regex": "\\w+"}, {"type": "type"}],
                         "generator": {"type": "RandomInt", "min": 1, "max": 9}},
            "column:e": {"value": "matching(date, 'yyyy', '2000')", "generator": {"type": "Uuid"}}}"#,
    );
    let [a, b, c, d, e] = &columns[..] else {
        panic!("{columns:?}");
    };
    assert_eq!((&*a.1.text, a.1.rules.len()), ("plain, text", 0));
    assert_eq!(b.1.rules, [rule("integer", json!(null))]);
    assert_eq!((&*c.1.text, c.1.rules.len()), ("x", 0));
    assert_eq!(
        d.1.rules,
        [
            rule("notEmpty", json!(null)),
            rule("regex", json!({"regex": "\\w+"})),
            rule("type", json!(null)),
        ]
    );
    let generator = d.1.generator.as_ref().unwrap();
    assert_eq!(
        (&*generator.type_, generator.values.as_deref()),
        ("RandomInt", Some(r#"{"max":9,"min":1}"#))
    );
    let generator = e.1.generator.as_ref().unwrap();
    assert_eq!((&*generator.type_, &generator.values), ("Uuid", &None));
}

#[test]
fn errors_name_the_key_and_say_what_is_expected() {
    for (config, problem) in [
        (
            "[]",
            "the contents config cannot be read: invalid type: sequence, expected a JSON object",
        ),
        ("{", "the contents config cannot be read: EOF"),
        (
            "{}",
            "the contents config has no columns; expected keys such as \"column:1\" or \"column:name\"",
        ),
        (
            r#"{"csvHeaders": "yes"}"#,
            "contents config key \"csvHeaders\" is the text \"yes\"; expected true or false",
        ),
        (
            r#"{"delimiter": ";;"}"#,
            "contents config key \"delimiter\" is the text \";;\"; expected one ASCII character",
        ),
        (
            r#"{"delimiter": null}"#,
            "contents config key \"delimiter\" is null; expected one ASCII character",
        ),
        (
            r#"{"headers": true}"#,
            "contents config key \"headers\" is not known to the csv plugin; expected \"csvHeaders\", \"delimiter\", \"columns\", or \"column:\"",
        ),
        (
            r#"{"column:": "x"}"#,
            "contents config key \"column:\" has no name",
        ),
        (
            r#"{"column:it's": "x"}"#,
            "contents config key \"column:it's\" has a quote ' in its name",
        ),
        (
            r#"{"column:a": "x", "column:a": "y"}"#,
            "contents config key \"column:a\" occurs twice",
        ),
        (
            r#"{"column:a": 100}"#,
            "contents config key \"column:a\" is the number 100; expected text, or an object with \"value\"",
        ),
        (
            r#"{"column:a": null}"#,
            "contents config key \"column:a\" is null; expected text",
        ),
        (
            r#"{"column:a": ["x"]}"#,
            "contents config key \"column:a\" is a list; expected text",
        ),
        (
            r#"{"column:a": "matching(type)"}"#,
            "contents config key \"column:a\" is \"matching(type)\", which is no matching rule definition: expected a comma at \")\"",
        ),
        (
            r#"{"column:a": {}}"#,
            "contents config key \"column:a\" has no text as its \"value\"",
        ),
        (
            r#"{"column:a": {"value": 1}}"#,
            "contents config key \"column:a\" has no text as its \"value\"",
        ),
        (
            r#"{"column:a": {"value": "x", "rules": {"type": "type"}}}"#,
            "contents config key \"column:a\" has wrong \"rules\"; expected a list of objects such as",
        ),
        (
            r#"{"column:a": {"value": "x", "rules": [{"match": "type"}]}}"#,
            "contents config key \"column:a\" has wrong \"rules\"",
        ),
        (
            r#"{"column:a": {"value": "x", "generator": "Uuid"}}"#,
            "contents config key \"column:a\" has a wrong \"generator\"; expected an object such as",
        ),
        (
            r#"{"column:a": {"value": "x", "matching": 1}}"#,
            "contents config key \"column:a\" has a key \"matching\"; expected \"value\", \"rules\" and \"generator\"",
        ),
    ] {
        let error = parse(config).unwrap_err();
        assert!(error.starts_with(problem), "{config}: {error}");
    }
}
