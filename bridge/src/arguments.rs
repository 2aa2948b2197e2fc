//! The command line. Frameworks pass what the manifest has under `args`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use pact_wasm::driver::config::Limits;
use pact_wasm::driver::permissions::{Grant, Permission};

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
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    timeout: u64,

    /// Memory of one instance of the plugin
    #[arg(long, value_name = "MIB", default_value_t = 256)]
    memory: usize,

    /// How many calls run in parallel [default: one for each processor]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..))]
    instances: Option<u16>,

    // The default is twice what drivers wait for a plugin.
    /// How long to wait for the framework to initialise the plugin, before giving up
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    init_within: u64,
}

impl Arguments {
    /// What the plugin may use up.
    pub fn limits(&self) -> Limits {
        let default = Limits::default();
        Limits {
            timeout: Duration::from_secs(self.timeout),
            memory: self.memory << 20,
            instances: self.instances.map_or(default.instances, usize::from),
            ..default
        }
    }

    /// How long the framework may take to initialise the plugin.
    pub fn init_within(&self) -> Duration {
        Duration::from_secs(self.init_within)
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
