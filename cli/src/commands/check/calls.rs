//! Many calls, of which each may answer with an error.

use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::log::LogRecord;
use pact_wasm::error::{Code, Error};
use serde_json::Value;

use super::rules;
use super::session::Session;
use super::verdict::{Verdict, advice, is_fault};

/// A call, and in a few words what is special about it.
#[derive(Debug, Clone)]
pub struct Call {
    pub what: String,
    pub operation: &'static str,
    pub request: String,
}

/// How many faults, and of each how many calls, a report quotes.
const QUOTED: usize = 3;
/// How many lines of a log. A panic takes two: the place and the message.
const QUOTED_LINES: usize = 2;

/// The same fault of several calls.
struct Fault {
    /// What makes it the same.
    kind: String,
    reason: String,
    advice: String,
    calls: Vec<String>,
}

impl Call {
    pub fn new(what: impl Into<String>, operation: &'static str, request: impl ToString) -> Self {
        Call {
            what: what.into(),
            operation,
            request: request.to_string(),
        }
    }

    /// Calls, and holds the answer against the rules.
    pub fn make(&self, session: &Session, options: &CallOptions) -> Result<Answer, Error> {
        let response = session
            .plugin
            .call_json(options, self.operation, &self.request)?;
        let broken = match serde_json::from_str::<Value>(&response) {
            Ok(response) => rules::broken(self.operation, &response),
            Err(e) => Some(format!("the response is no JSON: {e}")),
        };
        Ok(Answer { broken })
    }
}

/// An answer that is no error.
pub struct Answer {
    /// The rule that it breaks.
    pub broken: Option<String>,
}

/// Makes all calls. A fault of one is a fault of all.
pub fn all_answer(session: &Session, calls: &[Call]) -> Verdict {
    let mut errors = 0;
    let mut faults: Vec<Fault> = Vec::new();
    let mut made = 0;
    for call in calls {
        made += 1;
        let (fault, is_last) = match call.make(session, &CallOptions::default()) {
            Ok(Answer { broken: None }) => continue,
            Ok(Answer { broken: Some(rule) }) => (Fault::of_answer(call, &rule), false),
            // After a deadline, the other calls would take as long.
            Err(error) if is_fault(&error) => {
                let is_last = error.code() == Code::Deadline;
                (Fault::of_error(session, call, &error), is_last)
            }
            Err(_) => {
                errors += 1;
                continue;
            }
        };
        match faults.iter_mut().find(|it| it.kind == fault.kind) {
            Some(known) => known.calls.extend(fault.calls),
            None => faults.push(fault),
        }
        if is_last {
            break;
        }
    }
    conclude(&faults, made, calls.len(), errors)
}

impl Fault {
    fn of_answer(call: &Call, rule: &str) -> Self {
        let reason = format!("{}: {rule}", call.operation);
        Fault {
            kind: reason.clone(),
            reason,
            advice: rules::ADVICE.to_string(),
            calls: vec![call.what.clone()],
        }
    }

    fn of_error(session: &Session, call: &Call, error: &Error) -> Self {
        let reason = error.to_string();
        let kind = match error.code() {
            // It names the bytes that were wanted, which are others each time.
            Code::MemoryLimit => "memory".to_string(),
            _ => reason.clone(),
        };
        Fault {
            kind,
            reason,
            advice: advice(error) + &last_words(session, error),
            calls: vec![call.what.clone()],
        }
    }
}

/// What a plugin printed before it crashed, which is where toolchains tell the message and the place of a panic.
fn last_words(session: &Session, error: &Error) -> String {
    if error.code() != Code::Trap {
        return String::new();
    }
    let is_said = |it: &&LogRecord| {
        it.target == "stderr" && !it.message.trim().is_empty() && !it.message.starts_with("note: ")
    };
    let logs = session.plugin.logs();
    let said: Vec<&str> = logs
        .iter()
        .rev()
        .filter(is_said)
        .take(QUOTED_LINES)
        .map(|it| it.message.as_str())
        .collect();
    match said.is_empty() {
        true => String::new(),
        false => format!(
            "\nits log ends with:\n  {}",
            said.into_iter().rev().collect::<Vec<_>>().join("\n  ")
        ),
    }
}

fn conclude(faults: &[Fault], made: usize, all: usize, errors: usize) -> Verdict {
    let Some(first) = faults.first() else {
        return Verdict::noted(format!("{made} calls, {errors} answered with an error"));
    };
    let mut lines = Vec::new();
    for Fault { reason, calls, .. } in faults.iter().take(QUOTED) {
        let quoted = calls
            .iter()
            .take(QUOTED)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("; ");
        let rest = match calls.len().saturating_sub(QUOTED) {
            0 => String::new(),
            rest => format!("; and {rest} more"),
        };
        lines.push(reason.clone());
        lines.push(format!("  {} of {made} calls: {quoted}{rest}", calls.len()));
    }
    if faults.len() > QUOTED {
        lines.push(format!("and other faults: {}", faults.len() - QUOTED));
    }
    if made < all {
        lines.push(format!("  the other {} calls were not made", all - made));
    }
    Verdict::failed(lines.join("\n"), first.advice.clone())
}
