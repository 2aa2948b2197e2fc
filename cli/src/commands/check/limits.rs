//! What hosts do to plugins: deadlines, cancels, little memory, calls in parallel. The plugin has to work on afterwards.

use std::thread;
use std::time::Duration;

use pact_wasm::driver::call::{CallOptions, Cancel};
use pact_wasm::driver::component::Role;
use pact_wasm::driver::config::Limits;
use pact_wasm::error::Code;
use serde_json::json;

use super::calls::{Call, quoted};
use super::findings::Findings;
use super::reply::{Fault, Reply, Step};
use super::requests::body;
use super::session::Session;
use super::verdict::Verdict;

/// More than C and Rust need, less than an interpreter does.
const LITTLE_MEMORY: usize = 16 << 20;
const THREADS: usize = 4;
const ROUNDS: usize = 8;

pub fn check(session: &Session, findings: &mut Findings) {
    let calls = GoodCalls::of(session);
    let mut check = |name: &str, run: fn(&Session, &GoodCalls) -> Step<Verdict>| {
        findings.check(name, || match calls.made.is_empty() {
            true => Verdict::skipped("none of its calls goes well, even alone and without a limit"),
            false => run(session, &calls).unwrap_or_else(|it| it),
        });
    };
    check("limits: it goes on after a short deadline", short_deadline);
    check("limits: it goes on after a cancel", cancel);
    check(
        "limits: it says so when 16 MiB of memory are too little",
        little_memory,
    );
    check("parallel calls: the same outcome as one by one", parallel);
}

/// Calls that go well alone and without a limit, so that what goes wrong is for the limit. The faults of the others have been
/// reported.
struct GoodCalls {
    made: Vec<GoodCall>,
    left_out: Vec<String>,
}

struct GoodCall {
    call: Call,
    /// And not with an error.
    is_answered: bool,
}

impl GoodCalls {
    fn of(session: &Session) -> Self {
        let (mut made, mut left_out) = (Vec::new(), Vec::new());
        for call in ordinary_calls(session) {
            match call.make(session, &CallOptions::default()) {
                Reply::Fault(_) => left_out.push(call.what),
                reply => made.push(GoodCall {
                    call,
                    is_answered: matches!(reply, Reply::Answer(_)),
                }),
            }
        }
        GoodCalls { made, left_out }
    }

    /// A good verdict, which says what it is not about.
    fn noted(&self, note: String) -> Verdict {
        let rest = match self.left_out.as_slice() {
            [] => String::new(),
            list => format!(", without what is faulty in any case: {}", quoted(list)),
        };
        Verdict::noted(note + &rest)
    }

    /// Makes each with a limit, and says in how many the limit was reached.
    fn with_limit(&self, limit: Code, make: impl Fn(&Call) -> Reply) -> Step<usize> {
        let mut reached = 0;
        for GoodCall { call, .. } in &self.made {
            match make(call) {
                Reply::Fault(fault) if fault.code() == Some(limit) => reached += 1,
                Reply::Fault(fault) => return Err(verdict(call, &fault)),
                _ => {}
            }
        }
        Ok(reached)
    }

    /// Whether the plugin answers at all, after what was done to it.
    fn go_on(&self, session: &Session) -> Step<()> {
        let Some(GoodCall { call, .. }) = self.made.first() else {
            return Ok(());
        };
        match call.make(session, &CallOptions::default()) {
            Reply::Fault(fault) => Err(verdict(call, &fault)),
            _ => Ok(()),
        }
    }
}

fn verdict(call: &Call, fault: &Fault) -> Verdict {
    let reason = format!("{}: {}", call.what, fault.reason());
    Verdict::failed(reason, fault.advice())
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
        calls.push(Call::new(
            format!("a rule of {}", entry.key),
            "match-field",
            request,
        ));
    }
    for entry in session.entries_of(Role::FieldGenerator) {
        let request = json!({ "key": entry.key, "generator": { "type": entry.key }, "path": "$", "example": value });
        calls.push(Call::new(
            format!("a generator of {}", entry.key),
            "generate-field",
            request,
        ));
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

fn short_deadline(session: &Session, calls: &GoodCalls) -> Step<Verdict> {
    let options = CallOptions {
        timeout: Some(Duration::from_millis(1)),
        ..CallOptions::default()
    };
    let reached = calls.with_limit(Code::Deadline, |it| it.make(session, &options))?;
    calls.go_on(session)?;
    Ok(calls.noted(format!(
        "reached in {reached} of {} calls",
        calls.made.len()
    )))
}

fn cancel(session: &Session, calls: &GoodCalls) -> Step<Verdict> {
    let reached = calls.with_limit(Code::Cancelled, |call| {
        let switch = Cancel::default();
        let options = CallOptions {
            cancel: Some(switch.clone()),
            ..CallOptions::default()
        };
        thread::scope(|scope| {
            // When it comes is left to chance: before, in the middle or behind. Each has to do no harm.
            scope.spawn(|| switch.cancel());
            call.make(session, &options)
        })
    })?;
    calls.go_on(session)?;
    Ok(calls.noted(format!(
        "reached in {reached} of {} calls",
        calls.made.len()
    )))
}

fn little_memory(session: &Session, calls: &GoodCalls) -> Step<Verdict> {
    let limits = Limits {
        memory: LITTLE_MEMORY,
        ..session.settings.limits.clone()
    };
    let small = session
        .again(limits)
        .map_err(|error| Verdict::of_loading(&error))?;
    match small.init() {
        Ok(()) => {}
        Err(error) if error.code() == Code::MemoryLimit => {
            return Ok(Verdict::noted("it needs more to start"));
        }
        Err(error) => return Err(Verdict::of_fault(&error)),
    }
    let options = CallOptions::default();
    let reached = calls.with_limit(Code::MemoryLimit, |it| it.make(&small, &options))?;
    // Whoever reached the limit reaches it again, and nothing else.
    calls.with_limit(Code::MemoryLimit, |it| it.make(&small, &options))?;
    Ok(calls.noted(format!(
        "too little for {reached} of {} calls",
        calls.made.len()
    )))
}

/// Answers may be random, but whether it is an answer or an error is not.
fn parallel(session: &Session, calls: &GoodCalls) -> Step<Verdict> {
    let options = CallOptions::default();
    let work = || {
        for _ in 0..ROUNDS {
            for good in &calls.made {
                let reply = good.call.make(session, &options);
                if let Some(different) = difference(good, reply) {
                    return Some(different);
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
    if let Some(reason) = different {
        let advice = "let no call depend on what an instance has served before";
        return Err(Verdict::failed(reason, advice));
    }
    let count = calls.made.len() * ROUNDS * THREADS;
    Ok(calls.noted(format!("{count} calls on {THREADS} threads")))
}

/// In what a call in parallel differs from one alone.
fn difference(good: &GoodCall, reply: Reply) -> Option<String> {
    let difference = match (reply, good.is_answered) {
        (Reply::Answer(_), true) | (Reply::Refusal(_), false) => return None,
        (Reply::Answer(_), false) => {
            "an error when it is called alone, and an answer in parallel".to_string()
        }
        (Reply::Refusal(error), true) => format!("in parallel {error}"),
        (Reply::Fault(fault), _) => format!("in parallel {}", fault.reason()),
    };
    Some(format!("{}: {difference}", good.call.what))
}
