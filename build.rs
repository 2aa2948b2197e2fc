//! Link flags of the shared library. The header is not made here: it is committed, and a test compares it with the code.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if target == "linux" {
        for argument in [
            // Programs ask for this name at run time; the number is that of the ABI.
            "-soname,libpact_wasm.so.1",
            // Unloading would leave threads and thread-local destructors of ours without their code.
            "-z,nodelete",
            // Only our own functions are exported, so that another copy of wasmtime or ring in the same process, in
            // whatever library, never meets ours.
            "--exclude-libs,ALL",
        ] {
            println!("cargo:rustc-cdylib-link-arg=-Wl,{argument}");
        }
    }
}
