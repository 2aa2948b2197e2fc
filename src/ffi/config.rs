//! Configuration of hosts, and options of single calls.

use std::ffi::c_char;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::error::PactWasmError;
use super::guard::{Out, guard, guard_infallible};
use super::handle::{self, object};
use super::log;
use super::record::{self, Record};
use super::text::PactWasmView;
use crate::driver::call::{CallOptions, Cancel};
use crate::driver::config::{CacheDirectory, Config};
use crate::error::{Error, Result};

/// Configuration of a host. A host copies it, so it can be changed or freed afterwards. Free with pactwasm_config_free.
pub struct PactWasmConfig {
    _opaque: [u8; 0],
}

object!(PactWasmConfig, Mutex<Config>, b"PWconfig");

/// Milliseconds for one call, waiting for a free instance included: 1 to 86400000. Default 30000.
pub const PACTWASM_LIMIT_TIMEOUT_MS: i32 = 1;
/// Bytes of memory of one instance: 65536 to 4294967296. Default 268435456. Address space of this size is reserved.
pub const PACTWASM_LIMIT_MEMORY: i32 = 2;
/// Bytes of stack for the plugin's code: 65536 to 67108864. Default 524288.
pub const PACTWASM_LIMIT_STACK: i32 = 3;
/// Elements of one table: 1 to 16777216. Default 1048576.
pub const PACTWASM_LIMIT_TABLE_ELEMENTS: i32 = 4;
/// Bytes that a plugin may hand to the host in one call: 1024 to 4294967296. Default 134217728.
pub const PACTWASM_LIMIT_HOST_CALL: i32 = 5;
/// Bytes of log text in one call, 64 for each record included: 0 to 1073741824. Default 1048576. A record tells how many
/// were dropped.
pub const PACTWASM_LIMIT_LOG: i32 = 6;
/// Instances of one plugin, which is how many of its calls run in parallel: 1 to 1024. Default: the number of processors.
/// Components of the prototype's interface have one, whatever this says.
pub const PACTWASM_LIMIT_INSTANCES: i32 = 7;

/// How deep plugins may call each other: 1 to 64. Default 16.
pub const PACTWASM_LIMIT_NESTING: i32 = 8;

/// Changes a configuration.
pub(super) fn update(
    config: *const PactWasmConfig,
    change: impl FnOnce(&mut Config) -> Result<()>,
) -> Result<()> {
    let config = handle::take(config, "config")?;
    change(&mut config.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A copy of a configuration; the defaults for NULL.
pub(super) fn copy(config: *const PactWasmConfig) -> Result<Config> {
    let Some(config) = handle::take_optional(config, "config")? else {
        return Ok(Config::default());
    };
    Ok(config
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone())
}

/// Makes a configuration with the defaults.
///
/// config: out; owned by the caller, NULL on failure. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_config_new(
    config: *mut *mut PactWasmConfig,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(config, "config", std::ptr::null_mut())?;
        out.write(handle::give(Mutex::default()));
        Ok(())
    })
}

/// Frees a configuration. Hosts made with it stay as they are. NULL does nothing. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_config_free(config: *mut PactWasmConfig) {
    guard_infallible((), || handle::free(config));
}

/// Sets where plugins are installed. Without it that is $PACT_PLUGIN_DIR, or else ~/.pact/plugins.
///
/// path, path_len: UTF-8, not empty. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_config_set_plugin_directory(
    config: *const PactWasmConfig,
    path: *const c_char,
    path_len: usize,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        // SAFETY: the caller vouches for pointer and length; the text is copied.
        let path = PathBuf::from(unsafe { PactWasmView::of(path, path_len).text("path") }?);
        update(config, |config| {
            config.plugin_directory = Some(path);
            Ok(())
        })
    })
}

/// Sets where compiled plugins are kept between processes. Without it that is $XDG_CACHE_HOME/pact-wasm, or else
/// ~/.cache/pact-wasm. The directory is made with mode 0700; one that others can enter is not used.
///
/// path, path_len: UTF-8; empty to keep nothing. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_config_set_cache_directory(
    config: *const PactWasmConfig,
    path: *const c_char,
    path_len: usize,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        // SAFETY: the caller vouches for pointer and length; the text is copied.
        let cache = match unsafe { PactWasmView::of(path, path_len).optional_text("path") }? {
            None | Some("") => CacheDirectory::Nowhere,
            Some(path) => CacheDirectory::At(PathBuf::from(path)),
        };
        update(config, |config| {
            config.cache = cache;
            Ok(())
        })
    })
}

/// Sets what plugins are told about who loads them.
///
/// name, version: UTF-8, not empty, for instance "pact-go" and "2.4.1". From any thread. Errors:
/// PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_config_set_implementation(
    config: *const PactWasmConfig,
    name: *const c_char,
    name_len: usize,
    version: *const c_char,
    version_len: usize,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        // SAFETY: the caller vouches for pointers and lengths; the texts are copied.
        let name = unsafe { PactWasmView::of(name, name_len).text("name") }?.to_string();
        // SAFETY: as above.
        let version =
            unsafe { PactWasmView::of(version, version_len).text("version") }?.to_string();
        update(config, |config| {
            (config.implementation, config.implementation_version) = (name, version);
            Ok(())
        })
    })
}

/// Sets the test run that log records belong to, unless a call names one in its options, or in its test context under
/// "testRunId".
///
/// id, id_len: UTF-8; empty or NULL for none. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_config_set_test_run_id(
    config: *const PactWasmConfig,
    id: *const c_char,
    id_len: usize,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        // SAFETY: the caller vouches for pointer and length; the text is copied.
        let id = unsafe { PactWasmView::of(id, id_len).optional_text("id") }?;
        let id = id.filter(|id| !id.is_empty()).map(Into::into);
        update(config, |config| {
            config.test_run_id = id;
            Ok(())
        })
    })
}

/// Sets a limit for each plugin.
///
/// limit: one of PACTWASM_LIMIT_…, which tell unit, range and default. From any thread. Errors:
/// PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_config_set_limit(
    config: *const PactWasmConfig,
    limit: i32,
    value: u64,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        update(config, |config| set_limit(config, limit, value))
    })
}

fn set_limit(config: &mut Config, limit: i32, value: u64) -> Result<()> {
    let limits = &mut config.limits;
    let (place, from, to) = match limit {
        PACTWASM_LIMIT_TIMEOUT_MS => {
            limits.timeout = timeout(value, "value")?;
            return Ok(());
        }
        PACTWASM_LIMIT_MEMORY => (&mut limits.memory, 64 << 10, 4 << 30),
        PACTWASM_LIMIT_STACK => (&mut limits.wasm_stack, 64 << 10, 64 << 20),
        PACTWASM_LIMIT_TABLE_ELEMENTS => (&mut limits.table_elements, 1, 16 << 20),
        PACTWASM_LIMIT_HOST_CALL => (&mut limits.host_call_bytes, 1 << 10, 4 << 30),
        PACTWASM_LIMIT_LOG => (&mut limits.log_bytes, 0, 1 << 30),
        PACTWASM_LIMIT_INSTANCES => (&mut limits.instances, 1, 1024),
        PACTWASM_LIMIT_NESTING => (&mut limits.nesting, 1, 64),
        other => {
            let reason = format!("is {other}; it must be one of PACTWASM_LIMIT_…");
            return Err(Error::invalid_argument("limit", reason));
        }
    };
    let in_range = usize::try_from(value)
        .ok()
        .filter(|_| (from..=to).contains(&value));
    *place = in_range.ok_or_else(|| {
        Error::invalid_argument(
            "value",
            format!("is {value}; it must be from {from} to {to}"),
        )
    })?;
    Ok(())
}

fn timeout(milliseconds: u64, argument: &str) -> Result<Duration> {
    const DAY: u64 = 24 * 60 * 60 * 1000;
    if (1..=DAY).contains(&milliseconds) {
        return Ok(Duration::from_millis(milliseconds));
    }
    Err(Error::invalid_argument(
        argument,
        format!("is {milliseconds}; it must be from 1 to {DAY}"),
    ))
}

/// Chooses how crashes of plugins are caught: 1 (the default) with signal handlers for SIGSEGV, SIGILL and SIGFPE, which
/// pass on what is not theirs; 0 with checks in the compiled code, which is slower but leaves all signals alone. A runtime
/// that handles these signals itself, such as a JVM, wants 0. The handlers are process-wide and stay once a host with 1
/// was made.
///
/// on: 0 or 1. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_config_set_signal_handlers(
    config: *const PactWasmConfig,
    on: i32,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let on = boolean(on, "on")?;
        update(config, |config| {
            config.signal_handlers = on;
            Ok(())
        })
    })
}

pub(super) fn boolean(value: i32, argument: &str) -> Result<bool> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(Error::invalid_argument(
            argument,
            format!("is {other}; it must be 0 or 1"),
        )),
    }
}

/// Sets the lowest level of log records that are kept and delivered.
///
/// level: one of PACTWASM_LEVEL_…. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_config_set_log_level(
    config: *const PactWasmConfig,
    level: i32,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let level = log::level(level, "level")?;
        update(config, |config| {
            config.log_level = level;
            Ok(())
        })
    })
}

/// A switch that cancels the calls that it is given to. It stays on once it is on. Free with pactwasm_cancel_free, also
/// while calls with it are running.
pub struct PactWasmCancel {
    _opaque: [u8; 0],
}

object!(PactWasmCancel, Cancel, b"PWcancel");

/// Makes a switch that is off.
///
/// cancel: out; owned by the caller, NULL on failure. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_cancel_new(
    cancel: *mut *mut PactWasmCancel,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(cancel, "cancel", std::ptr::null_mut())?;
        out.write(handle::give(Cancel::default()));
        Ok(())
    })
}

/// Cancels the calls that have this switch, running and future ones; they return PACTWASM_ERROR_CANCELLED, usually within
/// 20 ms. Returns at once. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_cancel_trigger(
    cancel: *const PactWasmCancel,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        handle::take(cancel, "cancel")?.cancel();
        Ok(())
    })
}

/// Frees a switch without turning it on. NULL does nothing. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_cancel_free(cancel: *mut PactWasmCancel) {
    guard_infallible((), || handle::free(cancel));
}

/// Options of one call. Set `size` to sizeof(PactWasmCallOptions); fields left at zero mean the default, and so does NULL in
/// place of the whole struct.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmCallOptions {
    /// Size of this struct in bytes.
    pub size: usize,
    /// Milliseconds for this call, 1 to 86400000; 0 for the host's limit.
    pub timeout_ms: u64,
    /// Who can cancel the call; may be NULL, and may be freed while the call runs.
    pub cancel: *const PactWasmCancel,
    /// Marks the log records of this call; where it is absent, "testRunId" of the test context counts, then the host's.
    pub test_run_id: PactWasmView,
}

// SAFETY: integers and pointers, a size in front.
unsafe impl Record for PactWasmCallOptions {}

/// Reads the options of a call.
///
/// # Safety
///
/// The caller of the C function vouches for the struct and what it points to, for the duration of the call.
pub(super) unsafe fn call_options(options: *const PactWasmCallOptions) -> Result<CallOptions> {
    // SAFETY: as this function requires.
    let Some(options) = (unsafe { record::read_optional(options, "options") })? else {
        return Ok(CallOptions::default());
    };
    let cancel = handle::take_optional(options.cancel, "options.cancel")?;
    // SAFETY: as this function requires.
    let test_run_id = unsafe { options.test_run_id.optional_text("options.test_run_id") }?;
    Ok(CallOptions {
        timeout: if options.timeout_ms == 0 {
            None
        } else {
            Some(timeout(options.timeout_ms, "options.timeout_ms")?)
        },
        cancel: cancel.map(|cancel| cancel.clone()),
        test_run_id: test_run_id.filter(|id| !id.is_empty()).map(Into::into),
        chain_id: None,
    })
}
