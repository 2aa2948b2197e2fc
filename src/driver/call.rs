//! What goes with a call: how long it may take, who can cancel it, to which test run it belongs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::error::{ErrorKind, Result};

/// Cancels the calls that it was given to. Clones are the same switch; it stays on once it is on.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<CancelState>);

#[derive(Debug, Default)]
struct CancelState {
    cancelled: AtomicBool,
    notify: Notify,
}

impl Cancel {
    /// Switches it on. Returns at once; the calls end within about 10 ms.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Release);
        self.0.notify.notify_waiters();
    }

    /// Whether it is on.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Acquire)
    }

    /// Ends when it is switched on.
    pub async fn cancelled(&self) {
        let notified = self.0.notify.notified();
        if !self.is_cancelled() {
            notified.await;
        }
    }
}

/// What the caller can say about one call.
#[derive(Debug, Clone, Default)]
pub struct CallOptions {
    /// Time for this call in place of the host's default.
    pub timeout: Option<Duration>,
    /// Who can cancel it.
    pub cancel: Option<Cancel>,
    /// Marks the log records of this call.
    pub test_run_id: Option<Arc<str>>,
    /// The chain of calls of another driver that this call is part of, as that driver names it (plugin protocol,
    /// `pact-call-chain-id`).
    pub chain_id: Option<Arc<str>>,
}

/// A running call: its options, with the deadline as a point in time, and the calls that led to it.
#[derive(Debug, Clone)]
pub struct CallContext {
    /// When it must be over.
    pub deadline: Instant,
    /// How much time it was given, for messages.
    pub timeout: Duration,
    /// Who can cancel it.
    pub cancel: Option<Cancel>,
    /// Marks its log records.
    pub test_run_id: Option<Arc<str>>,
    /// The chain of calls of another driver that it is part of.
    pub chain_id: Option<Arc<str>>,
    /// The operation that is called.
    pub operation: &'static str,
    /// Whether the deadline is for the work between two rests, and not for the whole call.
    may_rest: bool,
    /// Full key of the catalogue entry that it was called by, if it was.
    entry_key: Option<Arc<str>>,
    /// The plugin call that this one comes from.
    parent: Option<Arc<Link>>,
}

/// A plugin call in the middle of which another one was made.
#[derive(Debug)]
struct Link {
    plugin: Arc<str>,
    operation: &'static str,
    entry_key: Option<Arc<str>>,
    parent: Option<Arc<Link>>,
}

impl Link {
    /// A call that names no entry may have been for any entry of the plugin.
    fn is(&self, plugin: &str, operation: &str, entry_key: &str) -> bool {
        let same_entry = |own: &str| own == entry_key;
        &*self.plugin == plugin
            && self.operation == operation
            && self.entry_key.as_deref().is_none_or(same_entry)
    }

    fn describe(&self) -> String {
        match &self.entry_key {
            Some(key) => format!("{} ({key})", self.operation),
            None => format!("{} of {}", self.operation, self.plugin),
        }
    }
}

impl CallContext {
    /// Starts the clock.
    pub fn start(
        operation: &'static str,
        options: &CallOptions,
        default_timeout: Duration,
    ) -> Self {
        let timeout = options.timeout.unwrap_or(default_timeout);
        CallContext {
            deadline: Instant::now() + timeout,
            timeout,
            cancel: options.cancel.clone(),
            test_run_id: options.test_run_id.clone(),
            chain_id: options.chain_id.clone(),
            operation,
            may_rest: false,
            entry_key: None,
            parent: None,
        }
    }

    /// A call that lasts as long as its switch is off. Its deadline is for what it does between two [rests](Self::rest).
    pub fn start_endless(
        operation: &'static str,
        cancel: Cancel,
        timeout: Duration,
        test_run_id: Option<Arc<str>>,
    ) -> Self {
        let options = CallOptions {
            timeout: Some(timeout),
            cancel: Some(cancel),
            test_run_id,
            chain_id: None,
        };
        CallContext {
            may_rest: true,
            ..Self::start(operation, &options, timeout)
        }
    }

    /// How long it may wait for something: until its deadline, or for ever.
    pub fn patience(&self) -> Option<Instant> {
        (!self.may_rest).then_some(self.deadline)
    }

    /// It has waited for something, or has got something to do. Gives whether that begins its time anew.
    pub fn rest(&mut self) -> bool {
        if self.may_rest {
            self.deadline = Instant::now() + self.timeout;
        }
        self.may_rest
    }

    /// The call of a catalogue entry of plugin `to` that plugin `from` makes while it serves this call. It has the same
    /// deadline, cancel switch and test run. An entry that is being called already is a cycle, at whatever depth.
    pub fn nested(
        &self,
        from: &Arc<str>,
        to: &str,
        operation: &'static str,
        entry_key: &str,
        limit: usize,
    ) -> Result<Self> {
        let link = Arc::new(Link {
            plugin: from.clone(),
            operation: self.operation,
            entry_key: self.entry_key.clone(),
            parent: self.parent.clone(),
        });
        let nested = CallContext {
            operation,
            may_rest: false,
            entry_key: Some(entry_key.into()),
            parent: Some(link),
            ..self.clone()
        };
        let chain = || nested.describe_chain(to);
        if nested
            .callers()
            .any(|caller| caller.is(to, operation, entry_key))
        {
            return Err(ErrorKind::Cycle { chain: chain() }.into());
        }
        if nested.callers().count() > limit {
            return Err(ErrorKind::TooDeep {
                limit,
                chain: chain(),
            }
            .into());
        }
        Ok(nested)
    }

    /// The calls that led here, innermost first.
    fn callers(&self) -> impl Iterator<Item = &Link> {
        std::iter::successors(self.parent.as_deref(), |link| link.parent.as_deref())
    }

    fn describe_chain(&self, plugin: &str) -> String {
        let this = Link {
            plugin: plugin.into(),
            operation: self.operation,
            entry_key: self.entry_key.clone(),
            parent: None,
        };
        let mut calls: Vec<String> = self.callers().map(Link::describe).collect();
        calls.reverse();
        calls.push(this.describe());
        calls.join(" → ")
    }

    /// An error if the call was cancelled.
    pub fn check_cancelled(&self) -> Result<()> {
        if self.cancel.as_ref().is_some_and(Cancel::is_cancelled) {
            return Err(ErrorKind::Cancelled.into());
        }
        Ok(())
    }

    /// An error if the call was cancelled or its time is up.
    pub fn check(&self) -> Result<()> {
        self.check_cancelled()?;
        if Instant::now() >= self.deadline {
            return Err(ErrorKind::Deadline {
                timeout: self.timeout,
            }
            .into());
        }
        Ok(())
    }

    /// Time that is left.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn a_cancelled_call_says_so_even_when_it_is_late() {
        let cancel = Cancel::default();
        let options = CallOptions {
            timeout: Some(Duration::ZERO),
            cancel: Some(cancel.clone()),
            ..CallOptions::default()
        };
        let call = CallContext::start("init", &options, Duration::from_secs(1));
        assert_eq!(call.check().unwrap_err().code(), Code::Deadline);
        cancel.cancel();
        assert_eq!(call.check().unwrap_err().code(), Code::Cancelled);
    }

    #[test]
    fn the_default_timeout_counts_where_the_call_names_none() {
        let call = CallContext::start("init", &CallOptions::default(), Duration::from_secs(7));
        assert_eq!(call.timeout, Duration::from_secs(7));
        assert!(call.remaining() > Duration::from_secs(6));
        assert!(call.check().is_ok());
    }

    #[test]
    fn an_endless_call_has_time_between_rests_and_its_nested_calls_have_what_is_left() {
        let timeout = Duration::from_secs(7);
        let mut call =
            CallContext::start_endless("serve-mock-server", Cancel::default(), timeout, None);
        assert_eq!(call.patience(), None);
        let nested = call.nested(&"a".into(), "b", "match-field", "plugin/b/matcher/x", 9);
        let mut nested = nested.unwrap();
        assert_eq!(nested.patience(), Some(call.deadline));
        assert!(!nested.rest());
        call.deadline = Instant::now();
        assert_eq!(call.check().unwrap_err().code(), Code::Deadline);
        assert!(call.rest());
        assert!(call.check().is_ok());
    }

    #[test]
    fn a_cycle_is_found_at_any_depth_and_shown() {
        let start = CallContext::start(
            "match-field",
            &CallOptions::default(),
            Duration::from_secs(7),
        );
        let a_to_b = start
            .nested(&"a".into(), "b", "match-field", "plugin/b/matcher/x", 9)
            .unwrap();
        let b_to_c = a_to_b
            .nested(&"b".into(), "c", "match-field", "plugin/c/matcher/x", 9)
            .unwrap();
        assert_eq!(b_to_c.deadline, start.deadline);
        let other = b_to_c.nested(&"c".into(), "b", "match-field", "plugin/b/matcher/y", 9);
        assert!(
            other.is_ok(),
            "another entry of a plugin on the chain is no cycle"
        );
        let error = b_to_c
            .nested(&"c".into(), "b", "match-field", "plugin/b/matcher/x", 9)
            .unwrap_err();
        assert_eq!(error.code(), Code::Cycle);
        assert_eq!(
            error.to_string(),
            "plugins call each other in a circle: match-field of a → match-field (plugin/b/matcher/x) → match-field \
             (plugin/c/matcher/x) → match-field (plugin/b/matcher/x)"
        );
        let first = b_to_c.nested(&"c".into(), "a", "match-field", "plugin/a/matcher/x", 9);
        assert_eq!(first.unwrap_err().code(), Code::Cycle);
    }

    #[test]
    fn nesting_has_an_end() {
        let mut call = CallContext::start(
            "match-field",
            &CallOptions::default(),
            Duration::from_secs(7),
        );
        for depth in 0..3 {
            let key = format!("plugin/p/matcher/{depth}");
            call = call
                .nested(&"p".into(), "q", "match-field", &key, 3)
                .unwrap();
        }
        let error = call
            .nested(&"p".into(), "q", "match-field", "plugin/p/matcher/3", 3)
            .unwrap_err();
        assert!(error.to_string().contains("more than 3 deep"), "{error}");
    }
}
