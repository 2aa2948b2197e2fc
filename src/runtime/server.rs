//! A running mock server: an instance of its own, on a thread of its own, so that a busy or dead server touches nobody else.
//!
//! The thread has the plugin serve its connections, which blocks in `wasi:io/poll` as long as there is nothing to do. Who
//! wants something else of the plugin leaves a request and turns on the switch that the plugin waits for along with its
//! sockets; the thread then serves the request and has the plugin go on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::current::Current;
use super::instance::{Instance, Template};
use super::pool::PoolId;
use super::stack;
use super::ticker::{TICK, Ticker};
use crate::driver::call::{CallContext, Cancel};
use crate::driver::component::RunningServer;
use crate::driver::config::Limits;
use crate::error::{Error, ErrorKind, Result, panic_message};
use crate::fork;
use crate::model::{MockServerResult, MockServerResults};

const OPERATION: &str = "serve-mock-server";

/// How long ending servers waits for their threads. Only a function of the caller's, called back by the plugin, can keep it.
const PATIENCE: Duration = Duration::from_secs(1);

/// A running server.
pub struct Server {
    desk: Arc<Desk>,
    pool: PoolId,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Where callers and the server's thread meet.
struct Desk {
    state: Mutex<State>,
    ended: Condvar,
    /// Stops the plugin wherever it is.
    stop: Cancel,
    /// Since when it is to stop. Whoever waits for the end waits from then on, so that many servers do not take longer than one.
    stopped: OnceLock<Instant>,
}

struct State {
    requests: Vec<Request>,
    /// Has the plugin come back from serving.
    until: Cancel,
    end: Option<End>,
}

/// How it ended.
#[derive(Clone)]
enum End {
    Stopped,
    Died(Error),
}

/// Something else that the plugin has to do.
struct Request {
    operation: Operation,
    call: CallContext,
    answer: SyncSender<Result<MockServerResults>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Operation {
    Results,
    Shutdown,
}

impl Server {
    /// Has `instance`, where the plugin has started a server under `key`, serve on a thread of its own.
    pub fn run(
        template: &Template<Current>,
        instance: Instance<Current>,
        pool: PoolId,
        call: &CallContext,
        key: &str,
    ) -> Result<Self> {
        let desk = Arc::new(Desk {
            state: Mutex::new(State {
                requests: Vec::new(),
                until: Cancel::default(),
                end: None,
            }),
            ended: Condvar::new(),
            stop: Cancel::default(),
            stopped: OnceLock::new(),
        });
        let worker = Worker {
            instance,
            key: key.to_string(),
            plugin: [
                template.context.name.clone(),
                template.context.version.clone(),
            ],
            ticker: template.engine.ticker,
            limits: template.limits.clone(),
            test_run_id: call.test_run_id.clone(),
            desk: desk.clone(),
        };
        let builder = thread::Builder::new()
            .name("pact-wasm-server".into())
            .stack_size(template.limits.wasm_stack + stack::STAND_IN_STACK);
        let thread = builder.spawn(move || worker.run()).map_err(|e| {
            ErrorKind::Internal(format!("the thread of a mock server cannot start: {e}"))
        })?;
        Ok(Server {
            desk,
            pool,
            thread: Mutex::new(Some(thread)),
        })
    }

    fn ask(&self, operation: Operation, call: &CallContext) -> Result<MockServerResults> {
        if self.pool.is_held_by_this_thread() {
            return Err(ErrorKind::Busy { instances: 1 }.into());
        }
        let (answer, receiver) = sync_channel(1);
        let request = Request {
            operation,
            call: call.clone(),
            answer,
        };
        self.desk.leave(request);
        self.wait(&receiver, call)
    }

    fn wait(
        &self,
        receiver: &Receiver<Result<MockServerResults>>,
        call: &CallContext,
    ) -> Result<MockServerResults> {
        loop {
            // In slices, because nothing else would notice that the call is cancelled.
            match receiver.recv_timeout(call.remaining().min(TICK)) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Disconnected) => {
                    // What was dropped unanswered may be noticed before the end is known.
                    self.desk.wait_for_end();
                    return self.desk.results_of_the_dead();
                }
                Err(RecvTimeoutError::Timeout) => call.check()?,
            }
        }
    }

    /// Ends it at once. Its sockets are closed and its thread is gone when this returns, unless a function of the caller's keeps
    /// it.
    fn end(&self) {
        self.desk.stop();
        if self.pool.is_held_by_this_thread() || !self.desk.wait_for_end() {
            return;
        }
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = thread.take() {
            // It has caught its panics.
            let _ = thread.join();
        }
    }
}

impl RunningServer for Server {
    fn results(&self, call: &CallContext) -> Result<MockServerResults> {
        self.ask(Operation::Results, call)
    }

    fn shutdown(&self, call: &CallContext) -> Result<MockServerResults> {
        let results = self.ask(Operation::Shutdown, call);
        self.end();
        results
    }

    fn stop(&self) {
        self.desk.stop();
    }

    fn end(&self) {
        Server::end(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self) {
        self.stopped.get_or_init(Instant::now);
        self.stop.cancel();
    }

    /// Leaves a request for the server, unless it has ended. Then the request is dropped, which the caller notices.
    fn leave(&self, request: Request) {
        let mut state = self.lock();
        if state.end.is_none() {
            state.requests.push(request);
            state.until.cancel();
        }
    }

    /// Requests that were left, or, where there are none, a switch for the next one.
    fn pick_up(&self) -> std::result::Result<Vec<Request>, Cancel> {
        let mut state = self.lock();
        if !state.requests.is_empty() {
            return Ok(std::mem::take(&mut state.requests));
        }
        state.until = Cancel::default();
        Err(state.until.clone())
    }

    fn close(&self, end: End) {
        let mut state = self.lock();
        state.end = Some(end);
        let requests = std::mem::take(&mut state.requests);
        drop(state);
        drop(requests);
        self.ended.notify_all();
    }

    /// Whether it came within some time.
    fn wait_for_end(&self) -> bool {
        let waited = self.stopped.get().map_or(Duration::ZERO, Instant::elapsed);
        let left = PATIENCE.saturating_sub(waited);
        let state = self.lock();
        let running = |state: &mut State| state.end.is_none();
        let waited = self.ended.wait_timeout_while(state, left, running);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.end.is_some()
    }

    /// What the plugin had seen went with it. What is left is what happened to it.
    fn results_of_the_dead(&self) -> Result<MockServerResults> {
        let end = self.lock().end.clone();
        match end {
            Some(End::Died(error)) => Ok(MockServerResults {
                ok: false,
                results: vec![MockServerResult {
                    error: error.to_string(),
                    ..MockServerResult::default()
                }],
            }),
            _ => Err(ErrorKind::ServerEnded.into()),
        }
    }
}

/// What the server's thread works with.
struct Worker {
    instance: Instance<Current>,
    key: String,
    /// Name and version.
    plugin: [Arc<str>; 2],
    ticker: &'static Ticker,
    limits: Limits,
    test_run_id: Option<Arc<str>>,
    desk: Arc<Desk>,
}

/// The answer to a request, to be given when the instance is gone.
type LastAnswer = (
    SyncSender<Result<MockServerResults>>,
    Result<MockServerResults>,
);

impl Worker {
    fn run(mut self) {
        let worked = catch_unwind(AssertUnwindSafe(|| {
            let _running = self.ticker.running();
            self.work()
        }));
        let (end, last_answer) = worked.unwrap_or_else(|panic| {
            let reason = format!("panic: {}", panic_message(&*panic));
            (End::Died(ErrorKind::Internal(reason).into()), None)
        });
        // With the instance goes what it has of the caller's, handlers and log callback among it. Nobody hears of the end before.
        let Worker { instance, desk, .. } = self;
        fork::hold_off(|| drop(instance));
        if let Some((sender, answer)) = last_answer {
            // Whoever asked may have given up.
            let _ = sender.send(answer);
        }
        desk.close(end);
    }

    /// Until it is shut down, stopped or dead.
    fn work(&mut self) -> (End, Option<LastAnswer>) {
        loop {
            let requests = match self.desk.pick_up() {
                Ok(requests) => requests,
                Err(until) => match self.serve(&until) {
                    Ok(()) => continue,
                    Err(_) if self.desk.stop.is_cancelled() => return (End::Stopped, None),
                    Err(error) => return (End::Died(error), None),
                },
            };
            for request in requests {
                if let Some(end) = self.answer(request) {
                    return end;
                }
            }
        }
    }

    fn serve(&mut self, until: &Cancel) -> Result<()> {
        let call = CallContext::start_endless(
            OPERATION,
            self.desk.stop.clone(),
            self.limits.timeout,
            self.test_run_id.clone(),
        );
        call.check_cancelled()?;
        let key = &self.key;
        let served = self.instance.ask(&call, &self.limits, |guest, store| {
            guest.serve(store, key, until.clone())
        });
        served
            .flatten()
            .and_then(|()| match until.is_cancelled() {
                true => Ok(()),
                false => Err(returned_early()),
            })
            .map_err(|e| self.in_context(e))
    }

    /// Gives the end, if this is it: after a shutdown, and when the plugin crashes.
    fn answer(&mut self, request: Request) -> Option<(End, Option<LastAnswer>)> {
        let Request {
            operation,
            call,
            answer,
        } = request;
        let key = &self.key;
        let answered = self
            .instance
            .ask(&call, &self.limits, |guest, store| match operation {
                Operation::Results => guest.results(store, key),
                Operation::Shutdown => guest.shutdown(store, key),
            });
        match (answered, operation) {
            (Err(crash), _) => {
                let end = End::Died(
                    self.in_context(crash.clone())
                        .with_operation(call.operation),
                );
                Some((end, Some((answer, Err(crash)))))
            }
            (Ok(results), Operation::Shutdown) => Some((End::Stopped, Some((answer, results)))),
            (Ok(results), Operation::Results) => {
                // Whoever asked may have given up.
                let _ = answer.send(results);
                None
            }
        }
    }

    fn in_context(&self, error: Error) -> Error {
        let [name, version] = &self.plugin;
        error.with_plugin(name, version).with_operation(OPERATION)
    }
}

/// It would be called again at once, and again.
fn returned_early() -> Error {
    ErrorKind::InvalidResponse {
        field: OPERATION.to_string(),
        reason: "it returned before `until` was ready".to_string(),
    }
    .into()
}
