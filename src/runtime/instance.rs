//! One instance of a component, with its store and its exported roles.

use std::sync::Arc;

use wasmtime::component::{InstancePre, ResourceTable};
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::bindings::exports::pact::plugin::{
    content_generator, content_matcher, field_generator, field_matcher, lifecycle,
};
use super::call_log::CallLog;
use super::limits::{Exceeded, Limiter, classify};
use super::pool::PoolId;
use super::sandbox;
use crate::driver::call::CallContext;
use crate::driver::component::PluginContext;
use crate::driver::config::Limits;
use crate::error::Result;

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

/// Where a component's exports are, looked up once. `lifecycle` is always there.
#[derive(Clone)]
pub struct Exports {
    pub(super) lifecycle: lifecycle::GuestIndices,
    pub(super) content_matcher: Option<content_matcher::GuestIndices>,
    pub(super) content_generator: Option<content_generator::GuestIndices>,
    pub(super) field_matcher: Option<field_matcher::GuestIndices>,
    pub(super) field_generator: Option<field_generator::GuestIndices>,
}

/// The exported functions of an instance.
pub struct Guest {
    pub(super) lifecycle: lifecycle::Guest,
    pub(super) content_matcher: Option<content_matcher::Guest>,
    pub(super) content_generator: Option<content_generator::Guest>,
    pub(super) field_matcher: Option<field_matcher::Guest>,
    pub(super) field_generator: Option<field_generator::Guest>,
}

/// An instance.
pub struct Instance {
    store: Store<State>,
    guest: Guest,
    /// Whether its `init` has succeeded.
    pub(super) initialised: bool,
    /// Version of the catalogue that it was told.
    pub(super) catalogue_version: u64,
}

impl Instance {
    /// Makes an instance. Start functions of the component run now, as part of `call`.
    pub fn new(
        pre: &InstancePre<State>,
        exports: &Exports,
        pool: PoolId,
        context: &Arc<PluginContext>,
        limits: &Limits,
        call: &CallContext,
    ) -> Result<Self> {
        let mut store = store(pre, pool, context, limits);
        begin(&mut store, call);
        let made = pre.instantiate(&mut store).and_then(|instance| {
            Ok(Guest {
                lifecycle: exports.lifecycle.load(&mut store, &instance)?,
                content_matcher: load(&exports.content_matcher, |it| {
                    it.load(&mut store, &instance)
                })?,
                content_generator: load(&exports.content_generator, |it| {
                    it.load(&mut store, &instance)
                })?,
                field_matcher: load(&exports.field_matcher, |it| it.load(&mut store, &instance))?,
                field_generator: load(&exports.field_generator, |it| {
                    it.load(&mut store, &instance)
                })?,
            })
        });
        end(&mut store);
        let guest = made.map_err(|e| classify(&e, limits))?;
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
        body: impl FnOnce(&Guest, &mut Store<State>) -> wasmtime::Result<R>,
    ) -> Result<R> {
        begin(&mut self.store, call);
        let result = body(&self.guest, &mut self.store);
        end(&mut self.store);
        result.map_err(|e| classify(&e, limits))
    }
}

fn load<I, G>(
    indices: &Option<I>,
    load: impl FnOnce(&I) -> wasmtime::Result<G>,
) -> wasmtime::Result<Option<G>> {
    indices.as_ref().map(load).transpose()
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
