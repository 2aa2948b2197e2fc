//! What belongs to a plugin, and moving it about.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

use pact_wasm::driver::manifest::{FILE_NAME, Manifest};
use pact_wasm::driver::permissions::Permission;

use crate::error::{Error, Result};
use crate::{manifest, names};

/// Beginnings of the names of files that are for the reader.
const DOCUMENTS: [&str; 7] = [
    "readme",
    "license",
    "licence",
    "copying",
    "notice",
    "changelog",
    "authors",
];
/// How such files end, if their names have an ending.
const DOCUMENT_TYPES: [&str; 9] = [
    "md", "markdown", "txt", "text", "rst", "adoc", "asciidoc", "html", "htm",
];
const DOCUMENTATION: &str = "docs";

/// What is in a directory, relative to it and in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// All files.
    pub files: BTreeSet<PathBuf>,
    /// Directories that no file tells of, because there is nothing in them.
    pub empty: BTreeSet<PathBuf>,
}

/// What belongs to a plugin: manifest, component, what is there to be read, and the directories inside that the manifest asks for.
/// Sources and what else lies around stay behind.
pub fn of_plugin(manifest: &Manifest) -> Result<Contents> {
    let directory = &manifest.directory;
    // It checks that the component is inside. What it gives has its links resolved, the manifest's path has not.
    manifest::component_file(manifest)?;
    let component = manifest.component.as_deref().unwrap_or_default();
    let mut found = Contents::default();
    let component = without_dots(Path::new(component));
    found.files.extend([PathBuf::from(FILE_NAME), component]);
    for name in entries(directory)? {
        let is_documentation = name.as_os_str().eq_ignore_ascii_case(DOCUMENTATION);
        if is_documentation || is_document(&name) && directory.join(&name).is_file() {
            collect(directory, &name, &mut found)?;
        }
    }
    for inside in asked_directories(manifest) {
        if directory.join(&inside).is_dir() {
            collect(directory, &inside, &mut found)?;
        }
    }
    for path in found.files.iter().chain(&found.empty) {
        check_portable(directory, path)?;
    }
    Ok(found)
}

/// By its name. `LICENSE-APACHE-2.0` has no ending.
fn is_document(name: &Path) -> bool {
    let name = name.to_string_lossy().to_lowercase();
    let (stem, ending) = name.rsplit_once('.').unwrap_or((&name, ""));
    let is_number = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    DOCUMENTS.iter().any(|it| stem.starts_with(it))
        && (is_number(ending) || DOCUMENT_TYPES.contains(&ending))
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

/// Adds a file, or all that is in a directory. Links may lead anywhere, so there are none in what is passed on.
fn collect(root: &Path, path: &Path, found: &mut Contents) -> Result<()> {
    let full = root.join(path);
    let kind = fs::symlink_metadata(&full)
        .map_err(Error::io(&full, "cannot be read"))?
        .file_type();
    if kind.is_dir() {
        let names = entries(&full)?;
        if names.is_empty() {
            found.empty.insert(path.to_path_buf());
        }
        for name in names {
            collect(root, &path.join(name), found)?;
        }
    } else if kind.is_file() {
        found.files.insert(path.to_path_buf());
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

/// Copies what is below one directory to below another.
pub fn copy(contents: &Contents, from: &Path, to: &Path) -> Result<()> {
    for directory in &contents.empty {
        create_directory(&to.join(directory))?;
    }
    for file in &contents.files {
        copy_file(&from.join(file), &to.join(file))?;
    }
    Ok(())
}

/// Copies a file to where there is none. Of its modes nothing is kept: a copy of what is read-only can be written.
pub fn copy_file(from: &Path, to: &Path) -> Result<()> {
    create_parent(to)?;
    let mut input = File::open(from).map_err(Error::io(from, "cannot be read"))?;
    let mut output = File::create_new(to).map_err(Error::io(to, "cannot be written"))?;
    io::copy(&mut input, &mut output)
        .map(drop)
        .map_err(Error::io(to, "cannot be written"))
}

/// Makes the directory that a file is to be in.
pub fn create_parent(file: &Path) -> Result<()> {
    match file.parent() {
        Some(parent) => create_directory(parent),
        None => Ok(()),
    }
}

/// Makes a directory, and those above it.
pub fn create_directory(directory: &Path) -> Result<()> {
    fs::create_dir_all(directory).map_err(Error::io(directory, "cannot be created"))
}

/// Whether two directories hold the same.
pub fn are_equal(one: &Path, other: &Path) -> Result<bool> {
    let all = |root: &Path| {
        let mut found = Contents::default();
        collect(root, Path::new(""), &mut found).map(|()| found)
    };
    // A directory with links was not made by this program.
    let (Ok(contents), Ok(others)) = (all(one), all(other)) else {
        return Ok(false);
    };
    if contents != others {
        return Ok(false);
    }
    for file in contents.files {
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

/// Moves a directory to its place. Gives false, and leaves it, if something is there; it may be there since a moment ago.
pub fn put(new: &Path, place: &Path) -> Result<bool> {
    match fs::rename(new, place) {
        Ok(()) => Ok(true),
        // Also a link that leads nowhere.
        Err(_) if fs::symlink_metadata(place).is_ok() => Ok(false),
        Err(e) => Err(Error::io(place, "cannot be created")(e)),
    }
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
    fn what_is_in_a_place_stays_there() {
        let root = tempfile::tempdir().unwrap();
        let new = directory(root.path(), "new", "new");
        let place = directory(root.path(), "place", "old");
        assert!(!put(&new, &place).unwrap());
        assert_eq!(fs::read_to_string(place.join("file")).unwrap(), "old");
        assert!(!put(&new, &place.join("file")).unwrap());
        #[cfg(unix)]
        {
            let link = root.path().join("link");
            std::os::unix::fs::symlink("absent", &link).unwrap();
            assert!(!put(&new, &link).unwrap());
        }
        put(&new, &root.path().join("absent/free")).unwrap_err();
        assert!(put(&new, &root.path().join("free")).unwrap());
        assert!(!new.exists());
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
        fs::create_dir(same.join("empty")).unwrap();
        assert!(!are_equal(&one, &same).unwrap());
        fs::create_dir(one.join("empty")).unwrap();
        assert!(are_equal(&one, &same).unwrap());
        fs::write(same.join("more"), "").unwrap();
        assert!(!are_equal(&one, &same).unwrap());
    }

    #[test]
    fn documents_are_known_by_their_names() {
        for good in [
            "README",
            "readme.de.md",
            "LICENSE-MIT",
            "LICENSE-APACHE-2.0",
            "Notice.TXT",
        ] {
            assert!(is_document(Path::new(good)), "{good}");
        }
        for bad in [
            "readme-secret.env",
            "license.key",
            "README.md~",
            "main.md",
            "licence.pem",
        ] {
            assert!(!is_document(Path::new(bad)), "{bad}");
        }
    }
}
