//! Finding installed plugins: one directory per plugin version, below the plugin directory.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use semver::{Version, VersionReq};

use super::manifest::{FILE_NAME, Manifest};
use crate::error::{Error, ErrorKind, Result};

/// What lies in a plugin directory.
#[derive(Debug, Default)]
pub struct Installed {
    /// Readable manifests, by name and rising version.
    pub manifests: Vec<Manifest>,
    /// Directories whose manifest cannot be used, and why. One of these never hides the others.
    pub problems: Vec<(PathBuf, Error)>,
}

/// The plugin directory: the configured one, `PACT_PLUGIN_DIR`, or `~/.pact/plugins`.
pub fn plugin_directory(configured: Option<&Path>) -> Result<PathBuf> {
    if let Some(directory) = configured {
        return Ok(directory.to_path_buf());
    }
    if let Some(directory) = env::var_os("PACT_PLUGIN_DIR").filter(|value| !value.is_empty()) {
        return Ok(directory.into());
    }
    let home = env::home_dir().ok_or(ErrorKind::NoPluginDirectory)?;
    Ok(home.join(".pact").join("plugins"))
}

impl Installed {
    /// Reads all manifests below `directory`. Directories without one are passed over.
    pub fn read(directory: &Path) -> Result<Self> {
        let entries = fs::read_dir(directory).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::PluginDirectoryNotFound {
                directory: directory.to_path_buf(),
            },
            _ => ErrorKind::Io {
                file: directory.to_path_buf(),
                reason: e.to_string(),
            },
        })?;
        let mut installed = Installed::default();
        for path in entries.filter_map(|entry| entry.ok().map(|e| e.path())) {
            if !path.join(FILE_NAME).exists() {
                continue;
            }
            match Manifest::read(&path) {
                Ok(manifest) => installed.manifests.push(manifest),
                Err(problem) => installed.problems.push((path, problem)),
            }
        }
        installed
            .manifests
            .sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
        installed.problems.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(installed)
    }

    /// The highest version of a plugin. A requested version is a minimum within semantic-version compatibility.
    pub fn find(mut self, directory: &Path, name: &str, version: Option<&str>) -> Result<Manifest> {
        let wanted = version.map(requirement).transpose()?;
        let fits = |v: &Version| {
            wanted
                .as_ref()
                .is_none_or(|requirement| requirement.matches(v))
        };
        let best = self
            .manifests
            .iter()
            .rposition(|m| m.name == name && m.is_wasm() && fits(&m.version));
        match best {
            Some(index) => Ok(self.manifests.swap_remove(index)),
            None => Err(self.not_found(directory, name, version)),
        }
    }

    /// A broken manifest in a directory of that name is the likeliest reason; otherwise tell what is there.
    fn not_found(self, directory: &Path, name: &str, version: Option<&str>) -> Error {
        let of_that_name = |path: &Path| {
            let file_name = path.file_name().unwrap_or_default().to_string_lossy();
            file_name == name
                || file_name
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('-'))
        };
        if let Some((_, problem)) = self
            .problems
            .into_iter()
            .find(|(path, _)| of_that_name(path))
        {
            return problem;
        }
        let describe = |m: &Manifest| match m.is_wasm() {
            true => format!("{} {}", m.name, m.version),
            false => format!(
                "{} {} (type \"{}\", which this library does not run)",
                m.name, m.version, m.executable_type
            ),
        };
        ErrorKind::PluginNotFound {
            name: name.to_string(),
            version: version.map(str::to_string),
            directory: directory.to_path_buf(),
            found: self.manifests.iter().map(describe).collect(),
        }
        .into()
    }
}

fn requirement(version: &str) -> Result<VersionReq> {
    Version::parse(version)
        .and_then(|_| VersionReq::parse(&format!("^{version}")))
        .map_err(|e| {
            Error::invalid_argument(
                "version",
                format!("\"{version}\" is not a semantic version: {e}"),
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    fn install(root: &Path, directory: &str, manifest: &str) {
        let directory = root.join(directory);
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join(FILE_NAME), manifest).unwrap();
    }

    fn wasm(name: &str, version: &str) -> String {
        format!(
            r#"{{"name":"{name}","version":"{version}","executableType":"wasm","entryPoint":"p.wasm"}}"#
        )
    }

    fn directory() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for version in ["1.0.0", "1.10.0", "1.9.0", "2.0.0-beta.1", "2.0.0"] {
            install(
                root.path(),
                &format!("csv-{version}"),
                &wasm("csv", version),
            );
        }
        install(
            root.path(),
            "csv-3.0.0",
            r#"{"name":"csv","version":"3.0.0","executableType":"exec","entryPoint":"x"}"#,
        );
        install(root.path(), "broken-1.0.0", r#"{"name":"broken"}"#);
        fs::create_dir(root.path().join("empty")).unwrap();
        root
    }

    fn find(root: &Path, name: &str, version: Option<&str>) -> Result<String> {
        Installed::read(root)?
            .find(root, name, version)
            .map(|m| m.version.to_string())
    }

    #[test]
    fn the_highest_compatible_version_wins() {
        let root = directory();
        assert_eq!(find(root.path(), "csv", None).unwrap(), "2.0.0");
        assert_eq!(find(root.path(), "csv", Some("1.0.0")).unwrap(), "1.10.0");
        assert_eq!(find(root.path(), "csv", Some("1.10.0")).unwrap(), "1.10.0");
        assert_eq!(
            find(root.path(), "csv", Some("1.11.0")).unwrap_err().code(),
            Code::NotFound
        );
    }

    #[test]
    fn a_broken_manifest_hides_nothing_and_is_reported() {
        let root = directory();
        let installed = Installed::read(root.path()).unwrap();
        assert_eq!(installed.manifests.len(), 6);
        assert_eq!(installed.problems.len(), 1);
        assert_eq!(
            find(root.path(), "broken", None).unwrap_err().code(),
            Code::ManifestInvalid
        );
    }

    #[test]
    fn not_found_tells_what_is_there() {
        let root = directory();
        let message = find(root.path(), "jwt", Some("1.0.0"))
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("no plugin \"jwt\" compatible with version 1.0.0 in "),
            "{message}"
        );
        assert!(
            message.contains("it holds csv 1.0.0, csv 1.9.0, csv 1.10.0,"),
            "{message}"
        );
        assert!(
            message.contains("csv 3.0.0 (type \"exec\", which this library does not run)"),
            "{message}"
        );
    }

    #[test]
    fn a_malformed_version_is_the_callers_error() {
        let root = directory();
        let error = find(root.path(), "csv", Some("latest")).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert!(
            error
                .to_string()
                .contains("\"latest\" is not a semantic version")
        );
    }

    #[test]
    fn a_missing_directory_is_named() {
        let error = Installed::read(Path::new("/nowhere/plugins")).unwrap_err();
        assert_eq!(error.code(), Code::NotFound);
        assert!(
            error
                .to_string()
                .contains("/nowhere/plugins does not exist")
        );
    }
}
