//! A bounded pool of instances. Instances are made when they are needed, lent to one call at a time, and come back only
//! after a call that left them sound.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::driver::call::CallContext;
use crate::error::{ErrorKind, Result};

use super::ticker::TICK;

thread_local! {
    /// Pools of the calls further up on this thread, which have called out of their plugin.
    static HELD: RefCell<Vec<PoolId>> = const { RefCell::new(Vec::new()) };
}

/// Tells pools apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolId(usize);

impl PoolId {
    /// A new one.
    pub fn next() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        PoolId(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// Whether a call further up on this thread has an instance of it. Waiting for something that this very thread must do
    /// first would last until the deadline.
    pub fn is_held_by_this_thread(self) -> bool {
        HELD.with_borrow(|held| held.contains(&self))
    }

    /// Runs `work`, which calls out of a plugin whose instance comes from this pool: into the caller's code, or into another
    /// plugin. Should that come back to this plugin, it must not wait for the instance that is waiting for it.
    pub fn held_during<R>(self, work: impl FnOnce() -> R) -> R {
        struct Release;
        impl Drop for Release {
            fn drop(&mut self) {
                HELD.with_borrow_mut(Vec::pop);
            }
        }
        HELD.with_borrow_mut(|held| held.push(self));
        let _release = Release;
        work()
    }
}

/// What a thread holds, for one that stands in for it.
pub struct Held(Vec<PoolId>);

impl Held {
    /// What this thread holds.
    pub fn of_this_thread() -> Self {
        Held(HELD.with_borrow(Clone::clone))
    }

    /// From here on this thread counts as holding it too.
    pub fn take_over(self) {
        HELD.set(self.0);
    }
}

/// A pool of `I`.
pub struct Pool<I> {
    id: PoolId,
    limit: usize,
    state: Mutex<State<I>>,
    returned: Condvar,
}

struct State<I> {
    idle: Vec<I>,
    /// Idle and lent ones.
    live: usize,
    waiting: usize,
}

impl<I> Pool<I> {
    /// An empty pool that makes up to `limit` instances.
    pub fn new(limit: usize) -> Self {
        let state = State {
            idle: Vec::new(),
            live: 0,
            waiting: 0,
        };
        Pool {
            id: PoolId::next(),
            limit: limit.max(1),
            state: Mutex::new(state),
            returned: Condvar::new(),
        }
    }

    /// Lends an instance: an idle one, or a new one from `make`, or, when all are lent, the next that comes back. Waiting
    /// ends with the call's deadline or when it is cancelled.
    pub fn lend(
        &self,
        call: &CallContext,
        make: impl FnOnce() -> Result<I>,
    ) -> Result<Lease<'_, I>> {
        let mut state = self.lock();
        loop {
            if let Some(instance) = state.idle.pop() {
                drop(state);
                return Ok(Lease::new(self, instance));
            }
            if state.live < self.limit {
                state.live += 1;
                drop(state);
                let place = Place(self);
                let instance = make()?;
                std::mem::forget(place);
                return Ok(Lease::new(self, instance));
            }
            if self.id.is_held_by_this_thread() {
                return Err(ErrorKind::Busy {
                    instances: self.limit,
                }
                .into());
            }
            call.check()?;
            state.waiting += 1;
            // In slices, because nothing else would notice that the call is cancelled.
            let slice = call.remaining().min(TICK);
            (state, _) = self
                .returned
                .wait_timeout(state, slice)
                .unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<I>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which pool it is.
    pub fn id(&self) -> PoolId {
        self.id
    }

    fn put_back(&self, instance: I) {
        let mut state = self.lock();
        state.idle.push(instance);
        let waiting = state.waiting > 0;
        drop(state);
        if waiting {
            self.returned.notify_one();
        }
    }
}

/// A place in the pool that is taken but not filled; dropping it frees the place.
struct Place<'a, I>(&'a Pool<I>);

impl<I> Drop for Place<'_, I> {
    fn drop(&mut self) {
        self.0.lock().live -= 1;
        self.0.returned.notify_one();
    }
}

/// A lent instance. Dropping it, as a panic does, discards the instance; [`give_back`](Lease::give_back) keeps it.
pub struct Lease<'a, I> {
    pool: &'a Pool<I>,
    instance: Option<I>,
}

impl<'a, I> Lease<'a, I> {
    fn new(pool: &'a Pool<I>, instance: I) -> Self {
        Lease {
            pool,
            instance: Some(instance),
        }
    }

    /// The instance.
    pub fn instance(&mut self) -> &mut I {
        self.instance
            .as_mut()
            .expect("a lease holds its instance until it ends")
    }

    /// Returns the instance to the pool.
    pub fn give_back(mut self) {
        if let Some(instance) = self.instance.take() {
            self.pool.put_back(instance);
        }
    }
}

impl<I> Drop for Lease<'_, I> {
    fn drop(&mut self) {
        if self.instance.take().is_some() {
            drop(Place(self.pool));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::call::{CallOptions, Cancel};
    use crate::error::Code;
    use std::thread;
    use std::time::Duration;

    fn call(timeout: u64) -> CallContext {
        CallContext::start(
            "init",
            &CallOptions::default(),
            Duration::from_millis(timeout),
        )
    }

    #[test]
    fn an_instance_that_is_given_back_serves_again() {
        let pool = Pool::new(2);
        let mut lease = pool.lend(&call(1000), || Ok(1)).unwrap();
        *lease.instance() += 1;
        lease.give_back();
        let mut again = pool
            .lend(&call(1000), || panic!("there is an idle one"))
            .unwrap();
        assert_eq!(*again.instance(), 2);
    }

    #[test]
    fn a_dropped_lease_and_a_failed_make_free_their_place() {
        let pool = Pool::new(1);
        drop(pool.lend(&call(1000), || Ok(1)).unwrap());
        assert!(
            pool.lend(&call(1000), || Err(ErrorKind::Cancelled.into()))
                .is_err()
        );
        let mut lease = pool.lend(&call(1000), || Ok(3)).unwrap();
        assert_eq!(*lease.instance(), 3);
    }

    #[test]
    fn a_full_pool_waits_until_the_deadline() {
        let pool = Pool::new(1);
        let _held = pool.lend(&call(1000), || Ok(1)).unwrap();
        thread::scope(|scope| {
            let waiter =
                scope.spawn(|| pool.lend(&call(30), || Ok(2)).map(drop).unwrap_err().code());
            assert_eq!(waiter.join().unwrap(), Code::Deadline);
        });
    }

    #[test]
    fn waiting_can_be_cancelled() {
        let pool = Pool::new(1);
        let _held = pool.lend(&call(1000), || Ok(1)).unwrap();
        let cancel = Cancel::default();
        let options = CallOptions {
            cancel: Some(cancel.clone()),
            ..CallOptions::default()
        };
        thread::scope(|scope| {
            let waiter = scope.spawn(|| {
                let call = CallContext::start("init", &options, Duration::from_secs(60));
                pool.lend(&call, || Ok(2)).map(drop).unwrap_err().code()
            });
            cancel.cancel();
            assert_eq!(waiter.join().unwrap(), Code::Cancelled);
        });
    }

    #[test]
    fn a_thread_does_not_wait_for_itself() {
        let pool = Pool::new(1);
        let held = pool.lend(&call(60_000), || Ok(1)).unwrap();
        let nested = || {
            pool.lend(&call(60_000), || Ok(2))
                .map(drop)
                .unwrap_err()
                .code()
        };
        assert_eq!(pool.id().held_during(nested), Code::Busy);
        let other = Pool::<i32>::new(1);
        let elsewhere = || other.lend(&call(60_000), || Ok(3)).is_ok();
        assert!(pool.id().held_during(elsewhere));
        held.give_back();
        assert!(pool.lend(&call(60_000), || Ok(2)).is_ok());
    }

    #[test]
    fn many_threads_share_few_instances() {
        let pool = Pool::new(2);
        let made = std::sync::atomic::AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let make = || Ok(made.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
                        pool.lend(&call(60_000), make).unwrap().give_back();
                    }
                });
            }
        });
        assert!(made.into_inner() <= 2);
    }
}
