//! What drives the sockets and files of one instance: a tokio runtime that runs on the thread that calls, with no thread of
//! its own.
//!
//! wasmtime-wasi's sockets belong to the tokio runtime that is current when they are made. Where there is none it takes one
//! that the whole process shares, with worker threads, which would not survive a fork.

use std::cell::Cell;
use std::future::Future;

use tokio::runtime::{Builder, EnterGuard, Handle, Id, Runtime};

use crate::error::{ErrorKind, Result};

thread_local! {
    /// The reactor that is current on this thread.
    static ENTERED: Cell<Option<Id>> = const { Cell::new(None) };
}

/// The runtime of one instance.
pub struct Reactor {
    /// Empty only while it is dropped.
    runtime: Option<Runtime>,
    handle: Handle,
}

impl Reactor {
    /// A new one. It takes three file descriptors.
    pub fn new() -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| {
            ErrorKind::Internal(format!("waiting for sockets cannot be set up: {e}"))
        })?;
        Ok(Reactor {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }

    /// Makes it current until the guard is dropped.
    pub fn enter(&self) -> Entered<'_> {
        Entered {
            before: ENTERED.replace(Some(self.handle.id())),
            _guard: self.handle.enter(),
        }
    }

    /// Runs `work` to its end, and what it waits for.
    pub fn block_on<F: Future>(&self, work: F) -> F::Output {
        match &self.runtime {
            Some(runtime) => runtime.block_on(work),
            None => unreachable!("it is empty only while it is dropped"),
        }
    }
}

/// A name that is being looked up would otherwise be waited for.
impl Drop for Reactor {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Proof that a reactor is current.
pub struct Entered<'a> {
    before: Option<Id>,
    _guard: EnterGuard<'a>,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        ENTERED.set(self.before);
    }
}

/// Runs `work` on a thread of a tokio runtime that may wait, as one may within tokio's `block_in_place`. Of such a thread the library
/// cannot know that, and has another one stand in for it in each call, which costs more than most calls.
pub fn where_waiting_is_allowed<R>(work: impl FnOnce() -> R) -> R {
    struct Restore(Option<Id>);
    impl Drop for Restore {
        fn drop(&mut self) {
            ENTERED.set(self.0);
        }
    }
    let current = Handle::try_current().ok().map(|handle| handle.id());
    let _restore = Restore(ENTERED.replace(current));
    work()
}

/// Whether a tokio runtime is current on this thread that is no reactor of ours, and so may be running on it.
pub fn is_within_another_runtime() -> bool {
    Handle::try_current().is_ok_and(|handle| ENTERED.get() != Some(handle.id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reactors_nest_and_others_are_noticed() {
        assert!(!is_within_another_runtime());
        let (outer, inner) = (Reactor::new().unwrap(), Reactor::new().unwrap());
        let entered = outer.enter();
        {
            let _entered = inner.enter();
            assert!(!is_within_another_runtime());
            assert_eq!(inner.block_on(async { 7 }), 7);
        }
        assert!(!is_within_another_runtime());
        drop(entered);
        let theirs = Builder::new_current_thread().build().unwrap();
        assert!(theirs.block_on(async { is_within_another_runtime() }));
        let _theirs = theirs.enter();
        assert!(is_within_another_runtime());
        let _entered = outer.enter();
        assert!(!is_within_another_runtime());
    }

    #[test]
    fn a_thread_of_another_runtime_may_be_one_that_waits() {
        let theirs = Builder::new_multi_thread().worker_threads(1).build();
        let waits = async {
            tokio::task::block_in_place(|| {
                assert!(is_within_another_runtime());
                where_waiting_is_allowed(|| {
                    assert!(!is_within_another_runtime());
                    let own = Reactor::new().unwrap();
                    let _entered = own.enter();
                    assert_eq!(own.block_on(async { 7 }), 7);
                });
                assert!(is_within_another_runtime());
            });
        };
        theirs
            .unwrap()
            .block_on(async { tokio::spawn(waits).await })
            .unwrap();
    }
}
