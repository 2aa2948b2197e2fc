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
            request: Some(to_message::compare_request(request)),
        };
        let answer = self
            .driver
            .ask(call, forwarded, |mut client, request| async move {
                client.compare_contents(request).await
            })?;
        match answered(call, entry_key, answer, from_message::comparison)? {
            Some(comparison) => Ok(comparison),
            None => self.own.compare_contents(caller, call, entry_key, request),
        }
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
            request: Some(to_message::generate_content_request(request)),
        };
        let answer = self
            .driver
            .ask(call, forwarded, |mut client, request| async move {
                client.generate_content(request).await
            })?;
        match answered(call, entry_key, answer, from_message::generated_content)? {
            Some(body) => Ok(body),
            None => self.own.generate_content(caller, call, entry_key, request),
        }
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
            request: Some(to_message::match_field_request(request)),
        };
        let answer = self
            .driver
            .ask(call, forwarded, |mut client, request| async move {
                client.match_field(request).await
            })?;
        match answered(call, entry_key, answer, from_message::field_mismatches)? {
            Some(mismatches) => Ok(mismatches),
            None => self.own.match_field(caller, call, entry_key, request),
        }
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
            request: Some(to_message::generate_field_request(request)),
        };
        let answer = self
            .driver
            .ask(call, forwarded, |mut client, request| async move {
                client.generate_field(request).await
            })?;
        match answered(call, entry_key, answer, from_message::generated_field)? {
            Some(value) => Ok(value),
            None => self.own.generate_field(caller, call, entry_key, request),
        }
    }
}

/// What the driver answered; nothing where it has no answer and the library may have one.
fn answered<A, T>(
    call: &CallContext,
    entry_key: &str,
    answer: std::result::Result<A, Status>,
    convert: impl FnOnce(A) -> std::result::Result<T, String>,
) -> Result<Option<T>> {
    let refused = |message: String| -> Error {
        let key = entry_key.to_string();
        ErrorKind::Entry { key, message }.into()
    };
    let status = match answer {
        Ok(answer) => return convert(answer).map(Some).map_err(refused),
        Err(status) => status,
    };
    match status.code() {
        // An old driver, whose service takes log records only, or one that has gone away.
        Code::Unimplemented | Code::Unavailable => Ok(None),
        // A full key is never ambiguous, so the driver has no such entry, or none that it can serve.
        Code::NotFound if entry_key.starts_with(CORE) => Ok(None),
        // What drivers answer to a circle of calls.
        Code::AlreadyExists => {
            let chain = status.message().to_string();
            Err(ErrorKind::Cycle { chain }.into())
        }
        Code::DeadlineExceeded => {
            let timeout = call.timeout;
            Err(ErrorKind::Deadline { timeout }.into())
        }
        _ => Err(refused(status.message().to_string())),
    }
}
