//! The clock behind deadlines: a thread that advances the epoch of every engine each [`TICK`] while calls are running, and
//! sleeps while none are.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Thread};
use std::time::Duration;

use once_cell::sync::OnceCell;
use wasmtime::{Engine, EngineWeak};

use crate::error::{ErrorKind, Result};
use crate::fork::PerProcess;

/// How often running plugin code is interrupted to look at the clock. A loop ends about one tick after its
/// deadline at the latest, if the machine is not busy with other things.
pub const TICK: Duration = Duration::from_millis(10);

/// Ticks without a call after which the thread goes to sleep. Waking it costs a system call, so it stays up for a second
/// between calls that follow each other.
const IDLE_TICKS: usize = 100;

static TICKER: PerProcess<Ticker> = PerProcess::new();

/// The process's ticker.
pub struct Ticker {
    running: AtomicUsize,
    asleep: AtomicBool,
    engines: Mutex<Vec<EngineWeak>>,
    thread: OnceCell<Thread>,
}

impl Ticker {
    /// This process's ticker, its thread started.
    pub fn of_this_process() -> Result<&'static Ticker> {
        let ticker = TICKER.get_or_init(|| Ticker {
            running: AtomicUsize::new(0),
            asleep: AtomicBool::new(false),
            engines: Mutex::default(),
            thread: OnceCell::new(),
        })?;
        ticker.thread.get_or_try_init(|| {
            let builder = thread::Builder::new()
                .name("pact-wasm-ticker".into())
                .stack_size(128 << 10);
            let started = builder
                .spawn(|| ticker.run())
                .map(|handle| handle.thread().clone());
            started.map_err(|e| {
                ErrorKind::Internal(format!(
                    "the thread that enforces deadlines cannot start: {e}"
                ))
            })
        })?;
        Ok(ticker)
    }

    /// Advances this engine's epoch from now on, until the engine is gone.
    pub fn drive(&self, engine: &Engine) {
        self.engines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(engine.weak());
    }

    /// Keeps the clock going until the returned guard is dropped.
    pub fn running(&self) -> Running<'_> {
        self.begin();
        Running(self)
    }

    /// For a call that is running but waits in the host: it needs no clock until the returned guard is dropped. A mock server
    /// without clients wakes nobody so.
    pub fn resting(&self) -> Resting<'_> {
        self.end();
        Resting(self)
    }

    fn begin(&self) {
        self.running.fetch_add(1, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst)
            && let Some(thread) = self.thread.get()
        {
            thread.unpark();
        }
    }

    fn end(&self) {
        self.running.fetch_sub(1, Ordering::SeqCst);
    }

    fn run(&self) -> ! {
        let mut idle = 0;
        loop {
            thread::sleep(TICK);
            self.tick();
            idle = if self.running.load(Ordering::SeqCst) == 0 {
                idle + 1
            } else {
                0
            };
            if idle >= IDLE_TICKS {
                self.sleep();
                idle = 0;
            }
        }
    }

    fn tick(&self) {
        self.engines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|engine| engine.upgrade().inspect(Engine::increment_epoch).is_some());
    }

    /// Sleeps until a call starts. The flag is set before the count is read, and a call raises the count before it reads
    /// the flag, so one of the two always sees the other.
    ///
    /// Once woken it stays up, also if the call is over by then: many short calls would otherwise each wake it in vain.
    fn sleep(&self) {
        self.asleep.store(true, Ordering::SeqCst);
        if self.running.load(Ordering::SeqCst) == 0 {
            thread::park();
        }
        self.asleep.store(false, Ordering::SeqCst);
    }
}

/// Proof that a call is running.
pub struct Running<'a>(&'a Ticker);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// Proof that a running call rests.
pub struct Resting<'a>(&'a Ticker);

impl Drop for Resting<'_> {
    fn drop(&mut self) {
        self.0.begin();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    /// Waits for what other threads do, without end only if it never comes.
    fn eventually(what: impl Fn() -> bool) {
        let start = Instant::now();
        while !what() {
            assert!(start.elapsed() < Duration::from_secs(60), "it never came");
            thread::yield_now();
        }
    }

    #[test]
    fn a_short_call_keeps_a_sleeping_ticker_awake_for_those_that_follow() {
        let ticker: &'static Ticker = Box::leak(Box::new(Ticker {
            running: AtomicUsize::new(0),
            asleep: AtomicBool::new(false),
            engines: Mutex::default(),
            thread: OnceCell::new(),
        }));
        let sleeper = thread::spawn(|| ticker.sleep());
        assert!(ticker.thread.set(sleeper.thread().clone()).is_ok());
        eventually(|| ticker.asleep.load(Ordering::SeqCst));
        drop(ticker.running());
        eventually(|| sleeper.is_finished());
        assert!(!ticker.asleep.load(Ordering::SeqCst));
    }
}
