//! Log records: lines on standard error, which frameworks write to a file for each plugin, and the framework's own log, where it has
//! one for plugins.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use log::LevelFilter;
use pact_wasm::driver::log::{Level, LogRecord, LogSink};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::AsFd;

use crate::driver::Driver;

/// What begins the targets of the library's own records.
const LIBRARY: &str = "pact_wasm";
/// The library reports each record of a plugin once more under this target.
const OF_PLUGINS: &str = "pact_wasm::plugin";

/// How long a line may take to be read by whoever holds the other end of a pipe.
const PATIENCE: Duration = Duration::from_secs(1);
/// What can be written to a pipe at once if anything can (PIPE_BUF of POSIX is less on no system that this runs on).
const AT_ONCE: usize = 512;

/// Writes one line. Nobody may be there to read it, or nobody who does: calls are not to wait for that, so the line is dropped then,
/// and so are those after it until somebody reads again.
pub fn line(text: fmt::Arguments<'_>) {
    static IS_STUCK: AtomicBool = AtomicBool::new(false);
    let mut err = io::stderr().lock();
    for part in format!("{text}\n").as_bytes().chunks(AT_ONCE) {
        let patience = match IS_STUCK.load(Ordering::Relaxed) {
            true => Duration::ZERO,
            false => PATIENCE,
        };
        let is_read = takes_more(&err, patience);
        IS_STUCK.store(!is_read, Ordering::Relaxed);
        if !is_read || err.write_all(part).is_err() {
            return;
        }
    }
}

fn takes_more(err: &io::StderrLock<'_>, patience: Duration) -> bool {
    let patience = Timespec::try_from(patience).ok();
    let mut err = [PollFd::from_borrowed_fd(err.as_fd(), PollFlags::OUT)];
    // What cannot be asked is written to.
    !matches!(poll(&mut err, patience.as_ref()), Ok(0))
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
