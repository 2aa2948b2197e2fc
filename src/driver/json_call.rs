//! The generic call: any operation by name, with JSON in and JSON out, for languages and tools that have no use for types.

use serde::{Deserialize, Serialize};

use super::call::CallOptions;
use super::plugin::Plugin;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{CatalogueEntry, FieldValue, Mismatch};

/// The operations that [`Plugin::call_json`] knows.
pub const OPERATIONS: [&str; 7] = [
    "init",
    "update-catalogue",
    "configure-interaction",
    "compare-contents",
    "generate-content",
    "match-field",
    "generate-field",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Nothing {}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UpdateCatalogueRequest {
    catalogue: Vec<CatalogueEntry>,
}

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
    /// objects. `init` takes `{}`, because the host knows what it has to tell, and answers with the catalogue.
    pub fn call_json(
        &self,
        options: &CallOptions,
        operation: &str,
        request: &str,
    ) -> Result<String> {
        let manifest = self.manifest();
        self.dispatch(options, operation, request)
            .map_err(|e| e.with_plugin(&manifest.name, &manifest.version.to_string()))
    }

    fn dispatch(&self, options: &CallOptions, operation: &str, request: &str) -> Result<String> {
        match operation {
            "init" => {
                let Nothing {} = parse("init", request)?;
                self.init(options)?;
                respond(&self.init_response())
            }
            "update-catalogue" => {
                let request: UpdateCatalogueRequest = parse("update-catalogue", request)?;
                self.update_catalogue(options, request.catalogue)?;
                Ok("{}".to_string())
            }
            "configure-interaction" => {
                let request = parse("configure-interaction", request)?;
                respond(&self.configure_interaction(options, &request)?)
            }
            "compare-contents" => {
                let request = parse("compare-contents", request)?;
                respond(&self.compare_contents(options, &request)?)
            }
            "generate-content" => {
                let request = parse("generate-content", request)?;
                respond(&self.generate_content(options, &request)?)
            }
            "match-field" => {
                let request = parse("match-field", request)?;
                respond(&MatchFieldResponse {
                    mismatches: self.match_field(options, &request)?,
                })
            }
            "generate-field" => {
                let request = parse("generate-field", request)?;
                respond(&GenerateFieldResponse {
                    value: self.generate_field(options, &request)?,
                })
            }
            unknown => Err(ErrorKind::UnknownOperation {
                operation: unknown.to_string(),
                known: OPERATIONS.join(", "),
            }
            .into()),
        }
    }
}

fn parse<'a, T: Deserialize<'a>>(operation: &'static str, request: &'a str) -> Result<T> {
    serde_json::from_str(request).map_err(|e| {
        Error::invalid_argument("request_json", format!("is not a {operation} request: {e}"))
            .with_operation(operation)
    })
}

fn respond<T: Serialize>(response: &T) -> Result<String> {
    serde_json::to_string(response).map_err(|e| ErrorKind::Internal(e.to_string()).into())
}
