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
use pact_wasm::driver::manifest::Manifest;
use pact_wasm::driver::permissions::Permission;
use serde::Serialize;
use serde_json::json;

use crate::arguments::Install;
use crate::error::{Error, Result};
use crate::layout::PluginDirectory;
use crate::manifest::DISABLED_NAME;
use crate::output::{Output, Report, ShownPath, Style};
use crate::{files, hosting, layout, manifest, names};
use permissions::Permissions;

#[derive(Serialize)]
struct Installed {
    name: String,
    version: String,
    directory: ShownPath,
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
            layout::kind_in_words(&self.kind)
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
    let in_source = |error: Error| error.moved(&staged, &arguments.source);
    source::unpack(arguments, &staged).map_err(in_source)?;
    let plugin = adapt(arguments, &staged, bridge.as_deref()).map_err(in_source)?;

    let place = plugins.place(&plugin)?;
    let progress = output.progress(format!("starting {} {}", plugin.name, plugin.version));
    start(arguments, &grants, &staged, &place).map_err(in_source)?;
    if let Some(bridge) = &bridge {
        let args = bridge_args(arguments);
        bridge::try_out(bridge, &args, &staged, arguments.bounds.timeout)?;
    }
    drop(progress);

    let unchanged = settle(arguments, &plugin, &staged, &place, staging.path())?;
    let installed = Manifest::read(&place)?;
    output.report(&Installed {
        permissions: Permissions::of(&installed, &grants, arguments.exec),
        kind: layout::kind(&installed),
        name: installed.name,
        version: installed.version.to_string(),
        directory: place.into(),
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
    let as_it_was = manifest::fields(&plugin)?;
    let mut fields = as_it_was.clone();
    match bridge {
        Some(bridge) => {
            manifest::to_exec(&mut fields, &component, bridge, &bridge_args(arguments));
        }
        None => manifest::to_wasm(&mut fields, &component),
    }
    if let Some(interface) = arguments.interface {
        fields.insert("pluginInterfaceVersion".to_string(), json!(interface));
    }
    if fields == as_it_was {
        return Ok(plugin);
    }
    manifest::write(staged, &fields)?;
    Ok(Manifest::read(staged)?)
}

/// What the bridge is started with.
fn bridge_args(arguments: &Install) -> Vec<String> {
    let grants = arguments.grant.iter();
    let grants = grants.flat_map(|grant| ["--grant".to_string(), grant.clone()]);
    grants.chain(arguments.bounds.for_bridge()).collect()
}

/// Loads and initialises it, which also compiles it into the cache. Directories in its later place are granted where it is now.
fn start(arguments: &Install, grants: &[Permission], staged: &Path, place: &Path) -> Result<()> {
    let grants = permissions::moved(grants, &resolved(place), &resolved(staged));
    let host = hosting::host(hosting::config(&grants, arguments.bounds.limits()))?;
    let in_place =
        |text: &str| text.replace(&staged.display().to_string(), &place.display().to_string());
    let plugin = host.load_directory(staged);
    let plugin = plugin.map_err(|error| Error::of_loading(error, in_place))?;
    plugin.init(&CallOptions::default())?;
    Ok(())
}

/// The path with the links of its directory resolved. It need not exist itself.
fn resolved(path: &Path) -> PathBuf {
    let directory = path.parent().and_then(|it| it.canonicalize().ok());
    match (directory, path.file_name()) {
        (Some(directory), Some(name)) => directory.join(name),
        _ => path.to_path_buf(),
    }
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
