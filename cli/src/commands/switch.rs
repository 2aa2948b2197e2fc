//! `enable` and `disable`: whether Pact sees an installed plugin.

use std::fs;
use std::path::PathBuf;

use pact_wasm::driver::manifest::FILE_NAME;
use serde::Serialize;

use crate::arguments::Installed;
use crate::error::{Error, Result};
use crate::layout::PluginDirectory;
use crate::manifest::DISABLED_NAME;
use crate::output::{Output, Report, Style};

#[derive(Serialize)]
struct Switched {
    directory: PathBuf,
    enabled: bool,
}

impl Report for Switched {
    fn text(&self, style: Style) -> String {
        let state = if self.enabled { "enabled" } else { "disabled" };
        format!("{state} {}", style.bold(self.directory.display()))
    }
}

pub fn enable(arguments: &Installed, output: &Output) -> Result<()> {
    switch(arguments, true, output)
}

pub fn disable(arguments: &Installed, output: &Output) -> Result<()> {
    switch(arguments, false, output)
}

fn switch(arguments: &Installed, enabled: bool, output: &Output) -> Result<()> {
    let plugins = PluginDirectory::new(arguments.directory.plugin_dir.as_deref())?;
    let version = arguments.version.as_deref();
    // Only what can be switched is meant; where there is nothing, the error lists what there is and how it stands.
    let directory = plugins
        .find(&arguments.name, version, |it| it.is_enabled != enabled)?
        .directory;
    let (from, to) = match enabled {
        true => (DISABLED_NAME, FILE_NAME),
        false => (FILE_NAME, DISABLED_NAME),
    };
    let from = directory.join(from);
    fs::rename(&from, directory.join(to)).map_err(Error::io(&from, "cannot be renamed"))?;
    output.report(&Switched { directory, enabled });
    Ok(())
}
