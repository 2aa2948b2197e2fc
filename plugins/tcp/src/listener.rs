//! A listening socket with its connections.

use std::net::IpAddr;

use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::io::poll::{Pollable, poll};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::network::ErrorCode;
use wasip2::sockets::tcp::TcpSocket;
use wasip2::sockets::tcp_create_socket::create_tcp_socket;

use crate::connection::Connections;
use crate::stream::{Stream, wait_for};
use crate::{Protocol, address};

/// How long no connection is accepted after one could not be, in nanoseconds: the listener stays ready meanwhile, so without
/// a pause the server would turn in circles.
const PAUSE: u64 = 50_000_000;

/// How long the server rests before it goes on with long work, in nanoseconds. Hosts round it up.
const NAP: u64 = 1_000;

/// How long a client that has its last answer may at least take to close the connection, in nanoseconds; at most twice as long.
const PATIENCE: u64 = 3_000_000_000;

/// How much all connections may hold together. The host bounds the memory of an instance, by default to 256 MiB, and whoever
/// passes that loses all: the server, and what it has recorded. The rest is for answering.
const LARGEST_HELD: usize = 96 << 20;

/// How many connections are accepted in one turn, so that those that are open get theirs.
const ACCEPTED_PER_TURN: usize = 64;

/// A listening socket and the connections that came of it. All are closed when it is dropped.
///
/// WASI traps if a resource goes before what was made from it, and fields are dropped in their order.
pub struct Listener<P: Protocol> {
    connections: Connections<P::Connection, Stream>,
    /// After an error of accept: ready when it is worth trying again.
    pause: Option<Pollable>,
    /// Ready when clients that should close their connections have had time for it. Nobody waits for it without such clients;
    /// it is kept for the next one, because most close at once, and a new one for each would cost more calls into the host.
    patience: Option<Pollable>,
    acceptable: Pollable,
    socket: TcpSocket,
    address: String,
    port: u16,
}

impl<P: Protocol> Listener<P> {
    /// Listens on an interface: an IPv4 address, an IPv6 address with or without brackets, or a name; nothing and
    /// `localhost` mean loopback. Port 0 means any free one.
    pub fn open(host_interface: &str, port: u16) -> Result<Self, String> {
        let addresses = address::to_listen_on(host_interface)
            .map_err(|error| format!("cannot listen on {host_interface}:{port}: {error}"))?;
        let listen = |address| Self::listen_on(address, port);
        address::first_that_works("listen on", host_interface, port, &addresses, listen)
    }

    fn listen_on(address: IpAddr, port: u16) -> Result<Self, ErrorCode> {
        let network = instance_network();
        let socket = create_tcp_socket(address::family(address))?;
        let local = address::to_wasi(address, port);
        wait_for(&socket, || socket.start_bind(&network, local))?;
        wait_for(&socket, || socket.finish_bind())?;
        wait_for(&socket, || socket.start_listen())?;
        wait_for(&socket, || socket.finish_listen())?;
        Ok(Self {
            connections: Connections::new(LARGEST_HELD),
            pause: None,
            patience: None,
            acceptable: socket.subscribe(),
            port: address::port_of(socket.local_address()?),
            address: address::for_clients(address),
            socket,
        })
    }

    /// The port that clients connect to.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The address that clients connect to, for instance `127.0.0.1` or `[::1]`.
    pub fn address(&self) -> String {
        self.address.clone()
    }

    /// Accepts and serves connections until `until` is ready. Connections stay open, with what was read from them and not
    /// yet answered, and are served on by the next call.
    ///
    /// An error is one that the protocol answered with ([`crate::Then::Fail`]); what goes wrong on a connection ends that
    /// connection only.
    pub fn serve(&mut self, protocol: &mut P, until: &Pollable) -> Result<(), String> {
        loop {
            let ready = self.wait(until);
            let end_of_patience = 2 + self.connections.len();
            let connections = ready
                .iter()
                .filter(|index| (2..end_of_patience).contains(*index));
            // They come before the listener, whose new ones were not waited for.
            let result = self
                .connections
                .turns(protocol, connections.map(|index| index - 2));
            self.linger(ready.contains(&end_of_patience));
            if ready.contains(&1) {
                self.accept(protocol);
            }
            if result.is_err() || ready.contains(&0) {
                return result;
            }
        }
    }

    /// Waits for anything to happen. Of the numbers returned, 0 is `until`, 1 the listener, 2 the first connection, and the one
    /// after the last connection the end of patience.
    fn wait(&mut self, until: &Pollable) -> Vec<usize> {
        if self.connections.are_busy() {
            // The time that the host gives a server to come back begins anew only with what it had to wait for.
            subscribe_duration(NAP).block();
        }
        // An idle server has nothing to wake up for.
        let patience = self.patience.as_ref().filter(|_| self.connections.linger());
        let mut awaited = Vec::with_capacity(3 + self.connections.len());
        awaited.push(until);
        awaited.push(self.pause.as_ref().unwrap_or(&self.acceptable));
        awaited.extend(self.connections.awaited());
        awaited.extend(patience);
        let ready = poll(&awaited).into_iter();
        ready.map(|index| index as usize).collect()
    }

    /// Ends connections that clients do not close.
    fn linger(&mut self, is_patience_over: bool) {
        if is_patience_over {
            self.patience = None;
            self.connections.lose_patience();
        }
        if self.patience.is_none() && self.connections.linger() {
            self.patience = Some(subscribe_duration(PATIENCE));
        }
    }

    /// Accepts the connections that wait for it.
    fn accept(&mut self, protocol: &mut P) {
        self.pause = None;
        for _ in 0..ACCEPTED_PER_TURN {
            match self.socket.accept() {
                Ok((socket, input, output)) => {
                    self.connections.add(Stream::new(socket, input, output));
                }
                // The client went before it was its turn.
                Err(ErrorCode::ConnectionAborted) => {}
                Err(ErrorCode::WouldBlock) => return,
                Err(error) => {
                    protocol.accept_failed(&address::reason(error));
                    self.pause = Some(subscribe_duration(PAUSE));
                    return;
                }
            }
        }
    }
}
