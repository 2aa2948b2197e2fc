//! One outbound connection.

use std::net::IpAddr;

use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::io::poll::{Pollable, poll};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::ErrorCode;
use wasip2::sockets::tcp::TcpSocket;
use wasip2::sockets::tcp_create_socket::create_tcp_socket;

use crate::address;
use crate::connection::{Channel, READ_SIZES, Read};
use crate::race::{Connector, Progress, first_to_answer};
use crate::stream::Stream;

/// How long the next address waits for an answer from the one before, in nanoseconds (RFC 8305, section 5).
const PATIENCE: u64 = 250_000_000;

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
    /// are tried in order; one
    /// that does not answer within a quarter of a second does not keep the next one from being tried.
    pub fn connect(host: &str, port: u16) -> Result<Self, String> {
        let addresses = address::to_connect_to(host)
            .map_err(|error| format!("cannot connect to {host}:{port}: {error}"))?;
        let stream = first_to_answer(&mut Sockets { port }, &addresses)
            .map_err(|failures| address::none_works("connect to", host, port, &failures))?;
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

/// Connects to a port.
struct Sockets {
    port: u16,
}

impl Connector for Sockets {
    type Attempt = TcpSocket;
    type Connected = Stream;

    fn start(&mut self, address: IpAddr) -> Result<TcpSocket, ErrorCode> {
        let socket = create_tcp_socket(address::family(address))?;
        let remote = address::to_wasi(address, self.port);
        socket.start_connect(&instance_network(), remote)?;
        Ok(socket)
    }

    fn finish(&mut self, socket: TcpSocket) -> Progress<TcpSocket, Stream> {
        match socket.finish_connect() {
            Ok((input, output)) => Progress::Over(Ok(Stream::new(socket, input, output))),
            Err(ErrorCode::WouldBlock) => Progress::Pending(socket),
            Err(error) => Progress::Over(Err(error)),
        }
    }

    fn wait(&mut self, attempts: &[(IpAddr, TcpSocket)], another: bool) {
        let sockets = attempts.iter().map(|(_, socket)| socket);
        let mut awaited: Vec<Pollable> = sockets.map(TcpSocket::subscribe).collect();
        if another {
            awaited.push(subscribe_duration(PATIENCE));
        }
        poll(&awaited.iter().collect::<Vec<_>>());
    }
}
