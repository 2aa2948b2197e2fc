//! A loaded component: compiled once, called through a pool of instances.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use once_cell::sync::OnceCell;
use wasmtime::Store;
use wasmtime::component::{Component as Compiled, InstancePre};

use super::artifact_cache::{Artifact, ArtifactCache};
use super::bindings::exports::pact::plugin::{
    content_generator, content_matcher, field_generator, field_matcher, lifecycle,
};
use super::convert::{from_plugin, to_plugin};
use super::engine::{EngineOptions, SharedEngine};
use super::instance::{Exports, Guest, Instance, State};
use super::pool::Pool;
use super::stack;
use crate::driver::call::CallContext;
use crate::driver::component::{Component, PluginContext, Role, Runtime};
use crate::driver::config::{Config, Limits};
use crate::error::{Error, ErrorKind, Result};
use crate::fork;
use crate::model::{
    Body, CatalogueEntry, CompareContentsRequest, ConfigureInteractionRequest,
    ConfigureInteractionResponse, ContentsComparison, FieldValue, GenerateContentRequest,
    GenerateFieldRequest, InitRequest, InitResponse, MatchFieldRequest, Mismatch,
};

/// Loads components for hosts of one configuration.
pub struct WasmRuntime {
    engine: SharedEngine,
    cache: ArtifactCache,
    limits: Limits,
}

impl WasmRuntime {
    /// Gets the engine ready.
    pub fn new(config: &Config) -> Result<Self> {
        let limits = config.limits.clone();
        let engine = SharedEngine::of_this_process(&EngineOptions {
            memory: limits.memory,
            wasm_stack: limits.wasm_stack,
            signal_handlers: config.signal_handlers,
        })?;
        Ok(WasmRuntime {
            engine,
            cache: ArtifactCache::new(&config.cache),
            limits,
        })
    }

    fn compile(&self, file: &Path) -> Result<Compiled> {
        let wasm = fs::read(file).map_err(|e| ErrorKind::Io {
            file: file.to_path_buf(),
            reason: format!("cannot be read: {e}"),
        })?;
        check_preamble(file, &wasm)?;
        let engine = &self.engine.engine;
        if let Some(component) = self.cache.get(engine, &wasm) {
            return Ok(component);
        }
        log::info!(target: "pact_wasm::runtime", "compiling {}", file.display());
        // The compiler aborts the process on a stack of 64 to 128 KiB.
        let artifact = stack::on_stand_in(0, || Artifact::compile(engine, &wasm))?
            .map_err(|e| compile_error(file, &e))?;
        self.cache.put(engine, &wasm, &artifact);
        let component = artifact.load(engine);
        component.map_err(|e| compile_error(file, &e).into())
    }
}

/// The two things that are handed in by mistake deserve better than an error of the parser.
fn check_preamble(file: &Path, wasm: &[u8]) -> Result<()> {
    let reason = match wasm {
        [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => return Ok(()),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => {
            "it is a core module; build it for a component target such as wasm32-wasip2, or wrap it with wit-component"
        }
        _ => "it does not begin as a WebAssembly file does",
    };
    Err(ErrorKind::ComponentInvalid {
        file: file.to_path_buf(),
        reason: reason.to_string(),
    }
    .into())
}

/// Parsing, validating and compiling are one step in wasmtime. It marks errors of the first two with these texts; a test
/// holds on to them.
fn compile_error(file: &Path, error: &wasmtime::Error) -> ErrorKind {
    let reason = error.root_cause().to_string();
    let malformed = error.to_string().starts_with("failed to parse WebAssembly");
    let ill_typed = reason.starts_with("Invalid input WebAssembly");
    let file = file.to_path_buf();
    if malformed || ill_typed {
        ErrorKind::ComponentInvalid { file, reason }
    } else {
        ErrorKind::CompileFailed { file, reason }
    }
}

impl Runtime for WasmRuntime {
    fn load(&self, file: &Path, context: Arc<PluginContext>) -> Result<Arc<dyn Component>> {
        let compiled = self.compile(file)?;
        let roles = roles(file, &compiled, &self.engine)?;
        let pre = self.engine.linker.instantiate_pre(&compiled).map_err(|e| {
            ErrorKind::ImportMissing {
                file: file.to_path_buf(),
                reason: format!("{e:#}"),
            }
        })?;
        let exports = exports(&pre, &roles).map_err(|e| ErrorKind::Incompatible {
            file: file.to_path_buf(),
            reason: format!("its exports are not those of pact:plugin@{INTERFACE_VERSION}: {e:#}"),
        })?;
        Ok(Arc::new(WasmComponent {
            roles,
            pre: Some(pre),
            exports,
            pool: Pool::new(self.limits.instances),
            context,
            engine: self.engine.clone(),
            limits: self.limits.clone(),
            introduced: OnceCell::new(),
            catalogue: RwLock::new(Arc::new([])),
            catalogue_version: AtomicU64::new(0),
        }))
    }
}

/// The version of the WIT package that this host implements.
const INTERFACE_VERSION: &str = "2.0.0";
const PACKAGE: &str = "pact:plugin/";

/// Reads from the component's type which roles it fills.
fn roles(file: &Path, compiled: &Compiled, engine: &SharedEngine) -> Result<Vec<Role>> {
    let component_type = compiled.component_type();
    let mut interfaces = Vec::new();
    for (name, _) in component_type.exports(&engine.engine) {
        let Some((interface, version)) = name
            .strip_prefix(PACKAGE)
            .and_then(|rest| rest.split_once('@'))
        else {
            continue;
        };
        if !version.starts_with("2.") {
            let reason =
                format!("it exports {name}; this host implements pact:plugin@{INTERFACE_VERSION}");
            return Err(ErrorKind::Incompatible {
                file: file.to_path_buf(),
                reason,
            }
            .into());
        }
        interfaces.push(interface.to_string());
    }
    if !interfaces.iter().any(|interface| interface == "lifecycle") {
        let reason =
            "it does not export pact:plugin/lifecycle, so it is not a Pact plugin".to_string();
        return Err(ErrorKind::Incompatible {
            file: file.to_path_buf(),
            reason,
        }
        .into());
    }
    Ok(Role::ALL
        .into_iter()
        .filter(|role| interfaces.iter().any(|it| it == role.interface()))
        .collect())
}

fn exports(pre: &InstancePre<State>, roles: &[Role]) -> wasmtime::Result<Exports> {
    let has = |role: Role| roles.contains(&role);
    Ok(Exports {
        lifecycle: lifecycle::GuestIndices::new(pre)?,
        content_matcher: has(Role::ContentMatcher)
            .then(|| content_matcher::GuestIndices::new(pre))
            .transpose()?,
        content_generator: has(Role::ContentGenerator)
            .then(|| content_generator::GuestIndices::new(pre))
            .transpose()?,
        field_matcher: has(Role::FieldMatcher)
            .then(|| field_matcher::GuestIndices::new(pre))
            .transpose()?,
        field_generator: has(Role::FieldGenerator)
            .then(|| field_generator::GuestIndices::new(pre))
            .transpose()?,
    })
}

struct WasmComponent {
    roles: Vec<Role>,
    /// Empty only while it is dropped.
    pre: Option<InstancePre<State>>,
    exports: Exports,
    /// Boxed, because lending moves them.
    pool: Pool<Box<Instance>>,
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

impl WasmComponent {
    /// Runs `body` on an instance that is initialised and up to date. Whatever goes wrong in WebAssembly costs the
    /// instance: nothing is known about the state that it was left in.
    fn call<R: Send>(
        &self,
        call: &CallContext,
        body: impl FnOnce(&Guest, &mut Store<State>) -> wasmtime::Result<R> + Send,
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

    fn new_instance(&self, call: &CallContext) -> Result<Box<Instance>> {
        let pre = self
            .pre
            .as_ref()
            .ok_or_else(|| ErrorKind::Internal("a dropped component".into()))?;
        let instance = Instance::new(
            pre,
            &self.exports,
            self.pool.id(),
            &self.context,
            &self.limits,
            call,
        )?;
        Ok(Box::new(instance))
    }

    /// Initialises an instance as the first one was, unless it is.
    fn initialise(&self, instance: &mut Instance, call: &CallContext) -> Result<()> {
        if let (false, Some(introduction)) = (instance.initialised, self.introduced.get()) {
            self.call_init(instance, call, &introduction.request)
                .map_err(|e| e.with_operation("init"))?;
        }
        Ok(())
    }

    fn call_init(
        &self,
        instance: &mut Instance,
        call: &CallContext,
        request: &InitRequest,
    ) -> Result<InitResponse> {
        let capabilities: Vec<&str> = request
            .host_capabilities
            .iter()
            .map(String::as_str)
            .collect();
        let request = to_plugin::init_request(request, &capabilities);
        let answer = instance.call(call, &self.limits, |guest, store| {
            guest.lifecycle.call_init(store, request)
        })?;
        let response = answer.map_err(from_plugin::init_failure)?;
        instance.initialised = true;
        Ok(from_plugin::init_response(response))
    }

    fn bring_up_to_date(&self, instance: &mut Instance, call: &CallContext) -> Result<()> {
        let version = self.catalogue_version.load(Ordering::Acquire);
        if instance.catalogue_version == version {
            return Ok(());
        }
        let entries = self
            .catalogue
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let values = to_plugin::entry_values(&entries);
        let entries = to_plugin::entries(&entries, &values);
        let told = instance.call(call, &self.limits, |guest, store| {
            guest.lifecycle.call_update_catalogue(store, &entries)
        });
        told.map_err(|e| e.with_operation("update-catalogue"))?;
        instance.catalogue_version = version;
        Ok(())
    }
}

/// The last reference to compiled code removes it from wasmtime's list. That is `pre`, once the instances are gone.
impl Drop for WasmComponent {
    fn drop(&mut self) {
        self.pool.clear();
        fork::hold_off(|| drop(self.pre.take()));
    }
}

/// The driver asks for a role before it calls, so this is a fault of ours.
fn exported<G>(guest: Option<&G>) -> wasmtime::Result<&G> {
    guest.ok_or_else(|| wasmtime::format_err!("the component does not export this role"))
}

fn plugin_error(message: String) -> Error {
    ErrorKind::Plugin(message).into()
}

impl Component for WasmComponent {
    fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// Two threads that initialise at once each initialise an instance; the first one's answer counts for both.
    fn init(&self, call: &CallContext, request: &InitRequest) -> Result<InitResponse> {
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

    fn set_catalogue(&self, entries: Arc<[CatalogueEntry]>) {
        let mut catalogue = self
            .catalogue
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *catalogue = entries;
        self.catalogue_version.fetch_add(1, Ordering::Release);
    }

    fn update_catalogue(&self, call: &CallContext) -> Result<()> {
        self.call(call, |_, _| Ok(()))
    }

    fn configure_interaction(
        &self,
        call: &CallContext,
        request: &ConfigureInteractionRequest<'_>,
    ) -> Result<ConfigureInteractionResponse> {
        let request = to_plugin::configure_request(request);
        let answer = self.call(call, |guest, store| {
            exported(guest.content_matcher.as_ref())?.call_configure_interaction(store, request)
        })?;
        from_plugin::configure_response(answer.map_err(plugin_error)?)
    }

    fn compare_contents(
        &self,
        call: &CallContext,
        request: &CompareContentsRequest<'_>,
    ) -> Result<ContentsComparison> {
        let lists = to_plugin::rule_lists(&request.rules);
        let rules = to_plugin::rules(&request.rules, &lists);
        let request = to_plugin::compare_request(request, &rules);
        let answer = self.call(call, |guest, store| {
            exported(guest.content_matcher.as_ref())?.call_compare_contents(store, request)
        })?;
        answer.map(from_plugin::comparison).map_err(plugin_error)
    }

    fn generate_content(
        &self,
        call: &CallContext,
        request: &GenerateContentRequest<'_>,
    ) -> Result<Body<'static>> {
        let generators = to_plugin::generators(&request.generators);
        let request = to_plugin::generate_request(request, &generators);
        let answer = self.call(call, |guest, store| {
            exported(guest.content_generator.as_ref())?.call_generate_content(store, request)
        })?;
        answer.map(from_plugin::owned_body).map_err(plugin_error)
    }

    fn match_field(
        &self,
        call: &CallContext,
        request: &MatchFieldRequest<'_>,
    ) -> Result<Vec<Mismatch>> {
        let request = to_plugin::match_field_request(request);
        let answer = self.call(call, |guest, store| {
            exported(guest.field_matcher.as_ref())?.call_match_field(store, request)
        })?;
        answer.map(from_plugin::mismatches).map_err(plugin_error)
    }

    fn generate_field(
        &self,
        call: &CallContext,
        request: &GenerateFieldRequest<'_>,
    ) -> Result<FieldValue> {
        let request = to_plugin::generate_field_request(request);
        let answer = self.call(call, |guest, store| {
            exported(guest.field_generator.as_ref())?.call_generate_field(store, request)
        })?;
        from_plugin::field_value(answer.map_err(plugin_error)?)
    }
}
