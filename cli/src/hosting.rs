//! A host of the library, for the time of one command.

use std::sync::Arc;

use pact_wasm::driver::config::{Config, Limits};
use pact_wasm::driver::host::Host;
use pact_wasm::driver::log::{Level, LogRecord};
use pact_wasm::driver::permissions::{Grant, Permission};
use pact_wasm::runtime::component::WasmRuntime;

use crate::error::Result;
use crate::output::complain;

/// A configuration that grants this.
pub fn config(grants: &[Permission], limits: Limits) -> Config {
    let grant = |permission: &Permission| Grant {
        plugin: None,
        permission: permission.clone(),
    };
    Config {
        implementation: "pact-wasm".to_string(),
        implementation_version: env!("CARGO_PKG_VERSION").to_string(),
        limits,
        grants: grants.iter().map(grant).collect(),
        ..Config::default()
    }
}

/// Shows what plugins log on standard error.
pub fn with_log(config: Config, level: Level) -> Config {
    let show = |record: &LogRecord| {
        let (level, target) = (record.level.name(), &record.target);
        complain(&format!("{level:5} {target}: {}", record.message));
    };
    Config {
        log_level: level,
        log_sink: Some(Arc::new(show)),
        ..config
    }
}

/// The host.
pub fn host(config: Config) -> Result<Host> {
    let runtime = WasmRuntime::new(&config)?;
    Ok(Host::new(config, Box::new(runtime)))
}
