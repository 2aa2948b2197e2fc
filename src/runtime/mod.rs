//! The WebAssembly runtime: the only part that knows wasmtime.
//!
//! [`component`] is the way in: it compiles a file (or takes it from the [artifact cache](artifact_cache)), links it against
//! the [sandbox] and the [host's functions](host_imports), and serves calls from a [pool] of [instances](instance) under
//! [limits].

mod artifact_cache;
#[allow(warnings, missing_docs, clippy::all, clippy::pedantic, unsafe_code)] // generated
pub mod bindings;
mod call_log;
pub mod component;
mod convert;
mod engine;
mod host_imports;
mod instance;
mod limits;
mod pool;
mod sandbox;
mod stack;
mod ticker;
mod waiting;
