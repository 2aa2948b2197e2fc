//! The generic call: any operation by name, with JSON in and JSON out, for languages and tools that have no use for types.

use serde::{Deserialize, Serialize};

use super::call::CallOptions;
use super::plugin::Plugin;
use crate::error::{Error, ErrorKind, Result};
use crate::model::strict::strict;
use crate::model::{CatalogueEntry, FieldValue, Mismatch};

/// Version of the JSON of requests and responses: the number in the name of `schema/generic-call-1.json`, which describes them
/// and says when it rises.
pub const SCHEMA_VERSION: u32 = 1;

/// The operations that [`Plugin::call_json`] knows.
pub const OPERATIONS: [&str; 12] = [
    "init",
    "update-catalogue",
    "configure-interaction",
    "compare-contents",
    "generate-content",
    "match-field",
    "generate-field",
    "start-mock-server",
    "get-mock-server-results",
    "shutdown-mock-server",
    "prepare-interaction-for-verification",
    "verify-interaction",
];

#[derive(Deserialize, Serialize)]
#[serde(remote = "Self", deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize, Serialize)]
#[serde(remote = "Self", deny_unknown_fields)]
struct UpdateCatalogueRequest {
    catalogue: Vec<CatalogueEntry>,
}

/// Names a mock server.
#[derive(Deserialize, Serialize)]
#[serde(remote = "Self", deny_unknown_fields)]
struct MockServerRequest {
    key: String,
}

strict!(Nothing, UpdateCatalogueRequest, MockServerRequest);

#[derive(Serialize)]
struct MatchFieldResponse {
    mismatches: Vec<Mismatch>,
}

#[derive(Serialize)]
struct GenerateFieldResponse {
    value: FieldValue,
}

impl Plugin {
    /// Calls an operation with a request in JSON and returns its response in JSON.
    ///
    /// Requests and responses are the records of the WIT package in camel case; bodies are in base64, expression maps are
    /// objects. `init` takes `{}`, because the host knows what it has to tell, and answers with the catalogue. A mock server is
    /// named by its key, `{"key":…}`. The schema says it exactly, see [`SCHEMA_VERSION`].
    pub fn call_json(
        &self,
        options: &CallOptions,
        operation: &str,
        request: &str,
    ) -> Result<String> {
        let manifest = self.manifest();
        let known = OPERATIONS.into_iter().find(|it| *it == operation);
        self.dispatch(options, operation, request).map_err(|e| {
            e.with_plugin(&manifest.name, &manifest.version.to_string())
                .with_operation(known.unwrap_or("call"))
        })
    }

    fn dispatch(&self, options: &CallOptions, operation: &str, request: &str) -> Result<String> {
        match operation {
            "init" => {
                let Nothing {} = parse(operation, request)?;
                self.init(options)?;
                respond(&self.init_response())
            }
            "update-catalogue" => {
                let request: UpdateCatalogueRequest = parse(operation, request)?;
                self.update_catalogue(options, request.catalogue)?;
                respond(&Nothing {})
            }
            "configure-interaction" => {
                let request = parse(operation, request)?;
                respond(&self.configure_interaction(options, &request)?)
            }
            "compare-contents" => {
                let request = parse(operation, request)?;
                respond(&self.compare_contents(options, &request)?)
            }
            "generate-content" => {
                let request = parse(operation, request)?;
                respond(&self.generate_content(options, &request)?)
            }
            "match-field" => {
                let request = parse(operation, request)?;
                respond(&MatchFieldResponse {
                    mismatches: self.match_field(options, &request)?,
                })
            }
            "generate-field" => {
                let request = parse(operation, request)?;
                respond(&GenerateFieldResponse {
                    value: self.generate_field(options, &request)?,
                })
            }
            "start-mock-server" => {
                let request = parse(operation, request)?;
                respond(&self.start_mock_server(options, &request)?)
            }
            "get-mock-server-results" => {
                let MockServerRequest { key } = parse(operation, request)?;
                respond(&self.mock_server_results(options, &key)?)
            }
            "shutdown-mock-server" => {
                let MockServerRequest { key } = parse(operation, request)?;
                respond(&self.shutdown_mock_server(options, &key)?)
            }
            "prepare-interaction-for-verification" => {
                let request = parse(operation, request)?;
                respond(&self.prepare_interaction(options, &request)?)
            }
            "verify-interaction" => {
                let request = parse(operation, request)?;
                respond(&self.verify_interaction(options, &request)?)
            }
            unknown => Err(ErrorKind::UnknownOperation {
                operation: unknown.to_string(),
                known: OPERATIONS.join(", "),
            }
            .into()),
        }
    }
}

fn parse<'a, T: Deserialize<'a>>(operation: &str, request: &'a str) -> Result<T> {
    serde_json::from_str(request).map_err(|e| {
        Error::invalid_argument("request_json", format!("is not a {operation} request: {e}"))
    })
}

/// What JSON cannot hold comes from the plugin: a decimal that is no number.
fn respond<T: Serialize>(response: &T) -> Result<String> {
    serde_json::to_string(response).map_err(|e| {
        let field = "value".to_string();
        let reason = e.to_string();
        ErrorKind::InvalidResponse { field, reason }.into()
    })
}
