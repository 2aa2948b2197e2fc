//! The wasmtime engine: one per configuration and process, shared by all hosts that ask for the same.

use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::component::Linker;
use wasmtime::{Config, Engine, OptLevel};

use super::instance::State;
use super::ticker::Ticker;
use super::{host_imports, prototype, sandbox};
use crate::error::{ErrorKind, Result};
use crate::fork::PerProcess;

/// What distinguishes engines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineOptions {
    /// Memory limit of an instance in bytes; address space of this size is reserved for each memory.
    pub memory: usize,
    /// Stack of the plugin's code in bytes.
    pub wasm_stack: usize,
    /// Whether traps are caught by signal handlers.
    pub signal_handlers: bool,
}

/// An engine with everything that goes with it.
#[derive(Clone)]
pub struct SharedEngine {
    /// The engine.
    pub engine: Engine,
    /// What components can import. Filling it takes longer than loading a cached plugin, so that is done once.
    pub linker: Arc<Linker<State>>,
    /// Its ticker.
    pub ticker: &'static Ticker,
}

static ENGINES: PerProcess<Mutex<Vec<(EngineOptions, SharedEngine)>>> = PerProcess::new();

impl SharedEngine {
    /// The engine for these options, made at first use.
    pub fn of_this_process(options: &EngineOptions) -> Result<Self> {
        let mut engines = ENGINES
            .get_or_init(Mutex::default)?
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((_, engine)) = engines.iter().find(|(made_for, _)| made_for == options) {
            return Ok(engine.clone());
        }
        let engine = Engine::new(&configuration(options)).map_err(|e| {
            ErrorKind::Internal(format!(
                "wasmtime refuses the configuration {options:?}: {e:#}"
            ))
        })?;
        let linker = linker(&engine)
            .map_err(|e| ErrorKind::Internal(format!("wasmtime refuses an import: {e:#}")))?;
        let ticker = Ticker::of_this_process()?;
        ticker.drive(&engine);
        let engine = SharedEngine {
            engine,
            linker: Arc::new(linker),
            ticker,
        };
        engines.push((options.clone(), engine.clone()));
        Ok(engine)
    }
}

fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    sandbox::add_to_linker(&mut linker)?;
    host_imports::add_to_linker(&mut linker)?;
    prototype::add_to_linker(&mut linker)?;
    Ok(linker)
}

/// Compiling is done on one thread: a pool of them would not survive a fork, and a compile in the child would wait for it
/// for ever. The feature `parallel-compilation` of wasmtime is off for that reason.
///
/// Figures are from wasmtime 48 on x86-64 Linux with 2 cores.
fn configuration(options: &EngineOptions) -> Config {
    let mut config = Config::new();
    config
        // Nothing of ours is concurrent inside one store, and without it an empty call takes 0.17 µs instead of 0.44.
        .concurrency_support(false)
        // Deadlines and cancelling. Epochs cost 1.1×, fuel would cost 1.2×.
        .epoch_interruption(true)
        .max_wasm_stack(options.wasm_stack)
        // Of no use to us, but it must not be smaller.
        .async_stack_size(options.wasm_stack + (1 << 20))
        // By default each memory reserves 4 GiB of address space, which containers and `ulimit -v` refuse. A memory
        // cannot outgrow its limit, so the limit is enough.
        .memory_reservation(options.memory as u64)
        .memory_reservation_for_growth(0)
        // A backtrace is part of the error. Line numbers need debug information, which plugins do not ship.
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(50))
        // Unwind information is for debuggers and profilers outside; leaving it out shrinks the artifacts.
        .native_unwind_info(false)
        .cranelift_opt_level(OptLevel::Speed)
        .signals_based_traps(options.signal_handlers);
    if !options.signal_handlers {
        // wasmtime's protection against speculative reads past a memory's end needs the guard pages that signals serve.
        // The bounds check itself stays.
        config.memory_guard_size(0);
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_options_share_an_engine_and_others_do_not() {
        let options = EngineOptions {
            memory: 16 << 20,
            wasm_stack: 256 << 10,
            signal_handlers: true,
        };
        let one = SharedEngine::of_this_process(&options).unwrap();
        let same = SharedEngine::of_this_process(&options).unwrap();
        assert!(Engine::same(&one.engine, &same.engine));
        let other = SharedEngine::of_this_process(&EngineOptions {
            signal_handlers: false,
            ..options
        })
        .unwrap();
        assert!(!Engine::same(&one.engine, &other.engine));
    }
}
