//! Calls of plugins into the host: finding the catalogue entry, and having it served within the caller's call, by another
//! plugin or by the host itself.

use std::sync::Arc;

use super::call::CallContext;
use super::catalogue::Listing;
use super::component::{Callbacks, PluginContext};
use super::core::{CoreCall, CoreEntry};
use super::host::HostState;
use super::plugin::Plugin;
use super::resolve::resolve;
use crate::error::{ErrorKind, Result};
use crate::model::{
    Body, CompareContentsRequest, ContentsComparison, EntryType, FieldValue,
    GenerateContentRequest, GenerateFieldRequest, MatchFieldRequest, MatchTextsRequest, Mismatch,
};

/// Who serves a callback.
enum Server<'a> {
    /// A plugin, and the context to call it in.
    Plugin(Arc<Plugin>, CallContext),
    /// The host.
    Core(CoreCall<'a>),
}

impl HostState {
    fn server<'a>(
        &'a self,
        caller: &'a PluginContext,
        call: &'a CallContext,
        operation: &'static str,
        entry_type: EntryType,
        entry_key: &str,
    ) -> Result<Server<'a>> {
        let catalogue = self.catalogue();
        let listing = resolve(&catalogue, entry_type, entry_key)?;
        let Some(name) = &listing.plugin else {
            let entry = self.core_entry(listing)?;
            return Ok(Server::Core(CoreCall {
                entry,
                caller,
                call,
            }));
        };
        let plugin = self
            .loaded()
            .into_iter()
            .find(|plugin| plugin.manifest().name == **name)
            .ok_or_else(|| gone(listing))?;
        let limit = self.config.limits.nesting;
        let nested = call.nested(&caller.name, name, operation, &listing.full_key, limit)?;
        Ok(Server::Plugin(plugin, nested))
    }

    fn core_entry(&self, listing: &Listing) -> Result<&CoreEntry> {
        let same = |core: &&CoreEntry| core.entry == listing.entry;
        self.core
            .iter()
            .find(same)
            .ok_or_else(|| gone(listing).into())
    }
}

/// The plugin was unloaded by another thread since its entry was found.
fn gone(listing: &Listing) -> ErrorKind {
    ErrorKind::EntryNotFound {
        key: listing.full_key.to_string(),
        entry_type: listing.entry.entry_type.name(),
        known: Vec::new(),
    }
}

impl Callbacks for HostState {
    fn compare_contents(
        &self,
        caller: &PluginContext,
        call: &CallContext,
        entry_key: &str,
        request: &CompareContentsRequest<'_>,
    ) -> Result<ContentsComparison> {
        let (operation, entry_type) = ("compare-contents", EntryType::ContentMatcher);
        match self.server(caller, call, operation, entry_type, entry_key)? {
            Server::Plugin(plugin, call) => plugin.compare_contents_in(&call, request),
            Server::Core(call) => {
                call.serve(|handler| handler.content_matcher()?.compare_contents(&call, request))
            }
        }
    }

    fn generate_content(
        &self,
        caller: &PluginContext,
        call: &CallContext,
        entry_key: &str,
        request: &GenerateContentRequest<'_>,
    ) -> Result<Body<'static>> {
        let (operation, entry_type) = ("generate-content", EntryType::ContentGenerator);
        match self.server(caller, call, operation, entry_type, entry_key)? {
            Server::Plugin(plugin, call) => plugin.generate_content_in(&call, request),
            Server::Core(call) => call.serve(|handler| {
                handler
                    .content_generator()?
                    .generate_content(&call, request)
            }),
        }
    }

    fn match_field(
        &self,
        caller: &PluginContext,
        call: &CallContext,
        entry_key: &str,
        request: &MatchFieldRequest<'_>,
    ) -> Result<Vec<Mismatch>> {
        let (operation, entry_type) = ("match-field", EntryType::Matcher);
        match self.server(caller, call, operation, entry_type, entry_key)? {
            Server::Plugin(plugin, call) => plugin.match_field_in(&call, request),
            Server::Core(call) => {
                call.serve(|handler| handler.matcher()?.match_field(&call, request))
            }
        }
    }

    fn match_texts(
        &self,
        caller: &PluginContext,
        call: &CallContext,
        entry_key: &str,
        request: &MatchTextsRequest,
    ) -> Result<Vec<(u32, Mismatch)>> {
        let (operation, entry_type) = ("match-field", EntryType::Matcher);
        match self.server(caller, call, operation, entry_type, entry_key)? {
            Server::Plugin(plugin, call) => plugin.match_texts_in(&call, entry_key, request),
            Server::Core(call) => {
                call.serve(|handler| handler.matcher()?.match_texts(&call, request))
            }
        }
    }

    fn generate_field(
        &self,
        caller: &PluginContext,
        call: &CallContext,
        entry_key: &str,
        request: &GenerateFieldRequest<'_>,
    ) -> Result<FieldValue> {
        let (operation, entry_type) = ("generate-field", EntryType::Generator);
        match self.server(caller, call, operation, entry_type, entry_key)? {
            Server::Plugin(plugin, call) => plugin.generate_field_in(&call, request),
            Server::Core(call) => {
                call.serve(|handler| handler.generator()?.generate_field(&call, request))
            }
        }
    }
}
