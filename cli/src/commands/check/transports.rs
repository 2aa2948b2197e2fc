//! Verification by transports.

use serde_json::json;

use super::calls::{Call, all_answer};
use super::findings::Findings;
use super::reply::{Step, ask};
use super::requests::{self, TEXT, body, with_text};
use super::session::Session;
use super::verdict::Verdict;

const PREPARE: &str = "prepare-interaction-for-verification";
const VERIFY: &str = "verify-interaction";

pub fn check(session: &Session, findings: &mut Findings) {
    findings.check(
        "verify-interaction: no success where nobody listens",
        || closed(session).unwrap_or_else(|it| it),
    );
    findings.check(
        "verification: interactions and configurations of all sorts",
        || all_answer(session, &unusual(session)),
    );
}

/// Who prepares, verifies and succeeds without a provider, would succeed with a wrong one too.
fn closed(session: &Session) -> Step<Verdict> {
    let port = session.settings.closed_port;
    let config = json!({ "host": "127.0.0.1", "port": port });
    let plain = session.interaction_types();
    let plain = plain
        .iter()
        .map(|kind| json!({ "interactionType": kind.name() }));
    let mut verified = 0;
    for interaction in session.configured_interaction().into_iter().chain(plain) {
        let request = json!({ "interaction": interaction, "config": config });
        let prepared = ask(session, PREPARE, &request)?;
        verified += usize::from(prepared.is_ok());
        let data = prepared.unwrap_or_else(|_| json!({}));
        let request =
            json!({ "interactionData": data, "interaction": interaction, "config": config });
        let result = ask(session, VERIFY, &request)?;
        if result.is_ok_and(|it| it["success"] == true) {
            let kind = interaction["interactionType"].as_str().unwrap_or_default();
            let reason = format!(
                "verifying a {kind} interaction succeeded, though nobody listens on 127.0.0.1:{port}"
            );
            let advice = "answer with an error, or with success = false and what failed";
            return Err(Verdict::failed(reason, advice));
        }
    }
    Ok(Verdict::noted(format!(
        "{verified} interactions could be prepared"
    )))
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
