//! Pact's own rules, generators and content types, called by a plugin through the host, against `pact_matching` and
//! `pact_models` called directly.
#![cfg(feature = "core-rules")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use pact_matching::matchingrules::DoMatch;
use pact_matching::{CoreMatchingContext, DiffConfig, match_body};
use pact_models::bodies::OptionalBody;
use pact_models::content_types::XML;
use pact_models::matchingrules::{Category, MatchingRule, MatchingRuleCategory, RuleLogic};
use pact_models::path_exp::DocPath;
use pact_models::v4::http_parts::HttpResponse;
use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::plugin::Plugin;
use pact_wasm::error::Error;
use serde_json::{Value, json};

/// The plugin that passes requests on to the entry that its pact configuration names.
fn delegate() -> Arc<Plugin> {
    let host = common::host(common::config());
    let plugin = host.load("delegate", None).expect("loads");
    plugin.init(&CallOptions::default()).expect("initialises");
    plugin
}

fn call(plugin: &Plugin, operation: &str, entry: &str, mut request: Value) -> Result<Value, Error> {
    request["pluginConfiguration"] = json!({"pactConfiguration": {"entry": entry}});
    let answer = common::call(plugin, operation, &request.to_string())?;
    Ok(serde_json::from_str(&answer).expect("JSON"))
}

/// The message of an error that the host gave to the plugin.
fn refused(result: Result<Value, Error>) -> String {
    let message = result.expect_err("refused").to_string();
    let (_, reason) = message.split_once("the host says: ").expect(&message);
    reason.to_string()
}

// ---- rules ----

/// Rules that look at one value, with their values.
fn rules() -> Vec<(&'static str, Value)> {
    vec![
        ("equality", json!({})),
        ("regex", json!({"regex": "^[a-z0-9.]+$"})),
        ("regex", json!({"regex": "("})),
        ("type", json!({})),
        ("type", json!({"min": 2.0})),
        ("type", json!({"min": 1, "max": 2})),
        ("include", json!({"value": "1"})),
        ("number", json!({})),
        ("integer", json!({})),
        ("decimal", json!({})),
        ("boolean", json!({})),
        ("null", json!({})),
        ("date", json!({})),
        ("date", json!({"format": "dd/MM/yyyy"})),
        ("time", json!({"format": "HH:mm"})),
        ("datetime", json!({"format": "yyyy-MM-dd'T'HH:mm:ss"})),
        ("content-type", json!({"value": "text/plain"})),
        ("content-type", json!({"value": "image/jpeg"})),
        ("not-empty", json!({})),
        ("semver", json!({})),
        ("status-code", json!({"status": "clientError"})),
        ("status-code", json!({"status": [200.0, 201]})),
    ]
}

/// How a JPEG file begins.
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x01\x00\x48\x00\x48\x00\x00";

/// Values of every kind: as the generic call writes them, and as Pact's crates take them.
fn values() -> Vec<(Value, Pact)> {
    let mut values: Vec<(Value, Pact)> = vec![
        (json!("null"), Pact::Json(Value::Null)),
        (json!({"boolean": true}), Pact::Json(json!(true))),
        (json!({"bytes": "AP8="}), Pact::Bytes(vec![0, 255])),
        (json!({"bytes": "YWJj"}), Pact::Bytes(b"abc".to_vec())),
        (json!({"bytes": base64(JPEG)}), Pact::Bytes(JPEG.to_vec())),
    ];
    for number in [0i64, 1, 200, 404, -7] {
        values.push((json!({"integer": number}), Pact::Json(json!(number))));
    }
    for number in [1.0f64, 2.5] {
        values.push((json!({"decimal": number}), Pact::Json(json!(number))));
    }
    let texts = [
        "",
        "abc",
        "true",
        "1",
        "404",
        "1.5",
        "1.2.3",
        "2000-02-29",
        "2001-02-29",
        "29/02/2000",
        "12:30",
        "2000-01-01T12:30:00",
    ];
    for text in texts {
        values.push((json!({"text": text}), Pact::Json(json!(text))));
    }
    for structure in [
        json!([]),
        json!([1, 2.0, "a"]),
        json!({}),
        json!({"a": {"b": 1}}),
    ] {
        values.push((json!({"json": structure}), Pact::Json(structure)));
    }
    values
}

enum Pact {
    Json(Value),
    Bytes(Vec<u8>),
}

impl Pact {
    fn shown(&self) -> Vec<u8> {
        match self {
            Pact::Json(Value::String(text)) => text.clone().into_bytes(),
            Pact::Json(json) => json.to_string().into_bytes(),
            Pact::Bytes(bytes) => bytes.clone(),
        }
    }

    fn bytes(&self) -> Option<bytes::Bytes> {
        let shown = || self.shown().into();
        matches!(self, Pact::Bytes(_) | Pact::Json(Value::String(_))).then(shown)
    }
}

/// What `pact_matching` says; `None` where it has nothing to say about two such values.
fn verdict(rule: &MatchingRule, expected: &Pact, actual: &Pact) -> Option<Result<(), String>> {
    let result = match (expected, actual) {
        (_, Pact::Json(Value::String(text))) if matches!(rule, MatchingRule::StatusCode(_)) => {
            rule.match_value("", text.as_str(), false, true)
        }
        (_, Pact::Json(json)) if matches!(rule, MatchingRule::StatusCode(_)) => {
            rule.match_value("", json.to_string().as_str(), false, true)
        }
        (Pact::Json(expected), Pact::Json(actual)) => {
            rule.match_value(expected, actual, false, true)
        }
        _ => rule.match_value(&expected.bytes()?, &actual.bytes()?, false, true),
    };
    Some(result.map_err(|error| error.to_string()))
}

/// The rule as Pact's crates read it, with whole numbers for those that are written as decimals.
fn direct(name: &str, values: &Value) -> MatchingRule {
    let values = values.to_string().replace(".0", "");
    MatchingRule::create(name, &serde_json::from_str(&values).unwrap()).unwrap()
}

#[test]
fn every_rule_gives_the_verdict_and_the_message_of_pact_matching() {
    let plugin = delegate();
    let mut seen: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (name, rule_values) in rules() {
        let rule = direct(name, &rule_values);
        for (expected, pact_expected) in &values() {
            for (actual, pact_actual) in &values() {
                let case = format!("{name} {rule_values}: {expected} {actual}");
                let request = json!({
                    "key": name, "rule": {"type": name, "values": rule_values}, "path": "$.a.b",
                    "mismatchType": "query", "expected": expected, "actual": actual,
                });
                let answer = call(
                    &plugin,
                    "match-field",
                    &format!("core/matcher/{name}"),
                    request,
                );
                let counts = seen.entry(format!("{name} {rule_values}")).or_default();
                match verdict(&rule, pact_expected, pact_actual) {
                    Some(Ok(())) => {
                        assert_eq!(answer.expect(&case), json!({"mismatches": []}), "{case}");
                        counts.0 += 1;
                    }
                    Some(Err(message)) => {
                        let mismatch = json!({
                            "expected": base64(&pact_expected.shown()), "actual": base64(&pact_actual.shown()),
                            "description": message, "path": "$.a.b", "diff": null, "mismatchType": "query",
                        });
                        assert_eq!(
                            answer.expect(&case),
                            json!({"mismatches": [mismatch]}),
                            "{case}"
                        );
                        counts.1 += 1;
                    }
                    None => assert!(refused(answer).contains("cannot compare bytes"), "{case}"),
                }
            }
        }
    }
    let cases: usize = seen
        .values()
        .map(|(matches, mismatches)| matches + mismatches)
        .sum();
    assert!(cases >= 300, "{cases}");
    for (rule, (matches, mismatches)) in seen {
        let never = rule.starts_with("regex") && rule.contains("\"(\"");
        assert!(matches > 0 || never, "nothing matches {rule}");
        assert!(mismatches > 0, "everything matches {rule}");
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn many_texts_get_the_verdicts_that_pact_matching_gives_for_text() {
    let plugin = delegate();
    let texts: Vec<String> = values()
        .into_iter()
        .filter_map(|(_, value)| match value {
            Pact::Json(Value::String(text)) => Some(text),
            _ => None,
        })
        .collect();
    let mut mismatches = 0;
    for (name, rule_values) in rules() {
        let rule = direct(name, &rule_values);
        let request = json!({
            "key": name, "rule": {"type": name, "values": rule_values}, "path": "$.a",
            "mismatchType": "header", "expected": {"text": "abc"}, "actual": {"json": texts},
        });
        let answer = call(
            &plugin,
            "match-field",
            &format!("matcher/{name}!texts"),
            request,
        )
        .unwrap();
        let found: Vec<(String, String)> = answer["mismatches"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| {
                (
                    it["diff"].as_str().unwrap().into(),
                    it["description"].as_str().unwrap().into(),
                )
            })
            .collect();
        let wanted: Vec<(String, String)> = texts
            .iter()
            .enumerate()
            .filter_map(|(number, text)| {
                let verdict = rule.match_value("abc", text.as_str(), false, true);
                verdict
                    .err()
                    .map(|error| (number.to_string(), error.to_string()))
            })
            .collect();
        assert_eq!(found, wanted, "{name} {rule_values}");
        mismatches += wanted.len();
    }
    assert!(mismatches > 50, "{mismatches}");
}

#[test]
fn rules_that_cannot_be_applied_say_why() {
    let plugin = delegate();
    let match_field = |entry: &str, rule: Value| {
        let request = json!({
            "key": "", "rule": rule, "path": "$", "mismatchType": "body",
            "expected": {"text": "a"}, "actual": {"text": "b"},
        });
        call(&plugin, "match-field", entry, request)
    };
    for rule in [
        "min-type",
        "max-type",
        "min-max-type",
        "values",
        "array-contains",
        "each-key",
        "each-value",
    ] {
        let reason = refused(match_field(rule, json!({"type": rule})));
        assert!(
            reason.starts_with(&format!(
                "core/matcher/{rule}: \"{rule}\" looks at a collection"
            )),
            "{reason}"
        );
    }
    // The same through the entry of a rule that looks at one value.
    let reason = refused(match_field(
        "type",
        json!({"type": "each-value", "values": {"rules": []}}),
    ));
    assert!(
        reason.contains("\"each-value\" looks at a collection"),
        "{reason}"
    );
    let reason = refused(match_field("type", json!({"type": "telepathy"})));
    assert_eq!(
        reason,
        "core/matcher/type: \"telepathy\" is no matching rule of Pact's"
    );
    let reason = refused(match_field("regex", json!({"type": "regex"})));
    assert!(
        reason.contains("\"regex\" is not valid: Regex matcher missing"),
        "{reason}"
    );
    // Without a name the entry's own rule counts.
    let answer = match_field("core/matcher/not-empty", json!({"type": ""})).unwrap();
    assert_eq!(answer, json!({"mismatches": []}));
}

#[test]
fn the_catalogue_lists_every_rule_and_generator_of_pact() {
    let host = common::host(common::config());
    let catalogue = host.catalogue().unwrap();
    let count = |prefix: &str| {
        catalogue
            .iter()
            .filter(|it| it.full_key.starts_with(prefix))
            .count()
    };
    assert_eq!(count("core/matcher/"), 23);
    assert_eq!(count("core/generator/"), 13);
    assert_eq!(count("core/content-matcher/"), 4);
    assert_eq!(count("core/content-generator/"), 2);
    assert_eq!(count("core/interaction/"), 3);
}

// ---- generators ----

#[test]
fn every_generator_makes_a_value() {
    let plugin = delegate();
    let generate = |name: &str, values: Value, example: Value, mode: &str| {
        let request = json!({
            "key": "", "generator": {"type": name, "values": values}, "path": "$.a", "example": example,
            "testMode": mode,
            "testContext": {"user": "joe", "mockServer": {"url": "http://localhost:99"}, "providerState": {"user": "joe"}},
        });
        call(
            &plugin,
            "generate-field",
            &format!("core/generator/{name}"),
            request,
        )
        .map(|it| it["value"].clone())
    };
    let text =
        |value: Result<Value, Error>| value.unwrap()["text"].as_str().expect("a text").to_string();
    let matches = |pattern: &str, text: &str| {
        let rule = direct("regex", &json!({"regex": pattern}));
        assert!(
            rule.match_value("", text, false, true).is_ok(),
            "{text} {pattern}"
        );
    };
    let example = json!({"text": "x"});

    assert_eq!(
        generate(
            "RandomInt",
            json!({"min": 5.0, "max": 5}),
            json!({"integer": 1}),
            "consumer"
        )
        .unwrap(),
        json!({"integer": 5})
    );
    matches(
        r"^\d+\.?\d*$",
        &text(generate(
            "RandomDecimal",
            json!({"digits": 6}),
            example.clone(),
            "consumer",
        )),
    );
    matches(
        "^[0-9a-fA-F]{8}$",
        &text(generate(
            "RandomHexadecimal",
            json!({"digits": 8.0}),
            example.clone(),
            "consumer",
        )),
    );
    matches(
        "^[0-9A-Za-z]{12}$",
        &text(generate(
            "RandomString",
            json!({"size": 12}),
            example.clone(),
            "provider",
        )),
    );
    matches(
        "^(true|false)$",
        &generate(
            "RandomBoolean",
            json!({}),
            json!({"boolean": true}),
            "consumer",
        )
        .unwrap()["boolean"]
            .to_string(),
    );
    matches(
        "^[ab]{3}$",
        &text(generate(
            "Regex",
            json!({"regex": "[ab]{3}"}),
            example.clone(),
            "unknown",
        )),
    );
    matches(
        "^[0-9a-f-]{36}$",
        &text(generate("Uuid", json!({}), example.clone(), "consumer")),
    );
    matches(
        r"^\d{4}-\d\d-\d\d$",
        &text(generate(
            "Date",
            json!({"format": "yyyy-MM-dd"}),
            example.clone(),
            "consumer",
        )),
    );
    matches(
        r"^\d\d:\d\d$",
        &text(generate(
            "Time",
            json!({"format": "HH:mm"}),
            example.clone(),
            "consumer",
        )),
    );
    matches(
        r"^\d{4}-\d\d-\d\d \d\d$",
        &text(generate(
            "DateTime",
            json!({"format": "yyyy-MM-dd HH"}),
            example.clone(),
            "consumer",
        )),
    );
    assert_eq!(
        text(generate(
            "ProviderState",
            json!({"expression": "/users/${user}"}),
            example.clone(),
            "provider"
        )),
        "/users/joe"
    );
    let url = json!({"example": "http://h:1/a/b", "regex": ".*(/a/b)"});
    assert_eq!(
        text(generate(
            "MockServerURL",
            url.clone(),
            example.clone(),
            "consumer"
        )),
        "http://localhost:99/a/b"
    );

    // On the other side of the test the example stays.
    assert_eq!(
        generate("MockServerURL", url, example.clone(), "provider").unwrap(),
        example
    );
    // Bytes that are text become bytes.
    let bytes = generate(
        "Regex",
        json!({"regex": "[b]{2}"}),
        json!({"bytes": "YQ=="}),
        "consumer",
    )
    .unwrap();
    assert_eq!(bytes, json!({"bytes": "YmI="}));

    let reason = refused(generate(
        "ArrayContains",
        json!({}),
        example.clone(),
        "consumer",
    ));
    assert!(
        reason.starts_with("core/generator/ArrayContains: \"ArrayContains\" fills a collection"),
        "{reason}"
    );
    let reason = refused(generate(
        "Regex",
        json!({"regex": "["}),
        example.clone(),
        "consumer",
    ));
    assert!(
        reason.contains("\"Regex\" cannot generate a value"),
        "{reason}"
    );
    let reason = refused(generate(
        "Uuid",
        json!({}),
        json!({"bytes": "/w=="}),
        "consumer",
    ));
    assert!(reason.contains("UTF-8"), "{reason}");
}

#[test]
fn a_generator_that_pact_does_not_have_is_an_error() {
    let plugin = delegate();
    let request =
        json!({"key": "", "generator": {"type": "Telepathy"}, "path": "$", "example": "null"});
    let reason = refused(call(&plugin, "generate-field", "Uuid", request));
    assert_eq!(
        reason,
        "core/generator/Uuid: \"Telepathy\" with these values is no generator of Pact's"
    );
}

// ---- contents ----

fn bodies(mime: &str, expected: &str, actual: &str, rules: &Value) -> Value {
    json!({
        "expected": {"contentType": mime, "content": base64(expected.as_bytes())},
        "actual": {"contentType": mime, "content": base64(actual.as_bytes())},
        "rules": rules,
    })
}

/// Descriptions by path, in order.
fn described(answer: &Value) -> BTreeMap<String, Vec<String>> {
    let results = answer["results"].as_object().expect("results");
    let description = |it: &Value| it["description"].as_str().unwrap().to_string();
    results
        .iter()
        .map(|(path, list)| {
            (
                path.clone(),
                list.as_array().unwrap().iter().map(description).collect(),
            )
        })
        .collect()
}

type Match = fn(
    &HttpResponse,
    &HttpResponse,
    &CoreMatchingContext,
) -> Result<(), Vec<pact_matching::Mismatch>>;

#[test]
fn contents_get_the_verdict_of_pact_matching() {
    let json_matcher: Match = |e, a, c| pact_matching::json::match_json(e, a, c);
    let xml: Match = xml;
    let text: Match = |e, a, c| pact_matching::match_text(&e.body.value(), &a.body.value(), c);
    let type_at = |path: &str| json!({path: [{"type": "type"}]});
    let cases = [
        (
            "json",
            json_matcher,
            r#"{"a":1,"b":[1,2]}"#,
            r#"{"a":1,"b":[1,2]}"#,
            json!({}),
        ),
        (
            "json",
            json_matcher,
            r#"{"a":1,"b":[1,2]}"#,
            r#"{"a":2,"b":[1],"c":0}"#,
            json!({}),
        ),
        (
            "json",
            json_matcher,
            r#"{"a":1}"#,
            r#"{"a":2}"#,
            type_at("$.a"),
        ),
        (
            "json",
            json_matcher,
            r#"{"a":1}"#,
            r#"{"a":"2"}"#,
            type_at("$.a"),
        ),
        (
            "json",
            json_matcher,
            r#"{"a":["x"]}"#,
            r#"{"a":["y","z"]}"#,
            json!({"$.a": [{"type": "type", "values": {"min": 3.0}}]}),
        ),
        ("json", json_matcher, r#"{"a":1}"#, "{", json!({})),
        ("xml", xml, "<a><b>1</b></a>", "<a><b>1</b></a>", json!({})),
        (
            "xml",
            xml,
            "<a><b>1</b></a>",
            "<a><b>2</b><c/></a>",
            json!({}),
        ),
        (
            "xml",
            xml,
            "<a><b>1</b></a>",
            "<a><b>2</b></a>",
            json!({"$.a.b['#text']": [{"type": "regex", "values": {"regex": "\\d"}}]}),
        ),
        ("text", text, "abc", "abc", json!({})),
        ("text", text, "abc", "abd", json!({})),
        (
            "text",
            text,
            "abc",
            "abd",
            json!({"$": [{"type": "regex", "values": {"regex": "ab."}}]}),
        ),
    ];
    let plugin = delegate();
    for (key, matcher, expected, actual, rules) in cases {
        let case = format!("{key} {expected} {actual} {rules}");
        let request = bodies("a/b", expected, actual, &rules);
        let answer = call(
            &plugin,
            "compare-contents",
            &format!("content-matcher/{key}"),
            request,
        )
        .expect(&case);
        let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for mismatch in directly(matcher, expected, actual, &rules) {
            let pact_matching::Mismatch::BodyMismatch { path, mismatch, .. } = mismatch else {
                panic!("{case}")
            };
            wanted.entry(path).or_default().push(mismatch);
        }
        assert_eq!(described(&answer), wanted, "{case}");
    }
}

/// `pact_matching` keeps its function for XML to itself; the one for bodies of any type finds it by the content type.
fn xml(
    expected: &HttpResponse,
    actual: &HttpResponse,
    context: &CoreMatchingContext,
) -> Result<(), Vec<pact_matching::Mismatch>> {
    let typed = |part: &HttpResponse| HttpResponse {
        body: part.body.with_content_type(Some(XML.clone())),
        ..HttpResponse::default()
    };
    let (expected, actual) = (typed(expected), typed(actual));
    let headers = CoreMatchingContext::default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let result = runtime.block_on(match_body(&expected, &actual, context, &headers));
    match result.mismatches() {
        none if none.is_empty() => Ok(()),
        mismatches => Err(mismatches),
    }
}

fn directly(
    matcher: Match,
    expected: &str,
    actual: &str,
    rules: &Value,
) -> Vec<pact_matching::Mismatch> {
    let mut category = MatchingRuleCategory::empty(Category::BODY);
    for (path, rules) in rules.as_object().unwrap() {
        for rule in rules.as_array().unwrap() {
            let rule = direct(rule["type"].as_str().unwrap(), &rule["values"]);
            category.add_rule(DocPath::new(path).unwrap(), rule, RuleLogic::And);
        }
    }
    let context = CoreMatchingContext::new(DiffConfig::NoUnexpectedKeys, &category);
    let body = |text: &str| HttpResponse {
        body: OptionalBody::Present(text.to_string().into(), None, None),
        ..HttpResponse::default()
    };
    matcher(&body(expected), &body(actual), &context)
        .err()
        .unwrap_or_default()
}

#[test]
fn forms_and_missing_bodies_are_compared() {
    let plugin = delegate();
    let form = |actual: &str, rules: Value| {
        let request = bodies("a/b", "a=1&b=x", actual, &rules);
        described(&call(&plugin, "compare-contents", "form-urlencoded", request).unwrap())
    };
    assert_eq!(form("b=x&a=1", json!({})), BTreeMap::new());
    assert!(form("a=2&b=x", json!({})).contains_key("$.a"));
    assert_eq!(
        form("a=2&b=x", json!({"$.a": [{"type": "integer"}]})),
        BTreeMap::new()
    );

    let request = json!({"expected": {"contentType": "a/b", "content": "MQ=="}, "actual": {"contentType": "a/b"}});
    let missing = call(&plugin, "compare-contents", "json", request).unwrap();
    assert!(described(&missing)["$"][0].contains("missing"), "{missing}");
}

#[test]
fn unexpected_keys_are_reported_unless_they_are_allowed() {
    let plugin = delegate();
    let mut request = bodies("a/b", r#"{"a":1}"#, r#"{"a":1,"b":2}"#, &json!({}));
    let strict = call(&plugin, "compare-contents", "json", request.clone()).unwrap();
    assert_eq!(described(&strict).len(), 1, "{strict}");
    request["allowUnexpectedKeys"] = json!(true);
    let lenient = call(&plugin, "compare-contents", "json", request).unwrap();
    assert_eq!(lenient, json!({"results": {}}));
}

#[test]
fn contents_that_cannot_be_compared_say_why() {
    let plugin = delegate();
    let compare = |rules: Value| {
        refused(call(
            &plugin,
            "compare-contents",
            "json",
            bodies("a/b", "1", "1", &rules),
        ))
    };
    assert!(
        compare(json!({"$[": [{"type": "type"}]}))
            .starts_with("core/content-matcher/json: \"$[\" is no path expression")
    );
    assert_eq!(
        compare(json!({"$.a": [{"type": "telepathy"}]})),
        "core/content-matcher/json: \"telepathy\" is no matching rule of Pact's, at $.a"
    );
}

#[test]
fn bodies_nested_without_end_are_no_danger() {
    let plugin = delegate();
    let depth = 200_000;
    let nested = [
        ("json", "[".repeat(depth) + &"]".repeat(depth)),
        ("xml", "<a>".repeat(depth) + &"</a>".repeat(depth)),
    ];
    for (key, body) in nested {
        let answer = call(
            &plugin,
            "compare-contents",
            key,
            bodies("a/b", &body, &body, &json!({})),
        );
        let message = answer.map_or_else(|error| error.to_string(), |answer| answer.to_string());
        assert!(
            message.contains("deep") || message.contains("recursion"),
            "{key}: {message}"
        );
    }
}

#[test]
fn bodies_are_generated() {
    let plugin = delegate();
    let generate = |key: &str, content: &str, generators: Value| {
        let request = json!({
            "body": {"contentType": "application/vnd.x+json", "content": base64(content.as_bytes()), "hint": "text"},
            "generators": generators, "testMode": "provider", "testContext": {"id": 7},
        });
        call(
            &plugin,
            "generate-content",
            &format!("content-generator/{key}"),
            request,
        )
    };
    let content = |answer: Value| {
        use base64::Engine as _;
        let content = answer["content"].as_str().expect("content").to_string();
        String::from_utf8(
            base64::engine::general_purpose::STANDARD
                .decode(content)
                .unwrap(),
        )
        .unwrap()
    };
    let fives = json!({"$.a": {"type": "RandomInt", "values": {"min": 5.0, "max": 5.0}}});
    let answer = generate("json", r#"{"a":1,"b":2}"#, fives.clone()).unwrap();
    assert_eq!(answer["contentType"], "application/vnd.x+json");
    assert_eq!(answer["hint"], "text");
    assert_eq!(content(answer), r#"{"a":5,"b":2}"#);
    assert_eq!(
        content(generate("form-urlencoded", "a=1&b=2", fives).unwrap()),
        "a=5&b=2"
    );

    let reason = refused(generate("json", "{", json!({})));
    assert!(
        reason.starts_with("core/content-generator/json: the body is not JSON"),
        "{reason}"
    );
    let reason = refused(generate(
        "json",
        "{}",
        json!({"$.a": {"type": "Telepathy"}}),
    ));
    assert!(
        reason.contains("no generator of Pact's, at $.a"),
        "{reason}"
    );
}
