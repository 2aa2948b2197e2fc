//! The WIT package as Rust types, generated from `wit/` while compiling.
//!
//! Types of arguments borrow (`…Param`), so a body goes from the caller's memory into the plugin's with one copy, and lists
//! of bytes never become lists of dynamic values, which cost 32 bytes for each byte.

wasmtime::component::bindgen!({
    path: "wit",
    world: "pact:plugin/plugin",
    ownership: Borrowing { duplicate_if_necessary: true },
    imports: { default: trappable },
    with: { "wasi:io/poll": wasmtime_wasi::p2::bindings::sync::io::poll },
});
