//! `package`: the archive that is released, and its checksum.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use pact_wasm::driver::manifest::{FILE_NAME, Manifest, WASM};
use serde::Serialize;

use crate::arguments::Package;
use crate::component::Component;
use crate::error::{Error, Result};
use crate::files::{self, Contents};
use crate::output::{Output, Report, ShownPath, Style, size};
use crate::{archive, manifest, names};

#[derive(Serialize)]
struct Packed {
    archive: ShownPath,
    checksum: ShownPath,
    sha256: String,
    size: u64,
    files: Vec<ShownPath>,
}

impl Report for Packed {
    fn text(&self, style: Style) -> String {
        let mut lines = vec![
            format!(
                "{}: {}",
                style.bold(self.archive.display()),
                size(self.size)
            ),
            style.bold(self.checksum.display()),
            format!("sha256 {}", self.sha256),
        ];
        lines.extend(self.files.iter().map(|it| format!("  {}", it.display())));
        lines.join("\n")
    }
}

pub fn run(arguments: &Package, output: &Output) -> Result<()> {
    let manifest = Manifest::read(&arguments.directory)?;
    let name = format!("pact-{}-plugin.zip", manifest.name);
    names::check_file_name(&name).map_err(|reason| {
        Error::Usage(format!(
            "the plugin's name makes \"{name}\" of its archive, which {reason}; rename the plugin"
        ))
    })?;
    check_component(&manifest)?;
    // Before looking for what belongs to the plugin, which it may be in.
    files::create_directory(&arguments.output)?;
    let archive = arguments.output.join(&name);
    let checksum = archive::checksum_file(&archive);
    let mut contents = files::of_plugin(&manifest)?;
    leave_out(
        &mut contents,
        &manifest.directory,
        &[&arguments.output, &archive, &checksum],
    );
    let packed = pack(&manifest, &contents, &archive)?;
    let sha256 = archive::digest(&packed);
    write(&archive, &packed)?;
    write(&checksum, format!("{sha256}  {name}\n").as_bytes())?;
    // With a slash at the end.
    let empty = contents.empty.iter().map(|it| it.join(""));
    output.report(&Packed {
        archive: archive.into(),
        checksum: checksum.into(),
        sha256,
        size: packed.len() as u64,
        files: contents
            .files
            .iter()
            .cloned()
            .chain(empty)
            .map(Into::into)
            .collect(),
    });
    Ok(())
}

/// What this command makes is no part of the plugin, wherever it is put.
fn leave_out(contents: &mut Contents, directory: &Path, made: &[&Path]) {
    let made: Vec<PathBuf> = made
        .iter()
        .filter_map(|it| it.canonicalize().ok())
        .collect();
    let is_other = |path: &PathBuf| match directory.join(path).canonicalize() {
        Ok(path) => !made.contains(&path),
        Err(_) => true,
    };
    contents.files.retain(is_other);
    contents.empty.retain(is_other);
}

/// The content of the archive. What `install` would refuse is not released.
fn pack(plugin: &Manifest, contents: &Contents, archive: &Path) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    for file in &contents.files {
        packed.push((file.clone(), content(plugin, file)?));
    }
    let packed = archive::pack(&packed, &contents.empty).map_err(std::io::Error::from);
    let packed = packed.map_err(Error::io(archive, "cannot be made"))?;
    archive::check(&packed).map_err(|reason| Error::Archive {
        file: archive.to_path_buf(),
        reason: format!("{reason}; nobody could install it, so it was not written"),
    })?;
    Ok(packed)
}

/// What nobody can load is not released.
fn check_component(manifest: &Manifest) -> Result<()> {
    let file = manifest.component_file()?;
    let interface = Component::read(&file)?.interface();
    interface
        .map(|_| ())
        .map_err(|reason| Error::Component { file, reason })
}

/// A plugin that was installed for executables has paths of this machine in its manifest, which the released one has not.
fn content(plugin: &Manifest, file: &Path) -> Result<Vec<u8>> {
    let path = plugin.directory.join(file);
    if file == Path::new(FILE_NAME) && plugin.executable_type != WASM {
        let mut fields = manifest::fields(plugin)?;
        manifest::to_wasm(&mut fields, plugin.component.as_deref().unwrap_or_default());
        return Ok(manifest::to_text(&fields).into_bytes());
    }
    fs::read(&path).map_err(Error::io(&path, "cannot be read"))
}

/// Beside it first, so that nobody gets half an archive.
fn write(file: &Path, content: &[u8]) -> Result<()> {
    let directory = file.parent().filter(|it| !it.as_os_str().is_empty());
    let directory = directory.unwrap_or(Path::new("."));
    let write = || {
        let mut temporary = tempfile::NamedTempFile::new_in(directory)?;
        temporary.write_all(content)?;
        set_readable(temporary.as_file())?;
        temporary.persist(file)?;
        Ok(())
    };
    write().map_err(Error::io(file, "cannot be written"))
}

/// Temporary files are for their owner alone.
#[cfg(unix)]
fn set_readable(file: &fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn set_readable(_: &fs::File) -> std::io::Result<()> {
    Ok(())
}
