//! The plugin directory: what is installed, enabled or not.

use std::fs;
use std::path::{Path, PathBuf};

use pact_wasm::driver::discovery::plugin_directory;
use pact_wasm::driver::manifest::{FILE_NAME, Manifest, WASM};
use tempfile::TempDir;

use crate::error::{Error, Result};
use crate::manifest::DISABLED_NAME;

/// Where plugins are installed.
pub struct PluginDirectory(PathBuf);

/// A directory with a manifest.
pub struct Entry {
    /// The directory.
    pub directory: PathBuf,
    /// Whether Pact sees it.
    pub is_enabled: bool,
    /// Its manifest, or what is wrong with it.
    pub manifest: pact_wasm::error::Result<Manifest>,
}

impl PluginDirectory {
    /// The given one, or the one that Pact uses.
    pub fn new(given: Option<&Path>) -> Result<Self> {
        let directory = plugin_directory(given)?;
        // It goes into manifests, where what is relative would mean something else.
        let absolute = std::path::absolute(&directory);
        let absolute = absolute.map_err(Error::io(&directory, "is no usable path"))?;
        Ok(PluginDirectory(absolute))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where a plugin is installed by its name and version.
    pub fn place(&self, manifest: &Manifest) -> PathBuf {
        self.0
            .join(format!("{}-{}", manifest.name, manifest.version))
    }

    /// A directory in it for what is not finished. Pact looks for manifests right below the directories of plugins, so it does not
    /// find what lies one level deeper.
    pub fn staging(&self) -> Result<TempDir> {
        fs::create_dir_all(&self.0).map_err(Error::io(&self.0, "cannot be created"))?;
        let staging = tempfile::Builder::new()
            .prefix(".pact-wasm-")
            .tempdir_in(&self.0);
        staging.map_err(Error::io(&self.0, "cannot be written to"))
    }

    /// What is installed, by name and rising version; what has no readable manifest comes last. A directory that does not exist
    /// is an empty one.
    pub fn entries(&self) -> Result<Vec<Entry>> {
        let listing = match fs::read_dir(&self.0) {
            Ok(listing) => listing,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(Error::io(&self.0, "cannot be read")(e)),
        };
        let paths = listing.filter_map(|entry| entry.ok().map(|it| it.path()));
        let mut entries: Vec<Entry> = paths.filter_map(Entry::read).collect();
        entries.sort_by(|a, b| {
            let key = |it: &Entry| {
                it.manifest
                    .as_ref()
                    .ok()
                    .map(|m| (m.name.clone(), m.version.clone()))
            };
            let (of_a, of_b) = (key(a), key(b));
            let last = of_a.is_none().cmp(&of_b.is_none());
            last.then(of_a.cmp(&of_b))
                .then(a.directory.cmp(&b.directory))
        });
        Ok(entries)
    }

    /// The one plugin that a user means, among those that `fits`.
    pub fn find(
        &self,
        name: &str,
        version: Option<&str>,
        fits: impl Fn(&Entry) -> bool,
    ) -> Result<Entry> {
        let mut found = Vec::new();
        let mut others = Vec::new();
        for entry in self.entries()? {
            let Some((its_name, its_version)) = entry.identity() else {
                continue;
            };
            let is_meant = its_name == name && version.is_none_or(|it| it == its_version);
            match is_meant && fits(&entry) {
                true => found.push(entry),
                false => others.push(entry.describe()),
            }
        }
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Err(Error::NotInstalled {
                wanted: version.map_or(name.to_string(), |version| format!("{name} {version}")),
                directory: self.0.clone(),
                found: others,
            }),
            _ => Err(Error::Ambiguous {
                name: name.to_string(),
                found: found.iter().map(Entry::describe).collect(),
            }),
        }
    }
}

impl Entry {
    /// None for a directory that is no plugin's.
    fn read(directory: PathBuf) -> Option<Self> {
        if directory.join(FILE_NAME).exists() {
            return Some(Entry {
                manifest: Manifest::read(&directory),
                is_enabled: true,
                directory,
            });
        }
        let file = directory.join(DISABLED_NAME);
        if !file.exists() {
            return None;
        }
        let text = fs::read_to_string(&file).unwrap_or_else(|e| e.to_string());
        Some(Entry {
            manifest: Manifest::parse(&directory, &text),
            is_enabled: false,
            directory,
        })
    }

    /// Name and version. Where the manifest is broken, the name of the directory has to do, so that it can be removed.
    fn identity(&self) -> Option<(String, String)> {
        if let Ok(manifest) = &self.manifest {
            return Some((manifest.name.clone(), manifest.version.to_string()));
        }
        let name = self.directory.file_name()?.to_str()?;
        let (name, version) = name.split_once('-').unwrap_or((name, ""));
        Some((name.to_string(), version.to_string()))
    }

    fn describe(&self) -> String {
        let (name, version) = self.identity().unwrap_or_default();
        let state = if self.is_enabled { "" } else { " (disabled)" };
        format!("{name} {version}{state}")
    }
}

/// Who runs a plugin.
pub fn kind(manifest: &Manifest) -> String {
    match (manifest.executable_type.as_str(), manifest.is_wasm()) {
        (WASM, _) => "wasm".to_string(),
        ("exec", true) => "exec, through the bridge".to_string(),
        (other, _) => other.to_string(),
    }
}
