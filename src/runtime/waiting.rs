//! `wasi:io/poll` and `wasi:io/streams` with an end.
//!
//! Waiting is the one thing in the sandbox that can take for ever, and it happens in the host, where epochs do not reach. So
//! the deadline and the cancel switch of the call are waited for along with what the plugin waits for.
//!
//! WASI's own versions block on a runtime that the whole process shares, with worker threads. It would start with the first
//! line that a plugin prints, and would not survive a fork. Here each wait drives the [reactor](super::reactor) of the
//! instance, or one for the occasion, and what is ready at once, such as printing, needs none.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::bindings::io::{poll as async_poll, streams as async_streams};
use wasmtime_wasi::p2::bindings::sync::io::{poll as sync_poll, streams as sync_streams};
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, DynPollable, Pollable, StreamError, StreamResult, subscribe,
};

use super::call_log::CallLog;
use super::instance::State;
use super::limits::Exceeded;
use super::reactor::Reactor;
use super::ticker::Ticker;
use crate::driver::call::{CallContext, Cancel};
use crate::error::ErrorKind;

/// Puts both interfaces in place of WASI's. The linker must allow shadowing.
pub fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    fn view(state: &mut State) -> View<'_> {
        View {
            table: &mut state.resources,
            call: state.call.as_mut(),
            reactor: state.reactor.as_deref(),
            ticker: state.ticker,
            log: &state.log,
        }
    }
    sync_poll::add_to_linker::<_, Waiting>(linker, view)?;
    sync_streams::add_to_linker::<_, Waiting>(linker, view)
}

struct Waiting;

impl HasData for Waiting {
    type Data<'a> = View<'a>;
}

struct View<'a> {
    table: &'a mut ResourceTable,
    call: Option<&'a mut CallContext>,
    reactor: Option<&'a Reactor>,
    ticker: &'a Ticker,
    log: &'a CallLog,
}

impl View<'_> {
    /// Waits for what may depend on the clock or on others.
    fn wait<R>(
        &mut self,
        work: impl AsyncFnOnce(&mut ResourceTable) -> wasmtime::Result<R>,
    ) -> wasmtime::Result<R> {
        let call = in_call(self.call.as_deref())?;
        let (result, waited) = {
            let _resting = self.ticker.resting();
            let work = pin!(work(self.table));
            drive(self.reactor, until(call, work))??
        };
        if waited {
            self.rest();
        }
        result
    }

    /// Waits for a stream. Most operations are done at once, and then nothing is waited for.
    fn stream<R>(
        &mut self,
        work: impl AsyncFnOnce(&mut ResourceTable) -> StreamResult<R>,
    ) -> StreamResult<R> {
        let result = {
            let mut work = pin!(work(self.table));
            let mut at_once = Context::from_waker(Waker::noop());
            if let Poll::Ready(result) = work.as_mut().poll(&mut at_once) {
                return result;
            }
            let call = in_call(self.call.as_deref()).map_err(StreamError::Trap)?;
            let _resting = self.ticker.resting();
            let driven = drive(self.reactor, until(call, work)).flatten();
            driven.map_err(StreamError::Trap)?.0
        };
        self.rest();
        result
    }

    /// What a call without end computes counts from here: it has waited for something, or has got something to do.
    fn rest(&mut self) {
        if self.call.as_mut().is_some_and(|call| call.rest()) {
            self.log.rest();
        }
    }
}

fn in_call(call: Option<&CallContext>) -> wasmtime::Result<&CallContext> {
    call.ok_or_else(|| wasmtime::format_err!("waiting outside of a call"))
}

fn drive<F: Future>(reactor: Option<&Reactor>, work: F) -> wasmtime::Result<F::Output> {
    match reactor {
        Some(reactor) => Ok(reactor.block_on(work)),
        None => {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            Ok(runtime.enable_time().build()?.block_on(work))
        }
    }
}

/// What `work` gives, and whether it had to be waited for, unless the call is cancelled or its time is up before.
async fn until<F: Future>(
    call: &CallContext,
    mut work: Pin<&mut F>,
) -> wasmtime::Result<(F::Output, bool)> {
    let at_once = poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await;
    if let Poll::Ready(result) = at_once {
        // Only waiting looks at the sockets. Who never has to wait would never see what else has become ready.
        tokio::task::yield_now().await;
        return Ok((result, false));
    }
    let never = Cancel::default();
    let mut cancelled = pin!(call.cancel.as_ref().unwrap_or(&never).cancelled());
    let mut late = pin!(async {
        match call.patience() {
            Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
            None => std::future::pending().await,
        }
    });
    poll_fn(|context| {
        if let Poll::Ready(result) = work.as_mut().poll(context) {
            return Poll::Ready(Ok((result, true)));
        }
        if cancelled.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(Exceeded(ErrorKind::Cancelled).into()));
        }
        let timeout = call.timeout;
        let exceeded = |()| Err(Exceeded(ErrorKind::Deadline { timeout }).into());
        late.as_mut().poll(context).map(exceeded)
    })
    .await
}

/// A pollable that is ready when a switch is on.
pub fn subscribe_to(
    table: &mut ResourceTable,
    switch: Cancel,
) -> wasmtime::Result<Resource<DynPollable>> {
    let switch = table.push(Switched(switch))?;
    subscribe(table, switch)
}

/// Takes it back, and what it waits for.
pub fn unsubscribe(
    table: &mut ResourceTable,
    pollable: Resource<DynPollable>,
) -> wasmtime::Result<()> {
    async_poll::HostPollable::drop(table, pollable)
}

struct Switched(Cancel);

#[async_trait::async_trait]
impl Pollable for Switched {
    async fn ready(&mut self) {
        self.0.cancelled().await;
    }
}

impl sync_poll::Host for View<'_> {
    fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        self.wait(async |table| async_poll::Host::poll(table, pollables).await)
    }
}

impl sync_poll::HostPollable for View<'_> {
    fn ready(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<bool> {
        self.wait(async |table| async_poll::HostPollable::ready(table, pollable).await)
    }

    fn block(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        self.wait(async |table| async_poll::HostPollable::block(table, pollable).await)
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> wasmtime::Result<()> {
        async_poll::HostPollable::drop(self.table, pollable)
    }
}

type Input = Resource<DynInputStream>;
type Output = Resource<DynOutputStream>;

impl sync_streams::Host for View<'_> {
    fn convert_stream_error(
        &mut self,
        error: StreamError,
    ) -> wasmtime::Result<sync_streams::StreamError> {
        sync_streams::Host::convert_stream_error(self.table, error)
    }
}

impl sync_streams::HostInputStream for View<'_> {
    fn read(&mut self, stream: Input, length: u64) -> StreamResult<Vec<u8>> {
        let bytes = sync_streams::HostInputStream::read(self.table, stream, length)?;
        if !bytes.is_empty() {
            self.rest();
        }
        Ok(bytes)
    }

    fn blocking_read(&mut self, stream: Input, length: u64) -> StreamResult<Vec<u8>> {
        self.stream(async |table| {
            async_streams::HostInputStream::blocking_read(table, stream, length).await
        })
    }

    fn skip(&mut self, stream: Input, length: u64) -> StreamResult<u64> {
        sync_streams::HostInputStream::skip(self.table, stream, length)
    }

    fn blocking_skip(&mut self, stream: Input, length: u64) -> StreamResult<u64> {
        self.stream(async |table| {
            async_streams::HostInputStream::blocking_skip(table, stream, length).await
        })
    }

    fn subscribe(&mut self, stream: Input) -> wasmtime::Result<Resource<DynPollable>> {
        sync_streams::HostInputStream::subscribe(self.table, stream)
    }

    fn drop(&mut self, stream: Input) -> wasmtime::Result<()> {
        self.wait(async |table| async_streams::HostInputStream::drop(table, stream).await)
    }
}

impl sync_streams::HostOutputStream for View<'_> {
    fn check_write(&mut self, stream: Output) -> StreamResult<u64> {
        sync_streams::HostOutputStream::check_write(self.table, stream)
    }

    fn write(&mut self, stream: Output, bytes: Vec<u8>) -> StreamResult<()> {
        sync_streams::HostOutputStream::write(self.table, stream, bytes)
    }

    fn blocking_write_and_flush(&mut self, stream: Output, bytes: Vec<u8>) -> StreamResult<()> {
        self.stream(async |table| {
            async_streams::HostOutputStream::blocking_write_and_flush(table, stream, bytes).await
        })
    }

    fn flush(&mut self, stream: Output) -> StreamResult<()> {
        sync_streams::HostOutputStream::flush(self.table, stream)
    }

    fn blocking_flush(&mut self, stream: Output) -> StreamResult<()> {
        self.stream(async |table| {
            async_streams::HostOutputStream::blocking_flush(table, stream).await
        })
    }

    fn subscribe(&mut self, stream: Output) -> wasmtime::Result<Resource<DynPollable>> {
        sync_streams::HostOutputStream::subscribe(self.table, stream)
    }

    fn write_zeroes(&mut self, stream: Output, length: u64) -> StreamResult<()> {
        sync_streams::HostOutputStream::write_zeroes(self.table, stream, length)
    }

    fn blocking_write_zeroes_and_flush(&mut self, stream: Output, length: u64) -> StreamResult<()> {
        self.stream(async |table| {
            async_streams::HostOutputStream::blocking_write_zeroes_and_flush(table, stream, length)
                .await
        })
    }

    fn splice(&mut self, to: Output, from: Input, length: u64) -> StreamResult<u64> {
        sync_streams::HostOutputStream::splice(self.table, to, from, length)
    }

    fn blocking_splice(&mut self, to: Output, from: Input, length: u64) -> StreamResult<u64> {
        self.stream(async |table| {
            async_streams::HostOutputStream::blocking_splice(table, to, from, length).await
        })
    }

    fn drop(&mut self, stream: Output) -> wasmtime::Result<()> {
        self.wait(async |table| async_streams::HostOutputStream::drop(table, stream).await)
    }
}
