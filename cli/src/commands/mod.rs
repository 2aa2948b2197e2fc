//! The commands, one file each.

mod cache;
mod call;
mod check;
mod completions;
mod inspect;
mod install;
mod list;
mod package;
mod precompile;
mod remove;
mod switch;

use crate::arguments::Command;
use crate::error::Result;
use crate::output::{Outcome, Output};

/// Runs a command and shows what it has to say.
pub fn run(command: Command, output: &Output) -> Result<Outcome> {
    match command {
        Command::Inspect(arguments) => return inspect::run(&arguments, output),
        Command::Check(arguments) => return check::run(&arguments, output),
        Command::Install(arguments) => install::run(&arguments, output),
        Command::List(arguments) => list::run(&arguments, output),
        Command::Remove(arguments) => remove::run(&arguments, output),
        Command::Disable(arguments) => switch::disable(&arguments, output),
        Command::Enable(arguments) => switch::enable(&arguments, output),
        Command::Package(arguments) => package::run(&arguments, output),
        Command::Call(arguments) => call::run(&arguments, output),
        Command::Precompile(arguments) => return precompile::run(&arguments, output),
        Command::Cache(arguments) => cache::run(&arguments, output),
        Command::Completions(arguments) => completions::run(&arguments, output),
    }
    .map(|()| Outcome::Good)
}
