//! The plugin directory: what is installed, enabled or not.

pub mod staging;

use std::fs;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use pact_wasm::driver::discovery::plugin_directory;
use pact_wasm::driver::manifest::{FILE_NAME, Manifest};
use pact_wasm::error::ErrorKind;
use semver::Version;

use crate::error::{Error, Result};
use crate::manifest::DISABLED_NAME;
use staging::Staging;

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

    /// Where a plugin is installed, or will be. Somebody else may have put this version into a directory of another name.
    pub fn place(&self, plugin: &Manifest) -> Result<PathBuf> {
        let usual = self.0.join(format!("{}-{}", plugin.name, plugin.version));
        if fs::symlink_metadata(&usual).is_ok() {
            return Ok(usual);
        }
        let is_same = |it: &Manifest| it.name == plugin.name && it.version == plugin.version;
        let mut entries = self.entries()?.into_iter();
        let other = entries.find(|it| it.manifest.as_ref().is_ok_and(is_same));
        Ok(other.map_or(usual, |it| it.directory))
    }

    /// A directory in it for what is not finished. Pact looks for manifests right below the directories of plugins, so it does not
    /// find what lies one level deeper.
    pub fn staging(&self) -> Result<Staging> {
        fs::create_dir_all(&self.0).map_err(Error::io(&self.0, "cannot be created"))?;
        Staging::new_in(&self.0).map_err(Error::io(&self.0, "cannot be written to"))
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

    /// The one plugin that a user means by its name or its directory, among those that `fits`.
    pub fn find(
        &self,
        name: &str,
        version: Option<&str>,
        fits: impl Fn(&Entry) -> bool,
    ) -> Result<Entry> {
        let (mut found, others): (Vec<Entry>, Vec<Entry>) = self
            .entries()?
            .into_iter()
            .partition(|it| it.is_meant(name, version) && fits(it));
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Err(Error::NotInstalled {
                wanted: version.map_or(name.to_string(), |version| format!("{name} {version}")),
                directory: self.0.clone(),
                found: others.iter().map(Entry::describe).collect(),
            }),
            _ => Err(Error::Ambiguous {
                name: name.to_string(),
                found: found.iter().map(Entry::describe_with_place).collect(),
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
        if directory.is_symlink() && !directory.exists() {
            return Some(Entry {
                manifest: Err(leads_nowhere(&directory)),
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

    /// Whether a user means this one. By its name alone only if the manifest says that name: what the name of a directory seems to
    /// say may be wrong.
    fn is_meant(&self, name: &str, version: Option<&str>) -> bool {
        if version.is_none() && self.is_in(name) {
            return true;
        }
        let (its_name, its_version) = self.identity();
        let is_version = match version {
            None => self.manifest.is_ok(),
            Some(version) => its_version.as_deref() == Some(version),
        };
        its_name == name && is_version
    }

    /// Whether this is the name or the path of its directory.
    fn is_in(&self, directory: &str) -> bool {
        let absolute = || std::path::absolute(directory).is_ok_and(|it| it == self.directory);
        let is_path = directory.contains(['/', MAIN_SEPARATOR]);
        self.directory_name() == directory || is_path && absolute()
    }

    fn directory_name(&self) -> String {
        let name = self.directory.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// Name and version. Where the manifest is broken, the name of the directory has to do, so that it can be removed.
    fn identity(&self) -> (String, Option<String>) {
        if let Ok(manifest) = &self.manifest {
            return (manifest.name.clone(), Some(manifest.version.to_string()));
        }
        let directory = self.directory_name();
        let dashes = directory.match_indices('-').map(|(place, _)| place);
        let mut splits = dashes.map(|it| (&directory[..it], &directory[it + 1..]));
        match splits.find(|(_, version)| Version::parse(version).is_ok()) {
            Some((name, version)) => (name.to_string(), Some(version.to_string())),
            None => (directory, None),
        }
    }

    fn describe(&self) -> String {
        let (name, version) = self.identity();
        let version = version.map_or(String::new(), |it| format!(" {it}"));
        let state = match (&self.manifest, self.is_enabled) {
            (Err(_), _) => " (unusable)",
            (Ok(_), false) => " (disabled)",
            (Ok(_), true) => "",
        };
        format!("{name}{version}{state}")
    }

    fn describe_with_place(&self) -> String {
        format!("{} in {}", self.describe(), self.directory.display())
    }
}

fn leads_nowhere(link: &Path) -> pact_wasm::error::Error {
    let reason = "is a link to what does not exist; restore that, or remove the link".to_string();
    let file = link.to_path_buf();
    ErrorKind::Io { file, reason }.into()
}

/// Who runs a plugin: `wasm`, `bridge`, or what else the manifest says.
pub fn kind(manifest: &Manifest) -> String {
    match (manifest.executable_type.as_str(), manifest.is_wasm()) {
        ("exec", true) => "bridge".to_string(),
        (other, _) => other.to_string(),
    }
}

/// The same for people.
pub fn kind_in_words(kind: &str) -> &str {
    match kind {
        "bridge" => "exec, through the bridge",
        other => other,
    }
}
