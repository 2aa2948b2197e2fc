//! What the tests on real components share.

// Each file of tests uses a part of this.
#![allow(dead_code)]

pub mod schema;

use std::path::PathBuf;

use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::config::Config;
use pact_wasm::driver::host::Host;
use pact_wasm::driver::plugin::Plugin;
use pact_wasm::error::Error;
use pact_wasm::runtime::component::WasmRuntime;

/// A configuration whose plugin directory is the one that `make plugins` fills.
pub fn config() -> Config {
    let beside_the_build = || PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../plugins");
    let directory =
        std::env::var_os("PACT_WASM_TEST_PLUGINS").map_or_else(beside_the_build, PathBuf::from);
    assert!(
        directory.is_dir(),
        "{} is missing; run `make plugins` first",
        directory.display()
    );
    Config {
        plugin_directory: Some(directory),
        ..Config::default()
    }
}

/// A host with this configuration.
pub fn host(config: Config) -> Host {
    let runtime = WasmRuntime::new(&config).expect("a runtime");
    Host::new(config, Box::new(runtime))
}

/// The generic call, with the default options.
pub fn call(plugin: &Plugin, operation: &str, request: &str) -> Result<String, Error> {
    call_with(&CallOptions::default(), plugin, operation, request)
}

/// The generic call. Request and response must follow the schema; requests that must not are for [`Plugin::call_json`].
pub fn call_with(
    options: &CallOptions,
    plugin: &Plugin,
    operation: &str,
    request: &str,
) -> Result<String, Error> {
    check(&format!("{operation}.request"), request);
    let response = plugin.call_json(options, operation, request)?;
    check(&format!("{operation}.response"), &response);
    Ok(response)
}

fn check(definition: &str, text: &str) {
    if let Err(reason) = schema::check_text(definition, text) {
        panic!("{reason}\n{text}");
    }
}
