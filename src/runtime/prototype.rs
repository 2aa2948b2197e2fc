//! Components of the prototype's interface (`wit/prototype`), served through the same API as all others.

#[allow(warnings, missing_docs, clippy::all, clippy::pedantic, unsafe_code)] // generated
mod bindings;
mod convert;

use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::{HasSelf, Instance, InstancePre, Linker};

pub use self::bindings::Plugin as Prototype;
use self::bindings::{PluginImports, PluginIndices};
use super::convert::to_plugin;
use super::instance::{Guest, State};
use super::loaded::Loaded;
use crate::driver::call::CallContext;
use crate::driver::component::{Component, Role};
use crate::driver::log::Level;
use crate::error::{ErrorKind, Result};
use crate::model::{
    CatalogueEntry, CompareContentsRequest, ConfigureInteractionRequest,
    ConfigureInteractionResponse, ContentsComparison, InitRequest, InitResponse,
};

/// What such a component can be for.
pub const ROLES: [Role; 1] = [Role::ContentMatcher];

/// Its functions, all of them exported by the component itself and not by interfaces.
const FUNCTIONS: [&str; 4] = [
    "init",
    "update-catalogue",
    "configure-interaction",
    "compare-contents",
];

/// Whether these are among what a component exports. Whether they have the right types is seen when they are looked up.
pub fn is_exported_by(exports: &[(&str, bool)]) -> bool {
    FUNCTIONS.iter().all(|name| exports.contains(&(name, true)))
}

/// Offers what such components import, to all: no other interface has a `log` outside of an interface.
pub fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    Prototype::add_to_linker::<_, HasSelf<State>>(linker, |state| state)
}

impl PluginImports for State {
    /// Components log whole bodies, and their own host shows that only when debugging.
    fn log(&mut self, message: String) -> wasmtime::Result<()> {
        self.log
            .write(Level::Debug, "prototype".to_string(), message);
        Ok(())
    }
}

impl Guest for Prototype {
    type Exports = PluginIndices;

    fn find(pre: &InstancePre<State>, _: &[Role]) -> wasmtime::Result<PluginIndices> {
        PluginIndices::new(pre)
    }

    fn load(
        exports: &PluginIndices,
        store: &mut Store<State>,
        instance: &Instance,
    ) -> wasmtime::Result<Self> {
        exports.load(store, instance)
    }

    fn init(
        &self,
        store: &mut Store<State>,
        request: &InitRequest,
    ) -> wasmtime::Result<Result<InitResponse>> {
        let entries = self.call_init(store, &request.implementation, &request.version)?;
        Ok(Ok(InitResponse {
            catalogue: entries.into_iter().map(convert::owned_entry).collect(),
            plugin_capabilities: Vec::new(),
        }))
    }

    fn update_catalogue(
        &self,
        store: &mut Store<State>,
        entries: &[CatalogueEntry],
    ) -> wasmtime::Result<()> {
        let values = to_plugin::entry_values(entries);
        self.call_update_catalogue(store, &convert::entries(entries, &values))
    }
}

impl Component for Loaded<Prototype> {
    fn roles(&self) -> &[Role] {
        self.exported_roles()
    }

    fn role_missing(&self, role: Role) -> ErrorKind {
        ErrorKind::PrototypeRole {
            interface: role.interface(),
        }
    }

    /// The prototype's own plugin declares a content generator that its interface cannot call. Entries that nobody can call
    /// would mislead whoever looks for one, and refusing the plugin for them would make it unusable.
    fn init(&self, call: &CallContext, request: &InitRequest) -> Result<InitResponse> {
        let mut response = self.introduce(call, request)?;
        let can_serve = |entry: &CatalogueEntry| {
            Role::of(entry.entry_type).is_none_or(|role| ROLES.contains(&role))
        };
        for entry in response.catalogue.extract_if(.., |entry| !can_serve(entry)) {
            let message = format!(
                "the catalogue entry {}/{} is left out: the prototype's interface cannot serve it",
                entry.entry_type.name(),
                entry.key
            );
            self.log(call, Level::Warn, message);
        }
        Ok(response)
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
        let sub_type = convert::sub_type(&request.content_type);
        let config = request.contents_config.as_str();
        let answer = self.ask(call, |guest, store| {
            guest.call_configure_interaction(store, &sub_type, config)
        })?;
        convert::configure_response(answer)
    }

    fn compare_contents(
        &self,
        call: &CallContext,
        request: &CompareContentsRequest<'_>,
    ) -> Result<ContentsComparison> {
        let request = convert::compare_request(request);
        let answer = self.ask(call, |guest, store| {
            guest.call_compare_contents(store, request)
        })?;
        Ok(convert::comparison(answer))
    }
}
