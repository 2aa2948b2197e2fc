//! The frame around every exported function: errors become a status and an error handle, and panics go no further.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::codes::{PACTWASM_OK, number};
use super::error::PactWasmError;
use super::handle;
use crate::error::{Error, ErrorKind, Result, panic_message};

/// Runs `body`. On failure `*error`, where the caller wants it, becomes an owned error handle; on success NULL.
pub fn guard(error: *mut *mut PactWasmError, body: impl FnOnce() -> Result<()>) -> i32 {
    let failure = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => None,
        Ok(Err(failure)) => Some(failure),
        Err(panic) => {
            Some(ErrorKind::Internal(format!("panic: {}", panic_message(&*panic))).into())
        }
    };
    let status = failure
        .as_ref()
        .map_or(PACTWASM_OK, |failure| number(failure.code()));
    if !error.is_null() {
        let owned = failure.map_or(std::ptr::null_mut(), |failure| {
            handle::give::<PactWasmError>(failure.into())
        });
        // SAFETY: the caller passes NULL or a pointer to a place for a handle.
        unsafe { error.write_unaligned(owned) };
    }
    status
}

/// Like [`guard`], for functions that cannot fail: after a panic they return `fallback`.
pub fn guard_infallible<R>(fallback: R, body: impl FnOnce() -> R) -> R {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(fallback)
}

/// Writes a result to where the caller wants it. The place is set to a harmless value before anything can fail, so that
/// a caller who ignores the status does not go on with garbage.
pub struct Out<T>(*mut T);

impl<T> Out<T> {
    /// Checks the pointer and writes `harmless`.
    pub fn new(pointer: *mut T, argument: &'static str, harmless: T) -> Result<Self> {
        if pointer.is_null() {
            return Err(Error::invalid_argument(
                argument,
                "is NULL; it must point to a place for the result",
            ));
        }
        let out = Out(pointer);
        out.write(harmless);
        Ok(out)
    }

    /// Writes the result.
    pub fn write(&self, value: T) {
        // SAFETY: not NULL, and the caller passes a pointer to a place of this type; its alignment is not relied on.
        unsafe { self.0.write_unaligned(value) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffi::codes::{PACTWASM_ERROR_CANCELLED, PACTWASM_ERROR_INTERNAL};
    use crate::ffi::error::pactwasm_error_free;

    #[test]
    fn panics_and_errors_become_status_codes() {
        let mut error = std::ptr::null_mut();
        assert_eq!(
            guard(&raw mut error, || panic!("oops")),
            PACTWASM_ERROR_INTERNAL
        );
        assert!(!error.is_null());
        // SAFETY: the handle is ours and freed once.
        unsafe { pactwasm_error_free(error) };
        assert_eq!(
            guard(std::ptr::null_mut(), || Err(ErrorKind::Cancelled.into())),
            PACTWASM_ERROR_CANCELLED
        );
        assert_eq!(guard(&raw mut error, || Ok(())), PACTWASM_OK);
        assert!(error.is_null());
        assert_eq!(guard_infallible(7, || panic!("oops")), 7);
    }
}
