//! The log of a running call: records that the plugin writes and lines that it prints, in the order in which they come,
//! up to a limit.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::pool::PoolId;
use crate::driver::component::PluginContext;
use crate::driver::log::Level;

/// What a record counts besides its message.
const RECORD_OVERHEAD: usize = 64;

/// Where a plugin can print.
#[derive(Debug, Clone, Copy)]
pub enum Printer {
    /// Becomes records of level INFO with target `stdout`.
    Stdout,
    /// Becomes records of level WARN with target `stderr`.
    Stderr,
}

impl Printer {
    fn level_and_target(self) -> (Level, &'static str) {
        match self {
            Printer::Stdout => (Level::Info, "stdout"),
            Printer::Stderr => (Level::Warn, "stderr"),
        }
    }
}

/// The log of the call that an instance serves.
pub struct CallLog {
    context: Arc<PluginContext>,
    pool: PoolId,
    limit: usize,
    /// Whether the call has logged anything; keeps the end of a silent call free of work.
    used: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    test_run_id: Option<Arc<str>>,
    written: usize,
    dropped: usize,
    /// Lines without an end yet, by printer.
    unfinished: [Vec<u8>; 2],
}

impl CallLog {
    /// For an instance of this plugin; `limit` is in bytes for each call.
    pub fn new(context: Arc<PluginContext>, pool: PoolId, limit: usize) -> Self {
        CallLog {
            context,
            pool,
            limit,
            used: AtomicBool::new(false),
            state: Mutex::default(),
        }
    }

    /// A new call begins. What the last one left was cleared at its end, so most calls have nothing to do here.
    pub fn begin(&self, test_run_id: Option<&Arc<str>>) {
        if test_run_id.is_some() {
            self.used.store(true, Ordering::Relaxed);
            self.lock().test_run_id = test_run_id.cloned();
        }
    }

    /// The call is over: unfinished lines are logged, and how much was dropped.
    pub fn end(&self) {
        if !self.used.load(Ordering::Relaxed) {
            return;
        }
        for printer in [Printer::Stdout, Printer::Stderr] {
            let line = std::mem::take(&mut self.lock().unfinished[printer as usize]);
            if !line.is_empty() {
                self.write_line(printer, &line);
            }
        }
        let State {
            dropped,
            test_run_id,
            ..
        } = std::mem::take(&mut *self.lock());
        self.report(dropped, test_run_id);
        self.used.store(false, Ordering::Relaxed);
    }

    /// A call without end rests: what it has logged so far counts no more, so that it is not silent for ever some day.
    pub fn rest(&self) {
        if !self.used.load(Ordering::Relaxed) {
            return;
        }
        let (dropped, test_run_id) = {
            let mut state = self.lock();
            state.written = 0;
            (
                std::mem::take(&mut state.dropped),
                state.test_run_id.clone(),
            )
        };
        self.report(dropped, test_run_id);
    }

    fn report(&self, dropped: usize, test_run_id: Option<Arc<str>>) {
        if dropped > 0 {
            let limit = self.limit;
            let message =
                format!("{dropped} log record(s) dropped: one call may log {limit} bytes");
            self.deliver(Level::Warn, "pact_wasm".to_string(), message, test_run_id);
        }
    }

    /// Writes a record, unless the call's limit is used up.
    pub fn write(&self, level: Level, target: String, message: String) {
        if !self.context.log.wants(level) {
            return;
        }
        self.used.store(true, Ordering::Relaxed);
        let Some(test_run_id) = self.admit(message.len()) else {
            return;
        };
        self.deliver(level, target, message, test_run_id);
    }

    /// No lock is held here: the caller's callback may well call the library again.
    fn deliver(
        &self,
        level: Level,
        target: String,
        message: String,
        test_run_id: Option<Arc<str>>,
    ) {
        let log = &self.context.log;
        self.pool
            .held_during(|| log.write(level, target, message, test_run_id));
    }

    /// Takes printed bytes and logs the lines that they complete.
    pub fn print(&self, printer: Printer, bytes: &[u8]) {
        self.used.store(true, Ordering::Relaxed);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let line = {
                let mut state = self.lock();
                let unfinished = &mut state.unfinished[printer as usize];
                unfinished.extend_from_slice(piece);
                // A plugin that never ends its line must not fill the host's memory.
                let complete = piece.ends_with(b"\n") || unfinished.len() > self.limit;
                complete.then(|| std::mem::take(unfinished))
            };
            if let Some(line) = line {
                self.write_line(printer, &line);
            }
        }
    }

    fn write_line(&self, printer: Printer, line: &[u8]) {
        let (level, target) = printer.level_and_target();
        let text = String::from_utf8_lossy(line);
        self.write(
            level,
            target.to_string(),
            text.trim_end_matches(['\n', '\r']).to_string(),
        );
    }

    /// Counts a record. Gives the test run id where it fits, and nothing where it is to be dropped.
    #[allow(clippy::option_option)] // "dropped" and "without a test run" are different things
    fn admit(&self, length: usize) -> Option<Option<Arc<str>>> {
        let mut state = self.lock();
        let wanted = state
            .written
            .saturating_add(length)
            .saturating_add(RECORD_OVERHEAD);
        if wanted > self.limit {
            state.dropped += 1;
            return None;
        }
        state.written = wanted;
        Some(state.test_run_id.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::driver::log::PluginLog;
    use crate::model::JsonObject;

    fn log(limit: usize) -> CallLog {
        let context = PluginContext {
            name: "p".into(),
            version: "1.0.0".into(),
            instance_id: "id".into(),
            plugin_config: JsonObject::new("{}").unwrap(),
            allowance: crate::driver::permissions::Allowance::default(),
            log: PluginLog::new("p".into(), "id".into(), Level::Trace, None),
            callbacks: Arc::new(crate::driver::component::NoCallbacks),
        };
        CallLog::new(
            Arc::new(context),
            crate::runtime::pool::Pool::<()>::new(1).id(),
            limit,
        )
    }

    fn messages(log: &CallLog) -> Vec<String> {
        log.context
            .log
            .records()
            .into_iter()
            .map(|r| format!("{} {}", r.target, r.message))
            .collect()
    }

    #[test]
    fn printed_bytes_become_lines() {
        let log = log(10_000);
        log.print(Printer::Stdout, b"one\ntw");
        log.print(Printer::Stderr, b"oops");
        log.print(Printer::Stdout, b"o\r\nthree");
        log.end();
        assert_eq!(
            messages(&log),
            ["stdout one", "stdout two", "stdout three", "stderr oops"]
        );
    }

    #[test]
    fn what_goes_over_the_limit_is_counted() {
        let log = log(200);
        for _ in 0..5 {
            log.write(Level::Info, "t".into(), "x".repeat(20));
        }
        log.end();
        let messages = messages(&log);
        assert_eq!(messages.len(), 3);
        assert_eq!(
            messages[2],
            "pact_wasm 3 log record(s) dropped: one call may log 200 bytes"
        );
        log.begin(None);
        log.write(
            Level::Info,
            "t".into(),
            "the next call starts afresh".into(),
        );
        assert!(self::messages(&log)[3].ends_with("starts afresh"));
    }

    #[test]
    fn a_call_without_end_may_log_on_after_a_rest() {
        let log = log(100);
        log.begin(Some(&"run".into()));
        for _ in 0..2 {
            for text in ["kept", "dropped"] {
                log.write(Level::Info, "t".into(), text.into());
            }
            log.rest();
        }
        assert!(
            log.context
                .log
                .records()
                .iter()
                .all(|it| it.test_run_id.as_deref() == Some("run"))
        );
        let reported = "pact_wasm 1 log record(s) dropped: one call may log 100 bytes";
        assert_eq!(messages(&log), ["t kept", reported, "t kept", reported]);
    }

    #[test]
    fn a_line_without_end_does_not_grow_for_ever() {
        let log = log(100);
        for _ in 0..50 {
            log.print(Printer::Stdout, &[b'x'; 10]);
        }
        assert!(log.lock().unfinished[0].len() <= 110);
        log.end();
        assert!(messages(&log)[0].contains("dropped"));
    }
}
