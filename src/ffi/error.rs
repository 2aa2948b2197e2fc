//! Errors: owned, with every detail, and never kept per thread.

use std::ffi::c_char;

use super::codes::{self, number};
use super::guard::{guard, guard_infallible};
use super::handle::{self, object};
use super::record::{self, Record};
use super::text::{Kept, PactWasmView};
use crate::error::Error;

/// Why a call failed. The caller owns it and frees it with pactwasm_error_free.
pub struct PactWasmError {
    _opaque: [u8; 0],
}

/// What a [`PactWasmError`] holds.
pub struct ErrorTexts {
    code: i32,
    message: Kept,
    plugin_name: Kept,
    plugin_version: Kept,
    operation: Kept,
    backtrace: Kept,
}

object!(PactWasmError, ErrorTexts, b"PWerror\0");

impl From<Error> for ErrorTexts {
    fn from(error: Error) -> Self {
        let (name, version) = error.plugin().unzip();
        ErrorTexts {
            code: number(error.code()),
            message: Kept::new(error.to_string()),
            plugin_name: Kept::optional(name),
            plugin_version: Kept::optional(version),
            operation: Kept::optional(error.operation()),
            backtrace: Kept::optional(error.backtrace()),
        }
    }
}

/// All details of an error. Set `size` to sizeof(PactWasmErrorInfo) before the call that fills it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmErrorInfo {
    /// Size of this struct in bytes.
    pub size: usize,
    /// One of PACTWASM_ERROR_….
    pub code: i32,
    /// What was attempted, on which plugin, why it failed and what to do.
    pub message: PactWasmView,
    /// Name of the plugin; absent where none was involved.
    pub plugin_name: PactWasmView,
    /// Version of the plugin; absent where none was involved.
    pub plugin_version: PactWasmView,
    /// Operation of the plugin interface, for instance "compare-contents"; absent where it was none.
    pub operation: PactWasmView,
    /// WebAssembly functions that were active, innermost first, one a line; absent unless the plugin crashed or was
    /// stopped.
    pub backtrace: PactWasmView,
}

// SAFETY: integers and pointers, a size in front.
unsafe impl Record for PactWasmErrorInfo {}

/// The error's code, one of PACTWASM_ERROR_…; PACTWASM_ERROR_INVALID_ARGUMENT for NULL or another handle. From any thread.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_error_code(error: *const PactWasmError) -> i32 {
    guard_infallible(codes::PACTWASM_ERROR_INTERNAL, || {
        handle::take(error, "error").map_or_else(|e| number(e.code()), |error| error.code)
    })
}

/// The error's message, NUL-terminated UTF-8, never NULL; it lives as long as the error. The empty text for NULL or
/// another handle. From any thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_error_message(error: *const PactWasmError) -> *const c_char {
    guard_infallible(c"".as_ptr(), || {
        handle::take(error, "error").map_or(c"".as_ptr(), |error| error.message.c_str())
    })
}

/// Fills `info` with views that live as long as `failed`. From any thread.
///
/// Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_error_get(
    failed: *const PactWasmError,
    info: *mut PactWasmErrorInfo,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let failed = handle::take(failed, "failed")?;
        let filled = PactWasmErrorInfo {
            size: 0,
            code: failed.code,
            message: failed.message.view(),
            plugin_name: failed.plugin_name.view(),
            plugin_version: failed.plugin_version.view(),
            operation: failed.operation.view(),
            backtrace: failed.backtrace.view(),
        };
        record::write(info, "info", &filled)
    })
}

/// Frees an error. NULL does nothing. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_error_free(error: *mut PactWasmError) {
    guard_infallible((), || handle::free(error));
}
