//! Reading probes and running them.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use wasip2::cli::environment;
use wasip2::sockets::tcp::TcpSocket;

use crate::descriptors::{self, Pair, Place};
use crate::files;
use crate::sockets::{self, Datagram};

/// What came of a probe: what it got, or WASI's name of the error.
pub type Outcome = Result<Value, String>;

/// One thing to try; the table in the crate's documentation has them all.
#[derive(Deserialize)]
#[serde(
    tag = "do",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case",
    deny_unknown_fields
)]
enum Probe {
    Read {
        path: String,
    },
    Write {
        path: String,
        text: String,
    },
    List {
        path: String,
    },
    Remove {
        path: String,
    },
    Rename {
        from: String,
        to: String,
    },
    Link {
        from: String,
        to: String,
    },
    Mkdir {
        path: String,
    },
    Stat {
        path: String,
    },
    Symlink {
        preopen: Option<String>,
        from: String,
        to: String,
    },
    Preopens,
    ReadAt(Place),
    WriteAt {
        preopen: String,
        through: Option<String>,
        path: String,
        text: String,
        #[serde(default = "descriptors::yes")]
        follow: bool,
    },
    TruncateAt(Place),
    LinkAt(Pair),
    RenameAt(Pair),
    Env,
    Args,
    Cwd,
    Connect {
        address: String,
        port: u16,
        #[serde(default = "first_bytes")]
        wait_ms: u64,
    },
    ConnectFrom {
        local_address: String,
        local_port: u16,
        address: String,
        port: u16,
        #[serde(default = "first_bytes")]
        wait_ms: u64,
    },
    ConnectName {
        name: String,
        port: u16,
        #[serde(default = "first_bytes")]
        wait_ms: u64,
    },
    Listen {
        address: String,
        port: u16,
    },
    Udp(Datagram),
    Resolve {
        name: String,
    },
    ResolveMany {
        name: String,
        times: u32,
    },
    Sleep {
        ms: u64,
    },
}

/// For how many milliseconds a peer's first bytes are awaited.
fn first_bytes() -> u64 {
    300
}

/// Runs the probes of a JSON list and returns their results as one.
pub fn answer(probes: &str) -> String {
    let probes: Vec<Value> = match serde_json::from_str(probes) {
        Ok(probes) => probes,
        Err(error) => return format!("this is not a JSON list of probes: {error}"),
    };
    let mut listeners = Vec::new();
    let results = probes.into_iter().map(|probe| {
        let outcome = Probe::deserialize(probe)
            .map_err(|error| format!("cannot read the probe: {error}"))
            .and_then(|probe| run(probe, &mut listeners));
        match outcome {
            Ok(value) => json!({"ok": value}),
            Err(error) => json!({"error": error}),
        }
    });
    Value::Array(results.collect()).to_string()
}

/// Runs one probe. What listens is added to `listeners`, which keep it open.
fn run(probe: Probe, listeners: &mut Vec<TcpSocket>) -> Outcome {
    match probe {
        Probe::Read { path } => files::read(&path),
        Probe::Write { path, text } => files::write(&path, &text),
        Probe::List { path } => files::list(&path),
        Probe::Remove { path } => files::remove(&path),
        Probe::Rename { from, to } => files::rename(&from, &to),
        Probe::Link { from, to } => files::link(&from, &to),
        Probe::Mkdir { path } => files::mkdir(&path),
        Probe::Stat { path } => files::stat(&path),
        Probe::Symlink { preopen, from, to } => {
            descriptors::symlink(preopen.as_deref(), &from, &to)
        }
        Probe::Preopens => Ok(descriptors::preopens()),
        Probe::ReadAt(place) => descriptors::read(&place),
        Probe::WriteAt {
            preopen,
            through,
            path,
            follow,
            text,
        } => {
            let place = Place {
                preopen,
                through,
                path,
                follow,
            };
            descriptors::write(&place, &text)
        }
        Probe::TruncateAt(place) => descriptors::truncate(&place),
        Probe::LinkAt(pair) => descriptors::link(&pair),
        Probe::RenameAt(pair) => descriptors::rename(&pair),
        Probe::Env => Ok(environment::get_environment()
            .into_iter()
            .map(|(name, value)| (name, Value::String(value)))
            .collect()),
        Probe::Args => Ok(json!(environment::get_arguments())),
        Probe::Cwd => Ok(json!(environment::initial_cwd())),
        Probe::Connect {
            address,
            port,
            wait_ms,
        } => sockets::connect(None, (&address, port), wait_ms),
        Probe::ConnectFrom {
            local_address,
            local_port,
            address,
            port,
            wait_ms,
        } => sockets::connect(
            Some((&local_address, local_port)),
            (&address, port),
            wait_ms,
        ),
        Probe::ConnectName {
            name,
            port,
            wait_ms,
        } => sockets::connect_name(&name, port, wait_ms),
        Probe::Listen { address, port } => sockets::listen(&address, port, listeners),
        Probe::Udp(datagram) => sockets::send(&datagram),
        Probe::Resolve { name } => sockets::resolve(&name),
        Probe::ResolveMany { name, times } => sockets::resolve_many(&name, times),
        Probe::Sleep { ms } => {
            std::thread::sleep(Duration::from_millis(ms));
            Ok(json!(true))
        }
    }
}
