//! Components of our WIT package (`wit`).

use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre, Resource};
use wasmtime::error::Context as _;

use super::bindings::exports::pact::plugin::{
    content_generator, content_matcher, field_generator, field_matcher, lifecycle, transport,
};
use super::convert::{from_plugin, to_plugin};
use super::instance::{Answer, Guest, State};
use super::loaded::Loaded;
use super::pool::PoolId;
use super::server::Server;
use super::waiting;
use crate::driver::call::{CallContext, Cancel};
use crate::driver::component::{Component, Role, RunningServer};
use crate::error::Result;
use crate::model::{
    Body, CatalogueEntry, CompareContentsRequest, ConfigureInteractionRequest,
    ConfigureInteractionResponse, ContentsComparison, FieldValue, GenerateContentRequest,
    GenerateFieldRequest, InitRequest, InitResponse, InteractionData, MatchFieldRequest, Mismatch,
    MockServer, MockServerResults, PrepareInteractionRequest, StartMockServerRequest,
    VerificationResult, VerifyInteractionRequest,
};

/// Where the exports of a component are. `lifecycle` is always there.
pub struct Exports {
    lifecycle: lifecycle::GuestIndices,
    content_matcher: Option<content_matcher::GuestIndices>,
    content_generator: Option<content_generator::GuestIndices>,
    field_matcher: Option<field_matcher::GuestIndices>,
    field_generator: Option<field_generator::GuestIndices>,
    transport: Option<transport::GuestIndices>,
}

/// The exported functions of an instance.
pub struct Current {
    lifecycle: lifecycle::Guest,
    content_matcher: Option<content_matcher::Guest>,
    content_generator: Option<content_generator::Guest>,
    field_matcher: Option<field_matcher::Guest>,
    field_generator: Option<field_generator::Guest>,
    transport: Option<transport::Guest>,
}

impl Guest for Current {
    type Exports = Exports;

    fn find(pre: &InstancePre<State>, roles: &[Role]) -> wasmtime::Result<Exports> {
        let has = |role: Role| roles.contains(&role);
        Ok(Exports {
            lifecycle: lifecycle::GuestIndices::new(pre)?,
            content_matcher: has(Role::ContentMatcher)
                .then(|| content_matcher::GuestIndices::new(pre))
                .transpose()?,
            content_generator: has(Role::ContentGenerator)
                .then(|| content_generator::GuestIndices::new(pre))
                .transpose()?,
            field_matcher: has(Role::FieldMatcher)
                .then(|| field_matcher::GuestIndices::new(pre))
                .transpose()?,
            field_generator: has(Role::FieldGenerator)
                .then(|| field_generator::GuestIndices::new(pre))
                .transpose()?,
            transport: has(Role::Transport)
                .then(|| transport::GuestIndices::new(pre))
                .transpose()?,
        })
    }

    fn load(
        exports: &Exports,
        store: &mut Store<State>,
        instance: &Instance,
    ) -> wasmtime::Result<Self> {
        Ok(Current {
            lifecycle: (exports.lifecycle)
                .load(&mut *store, instance)
                .context("lifecycle")?,
            content_matcher: load(Role::ContentMatcher, &exports.content_matcher, |it| {
                it.load(&mut *store, instance)
            })?,
            content_generator: load(Role::ContentGenerator, &exports.content_generator, |it| {
                it.load(&mut *store, instance)
            })?,
            field_matcher: load(Role::FieldMatcher, &exports.field_matcher, |it| {
                it.load(&mut *store, instance)
            })?,
            field_generator: load(Role::FieldGenerator, &exports.field_generator, |it| {
                it.load(&mut *store, instance)
            })?,
            transport: load(Role::Transport, &exports.transport, |it| {
                it.load(&mut *store, instance)
            })?,
        })
    }

    fn init(
        &self,
        store: &mut Store<State>,
        request: &InitRequest,
    ) -> wasmtime::Result<Result<InitResponse>> {
        let capabilities: Vec<&str> = request
            .host_capabilities
            .iter()
            .map(String::as_str)
            .collect();
        let request = to_plugin::init_request(request, &capabilities);
        let answer = self.lifecycle.call_init(store, request)?;
        Ok(match answer {
            Ok(response) => Ok(from_plugin::init_response(response)),
            Err(failure) => Err(from_plugin::init_failure(failure).into()),
        })
    }

    fn update_catalogue(
        &self,
        store: &mut Store<State>,
        entries: &[CatalogueEntry],
    ) -> wasmtime::Result<()> {
        let values = to_plugin::entry_values(entries);
        let entries = to_plugin::entries(entries, &values);
        self.lifecycle.call_update_catalogue(store, &entries)
    }
}

fn load<I, G>(
    role: Role,
    indices: &Option<I>,
    load: impl FnOnce(&I) -> wasmtime::Result<G>,
) -> wasmtime::Result<Option<G>> {
    let loaded = indices.as_ref().map(load).transpose();
    loaded.context(role.interface())
}

/// The driver asks for a role before it calls, so this is a fault of ours.
fn exported<G>(guest: Option<&G>) -> wasmtime::Result<&G> {
    guest.ok_or_else(|| wasmtime::format_err!("the component does not export this role"))
}

impl Component for Loaded<Current> {
    fn roles(&self) -> &[Role] {
        self.exported_roles()
    }

    fn init(&self, call: &CallContext, request: &InitRequest) -> Result<InitResponse> {
        self.introduce(call, request)
    }

    fn set_catalogue(&self, entries: Arc<[CatalogueEntry]>) {
        self.publish(entries);
    }

    fn update_catalogue(&self, call: &CallContext) -> Result<()> {
        self.call(call, |_, _| Ok(()))
    }

    fn configure_interaction(
        &self,
        call: &CallContext,
        request: &ConfigureInteractionRequest<'_>,
    ) -> Result<ConfigureInteractionResponse> {
        let request = to_plugin::configure_request(request);
        let answer = self.ask(call, |guest, store| {
            exported(guest.content_matcher.as_ref())?.call_configure_interaction(store, request)
        })?;
        from_plugin::configure_response(answer)
    }

    fn compare_contents(
        &self,
        call: &CallContext,
        request: &CompareContentsRequest<'_>,
    ) -> Result<ContentsComparison> {
        let lists = to_plugin::rule_lists(&request.rules);
        let rules = to_plugin::rules(&request.rules, &lists);
        let request = to_plugin::compare_request(request, &rules);
        let answer = self.ask(call, |guest, store| {
            exported(guest.content_matcher.as_ref())?.call_compare_contents(store, request)
        })?;
        Ok(from_plugin::comparison(answer))
    }

    fn generate_content(
        &self,
        call: &CallContext,
        request: &GenerateContentRequest<'_>,
    ) -> Result<Body<'static>> {
        let generators = to_plugin::generators(&request.generators);
        let request = to_plugin::generate_request(request, &generators);
        let answer = self.ask(call, |guest, store| {
            exported(guest.content_generator.as_ref())?.call_generate_content(store, request)
        })?;
        Ok(from_plugin::owned_body(answer))
    }

    fn match_field(
        &self,
        call: &CallContext,
        request: &MatchFieldRequest<'_>,
    ) -> Result<Vec<Mismatch>> {
        let request = to_plugin::match_field_request(request);
        let answer = self.ask(call, |guest, store| {
            exported(guest.field_matcher.as_ref())?.call_match_field(store, request)
        })?;
        Ok(from_plugin::mismatches(answer))
    }

    fn generate_field(
        &self,
        call: &CallContext,
        request: &GenerateFieldRequest<'_>,
    ) -> Result<FieldValue> {
        let request = to_plugin::generate_field_request(request);
        let answer = self.ask(call, |guest, store| {
            exported(guest.field_generator.as_ref())?.call_generate_field(store, request)
        })?;
        from_plugin::field_value(answer)
    }

    fn start_mock_server(
        &self,
        call: &CallContext,
        request: &StartMockServerRequest,
    ) -> Result<(MockServer, Box<dyn RunningServer>)> {
        let interactions = to_plugin::interactions(&request.interactions);
        let request = to_plugin::start_request(request, &interactions);
        let pool = PoolId::next();
        let (instance, answer) = self.ask_new(pool, call, |guest, store| {
            exported(guest.transport.as_ref())?.call_start_mock_server(store, request)
        })?;
        let server = from_plugin::mock_server(answer);
        let running = Server::run(self.template(), instance, pool, call, &server.key)?;
        Ok((server, Box::new(running)))
    }

    fn prepare_interaction(
        &self,
        call: &CallContext,
        request: &PrepareInteractionRequest,
    ) -> Result<InteractionData<'static>> {
        let request = to_plugin::prepare_request(request);
        let answer = self.ask(call, |guest, store| {
            exported(guest.transport.as_ref())?
                .call_prepare_interaction_for_verification(store, request)
        })?;
        from_plugin::interaction_data(answer)
    }

    fn verify_interaction(
        &self,
        call: &CallContext,
        request: &VerifyInteractionRequest<'_>,
    ) -> Result<VerificationResult> {
        let metadata = to_plugin::metadata(&request.interaction_data);
        let request = to_plugin::verify_request(request, &metadata);
        let answer = self.ask(call, |guest, store| {
            exported(guest.transport.as_ref())?.call_verify_interaction(store, request)
        })?;
        from_plugin::verification_result(answer)
    }
}

/// The functions of a running mock server.
impl Current {
    pub(super) fn serve(
        &self,
        store: &mut Store<State>,
        key: &str,
        until: Cancel,
    ) -> wasmtime::Result<Answer<()>> {
        let table = &mut store.data_mut().resources;
        let until = waiting::subscribe_to(table, until)?;
        let lent = Resource::new_borrow(until.rep());
        let result =
            exported(self.transport.as_ref())?.call_serve_mock_server(&mut *store, key, lent);
        waiting::unsubscribe(&mut store.data_mut().resources, until)?;
        result
    }

    pub(super) fn results(
        &self,
        store: &mut Store<State>,
        key: &str,
    ) -> wasmtime::Result<Answer<MockServerResults>> {
        let transport = exported(self.transport.as_ref())?;
        let answer = transport.call_get_mock_server_results(store, key)?;
        Ok(answer.map(from_plugin::mock_server_results))
    }

    pub(super) fn shutdown(
        &self,
        store: &mut Store<State>,
        key: &str,
    ) -> wasmtime::Result<Answer<MockServerResults>> {
        let transport = exported(self.transport.as_ref())?;
        let answer = transport.call_shutdown_mock_server(store, key)?;
        Ok(answer.map(from_plugin::mock_server_results))
    }
}
