//! What goes where in a pact file. `tests/pact_file.rs` has Pact's own libraries read such files.

use serde_json::{Value, json};

use super::{Configured, Pact, PactInteraction};
use crate::error::{Code, Result};
use crate::model::{
    Body, ConfigureInteractionResponse, ContentTypeHint, ExpressionMap, Generator,
    InteractionResponse, JsonObject, MarkupType, MatchingRule, PluginConfiguration, Rules,
};

const PARTIES: &str = r#"{"consumer": {"name": "shop"}, "provider": {"name": "login"}}"#;
const HTTP: &str = r#"{"type": "Synchronous/HTTP", "description": "a login"}"#;
const MESSAGE: &str = r#"{"type": "Asynchronous/Messages", "description": "a login"}"#;
const MESSAGES: &str = r#"{"type": "Synchronous/Messages", "description": "a login"}"#;

fn object(json: Value) -> JsonObject {
    JsonObject::new(json.to_string()).unwrap()
}

fn body(content: &str) -> Option<Body<'static>> {
    Some(Body {
        content_type: "text/plain".into(),
        content: Some(content.as_bytes().to_vec().into()),
        hint: ContentTypeHint::Default,
    })
}

fn part(name: &str, content: &str) -> InteractionResponse {
    InteractionResponse {
        part_name: name.into(),
        contents: body(content),
        ..InteractionResponse::default()
    }
}

fn rules(expression: &str, rule_type: &str, values: Option<Value>) -> Rules {
    let rule = MatchingRule {
        rule_type: rule_type.into(),
        values: values.map(object),
    };
    ExpressionMap(vec![(expression.into(), vec![rule])])
}

fn configuration(interaction: Value, pact: Value) -> Option<PluginConfiguration> {
    Some(PluginConfiguration {
        interaction_configuration: Some(object(interaction)),
        pact_configuration: Some(object(pact)),
    })
}

fn configured(interactions: Vec<InteractionResponse>) -> Configured {
    Configured {
        plugin_name: "csv".into(),
        plugin_version: "1.2.0".into(),
        plugin_capabilities: Vec::new(),
        response: ConfigureInteractionResponse {
            interactions,
            plugin_configuration: None,
        },
    }
}

fn given(template_json: &str) -> PactInteraction<'_> {
    PactInteraction {
        template_json,
        request: None,
        response: None,
        message: None,
    }
}

fn pact_with(interactions: &[PactInteraction<'_>]) -> Result<Value> {
    let mut pact = Pact::parse(PARTIES)?;
    for interaction in interactions {
        pact.add_interaction(interaction)?;
    }
    Ok(serde_json::from_str(&pact.to_json()?).unwrap())
}

fn interaction_of(given: PactInteraction<'_>) -> Value {
    pact_with(&[given]).unwrap()["interactions"][0].take()
}

fn message_of(part: InteractionResponse) -> Value {
    let message = Some(&configured(vec![part]));
    interaction_of(PactInteraction {
        message,
        ..given(MESSAGE)
    })
}

#[track_caller]
fn assert_refused(given: PactInteraction<'_>, message: &str) {
    let error = pact_with(&[given]).unwrap_err();
    assert!(error.to_string().contains(message), "{error}");
    assert_eq!(error.code(), Code::InvalidArgument);
}

#[test]
fn a_template_alone_is_completed_to_a_pact() {
    let expected = json!({
        "consumer": {"name": "shop"},
        "provider": {"name": "login"},
        "interactions": [{
            "type": "Synchronous/HTTP", "description": "a login", "pending": false,
            "request": {"method": "GET", "path": "/"}, "response": {"status": 200},
        }],
        "metadata": {"pactSpecification": {"version": "4.0"}},
    });
    assert_eq!(pact_with(&[given(HTTP)]).unwrap(), expected);
}

#[test]
fn http_contents_are_put_into_the_template() {
    let template = json!({
        "type": "Synchronous/HTTP", "description": "a login", "pending": true, "key": "k",
        "request": {
            "method": "POST", "path": "/login", "headers": {"content-type": ["a/b"]}, "body": {"content": "old"},
            "matchingRules": {"path": {"combine": "AND", "matchers": [{"match": "type"}]}},
        },
        "response": {"status": 201},
    });
    let request = InteractionResponse {
        rules: rules("column:1", "regex", Some(json!({"regex": "\\d"}))),
        generators: ExpressionMap(vec![(
            "$".into(),
            Generator {
                generator_type: "RandomInt".into(),
                values: Some(object(json!({"min": 1}))),
            },
        )]),
        message_metadata: Some(object(json!({"only": "in messages"}))),
        metadata_rules: rules("only", "type", None),
        ..part("", "1,2")
    };
    let interaction = interaction_of(PactInteraction {
        request: Some(&configured(vec![request])),
        response: Some(&configured(vec![part("", "ok")])),
        ..given(&template.to_string())
    });
    let expected = json!({
        "type": "Synchronous/HTTP", "description": "a login", "pending": true, "key": "k",
        "request": {
            "method": "POST", "path": "/login", "headers": {"content-type": ["a/b"]},
            "body": {"content": "1,2", "contentType": "text/plain", "encoded": false},
            "matchingRules": {
                "path": {"combine": "AND", "matchers": [{"match": "type"}]},
                "body": {"column:1": {"combine": "AND", "matchers": [{"match": "regex", "regex": "\\d"}]}},
            },
            "generators": {"body": {"$": {"type": "RandomInt", "min": 1}}},
        },
        "response": {
            "status": 201, "headers": {"Content-Type": ["text/plain"]},
            "body": {"content": "ok", "contentType": "text/plain", "encoded": false},
        },
    });
    assert_eq!(interaction, expected);
}

#[test]
fn parts_with_names_find_their_places() {
    let both = configured(vec![
        part("response", "1"),
        part("request", "2"),
        part("response", "3"),
    ]);
    let given = |template_json| PactInteraction {
        request: Some(&both),
        response: Some(&both),
        ..given(template_json)
    };
    let interaction = interaction_of(given(MESSAGES));
    let content = |part: &Value| part["contents"]["content"].clone();
    assert_eq!(content(&interaction["request"]), "2");
    let responses = interaction["response"].as_array().unwrap();
    let responses: Vec<_> = responses.iter().map(content).collect();
    assert_eq!(responses, ["1", "3"]);
    assert_refused(
        given(HTTP),
        "\"interaction.response\" has 2 parts for a place that holds one",
    );
}

#[test]
fn responses_are_put_into_those_of_the_template() {
    let template = json!({
        "type": "Synchronous/Messages", "description": "a login",
        "response": [{"metadata": {"a": 1, "b": 2}}],
    });
    let first = InteractionResponse {
        message_metadata: Some(object(json!({"b": 3}))),
        ..part("response", "1")
    };
    let interaction = interaction_of(PactInteraction {
        response: Some(&configured(vec![first, part("response", "2")])),
        ..given(&template.to_string())
    });
    let body =
        |content: &str| json!({"content": content, "contentType": "text/plain", "encoded": false});
    assert_eq!(interaction["request"], json!({}));
    assert_eq!(
        interaction["response"],
        json!([{"metadata": {"a": 1, "b": 3}, "contents": body("1")}, {"contents": body("2")}])
    );
}

#[test]
fn messages_have_metadata_with_rules_and_generators() {
    let generator = Generator {
        generator_type: "Uuid".into(),
        values: None,
    };
    let message = message_of(InteractionResponse {
        message_metadata: Some(object(json!({"topic": "logins"}))),
        metadata_rules: rules("topic", "not-empty", None),
        metadata_generators: ExpressionMap(vec![("id".into(), generator)]),
        ..part("whatever", "x")
    });
    let expected = json!({
        "type": "Asynchronous/Messages", "description": "a login", "pending": false,
        "contents": {"content": "x", "contentType": "text/plain", "encoded": false},
        "metadata": {"topic": "logins"},
        "matchingRules": {"metadata": {"topic": {"combine": "AND", "matchers": [{"match": "notEmpty"}]}}},
        "generators": {"metadata": {"id": {"type": "Uuid"}}},
    });
    assert_eq!(message, expected);
}

#[test]
fn rules_have_the_names_of_pact_files() {
    for (ours, values, in_file) in [
        (
            "min-max-type",
            json!({"min": 1, "max": 2}),
            json!({"match": "type", "min": 1, "max": 2}),
        ),
        (
            "content-type",
            json!({"value": "a/b"}),
            json!({"match": "contentType", "value": "a/b"}),
        ),
        (
            "each-value",
            json!({"rules": []}),
            json!({"match": "eachValue", "rules": []}),
        ),
        (
            "credit-card",
            json!({"match": "x", "brand": "visa"}),
            json!({"match": "credit-card", "brand": "visa"}),
        ),
    ] {
        let message = message_of(InteractionResponse {
            rules: rules("$", ours, Some(values)),
            ..InteractionResponse::default()
        });
        let matchers = &message["matchingRules"]["body"]["$"]["matchers"];
        assert_eq!(matchers, &json!([in_file]));
    }
    let no_rules = message_of(InteractionResponse {
        rules: ExpressionMap(vec![("$".into(), Vec::new())]),
        ..InteractionResponse::default()
    });
    assert_eq!(no_rules.get("matchingRules"), None);
}

#[test]
fn configuration_is_merged_per_plugin_and_the_response_wins() {
    let with = |interaction, pact| InteractionResponse {
        plugin_configuration: configuration(interaction, pact),
        ..part("", "x")
    };
    let mut request = configured(vec![with(
        json!({"a": {"b": 1, "c": 2}}),
        json!({"p": {"q": 1}}),
    )]);
    request.response.plugin_configuration = configuration(json!({"whole": 0}), json!({"whole": 1}));
    let mut response = configured(vec![with(json!({"a": {"c": 3}}), json!({"p": {"r": 2}}))]);
    response.plugin_version = "1.3.0".into();
    let pact = pact_with(&[PactInteraction {
        request: Some(&request),
        response: Some(&response),
        ..given(HTTP)
    }])
    .unwrap();
    assert_eq!(
        pact["interactions"][0]["pluginConfiguration"],
        json!({"csv": {"a": {"b": 1, "c": 3}, "whole": 0}})
    );
    assert_eq!(
        pact["metadata"]["plugins"],
        json!([{"name": "csv", "version": "1.3.0", "configuration": {"p": {"q": 1, "r": 2}, "whole": 1}}])
    );
}

#[test]
fn plugins_are_listed_once_each() {
    let mut pact = Pact::parse(PARTIES).unwrap();
    pact.add_plugin("csv", "1.0.0").unwrap();
    pact.add_plugin("jwt", "0.1.0").unwrap();
    pact.add_plugin("csv", "1.2.0").unwrap();
    assert_eq!(
        pact.0["metadata"]["plugins"],
        json!([
            {"name": "csv", "version": "1.2.0", "configuration": {}},
            {"name": "jwt", "version": "0.1.0", "configuration": {}},
        ])
    );
}

#[test]
fn renderings_follow_each_other() {
    let rendered = |markup: &str, markup_type| {
        configured(vec![InteractionResponse {
            interaction_markup: markup.into(),
            interaction_markup_type: markup_type,
            ..part("", "x")
        }])
    };
    let html = rendered("<p>", MarkupType::Html);
    let common = rendered("# a", MarkupType::CommonMark);
    let nothing = rendered("", MarkupType::CommonMark);
    let markup = |request, response| {
        interaction_of(PactInteraction {
            request: Some(request),
            response: Some(response),
            ..given(HTTP)
        })["interactionMarkup"]
            .take()
    };
    for (request, response, text, markup_type) in [
        (&html, &nothing, "<p>", "HTML"),
        (&html, &html, "<p>\n\n<p>", "HTML"),
        (&html, &common, "<p>\n\n# a", "COMMON_MARK"),
        (&common, &html, "# a\n\n<p>", "COMMON_MARK"),
    ] {
        let expected = json!({"markup": text, "markupType": markup_type});
        assert_eq!(markup(request, response), expected);
    }
    assert_eq!(markup(&nothing, &nothing), Value::Null);
}

#[test]
fn the_same_interaction_is_replaced() {
    let template = |description: &str, states: Value, path: &str| {
        json!({
            "type": "Synchronous/HTTP", "description": description, "providerStates": states,
            "request": {"path": path},
        })
        .to_string()
    };
    let templates = [
        template("a", json!([]), "/1"),
        template("b", json!([]), "/2"),
        template("a", json!([{"name": "s"}]), "/3"),
        template("a", Value::Null, "/4"),
    ];
    let interactions: Vec<_> = templates.iter().map(|it| given(it)).collect();
    let pact = pact_with(&interactions).unwrap();
    let paths = pact["interactions"].as_array().unwrap().iter();
    let paths: Vec<_> = paths.map(|it| it["request"]["path"].clone()).collect();
    assert_eq!(paths, ["/4", "/2", "/3"]);

    let keyed = |key: &str| json!({"type": "Synchronous/HTTP", "description": "a", "key": key});
    let (one, other) = (keyed("1").to_string(), keyed("2").to_string());
    let pact = pact_with(&[given(&one), given(&other), given(&one)]).unwrap();
    assert_eq!(pact["interactions"].as_array().unwrap().len(), 2);
}

#[test]
fn what_does_not_fit_is_named() {
    let one = configured(vec![part("request", "x")]);
    let none = configured(vec![]);
    assert_refused(
        given("[]"),
        "\"interaction.template_json\" is no JSON object",
    );
    assert_refused(
        given(r#"{"type": "Synchronous/HTTP"}"#),
        "a text in its field \"description\"",
    );
    assert_refused(
        given(r#"{"type": "HTTP", "description": "d"}"#),
        "or \"Asynchronous/Messages\" in its field \"type\"",
    );
    assert_refused(
        given(r#"{"type": "Synchronous/HTTP", "description": "d", "request": 7}"#),
        "an object in its field \"request\"",
    );
    assert_refused(
        given(r#"{"type": "Synchronous/Messages", "description": "d", "response": {}}"#),
        "an array in its field \"response\"",
    );
    assert_refused(
        PactInteraction {
            message: Some(&one),
            ..given(HTTP)
        },
        "\"interaction.message\" must be NULL",
    );
    assert_refused(
        PactInteraction {
            response: Some(&one),
            ..given(MESSAGE)
        },
        "\"interaction.response\" must be NULL",
    );
    assert_refused(
        PactInteraction {
            response: Some(&one),
            ..given(HTTP)
        },
        "\"interaction.response\" has nothing for this place: plugin csv gave parts called \"request\"",
    );
    assert_refused(
        PactInteraction {
            message: Some(&none),
            ..given(MESSAGE)
        },
        "\"interaction.message\" has nothing for this place: plugin csv gave no parts",
    );
}

#[test]
fn only_version_4_with_both_parties_is_a_pact_for_plugins() {
    let refused = |pact: Value| Pact::parse(&pact.to_string()).unwrap_err().to_string();
    let parties = json!({"consumer": {"name": "shop"}, "provider": {"name": "login"}});
    let with = |key: &str, value: Value| {
        let mut pact = parties.clone();
        pact[key] = value;
        refused(pact)
    };
    assert!(with("provider", Value::Null).contains("a text in its field \"provider.name\""));
    assert!(with("consumer", json!("shop")).contains("an object in its field \"consumer\""));
    assert!(with("interactions", json!({})).contains("an array in its field \"interactions\""));
    let old = with(
        "metadata",
        json!({"pactSpecification": {"version": "3.0.0"}}),
    );
    assert!(old.contains("4.0, the version that knows plugins"), "{old}");
    let mut strange = Pact::parse(
        r#"{"consumer":{"name":"a"},"provider":{"name":"b"},"metadata":{"plugins":{}}}"#,
    )
    .unwrap();
    let error = strange.add_plugin("csv", "1.0.0").unwrap_err().to_string();
    assert!(
        error.contains("an array in its field \"metadata.plugins\""),
        "{error}"
    );
}

#[test]
fn what_a_plugin_gave_and_no_file_can_hold_is_the_plugins_fault() {
    let message = |part| {
        pact_with(&[PactInteraction {
            message: Some(&configured(vec![part])),
            ..given(MESSAGE)
        }])
        .unwrap_err()
    };
    let error = message(InteractionResponse {
        rules: rules("column:First Name", "type", None),
        ..part("", "x")
    });
    assert_eq!(error.code(), Code::InvalidResponse);
    assert_eq!(error.plugin(), Some(("csv", "1.2.0")));
    assert!(
        error.to_string().contains(
            "plugin csv 1.2.0, configure-interaction: the answer's rules is not valid: \"column:First Name\" is no path"
        ),
        "{error}"
    );
    let error = message(InteractionResponse {
        message_metadata: Some(JsonObject::new(r#"{"a": 1e999}"#).unwrap()),
        ..part("", "x")
    });
    assert_eq!(error.code(), Code::InvalidResponse);
    assert!(error.to_string().contains("message-metadata"), "{error}");
}

#[test]
fn a_plugin_gets_no_interaction_of_a_type_that_it_does_not_declare() {
    let for_messages = Configured {
        plugin_capabilities: vec!["interaction/message".into()],
        ..configured(vec![InteractionResponse::default()])
    };
    let message = PactInteraction {
        message: Some(&for_messages),
        ..given(MESSAGE)
    };
    assert!(pact_with(&[message]).is_ok());
    let http = PactInteraction {
        request: Some(&for_messages),
        ..given(r#"{"type":"Synchronous/HTTP","description":"a login"}"#)
    };
    let error = pact_with(&[http]).unwrap_err();
    assert_eq!(error.code(), Code::Unsupported);
    let message = error.to_string();
    assert!(
        message.starts_with(
            "plugin csv 1.2.0, configure-interaction: it does not take Synchronous/HTTP"
        ),
        "{message}"
    );
}
