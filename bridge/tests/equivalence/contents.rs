//! The plugins for contents, as far as they answer the same twice: without what is random and what depends on the time.

use serde_json::{Value, json};

use super::json::{base64, bytes};
use super::pair::{Pair, Via};
use super::random::{Fields, Random};
use super::{cases, requests};

/// The first part that a contents config leads to, if it does.
fn configured(pair: &Pair, content_type: &str, config: Value) -> Option<Value> {
    let request = json!({"contentType": content_type, "contentsConfig": config});
    let answer = pair.check("configure-interaction", &request);
    Some(answer.ok()?["interactions"][0].take())
}

/// Compares with the body of an interaction.
fn compare(pair: &Pair, random: &mut Random, interaction: &Value, actual: Value) {
    let request = Fields::default()
        .with("expected", interaction["contents"].clone())
        .with("actual", actual)
        .with("rules", interaction["rules"].clone())
        .with(
            "pluginConfiguration",
            interaction["pluginConfiguration"].clone(),
        )
        .maybe(random, "allowUnexpectedKeys", |random| random.one_in(2));
    let _ = pair.check("compare-contents", &request.object());
}

// ---- csv ----

/// Definitions of columns, and cells of which some are like them.
const COLUMNS: [(&str, [&str; 4]); 12] = [
    ("x", ["x", "y", "", "\"x\""]),
    ("matching(type,'ä, \"b\"')", ["1", "日本語", "", "\"a,b\""]),
    ("matching(integer,1)", ["0", "12", "-1", "1.5"]),
    ("matching(number,1.5)", ["1", "-1.5", "x", "1e3"]),
    ("matching(decimal,1.5)", ["1", "1.25", ".", ""]),
    ("matching(boolean,true)", ["true", "false", "yes", ""]),
    ("matching(regex,'[a-c]+','abc')", ["a", "d", "", "cab"]),
    ("matching(include,'min')", ["admin", "min", "mi n", ""]),
    ("matching(semver,'1.0.0')", ["2.1.3", "1", "1.0.0-rc.1", ""]),
    (
        "notEmpty('x'), matching(include,'1')",
        ["1", "x", "\"\"", "21"],
    ),
    (
        "fromProviderState('${user}','fred')",
        ["fred", "joe", "", "x"],
    ),
    ("matching(telepathy,'x')", ["x", "y", "z", ""]),
];

/// A contents config, and for each column the number of its definition.
fn csv_config(random: &mut Random) -> (Value, Vec<usize>) {
    let header = random.one_in(4);
    // The last one is an error wherever it is compared.
    let definitions = match random.one_in(10) {
        true => COLUMNS.len(),
        false => COLUMNS.len() - 1,
    };
    let columns: Vec<usize> = (0..=random.below(6))
        .map(|_| random.below(definitions))
        .collect();
    let mut config = Fields::default();
    for (position, column) in columns.iter().enumerate() {
        let key = match header {
            true => format!("column:{}", position + 1),
            false => format!(
                "column:{}",
                char::from(b'a' + u8::try_from(position).unwrap())
            ),
        };
        let (definition, _) = COLUMNS[*column];
        config = match random.one_in(4) {
            true => config.with(
                &key,
                json!({"value": definition, "rules": [{"type": "notEmpty"}]}),
            ),
            false => config.with(&key, definition),
        };
    }
    if header {
        config = config.with("csvHeaders", false);
    }
    if random.one_in(3) {
        config = config.with("delimiter", random.of(&[",", ";", "\t", "::", "x"]));
    }
    if random.one_in(20) {
        config = config.with(&random.name(), random.name());
    }
    (config.object(), columns)
}

/// A table that begins like the one of the interaction.
fn csv_table(random: &mut Random, interaction: &Value, columns: &[usize]) -> Value {
    let mut content = bytes(&interaction["contents"]["content"]);
    let delimiter = random.of(&[",", ",", ",", ";", "\t"]);
    for _ in 0..random.below(8) {
        let cells = columns.iter().map(|it| random.of(&COLUMNS[*it].1));
        let mut row: Vec<&str> = cells.collect();
        if random.one_in(10) {
            row.push("more");
        }
        content.extend(row.join(delimiter).into_bytes());
        content.extend(random.of(&["\n", "\n", "\r\n", "\r", "\n\n"]).bytes());
    }
    if random.one_in(15) {
        content.extend(random.bytes());
    }
    let mut body = json!({"contentType": "text/csv", "content": base64(&content)});
    if random.one_in(15) {
        body["content"] = random.of(&[json!(null), json!(""), json!("AP8=")]);
    }
    body
}

#[test]
fn csv() {
    let csv = Pair::of("csv");
    cases(150, |random| {
        let (config, columns) = csv_config(random);
        let Some(interaction) = configured(&csv, "text/csv", config) else {
            return;
        };
        let actual = csv_table(random, &interaction, &columns);
        compare(&csv, random, &interaction, actual);

        let table = csv_table(random, &interaction, &columns);
        let request = Fields::default()
            .with("body", table)
            .with("generators", interaction["generators"].clone())
            .with(
                "pluginConfiguration",
                interaction["pluginConfiguration"].clone(),
            )
            .with(
                "testContext",
                json!({"providerState": {"user": random.name()}, "user": random.name()}),
            )
            .with("testMode", "provider");
        let _ = csv.check("generate-content", &request.object());
    });
    csv.assert_answered(600);
}

/// Responses of generate-content have no place for an error, so it is in an HTTP header, which must not be long: the end of the text may
/// be missing.
#[test]
fn long_errors() {
    let csv = Pair::of("csv");
    for length in [10, 1_000, 10_000, 100_000] {
        let request = json!({
            "body": {"contentType": "text/csv", "content": base64(b"a\n1\n")},
            "generators": {"column:a": {"type": "ä\n".repeat(length)}},
        });
        for via in Via::BOTH {
            let operation = "generate-content";
            let whole = csv.library(operation, &request).unwrap_err();
            let error = csv.bridged.call(via, operation, &request).unwrap_err();
            let beginning = error.strip_suffix('…').unwrap_or(&error);
            assert!(
                error == whole || beginning.len() >= 1000 && whole.starts_with(beginning),
                "{length}: {error}"
            );
        }
    }
}

// ---- jwt ----

/// Of these tests alone.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIKmCj7rxnGUEQX+oL2FRjt/yKMaRF9OWuCj2Udgn+fkM\n-----END PRIVATE KEY-----\n";
const OTHER_KEY: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIEhP6lDA10DzmjHchQOmj8HNC2x4y7+M5ubMUDMatlkp\n-----END PRIVATE KEY-----\n";

/// A contents config whose token is always the same, because its id and its expiry are given and signing is not random.
fn jwt_config(random: &mut Random) -> Value {
    let mut config = match random.below(3) {
        0 => Fields::default()
            .with("algorithm", "EdDSA")
            .with(
                "private-key",
                random.of(&[KEY, KEY, KEY, KEY, OTHER_KEY, "x"]),
            )
            .maybe(random, "re-sign", |_| true),
        _ => Fields::default()
            .with(
                "algorithm",
                random.of(&["HS256", "HS256", "HS384", "HS512"]),
            )
            .with("secret", random.of(&["for tests", "for tests", "another"])),
    };
    let year_3000 = 32_503_680_000_i64;
    config = config
        .with("exp", year_3000 + i64::from(random.one_in(5)))
        .with("jti", random.of(&["1", "1", "1", "2"]))
        .maybe(random, "audience", |random| {
            random.of(&[json!("a"), json!(["a", "ä"]), json!([]), json!("b")])
        })
        .maybe(random, "issuer", |random| random.of(&["https://a", "b"]))
        .maybe(random, "key-id", |random| random.of(&["1", "2"]))
        .maybe(random, "nbf", |random| random.of(&[json!(1), json!(0.5)]));
    while random.one_in(2) {
        let claim = random.of(&["roles", "x", "ä"]);
        config = config.with(claim, random.json(2));
    }
    config.object()
}

#[test]
fn jwt() {
    let jwt = Pair::of("jwt");
    let rules = ["type", "regex", "integer", "notEmpty", "eachKey"];
    cases(120, |random| {
        let configured = |config| configured(&jwt, "application/jwt", config);
        let Some(mut expected) = configured(jwt_config(random)) else {
            return;
        };
        while random.one_in(2) {
            let claim = random.of(&["$.claims.x", "claims:roles", "$.claims['ä']"]);
            let rule = json!({"type": random.of(&rules), "values": {"regex": "[a-z]+"}});
            expected["rules"][claim] = json!([rule]);
        }
        let other = configured(jwt_config(random));
        let mut actual = other.unwrap_or_else(|| expected.clone())["contents"].take();
        if random.one_in(5) {
            let mut token = bytes(&actual["content"]);
            let position = random.below(token.len());
            token[position] = random.of(b"A.=\xff");
            actual["content"] = json!(base64(&token));
        }
        compare(&jwt, random, &expected, actual);

        let generator = json!({"type": "JWT", "values": {"keep": ["exp", "iat", "jti", "nbf"]}});
        let request = json!({
            "body": expected["contents"],
            "generators": {"$": generator},
            "pluginConfiguration": expected["pluginConfiguration"],
        });
        let _ = jwt.check("generate-content", &request);
    });
    jwt.assert_answered(500);
}

// ---- prototype ----

/// One of the interface that the prototype had.
#[test]
fn prototype() {
    let prototype = Pair::of("prototype");
    cases(50, |random| {
        let config = random.configuration();
        let request = requests::configure(random, config);
        let _ = prototype.check("configure-interaction", &request);
        let _ = prototype.check("compare-contents", &requests::compare(random));
        let _ = prototype.check("match-field", &requests::match_field(random));
        let _ = prototype.check("start-mock-server", &requests::start(random));
    });
    prototype.assert_answered(180);
}
