//! Text and bytes across the boundary.

use std::ffi::{c_char, c_void};

use super::guard::guard_infallible;
use crate::error::{Error, Result};
use crate::model::JsonObject;

/// Borrowed bytes, or UTF-8 text. NULs inside are legal.
///
/// As input it is borrowed for the duration of the call. As output it lies in the handle it came from, stays valid until
/// that handle is freed, and is followed by a NUL that `len` does not count, so that C can print text.
///
/// Where something may be absent, `data` NULL says that it is; present but empty is any other pointer with `len` 0. Of JSON, which
/// is never empty, an empty text counts as absent as well.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmView {
    /// First byte, or NULL.
    pub data: *const c_void,
    /// Number of bytes.
    pub len: usize,
}

/// Bytes that the caller owns: free them with pactwasm_bytes_free. They are followed by a NUL that `len` does not count.
#[repr(C)]
#[derive(Debug)]
pub struct PactWasmBytes {
    /// First byte, or NULL where there are none.
    pub data: *mut u8,
    /// Number of bytes.
    pub len: usize,
}

/// Frees bytes that the library returned and sets them to NULL and 0. NULL, and bytes that were freed already this way, do
/// nothing.
///
/// bytes: in and out; not used by another thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_bytes_free(bytes: *mut PactWasmBytes) {
    guard_infallible((), || {
        if bytes.is_null() {
            return;
        }
        // SAFETY: not NULL, so the caller passes a pointer to bytes; they are replaced before they are freed.
        let PactWasmBytes { data, len } = unsafe { bytes.replace(PactWasmBytes::NONE) };
        if !data.is_null() {
            // SAFETY: `PactWasmBytes::new` made this from a boxed slice of `len` bytes and a NUL.
            drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(data, len + 1)) });
        }
    });
}

impl PactWasmBytes {
    /// No bytes.
    pub const NONE: Self = PactWasmBytes {
        data: std::ptr::null_mut(),
        len: 0,
    };

    /// Hands bytes to the caller.
    pub fn new(bytes: Vec<u8>) -> Self {
        let len = bytes.len();
        let data = Box::into_raw(with_nul(bytes).into_boxed_slice());
        PactWasmBytes {
            data: data.cast(),
            len,
        }
    }
}

fn with_nul(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.reserve_exact(1);
    bytes.push(0);
    bytes
}

/// Bytes that a handle keeps for views: with a NUL behind, or absent.
#[derive(Debug, Clone, Default)]
pub struct Kept(Option<Vec<u8>>);

impl Kept {
    /// Keeps bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Kept(Some(with_nul(bytes.into())))
    }

    /// Keeps bytes that may be absent.
    pub fn optional<B: Into<Vec<u8>>>(bytes: Option<B>) -> Self {
        bytes.map_or(Kept(None), Kept::new)
    }

    /// Keeps JSON that may be absent.
    pub fn json(json: Option<&JsonObject>) -> Self {
        Kept::optional(json.map(JsonObject::as_str))
    }

    /// A view of it, valid as long as this lives.
    pub fn view(&self) -> PactWasmView {
        match self.bytes() {
            Some(bytes) => PactWasmView {
                data: bytes.as_ptr().cast(),
                len: bytes.len(),
            },
            None => PactWasmView::ABSENT,
        }
    }

    /// The bytes, unless they are absent.
    pub fn bytes(&self) -> Option<&[u8]> {
        self.0.as_ref().map(|bytes| &bytes[..bytes.len() - 1])
    }

    /// The text as C prints it; empty where it is absent.
    pub fn c_str(&self) -> *const c_char {
        self.0
            .as_ref()
            .map_or(c"".as_ptr(), |bytes| bytes.as_ptr().cast())
    }
}

impl PactWasmView {
    /// Nothing.
    pub const ABSENT: Self = PactWasmView {
        data: std::ptr::null(),
        len: 0,
    };

    /// From the two halves that a function takes.
    pub fn of(data: *const c_char, len: usize) -> Self {
        PactWasmView {
            data: data.cast(),
            len,
        }
    }

    /// The bytes; `None` where `data` is NULL.
    ///
    /// # Safety
    ///
    /// The caller of the C function vouches that `data` points to `len` bytes for the duration of the call; `'a` must
    /// not reach beyond it.
    #[inline]
    pub unsafe fn bytes<'a>(self, argument: &str) -> Result<Option<&'a [u8]>> {
        match (self.data.is_null(), self.len) {
            (true, 0) => Ok(None),
            (true, len) => Err(Error::invalid_argument(
                argument,
                format!("is NULL, but its length is {len}"),
            )),
            (false, len) if isize::try_from(len).is_err() => Err(Error::invalid_argument(
                argument,
                format!("has length {len}, more than memory can hold"),
            )),
            // SAFETY: as this function requires.
            (false, len) => Ok(Some(unsafe {
                std::slice::from_raw_parts(self.data.cast(), len)
            })),
        }
    }

    /// The text; `None` where `data` is NULL.
    ///
    /// # Safety
    ///
    /// As for [`bytes`](Self::bytes).
    #[inline]
    pub unsafe fn optional_text<'a>(self, argument: &str) -> Result<Option<&'a str>> {
        // SAFETY: as this function requires.
        let Some(bytes) = (unsafe { self.bytes(argument) })? else {
            return Ok(None);
        };
        let text = std::str::from_utf8(bytes);
        text.map(Some)
            .map_err(|e| Error::invalid_argument(argument, format!("is not UTF-8: {e}")))
    }

    /// The text, which must not be empty.
    ///
    /// # Safety
    ///
    /// As for [`bytes`](Self::bytes).
    pub unsafe fn text<'a>(self, argument: &str) -> Result<&'a str> {
        // SAFETY: as this function requires.
        match unsafe { self.optional_text(argument) }? {
            None => Err(Error::invalid_argument(argument, "is NULL")),
            Some("") => Err(Error::invalid_argument(argument, "is empty")),
            Some(text) => Ok(text),
        }
    }

    /// A JSON object; absent where it is NULL or empty.
    ///
    /// # Safety
    ///
    /// As for [`bytes`](Self::bytes).
    #[inline]
    pub unsafe fn json_object(self, argument: &str) -> Result<Option<JsonObject>> {
        // SAFETY: as this function requires.
        let text = unsafe { self.optional_text(argument) }?.filter(|text| !text.is_empty());
        let invalid = |e| Error::invalid_argument(argument, format!("is no JSON object: {e}"));
        text.map(JsonObject::new).transpose().map_err(invalid)
    }

    /// JSON text read as `T`, which must be there.
    ///
    /// # Safety
    ///
    /// As for [`bytes`](Self::bytes).
    pub unsafe fn required<T: serde::de::DeserializeOwned>(
        self,
        argument: &str,
        what: &str,
    ) -> Result<T> {
        let missing =
            || Error::invalid_argument(argument, format!("is NULL or empty; it must be {what}"));
        // SAFETY: as this function requires.
        unsafe { self.parsed::<Option<T>>(argument) }?.ok_or_else(missing)
    }

    /// JSON text read as `T`; `T`'s default where it is NULL or empty.
    ///
    /// # Safety
    ///
    /// As for [`bytes`](Self::bytes).
    #[inline]
    pub unsafe fn parsed<T: serde::de::DeserializeOwned + Default>(
        self,
        argument: &str,
    ) -> Result<T> {
        // SAFETY: as this function requires.
        match unsafe { self.optional_text(argument) }?.filter(|text| !text.is_empty()) {
            None => Ok(T::default()),
            Some(text) => serde_json::from_str(text).map_err(|e| {
                Error::invalid_argument(argument, format!("is not as it must be: {e}"))
            }),
        }
    }
}
