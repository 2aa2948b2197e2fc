//! `check`: whether a plugin keeps to the interface.
//!
//! A plugin may answer anything with an error. What it must not do is crash, run into a limit, or give an answer that the
//! interface does not allow; and whatever happened, it has to go on working.

mod calls;
mod catalogue;
mod content_types;
mod contents;
mod fields;
mod findings;
mod limits;
mod listeners;
mod place;
mod reply;
mod requests;
mod rules;
mod sample;
mod servers;
mod session;
mod transports;
mod verdict;

use pact_wasm::driver::component::Role;

use crate::arguments::Check;
use crate::error::Result;
use crate::output::{Outcome, Output};
use crate::subject::Subject;
use findings::Findings;
use session::{Session, Settings};
use verdict::Verdict;

pub fn run(arguments: &Check, output: &Output) -> Result<Outcome> {
    let settings = Settings::new(arguments)?;
    let subject = Subject::open(&arguments.plugin, &settings.grants)?;
    let mut findings = Findings::new(&subject, output);
    if let Some(session) = start(&subject, settings, &mut findings)? {
        catalogue::check(&session, &mut findings);
        for role in Role::ALL {
            if session.plugin.roles().contains(&role) {
                check_role(role, &session, &mut findings);
            }
        }
        limits::check(&session, &mut findings);
    }
    Ok(findings.conclude())
}

/// Loads and initialises the plugin. Without that there is nothing else to check.
fn start(
    subject: &Subject,
    settings: Settings,
    findings: &mut Findings,
) -> Result<Option<Session>> {
    let mut loaded = None;
    findings.check(
        "loading: a component of an interface that is known",
        || match Session::load(subject, settings) {
            Ok(session) => {
                loaded = Some(session);
                Verdict::ok()
            }
            Err(error) => Verdict::of_loading(&error),
        },
    );
    let Some(session) = loaded else {
        return Ok(None);
    };
    let mut is_ready = false;
    findings.check(
        "init: an answer, and entries whose roles are exported",
        || match session.init() {
            Ok(()) => {
                is_ready = true;
                Verdict::ok()
            }
            Err(error) => Verdict::of_init(&error),
        },
    );
    Ok(is_ready.then_some(session))
}

fn check_role(role: Role, session: &Session, findings: &mut Findings) {
    if session.entries_of(role).is_empty() {
        let name = format!("{}: requests", role.interface());
        let reason = "it is exported, but no catalogue entry is of this role, so nobody can use it";
        findings.skip(&name, reason);
        return;
    }
    match role {
        Role::ContentMatcher => contents::check_matcher(session, findings),
        Role::ContentGenerator => contents::check_generator(session, findings),
        Role::FieldMatcher => fields::check_matcher(session, findings),
        Role::FieldGenerator => fields::check_generator(session, findings),
        Role::Transport => {
            servers::check(session, findings);
            transports::check(session, findings);
        }
    }
}
