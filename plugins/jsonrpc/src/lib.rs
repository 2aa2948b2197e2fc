//! A Pact plugin for JSON-RPC 2.0 over HTTP, as a WebAssembly component.
//!
//! It fills two roles of the plugin interface. As a *content matcher* it builds requests and responses from what the author of
//! a consumer test wrote ([`config`], [`template`], [`configure`]) and compares them ([`compare`]). As a *transport* it is the
//! mock server of a consumer test ([`mock`], [`server`]) and the client that verifies a provider ([`verify`]). What both sides
//! expect of a message is in [`expected`] and [`payload`], HTTP in [`http`], and the sockets are in the crate `tcp`. The file
//! `README.md` tells test authors how to use it.
//!
//! This file is all that knows the component interface's functions: each passes its request to a module, together with
//! the host's services. The modules reach the host only through the trait [`Services`], which is why `cargo test` runs
//! them natively, without a WebAssembly runtime. The records of the interface are used as they are generated.

mod answer;
mod batch;
mod compare;
mod config;
mod configure;
mod expected;
mod generate;
mod http;
mod interaction;
mod markup;
mod message;
mod mock;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;
mod numbers;
mod path;
mod payload;
mod results;
mod server;
mod services;
mod target;
mod template;
#[cfg(test)]
mod testing;
mod verify;

mod bindings {
    #![allow(missing_docs)]
    wit_bindgen::generate!({
        inline: "
            package pact:jsonrpc;
            world jsonrpc {
                include pact:plugin/imports@2.0.0;
                export pact:plugin/lifecycle@2.0.0;
                export pact:plugin/content-matcher@2.0.0;
                export pact:plugin/transport@2.0.0;
            }
        ",
        path: "../../wit",
        world: "pact:jsonrpc/jsonrpc",
        generate_all,
        with: {
            "pact:plugin/types@2.0.0": definitions::types,
            "wasi:io/poll@0.2.3": tcp::poll,
        },
    });
}

use std::cell::RefCell;

use bindings::exports::pact::plugin::{content_matcher, lifecycle, transport};
use definitions::types::*;
use mock::Running;
use services::{HostServices, LogLevel, Services};
use tcp::Pollable;

// Only a component has the exports; natively these names would not even link everywhere.
#[cfg(target_arch = "wasm32")]
bindings::export!(Plugin with_types_in bindings);

/// The plugin. Between calls it remembers the catalogue, which the host tells to every instance, and the mock server, which
/// has its instance to itself. What belongs to an interaction is in its plugin configuration.
pub struct Plugin;

thread_local! {
    /// The mock server of this instance.
    static SERVER: RefCell<Option<Running<HostServices>>> = const { RefCell::new(None) };
}

const NAME: &str = "jsonrpc";

/// The content types of this plugin, as the catalogue wants them: regular expressions, separated by semicolons.
const CONTENT_TYPES: &str = "application/jsonrpc;application/json-rpc;application/jsonrequest";

/// What the plugin cannot do without.
const REQUIRED: [&str; 1] = ["content-matcher/json"];

impl lifecycle::Guest for Plugin {
    fn init(request: InitRequest) -> Result<InitResponse, InitFailure> {
        HostServices.log(
            LogLevel::Info,
            "jsonrpc::init",
            &format!(
                "jsonrpc {} for {} {}",
                env!("CARGO_PKG_VERSION"),
                request.implementation,
                request.version
            ),
        );
        init(&request.host_capabilities)
    }

    fn update_catalogue(catalogue: Vec<CatalogueEntry>) {
        definitions::config_keys::update(&catalogue);
    }
}

fn init(host_capabilities: &[String]) -> Result<InitResponse, InitFailure> {
    let is_missing = |required: &&str| !host_capabilities.iter().any(|it| it == required);
    let missing: Vec<String> = REQUIRED
        .iter()
        .filter(|required| is_missing(required))
        .map(|required| (*required).to_owned())
        .collect();
    if !missing.is_empty() {
        return Err(InitFailure {
            message: format!(
                "the jsonrpc plugin has params and results compared by the host, which lacks {}",
                missing.join(", ")
            ),
            missing_capabilities: missing,
        });
    }
    let entry = |entry_type, values| CatalogueEntry {
        entry_type,
        key: NAME.to_owned(),
        values,
    };
    let content_types = ("content-types".to_owned(), CONTENT_TYPES.to_owned());
    Ok(InitResponse {
        catalogue: vec![
            entry(EntryType::Transport, Vec::new()),
            entry(EntryType::ContentMatcher, vec![content_types]),
        ],
        plugin_capabilities: vec!["interaction/synchronous-message".to_owned()],
    })
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

impl transport::Guest for Plugin {
    fn start_mock_server(request: StartMockServerRequest) -> Result<MockServer, String> {
        SERVER.with_borrow_mut(|running| {
            if running.is_some() {
                return Err("this instance has a mock server already".to_owned());
            }
            let (started, server) = Running::start(HostServices, &request)?;
            *running = Some(started);
            Ok(server)
        })
    }

    fn serve_mock_server(key: String, until: &Pollable) -> Result<(), String> {
        with_server(&key, |server| server.serve(until))
    }

    fn get_mock_server_results(key: String) -> Result<MockServerResults, String> {
        with_server(&key, |server| Ok(server.results()))
    }

    fn shutdown_mock_server(key: String) -> Result<MockServerResults, String> {
        let results = with_server(&key, |server| Ok(server.results()))?;
        SERVER.set(None);
        Ok(results)
    }

    fn prepare_interaction_for_verification(
        request: PrepareInteractionRequest,
    ) -> Result<InteractionData, String> {
        verify::prepare(&HostServices, &request)
    }

    fn verify_interaction(request: VerifyInteractionRequest) -> Result<VerificationResult, String> {
        verify::verify(&HostServices, &request)
    }
}

fn with_server<T>(
    key: &str,
    call: impl FnOnce(&mut Running<HostServices>) -> Result<T, String>,
) -> Result<T, String> {
    SERVER.with_borrow_mut(|running| {
        let running = running
            .as_mut()
            .ok_or("no mock server runs in this instance")?;
        running.check_key(key)?;
        call(running)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_both_roles() {
        let capabilities = ["content-matcher/json", "matcher/type"].map(str::to_owned);
        let response = init(&capabilities).unwrap();
        let entries: Vec<_> = response
            .catalogue
            .iter()
            .map(|entry| (entry.entry_type, &*entry.key, entry.values.len()))
            .collect();
        assert_eq!(
            entries,
            [
                (EntryType::Transport, "jsonrpc", 0),
                (EntryType::ContentMatcher, "jsonrpc", 1)
            ]
        );
        assert_eq!(
            response.plugin_capabilities,
            ["interaction/synchronous-message"]
        );
    }

    #[test]
    fn a_host_that_cannot_compare_json_is_refused() {
        let failure = init(&["matcher/type".to_owned()]).unwrap_err();
        assert_eq!(failure.missing_capabilities, ["content-matcher/json"]);
        assert!(failure.message.contains("lacks content-matcher/json"));
    }
}
