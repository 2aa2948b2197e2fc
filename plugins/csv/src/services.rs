//! What the plugin needs from outside itself: the host's rules and generators, what the catalogue says about them, and a
//! place for log records.

use crate::bindings::pact::plugin::host;
use definitions::types::{FieldValue, GenerateFieldRequest, MatchTextsRequest, Mismatch};

pub use host::LogLevel;

/// The outside world. A trait, so that unit tests can stand in for the host.
pub trait Services {
    /// Applies a rule to a column: mismatches, each with the number of its text from 0.
    fn match_texts(
        &self,
        entry_key: &str,
        request: &MatchTextsRequest,
    ) -> Result<Vec<(u32, Mismatch)>, String>;

    fn generate_field(
        &self,
        entry_key: &str,
        request: &GenerateFieldRequest,
    ) -> Result<FieldValue, String>;

    /// The name of the configuration value that the short form of a plugin's rule sets, if the catalogue has one.
    fn config_key(&self, rule_type: &str) -> Option<String>;

    fn log(&self, level: LogLevel, target: &str, message: &str);
}

/// The host's imports.
pub struct HostServices;

impl Services for HostServices {
    fn match_texts(
        &self,
        entry_key: &str,
        request: &MatchTextsRequest,
    ) -> Result<Vec<(u32, Mismatch)>, String> {
        host::match_texts(entry_key, request)
    }

    fn generate_field(
        &self,
        entry_key: &str,
        request: &GenerateFieldRequest,
    ) -> Result<FieldValue, String> {
        host::generate_field(entry_key, request)
    }

    fn config_key(&self, rule_type: &str) -> Option<String> {
        definitions::config_keys::of(rule_type)
    }

    fn log(&self, level: LogLevel, target: &str, message: &str) {
        host::log(level, target, message);
    }
}
