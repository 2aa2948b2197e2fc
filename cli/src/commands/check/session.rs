//! The plugin under examination, and what it is examined with.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::component::Role;
use pact_wasm::driver::config::Limits;
use pact_wasm::driver::host::Host;
use pact_wasm::driver::permissions::Permission;
use pact_wasm::driver::plugin::Plugin;
use pact_wasm::model::{CatalogueEntry, InteractionType, JsonObject};
use serde_json::{Value, json};

use super::content_types::ContentTypes;
use super::reply::{self, Reply};
use super::requests::{TEXT, with_text};
use super::sample::sample;
use crate::arguments::Check;
use crate::error::{Error, Result};
use crate::hosting;
use crate::subject::Subject;

/// What the user has said.
#[derive(Clone)]
pub struct Settings {
    pub grants: Vec<Permission>,
    pub limits: Limits,
    content_types: Vec<String>,
    /// A contents config that the plugin takes.
    pub contents_config: Option<JsonObject>,
    /// A port of loopback where nobody listens. The plugin may connect there.
    pub closed_port: u16,
}

impl Settings {
    pub fn new(arguments: &Check) -> Result<Self> {
        let mut grants = arguments.run.grant.clone();
        let closed_port = free_port()?;
        let closed = Permission::connect(&format!("localhost:{closed_port}"));
        grants.push(closed.map_err(Error::Usage)?);
        if arguments.content_type.iter().any(|it| it.trim().is_empty()) {
            let reason = "--content-type is empty; name a content type, such as text/csv";
            return Err(Error::Usage(reason.to_string()));
        }
        let read = |file: &std::path::PathBuf| {
            let unusable = |reason: String| {
                Error::Usage(format!("{}: the contents config {reason}", file.display()))
            };
            let text =
                fs::read_to_string(file).map_err(|e| unusable(format!("cannot be read: {e}")))?;
            JsonObject::new(text).map_err(|e| unusable(format!("is no JSON object: {e}")))
        };
        Ok(Settings {
            grants,
            limits: arguments.run.limits(),
            content_types: arguments.content_type.clone(),
            contents_config: arguments.contents_config.as_ref().map(read).transpose()?,
            closed_port,
        })
    }
}

/// A port of loopback that nobody uses at the moment.
pub fn free_port() -> Result<u16> {
    let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|it| Ok(it.local_addr()?.port()));
    port.map_err(|e| Error::Usage(format!("there is no free port on loopback: {e}")))
}

/// A loaded plugin.
pub struct Session {
    /// Servers end with it.
    _host: Host,
    pub plugin: Arc<Plugin>,
    pub settings: Settings,
}

impl Session {
    pub fn load(subject: &Subject, settings: Settings) -> Result<Self> {
        Self::in_host_of_its_own(&subject.manifest.directory, settings)
    }

    fn in_host_of_its_own(directory: &Path, settings: Settings) -> Result<Self> {
        let host = hosting::host(hosting::config(&settings.grants, settings.limits.clone()))?;
        let plugin = host.load_directory(directory)?;
        Ok(Session {
            _host: host,
            plugin,
            settings,
        })
    }

    pub fn init(&self) -> std::result::Result<(), pact_wasm::error::Error> {
        self.plugin.init(&CallOptions::default())
    }

    /// The same plugin in another host, with other limits, not initialised.
    pub fn again(&self, limits: Limits) -> Result<Self> {
        let settings = Settings {
            limits,
            ..self.settings.clone()
        };
        Self::in_host_of_its_own(&self.plugin.manifest().directory, settings)
    }

    /// Its catalogue.
    pub fn entries(&self) -> &[CatalogueEntry] {
        self.plugin.init_response().map_or(&[], |it| &it.catalogue)
    }

    /// The entries that need a role.
    pub fn entries_of(&self, role: Role) -> Vec<&CatalogueEntry> {
        let of_it = |it: &&CatalogueEntry| Role::of(it.entry_type) == Some(role);
        self.entries().iter().filter(of_it).collect()
    }

    /// Content types that the plugin says it is for, and those that the user has named.
    pub fn content_types(&self, role: Role) -> ContentTypes {
        let mut found = self.settings.content_types.clone();
        for entry in self.entries_of(role) {
            let patterns = entry
                .values
                .0
                .iter()
                .filter(|(name, _)| name == "content-types");
            let patterns = patterns.flat_map(|(_, patterns)| patterns.split(';'));
            found.extend(patterns.filter_map(|it| sample(it.trim())));
        }
        ContentTypes::new(found)
    }

    /// The types of interaction that it takes.
    pub fn interaction_types(&self) -> Vec<InteractionType> {
        let declared = self
            .plugin
            .init_response()
            .map_or(&[][..], |it| &it.plugin_capabilities);
        let all = [
            InteractionType::SynchronousHttp,
            InteractionType::AsynchronousMessages,
            InteractionType::SynchronousMessages,
        ];
        all.into_iter()
            .filter(|it| it.check(declared).is_ok())
            .collect()
    }

    /// The interaction that the user's contents config stands for, as transports get it.
    pub fn configured_interaction(&self) -> Option<Value> {
        let config = self.settings.contents_config.as_ref()?;
        let types = self.content_types(Role::ContentMatcher);
        let request = json!({ "contentType": types.first(), "contentsConfig": TEXT });
        let request = with_text(&request, config.as_str());
        let options = CallOptions::default();
        let Reply::Answer(response) =
            reply::call(self, &options, "configure-interaction", &request)
        else {
            return None;
        };
        let kind = self.interaction_types().first()?.name();
        let configuration = &response["interactions"][0]["pluginConfiguration"];
        Some(json!({ "interactionType": kind, "pluginConfiguration": configuration }))
    }
}
