//! What an instance may use up, as wasmtime asks for it, and how exceeding it is recognised afterwards.

use wasmtime::{ResourceLimiter, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use crate::driver::config::Limits;
use crate::error::{Error, ErrorKind};

/// Core instances, tables and memories of one component, each. Components need one for each of their core modules and
/// adapters; the number is there to stop what was made to exhaust the host.
const PARTS: usize = 200;

/// Watches the memory and the tables of one instance.
pub struct Limiter {
    memory: usize,
    table_elements: usize,
    used: usize,
}

impl Limiter {
    /// For an instance that has not been made yet.
    pub fn new(limits: &Limits) -> Self {
        Limiter {
            memory: limits.memory,
            table_elements: limits.table_elements,
            used: 0,
        }
    }
}

/// Going over a limit ends the call. Answering −1 instead, as `memory.grow` may, would leave it to the plugin's language
/// what becomes of it, and would hide the reason.
impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let wanted = self.used.saturating_add(desired.saturating_sub(current));
        if wanted > self.memory {
            return Err(Exceeded(ErrorKind::MemoryLimit {
                wanted,
                limit: self.memory,
            })
            .into());
        }
        self.used = wanted;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if desired > self.table_elements {
            return Err(Exceeded(ErrorKind::TableLimit {
                wanted: desired,
                limit: self.table_elements,
            })
            .into());
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        PARTS
    }

    fn tables(&self) -> usize {
        PARTS
    }

    fn memories(&self) -> usize {
        PARTS
    }
}

/// Ends a call with an error of ours, through wasmtime.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Exceeded(pub ErrorKind);

impl From<Error> for Exceeded {
    fn from(error: Error) -> Self {
        Exceeded(error.kind().clone())
    }
}

/// What an error of a call or an instantiation was about.
pub fn classify(error: &wasmtime::Error, limits: &Limits) -> Error {
    let backtrace = error.downcast_ref::<WasmBacktrace>().map(frames);
    Error::from(kind(error, limits)).with_backtrace(backtrace)
}

fn kind(error: &wasmtime::Error, limits: &Limits) -> ErrorKind {
    if let Some(Exceeded(kind)) = error.downcast_ref() {
        return kind.clone();
    }
    if let Some(I32Exit(status)) = error.downcast_ref() {
        return ErrorKind::Exit { status: *status };
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => ErrorKind::StackLimit {
            limit: limits.wasm_stack,
        },
        Some(trap) => ErrorKind::Trap {
            reason: trap.to_string(),
        },
        // wasmtime keeps the type of this error to itself, so its text has to do; a test holds on to it.
        None if error
            .root_cause()
            .to_string()
            .contains("fuel allocated for hostcalls") =>
        {
            ErrorKind::HostCallLimit {
                limit: limits.host_call_bytes,
            }
        }
        None => ErrorKind::Trap {
            reason: error.root_cause().to_string(),
        },
    }
}

/// One frame a line, innermost first: the text that wasmtime makes has a headline, and is indented.
fn frames(backtrace: &WasmBacktrace) -> String {
    let text = backtrace.to_string();
    let frames: Vec<&str> = text.lines().skip(1).map(str::trim).collect();
    frames.join("\n")
}
