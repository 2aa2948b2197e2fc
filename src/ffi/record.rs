//! Transparent structs that begin with their own size, so that callers and library of different versions understand each
//! other: fields that the caller does not know stay unread or unwritten, fields that the library does not know must be
//! zero.

use std::mem::{MaybeUninit, size_of};
use std::ops::Deref;

use crate::error::{Error, Result};

/// A struct of the C API whose first field is `size_t size`.
///
/// # Safety
///
/// `repr(C)`, begins with a `usize`, and every pattern of bits, all zeros among them, is a valid value.
pub unsafe trait Record: Copy {}

/// Size of the first field.
const HEAD: usize = size_of::<usize>();

fn declared_size<R: Record>(pointer: *const R, argument: &'static str) -> Result<usize> {
    if pointer.is_null() {
        return Err(Error::invalid_argument(argument, "is NULL"));
    }
    // SAFETY: not NULL, and the caller passes a pointer to a record, which begins with its size.
    let size = unsafe { pointer.cast::<usize>().read_unaligned() };
    // More than any version will have: this is a struct whose size was never set.
    if size < HEAD || size > 16 * size_of::<R>() {
        let reason = format!(
            "has size {size}; set its field \"size\" to the size of the struct, {}",
            size_of::<R>()
        );
        return Err(Error::invalid_argument(argument, reason));
    }
    Ok(size)
}

/// What the caller passed: in place where both sides know the same fields, which saves the hot calls a copy, or completed.
pub enum Passed<'a, R> {
    /// The caller's own.
    InPlace(&'a R),
    /// A copy with the fields that the caller does not know set to zero.
    Completed(Box<R>),
}

impl<R> Deref for Passed<'_, R> {
    type Target = R;

    fn deref(&self) -> &R {
        match self {
            Passed::InPlace(record) => record,
            Passed::Completed(record) => record,
        }
    }
}

/// Reads what the caller passes.
///
/// # Safety
///
/// The caller of the C function vouches for as many bytes as the record says it has, and does not change them during the
/// call; `'a` must not reach beyond it.
#[inline]
pub unsafe fn read<'a, R: Record>(
    pointer: *const R,
    argument: &'static str,
) -> Result<Passed<'a, R>> {
    let size = declared_size(pointer, argument)?;
    if size == size_of::<R>() && pointer.is_aligned() {
        // SAFETY: as this function requires; every pattern of bits is a valid record.
        return Ok(Passed::InPlace(unsafe { &*pointer }));
    }
    let mut record = Box::new(MaybeUninit::<R>::zeroed());
    let known = size.min(size_of::<R>());
    // SAFETY: the caller vouches for `size` bytes; the copy stays within both, and what remains is zero, which the
    // trait allows.
    let (record, rest) = unsafe {
        std::ptr::copy_nonoverlapping(
            pointer.cast::<u8>(),
            record.as_mut_ptr().cast::<u8>(),
            known,
        );
        let rest = std::slice::from_raw_parts(pointer.cast::<u8>().add(known), size - known);
        (record.assume_init(), rest)
    };
    if rest.iter().any(|byte| *byte != 0) {
        return Err(Error::invalid_argument(
            argument,
            "uses a field that this version of the library does not know",
        ));
    }
    Ok(Passed::Completed(record))
}

/// Like [`read`], where NULL is allowed.
///
/// # Safety
///
/// As for [`read`].
pub unsafe fn read_optional<'a, R: Record>(
    pointer: *const R,
    argument: &'static str,
) -> Result<Option<Passed<'a, R>>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: as this function requires.
    unsafe { read(pointer, argument) }.map(Some)
}

/// Fills what the caller passes; its size stays as the caller set it.
pub fn write<R: Record>(pointer: *mut R, argument: &'static str, record: &R) -> Result<()> {
    let size = declared_size(pointer.cast_const(), argument)?;
    let known = size.min(size_of::<R>());
    let source = std::ptr::from_ref(record).cast::<u8>();
    // SAFETY: the caller vouches for `size` bytes; the copy leaves out the head and stays within both.
    unsafe {
        std::ptr::copy_nonoverlapping(
            source.add(HEAD),
            pointer.cast::<u8>().add(HEAD),
            known - HEAD,
        );
        std::ptr::write_bytes(pointer.cast::<u8>().add(known), 0, size - known);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(C)]
    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Old {
        size: usize,
        a: u64,
    }
    #[repr(C)]
    #[derive(Debug, Clone, Copy, PartialEq)]
    struct New {
        size: usize,
        a: u64,
        b: u64,
    }
    // SAFETY: integers only, and a size in front.
    unsafe impl Record for Old {}
    // SAFETY: as above.
    unsafe impl Record for New {}

    fn read_it<R: Record>(pointer: *const R) -> Result<R> {
        // SAFETY: the tests pass NULL, or records with the size that they say or with one that is refused.
        unsafe { read(pointer, "it") }.map(|record| *record)
    }

    #[test]
    fn callers_of_another_version_are_understood() {
        let old = Old {
            size: size_of::<Old>(),
            a: 7,
        };
        let seen = read_it((&raw const old).cast::<New>()).unwrap();
        assert_eq!((seen.a, seen.b), (7, 0));

        let mut new = New {
            size: size_of::<New>(),
            a: 7,
            b: 0,
        };
        assert_eq!(read_it((&raw const new).cast::<Old>()).unwrap().a, 7);
        new.b = 1;
        assert!(
            read_it((&raw const new).cast::<Old>())
                .unwrap_err()
                .to_string()
                .contains("does not know")
        );

        write((&raw mut new).cast::<Old>(), "it", &Old { size: 0, a: 9 }).unwrap();
        assert_eq!(
            new,
            New {
                size: size_of::<New>(),
                a: 9,
                b: 0
            }
        );
    }

    #[test]
    fn a_struct_without_its_size_is_noticed() {
        let unset = Old { size: 0, a: 0 };
        let message = read_it(&raw const unset).unwrap_err().to_string();
        assert_eq!(
            message,
            "argument \"it\" has size 0; set its field \"size\" to the size of the struct, 16"
        );
        let garbage = Old {
            size: usize::MAX,
            a: 0,
        };
        assert!(read_it(&raw const garbage).is_err());
        assert!(read_it(std::ptr::null::<Old>()).is_err());
    }
}
