//! Tests of `expression`.

use super::*;

/// The name of the configuration value of some plugin's rule.
fn config_key(rule_type: &str) -> Option<String> {
    (rule_type == "creditcard").then(|| "brand".to_owned())
}

fn parsed(text: &str) -> Definition {
    parse(&config_key, text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn error(text: &str) -> String {
    parse(&config_key, text).unwrap_err()
}

#[test]
fn rules_have_an_example_and_configuration() {
    for (text, value, type_, values) in [
        ("matching(type,'Name')", "Name", "type", json!({})),
        ("matching( type , 10 )", "10", "type", json!({})),
        ("matching(type, true)", "true", "type", json!({})),
        ("matching(type, null)", "", "type", json!({})),
        ("matching(equalTo,'x')", "x", "equality", json!({})),
        ("matching(number,100)", "100", "number", json!({})),
        ("matching(number,-1.50)", "-1.50", "number", json!({})),
        ("matching(integer,1)", "1", "integer", json!({})),
        ("matching(decimal,10.5)", "10.5", "decimal", json!({})),
        ("matching(decimal,10)", "10", "decimal", json!({})),
        ("matching(boolean,false)", "false", "boolean", json!({})),
        ("matching(semver,'1.0.0')", "1.0.0", "semver", json!({})),
        (
            "matching(include,'x')",
            "x",
            "include",
            json!({"value": "x"}),
        ),
        (
            r"matching(regex,'\w+','abc')",
            "abc",
            "regex",
            json!({"regex": r"\w+"}),
        ),
        (
            "matching(contentType,'application/json','{}')",
            "{}",
            "contentType",
            json!({"value": "application/json"}),
        ),
        ("notEmpty('x')", "x", "notEmpty", json!({})),
        ("notEmpty(1.5)", "1.5", "notEmpty", json!({})),
        ("matching(luhn,'41')", "41", "luhn", json!({})),
        (
            "matching(luhn,'a','41')",
            "41",
            "luhn",
            json!({"value": "a"}),
        ),
        ("matching(luhn,2,'41')", "41", "luhn", json!({"value": 2})),
        (
            "matching(creditcard,'visa','41')",
            "41",
            "creditcard",
            json!({"brand": "visa"}),
        ),
    ] {
        assert!(is_expression(text), "{text}");
        let definition = parsed(text);
        assert_eq!(definition.text, value, "{text}");
        assert_eq!(definition.rules, [rule(type_, values)], "{text}");
        assert_eq!(definition.generator, None, "{text}");
    }
}

#[test]
fn dates_and_times_are_generated() {
    for (name, type_) in [("date", "Date"), ("time", "Time"), ("datetime", "DateTime")] {
        let definition = parsed(&format!("matching({name}, 'HH yyyy','09 2000')"));
        let values = json!({"format": "HH yyyy"});
        assert_eq!(definition.text, "09 2000");
        assert_eq!(definition.rules, [rule(name, values.clone())]);
        assert_eq!(definition.generator, Some(generator(type_, values)));
    }
}

#[test]
fn values_can_come_from_the_providers_state() {
    for (text, value, data_type, rules) in [
        ("fromProviderState('${x}','v')", "v", "STRING", 0),
        (
            "matching(type, fromProviderState('${x}', 3))",
            "3",
            "INTEGER",
            1,
        ),
        (
            "matching(number, fromProviderState('${x}', 'n'))",
            "n",
            "STRING",
            1,
        ),
        (
            "matching(date, 'yyyy', fromProviderState('${x}', '2000'))",
            "2000",
            "STRING",
            1,
        ),
        (
            "notEmpty(fromProviderState('${x}', 2.5))",
            "2.5",
            "DECIMAL",
            1,
        ),
        (
            "matching(boolean, fromProviderState('${x}', true))",
            "true",
            "BOOLEAN",
            1,
        ),
    ] {
        assert!(is_expression(text), "{text}");
        let definition = parsed(text);
        assert_eq!(
            (&*definition.text, definition.rules.len()),
            (value, rules),
            "{text}"
        );
        let values = json!({"expression": "${x}", "dataType": data_type});
        assert_eq!(
            definition.generator,
            Some(generator("ProviderState", values)),
            "{text}"
        );
    }
}

#[test]
fn several_functions_add_up() {
    let definition = parsed("notEmpty('2000'), matching(date,'yyyy','2001') ,matching(integer,7)");
    assert_eq!(definition.text, "2000");
    let types: Vec<_> = definition.rules.iter().map(|rule| &*rule.type_).collect();
    assert_eq!(types, ["notEmpty", "date", "integer"]);
    assert_eq!(definition.generator.unwrap().type_, "Date");
}

#[test]
fn backslashes_escape() {
    for (escaped, text) in [
        (r"It\'s", "It's"),
        (r"a\\b", r"a\b"),
        (r"\d{3}", r"\d{3}"),
        (r"\b\f\n\r\t", "\u{8}\u{c}\n\r\t"),
        (r"\u00e4\u{1F600}", "ä😀"),
        ("a, (b)", "a, (b)"),
        ("", ""),
    ] {
        assert_eq!(parsed(&format!("notEmpty('{escaped}')")).text, text);
    }
    for wrong in [r"\u00", r"\uzzzz", r"\u{110000}", r"\u{e4", r"\ud800"] {
        let error = error(&format!("notEmpty('{wrong}')"));
        assert!(error.contains("after \\u"), "{error}");
    }
}

#[test]
fn other_texts_are_no_expressions() {
    for text in [
        "",
        "x",
        "matching",
        "matching shoes",
        "matchings('x')",
        "'matching('",
        "type('x')",
    ] {
        assert!(!is_expression(text), "{text}");
    }
}

#[test]
fn errors_say_what_is_expected_and_where() {
    for (text, problem) in [
        (
            "matching(",
            "expected the name of a matching rule at the end",
        ),
        (
            "matching('x')",
            "expected the name of a matching rule at \"'x')\"",
        ),
        (
            "matching($'x')",
            "expected the name of a matching rule at \"$'x')\"",
        ),
        ("matching(type)", "expected a comma at \")\""),
        (
            "matching(type,x)",
            "expected a text in single quotes, a number, true, false or null at \"x)\"",
        ),
        ("matching(type,'x'", "expected a closing bracket at the end"),
        (
            "matching(type,'x)",
            "expected a text that ends with a single quote at \"'x)\"",
        ),
        (
            "matching(type,'x') y",
            "expected a comma or the end at \"y\"",
        ),
        (
            "matching(type,'x'),",
            "expected matching(…), notEmpty(…) or fromProviderState(…) at the end",
        ),
        ("matching(number,'1')", "expected a number at \"'1')\""),
        (
            "matching(integer,1.5)",
            "expected a whole number at \"1.5)\"",
        ),
        ("matching(boolean,1)", "expected true or false at \"1)\""),
        ("matching(regex,'x')", "expected a comma at \")\""),
        (
            "matching(include,1)",
            "expected a text in single quotes at \"1)\"",
        ),
        (
            "matching(date,'yyyy',2000)",
            "expected a text in single quotes at \"2000)\"",
        ),
        (
            "fromProviderState 'x'",
            "expected an opening bracket at \"'x'\"",
        ),
        ("fromProviderState('x')", "expected a comma at \")\""),
        (
            "eachValue(matching(type,1))",
            "eachValue is for lists and maps; expected a rule for a single value",
        ),
        ("notEmpty('x'), atLeast(1)", "atLeast is for lists and maps"),
    ] {
        let error = error(text);
        assert!(error.starts_with(problem), "{text}: {error}");
    }
}
