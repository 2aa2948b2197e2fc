//! What can go wrong, and with which exit code the command ends.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pact_wasm::error::{Code, ErrorKind};
use pact_wasm::ffi::codes;
use serde_json::{Value, json};

/// The result of everything that can fail here.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a command failed. The text says what is wrong and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Usage(String),
    #[error("no plugin \"{wanted}\" in {}; {}", directory.display(), if found.is_empty() { "there is none at all".to_string() } else { format!("there are {}", found.join(", ")) })]
    NotInstalled {
        wanted: String,
        directory: PathBuf,
        found: Vec<String>,
    },
    #[error("\"{name}\" is installed more than once: {}; name the version or the directory that you mean", found.join(", "))]
    Ambiguous { name: String, found: Vec<String> },
    #[error("{}: {action}: {source}", path.display())]
    Io {
        path: PathBuf,
        action: &'static str,
        source: io::Error,
    },
    #[error("{}: {reason}", file.display())]
    Component { file: PathBuf, reason: String },
    #[error("{}: {reason}", file.display())]
    Archive { file: PathBuf, reason: String },
    #[error("{}: {reason}", file.display())]
    Checksum { file: PathBuf, reason: String },
    #[error("{}: {reason}", directory.display())]
    Occupied { directory: PathBuf, reason: String },
    #[error("{}: {reason}", directory.display())]
    Directory { directory: PathBuf, reason: String },
    #[error("{}: compiled, but not kept: {reason}", component.display())]
    Cache { component: PathBuf, reason: String },
    #[error("{0}")]
    Bridge(String),
    #[error(transparent)]
    Plugin(#[from] pact_wasm::error::Error),
    /// An error of the library in words of this program.
    #[error("{message}")]
    Restated {
        error: pact_wasm::error::Error,
        message: String,
    },
}

impl Error {
    /// For `map_err` on what the operating system does with a path.
    pub fn io(path: &Path, action: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Error::Io {
            path,
            action,
            source,
        }
    }

    /// Of loading a plugin. What has to be granted is said as this program takes it, with paths that `there` gives.
    pub fn of_loading(error: pact_wasm::error::Error, there: impl Fn(&str) -> String) -> Self {
        let message = match error.kind() {
            ErrorKind::PermissionsRefused { refused } => {
                let refused: Vec<String> = refused.iter().map(|it| there(it)).collect();
                let arguments: Vec<String> = refused.iter().map(|it| grant_argument(it)).collect();
                let (name, version) = error.plugin().unwrap_or_default();
                format!(
                    "plugin {name} {version}, load: it asks for what is not granted: {}; if it may have that, add {}",
                    refused.join(", "),
                    arguments.join(" ")
                )
            }
            _ => return error.into(),
        };
        Error::Restated { error, message }
    }

    /// Of a plugin that lay in `from` for a while, for a user who knows it as `to`. What the operating system did was done there.
    #[must_use]
    pub fn moved(self, from: &Path, to: &Path) -> Self {
        let resolved = from.canonicalize().unwrap_or_else(|_| from.to_path_buf());
        let moved = |text: &str| {
            let to = to.display().to_string();
            text.replace(&resolved.display().to_string(), &to)
                .replace(&from.display().to_string(), &to)
        };
        match self {
            Error::Plugin(error) => {
                let text = error.to_string();
                match moved(&text) {
                    message if message == text => Error::Plugin(error),
                    message => Error::Restated { error, message },
                }
            }
            Error::Component { file, reason } => Error::Component {
                file: moved(&file.to_string_lossy()).into(),
                reason,
            },
            other => other,
        }
    }

    /// 2 where the arguments are wrong, 1 for anything else.
    pub fn exit_code(&self) -> ExitCode {
        let wrong_arguments = match self {
            Error::Usage(_) | Error::NotInstalled { .. } | Error::Ambiguous { .. } => true,
            Error::Plugin(error) | Error::Restated { error, .. } => matches!(
                error.code(),
                Code::InvalidArgument | Code::NotFound | Code::Ambiguous
            ),
            _ => false,
        };
        ExitCode::from(if wrong_arguments { 2 } else { 1 })
    }

    /// As `--json` shows it. Errors of the library have its number, those of this program have none.
    pub fn to_json(&self) -> Value {
        let mut fields = json!({ "code": { "name": self.code_name(), "number": null }, "message": self.to_string() });
        if let Error::Plugin(error) | Error::Restated { error, .. } = self {
            fields["code"]["number"] = codes::number(error.code()).into();
            let plugin = error.plugin();
            fields["plugin"] =
                plugin.map_or(Value::Null, |it| json!({ "name": it.0, "version": it.1 }));
            fields["operation"] = error.operation().into();
            fields["backtrace"] = error.backtrace().into();
        }
        json!({ "error": fields })
    }

    fn code_name(&self) -> String {
        match self {
            Error::Usage(_) => "usage".to_string(),
            Error::NotInstalled { .. } => "not-installed".to_string(),
            Error::Ambiguous { .. } => "ambiguous".to_string(),
            Error::Io { .. } => "io".to_string(),
            Error::Component { .. } => "component-invalid".to_string(),
            Error::Archive { .. } => "archive-invalid".to_string(),
            Error::Checksum { .. } => "checksum".to_string(),
            Error::Occupied { .. } => "occupied".to_string(),
            Error::Directory { .. } => "directory-invalid".to_string(),
            Error::Cache { .. } => "cache".to_string(),
            Error::Bridge(_) => "bridge".to_string(),
            Error::Plugin(error) | Error::Restated { error, .. } => code_name(error.code()),
        }
    }
}

/// What the library calls a permission, as `--grant` takes it.
fn grant_argument(permission: &str) -> String {
    const KINDS: [(&str, &str); 5] = [
        ("listen on ", "listen"),
        ("connect to ", "connect"),
        ("read and write ", "read-write"),
        ("read ", "read"),
        ("environment variable ", "environment"),
    ];
    let known = KINDS
        .iter()
        .find_map(|(words, kind)| Some((*kind, permission.strip_prefix(words)?)));
    let (kind, value) = known.unwrap_or(("", permission));
    let path = kind.starts_with("read").then(|| std::path::absolute(value));
    let value = match path {
        Some(Ok(path)) => path.display().to_string(),
        _ => value.to_string(),
    };
    format!("--grant {}", quoted(&format!("{kind}={value}")))
}

/// For a shell.
fn quoted(argument: &str) -> String {
    let is_plain = |it: char| it.is_alphanumeric() || "=/.:_-,@+%".contains(it);
    match argument.chars().all(is_plain) {
        true => argument.to_string(),
        false => format!("'{}'", argument.replace('\'', r"'\''")),
    }
}

/// `memory-limit` for `MemoryLimit`.
pub fn code_name(code: Code) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_can_be_granted() {
        for permission in [
            "listen=0.0.0.0:8000-8999",
            "connect=*:443",
            "read=/srv/schemas",
            "read-write=/srv/with space",
            "environment=TOKEN",
        ] {
            let parsed: pact_wasm::driver::permissions::Permission = permission.parse().unwrap();
            let expected = match permission.contains(['*', ' ']) {
                true => format!("--grant '{permission}'"),
                false => format!("--grant {permission}"),
            };
            assert_eq!(grant_argument(&parsed.to_string()), expected);
        }
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
