//! The pact file that transports get in interface version 1, as the interactions that they get in version 2.

use pact_models::pact::{Pact as _, load_pact_from_json};
use pact_models::v4::interaction::V4Interaction;
use pact_models::v4::pact::V4Pact;
use pact_plugin_driver::proto_v2::{InteractionContents, PluginConfiguration};
use pact_plugin_driver::utils::to_proto_struct;
use prost_types::Struct;
use serde_json::Value;

/// A pact file, for one plugin.
pub struct Pact {
    pact: V4Pact,
    plugin: String,
}

impl Pact {
    /// Reads the JSON of a pact file. An error says why it is none.
    pub fn parse(text: &str, plugin: &str) -> Result<Self, String> {
        let wrong =
            |reason: String| format!("the pact that the driver sent cannot be read: {reason}");
        let json: Value = serde_json::from_str(text).map_err(|e| wrong(e.to_string()))?;
        let pact = load_pact_from_json("the driver's request", &json)
            .and_then(|pact| pact.as_v4_pact())
            .map_err(|e| wrong(e.to_string()))?;
        Ok(Pact {
            pact,
            plugin: plugin.to_string(),
        })
    }

    /// All interactions.
    pub fn all(&self) -> Vec<InteractionContents> {
        let interactions = self.pact.interactions.iter();
        interactions.map(|it| self.contents(&**it)).collect()
    }

    /// The interaction with this key. Drivers give one to each interaction that has none.
    pub fn with_key(&self, key: &str) -> Result<InteractionContents, String> {
        let mut interactions = self.pact.interactions.iter();
        let found =
            interactions.find(|it| it.key().as_deref() == Some(key) || it.unique_key() == key);
        let missing =
            || format!("the pact that the driver sent has no interaction with the key \"{key}\"");
        found.map(|it| self.contents(&**it)).ok_or_else(missing)
    }

    /// As a driver of version 2 does it: what the plugin has stored with the interaction and in the file, and the two names.
    fn contents(&self, interaction: &(dyn V4Interaction + Send + Sync)) -> InteractionContents {
        let of_interaction = interaction
            .plugin_config()
            .get(&self.plugin)
            .map(to_proto_struct);
        InteractionContents {
            interaction_type: interaction.v4_type().to_string(),
            plugin_configuration: Some(PluginConfiguration {
                interaction_configuration: of_interaction,
                pact_configuration: self.of_file(),
            }),
            consumer: self.pact.consumer.name.clone(),
            provider: self.pact.provider.name.clone(),
        }
    }

    fn of_file(&self) -> Option<Struct> {
        let plugins = self.pact.plugin_data();
        let own = plugins.iter().find(|it| it.name == self.plugin)?;
        Some(to_proto_struct(&own.configuration))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pact_plugin_driver::utils::proto_struct_to_json;
    use serde_json::json;

    fn pact() -> Pact {
        let interaction = |key: &str, kind: &str| {
            json!({
                "type": kind, "key": key, "description": key,
                "request": {"method": "GET", "path": "/"}, "response": {"status": 200},
                "pluginConfiguration": {"tcp": {"of": key}, "other": {"of": "another"}},
            })
        };
        let file = json!({
            "consumer": {"name": "shop"}, "provider": {"name": "store"},
            "interactions": [interaction("a", "Synchronous/HTTP"), interaction("b", "Synchronous/HTTP")],
            "metadata": {
                "pactSpecification": {"version": "4.0"},
                "plugins": [{"name": "tcp", "version": "1.0.0", "configuration": {"file": 1}}],
            },
        });
        Pact::parse(&file.to_string(), "tcp").unwrap()
    }

    #[test]
    fn an_interaction_has_what_the_plugin_has_stored_with_it_and_in_the_file() {
        let contents = pact().with_key("b").unwrap();
        assert_eq!(contents.interaction_type, "Synchronous/HTTP");
        assert_eq!(
            (contents.consumer, contents.provider),
            ("shop".into(), "store".into())
        );
        let configuration = contents.plugin_configuration.unwrap();
        let json = |it: &Option<Struct>| proto_struct_to_json(it.as_ref().unwrap());
        assert_eq!(
            json(&configuration.interaction_configuration),
            json!({"of": "b"})
        );
        assert_eq!(json(&configuration.pact_configuration), json!({"file": 1}));
        assert_eq!(pact().all().len(), 2);
    }

    #[test]
    fn errors_name_the_key_or_what_is_wrong_with_the_file() {
        let error = pact().with_key("c").unwrap_err();
        assert!(
            error.ends_with("no interaction with the key \"c\""),
            "{error}"
        );
        let error = Pact::parse("{", "tcp").err().unwrap();
        assert!(
            error.starts_with("the pact that the driver sent cannot be read: EOF"),
            "{error}"
        );
    }
}
