//! Hosts: finding and loading plugins, and their common catalogue.

use std::ffi::c_char;
use std::path::Path;
use std::sync::Arc;

use super::config::{self, PactWasmConfig};
use super::error::PactWasmError;
use super::guard::{Out, guard, guard_infallible};
use super::handle::{self, object};
use super::log::item;
use super::plugin::PactWasmPlugin;
use super::record::{self, Record};
use super::text::{Kept, PactWasmView};
use crate::driver::catalogue::Listing;
use crate::driver::discovery::Installed;
use crate::driver::host::Host;
use crate::driver::manifest::WASM;
use crate::driver::plugin::Plugin;
use crate::error::{ErrorKind, Result};
use crate::runtime::component::WasmRuntime;

/// A driver instance: it finds and loads plugins and keeps their catalogue. Hosts know nothing of each other. Free with
/// pactwasm_host_free.
pub struct PactWasmHost {
    _opaque: [u8; 0],
}

object!(PactWasmHost, Host, b"PWhost\0\0");

/// Makes a host. Nothing is read from disk yet.
///
/// config: copied; NULL for the defaults. host: out; owned by the caller, NULL on failure. From any thread.
///
/// Errors: PACTWASM_ERROR_INVALID_ARGUMENT, PACTWASM_ERROR_INTERNAL. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_host_new(
    config: *const PactWasmConfig,
    host: *mut *mut PactWasmHost,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(host, "host", std::ptr::null_mut())?;
        let config = config::copy(config)?;
        let runtime = WasmRuntime::new(&config)?;
        out.write(handle::give(Host::new(config, Box::new(runtime))));
        Ok(())
    })
}

/// Frees a host. Plugins that it loaded stay usable until they are freed themselves; their mock servers end. NULL does nothing.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_host_free(host: *mut PactWasmHost) {
    guard_infallible((), || handle::free(host));
}

/// Reads what is installed in the plugin directory. A manifest that cannot be used hides no other; it is an item of its own
/// with the reason.
///
/// installed: out; owned by the caller, NULL on failure. From any thread.
///
/// Errors: PACTWASM_ERROR_NOT_FOUND (the directory), PACTWASM_ERROR_IO, PACTWASM_ERROR_FORKED,
/// PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_host_discover(
    host: *const PactWasmHost,
    installed: *mut *mut PactWasmInstalled,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(installed, "installed", std::ptr::null_mut())?;
        let found = handle::take(host, "host")?.installed()?;
        out.write(handle::give(InstalledItems::from(found)));
        Ok(())
    })
}

/// Finds a plugin by name in the plugin directory and loads it: reads and compiles its component, or takes the compiled
/// form from the cache. Its code does not run yet; call pactwasm_plugin_init next. A plugin that this host has loaded already
/// is not loaded again: the new handle is for the same plugin.
///
/// name: as in its pact-plugin.json. version: the least version within semantic-version compatibility; absent or empty for
/// the highest that is installed. plugin: out; owned by the caller, NULL on failure; it may outlive the host. From any thread.
///
/// Errors: PACTWASM_ERROR_NOT_FOUND, PACTWASM_ERROR_MANIFEST_INVALID, PACTWASM_ERROR_COMPONENT_INVALID,
/// PACTWASM_ERROR_COMPILE_FAILED, PACTWASM_ERROR_INCOMPATIBLE, PACTWASM_ERROR_IO, PACTWASM_ERROR_FORKED,
/// PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_host_load(
    host: *const PactWasmHost,
    name: *const c_char,
    name_len: usize,
    version: *const c_char,
    version_len: usize,
    plugin: *mut *mut PactWasmPlugin,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(plugin, "plugin", std::ptr::null_mut())?;
        let host = handle::take(host, "host")?;
        // SAFETY: the caller vouches for pointers and lengths for the duration of the call.
        let name = unsafe { PactWasmView::of(name, name_len).text("name") }?;
        // SAFETY: as above.
        let version = unsafe { PactWasmView::of(version, version_len).optional_text("version") }?;
        give_plugin(
            &out,
            host.load(name, version.filter(|version| !version.is_empty()))?,
        );
        Ok(())
    })
}

/// Loads the plugin whose pact-plugin.json lies in a directory, wherever that is. Otherwise as pactwasm_host_load.
///
/// path, path_len: UTF-8, not empty. From any thread. Errors: as pactwasm_host_load. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_host_load_directory(
    host: *const PactWasmHost,
    path: *const c_char,
    path_len: usize,
    plugin: *mut *mut PactWasmPlugin,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(plugin, "plugin", std::ptr::null_mut())?;
        let host = handle::take(host, "host")?;
        // SAFETY: the caller vouches for pointer and length for the duration of the call.
        let path = unsafe { PactWasmView::of(path, path_len).text("path") }?;
        give_plugin(&out, host.load_directory(Path::new(path))?);
        Ok(())
    })
}

fn give_plugin(out: &Out<*mut PactWasmPlugin>, plugin: Arc<Plugin>) {
    out.write(handle::give(plugin.into()));
}

/// The catalogue: what the host itself can do, then the entries of all plugins that it has loaded and initialised, in the
/// order of loading.
///
/// catalogue: out; owned by the caller, NULL on failure. From any thread. Errors: PACTWASM_ERROR_FORKED,
/// PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_host_catalogue(
    host: *const PactWasmHost,
    catalogue: *mut *mut PactWasmCatalogue,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(catalogue, "catalogue", std::ptr::null_mut())?;
        let listings = handle::take(host, "host")?.catalogue()?;
        give_catalogue(&out, &listings)
    })
}

/// What is installed in a plugin directory. Free with pactwasm_installed_free.
pub struct PactWasmInstalled {
    _opaque: [u8; 0],
}

object!(PactWasmInstalled, InstalledItems, b"PWinstal");

/// One installed plugin. Set `size` to sizeof(PactWasmInstalledPlugin) before the call that fills it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmInstalledPlugin {
    /// Size of this struct in bytes.
    pub size: usize,
    /// Directory that holds the manifest.
    pub directory: PactWasmView,
    /// Name of the plugin; absent if the manifest cannot be used.
    pub name: PactWasmView,
    /// Version of the plugin; absent if the manifest cannot be used.
    pub version: PactWasmView,
    /// "wasm" for what this library runs, also if frameworks start it as an executable (a manifest of type "exec" whose
    /// "entryPoints" name a component under "wasm"); otherwise for instance "exec". Absent if the manifest cannot be used.
    pub executable_type: PactWasmView,
    /// Why the manifest cannot be used; absent if it can.
    pub problem: PactWasmView,
}

// SAFETY: integers and pointers, a size in front.
unsafe impl Record for PactWasmInstalledPlugin {}

/// What a [`PactWasmInstalled`] holds.
pub struct InstalledItems(Vec<InstalledItem>);

#[derive(Default)]
struct InstalledItem {
    directory: Kept,
    name: Kept,
    version: Kept,
    executable_type: Kept,
    problem: Kept,
}

impl From<Installed> for InstalledItems {
    fn from(installed: Installed) -> Self {
        let path = |path: &Path| Kept::new(path.to_string_lossy().into_owned());
        let usable = installed.manifests.into_iter().map(|manifest| {
            let executable_type = match manifest.is_wasm() {
                true => WASM.to_string(),
                false => manifest.executable_type,
            };
            InstalledItem {
                directory: path(&manifest.directory),
                name: Kept::new(manifest.name),
                version: Kept::new(manifest.version.to_string()),
                executable_type: Kept::new(executable_type),
                problem: Kept::default(),
            }
        });
        let broken = installed
            .problems
            .into_iter()
            .map(|(directory, problem)| InstalledItem {
                directory: path(&directory),
                problem: Kept::new(problem.to_string()),
                ..InstalledItem::default()
            });
        InstalledItems(usable.chain(broken).collect())
    }
}

/// Number of installed plugins, broken ones included; 0 for NULL or another handle. From any thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_installed_count(installed: *const PactWasmInstalled) -> usize {
    guard_infallible(0, || {
        handle::take(installed, "installed").map_or(0, |installed| installed.0.len())
    })
}

/// Fills `plugin` with views that live as long as `installed`. Usable plugins come first, by name and rising version.
///
/// index: from 0 to pactwasm_installed_count − 1. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_installed_get(
    installed: *const PactWasmInstalled,
    index: usize,
    plugin: *mut PactWasmInstalledPlugin,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let installed = handle::take(installed, "installed")?;
        let it = item(&installed.0, index)?;
        let filled = PactWasmInstalledPlugin {
            size: 0,
            directory: it.directory.view(),
            name: it.name.view(),
            version: it.version.view(),
            executable_type: it.executable_type.view(),
            problem: it.problem.view(),
        };
        record::write(plugin, "plugin", &filled)
    })
}

/// Frees a list of installed plugins. NULL does nothing. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_installed_free(installed: *mut PactWasmInstalled) {
    guard_infallible((), || handle::free(installed));
}

/// Catalogue entries. Free with pactwasm_catalogue_free.
pub struct PactWasmCatalogue {
    _opaque: [u8; 0],
}

object!(PactWasmCatalogue, Entries, b"PWcatalg");

/// One catalogue entry. Set `size` to sizeof(PactWasmCatalogueEntry) before the call that fills it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmCatalogueEntry {
    /// Size of this struct in bytes.
    pub size: usize,
    /// Full key: `core/<entry type>/<key>`, or `plugin/<plugin name>/<entry type>/<key>`.
    pub key: PactWasmView,
    /// Name of the plugin; absent for what the host does itself.
    pub plugin_name: PactWasmView,
    /// "content-matcher", "content-generator", "transport", "matcher", "interaction" or "generator".
    pub entry_type: PactWasmView,
    /// A JSON object of texts, for instance {"content-types":"application/jwt"}.
    pub values_json: PactWasmView,
}

// SAFETY: integers and pointers, a size in front.
unsafe impl Record for PactWasmCatalogueEntry {}

/// What a [`PactWasmCatalogue`] holds.
pub struct Entries(Vec<Entry>);

struct Entry {
    key: Kept,
    plugin_name: Kept,
    entry_type: Kept,
    values: Kept,
}

/// Hands a catalogue to the caller.
pub(super) fn give_catalogue(
    out: &Out<*mut PactWasmCatalogue>,
    listings: &[Listing],
) -> Result<()> {
    let entry = |listing: &Listing| -> Result<Entry> {
        let values = serde_json::to_string(&listing.entry.values)
            .map_err(|e| ErrorKind::Internal(e.to_string()))?;
        Ok(Entry {
            key: Kept::new(&*listing.full_key),
            plugin_name: Kept::optional(listing.plugin.as_deref()),
            entry_type: Kept::new(listing.entry.entry_type.name()),
            values: Kept::new(values),
        })
    };
    out.write(handle::give(Entries(
        listings.iter().map(entry).collect::<Result<_>>()?,
    )));
    Ok(())
}

/// Number of entries; 0 for NULL or another handle. From any thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_catalogue_count(catalogue: *const PactWasmCatalogue) -> usize {
    guard_infallible(0, || {
        handle::take(catalogue, "catalogue").map_or(0, |catalogue| catalogue.0.len())
    })
}

/// Fills `entry` with views that live as long as `catalogue`.
///
/// index: from 0 to pactwasm_catalogue_count − 1. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_catalogue_get(
    catalogue: *const PactWasmCatalogue,
    index: usize,
    entry: *mut PactWasmCatalogueEntry,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let catalogue = handle::take(catalogue, "catalogue")?;
        let it = item(&catalogue.0, index)?;
        let filled = PactWasmCatalogueEntry {
            size: 0,
            key: it.key.view(),
            plugin_name: it.plugin_name.view(),
            entry_type: it.entry_type.view(),
            values_json: it.values.view(),
        };
        record::write(entry, "entry", &filled)
    })
}

/// Frees a catalogue. NULL does nothing. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_catalogue_free(catalogue: *mut PactWasmCatalogue) {
    guard_infallible((), || handle::free(catalogue));
}
