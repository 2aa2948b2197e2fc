//! `enable` and `disable`: whether Pact sees an installed plugin.

use std::fs;
use std::path::Path;

use pact_wasm::driver::manifest::FILE_NAME;
use serde::Serialize;

use crate::arguments::Installed;
use crate::error::{Error, Result};
use crate::layout::{Entry, PluginDirectory};
use crate::manifest::DISABLED_NAME;
use crate::output::{Output, Report, ShownPath, Style};

#[derive(Serialize)]
struct Switched {
    directory: ShownPath,
    enabled: bool,
    /// Whether it was so already.
    unchanged: bool,
}

impl Report for Switched {
    fn text(&self, style: Style) -> String {
        let state = if self.enabled { "enabled" } else { "disabled" };
        let directory = style.bold(self.directory.display());
        match self.unchanged {
            true => format!("{directory} is {state} already"),
            false => format!("{state} {directory}"),
        }
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
    let find = |fits: &dyn Fn(&Entry) -> bool| {
        plugins.find(&arguments.name, arguments.version.as_deref(), fits)
    };
    // Of several, those are meant that can be switched.
    let (entry, unchanged) = match find(&|it| it.is_enabled != enabled) {
        Err(Error::NotInstalled { .. }) => (find(&|_| true)?, true),
        found => (found?, false),
    };
    if !unchanged {
        rename_manifest(&entry.directory, enabled)?;
    }
    output.report(&Switched {
        directory: entry.directory.into(),
        enabled,
        unchanged,
    });
    Ok(())
}

fn rename_manifest(directory: &Path, enabled: bool) -> Result<()> {
    let (from, to) = match enabled {
        true => (DISABLED_NAME, FILE_NAME),
        false => (FILE_NAME, DISABLED_NAME),
    };
    let from = directory.join(from);
    fs::rename(&from, directory.join(to)).map_err(Error::io(&from, "cannot be renamed"))
}
