//! The mock server as a native program runs it, without a host: what the component is measured against.

use definitions::types::{
    CompareContentsRequest, ContentsComparison, FieldValue, GenerateFieldRequest,
    InteractionContents, InteractionType, MatchFieldRequest, Mismatch, PluginConfiguration,
    StartMockServerRequest,
};
use tcp::Protocol;

use crate::mock::Http;
use crate::server::Server;
use crate::services::{Link, LogLevel, Services};

/// What answers the clients of a server on loopback that expects one interaction, given by its interaction configuration.
/// Matching rules and generators need a host, so it may have none.
pub fn protocol(
    interaction_configuration: &str,
    port: u16,
) -> Result<impl Protocol<Connection: Send> + Send + 'static, String> {
    let interaction = InteractionContents {
        interaction_type: InteractionType::SynchronousMessages,
        plugin_configuration: Some(PluginConfiguration {
            interaction_configuration: Some(interaction_configuration.to_owned()),
            pact_configuration: None,
        }),
        consumer: String::new(),
        provider: String::new(),
    };
    let request = StartMockServerRequest {
        host_interface: String::new(),
        port,
        tls: false,
        interactions: vec![interaction],
        test_context: None,
    };
    let url = format!("http://127.0.0.1:{port}");
    Ok(Http {
        server: Server::new(NoHost, &request, &url, port)?,
        path: None,
    })
}

struct NoHost;

impl NoHost {
    fn lacks<T>(what: &str) -> Result<T, String> {
        Err(format!("there is no host, which {what} needs"))
    }
}

impl Services for NoHost {
    fn compare_contents(
        &self,
        _: &str,
        _: &CompareContentsRequest,
    ) -> Result<ContentsComparison, String> {
        NoHost::lacks("comparing")
    }

    fn match_field(&self, _: &str, _: &MatchFieldRequest) -> Result<Vec<Mismatch>, String> {
        NoHost::lacks("matching")
    }

    fn generate_field(&self, _: &str, _: &GenerateFieldRequest) -> Result<FieldValue, String> {
        NoHost::lacks("generating")
    }

    fn config_key(&self, _: &str) -> Option<String> {
        None
    }

    fn plugin_configuration(&self) -> String {
        "{}".to_owned()
    }

    fn connect(&self, _: &str, _: u16) -> Result<Box<dyn Link>, String> {
        NoHost::lacks("connecting")
    }

    fn log(&self, _: LogLevel, _: &str, _: &str) {}
}
