//! Status codes: one list for the whole library. A number is never reused.

use crate::error::Code;

/// Success.
pub const PACTWASM_OK: i32 = 0;

// 100: the caller

/// An argument is NULL, out of range, not UTF-8 or not JSON, or a handle of another type. The message names it.
pub const PACTWASM_ERROR_INVALID_ARGUMENT: i32 = 100;
/// A plugin, a directory or an item does not exist.
pub const PACTWASM_ERROR_NOT_FOUND: i32 = 101;
/// A name fits more than one thing; the message lists them.
pub const PACTWASM_ERROR_AMBIGUOUS: i32 = 102;
/// A callback called the plugin that is calling it, and there is no other instance.
pub const PACTWASM_ERROR_BUSY: i32 = 103;
/// The handle was made before the process forked.
pub const PACTWASM_ERROR_FORKED: i32 = 104;
/// The plugin does not fill the role, or this build lacks the feature.
pub const PACTWASM_ERROR_UNSUPPORTED: i32 = 105;
/// Another call has to come first, such as pactwasm_plugin_init.
pub const PACTWASM_ERROR_WRONG_STATE: i32 = 106;

// 200: the plugin's files

/// Plugin and library do not fit together: interface version, roles, imports or capabilities.
pub const PACTWASM_ERROR_INCOMPATIBLE: i32 = 200;
/// pact-plugin.json cannot be used; the message names file and field.
pub const PACTWASM_ERROR_MANIFEST_INVALID: i32 = 201;
/// The file is not a WebAssembly component.
pub const PACTWASM_ERROR_COMPONENT_INVALID: i32 = 202;
/// The component cannot be compiled.
pub const PACTWASM_ERROR_COMPILE_FAILED: i32 = 203;
/// The sandbox does not allow it.
pub const PACTWASM_ERROR_PERMISSION: i32 = 204;
/// The operating system refused a file operation.
pub const PACTWASM_ERROR_IO: i32 = 205;

// 300: the plugin's code

/// The plugin answered with an error; the message is the plugin's.
pub const PACTWASM_ERROR_PLUGIN: i32 = 300;
/// The plugin crashed. It gets a fresh instance and stays usable, as after the other errors of this group.
pub const PACTWASM_ERROR_TRAP: i32 = 301;
/// The call took longer than its deadline.
pub const PACTWASM_ERROR_DEADLINE: i32 = 302;
/// The call was cancelled.
pub const PACTWASM_ERROR_CANCELLED: i32 = 303;
/// The plugin wanted more memory than its limit.
pub const PACTWASM_ERROR_MEMORY_LIMIT: i32 = 304;
/// The plugin handed over more data than its limit.
pub const PACTWASM_ERROR_HOST_CALL_LIMIT: i32 = 305;
/// The plugin used up its stack.
pub const PACTWASM_ERROR_STACK_LIMIT: i32 = 306;
/// The plugin wanted more tables or instances than its limit.
pub const PACTWASM_ERROR_RESOURCE_LIMIT: i32 = 307;
/// Plugins call each other in a circle, or too deep; the message shows the chain.
pub const PACTWASM_ERROR_CYCLE: i32 = 308;
/// The plugin's answer breaks the interface, for instance with text that should be JSON.
pub const PACTWASM_ERROR_INVALID_RESPONSE: i32 = 309;

// 900: this library

/// A fault of this library. Please report it.
pub const PACTWASM_ERROR_INTERNAL: i32 = 900;

/// The number of a code. This match is the one place where the two meet.
pub fn number(code: Code) -> i32 {
    match code {
        Code::InvalidArgument => PACTWASM_ERROR_INVALID_ARGUMENT,
        Code::NotFound => PACTWASM_ERROR_NOT_FOUND,
        Code::Ambiguous => PACTWASM_ERROR_AMBIGUOUS,
        Code::Busy => PACTWASM_ERROR_BUSY,
        Code::Forked => PACTWASM_ERROR_FORKED,
        Code::Unsupported => PACTWASM_ERROR_UNSUPPORTED,
        Code::WrongState => PACTWASM_ERROR_WRONG_STATE,
        Code::Incompatible => PACTWASM_ERROR_INCOMPATIBLE,
        Code::ManifestInvalid => PACTWASM_ERROR_MANIFEST_INVALID,
        Code::ComponentInvalid => PACTWASM_ERROR_COMPONENT_INVALID,
        Code::CompileFailed => PACTWASM_ERROR_COMPILE_FAILED,
        Code::Permission => PACTWASM_ERROR_PERMISSION,
        Code::Io => PACTWASM_ERROR_IO,
        Code::Plugin => PACTWASM_ERROR_PLUGIN,
        Code::Trap => PACTWASM_ERROR_TRAP,
        Code::Deadline => PACTWASM_ERROR_DEADLINE,
        Code::Cancelled => PACTWASM_ERROR_CANCELLED,
        Code::MemoryLimit => PACTWASM_ERROR_MEMORY_LIMIT,
        Code::HostCallLimit => PACTWASM_ERROR_HOST_CALL_LIMIT,
        Code::StackLimit => PACTWASM_ERROR_STACK_LIMIT,
        Code::ResourceLimit => PACTWASM_ERROR_RESOURCE_LIMIT,
        Code::Cycle => PACTWASM_ERROR_CYCLE,
        Code::InvalidResponse => PACTWASM_ERROR_INVALID_RESPONSE,
        Code::Internal => PACTWASM_ERROR_INTERNAL,
    }
}
