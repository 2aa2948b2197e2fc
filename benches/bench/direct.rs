//! What the C API is measured against: the same components, called from Rust through wasmtime's typed bindings, without
//! anything of this library in between.

use std::path::Path;
use std::time::{Duration, Instant};

use pact_wasm::runtime::bindings::exports::pact::plugin::{content_matcher, lifecycle};
use pact_wasm::runtime::bindings::pact::plugin::host::LogLevel;
use pact_wasm::runtime::bindings::pact::plugin::types as wit;
use wasmtime::component::{Component, InstancePre, Linker, ResourceTable};
use wasmtime::{Config, Engine, Result, Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

/// As the defaults of the library.
const MEMORY: u64 = 256 << 20;
const WASM_STACK: usize = 512 << 10;

pub struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// A component, compiled and linked.
pub struct Direct {
    pre: InstancePre<State>,
    lifecycle: lifecycle::GuestIndices,
    content_matcher: content_matcher::GuestIndices,
}

impl Direct {
    pub fn compile(file: &Path) -> Result<Self> {
        let engine = Engine::new(&configuration())?;
        let component = Component::from_file(&engine, file)?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
        linker
            .instance("pact:plugin/host@2.0.0")?
            .func_wrap("log", |_, _: (LogLevel, String, String)| Ok(()))?;
        linker.define_unknown_imports_as_traps(&component)?;
        let pre = linker.instantiate_pre(&component)?;
        Ok(Direct {
            lifecycle: lifecycle::GuestIndices::new(&pre)?,
            content_matcher: content_matcher::GuestIndices::new(&pre)?,
            pre,
        })
    }

    /// A new instance, initialised as the library does it.
    pub fn instantiate(&self) -> Result<DirectInstance> {
        let state = State {
            wasi: WasiCtxBuilder::new().build(),
            table: ResourceTable::new(),
        };
        let mut store = Store::new(self.pre.engine(), state);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Continue(1)));
        let instance = self.pre.instantiate(&mut store)?;
        let lifecycle = self.lifecycle.load(&mut store, &instance)?;
        let matcher = self.content_matcher.load(&mut store, &instance)?;
        let request = wit::InitRequest {
            implementation: "bench",
            version: "1.0.0",
            host_capabilities: &[],
            plugin_instance_id: "3f0c4c1e-6f5e-4d3c-9d0a-0f4f3c2b1a00",
        };
        let initialised = lifecycle.call_init(&mut store, request)?;
        initialised.map_err(|failure| wasmtime::format_err!("init: {}", failure.message))?;
        Ok(DirectInstance { store, matcher })
    }

    /// Mean time of making an instance; dropping it does not count.
    pub fn time_instantiate(&self, count: u32) -> Result<Duration> {
        let mut total = Duration::ZERO;
        for _ in 0..count {
            let start = Instant::now();
            let instance = self.instantiate()?;
            total += start.elapsed();
            drop(instance);
        }
        Ok(total / count)
    }
}

/// An instance that compares.
pub struct DirectInstance {
    store: Store<State>,
    matcher: content_matcher::Guest,
}

impl DirectInstance {
    /// Compares two equal bodies `count` times; mean nanoseconds of one comparison.
    pub fn time_compares(&mut self, bodies: &[Vec<u8>; 2], count: u64) -> Result<f64> {
        let start = Instant::now();
        for _ in 0..count {
            let [expected, actual] = bodies;
            let request = wit::CompareContentsRequestParam {
                expected: body(expected),
                actual: body(actual),
                allow_unexpected_keys: false,
                rules: &[],
                plugin_configuration: None,
                test_context: None,
            };
            let answer = self
                .matcher
                .call_compare_contents(&mut self.store, request)?;
            match answer {
                Ok(wit::ContentsComparison::Results(mismatches)) if mismatches.is_empty() => {}
                _ => return Err(wasmtime::format_err!("equal bodies do not match")),
            }
        }
        Ok(start.elapsed().as_nanos() as f64 / count as f64)
    }
}

fn body(content: &[u8]) -> wit::BodyParam<'_> {
    wit::BodyParam {
        content_type: "text/plain",
        content: Some(content),
        hint: wit::ContentTypeHint::Default,
    }
}

/// As in `src/runtime/engine.rs`.
fn configuration() -> Config {
    let mut config = Config::new();
    config
        .concurrency_support(false)
        .epoch_interruption(true)
        .max_wasm_stack(WASM_STACK)
        .memory_reservation(MEMORY)
        .memory_reservation_for_growth(0)
        .native_unwind_info(false)
        .cranelift_opt_level(wasmtime::OptLevel::Speed);
    config
}
