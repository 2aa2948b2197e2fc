//! `completions`: what shells need.

use clap::CommandFactory;
use clap_complete::Shell;
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

/// clap_complete 4.6 looks for the cases of commands by another name than it gives them if the program's has a hyphen (clap issue 6421).
fn with_cases_that_are_found(bash: &str) -> String {
    bash.replace("pact__subcmd__wasm", "pact__wasm")
}

pub fn run(arguments: &Completions, output: &Output) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "pact-wasm",
        &mut script,
    );
    let script = String::from_utf8_lossy(&script);
    output.report(&Script {
        shell: arguments.shell.to_string(),
        script: match arguments.shell {
            Shell::Bash => with_cases_that_are_found(&script),
            _ => script.into_owned(),
        },
    });
    Ok(())
}
