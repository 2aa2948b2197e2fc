//! Versions and features.

use std::ffi::c_char;

use super::guard::guard_infallible;
use super::text::PactWasmView;

/// Version of the interface that this header describes. It rises when existing programs or bindings would break.
pub const PACTWASM_ABI_VERSION: u32 = 1;

/// Version of the library, for instance "0.1.0": static, NUL-terminated. From any thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pactwasm_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// PACTWASM_ABI_VERSION of the library that is loaded. A binding compares it with the one that it was made for. From any
/// thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn pactwasm_abi_version() -> u32 {
    PACTWASM_ABI_VERSION
}

/// 1 if this build has the feature, otherwise 0, also for a name that nobody knows or that is not UTF-8.
///
/// feature, feature_len: "crypto" (sign, verify and digest for plugins), "cache" (compiled plugins are kept),
/// "core-rules" (Pact's own matching rules, generators and content types for plugins). From any thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_has_feature(feature: *const c_char, feature_len: usize) -> i32 {
    guard_infallible(0, || {
        // SAFETY: the caller vouches for pointer and length; the text is not kept.
        let name = unsafe { PactWasmView::of(feature, feature_len).optional_text("feature") };
        let core_rules = cfg!(feature = "core-rules");
        let has = |name| matches!(name, "crypto" | "cache") || (name == "core-rules" && core_rules);
        i32::from(name.ok().flatten().is_some_and(has))
    })
}
