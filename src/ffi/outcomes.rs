//! What came of a mock server's requests, or of a verification.

use super::error::PactWasmError;
use super::guard::{guard, guard_infallible};
use super::handle::{self, object};
use super::log::{item, item_at};
use super::record::{self, Record};
use super::results::{KeptMismatch, PactWasmMismatch};
use super::text::{Kept, PactWasmView};
use crate::model::{MockServerResults, VerificationFailure, VerificationResult};

/// What a mock server has seen, or how a verification ended. Free with pactwasm_outcome_free.
pub struct PactWasmOutcome {
    _opaque: [u8; 0],
}

object!(PactWasmOutcome, Outcome, b"PWoutcom");

/// What a [`PactWasmOutcome`] holds.
pub struct Outcome {
    ok: bool,
    results: Vec<KeptResult>,
    output: Kept,
}

struct KeptResult {
    path: Kept,
    error: Kept,
    mismatches: Vec<KeptMismatch>,
}

/// A whole outcome. Set `size` to sizeof(PactWasmOutcomeInfo) before the call that fills it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmOutcomeInfo {
    /// Size of this struct in bytes.
    pub size: usize,
    /// Of a mock server: 1 if everything that was expected came, and nothing else. Of a verification: 1 if the provider's
    /// answer is as the interaction says. Else 0.
    pub ok: i32,
    /// Number of results, for pactwasm_outcome_get.
    pub count: usize,
    /// Of a verification: a JSON array of lines to show to the user. Of a mock server: absent.
    pub output_json: PactWasmView,
}

// SAFETY: integers and pointers, a size in front.
unsafe impl Record for PactWasmOutcomeInfo {}

/// One result: what one request to a mock server amounted to, or one thing that went wrong in a verification. Set `size` to
/// sizeof(PactWasmResult) before the call that fills it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmResult {
    /// Size of this struct in bytes.
    pub size: usize,
    /// What the request was for, as the plugin names it; of a verification the path of the mismatch. May be empty.
    pub path: PactWasmView,
    /// An error that kept it from being compared; empty where there was none. A mock server that crashed, or was stopped for
    /// going over a limit, says so here.
    pub error: PactWasmView,
    /// Number of mismatches, for pactwasm_outcome_mismatch.
    pub mismatch_count: usize,
}

// SAFETY: integers and pointers, a size in front.
unsafe impl Record for PactWasmResult {}

impl From<MockServerResults> for Outcome {
    fn from(results: MockServerResults) -> Self {
        let kept = |result: crate::model::MockServerResult| KeptResult {
            path: Kept::new(result.path),
            error: Kept::new(result.error),
            mismatches: result.mismatches.into_iter().map(Into::into).collect(),
        };
        Outcome {
            ok: results.ok,
            results: results.results.into_iter().map(kept).collect(),
            output: Kept::default(),
        }
    }
}

impl From<VerificationResult> for Outcome {
    fn from(result: VerificationResult) -> Self {
        let kept = |failure| match failure {
            VerificationFailure::Error(message) => KeptResult {
                path: Kept::new(""),
                error: Kept::new(message),
                mismatches: Vec::new(),
            },
            VerificationFailure::Mismatch(mismatch) => KeptResult {
                path: Kept::new(mismatch.path.as_str()),
                error: Kept::new(""),
                mismatches: vec![mismatch.into()],
            },
        };
        Outcome {
            ok: result.success,
            results: result.failures.into_iter().map(kept).collect(),
            output: Kept::new(serde_json::json!(result.output).to_string()),
        }
    }
}

/// Fills `info`. Its views live as long as `outcome`. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_outcome_info(
    outcome: *const PactWasmOutcome,
    info: *mut PactWasmOutcomeInfo,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let it = handle::take(outcome, "outcome")?;
        let filled = PactWasmOutcomeInfo {
            size: 0,
            ok: it.ok.into(),
            count: it.results.len(),
            output_json: it.output.view(),
        };
        record::write(info, "info", &filled)
    })
}

/// Fills `result` with views that live as long as `outcome`.
///
/// index: from 0 to `count` of pactwasm_outcome_info − 1. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_outcome_get(
    outcome: *const PactWasmOutcome,
    index: usize,
    result: *mut PactWasmResult,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let outcome = handle::take(outcome, "outcome")?;
        let it = item(&outcome.results, index)?;
        let filled = PactWasmResult {
            size: 0,
            path: it.path.view(),
            error: it.error.view(),
            mismatch_count: it.mismatches.len(),
        };
        record::write(result, "result", &filled)
    })
}

/// Fills `mismatch` with views that live as long as `outcome`.
///
/// index: as for pactwasm_outcome_get. mismatch_index: from 0 to `mismatch_count` of that result − 1. From any thread. Errors:
/// PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_outcome_mismatch(
    outcome: *const PactWasmOutcome,
    index: usize,
    mismatch_index: usize,
    mismatch: *mut PactWasmMismatch,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let outcome = handle::take(outcome, "outcome")?;
        let result = item(&outcome.results, index)?;
        let found = item_at(&result.mismatches, mismatch_index, "mismatch_index")?;
        record::write(mismatch, "mismatch", &found.view())
    })
}

/// Frees an outcome. NULL does nothing. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_outcome_free(outcome: *mut PactWasmOutcome) {
    guard_infallible((), || handle::free(outcome));
}
