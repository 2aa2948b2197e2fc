//! A driver instance: its configuration, its loaded plugins, their catalogue. Two hosts in one process know nothing of each
//! other.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use uuid::Uuid;

use super::catalogue::Listing;
use super::component::{Callbacks, PluginContext, Runtime};
use super::config::Config;
use super::core::{self, CoreEntry};
use super::discovery::{Installed, plugin_directory};
use super::log::{Level, PluginLog};
use super::manifest::Manifest;
use super::permissions::Allowance;
use super::plugin::Plugin;
use crate::error::Result;
use crate::fork::Generation;
use crate::model::CatalogueEntry;

/// Finds and loads plugins.
pub struct Host {
    state: Arc<HostState>,
    runtime: Box<dyn Runtime>,
    callbacks: Arc<dyn Callbacks>,
}

/// What a host shares with its plugins. Plugins keep it alive, so host and plugins can be released in any order.
pub(super) struct HostState {
    pub(super) config: Config,
    pub(super) generation: Generation,
    /// What the host does itself.
    pub(super) core: Vec<CoreEntry>,
    plugins: Mutex<Vec<Weak<Plugin>>>,
    /// What all of them can do.
    catalogue: Mutex<Arc<[Listing]>>,
}

impl Host {
    /// A host without plugins.
    pub fn new(config: Config, runtime: Box<dyn Runtime>) -> Self {
        Self::with_callbacks(config, runtime, |own| own)
    }

    /// A host whose plugins get what they ask for from somebody else, who is given the host's own way to serve them.
    pub fn with_callbacks(
        config: Config,
        runtime: Box<dyn Runtime>,
        callbacks: impl FnOnce(Arc<dyn Callbacks>) -> Arc<dyn Callbacks>,
    ) -> Self {
        let core = core::entries(&config.handlers);
        let state = HostState {
            config,
            generation: Generation::current(),
            catalogue: Mutex::new(core.iter().map(Listing::of_core).collect()),
            core,
            plugins: Mutex::default(),
        };
        let state = Arc::new(state);
        Host {
            callbacks: callbacks(state.clone()),
            state,
            runtime,
        }
    }

    /// What it can do itself, as plugins are told at init: `<entry type>/<key>`.
    pub fn capabilities(&self) -> impl Iterator<Item = String> + '_ {
        self.state.capabilities()
    }

    /// Its configuration.
    pub fn config(&self) -> &Config {
        &self.state.config
    }

    /// What is installed in the plugin directory, broken manifests included.
    pub fn installed(&self) -> Result<Installed> {
        self.state.generation.check()?;
        Installed::read(&plugin_directory(
            self.config().plugin_directory.as_deref(),
        )?)
    }

    /// Finds a plugin by name and loads it. `version` is a minimum within semantic-version compatibility; without it the
    /// highest installed version counts. A plugin that is loaded already is not loaded twice.
    pub fn load(&self, name: &str, version: Option<&str>) -> Result<Arc<Plugin>> {
        self.state.generation.check()?;
        let directory = plugin_directory(self.config().plugin_directory.as_deref())?;
        let manifest = Installed::read(&directory)?.find(&directory, name, version)?;
        self.load_manifest(manifest)
    }

    /// Loads the plugin whose manifest lies in `directory`, wherever that is.
    pub fn load_directory(&self, directory: &Path) -> Result<Arc<Plugin>> {
        self.state.generation.check()?;
        self.load_manifest(Manifest::read(directory)?)
    }

    fn load_manifest(&self, manifest: Manifest) -> Result<Arc<Plugin>> {
        if let Some(loaded) = self.state.find(&manifest) {
            return Ok(loaded);
        }
        let version = manifest.version.to_string();
        let in_context = |e: crate::error::Error| e.with_plugin(&manifest.name, &version);
        let grants = &self.config().grants;
        let (allowance, refused) =
            Allowance::new(&manifest.name, &manifest.asked, grants).map_err(in_context)?;
        let context = self.context(&manifest, allowance);
        if !refused.is_empty() {
            let message = format!(
                "it has to do without what this host does not grant: {}",
                refused.join(", ")
            );
            let test_run_id = self.config().test_run_id.clone();
            let target = "pact_wasm".to_string();
            context.log.write(Level::Info, target, message, test_run_id);
        }
        // Loading may compile for seconds, so no lock is held meanwhile.
        let component = manifest
            .component_file()
            .and_then(|file| self.runtime.load(&file, context.clone()))
            .map_err(in_context)?;
        let plugin = Plugin::new(manifest, context, component, self.state.clone());
        Ok(self.state.add(Arc::new(plugin)))
    }

    fn context(&self, manifest: &Manifest, allowance: Allowance) -> Arc<PluginContext> {
        let name: Arc<str> = manifest.name.as_str().into();
        let instance_id: Arc<str> = Uuid::new_v4().to_string().into();
        let (level, sink) = (self.config().log_level, self.config().log_sink.clone());
        Arc::new(PluginContext {
            log: PluginLog::new(name.clone(), instance_id.clone(), level, sink),
            name,
            version: manifest.version.to_string().into(),
            instance_id,
            plugin_config: manifest.plugin_config.clone(),
            allowance,
            callbacks: self.callbacks.clone(),
        })
    }

    /// The catalogue: what the host can do, then the entries of all loaded plugins in the order of loading.
    pub fn catalogue(&self) -> Result<Arc<[Listing]>> {
        self.state.generation.check()?;
        Ok(self.state.catalogue())
    }
}

/// No mock server outlives its host.
impl Drop for Host {
    fn drop(&mut self) {
        for plugin in self.state.loaded() {
            plugin.end_servers();
        }
    }
}

impl HostState {
    pub(super) fn capabilities(&self) -> impl Iterator<Item = String> + '_ {
        self.core.iter().map(CoreEntry::capability)
    }

    pub(super) fn loaded(&self) -> Vec<Arc<Plugin>> {
        let plugins = self.plugins.lock().unwrap_or_else(PoisonError::into_inner);
        plugins.iter().filter_map(Weak::upgrade).collect()
    }

    fn find(&self, manifest: &Manifest) -> Option<Arc<Plugin>> {
        self.loaded()
            .into_iter()
            .find(|plugin| plugin.manifest() == manifest)
    }

    /// Registers a plugin, or returns the one that another thread has loaded meanwhile.
    fn add(&self, plugin: Arc<Plugin>) -> Arc<Plugin> {
        // Declared before the lock, so dropped after it: the last reference to a plugin publishes the catalogue, which
        // takes the lock.
        let loaded: Vec<Arc<Plugin>>;
        let mut plugins = self.plugins.lock().unwrap_or_else(PoisonError::into_inner);
        plugins.retain(|plugin| plugin.strong_count() > 0);
        loaded = plugins.iter().filter_map(Weak::upgrade).collect();
        if let Some(other) = loaded
            .iter()
            .find(|other| other.manifest() == plugin.manifest())
        {
            return other.clone();
        }
        plugins.push(Arc::downgrade(&plugin));
        plugin
    }

    fn current(&self) -> MutexGuard<'_, Arc<[Listing]>> {
        self.catalogue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn catalogue(&self) -> Arc<[Listing]> {
        self.current().clone()
    }

    /// Makes the catalogue anew and tells it to every loaded plugin.
    pub(super) fn publish_catalogue(&self) {
        let loaded = self.loaded();
        let own = self.core.iter().map(Listing::of_core);
        let of_plugins = loaded.iter().flat_map(|plugin| plugin.catalogue());
        // Locked until all are told, so that of two changes at once the later one stays.
        let mut current = self.current();
        *current = own.chain(of_plugins).collect();
        let entries: Arc<[CatalogueEntry]> = current.iter().map(Listing::to_entry).collect();
        for plugin in &loaded {
            plugin.set_catalogue(entries.clone());
        }
    }
}
