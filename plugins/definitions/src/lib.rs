//! What the authors of tests write for plugins: definitions of matching rules in Pact's language ([`Definition`]), the names
//! of rules and generators ([`entries`]), and JSON values in words ([`found`]).
//!
//! The records of the plugin interface are generated here once ([`types`]), and a plugin takes them over with the option
//! `with` of its own bindings, so that rules and generators need no conversion:
//!
//! ```ignore
//! wit_bindgen::generate!({
//!     path: "../../wit",
//!     world: "pact:plugin/content-plugin",
//!     with: { "pact:plugin/types@2.0.0": definitions::types },
//! });
//! ```

pub mod config_keys;
mod definition;
pub mod entries;
mod expression;
pub mod values;

mod bindings {
    #![allow(missing_docs)]
    wit_bindgen::generate!({
        inline: "package pact:definitions; world records { import pact:plugin/types@2.0.0; }",
        path: "../../wit",
        world: "pact:definitions/records",
        generate_all,
        // Mismatches and bodies are compared in unit tests.
        additional_derives: [PartialEq],
    });
}

pub use bindings::pact::plugin::types;
pub use definition::{Definition, Kind};
pub use expression::configuration;
pub use values::found;
