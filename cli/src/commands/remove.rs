//! `remove`: taking a plugin out of the plugin directory.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::arguments::Installed;
use crate::error::{Error, Result};
use crate::layout::PluginDirectory;
use crate::output::{Output, Report, ShownPath, Style};

#[derive(Serialize)]
struct Removed {
    removed: ShownPath,
}

impl Report for Removed {
    fn text(&self, style: Style) -> String {
        format!("removed {}", style.bold(self.removed.display()))
    }
}

pub fn run(arguments: &Installed, output: &Output) -> Result<()> {
    let plugins = PluginDirectory::new(arguments.directory.plugin_dir.as_deref())?;
    let entry = plugins.find(&arguments.name, arguments.version.as_deref(), |_| true)?;
    let directory = entry.directory;
    let failed = || Error::io(&directory, "cannot be removed");
    if directory.is_symlink() {
        // Somebody works on a plugin elsewhere, and has linked it here.
        fs::remove_file(&directory).map_err(failed())?;
    } else {
        // Renamed first, so that nobody finds half of it.
        let staging = plugins.staging()?;
        fs::rename(&directory, staging.path().join("removed")).map_err(failed())?;
        let rest = staging.path().to_path_buf();
        staging.close().map_err(|e| left(&directory, &rest, &e))?;
    }
    output.report(&Removed {
        removed: directory.into(),
    });
    Ok(())
}

/// Pact does not see it any more, but its files take up space.
fn left(directory: &Path, rest: &Path, reason: &std::io::Error) -> Error {
    Error::Directory {
        directory: directory.to_path_buf(),
        reason: format!(
            "is not installed any more, but some of its files cannot be deleted: {reason}; delete {} yourself",
            rest.display()
        ),
    }
}
