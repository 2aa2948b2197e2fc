//! Programs that use the library and measure while they do: `benches/caller.c`, and those of the bindings, which take the same
//! commands.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use wasmtime::error::Context;
use wasmtime::{Result, bail};

/// Where the program is and what it works with.
#[derive(Clone)]
pub struct Caller {
    pub program: PathBuf,
    pub plugins: PathBuf,
    pub cache: PathBuf,
    pub work: PathBuf,
}

impl Caller {
    fn command(&self, mode: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg(mode)
            .args([&self.plugins, &self.cache, &self.work]);
        command
    }

    /// Starts it for measurements of many calls.
    pub fn serve(&self) -> Result<Server> {
        let mut child = self
            .command("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{}", self.program.display()))?;
        let stdin = child.stdin.take().context("it has no stdin")?;
        let stdout = child.stdout.take().context("it has no stdout")?;
        Ok(Server {
            child,
            stdin,
            stdout: BufReader::new(stdout),
        })
    }

    /// Time from the start of a process until it has compared a token.
    pub fn time_first_compare(&self) -> Result<Duration> {
        let start = Instant::now();
        let mut child = self.command("first").stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().context("it has no stdout")?).read_line(&mut line)?;
        let elapsed = start.elapsed();
        if !child.wait()?.success() || line != "compared\n" {
            bail!("the first compare failed");
        }
        Ok(elapsed)
    }
}

/// A running one.
pub struct Server {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Server {
    /// Has it do `what` `count` times; its answer is the mean time in nanoseconds.
    pub fn measure(&mut self, what: &str, count: u64) -> Result<f64> {
        writeln!(self.stdin, "{what} {count}")?;
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        line.trim()
            .parse::<f64>()
            .with_context(|| format!("{what}: the program answers {line:?}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
