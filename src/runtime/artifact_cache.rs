//! Compiled components, kept between processes.
//!
//! An artifact is native code that will run in this process, so the file is trusted only as far as its directory is: mode
//! 0700 and owned by the user. Its digest is checked before wasmtime sees it, because wasmtime's own reader crashes on
//! damaged ones. Anything that does not fit is a cache miss, never a failure.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::driver::config::CacheDirectory;
use crate::fork;

/// Begins every artifact file; the number changes with the layout.
const MAGIC: &[u8; 16] = b"pact-wasm/cwasm1";
const DIGEST_LENGTH: usize = 32;
const EXTENSION: &str = "cwasm";

/// The file that a compiled component is kept in, or why it is kept nowhere.
pub type Kept = Result<PathBuf, String>;

/// A directory of artifacts, or none.
#[derive(Debug, Clone)]
pub struct ArtifactCache {
    directory: Option<PathBuf>,
}

impl ArtifactCache {
    /// The cache that the configuration names.
    pub fn new(configured: &CacheDirectory) -> Self {
        let directory = match configured {
            CacheDirectory::At(directory) => Some(directory.clone()),
            CacheDirectory::User => user_cache_directory(),
            CacheDirectory::Nowhere => None,
        };
        ArtifactCache { directory }
    }

    /// Where it is, whether or not that exists; none where nothing is kept.
    pub fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }

    /// What is in it, with the sizes in bytes. Nothing else in the directory counts.
    pub fn files(&self) -> std::io::Result<Vec<(PathBuf, u64)>> {
        let entries = match self.directory.as_ref().map(fs::read_dir) {
            None => return Ok(Vec::new()),
            Some(Err(e)) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Some(entries) => entries?,
        };
        let mut files = Vec::new();
        for entry in entries {
            let entry = entry?;
            let path = entry.path();
            if path.extension().is_none_or(|it| it != EXTENSION) {
                continue;
            }
            match entry.metadata() {
                Ok(metadata) => files.push((path, metadata.len())),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(e),
            }
        }
        files.sort();
        Ok(files)
    }

    /// Removes what is in it, and gives what that was. Processes that use it have read it already, or compile again. An error names
    /// the file that cannot be removed; the others are.
    pub fn clear(&self) -> std::io::Result<Vec<(PathBuf, u64)>> {
        let files = self.files()?;
        let mut removed = Vec::new();
        let mut failed = Ok(());
        for (file, size) in files {
            match fs::remove_file(&file) {
                Ok(()) => removed.push((file, size)),
                // Somebody else was faster.
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => {
                    let named = format!("{}: {e}", file.display());
                    failed = Err(std::io::Error::new(e.kind(), named));
                }
            }
        }
        failed.map(|()| removed)
    }

    /// The file that the compiled form of `wasm` is in, or would be.
    pub(super) fn file(&self, engine: &Engine, wasm: &[u8]) -> Option<PathBuf> {
        Some(self.directory.as_ref()?.join(file_name(engine, wasm)))
    }

    /// The compiled form of `wasm`, if it is there and sound.
    pub fn get(&self, engine: &Engine, wasm: &[u8]) -> Option<Component> {
        self.directory
            .as_ref()
            .filter(|directory| is_private(directory))?;
        let file = self.file(engine, wasm)?;
        let bytes = fs::read(&file).ok()?;
        let component = Artifact::from_file(bytes).and_then(|it| it.load(engine).ok());
        if component.is_none() {
            log::warn!(target: "pact_wasm::cache", "{}: damaged or foreign, compiling again", file.display());
        }
        component
    }

    /// Keeps the compiled form of `wasm`, and gives the file. The reason why it cannot is one that nobody has to act on: the next
    /// load compiles again.
    pub fn put(&self, engine: &Engine, wasm: &[u8], artifact: &Artifact) -> Kept {
        let nowhere =
            || "there is no cache: no directory is configured, and no home directory is known";
        let directory = self.directory.as_ref().ok_or_else(nowhere)?;
        let stored = artifact.store(directory, &file_name(engine, wasm));
        stored.map_err(|e| {
            format!(
                "{}: cannot keep a compiled plugin: {e}",
                directory.display()
            )
        })
    }
}

/// A compiled component that wasmtime made, in this process or an earlier one.
pub struct Artifact {
    bytes: Vec<u8>,
    /// Where the code begins in `bytes`: behind magic and digest where it came from a file.
    code: usize,
}

impl Artifact {
    /// Compiles a component.
    pub fn compile(engine: &Engine, wasm: &[u8]) -> wasmtime::Result<Self> {
        let bytes = engine.precompile_component(wasm)?;
        Ok(Artifact { bytes, code: 0 })
    }

    /// The content of an artifact file, if its magic and digest fit.
    fn from_file(bytes: Vec<u8>) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (digest, code) = rest.split_at_checked(DIGEST_LENGTH)?;
        let sound = Sha256::digest(code).as_slice() == digest;
        let code = MAGIC.len() + DIGEST_LENGTH;
        sound.then_some(Artifact { bytes, code })
    }

    /// Turns it into code that can run.
    #[allow(unsafe_code)] // the one place that turns bytes into native code
    pub fn load(&self, engine: &Engine) -> wasmtime::Result<Component> {
        // SAFETY: the bytes are what wasmtime made: in this process, or in one that wrote them with their digest into a
        // directory that only this user can write. wasmtime itself refuses those of another version or configuration.
        fork::hold_off(|| unsafe { Component::deserialize(engine, &self.bytes[self.code..]) })
    }

    /// Written beside and renamed, so that nobody reads half a file.
    fn store(&self, directory: &Path, name: &str) -> std::io::Result<PathBuf> {
        let code = &self.bytes[self.code..];
        create_private(directory)?;
        if !is_private(directory) {
            return Err(std::io::Error::other(
                "others can write there; it must belong to this user with mode 0700",
            ));
        }
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(MAGIC)?;
        file.write_all(&Sha256::digest(code))?;
        file.write_all(code)?;
        let place = directory.join(name);
        file.persist(&place)?;
        Ok(place)
    }
}

fn user_cache_directory() -> Option<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()) {
        Some(directory) => PathBuf::from(directory),
        None => std::env::home_dir()?.join(".cache"),
    };
    Some(base.join("pact-wasm"))
}

/// Content of the plugin, and everything of the engine that decides whether its code runs here.
fn file_name(engine: &Engine, wasm: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    let content: String = Sha256::digest(wasm)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{content}-{:016x}.{EXTENSION}", hasher.finish())
}

#[cfg(unix)]
fn create_private(directory: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
}

#[cfg(not(unix))]
fn create_private(directory: &Path) -> std::io::Result<()> {
    fs::create_dir_all(directory)
}

/// Whether only this user can put files there.
#[cfg(unix)]
fn is_private(directory: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let Ok(of_directory) = fs::symlink_metadata(directory) else {
        return false;
    };
    of_directory.is_dir() && of_directory.uid() == user_id() && of_directory.mode() & 0o077 == 0
}

#[cfg(not(unix))]
fn is_private(directory: &Path) -> bool {
    directory.is_dir()
}

#[cfg(unix)]
#[allow(unsafe_code)] // libc declares it unsafe, as it does every function
fn user_id() -> u32 {
    // SAFETY: geteuid has no preconditions and cannot fail.
    unsafe { libc::geteuid() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "(component)";

    fn compiled() -> (Engine, Vec<u8>, Artifact) {
        let engine = Engine::default();
        let wasm = wat::parse_str(EMPTY).unwrap();
        let artifact = Artifact::compile(&engine, &wasm).unwrap();
        (engine, wasm, artifact)
    }

    fn only_file(directory: &Path) -> PathBuf {
        let mut files = fs::read_dir(directory).unwrap().map(|e| e.unwrap().path());
        let file = files.next().unwrap();
        assert_eq!(files.next(), None);
        file
    }

    #[test]
    fn what_is_kept_comes_back_for_the_same_content_only() {
        let root = tempfile::tempdir().unwrap();
        let cache = ArtifactCache::new(&CacheDirectory::At(root.path().join("cache")));
        let (engine, wasm, artifact) = compiled();
        assert!(cache.get(&engine, &wasm).is_none());
        cache.put(&engine, &wasm, &artifact).unwrap();
        assert!(cache.get(&engine, &wasm).is_some());
        assert!(cache.get(&engine, b"other").is_none());
    }

    #[test]
    fn every_flipped_bit_is_a_miss() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("cache");
        let cache = ArtifactCache::new(&CacheDirectory::At(directory.clone()));
        let (engine, wasm, artifact) = compiled();
        cache.put(&engine, &wasm, &artifact).unwrap();
        let file = only_file(&directory);
        let good = fs::read(&file).unwrap();
        for position in (0..good.len()).step_by(good.len() / 97 + 1) {
            let mut bad = good.clone();
            bad[position] ^= 1;
            fs::write(&file, bad).unwrap();
            assert!(cache.get(&engine, &wasm).is_none(), "byte {position}");
        }
        fs::write(&file, &good[..good.len() / 2]).unwrap();
        assert!(cache.get(&engine, &wasm).is_none());
        fs::write(&file, good).unwrap();
        assert!(cache.get(&engine, &wasm).is_some());
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_others_can_write_is_not_trusted() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("cache");
        let cache = ArtifactCache::new(&CacheDirectory::At(directory.clone()));
        let (engine, wasm, artifact) = compiled();
        cache.put(&engine, &wasm, &artifact).unwrap();
        fs::set_permissions(&directory, fs::Permissions::from_mode(0o770)).unwrap();
        assert!(cache.get(&engine, &wasm).is_none());
    }

    #[test]
    fn what_is_kept_can_be_listed_and_cleared() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("cache");
        let cache = ArtifactCache::new(&CacheDirectory::At(directory.clone()));
        assert_eq!(cache.files().unwrap(), []);
        let (engine, wasm, artifact) = compiled();
        cache.put(&engine, &wasm, &artifact).unwrap();
        let file = only_file(&directory);
        assert_eq!(cache.file(&engine, &wasm), Some(file.clone()));
        fs::write(directory.join("notes.txt"), "of somebody else").unwrap();
        let kept = [(file.clone(), fs::metadata(&file).unwrap().len())];
        assert_eq!(cache.files().unwrap(), kept);
        assert_eq!(cache.clear().unwrap(), kept);
        assert_eq!(only_file(&directory), directory.join("notes.txt"));
    }

    #[test]
    fn without_a_directory_nothing_is_kept() {
        let cache = ArtifactCache::new(&CacheDirectory::Nowhere);
        let (engine, wasm, artifact) = compiled();
        let reason = cache.put(&engine, &wasm, &artifact).unwrap_err();
        assert!(reason.starts_with("there is no cache"), "{reason}");
        assert!(cache.get(&engine, &wasm).is_none());
    }

    #[test]
    fn emptying_goes_on_after_what_cannot_be_removed() {
        let root = tempfile::tempdir().unwrap();
        let cache = ArtifactCache::new(&CacheDirectory::At(root.path().to_path_buf()));
        fs::write(root.path().join("a.cwasm"), "").unwrap();
        fs::create_dir(root.path().join("b.cwasm")).unwrap();
        fs::write(root.path().join("c.cwasm"), "").unwrap();
        let error = cache.clear().unwrap_err().to_string();
        assert!(error.contains("b.cwasm: "), "{error}");
        assert_eq!(only_file(root.path()), root.path().join("b.cwasm"));
    }
}
