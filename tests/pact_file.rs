//! Pact files that plugins have a part in, read back by Pact's own library.
#![cfg(feature = "core-rules")]

mod common;

use std::collections::HashMap;
use std::sync::Arc;

use pact_models::bodies::OptionalBody;
use pact_models::content_types::ContentTypeHint as PactHint;
use pact_models::generators::{GeneratorCategory, Generators};
use pact_models::http_parts::HttpPart;
use pact_models::matchingrules::MatchingRules;
use pact_models::pact::{Pact as _, load_pact_from_json};
use pact_models::prelude::PactSpecification;
use pact_models::v4::interaction::V4Interaction;
use pact_models::v4::pact::V4Pact;
use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::host::Host;
use pact_wasm::driver::pact_file::{Configured, Pact, PactInteraction};
use pact_wasm::driver::plugin::Plugin;
use pact_wasm::model::{
    Body, CompareContentsRequest, ConfigureInteractionRequest, ContentTypeHint, ContentsComparison,
    ExpressionMap, GenerateContentRequest, Generator, JsonObject, MatchingRule,
    PluginConfiguration,
};
use serde_json::{Value, json};

const PARTIES: &str = r#"{"consumer": {"name": "shop"}, "provider": {"name": "login"}}"#;

fn plugin(host: &Host, name: &str) -> Arc<Plugin> {
    let plugin = host.load(name, None).expect("loads");
    plugin.init(&CallOptions::default()).expect("initialises");
    plugin
}

fn configure(plugin: &Plugin, content_type: &str, contents_config: &Value) -> Configured {
    let request = ConfigureInteractionRequest {
        content_type: content_type.into(),
        contents_config: object(contents_config),
        test_context: None,
    };
    let response = plugin.configure_interaction(&CallOptions::default(), &request);
    Configured::by(plugin, response.expect("configures"))
}

fn jwt(plugin: &Plugin, subject: &str) -> Configured {
    let config = json!({"algorithm": "HS256", "secret": "for tests", "subject": subject});
    configure(plugin, "application/jwt", &config)
}

fn object(json: &Value) -> JsonObject {
    JsonObject::new(json.to_string()).expect("an object")
}

fn token(configured: &Configured) -> &[u8] {
    let body = configured.response.interactions[0].contents.as_ref();
    body.and_then(|body| body.content.as_deref())
        .expect("a token")
}

fn given(template_json: &str) -> PactInteraction<'_> {
    PactInteraction {
        template_json,
        request: None,
        response: None,
        message: None,
    }
}

/// The file, and what Pact reads from it.
fn load(pact: &Pact) -> (Value, V4Pact) {
    let file = serde_json::from_str(&pact.to_json().expect("JSON")).expect("JSON");
    let read = load_pact_from_json("a test", &file).expect("Pact reads it");
    (file, read.as_v4_pact().expect("version 4"))
}

/// The file as Pact reads it, after a check that Pact writes it the same.
fn read(pact: &Pact) -> V4Pact {
    let (ours, read) = load(pact);
    let written = read.to_json(PactSpecification::V4);
    let mut theirs = written.expect("Pact writes it");
    let metadata = theirs["metadata"].as_object_mut().expect("metadata");
    metadata
        .remove("pactRust")
        .expect("Pact signs what it writes");
    assert_eq!(ours, theirs);
    read
}

/// What Pact's driver sends to a plugin for a body, after it has read the file.
struct Sent {
    body: Body<'static>,
    rules: ExpressionMap<Vec<MatchingRule>>,
    generators: ExpressionMap<Generator>,
    configuration: PluginConfiguration,
}

fn values(map: HashMap<String, Value>) -> Option<JsonObject> {
    (!map.is_empty()).then(|| object(&json!(map)))
}

fn sent(
    pact: &V4Pact,
    interaction: &dyn V4Interaction,
    plugin: &str,
    (body, rules, generators): (&OptionalBody, &MatchingRules, &Generators),
) -> Sent {
    let rules = rules.rules_for_category("body").unwrap_or_default();
    let rule = |rule: &pact_models::matchingrules::MatchingRule| MatchingRule {
        rule_type: rule.name(),
        values: values(rule.value_map()),
    };
    let generators = generators.categories.get(&GeneratorCategory::BODY);
    let generator = |generator: &pact_models::generators::Generator| Generator {
        generator_type: generator.name(),
        values: values(generator.value_map()),
    };
    let data = pact.plugin_data().into_iter().find(|it| it.name == plugin);
    let of_interaction = interaction.plugin_config().remove(plugin);
    Sent {
        body: Body {
            content_type: body.content_type().expect("a type").to_string().into(),
            content: body.value().map(|bytes| bytes.to_vec().into()),
            hint: ContentTypeHint::Default,
        },
        rules: ExpressionMap(
            rules
                .rules
                .iter()
                .map(|(path, list)| (path.to_string(), list.rules.iter().map(rule).collect()))
                .collect(),
        ),
        generators: ExpressionMap(
            generators
                .into_iter()
                .flatten()
                .map(|(path, it)| (path.to_string(), generator(it)))
                .collect(),
        ),
        configuration: PluginConfiguration {
            interaction_configuration: of_interaction.and_then(values),
            pact_configuration: values(data.expect("the plugin is listed").configuration),
        },
    }
}

/// Whether the plugin takes `actual` for what the file says.
fn matches(plugin: &Plugin, sent: &Sent, actual: &[u8]) -> bool {
    let request = CompareContentsRequest {
        expected: sent.body.clone(),
        actual: Body {
            content: Some(actual.into()),
            ..sent.body.clone()
        },
        allow_unexpected_keys: true,
        rules: sent.rules.clone(),
        plugin_configuration: Some(sent.configuration.clone()),
        test_context: None,
    };
    match plugin.compare_contents(&CallOptions::default(), &request) {
        Ok(ContentsComparison::Results(mismatches)) => mismatches.0.is_empty(),
        other => panic!("{other:?}"),
    }
}

/// The body that a verification sends.
fn generated(plugin: &Plugin, sent: &Sent) -> Vec<u8> {
    let request = GenerateContentRequest {
        body: sent.body.clone(),
        generators: sent.generators.clone(),
        plugin_configuration: Some(sent.configuration.clone()),
        test_context: None,
        test_mode: pact_wasm::model::TestMode::Provider,
        content_for: pact_wasm::model::ContentFor::Request,
    };
    let body = plugin.generate_content(&CallOptions::default(), &request);
    body.expect("generates")
        .content
        .expect("content")
        .into_owned()
}

fn http_part(part: &impl HttpPart) -> (&OptionalBody, &MatchingRules, &Generators) {
    (part.body(), part.matching_rules(), part.generators())
}

#[test]
fn an_http_interaction_with_tokens_can_be_verified_from_the_file() {
    let host = common::host(common::config());
    let plugin = plugin(&host, "jwt");
    let (request, response) = (jwt(&plugin, "alice"), jwt(&plugin, "bob"));
    let template = json!({
        "type": "Synchronous/HTTP",
        "description": "a token for a token",
        "providerStates": [{"name": "alice exists", "params": {"age": 7}}],
        "comments": {"text": ["for a test"]},
        "request": {
            "method": "POST", "path": "/token", "query": {"a": ["1"]}, "headers": {"Accept": ["application/jwt"]},
            "matchingRules": {"path": {"combine": "AND", "matchers": [{"match": "regex", "regex": "/\\w+"}]}},
        },
        "response": {"status": 201},
    })
    .to_string();
    let mut pact = Pact::parse(PARTIES).expect("a pact");
    let interaction = PactInteraction {
        request: Some(&request),
        response: Some(&response),
        ..given(&template)
    };
    pact.add_interaction(&interaction).expect("an interaction");

    let pact = read(&pact);
    let interaction = pact.interactions[0].as_v4_http().expect("HTTP");
    assert_eq!(interaction.request.path, "/token");
    assert_eq!(interaction.response.status, 201);
    assert_eq!(interaction.provider_states[0].name, "alice exists");
    assert_eq!(interaction.interaction_markup.markup_type, "COMMON_MARK");
    assert!(interaction.interaction_markup.markup.contains("\"alice\""));
    assert!(interaction.interaction_markup.markup.contains("\"bob\""));
    let data = &pact.plugin_data[0];
    assert_eq!((&*data.name, &*data.version), ("jwt", "0.1.0"));
    let header = interaction.response.lookup_header_value("content-type");
    assert_eq!(header.as_deref(), Some("application/jwt"));

    let of_request = sent(&pact, &interaction, "jwt", http_part(&interaction.request));
    assert_eq!(of_request.body.content.as_deref(), Some(token(&request)));
    assert!(matches(&plugin, &of_request, token(&jwt(&plugin, "alice"))));
    assert!(!matches(&plugin, &of_request, token(&response)));
    let renewed = generated(&plugin, &of_request);
    assert_ne!(renewed, token(&request));
    assert!(matches(&plugin, &of_request, &renewed));

    let of_response = sent(&pact, &interaction, "jwt", http_part(&interaction.response));
    assert!(matches(&plugin, &of_response, token(&jwt(&plugin, "bob"))));
    assert!(!matches(&plugin, &of_response, token(&request)));
}

#[test]
fn messages_with_tokens_can_be_verified_from_the_file() {
    let host = common::host(common::config());
    let plugin = plugin(&host, "jwt");
    let (alice, bob) = (jwt(&plugin, "alice"), jwt(&plugin, "bob"));
    let asynchronous =
        r#"{"type": "Asynchronous/Messages", "description": "a", "metadata": {"topic": "t"}}"#;
    let synchronous = r#"{"type": "Synchronous/Messages", "description": "b"}"#;
    let mut pact = Pact::parse(PARTIES).expect("a pact");
    pact.add_interaction(&PactInteraction {
        message: Some(&alice),
        ..given(asynchronous)
    })
    .expect("an interaction");
    pact.add_interaction(&PactInteraction {
        request: Some(&alice),
        response: Some(&bob),
        ..given(synchronous)
    })
    .expect("an interaction");

    let pact = read(&pact);
    assert_eq!(pact.plugin_data.len(), 1);
    let message = pact.interactions[0]
        .as_v4_async_message()
        .expect("a message");
    assert_eq!(message.contents.metadata["topic"], "t");
    let exchange = pact.interactions[1].as_v4_sync_message().expect("messages");
    for (interaction, contents, subject, other) in [
        (
            &message as &dyn V4Interaction,
            &message.contents,
            &alice,
            &bob,
        ),
        (&exchange, &exchange.request, &alice, &bob),
        (&exchange, &exchange.response[0], &bob, &alice),
    ] {
        let parts = (
            &contents.contents,
            &contents.matching_rules,
            &contents.generators,
        );
        let sent = sent(&pact, interaction, "jwt", parts);
        assert_eq!(sent.body.content.as_deref(), Some(token(subject)));
        assert!(matches(&plugin, &sent, token(subject)));
        assert!(!matches(&plugin, &sent, token(other)));
    }
}

/// What the plugin `echo` gives for an interaction, with every field.
fn everything() -> Value {
    json!({
        "response": {
            "contents": {"content_type": "text/csv;charset=utf-8", "content": b"a,1", "hint": "Text"},
            "rules": [
                ["column:1", [{"type_": "regex", "values": r#"{"regex":"\\w"}"#}, {"type_": "not-empty", "values": null}]],
                ["$['First Name']", [{"type_": "min-max-type", "values": r#"{"min":1,"max":3}"#}]],
                ["$.a", [{"type_": "each-value", "values": r#"{"rules":[{"match":"integer"}]}"#}]],
                ["$.card", [{"type_": "credit-card", "values": r#"{"brand":{"any":["visa"]}}"#}]],
            ],
            "generators": [
                ["column:1", {"type_": "RandomInt", "values": r#"{"min":1,"max":9}"#}],
                ["$.card", {"type_": "CreditCard", "values": r#"{"brand":"visa"}"#}],
            ],
            "message_metadata": r#"{"topic":"t","tags":[1,2.5]}"#,
            "metadata_rules": [["topic", [{"type_": "include", "values": r#"{"value":"t"}"#}]]],
            "metadata_generators": [["topic", {"type_": "RandomString", "values": r#"{"size":9}"#}]],
            "plugin_configuration": {
                "interaction_configuration": r#"{"i":{"a":[1.0]}}"#, "pact_configuration": r#"{"p":"q"}"#,
            },
            "interaction_markup": "<b>a</b>",
            "interaction_markup_type": "Html",
            "part_name": "request",
        },
        "plugin_configuration": {"interaction_configuration": r#"{"I":3}"#, "pact_configuration": r#"{"P":4}"#},
    })
}

#[test]
fn every_field_of_an_answer_survives_the_file() {
    let host = common::host(common::config());
    let echo = configure(&plugin(&host, "echo"), "text/csv", &everything());
    let mut pact = Pact::parse(PARTIES).expect("a pact");
    for (template_json, request, message) in [
        (
            r#"{"type": "Synchronous/HTTP", "description": "a"}"#,
            Some(&echo),
            None,
        ),
        (
            r#"{"type": "Asynchronous/Messages", "description": "b"}"#,
            None,
            Some(&echo),
        ),
        (
            r#"{"type": "Synchronous/Messages", "description": "c"}"#,
            Some(&echo),
            None,
        ),
    ] {
        pact.add_interaction(&PactInteraction {
            request,
            message,
            ..given(template_json)
        })
        .expect("an interaction");
    }

    let pact = read(&pact);
    assert_eq!(pact.plugin_data.len(), 1);
    let stored = json!(pact.plugin_data[0].configuration);
    assert_eq!(stored, json!({"p": "q", "P": 4}));
    for interaction in &pact.interactions {
        let stored = json!(interaction.plugin_config());
        assert_eq!(stored, json!({"echo": {"i": {"a": [1.0]}, "I": 3}}));
        let markup = interaction.interaction_markup();
        assert_eq!(
            (&*markup.markup, &*markup.markup_type),
            ("<b>a</b>", "HTML")
        );
    }
    let exchange = pact.interactions[2].as_v4_sync_message().expect("messages");
    let contents = &exchange.request;
    assert!(
        matches!(&contents.contents, OptionalBody::Present(bytes, Some(content_type), Some(PactHint::TEXT))
            if &**bytes == b"a,1" && *content_type == "text/csv;charset=utf-8")
    );
    let topic = contents.matching_rules.rules_for_category("metadata");
    assert_eq!(topic.expect("rules for the metadata").rules.len(), 1);
    assert_eq!(contents.metadata["tags"], json!([1, 2.5]));
    assert_eq!(contents.generators.categories.len(), 2);
    let rules = contents.matching_rules.rules_for_category("body");
    let mut names: Vec<_> = rules
        .expect("rules for the body")
        .rules
        .values()
        .flat_map(|list| list.rules.iter().map(|rule| rule.name()))
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "credit-card",
            "each-value",
            "min-max-type",
            "not-empty",
            "regex"
        ]
    );
}

/// A pact whose only message has this body.
fn pact_of(plugin: &Plugin, contents: &Value) -> Pact {
    let config = json!({"response": {"contents": contents}});
    let configured = configure(plugin, "a/b", &config);
    let mut pact = Pact::parse(PARTIES).expect("a pact");
    pact.add_interaction(&PactInteraction {
        message: Some(&configured),
        ..given(r#"{"type": "Asynchronous/Messages", "description": "a"}"#)
    })
    .expect("an interaction");
    pact
}

#[test]
fn bodies_of_all_kinds_come_back_as_they_were() {
    let host = common::host(common::config());
    let echo = plugin(&host, "echo");
    let binary: &[u8] = &[0, 255, 10];
    for (content_type, content, hint) in [
        ("application/json", &b"{\"a\":[1,2.0,null]}"[..], "Default"),
        ("application/json", b"\"text\"", "Default"),
        ("application/json", b"7", "Default"),
        ("application/vnd.a+json", b"broken {", "Default"),
        ("application/json", b"true", "Binary"),
        ("text/plain", "\u{e4} \u{0} \"".as_bytes(), "Default"),
        ("text/plain", binary, "Default"),
        ("text/plain", b"x", "Binary"),
        ("application/xml", b"<a/>", "Default"),
        ("image/png", binary, "Default"),
        ("application/jwt", b"a.b.c", "Text"),
        ("*/*", b"{}", "Default"),
    ] {
        let contents = json!({"content_type": content_type, "content": content, "hint": hint});
        let pact = read(&pact_of(&echo, &contents));
        let body = pact.interactions[0].contents_for_verification();
        assert_eq!(
            body.value().as_deref(),
            Some(content),
            "{content_type} {hint}"
        );
    }
}

/// Pact loses these itself when it writes a file.
#[test]
fn null_and_the_empty_text_come_back_as_they_were() {
    let host = common::host(common::config());
    let echo = plugin(&host, "echo");
    for content in [&b"null"[..], b"\"\""] {
        let contents =
            json!({"content_type": "application/json", "content": content, "hint": "Default"});
        let (_, pact) = load(&pact_of(&echo, &contents));
        let body = pact.interactions[0].contents_for_verification();
        assert_eq!(body.value().as_deref(), Some(content));
    }
}

#[test]
fn missing_and_empty_bodies_come_back_as_they_were() {
    let host = common::host(common::config());
    let echo = plugin(&host, "echo");
    let contents =
        |content: Value| json!({"content_type": "a/b", "content": content, "hint": "Default"});
    for (contents, expected) in [
        (Value::Null, OptionalBody::Missing),
        (contents(Value::Null), OptionalBody::Missing),
        (contents(json!([])), OptionalBody::Empty),
    ] {
        let pact = read(&pact_of(&echo, &contents));
        assert_eq!(pact.interactions[0].contents_for_verification(), expected);
    }
}
