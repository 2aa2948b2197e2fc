//! One instance of a component, with its store and its exported functions.

use std::sync::Arc;

use wasmtime::component::{InstancePre, ResourceTable};
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::call_log::CallLog;
use super::engine::SharedEngine;
use super::interface::Origin;
use super::limits::{Exceeded, Limiter, classify};
use super::pool::PoolId;
use super::reactor::Reactor;
use super::sandbox::{self, Network};
use super::ticker::Ticker;
use crate::driver::call::CallContext;
use crate::driver::component::{PluginContext, Role};
use crate::driver::config::Limits;
use crate::error::{Error, ErrorKind, Result};
use crate::fork;
use crate::model::{CatalogueEntry, InitRequest, InitResponse};

/// Host-side objects (streams, things to wait for) that one instance may hold at a time. They lie outside its memory, so its
/// memory limit does not bound them.
const RESOURCES: usize = 10_000;

/// What a function of a plugin answers: a result, or an error for people.
pub type Answer<T> = std::result::Result<T, String>;

/// What an instance carries.
pub struct State {
    pub(super) context: Arc<PluginContext>,
    pub(super) resources: ResourceTable,
    pub(super) log: Arc<CallLog>,
    /// The pool that it belongs to.
    pub(super) pool: PoolId,
    /// The call that it serves.
    pub(super) call: Option<CallContext>,
    /// Its network.
    pub(super) network: Arc<Network>,
    /// What drives its sockets and files, if it has any.
    pub(super) reactor: Option<Arc<Reactor>>,
    pub(super) ticker: &'static Ticker,
    wasi: WasiCtx,
    limiter: Limiter,
}

impl State {
    /// What a plugin answered instead of a result, and what the sandbox refused it meanwhile, which is the likely reason.
    pub fn plugin_error(&self, message: String) -> Error {
        self.explained(ErrorKind::Plugin(message).into())
    }

    /// An error of a call, and what the sandbox refused the plugin meanwhile.
    fn explained(&self, error: Error) -> Error {
        let refused = self.network.refused();
        match error.kind() {
            ErrorKind::Plugin(message) | ErrorKind::InitFailed { message }
                if !refused.is_empty() =>
            {
                let message = message.clone();
                ErrorKind::Refused { message, refused }.into()
            }
            _ => error,
        }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.resources,
        }
    }
}

/// The exported functions of an instance. There is one implementation for each interface that components are built against;
/// these are the functions that every component has.
pub trait Guest: Send + Sized {
    /// Where they are in a component.
    type Exports: Send + Sync;

    /// Finds them, once for each component.
    fn find(pre: &InstancePre<State>, roles: &[Role]) -> wasmtime::Result<Self::Exports>;

    /// Takes them from an instance.
    fn load(
        exports: &Self::Exports,
        store: &mut Store<State>,
        instance: &wasmtime::component::Instance,
    ) -> wasmtime::Result<Self>;

    /// `init`
    fn init(
        &self,
        store: &mut Store<State>,
        request: &InitRequest,
    ) -> wasmtime::Result<Result<InitResponse>>;

    /// `update-catalogue`
    fn update_catalogue(
        &self,
        store: &mut Store<State>,
        entries: &[CatalogueEntry],
    ) -> wasmtime::Result<()>;
}

/// What the instances of a component are made from: the component, compiled and linked, and all that they share.
pub struct Template<G: Guest> {
    /// Where the component comes from.
    pub origin: Origin,
    /// The plugin that it implements.
    pub context: Arc<PluginContext>,
    /// Its engine.
    pub engine: SharedEngine,
    /// What each instance may use up.
    pub limits: Limits,
    exports: G::Exports,
    /// Empty only while it is dropped.
    pre: Option<InstancePre<State>>,
}

impl<G: Guest> Template<G> {
    /// Looks up the exports of a component that is linked already.
    pub fn new(
        origin: Origin,
        pre: InstancePre<State>,
        context: Arc<PluginContext>,
        engine: SharedEngine,
        limits: Limits,
    ) -> Result<Self> {
        let exports = G::find(&pre, origin.interface.roles()).map_err(|e| origin.differs(&e))?;
        Ok(Template {
            origin,
            context,
            engine,
            limits,
            exports,
            pre: Some(pre),
        })
    }

    /// Makes an instance. Start functions of the component run now, as part of `call`.
    pub fn instantiate(&self, pool: PoolId, call: &CallContext) -> Result<Instance<G>> {
        let pre = self
            .pre
            .as_ref()
            .ok_or_else(|| ErrorKind::Internal("a dropped component".into()))?;
        let state = self.state(pool)?;
        let reactor = state.reactor.clone();
        let mut store = store(pre, state, &self.limits);
        let made = serving(&mut store, reactor.as_deref(), call, |store| {
            pre.instantiate(store)
        });
        let instance = made.map_err(|e| classify(&e, &self.limits))?;
        let guest = G::load(&self.exports, &mut store, &instance);
        Ok(Instance {
            guest: guest.map_err(|e| self.origin.differs(&e))?,
            store,
            reactor,
            initialised: false,
            catalogue_version: 0,
        })
    }

    fn state(&self, pool: PoolId) -> Result<State> {
        let (context, limits) = (&self.context, &self.limits);
        let log = Arc::new(CallLog::new(context.clone(), pool, limits.log_bytes));
        let is_transport = self.origin.interface.roles().contains(&Role::Transport);
        let network = Arc::new(Network::new(context, is_transport, &log));
        let needs_reactor = network.is_open() || !context.allowance.directories().is_empty();
        let reactor = needs_reactor.then(Reactor::new).transpose()?.map(Arc::new);
        let mut resources = ResourceTable::new();
        resources.set_max_capacity(RESOURCES);
        Ok(State {
            wasi: sandbox::context(&context.allowance, &log, &network)?,
            context: context.clone(),
            resources,
            log,
            pool,
            call: None,
            network,
            reactor,
            ticker: self.engine.ticker,
            limiter: Limiter::new(limits),
        })
    }
}

/// The last reference to compiled code removes it from wasmtime's list. That is `pre`, once the instances are gone.
impl<G: Guest> Drop for Template<G> {
    fn drop(&mut self) {
        fork::hold_off(|| drop(self.pre.take()));
    }
}

/// An instance.
pub struct Instance<G> {
    store: Store<State>,
    guest: G,
    /// Behind the store, so that it outlives the sockets.
    reactor: Option<Arc<Reactor>>,
    initialised: bool,
    /// Version of the catalogue that it was told.
    pub(super) catalogue_version: u64,
}

impl<G: Guest> Instance<G> {
    /// Whether its `init` has succeeded.
    pub fn is_initialised(&self) -> bool {
        self.initialised
    }

    /// Runs `body`, a call of one exported function, under the limits of `call`.
    pub fn call<R>(
        &mut self,
        call: &CallContext,
        limits: &Limits,
        body: impl FnOnce(&G, &mut Store<State>) -> wasmtime::Result<R>,
    ) -> Result<R> {
        let Instance { store, guest, .. } = self;
        let result = serving(store, self.reactor.as_deref(), call, |store| {
            body(guest, store)
        });
        result.map_err(|e| classify(&e, limits))
    }

    /// `init`
    pub fn init(
        &mut self,
        call: &CallContext,
        limits: &Limits,
        request: &InitRequest,
    ) -> Result<InitResponse> {
        let response = self.call(call, limits, |guest, store| {
            let answer = guest.init(store, request)?;
            Ok(answer.map_err(|error| store.data().explained(error)))
        })??;
        self.initialised = true;
        Ok(response)
    }

    /// Like [`call`](Self::call), for a function whose result may be an error of the plugin's.
    pub fn ask<R>(
        &mut self,
        call: &CallContext,
        limits: &Limits,
        body: impl FnOnce(&G, &mut Store<State>) -> wasmtime::Result<Answer<R>>,
    ) -> Result<Result<R>> {
        self.call(call, limits, |guest, store| {
            let answer = body(guest, store)?;
            Ok(answer.map_err(|message| store.data().plugin_error(message)))
        })
    }
}

fn store(pre: &InstancePre<State>, state: State, limits: &Limits) -> Store<State> {
    let mut store = Store::new(pre.engine(), state);
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(limits.host_call_bytes);
    store.epoch_deadline_callback(|context| match &context.data().call {
        Some(call) => match call.check() {
            Ok(()) => Ok(UpdateDeadline::Continue(1)),
            Err(error) => Err(Exceeded::from(error).into()),
        },
        None => Ok(UpdateDeadline::Continue(1)),
    });
    store
}

/// Runs `body` with the instance set to serve `call`.
fn serving<R>(
    store: &mut Store<State>,
    reactor: Option<&Reactor>,
    call: &CallContext,
    body: impl FnOnce(&mut Store<State>) -> R,
) -> R {
    let _entered = reactor.map(Reactor::enter);
    let state = store.data_mut();
    state.log.begin(call.test_run_id.as_ref());
    state.network.begin();
    state.call = Some(call.clone());
    store.set_epoch_deadline(1);
    let result = body(store);
    let state = store.data_mut();
    state.call = None;
    state.log.end();
    result
}
