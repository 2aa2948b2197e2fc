//! Directories for what is not finished. One that is left by a command that was killed is removed by a later command.

use std::fs::{self, DirEntry, File, Metadata, TryLockError};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

const PREFIX: &str = ".pact-wasm-";
/// A file that is locked as long as the command runs, however it ends.
const LOCK: &str = "lock";
/// No command takes as long: a call ends within a day.
const OLD: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A directory that is removed at the end.
pub struct Staging {
    // Dropped in this order: not every system removes what is open.
    _lock: File,
    directory: TempDir,
}

impl Staging {
    /// A new one, after removing those in `parent` that nobody uses any more.
    pub fn new_in(parent: &Path) -> io::Result<Self> {
        loop {
            let mut builder = tempfile::Builder::new();
            let directory = builder.prefix(PREFIX).tempdir_in(parent)?;
            sweep(parent, directory.path());
            // Another command may have taken it for an abandoned one before it was locked.
            if let Some(lock) = lock(directory.path())? {
                return Ok(Staging {
                    _lock: lock,
                    directory,
                });
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Removes it. What cannot be removed stays.
    pub fn close(self) -> io::Result<()> {
        self.directory.close()
    }
}

/// None if another command has the lock, or had it and has removed the directory.
fn lock(directory: &Path) -> io::Result<Option<File>> {
    let path = directory.join(LOCK);
    let file = File::create_new(&path)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => return Ok(None),
        // Not every file system has locks. There, the age tells what is in use.
        Ok(()) | Err(TryLockError::Error(_)) => {}
    }
    Ok(path.exists().then_some(file))
}

fn sweep(parent: &Path, own: &Path) {
    let Ok(own_metadata) = fs::symlink_metadata(own) else {
        return;
    };
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let path = entry.path();
        if path != own && is_of_this_user(&entry, &own_metadata) && is_abandoned(&path) {
            // What cannot be removed now may be another time.
            let _ = fs::remove_dir_all(&path);
        }
    }
}

/// In a directory for temporary files, everybody can make what looks like ours.
fn is_of_this_user(entry: &DirEntry, own: &Metadata) -> bool {
    let is_named = entry.file_name().to_string_lossy().starts_with(PREFIX);
    is_named
        && entry
            .metadata()
            .is_ok_and(|it| it.is_dir() && have_one_owner(&it, own))
}

#[cfg(unix)]
fn have_one_owner(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    one.uid() == other.uid()
}

#[cfg(not(unix))]
fn have_one_owner(_: &Metadata, _: &Metadata) -> bool {
    true
}

fn is_abandoned(directory: &Path) -> bool {
    let lock = File::open(directory.join(LOCK));
    match lock.as_ref().map(File::try_lock) {
        Ok(Ok(())) => true,
        Ok(Err(TryLockError::WouldBlock)) => false,
        // It was made a moment ago, or there are no locks.
        Ok(Err(TryLockError::Error(_))) | Err(_) => is_old(directory),
    }
}

fn is_old(directory: &Path) -> bool {
    let modified = fs::metadata(directory).and_then(|it| it.modified());
    let age = modified.map(|it| SystemTime::now().duration_since(it).unwrap_or_default());
    age.is_ok_and(|it| it > OLD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_abandoned_is_removed_and_what_is_used_stays() {
        let root = tempfile::tempdir().unwrap();
        let used = Staging::new_in(root.path()).unwrap();
        let make = |name: &str| {
            let directory = root.path().join(name);
            fs::create_dir(&directory).unwrap();
            directory
        };
        let abandoned = make(".pact-wasm-a");
        fs::write(abandoned.join(LOCK), "").unwrap();
        fs::write(abandoned.join("file"), "").unwrap();
        let just_made = make(".pact-wasm-b");
        let old = make(".pact-wasm-c");
        let past = SystemTime::now() - 2 * OLD;
        File::open(&old).unwrap().set_modified(past).unwrap();
        let other = make("pact-wasm-d");
        fs::write(other.join(LOCK), "").unwrap();

        let new = Staging::new_in(root.path()).unwrap();
        assert!(!abandoned.exists());
        assert!(!old.exists());
        for path in [used.path(), new.path(), &just_made, &other] {
            assert!(path.exists(), "{}", path.display());
        }
        new.close().unwrap();
        drop(used);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 2);
    }
}
