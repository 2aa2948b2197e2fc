//! What belongs to a plugin, and moving it about.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use pact_wasm::driver::manifest::{FILE_NAME, Manifest};
use pact_wasm::driver::permissions::Permission;

use crate::error::{Error, Result};
use crate::names;

/// Beginnings of the names of files that are for the reader, whatever comes behind.
const DOCUMENTS: [&str; 7] = [
    "readme",
    "license",
    "licence",
    "copying",
    "notice",
    "changelog",
    "authors",
];
const DOCUMENTATION: &str = "docs";

/// The files that belong to a plugin, relative to its directory and in order: manifest, component, what is there to be read, and
/// the directories inside that the manifest asks for. Sources and what else lies around stay behind.
pub fn of_plugin(manifest: &Manifest) -> Result<Vec<PathBuf>> {
    let directory = &manifest.directory;
    // It checks that the component is inside. What it gives has its links resolved, the manifest's path has not.
    manifest.component_file()?;
    let component = manifest.component.as_deref().unwrap_or_default();
    let mut found = BTreeSet::from([PathBuf::from(FILE_NAME), without_dots(Path::new(component))]);
    for name in entries(directory)? {
        let lower = name.to_string_lossy().to_lowercase();
        let is_document = DOCUMENTS.iter().any(|it| lower.starts_with(it));
        if (is_document && directory.join(&name).is_file()) || lower == DOCUMENTATION {
            collect(directory, &name, &mut found)?;
        }
    }
    for inside in asked_directories(manifest) {
        if directory.join(&inside).is_dir() {
            collect(directory, &inside, &mut found)?;
        }
    }
    for file in &found {
        check_portable(directory, file)?;
    }
    Ok(found.into_iter().collect())
}

/// `./a.wasm` is `a.wasm`.
fn without_dots(path: &Path) -> PathBuf {
    let parts = path.components();
    parts
        .filter(|it| matches!(it, Component::Normal(_)))
        .collect()
}

/// Directories inside the plugin's own that it wants to reach.
fn asked_directories(manifest: &Manifest) -> Vec<PathBuf> {
    let (required, optional) = manifest.asked();
    let inside = |it: &Permission| {
        let Permission::Directory(directory) = it else {
            return None;
        };
        let path = Path::new(&directory.name);
        let stays = |part: Component| matches!(part, Component::Normal(_) | Component::CurDir);
        path.components().all(stays).then(|| without_dots(path))
    };
    required.iter().chain(optional).filter_map(inside).collect()
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let read = || -> io::Result<Vec<PathBuf>> {
        let names = fs::read_dir(directory)?.map(|entry| Ok(entry?.file_name().into()));
        names.collect()
    };
    let mut names = read().map_err(Error::io(directory, "cannot be read"))?;
    names.sort();
    Ok(names)
}

/// Adds a file, or all files of a directory. Links may lead anywhere, so there are none in what is passed on.
fn collect(root: &Path, path: &Path, found: &mut BTreeSet<PathBuf>) -> Result<()> {
    let full = root.join(path);
    let kind = fs::symlink_metadata(&full)
        .map_err(Error::io(&full, "cannot be read"))?
        .file_type();
    if kind.is_dir() {
        for name in entries(&full)? {
            collect(root, &path.join(name), found)?;
        }
    } else if kind.is_file() {
        found.insert(path.to_path_buf());
    } else {
        let reason =
            "is a link or a special file; replace it with a plain file, or remove it".to_string();
        return Err(Error::Directory {
            directory: full,
            reason,
        });
    }
    Ok(())
}

fn check_portable(directory: &Path, file: &Path) -> Result<()> {
    for part in file {
        let checked = match part.to_str() {
            Some(name) => names::check_file_name(name),
            None => Err("is no UTF-8".to_string()),
        };
        checked.map_err(|reason| Error::Directory {
            directory: directory.join(file),
            reason: format!("its name {reason}; rename it"),
        })?;
    }
    Ok(())
}

/// Copies files from below one directory to below another.
pub fn copy(files: &[PathBuf], from: &Path, to: &Path) -> Result<()> {
    for file in files {
        let target = to.join(file);
        create_parent(&target)?;
        fs::copy(from.join(file), &target).map_err(Error::io(&target, "cannot be written"))?;
    }
    Ok(())
}

/// Makes the directory that a file is to be in.
pub fn create_parent(file: &Path) -> Result<()> {
    match file.parent() {
        Some(parent) => fs::create_dir_all(parent).map_err(Error::io(parent, "cannot be created")),
        None => Ok(()),
    }
}

/// Whether two directories hold the same files with the same content.
pub fn are_equal(one: &Path, other: &Path) -> Result<bool> {
    let all = |root: &Path| {
        let mut found = BTreeSet::new();
        collect(root, Path::new(""), &mut found).map(|()| found)
    };
    // A directory with links was not made by this program.
    let (Ok(files), Ok(others)) = (all(one), all(other)) else {
        return Ok(false);
    };
    if files != others {
        return Ok(false);
    }
    for file in files {
        let read = |root: &Path| {
            let file = root.join(&file);
            fs::read(&file).map_err(Error::io(&file, "cannot be read"))
        };
        if read(one)? != read(other)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Puts a directory in the place of another one, of which `aside` becomes the name. Whoever looks sees one of the two.
pub fn replace(new: &Path, place: &Path, aside: &Path) -> Result<()> {
    let failed = || Error::io(place, "cannot be replaced");
    if exchange(new, place).is_ok() {
        // The old one is where the new one was; that it gets its name is not worth a failure.
        let _ = fs::rename(new, aside);
        return Ok(());
    }
    // Not every file system can do it in one step. In two there is a moment without either, but nothing gets lost.
    fs::rename(place, aside).map_err(failed())?;
    fs::rename(new, place).map_err(|e| {
        let _ = fs::rename(aside, place);
        failed()(e)
    })
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(root: &Path, name: &str, content: &str) -> PathBuf {
        let directory = root.join(name);
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join("file"), content).unwrap();
        directory
    }

    #[test]
    fn replacing_exchanges_the_two() {
        let root = tempfile::tempdir().unwrap();
        let new = directory(root.path(), "new", "new");
        let place = directory(root.path(), "place", "old");
        let aside = root.path().join("aside");
        replace(&new, &place, &aside).unwrap();
        assert_eq!(fs::read_to_string(place.join("file")).unwrap(), "new");
        assert_eq!(fs::read_to_string(aside.join("file")).unwrap(), "old");
        assert!(!new.exists());
    }

    #[test]
    fn a_replacement_that_fails_leaves_the_old_one() {
        let root = tempfile::tempdir().unwrap();
        let place = directory(root.path(), "place", "old");
        let aside = root.path().join("aside");
        replace(&root.path().join("absent"), &place, &aside).unwrap_err();
        assert_eq!(fs::read_to_string(place.join("file")).unwrap(), "old");
        assert!(!aside.exists());
    }

    #[test]
    fn equal_directories_have_equal_files() {
        let root = tempfile::tempdir().unwrap();
        let one = directory(root.path(), "one", "a");
        let same = directory(root.path(), "same", "a");
        let other = directory(root.path(), "other", "b");
        assert!(are_equal(&one, &same).unwrap());
        assert!(!are_equal(&one, &other).unwrap());
        fs::write(same.join("more"), "").unwrap();
        assert!(!are_equal(&one, &same).unwrap());
    }
}
