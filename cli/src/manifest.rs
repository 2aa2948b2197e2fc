//! Writing manifests. Reading is the library's.

use std::fs;
use std::path::{Path, PathBuf};

use pact_wasm::driver::manifest::{FILE_NAME, Manifest, WASM};
use pact_wasm::driver::permissions::{Access, Permission};
use pact_wasm::runtime::interface::Interface;
use serde_json::{Map, Value, json};

use crate::error::{Error, Result};

/// What a manifest of a disabled plugin is called.
pub const DISABLED_NAME: &str = "pact-plugin.json.disabled";

/// The manifest of a plugin that is known by its component alone.
pub fn made_up(
    name: &str,
    version: &str,
    interface: &Interface,
    component: &str,
) -> Map<String, Value> {
    let interface_version = match interface {
        Interface::Current { .. } => 2,
        Interface::Prototype => 1,
    };
    let manifest = json!({
        "manifestVersion": 1,
        "pluginInterfaceVersion": interface_version,
        "name": name,
        "version": version,
        "executableType": WASM,
        "entryPoint": component,
        "pluginConfig": {}
    });
    object(manifest)
}

/// Has a made-up manifest ask for what is granted: without one, granting is all that a user can say.
pub fn ask_for(manifest: &mut Map<String, Value>, grants: &[Permission]) {
    let mut asked = Map::new();
    for grant in grants {
        let (key, item) = match grant {
            Permission::Listen(rule) => ("listen", json!(rule.to_string())),
            Permission::Connect(rule) => ("connect", json!(rule.to_string())),
            Permission::Environment(name) => ("environment", json!(name)),
            Permission::Directory(directory) => {
                let access = match directory.access {
                    Access::Read => "read",
                    Access::ReadWrite => "read-write",
                };
                let item = json!({ "path": directory.name, "access": access });
                ("directories", item)
            }
        };
        let list = asked.entry(key).or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.push(item);
        }
    }
    let config = json!({ "permissions": { "optional": asked } });
    manifest.insert("pluginConfig".to_string(), config);
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The fields of a manifest that the library has read already.
pub fn fields(manifest: &Manifest) -> Result<Map<String, Value>> {
    let file = manifest.directory.join(FILE_NAME);
    let text = fs::read(&file).map_err(Error::io(&file, "cannot be read"))?;
    let fields = serde_json::from_slice(&text).map_err(std::io::Error::from);
    fields.map_err(Error::io(&file, "cannot be read"))
}

/// The component of a plugin, which is a file.
pub fn component_file(plugin: &Manifest) -> Result<PathBuf> {
    let file = plugin.component_file()?;
    match file.is_file() {
        true => Ok(file),
        false => Err(Error::Component {
            file,
            reason: format!("is no file, but {FILE_NAME} says that it is the component"),
        }),
    }
}

/// Makes it the manifest of a plugin that this library runs, whatever it was. What belongs to an executable goes.
pub fn to_wasm(fields: &mut Map<String, Value>, component: &str) {
    if fields.get("executableType") == Some(&json!(WASM)) {
        return;
    }
    fields.insert("executableType".to_string(), json!(WASM));
    fields.insert("entryPoint".to_string(), json!(component));
    fields.shift_remove("entryPoints");
    fields.shift_remove("args");
}

/// Makes it the manifest of an executable, which is the bridge with its arguments, and of a component beside it.
pub fn to_exec(fields: &mut Map<String, Value>, component: &str, bridge: &str, args: &[String]) {
    fields.insert("executableType".to_string(), json!("exec"));
    fields.insert("entryPoint".to_string(), json!(bridge));
    // What is free to choose, and long, stays last.
    let plugin_config = fields.shift_remove("pluginConfig");
    fields.insert("entryPoints".to_string(), json!({ WASM: component }));
    fields.insert("args".to_string(), json!(args));
    fields.extend(plugin_config.map(|it| ("pluginConfig".to_string(), it)));
}

/// The text of a manifest.
pub fn to_text(fields: &Map<String, Value>) -> String {
    // `{:#}` is serde_json's own way to print nicely, and cannot fail.
    format!("{:#}\n", Value::Object(fields.clone()))
}

/// Writes `<directory>/pact-plugin.json`.
pub fn write(directory: &Path, fields: &Map<String, Value>) -> Result<()> {
    let file = directory.join(FILE_NAME);
    fs::write(&file, to_text(fields)).map_err(Error::io(&file, "cannot be written"))
}
