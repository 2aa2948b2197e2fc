//! One instance of a component, with its store and its exported functions.

use std::sync::Arc;

use wasmtime::component::{InstancePre, ResourceTable};
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::call_log::CallLog;
use super::interface::Origin;
use super::limits::{Exceeded, Limiter, classify};
use super::pool::PoolId;
use super::sandbox;
use crate::driver::call::CallContext;
use crate::driver::component::{PluginContext, Role};
use crate::driver::config::Limits;
use crate::error::Result;
use crate::model::{CatalogueEntry, InitRequest, InitResponse};

/// Host-side objects (streams, things to wait for) that one instance may hold at a time. They lie outside its memory, so its
/// memory limit does not bound them.
const RESOURCES: usize = 10_000;

/// What an instance carries.
pub struct State {
    pub(super) context: Arc<PluginContext>,
    pub(super) resources: ResourceTable,
    pub(super) log: Arc<CallLog>,
    /// The pool that it belongs to.
    pub(super) pool: PoolId,
    /// The call that it serves.
    pub(super) call: Option<CallContext>,
    wasi: WasiCtx,
    limiter: Limiter,
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

/// An instance.
pub struct Instance<G> {
    store: Store<State>,
    guest: G,
    /// Whether its `init` has succeeded.
    pub(super) initialised: bool,
    /// Version of the catalogue that it was told.
    pub(super) catalogue_version: u64,
}

impl<G: Guest> Instance<G> {
    /// Makes an instance. Start functions of the component run now, as part of `call`.
    pub fn new(
        pre: &InstancePre<State>,
        exports: &G::Exports,
        origin: &Origin,
        pool: PoolId,
        context: &Arc<PluginContext>,
        limits: &Limits,
        call: &CallContext,
    ) -> Result<Self> {
        let mut store = store(pre, pool, context, limits);
        begin(&mut store, call);
        let made = pre.instantiate(&mut store);
        end(&mut store);
        let instance = made.map_err(|e| classify(&e, limits))?;
        let guest = G::load(exports, &mut store, &instance).map_err(|e| origin.differs(&e))?;
        Ok(Instance {
            store,
            guest,
            initialised: false,
            catalogue_version: 0,
        })
    }

    /// Runs `body`, a call of one exported function, under the limits of `call`.
    pub fn call<R>(
        &mut self,
        call: &CallContext,
        limits: &Limits,
        body: impl FnOnce(&G, &mut Store<State>) -> wasmtime::Result<R>,
    ) -> Result<R> {
        begin(&mut self.store, call);
        let result = body(&self.guest, &mut self.store);
        end(&mut self.store);
        result.map_err(|e| classify(&e, limits))
    }
}

fn store(
    pre: &InstancePre<State>,
    pool: PoolId,
    context: &Arc<PluginContext>,
    limits: &Limits,
) -> Store<State> {
    let log = Arc::new(CallLog::new(context.clone(), pool, limits.log_bytes));
    let mut resources = ResourceTable::new();
    resources.set_max_capacity(RESOURCES);
    let state = State {
        wasi: sandbox::context(&log),
        context: context.clone(),
        resources,
        log,
        pool,
        call: None,
        limiter: Limiter::new(limits),
    };
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

fn begin(store: &mut Store<State>, call: &CallContext) {
    store.data().log.begin(call.test_run_id.as_ref());
    store.data_mut().call = Some(call.clone());
    store.set_epoch_deadline(1);
}

fn end(store: &mut Store<State>) {
    store.data_mut().call = None;
    store.data().log.end();
}
