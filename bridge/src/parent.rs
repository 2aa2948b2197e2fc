//! Ending with the framework, however it ends. Frameworks kill a plugin when they are done with it, and tell nobody when they die
//! themselves.
//!
//! Which process the framework is, is easy to say where it has a service for plugins: it is the ancestor that listens there, whatever
//! shells and launchers are in between. Otherwise it is taken to be the nearest ancestor that is no shell and no launcher, and none of
//! those in between may end either, because what is above one that has is not to be found any more.
//!
//! Pipes tell as well, as soon as nobody reads our standard output and standard error. A process that the framework has forked may
//! have inherited their ends, and live on.
//!
//! What is left is a parent that dies before it is looked at for the first time, while others hold the pipes: a bridge that nobody
//! initialises ends after a while.
//!
//! `PR_SET_PDEATHSIG` would be simpler, but it comes when the *thread* that started us ends.

use std::fs;
use std::io;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::AsFd;
use rustix::io::Errno;
use rustix::process::{Pid, getppid};

/// How often the framework is looked at. That the pipes are closed is known at once.
const INTERVAL: Duration = Duration::from_millis(250);

/// Programs that start others, and wait for them.
const LAUNCHERS: [&str; 12] = [
    "sh", "dash", "bash", "ash", "zsh", "ksh", "fish", "busybox", "env", "timeout", "nice", "time",
];

/// Starts watching. The process ends when the framework has. That is looked for here and now, because it may not be there for long after
/// it has been told the port.
pub fn watch() -> io::Result<()> {
    let framework = Framework::find(getppid());
    let watch = move || {
        while !(framework.is_gone() || pipes_are_closed()) {}
        std::process::exit(0);
    };
    thread::Builder::new()
        .name("parent".into())
        .spawn(watch)
        .map(drop)
}

/// The processes that are to outlive this one.
struct Framework {
    /// Its identifier changes when that process ends.
    parent: Option<Option<Pid>>,
    processes: Vec<Process>,
}

impl Framework {
    fn find(parent: Option<Pid>) -> Self {
        let first = parent.and_then(|it| Process::find(it.as_raw_pid()));
        let ancestors: Vec<Process> =
            std::iter::successors(first, |it| Process::find(it.parent)).collect();
        let service = std::env::var("PACT_PLUGIN_HOST").ok();
        let listeners = service.as_deref().map(listeners).unwrap_or_default();
        if let Some(driver) = ancestors.iter().find(|it| it.has_one_of(&listeners)) {
            return Framework {
                parent: None,
                processes: vec![driver.clone()],
            };
        }
        let launchers = ancestors.iter().take_while(|it| it.is_launcher()).count();
        Framework {
            parent: Some(parent),
            processes: ancestors.into_iter().take(launchers + 1).collect(),
        }
    }

    fn is_gone(&self) -> bool {
        let is_orphan = self.parent.is_some_and(|it| getppid() != it);
        is_orphan || self.processes.iter().any(Process::is_gone)
    }
}

/// A process, as `/proc` tells of it (Linux); nothing is known of others elsewhere.
#[derive(Debug, Clone)]
struct Process {
    id: i32,
    parent: i32,
    /// Since the system's start. Identifiers are used again.
    start: u64,
}

impl Process {
    /// A process that runs.
    fn find(id: i32) -> Option<Self> {
        Self::read(&stat(id).ok()?)
    }

    fn read(stat: &str) -> Option<Self> {
        // The second field is the name in brackets, which may hold anything.
        let (_, rest) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let is_dead = matches!(*fields.first()?, "Z" | "X");
        let process = Process {
            id: stat.split_whitespace().next()?.parse().ok()?,
            parent: fields.get(1)?.parse().ok()?,
            start: fields.get(19)?.parse().ok()?,
        };
        (!is_dead).then_some(process)
    }

    fn is_gone(&self) -> bool {
        match stat(self.id) {
            Ok(stat) => Self::read(&stat).is_none_or(|it| it.start != self.start),
            // Anything else, such as a lack of file descriptors, says nothing about it.
            Err(e) => matches!(Errno::from_io_error(&e), Some(Errno::NOENT | Errno::SRCH)),
        }
    }

    /// What a script is called says nothing, so it is the program that counts.
    fn is_launcher(&self) -> bool {
        let program = fs::read_link(format!("/proc/{}/exe", self.id));
        program.is_ok_and(|it| {
            let name = it.file_name().unwrap_or_default().to_string_lossy();
            LAUNCHERS.contains(&&*name)
        })
    }

    fn has_one_of(&self, sockets: &[String]) -> bool {
        if sockets.is_empty() {
            return false;
        }
        let descriptors = fs::read_dir(format!("/proc/{}/fd", self.id));
        let mut descriptors = descriptors.into_iter().flatten().flatten();
        descriptors.any(|it| {
            let target = fs::read_link(it.path()).unwrap_or_default();
            sockets
                .iter()
                .any(|socket| target.as_os_str() == socket.as_str())
        })
    }
}

fn stat(id: i32) -> io::Result<String> {
    fs::read_to_string(format!("/proc/{id}/stat"))
}

/// The sockets that listen on the port of an address, as they are called among the descriptors of a process.
fn listeners(address: &str) -> Vec<String> {
    const LISTENING: &str = "0A";
    let port = address.rsplit(':').next().and_then(|it| it.parse().ok());
    let Some(port) = port.map(|it: u16| format!(":{it:04X}")) else {
        return Vec::new();
    };
    let tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"].map(fs::read_to_string);
    let lines = tables.iter().flatten().flat_map(|it| it.lines());
    let listener = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (local, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
        (local.ends_with(&port) && *state == LISTENING).then(|| format!("socket:[{inode}]"))
    };
    lines.filter_map(listener).collect()
}

/// Whether standard output and standard error are pipes that nobody reads. Waits a while for that to happen.
fn pipes_are_closed() -> bool {
    let (out, err) = (io::stdout(), io::stderr());
    // A pipe whose reader is gone is in error, or hung up, whatever is asked for.
    let nothing = PollFlags::empty();
    let mut both = [
        PollFd::from_borrowed_fd(out.as_fd(), nothing),
        PollFd::from_borrowed_fd(err.as_fd(), nothing),
    ];
    let closed = |fd: &PollFd<'_>| fd.revents().intersects(PollFlags::ERR | PollFlags::HUP);
    let interval = Timespec {
        tv_sec: 0,
        tv_nsec: INTERVAL.subsec_nanos().into(),
    };
    if !matches!(poll(&mut both, Some(&interval)), Ok(count) if count > 0) {
        return false;
    }
    if both.iter().all(closed) {
        return true;
    }
    // One of them alone would be ready again at once.
    thread::sleep(INTERVAL);
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::process::{Command, Stdio};

    fn this_process() -> Process {
        Process::find(Pid::as_raw(Some(rustix::process::getpid()))).unwrap()
    }

    #[test]
    fn whoever_listens_is_found() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let listener = TcpListener::bind(address).unwrap();
            let address = listener.local_addr().unwrap().to_string();
            let sockets = listeners(&address);
            assert_eq!(sockets.len(), 1, "{address}");
            assert!(this_process().has_one_of(&sockets));
            drop(listener);
            assert!(listeners(&address).is_empty());
        }
        assert!(listeners("localhost").is_empty());
        assert!(!this_process().has_one_of(&[]));
    }

    #[test]
    fn processes_that_wait_to_be_reaped_are_gone() {
        let mut child = Command::new("sh")
            .args(["-c", "read line"])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let process = Process::find(i32::try_from(child.id()).unwrap()).unwrap();
        assert_eq!(process.parent, this_process().id);
        assert!(!process.is_gone() && process.is_launcher());
        assert!(!this_process().is_launcher());
        drop(child.stdin.take());
        while !process.is_gone() {
            thread::yield_now();
        }
        child.wait().unwrap();
        assert!(process.is_gone());
    }
}
