//! `completions`: what shells need.

use clap::CommandFactory;
use serde::Serialize;

use crate::arguments::{Arguments, Completions};
use crate::error::Result;
use crate::output::{Output, Report, Style};

#[derive(Serialize)]
struct Script {
    shell: String,
    script: String,
}

impl Report for Script {
    fn text(&self, _: Style) -> String {
        self.script.trim_end().to_string()
    }
}

pub fn run(arguments: &Completions, output: &Output) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "pact-wasm",
        &mut script,
    );
    output.report(&Script {
        shell: arguments.shell.to_string(),
        script: String::from_utf8_lossy(&script).into_owned(),
    });
    Ok(())
}
