//! Files through Rust's standard library, as most plugins see them.

use std::fs;
use std::io::{Error, ErrorKind};

use serde_json::json;

use crate::probe::Outcome;

/// The text of a file.
pub fn read(path: &str) -> Outcome {
    let content = fs::read(path).map_err(name)?;
    Ok(json!(String::from_utf8_lossy(&content)))
}

/// Creates or replaces a file.
pub fn write(path: &str, text: &str) -> Outcome {
    done(fs::write(path, text))
}

/// The names in a directory, sorted.
pub fn list(path: &str) -> Outcome {
    let entries = fs::read_dir(path).map_err(name)?;
    let mut names = Vec::new();
    for entry in entries {
        let file_name = entry.map_err(name)?.file_name();
        names.push(file_name.to_string_lossy().into_owned());
    }
    names.sort();
    Ok(json!(names))
}

/// Removes a file or an empty directory.
pub fn remove(path: &str) -> Outcome {
    done(match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::IsADirectory => fs::remove_dir(path),
        removed => removed,
    })
}

/// Renames a file or a directory.
pub fn rename(from: &str, to: &str) -> Outcome {
    done(fs::rename(from, to))
}

/// Makes the hard link `to`.
pub fn link(from: &str, to: &str) -> Outcome {
    done(fs::hard_link(from, to))
}

/// Makes a directory.
pub fn mkdir(path: &str) -> Outcome {
    done(fs::create_dir(path))
}

/// Type and size of a file, through symbolic links.
pub fn stat(path: &str) -> Outcome {
    let metadata = fs::metadata(path).map_err(name)?;
    let kind = match metadata.file_type() {
        kind if kind.is_dir() => "directory",
        kind if kind.is_file() => "file",
        _ => "other",
    };
    Ok(json!({"type": kind, "size": metadata.len()}))
}

fn done(result: Result<(), Error>) -> Outcome {
    result.map(|()| json!(true)).map_err(name)
}

/// The name that `wasi:filesystem` has for the error that became this one in wasi-libc. `no-entry` is also wasi-libc's
/// own answer where a path is in none of the directories that the host opened.
fn name(error: Error) -> String {
    let name = match error.raw_os_error() {
        Some(2) => "access",
        Some(8) => "bad-descriptor",
        Some(20) => "exist",
        Some(25) => "illegal-byte-sequence",
        Some(28) => "invalid",
        Some(29) => "io",
        Some(31) => "is-directory",
        Some(32) => "loop",
        Some(37) => "name-too-long",
        Some(44) => "no-entry",
        Some(51) => "insufficient-space",
        Some(54) => "not-directory",
        Some(55) => "not-empty",
        Some(58) => "unsupported",
        Some(63) => "not-permitted",
        Some(69) => "read-only",
        Some(75) => "cross-device",
        _ => return error.to_string(),
    };
    name.to_owned()
}
