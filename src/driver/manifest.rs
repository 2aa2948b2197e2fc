//! `pact-plugin.json`: what a plugin says about itself.

use std::fs;
use std::path::{Component, Path, PathBuf};

use semver::Version;
use serde_json::{Map, Value};

use super::permissions::{Asked, Permission};
use crate::error::{ErrorKind, Result};
use crate::model::JsonObject;

/// Name of the file.
pub const FILE_NAME: &str = "pact-plugin.json";
/// What `executableType` says for a plugin that this library runs; and the key under which `entryPoints` of another type
/// names the component that its executable runs.
pub const WASM: &str = "wasm";

/// A plugin's manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Directory that holds the manifest.
    pub directory: PathBuf,
    /// Name of the plugin.
    pub name: String,
    /// Version of the plugin.
    pub version: Version,
    /// Version of the plugin interface, 1 or 2.
    pub interface_version: u64,
    /// `wasm`, `exec` or `lua`.
    pub executable_type: String,
    /// What the manifest names as the way to start the plugin.
    pub entry_point: String,
    /// Path of the component inside [`directory`](Self::directory), as written: `entryPoint` of a plugin of type `wasm`, or
    /// `wasm` among the `entryPoints` of one that drivers start as an executable. None for other plugins.
    pub component: Option<String>,
    /// The plugin's own configuration, a JSON object.
    pub plugin_config: JsonObject,
    /// What it asks for, under `permissions` of its configuration.
    pub(super) asked: Asked,
}

impl Manifest {
    /// Reads `<directory>/pact-plugin.json`. Fields that are not known are ignored, as Pact's drivers do.
    pub fn read(directory: &Path) -> Result<Self> {
        let file = directory.join(FILE_NAME);
        let text = fs::read_to_string(&file).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::ManifestNotFound { file: file.clone() },
            _ => ErrorKind::ManifestUnreadable {
                file: file.clone(),
                reason: e.to_string(),
            },
        })?;
        Self::parse(directory, &text)
    }

    /// Parses the text of a manifest that lies in `directory`.
    pub fn parse(directory: &Path, text: &str) -> Result<Self> {
        let file = directory.join(FILE_NAME);
        let fields: Map<String, Value> =
            serde_json::from_str(text).map_err(|e| ErrorKind::ManifestUnreadable {
                file: file.clone(),
                reason: match text.starts_with('\u{feff}') {
                    true => "it begins with a byte order mark, which JSON has not; save it as UTF-8 without one".to_string(),
                    false => e.to_string(),
                },
            })?;
        let fields = Fields {
            file: &file,
            fields,
        };
        fields.integer("manifestVersion", 1..=1, 1)?;
        let name = fields.text("name")?;
        // It becomes part of paths, and of lines in logs and terminals.
        if name.contains(|it: char| matches!(it, '/' | '\\') || it.is_control()) {
            let wrong = "must not contain path separators or control characters";
            return Err(fields.invalid("name", wrong));
        }
        let version = fields.text("version")?;
        let version = Version::parse(&version).map_err(|e| {
            fields.invalid(
                "version",
                &format!("is \"{version}\", not a semantic version such as 1.2.3: {e}"),
            )
        })?;
        let executable_type = fields.text("executableType")?;
        let entry_point = fields.text("entryPoint")?;
        let component = match executable_type.as_str() {
            WASM => Some(entry_point.clone()),
            _ => fields.component()?,
        };
        Ok(Manifest {
            directory: directory.to_path_buf(),
            name,
            version,
            interface_version: fields.integer("pluginInterfaceVersion", 1..=2, 1)?,
            executable_type,
            entry_point,
            component,
            plugin_config: fields.object("pluginConfig")?,
            asked: fields.permissions(directory)?,
        })
    }

    /// Whether this library runs it.
    pub fn is_wasm(&self) -> bool {
        self.component.is_some()
    }

    /// What it asks for: first what it cannot do without, then what it can.
    pub fn asked(&self) -> (&[Permission], &[Permission]) {
        (&self.asked.required, &self.asked.optional)
    }

    /// Path of the component. It must lie inside the plugin's directory, links resolved.
    pub fn component_file(&self) -> Result<PathBuf> {
        let invalid = |field: &str, reason: String| ErrorKind::ManifestField {
            file: self.directory.join(FILE_NAME),
            field: field.to_string(),
            reason,
        };
        let Some(component) = &self.component else {
            let reason = format!(
                "is \"{}\", and no \"{WASM}\" among \"entryPoints\" names a component; this library runs plugins of type \"{WASM}\"",
                self.executable_type
            );
            return Err(invalid("executableType", reason).into());
        };
        let field = match self.executable_type.as_str() {
            WASM => "entryPoint",
            _ => "entryPoints.wasm",
        };
        let invalid = |reason| invalid(field, reason);
        let entry = Path::new(component);
        if !entry
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
        {
            return Err(invalid(format!(
                "is \"{component}\", which leads out of the plugin's directory"
            ))
            .into());
        }
        let file = self.directory.join(entry);
        let missing = |e: std::io::Error| {
            invalid(format!(
                "names {}, which cannot be read: {e}",
                file.display()
            ))
        };
        let resolved = fs::canonicalize(&file).map_err(missing)?;
        let root = fs::canonicalize(&self.directory).map_err(missing)?;
        if !resolved.starts_with(root) {
            let reason =
                format!("is \"{component}\", a link that leads out of the plugin's directory");
            return Err(invalid(reason).into());
        }
        Ok(resolved)
    }
}

/// The manifest's fields, with errors that name file and field.
struct Fields<'a> {
    file: &'a Path,
    fields: Map<String, Value>,
}

impl Fields<'_> {
    fn invalid(&self, field: &str, reason: &str) -> crate::error::Error {
        let (file, field) = (self.file.to_path_buf(), field.to_string());
        ErrorKind::ManifestField {
            file,
            field,
            reason: reason.to_string(),
        }
        .into()
    }

    fn text(&self, field: &str) -> Result<String> {
        match self.fields.get(field) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
            Some(Value::String(_)) => Err(self.invalid(field, "is empty")),
            Some(other) => Err(self.invalid(field, &format!("is {other}, it must be a text"))),
            None => Err(self.invalid(field, "is missing")),
        }
    }

    /// `wasm` among the `entryPoints`.
    fn component(&self) -> Result<Option<String>> {
        let entry_points = self.fields.get("entryPoints");
        match entry_points.and_then(|it| it.get(WASM)) {
            None => Ok(None),
            Some(Value::String(path)) if !path.is_empty() => Ok(Some(path.clone())),
            Some(other) => {
                let reason = format!("is {other}, it must be the path of a component");
                Err(self.invalid("entryPoints.wasm", &reason))
            }
        }
    }

    fn integer(
        &self,
        field: &str,
        range: std::ops::RangeInclusive<u64>,
        default: u64,
    ) -> Result<u64> {
        match self.fields.get(field) {
            None => Ok(default),
            Some(value) => value
                .as_u64()
                .filter(|number| range.contains(number))
                .ok_or_else(|| {
                    let (from, to) = range.into_inner();
                    self.invalid(
                        field,
                        &format!("is {value}, it must be a whole number from {from} to {to}"),
                    )
                }),
        }
    }

    fn permissions(&self, directory: &Path) -> Result<Asked> {
        let permissions = self
            .fields
            .get("pluginConfig")
            .and_then(|it| it.get("permissions"));
        let Some(permissions) = permissions else {
            return Ok(Asked::default());
        };
        Asked::parse(permissions, directory).map_err(|(place, reason)| {
            self.invalid(&format!("pluginConfig.permissions{place}"), &reason)
        })
    }

    fn object(&self, field: &str) -> Result<JsonObject> {
        match self.fields.get(field) {
            None => Ok(JsonObject::from(&Map::new())),
            Some(Value::Object(map)) => Ok(JsonObject::from(map)),
            Some(other) => Err(self.invalid(field, &format!("is {other}, it must be an object"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    fn parse(text: &str) -> Result<Manifest> {
        Manifest::parse(Path::new("plugins/p-1"), text)
    }

    fn message(text: &str) -> String {
        let error = parse(text).unwrap_err();
        assert_eq!(error.code(), Code::ManifestInvalid);
        error.to_string()
    }

    #[test]
    fn a_complete_manifest() {
        let manifest = parse(
            r#"{"manifestVersion":1,"pluginInterfaceVersion":2,"name":"p","version":"1.2.3","executableType":"wasm",
                "entryPoint":"p.wasm","pluginConfig":{"a":1},"surprise":[]}"#,
        )
        .unwrap();
        assert_eq!(
            (
                manifest.name.as_str(),
                manifest.version.to_string().as_str()
            ),
            ("p", "1.2.3")
        );
        assert_eq!(manifest.interface_version, 2);
        assert_eq!(manifest.plugin_config.as_str(), r#"{"a":1}"#);
        assert!(manifest.is_wasm());
    }

    #[test]
    fn errors_name_file_and_field() {
        assert_eq!(
            message("{}"),
            "plugins/p-1/pact-plugin.json: field \"name\" is missing"
        );
        assert_eq!(
            message(r#"{"name":7}"#),
            "plugins/p-1/pact-plugin.json: field \"name\" is 7, it must be a text"
        );
        assert!(
            message(r#"{"name":"p","version":"one"}"#).contains("\"one\", not a semantic version")
        );
        assert!(
            message(r#"{"name":"p","version":"1.0.0"}"#).contains("\"executableType\" is missing")
        );
        assert!(
            message(r#"{"manifestVersion":2}"#).contains("it must be a whole number from 1 to 1")
        );
        for name in [r"../x", r"a\\b", r"a\nb", r"\u001b[8m"] {
            let error = message(&format!(r#"{{"name":"{name}"}}"#));
            assert!(
                error.contains("\"name\" must not contain path separators"),
                "{error}"
            );
        }
        assert!(message("[]").contains("not a plugin manifest"));
        assert!(message("{").contains("line 1 column 1"));
        assert!(message("\u{feff}{}").contains("begins with a byte order mark"));
        let config = r#"{"name":"p","version":"1.0.0","executableType":"wasm","entryPoint":"p","pluginConfig":3}"#;
        assert!(message(config).contains("\"pluginConfig\" is 3, it must be an object"));
    }

    #[test]
    fn a_plugin_that_drivers_start_as_an_executable_may_have_a_component_too() {
        let manifest = |more: &str| {
            parse(&format!(
                r#"{{"name":"p","version":"1.0.0","executableType":"exec","entryPoint":"/bin/x"{more}}}"#
            ))
        };
        let both = manifest(r#","entryPoints":{"windows":"x.bat","wasm":"p.wasm"}"#).unwrap();
        assert!(both.is_wasm());
        assert_eq!(both.component.as_deref(), Some("p.wasm"));
        assert_eq!(both.entry_point, "/bin/x");

        let native = manifest("").unwrap();
        assert!(!native.is_wasm());
        let message = native.component_file().unwrap_err().to_string();
        assert!(
            message.contains(
                "field \"executableType\" is \"exec\", and no \"wasm\" among \"entryPoints\""
            ),
            "{message}"
        );
        let wrong = manifest(r#","entryPoints":{"wasm":7}"#).unwrap_err();
        assert!(
            wrong.to_string().contains("\"entryPoints.wasm\" is 7"),
            "{wrong}"
        );
        let outside = manifest(r#","entryPoints":{"wasm":"../p.wasm"}"#).unwrap();
        let message = outside.component_file().unwrap_err().to_string();
        assert!(
            message.contains("\"entryPoints.wasm\" is \"../p.wasm\", which leads out"),
            "{message}"
        );
    }

    #[test]
    fn the_component_stays_inside_the_directory() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("p");
        fs::create_dir(&directory).unwrap();
        fs::write(root.path().join("outside.wasm"), "").unwrap();
        fs::write(directory.join("inside.wasm"), "").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(
            root.path().join("outside.wasm"),
            directory.join("link.wasm"),
        )
        .unwrap();
        let reason = |entry: &str| {
            let text = format!(
                r#"{{"name":"p","version":"1.0.0","executableType":"wasm","entryPoint":"{entry}"}}"#
            );
            Manifest::parse(&directory, &text)
                .unwrap()
                .component_file()
                .map_err(|e| e.to_string())
        };
        assert!(reason("inside.wasm").is_ok());
        assert!(reason("../outside.wasm").unwrap_err().contains("leads out"));
        assert!(reason("/etc/passwd").unwrap_err().contains("leads out"));
        assert!(
            reason("absent.wasm")
                .unwrap_err()
                .contains("cannot be read")
        );
        #[cfg(unix)]
        assert!(
            reason("link.wasm")
                .unwrap_err()
                .contains("a link that leads out")
        );
    }
}
