//! What a plugin sees of the world: clocks, random numbers, and a log for what it prints. There are no arguments and no input,
//! and of files, network and environment there is what the plugin's [`Allowance`] says.

mod files;
mod network;

use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::AsyncWrite;
use wasmtime::component::Linker;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder};

use super::call_log::{CallLog, Printer};
use super::instance::State;
use super::waiting;
use crate::driver::permissions::{Access, Allowance, Directory};
use crate::error::{ErrorKind, Result};
pub use network::Network;

/// The WASI context of one instance.
pub fn context(
    allowance: &Allowance,
    log: &Arc<CallLog>,
    network: &Arc<Network>,
) -> Result<WasiCtx> {
    let mut builder = WasiCtxBuilder::new();
    let print = |printer| PrintStream {
        log: log.clone(),
        printer,
    };
    builder
        .stdout(print(Printer::Stdout))
        .stderr(print(Printer::Stderr))
        .envs(allowance.environment())
        .allow_tcp(network.is_open())
        .allow_udp(false)
        .allow_ip_name_lookup(network.is_open())
        // Files are read and written where the call runs. The alternative is a pool of threads.
        .allow_blocking_current_thread(true);
    let network = network.clone();
    builder.socket_addr_check(move |address, purpose| {
        let admitted = network.admits(address, purpose);
        Box::pin(async move { admitted })
    });
    for directory in allowance.directories() {
        add_directory(&mut builder, directory)?;
    }
    Ok(builder.build())
}

/// WASI keeps a plugin within a directory, but opens the directory itself by its path. What is there now must still be what
/// was granted: another plugin may have put a link in its place.
fn add_directory(builder: &mut WasiCtxBuilder, directory: &Directory) -> Result<()> {
    let moved = || ErrorKind::DirectoryMoved {
        directory: directory.path.clone(),
    };
    let permissions = match directory.access {
        Access::Read => FsPerms::ReadOnly,
        Access::ReadWrite => FsPerms::ReadWrite,
    };
    let held = Held::open(&directory.path).ok_or_else(moved)?;
    let added = builder.preopened_dir(&held.path, &directory.name, permissions);
    added.map(drop).map_err(|_| moved().into())
}

/// A directory that is where its path says, without links.
struct Held {
    /// Leads to it whatever is put in its place, as long as it is open.
    path: PathBuf,
    #[cfg(target_os = "linux")]
    _open: std::fs::File,
}

impl Held {
    /// Opened first and looked at then, so that no link can come in between.
    #[cfg(target_os = "linux")]
    fn open(path: &Path) -> Option<Self> {
        use std::os::fd::AsRawFd;
        use std::os::unix::fs::OpenOptionsExt;
        let mut options = std::fs::OpenOptions::new();
        options
            .read(true)
            .custom_flags(libc::O_PATH | libc::O_DIRECTORY);
        let open = options.open(path).ok()?;
        let own = PathBuf::from(format!("/proc/self/fd/{}", open.as_raw_fd()));
        let (is_at, leads_to) = match own.read_link() {
            Ok(is_at) => (is_at, own),
            // A machine without /proc has to trust the instant.
            Err(_) => (path.canonicalize().ok()?, path.to_path_buf()),
        };
        (is_at == path).then_some(Held {
            path: leads_to,
            _open: open,
        })
    }

    #[cfg(not(target_os = "linux"))]
    fn open(path: &Path) -> Option<Self> {
        let path = path.canonicalize().ok().filter(|it| it == path)?;
        Some(Held { path })
    }
}

/// Offers WASI to components. All of it can be imported; what the context does not grant answers with an error.
pub fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_sync(linker)?;
    linker.allow_shadowing(true);
    waiting::add_to_linker(linker)?;
    network::add_to_linker(linker)?;
    files::add_to_linker(linker)?;
    linker.allow_shadowing(false);
    Ok(())
}

/// A place to print that ends in the log.
#[derive(Clone)]
struct PrintStream {
    log: Arc<CallLog>,
    printer: Printer,
}

impl IsTerminal for PrintStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for PrintStream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

impl OutputStream for PrintStream {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        self.log.print(self.printer, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(64 << 10)
    }
}

#[async_trait::async_trait]
impl Pollable for PrintStream {
    async fn ready(&mut self) {}
}

impl AsyncWrite for PrintStream {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.log.print(self.printer, bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
