//! Pact plugins as WebAssembly components, for every language that can call C.
//!
//! [Pact](https://pact.io) plugins add content types, matching rules, generators and transports to contract tests. This
//! library runs plugins that are one WebAssembly component file, in the process that tests: no executable per platform, no
//! ports, no orphaned processes, and nothing that the sandbox does not grant.
//!
//! ```no_run
//! use pact_wasm::driver::{call::CallOptions, config::Config, host::Host};
//! use pact_wasm::runtime::component::WasmRuntime;
//!
//! # fn main() -> Result<(), pact_wasm::error::Error> {
//! let config = Config::default();
//! let runtime = WasmRuntime::new(&config)?;
//! let host = Host::new(config, Box::new(runtime));
//! let plugin = host.load("jwt", None)?;
//! plugin.init(&CallOptions::default())?;
//! for listing in host.catalogue()?.iter() {
//!     println!("{}", listing.full_key);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Its rooms, from the outside to the inside:
//!
//! - [`ffi`]: the C API, and the only part that knows C. `include/pact_wasm.h` is generated from it.
//! - [`driver`]: what a Pact plugin driver does: find plugins, load and initialise them, keep their catalogue.
//! - [`runtime`]: the only part that knows wasmtime: compiling, instances, limits, the sandbox, and the functions that
//!   plugins import.
//! - [`model`]: the records of the plugin interface, [`error`]: what can go wrong, [`crypto`]: what plugins sign and verify
//!   with.
//!
//! A call goes down: C → `ffi` (validate, convert) → `driver` (which plugin, is it ready) → `runtime` (which instance, with
//! which limits) → plugin. `docs/architecture.md` says more.
#![deny(
    unsafe_code,
    unsafe_op_in_unsafe_fn,
    missing_docs,
    clippy::undocumented_unsafe_blocks
)]

pub mod crypto;
pub mod driver;
pub mod error;
pub mod ffi;
mod fork;
pub mod model;
pub mod runtime;
