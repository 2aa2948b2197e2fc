//! What transports exchange: mock servers and verification.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::fields::whole;
use super::strict::strict;
use super::{
    Body, ExpressionMap, InteractionType, Json, JsonObject, Mismatch, PluginConfiguration,
    base64_bytes,
};

/// An interaction as a transport sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", deny_unknown_fields)]
pub struct InteractionContents {
    /// Its type, as pact files call it.
    pub interaction_type: InteractionType,
    /// From the pact file.
    #[serde(default)]
    pub plugin_configuration: Option<PluginConfiguration>,
    /// Name of the consumer.
    #[serde(default)]
    pub consumer: String,
    /// Name of the provider.
    #[serde(default)]
    pub provider: String,
}

/// A mock server to start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", deny_unknown_fields)]
pub struct StartMockServerRequest {
    /// Interface to listen on; empty means loopback.
    #[serde(default)]
    pub host_interface: String,
    /// Port to listen on; 0 means any free one.
    #[serde(default, deserialize_with = "port")]
    pub port: u16,
    /// Whether it speaks TLS.
    #[serde(default)]
    pub tls: bool,
    /// What it is to expect.
    pub interactions: Vec<InteractionContents>,
    /// A JSON object.
    #[serde(default)]
    pub test_context: Option<JsonObject>,
}

/// A running mock server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MockServer {
    /// Names it in later calls.
    pub key: String,
    /// The port that it listens on.
    pub port: u16,
    /// What a client connects to, for instance `127.0.0.1` or `[::1]`.
    pub address: String,
}

/// What one request to a mock server amounted to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MockServerResult {
    /// What the request was for, as the transport names it.
    pub path: String,
    /// An error that kept the request from being compared; empty where there was none.
    pub error: String,
    /// What did not match.
    pub mismatches: Vec<Mismatch>,
}

/// What a mock server has seen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MockServerResults {
    /// Whether everything that was expected came, and nothing else.
    pub ok: bool,
    /// What went wrong; transports may list what went well too.
    pub results: Vec<MockServerResult>,
}

/// An interaction to build a request or message for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", deny_unknown_fields)]
pub struct PrepareInteractionRequest {
    /// The interaction.
    pub interaction: InteractionContents,
    /// What the user configured for the verification, a JSON object.
    #[serde(default)]
    pub config: Option<JsonObject>,
    /// A JSON object.
    #[serde(default)]
    pub test_context: Option<JsonObject>,
}

/// A metadata value: JSON, or bytes. In JSON an object with one key, the kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase")]
#[allow(missing_docs)] // named as in the WIT package
pub enum MetadataValue {
    Json(Json),
    Bytes(#[serde(with = "base64_bytes::always")] Vec<u8>),
}

impl Serialize for MetadataValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

/// As serde does it, but for the error: `"a"` in place of `{"json":"a"}` is the first mistake that everybody makes.
impl<'de> Deserialize<'de> for MetadataValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Kind;
        impl<'de> Visitor<'de> for Kind {
            type Value = MetadataValue;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(r#"a value with its kind, such as {"json":2} or {"bytes":"AP8="}"#)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<MetadataValue, A::Error> {
                let value = MetadataValue::deserialize(MapAccessDeserializer::new(&mut map))?;
                match map.next_key::<String>()? {
                    None => Ok(value),
                    Some(kind) => Err(A::Error::custom(format!(
                        "a value has one kind, and \"{kind}\" is another"
                    ))),
                }
            }
        }
        deserializer.deserialize_any(Kind)
    }
}

/// What is sent to, or came from, a provider.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", deny_unknown_fields)]
pub struct InteractionData<'a> {
    /// The body.
    #[serde(borrow, default)]
    pub body: Option<Body<'a>>,
    /// Metadata by name.
    #[serde(default)]
    pub metadata: ExpressionMap<MetadataValue>,
}

/// Data to send to a provider, and the interaction to check its answer against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", deny_unknown_fields)]
pub struct VerifyInteractionRequest<'a> {
    /// What the preparation gave; the test author may have changed it.
    #[serde(borrow)]
    pub interaction_data: InteractionData<'a>,
    /// What the user configured for the verification, a JSON object.
    #[serde(default)]
    pub config: Option<JsonObject>,
    /// The interaction.
    pub interaction: InteractionContents,
    /// A JSON object.
    #[serde(default)]
    pub test_context: Option<JsonObject>,
}

/// One thing that went wrong in a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)] // named as in the WIT package
pub enum VerificationFailure {
    Error(String),
    Mismatch(Mismatch),
}

/// The verdict on a provider's answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerificationResult {
    /// Whether the answer is as the interaction says.
    pub success: bool,
    /// What the provider answered.
    pub response: Option<InteractionData<'static>>,
    /// What went wrong.
    pub failures: Vec<VerificationFailure>,
    /// Lines to show to the user.
    pub output: Vec<String>,
}

/// A port, also if it is written as 8080.0, see [`whole`].
fn port<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let number = whole(deserializer)?;
    let reason = || format!("{number} is no port; it must be from 0 to 65535");
    u16::try_from(number).map_err(|_| D::Error::custom(reason()))
}

strict!(
    InteractionContents,
    StartMockServerRequest,
    PrepareInteractionRequest,
    InteractionData<'a>,
    VerifyInteractionRequest<'a>,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_holds_json_and_bytes() {
        let text = r#"{"body":null,"metadata":{"path":{"json":"/rpc"},"token":{"bytes":"AP8="}}}"#;
        let data: InteractionData = serde_json::from_str(text).unwrap();
        let [(_, path), (_, token)] = &data.metadata.0[..] else {
            panic!("two of them")
        };
        assert_eq!(*path, MetadataValue::Json(Json::new("\"/rpc\"").unwrap()));
        assert_eq!(*token, MetadataValue::Bytes(vec![0, 255]));
        assert_eq!(serde_json::to_string(&data).unwrap(), text);
        let wrong = r#"{"metadata":{"path":"/rpc"}}"#;
        assert!(serde_json::from_str::<InteractionData>(wrong).is_err());
    }

    #[test]
    fn ports_are_ports() {
        let request = |port: &str| {
            let text = format!(r#"{{"interactions":[],"port":{port}}}"#);
            serde_json::from_str::<StartMockServerRequest>(&text)
        };
        assert_eq!(request("65535").unwrap().port, 65535);
        assert_eq!(request("8080.0").unwrap().port, 8080);
        for port in ["65536", "-1", "1.5", "\"80\""] {
            assert!(request(port).is_err(), "{port}");
        }
    }
}
