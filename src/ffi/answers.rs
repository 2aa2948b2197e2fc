//! Answers of handlers: what a function of the caller's says to the plugin that asked.

use std::ffi::c_char;
use std::sync::{Mutex, PoisonError};

use super::contents::{self, PactWasmBody};
use super::error::PactWasmError;
use super::fields::{self, PactWasmFieldValue};
use super::guard::guard;
use super::handle::{self, object};
use super::record;
use super::results::PactWasmMismatch;
use super::text::PactWasmView;
use crate::error::{Error, Result};
use crate::model::{Body, ContentTypeMismatch, FieldValue, Mismatch};

/// The answer of a handler, to fill while it runs. It belongs to the library: the functions below copy what they are given,
/// and it is gone when the handler returns. Without any of them, a matcher says that all matches, and a generator fails.
pub struct PactWasmAnswer {
    _opaque: [u8; 0],
}

object!(PactWasmAnswer, Answer, b"PWanswer");

/// What a handler has to answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Comparison,
    Body,
    Mismatches,
    Value,
}

/// What a [`PactWasmAnswer`] holds.
pub struct Answer {
    wanted: Wanted,
    given: Mutex<Given>,
}

/// What the handler has said so far.
#[derive(Default)]
pub(super) struct Given {
    pub error: Option<String>,
    pub type_mismatch: Option<ContentTypeMismatch>,
    /// Each with the expression that it is listed under.
    pub mismatches: Vec<(String, Mismatch)>,
    pub body: Option<Body<'static>>,
    pub value: Option<FieldValue>,
}

impl Answer {
    pub(super) fn new(wanted: Wanted) -> Self {
        Answer {
            wanted,
            given: Mutex::default(),
        }
    }

    /// Takes what the handler has said.
    pub(super) fn take(&self) -> Given {
        std::mem::take(&mut self.given.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Adds to an answer, if it is one that takes this.
fn give(
    answer: *const PactWasmAnswer,
    takers: &[Wanted],
    change: impl FnOnce(&mut Given, Wanted),
) -> Result<()> {
    let answer = handle::take(answer, "answer")?;
    if !takers.contains(&answer.wanted) {
        let reason = match answer.wanted {
            Wanted::Comparison => "is for compare-contents, which takes mismatches",
            Wanted::Body => "is for generate-content, which takes a body",
            Wanted::Mismatches => "is for match-field, which takes mismatches",
            Wanted::Value => "is for generate-field, which takes a value",
        };
        return Err(Error::invalid_argument("answer", reason));
    }
    let mut given = answer.given.lock().unwrap_or_else(PoisonError::into_inner);
    change(&mut given, answer.wanted);
    Ok(())
}

/// The handler fails: the plugin's call into the host ends with this message, and the entry's key in front of it. Whatever else
/// was answered does not count.
///
/// message: UTF-8, copied. Any thread, while the handler runs. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_answer_set_error(
    answer: *const PactWasmAnswer,
    message: *const c_char,
    message_len: usize,
    error: *mut *mut PactWasmError,
) -> i32 {
    const ALL: [Wanted; 4] = [
        Wanted::Comparison,
        Wanted::Body,
        Wanted::Mismatches,
        Wanted::Value,
    ];
    guard(error, || {
        // SAFETY: the caller vouches for pointer and length for the duration of the call.
        let message = unsafe { PactWasmView::of(message, message_len).text("message") }?;
        give(answer, &ALL, |given, _| {
            given.error = Some(message.to_string());
        })
    })
}

/// Answer to match-field and compare-contents: something does not match.
///
/// mismatch: copied; size set, a description required. For match-field an empty path stands for that of the request. For
/// compare-contents an empty path is `$`, and an empty expression the path. Any thread, while the handler runs.
///
/// Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_answer_add_mismatch(
    answer: *const PactWasmAnswer,
    mismatch: *const PactWasmMismatch,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        // SAFETY: the caller vouches for the struct for the duration of the call.
        let (expression, mut mismatch) = unsafe { read_mismatch(mismatch) }?;
        give(
            answer,
            &[Wanted::Comparison, Wanted::Mismatches],
            |given, wanted| {
                if wanted == Wanted::Comparison && mismatch.path.is_empty() {
                    mismatch.path.push('$');
                }
                let expression = expression.unwrap_or_else(|| mismatch.path.clone());
                given.mismatches.push((expression, mismatch));
            },
        )
    })
}

/// # Safety
///
/// The caller of the C function vouches for the struct and what it points to.
unsafe fn read_mismatch(mismatch: *const PactWasmMismatch) -> Result<(Option<String>, Mismatch)> {
    // SAFETY: as this function requires.
    unsafe {
        let it = record::read(mismatch, "mismatch")?;
        let text = |view: PactWasmView, argument| {
            Ok::<_, Error>(view.optional_text(argument)?.map(str::to_string))
        };
        let expression = text(it.expression, "mismatch.expression")?;
        let mismatch = Mismatch {
            expected: it.expected.bytes("mismatch.expected")?.map(<[u8]>::to_vec),
            actual: it.actual.bytes("mismatch.actual")?.map(<[u8]>::to_vec),
            description: it.description.text("mismatch.description")?.to_string(),
            path: text(it.path, "mismatch.path")?.unwrap_or_default(),
            diff: text(it.diff, "mismatch.diff")?,
            mismatch_type: text(it.mismatch_type, "mismatch.mismatch_type")?,
        };
        Ok((expression.filter(|it| !it.is_empty()), mismatch))
    }
}

/// Answer to compare-contents: the actual body is of another content type, so it was not compared. Mismatches that were
/// added do not count then.
///
/// expected, actual: the content types, UTF-8, copied. Any thread, while the handler runs.
///
/// Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_answer_set_type_mismatch(
    answer: *const PactWasmAnswer,
    expected: *const c_char,
    expected_len: usize,
    actual: *const c_char,
    actual_len: usize,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        // SAFETY: the caller vouches for pointers and lengths for the duration of the call.
        let (expected, actual) = unsafe {
            (
                PactWasmView::of(expected, expected_len).optional_text("expected")?,
                PactWasmView::of(actual, actual_len).optional_text("actual")?,
            )
        };
        give(answer, &[Wanted::Comparison], |given, _| {
            given.type_mismatch = Some(ContentTypeMismatch {
                expected: expected.unwrap_or_default().to_string(),
                actual: actual.unwrap_or_default().to_string(),
            });
        })
    })
}

/// Answer to generate-content: the body.
///
/// body: copied. Any thread, while the handler runs. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_answer_set_body(
    answer: *const PactWasmAnswer,
    body: *const PactWasmBody,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let body = read_struct(body, "body")?;
        let names = ["body.content_type", "body.content", "body.hint"];
        // SAFETY: the caller vouches for what the struct points to for the duration of the call.
        let body = unsafe { contents::body(body, &names) }?;
        give(answer, &[Wanted::Body], |given, _| {
            given.body = Some(body.into_owned());
        })
    })
}

/// Answer to generate-field: the value.
///
/// value: copied. Any thread, while the handler runs. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_answer_set_value(
    answer: *const PactWasmAnswer,
    value: *const PactWasmFieldValue,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let value = read_struct(value, "value")?;
        // SAFETY: the caller vouches for what the struct points to for the duration of the call.
        let value = unsafe { fields::value(&value, "value") }?;
        give(answer, &[Wanted::Value], |given, _| {
            given.value = Some(value);
        })
    })
}

/// A struct of the kind that has no size of its own.
fn read_struct<T: Copy>(pointer: *const T, argument: &'static str) -> Result<T> {
    if pointer.is_null() {
        return Err(Error::invalid_argument(argument, "is NULL"));
    }
    // SAFETY: not NULL, and the caller passes a pointer to such a struct; its alignment is not relied on.
    Ok(unsafe { pointer.read_unaligned() })
}
