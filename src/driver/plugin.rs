//! A loaded plugin and its operations.

use std::sync::Arc;

use once_cell::sync::OnceCell;

use super::call::{CallContext, CallOptions};
use super::catalogue::Listing;
use super::component::{Component, PluginContext, Role, RunningServer};
use super::core::{each_text, place};
use super::host::HostState;
use super::log::LogRecord;
use super::manifest::Manifest;
use super::servers::Servers;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Body, CatalogueEntry, CompareContentsRequest, ConfigureInteractionRequest,
    ConfigureInteractionResponse, ContentsComparison, FieldValue, GenerateContentRequest,
    GenerateFieldRequest, InitRequest, InitResponse, InteractionContents, InteractionData,
    JsonObject, MatchFieldRequest, MatchTextsRequest, Mismatch, MockServer, MockServerResults,
    PrepareInteractionRequest, StartMockServerRequest, VerificationResult,
    VerifyInteractionRequest,
};

/// A loaded plugin. It is unloaded, and leaves the host's catalogue, when the last reference to it goes.
///
/// All operations may be called from many threads at once. Each takes the call's options, and fails with an error that
/// names the plugin and the operation.
pub struct Plugin {
    manifest: Manifest,
    context: Arc<PluginContext>,
    component: Arc<dyn Component>,
    host: Arc<HostState>,
    initialised: OnceCell<InitResponse>,
    servers: Servers,
}

impl Plugin {
    pub(super) fn new(
        manifest: Manifest,
        context: Arc<PluginContext>,
        component: Arc<dyn Component>,
        host: Arc<HostState>,
    ) -> Self {
        Plugin {
            manifest,
            context,
            component,
            host,
            initialised: OnceCell::new(),
            servers: Servers::default(),
        }
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// UUID of this loaded plugin; it marks the plugin's log records.
    pub fn instance_id(&self) -> &str {
        &self.context.instance_id
    }

    /// The roles that its component fills.
    pub fn roles(&self) -> &[Role] {
        self.component.roles()
    }

    /// What it answered to init, if it is initialised.
    pub fn init_response(&self) -> Option<&InitResponse> {
        self.initialised.get()
    }

    /// Its catalogue entries; none before init.
    pub fn catalogue(&self) -> Vec<Listing> {
        let entries = self
            .initialised
            .get()
            .map(|r| r.catalogue.as_slice())
            .unwrap_or_default();
        entries
            .iter()
            .map(|entry| Listing::of_plugin(&self.context.name, entry))
            .collect()
    }

    /// Its latest log records, oldest first.
    pub fn logs(&self) -> Vec<LogRecord> {
        self.context.log.records()
    }

    /// `init`: introduces host and plugin to each other. Needed once, before any other operation; where it was done
    /// already it does nothing, and where it failed it can be tried again.
    pub fn init(&self, options: &CallOptions) -> Result<()> {
        let config = &self.host.config;
        let request = InitRequest {
            implementation: config.implementation.clone(),
            version: config.implementation_version.clone(),
            host_capabilities: self.host.capabilities().collect(),
            plugin_instance_id: self.context.instance_id.to_string(),
        };
        self.init_for(options, &request)
    }

    /// `init` on behalf of another driver, which says itself who it is.
    pub fn init_for(&self, options: &CallOptions, request: &InitRequest) -> Result<()> {
        let call = &self.start("init", options, None);
        let first = self.run(call, || {
            if self.initialised.get().is_some() {
                return Ok(false);
            }
            // Nothing is locked meanwhile: the plugin may log, and the caller's log callback may call init.
            let response = self.component.init(call, request)?;
            self.check_roles(&response)?;
            check_values(&response)?;
            Ok(self.initialised.set(response).is_ok())
        })?;
        if first {
            self.host.publish_catalogue();
        }
        Ok(())
    }

    /// An entry that the component cannot serve would fail at its first use, far from the cause.
    fn check_roles(&self, response: &InitResponse) -> Result<()> {
        for entry in &response.catalogue {
            if let Some(role) =
                Role::of(entry.entry_type).filter(|role| !self.roles().contains(role))
            {
                let entry = format!("{}/{}", entry.entry_type.name(), entry.key);
                return Err(ErrorKind::EntryWithoutRole {
                    entry,
                    interface: role.interface(),
                }
                .into());
            }
        }
        Ok(())
    }

    /// `update-catalogue`: tells the plugin a catalogue in place of the host's own, which it is told without asking.
    pub fn update_catalogue(
        &self,
        options: &CallOptions,
        entries: Vec<CatalogueEntry>,
    ) -> Result<()> {
        let call = &self.start("update-catalogue", options, None);
        self.run(call, || {
            self.check_initialised()?;
            self.component.set_catalogue(entries.into());
            self.component.update_catalogue(call)
        })
    }

    /// `configure-interaction`: turns what the test author wrote into bodies, rules and configuration.
    pub fn configure_interaction(
        &self,
        options: &CallOptions,
        request: &ConfigureInteractionRequest<'_>,
    ) -> Result<ConfigureInteractionResponse> {
        let call = &self.start(
            "configure-interaction",
            options,
            request.test_context.as_ref(),
        );
        self.run(call, || {
            self.check_ready_for(Role::ContentMatcher)?;
            self.component.configure_interaction(call, request)
        })
    }

    /// `compare-contents`: compares an actual body with the expected one.
    pub fn compare_contents(
        &self,
        options: &CallOptions,
        request: &CompareContentsRequest<'_>,
    ) -> Result<ContentsComparison> {
        self.compare_contents_in(
            &self.start("compare-contents", options, request.test_context.as_ref()),
            request,
        )
    }

    pub(super) fn compare_contents_in(
        &self,
        call: &CallContext,
        request: &CompareContentsRequest<'_>,
    ) -> Result<ContentsComparison> {
        self.run(call, || {
            self.check_ready_for(Role::ContentMatcher)?;
            self.component.compare_contents(call, request)
        })
    }

    /// `generate-content`: applies generators to a body.
    pub fn generate_content(
        &self,
        options: &CallOptions,
        request: &GenerateContentRequest<'_>,
    ) -> Result<Body<'static>> {
        self.generate_content_in(
            &self.start("generate-content", options, request.test_context.as_ref()),
            request,
        )
    }

    pub(super) fn generate_content_in(
        &self,
        call: &CallContext,
        request: &GenerateContentRequest<'_>,
    ) -> Result<Body<'static>> {
        self.run(call, || {
            self.check_ready_for(Role::ContentGenerator)?;
            self.component.generate_content(call, request)
        })
    }

    /// `match-field`: applies a matching rule of the plugin to one value. An empty list means that it matches.
    pub fn match_field(
        &self,
        options: &CallOptions,
        request: &MatchFieldRequest<'_>,
    ) -> Result<Vec<Mismatch>> {
        self.match_field_in(
            &self.start("match-field", options, request.test_context.as_ref()),
            request,
        )
    }

    pub(super) fn match_field_in(
        &self,
        call: &CallContext,
        request: &MatchFieldRequest<'_>,
    ) -> Result<Vec<Mismatch>> {
        self.run(call, || {
            self.check_ready_for(Role::FieldMatcher)?;
            let mut mismatches = self.component.match_field(call, request)?;
            place(&mut mismatches, &request.path);
            Ok(mismatches)
        })
    }

    /// `match-field` for many texts. Plugins have no such operation, so it is called for each.
    pub(super) fn match_texts_in(
        &self,
        call: &CallContext,
        entry_key: &str,
        request: &MatchTextsRequest,
    ) -> Result<Vec<(u32, Mismatch)>> {
        let key = entry_key.rsplit('/').next().unwrap_or(entry_key);
        each_text(key, request, |one| self.match_field_in(call, one))
    }

    /// `generate-field`: generates one value with a generator of the plugin.
    pub fn generate_field(
        &self,
        options: &CallOptions,
        request: &GenerateFieldRequest<'_>,
    ) -> Result<FieldValue> {
        self.generate_field_in(
            &self.start("generate-field", options, request.test_context.as_ref()),
            request,
        )
    }

    pub(super) fn generate_field_in(
        &self,
        call: &CallContext,
        request: &GenerateFieldRequest<'_>,
    ) -> Result<FieldValue> {
        self.run(call, || {
            self.check_ready_for(Role::FieldGenerator)?;
            self.component.generate_field(call, request)
        })
    }

    /// `start-mock-server`: opens a server that expects these interactions. It runs until it is shut down, or the plugin or
    /// its host is dropped.
    pub fn start_mock_server(
        &self,
        options: &CallOptions,
        request: &StartMockServerRequest,
    ) -> Result<MockServer> {
        let call = &self.start("start-mock-server", options, request.test_context.as_ref());
        self.run(call, || {
            self.check_takes(&request.interactions)?;
            let (description, server) = self.component.start_mock_server(call, request)?;
            Ok(self.servers.add(description, server))
        })
    }

    /// `get-mock-server-results`: what a server has seen so far. A server that died says so in its results.
    pub fn mock_server_results(
        &self,
        options: &CallOptions,
        key: &str,
    ) -> Result<MockServerResults> {
        let call = &self.start("get-mock-server-results", options, None);
        self.run(call, || self.servers.get(key)?.results(call))
    }

    /// `shutdown-mock-server`: ends a server, whatever comes of it, and gives its final results.
    pub fn shutdown_mock_server(
        &self,
        options: &CallOptions,
        key: &str,
    ) -> Result<MockServerResults> {
        let call = &self.start("shutdown-mock-server", options, None);
        let generation = self.host.generation.check();
        let server = generation.and_then(|()| self.servers.remove(key));
        let shut_down = |server: Arc<dyn RunningServer>| match call.check_cancelled() {
            Ok(()) => server.shutdown(call),
            Err(cancelled) => {
                server.end();
                Err(cancelled)
            }
        };
        server
            .and_then(shut_down)
            .map_err(|e| self.in_context(call.operation, e))
    }

    /// Ends a server without asking for results. One that has ended already is left alone.
    pub fn end_mock_server(&self, key: &str) {
        if let Ok(server) = self.servers.remove(key) {
            server.end();
        }
    }

    pub(super) fn end_servers(&self) {
        self.servers.end_all();
    }

    /// `prepare-interaction-for-verification`: builds the request or message of an interaction, which may be changed before
    /// [`verify_interaction`](Self::verify_interaction) sends it.
    pub fn prepare_interaction(
        &self,
        options: &CallOptions,
        request: &PrepareInteractionRequest,
    ) -> Result<InteractionData<'static>> {
        let call = &self.start(
            "prepare-interaction-for-verification",
            options,
            request.test_context.as_ref(),
        );
        self.run(call, || {
            self.check_takes(std::slice::from_ref(&request.interaction))?;
            self.component.prepare_interaction(call, request)
        })
    }

    /// `verify-interaction`: sends it to the provider and checks the answer.
    pub fn verify_interaction(
        &self,
        options: &CallOptions,
        request: &VerifyInteractionRequest<'_>,
    ) -> Result<VerificationResult> {
        let call = &self.start("verify-interaction", options, request.test_context.as_ref());
        self.run(call, || {
            self.check_takes(std::slice::from_ref(&request.interaction))?;
            self.component.verify_interaction(call, request)
        })
    }

    /// An error if it is no transport, or does not take interactions of one of these types.
    fn check_takes(&self, interactions: &[InteractionContents]) -> Result<()> {
        self.check_ready_for(Role::Transport)?;
        let response = self.init_response();
        let declared = response.map_or(&[][..], |it| &it.plugin_capabilities);
        for interaction in interactions {
            interaction.interaction_type.check(declared)?;
        }
        Ok(())
    }

    fn check_initialised(&self) -> Result<()> {
        if self.initialised.get().is_some() {
            Ok(())
        } else {
            Err(ErrorKind::NotInitialised.into())
        }
    }

    fn check_ready_for(&self, role: Role) -> Result<()> {
        self.check_initialised()?;
        if self.roles().contains(&role) {
            return Ok(());
        }
        Err(self.component.role_missing(role).into())
    }

    /// A call that comes from the outside. It belongs to the test run that its options name, or else to the one of its test
    /// context, or of the host.
    fn start(
        &self,
        operation: &'static str,
        options: &CallOptions,
        test_context: Option<&JsonObject>,
    ) -> CallContext {
        let config = &self.host.config;
        let mut call = CallContext::start(operation, options, config.limits.timeout);
        if call.test_run_id.is_none() {
            let of_context = test_context.and_then(|context| context.text("testRunId"));
            call.test_run_id = of_context
                .filter(|id| !id.is_empty())
                .map(Into::into)
                .or_else(|| config.test_run_id.clone());
        }
        call
    }

    /// What every operation has in common: fork check, cancel switch, and plugin and operation in the error.
    #[inline]
    fn run<R>(&self, call: &CallContext, body: impl FnOnce() -> Result<R>) -> Result<R> {
        self.host
            .generation
            .check()
            .and_then(|()| call.check_cancelled())
            .and_then(|()| body())
            .map_err(|e| self.in_context(call.operation, e))
    }

    fn in_context(&self, operation: &'static str, error: Error) -> Error {
        error
            .with_plugin(&self.context.name, &self.context.version)
            .with_operation(operation)
    }

    pub(super) fn set_catalogue(&self, entries: Arc<[CatalogueEntry]>) {
        self.component.set_catalogue(entries);
    }
}

/// Values go by their names to other plugins and into JSON, where one would hide the other.
fn check_values(response: &InitResponse) -> Result<()> {
    for entry in &response.catalogue {
        if let Some(twice) = entry.values.twice() {
            let entry = format!("{}/{}", entry.entry_type.name(), entry.key);
            return Err(ErrorKind::InvalidResponse {
                field: "catalogue".to_string(),
                reason: format!("{entry} has two values \"{twice}\""),
            }
            .into());
        }
    }
    Ok(())
}

impl Drop for Plugin {
    fn drop(&mut self) {
        self.end_servers();
        if self.initialised.get().is_some() {
            self.host.publish_catalogue();
        }
    }
}
