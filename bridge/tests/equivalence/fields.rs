//! Single values: the plugin `creditcard`, and what plugins ask the host.

use serde_json::{Value, json};

use super::json::base64;
use super::pair::Pair;
use super::random::{Fields, Random};
use super::{cases, requests};

/// A number that many take for one of a card.
fn card_number(random: &mut Random) -> String {
    let first = random.of(&["4", "51", "2221", "34", "6011", "300", "3528", "9"]);
    let length = random.of(&[13, 14, 15, 16, 16, 16, 19]);
    let mut digits = first.to_string();
    while digits.len() + 1 < length {
        digits += &random.below(10).to_string();
    }
    // Luhn's check digit: every second one counts double, from the right.
    let value = |(place, digit): (usize, u8)| match (digit - b'0', place % 2) {
        (digit, 0) => u32::from(digit) * 2 / 10 + u32::from(digit) * 2 % 10,
        (digit, _) => u32::from(digit),
    };
    let sum: u32 = digits.bytes().rev().enumerate().map(value).sum();
    let check = match random.one_in(5) {
        true => sum % 10,
        false => (10 - sum % 10) % 10,
    };
    digits += &check.to_string();
    if random.one_in(4) {
        digits.insert_str(4, random.of(&[" ", "-", "  ", "ä"]));
    }
    digits
}

fn card(random: &mut Random) -> Value {
    let number = card_number(random);
    match (random.below(4), number.parse::<i64>()) {
        (0, _) => random.field_value(),
        (1, Ok(number)) => json!({ "integer": number }),
        _ => json!({ "text": number }),
    }
}

#[test]
fn creditcard() {
    let creditcard = Pair::of("creditcard");
    let brands = [
        "visa",
        "mastercard",
        "amex",
        "discover",
        "diners",
        "jcb",
        "Visa",
    ];
    cases(150, |random| {
        let rule = Fields::default()
            .with("type", "creditcard")
            .optional(
                random,
                "values",
                |random| json!({"brand": random.of(&brands), "other": random.json(2)}),
            )
            .object();
        let request = json!({
            "key": "creditcard",
            "rule": rule,
            "path": random.text(),
            "mismatchType": random.of(&["body", "header", "path"]),
            "expected": card(random),
            "actual": card(random),
        });
        let _ = creditcard.check("match-field", &request);
    });
    creditcard.assert_answered(120);
}

/// The plugin `delegate` passes each request on. Without a driver that answers, the library does in both cases.
#[test]
fn rules_and_generators_of_the_host() {
    let delegate = Pair::of("delegate");
    let entry = |random: &mut Random, keys: &[&str]| {
        let key = match random.one_in(15) {
            true => "nothing",
            false => random.of(keys),
        };
        json!({"pactConfiguration": {"entry": key}})
    };
    cases(100, |random| {
        let keys = ["core/matcher/type", "regex", "matcher/integer", "each-key"];
        let mut request = requests::match_field(random);
        let rule = random.of(&["type", "regex", "integer"]);
        request["rule"] = json!({"type": rule, "values": {"regex": "."}});
        request["pluginConfiguration"] = entry(random, &keys);
        let _ = delegate.check("match-field", &request);

        let content = |json: &Value| base64(json.to_string().as_bytes());
        let expected = json!({"a": random.json(1), "b": random.json(1)});
        let mut actual = expected.clone();
        actual[random.of(&["a", "b", "c"])] = random.json(1);
        let request = json!({
            "expected": {"contentType": "application/json", "content": content(&expected)},
            "actual": {"contentType": "application/json", "content": content(&actual)},
            "allowUnexpectedKeys": random.one_in(2),
            "rules": {"$.a": [{"type": rule, "values": {"regex": "."}}]},
            "pluginConfiguration": entry(random, &["core/content-matcher/json", "json"]),
        });
        let _ = delegate.check("compare-contents", &request);

        let mut request = requests::generate_field(random);
        request["generator"] =
            json!({"type": "ProviderState", "values": {"expression": "${user}"}});
        request["testContext"] = json!({"providerState": {"user": random.json(1)}});
        request["pluginConfiguration"] = entry(random, &["core/generator/ProviderState"]);
        let _ = delegate.check("generate-field", &request);
    });
    delegate.assert_answered(250);
}
