//! The prototype's WIT as Rust types, generated from `wit/prototype` while compiling, and borrowing as
//! [`crate::runtime::bindings`] do.

wasmtime::component::bindgen!({
    path: "wit/prototype",
    world: "plugin:jwt/plugin",
    ownership: Borrowing { duplicate_if_necessary: true },
    imports: { default: trappable },
});
