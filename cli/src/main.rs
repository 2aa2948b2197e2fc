//! `pact-wasm`: Pact plugins that are WebAssembly components, for people.
//!
//! Each command is a file in `commands`; what they share is beside it. A command gives a report, which is printed as text or, with
//! `--json`, as JSON; `docs/cli.md` is the manual.
#![forbid(unsafe_code)]

mod archive;
mod arguments;
mod commands;
mod component;
mod error;
mod escape;
mod files;
mod hosting;
mod layout;
mod manifest;
mod names;
mod output;
mod subject;

use std::process::ExitCode;

use clap::Parser;

use arguments::Arguments;
use error::Error;
use output::{Output, complain};

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    let output = Output::new(arguments.json);
    let outcome = commands::run(arguments.command, &output);
    let code = match &outcome {
        Ok(outcome) => (*outcome).into(),
        Err(error) => {
            output.error(error);
            error.exit_code()
        }
    };
    match output.finish() {
        Ok(()) => code,
        Err(error) => {
            complain(&format!("error: {error}"));
            error.exit_code()
        }
    }
}

/// Says what is wrong with the arguments, or what was asked for: help, the version.
fn refuse(error: &clap::Error) -> ExitCode {
    let is_json = std::env::args_os().any(|it| it == "--json");
    if !(is_json && error.use_stderr()) {
        error.exit();
    }
    let text = error.render().to_string();
    let message = text.trim().trim_start_matches("error: ").to_string();
    let error = Error::Usage(message);
    Output::new(true).error(&error);
    error.exit_code()
}
