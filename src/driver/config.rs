//! What the caller can choose about a host.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::core::CoreEntry;
use super::log::{Level, LogSink};
use super::permissions::Grant;

/// Where compiled plugins are kept between processes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CacheDirectory {
    /// `$XDG_CACHE_HOME/pact-wasm`, or `~/.cache/pact-wasm`.
    #[default]
    User,
    /// A directory of the caller's.
    At(PathBuf),
    /// Nowhere: every load compiles.
    Nowhere,
}

/// What a plugin may use up. Every limit is on by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Time for one call, waiting for a free instance included.
    pub timeout: Duration,
    /// Linear memory of one instance, all memories together, in bytes.
    pub memory: usize,
    /// Stack of the plugin's code, in bytes.
    pub wasm_stack: usize,
    /// Elements of one table.
    pub table_elements: usize,
    /// Data that one call may hand from the plugin to the host, in bytes.
    pub host_call_bytes: usize,
    /// Log text of one call, in bytes. Each record counts 64 bytes more than its message.
    pub log_bytes: usize,
    /// How deep plugins may call each other.
    pub nesting: usize,
    /// Instances of one plugin, which is how many of its calls run in parallel. Components of the prototype's interface
    /// have one, whatever this says.
    pub instances: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            timeout: Duration::from_secs(30),
            memory: 256 << 20,
            wasm_stack: 512 << 10,
            table_elements: 1 << 20,
            host_call_bytes: 128 << 20,
            log_bytes: 1 << 20,
            nesting: 16,
            instances: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        }
    }
}

/// Configuration of a [`Host`](super::host::Host).
#[derive(Clone)]
pub struct Config {
    /// Where plugins are installed; without it `PACT_PLUGIN_DIR`, then `~/.pact/plugins`.
    pub plugin_directory: Option<PathBuf>,
    /// Where compiled plugins are kept.
    pub cache: CacheDirectory,
    /// Name that plugins are told at init.
    pub implementation: String,
    /// Version that plugins are told at init.
    pub implementation_version: String,
    /// What plugins may use up.
    pub limits: Limits,
    /// Whether traps are caught by signal handlers (SIGSEGV, SIGILL, SIGFPE) or by checks in the compiled code. Handlers
    /// are faster; checks suit runtimes that need these signals for themselves.
    pub signal_handlers: bool,
    /// Log records below this level are not kept and not delivered.
    pub log_level: Level,
    /// Marks the log records of calls that name no test run themselves.
    pub test_run_id: Option<Arc<str>>,
    /// Gets every log record of every plugin.
    pub log_sink: Option<LogSink>,
    /// What the host can do beyond Pact's own rules, or in their place.
    pub handlers: Vec<CoreEntry>,
    /// What plugins may reach outside of their sandbox.
    pub grants: Vec<Grant>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            plugin_directory: None,
            cache: CacheDirectory::default(),
            implementation: env!("CARGO_PKG_NAME").to_string(),
            implementation_version: env!("CARGO_PKG_VERSION").to_string(),
            limits: Limits::default(),
            signal_handlers: true,
            log_level: Level::Info,
            test_run_id: None,
            log_sink: None,
            handlers: Vec::new(),
            grants: Vec::new(),
        }
    }
}
