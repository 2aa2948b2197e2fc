//! Mock servers of transport plugins.

use std::sync::Arc;

use super::config::{PactWasmCallOptions, boolean, call_options};
use super::error::PactWasmError;
use super::guard::{Out, guard, guard_infallible};
use super::handle::{self, object};
use super::outcomes::PactWasmOutcome;
use super::plugin::PactWasmPlugin;
use super::record::{self, Record};
use super::text::{Kept, PactWasmView};
use crate::driver::call::CallOptions;
use crate::driver::plugin::Plugin;
use crate::error::{Error, Result};
use crate::model::{MockServer, MockServerResults, StartMockServerRequest};

/// Request of start-mock-server. Set `size` to sizeof(PactWasmStartRequest) and what is not needed to zero.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmStartRequest {
    /// Size of this struct in bytes.
    pub size: usize,
    /// Interface to listen on, for instance "127.0.0.1" or `[::1]`; absent or empty for loopback. Other ones must be granted, see
    /// pactwasm_config_grant.
    pub host_interface: PactWasmView,
    /// Port to listen on, 1 to 65535; 0 for any that is free.
    pub port: i32,
    /// 1 if the server is to speak TLS, else 0.
    pub tls: i32,
    /// What the server is to expect: a JSON array of interactions, required. An interaction is
    /// {"interactionType":"Synchronous/HTTP","pluginConfiguration":{"interactionConfiguration":{…},"pactConfiguration":{…}},
    /// "consumer":"…","provider":"…"}, where the type is "Synchronous/HTTP", "Asynchronous/Messages" or
    /// "Synchronous/Messages", and the rest may be left out. The plugin configuration is what pactwasm_interaction_get
    /// (interaction) and pactwasm_interaction_configuration (pact) gave, or what the pact file holds.
    pub interactions_json: PactWasmView,
    /// From the test framework: a JSON object, or absent.
    pub test_context_json: PactWasmView,
}

// SAFETY: integers and pointers, a size in front.
unsafe impl Record for PactWasmStartRequest {}

/// A running mock server. Free with pactwasm_mock_server_free.
pub struct PactWasmMockServer {
    _opaque: [u8; 0],
}

object!(PactWasmMockServer, RunningServer, b"PWserver");

/// What a [`PactWasmMockServer`] holds.
pub struct RunningServer {
    plugin: Arc<Plugin>,
    server: MockServer,
    key: Kept,
    address: Kept,
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        self.plugin.end_mock_server(&self.server.key);
    }
}

/// # Safety
///
/// The caller of the C function vouches for the struct and what it points to, for the duration of the call.
unsafe fn start_request(request: *const PactWasmStartRequest) -> Result<StartMockServerRequest> {
    // SAFETY: as this function requires.
    unsafe {
        let request = record::read(request, "request")?;
        let host_interface = request
            .host_interface
            .optional_text("request.host_interface")?;
        let port = u16::try_from(request.port).map_err(|_| {
            let reason = format!("is {}; it must be from 0 to 65535", request.port);
            Error::invalid_argument("request.port", reason)
        })?;
        Ok(StartMockServerRequest {
            host_interface: host_interface.unwrap_or_default().to_string(),
            port,
            tls: boolean(request.tls, "request.tls")?,
            interactions: request
                .interactions_json
                .required("request.interactions_json", "a JSON array of interactions")?,
            test_context: request
                .test_context_json
                .json_object("request.test_context_json")?,
        })
    }
}

/// Operation start-mock-server: has a transport plugin open a server that expects these interactions. The plugin listens when
/// this returns, and serves clients on a thread of the library's, with an instance of its own, until the server is shut down or
/// freed, or its plugin is, or its host, which ends the servers that run then. Handlers and the log callback are called on that
/// thread for it.
///
/// The limits hold for it as for calls, but that time is counted from the last time it waited for a client or read from one; the
/// timeout of the options is for starting only. A server that goes over a limit, or crashes, is closed, and its results say why.
/// A process that is forked while a server runs keeps its port from being used again, until it ends or executes a program.
///
/// options: may be NULL. server: out; owned by the caller, NULL on failure; it keeps the plugin loaded. From any thread.
///
/// Errors: PACTWASM_ERROR_PLUGIN (for instance because the port is taken; the message is the plugin's),
/// PACTWASM_ERROR_PERMISSION (the sandbox does not let it listen there), PACTWASM_ERROR_UNSUPPORTED (the plugin is no
/// transport, or does not take interactions of this type), PACTWASM_ERROR_WRONG_STATE before init, and those of a call (see
/// pactwasm_plugin_init). Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_plugin_start_mock_server(
    plugin: *const PactWasmPlugin,
    request: *const PactWasmStartRequest,
    options: *const PactWasmCallOptions,
    server: *mut *mut PactWasmMockServer,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(server, "server", std::ptr::null_mut())?;
        let it = handle::take(plugin, "plugin")?;
        // SAFETY: the caller vouches for the struct, and what it points to, for the duration of the call.
        let request = unsafe { start_request(request) }?;
        // SAFETY: as above.
        let options = unsafe { call_options(options) }?;
        let plugin = it.plugin().clone();
        let server = plugin.start_mock_server(&options, &request)?;
        out.write(handle::give(RunningServer {
            key: Kept::new(server.key.as_str()),
            address: Kept::new(server.address.as_str()),
            plugin,
            server,
        }));
        Ok(())
    })
}

/// Where a mock server is. Set `size` to sizeof(PactWasmMockServerInfo) before the call that fills it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmMockServerInfo {
    /// Size of this struct in bytes.
    pub size: usize,
    /// Names the server in the generic call.
    pub key: PactWasmView,
    /// What a client connects to, for instance "127.0.0.1" or `[::1]`.
    pub address: PactWasmView,
    /// The port that it listens on, as the plugin says.
    pub port: i32,
}

// SAFETY: integers and pointers, a size in front.
unsafe impl Record for PactWasmMockServerInfo {}

/// Fills `info` with views that live as long as the handle `server`, also when the server has ended. From any thread.
///
/// Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_mock_server_info(
    server: *const PactWasmMockServer,
    info: *mut PactWasmMockServerInfo,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let it = handle::take(server, "server")?;
        let filled = PactWasmMockServerInfo {
            size: 0,
            key: it.key.view(),
            address: it.address.view(),
            port: it.server.port.into(),
        };
        record::write(info, "info", &filled)
    })
}

/// # Safety
///
/// The caller of the C function vouches for the options for the duration of the call.
unsafe fn give_results(
    server: *const PactWasmMockServer,
    options: *const PactWasmCallOptions,
    outcome: *mut *mut PactWasmOutcome,
    operation: fn(&Plugin, &CallOptions, &str) -> Result<MockServerResults>,
) -> Result<()> {
    let out = Out::new(outcome, "outcome", std::ptr::null_mut())?;
    let it = handle::take(server, "server")?;
    // SAFETY: as this function requires.
    let options = unsafe { call_options(options) }?;
    let results = operation(&it.plugin, &options, &it.server.key)?;
    out.write(handle::give(results.into()));
    Ok(())
}

/// Operation get-mock-server-results: what the server has seen so far. It goes on serving.
///
/// options: may be NULL. outcome: out; owned by the caller, NULL on failure. From any thread, but a handler that the server itself
/// has called gets PACTWASM_ERROR_BUSY. A server that crashed, or was stopped for going over a limit, has one result, whose
/// error says why.
///
/// Errors: PACTWASM_ERROR_PLUGIN, PACTWASM_ERROR_NOT_FOUND (it was shut down, or its host was freed), and those of a call (see
/// pactwasm_plugin_init). Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_mock_server_results(
    server: *const PactWasmMockServer,
    options: *const PactWasmCallOptions,
    outcome: *mut *mut PactWasmOutcome,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        // SAFETY: the caller vouches for the struct for the duration of the call.
        unsafe { give_results(server, options, outcome, Plugin::mock_server_results) }
    })
}

/// Operation shutdown-mock-server: closes the server and all its connections, and gives its final results. Whatever this
/// returns, the server has ended; one that does not answer within the call's timeout is stopped. Only a handler that the server
/// has called can keep it: a second is waited for that, and the server ends when the handler returns.
///
/// options, outcome, threads and errors: as for pactwasm_mock_server_results. The handle stays valid until it is freed. Since
/// 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_mock_server_shutdown(
    server: *const PactWasmMockServer,
    options: *const PactWasmCallOptions,
    outcome: *mut *mut PactWasmOutcome,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        // SAFETY: the caller vouches for the struct for the duration of the call.
        unsafe { give_results(server, options, outcome, Plugin::shutdown_mock_server) }
    })
}

/// Frees the handle. A server that still runs is stopped, and its results are lost. NULL does nothing. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_mock_server_free(server: *mut PactWasmMockServer) {
    guard_infallible((), || handle::free(server));
}
