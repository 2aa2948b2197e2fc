//! The plugin `csv` with the real host: Pact's rules and generators applied to columns, and its expressions against the parser
//! of Pact's own.
#![cfg(feature = "core-rules")]

mod common;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pact_models::generators::Generator;
use pact_models::matchingrules::MatchingRule;
use pact_models::matchingrules::expressions::parse_matcher_def;
use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::host::Host;
use pact_wasm::driver::plugin::Plugin;
use pact_wasm::error::Error;
use serde_json::{Value, json};

/// The plugin, in a host with `echo`, whose rule describes what it gets.
struct Csv {
    _host: Host,
    _echo: Arc<Plugin>,
    plugin: Arc<Plugin>,
}

fn csv() -> Csv {
    let host = common::host(common::config());
    let load = |name: &str| {
        let plugin = host.load(name, None).expect("loads");
        plugin.init(&CallOptions::default()).expect("initialises");
        plugin
    };
    Csv {
        plugin: load("csv"),
        _echo: load("echo"),
        _host: host,
    }
}

impl Csv {
    fn call(&self, operation: &str, request: &Value) -> Result<Value, Error> {
        let answer = common::call(&self.plugin, operation, &request.to_string())?;
        Ok(serde_json::from_str(&answer).expect("JSON"))
    }

    fn try_configure(&self, config: Value) -> Result<Value, Error> {
        let request = json!({"contentType": "text/csv", "contentsConfig": config});
        let mut answer = self.call("configure-interaction", &request)?;
        Ok(answer["interactions"][0].take())
    }

    fn configure(&self, config: Value) -> Value {
        self.try_configure(config).expect("configured")
    }

    fn try_compare(&self, interaction: &Value, actual: &str) -> Result<Value, Error> {
        let request = json!({
            "expected": interaction["contents"],
            "actual": body(actual),
            "rules": interaction["rules"],
            "pluginConfiguration": interaction["pluginConfiguration"],
        });
        self.call("compare-contents", &request)
    }

    /// Where the mismatches are.
    fn compare(&self, interaction: &Value, actual: &str) -> Vec<String> {
        let answer = self.try_compare(interaction, actual).expect("compared");
        let results = answer["results"].as_object().expect("results");
        results.keys().cloned().collect()
    }

    /// The table after generating, in a test with this context.
    fn generate(&self, interaction: &Value, context: Value) -> String {
        let request = json!({
            "body": interaction["contents"],
            "generators": interaction["generators"],
            "pluginConfiguration": interaction["pluginConfiguration"],
            "testContext": context,
            "testMode": "provider",
            "contentFor": "response",
        });
        table(&self.call("generate-content", &request).expect("generated"))
    }
}

fn body(table: &str) -> Value {
    json!({"contentType": "text/csv", "content": STANDARD.encode(table)})
}

fn table(body: &Value) -> String {
    let content = STANDARD.decode(body["content"].as_str().expect("base64"));
    String::from_utf8(content.expect("base64")).expect("text")
}

#[test]
fn a_table_is_built_and_matches_itself() {
    let csv = csv();
    let interaction = csv.configure(json!({
        "column:Name": "matching(type,'Fred, \"the\" one')",
        "column:Number": "matching(number,100)",
        "column:Date": "matching(datetime, 'yyyy-MM-dd','2000-01-01')",
        "column:Currency": "EUR",
    }));
    let expected = "Name,Number,Date,Currency\n\"Fred, \"\"the\"\" one\",100,2000-01-01,EUR\n";
    assert_eq!(table(&interaction["contents"]), expected);
    assert_eq!(csv.compare(&interaction, expected), [""; 0]);

    let actual = "Name,Number,Date,Currency\r\n\
                  Joe,1.5,2024-02-29,EUR\r\n\
                  Jim,x,2023-02-29,EUR\r\n\
                  Jane,-3,2000-12-31,USD\r\n";
    assert_eq!(
        csv.compare(&interaction, actual),
        [
            "row:2 column:Number",
            "row:2 column:Date",
            "row:3 column:Currency"
        ]
    );
}

#[test]
fn tables_without_headers() {
    let csv = csv();
    let interaction = csv.configure(json!({
        "csvHeaders": false,
        "delimiter": "\t",
        "column:2": "matching(integer,1)",
        "column:1": "a",
    }));
    assert_eq!(table(&interaction["contents"]), "a\t1\n");
    assert_eq!(csv.compare(&interaction, "a\t2\na\t3"), [""; 0]);
    assert_eq!(
        csv.compare(&interaction, "a\tx\nb\t3\na"),
        ["row:3", "row:2 column:1", "row:1 column:2"]
    );
}

/// Each rule in the short form, with texts that follow it and texts that break it.
#[test]
fn every_standard_rule_reads_the_text_of_a_cell() {
    let rules: [(&str, &[&str], &[&str]); 15] = [
        ("x", &["x"], &["y", "", "X"]),
        ("matching(equalTo,'x')", &["x"], &["y", "", "X"]),
        ("matching(type,'x')", &["y", "1", "true"], &[]),
        (
            r"matching(regex,'^\d{3}-[a-c]+$','123-abc')",
            &["000-a", "999-cab"],
            &["12-a", "000-", "000-d", ""],
        ),
        (
            "matching(number,100)",
            &["1", "-1", "1.5", "100.00"],
            &["x", "", "1.2.3", "2000-01-01"],
        ),
        (
            // Pact takes a text for a whole number if it has digits and nothing else.
            "matching(integer,1)",
            &["0", "12"],
            &["-12", "1.5", "1.0", "x", ""],
        ),
        (
            // A text cannot tell 1 from 1.0.
            "matching(decimal,1.5)",
            &["0.5", "-12.25", "1.0", "1"],
            &["1.5.0", "x", ""],
        ),
        (
            "matching(boolean,true)",
            &["true", "false"],
            &["yes", "1", ""],
        ),
        (
            "matching(date,'yyyy-MM-dd','2000-01-01')",
            &["2024-02-29"],
            &["2023-02-29", "01/02/2000", ""],
        ),
        (
            "matching(time,'HH:mm','12:00')",
            &["00:00", "23:59"],
            &["24:30", "12", ""],
        ),
        (
            r"matching(datetime,'yyyy-MM-dd HH:mm','2000-01-01 12:00')",
            &["1999-12-31 23:59"],
            &["1999-12-31", "1999-12-31T23:59", ""],
        ),
        ("matching(include,'min')", &["admin", "min"], &["mi n", ""]),
        ("notEmpty('x')", &["y", " "], &["\"\""]),
        (
            "matching(semver,'1.0.0')",
            &["2.1.3", "1.0.0-rc.1"],
            &["1", "1.0.0.0", ""],
        ),
        (
            "notEmpty('12'), matching(regex,'.*1.*','1')",
            &["12", "21"],
            &["22", ""],
        ),
    ];
    let csv = csv();
    for (definition, good, bad) in rules {
        let interaction = csv.configure(json!({"column:a": definition, "column:b": "b"}));
        for cell in good {
            let actual = format!("a,b\n{cell},b\n");
            assert_eq!(
                csv.compare(&interaction, &actual),
                [""; 0],
                "{definition}: {cell:?}"
            );
        }
        for cell in bad {
            let actual = format!("a,b\n{cell},b\n");
            assert_eq!(
                csv.compare(&interaction, &actual),
                ["row:1 column:a"],
                "{definition}: {cell:?}"
            );
        }
    }
}

#[test]
fn rules_that_cannot_be_applied_are_errors() {
    let csv = csv();
    for (rule, reason) in [
        ("eachKey", "looks at a collection as a whole"),
        (
            "telepathy",
            "no catalogue entry of type matcher is called \"matcher/telepathy\"",
        ),
    ] {
        let column = json!({"value": "x", "rules": [{"type": rule}]});
        let interaction = csv.configure(json!({"column:a": column}));
        let error = csv
            .try_compare(&interaction, "a\nx\n")
            .unwrap_err()
            .to_string();
        let start = format!("the matching rule \"{rule}\" at column:a cannot be applied: ");
        assert!(error.contains(&start) && error.contains(reason), "{error}");
    }
}

#[test]
fn rules_of_other_plugins_are_found_by_their_name() {
    let csv = csv();
    let interaction = csv.configure(json!({"column:a": "matching(echo,'loud','x')"}));
    let answer = csv.try_compare(&interaction, "a\nfirst\nsecond\n").unwrap();
    let description = |row: &str| {
        let mismatches = &answer["results"][format!("row:{row} column:a")];
        mismatches[0]["description"]
            .as_str()
            .expect(row)
            .to_string()
    };
    for part in [r#"{\"echo\":\"loud\"}"#, r#""actual":{"Text":"second"}"#] {
        let description = description("2");
        assert!(description.contains(part), "{part} is not in {description}");
    }
    assert!(description("1").contains("first"));
}

#[test]
fn a_long_table_is_checked_to_its_last_row() {
    let csv = csv();
    let interaction = csv.configure(json!({
        "column:id": "matching(integer,1)",
        "column:name": "matching(regex,'^[a-z]+$','joe')",
        "column:score": "matching(decimal,1.5)",
    }));
    let mut actual = "id,name,score\n".to_string();
    for id in 0..37_000 {
        actual += &format!(
            "{id},{},{}.25\n",
            &"abcdefghijklm"[..1 + id % 13],
            id % 1000
        );
    }
    assert_eq!(csv.compare(&interaction, &actual), [""; 0]);
    actual += "37000,joe,x\n";
    assert_eq!(
        csv.compare(&interaction, &actual),
        ["row:37001 column:score"]
    );
}

#[test]
fn generators_fill_every_row() {
    let csv = csv();
    let generator = |type_: &str| json!({"value": "x", "generator": {"type": type_}});
    let mut interaction = csv.configure(json!({
        "column:uuid": generator("Uuid"),
        "column:int": {"value": "1", "generator": {"type": "RandomInt", "min": 10, "max": 12}},
        "column:hex": {"value": "1", "generator": {"type": "RandomHexadecimal", "digits": 6}},
        "column:text": {"value": "1", "generator": {"type": "RandomString", "size": 5}},
        "column:decimal": {"value": "1", "generator": {"type": "RandomDecimal", "digits": 5}},
        "column:regex": {"value": "1", "generator": {"type": "Regex", "regex": "[a-c]{4}"}},
        "column:boolean": generator("RandomBoolean"),
        "column:date": "matching(date,'yyyy/MM/dd','2000/01/01')",
        "column:time": "matching(time,'HH:mm','12:00')",
        "column:state": "fromProviderState('${user}','fred')",
        "column:plain": "stays",
    }));
    let expected = table(&interaction["contents"]);
    let (header, row) = expected.split_once('\n').expect("two lines");
    interaction["contents"] = body(&format!("{header}\n{row}{row}"));

    let generated = csv.generate(
        &interaction,
        json!({"providerState": {"user": "joe"}, "user": "joe"}),
    );
    let lines: Vec<&str> = generated.lines().collect();
    assert_eq!((lines.len(), lines[0]), (3, header), "{generated}");
    for line in &lines[1..] {
        let cells: Vec<&str> = line.split(',').collect();
        let [
            uuid,
            int,
            hex,
            text,
            decimal,
            regex,
            boolean,
            date,
            time,
            state,
            plain,
        ] = cells[..]
        else {
            panic!("{line}");
        };
        assert!(uuid::Uuid::parse_str(uuid).is_ok(), "{uuid}");
        assert!((10..=12).contains(&int.parse::<i32>().expect(int)), "{int}");
        assert!(
            hex.len() == 6 && u32::from_str_radix(hex, 16).is_ok(),
            "{hex}"
        );
        assert_eq!(text.len(), 5, "{text}");
        assert!(
            decimal.contains('.') && decimal.parse::<f64>().is_ok(),
            "{decimal}"
        );
        assert!(
            regex.len() == 4 && regex.chars().all(|c| "abc".contains(c)),
            "{regex}"
        );
        assert!(["true", "false"].contains(&boolean), "{boolean}");
        assert_eq!((date.len(), time.len()), (10, 5), "{date} {time}");
        assert_ne!(date, "2000/01/01");
        assert_eq!((state, plain), ("joe", "stays"));
    }
    assert_ne!(lines[1], lines[2]);
}

#[test]
fn what_is_wrong_in_the_config_is_told_with_its_key() {
    let error = csv()
        .try_configure(json!({"column:a": "matching(integer,'1')"}))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("contents config key \"column:a\" is \"matching(integer,'1')\""),
        "{error}"
    );
    assert!(
        error.contains("expected a whole number at \"'1')\""),
        "{error}"
    );
}

/// Rules and generators of a column are those that Pact's own parser finds in the expression.
#[test]
fn expressions_mean_what_they_mean_in_pact() {
    let expressions = [
        "matching(type,'Name')",
        "matching( type, 'Name' )",
        "matching(type,123.4)",
        "matching(type, fromProviderState('exp', 3))",
        "matching(equalTo, 'x')",
        "matching(number,100)",
        "matching(number,-100.25)",
        "matching(number, fromProviderState('exp', 3))",
        "matching(integer,-100)",
        "matching(integer, fromProviderState('exp', 3))",
        "matching(decimal,100)",
        "matching(decimal,100.22)",
        "matching(datetime, 'yyyy-MM-dd','2000-01-01')",
        "matching(datetime, 'yyyy-MM-dd', fromProviderState('exp', '2000-01-01'))",
        "matching(date, 'yyyy-MM-dd','2000-01-01')",
        "matching(time, 'HH:mm:ss','12:00:00')",
        r"matching(regex,'\w{3}\d+','abc123')",
        r"matching(regex,'\\w\u0041\t','x')",
        r"matching(regex,'\w+', fromProviderState('exp', 'x'))",
        "matching(include,'testing')",
        "matching(boolean,true)",
        "matching(boolean,false)",
        "matching(semver,'1.0.0')",
        "matching(contentType,'application/xml','<?xml?><test/>')",
        "matching(somerule,'4111')",
        "matching(somerule,'visa','4111')",
        "matching(somerule, 100, 'example')",
        "matching(somerule, 1.5, 'example')",
        "matching(somerule, true, 'example')",
        "notEmpty('Value')",
        "notEmpty(100)",
        "notEmpty(fromProviderState('exp', 3))",
        "notEmpty('a'), matching(regex,'a','b'), matching(date,'yyyy','2000')",
    ];
    let csv = csv();
    for expression in expressions {
        let ours = csv.configure(json!({"csvHeaders": false, "column:1": expression}));
        let pact = parse_matcher_def(expression).expect(expression);
        let example = table(&ours["contents"]);
        assert_eq!(example.trim_end(), pact.value, "{expression}");

        let rules = ours["rules"]["column:1"].as_array().expect(expression);
        let rules: Vec<MatchingRule> = rules
            .iter()
            .map(|rule| {
                let name = rule["type"].as_str().expect("a name");
                let values = rule.get("values").unwrap_or(&Value::Null);
                MatchingRule::create(name, values).expect(expression)
            })
            .collect();
        let expected: Vec<_> = pact
            .rules
            .iter()
            .filter_map(|it| it.as_ref().left())
            .collect();
        assert_eq!(rules.iter().collect::<Vec<_>>(), expected, "{expression}");

        let generator = ours["generators"].get("column:1").map(|generator| {
            let name = generator["type"].as_str().expect("a name");
            Generator::create(name, &generator["values"]).expect(expression)
        });
        assert_eq!(generator, pact.generator, "{expression}");
    }
}
