//! What hosts do to plugins: deadlines, cancels, little memory, calls in parallel. The plugin has to work on afterwards.

use std::thread;
use std::time::Duration;

use pact_wasm::driver::call::{CallOptions, Cancel};
use pact_wasm::driver::component::Role;
use pact_wasm::driver::config::Limits;
use pact_wasm::error::{Code, Error};
use serde_json::json;

use super::calls::Call;
use super::catalogue::still_works;
use super::findings::Findings;
use super::requests::body;
use super::session::Session;
use super::verdict::{Verdict, is_fault};

/// More than C and Rust need, less than an interpreter does.
const LITTLE_MEMORY: usize = 16 << 20;
const THREADS: usize = 4;
const ROUNDS: usize = 8;

pub fn check(session: &Session, findings: &mut Findings) {
    let calls = ordinary_calls(session);
    findings.check("limits: it goes on after a short deadline", || {
        short_deadline(session, &calls)
    });
    findings.check("limits: it goes on after a cancel", || {
        cancel(session, &calls)
    });
    findings.check(
        "limits: it says so when 16 MiB of memory are too little",
        || little_memory(session, &calls),
    );
    findings.check("parallel calls: the same outcome as one by one", || {
        parallel(session, &calls)
    });
}

/// A call of each role, with enough to do that it can be interrupted.
fn ordinary_calls(session: &Session) -> Vec<Call> {
    let roles = session.plugin.roles();
    let big = b"a,b,c\n1,2,3\n".repeat(20_000);
    let mut calls = vec![Call::new(
        "a catalogue",
        "update-catalogue",
        json!({ "catalogue": [] }),
    )];
    if roles.contains(&Role::ContentMatcher) {
        let types = session.content_types(Role::ContentMatcher);
        let body = body(types.first(), Some(&big));
        calls.push(Call::new(
            "a comparison",
            "compare-contents",
            json!({ "expected": body, "actual": body }),
        ));
        let request = json!({ "contentType": types.first(), "contentsConfig": {} });
        calls.push(Call::new(
            "a configuration",
            "configure-interaction",
            request,
        ));
    }
    if roles.contains(&Role::ContentGenerator) {
        let types = session.content_types(Role::ContentGenerator);
        calls.push(Call::new(
            "a generation",
            "generate-content",
            json!({ "body": body(types.first(), Some(&big)) }),
        ));
    }
    let value = json!({ "text": "9".repeat(1 << 16) });
    for entry in session.entries_of(Role::FieldMatcher) {
        let request = json!({
            "key": entry.key, "rule": { "type": entry.key }, "path": "$", "mismatchType": "body",
            "expected": value, "actual": value
        });
        calls.push(Call::new("a rule", "match-field", request));
    }
    for entry in session.entries_of(Role::FieldGenerator) {
        let request = json!({ "key": entry.key, "generator": { "type": entry.key }, "path": "$", "example": value });
        calls.push(Call::new("a generator", "generate-field", request));
    }
    if roles.contains(&Role::Transport)
        && let Some(kind) = session.interaction_types().first()
    {
        let request = json!({ "interaction": { "interactionType": kind.name() } });
        calls.push(Call::new(
            "a preparation",
            "prepare-interaction-for-verification",
            request,
        ));
    }
    calls
}

/// A verdict on a call in which the limit `expected` may be reached.
fn fault_but(
    expected: Code,
    call: &Call,
    result: std::result::Result<(), Error>,
) -> Option<Verdict> {
    let error = result
        .err()
        .filter(|it| is_fault(it) && it.code() != expected)?;
    match Verdict::of_fault(&error) {
        Verdict::Failed { reason, advice } => {
            Some(Verdict::failed(format!("{}: {reason}", call.what), advice))
        }
        verdict => Some(verdict),
    }
}

fn make(session: &Session, call: &Call, options: &CallOptions) -> std::result::Result<(), Error> {
    call.make(session, options).map(|_| ())
}

fn short_deadline(session: &Session, calls: &[Call]) -> Verdict {
    let mut reached = 0;
    for call in calls {
        let options = CallOptions {
            timeout: Some(Duration::from_millis(1)),
            ..CallOptions::default()
        };
        let result = make(session, call, &options);
        reached += usize::from(result.as_ref().is_err_and(|it| it.code() == Code::Deadline));
        if let Some(fault) = fault_but(Code::Deadline, call, result) {
            return fault;
        }
    }
    let note = Verdict::noted(format!("reached in {reached} of {} calls", calls.len()));
    still_works(session).unwrap_or(note)
}

fn cancel(session: &Session, calls: &[Call]) -> Verdict {
    let mut reached = 0;
    for call in calls {
        let switch = Cancel::default();
        let options = CallOptions {
            cancel: Some(switch.clone()),
            ..CallOptions::default()
        };
        let result = thread::scope(|scope| {
            // When it comes is left to chance: before, in the middle or behind. Each has to do no harm.
            scope.spawn(|| switch.cancel());
            make(session, call, &options)
        });
        reached += usize::from(
            result
                .as_ref()
                .is_err_and(|it| it.code() == Code::Cancelled),
        );
        if let Some(fault) = fault_but(Code::Cancelled, call, result) {
            return fault;
        }
    }
    let note = Verdict::noted(format!("reached in {reached} of {} calls", calls.len()));
    still_works(session).unwrap_or(note)
}

fn little_memory(session: &Session, calls: &[Call]) -> Verdict {
    let limits = Limits {
        memory: LITTLE_MEMORY,
        ..session.settings.limits.clone()
    };
    let small = match session.again(limits) {
        Ok(small) => small,
        Err(error) => return Verdict::of_loading(&error),
    };
    match small.init() {
        Ok(()) => {}
        Err(error) if error.code() == Code::MemoryLimit => {
            return Verdict::noted("it needs more to start");
        }
        Err(error) => return Verdict::of_fault(&error),
    }
    let mut reached = 0;
    for call in calls {
        let result = make(&small, call, &CallOptions::default());
        reached += usize::from(
            result
                .as_ref()
                .is_err_and(|it| it.code() == Code::MemoryLimit),
        );
        if let Some(fault) = fault_but(Code::MemoryLimit, call, result) {
            return fault;
        }
    }
    let note = Verdict::noted(format!("too little for {reached} of {} calls", calls.len()));
    still_works(&small).unwrap_or(note)
}

/// Answers may be random, but whether it is an answer or an error is not.
fn parallel(session: &Session, calls: &[Call]) -> Verdict {
    let options = CallOptions::default();
    let mut expected = Vec::new();
    for call in calls {
        let alone = make(session, call, &options);
        // What is a fault already has been reported, and would only take its time again.
        if !alone.as_ref().is_err_and(is_fault) {
            expected.push((call, alone.is_ok()));
        }
    }
    if expected.is_empty() {
        return Verdict::skipped("none of its calls goes well alone");
    }
    let work = || {
        for _ in 0..ROUNDS {
            for (call, is_ok) in &expected {
                let result = make(session, call, &options);
                if result.is_ok() != *is_ok || result.as_ref().is_err_and(is_fault) {
                    return Some((call, result));
                }
            }
        }
        None
    };
    let different = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        let outcomes = threads.into_iter().map(|it| it.join().ok().flatten());
        outcomes.collect::<Vec<_>>().into_iter().flatten().next()
    });
    let Some((call, result)) = different else {
        let count = expected.len() * ROUNDS * THREADS;
        return Verdict::noted(format!("{count} calls on {THREADS} threads"));
    };
    let reason = match result {
        Ok(()) => "an error when it is called alone, and an answer in parallel".to_string(),
        Err(error) => format!("in parallel {error}"),
    };
    let advice = "let no call depend on what an instance has served before";
    Verdict::failed(format!("{}: {reason}", call.what), advice)
}
