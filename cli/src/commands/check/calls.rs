//! Many calls, of which each may answer with an error.

use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::log::LogRecord;
use pact_wasm::error::Code;

use super::reply::{self, Fault, Reply};
use super::session::Session;
use super::verdict::Verdict;

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
struct Group {
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

    pub fn make(&self, session: &Session, options: &CallOptions) -> Reply {
        reply::call(session, options, self.operation, &self.request)
    }
}

/// Makes all calls. A fault of one is a fault of all.
pub fn all_answer(session: &Session, calls: &[Call]) -> Verdict {
    let mut errors = 0;
    let mut groups: Vec<Group> = Vec::new();
    let mut made = 0;
    for call in calls {
        made += 1;
        let fault = match call.make(session, &CallOptions::default()) {
            Reply::Answer(_) => continue,
            Reply::Refusal(_) => {
                errors += 1;
                continue;
            }
            Reply::Fault(fault) => fault,
        };
        let group = Group::new(session, call, &fault);
        match groups.iter_mut().find(|it| it.kind == group.kind) {
            Some(known) => known.calls.extend(group.calls),
            None => groups.push(group),
        }
        // The other calls would take as long.
        if fault.code() == Some(Code::Deadline) {
            break;
        }
    }
    conclude(&groups, made, calls.len(), errors)
}

impl Group {
    fn new(session: &Session, call: &Call, fault: &Fault) -> Self {
        let reason = fault.reason();
        let kind = match fault.code() {
            // It names the bytes that were wanted, which are others each time.
            Some(Code::MemoryLimit) => "memory".to_string(),
            _ => reason.clone(),
        };
        Group {
            kind,
            reason,
            advice: fault.advice() + &last_words(session, fault),
            calls: vec![call.what.clone()],
        }
    }
}

/// What a plugin printed before it crashed, which is where toolchains tell the message and the place of a panic.
fn last_words(session: &Session, fault: &Fault) -> String {
    if fault.code() != Some(Code::Trap) {
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

fn conclude(groups: &[Group], made: usize, all: usize, errors: usize) -> Verdict {
    let Some(first) = groups.first() else {
        return Verdict::noted(format!("{made} calls, {errors} answered with an error"));
    };
    let mut lines = Vec::new();
    for Group { reason, calls, .. } in groups.iter().take(QUOTED) {
        lines.push(reason.clone());
        lines.push(format!(
            "  {} of {made} calls: {}",
            calls.len(),
            quoted(calls)
        ));
    }
    if groups.len() > QUOTED {
        lines.push(format!("and other faults: {}", groups.len() - QUOTED));
    }
    if made < all {
        lines.push(format!("  the other {} calls were not made", all - made));
    }
    Verdict::failed(lines.join("\n"), first.advice.clone())
}

/// The first of a list, and how many there are besides.
pub fn quoted(list: &[String]) -> String {
    let first = &list[..list.len().min(QUOTED)];
    match list.len() - first.len() {
        0 => first.join("; "),
        rest => format!("{}; and {rest} more", first.join("; ")),
    }
}
