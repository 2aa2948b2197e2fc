//! Ending with the framework, however it ends. Frameworks kill a plugin when they are done with it, and tell nobody when they die
//! themselves.
//!
//! Two signs tell that the framework is gone, and each of them has a gap that the other one fills:
//!
//! - This process has another parent than at its start. If the framework started it through a shell, that shell is the parent, and may
//!   live on.
//! - Nobody reads the pipes that are our standard output and standard error. A process that the framework has forked may have inherited
//!   their ends, and live on.
//!
//! What is left is a parent that dies before it is looked at for the first time, while others hold the pipes: a bridge that nobody
//! initialises ends after two minutes.
//!
//! `PR_SET_PDEATHSIG` would be simpler, but it comes when the *thread* that started us ends.

use std::io;
use std::thread;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::AsFd;
use rustix::process::{Pid, getppid};

/// How often the parent is looked at. That the pipes are closed is known at once.
const INTERVAL: Duration = Duration::from_millis(250);

/// Starts watching. The process ends when the framework has.
pub fn watch() -> io::Result<()> {
    let parents = Parents::now();
    let watch = move || {
        while !(parents.changed() || pipes_are_closed()) {}
        std::process::exit(0);
    };
    thread::Builder::new()
        .name("parent".into())
        .spawn(watch)
        .map(drop)
}

/// Our parent, and its own one if it is a shell.
struct Parents {
    parent: Option<Pid>,
    of_shell: Option<i32>,
}

impl Parents {
    fn now() -> Self {
        let parent = getppid();
        let shell = parent.filter(|it| is_shell(*it));
        Parents {
            parent,
            of_shell: shell.and_then(parent_of),
        }
    }

    fn changed(&self) -> bool {
        let shell = self.of_shell.is_some();
        getppid() != self.parent || shell && self.parent.and_then(parent_of) != self.of_shell
    }
}

fn is_shell(process: Pid) -> bool {
    let name = std::fs::read_to_string(format!("/proc/{}/comm", process.as_raw_nonzero()));
    name.is_ok_and(|it| ["sh", "dash", "bash", "ash", "zsh", "ksh", "busybox"].contains(&it.trim()))
}

/// The parent of another process, where `/proc` tells (Linux).
fn parent_of(process: Pid) -> Option<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())).ok()?;
    // The second field is the name in brackets, which may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
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
