//! Single values: the requests of match-field and generate-field, and a generated value.

use super::config::boolean;
use super::contents::{PactWasmPluginConfiguration, configuration, not_one_of, test_mode};
use super::error::PactWasmError;
use super::guard::{Out, guard, guard_infallible};
use super::handle::{self, object};
use super::record::{self, Record};
use super::text::{Kept, PactWasmView};
use crate::error::{Error, Result};
use crate::model::{
    FieldSource, FieldValue, GenerateFieldRequest, Generator, JsonStructure, MatchFieldRequest,
    MatchingRule,
};

/// Null.
pub const PACTWASM_VALUE_NULL: i32 = 0;
/// True or false, in `boolean`.
pub const PACTWASM_VALUE_BOOLEAN: i32 = 1;
/// UTF-8 text, in `data`.
pub const PACTWASM_VALUE_TEXT: i32 = 2;
/// A whole number, in `integer`.
pub const PACTWASM_VALUE_INTEGER: i32 = 3;
/// A decimal number, in `decimal`. Whole and decimal numbers stay apart, because rules depend on it: 2.0 is a decimal.
pub const PACTWASM_VALUE_DECIMAL: i32 = 4;
/// Bytes, in `data`.
pub const PACTWASM_VALUE_BYTES: i32 = 5;
/// A JSON object or array as UTF-8 text, in `data`.
pub const PACTWASM_VALUE_JSON: i32 = 6;

/// A single value. Part of other structs, hence without a size.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmFieldValue {
    /// One of PACTWASM_VALUE_…, which tell where the value is; the other fields are zero.
    pub kind: i32,
    /// 0 or 1.
    pub boolean: i32,
    /// A whole number.
    pub integer: i64,
    /// A decimal number.
    pub decimal: f64,
    /// Text, bytes or JSON.
    pub data: PactWasmView,
}

/// The value is in a body.
pub const PACTWASM_SOURCE_BODY: i32 = 0;
/// The value is in a header.
pub const PACTWASM_SOURCE_HEADER: i32 = 1;
/// The value is in the metadata of a message.
pub const PACTWASM_SOURCE_METADATA: i32 = 2;
/// The value is in a query string.
pub const PACTWASM_SOURCE_QUERY: i32 = 3;
/// The value is the path of a request.
pub const PACTWASM_SOURCE_PATH: i32 = 4;
/// The value is the status of a response.
pub const PACTWASM_SOURCE_STATUS: i32 = 5;

/// Request of match-field. Set `size` to sizeof(PactWasmMatchFieldRequest) and what is not needed to zero.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmMatchFieldRequest {
    /// Size of this struct in bytes.
    pub size: usize,
    /// Key of the catalogue entry, required.
    pub key: PactWasmView,
    /// Type of the matching rule, required.
    pub rule_type: PactWasmView,
    /// Configuration of the rule: a JSON object, or absent.
    pub rule_values_json: PactWasmView,
    /// Where the value is: a path expression; may be empty.
    pub path: PactWasmView,
    /// One of PACTWASM_SOURCE_….
    pub source: i32,
    /// What the pact says.
    pub expected: PactWasmFieldValue,
    /// What came.
    pub actual: PactWasmFieldValue,
    /// From the pact file.
    pub plugin_configuration: PactWasmPluginConfiguration,
    /// From the test framework: a JSON object, or absent.
    pub test_context_json: PactWasmView,
}

/// Request of generate-field. Set `size` to sizeof(PactWasmGenerateFieldRequest) and what is not needed to zero.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmGenerateFieldRequest {
    /// Size of this struct in bytes.
    pub size: usize,
    /// Key of the catalogue entry, required.
    pub key: PactWasmView,
    /// Type of the generator, required.
    pub generator_type: PactWasmView,
    /// Configuration of the generator: a JSON object, or absent.
    pub generator_values_json: PactWasmView,
    /// Where the value goes: a path expression; may be empty.
    pub path: PactWasmView,
    /// The value that the test author gave.
    pub example: PactWasmFieldValue,
    /// From the pact file.
    pub plugin_configuration: PactWasmPluginConfiguration,
    /// From the test framework: a JSON object, or absent.
    pub test_context_json: PactWasmView,
    /// One of PACTWASM_TEST_MODE_….
    pub test_mode: i32,
}

// SAFETY: integers and pointers, a size in front.
unsafe impl Record for PactWasmMatchFieldRequest {}
// SAFETY: as above.
unsafe impl Record for PactWasmGenerateFieldRequest {}

/// # Safety
///
/// Here and in the functions below: the caller of the C function vouches for the struct and what it points to, and `'a` must
/// not reach beyond the call.
pub(super) unsafe fn match_request<'a>(
    request: *const PactWasmMatchFieldRequest,
) -> Result<MatchFieldRequest<'a>> {
    // SAFETY: as this function requires.
    unsafe {
        let request = record::read(request, "request")?;
        Ok(MatchFieldRequest {
            key: request.key.text("request.key")?.into(),
            rule: MatchingRule {
                rule_type: request.rule_type.text("request.rule_type")?.into(),
                values: request
                    .rule_values_json
                    .json_object("request.rule_values_json")?,
            },
            path: request
                .path
                .optional_text("request.path")?
                .unwrap_or_default()
                .into(),
            mismatch_type: source(request.source)?,
            expected: value(&request.expected, "request.expected")?,
            actual: value(&request.actual, "request.actual")?,
            plugin_configuration: configuration(request.plugin_configuration)?,
            test_context: request
                .test_context_json
                .json_object("request.test_context_json")?,
        })
    }
}

/// # Safety
///
/// See [`match_request`].
pub(super) unsafe fn generate_request<'a>(
    request: *const PactWasmGenerateFieldRequest,
) -> Result<GenerateFieldRequest<'a>> {
    // SAFETY: as this function requires.
    unsafe {
        let request = record::read(request, "request")?;
        Ok(GenerateFieldRequest {
            key: request.key.text("request.key")?.into(),
            generator: Generator {
                generator_type: request
                    .generator_type
                    .text("request.generator_type")?
                    .into(),
                values: request
                    .generator_values_json
                    .json_object("request.generator_values_json")?,
            },
            path: request
                .path
                .optional_text("request.path")?
                .unwrap_or_default()
                .into(),
            example: value(&request.example, "request.example")?,
            plugin_configuration: configuration(request.plugin_configuration)?,
            test_context: request
                .test_context_json
                .json_object("request.test_context_json")?,
            test_mode: test_mode(request.test_mode)?,
        })
    }
}

fn source(source: i32) -> Result<FieldSource> {
    Ok(match source {
        PACTWASM_SOURCE_BODY => FieldSource::Body,
        PACTWASM_SOURCE_HEADER => FieldSource::Header,
        PACTWASM_SOURCE_METADATA => FieldSource::Metadata,
        PACTWASM_SOURCE_QUERY => FieldSource::Query,
        PACTWASM_SOURCE_PATH => FieldSource::Path,
        PACTWASM_SOURCE_STATUS => FieldSource::Status,
        other => return Err(not_one_of("request.source", other, "PACTWASM_SOURCE_…")),
    })
}

/// # Safety
///
/// See [`match_request`].
pub(super) unsafe fn value(value: &PactWasmFieldValue, argument: &str) -> Result<FieldValue> {
    // SAFETY: as this function requires.
    unsafe {
        Ok(match value.kind {
            PACTWASM_VALUE_NULL => FieldValue::Null,
            PACTWASM_VALUE_BOOLEAN => FieldValue::Boolean(boolean(value.boolean, argument)?),
            PACTWASM_VALUE_TEXT => FieldValue::Text(
                value
                    .data
                    .optional_text(argument)?
                    .unwrap_or_default()
                    .into(),
            ),
            PACTWASM_VALUE_INTEGER => FieldValue::Integer(value.integer),
            PACTWASM_VALUE_DECIMAL => FieldValue::Decimal(value.decimal),
            PACTWASM_VALUE_BYTES => {
                FieldValue::Bytes(value.data.bytes(argument)?.unwrap_or_default().to_vec())
            }
            PACTWASM_VALUE_JSON => {
                FieldValue::Json(JsonStructure::new(value.data.text(argument)?).map_err(|e| {
                    Error::invalid_argument(argument, format!("is no JSON object or array: {e}"))
                })?)
            }
            other => return Err(not_one_of(argument, other, "PACTWASM_VALUE_…")),
        })
    }
}

/// A generated value. Free with pactwasm_field_free.
pub struct PactWasmField {
    _opaque: [u8; 0],
}

object!(PactWasmField, GeneratedField, b"PWfield\0");

/// What a [`PactWasmField`] holds.
pub struct GeneratedField {
    kind: i32,
    boolean: bool,
    integer: i64,
    decimal: f64,
    data: Kept,
}

const NOTHING: PactWasmFieldValue = PactWasmFieldValue {
    kind: PACTWASM_VALUE_NULL,
    boolean: 0,
    integer: 0,
    decimal: 0.0,
    data: PactWasmView::ABSENT,
};

impl From<FieldValue> for GeneratedField {
    fn from(value: FieldValue) -> Self {
        let nothing = GeneratedField {
            kind: PACTWASM_VALUE_NULL,
            boolean: false,
            integer: 0,
            decimal: 0.0,
            data: Kept::default(),
        };
        let data = |kind, data: Vec<u8>| GeneratedField {
            kind,
            data: Kept::new(data),
            ..nothing
        };
        match value {
            FieldValue::Null => nothing,
            FieldValue::Boolean(boolean) => GeneratedField {
                kind: PACTWASM_VALUE_BOOLEAN,
                boolean,
                ..nothing
            },
            FieldValue::Integer(integer) => GeneratedField {
                kind: PACTWASM_VALUE_INTEGER,
                integer,
                ..nothing
            },
            FieldValue::Decimal(decimal) => GeneratedField {
                kind: PACTWASM_VALUE_DECIMAL,
                decimal,
                ..nothing
            },
            FieldValue::Text(text) => data(PACTWASM_VALUE_TEXT, text.into_bytes()),
            FieldValue::Bytes(bytes) => data(PACTWASM_VALUE_BYTES, bytes),
            FieldValue::Json(json) => data(PACTWASM_VALUE_JSON, json.as_str().into()),
        }
    }
}

impl GeneratedField {
    pub(super) fn view(&self) -> PactWasmFieldValue {
        PactWasmFieldValue {
            kind: self.kind,
            boolean: self.boolean.into(),
            integer: self.integer,
            decimal: self.decimal,
            data: self.data.view(),
        }
    }
}

pub(super) fn give_field(out: &Out<*mut PactWasmField>, value: FieldValue) {
    out.write(handle::give(value.into()));
}

/// Fills `value`; its view lives as long as `field`.
///
/// From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_field_get(
    field: *const PactWasmField,
    value: *mut PactWasmFieldValue,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(value, "value", NOTHING)?;
        out.write(handle::take(field, "field")?.view());
        Ok(())
    })
}

/// Frees a generated value. NULL does nothing. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_field_free(field: *mut PactWasmField) {
    guard_infallible((), || handle::free(field));
}
