//! The WebAssembly runtime: the only part that knows wasmtime.
//!
//! [`component`] is the way in: it compiles a file (or takes it from the [artifact cache](artifact_cache)), reads from its
//! type which [interface] it is built against, [ours](current) or the [prototype]'s, and links it against the [sandbox] and
//! the [host's functions](host_imports). Once [loaded] it serves calls from a [pool] of [instances](instance) under
//! [limits].

pub mod artifact_cache;
#[allow(warnings, missing_docs, clippy::all, clippy::pedantic, unsafe_code)] // generated
pub mod bindings;
mod call_log;
pub mod component;
mod convert;
mod current;
mod engine;
mod host_imports;
mod instance;
pub mod interface;
mod limits;
mod loaded;
mod pool;
mod prototype;
mod reactor;
pub use reactor::where_waiting_is_allowed;
mod sandbox;
mod server;
mod stack;
mod ticker;
mod waiting;
