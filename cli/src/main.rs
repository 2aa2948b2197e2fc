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
use output::Output;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(arguments.json);
    match commands::run(arguments.command, &output) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            output.error(&error);
            error.exit_code()
        }
    }
}
