//! A transport that is not HTTP, for the host's tests of mock servers and verification.
//!
//! A client sends `<command> <length>\n` and as many bytes; the server answers `OK <length>\n` and the bytes of the response,
//! or `ERR <length>\n` and a text. An interaction's plugin configuration is
//! `{"command": "…", "request": "<base64>", "response": "<base64>"}`; a request is answered if an interaction has its command
//! and its bytes. A verification takes `{"host": "…", "port": …}`, and `"nonce": "<base64>"`, which becomes metadata of the
//! request and of the response.
//!
//! A mock server misbehaves on these commands, which are not in its results:
//!
//! | command     | what happens |
//! |-------------|--------------|
//! | `!trap`     | panics |
//! | `!loop`     | never returns, computing |
//! | `!alloc`    | allocates and touches memory without end |
//! | `!spin`     | never returns, polling what is always ready |
//! | `!sleep`    | waits for an hour, and for nothing else |
//! | `!fail`     | serving ends with the error `the server gave up` |
//! | `!log`      | logs a record with the bytes of the request as its message, then answers `OK` |
//! | `!callback` | asks the host whether the bytes match the regular expression `\d+`, and answers `true` or `false`, or `ERR` with the host's error |
//!
//! The manifest's `pluginConfig` key `start` chooses what `start-mock-server` does: `fail` (the error `the guest does not
//! start`), `trap`, `loop`, `port` (it answers with a port that is not the server's). The key `claims` has the `address` and
//! the `port` that it answers with in place of the server's, each of them optional. The key `declares` lists the capabilities
//! that `init` declares.

mod bindings {
    #![allow(missing_docs)]
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "pact:plugin/transport-plugin",
        with: { "wasi:io/poll@0.2.3": tcp::poll },
        additional_derives: [PartialEq],
    });
}

mod interaction;
mod misbehave;
mod mock;
mod verify;
mod wire;

use std::cell::RefCell;

use bindings::exports::pact::plugin::{lifecycle, transport};
use bindings::pact::plugin::host;
use bindings::pact::plugin::types::*;
use interaction::Interaction;
use mock::Mock;
use tcp::{Client, Listener, Pollable};
use wire::Message;

// Only a component has the exports; natively these names would not even link everywhere.
#[cfg(target_arch = "wasm32")]
bindings::export!(Line with_types_in bindings);

/// The guest.
pub struct Line;

/// The key of the server; an instance has one at most.
const KEY: &str = "line";

struct Server {
    listener: Listener<Mock>,
    mock: Mock,
}

thread_local! {
    static SERVER: RefCell<Option<Server>> = const { RefCell::new(None) };
}

/// The plugin's own configuration.
fn configuration() -> serde_json::Value {
    serde_json::from_str(&host::plugin_configuration()).unwrap_or_default()
}

impl lifecycle::Guest for Line {
    fn init(_: InitRequest) -> Result<InitResponse, InitFailure> {
        let configuration = configuration();
        let declared = configuration["declares"].as_array().into_iter().flatten();
        let declared = declared.filter_map(serde_json::Value::as_str);
        Ok(InitResponse {
            catalogue: vec![CatalogueEntry {
                entry_type: EntryType::Transport,
                key: "line".to_owned(),
                values: Vec::new(),
            }],
            plugin_capabilities: declared.map(str::to_owned).collect(),
        })
    }

    fn update_catalogue(_: Vec<CatalogueEntry>) {
        // Nothing here depends on what other plugins can do.
    }
}

impl transport::Guest for Line {
    fn start_mock_server(request: StartMockServerRequest) -> Result<MockServer, String> {
        let configuration = configuration();
        let start = configuration["start"].as_str().unwrap_or_default();
        match start {
            "fail" => return Err("the guest does not start".to_owned()),
            "trap" => misbehave::trap(),
            "loop" => misbehave::spin_forever(),
            _ => {}
        }
        if request.tls {
            return Err("there is no TLS in this protocol: start the server without".to_owned());
        }
        let interactions = request.interactions.iter();
        let interactions = interactions
            .map(Interaction::from_contents)
            .collect::<Result<_, _>>()?;
        SERVER.with_borrow_mut(|server| {
            if server.is_some() {
                return Err("this instance has a server already".to_owned());
            }
            let listener = Listener::open(&request.host_interface, request.port)?;
            let claims = &configuration["claims"];
            let port = claims["port"].as_u64();
            let port = port.and_then(|port| u16::try_from(port).ok());
            let answer = MockServer {
                key: KEY.to_owned(),
                port: port.unwrap_or(listener.port() ^ u16::from(start == "port")),
                address: match claims["address"].as_str() {
                    Some(address) => address.to_owned(),
                    None => listener.address(),
                },
            };
            let mock = Mock::new(interactions);
            *server = Some(Server { listener, mock });
            Ok(answer)
        })
    }

    fn serve_mock_server(key: String, until: &Pollable) -> Result<(), String> {
        with_server(&key, |server| {
            server.listener.serve(&mut server.mock, until)
        })?
    }

    fn get_mock_server_results(key: String) -> Result<MockServerResults, String> {
        with_server(&key, |server| server.mock.results())
    }

    fn shutdown_mock_server(key: String) -> Result<MockServerResults, String> {
        let results = with_server(&key, |server| server.mock.results())?;
        SERVER.take();
        Ok(results)
    }

    fn prepare_interaction_for_verification(
        request: PrepareInteractionRequest,
    ) -> Result<InteractionData, String> {
        verify::prepare(&request)
    }

    fn verify_interaction(request: VerifyInteractionRequest) -> Result<VerificationResult, String> {
        verify::verify(&request, exchange)
    }
}

fn with_server<T>(key: &str, action: impl FnOnce(&mut Server) -> T) -> Result<T, String> {
    SERVER.with_borrow_mut(|server| match server {
        Some(server) if key == KEY => Ok(action(server)),
        _ => Err(format!("there is no server with the key {key:?}")),
    })
}

/// Sends a request to a provider and waits for the answer.
fn exchange(host: &str, port: u16, request: &[u8]) -> Result<Message, String> {
    let mut client = Client::connect(host, port)?;
    client.write(request)?;
    let mut input = Vec::new();
    loop {
        if client.read(&mut input)? == 0 {
            return Err(format!(
                "{host}:{port} closed the connection after {} bytes, before its answer was complete",
                input.len()
            ));
        }
        let message = wire::take(&mut input)
            .map_err(|error| format!("{host}:{port} does not answer in this protocol: {error}"))?;
        if let Some(message) = message {
            return Ok(message);
        }
    }
}
