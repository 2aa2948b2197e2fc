//! What plugins may reach outside of their sandbox.

use std::ffi::c_char;
use std::path::Path;

use super::config::{self, PactWasmConfig};
use super::contents::not_one_of;
use super::error::PactWasmError;
use super::guard::guard;
use super::text::PactWasmView;
use crate::driver::permissions::{Access, Grant, Permission};
use crate::error::{Error, Result};

/// Listening for TCP connections. The value is an address rule, see pactwasm_config_grant.
pub const PACTWASM_PERMISSION_LISTEN: i32 = 0;
/// TCP connections to other machines, or to this one. The value is an address rule, see pactwasm_config_grant.
pub const PACTWASM_PERMISSION_CONNECT: i32 = 1;
/// Reading the files of a directory and of what is below it. The value is an absolute path.
pub const PACTWASM_PERMISSION_READ: i32 = 2;
/// Reading and writing the files of a directory and of what is below it. The value is an absolute path.
pub const PACTWASM_PERMISSION_READ_WRITE: i32 = 3;
/// An environment variable of this process. The value is its name.
pub const PACTWASM_PERMISSION_ENVIRONMENT: i32 = 4;

/// Grants plugins something outside of their sandbox. A plugin gets it if its manifest asks for it, under "permissions" of
/// its "pluginConfig": what both say counts. Nothing is granted by default, except that a plugin that is a transport may
/// listen on loopback without asking. A plugin that asks for what is not granted, and does not call it optional, does not
/// load (PACTWASM_ERROR_PERMISSION).
///
/// An address rule is a host and ports, with a colon between. The host is an address (192.0.2.1, `[2001:db8::1]`), a network
/// (192.0.2.0/24, `[2001:db8::/32]`), a name, "localhost" for all loopback addresses, or * for any. The ports are one
/// (443), a range (8000-8999), or * for any, which is also what nothing means. A name stands for the addresses that it leads
/// to, but never for loopback and link-local ones, because its owner decides where it leads; and only a name that is
/// granted, or *, lets a plugin look it up. Nothing listens on a name. There is no UDP.
///
/// Links in a path are resolved now: one that is put in its place later grants nothing.
///
/// plugin: name of the plugin; absent or empty for all plugins. permission: one of PACTWASM_PERMISSION_…, which tell what
/// value is. Counts for hosts that are made afterwards. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_config_grant(
    config: *const PactWasmConfig,
    plugin: *const c_char,
    plugin_len: usize,
    permission: i32,
    value: *const c_char,
    value_len: usize,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        // SAFETY: the caller vouches for pointers and lengths; the texts are copied.
        let plugin = unsafe { PactWasmView::of(plugin, plugin_len).optional_text("plugin") }?;
        // SAFETY: as above.
        let value = unsafe { PactWasmView::of(value, value_len).text("value") }?;
        let grant = Grant {
            plugin: plugin.filter(|it| !it.is_empty()).map(Into::into),
            permission: self::permission(permission, value)?,
        };
        config::update(config, |config| {
            config.grants.push(grant);
            Ok(())
        })
    })
}

fn permission(permission: i32, value: &str) -> Result<Permission> {
    let read = match permission {
        PACTWASM_PERMISSION_LISTEN => Permission::listen(value),
        PACTWASM_PERMISSION_CONNECT => Permission::connect(value),
        PACTWASM_PERMISSION_READ => Permission::directory(Path::new(value), Access::Read),
        PACTWASM_PERMISSION_READ_WRITE => {
            Permission::directory(Path::new(value), Access::ReadWrite)
        }
        PACTWASM_PERMISSION_ENVIRONMENT => Permission::environment(value),
        other => return Err(not_one_of("permission", other, "PACTWASM_PERMISSION_…")),
    };
    read.map_err(|reason| Error::invalid_argument("value", reason))
}
