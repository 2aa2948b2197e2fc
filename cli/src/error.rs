//! What can go wrong, and with which exit code the command ends.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pact_wasm::error::Code;
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

    /// 2 where the arguments are wrong, 1 for anything else.
    pub fn exit_code(&self) -> ExitCode {
        let wrong_arguments = match self {
            Error::Usage(_) | Error::NotInstalled { .. } | Error::Ambiguous { .. } => true,
            Error::Plugin(error) => matches!(
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
        if let Error::Plugin(error) = self {
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
            Error::Plugin(error) => code_name(error.code()),
        }
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
