//! A plugin that fills no role and imports nothing of Pact's: the least that loads.

mod bindings {
    #![allow(missing_docs)]
    wit_bindgen::generate!({
        inline: "
            package test:minimal;

            world minimal {
                export pact:plugin/lifecycle@2.0.0;
            }
        ",
        path: "../../../wit",
        generate_all,
    });
}

use bindings::exports::pact::plugin::lifecycle;
use bindings::pact::plugin::types::{CatalogueEntry, InitFailure, InitRequest, InitResponse};

#[cfg(target_arch = "wasm32")]
bindings::export!(Minimal with_types_in bindings);

/// The guest.
pub struct Minimal;

impl lifecycle::Guest for Minimal {
    fn init(_request: InitRequest) -> Result<InitResponse, InitFailure> {
        Ok(InitResponse {
            catalogue: Vec::new(),
            plugin_capabilities: vec!["interaction/message".to_owned()],
        })
    }

    fn update_catalogue(_catalogue: Vec<CatalogueEntry>) {}
}
