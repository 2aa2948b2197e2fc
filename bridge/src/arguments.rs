//! The command line. Frameworks pass what the manifest has under `args`.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use pact_wasm::driver::config::Limits;
use pact_wasm::driver::permissions::{Grant, Permission};
use pact_wasm::error::Error;

/// Serves a Pact plugin that is a WebAssembly component to Pact frameworks that start plugins as executables.
///
/// `pact-wasm install --exec` writes a manifest that starts it. By itself it serves the plugin in a directory to whoever knows the
/// port and the key that it prints.
#[derive(Parser, Debug)]
#[command(name = "pact-wasm-bridge", version)]
pub struct Arguments {
    /// Directory of the plugin, with its pact-plugin.json
    #[arg(default_value = ".")]
    pub directory: PathBuf,

    /// What the plugin may reach outside of its sandbox, if its manifest asks for it: listen=ADDRESS, connect=ADDRESS, read=PATH,
    /// read-write=PATH or environment=NAME. Can be repeated. PACT_WASM_GRANTS in the environment grants more, separated by ";"
    #[arg(long, value_name = "PERMISSION")]
    pub grant: Vec<Permission>,

    /// Time for one call that comes without a deadline of its own
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = seconds())]
    timeout: u64,

    /// Memory of one instance of the plugin
    #[arg(long, value_name = "MIB", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=MOST_MEMORY))]
    memory: u16,

    /// How many calls run in parallel [default: one for each processor]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..))]
    instances: Option<u16>,

    /// How long to wait for the framework to initialise the plugin, before giving up
    #[arg(long, value_name = "SECONDS", default_value_t = INIT_WITHIN, value_parser = seconds())]
    init_within: u64,
}

/// Twice what drivers wait for a plugin.
const INIT_WITHIN: u64 = 120;
/// In MiB: components have 32-bit addresses.
const MOST_MEMORY: i64 = 4096;

/// A day at most.
fn seconds() -> clap::builder::RangedU64ValueParser {
    clap::value_parser!(u64).range(1..=86_400)
}

/// The command line of this process, or what is wrong with it. The framework hears of that at init, where it shows errors to its users.
/// Somebody at a terminal sees it at once, and help and version as well.
pub fn of_process() -> Result<Arguments, Error> {
    let wrong = match Arguments::try_parse() {
        Ok(arguments) => return Ok(arguments),
        Err(e) if !e.use_stderr() || std::io::stdout().is_terminal() => e.exit(),
        Err(e) => e.to_string(),
    };
    // Behind the reason are hints for people at a terminal.
    let reason = wrong.split("\n\n").next().unwrap_or_default();
    let reason = reason.trim_start_matches("error: ");
    Err(Error::invalid_argument(
        "args",
        format!("of the manifest cannot be used: {reason}"),
    ))
}

/// How long the framework may take to initialise the plugin.
pub fn init_within(arguments: &Result<Arguments, Error>) -> Duration {
    let seconds = arguments.as_ref().map_or(INIT_WITHIN, |it| it.init_within);
    Duration::from_secs(seconds)
}

impl Arguments {
    /// What the plugin may use up.
    pub fn limits(&self) -> Limits {
        let default = Limits::default();
        Limits {
            timeout: Duration::from_secs(self.timeout),
            memory: usize::from(self.memory) << 20,
            instances: self.instances.map_or(default.instances, usize::from),
            ..default
        }
    }

    /// What the plugin may reach, by the command line and the environment. An error says what cannot be granted.
    pub fn grants(&self) -> Result<Vec<Grant>, String> {
        let variable = "PACT_WASM_GRANTS";
        let of_environment = std::env::var(variable).unwrap_or_default();
        let mut permissions = self.grant.clone();
        for text in of_environment.split(';').map(str::trim) {
            if !text.is_empty() {
                permissions.push(text.parse().map_err(|e| format!("{variable} {e}"))?);
            }
        }
        let grant = |permission| Grant {
            plugin: None,
            permission,
        };
        Ok(permissions.into_iter().map(grant).collect())
    }
}
