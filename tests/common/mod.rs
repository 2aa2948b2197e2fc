//! What the tests on real components share.

use std::path::PathBuf;

use pact_wasm::driver::config::Config;
use pact_wasm::driver::host::Host;
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
