//! The plugins `creditcard` (C) and `creditcard-python`: the same behaviour from two languages.

mod common;

use std::sync::{Arc, LazyLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::host::Host;
use pact_wasm::driver::plugin::Plugin;
use pact_wasm::error::{Code, Error};
use serde_json::{Value, json};

const NAMES: [&str; 2] = ["creditcard", "creditcard-python"];

/// All tests share one host: it takes seconds to compile a Python component.
struct Plugins {
    _host: Host,
    /// Those that were built, ready to be called.
    cards: Vec<Card>,
    delegate: Arc<Plugin>,
}

static PLUGINS: LazyLock<Plugins> = LazyLock::new(|| {
    let host = common::host(common::config());
    let load = |name: &str| {
        let plugin = host.load(name, None).expect("loads");
        plugin.init(&CallOptions::default()).expect("initialises");
        plugin
    };
    let built = NAMES.into_iter().filter(|name| was_built(&host, name));
    let cards = built.map(|key| Card {
        key,
        plugin: load(key),
    });
    Plugins {
        cards: cards.collect(),
        delegate: load("delegate"),
        _host: host,
    }
});

/// The toolchains of these plugins may be missing, though not in CI.
fn was_built(host: &Host, name: &str) -> bool {
    let config = host.config();
    let directory = config.plugin_directory.as_ref().expect("a directory");
    let component = directory
        .join(format!("{name}-0.1.0"))
        .join(format!("{name}.wasm"));
    let built = component.is_file();
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(built || !ci, "{} is missing", component.display());
    if !built {
        eprintln!("not tested: {name}, because it was not built; see what `make plugins` says");
    }
    built
}

/// One of the plugins.
struct Card {
    /// Its name, which is also the key of its catalogue entries.
    key: &'static str,
    plugin: Arc<Plugin>,
}

impl Card {
    fn call(&self, operation: &str, request: &str) -> Result<Value, Error> {
        let response = common::call(&self.plugin, operation, request)?;
        Ok(serde_json::from_str(&response).expect("JSON"))
    }

    /// Matches a value of a header against a rule with these values, a JSON text. The mismatches.
    fn match_field(&self, values: &str, actual: &Value) -> Result<Value, Error> {
        let response = self.call("match-field", &self.match_request(values, actual))?;
        Ok(response["mismatches"].clone())
    }

    fn match_request(&self, values: &str, actual: &Value) -> String {
        format!(
            r#"{{"key":"{key}","rule":{{"type":"{key}","values":{values}}},"path":"$.card","mismatchType":"header",
                "expected":{{"integer":4111111111111111}},"actual":{actual}}}"#,
            key = self.key,
        )
    }

    fn generate_field(&self, values: &str, example: &Value) -> Result<Value, Error> {
        let request = format!(
            r#"{{"key":"{key}","generator":{{"type":"{key}","values":{values}}},"path":"$.card",
                "example":{example},"testMode":"provider"}}"#,
            key = self.key,
        );
        let response = self.call("generate-field", &request)?;
        Ok(response["value"].clone())
    }

    fn assert_matches(&self, values: &str, actual: &Value) {
        let mismatches = self.match_field(values, actual).expect("an answer");
        assert_eq!(mismatches, json!([]), "{}: {values} {actual}", self.key);
    }

    /// There is exactly one mismatch, with this description and these bytes, and all else that it has to have.
    fn assert_mismatch(&self, values: &str, actual: &Value, shown: &str, description: &str) {
        let mismatches = self.match_field(values, actual).expect("an answer");
        let expected = json!([{
            "expected": STANDARD.encode("4111111111111111"),
            "actual": STANDARD.encode(shown),
            "description": description,
            "path": "$.card",
            "diff": null,
            "mismatchType": "header",
        }]);
        assert_eq!(mismatches, expected, "{}: {values} {actual}", self.key);
    }
}

fn brand(name: &str) -> String {
    json!({ "brand": name }).to_string()
}

#[test]
fn the_catalogue_has_a_matcher_and_a_generator_that_are_configured_by_brand() {
    for card in &PLUGINS.cards {
        let response = card.plugin.init_response().expect("initialised");
        let catalogue = serde_json::to_value(&response.catalogue).expect("JSON");
        let entry = |kind: &str| json!({"entryType": kind, "key": card.key, "values": {"config-key": "brand"}});
        assert_eq!(catalogue, json!([entry("matcher"), entry("generator")]));
    }
}

#[test]
fn numbers_of_every_brand_match() {
    let numbers = [
        ("visa", "4111111111111111"),
        ("visa", "4222222222222"),
        ("visa", "4000 0000 0000 0000 006"),
        ("mastercard", "5555 5555 5555 4444"),
        ("mastercard", "2221000000000009"),
        ("mastercard", "2720-9999-9999-9996"),
        ("amex", "3782 822463 10005"),
        ("discover", "6011111111111117"),
        ("diners", "30569309025904"),
        ("jcb", "3530111333300000"),
    ];
    for card in &PLUGINS.cards {
        for (name, number) in numbers {
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            let digits: i64 = digits.parse().expect("a number");
            for values in [brand(name), "{}".to_string(), "null".to_string()] {
                card.assert_matches(&values, &json!({ "text": number }));
                card.assert_matches(&values, &json!({ "integer": digits }));
            }
        }
        // A brand that the plugin does not know.
        card.assert_matches("{}", &json!({"text": "6200000000000005"}));
    }
}

#[test]
fn a_mismatch_says_why() {
    const FORM: &str =
        "a card number has only digits, and single spaces or dashes between them: see character";
    let form = |position: usize| format!("{FORM} {position}");
    let cases = [
        ("visa", "5555555555554444", "a visa number begins with 4"),
        (
            "visa",
            "411111111111111",
            "a visa number has 13, 16 or 19 digits, not 15",
        ),
        (
            "mastercard",
            "2220999999999991",
            "a mastercard number begins with 51-55 or 2221-2720",
        ),
        (
            "amex",
            "3530111333300000",
            "an amex number begins with 34 or 37",
        ),
        (
            "discover",
            "6500000000000",
            "a discover number has 16, 17, 18 or 19 digits, not 13",
        ),
        (
            "diners",
            "3",
            "a diners number begins with 300-305, 3095, 36 or 38-39",
        ),
        (
            "jcb",
            "41111111111111111111",
            "a jcb number begins with 3528-3589",
        ),
        (
            "visa",
            "4111 1111 1111 1112",
            "the last digit is 2, but the Luhn check digit of this number is 1",
        ),
        ("visa", "4111  1111 1111 1111", &form(6)),
        ("visa", "4111-", &form(5)),
        ("visa", "ä", &form(1)),
        ("visa", "4111x", &form(5)),
    ];
    for card in &PLUGINS.cards {
        for (name, number, why) in cases {
            card.assert_mismatch(&brand(name), &json!({ "text": number }), number, why);
        }
        let lengths = "a card number has 12, 13, 14, 15, 16, 17, 18 or 19 digits, not";
        card.assert_mismatch("{}", &json!({"text": ""}), "", &format!("{lengths} 0"));
        card.assert_mismatch("{}", &json!({"integer": 42}), "42", &format!("{lengths} 2"));
        card.assert_mismatch("{}", &json!({"integer": -42}), "-42", &form(1));
        let smallest = i64::MIN.to_string();
        card.assert_mismatch("{}", &json!({"integer": i64::MIN}), &smallest, &form(1));
    }
}

#[test]
fn values_that_are_neither_text_nor_whole_numbers_mismatch() {
    let cases = [
        (json!("null"), "null", "null"),
        (json!({"boolean": true}), "true", "a boolean"),
        (
            json!({"decimal": 4111111111111111.0}),
            "4111111111111111.0",
            "a decimal number",
        ),
        (json!({"decimal": -0.25}), "-0.25", "a decimal number"),
        (
            json!({"decimal": 0.000_001}),
            "0.000001",
            "a decimal number",
        ),
        (json!({"decimal": 1.999_999_9}), "2.0", "a decimal number"),
        (json!({"bytes": STANDARD.encode("4111")}), "4111", "bytes"),
        (json!({"json": [1]}), "[1]", "an object or an array"),
    ];
    for card in &PLUGINS.cards {
        for (actual, shown, kind) in &cases {
            let why = format!("a card number is text or a whole number, not {kind}");
            card.assert_mismatch("{}", actual, shown, &why);
        }
        let huge = card
            .match_field("{}", &json!({"decimal": 1e300}))
            .expect("an answer");
        assert_eq!(huge[0]["actual"], Value::Null, "too long to be shown");
    }
}

#[test]
fn a_wrong_configuration_is_an_error_that_says_what_to_write() {
    let known = "one of visa, mastercard, amex, discover, diners, jcb";
    let cases = [
        (
            r#"{"brand":"Visa"}"#,
            format!("\"brand\" is {known}; this one is not known: Visa"),
        ),
        (
            r#"{"brand":"\u00e4\ud83d\ude00"}"#,
            "not known: ä😀".to_string(),
        ),
        (
            r#"{"brand":null}"#,
            format!("\"brand\" is not text; it is {known}"),
        ),
        (r#"{"brand":["visa"]}"#, "\"brand\" is not text".to_string()),
    ];
    for card in &PLUGINS.cards {
        for (values, message) in &cases {
            let matching = card.match_field(values, &json!({"text": "4111111111111111"}));
            let generating = card.generate_field(values, &json!("null"));
            for error in [matching, generating].map(Result::unwrap_err) {
                assert_eq!(error.code(), Code::Plugin, "{}: {error}", card.key);
                assert!(error.to_string().contains(message), "{}: {error}", card.key);
            }
        }
        // The host lets no malformed JSON through.
        for values in [r#"{"brand":"#, r#"["visa"]"#, r#"{"brand":"\x"}"#] {
            let request = card.match_request(values, &json!("null"));
            let options = CallOptions::default();
            let call = card.plugin.call_json(&options, "match-field", &request);
            let error = call.unwrap_err();
            assert_eq!(error.code(), Code::InvalidArgument, "{}: {error}", card.key);
        }
    }
}

#[test]
fn the_brand_is_found_wherever_it_stands() {
    let nested = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let cases = [
        r#"{ "a" : {"brand":"visa"}, "br\u0061nd" : "am\u0065x" }"#.to_string(),
        r#"{"brand":"visa","brand":"amex"}"#.to_string(),
        r#"{"a":"\"brand\":\"visa\"","b":[1.5e3,true,null],"brand":"amex"}"#.to_string(),
        format!(r#"{{"brand":"amex","a":{nested}}}"#),
    ];
    for card in &PLUGINS.cards {
        for values in &cases {
            card.assert_matches(values, &json!({"text": "378282246310005"}));
        }
    }
}

#[test]
fn generated_numbers_are_accepted_and_differ() {
    let brands = ["visa", "mastercard", "amex", "discover", "diners", "jcb"];
    for card in &PLUGINS.cards {
        let mut generated = Vec::new();
        for round in 0..100 {
            let values = brand(brands[round % brands.len()]);
            let example = if round % 2 == 0 {
                json!({"text": "a card"})
            } else {
                json!({ "integer": 4111111111111111_i64 })
            };
            let value = card.generate_field(&values, &example).expect("a number");
            card.assert_matches(&values, &value);
            generated.push(value.to_string());
        }
        generated.sort();
        generated.dedup();
        assert!(generated.len() > 90, "{}: {generated:?}", card.key);
    }
}

#[test]
fn generated_numbers_have_the_form_of_the_example() {
    /// The form of a value: its kind, and its text with `0` for each digit.
    fn form(value: &Value) -> String {
        value
            .to_string()
            .replace(|it: char| it.is_ascii_digit(), "0")
    }
    let cases = [
        (
            "visa",
            json!({"text": "4111 1111-1111 1111"}),
            r#"{"text":"0000 0000-0000 0000"}"#,
        ),
        (
            "visa",
            json!({"text": "4222222222222"}),
            r#"{"text":"0000000000000"}"#,
        ),
        (
            "amex",
            json!({"text": "0000 000000 00000"}),
            r#"{"text":"0000 000000 00000"}"#,
        ),
        // An amex number has 15 digits, so this form does not fit.
        (
            "amex",
            json!({"text": "4111 1111 1111 1111"}),
            r#"{"text":"000000000000000"}"#,
        ),
        (
            "visa",
            json!({"text": "4111 1111 1111 111x"}),
            r#"{"text":"0000000000000000"}"#,
        ),
        ("visa", json!("null"), r#"{"text":"0000000000000000"}"#),
        (
            "diners",
            json!({"integer": 1}),
            r#"{"integer":00000000000000}"#,
        ),
        (
            "discover",
            json!({"integer": i64::MAX}),
            r#"{"integer":0000000000000000000}"#,
        ),
    ];
    for card in &PLUGINS.cards {
        for (name, example, expected) in &cases {
            let values = brand(name);
            let value = card.generate_field(&values, example).expect("a number");
            assert_eq!(form(&value), *expected, "{}: {name} {example}", card.key);
            card.assert_matches(&values, &value);
        }
        // Without a brand it is a Visa number.
        for values in ["null", "{}"] {
            let value = card.generate_field(values, &json!({"text": ""}));
            card.assert_matches(&brand("visa"), &value.expect("a number"));
        }
        let wrong = [
            (json!({"boolean": true}), "a boolean"),
            (json!({"decimal": 4.0}), "a decimal number"),
            (json!({"bytes": ""}), "bytes"),
            (json!({"json": {}}), "an object or an array"),
        ];
        for (example, kind) in wrong {
            let error = card.generate_field("{}", &example).unwrap_err();
            let message =
                format!("the example of a card number is text or a whole number, not {kind}");
            assert!(
                error.to_string().contains(&message),
                "{}: {error}",
                card.key
            );
        }
    }
}

#[test]
fn large_requests_leave_the_plugins_usable() {
    let digits = "4".repeat(1 << 20);
    for card in &PLUGINS.cards {
        for _ in 0..3 {
            let mismatches = card
                .match_field("{}", &json!({"text": digits}))
                .expect("an answer");
            assert_eq!(mismatches[0]["actual"], STANDARD.encode(&digits));
        }
        card.assert_matches("{}", &json!({"text": "4111111111111111"}));
    }
}

#[test]
fn other_plugins_reach_both_by_their_short_keys() {
    for card in &PLUGINS.cards {
        let request = format!(
            r#"{{"key":"delegate","rule":{{"type":"x","values":{{"brand":"visa"}}}},"path":"{}","mismatchType":"body",
                "expected":"null","actual":{{"text":"5555555555554444"}}}}"#,
            card.key
        );
        let response = common::call(&PLUGINS.delegate, "match-field", &request).expect("delegated");
        assert!(
            response.contains("a visa number begins with 4"),
            "{response}"
        );
    }
}
