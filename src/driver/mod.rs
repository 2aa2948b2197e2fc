//! What a Pact plugin driver does, without WebAssembly and without C: finding plugins, reading their manifests, loading and
//! initialising them, keeping the catalogue, and passing operations on.
//!
//! It sees the WebAssembly runtime through the traits in [`component`].

pub mod call;
mod callbacks;
pub mod catalogue;
pub mod component;
pub mod config;
pub mod core;
#[cfg(feature = "core-rules")]
mod core_rules;
pub mod discovery;
pub mod host;
mod json_call;
pub mod log;
pub mod manifest;
pub mod pact_file;
pub mod permissions;
pub mod plugin;
mod resolve;
mod servers;

#[cfg(test)]
mod tests;

pub use json_call::{OPERATIONS, SCHEMA_VERSION};
