//! A call, and what came of it: the one place where answers are judged.

use pact_wasm::driver::call::CallOptions;
use pact_wasm::error::{Code, Error};
use serde_json::Value;

use super::rules;
use super::session::Session;
use super::verdict::{Verdict, advice, is_fault};

/// What came of a call.
pub enum Reply {
    /// An answer that the interface allows.
    Answer(Value),
    /// An error, which is as good an answer.
    Refusal(Error),
    /// What no plugin may do.
    Fault(Fault),
}

/// What no plugin may do.
pub enum Fault {
    /// A crash, a limit, or an answer that the library does not let pass.
    Error(Error),
    /// An answer that contradicts itself, and how.
    Rule(String),
}

/// Ends in a verdict as soon as something is wrong.
pub type Step<T> = Result<T, Verdict>;

/// Calls, and holds the answer against the rules.
pub fn call(
    session: &Session,
    options: &CallOptions,
    operation: &'static str,
    request: &str,
) -> Reply {
    let response = match session.plugin.call_json(options, operation, request) {
        Ok(response) => response,
        Err(error) if is_fault(&error) => return Reply::Fault(Fault::Error(error)),
        Err(error) => return Reply::Refusal(error),
    };
    let broken = |rule: String| Reply::Fault(Fault::Rule(format!("{operation}: {rule}")));
    match serde_json::from_str(&response) {
        Ok(response) => match rules::broken(operation, &response) {
            None => Reply::Answer(response),
            Some(rule) => broken(rule),
        },
        Err(e) => broken(format!("the response is no JSON: {e}")),
    }
}

/// Makes a call that may be answered with an error.
pub fn ask(
    session: &Session,
    operation: &'static str,
    request: &Value,
) -> Step<Result<Value, Error>> {
    let options = CallOptions::default();
    match call(session, &options, operation, &request.to_string()) {
        Reply::Answer(answer) => Ok(Ok(answer)),
        Reply::Refusal(error) => Ok(Err(error)),
        Reply::Fault(fault) => Err(fault.verdict()),
    }
}

impl Fault {
    /// The limit that was reached, or whatever else it was.
    pub fn code(&self) -> Option<Code> {
        self.error().map(Error::code)
    }

    pub fn error(&self) -> Option<&Error> {
        match self {
            Fault::Error(error) => Some(error),
            Fault::Rule(_) => None,
        }
    }

    /// What happened.
    pub fn reason(&self) -> String {
        match self {
            Fault::Error(error) => error.to_string(),
            Fault::Rule(reason) => reason.clone(),
        }
    }

    /// What to do about it.
    pub fn advice(&self) -> String {
        match self {
            Fault::Error(error) => advice(error),
            Fault::Rule(_) => rules::ADVICE.to_string(),
        }
    }

    pub fn verdict(&self) -> Verdict {
        Verdict::failed(self.reason(), self.advice())
    }
}
