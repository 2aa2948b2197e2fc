//! `package`: the archive that is released, and its checksum.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use pact_wasm::driver::manifest::{FILE_NAME, Manifest, WASM};
use serde::Serialize;

use crate::arguments::Package;
use crate::component::Component;
use crate::error::{Error, Result};
use crate::output::{Output, Report, Style, size};
use crate::{archive, files, manifest, names};

#[derive(Serialize)]
struct Packed {
    archive: PathBuf,
    checksum: PathBuf,
    sha256: String,
    size: u64,
    files: Vec<PathBuf>,
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
    let files = files::of_plugin(&manifest)?;
    let mut contents = Vec::new();
    for file in &files {
        contents.push((file.clone(), content(&manifest, file)?));
    }
    let packed = archive::pack(&contents).map_err(std::io::Error::from);
    let archive = arguments.output.join(&name);
    let packed = packed.map_err(Error::io(&archive, "cannot be made"))?;
    let sha256 = archive::digest(&packed);
    let checksum = archive::checksum_file(&archive);
    fs::create_dir_all(&arguments.output)
        .map_err(Error::io(&arguments.output, "cannot be created"))?;
    write(&archive, &packed)?;
    write(&checksum, format!("{sha256}  {name}\n").as_bytes())?;
    output.report(&Packed {
        archive,
        checksum,
        sha256,
        size: packed.len() as u64,
        files,
    });
    Ok(())
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
