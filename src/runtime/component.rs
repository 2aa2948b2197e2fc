//! Loading components: from a file to something that can be called.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use wasmtime::component::Component as Compiled;

use super::artifact_cache::{Artifact, ArtifactCache, Kept};
use super::current::Current;
use super::engine::{EngineOptions, SharedEngine};
use super::instance::Template;
use super::interface::{self, Interface, Origin};
use super::loaded::Loaded;
use super::prototype::Prototype;
use super::stack;
use crate::driver::component::{Component, PluginContext, Runtime};
use crate::driver::config::{Config, Limits};
use crate::error::{ErrorKind, Result};

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

    /// Compiles a component into the cache, so that loading it is fast, unless it is there already. Tells where it is kept, or why it is
    /// not.
    pub fn precompile(&self, file: &Path) -> Result<Kept> {
        let wasm = read(file)?;
        let engine = &self.engine.engine;
        match self.cache.file(engine, &wasm) {
            Some(kept) if self.cache.get(engine, &wasm).is_some() => Ok(Ok(kept)),
            _ => {
                let artifact = self.make_artifact(file, &wasm)?;
                Ok(self.cache.put(engine, &wasm, &artifact))
            }
        }
    }

    fn compile(&self, file: &Path, wasm: &[u8]) -> Result<Compiled> {
        let engine = &self.engine.engine;
        if let Some(component) = self.cache.get(engine, wasm) {
            return Ok(component);
        }
        let artifact = self.make_artifact(file, wasm)?;
        if self.cache.directory().is_some()
            && let Err(reason) = self.cache.put(engine, wasm, &artifact)
        {
            log::warn!(target: "pact_wasm::cache", "{reason}");
        }
        let component = artifact.load(engine);
        component.map_err(|e| compile_error(file, &e).into())
    }

    fn make_artifact(&self, file: &Path, wasm: &[u8]) -> Result<Artifact> {
        check_preamble(file, wasm)?;
        log::info!(target: "pact_wasm::runtime", "compiling {}", file.display());
        // The compiler aborts the process on a stack of 64 to 128 KiB.
        let artifact = stack::on_stand_in(0, || Artifact::compile(&self.engine.engine, wasm))?;
        artifact.map_err(|e| compile_error(file, &e).into())
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).map_err(|e| {
        let (file, reason) = (file.to_path_buf(), format!("cannot be read: {e}"));
        ErrorKind::Io { file, reason }.into()
    })
}

/// Whether a file begins as a component does. What is handed in by mistake deserves better than an error of the parser.
pub fn check_preamble(file: &Path, content: &[u8]) -> Result<()> {
    let reason = match content {
        [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => return Ok(()),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => {
            "it is a core module; build it for a component target such as wasm32-wasip2, or wrap it with wit-component"
        }
        [] => "it is empty",
        [b'P', b'K', 3, 4, ..] => "it is a ZIP archive; the component is a file in it",
        [b'(' | b';', ..] => {
            "it is WebAssembly as text; make the binary form of it, for instance with wasm-tools parse"
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
        let file = file.to_path_buf();
        let compiled = self.compile(&file, &read(&file)?)?;
        let (engine, limits) = (self.engine.clone(), self.limits.clone());
        let interface =
            Interface::of(&compiled.component_type(), &engine.engine).map_err(|reason| {
                let file = file.clone();
                ErrorKind::Incompatible { file, reason }
            })?;
        let pre = engine.linker.instantiate_pre(&compiled).map_err(|e| {
            let reason = format!("{e:#}; this host offers {}", interface::offered());
            let file = file.clone();
            ErrorKind::ImportMissing { file, reason }
        })?;
        let origin = Origin { file, interface };
        Ok(match origin.interface {
            Interface::Current { .. } => {
                let template = Template::new(origin, pre, context, engine, limits)?;
                Arc::new(Loaded::<Current>::new(template))
            }
            Interface::Prototype => {
                // Its own host has no more, so its plugins may keep state in memory.
                let instances = 1;
                let limits = Limits {
                    instances,
                    ..limits
                };
                let template = Template::new(origin, pre, context, engine, limits)?;
                Arc::new(Loaded::<Prototype>::new(template))
            }
        })
    }
}
