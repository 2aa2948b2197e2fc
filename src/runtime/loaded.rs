//! A loaded component: compiled once, called through a pool of instances. What is the same whichever interface it is built
//! against; the operations are with the interfaces.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use once_cell::sync::OnceCell;
use wasmtime::Store;
use wasmtime::component::InstancePre;

use super::engine::SharedEngine;
use super::instance::{Guest, Instance, State};
use super::interface::Origin;
use super::pool::Pool;
use super::stack;
use crate::driver::call::CallContext;
use crate::driver::component::{PluginContext, Role};
use crate::driver::config::Limits;
use crate::driver::log::Level;
use crate::error::{Error, ErrorKind, Result};
use crate::fork;
use crate::model::{CatalogueEntry, InitRequest, InitResponse};

/// A component whose exported functions are `G`.
pub struct Loaded<G: Guest> {
    origin: Origin,
    /// Empty only while it is dropped.
    pre: Option<InstancePre<State>>,
    exports: G::Exports,
    /// Boxed, because lending moves them.
    pool: Pool<Box<Instance<G>>>,
    context: Arc<PluginContext>,
    engine: SharedEngine,
    limits: Limits,
    /// The first init that succeeded. Instances that are made later are initialised with the same request.
    introduced: OnceCell<Introduction>,
    catalogue: RwLock<Arc<[CatalogueEntry]>>,
    /// Rises with each new catalogue, so that an instance knows when its own is old.
    catalogue_version: AtomicU64,
}

struct Introduction {
    request: InitRequest,
    response: InitResponse,
}

impl<G: Guest> Loaded<G> {
    /// Looks up the exports of a component that is linked already.
    pub fn new(
        origin: Origin,
        pre: InstancePre<State>,
        context: Arc<PluginContext>,
        engine: SharedEngine,
        limits: Limits,
    ) -> Result<Self> {
        let exports = G::find(&pre, origin.interface.roles()).map_err(|e| origin.differs(&e))?;
        Ok(Loaded {
            origin,
            pre: Some(pre),
            exports,
            pool: Pool::new(limits.instances),
            context,
            engine,
            limits,
            introduced: OnceCell::new(),
            catalogue: RwLock::new(Arc::new([])),
            catalogue_version: AtomicU64::new(0),
        })
    }

    /// The roles that it exports.
    pub fn exported_roles(&self) -> &[Role] {
        self.origin.interface.roles()
    }

    /// Runs `body` on an instance that is initialised and up to date. Whatever goes wrong in WebAssembly costs the
    /// instance: nothing is known about the state that it was left in.
    pub fn call<R: Send>(
        &self,
        call: &CallContext,
        body: impl FnOnce(&G, &mut Store<State>) -> wasmtime::Result<R> + Send,
    ) -> Result<R> {
        stack::with_enough(self.limits.wasm_stack, || {
            let _running = self.engine.ticker.running();
            let mut lease = self.pool.lend(call, || self.new_instance(call))?;
            let instance = lease.instance();
            self.initialise(instance, call)?;
            self.bring_up_to_date(instance, call)?;
            let result = instance.call(call, &self.limits, body)?;
            lease.give_back();
            Ok(result)
        })?
    }

    /// `init`. Two threads that initialise at once each initialise an instance; the first one's answer counts for both.
    pub fn introduce(&self, call: &CallContext, request: &InitRequest) -> Result<InitResponse> {
        stack::with_enough(self.limits.wasm_stack, || {
            let _running = self.engine.ticker.running();
            let mut lease = self.pool.lend(call, || self.new_instance(call))?;
            if !lease.instance().initialised {
                let response = self.call_init(lease.instance(), call, request)?;
                let request = request.clone();
                self.introduced
                    .get_or_init(|| Introduction { request, response });
            }
            lease.give_back();
            let introduction = self.introduced.get();
            introduction
                .map(|introduction| introduction.response.clone())
                .ok_or_else(|| {
                    ErrorKind::Internal("an initialised instance without init".into()).into()
                })
        })?
    }

    /// Sets the catalogue that each instance is told before its next call.
    pub fn publish(&self, entries: Arc<[CatalogueEntry]>) {
        let mut catalogue = self
            .catalogue
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *catalogue = entries;
        self.catalogue_version.fetch_add(1, Ordering::Release);
    }

    /// Writes a record of the host's own into the plugin's log.
    pub fn log(&self, call: &CallContext, level: Level, message: String) {
        let test_run_id = call.test_run_id.clone();
        let log = &self.context.log;
        log.write(level, "pact_wasm".to_string(), message, test_run_id);
    }

    fn new_instance(&self, call: &CallContext) -> Result<Box<Instance<G>>> {
        let pre = self
            .pre
            .as_ref()
            .ok_or_else(|| ErrorKind::Internal("a dropped component".into()))?;
        let instance = Instance::new(
            pre,
            &self.exports,
            &self.origin,
            self.pool.id(),
            &self.context,
            &self.limits,
            call,
        )?;
        Ok(Box::new(instance))
    }

    /// Initialises an instance as the first one was, unless it is.
    fn initialise(&self, instance: &mut Instance<G>, call: &CallContext) -> Result<()> {
        if let (false, Some(introduction)) = (instance.initialised, self.introduced.get()) {
            self.call_init(instance, call, &introduction.request)
                .map_err(|e| e.with_operation("init"))?;
        }
        Ok(())
    }

    fn call_init(
        &self,
        instance: &mut Instance<G>,
        call: &CallContext,
        request: &InitRequest,
    ) -> Result<InitResponse> {
        let response = instance.call(call, &self.limits, |guest, store| {
            guest.init(store, request)
        })??;
        instance.initialised = true;
        Ok(response)
    }

    fn bring_up_to_date(&self, instance: &mut Instance<G>, call: &CallContext) -> Result<()> {
        let version = self.catalogue_version.load(Ordering::Acquire);
        if instance.catalogue_version == version {
            return Ok(());
        }
        let entries = self
            .catalogue
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let told = instance.call(call, &self.limits, |guest, store| {
            guest.update_catalogue(store, &entries)
        });
        told.map_err(|e| e.with_operation("update-catalogue"))?;
        instance.catalogue_version = version;
        Ok(())
    }
}

/// The last reference to compiled code removes it from wasmtime's list. That is `pre`, once the instances are gone.
impl<G: Guest> Drop for Loaded<G> {
    fn drop(&mut self) {
        self.pool.clear();
        fork::hold_off(|| drop(self.pre.take()));
    }
}

/// What a plugin answered instead of a result.
pub fn plugin_error(message: String) -> Error {
    ErrorKind::Plugin(message).into()
}
