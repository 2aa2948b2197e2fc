//! Making sure that there is enough native stack.
//!
//! The plugin's code runs on the stack of the thread that calls. wasmtime limits how much of it the plugin uses, but trusts
//! that so much is there; where it is not, deep recursion in a plugin would end the whole process. Threads of 64 to 512
//! KiB are common (musl, macOS, Ruby).

use std::thread;

use super::{pool, reactor};
use crate::error::{ErrorKind, Result};

/// For the host's own functions below and above the plugin's code; parsing and RSA are the deepest.
const HOST_STACK: usize = 256 << 10;
/// Stack of a stand-in thread beyond what the plugin may use. Compiling needs the most.
pub const STAND_IN_STACK: usize = 8 << 20;

/// Runs `work` where at least `wasm_stack` bytes are left for the plugin: here, or else on a stand-in thread while this
/// one waits. A thread that drives a tokio runtime always gets a stand-in, because plugins wait on one of their own.
pub fn with_enough<R: Send>(wasm_stack: usize, work: impl FnOnce() -> R + Send) -> Result<R> {
    let left = stacker::remaining_stack().unwrap_or(0);
    if left >= wasm_stack + HOST_STACK && !reactor::is_within_another_runtime() {
        return Ok(work());
    }
    on_stand_in(wasm_stack, work)
}

/// Runs `work` on a thread of its own with plenty of stack.
pub fn on_stand_in<R: Send>(wasm_stack: usize, work: impl FnOnce() -> R + Send) -> Result<R> {
    let builder = thread::Builder::new()
        .name("pact-wasm-call".into())
        .stack_size(wasm_stack + STAND_IN_STACK);
    let held = pool::Held::of_this_thread();
    thread::scope(|scope| {
        let work = || {
            held.take_over();
            work()
        };
        let stand_in = builder.spawn_scoped(scope, work).map_err(|e| {
            ErrorKind::Internal(format!("a thread with enough stack cannot start: {e}"))
        })?;
        match stand_in.join() {
            Ok(result) => Ok(result),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here_or_there(stack: usize) -> bool {
        let spawned = thread::Builder::new().stack_size(stack).spawn(|| {
            let caller = thread::current().id();
            with_enough(512 << 10, || thread::current().id() == caller).unwrap()
        });
        spawned.unwrap().join().unwrap()
    }

    #[test]
    fn a_small_thread_gets_a_stand_in() {
        assert!(!here_or_there(256 << 10));
        assert!(here_or_there(4 << 20));
    }
}
