//! Opaque handles: what C holds a pointer to.
//!
//! Each begins with a tag that tells its type, so a handle of another type, or one that was freed and not yet reused, is
//! noticed instead of believed. Each counts its users, so an object that is freed while another thread uses it lives until
//! that thread is done.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering, fence};

use crate::error::{Error, Result};
use crate::fork::Generation;

const FREED: u64 = 0xdead_dead_dead_dead;

/// A type that C knows by name only.
pub trait Object {
    /// What is behind the handle. Handles may be used from all threads.
    type Value: Send + Sync;
    /// Marks handles of this type.
    const TAG: u64;
    /// Name in C.
    const NAME: &'static str;
}

#[repr(C)]
struct Handle<T> {
    tag: AtomicU64,
    /// The owner, and every call that is using it.
    users: AtomicUsize,
    made_in: Generation,
    value: T,
}

/// Makes a handle that the caller owns.
pub fn give<O: Object>(value: O::Value) -> *mut O {
    let handle = Handle {
        tag: AtomicU64::new(O::TAG),
        users: AtomicUsize::new(1),
        made_in: Generation::current(),
        value,
    };
    Box::into_raw(Box::new(handle)).cast()
}

/// A handle in use by a call.
pub struct InUse<O: Object>(*const Handle<O::Value>);

impl<O: Object> std::ops::Deref for InUse<O> {
    type Target = O::Value;

    fn deref(&self) -> &O::Value {
        // SAFETY: this use is counted, so the handle is alive.
        unsafe { &(*self.0).value }
    }
}

impl<O: Object> Drop for InUse<O> {
    fn drop(&mut self) {
        release::<O>(self.0);
    }
}

/// Begins to use a handle, if it is one of this type.
pub fn take<O: Object>(pointer: *const O, argument: &'static str) -> Result<InUse<O>> {
    let handle = check::<O>(pointer, argument)?;
    // SAFETY: `check` found a live handle of this type; the caller promises not to free it before this function begins.
    unsafe { (*handle).users.fetch_add(1, Ordering::Relaxed) };
    Ok(InUse(handle))
}

/// Like [`take`], where NULL is allowed.
pub fn take_optional<O: Object>(
    pointer: *const O,
    argument: &'static str,
) -> Result<Option<InUse<O>>> {
    if pointer.is_null() {
        Ok(None)
    } else {
        take(pointer, argument).map(Some)
    }
}

/// Gives up the owner's share. NULL and what is no live handle of this type are left alone. What was made before a fork is
/// left to the end of the process: in the child, dropping it could wait for ever for a lock that no thread holds any more.
pub fn free<O: Object>(pointer: *mut O) {
    let Ok(handle) = check::<O>(pointer, "handle") else {
        return;
    };
    // SAFETY: as in `take`. The exchange lets only one of several frees through.
    let first = unsafe {
        (*handle)
            .tag
            .compare_exchange(O::TAG, FREED, Ordering::Relaxed, Ordering::Relaxed)
    };
    if first.is_ok() {
        release::<O>(handle);
    }
}

fn check<O: Object>(pointer: *const O, argument: &'static str) -> Result<*const Handle<O::Value>> {
    let handle = pointer.cast::<Handle<O::Value>>();
    let wrong =
        |what: &str| Error::invalid_argument(argument, format!("{what}; it must be a {}", O::NAME));
    if handle.is_null() {
        return Err(wrong("is NULL"));
    }
    if !handle.is_aligned() {
        return Err(wrong("is not a handle"));
    }
    // SAFETY: the caller promises a pointer that this library returned, of whatever type; all begin with a tag.
    match unsafe { (*handle).tag.load(Ordering::Relaxed) } {
        tag if tag == O::TAG => {
            // SAFETY: as above; the tag says that it is a handle of this type.
            unsafe { (*handle).made_in }.check()?;
            Ok(handle)
        }
        FREED => Err(wrong("was freed")),
        _ => Err(wrong("is a handle of another type")),
    }
}

fn release<O: Object>(handle: *const Handle<O::Value>) {
    // SAFETY: this share is counted, so the handle is alive until the count is lowered.
    if unsafe { (*handle).users.fetch_sub(1, Ordering::Release) } == 1 {
        fence(Ordering::Acquire);
        // SAFETY: that was the last share, and the pointer came from a box in `give`.
        drop(unsafe { Box::from_raw(handle.cast_mut()) });
    }
}

/// Declares a type that C knows by name only.
macro_rules! object {
    ($name:ident, $value:ty, $tag:literal) => {
        impl $crate::ffi::handle::Object for $name {
            type Value = $value;
            const TAG: u64 = u64::from_be_bytes(*$tag);
            const NAME: &'static str = stringify!($name);
        }
    };
}
pub(super) use object;

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    struct One;
    object!(One, Arc<()>, b"test-one");
    struct Two;
    object!(Two, Arc<()>, b"test-two");

    #[test]
    fn handles_of_another_type_are_noticed() {
        let one = give::<One>(Arc::new(()));
        let error = take::<Two>(one.cast(), "it")
            .map(drop)
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "argument \"it\" is a handle of another type; it must be a Two"
        );
        assert!(take::<One>(std::ptr::null(), "it").is_err());
        assert!(take::<One>(one.wrapping_byte_add(1), "it").is_err());
        free::<Two>(one.cast());
        assert!(take::<One>(one, "it").is_ok());
        free(one);
    }

    #[test]
    fn freeing_in_the_middle_of_a_use_waits_for_its_end() {
        let value = Arc::new(());
        let one = give::<One>(value.clone());
        let in_use = take::<One>(one, "it").unwrap();
        free(one);
        assert_eq!(Arc::strong_count(&value), 2);
        let error = take::<One>(one, "it").map(drop).unwrap_err().to_string();
        assert!(error.contains("was freed"), "{error}");
        drop(in_use);
        assert_eq!(Arc::strong_count(&value), 1);
    }
}
