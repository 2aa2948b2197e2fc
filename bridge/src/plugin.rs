//! The plugin, which is loaded while the framework connects.

use std::sync::Arc;

use pact_wasm::driver::config::Config;
use pact_wasm::driver::host::Host;
use pact_wasm::driver::plugin;
use pact_wasm::error::{Error, ErrorKind, Result};
use pact_wasm::runtime::component::WasmRuntime;
use tokio::sync::watch;

use crate::arguments::Arguments;
use crate::callbacks::Forwarding;
use crate::driver::Driver;
use crate::log;

/// A loaded plugin.
pub struct Loaded {
    /// Lives as long as the plugin, whose mock servers end with it.
    pub host: Host,
    /// The plugin.
    pub plugin: Arc<plugin::Plugin>,
}

/// A plugin that is being loaded, or has been.
pub struct Plugin(watch::Receiver<Option<Result<Arc<Loaded>>>>);

impl Plugin {
    /// Starts loading.
    pub fn load(arguments: Result<Arguments>, driver: Option<Arc<Driver>>) -> Self {
        let (sender, receiver) = watch::channel(None);
        std::thread::spawn(move || {
            log::report_library();
            let loaded = arguments.and_then(|it| load(&it, driver));
            let loaded = loaded.map(Arc::new);
            sender.send_replace(Some(loaded));
        });
        Plugin(receiver)
    }

    /// The plugin, or what kept it from being loaded.
    pub async fn loaded(&self) -> Result<Arc<Loaded>> {
        let mut receiver = self.0.clone();
        let loaded = receiver.wait_for(Option::is_some).await;
        match loaded.as_deref() {
            Ok(Some(loaded)) => loaded.clone(),
            _ => Err(ErrorKind::Internal("loading the plugin panicked".to_string()).into()),
        }
    }
}

fn load(arguments: &Arguments, driver: Option<Arc<Driver>>) -> Result<Loaded> {
    let level = log::plugin_level();
    let default = Config::default();
    let config = Config {
        limits: arguments.limits(),
        grants: arguments
            .grants()
            .map_err(|reason| Error::invalid_argument("grant", reason))?,
        log_level: level.unwrap_or(default.log_level),
        log_sink: level.map(|_| log::sink(driver.clone())),
        ..default
    };
    let runtime = Box::new(WasmRuntime::new(&config)?);
    let host = Host::with_callbacks(config, runtime, |own| match driver {
        Some(driver) => Arc::new(Forwarding { driver, own }),
        None => own,
    });
    // Whoever reads an error about it may not know where this process runs.
    let directory = std::path::absolute(&arguments.directory);
    let plugin = host.load_directory(directory.as_ref().unwrap_or(&arguments.directory))?;
    Ok(Loaded { host, plugin })
}
