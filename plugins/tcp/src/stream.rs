//! One connection on WASI's side: its socket, its streams and their pollables.

use wasip2::io::poll::{Pollable, poll};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};
use wasip2::sockets::network::ErrorCode;
use wasip2::sockets::tcp::{ShutdownType, TcpSocket};

use crate::connection::{Channel, Read};

/// A connected socket.
///
/// WASI traps if a resource goes before what was made from it, and fields are dropped in their order.
pub struct Stream {
    /// Kept, because subscribing anew for every wait would cost two more calls into the host.
    readable: Pollable,
    /// Made when it is needed: most answers can be written at once.
    writable: Option<Pollable>,
    input: InputStream,
    output: OutputStream,
    socket: TcpSocket,
}

impl Stream {
    pub fn new(socket: TcpSocket, input: InputStream, output: OutputStream) -> Self {
        Self {
            readable: input.subscribe(),
            writable: None,
            input,
            output,
            socket,
        }
    }

    /// Waits until there is room to write, or, if that is wanted, something to read.
    pub fn wait_to_write(&mut self, or_read: bool) {
        let output = &self.output;
        let writable = &*self.writable.get_or_insert_with(|| output.subscribe());
        if or_read {
            poll(&[writable, &self.readable]);
        } else {
            writable.block();
        }
    }
}

impl Channel for Stream {
    type Pollable = Pollable;

    fn read(&mut self, limit: usize) -> Read {
        match self.input.read(limit as u64) {
            Ok(bytes) if bytes.is_empty() => Read::Nothing,
            Ok(bytes) => Read::Bytes(bytes),
            Err(StreamError::Closed) => Read::End,
            Err(error) => Read::Failed(reason(error)),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<usize, String> {
        let room = self.output.check_write().map_err(reason)?;
        let length = usize::try_from(room).map_or(bytes.len(), |room| room.min(bytes.len()));
        if length > 0 {
            self.output.write(&bytes[..length]).map_err(reason)?;
        }
        Ok(length)
    }

    fn is_written(&self) -> bool {
        !matches!(self.output.check_write(), Ok(0))
    }

    fn finish(&mut self) {
        // An error means that the client is gone already.
        let _ = self.socket.shutdown(ShutdownType::Send);
    }

    fn readable(&self) -> &Pollable {
        &self.readable
    }

    fn writable(&mut self) -> &Pollable {
        self.writable.get_or_insert_with(|| self.output.subscribe())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // Hosts let go of an output stream only when everything is written, which can be never if the other side does not
        // read. Such a connection is left to the host, which closes it with this instance.
        if !self.is_written() {
            let _ = self.socket.shutdown(ShutdownType::Both);
            self.output.take_handle();
            self.socket.take_handle();
        }
    }
}

/// An error of a stream in words.
fn reason(error: StreamError) -> String {
    match error {
        StreamError::Closed => "the other side has closed the connection".to_owned(),
        StreamError::LastOperationFailed(error) => error.to_debug_string(),
    }
}

/// Repeats what a socket cannot finish at once until it can.
pub fn wait_for<T>(
    socket: &TcpSocket,
    mut step: impl FnMut() -> Result<T, ErrorCode>,
) -> Result<T, ErrorCode> {
    loop {
        match step() {
            Err(ErrorCode::WouldBlock) => socket.subscribe().block(),
            result => return result,
        }
    }
}
