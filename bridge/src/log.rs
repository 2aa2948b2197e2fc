//! Log records: lines on standard error, which frameworks write to a file for each plugin, and the framework's own log, where it has
//! one for plugins.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use log::LevelFilter;
use pact_wasm::driver::log::{Level, LogRecord, LogSink};

use crate::driver::Driver;

/// What begins the targets of the library's own records.
const LIBRARY: &str = "pact_wasm";
/// The library reports each record of a plugin once more under this target.
const OF_PLUGINS: &str = "pact_wasm::plugin";

/// Writes one line. Nobody may be there to read it.
pub fn line(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// The level that the framework wants, which it tells in the environment. Some want nothing, whatever their users say.
pub fn level() -> LevelFilter {
    let wanted = |variable: &str| std::env::var(variable).ok()?.parse().ok();
    wanted("PACT_WASM_LOG_LEVEL")
        .or_else(|| wanted("LOG_LEVEL"))
        .or_else(|| wanted("RUST_LOG"))
        .unwrap_or(LevelFilter::Info)
}

/// The lowest level of records that are wanted of plugins, if any are.
pub fn plugin_level() -> Option<Level> {
    Some(match level().to_level()? {
        log::Level::Error => Level::Error,
        log::Level::Warn => Level::Warn,
        log::Level::Info => Level::Info,
        log::Level::Debug => Level::Debug,
        log::Level::Trace => Level::Trace,
    })
}

/// Where the records of the plugin go.
pub fn sink(driver: Option<Arc<Driver>>) -> LogSink {
    Arc::new(move |record: &LogRecord| {
        let (level, target) = (record.level.name(), &record.target);
        line(format_args!("{level:<5} {target}: {}", record.message));
        if let Some(driver) = &driver {
            driver.log(record);
        }
    })
}

/// Lets the library's own records come to standard error.
pub fn report_library() {
    static LIBRARY_LOG: LibraryLog = LibraryLog;
    // Nobody else in this process sets one.
    if log::set_logger(&LIBRARY_LOG).is_ok() {
        log::set_max_level(level());
    }
}

struct LibraryLog;

impl log::Log for LibraryLog {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        let target = metadata.target();
        target.starts_with(LIBRARY) && target != OF_PLUGINS
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let (level, target) = (record.level(), record.target());
            line(format_args!("{level:<5} {target}: {}", record.args()));
        }
    }

    fn flush(&self) {}
}
