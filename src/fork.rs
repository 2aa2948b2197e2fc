//! Noticing that the process forked.
//!
//! A forked child has only the thread that called `fork`: the ticker that enforces deadlines and the worker threads are
//! gone, and a lock that another thread held stays locked for ever. So what was made before a fork is refused in the child
//! with an error, and what the child makes itself shares nothing with the parent's.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, Once, OnceLock, PoisonError};

use crate::error::{ErrorKind, Result};

static DEPTH: AtomicUsize = AtomicUsize::new(0);
static REGISTER: Once = Once::new();

/// How many forks lie between the first process that used the library and this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generation(usize);

impl Generation {
    /// This process's.
    pub fn current() -> Self {
        #[cfg(unix)]
        REGISTER.call_once(register);
        Generation(DEPTH.load(Ordering::Relaxed))
    }

    /// Refuses what was made before a fork. One atomic load, so every call can afford it; asking for the process id
    /// would be a system call.
    pub fn check(self) -> Result<()> {
        if self.0 == DEPTH.load(Ordering::Relaxed) {
            Ok(())
        } else {
            Err(ErrorKind::Forked.into())
        }
    }
}

/// Forks below each other that can each use the library.
const GENERATIONS: usize = 32;

/// A value that each process makes for itself. A child gets a slot of its own, so it never meets a lock or a thread of its
/// parent's.
pub struct PerProcess<T>([OnceLock<T>; GENERATIONS]);

impl<T> PerProcess<T> {
    /// Without values.
    pub const fn new() -> Self {
        PerProcess([const { OnceLock::new() }; GENERATIONS])
    }

    /// This process's value, made at first use.
    pub fn get_or_init(&'static self, make: impl FnOnce() -> T) -> Result<&'static T> {
        let slot = self
            .0
            .get(Generation::current().0)
            .ok_or(ErrorKind::Forked)?;
        Ok(slot.get_or_init(make))
    }
}

/// Held while wasmtime has locks of its own that a child would need, and while the process forks.
static GATE: Mutex<()> = Mutex::new(());

/// Keeps the process from forking while `work` runs, which must be short and must not call out. It is for registering and
/// removing compiled code: wasmtime keeps a list of it for the whole process, under a lock.
pub fn hold_off<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(unix)]
    REGISTER.call_once(register);
    let _gate = GATE.lock().unwrap_or_else(PoisonError::into_inner);
    work()
}

#[cfg(unix)]
#[allow(unsafe_code)] // the only way to learn of a fork without a system call per call
fn register() {
    thread_local! {
        static FORKING: RefCell<Option<MutexGuard<'static, ()>>> = const { RefCell::new(None) };
    }
    extern "C" fn before() {
        FORKING.set(Some(GATE.lock().unwrap_or_else(PoisonError::into_inner)));
    }
    extern "C" fn in_parent() {
        FORKING.set(None);
    }
    extern "C" fn in_child() {
        DEPTH.fetch_add(1, Ordering::Relaxed);
        FORKING.set(None);
    }
    // SAFETY: the handlers take and release a lock that is held for short whiles only, on the thread that forks, and count;
    // they are never unloaded, because the library is linked with nodelete.
    unsafe {
        libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_and_its_result_returned() {
        assert_eq!(hold_off(|| 7), 7);
        assert!(Generation::current().check().is_ok());
    }
}
