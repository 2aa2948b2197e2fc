//! Pact files: what plugins set up, written so that Pact's own libraries can verify it.
//!
//! ```
//! use pact_wasm::driver::pact_file::{Pact, PactInteraction};
//!
//! # fn main() -> Result<(), pact_wasm::error::Error> {
//! let mut pact = Pact::parse(r#"{"consumer": {"name": "shop"}, "provider": {"name": "login"}}"#)?;
//! pact.add_interaction(&PactInteraction {
//!     template_json: r#"{"type": "Synchronous/HTTP", "description": "a login"}"#,
//!     request: None, // or what configure-interaction gave for it
//!     response: None,
//!     message: None,
//! })?;
//! println!("{}", pact.to_json()?);
//! # Ok(())
//! # }
//! ```
//!
//! The shape is that of version 4 of the [Pact specification](https://github.com/pact-foundation/pact-specification), as
//! Pact's Rust libraries write it; where the two leave something open, it is what those can read back.

mod body;
mod contents;
mod interaction;
mod path;
mod place;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use super::plugin::Plugin;
use crate::error::{ErrorKind, Result};
use crate::model::ConfigureInteractionResponse;
use place::{Place, deep_merge, parse};

const PACT: &str = "pact_json";

/// What a plugin set up, and which plugin it was.
#[derive(Debug, Clone)]
pub struct Configured {
    /// Name of the plugin.
    pub plugin_name: String,
    /// Its version.
    pub plugin_version: String,
    /// What it declared at init. It is only handed interactions of the types that it takes.
    pub plugin_capabilities: Vec<String>,
    /// Its answer to `configure-interaction`.
    pub response: ConfigureInteractionResponse,
}

impl Configured {
    /// The answer of a plugin.
    pub fn by(plugin: &Plugin, response: ConfigureInteractionResponse) -> Self {
        let declared = plugin
            .init_response()
            .map(|it| it.plugin_capabilities.clone());
        Configured {
            plugin_name: plugin.manifest().name.clone(),
            plugin_version: plugin.manifest().version.to_string(),
            plugin_capabilities: declared.unwrap_or_default(),
            response,
        }
    }
}

/// An interaction for a pact file.
#[derive(Debug, Clone, Copy)]
pub struct PactInteraction<'a> {
    /// The interaction without what comes from plugins: a JSON object of the pact file's shape that has at least `type` and
    /// `description`. What plugins set up is put into it, and takes the place of what is there already.
    pub template_json: &'a str,
    /// Whose parts called `request`, or else without a name, are the request.
    pub request: Option<&'a Configured>,
    /// Whose parts called `response`, or else without a name, are the response, or the responses.
    pub response: Option<&'a Configured>,
    /// Whose only part is the message of an `Asynchronous/Messages` interaction.
    pub message: Option<&'a Configured>,
}

/// What a pact file stores of a plugin for all interactions.
struct PluginData {
    name: String,
    version: String,
    configuration: Map<String, Value>,
}

impl PluginData {
    fn new(name: &str, version: &str) -> Self {
        PluginData {
            name: name.to_string(),
            version: version.to_string(),
            configuration: Map::new(),
        }
    }
}

/// A pact file of version 4.
#[derive(Debug, Clone)]
pub struct Pact(Map<String, Value>);

impl Pact {
    /// Starts from a JSON object that has at least the names of `consumer` and `provider`, as `{"name": …}`.
    pub fn parse(pact_json: &str) -> Result<Self> {
        let mut map = parse(PACT, pact_json)?;
        let mut pact = Place::whole(PACT, &mut map);
        for party in ["consumer", "provider"] {
            pact.object(party)?.text("name")?;
        }
        pact.array("interactions")?;
        let mut metadata = pact.object("metadata")?;
        let mut specification = metadata.object("pactSpecification")?;
        specification.default("version", "4.0");
        let version = specification.text("version")?;
        if version.split('.').next() != Some("4") {
            return Err(specification.must_have("4.0, the version that knows plugins,", "version"));
        }
        Ok(Pact(map))
    }

    /// Says that the pact needs a plugin. Whoever reads the file loads it, in this version or a compatible one.
    ///
    /// For plugins that set up an interaction, [`add_interaction`](Self::add_interaction) does it.
    pub fn add_plugin(&mut self, name: &str, version: &str) -> Result<()> {
        self.merge_plugin(PluginData::new(name, version))
    }

    /// Adds an interaction, in place of one that is the same to Pact, and the plugins that it needs. On failure the pact
    /// must not be used any more.
    pub fn add_interaction(&mut self, given: &PactInteraction<'_>) -> Result<()> {
        let (new, plugins) = interaction::build(given)?;
        let mut pact = self.place();
        let interactions = pact.array("interactions")?;
        match interactions.iter_mut().find(|old| is_same(old, &new)) {
            Some(old) => *old = new,
            None => interactions.push(new),
        }
        plugins.into_iter().try_for_each(|it| self.merge_plugin(it))
    }

    /// The file's text.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string_pretty(&self.0).map_err(|e| ErrorKind::Internal(e.to_string()).into())
    }

    fn place(&mut self) -> Place<'_> {
        Place::whole(PACT, &mut self.0)
    }

    fn merge_plugin(&mut self, plugin: PluginData) -> Result<()> {
        let mut pact = self.place();
        let mut metadata = pact.object("metadata")?;
        let plugins = metadata.array("plugins")?;
        let known = plugins.iter().position(|it| it["name"] == *plugin.name);
        let index = known.unwrap_or(plugins.len());
        let mut entry = metadata.item("plugins", index)?;
        entry.map.insert("name".into(), plugin.name.into());
        entry.map.insert("version".into(), plugin.version.into());
        deep_merge(entry.object("configuration")?.map, plugin.configuration);
        Ok(())
    }
}

/// Pact tells interactions apart by their keys, or else by type, description and provider states.
fn is_same(one: &Value, other: &Value) -> bool {
    if let (Some(one), Some(other)) = (one.get("key"), other.get("key")) {
        return one == other;
    }
    let states = |it: &Value| it["providerStates"].as_array().cloned().unwrap_or_default();
    ["type", "description"]
        .iter()
        .all(|key| one[*key] == other[*key])
        && states(one) == states(other)
}
