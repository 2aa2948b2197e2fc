//! The seam between driver and runtime: what the driver needs of a loaded component, and what it tells it. Nothing here
//! knows wasmtime, so the driver is tested with components written in Rust.

use std::path::Path;
use std::sync::Arc;

use super::call::CallContext;
use super::log::PluginLog;
use super::permissions::Allowance;
use crate::error::{ErrorKind, Result};
use crate::model::{
    Body, CatalogueEntry, CompareContentsRequest, ConfigureInteractionRequest,
    ConfigureInteractionResponse, ContentsComparison, EntryType, FieldValue,
    GenerateContentRequest, GenerateFieldRequest, InitRequest, InitResponse, InteractionData,
    JsonObject, MatchFieldRequest, MatchTextsRequest, Mismatch, MockServer, MockServerResults,
    PrepareInteractionRequest, StartMockServerRequest, VerificationResult,
    VerifyInteractionRequest,
};

/// What a plugin can be for, one interface of the WIT package each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // named as in the WIT package
pub enum Role {
    ContentMatcher,
    ContentGenerator,
    FieldMatcher,
    FieldGenerator,
    Transport,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 5] = [
        Role::ContentMatcher,
        Role::ContentGenerator,
        Role::FieldMatcher,
        Role::FieldGenerator,
        Role::Transport,
    ];

    /// Name of the WIT interface.
    pub fn interface(self) -> &'static str {
        match self {
            Role::ContentMatcher => "content-matcher",
            Role::ContentGenerator => "content-generator",
            Role::FieldMatcher => "field-matcher",
            Role::FieldGenerator => "field-generator",
            Role::Transport => "transport",
        }
    }

    /// The role that a catalogue entry needs. Interactions are declarations and need none.
    pub fn of(entry_type: EntryType) -> Option<Role> {
        match entry_type {
            EntryType::ContentMatcher => Some(Role::ContentMatcher),
            EntryType::ContentGenerator => Some(Role::ContentGenerator),
            EntryType::Transport => Some(Role::Transport),
            EntryType::Matcher => Some(Role::FieldMatcher),
            EntryType::Generator => Some(Role::FieldGenerator),
            EntryType::Interaction => None,
        }
    }
}

/// What a component learns about the plugin that it implements.
pub struct PluginContext {
    /// Name of the plugin.
    pub name: Arc<str>,
    /// Version of the plugin.
    pub version: Arc<str>,
    /// UUID of this loaded plugin.
    pub instance_id: Arc<str>,
    /// `pluginConfig` of its manifest.
    pub plugin_config: JsonObject,
    /// What it may reach outside of its sandbox.
    pub allowance: Allowance,
    /// Where its log records go.
    pub log: PluginLog,
    /// Whom it can call.
    pub callbacks: Arc<dyn Callbacks>,
}

/// What a plugin can ask of the host while it serves a call: the entries of the catalogue, by key.
pub trait Callbacks: Send + Sync {
    /// `compare-contents` with the content matcher that `entry_key` names.
    fn compare_contents(
        &self,
        caller: &PluginContext,
        call: &CallContext,
        entry_key: &str,
        request: &CompareContentsRequest<'_>,
    ) -> Result<ContentsComparison>;

    /// `generate-content` with the content generator that `entry_key` names.
    fn generate_content(
        &self,
        caller: &PluginContext,
        call: &CallContext,
        entry_key: &str,
        request: &GenerateContentRequest<'_>,
    ) -> Result<Body<'static>>;

    /// `match-field` with the matcher that `entry_key` names.
    fn match_field(
        &self,
        caller: &PluginContext,
        call: &CallContext,
        entry_key: &str,
        request: &MatchFieldRequest<'_>,
    ) -> Result<Vec<Mismatch>>;

    /// `match-field` with the matcher that `entry_key` names, for many texts. Mismatches come with the number of their text.
    fn match_texts(
        &self,
        caller: &PluginContext,
        call: &CallContext,
        entry_key: &str,
        request: &MatchTextsRequest,
    ) -> Result<Vec<(u32, Mismatch)>>;

    /// `generate-field` with the generator that `entry_key` names.
    fn generate_field(
        &self,
        caller: &PluginContext,
        call: &CallContext,
        entry_key: &str,
        request: &GenerateFieldRequest<'_>,
    ) -> Result<FieldValue>;
}

/// For tests of what makes no callbacks.
#[cfg(test)]
pub struct NoCallbacks;

#[cfg(test)]
impl Callbacks for NoCallbacks {
    fn compare_contents(
        &self,
        _: &PluginContext,
        _: &CallContext,
        _: &str,
        _: &CompareContentsRequest<'_>,
    ) -> Result<ContentsComparison> {
        unreachable!()
    }

    fn generate_content(
        &self,
        _: &PluginContext,
        _: &CallContext,
        _: &str,
        _: &GenerateContentRequest<'_>,
    ) -> Result<Body<'static>> {
        unreachable!()
    }

    fn match_field(
        &self,
        _: &PluginContext,
        _: &CallContext,
        _: &str,
        _: &MatchFieldRequest<'_>,
    ) -> Result<Vec<Mismatch>> {
        unreachable!()
    }

    fn match_texts(
        &self,
        _: &PluginContext,
        _: &CallContext,
        _: &str,
        _: &MatchTextsRequest,
    ) -> Result<Vec<(u32, Mismatch)>> {
        unreachable!()
    }

    fn generate_field(
        &self,
        _: &PluginContext,
        _: &CallContext,
        _: &str,
        _: &GenerateFieldRequest<'_>,
    ) -> Result<FieldValue> {
        unreachable!()
    }
}

/// Turns files into components.
pub trait Runtime: Send + Sync {
    /// Reads, compiles and links a component. Nothing of it runs yet.
    fn load(&self, file: &Path, context: Arc<PluginContext>) -> Result<Arc<dyn Component>>;
}

/// A loaded component: the operations of the plugin interface, each safe to call from many threads at once.
///
/// Operations with a default body belong to roles that not every kind of component can fill.
///
/// Errors carry no plugin name and no operation; the driver adds both.
pub trait Component: Send + Sync {
    /// The roles that it fills.
    fn roles(&self) -> &[Role];

    /// The error for a role that it does not fill.
    fn role_missing(&self, role: Role) -> ErrorKind {
        let roles = self.roles().iter().map(|role| role.interface()).collect();
        ErrorKind::RoleMissing {
            interface: role.interface(),
            roles,
        }
    }

    /// Initialises it. The request is repeated for instances that are made later.
    fn init(&self, call: &CallContext, request: &InitRequest) -> Result<InitResponse>;

    /// Sets the catalogue that each instance is told before its next call.
    fn set_catalogue(&self, entries: Arc<[CatalogueEntry]>);

    /// Tells one instance the catalogue now, so that a failure shows.
    fn update_catalogue(&self, call: &CallContext) -> Result<()>;

    /// `configure-interaction`
    fn configure_interaction(
        &self,
        call: &CallContext,
        request: &ConfigureInteractionRequest<'_>,
    ) -> Result<ConfigureInteractionResponse>;

    /// `compare-contents`
    fn compare_contents(
        &self,
        call: &CallContext,
        request: &CompareContentsRequest<'_>,
    ) -> Result<ContentsComparison>;

    /// `generate-content`
    fn generate_content(
        &self,
        _call: &CallContext,
        _request: &GenerateContentRequest<'_>,
    ) -> Result<Body<'static>> {
        Err(self.role_missing(Role::ContentGenerator).into())
    }

    /// `match-field`
    fn match_field(
        &self,
        _call: &CallContext,
        _request: &MatchFieldRequest<'_>,
    ) -> Result<Vec<Mismatch>> {
        Err(self.role_missing(Role::FieldMatcher).into())
    }

    /// `generate-field`
    fn generate_field(
        &self,
        _call: &CallContext,
        _request: &GenerateFieldRequest<'_>,
    ) -> Result<FieldValue> {
        Err(self.role_missing(Role::FieldGenerator).into())
    }

    /// `start-mock-server`. The server runs from then on; its key is not the plugin's, which may call all of them alike.
    fn start_mock_server(
        &self,
        _call: &CallContext,
        _request: &StartMockServerRequest,
    ) -> Result<(MockServer, Box<dyn RunningServer>)> {
        Err(self.role_missing(Role::Transport).into())
    }

    /// `prepare-interaction-for-verification`
    fn prepare_interaction(
        &self,
        _call: &CallContext,
        _request: &PrepareInteractionRequest,
    ) -> Result<InteractionData<'static>> {
        Err(self.role_missing(Role::Transport).into())
    }

    /// `verify-interaction`
    fn verify_interaction(
        &self,
        _call: &CallContext,
        _request: &VerifyInteractionRequest<'_>,
    ) -> Result<VerificationResult> {
        Err(self.role_missing(Role::Transport).into())
    }
}

/// A mock server that runs. Dropping it ends it.
pub trait RunningServer: Send + Sync {
    /// `get-mock-server-results`. What ended a server that is dead is in its results.
    fn results(&self, call: &CallContext) -> Result<MockServerResults>;

    /// `shutdown-mock-server`. Whatever it returns, the server has ended, as far as [`end`](Self::end) can tell.
    fn shutdown(&self, call: &CallContext) -> Result<MockServerResults>;

    /// Has it end, without waiting for that.
    fn stop(&self);

    /// Ends it at once, with nothing to show. Only a function of the caller's, called back by the plugin, can keep it for longer than
    /// about a second; it ends when that returns.
    fn end(&self);
}
