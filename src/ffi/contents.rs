//! Bodies, and the requests of the operations on them.

use std::borrow::Cow;

use super::config::boolean;
use super::record::{self, Record};
use super::text::PactWasmView;
use crate::error::{Error, Result};
use crate::model::{
    Body, CompareContentsRequest, ConfigureInteractionRequest, ContentFor, ContentTypeHint,
    GenerateContentRequest, PluginConfiguration, TestMode,
};

/// Decide from the content type whether a body is text or binary.
pub const PACTWASM_HINT_DEFAULT: i32 = 0;
/// The body is text.
pub const PACTWASM_HINT_TEXT: i32 = 1;
/// The body is binary.
pub const PACTWASM_HINT_BINARY: i32 = 2;

/// A body. Part of other structs, hence without a size.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmBody {
    /// MIME type, for instance "application/json;charset=UTF-8"; absent or empty where it is not known.
    pub content_type: PactWasmView,
    /// The bytes. Absent (NULL) is a missing body; an empty body is any other pointer with length 0.
    pub content: PactWasmView,
    /// One of PACTWASM_HINT_….
    pub hint: i32,
}

/// What a plugin stored in the pact file when the interaction was configured. Part of other structs, hence without a size.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmPluginConfiguration {
    /// For the interaction: a JSON object, or absent.
    pub interaction_json: PactWasmView,
    /// For the whole pact file: a JSON object, or absent.
    pub pact_json: PactWasmView,
}

/// Request of configure-interaction. Set `size` to sizeof(PactWasmConfigureRequest) and what is not needed to zero.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmConfigureRequest {
    /// Size of this struct in bytes.
    pub size: usize,
    /// MIME type of the body.
    pub content_type: PactWasmView,
    /// What the test author wrote: a JSON object, required.
    pub contents_config_json: PactWasmView,
    /// From the test framework: a JSON object, or absent.
    pub test_context_json: PactWasmView,
}

/// Request of compare-contents. Set `size` to sizeof(PactWasmCompareRequest) and what is not needed to zero.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmCompareRequest {
    /// Size of this struct in bytes.
    pub size: usize,
    /// What the pact says.
    pub expected: PactWasmBody,
    /// What came.
    pub actual: PactWasmBody,
    /// 1 if the actual body may hold keys that the expected one does not, else 0.
    pub allow_unexpected_keys: i32,
    /// Matching rules by path expression: a JSON object such as {"$.a":[{"type":"regex","values":{"regex":"\\d+"}}]}, or
    /// absent.
    pub rules_json: PactWasmView,
    /// From the pact file.
    pub plugin_configuration: PactWasmPluginConfiguration,
    /// From the test framework: a JSON object, or absent.
    pub test_context_json: PactWasmView,
}

/// Nobody knows which side is being tested.
pub const PACTWASM_TEST_MODE_UNKNOWN: i32 = 0;
/// A consumer test.
pub const PACTWASM_TEST_MODE_CONSUMER: i32 = 1;
/// A provider verification.
pub const PACTWASM_TEST_MODE_PROVIDER: i32 = 2;

/// The body is for a request.
pub const PACTWASM_CONTENT_FOR_REQUEST: i32 = 0;
/// The body is for a response.
pub const PACTWASM_CONTENT_FOR_RESPONSE: i32 = 1;

/// Request of generate-content. Set `size` to sizeof(PactWasmGenerateRequest) and what is not needed to zero.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmGenerateRequest {
    /// Size of this struct in bytes.
    pub size: usize,
    /// The body to start from.
    pub body: PactWasmBody,
    /// Generators by path expression: a JSON object such as {"$.id":{"type":"Uuid"}}, or absent.
    pub generators_json: PactWasmView,
    /// From the pact file.
    pub plugin_configuration: PactWasmPluginConfiguration,
    /// From the test framework: a JSON object, or absent.
    pub test_context_json: PactWasmView,
    /// One of PACTWASM_TEST_MODE_….
    pub test_mode: i32,
    /// One of PACTWASM_CONTENT_FOR_….
    pub content_for: i32,
}

// SAFETY: integers and pointers, a size in front.
unsafe impl Record for PactWasmConfigureRequest {}
// SAFETY: as above.
unsafe impl Record for PactWasmCompareRequest {}
// SAFETY: as above.
unsafe impl Record for PactWasmGenerateRequest {}

/// # Safety
///
/// Here and in the functions below: the caller of the C function vouches for the struct and what it points to, and `'a` must
/// not reach beyond the call.
pub(super) unsafe fn configure_request<'a>(
    request: *const PactWasmConfigureRequest,
) -> Result<ConfigureInteractionRequest<'a>> {
    // SAFETY: as this function requires.
    let request = unsafe { record::read(request, "request") }?;
    let missing = || {
        Error::invalid_argument(
            "request.contents_config_json",
            "is NULL or empty; it must be a JSON object",
        )
    };
    // SAFETY: as this function requires.
    unsafe {
        Ok(ConfigureInteractionRequest {
            content_type: request.content_type.text("request.content_type")?.into(),
            contents_config: request
                .contents_config_json
                .json_object("request.contents_config_json")?
                .ok_or_else(missing)?,
            test_context: request
                .test_context_json
                .json_object("request.test_context_json")?,
        })
    }
}

/// # Safety
///
/// See [`configure_request`].
#[inline(always)] // so that the request is built in place: 4 % of a small call
pub(super) unsafe fn compare_request<'a>(
    request: *const PactWasmCompareRequest,
) -> Result<CompareContentsRequest<'a>> {
    // SAFETY: as this function requires.
    let request = unsafe { record::read(request, "request") }?;
    // SAFETY: as this function requires.
    unsafe {
        Ok(CompareContentsRequest {
            expected: body(
                request.expected,
                &[
                    "request.expected.content_type",
                    "request.expected.content",
                    "request.expected.hint",
                ],
            )?,
            actual: body(
                request.actual,
                &[
                    "request.actual.content_type",
                    "request.actual.content",
                    "request.actual.hint",
                ],
            )?,
            allow_unexpected_keys: boolean(
                request.allow_unexpected_keys,
                "request.allow_unexpected_keys",
            )?,
            rules: request.rules_json.parsed("request.rules_json")?,
            plugin_configuration: configuration(request.plugin_configuration)?,
            test_context: request
                .test_context_json
                .json_object("request.test_context_json")?,
        })
    }
}

/// # Safety
///
/// See [`configure_request`].
pub(super) unsafe fn generate_request<'a>(
    request: *const PactWasmGenerateRequest,
) -> Result<GenerateContentRequest<'a>> {
    // SAFETY: as this function requires.
    let request = unsafe { record::read(request, "request") }?;
    // SAFETY: as this function requires.
    unsafe {
        Ok(GenerateContentRequest {
            body: body(
                request.body,
                &[
                    "request.body.content_type",
                    "request.body.content",
                    "request.body.hint",
                ],
            )?,
            generators: request.generators_json.parsed("request.generators_json")?,
            plugin_configuration: configuration(request.plugin_configuration)?,
            test_context: request
                .test_context_json
                .json_object("request.test_context_json")?,
            test_mode: test_mode(request.test_mode)?,
            content_for: match request.content_for {
                PACTWASM_CONTENT_FOR_REQUEST => ContentFor::Request,
                PACTWASM_CONTENT_FOR_RESPONSE => ContentFor::Response,
                other => {
                    return Err(not_one_of(
                        "request.content_for",
                        other,
                        "PACTWASM_CONTENT_FOR_…",
                    ));
                }
            },
        })
    }
}

pub(super) fn test_mode(mode: i32) -> Result<TestMode> {
    Ok(match mode {
        PACTWASM_TEST_MODE_UNKNOWN => TestMode::Unknown,
        PACTWASM_TEST_MODE_CONSUMER => TestMode::Consumer,
        PACTWASM_TEST_MODE_PROVIDER => TestMode::Provider,
        other => {
            return Err(not_one_of(
                "request.test_mode",
                other,
                "PACTWASM_TEST_MODE_…",
            ));
        }
    })
}

/// The way back of what [`body`] reads.
pub(super) fn hint_number(hint: ContentTypeHint) -> i32 {
    match hint {
        ContentTypeHint::Default => PACTWASM_HINT_DEFAULT,
        ContentTypeHint::Text => PACTWASM_HINT_TEXT,
        ContentTypeHint::Binary => PACTWASM_HINT_BINARY,
    }
}

pub(super) fn not_one_of(argument: &str, value: i32, constants: &str) -> Error {
    Error::invalid_argument(
        argument,
        format!("is {value}; it must be one of {constants}"),
    )
}

/// # Safety
///
/// See [`configure_request`]. `names` are those of the three fields, for messages.
#[inline(always)] // as above
pub(super) unsafe fn body<'a>(body: PactWasmBody, names: &[&str; 3]) -> Result<Body<'a>> {
    // SAFETY: as this function requires.
    unsafe {
        let content_type = body.content_type.optional_text(names[0])?;
        Ok(Body {
            content_type: content_type.unwrap_or_default().into(),
            content: body.content.bytes(names[1])?.map(Cow::Borrowed),
            hint: match body.hint {
                PACTWASM_HINT_DEFAULT => ContentTypeHint::Default,
                PACTWASM_HINT_TEXT => ContentTypeHint::Text,
                PACTWASM_HINT_BINARY => ContentTypeHint::Binary,
                other => return Err(not_one_of(names[2], other, "PACTWASM_HINT_…")),
            },
        })
    }
}

/// # Safety
///
/// See [`configure_request`].
#[inline(always)] // as above
pub(super) unsafe fn configuration(
    configuration: PactWasmPluginConfiguration,
) -> Result<Option<PluginConfiguration>> {
    // SAFETY: as this function requires.
    let (interaction_configuration, pact_configuration) = unsafe {
        (
            configuration
                .interaction_json
                .json_object("request.plugin_configuration.interaction_json")?,
            configuration
                .pact_json
                .json_object("request.plugin_configuration.pact_json")?,
        )
    };
    let present = interaction_configuration.is_some() || pact_configuration.is_some();
    Ok(present.then_some(PluginConfiguration {
        interaction_configuration,
        pact_configuration,
    }))
}
