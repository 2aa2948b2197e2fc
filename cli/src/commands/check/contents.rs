//! Content matchers and generators.

use std::borrow::Cow;

use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::component::Role;
use pact_wasm::driver::pact_file::{Configured, Pact, PactInteraction};
use pact_wasm::error::{Code, Error};
use pact_wasm::model::{
    CompareContentsRequest, ConfigureInteractionRequest, ConfigureInteractionResponse,
    ContentsComparison, GenerateContentRequest, InteractionResponse, InteractionType, JsonObject,
    PluginConfiguration, TestMode,
};
use serde_json::{Value, json};

use super::calls::{Call, all_answer};
use super::content_types::ContentTypes;
use super::findings::Findings;
use super::requests::{self, TEXT, body, with_text};
use super::session::Session;
use super::verdict::{Verdict, is_fault};

/// What has been configured, or why nothing has.
type Interaction = std::result::Result<ConfigureInteractionResponse, Verdict>;

pub fn check_matcher(session: &Session, findings: &mut Findings) {
    let types = session.content_types(Role::ContentMatcher);
    findings.check(
        "configure-interaction: contents configs of all sorts",
        || all_answer(session, &configurations(&types)),
    );
    findings.check("compare-contents: bodies of all sorts", || {
        all_answer(session, &comparisons(&types))
    });
    findings.check(
        "compare-contents: rules and configurations of all sorts",
        || all_answer(session, &unusual_comparisons(&types)),
    );
    check_configured(session, findings, configure(session, &types));
}

/// Why nothing was configured is said once.
fn check_configured(session: &Session, findings: &mut Findings, configured: Interaction) {
    let itself = "content-matcher: what it configures matches itself";
    let pact_file = "content-matcher: what it configures can be written to a pact file";
    match configured {
        Ok(response) => {
            findings.check(itself, || matches_itself(session, &response));
            findings.check(pact_file, || fits_a_pact_file(session, &response));
        }
        Err(verdict) => {
            findings.check(itself, || verdict);
            findings.skip(pact_file, "it has configured nothing");
        }
    }
}

pub fn check_generator(session: &Session, findings: &mut Findings) {
    let types = session.content_types(Role::ContentGenerator);
    findings.check(
        "generate-content: bodies and generators of all sorts",
        || all_answer(session, &generations(&types)),
    );
}

fn configurations(types: &ContentTypes) -> Vec<Call> {
    let call = |what: String, content_type: &str, config: &str| {
        let request = json!({ "contentType": content_type, "contentsConfig": TEXT });
        Call::new(what, "configure-interaction", with_text(&request, config))
    };
    let of_types = types
        .iter()
        .map(|it| call(format!("an empty contents config for {it}"), it, "{}"));
    let mut calls: Vec<Call> = of_types.collect();
    for (what, config) in requests::objects() {
        calls.push(call(
            format!("{what} as the contents config"),
            types.first(),
            &config,
        ));
    }
    for (what, content_type) in requests::content_types() {
        calls.push(call(what.to_string(), &content_type, "{}"));
    }
    calls
}

fn compare(what: String, request: &Value) -> Call {
    Call::new(what, "compare-contents", request)
}

fn comparisons(types: &ContentTypes) -> Vec<Call> {
    let small: &[u8] = b"a";
    let mut calls = Vec::new();
    for content_type in types.iter() {
        let same = body(content_type, Some(small));
        calls.push(compare(
            format!("two equal bodies of {content_type}"),
            &json!({ "expected": same, "actual": same }),
        ));
    }
    for (what, content) in requests::bodies() {
        let odd = body(types.first(), content.as_deref());
        let plain = body(types.first(), Some(small));
        calls.push(compare(
            format!("{what}, expected"),
            &json!({ "expected": odd, "actual": plain }),
        ));
        calls.push(compare(
            format!("{what}, actual"),
            &json!({ "expected": plain, "actual": odd, "allowUnexpectedKeys": true }),
        ));
        calls.push(compare(
            format!("{what}, both"),
            &json!({ "expected": odd, "actual": odd }),
        ));
    }
    for (what, content_type) in requests::content_types() {
        let odd = body(&content_type, Some(small));
        let plain = body(types.first(), Some(small));
        calls.push(compare(
            format!("{what}, expected"),
            &json!({ "expected": odd, "actual": plain }),
        ));
        calls.push(compare(
            format!("{what}, actual"),
            &json!({ "expected": plain, "actual": odd }),
        ));
    }
    calls
}

fn unusual_comparisons(types: &ContentTypes) -> Vec<Call> {
    let (expected, actual) = (
        body(types.first(), Some(b"a,b\n1,2\n")),
        body(types.first(), Some(b"a,b\n1,3\n")),
    );
    let mut calls = Vec::new();
    for (what, rule) in requests::rules() {
        let rules = json!({ "$.a": [rule], "$": [rule, rule] });
        calls.push(compare(
            what.to_string(),
            &json!({ "expected": expected, "actual": actual, "rules": rules }),
        ));
    }
    for (what, path) in requests::paths() {
        let rules = json!({ path: [{ "type": "type" }] });
        calls.push(compare(
            what.to_string(),
            &json!({ "expected": expected, "actual": actual, "rules": rules }),
        ));
    }
    for (what, object) in requests::objects() {
        let configuration = json!({ "interactionConfiguration": TEXT, "pactConfiguration": TEXT });
        let request =
            json!({ "expected": expected, "actual": actual, "pluginConfiguration": configuration });
        let what = format!("{what} as the plugin configuration");
        calls.push(Call::new(
            what,
            "compare-contents",
            with_text(&request, &object),
        ));
    }
    calls
}

fn generations(types: &ContentTypes) -> Vec<Call> {
    let call = |what: &str, request: Value| Call::new(what, "generate-content", request);
    let plain = body(types.first(), Some(b"a,b\n1,2\n"));
    let mut calls = Vec::new();
    for (what, content) in requests::bodies() {
        calls.push(call(
            what,
            json!({ "body": body(types.first(), content.as_deref()) }),
        ));
    }
    for (what, content_type) in requests::content_types() {
        calls.push(call(
            what,
            json!({ "body": body(&content_type, Some(b"a")) }),
        ));
    }
    for (what, generator) in requests::generators() {
        for test_mode in ["consumer", "provider"] {
            let generators = json!({ "$.a": generator, "$": generator });
            calls.push(call(
                what,
                json!({ "body": plain, "generators": generators, "testMode": test_mode }),
            ));
        }
    }
    for (what, path) in requests::paths() {
        calls.push(call(
            what,
            json!({ "body": plain, "generators": { path: { "type": "Uuid" } } }),
        ));
    }
    calls
}

/// Configures an interaction with the user's contents config, or with an empty one.
fn configure(session: &Session, types: &ContentTypes) -> Interaction {
    let given = session.settings.contents_config.clone();
    let contents_config = match &given {
        Some(config) => config.clone(),
        None => JsonObject::new("{}").map_err(|e| Verdict::skipped(e.to_string()))?,
    };
    let request = ConfigureInteractionRequest {
        content_type: Cow::Borrowed(types.first()),
        contents_config,
        test_context: None,
    };
    let configured = session
        .plugin
        .configure_interaction(&CallOptions::default(), &request);
    configured.map_err(|error| match (is_fault(&error), given) {
        (true, _) => Verdict::of_fault(&error),
        (false, Some(_)) => {
            let advice = format!(
                "let it take the contents config of --contents-config for {}, or correct that",
                types.first()
            );
            Verdict::failed(error.to_string(), advice)
        }
        (false, None) => Verdict::skipped(
            "it takes no empty contents config; give it one with --contents-config",
        ),
    })
}

/// The configuration that comes back with later calls: the interaction's own, and the one of the pact file.
fn configuration_of(
    response: &ConfigureInteractionResponse,
    part: &InteractionResponse,
) -> PluginConfiguration {
    let of_part = part.plugin_configuration.as_ref();
    let of_all = response.plugin_configuration.as_ref();
    PluginConfiguration {
        interaction_configuration: of_part.and_then(|it| it.interaction_configuration.clone()),
        pact_configuration: of_all
            .and_then(|it| it.pact_configuration.clone())
            .or_else(|| of_part.and_then(|it| it.pact_configuration.clone())),
    }
}

/// A body that does not match itself would fail every test of a consumer.
fn matches_itself(session: &Session, response: &ConfigureInteractionResponse) -> Verdict {
    let mut compared = 0;
    for part in &response.interactions {
        let Some(contents) = &part.contents else {
            continue;
        };
        let plugin_configuration = configuration_of(response, part);
        if let Some(fault) = generate(session, part, &plugin_configuration) {
            return fault;
        }
        let request = CompareContentsRequest {
            expected: contents.clone(),
            actual: contents.clone(),
            allow_unexpected_keys: false,
            rules: part.rules.clone(),
            plugin_configuration: Some(plugin_configuration),
            test_context: None,
        };
        let reason = match session
            .plugin
            .compare_contents(&CallOptions::default(), &request)
        {
            Err(error) => error.to_string(),
            Ok(ContentsComparison::ContentTypeMismatch(it)) => {
                format!(
                    "expected the content type {}, but it is {}",
                    it.expected, it.actual
                )
            }
            Ok(ContentsComparison::Results(results)) => {
                let first = results
                    .0
                    .iter()
                    .flat_map(|(path, list)| list.iter().map(move |it| (path, it)))
                    .next();
                match first {
                    None => {
                        compared += 1;
                        continue;
                    }
                    Some((path, mismatch)) => format!("{path}: {}", mismatch.description),
                }
            }
        };
        let part = match part.part_name.as_str() {
            "" => "the body".to_string(),
            name => format!("the body of the {name}"),
        };
        return Verdict::failed(
            format!("{part} that it configured does not match itself: {reason}"),
            "compare the example with the rules that the plugin makes from the same contents config",
        );
    }
    match compared {
        0 => Verdict::skipped("what it configured has no body"),
        _ => Verdict::ok(),
    }
}

/// What generators the plugin configured, it has to apply.
fn generate(
    session: &Session,
    part: &InteractionResponse,
    configuration: &PluginConfiguration,
) -> Option<Verdict> {
    let can_generate = session.plugin.roles().contains(&Role::ContentGenerator);
    let body = part
        .contents
        .clone()
        .filter(|_| can_generate && !part.generators.0.is_empty())?;
    let request = GenerateContentRequest {
        body,
        generators: part.generators.clone(),
        plugin_configuration: Some(configuration.clone()),
        test_context: None,
        test_mode: TestMode::Consumer,
        content_for: Default::default(),
    };
    let error = session
        .plugin
        .generate_content(&CallOptions::default(), &request)
        .err()?;
    Some(Verdict::failed(
        format!("the generators that it configured cannot be applied: {error}"),
        "configure only generators that generate-content knows",
    ))
}

fn fits_a_pact_file(session: &Session, response: &ConfigureInteractionResponse) -> Verdict {
    match write_pact(session, response) {
        Ok(()) => Verdict::ok(),
        Err(error) if error.code() == Code::InvalidResponse => Verdict::of_fault(&error),
        // Which type of interaction it is for, nobody has said.
        Err(error) => Verdict::skipped(error.to_string()),
    }
}

fn write_pact(session: &Session, response: &ConfigureInteractionResponse) -> Result<(), Error> {
    let configured = Configured::by(&session.plugin, response.clone());
    let is_message =
        response.interactions.len() == 1 && response.interactions[0].part_name.is_empty();
    let takes = session.interaction_types();
    let wanted = match is_message {
        true => InteractionType::AsynchronousMessages,
        false => InteractionType::SynchronousHttp,
    };
    let kind = match takes.contains(&wanted) {
        true => wanted,
        false => takes.first().copied().unwrap_or(wanted),
    };
    let is_message = kind == InteractionType::AsynchronousMessages;
    let template = json!({ "type": kind.name(), "description": "a check" }).to_string();
    let has = |name: &str| {
        let mut parts = response.interactions.iter();
        parts.any(|it| it.part_name == name || it.part_name.is_empty())
    };
    let side = |name: &str| (!is_message && has(name)).then_some(&configured);
    let mut pact =
        Pact::parse(r#"{"consumer": {"name": "consumer"}, "provider": {"name": "provider"}}"#)?;
    pact.add_interaction(&PactInteraction {
        template_json: &template,
        request: side("request"),
        response: side("response"),
        message: is_message.then_some(&configured),
    })?;
    pact.to_json().map(|_| ())
}
