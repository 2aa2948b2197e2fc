//! Files through `wasi:filesystem` itself: nothing in the guest looks at the path before the host does.

use serde::Deserialize;
use serde_json::{Value, json};
use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags};

use crate::probe::Outcome;

/// A file, by the directory that the host opened.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Name of the directory that the host opened.
    pub preopen: String,
    /// A directory to open first; `path` counts from there.
    pub through: Option<String>,
    /// Where the file is.
    pub path: String,
    /// Whether to follow a symbolic link at the end of `path`.
    #[serde(default = "yes")]
    pub follow: bool,
}

/// Two files, each by the directory that the host opened.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pair {
    preopen: String,
    from: String,
    to_preopen: String,
    to: String,
}

/// The default of `follow`.
pub fn yes() -> bool {
    true
}

/// The names of the directories that the host opened.
pub fn preopens() -> Value {
    let names = get_directories().into_iter().map(|(_, name)| name);
    names.collect()
}

/// The text of a file.
pub fn read(place: &Place) -> Outcome {
    let file = open(place, OpenFlags::empty(), DescriptorFlags::READ)?;
    let mut content = Vec::new();
    loop {
        let (part, end) = file.read(1 << 16, content.len() as u64).map_err(name)?;
        content.extend(part);
        if end {
            return Ok(json!(String::from_utf8_lossy(&content)));
        }
    }
}

/// Creates or replaces a file.
pub fn write(place: &Place, text: &str) -> Outcome {
    let create = OpenFlags::CREATE | OpenFlags::TRUNCATE;
    let file = open(place, create, DescriptorFlags::WRITE)?;
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let written = file.write(rest, (text.len() - rest.len()) as u64);
        rest = rest
            .get(written.map_err(name)? as usize..)
            .unwrap_or_default();
    }
    Ok(json!(true))
}

/// Empties a file without asking for leave to write.
pub fn truncate(place: &Place) -> Outcome {
    open(place, OpenFlags::TRUNCATE, DescriptorFlags::READ)?;
    Ok(json!(true))
}

/// Makes the symbolic link `to` with the text `from`. Without `preopen`, `to` tells by its beginning where it belongs.
pub fn symlink(preopen: Option<&str>, from: &str, to: &str) -> Outcome {
    let (directory, to) = match preopen {
        Some(preopen) => (directory(preopen)?, to),
        None => holder(to)?,
    };
    done(directory.symlink_at(from, to))
}

/// Makes a hard link.
pub fn link(pair: &Pair) -> Outcome {
    let (from, to) = (directory(&pair.preopen)?, directory(&pair.to_preopen)?);
    done(from.link_at(PathFlags::empty(), &pair.from, &to, &pair.to))
}

/// Renames a file or a directory.
pub fn rename(pair: &Pair) -> Outcome {
    let (from, to) = (directory(&pair.preopen)?, directory(&pair.to_preopen)?);
    done(from.rename_at(&pair.from, &to, &pair.to))
}

fn open(place: &Place, how: OpenFlags, access: DescriptorFlags) -> Result<Descriptor, String> {
    let mut directory = directory(&place.preopen)?;
    if let Some(path) = &place.through {
        directory = directory
            .open_at(
                PathFlags::SYMLINK_FOLLOW,
                path,
                OpenFlags::DIRECTORY,
                DescriptorFlags::READ,
            )
            .map_err(name)?;
    }
    let mut follow = PathFlags::empty();
    follow.set(PathFlags::SYMLINK_FOLLOW, place.follow);
    directory
        .open_at(follow, &place.path, how, access)
        .map_err(name)
}

/// The directory that the host opened under this name.
fn directory(preopen: &str) -> Result<Descriptor, String> {
    let found = get_directories()
        .into_iter()
        .find(|(_, name)| name == preopen);
    found
        .map(|(directory, _)| directory)
        .ok_or_else(|| format!("there is no preopened directory `{preopen}`"))
}

/// The preopened directory that a path begins with, the longest one, and the rest of the path.
fn holder(path: &str) -> Result<(Descriptor, &str), String> {
    let holders = get_directories()
        .into_iter()
        .filter_map(|(directory, name)| {
            let rest = path.strip_prefix(name.trim_end_matches('/'))?;
            Some((directory, rest.strip_prefix('/')?))
        });
    holders
        .min_by_key(|(_, rest)| rest.len())
        .ok_or_else(|| format!("no preopened directory holds `{path}`"))
}

fn done(result: Result<(), ErrorCode>) -> Outcome {
    result.map(|()| json!(true)).map_err(name)
}

fn name(error: ErrorCode) -> String {
    error.name().to_owned()
}
