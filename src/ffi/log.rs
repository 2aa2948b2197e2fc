//! Log records of plugins: delivered to a callback, and collected per plugin.

use std::ffi::c_void;
use std::sync::Arc;

use super::callback::{PactWasmDestroy, UserData};
use super::config::{PactWasmConfig, update};
use super::guard::{Out, guard, guard_infallible};
use super::handle::{self, object};
use super::record::{self, Record};
use super::text::{Kept, PactWasmView};
use crate::driver::log::{Level, LogRecord};
use crate::error::{Error, Result};

/// Finest detail.
pub const PACTWASM_LEVEL_TRACE: i32 = 1;
/// For the plugin's author.
pub const PACTWASM_LEVEL_DEBUG: i32 = 2;
/// Normal events. The default.
pub const PACTWASM_LEVEL_INFO: i32 = 3;
/// Something that deserves a look; also what a plugin prints to stderr.
pub const PACTWASM_LEVEL_WARN: i32 = 4;
/// Something failed.
pub const PACTWASM_LEVEL_ERROR: i32 = 5;

pub(super) fn level(number: i32, argument: &str) -> Result<Level> {
    Ok(match number {
        PACTWASM_LEVEL_TRACE => Level::Trace,
        PACTWASM_LEVEL_DEBUG => Level::Debug,
        PACTWASM_LEVEL_INFO => Level::Info,
        PACTWASM_LEVEL_WARN => Level::Warn,
        PACTWASM_LEVEL_ERROR => Level::Error,
        other => {
            return Err(Error::invalid_argument(
                argument,
                format!("is {other}; it must be one of PACTWASM_LEVEL_…"),
            ));
        }
    })
}

/// One log record. Set `size` to sizeof(PactWasmLogRecord) before a call that fills it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmLogRecord {
    /// Size of this struct in bytes.
    pub size: usize,
    /// One of PACTWASM_LEVEL_….
    pub level: i32,
    /// Part of the plugin that speaks; "stdout" or "stderr" for a line that it printed.
    pub target: PactWasmView,
    /// The text.
    pub message: PactWasmView,
    /// Name of the plugin.
    pub plugin_name: PactWasmView,
    /// UUID of the loaded plugin, as in PactWasmPluginInfo.
    pub plugin_instance_id: PactWasmView,
    /// Test run that the call belongs to; absent where nobody named one.
    pub test_run_id: PactWasmView,
    /// Milliseconds since 1970-01-01 UTC.
    pub timestamp_ms: u64,
}

// SAFETY: integers and pointers, a size in front.
unsafe impl Record for PactWasmLogRecord {}

/// A record's texts, kept as long as C looks at them.
struct KeptRecord {
    level: Level,
    target: Kept,
    message: Kept,
    plugin_name: Kept,
    plugin_instance_id: Kept,
    test_run_id: Kept,
    timestamp_ms: u64,
}

impl From<&LogRecord> for KeptRecord {
    fn from(record: &LogRecord) -> Self {
        KeptRecord {
            level: record.level,
            target: Kept::new(record.target.as_str()),
            message: Kept::new(record.message.as_str()),
            plugin_name: Kept::new(&*record.plugin),
            plugin_instance_id: Kept::new(&*record.instance_id),
            test_run_id: Kept::optional(record.test_run_id.as_deref()),
            timestamp_ms: record.timestamp_ms,
        }
    }
}

impl KeptRecord {
    fn record(&self) -> PactWasmLogRecord {
        PactWasmLogRecord {
            size: size_of::<PactWasmLogRecord>(),
            level: match self.level {
                Level::Trace => PACTWASM_LEVEL_TRACE,
                Level::Debug => PACTWASM_LEVEL_DEBUG,
                Level::Info => PACTWASM_LEVEL_INFO,
                Level::Warn => PACTWASM_LEVEL_WARN,
                Level::Error => PACTWASM_LEVEL_ERROR,
            },
            target: self.target.view(),
            message: self.message.view(),
            plugin_name: self.plugin_name.view(),
            plugin_instance_id: self.plugin_instance_id.view(),
            test_run_id: self.test_run_id.view(),
            timestamp_ms: self.timestamp_ms,
        }
    }
}

/// Gets log records. The record is borrowed for the duration of the callback.
///
/// It is called on the thread that made the call which logs (or, where that thread's stack is too small for a plugin, on
/// one that stands in for it while it waits), from several threads at once where calls run in parallel, and with no lock
/// held. It may call the library, but must not throw or jump out.
pub type PactWasmLogCallback =
    Option<unsafe extern "C" fn(record: *const PactWasmLogRecord, user_data: *mut c_void)>;

/// Sets the callback for the log records of all plugins of hosts that are made with this configuration, in place of an
/// earlier one.
///
/// callback: NULL for none. user_data: passed to the callback, may be NULL. destroy: called exactly once with user_data
/// when the library needs it no more (configuration and hosts freed, callback replaced, or this call failed); may be
/// NULL.
///
/// From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_config_set_log_callback(
    config: *const PactWasmConfig,
    callback: PactWasmLogCallback,
    user_data: *mut c_void,
    destroy: PactWasmDestroy,
    error: *mut *mut super::error::PactWasmError,
) -> i32 {
    let user_data = UserData::new(user_data, destroy);
    guard(error, move || {
        let mut sink = callback.map(|callback| sink(callback, user_data));
        // Whatever is replaced is dropped behind the configuration's lock: `destroy` may use the configuration.
        update(config, |config| {
            std::mem::swap(&mut config.log_sink, &mut sink);
            Ok(())
        })
    })
}

fn sink(
    callback: unsafe extern "C" fn(*const PactWasmLogRecord, *mut c_void),
    user_data: UserData,
) -> crate::driver::log::LogSink {
    Arc::new(move |record| {
        // The whole of it moves into the closure, not the pointer alone, which would leave `destroy` behind.
        let user_data = &user_data;
        let kept = KeptRecord::from(record);
        let record = kept.record();
        // SAFETY: the caller passed function and data together; the record lives until it returns.
        unsafe { callback(&raw const record, user_data.pointer()) };
    })
}

/// Log records of a plugin, oldest first, as they were at pactwasm_plugin_logs. Free with pactwasm_logs_free.
pub struct PactWasmLogs {
    _opaque: [u8; 0],
}

object!(PactWasmLogs, Records, b"PWlogs\0\0");

/// What a [`PactWasmLogs`] holds.
pub struct Records(Vec<KeptRecord>);

impl From<Vec<LogRecord>> for Records {
    fn from(records: Vec<LogRecord>) -> Self {
        Records(records.iter().map(KeptRecord::from).collect())
    }
}

/// Number of records; 0 for NULL or another handle. From any thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_logs_count(logs: *const PactWasmLogs) -> usize {
    guard_infallible(0, || {
        handle::take(logs, "logs").map_or(0, |logs| logs.0.len())
    })
}

/// Fills `record` with views that live as long as `logs`.
///
/// index: from 0 to pactwasm_logs_count − 1. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_logs_get(
    logs: *const PactWasmLogs,
    index: usize,
    record: *mut PactWasmLogRecord,
    error: *mut *mut super::error::PactWasmError,
) -> i32 {
    guard(error, || {
        let logs = handle::take(logs, "logs")?;
        record::write(record, "record", &item(&logs.0, index)?.record())
    })
}

/// Frees log records. NULL does nothing. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_logs_free(logs: *mut PactWasmLogs) {
    guard_infallible((), || handle::free(logs));
}

/// The item at an index, or an error that tells the range.
pub(super) fn item<T>(items: &[T], index: usize) -> Result<&T> {
    item_at(items, index, "index")
}

/// The same, where the index is another argument.
pub(super) fn item_at<'a, T>(items: &'a [T], index: usize, argument: &str) -> Result<&'a T> {
    items.get(index).ok_or_else(|| {
        let reason = format!("is {index}; there are {} items", items.len());
        Error::invalid_argument(argument, reason)
    })
}

/// Hands a list of records to the caller.
pub(super) fn give_logs(out: &Out<*mut PactWasmLogs>, records: Vec<LogRecord>) {
    out.write(handle::give(records.into()));
}
