//! A Pact plugin for JSON Web Tokens (RFC 7519), as a WebAssembly component.
//!
//! It fills two roles of the plugin interface. As a *content matcher* it signs a token from what the author of a
//! consumer test wrote ([`config`], [`configure`]) and compares tokens ([`compare`]); as a *content generator* it renews
//! and re-signs tokens ([`generate`]). The file `README.md` tells test authors how to use it.
//!
//! This file is all that knows the component interface's functions: each passes its request to a module, together with
//! the host's services. The modules reach the host only through the trait [`Services`], which is why `cargo test` runs
//! them natively, without a WebAssembly runtime. The records of the interface are used as they are generated.

mod algorithm;
mod compare;
mod config;
mod configure;
mod generate;
mod keys;
mod markup;
mod rules;
mod services;
#[cfg(test)]
mod testing;
mod token;

mod bindings {
    #![allow(missing_docs)]
    wit_bindgen::generate!({
        path: "../../wit",
        world: "pact:plugin/content-plugin",
        with: { "pact:plugin/types@2.0.0": definitions::types },
    });
}

use bindings::exports::pact::plugin::{content_generator, content_matcher, lifecycle};
use definitions::types::*;
use services::{HostServices, LogLevel, Services};

// Only a component has the exports; natively these names would not even link everywhere.
#[cfg(target_arch = "wasm32")]
bindings::export!(Plugin with_types_in bindings);

/// The plugin. It has no state: what belongs to an interaction is in its plugin configuration, because the host may
/// serve each call with another instance.
pub struct Plugin;

/// The content types of this plugin, as the catalogue wants them: regular expressions, separated by semicolons.
const CONTENT_TYPES: &str = r"application/jwt;application/jwt\+json";

impl lifecycle::Guest for Plugin {
    fn init(request: InitRequest) -> Result<InitResponse, InitFailure> {
        HostServices.log(
            LogLevel::Info,
            "jwt::init",
            &format!(
                "jwt {} for {} {}",
                env!("CARGO_PKG_VERSION"),
                request.implementation,
                request.version
            ),
        );
        let entry = |entry_type| CatalogueEntry {
            entry_type,
            key: "jwt".to_owned(),
            values: vec![("content-types".to_owned(), CONTENT_TYPES.to_owned())],
        };
        Ok(InitResponse {
            catalogue: vec![
                entry(EntryType::ContentMatcher),
                entry(EntryType::ContentGenerator),
            ],
            // A plugin that declares no `interaction/…` capability is handed all kinds of interactions.
            plugin_capabilities: Vec::new(),
        })
    }

    fn update_catalogue(_: Vec<CatalogueEntry>) {
        // Nothing here depends on what other plugins can do.
    }
}

impl content_matcher::Guest for Plugin {
    fn configure_interaction(
        request: ConfigureInteractionRequest,
    ) -> Result<ConfigureInteractionResponse, String> {
        configure::configure(&HostServices, &request)
    }

    fn compare_contents(request: CompareContentsRequest) -> Result<ContentsComparison, String> {
        compare::compare(&HostServices, &request)
    }
}

impl content_generator::Guest for Plugin {
    fn generate_content(request: GenerateContentRequest) -> Result<Body, String> {
        generate::generate(&HostServices, request)
    }
}
