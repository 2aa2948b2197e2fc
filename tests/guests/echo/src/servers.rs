//! Mock servers that nobody can connect to, and verifications without a provider.

use std::cell::RefCell;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::bindings::exports::pact::plugin::transport::{Guest, Pollable};
use crate::bindings::pact::plugin::types::*;
use crate::bindings::wasi::io::poll::poll;
use crate::{Echo, describe, description_body, parse, record};

struct Server {
    key: String,
    /// Of the request that started it.
    description: String,
    /// What its results are to be.
    results: Option<MockServerResults>,
}

thread_local! {
    /// The server of this instance.
    static SERVER: RefCell<Option<Server>> = const { RefCell::new(None) };
}

impl Guest for Echo {
    fn start_mock_server(request: StartMockServerRequest) -> Result<MockServer, String> {
        let defaults = json!({ "ok": true, "results": [] });
        let results = asked_for("test context", request.test_context.as_deref(), defaults)?;
        let description = describe(&request);
        let StartMockServerRequest {
            host_interface,
            port,
            ..
        } = request;
        let key = format!("echo {host_interface} {port}");
        SERVER.set(Some(Server {
            key: key.clone(),
            description,
            results,
        }));
        Ok(MockServer {
            key,
            port,
            address: host_interface,
        })
    }

    fn serve_mock_server(key: String, until: &Pollable) -> Result<(), String> {
        with_server(&key, |_| ())?;
        poll(&[until]);
        Ok(())
    }

    fn get_mock_server_results(key: String) -> Result<MockServerResults, String> {
        with_server(&key, |server| results(server, "get-mock-server-results"))
    }

    fn shutdown_mock_server(key: String) -> Result<MockServerResults, String> {
        let results = with_server(&key, |server| results(server, "shutdown-mock-server"))?;
        SERVER.take();
        Ok(results)
    }

    fn prepare_interaction_for_verification(
        request: PrepareInteractionRequest,
    ) -> Result<InteractionData, String> {
        let defaults = json!({ "metadata": [] });
        if let Some(data) = asked_for("config", request.config.as_deref(), defaults)? {
            return Ok(data);
        }
        let value = |name: &str, value| (name.to_owned(), value);
        Ok(InteractionData {
            body: Some(description_body(&request)),
            metadata: vec![
                value("json", MetadataValue::Json("{\"a\":1}".to_owned())),
                value("bytes", MetadataValue::Bytes(vec![0, 255])),
            ],
        })
    }

    fn verify_interaction(request: VerifyInteractionRequest) -> Result<VerificationResult, String> {
        let defaults = json!({ "success": true, "failures": [], "output": [] });
        if let Some(result) = asked_for("config", request.config.as_deref(), defaults)? {
            return Ok(result);
        }
        let output = vec![describe(&request)];
        Ok(VerificationResult {
            success: true,
            response: Some(request.interaction_data),
            failures: Vec::new(),
            output,
        })
    }
}

/// What the key `response` of a JSON object asks for, or the error that its key `error` asks for.
fn asked_for<T: DeserializeOwned>(
    what: &str,
    object: Option<&str>,
    defaults: Value,
) -> Result<Option<T>, String> {
    let Some(object) = object else {
        return Ok(None);
    };
    let mut object = parse(what, object)?;
    if let Some(error) = object["error"].as_str() {
        return Err(error.to_owned());
    }
    let Some(response) = object.get_mut("response") else {
        return Ok(None);
    };
    record(
        &format!("{what} key \"response\""),
        response.take(),
        defaults,
    )
    .map(Some)
}

fn with_server<T>(key: &str, action: impl FnOnce(&Server) -> T) -> Result<T, String> {
    SERVER.with_borrow(|server| match server {
        Some(server) if server.key == key => Ok(action(server)),
        _ => Err(format!("echo has no server with the key {key:?}")),
    })
}

fn results(server: &Server, function: &str) -> MockServerResults {
    server.results.clone().unwrap_or_else(|| MockServerResults {
        ok: false,
        results: vec![MockServerResult {
            path: function.to_owned(),
            error: server.description.clone(),
            mismatches: Vec::new(),
        }],
    })
}
