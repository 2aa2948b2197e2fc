//! The C API: the only part that knows C.
//!
//! Each file is a section of `include/pact_wasm.h`, which a test generates from these files and compares with the committed
//! one; [`guard`] and [`handle`] are what all of them stand on. Functions validate and convert, then call
//! [`crate::driver`]; there is no logic here that a Rust caller would miss.
#![allow(unsafe_code)] // pointers from C
#![allow(clippy::missing_safety_doc)] // the header states the rules for all functions once, in `header.h`

pub mod answers;
pub mod callback;
pub mod codes;
pub mod config;
pub mod contents;
pub mod error;
pub mod fields;
mod guard;
mod handle;
pub mod handlers;
pub mod host;
pub mod log;
pub mod outcomes;
pub mod pact;
pub mod permissions;
pub mod plugin;
mod record;
mod requests;
pub mod results;
pub mod servers;
pub mod text;
pub mod verification;
pub mod version;
