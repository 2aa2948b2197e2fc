//! Calls of plugins into the host: finding the plugin that has the entry, and calling it within the caller's call.

use std::sync::Arc;

use super::call::CallContext;
use super::component::{Callbacks, PluginContext};
use super::host::HostState;
use super::plugin::Plugin;
use super::resolve::resolve;
use crate::error::{ErrorKind, Result};
use crate::model::{
    Body, CompareContentsRequest, ContentsComparison, EntryType, FieldValue,
    GenerateContentRequest, GenerateFieldRequest, MatchFieldRequest, Mismatch,
};

/// A plugin and the context to call it in.
type Target = (Arc<Plugin>, CallContext);

impl HostState {
    fn target(
        &self,
        caller: &PluginContext,
        call: &CallContext,
        operation: &'static str,
        entry_type: EntryType,
        entry_key: &str,
    ) -> Result<Target> {
        let listing = resolve(self.catalogue(), entry_type, entry_key)?;
        let full_key = listing.full_key();
        let plugin = self
            .loaded()
            .into_iter()
            .find(|plugin| plugin.manifest().name == *listing.plugin)
            // Unloaded by another thread since it was resolved.
            .ok_or_else(|| ErrorKind::EntryNotFound {
                key: full_key.clone(),
                entry_type: entry_type.name(),
                known: Vec::new(),
            })?;
        let limit = self.config.limits.nesting;
        let nested = call.nested(&caller.name, &listing.plugin, operation, &full_key, limit)?;
        Ok((plugin, nested))
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
        let (plugin, call) = self.target(
            caller,
            call,
            "compare-contents",
            EntryType::ContentMatcher,
            entry_key,
        )?;
        plugin.compare_contents_in(&call, request)
    }

    fn generate_content(
        &self,
        caller: &PluginContext,
        call: &CallContext,
        entry_key: &str,
        request: &GenerateContentRequest<'_>,
    ) -> Result<Body<'static>> {
        let (plugin, call) = self.target(
            caller,
            call,
            "generate-content",
            EntryType::ContentGenerator,
            entry_key,
        )?;
        plugin.generate_content_in(&call, request)
    }

    fn match_field(
        &self,
        caller: &PluginContext,
        call: &CallContext,
        entry_key: &str,
        request: &MatchFieldRequest<'_>,
    ) -> Result<Vec<Mismatch>> {
        let (plugin, call) =
            self.target(caller, call, "match-field", EntryType::Matcher, entry_key)?;
        plugin.match_field_in(&call, request)
    }

    fn generate_field(
        &self,
        caller: &PluginContext,
        call: &CallContext,
        entry_key: &str,
        request: &GenerateFieldRequest<'_>,
    ) -> Result<FieldValue> {
        let (plugin, call) = self.target(
            caller,
            call,
            "generate-field",
            EntryType::Generator,
            entry_key,
        )?;
        plugin.generate_field_in(&call, request)
    }
}
