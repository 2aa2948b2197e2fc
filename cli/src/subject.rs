//! The plugin that a command was given: a directory with a manifest, or a component alone.

use std::path::{Path, PathBuf};

use pact_wasm::driver::manifest::Manifest;
use pact_wasm::driver::permissions::Permission;

use crate::component::Component;
use crate::error::{Error, Result};
use crate::layout::staging::Staging;
use crate::{files, manifest, names};

/// A plugin in a directory, which is a temporary one for a component alone.
pub struct Subject {
    /// Its manifest.
    pub manifest: Manifest,
    /// Whether the manifest was made up.
    pub is_made_up: bool,
    /// Holds the made-up manifest, and is removed at the end.
    _directory: Option<Staging>,
}

impl Subject {
    /// Reads it. The manifest of a component alone asks for what is granted.
    pub fn open(path: &Path, grants: &[Permission]) -> Result<Self> {
        if path.is_dir() {
            return Ok(Subject {
                manifest: Manifest::read(path)?,
                is_made_up: false,
                _directory: None,
            });
        }
        check_exists(path)?;
        Self::of_component(path, grants)
    }

    fn of_component(file: &Path, grants: &[Permission]) -> Result<Self> {
        let component = Component::read(file)?;
        let interface = component.interface().map_err(|reason| Error::Component {
            file: file.to_path_buf(),
            reason,
        })?;
        let temporary = std::env::temp_dir();
        let directory = Staging::new_in(&temporary).map_err(Error::io(
            &temporary,
            "no temporary directory can be made there",
        ))?;
        let name = name_of(&component, file);
        let version = component.metadata.version.as_ref().map(ToString::to_string);
        let version = version.unwrap_or_else(|| "0.0.0".to_string());
        files::copy_file(file, &directory.path().join("plugin.wasm"))?;
        let mut fields = manifest::made_up(&name, &version, &interface, "plugin.wasm");
        manifest::ask_for(&mut fields, grants);
        manifest::write(directory.path(), &fields)?;
        Ok(Subject {
            manifest: Manifest::read(directory.path())?,
            is_made_up: true,
            _directory: Some(directory),
        })
    }
}

/// A path that leads nowhere is wrong usage, and not a fault of a plugin.
pub fn check_exists(path: &Path) -> Result<()> {
    match path.exists() {
        true => Ok(()),
        false => Err(Error::Usage(format!(
            "{} does not exist; name a component (.wasm) or the directory of a plugin",
            path.display()
        ))),
    }
}

/// The component of a plugin that a command was given.
pub fn component_file(path: &Path) -> Result<PathBuf> {
    if path.is_dir() {
        return Ok(Manifest::read(path)?.component_file()?);
    }
    check_exists(path)?;
    Ok(path.to_path_buf())
}

/// The name that a component gives itself, or that of its file.
fn name_of(component: &Component, file: &Path) -> String {
    let stem = || file.file_stem().map(|it| it.to_string_lossy().into_owned());
    let name = component.metadata.name.clone().or_else(stem);
    let usable = name.filter(|it| names::check_file_name(it).is_ok());
    usable.unwrap_or_else(|| "plugin".to_string())
}
