//! `install`: putting a plugin where Pact finds it.
//!
//! It is made ready in a directory of its own beside the others, started once, and renamed to its place at the end. Whatever fails
//! before that leaves everything as it was.

mod bridge;
mod permissions;
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::config::Limits;
use pact_wasm::driver::manifest::Manifest;
use serde::Serialize;
use serde_json::json;

use crate::arguments::Install;
use crate::error::{Error, Result};
use crate::layout::PluginDirectory;
use crate::manifest::DISABLED_NAME;
use crate::output::{Output, Report, Style};
use crate::{files, hosting, layout, manifest, names};
use permissions::Permissions;

#[derive(Serialize)]
struct Installed {
    name: String,
    version: String,
    directory: PathBuf,
    #[serde(rename = "type")]
    kind: String,
    /// Whether it was there already, to the last byte.
    unchanged: bool,
    permissions: Permissions,
}

impl Report for Installed {
    fn text(&self, style: Style) -> String {
        let plugin = style.bold(format!("{} {}", self.name, self.version));
        let done = match self.unchanged {
            true => "is installed already in",
            false => "installed in",
        };
        let first = format!(
            "{plugin} {done} {} ({})",
            self.directory.display(),
            self.kind
        );
        let mut lines = vec![first];
        lines.extend(self.permissions.lines(style));
        lines.join("\n")
    }
}

pub fn run(arguments: &Install, output: &Output) -> Result<()> {
    source::check(arguments)?;
    let grants = permissions::parse(&arguments.grant)?;
    let bridge = match arguments.exec {
        true => Some(bridge::find(arguments.bridge.as_deref())?),
        false => None,
    };
    let plugins = PluginDirectory::new(arguments.directory.plugin_dir.as_deref())?;
    let staging = plugins.staging()?;
    let staged = staging.path().join("new");
    fs::create_dir(&staged).map_err(Error::io(&staged, "cannot be created"))?;
    source::unpack(arguments, &staged)?;

    let plugin = adapt(arguments, &staged, bridge.as_deref())?;
    let place = plugins.place(&plugin)?;
    let progress = output.progress(format!("starting {} {}", plugin.name, plugin.version));
    let grants_there = permissions::moved(&grants, &place, &staged);
    start(&staged, &grants_there)?;
    drop(progress);

    let unchanged = settle(arguments, &plugin, &staged, &place, staging.path())?;
    let installed = Manifest::read(&place)?;
    output.report(&Installed {
        permissions: Permissions::of(&installed, &grants, arguments.exec),
        kind: layout::kind(&installed),
        name: installed.name,
        version: installed.version.to_string(),
        directory: place,
        unchanged,
    });
    Ok(())
}

/// Makes the manifest what the user asked for.
fn adapt(arguments: &Install, staged: &Path, bridge: Option<&str>) -> Result<Manifest> {
    let plugin = Manifest::read(staged)?;
    manifest::component_file(&plugin)?;
    let place = format!("{}-{}", plugin.name, plugin.version);
    names::check_file_name(&place).map_err(|reason| {
        Error::Usage(format!(
            "the plugin's directory would be \"{place}\", which {reason}; rename the plugin"
        ))
    })?;
    let component = plugin.component.clone().unwrap_or_default();
    let mut fields = manifest::fields(&plugin)?;
    match bridge {
        Some(bridge) => manifest::to_exec(&mut fields, &component, bridge, &arguments.grant),
        None => manifest::to_wasm(&mut fields, &component),
    }
    if let Some(interface) = arguments.interface {
        fields.insert("pluginInterfaceVersion".to_string(), json!(interface));
    }
    manifest::write(staged, &fields)?;
    Ok(Manifest::read(staged)?)
}

/// Loads and initialises it, which also compiles it into the cache.
fn start(directory: &Path, grants: &[pact_wasm::driver::permissions::Permission]) -> Result<()> {
    let host = hosting::host(hosting::config(grants, Limits::default()))?;
    let plugin = host.load_directory(directory)?;
    plugin.init(&CallOptions::default())?;
    Ok(())
}

/// Moves it to its place. Gives whether the same was there before.
fn settle(
    arguments: &Install,
    plugin: &Manifest,
    staged: &Path,
    place: &Path,
    staging: &Path,
) -> Result<bool> {
    let occupied = |reason: String| Error::Occupied {
        directory: place.to_path_buf(),
        reason,
    };
    if files::put(staged, place)? {
        return Ok(false);
    }
    if files::are_equal(staged, place)? {
        return Ok(true);
    }
    if !arguments.force {
        let is_disabled = place.join(DISABLED_NAME).exists();
        let what = if is_disabled {
            "is disabled"
        } else {
            "has other content"
        };
        return Err(occupied(format!(
            "{} {} is installed already and {what}; replace it with --force",
            plugin.name, plugin.version
        )));
    }
    files::replace(staged, place, &staging.join("old"))?;
    Ok(false)
}
