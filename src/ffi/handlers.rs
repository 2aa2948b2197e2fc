//! Handlers: functions of the caller's that plugins reach as entries of the catalogue.

use std::ffi::{c_char, c_void};
use std::sync::Arc;

use super::answers::{Answer, Given, PactWasmAnswer, Wanted};
use super::callback::{PactWasmDestroy, UserData};
use super::config::{PactWasmConfig, update};
use super::contents::{PactWasmCompareRequest, PactWasmGenerateRequest};
use super::error::PactWasmError;
use super::fields::{PactWasmGenerateFieldRequest, PactWasmMatchFieldRequest};
use super::guard::guard;
use super::handle;
use super::requests::Keeper;
use super::text::PactWasmView;
use crate::driver::core::{
    self, ContentGenerator, ContentMatcher, CoreCall, CoreEntry, FieldGenerator, FieldMatcher,
    Handler,
};
use crate::error::{Error, Result};
use crate::model::{
    Body, CompareContentsRequest, ContentsComparison, ExpressionMap, FieldValue,
    GenerateContentRequest, GenerateFieldRequest, MatchFieldRequest, Mismatch,
};

/// What a plugin asks of a handler. Everything in it is borrowed for the duration of the handler.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmHandlerCall {
    /// Size of this struct in bytes, as the library knows it: fields beyond it are not there.
    pub size: usize,
    /// Full key of the entry, for instance "core/matcher/vin".
    pub entry_key: PactWasmView,
    /// Name of the plugin that asks.
    pub plugin_name: PactWasmView,
    /// Test run that the plugin's call belongs to; absent where nobody named one.
    pub test_run_id: PactWasmView,
    /// Milliseconds until the deadline of the plugin's call. The handler is not interrupted, but an answer that comes later
    /// ends the plugin's call with PACTWASM_ERROR_DEADLINE.
    pub remaining_ms: u64,
    /// The request, if the entry is a content matcher; otherwise NULL.
    pub compare: *const PactWasmCompareRequest,
    /// The request, if the entry is a content generator; otherwise NULL.
    pub generate: *const PactWasmGenerateRequest,
    /// The request, if the entry is a matcher; otherwise NULL.
    pub match_field: *const PactWasmMatchFieldRequest,
    /// The request, if the entry is a generator; otherwise NULL.
    pub generate_field: *const PactWasmGenerateFieldRequest,
}

/// Serves a call of a plugin: reads the request, and says what it has to say with the functions pactwasm_answer_….
///
/// It is called on the thread that called the plugin (or, where that thread's stack is too small for a plugin, on one that
/// stands in for it while it waits), from several threads at once where calls run in parallel, and with no lock held. It may call
/// the library, and other plugins; a call of the plugin that is asking needs an instance of its own
/// (PACTWASM_LIMIT_INSTANCES). It must not throw or jump out.
pub type PactWasmHandler = Option<
    unsafe extern "C" fn(
        call: *const PactWasmHandlerCall,
        answer: *mut PactWasmAnswer,
        user_data: *mut c_void,
    ),
>;

/// Adds an entry `core/<entry type>/<key>` to the catalogue of hosts that are made with this configuration, served by a
/// function of the caller's. It takes the place of the library's own entry of that key, and of an earlier handler for it. In bodies
/// that Pact's own content matchers compare, such as core/content-matcher/json, Pact's own rules count all the same: those matchers
/// apply them themselves.
///
/// entry_type: "content-matcher", "content-generator", "matcher" or "generator". key: not empty and without "/".
/// values_json: what the catalogue entry says, a JSON object of texts such as {"content-types":"text/csv"}; absent or empty
/// for none, or for those of the entry that is replaced. handler: not NULL. user_data: passed to the handler, may be NULL.
/// destroy: called exactly once with user_data when the library needs it no more (configuration, hosts and their plugins
/// freed, handler replaced, or this call failed); may be NULL.
///
/// Plugins are told at init that the host has the capability `<entry type>/<key>`. From any thread.
///
/// Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_config_set_handler(
    config: *const PactWasmConfig,
    entry_type: *const c_char,
    entry_type_len: usize,
    key: *const c_char,
    key_len: usize,
    values_json: *const c_char,
    values_json_len: usize,
    handler: PactWasmHandler,
    user_data: *mut c_void,
    destroy: PactWasmDestroy,
    error: *mut *mut PactWasmError,
) -> i32 {
    let user_data = UserData::new(user_data, destroy);
    guard(error, move || {
        let function = handler.ok_or_else(|| Error::invalid_argument("handler", "is NULL"))?;
        let caller = Caller {
            function,
            user_data,
        };
        // SAFETY: the caller vouches for pointers and lengths for the duration of the call.
        let (entry_type, key, values) = unsafe {
            (
                PactWasmView::of(entry_type, entry_type_len).text("entry_type")?,
                PactWasmView::of(key, key_len).text("key")?,
                PactWasmView::of(values_json, values_json_len)
                    .parsed::<ExpressionMap<String>>("values_json")?,
            )
        };
        if key.contains('/') {
            return Err(Error::invalid_argument("key", "must not contain \"/\""));
        }
        let mut entry = CoreEntry::new(key, &[], caller.serving(entry_type)?);
        entry.entry.values = values;
        // Whatever is replaced is dropped behind the configuration's lock: `destroy` may use the configuration.
        let mut replaced = None;
        update(config, |config| {
            replaced = entry.add_to(&mut config.handlers);
            Ok(())
        })
    })
}

/// A function of the caller's with its data.
struct Caller {
    function: unsafe extern "C" fn(*const PactWasmHandlerCall, *mut PactWasmAnswer, *mut c_void),
    user_data: UserData,
}

impl Caller {
    fn serving(self, entry_type: &str) -> Result<Handler> {
        let this = Arc::new(self);
        Ok(match entry_type {
            "content-matcher" => Handler::ContentMatcher(this),
            "content-generator" => Handler::ContentGenerator(this),
            "matcher" => Handler::Matcher(this),
            "generator" => Handler::Generator(this),
            other => {
                let reason = format!(
                    "is \"{other}\"; it must be content-matcher, content-generator, matcher or generator"
                );
                return Err(Error::invalid_argument("entry_type", reason));
            }
        })
    }

    /// Calls the function with a request that `fill` puts in its place.
    fn ask(
        &self,
        call: &CoreCall<'_>,
        wanted: Wanted,
        mut keeper: Keeper,
        fill: impl FnOnce(&mut PactWasmHandlerCall),
    ) -> core::Answer<Given> {
        let full_key = format!("core/{}", call.entry.capability());
        let remaining_ms = u64::try_from(call.call.remaining().as_millis()).unwrap_or(u64::MAX);
        let mut asked = PactWasmHandlerCall {
            size: size_of::<PactWasmHandlerCall>(),
            entry_key: keeper.text(&full_key),
            plugin_name: keeper.text(&call.caller.name),
            test_run_id: keeper.optional(call.call.test_run_id.as_deref()),
            remaining_ms,
            compare: std::ptr::null(),
            generate: std::ptr::null(),
            match_field: std::ptr::null(),
            generate_field: std::ptr::null(),
        };
        fill(&mut asked);
        let answer = handle::give::<PactWasmAnswer>(Answer::new(wanted));
        // SAFETY: the caller passed function and data together; call, request and answer live until it returns.
        unsafe { (self.function)(&raw const asked, answer, self.user_data.pointer()) };
        let given = handle::take(answer.cast_const(), "answer").map(|answer| answer.take());
        handle::free(answer);
        let given = given.map_err(|error| error.to_string())?;
        match given.error {
            Some(message) => Err(message),
            None => Ok(given),
        }
    }
}

impl ContentMatcher for Caller {
    fn compare_contents(
        &self,
        call: &CoreCall<'_>,
        request: &CompareContentsRequest<'_>,
    ) -> core::Answer<ContentsComparison> {
        let mut keeper = Keeper::default();
        let request = keeper.compare_request(request);
        let given = self.ask(call, Wanted::Comparison, keeper, |it| {
            it.compare = &raw const request
        })?;
        Ok(match given.type_mismatch {
            Some(types) => ContentsComparison::ContentTypeMismatch(types),
            None => {
                let lists = given.mismatches.into_iter();
                let lists = lists.map(|(expression, it)| (expression, vec![it]));
                ContentsComparison::Results(ExpressionMap::merged(lists))
            }
        })
    }
}

impl ContentGenerator for Caller {
    fn generate_content(
        &self,
        call: &CoreCall<'_>,
        request: &GenerateContentRequest<'_>,
    ) -> core::Answer<Body<'static>> {
        let mut keeper = Keeper::default();
        let request = keeper.generate_request(request);
        let given = self.ask(call, Wanted::Body, keeper, |it| {
            it.generate = &raw const request
        })?;
        given
            .body
            .ok_or_else(|| "the handler set no body".to_string())
    }
}

impl FieldMatcher for Caller {
    fn match_field(
        &self,
        call: &CoreCall<'_>,
        request: &MatchFieldRequest<'_>,
    ) -> core::Answer<Vec<Mismatch>> {
        let mut keeper = Keeper::default();
        let shown = keeper.match_field_request(request);
        let given = self.ask(call, Wanted::Mismatches, keeper, |it| {
            it.match_field = &raw const shown;
        })?;
        let mut mismatches: Vec<_> = given.mismatches.into_iter().map(|(_, it)| it).collect();
        core::place(&mut mismatches, &request.path);
        Ok(mismatches)
    }
}

impl FieldGenerator for Caller {
    fn generate_field(
        &self,
        call: &CoreCall<'_>,
        request: &GenerateFieldRequest<'_>,
    ) -> core::Answer<FieldValue> {
        let mut keeper = Keeper::default();
        let request = keeper.generate_field_request(request);
        let given = self.ask(call, Wanted::Value, keeper, |it| {
            it.generate_field = &raw const request
        })?;
        given
            .value
            .ok_or_else(|| "the handler set no value".to_string())
    }
}
