//! Verification by transports.

use pact_wasm::driver::call::CallOptions;
use pact_wasm::error::Error;
use serde_json::{Value, json};

use super::calls::{Call, all_answer};
use super::findings::Findings;
use super::requests::{self, TEXT, body, with_text};
use super::rules;
use super::session::Session;
use super::verdict::{Verdict, is_fault};

const PREPARE: &str = "prepare-interaction-for-verification";
const VERIFY: &str = "verify-interaction";

pub fn check(session: &Session, findings: &mut Findings) {
    findings.check(
        "verify-interaction: no success where nobody listens",
        || closed(session),
    );
    findings.check(
        "verification: interactions and configurations of all sorts",
        || all_answer(session, &unusual(session)),
    );
}

/// Who prepares, verifies and succeeds without a provider, would succeed with a wrong one too.
fn closed(session: &Session) -> Verdict {
    let port = session.settings.closed_port;
    let config = json!({ "host": "127.0.0.1", "port": port });
    let plain = session.interaction_types();
    let plain = plain
        .iter()
        .map(|kind| json!({ "interactionType": kind.name() }));
    let mut verified = 0;
    for interaction in session.configured_interaction().into_iter().chain(plain) {
        let request = json!({ "interaction": interaction, "config": config });
        let data = match call(session, PREPARE, &request) {
            Ok(data) => {
                verified += 1;
                data
            }
            Err(error) if is_fault(&error) => return Verdict::of_fault(&error),
            Err(_) => json!({}),
        };
        let request =
            json!({ "interactionData": data, "interaction": interaction, "config": config });
        match call(session, VERIFY, &request) {
            Ok(result) if result["success"] == true => {
                let kind = interaction["interactionType"].as_str().unwrap_or_default();
                let reason = format!(
                    "verifying a {kind} interaction succeeded, though nobody listens on 127.0.0.1:{port}"
                );
                let advice = "answer with an error, or with success = false and what failed";
                return Verdict::failed(reason, advice);
            }
            Ok(result) => {
                if let Some(rule) = rules::broken(VERIFY, &result) {
                    return Verdict::failed(rule, rules::ADVICE);
                }
            }
            Err(error) if is_fault(&error) => return Verdict::of_fault(&error),
            Err(_) => {}
        }
    }
    Verdict::noted(format!("{verified} interactions could be prepared"))
}

fn call(session: &Session, operation: &'static str, request: &Value) -> Result<Value, Error> {
    let options = CallOptions::default();
    let response = session
        .plugin
        .call_json(&options, operation, &request.to_string())?;
    Ok(serde_json::from_str(&response).unwrap_or_default())
}

fn unusual(session: &Session) -> Vec<Call> {
    let mut calls = Vec::new();
    for kind in session.interaction_types() {
        let plain = json!({ "interactionType": kind.name() });
        for (what, object) in requests::objects() {
            let configuration =
                json!({ "interactionConfiguration": TEXT, "pactConfiguration": TEXT });
            let interaction =
                json!({ "interactionType": kind.name(), "pluginConfiguration": configuration });
            for (what, request) in [
                (
                    format!("{what} as the plugin configuration"),
                    json!({ "interaction": interaction }),
                ),
                (
                    format!("{what} as the configuration of the verification"),
                    json!({ "interaction": plain, "config": TEXT }),
                ),
            ] {
                calls.push(Call::new(
                    what.clone(),
                    PREPARE,
                    with_text(&request, &object),
                ));
                let mut request = request;
                request["interactionData"] = json!({});
                calls.push(Call::new(what, VERIFY, with_text(&request, &object)));
            }
        }
        for (what, content) in requests::bodies() {
            let metadata = json!({ "": { "json": null }, "☃": { "bytes": "AP8=" }, "\u{0}": { "json": [{}] } });
            let data = json!({ "body": body("application/json", content.as_deref()), "metadata": metadata });
            let request = json!({ "interactionData": data, "interaction": plain });
            calls.push(Call::new(what, VERIFY, request));
        }
    }
    calls
}
