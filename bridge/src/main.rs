//! `pact-wasm-bridge`: one Pact plugin that is a WebAssembly component, as the executable that Pact frameworks of today start.
//!
//! Such a framework spawns a plugin, reads a port from its standard output, and calls it with gRPC (plugin protocol, interface
//! versions 1 and 2). The bridge is that executable for every component: it hosts the plugin with the library `pact_wasm`, serves
//! the operations, passes on what the plugin asks of the framework, and ends when the framework does.
//!
//! The port is told before anything else is done. The plugin is loaded while the framework connects, and what is wrong with it is
//! the answer to init, because that is what frameworks show to their users.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod arguments;
mod callbacks;
mod convert;
mod driver;
mod finished;
mod listener;
mod log;
mod operations;
mod parent;
mod plugin;
mod quirks;
mod service;
mod size;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use pact_wasm::error::Result;
use uuid::Uuid;

use arguments::Arguments;
use driver::Driver;
use operations::Operations;
use plugin::Plugin;

fn main() -> ExitCode {
    match run(arguments::of_process()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::line(format_args!("ERROR pact-wasm-bridge: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Result<Arguments>) -> std::result::Result<(), Box<dyn Error>> {
    parent::watch()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listeners = listener::bind().await?;
        let key = Uuid::new_v4().to_string();
        listener::announce(&listeners, &key)?;

        let init_within = arguments::init_within(&arguments);
        let driver = Driver::from_environment();
        let plugin = Plugin::load(arguments, driver.map(Arc::new));
        let operations = Operations::new(plugin);
        tokio::spawn(operations.clone().end_unless_called(init_within));
        service::serve(listeners, &key, operations).await?;
        Ok(())
    })
}
