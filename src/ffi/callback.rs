//! What all callbacks have in common.

use std::ffi::c_void;

/// Releases a callback's user data.
pub type PactWasmDestroy = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// A callback's user data, released exactly once.
pub(super) struct UserData {
    pointer: *mut c_void,
    destroy: PactWasmDestroy,
}

// SAFETY: the C API tells the caller that callbacks run on whatever thread calls, so the data must stand that.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    pub(super) fn new(pointer: *mut c_void, destroy: PactWasmDestroy) -> Self {
        UserData { pointer, destroy }
    }

    /// What the callback gets.
    pub(super) fn pointer(&self) -> *mut c_void {
        self.pointer
    }
}

impl Drop for UserData {
    fn drop(&mut self) {
        if let Some(destroy) = self.destroy {
            // SAFETY: the caller passed function and data together, and this runs once.
            unsafe { destroy(self.pointer) };
        }
    }
}
