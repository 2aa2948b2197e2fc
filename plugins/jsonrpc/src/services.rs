//! What the plugin needs from outside itself: the host's rules, generators and comparisons, what the catalogue says, connections
//! to providers, and a place for log records.

use definitions::types::{
    CompareContentsRequest, ContentsComparison, FieldValue, GenerateFieldRequest,
    MatchFieldRequest, Mismatch,
};

use crate::bindings::pact::plugin::host;

pub use host::LogLevel;

const TARGET: &str = "jsonrpc::connect";

/// The outside world. A trait, so that unit tests can stand in for the host.
pub trait Services {
    fn compare_contents(
        &self,
        entry_key: &str,
        request: &CompareContentsRequest,
    ) -> Result<ContentsComparison, String>;

    fn match_field(
        &self,
        entry_key: &str,
        request: &MatchFieldRequest,
    ) -> Result<Vec<Mismatch>, String>;

    fn generate_field(
        &self,
        entry_key: &str,
        request: &GenerateFieldRequest,
    ) -> Result<FieldValue, String>;

    /// The name of the configuration value that the short form of a plugin's rule sets, if the catalogue has one.
    fn config_key(&self, rule_type: &str) -> Option<String>;

    /// The plugin's own configuration: a JSON object.
    fn plugin_configuration(&self) -> String;

    /// Connects to a provider.
    fn connect(&self, host: &str, port: u16) -> Result<Box<dyn Link>, String>;

    fn log(&self, level: LogLevel, target: &str, message: &str);
}

/// A connection to a provider.
pub trait Link {
    /// Writes all of it.
    fn write(&mut self, bytes: &[u8]) -> Result<(), String>;

    /// Appends what comes next; nothing at the end.
    fn read(&mut self, buffer: &mut Vec<u8>) -> Result<usize, String>;
}

/// The host's imports and WASI's sockets.
pub struct HostServices;

impl Services for HostServices {
    fn compare_contents(
        &self,
        entry_key: &str,
        request: &CompareContentsRequest,
    ) -> Result<ContentsComparison, String> {
        host::compare_contents(entry_key, request)
    }

    fn match_field(
        &self,
        entry_key: &str,
        request: &MatchFieldRequest,
    ) -> Result<Vec<Mismatch>, String> {
        host::match_field(entry_key, request)
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

    fn plugin_configuration(&self) -> String {
        host::plugin_configuration()
    }

    fn connect(&self, host: &str, port: u16) -> Result<Box<dyn Link>, String> {
        let connect = || tcp::Client::connect(host, port);
        let client = with_log(self, &format!("{host}:{port}"), connect)?;
        Ok(Box::new(client))
    }

    fn log(&self, level: LogLevel, target: &str, message: &str) {
        host::log(level, target, message);
    }
}

/// Connects, and logs that before and after: where the deadline of the call ends the waiting, nothing but the log tells for what.
fn with_log<T>(
    services: &dyn Services,
    authority: &str,
    connect: impl FnOnce() -> Result<T, String>,
) -> Result<T, String> {
    let log = |message: &str| services.log(LogLevel::Debug, TARGET, message);
    log(&format!("connecting to {authority}"));
    let result = connect();
    match &result {
        Ok(_) => log(&format!("connected to {authority}")),
        Err(error) => log(error),
    }
    result
}

impl Link for tcp::Client {
    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        tcp::Client::write(self, bytes)
    }

    fn read(&mut self, buffer: &mut Vec<u8>) -> Result<usize, String> {
        tcp::Client::read(self, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestServices;

    #[test]
    fn the_log_tells_what_is_connected_to_before_and_after() {
        let services = TestServices::default();
        let connected = with_log(&services, "a:1", || {
            assert_eq!(*services.logs.borrow(), ["connecting to a:1"]);
            Ok(7)
        });
        assert_eq!(connected, Ok(7));
        let failed: Result<(), _> = with_log(&services, "b:2", || Err("no way".to_owned()));
        assert_eq!(failed, Err("no way".to_owned()));
        assert_eq!(
            services.logs.take(),
            [
                "connecting to a:1",
                "connected to a:1",
                "connecting to b:2",
                "no way"
            ]
        );
    }
}
