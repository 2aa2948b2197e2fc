//! What can be installed: archives, directories, and components alone.

use std::fs;
use std::path::Path;

use pact_wasm::driver::manifest::{FILE_NAME, Manifest};
use semver::Version;

use crate::arguments::Install;
use crate::component::Component;
use crate::error::{Error, Result};
use crate::{archive, files, manifest, names};

/// Refuses what is wrong usage, before anything is made.
pub fn check(arguments: &Install) -> Result<()> {
    let source = &arguments.source;
    if !source.exists() {
        return Err(Error::Usage(format!(
            "{} does not exist; name a component (.wasm), an archive (.zip) or the directory of a plugin",
            source.display()
        )));
    }
    if !is_component(source) && (arguments.name.is_some() || arguments.version.is_some()) {
        let reason =
            "--name and --version are for a component without a manifest; this plugin has one";
        return Err(Error::Usage(reason.to_string()));
    }
    match &arguments.version {
        Some(version) => check_version(version),
        None => Ok(()),
    }
}

fn check_version(version: &str) -> Result<()> {
    Version::parse(version).map(drop).map_err(|e| {
        Error::Usage(format!(
            "--version is \"{version}\", not a semantic version such as 1.2.3: {e}"
        ))
    })
}

/// Puts the plugin's files into an empty directory.
pub fn unpack(arguments: &Install, directory: &Path) -> Result<()> {
    let source = &arguments.source;
    if source.is_dir() {
        let plugin = Manifest::read(source)?;
        return files::copy(&files::of_plugin(&plugin)?, source, directory);
    }
    match is_component(source) {
        true => from_component(arguments, directory),
        false => from_archive(arguments, directory),
    }
}

/// Whether it is a component alone.
fn is_component(source: &Path) -> bool {
    source.is_file() && !has_extension(source, "zip")
}

fn has_extension(file: &Path, extension: &str) -> bool {
    file.extension()
        .is_some_and(|it| it.eq_ignore_ascii_case(extension))
}

fn from_archive(arguments: &Install, directory: &Path) -> Result<()> {
    let file = &arguments.source;
    let bytes = match arguments.no_verify {
        true => fs::read(file).map_err(Error::io(file, "cannot be read"))?,
        false => archive::read_verified(file)?,
    };
    archive::unpack(file, &bytes, directory)?;
    if directory.join(FILE_NAME).is_file() {
        return Ok(());
    }
    Err(Error::Archive {
        file: file.clone(),
        reason: format!("has no {FILE_NAME} at its top; nothing was installed"),
    })
}

fn from_component(arguments: &Install, directory: &Path) -> Result<()> {
    let file = &arguments.source;
    let component = Component::read(file)?;
    let invalid = |reason: String| Error::Component {
        file: file.clone(),
        reason,
    };
    let interface = component.interface().map_err(invalid)?;
    let missing = |what: &str| {
        Error::Usage(format!(
            "{} does not say its {what}; give it with --{what}",
            file.display()
        ))
    };
    let name = arguments.name.clone().or(component.metadata.name);
    let name = name.ok_or_else(|| missing("name"))?;
    let in_component = component.metadata.version.map(|it| it.to_string());
    let version = arguments.version.clone().or(in_component);
    let version = version.ok_or_else(|| missing("version"))?;
    let file_name = format!("{name}.wasm");
    for name in [&name, &file_name] {
        names::check_file_name(name).map_err(|reason| {
            Error::Usage(format!(
                "the name \"{name}\" {reason}; give another one with --name"
            ))
        })?;
    }
    files::copy_file(file, &directory.join(&file_name))?;
    manifest::write(
        directory,
        &manifest::made_up(&name, &version, &interface, &file_name),
    )
}
