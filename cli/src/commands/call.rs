//! `call`: one operation.

use std::fs;
use std::io::{self, Read, stdin};
use std::path::Path;

use pact_wasm::driver::OPERATIONS;
use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::plugin::Plugin;
use pact_wasm::error::ErrorKind;
use serde::Serialize;
use serde_json::{Value, json};

use crate::arguments::Call;
use crate::error::{Error, Result};
use crate::hosting;
use crate::output::{Output, Report, Style, complain};
use crate::subject::Subject;

/// A response, as it is.
#[derive(Serialize)]
#[serde(transparent)]
struct Response(Value);

impl Report for Response {
    fn text(&self, _: Style) -> String {
        format!("{:#}", self.0)
    }
}

pub fn run(arguments: &Call, output: &Output) -> Result<()> {
    let operation = arguments.operation.as_str();
    if !OPERATIONS.contains(&operation) {
        let known = OPERATIONS.join(", ");
        return Err(Error::Usage(format!(
            "there is no operation \"{operation}\"; there are {known}"
        )));
    }
    let request = read_request(arguments.request.as_deref())?;
    let subject = Subject::open(&arguments.plugin, &arguments.run.grant)?;
    let config = hosting::config(&arguments.run.grant, arguments.run.limits());
    let host = hosting::host(hosting::with_log(config, arguments.log_level.into()))?;
    let progress = output.progress(format!("loading {}", subject.manifest.name));
    let plugin = host.load_directory(&subject.manifest.directory);
    drop(progress);
    let plugin = plugin.map_err(|error| Error::of_loading(error, str::to_string))?;
    let options = CallOptions::default();
    plugin.init(&options)?;
    let response = call(&plugin, operation, &request)?;
    if operation != "start-mock-server" {
        output.report(&Response(response));
        return Ok(());
    }
    let (address, port) = (
        response["address"].as_str().unwrap_or_default(),
        &response["port"],
    );
    complain(&format!("serving on {address}:{port}; Enter ends it"));
    output.report(&Response(response.clone()));
    wait_for_enter();
    let results = call(
        &plugin,
        "shutdown-mock-server",
        &json!({ "key": response["key"] }).to_string(),
    )?;
    output.report(&Response(results));
    Ok(())
}

fn call(plugin: &Plugin, operation: &str, request: &str) -> Result<Value> {
    let response = plugin.call_json(&CallOptions::default(), operation, request)?;
    // The library has just written it.
    let parsed = serde_json::from_str(&response);
    parsed.map_err(|e| Error::Plugin(ErrorKind::Internal(e.to_string()).into()))
}

fn read_request(file: Option<&Path>) -> Result<String> {
    match file {
        None => Ok("{}".to_string()),
        Some(file) if file == Path::new("-") => {
            let mut request = String::new();
            let read = stdin().read_to_string(&mut request);
            read.map_err(|e| unreadable("standard input", &e))?;
            Ok(request)
        }
        Some(file) => {
            fs::read_to_string(file).map_err(|e| unreadable(&file.display().to_string(), &e))
        }
    }
}

fn unreadable(place: &str, error: &io::Error) -> Error {
    Error::Usage(format!("{place}: the request cannot be read: {error}"))
}

/// Returns at the end of a line, or of the input.
fn wait_for_enter() {
    let mut line = String::new();
    let _ = stdin().read_line(&mut line);
}
