//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use pact_wasm::driver::config::Limits;
use pact_wasm::driver::log::Level;
use pact_wasm::driver::permissions::Permission;

const EXIT_CODES: &str = "\
Exit codes:
  0  all is well
  1  the plugin, its files or the check failed
  2  wrong usage: an argument that cannot be used, or that names nothing

Environment:
  PACT_PLUGIN_DIR  where plugins are installed, in place of ~/.pact/plugins
  XDG_CACHE_HOME   where compiled plugins are kept (in pact-wasm), in place of ~/.cache
  NO_COLOR         no colours; there are none either where the output is no terminal";

/// Pact plugins that are WebAssembly components: looks into them, checks, installs, packages and calls them.
#[derive(Parser, Debug)]
#[command(name = "pact-wasm", version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub struct Arguments {
    /// Print JSON on standard output, errors included
    #[arg(long, global = true)]
    pub json: bool,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Show what a component is: who made it, what it does, what it may want
    #[command(after_help = EXIT_CODES)]
    Inspect(Inspect),
    /// Find out whether a plugin keeps to the interface, whatever it is called with
    #[command(after_help = EXIT_CODES, long_about = CHECK)]
    Check(Check),
    /// Put a plugin where Pact finds it
    #[command(after_help = EXIT_CODES, long_about = INSTALL)]
    Install(Install),
    /// List what is installed
    #[command(after_help = EXIT_CODES)]
    List(PluginDirectory),
    /// Remove an installed plugin
    #[command(after_help = EXIT_CODES)]
    Remove(Installed),
    /// Hide an installed plugin from Pact
    #[command(after_help = EXIT_CODES)]
    Disable(Installed),
    /// Show a disabled plugin to Pact again
    #[command(after_help = EXIT_CODES)]
    Enable(Installed),
    /// Make the archive of a plugin that is released, and its checksum
    #[command(after_help = EXIT_CODES)]
    Package(Package),
    /// Call one operation of a plugin, with JSON in and out
    #[command(after_help = EXIT_CODES, long_about = CALL)]
    Call(Call),
    /// Compile plugins into the cache, so that their first use is fast
    #[command(after_help = EXIT_CODES)]
    Precompile(Precompile),
    /// Show or empty the cache of compiled plugins
    #[command(after_help = EXIT_CODES)]
    Cache(Cache),
    /// Print what a shell needs to complete this command's arguments
    #[command(after_help = EXIT_CODES)]
    Completions(Completions),
}

/// A plugin that is not installed, or not by its name.
const SUBJECT: &str =
    "A component (.wasm), or the directory of a plugin, with its pact-plugin.json";

#[derive(Args, Debug)]
pub struct Inspect {
    #[arg(value_name = "FILE|DIRECTORY", help = SUBJECT)]
    pub plugin: PathBuf,
    /// Print the WIT that is in the component, with its documentation, and nothing else
    #[arg(long)]
    pub wit: bool,
}

const CHECK: &str = "\
Find out whether a plugin keeps to the interface, whatever it is called with.

The plugin is loaded and initialised, and every operation of every role that it fills is called: with requests that are made up \
from its catalogue, and with ones that nobody should send. It may answer with an error. It must not crash, run out of time or \
memory, or give an answer that the interface does not allow; and it has to go on working afterwards. Transports start and end \
mock servers on loopback.

What a check can make up does not get far with most plugins: a contents config that the plugin understands (--contents-config) \
lets it compare what the plugin configures with itself.";

#[derive(Args, Debug)]
pub struct Check {
    #[arg(value_name = "FILE|DIRECTORY", help = SUBJECT)]
    pub plugin: PathBuf,
    /// Content type to call with as well. Others are made up from the catalogue. Can be repeated
    #[arg(long, value_name = "TYPE")]
    pub content_type: Vec<String>,
    /// A contents config that the plugin understands, in JSON
    #[arg(long, value_name = "FILE")]
    pub contents_config: Option<PathBuf>,
    #[command(flatten)]
    pub run: Run,
}

const INSTALL: &str = "\
Put a plugin where Pact finds it.

The plugin is a component (.wasm), the archive of a release (pact-<name>-plugin.zip, with its .sha256 beside it), or a directory \
with a pact-plugin.json. It is put beside the others, loaded and initialised once, and only then takes its place in \
<plugin directory>/<name>-<version>.

With --exec it is for Pact frameworks that start plugins as executables, which is all of them today: they start \
pact-wasm-bridge, which runs the component and has what --grant, --timeout and --memory say. Without --exec it is for programs \
that use libpact_wasm; they grant and bound themselves, and these options are for the trial only.";

#[derive(Args, Debug)]
pub struct Install {
    /// A component, the archive of a release, or the directory of a plugin
    #[arg(value_name = "FILE|ZIP|DIRECTORY")]
    pub source: PathBuf,
    /// For Pact frameworks that start plugins as executables, through pact-wasm-bridge
    #[arg(long)]
    pub exec: bool,
    /// Where pact-wasm-bridge is [default: beside this program, or in PATH]
    #[arg(long, value_name = "PATH", requires = "exec")]
    pub bridge: Option<PathBuf>,
    #[arg(long, value_name = "PERMISSION", help = GRANT)]
    pub grant: Vec<String>,
    /// Version of the plugin interface that frameworks use, in place of the one in the manifest
    #[arg(long, value_name = "1|2", value_parser = clap::value_parser!(u8).range(1..=2))]
    pub interface: Option<u8>,
    /// Name of the plugin, for a component that does not say
    #[arg(long)]
    pub name: Option<String>,
    /// Version of the plugin, for a component that does not say
    #[arg(long)]
    pub version: Option<String>,
    /// Do not compare an archive with its .sha256
    #[arg(long)]
    pub no_verify: bool,
    /// Replace what is installed in this version with other content
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    pub bounds: Bounds,
    #[command(flatten)]
    pub directory: PluginDirectory,
}

#[derive(Args, Debug)]
pub struct PluginDirectory {
    /// Where plugins are installed [default: $PACT_PLUGIN_DIR, or ~/.pact/plugins]
    #[arg(long, value_name = "DIRECTORY")]
    pub plugin_dir: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Installed {
    /// Name of the plugin
    pub name: String,
    /// Its version; needed where several are installed
    pub version: Option<String>,
    #[command(flatten)]
    pub directory: PluginDirectory,
}

#[derive(Args, Debug)]
pub struct Package {
    /// The directory of a plugin, with its pact-plugin.json
    pub directory: PathBuf,
    /// Where to put the archive
    #[arg(long, value_name = "DIRECTORY", default_value = ".")]
    pub output: PathBuf,
}

const CALL: &str = "\
Call one operation of a plugin, with JSON in and out.

The plugin is loaded and initialised first. Request and response are those of schema/generic-call-1.json; bodies are in base64. \
What the plugin logs goes to standard error.

After start-mock-server the server runs until Enter is pressed or standard input ends, then its final results are printed \
(shutdown-mock-server). Ctrl-C ends it at once and without results. With - as the request, standard input is the request, so \
the server ends when that has been read.";

#[derive(Args, Debug)]
pub struct Call {
    #[arg(value_name = "FILE|DIRECTORY", help = SUBJECT)]
    pub plugin: PathBuf,
    /// For instance init, configure-interaction, compare-contents
    pub operation: String,
    /// File with the request, or - for standard input; without it the request is {}
    #[arg(value_name = "REQUEST")]
    pub request: Option<PathBuf>,
    /// What to show of the plugin's log
    #[arg(long, value_enum, default_value_t = LogLevel::Info)]
    pub log_level: LogLevel,
    #[command(flatten)]
    pub run: Run,
}

const GRANT: &str = "What the plugin may reach outside of its sandbox, if its manifest asks for it: listen=ADDRESS, \
connect=ADDRESS, read=PATH, read-write=PATH or environment=NAME. Can be repeated";

/// How a plugin is run.
#[derive(Args, Debug)]
pub struct Run {
    #[arg(long, value_name = "PERMISSION", help = GRANT)]
    pub grant: Vec<Permission>,
    #[command(flatten)]
    pub bounds: Bounds,
}

impl Run {
    /// What the plugin may use up.
    pub fn limits(&self) -> Limits {
        self.bounds.limits()
    }
}

/// What a plugin may use up.
#[derive(Args, Debug)]
pub struct Bounds {
    /// Time for one call
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    pub timeout: Duration,
    /// Memory of one instance of the plugin
    #[arg(long, value_name = "MIB", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=4096))]
    memory: u16,
}

impl Bounds {
    /// As the library has it.
    pub fn limits(&self) -> Limits {
        Limits {
            timeout: self.timeout,
            memory: usize::from(self.memory) << 20,
            ..Limits::default()
        }
    }

    /// As the bridge takes it, in whole seconds. What is usual is left to the bridge.
    pub fn for_bridge(&self) -> Vec<String> {
        let usual = Limits::default();
        let mut arguments = Vec::new();
        if self.timeout != usual.timeout {
            let seconds = self.timeout.as_secs_f64().ceil();
            arguments.extend(["--timeout".to_string(), seconds.to_string()]);
        }
        if self.limits().memory != usual.memory {
            arguments.extend(["--memory".to_string(), self.memory.to_string()]);
        }
        arguments
    }
}

/// A day is more than any call takes, and far from where clocks overflow.
fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 86_400.0 => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("it must be a number of seconds, such as 2 or 0.5, and a day at most".to_string()),
    }
}

/// The levels of log records.
#[derive(ValueEnum, Debug, Clone, Copy)]
pub enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

impl From<LogLevel> for Level {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Trace => Level::Trace,
            LogLevel::Debug => Level::Debug,
            LogLevel::Info => Level::Info,
            LogLevel::Warn => Level::Warn,
            LogLevel::Error => Level::Error,
        }
    }
}

#[derive(Args, Debug)]
pub struct Precompile {
    #[arg(value_name = "FILE|DIRECTORY", required = true, help = SUBJECT)]
    pub plugins: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub struct Cache {
    #[command(subcommand)]
    pub action: Option<CacheAction>,
}

#[derive(Subcommand, Debug, Clone, Copy)]
pub enum CacheAction {
    /// Show where it is and what is in it
    Info,
    /// Remove what is in it
    Clean,
}

#[derive(Args, Debug)]
pub struct Completions {
    pub shell: Shell,
}
