//! Verification of providers with transport plugins.

use std::slice;

use super::config::{PactWasmCallOptions, call_options};
use super::contents::{self, PactWasmBody};
use super::error::PactWasmError;
use super::guard::{Out, guard, guard_infallible};
use super::handle::{self, object};
use super::outcomes::PactWasmOutcome;
use super::plugin::PactWasmPlugin;
use super::record::{self, Record};
use super::results::KeptBody;
use super::text::{Kept, PactWasmView};
use crate::error::{Error, Result};
use crate::model::{
    ExpressionMap, InteractionData, Json, MetadataValue, PrepareInteractionRequest,
    VerifyInteractionRequest,
};

/// Request of prepare-interaction-for-verification. Set `size` to sizeof(PactWasmPrepareRequest) and what is not needed to
/// zero.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmPrepareRequest {
    /// Size of this struct in bytes.
    pub size: usize,
    /// The interaction: a JSON object, required; see PactWasmStartRequest.
    pub interaction_json: PactWasmView,
    /// What the user configured for the verification: a JSON object, or absent.
    pub config_json: PactWasmView,
    /// From the test framework: a JSON object, or absent.
    pub test_context_json: PactWasmView,
}

/// One piece of metadata, JSON or bytes. Part of other structs, hence without a size.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmMetadata {
    /// Its name.
    pub name: PactWasmView,
    /// Its value as JSON of any kind; absent where the value is bytes.
    pub json: PactWasmView,
    /// Its value as bytes; absent where the value is JSON.
    pub bytes: PactWasmView,
}

/// What is sent to a provider, or came from it. Part of other structs, hence without a size.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmInteractionData {
    /// The body; absent content type and absent content where there is none.
    pub body: PactWasmBody,
    /// The metadata, `metadata_count` of them; may be NULL where that is 0.
    pub metadata: *const PactWasmMetadata,
    /// Number of pieces of metadata.
    pub metadata_count: usize,
}

/// Request of verify-interaction. Set `size` to sizeof(PactWasmVerifyRequest) and what is not needed to zero.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmVerifyRequest {
    /// Size of this struct in bytes.
    pub size: usize,
    /// What to send: as pactwasm_data_get gives it, or changed.
    pub data: PactWasmInteractionData,
    /// The interaction: a JSON object, required; see PactWasmStartRequest.
    pub interaction_json: PactWasmView,
    /// What the user configured for the verification: a JSON object, or absent.
    pub config_json: PactWasmView,
    /// From the test framework: a JSON object, or absent.
    pub test_context_json: PactWasmView,
}

// SAFETY: integers and pointers, a size in front.
unsafe impl Record for PactWasmPrepareRequest {}
// SAFETY: as above.
unsafe impl Record for PactWasmVerifyRequest {}

/// What is sent to a provider, or came from it, kept. Free with pactwasm_data_free.
pub struct PactWasmData {
    _opaque: [u8; 0],
}

object!(PactWasmData, Data, b"PWdata\0\0");

/// What a [`PactWasmData`] holds.
pub struct Data {
    body: Option<KeptBody>,
    /// What `views` look at.
    _metadata: Vec<(Kept, Kept, Kept)>,
    views: Vec<PactWasmMetadata>,
}

// SAFETY: the views look at bytes that the struct owns and nobody changes.
unsafe impl Send for Data {}
// SAFETY: as above.
unsafe impl Sync for Data {}

impl From<InteractionData<'static>> for Data {
    fn from(data: InteractionData<'static>) -> Self {
        let ExpressionMap(metadata) = data.metadata;
        let kept = |(name, value): (String, MetadataValue)| match value {
            MetadataValue::Json(json) => {
                (Kept::new(name), Kept::new(json.as_str()), Kept::default())
            }
            MetadataValue::Bytes(bytes) => (Kept::new(name), Kept::default(), Kept::new(bytes)),
        };
        let metadata: Vec<_> = metadata.into_iter().map(kept).collect();
        // The views are of the bytes on the heap, which stay where they are.
        let view = |(name, json, bytes): &(Kept, Kept, Kept)| PactWasmMetadata {
            name: name.view(),
            json: json.view(),
            bytes: bytes.view(),
        };
        Data {
            body: data.body.map(Into::into),
            views: metadata.iter().map(view).collect(),
            _metadata: metadata,
        }
    }
}

/// Fills `data_view` with what lives as long as `data`. A copy of it, with other values in it, may go to
/// pactwasm_plugin_verify_interaction.
///
/// From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_data_get(
    data: *const PactWasmData,
    data_view: *mut PactWasmInteractionData,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let none = PactWasmInteractionData {
            body: KeptBody::NONE,
            metadata: std::ptr::null(),
            metadata_count: 0,
        };
        let out = Out::new(data_view, "data_view", none)?;
        let it = handle::take(data, "data")?;
        out.write(PactWasmInteractionData {
            body: it.body.as_ref().map_or(KeptBody::NONE, KeptBody::view),
            metadata: match it.views.is_empty() {
                // Not the pointer of an empty vector, which is no address: some collectors of garbage look at every pointer.
                true => std::ptr::null(),
                false => it.views.as_ptr(),
            },
            metadata_count: it.views.len(),
        });
        Ok(())
    })
}

/// Frees data. NULL does nothing. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_data_free(data: *mut PactWasmData) {
    guard_infallible((), || handle::free(data));
}

/// Operation prepare-interaction-for-verification: builds what is to be sent to the provider for an interaction. It may be
/// changed before pactwasm_plugin_verify_interaction sends it, for instance to add a token.
///
/// options: may be NULL. data: out; owned by the caller, NULL on failure. From any thread.
///
/// Errors: PACTWASM_ERROR_PLUGIN, PACTWASM_ERROR_UNSUPPORTED (the plugin is no transport, or does not take interactions of
/// this type), PACTWASM_ERROR_WRONG_STATE before init, PACTWASM_ERROR_INVALID_RESPONSE, and those of a call (see
/// pactwasm_plugin_init). Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_plugin_prepare_interaction(
    plugin: *const PactWasmPlugin,
    request: *const PactWasmPrepareRequest,
    options: *const PactWasmCallOptions,
    data: *mut *mut PactWasmData,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(data, "data", std::ptr::null_mut())?;
        let it = handle::take(plugin, "plugin")?;
        // SAFETY: the caller vouches for the struct, and what it points to, for the duration of the call.
        let request = unsafe { prepare_request(request) }?;
        // SAFETY: as above.
        let options = unsafe { call_options(options) }?;
        let prepared = it.plugin().prepare_interaction(&options, &request)?;
        out.write(handle::give(prepared.into()));
        Ok(())
    })
}

/// Operation verify-interaction: sends data to the provider and checks its answer. What is wrong with the answer is a result,
/// not an error. The plugin connects itself, so the provider's address must be granted, see pactwasm_config_grant.
///
/// options: may be NULL. outcome: out; owned by the caller, NULL on failure. response: out; what the provider answered, owned by
/// the caller, NULL on failure and where the plugin tells nothing; may be NULL itself. From any thread.
///
/// Errors: PACTWASM_ERROR_PLUGIN (for instance because the provider cannot be reached), PACTWASM_ERROR_PERMISSION (the
/// sandbox does not let the plugin connect there), PACTWASM_ERROR_UNSUPPORTED (the plugin is no transport, or does not take
/// interactions of this type), PACTWASM_ERROR_WRONG_STATE before init, PACTWASM_ERROR_INVALID_RESPONSE, and those of a call
/// (see pactwasm_plugin_init). Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_plugin_verify_interaction(
    plugin: *const PactWasmPlugin,
    request: *const PactWasmVerifyRequest,
    options: *const PactWasmCallOptions,
    outcome: *mut *mut PactWasmOutcome,
    response: *mut *mut PactWasmData,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(outcome, "outcome", std::ptr::null_mut())?;
        let response = match response.is_null() {
            true => None,
            false => Some(Out::new(response, "response", std::ptr::null_mut())?),
        };
        let it = handle::take(plugin, "plugin")?;
        // SAFETY: the caller vouches for the struct, and what it points to, for the duration of the call.
        let request = unsafe { verify_request(request) }?;
        // SAFETY: as above.
        let options = unsafe { call_options(options) }?;
        let mut result = it.plugin().verify_interaction(&options, &request)?;
        if let (Some(out), Some(data)) = (response, result.response.take()) {
            out.write(handle::give(data.into()));
        }
        out.write(handle::give(result.into()));
        Ok(())
    })
}

/// # Safety
///
/// The caller of the C function vouches for the struct and what it points to, for the duration of the call.
unsafe fn prepare_request(
    request: *const PactWasmPrepareRequest,
) -> Result<PrepareInteractionRequest> {
    // SAFETY: as this function requires.
    unsafe {
        let request = record::read(request, "request")?;
        Ok(PrepareInteractionRequest {
            interaction: request
                .interaction_json
                .required("request.interaction_json", "a JSON object, an interaction")?,
            config: request.config_json.json_object("request.config_json")?,
            test_context: request
                .test_context_json
                .json_object("request.test_context_json")?,
        })
    }
}

/// # Safety
///
/// As for [`prepare_request`]; `'a` must not reach beyond the call.
unsafe fn verify_request<'a>(
    request: *const PactWasmVerifyRequest,
) -> Result<VerifyInteractionRequest<'a>> {
    // SAFETY: as this function requires.
    unsafe {
        let request = record::read(request, "request")?;
        Ok(VerifyInteractionRequest {
            interaction_data: data(request.data)?,
            config: request.config_json.json_object("request.config_json")?,
            interaction: request
                .interaction_json
                .required("request.interaction_json", "a JSON object, an interaction")?,
            test_context: request
                .test_context_json
                .json_object("request.test_context_json")?,
        })
    }
}

/// # Safety
///
/// As for [`verify_request`].
unsafe fn data<'a>(data: PactWasmInteractionData) -> Result<InteractionData<'a>> {
    let names = [
        "request.data.body.content_type",
        "request.data.body.content",
        "request.data.body.hint",
    ];
    // SAFETY: as this function requires.
    let body = unsafe { contents::body(data.body, &names) }?;
    let is_body = body.content.is_some() || !body.content_type.is_empty();
    // SAFETY: as this function requires.
    let metadata = unsafe { metadata(&data) }?;
    if let Some(twice) = metadata.twice() {
        let reason = format!("has \"{twice}\" twice");
        return Err(Error::invalid_argument("request.data.metadata", reason));
    }
    Ok(InteractionData {
        body: is_body.then_some(body),
        metadata,
    })
}

/// # Safety
///
/// As for [`verify_request`].
unsafe fn metadata(data: &PactWasmInteractionData) -> Result<ExpressionMap<MetadataValue>> {
    if data.metadata_count == 0 {
        return Ok(ExpressionMap::default());
    }
    let size = size_of::<PactWasmMetadata>();
    let reason = match data.metadata {
        it if it.is_null() => Some("is NULL"),
        it if !it.is_aligned() => Some("is no array of PactWasmMetadata"),
        _ if data.metadata_count > isize::MAX as usize / size => Some("is longer than memory"),
        _ => None,
    };
    if let Some(reason) = reason {
        let reason = format!("{reason}, but its count is {}", data.metadata_count);
        return Err(Error::invalid_argument("request.data.metadata", reason));
    }
    // SAFETY: as this function requires; neither NULL nor misaligned.
    let pieces = unsafe { slice::from_raw_parts(data.metadata, data.metadata_count) };
    // SAFETY: as this function requires.
    let read = pieces.iter().map(|piece| unsafe { read_piece(piece) });
    read.collect::<Result<_>>().map(ExpressionMap)
}

/// # Safety
///
/// As for [`verify_request`].
unsafe fn read_piece(piece: &PactWasmMetadata) -> Result<(String, MetadataValue)> {
    const JSON: &str = "request.data.metadata.json";
    // SAFETY: as this function requires.
    unsafe {
        let name = piece.name.optional_text("request.data.metadata.name")?;
        let name = name.unwrap_or_default();
        let json = piece.json.optional_text(JSON)?;
        let bytes = piece.bytes.bytes("request.data.metadata.bytes")?;
        let value = match (json, bytes) {
            (Some(text), None) => MetadataValue::Json(
                Json::new(text)
                    .map_err(|e| Error::invalid_argument(JSON, format!("is no JSON: {e}")))?,
            ),
            (None, Some(bytes)) => MetadataValue::Bytes(bytes.to_vec()),
            _ => {
                let reason = format!("has neither JSON nor bytes, or both, for \"{name}\"");
                return Err(Error::invalid_argument("request.data.metadata", reason));
            }
        };
        Ok((name.to_string(), value))
    }
}
