//! The errors of the library: one type, one list of codes, one place where a kind becomes a code.

use std::any::Any;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// What kind of error it is, as a stable number. The C API publishes these numbers; they are never reused.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// An argument is NULL, out of range, not UTF-8, not JSON, or a handle of another type.
    InvalidArgument = 100,
    /// A plugin, directory, file or item that does not exist.
    NotFound = 101,
    /// A name that fits more than one thing.
    Ambiguous = 102,
    /// The only instance that could serve is busy with the call that is asking.
    Busy = 103,
    /// The handle was made before the process forked.
    Forked = 104,
    /// The plugin does not fill this role, or this build lacks the feature.
    Unsupported = 105,
    /// The operation needs another one first.
    WrongState = 106,
    /// The plugin and this library do not fit together.
    Incompatible = 200,
    /// A `pact-plugin.json` that cannot be used.
    ManifestInvalid = 201,
    /// A file that is not a usable component.
    ComponentInvalid = 202,
    /// The component could not be compiled.
    CompileFailed = 203,
    /// The sandbox does not allow it.
    Permission = 204,
    /// The operating system refused a file operation.
    Io = 205,
    /// The plugin answered with an error.
    Plugin = 300,
    /// The plugin crashed.
    Trap = 301,
    /// The call took longer than its deadline.
    Deadline = 302,
    /// The call was cancelled.
    Cancelled = 303,
    /// The plugin wanted more memory than it may have.
    MemoryLimit = 304,
    /// The plugin handed the host more data than it may.
    HostCallLimit = 305,
    /// The plugin used up its stack.
    StackLimit = 306,
    /// The plugin wanted more tables or instances than it may have.
    ResourceLimit = 307,
    /// Plugins call each other in a circle, or too deep.
    Cycle = 308,
    /// The plugin answered with something that its interface does not allow.
    InvalidResponse = 309,
    /// A fault of this library.
    Internal = 900,
}

/// Why something failed. The text says what is wrong and what to do; [`Error`] puts the plugin and the operation in
/// front of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages are the documentation
pub enum ErrorKind {
    #[error("argument \"{argument}\" {reason}")]
    InvalidArgument { argument: String, reason: String },
    #[error(
        "no plugin \"{name}\"{} in {}; {}",
        version.as_ref().map(|v| format!(" compatible with version {v}")).unwrap_or_default(),
        directory.display(),
        if found.is_empty() { "the directory holds no usable plugin".to_string() } else { format!("it holds {}", found.join(", ")) },
    )]
    PluginNotFound {
        name: String,
        version: Option<String>,
        directory: PathBuf,
        found: Vec<String>,
    },
    #[error("plugin directory {} does not exist; create it, or name another one with the configuration or PACT_PLUGIN_DIR", directory.display())]
    PluginDirectoryNotFound { directory: PathBuf },
    #[error(
        "there is no home directory to look for .pact/plugins in; set PACT_PLUGIN_DIR or configure a plugin directory"
    )]
    NoPluginDirectory,
    #[error("no catalogue entry of type {entry_type} is called \"{key}\"; there {}", match known.len() { 0 => "is none of this type".to_string(), 1 => format!("is {}", known[0]), _ => format!("are {}", known.join(", ")) })]
    EntryNotFound {
        key: String,
        entry_type: &'static str,
        known: Vec<String>,
    },
    #[error("\"{key}\" is more than one catalogue entry: {}; use more of the key", candidates.join(", "))]
    EntryAmbiguous {
        key: String,
        candidates: Vec<String>,
    },
    #[error("{key}: {message}")]
    Entry { key: String, message: String },
    #[error("plugins call each other in a circle: {chain}")]
    Cycle { chain: String },
    #[error("plugins call each other more than {limit} deep: {chain}")]
    TooDeep { limit: usize, chain: String },
    #[error("unknown operation \"{operation}\"; there are {known}")]
    UnknownOperation { operation: String, known: String },
    #[error(
        "all {instances} instance(s) are busy with the call that this one comes from; allow more instances, or do not call a plugin from its own callback"
    )]
    Busy { instances: usize },
    #[error(
        "this handle was made before the process forked and cannot be used in the child; make a new host after the fork"
    )]
    Forked,
    #[error("it does not export {interface}, so it cannot do this; it fills {}", if roles.is_empty() { "no role".to_string() } else { roles.join(", ") })]
    RoleMissing {
        interface: &'static str,
        roles: Vec<&'static str>,
    },
    #[error(
        "its component is of the prototype's interface (plugin:jwt), which has no {interface}; it cannot do this unless it is built against pact:plugin"
    )]
    PrototypeRole { interface: &'static str },
    #[error("it does not take {interaction} interactions: it lacks the capability {capability} and declares {}", declared.join(", "))]
    InteractionNotTaken {
        interaction: &'static str,
        capability: &'static str,
        declared: Vec<String>,
    },
    #[error("not initialised; initialise the plugin after loading it and before any other call")]
    NotInitialised,
    #[error(
        "init returned the catalogue entry {entry}, but the component does not export {interface}; export it or drop the entry"
    )]
    EntryWithoutRole {
        entry: String,
        interface: &'static str,
    },
    #[error("init failed: {message}")]
    InitFailed { message: String },
    #[error("this host lacks capabilities that the plugin needs: {}; {message}", missing.join(", "))]
    MissingCapabilities {
        message: String,
        missing: Vec<String>,
    },
    #[error("{}: {reason}", file.display())]
    Incompatible { file: PathBuf, reason: String },
    #[error("{}: field \"{field}\" {reason}", file.display())]
    ManifestField {
        file: PathBuf,
        field: String,
        reason: String,
    },
    #[error("{} does not exist; name the directory of a plugin", file.display())]
    ManifestNotFound { file: PathBuf },
    #[error("{}: not a plugin manifest: {reason}", file.display())]
    ManifestUnreadable { file: PathBuf, reason: String },
    #[error("{}: not a WebAssembly component: {reason}", file.display())]
    ComponentInvalid { file: PathBuf, reason: String },
    #[error("{}: the component imports something that this host does not offer: {reason}", file.display())]
    ImportMissing { file: PathBuf, reason: String },
    #[error("{}: cannot be compiled: {reason}", file.display())]
    CompileFailed { file: PathBuf, reason: String },
    #[error("{}: {reason}", file.display())]
    Io { file: PathBuf, reason: String },
    #[error("the plugin answered: {0}")]
    Plugin(String),
    #[error(
        "it asks for what this host does not grant: {}; grant it in the host's configuration if the plugin may have it",
        refused.join(", ")
    )]
    PermissionsRefused { refused: Vec<String> },
    #[error(
        "the plugin answered: {message}; the sandbox had refused it {}; what a plugin may do is what its manifest asks for and the host's configuration grants",
        refused.join(", ")
    )]
    Refused {
        message: String,
        refused: Vec<String>,
    },
    #[error("the directory {} that was granted leads to another place now; load the plugin again", directory.display())]
    DirectoryMoved { directory: PathBuf },
    #[error(
        "no mock server \"{key}\" is running: it was shut down, its host was freed, or it never was one of this plugin's"
    )]
    ServerNotFound { key: String },
    #[error("the mock server was ended meanwhile, by another thread")]
    ServerEnded,
    #[error(
        "the plugin crashed: {reason}; its log may tell more, and other calls go on with a fresh instance"
    )]
    Trap { reason: String },
    #[error(
        "the plugin crashed: it ended itself with exit status {status}; its log may tell more, and other calls go on with a fresh instance"
    )]
    Exit { status: i32 },
    #[error("no answer within the deadline of {}; give the call more time, or look in the plugin's log for what it was doing", seconds(*timeout))]
    Deadline { timeout: Duration },
    #[error("cancelled by the caller")]
    Cancelled,
    #[error(
        "the plugin wanted {wanted} bytes of memory, the limit is {limit}; raise the memory limit if it really needs that much"
    )]
    MemoryLimit { wanted: usize, limit: usize },
    #[error(
        "the plugin handed over more than {limit} bytes in one call; raise the host call limit if it really needs that much"
    )]
    HostCallLimit { limit: usize },
    #[error("the plugin used up its stack of {limit} bytes, which usually means endless recursion")]
    StackLimit { limit: usize },
    #[error("the plugin wanted a table of {wanted} elements, the limit is {limit}")]
    TableLimit { wanted: usize, limit: usize },
    #[error("the answer's {field} is not valid: {reason}; this is a fault of the plugin")]
    InvalidResponse { field: String, reason: String },
    #[error("internal error, please report it: {0}")]
    Internal(String),
}

impl ErrorKind {
    /// The code of this kind.
    pub fn code(&self) -> Code {
        match self {
            Self::InvalidArgument { .. } | Self::UnknownOperation { .. } => Code::InvalidArgument,
            Self::PluginNotFound { .. }
            | Self::PluginDirectoryNotFound { .. }
            | Self::ManifestNotFound { .. }
            | Self::NoPluginDirectory => Code::NotFound,
            Self::EntryNotFound { .. } | Self::ServerNotFound { .. } | Self::ServerEnded => {
                Code::NotFound
            }
            Self::EntryAmbiguous { .. } => Code::Ambiguous,
            Self::Cycle { .. } | Self::TooDeep { .. } => Code::Cycle,
            Self::Busy { .. } => Code::Busy,
            Self::Forked => Code::Forked,
            Self::RoleMissing { .. }
            | Self::PrototypeRole { .. }
            | Self::InteractionNotTaken { .. } => Code::Unsupported,
            Self::NotInitialised => Code::WrongState,
            Self::EntryWithoutRole { .. }
            | Self::MissingCapabilities { .. }
            | Self::Incompatible { .. }
            | Self::ImportMissing { .. } => Code::Incompatible,
            Self::ManifestField { .. } | Self::ManifestUnreadable { .. } => Code::ManifestInvalid,
            Self::PermissionsRefused { .. }
            | Self::Refused { .. }
            | Self::DirectoryMoved { .. } => Code::Permission,
            Self::ComponentInvalid { .. } => Code::ComponentInvalid,
            Self::CompileFailed { .. } => Code::CompileFailed,
            Self::Io { .. } => Code::Io,
            Self::Plugin(_) | Self::Entry { .. } | Self::InitFailed { .. } => Code::Plugin,
            Self::Trap { .. } | Self::Exit { .. } => Code::Trap,
            Self::Deadline { .. } => Code::Deadline,
            Self::Cancelled => Code::Cancelled,
            Self::MemoryLimit { .. } => Code::MemoryLimit,
            Self::HostCallLimit { .. } => Code::HostCallLimit,
            Self::StackLimit { .. } => Code::StackLimit,
            Self::TableLimit { .. } => Code::ResourceLimit,
            Self::InvalidResponse { .. } => Code::InvalidResponse,
            Self::Internal(_) => Code::Internal,
        }
    }
}

/// What went wrong, with which plugin, in which operation.
#[derive(Debug, Clone)]
pub struct Error(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    kind: ErrorKind,
    plugin: Option<(String, String)>,
    operation: Option<&'static str>,
    backtrace: Option<String>,
}

/// The library's result.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Shorthand for an [`ErrorKind::InvalidArgument`].
    pub fn invalid_argument(argument: impl Into<String>, reason: impl Into<String>) -> Self {
        ErrorKind::InvalidArgument {
            argument: argument.into(),
            reason: reason.into(),
        }
        .into()
    }

    /// Says which plugin it was, unless that is known already: a nested call names the inner one.
    #[must_use]
    pub fn with_plugin(mut self, name: &str, version: &str) -> Self {
        self.0
            .plugin
            .get_or_insert_with(|| (name.to_string(), version.to_string()));
        self
    }

    /// Says which operation it was, unless that is known already.
    #[must_use]
    pub fn with_operation(mut self, operation: &'static str) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// Adds the WebAssembly backtrace, one frame a line.
    #[must_use]
    pub fn with_backtrace(mut self, backtrace: Option<String>) -> Self {
        self.0.backtrace = backtrace;
        self
    }

    /// The reason.
    pub fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// The reason as a stable number.
    pub fn code(&self) -> Code {
        self.0.kind.code()
    }

    /// Name and version of the plugin, if a plugin was involved.
    pub fn plugin(&self) -> Option<(&str, &str)> {
        self.0
            .plugin
            .as_ref()
            .map(|(name, version)| (name.as_str(), version.as_str()))
    }

    /// The operation of the plugin interface, or the step of loading, that failed.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// Where in the plugin it happened, if the plugin crashed or was stopped.
    pub fn backtrace(&self) -> Option<&str> {
        self.0.backtrace.as_deref()
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Error(Box::new(Inner {
            kind,
            plugin: None,
            operation: None,
            backtrace: None,
        }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((name, version)) = self.plugin() {
            write!(f, "plugin {name} {version}, ")?;
        }
        if let Some(operation) = self.operation() {
            write!(f, "{operation}: ")?;
        } else if self.plugin().is_some() {
            f.write_str("load: ")?;
        }
        self.0.kind.fmt(f)
    }
}

impl std::error::Error for Error {}

/// What a panic says, from what `catch_unwind` gives.
pub fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}

/// `1.5 s` or `100 ms`, whichever reads better.
fn seconds(duration: Duration) -> String {
    match duration.as_millis() {
        millis if millis % 1000 == 0 => format!("{} s", millis / 1000),
        millis => format!("{millis} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_plugin_operation_and_way_out() {
        let error = Error::from(ErrorKind::Deadline {
            timeout: Duration::from_millis(100),
        })
        .with_plugin("jwt", "0.1.0")
        .with_operation("compare-contents");
        assert_eq!(
            error.to_string(),
            "plugin jwt 0.1.0, compare-contents: no answer within the deadline of 100 ms; give the call more time, or \
             look in the plugin's log for what it was doing"
        );
        assert_eq!(error.code(), Code::Deadline);
    }

    #[test]
    fn the_innermost_plugin_and_operation_stay() {
        let error = Error::from(ErrorKind::Cancelled)
            .with_plugin("inner", "1.0.0")
            .with_operation("match-field")
            .with_plugin("outer", "2.0.0")
            .with_operation("compare-contents");
        assert_eq!(error.plugin(), Some(("inner", "1.0.0")));
        assert_eq!(error.operation(), Some("match-field"));
    }
}
