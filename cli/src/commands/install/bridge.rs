//! Where the bridge is, and whether it is one.

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::error::{Error, Result};

/// Its absolute path, as manifests have it: the given one, the one beside this program, or the first one in PATH.
pub fn find(given: Option<&Path>) -> Result<String> {
    let name = format!("pact-wasm-bridge{}", env::consts::EXE_SUFFIX);
    let found = match given {
        Some(path) if is_executable(path) => path.to_path_buf(),
        Some(path) => {
            let path = path.display();
            return Err(Error::Usage(format!("--bridge: {path} is no executable file")));
        }
        None => search(&name).ok_or_else(|| {
            Error::Bridge(format!(
                "{name} is neither beside this program nor in PATH; install it, or say where it is with --bridge"
            ))
        })?,
    };
    let absolute = std::path::absolute(&found).map_err(Error::io(&found, "is no usable path"))?;
    absolute.into_os_string().into_string().map_err(|path| {
        let path = path.to_string_lossy();
        Error::Bridge(format!(
            "{path}: the path is no UTF-8, which manifests are; move the bridge to another place"
        ))
    })
}

fn search(name: &str) -> Option<PathBuf> {
    let own = env::current_exe().ok();
    let beside = own.and_then(|it| Some(it.parent()?.to_path_buf()));
    let path = env::var_os("PATH").unwrap_or_default();
    let mut candidates = beside
        .into_iter()
        .chain(env::split_paths(&path))
        .map(|it| it.join(name));
    candidates.find(|it| is_executable(it))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

/// Starts it once as frameworks do, with the arguments that the manifest has and in the plugin's directory, and waits for the line
/// with the port.
pub fn try_out(bridge: &str, args: &[String], plugin: &Path, timeout: Duration) -> Result<()> {
    let mut child = Command::new(bridge)
        .args(args)
        .current_dir(plugin)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| Error::Bridge(format!("{bridge} cannot be started: {e}")))?;
    let (sender, receiver) = channel();
    read_lines(child.stdout.take(), true, sender.clone());
    read_lines(child.stderr.take(), false, sender);
    let outcome = wait_for_port(&receiver, timeout);
    // What has ended keeps the status that it ended with.
    let _ = child.kill();
    let status = child.wait();
    let Err(Silence { has_time, printed }) = outcome else {
        return Ok(());
    };
    let end = match (has_time, status) {
        (true, Ok(status)) => format!("ended ({status})"),
        (true, Err(e)) => format!("ended ({e})"),
        (false, _) => format!("took more than {} s", timeout.as_secs_f64()),
    };
    let printed = match printed.is_empty() {
        true => " nothing".to_string(),
        false => format!(":\n{}", printed.join("\n")),
    };
    let arguments: String = args.iter().map(|it| format!(" {it}")).collect();
    Err(Error::Bridge(format!(
        "{bridge}{arguments}: it {end} without the line with a port that frameworks wait for, so it is no bridge, or does not work here; it printed{printed}"
    )))
}

/// A line, and whether it was on standard output.
type Line = (bool, String);

/// What is no bridge may print without end.
const MOST_PRINTED: u64 = 1 << 20;

fn read_lines(from: Option<impl Read + Send + 'static>, is_output: bool, to: Sender<Line>) {
    let Some(from) = from else {
        return;
    };
    thread::spawn(move || {
        let from = BufReader::new(from.take(MOST_PRINTED));
        for line in from.split(b'\n').map_while(|it| it.ok()) {
            let line = String::from_utf8_lossy(&line).trim_end().to_string();
            if to.send((is_output, line)).is_err() {
                return;
            }
        }
    });
}

/// There was no line with a port.
struct Silence {
    /// Whether there would have been time for more lines.
    has_time: bool,
    /// What there was, in place of it.
    printed: Vec<String>,
}

fn wait_for_port(lines: &Receiver<Line>, timeout: Duration) -> std::result::Result<(), Silence> {
    const MOST_LINES: usize = 20;
    let end = Instant::now() + timeout;
    let mut printed = Vec::new();
    loop {
        let left = end.saturating_duration_since(Instant::now());
        match lines.recv_timeout(left) {
            Ok((true, line)) if has_port(&line) => return Ok(()),
            Ok((_, line)) if printed.len() < MOST_LINES => printed.push(line),
            Ok(_) => {}
            Err(reason) => {
                let has_time = reason == RecvTimeoutError::Disconnected;
                return Err(Silence { has_time, printed });
            }
        }
    }
}

fn has_port(line: &str) -> bool {
    let fields: Value = serde_json::from_str(line).unwrap_or_default();
    let port = fields["port"].as_u64();
    port.is_some_and(|it| (1..=0xffff).contains(&it)) && fields["serverKey"].is_string()
}
