//! Log records of plugins: kept per plugin, delivered to the caller, and reported through the `log` crate.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// How many records a plugin's store keeps; older ones make room.
pub const KEPT_RECORDS: usize = 1000;

/// How many bytes of targets and messages it keeps.
pub const KEPT_BYTES: usize = 4 << 20;

/// Severity of a log record, in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
#[allow(missing_docs)] // the usual names
pub enum Level {
    Trace = 1,
    Debug = 2,
    Info = 3,
    Warn = 4,
    Error = 5,
}

impl Level {
    /// The usual upper-case name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

impl From<Level> for log::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::Trace => log::Level::Trace,
            Level::Debug => log::Level::Debug,
            Level::Info => log::Level::Info,
            Level::Warn => log::Level::Warn,
            Level::Error => log::Level::Error,
        }
    }
}

/// One log record of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRecord {
    /// Severity.
    pub level: Level,
    /// Part of the plugin that speaks; `stdout` and `stderr` for lines that it printed.
    pub target: String,
    /// The text.
    pub message: String,
    /// Name of the plugin.
    pub plugin: Arc<str>,
    /// UUID of the loaded plugin.
    pub instance_id: Arc<str>,
    /// Test run that the call belongs to.
    pub test_run_id: Option<Arc<str>>,
    /// Milliseconds since 1970-01-01 UTC.
    pub timestamp_ms: u64,
}

/// Gets log records, on the thread of the call that they come from.
pub type LogSink = Arc<dyn Fn(&LogRecord) + Send + Sync>;

/// The log of one loaded plugin.
pub struct PluginLog {
    plugin: Arc<str>,
    instance_id: Arc<str>,
    level: Level,
    sink: Option<LogSink>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    records: VecDeque<LogRecord>,
    bytes: usize,
}

impl Kept {
    fn push(&mut self, record: LogRecord) {
        self.bytes += size(&record);
        self.records.push_back(record);
        while self.records.len() > KEPT_RECORDS || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.records.pop_front() else {
                return;
            };
            self.bytes -= size(&oldest);
        }
    }
}

fn size(record: &LogRecord) -> usize {
    record.target.len() + record.message.len()
}

impl PluginLog {
    /// An empty log.
    pub fn new(
        plugin: Arc<str>,
        instance_id: Arc<str>,
        level: Level,
        sink: Option<LogSink>,
    ) -> Self {
        PluginLog {
            plugin,
            instance_id,
            level,
            sink,
            kept: Mutex::default(),
        }
    }

    /// Whether a record of this level is wanted at all.
    pub fn wants(&self, level: Level) -> bool {
        level >= self.level
    }

    /// Keeps and delivers a record, if its level is wanted.
    pub fn write(
        &self,
        level: Level,
        target: String,
        message: String,
        test_run_id: Option<Arc<str>>,
    ) {
        if !self.wants(level) {
            return;
        }
        let record = LogRecord {
            level,
            target,
            message,
            plugin: self.plugin.clone(),
            instance_id: self.instance_id.clone(),
            test_run_id,
            timestamp_ms: now_ms(),
        };
        log::log!(target: "pact_wasm::plugin", level.into(), "{} {}: {}", record.plugin, record.target, record.message);
        self.lock().push(record.clone());
        if let Some(sink) = &self.sink {
            sink(&record);
        }
    }

    /// The last records, oldest first: at most [`KEPT_RECORDS`] of them, with at most [`KEPT_BYTES`] together.
    pub fn records(&self) -> Vec<LogRecord> {
        self.lock().records.iter().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now_ms() -> u64 {
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(level: Level, sink: Option<LogSink>) -> PluginLog {
        PluginLog::new("p".into(), "id".into(), level, sink)
    }

    #[test]
    fn records_below_the_level_are_neither_kept_nor_delivered() {
        let delivered = Arc::new(Mutex::new(Vec::new()));
        let seen = delivered.clone();
        let log = log(
            Level::Warn,
            Some(Arc::new(move |r| {
                seen.lock().unwrap().push(r.message.clone())
            })),
        );
        log.write(Level::Info, "t".into(), "quiet".into(), None);
        log.write(Level::Error, "t".into(), "loud".into(), Some("run".into()));
        assert_eq!(*delivered.lock().unwrap(), ["loud"]);
        let kept = log.records();
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].test_run_id.as_deref(), Some("run"));
        assert!(kept[0].timestamp_ms > 1_700_000_000_000);
    }

    #[test]
    fn old_records_make_room_for_new_ones() {
        let log = log(Level::Trace, None);
        for number in 0..KEPT_RECORDS + 5 {
            log.write(Level::Info, String::new(), number.to_string(), None);
        }
        let kept = log.records();
        assert_eq!(kept.len(), KEPT_RECORDS);
        assert_eq!(kept[0].message, "5");
    }

    #[test]
    fn long_records_make_room_as_well() {
        let log = log(Level::Trace, None);
        for number in 0..9 {
            log.write(Level::Info, number.to_string(), "x".repeat(1 << 20), None);
        }
        let targets: Vec<_> = log.records().into_iter().map(|r| r.target).collect();
        assert_eq!(targets, ["6", "7", "8"]);
    }
}
