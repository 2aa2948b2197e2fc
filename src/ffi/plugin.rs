//! Loaded plugins and the operations of the plugin interface.

use std::ffi::c_char;
use std::sync::Arc;

use once_cell::sync::OnceCell;

use super::config::{PactWasmCallOptions, call_options};
use super::contents::{
    self, PactWasmCompareRequest, PactWasmConfigureRequest, PactWasmGenerateRequest,
};
use super::error::PactWasmError;
use super::fields::{self, PactWasmField, PactWasmGenerateFieldRequest, PactWasmMatchFieldRequest};
use super::guard::{Out, guard, guard_infallible};
use super::handle::{self, object};
use super::host::{PactWasmCatalogue, give_catalogue};
use super::log::{PactWasmLogs, give_logs};
use super::record::{self, Record};
use super::results::{self, PactWasmComparison, PactWasmContent, PactWasmInteraction};
use super::text::{Kept, PactWasmBytes, PactWasmView};
use crate::driver::component::Role;
use crate::driver::manifest::Manifest;
use crate::driver::plugin::Plugin;
use crate::error::Error;

/// A loaded plugin. Its operations may be called from many threads at once. Free with pactwasm_plugin_free.
pub struct PactWasmPlugin {
    _opaque: [u8; 0],
}

object!(PactWasmPlugin, LoadedPlugin, b"PWplugin");

/// What a [`PactWasmPlugin`] holds: the plugin, and its texts for [`PactWasmPluginInfo`].
pub struct LoadedPlugin {
    plugin: Arc<Plugin>,
    name: Kept,
    version: Kept,
    directory: Kept,
    instance_id: Kept,
    roles: Kept,
    capabilities: OnceCell<Kept>,
}

impl From<Arc<Plugin>> for LoadedPlugin {
    fn from(plugin: Arc<Plugin>) -> Self {
        let manifest = plugin.manifest();
        let roles: Vec<&str> = plugin
            .roles()
            .iter()
            .copied()
            .map(Role::interface)
            .collect();
        LoadedPlugin {
            name: Kept::new(manifest.name.as_str()),
            version: Kept::new(manifest.version.to_string()),
            directory: Kept::new(manifest.directory.to_string_lossy().into_owned()),
            instance_id: Kept::new(plugin.instance_id()),
            roles: Kept::new(serde_json::json!(roles).to_string()),
            capabilities: OnceCell::new(),
            plugin,
        }
    }
}

impl LoadedPlugin {
    pub(super) fn plugin(&self) -> &Arc<Plugin> {
        &self.plugin
    }

    pub(super) fn manifest(&self) -> &Manifest {
        self.plugin.manifest()
    }

    fn capabilities(&self) -> PactWasmView {
        let Some(response) = self.plugin.init_response() else {
            return PactWasmView::ABSENT;
        };
        let declared = || Kept::new(serde_json::json!(response.plugin_capabilities).to_string());
        self.capabilities.get_or_init(declared).view()
    }
}

/// Frees the handle. With the last handle the plugin is unloaded and its entries leave the host's catalogue; calls that are
/// running end first. NULL does nothing. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_plugin_free(plugin: *mut PactWasmPlugin) {
    guard_infallible((), || handle::free(plugin));
}

/// What is known about a plugin. Set `size` to sizeof(PactWasmPluginInfo) before the call that fills it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmPluginInfo {
    /// Size of this struct in bytes.
    pub size: usize,
    /// Name, from its manifest.
    pub name: PactWasmView,
    /// Version, from its manifest.
    pub version: PactWasmView,
    /// Directory that holds its manifest.
    pub directory: PactWasmView,
    /// UUID of this loaded plugin; it marks its log records.
    pub instance_id: PactWasmView,
    /// JSON array of the roles that its component fills, for instance ["content-matcher","content-generator"].
    pub roles_json: PactWasmView,
    /// JSON array of the capabilities that it declared at init; absent before that.
    pub capabilities_json: PactWasmView,
}

// SAFETY: integers and pointers, a size in front.
unsafe impl Record for PactWasmPluginInfo {}

/// Fills `info` with views that live as long as the handle `plugin`. From any thread.
///
/// Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_plugin_info(
    plugin: *const PactWasmPlugin,
    info: *mut PactWasmPluginInfo,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let it = handle::take(plugin, "plugin")?;
        let filled = PactWasmPluginInfo {
            size: 0,
            name: it.name.view(),
            version: it.version.view(),
            directory: it.directory.view(),
            instance_id: it.instance_id.view(),
            roles_json: it.roles.view(),
            capabilities_json: it.capabilities(),
        };
        record::write(info, "info", &filled)
    })
}

/// The plugin's own catalogue entries; none before init.
///
/// catalogue: out; owned by the caller, NULL on failure. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since
/// 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_plugin_catalogue(
    plugin: *const PactWasmPlugin,
    catalogue: *mut *mut PactWasmCatalogue,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(catalogue, "catalogue", std::ptr::null_mut())?;
        give_catalogue(&out, &handle::take(plugin, "plugin")?.plugin.catalogue())
    })
}

/// The plugin's last log records of the configured level and above: at most 1000, with at most 4 MiB of text.
///
/// logs: out; owned by the caller, NULL on failure. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_plugin_logs(
    plugin: *const PactWasmPlugin,
    logs: *mut *mut PactWasmLogs,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(logs, "logs", std::ptr::null_mut())?;
        give_logs(&out, handle::take(plugin, "plugin")?.plugin.logs());
        Ok(())
    })
}

/// Operation init: introduces host and plugin to each other and reads the plugin's catalogue entries. Needed once before any
/// other operation; where it was done already it does nothing, and where it failed it can be tried again. All loaded
/// plugins are told the new catalogue before their next call.
///
/// options: may be NULL. From any thread.
///
/// Errors: PACTWASM_ERROR_PLUGIN (the plugin refuses), PACTWASM_ERROR_INCOMPATIBLE (it needs capabilities that this host
/// lacks, declares entries whose role it does not export, or exports functions of other types),
/// PACTWASM_ERROR_INVALID_RESPONSE, and those of a call: PACTWASM_ERROR_TRAP, PACTWASM_ERROR_DEADLINE,
/// PACTWASM_ERROR_CANCELLED, PACTWASM_ERROR_MEMORY_LIMIT, PACTWASM_ERROR_HOST_CALL_LIMIT, PACTWASM_ERROR_STACK_LIMIT,
/// PACTWASM_ERROR_RESOURCE_LIMIT, PACTWASM_ERROR_CYCLE, PACTWASM_ERROR_BUSY, PACTWASM_ERROR_FORKED,
/// PACTWASM_ERROR_INVALID_ARGUMENT, PACTWASM_ERROR_INTERNAL. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_plugin_init(
    plugin: *const PactWasmPlugin,
    options: *const PactWasmCallOptions,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let it = handle::take(plugin, "plugin")?;
        // SAFETY: the caller vouches for the struct for the duration of the call.
        it.plugin.init(&unsafe { call_options(options) }?)
    })
}

/// Operation update-catalogue: tells the plugin a catalogue in place of the host's own. Seldom needed: the library tells each
/// plugin the host's catalogue without being asked, and does so again when it changes.
///
/// catalogue_json: a JSON array of {"entryType":…,"key":…,"values":{…}}. options: may be NULL. From any thread.
///
/// Errors: PACTWASM_ERROR_WRONG_STATE before init, and those of a call (see pactwasm_plugin_init). Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_plugin_update_catalogue(
    plugin: *const PactWasmPlugin,
    catalogue_json: *const c_char,
    catalogue_json_len: usize,
    options: *const PactWasmCallOptions,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let it = handle::take(plugin, "plugin")?;
        let json = PactWasmView::of(catalogue_json, catalogue_json_len);
        // SAFETY: the caller vouches for pointer and length for the duration of the call.
        let entries =
            serde_json::from_str(unsafe { json.text("catalogue_json") }?).map_err(|e| {
                Error::invalid_argument("catalogue_json", format!("is not as it must be: {e}"))
            })?;
        // SAFETY: as above, for the struct.
        it.plugin
            .update_catalogue(&unsafe { call_options(options) }?, entries)
    })
}

/// Operation configure-interaction: turns what the test author wrote for a body into the body itself, its rules and
/// generators, and configuration for the pact file.
///
/// options: may be NULL. interaction: out; owned by the caller, NULL on failure. From any thread.
///
/// Errors: PACTWASM_ERROR_PLUGIN (usually the contents config; the message is the plugin's), PACTWASM_ERROR_UNSUPPORTED (the
/// plugin is no content matcher), PACTWASM_ERROR_WRONG_STATE before init, PACTWASM_ERROR_INVALID_RESPONSE, and those of a
/// call (see pactwasm_plugin_init). Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_plugin_configure_interaction(
    plugin: *const PactWasmPlugin,
    request: *const PactWasmConfigureRequest,
    options: *const PactWasmCallOptions,
    interaction: *mut *mut PactWasmInteraction,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(interaction, "interaction", std::ptr::null_mut())?;
        let it = handle::take(plugin, "plugin")?;
        // SAFETY: the caller vouches for the struct, and what it points to, for the duration of the call.
        let request = unsafe { contents::configure_request(request) }?;
        // SAFETY: as above.
        let options = unsafe { call_options(options) }?;
        let response = it.plugin.configure_interaction(&options, &request)?;
        results::give_interaction(&out, &it.plugin, response)
    })
}

/// Operation compare-contents: compares an actual body with the expected one. A mismatch is a result, not an error.
///
/// options: may be NULL. comparison: out; owned by the caller, NULL on failure. From any thread.
///
/// Errors: PACTWASM_ERROR_PLUGIN (the bodies could not be compared), PACTWASM_ERROR_UNSUPPORTED (the plugin is no content
/// matcher), PACTWASM_ERROR_WRONG_STATE before init, and those of a call (see pactwasm_plugin_init). Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_plugin_compare_contents(
    plugin: *const PactWasmPlugin,
    request: *const PactWasmCompareRequest,
    options: *const PactWasmCallOptions,
    comparison: *mut *mut PactWasmComparison,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(comparison, "comparison", std::ptr::null_mut())?;
        let it = handle::take(plugin, "plugin")?;
        // SAFETY: the caller vouches for the struct, and what it points to, for the duration of the call.
        let request = unsafe { contents::compare_request(request) }?;
        // SAFETY: as above.
        let options = unsafe { call_options(options) }?;
        results::give_comparison(&out, it.plugin.compare_contents(&options, &request)?);
        Ok(())
    })
}

/// Operation generate-content: applies generators to a body.
///
/// options: may be NULL. content: out; owned by the caller, NULL on failure. From any thread.
///
/// Errors: PACTWASM_ERROR_PLUGIN (the body could not be generated), PACTWASM_ERROR_UNSUPPORTED (the plugin is no content
/// generator), PACTWASM_ERROR_WRONG_STATE before init, and those of a call (see pactwasm_plugin_init). Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_plugin_generate_content(
    plugin: *const PactWasmPlugin,
    request: *const PactWasmGenerateRequest,
    options: *const PactWasmCallOptions,
    content: *mut *mut PactWasmContent,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(content, "content", std::ptr::null_mut())?;
        let it = handle::take(plugin, "plugin")?;
        // SAFETY: the caller vouches for the struct, and what it points to, for the duration of the call.
        let request = unsafe { contents::generate_request(request) }?;
        // SAFETY: as above.
        let options = unsafe { call_options(options) }?;
        results::give_content(&out, it.plugin.generate_content(&options, &request)?);
        Ok(())
    })
}

/// Operation match-field: applies a matching rule of the plugin to one value. A mismatch is a result, not an error.
///
/// options: may be NULL. comparison: out; owned by the caller, NULL on failure; its verdict is PACTWASM_VERDICT_MATCH or
/// PACTWASM_VERDICT_MISMATCH. From any thread.
///
/// Errors: PACTWASM_ERROR_PLUGIN (the rule could not be applied), PACTWASM_ERROR_UNSUPPORTED (the plugin is no field
/// matcher), PACTWASM_ERROR_WRONG_STATE before init, and those of a call (see pactwasm_plugin_init). Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_plugin_match_field(
    plugin: *const PactWasmPlugin,
    request: *const PactWasmMatchFieldRequest,
    options: *const PactWasmCallOptions,
    comparison: *mut *mut PactWasmComparison,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(comparison, "comparison", std::ptr::null_mut())?;
        let it = handle::take(plugin, "plugin")?;
        // SAFETY: the caller vouches for the struct, and what it points to, for the duration of the call.
        let request = unsafe { fields::match_request(request) }?;
        // SAFETY: as above.
        let options = unsafe { call_options(options) }?;
        results::give_comparison(&out, it.plugin.match_field(&options, &request)?);
        Ok(())
    })
}

/// Operation generate-field: generates one value with a generator of the plugin.
///
/// options: may be NULL. field: out; owned by the caller, NULL on failure. From any thread.
///
/// Errors: PACTWASM_ERROR_PLUGIN (the value could not be generated), PACTWASM_ERROR_UNSUPPORTED (the plugin is no field
/// generator), PACTWASM_ERROR_WRONG_STATE before init, PACTWASM_ERROR_INVALID_RESPONSE, and those of a call (see
/// pactwasm_plugin_init). Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_plugin_generate_field(
    plugin: *const PactWasmPlugin,
    request: *const PactWasmGenerateFieldRequest,
    options: *const PactWasmCallOptions,
    field: *mut *mut PactWasmField,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(field, "field", std::ptr::null_mut())?;
        let it = handle::take(plugin, "plugin")?;
        // SAFETY: the caller vouches for the struct, and what it points to, for the duration of the call.
        let request = unsafe { fields::generate_request(request) }?;
        // SAFETY: as above.
        let options = unsafe { call_options(options) }?;
        fields::give_field(&out, it.plugin.generate_field(&options, &request)?);
        Ok(())
    })
}

/// The generic call: any operation by name, with a JSON request and a JSON response. Requests and responses are the records
/// of the WIT package in camel case, bodies in base64, expression maps as objects. The JSON Schema schema/generic-call-1.json
/// describes them all; its number, 1, rises when requests or responses would break.
///
/// operation: "init" (request {}), "update-catalogue", "configure-interaction", "compare-contents", "generate-content",
/// "match-field", "generate-field", "start-mock-server", "get-mock-server-results" and "shutdown-mock-server" (request
/// {"key":…}), "prepare-interaction-for-verification", "verify-interaction". A mock server that is started this way runs until it
/// is shut down, or its plugin or host is freed.
/// request_json: UTF-8. options: may be NULL. response_json: out; UTF-8, owned by the caller, freed with
/// pactwasm_bytes_free; NULL and 0 on failure. From any thread.
///
/// Errors: PACTWASM_ERROR_INVALID_ARGUMENT (also an unknown operation and a request that does not fit it),
/// PACTWASM_ERROR_INVALID_RESPONSE (also a generated NaN or infinity, which JSON does not have), and those of the typed
/// function of the operation. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_plugin_call(
    plugin: *const PactWasmPlugin,
    operation: *const c_char,
    operation_len: usize,
    request_json: *const c_char,
    request_json_len: usize,
    options: *const PactWasmCallOptions,
    response_json: *mut PactWasmBytes,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(response_json, "response_json", PactWasmBytes::NONE)?;
        let it = handle::take(plugin, "plugin")?;
        // SAFETY: the caller vouches for pointers, lengths and the struct for the duration of the call.
        let (operation, request, options) = unsafe {
            let operation = PactWasmView::of(operation, operation_len).text("operation")?;
            let request = PactWasmView::of(request_json, request_json_len).text("request_json")?;
            (operation, request, call_options(options)?)
        };
        let response = it.plugin.call_json(&options, operation, request)?;
        out.write(PactWasmBytes::new(response.into_bytes()));
        Ok(())
    })
}
