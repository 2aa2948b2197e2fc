//! What the plugin asks for while it serves a call. The driver's service for plugins answers, by its own catalogue; what it does not
//! offer of Pact's own rules, the library answers.

use std::sync::Arc;

use pact_plugin_driver::proto_v2 as message;
use pact_wasm::driver::call::CallContext;
use pact_wasm::driver::component::{Callbacks, PluginContext};
use pact_wasm::driver::core::each_text;
use pact_wasm::error::{Error, ErrorKind, Result};
use pact_wasm::model::{
    Body, CompareContentsRequest, ContentsComparison, FieldValue, GenerateContentRequest,
    GenerateFieldRequest, MatchFieldRequest, MatchTextsRequest, Mismatch,
};
use tonic::{Code, Status};

use crate::convert::{from_message, to_message};
use crate::driver::Driver;

/// What begins the full keys of Pact's own entries.
const CORE: &str = "core/";

/// Asks the driver first, and the library second.
pub struct Forwarding {
    /// Who answers.
    pub driver: Arc<Driver>,
    /// Who answers what the driver does not know.
    pub own: Arc<dyn Callbacks>,
}

impl Callbacks for Forwarding {
    fn compare_contents(
        &self,
        caller: &PluginContext,
        call: &CallContext,
        entry_key: &str,
        request: &CompareContentsRequest<'_>,
    ) -> Result<ContentsComparison> {
        let forwarded = message::HostCompareContentsRequest {
            entry_key: entry_key.to_string(),
            request: Some(told(entry_key, to_message::compare_request(request))?),
        };
        let answer = self
            .driver
            .ask(call, forwarded, |mut client, request| async move {
                client.compare_contents(request).await
            });
        answered(call, entry_key, answer, from_message::comparison).or_else(|unanswered| {
            unanswered.or_own(|| self.own.compare_contents(caller, call, entry_key, request))
        })
    }

    fn generate_content(
        &self,
        caller: &PluginContext,
        call: &CallContext,
        entry_key: &str,
        request: &GenerateContentRequest<'_>,
    ) -> Result<Body<'static>> {
        let forwarded = message::HostGenerateContentRequest {
            entry_key: entry_key.to_string(),
            request: Some(told(
                entry_key,
                to_message::generate_content_request(request),
            )?),
        };
        let answer = self
            .driver
            .ask(call, forwarded, |mut client, request| async move {
                client.generate_content(request).await
            });
        answered(call, entry_key, answer, from_message::generated_content).or_else(|unanswered| {
            unanswered.or_own(|| self.own.generate_content(caller, call, entry_key, request))
        })
    }

    fn match_field(
        &self,
        caller: &PluginContext,
        call: &CallContext,
        entry_key: &str,
        request: &MatchFieldRequest<'_>,
    ) -> Result<Vec<Mismatch>> {
        let forwarded = message::HostMatchFieldRequest {
            entry_key: entry_key.to_string(),
            request: Some(told(entry_key, to_message::match_field_request(request))?),
        };
        let answer = self
            .driver
            .ask(call, forwarded, |mut client, request| async move {
                client.match_field(request).await
            });
        answered(call, entry_key, answer, from_message::field_mismatches).or_else(|unanswered| {
            unanswered.or_own(|| self.own.match_field(caller, call, entry_key, request))
        })
    }

    /// The protocol has no such operation. Pact's own rules are applied here, by the crates that frameworks apply them with: a call to
    /// the driver for each cell of a table would take minutes where this takes milliseconds.
    fn match_texts(
        &self,
        caller: &PluginContext,
        call: &CallContext,
        entry_key: &str,
        request: &MatchTextsRequest,
    ) -> Result<Vec<(u32, Mismatch)>> {
        if entry_key.starts_with(CORE) {
            return self.own.match_texts(caller, call, entry_key, request);
        }
        let key = entry_key.rsplit('/').next().unwrap_or(entry_key);
        each_text(key, request, |one| {
            self.match_field(caller, call, entry_key, one)
        })
    }

    fn generate_field(
        &self,
        caller: &PluginContext,
        call: &CallContext,
        entry_key: &str,
        request: &GenerateFieldRequest<'_>,
    ) -> Result<FieldValue> {
        let forwarded = message::HostGenerateFieldRequest {
            entry_key: entry_key.to_string(),
            request: Some(told(
                entry_key,
                to_message::generate_field_request(request),
            )?),
        };
        let answer = self
            .driver
            .ask(call, forwarded, |mut client, request| async move {
                client.generate_field(request).await
            });
        answered(call, entry_key, answer, from_message::generated_field).or_else(|unanswered| {
            unanswered.or_own(|| self.own.generate_field(caller, call, entry_key, request))
        })
    }
}

/// An error about an entry.
fn of_entry(entry_key: &str, message: String) -> Error {
    let key = entry_key.to_string();
    ErrorKind::Entry { key, message }.into()
}

fn told<T>(entry_key: &str, request: to_message::Converted<T>) -> Result<T> {
    request.map_err(|reason| of_entry(entry_key, reason))
}

/// Why there is no answer of the driver's.
enum Unanswered {
    /// It takes no such calls, or is gone.
    NoDriver,
    /// It has no such entry, or none that it can serve; with the error that says so.
    NoEntry(Error),
    /// It has failed.
    Failed(Error),
}

impl Unanswered {
    /// The library's answer where the driver has none.
    fn or_own<T>(self, own: impl FnOnce() -> Result<T>) -> Result<T> {
        match self {
            Unanswered::NoDriver => own(),
            Unanswered::NoEntry(error) => own().map_err(|of_own| match of_own.kind() {
                // The driver knows more entries than the library.
                ErrorKind::EntryNotFound { .. } | ErrorKind::EntryAmbiguous { .. } => error,
                _ => of_own,
            }),
            Unanswered::Failed(error) => Err(error),
        }
    }
}

/// What the driver answered.
fn answered<A, T>(
    call: &CallContext,
    entry_key: &str,
    answer: Result<std::result::Result<A, Status>>,
    convert: impl FnOnce(A) -> std::result::Result<T, String>,
) -> std::result::Result<T, Unanswered> {
    let refused = |message: String| Unanswered::Failed(of_entry(entry_key, message));
    let status = match answer.map_err(Unanswered::Failed)? {
        Ok(answer) => return convert(answer).map_err(refused),
        Err(status) => status,
    };
    let message = status.message().to_string();
    Err(match status.code() {
        // An old driver, whose service takes log records only, or one that has gone away.
        Code::Unimplemented | Code::Unavailable => Unanswered::NoDriver,
        _ if is_of_connection(&status) => Unanswered::NoDriver,
        // Drivers say the same where a key is too short to name one entry alone.
        Code::NotFound if !message.contains("Ambiguous") => {
            Unanswered::NoEntry(of_entry(entry_key, message))
        }
        // What drivers answer to a circle of calls.
        Code::AlreadyExists => Unanswered::Failed(ErrorKind::Cycle { chain: message }.into()),
        // Otherwise it is a deadline of the driver's own.
        Code::DeadlineExceeded if call.remaining().is_zero() => {
            let timeout = call.timeout;
            Unanswered::Failed(ErrorKind::Deadline { timeout }.into())
        }
        _ => refused(message),
    })
}

/// Whether a connection was lost, which is no status of the driver's.
fn is_of_connection(status: &Status) -> bool {
    let source = std::error::Error::source(status);
    source.is_some_and(|it| it.is::<tonic::transport::Error>())
}
