//! The JSON Schema of the generic call: it is one, it is documented, and it says what the library does.

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;

use boon::{Compiler, Schemas};
use common::schema::{FILE, check, document};
use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::plugin::Plugin;
use pact_wasm::driver::{OPERATIONS, SCHEMA_VERSION};
use pact_wasm::error::{Code, Error};
use pact_wasm::model::{
    Body, CatalogueEntry, CompareContentsRequest, ConfigureInteractionRequest,
    ConfigureInteractionResponse, ContentTypeHint, ContentTypeMismatch, ContentsComparison,
    EntryType, ExpressionMap, FieldValue, GenerateContentRequest, GenerateFieldRequest, Generator,
    Generators, InitResponse, InteractionContents, InteractionData, InteractionResponse,
    InteractionType, Json, JsonObject, MarkupType, MatchFieldRequest, MatchingRule, MetadataValue,
    Mismatch, MockServer, MockServerResult, MockServerResults, PluginConfiguration,
    PrepareInteractionRequest, Rules, StartMockServerRequest, VerificationFailure,
    VerificationResult, VerifyInteractionRequest,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

fn definitions() -> &'static Map<String, Value> {
    document()["$defs"].as_object().expect("definitions")
}

fn examples(definition: &str) -> &'static [Value] {
    let examples = definitions()[definition]["examples"].as_array();
    examples.unwrap_or_else(|| panic!("{definition} has no examples"))
}

/// The plugin that fills every role.
fn echo() -> Arc<Plugin> {
    let plugin = common::host(common::config()).load("echo", None);
    let plugin = plugin.expect("loads");
    plugin.init(&CallOptions::default()).expect("initialises");
    plugin
}

// ---- the document ----

#[test]
fn it_is_a_schema_of_draft_2020_12() {
    let draft = "https://json-schema.org/draft/2020-12/schema";
    assert_eq!(document()["$schema"], draft);
    let mut schemas = Schemas::new();
    let meta = Compiler::new().compile(draft, &mut schemas).expect("known");
    if let Err(error) = schemas.validate(document(), meta) {
        panic!("{error:#}");
    }
}

#[test]
fn it_has_the_version_of_the_library() {
    let id = format!("urn:pact-wasm:generic-call:{SCHEMA_VERSION}");
    assert_eq!(document()["$id"], json!(id));
    assert_eq!(FILE, format!("schema/generic-call-{SCHEMA_VERSION}.json"));
    let version = format!("version {SCHEMA_VERSION}.");
    assert!(document()["description"].to_string().contains(&version));
}

#[test]
fn it_defines_the_request_and_the_response_of_each_operation() {
    let wanted: BTreeSet<String> = OPERATIONS
        .iter()
        .flat_map(|it| [format!("{it}.request"), format!("{it}.response")])
        .collect();
    let defined = definitions().keys().filter(|name| name.contains('.'));
    assert_eq!(defined.cloned().collect::<BTreeSet<_>>(), wanted);
}

#[test]
fn every_definition_and_field_says_what_it_is_and_where_it_comes_from() {
    for (name, definition) in definitions() {
        assert_documented(name, definition);
        let fields = [definition]
            .into_iter()
            .chain(definition["oneOf"].as_array().into_iter().flatten())
            .filter_map(|it| it["properties"].as_object())
            .flatten();
        for (field, schema) in fields {
            assert_documented(&format!("{name}.{field}"), schema);
        }
    }
}

fn assert_documented(what: &str, schema: &Value) {
    let text = schema["description"].as_str().unwrap_or_default();
    let source = text.rsplit_once(" (").map(|(_, source)| source);
    let source = source
        .and_then(|it| it.strip_suffix(')'))
        .unwrap_or_default();
    let names = source
        .split('.')
        .all(|it| !it.is_empty() && !it.contains(' '));
    assert!(names, "{what} has no description with its source: {text}");
}

#[test]
fn no_object_takes_unknown_fields() {
    fn walk(place: &str, schema: &Value) {
        // Examples and JSON objects of plugins hold what they like.
        if let Some(object) = schema.as_object() {
            let fields = object.get("properties").and_then(Value::as_object);
            let refines = object.contains_key("$ref");
            if fields.is_some() && !refines {
                assert_eq!(schema["additionalProperties"], json!(false), "{place}");
            }
            let inner = object.iter().filter(|(key, _)| *key != "examples");
            inner.for_each(|(key, value)| walk(&format!("{place}/{key}"), value));
        }
        let items = schema.as_array().into_iter().flatten();
        items.for_each(|item| walk(place, item));
    }
    walk("#/$defs", &document()["$defs"]);
}

// ---- its examples ----

#[test]
fn every_example_follows_its_definition() {
    for name in definitions().keys() {
        assert!(!examples(name).is_empty(), "{name} has no example");
        for example in examples(name) {
            check(name, example).unwrap_or_else(|reason| panic!("{example}: {reason}"));
        }
    }
}

#[test]
fn the_library_takes_every_example_of_a_request() {
    let echo = echo();
    for operation in OPERATIONS {
        for example in examples(&format!("{operation}.request")) {
            let request = for_a_running_server(&echo, operation, example);
            let response = common::call(&echo, operation, &request.to_string());
            response.unwrap_or_else(|error| panic!("{request}: {error}"));
        }
    }
}

/// The example, with the key of a server that runs where it names one.
fn for_a_running_server(plugin: &Plugin, operation: &str, example: &Value) -> Value {
    let mut request = example.clone();
    if ["get-mock-server-results", "shutdown-mock-server"].contains(&operation) {
        let server = common::call(plugin, "start-mock-server", r#"{"interactions":[]}"#);
        let server: Value = serde_json::from_str(&server.expect("it starts")).expect("JSON");
        request["key"] = server["key"].clone();
    }
    request
}

/// Reads and writes, twice, because what was left out is written the first time.
fn through<'a, T: Deserialize<'a> + Serialize>(text: &'a str) -> Value {
    let value: T = serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    serde_json::to_value(value).expect("JSON")
}

#[test]
fn what_the_library_reads_it_writes_again() {
    type Through = fn(&str) -> Value;
    let types: [(&str, Through); 22] = [
        ("configure-interaction.request", |it| {
            through::<ConfigureInteractionRequest>(it)
        }),
        ("compare-contents.request", |it| {
            through::<CompareContentsRequest>(it)
        }),
        ("generate-content.request", |it| {
            through::<GenerateContentRequest>(it)
        }),
        ("match-field.request", |it| through::<MatchFieldRequest>(it)),
        ("generate-field.request", |it| {
            through::<GenerateFieldRequest>(it)
        }),
        ("start-mock-server.request", |it| {
            through::<StartMockServerRequest>(it)
        }),
        ("prepare-interaction-for-verification.request", |it| {
            through::<PrepareInteractionRequest>(it)
        }),
        ("verify-interaction.request", |it| {
            through::<VerifyInteractionRequest>(it)
        }),
        ("full-body", |it| through::<Body>(it)),
        ("full-catalogue-entry", |it| through::<CatalogueEntry>(it)),
        ("full-plugin-configuration", |it| {
            through::<PluginConfiguration>(it)
        }),
        ("mismatch", |it| through::<Mismatch>(it)),
        ("matching-rule", |it| through::<MatchingRule>(it)),
        ("rules", |it| through::<Rules>(it)),
        ("generator", |it| through::<Generator>(it)),
        ("generators", |it| through::<Generators>(it)),
        ("field-value", |it| through::<FieldValue>(it)),
        ("interaction-type", |it| through::<InteractionType>(it)),
        ("interaction-contents", |it| {
            through::<InteractionContents>(it)
        }),
        ("interaction-data", |it| through::<InteractionData>(it)),
        ("full-interaction-data", |it| through::<InteractionData>(it)),
        ("metadata-value", |it| through::<MetadataValue>(it)),
    ];
    for (name, through) in types {
        for example in examples(name) {
            let written = through(&example.to_string());
            check(name, &written).unwrap_or_else(|reason| panic!("{example}: {reason}"));
            assert_eq!(through(&written.to_string()), written, "{name} {example}");
            if name.starts_with("full-") {
                assert_eq!(written, *example, "{name} is what the library writes");
            }
        }
    }
}

#[test]
fn the_examples_of_responses_are_what_the_library_writes() {
    let written = |name: &str, values: Value| assert_eq!(values, json!(examples(name)), "{name}");
    written("init.response", json!([init_response()]));
    written("update-catalogue.response", json!([{}]));
    written("configure-interaction.response", json!([configured()]));
    written("compare-contents.response", json!(comparisons()));
    let generated = body("text/csv", b"Name\nxY3a\n");
    written("generate-content.response", json!([generated]));
    let mismatch = Mismatch {
        actual: Some(b"5555555555554444".to_vec()),
        description: "a visa number begins with 4".into(),
        path: "$.card".into(),
        mismatch_type: Some("body".into()),
        ..Mismatch::default()
    };
    let lists = json!([{"mismatches": []}, {"mismatches": [mismatch]}]);
    written("match-field.response", lists);
    let values = [
        FieldValue::Text("4012888888881881".into()),
        FieldValue::Null,
    ];
    let values = values.map(|value| json!({"value": value}));
    written("generate-field.response", json!(values));
    written("start-mock-server.response", json!([mock_server()]));
    let (so_far, finally) = mock_server_results();
    written("get-mock-server-results.response", json!([so_far]));
    written("shutdown-mock-server.response", json!([finally]));
    let data = InteractionData {
        body: Some(body("application/json", br#"{"a":1}"#)),
        metadata: metadata(),
    };
    let prepared = "prepare-interaction-for-verification.response";
    written(prepared, json!([data]));
    written("verify-interaction.response", json!(verdicts()));
}

fn init_response() -> InitResponse {
    let entry = |entry_type, key: &str, values: &[(&str, &str)]| CatalogueEntry {
        entry_type,
        key: key.into(),
        values: ExpressionMap(
            values
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect(),
        ),
    };
    let content_types = ("content-types", "text/csv;application/csv");
    InitResponse {
        catalogue: vec![
            entry(EntryType::ContentMatcher, "csv", &[content_types]),
            entry(EntryType::Generator, "vin", &[]),
        ],
        plugin_capabilities: vec!["interaction/message".into()],
    }
}

fn configured() -> ConfigureInteractionResponse {
    let rule = MatchingRule {
        rule_type: "type".into(),
        values: None,
    };
    let configuration = PluginConfiguration {
        interaction_configuration: JsonObject::new(r#"{"csvHeaders":true}"#).ok(),
        pact_configuration: None,
    };
    let interaction = InteractionResponse {
        contents: Some(body("text/csv", b"Name\nFred\n")),
        rules: ExpressionMap(vec![("column:Name".into(), vec![rule])]),
        plugin_configuration: Some(configuration),
        interaction_markup_type: MarkupType::CommonMark,
        ..InteractionResponse::default()
    };
    ConfigureInteractionResponse {
        interactions: vec![interaction],
        plugin_configuration: None,
    }
}

fn comparisons() -> [ContentsComparison; 3] {
    let place = "row:1 column:Name";
    let mismatch = Mismatch {
        expected: Some(b"Fred".to_vec()),
        actual: Some(b"Joe".to_vec()),
        description: "expected \"Fred\", but it is \"Joe\"".into(),
        path: place.into(),
        diff: None,
        mismatch_type: Some("body".into()),
    };
    let types = ContentTypeMismatch {
        expected: "text/csv".into(),
        actual: "text/plain".into(),
    };
    [
        ContentsComparison::Results(ExpressionMap::default()),
        ContentsComparison::Results(ExpressionMap(vec![(place.into(), vec![mismatch])])),
        ContentsComparison::ContentTypeMismatch(types),
    ]
}

fn mock_server() -> MockServer {
    MockServer {
        key: "0b3f6c1e-7a5d-4c55-9f0e-2d8f3a1b6c70".into(),
        port: 8080,
        address: "127.0.0.1".into(),
    }
}

/// One of a server that has seen something wrong, and one of a server that has not.
fn mock_server_results() -> (MockServerResults, MockServerResults) {
    let result = MockServerResult {
        path: "add".into(),
        error: String::new(),
        mismatches: vec![one_is_two("$.params[0]")],
    };
    let wrong = MockServerResults {
        ok: false,
        results: vec![result],
    };
    let right = MockServerResults {
        ok: true,
        results: Vec::new(),
    };
    (wrong, right)
}

fn metadata() -> ExpressionMap<MetadataValue> {
    let path = Json::new("\"/rpc\"").expect("JSON");
    ExpressionMap(vec![
        ("path".into(), MetadataValue::Json(path)),
        ("token".into(), MetadataValue::Bytes(vec![0, 255])),
    ])
}

fn verdicts() -> [VerificationResult; 2] {
    let response = InteractionData {
        body: Some(body("application/json", br#"{"a":1}"#)),
        metadata: ExpressionMap::default(),
    };
    let right = VerificationResult {
        success: true,
        response: Some(response),
        ..VerificationResult::default()
    };
    let wrong = VerificationResult {
        success: false,
        response: None,
        failures: vec![
            VerificationFailure::Error("nothing listens on 127.0.0.1:8080".into()),
            VerificationFailure::Mismatch(one_is_two("$.result")),
        ],
        output: vec!["add: failed".into()],
    };
    [right, wrong]
}

fn one_is_two(path: &str) -> Mismatch {
    Mismatch {
        expected: Some(b"1".to_vec()),
        actual: Some(b"2".to_vec()),
        description: "expected 1, but it is 2".into(),
        path: path.into(),
        diff: None,
        mismatch_type: Some("body".into()),
    }
}

fn body(content_type: &'static str, content: &'static [u8]) -> Body<'static> {
    Body {
        content_type: content_type.into(),
        content: Some(content.into()),
        hint: ContentTypeHint::Text,
    }
}

#[test]
fn responses_have_all_their_fields_and_no_others() {
    let refuses = |name: &str, value: &Value| {
        assert!(check(name, value).is_err(), "{name} takes {value}");
    };
    let parts = [
        "body",
        "catalogue-entry",
        "plugin-configuration",
        "interaction-data",
    ]
    .map(|it| format!("full-{it}"));
    let records = [
        "interaction-response",
        "content-type-mismatch",
        "mismatch",
        "mock-server-results",
        "mock-server-result",
        "verification-failure",
    ]
    .map(String::from);
    let responses = OPERATIONS.map(|it| format!("{it}.response"));
    for name in responses.iter().chain(&parts).chain(&records) {
        refuses(name, &json!(true));
        for example in examples(name) {
            let mut surplus = example.clone();
            surplus["surprise"] = json!(null);
            refuses(name, &surplus);
            for field in example.as_object().expect("a record").keys() {
                let mut lacking = example.clone();
                lacking
                    .as_object_mut()
                    .expect("a record")
                    .shift_remove(field);
                refuses(name, &lacking);
                for wrong in wrong_values(field) {
                    let mut changed = example.clone();
                    changed[field] = wrong;
                    refuses(name, &changed);
                }
            }
        }
    }
    let types = json!({"expected": "a/b", "actual": "c/d"});
    let both = json!({"results": {}, "contentTypeMismatch": types});
    refuses("compare-contents.response", &both);
    refuses("generate-field.response", &json!({"value": {"null": null}}));
    let mismatch = &examples("mismatch")[0];
    let both = json!({"error": "it failed", "mismatch": mismatch});
    refuses("verification-failure", &both);
    let lacking = json!({"body": {"contentType": "a/b"}, "metadata": {}});
    refuses("full-interaction-data", &lacking);
    let server = |port: i64| json!({"key": "", "port": port, "address": ""});
    assert!(check("start-mock-server.response", &server(65535)).is_ok());
    for port in [-1, 65536] {
        refuses("start-mock-server.response", &server(port));
    }
}

/// Values that no field of a response takes, but for those with JSON objects of the plugin's.
fn wrong_values(field: &str) -> Vec<Value> {
    let yes_or_no = ["ok", "success"].contains(&field);
    let single = if yes_or_no { json!(1) } else { json!(true) };
    let lists = [single, json!([true])];
    let objects = [json!({"a": true}), json!({"a": [true]})];
    let of_the_plugin = field == "messageMetadata" || field.ends_with("Configuration");
    let objects = objects.into_iter().filter(|_| !of_the_plugin);
    lists.into_iter().chain(objects).collect()
}

// ---- schema and library agree ----

/// The library's error, if it is one of the request and not of the plugin.
fn refused(plugin: &Plugin, operation: &str, request: &str) -> Option<Error> {
    let answer = plugin.call_json(&CallOptions::default(), operation, request);
    if let ("start-mock-server", Ok(server)) = (operation, &answer) {
        // Each server has an instance and a thread to itself, and some tests start thousands.
        let server: Value = serde_json::from_str(server).expect("JSON");
        let request = json!({ "key": server["key"] }).to_string();
        common::call(plugin, "shutdown-mock-server", &request).expect("it ends");
    }
    answer.err().filter(|it| it.code() == Code::InvalidArgument)
}

#[test]
fn schema_and_library_refuse_the_same_requests() {
    let body = r#"{"contentType":"a/b"}"#;
    let compare = |rest: &str| format!(r#"{{"expected":{body},"actual":{body}{rest}}}"#);
    let bodies = |one: &str| format!(r#"{{"expected":{one},"actual":{body}}}"#);
    let example = |value: &str| {
        format!(r#"{{"key":"echo","generator":{{"type":"x"}},"path":"$","example":{value}}}"#)
    };
    let http = r#"{"interactionType":"Synchronous/HTTP"}"#;
    let start = |rest: &str| format!(r#"{{"interactions":[]{rest}}}"#);
    let prepare = |interaction: &str| format!(r#"{{"interaction":{interaction}}}"#);
    let verify = |data: &str| format!(r#"{{"interaction":{http},"interactionData":{data}}}"#);
    let metadata = |value: &str| verify(&format!(r#"{{"metadata":{{"a":{value}}}}}"#));
    let wrong: [(&str, String, &str); 54] = [
        ("init", "[]".into(), "sequence"),
        ("init", "null".into(), "null"),
        ("init", r#"{"a":1}"#.into(), "unknown field `a`"),
        ("update-catalogue", "{}".into(), "missing field `catalogue`"),
        (
            "update-catalogue",
            r#"{"catalogue":[{"key":"a"}]}"#.into(),
            "missing field `entryType`",
        ),
        (
            "update-catalogue",
            r#"{"catalogue":[{"entryType":"Matcher","key":"a"}]}"#.into(),
            "unknown variant `Matcher`",
        ),
        (
            "update-catalogue",
            r#"{"catalogue":[{"entryType":"matcher","key":"a","values":{"a":1}}]}"#.into(),
            "integer `1`",
        ),
        (
            "configure-interaction",
            r#"{"contentType":"a/b"}"#.into(),
            "missing field `contentsConfig`",
        ),
        (
            "configure-interaction",
            r#"{"contentType":"","contentsConfig":{}}"#.into(),
            "must not be empty",
        ),
        (
            "configure-interaction",
            r#"{"contentType":"a/b","contentsConfig":[1]}"#.into(),
            "must be a JSON object",
        ),
        (
            "configure-interaction",
            r#"{"contentType":"a/b","contentsConfig":{},"testContext":"a"}"#.into(),
            "must be a JSON object",
        ),
        (
            "configure-interaction",
            r#"{"contentType":"a/b","contentsConfig":{},"content_type":""}"#.into(),
            "unknown field `content_type`",
        ),
        (
            "compare-contents",
            format!(r#"{{"expected":{body}}}"#),
            "missing field `actual`",
        ),
        ("compare-contents", bodies("null"), "null"),
        ("compare-contents", bodies(r#"["a/b"]"#), "sequence"),
        ("compare-contents", bodies(r#"{"contentType":1}"#), "integer"),
        (
            "compare-contents",
            bodies(r#"{"contentType":"","content":"*"}"#),
            "not base64",
        ),
        (
            "compare-contents",
            bodies(r#"{"contentType":"","content":"AP8"}"#),
            "not base64",
        ),
        (
            "compare-contents",
            bodies(r#"{"contentType":"","content":"AP9="}"#),
            "not base64",
        ),
        (
            "compare-contents",
            bodies(r#"{"contentType":"","hint":null}"#),
            "null",
        ),
        (
            "compare-contents",
            compare(r#","allowUnexpectedKeys":"yes""#),
            "boolean",
        ),
        ("compare-contents", compare(r#","rules":null"#), "null"),
        (
            "compare-contents",
            compare(r#","rules":{"$":{"type":"type"}}"#),
            "sequence",
        ),
        (
            "compare-contents",
            compare(r#","rules":{"$":[{"type":"regex","values":7}]}"#),
            "must be a JSON object",
        ),
        (
            "generate-content",
            format!(r#"{{"body":{body},"testMode":"dream"}}"#),
            "unknown variant `dream`",
        ),
        (
            "match-field",
            r#"{"key":"","rule":{"type":""},"path":"","mismatchType":"headers","expected":"null","actual":"null"}"#.into(),
            "unknown variant `headers`",
        ),
        ("generate-field", example("null"), "with its kind"),
        ("generate-field", example("2"), "with its kind"),
        ("generate-field", example(r#"{"integer":2.5}"#), "2.5"),
        (
            "generate-field",
            example(r#"{"integer":1,"text":"1"}"#),
            "one kind",
        ),
        ("generate-field", example(r#"{"json":"{}"}"#), "object or array"),
        (
            "start-mock-server",
            "{}".into(),
            "missing field `interactions`",
        ),
        ("start-mock-server", r#"{"interactions":null}"#.into(), "null"),
        (
            "start-mock-server",
            format!(r#"{{"interactions":{http}}}"#),
            "sequence",
        ),
        ("start-mock-server", start(r#","hostInterface":null"#), "null"),
        ("start-mock-server", start(r#","port":65536"#), "65536"),
        ("start-mock-server", start(r#","port":-1"#), "-1"),
        ("start-mock-server", start(r#","port":80.5"#), "80.5"),
        ("start-mock-server", start(r#","port":"80""#), r#""80""#),
        ("start-mock-server", start(r#","tls":0"#), "boolean"),
        (
            "start-mock-server",
            start(r#","testContext":[]"#),
            "must be a JSON object",
        ),
        ("get-mock-server-results", "{}".into(), "missing field `key`"),
        ("get-mock-server-results", r#"{"key":7}"#.into(), "integer"),
        ("shutdown-mock-server", "{}".into(), "missing field `key`"),
        (
            "shutdown-mock-server",
            r#"{"serverKey":"a","key":"a"}"#.into(),
            "unknown field `serverKey`",
        ),
        (
            "prepare-interaction-for-verification",
            prepare("{}"),
            "missing field `interactionType`",
        ),
        (
            "prepare-interaction-for-verification",
            prepare(r#"{"interactionType":"synchronous-http"}"#),
            "unknown variant `synchronous-http`",
        ),
        (
            "prepare-interaction-for-verification",
            prepare(r#"{"interactionType":"Synchronous/HTTP","consumer":null}"#),
            "null",
        ),
        (
            "verify-interaction",
            format!(r#"{{"interaction":{http}}}"#),
            "missing field `interactionData`",
        ),
        ("verify-interaction", verify("null"), "null"),
        ("verify-interaction", verify(r#"{"body":"a"}"#), "string"),
        ("verify-interaction", metadata(r#""a""#), "with its kind"),
        ("verify-interaction", metadata(r#"{"bytes":"AP9="}"#), "not base64"),
        (
            "verify-interaction",
            metadata(r#"{"json":1,"bytes":""}"#),
            "one kind",
        ),
    ];
    let echo = echo();
    for (operation, request, reason) in &wrong {
        let value: Value = serde_json::from_str(request).expect("JSON");
        let definition = format!("{operation}.request");
        assert!(check(&definition, &value).is_err(), "taken: {request}");
        let error = refused(&echo, operation, request).unwrap_or_else(|| panic!("{request}"));
        let message = error.to_string();
        let start = format!(
            "plugin echo 1.0.0, {operation}: argument \"request_json\" is not a {operation} request: "
        );
        assert!(message.starts_with(&start), "{request}: {message}");
        assert!(message.contains(reason), "{request}: {message}");
    }
}

#[test]
fn the_library_refuses_what_a_schema_cannot_see() {
    let echo = echo();
    for (operation, request, reason) in [
        ("init", "", "EOF"),
        ("init", "{} {}", "trailing characters"),
        (
            "configure-interaction",
            r#"{"contentType":"a","contentType":"b","contentsConfig":{}}"#,
            "duplicate field `contentType`",
        ),
        (
            "generate-content",
            r#"{"body":{"contentType":"a"},"generators":{"$":{"type":"a"},"$":{"type":"b"}}}"#,
            r#"the key "$" occurs twice"#,
        ),
        (
            "verify-interaction",
            r#"{"interaction":{"interactionType":"Synchronous/HTTP"},"interactionData":{"metadata":{"a":{"json":1},"a":{"json":1}}}}"#,
            r#"the key "a" occurs twice"#,
        ),
    ] {
        let error = refused(&echo, operation, request).expect(request);
        assert!(error.to_string().contains(reason), "{error}");
    }
}

/// What to put in the place of each value of an example.
fn replacements() -> Vec<Value> {
    let texts = [
        "",
        "null",
        "AP8=",
        "AP9=",
        "body",
        "text",
        "matcher",
        "provider",
        "response",
        "Synchronous/Messages",
    ];
    let numbers = [
        "0",
        "-1",
        "2.0",
        "2.5",
        "1e3",
        "65535",
        "65536",
        "9223372036854775807",
        "1e19",
        "-1e19",
    ];
    let others = [
        json!(null),
        json!(true),
        json!([]),
        json!({}),
        json!([null]),
        json!([{}]),
        json!({"type": "a"}),
        json!({"type": "a", "values": null}),
        json!({"contentType": ""}),
        json!({"$": []}),
        json!({"$": [{"type": "a"}]}),
        json!({"$": {"type": "a"}}),
        json!({"a": "b"}),
        json!({"null": null}),
        json!({"null": 0}),
        json!({"text": null}),
        json!({"text": "a"}),
        json!({"boolean": 1}),
        json!({"integer": 1.5}),
        json!({"decimal": "1"}),
        json!({"bytes": "A"}),
        json!({"json": 1}),
        json!({"json": 1, "bytes": ""}),
        json!({"interactionType": "Synchronous/HTTP"}),
    ];
    let texts = texts.iter().map(|it| json!(it));
    let numbers = numbers.map(|it| serde_json::from_str(it).expect("a number"));
    texts.chain(numbers).chain(others).collect()
}

/// Every value that differs from `value` in one place.
fn variants(value: &Value, replacements: &[Value]) -> Vec<Value> {
    let mut variants = replacements.to_vec();
    variants.push(json!([value]));
    variants.push(json!({ "a": value }));
    if let Some(fields) = value.as_object() {
        let with = |change: &dyn Fn(&mut Map<String, Value>)| {
            let mut fields = fields.clone();
            change(&mut fields);
            Value::Object(fields)
        };
        variants.push(with(&|it| {
            it.insert("surprise".into(), json!(null));
        }));
        for (field, inner) in fields {
            variants.push(with(&|it| {
                it.shift_remove(field);
            }));
            for variant in self::variants(inner, replacements) {
                variants.push(with(&|it| {
                    it.insert(field.clone(), variant.clone());
                }));
            }
        }
    }
    for (place, inner) in value.as_array().into_iter().flatten().enumerate() {
        for variant in self::variants(inner, replacements) {
            let mut items = value.clone();
            items[place] = variant;
            variants.push(items);
        }
    }
    variants
}

#[test]
fn schema_and_library_agree_on_every_variant_of_every_example() {
    let echo = echo();
    let replacements = replacements();
    let mut taken = [0, 0];
    for operation in OPERATIONS {
        let definition = format!("{operation}.request");
        for example in examples(&definition) {
            for request in variants(example, &replacements) {
                let by_schema = check(&definition, &request);
                let by_library = refused(&echo, operation, &request.to_string());
                taken[usize::from(by_schema.is_ok())] += 1;
                assert_eq!(
                    by_schema.is_ok(),
                    by_library.is_none(),
                    "{operation} {request}\nschema: {by_schema:?}\nlibrary: {by_library:?}"
                );
            }
        }
    }
    assert!(taken[0] > 1000 && taken[1] > 1000, "{taken:?}");
}

// ---- the C tests ----

/// What the C tests sent and got: JSON values with `operation`, `request` and `response`, one after the other.
#[test]
#[ignore = "needs the log of the C tests, see tests/run.sh"]
fn the_json_of_the_c_tests_follows_the_schema() {
    let file = std::env::var_os("PACT_WASM_TEST_JSON_LOG").expect("PACT_WASM_TEST_JSON_LOG");
    let log = std::fs::read_to_string(&file).expect("the C tests wrote a log");
    let mut operations = BTreeSet::new();
    for call in serde_json::Deserializer::from_str(&log).into_iter::<Value>() {
        let call = call.expect("JSON");
        let operation = call["operation"].as_str().expect("an operation");
        for part in ["request", "response"] {
            let definition = format!("{operation}.{part}");
            check(&definition, &call[part]).unwrap_or_else(|reason| panic!("{call}: {reason}"));
        }
        operations.insert(operation.to_string());
    }
    let all = OPERATIONS.map(str::to_string).into();
    assert_eq!(operations, all, "the C tests call every operation");
}
