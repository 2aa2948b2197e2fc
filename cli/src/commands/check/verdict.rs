//! What came of a check, and what to do about it.

use pact_wasm::error::{Code, Error, ErrorKind};
use serde::Serialize;

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok {
        /// What there is to say about it.
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A fault of the plugin.
    Failed {
        /// What happened.
        reason: String,
        /// What to do about it.
        advice: String,
    },
    /// Not checked.
    Skipped {
        /// Why not.
        reason: String,
    },
}

impl Verdict {
    pub fn ok() -> Self {
        Verdict::Ok { note: None }
    }

    pub fn noted(note: impl Into<String>) -> Self {
        Verdict::Ok {
            note: Some(note.into()),
        }
    }

    pub fn failed(reason: impl Into<String>, advice: impl Into<String>) -> Self {
        Verdict::Failed {
            reason: reason.into(),
            advice: advice.into(),
        }
    }

    pub fn skipped(reason: impl Into<String>) -> Self {
        Verdict::Skipped {
            reason: reason.into(),
        }
    }

    /// Of a fault.
    pub fn of_fault(error: &Error) -> Self {
        Verdict::failed(error.to_string(), advice(error))
    }

    /// Of a plugin that cannot be loaded.
    pub fn of_loading(error: &crate::error::Error) -> Self {
        let advice = match error {
            crate::error::Error::Plugin(error) => advice(error),
            _ => String::new(),
        };
        Verdict::failed(error.to_string(), advice)
    }

    /// Of a plugin that cannot be initialised.
    pub fn of_init(error: &Error) -> Self {
        let advice = match error.code() {
            Code::Plugin => "answer init with a catalogue; a plugin that cannot do all of its work without something says so when it is asked for that work".to_string(),
            _ => advice(error),
        };
        Verdict::failed(error.to_string(), advice)
    }
}

/// Whether an error is more than an answer of the plugin.
pub fn is_fault(error: &Error) -> bool {
    // Where the sandbox refuses something, the plugin has answered with an error. It need not take every type of interaction.
    !matches!(
        error.code(),
        Code::Plugin | Code::Permission | Code::Unsupported
    )
}

/// What the author of a plugin, or who checks it, can do.
pub fn advice(error: &Error) -> String {
    let text = match error.code() {
        Code::Trap => return trap_advice(error),
        Code::Deadline => {
            "bound the work by the size of the input; if it really takes that long, raise --timeout"
        }
        Code::MemoryLimit => {
            "bound what it allocates by the size of the input; if it really needs that much, raise --memory"
        }
        Code::HostCallLimit => "answer with less, or with an error that says what is too large",
        Code::StackLimit => {
            "bound the recursion: refuse input that is nested too deep with an error"
        }
        Code::ResourceLimit => {
            "use fewer or smaller tables; they come from the compiler, so look at its options"
        }
        Code::Cycle => "do not call the plugin's own entries from its callbacks",
        Code::InvalidResponse => "return what wit/types.wit says about this field",
        Code::Permission => {
            "grant it with --grant, or ask for it as optional in the manifest and do without"
        }
        Code::Incompatible => {
            "build it against the interface, the roles and the capabilities that the message names"
        }
        Code::ManifestInvalid => "correct the field of pact-plugin.json that the message names",
        Code::ComponentInvalid | Code::CompileFailed => {
            "build the component again, with a current toolchain"
        }
        Code::Plugin => "look at what it answers: it should do this",
        Code::InvalidArgument | Code::Internal => {
            "this is a fault of pact-wasm; please report it with the plugin"
        }
        _ => "see what the message says",
    };
    text.to_string()
}

fn trap_advice(error: &Error) -> String {
    let advice = match error.kind() {
        ErrorKind::Exit { .. } => {
            "return an error where it ends itself now; in some languages a panic that nobody handles does that"
        }
        _ => "return an error where it panics now",
    };
    // The first frames are how a language's runtime panics; what is of interest comes after them.
    let of_runtime = |frame: &&str| {
        let runtime = [
            "!std[",
            "!core[",
            "!alloc[",
            "!__rustc[",
            "!abort",
            "!exit",
            "!_Exit",
            "!rust_",
        ];
        runtime.iter().any(|it| frame.contains(it))
    };
    let frames = error.backtrace().unwrap_or_default().lines().map(str::trim);
    let frames: Vec<&str> = frames
        .skip_while(|it| it.is_empty() || of_runtime(it))
        .take(3)
        .collect();
    match frames.as_slice() {
        [] => advice.to_string(),
        frames => format!("{advice}:\n  {}", frames.join("\n  ")),
    }
}
