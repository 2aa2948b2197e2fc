//! A loaded component: compiled once, called through a pool of instances. What is the same whichever interface it is built
//! against; the operations are with the interfaces.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use once_cell::sync::OnceCell;
use wasmtime::Store;

use super::instance::{Answer, Guest, Instance, State, Template};
use super::pool::{Pool, PoolId};
use super::stack;
use crate::driver::call::CallContext;
use crate::driver::component::Role;
use crate::driver::log::Level;
use crate::error::{ErrorKind, Result};
use crate::model::{CatalogueEntry, InitRequest, InitResponse};

/// A component whose exported functions are `G`.
pub struct Loaded<G: Guest> {
    /// Boxed, because lending moves them. Before the template, whose compiled code they run.
    pool: Pool<Box<Instance<G>>>,
    template: Template<G>,
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
    /// A component that has no instances yet.
    pub fn new(template: Template<G>) -> Self {
        Loaded {
            pool: Pool::new(template.limits.instances),
            template,
            introduced: OnceCell::new(),
            catalogue: RwLock::new(Arc::new([])),
            catalogue_version: AtomicU64::new(0),
        }
    }

    /// The roles that it exports.
    pub fn exported_roles(&self) -> &[Role] {
        self.template.origin.interface.roles()
    }

    /// What its instances are made from.
    pub fn template(&self) -> &Template<G> {
        &self.template
    }

    /// Runs `body` on an instance that is initialised and up to date. Whatever goes wrong in WebAssembly costs the
    /// instance: nothing is known about the state that it was left in.
    pub fn call<R: Send>(
        &self,
        call: &CallContext,
        body: impl FnOnce(&G, &mut Store<State>) -> wasmtime::Result<R> + Send,
    ) -> Result<R> {
        self.lend(call, |instance| {
            self.get_ready(instance, call)?;
            instance.call(call, &self.template.limits, body)
        })
    }

    /// Like [`call`](Self::call), for a function whose result may be an error of the plugin's. That costs no instance.
    pub fn ask<R: Send>(
        &self,
        call: &CallContext,
        body: impl FnOnce(&G, &mut Store<State>) -> wasmtime::Result<Answer<R>> + Send,
    ) -> Result<R> {
        self.lend(call, |instance| {
            self.get_ready(instance, call)?;
            instance.ask(call, &self.template.limits, body)
        })?
    }

    /// Like [`ask`](Self::ask), on an instance that is made for it and not of the pool. The caller keeps it.
    pub fn ask_new<R: Send>(
        &self,
        pool: PoolId,
        call: &CallContext,
        body: impl FnOnce(&G, &mut Store<State>) -> wasmtime::Result<Answer<R>> + Send,
    ) -> Result<(Instance<G>, R)> {
        stack::with_enough(self.template.limits.wasm_stack, || {
            let _running = self.template.engine.ticker.running();
            let mut instance = self.template.instantiate(pool, call)?;
            self.get_ready(&mut instance, call)?;
            let answer = instance.ask(call, &self.template.limits, body)??;
            Ok((instance, answer))
        })?
    }

    /// Lends an instance to `work`, which gives it back if it succeeds.
    fn lend<R: Send>(
        &self,
        call: &CallContext,
        work: impl FnOnce(&mut Instance<G>) -> Result<R> + Send,
    ) -> Result<R> {
        stack::with_enough(self.template.limits.wasm_stack, || {
            let _running = self.template.engine.ticker.running();
            let make = || {
                self.template
                    .instantiate(self.pool.id(), call)
                    .map(Box::new)
            };
            let mut lease = self.pool.lend(call, make)?;
            let result = work(lease.instance())?;
            lease.give_back();
            Ok(result)
        })?
    }

    fn get_ready(&self, instance: &mut Instance<G>, call: &CallContext) -> Result<()> {
        self.initialise(instance, call)?;
        self.bring_up_to_date(instance, call)
    }

    /// `init`. Two threads that initialise at once each initialise an instance; the first one's answer counts for both.
    pub fn introduce(&self, call: &CallContext, request: &InitRequest) -> Result<InitResponse> {
        self.lend(call, |instance| {
            if !instance.is_initialised() {
                let response = instance.init(call, &self.template.limits, request)?;
                let request = request.clone();
                self.introduced
                    .get_or_init(|| Introduction { request, response });
            }
            let introduction = self.introduced.get();
            introduction
                .map(|introduction| introduction.response.clone())
                .ok_or_else(|| {
                    ErrorKind::Internal("an initialised instance without init".into()).into()
                })
        })
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
        let log = &self.template.context.log;
        log.write(level, "pact_wasm".to_string(), message, test_run_id);
    }

    /// Initialises an instance as the first one was, unless it is.
    fn initialise(&self, instance: &mut Instance<G>, call: &CallContext) -> Result<()> {
        if let (false, Some(introduction)) = (instance.is_initialised(), self.introduced.get()) {
            instance
                .init(call, &self.template.limits, &introduction.request)
                .map_err(|e| e.with_operation("init"))?;
        }
        Ok(())
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
        let told = instance.call(call, &self.template.limits, |guest, store| {
            guest.update_catalogue(store, &entries)
        });
        told.map_err(|e| e.with_operation("update-catalogue"))?;
        instance.catalogue_version = version;
        Ok(())
    }
}
