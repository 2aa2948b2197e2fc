//! One outbound connection.

use std::net::IpAddr;

use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::ErrorCode;
use wasip2::sockets::tcp_create_socket::create_tcp_socket;

use crate::address;
use crate::connection::{Channel, READ_SIZES, Read};
use crate::stream::{Stream, wait_for};

/// One outbound connection. Its functions wait as long as it takes; the host ends them at the deadline of the call. It is
/// closed when it is dropped.
pub struct Client {
    stream: Stream,
    /// What came while there was something to write.
    received: Vec<u8>,
    /// Who is at the other end, for messages.
    peer: String,
}

impl Client {
    /// Connects to a host: a name, an IPv4 address, or an IPv6 address with or without brackets. Of a name, all addresses
    /// are tried in order.
    pub fn connect(host: &str, port: u16) -> Result<Self, String> {
        let addresses = address::to_connect_to(host)
            .map_err(|error| format!("cannot connect to {host}:{port}: {error}"))?;
        let connect = |address| connect_to(address, port);
        let stream = address::first_that_works("connect to", host, port, &addresses, connect)?;
        Ok(Self {
            stream,
            received: Vec::new(),
            peer: format!("{host}:{port}"),
        })
    }

    /// Sends all of `bytes`. What belongs together is best written together: the network delays a second small write until
    /// the first one is acknowledged.
    ///
    /// What comes meanwhile is kept for [`Client::read`], because the other side may want to be read before it reads on.
    /// After an error, `read` still returns what came before it.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        let mut rest = bytes;
        let mut more_can_come = true;
        while !rest.is_empty() {
            let written = self
                .stream
                .write(rest)
                .map_err(|reason| format!("cannot write to {}: {reason}", self.peer))?;
            rest = &rest[written..];
            if written == 0 {
                more_can_come = more_can_come && self.receive();
                self.stream.wait_to_write(more_can_come);
            }
        }
        Ok(())
    }

    /// Keeps what has come, without waiting. Returns whether more can come.
    fn receive(&mut self) -> bool {
        loop {
            match self.stream.read(*READ_SIZES.end()) {
                Read::Bytes(bytes) => self.received.extend_from_slice(&bytes),
                Read::Nothing => return true,
                // `read` and `write` will find out for themselves.
                Read::End | Read::Failed(_) => return false,
            }
        }
    }

    /// Waits for bytes and appends them to `buffer`. Returns how many they are; 0 means that the other side has closed.
    pub fn read(&mut self, buffer: &mut Vec<u8>) -> Result<usize, String> {
        if !self.received.is_empty() {
            let length = self.received.len();
            buffer.append(&mut self.received);
            return Ok(length);
        }
        loop {
            match self.stream.read(*READ_SIZES.end()) {
                Read::Bytes(bytes) => {
                    buffer.extend_from_slice(&bytes);
                    return Ok(bytes.len());
                }
                Read::Nothing => self.stream.readable().block(),
                Read::End => return Ok(0),
                Read::Failed(reason) => {
                    return Err(format!("cannot read from {}: {reason}", self.peer));
                }
            }
        }
    }
}

fn connect_to(address: IpAddr, port: u16) -> Result<Stream, ErrorCode> {
    let network = instance_network();
    let socket = create_tcp_socket(address::family(address))?;
    let remote = address::to_wasi(address, port);
    wait_for(&socket, || socket.start_connect(&network, remote))?;
    let (input, output) = wait_for(&socket, || socket.finish_connect())?;
    Ok(Stream::new(socket, input, output))
}
