//! An interaction, from its plugin configuration: `{"command": "…", "request": "<base64>", "response": "<base64>"}`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::bindings::pact::plugin::types::InteractionContents;
use crate::wire;

/// What a client sends, and what it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interaction {
    pub command: String,
    pub request: Vec<u8>,
    pub response: Vec<u8>,
}

impl Interaction {
    /// Reads the plugin configuration.
    pub fn from_contents(contents: &InteractionContents) -> Result<Self, String> {
        let configuration = contents.plugin_configuration.as_ref();
        let json = configuration
            .and_then(|configuration| configuration.interaction_configuration.as_deref())
            .ok_or("the interaction has no plugin configuration")?;
        let configuration = parse(json)?;
        let command = text(&configuration, "command")?;
        if !wire::is_word(command) {
            return Err(format!("`command` {command:?} is not one short ASCII word"));
        }
        Ok(Self {
            command: command.to_owned(),
            request: decode(text(&configuration, "request")?, "request")?,
            response: decode(text(&configuration, "response")?, "response")?,
        })
    }
}

/// Parses JSON that the host has validated.
pub fn parse(json: &str) -> Result<Value, String> {
    serde_json::from_str(json).map_err(|error| format!("not JSON: {error}"))
}

/// The text under a key.
pub fn text<'a>(object: &'a Value, key: &str) -> Result<&'a str, String> {
    object[key]
        .as_str()
        .ok_or_else(|| format!("`{key}` is not a text, or missing"))
}

/// The bytes that the text of a key encodes.
pub fn decode(text: &str, key: &str) -> Result<Vec<u8>, String> {
    STANDARD
        .decode(text)
        .map_err(|error| format!("`{key}` is not base64: {error}"))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::bindings::pact::plugin::types::{InteractionType, PluginConfiguration};

    /// An interaction with this configuration.
    pub fn contents(configuration: Option<&str>) -> InteractionContents {
        InteractionContents {
            interaction_type: InteractionType::SynchronousMessages,
            plugin_configuration: configuration.map(|json| PluginConfiguration {
                interaction_configuration: Some(json.to_owned()),
                pact_configuration: None,
            }),
            consumer: "consumer".to_owned(),
            provider: "provider".to_owned(),
        }
    }

    #[test]
    fn bytes_are_in_base64() {
        let contents = contents(Some(
            r#"{"command":"store","request":"AP8=","response":""}"#,
        ));
        let interaction = Interaction {
            command: "store".to_owned(),
            request: vec![0, 255],
            response: Vec::new(),
        };
        assert_eq!(Interaction::from_contents(&contents), Ok(interaction));
    }

    #[test]
    fn errors_name_the_key() {
        for (configuration, error) in [
            (None, "the interaction has no plugin configuration"),
            (Some("{}"), "`command` is not a text, or missing"),
            (
                Some(r#"{"command":"two words"}"#),
                "`command` \"two words\" is not one short ASCII word",
            ),
            (
                Some(r#"{"command":"a","request":1}"#),
                "`request` is not a text, or missing",
            ),
            (
                Some(r#"{"command":"a","request":"","response":"!"}"#),
                "`response` is not base64: Invalid symbol 33, offset 0.",
            ),
        ] {
            let result = Interaction::from_contents(&contents(configuration));
            assert_eq!(result.unwrap_err(), error);
        }
    }
}
