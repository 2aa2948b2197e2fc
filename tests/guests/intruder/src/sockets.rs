//! The network through `wasi:sockets` itself, without timeouts: the host ends what takes too long.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Deserialize;
use serde_json::json;
use wasip2::clocks::monotonic_clock;
use wasip2::io::poll::{self, Pollable};
use wasip2::io::streams::{InputStream, OutputStream, StreamError};
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::{ResolveAddressStream, resolve_addresses};
use wasip2::sockets::network::{
    ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
};
use wasip2::sockets::tcp::TcpSocket;
use wasip2::sockets::tcp_create_socket::create_tcp_socket;
use wasip2::sockets::udp::OutgoingDatagram;
use wasip2::sockets::udp_create_socket::create_udp_socket;

use crate::probe::Outcome;

/// A datagram to send.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Datagram {
    address: String,
    port: u16,
    local_address: Option<String>,
    #[serde(default)]
    local_port: u16,
    #[serde(default)]
    connected: bool,
}

/// A TCP connection. Its fields are in the order in which they have to be dropped.
struct Connection {
    input: InputStream,
    _output: OutputStream,
    _socket: TcpSocket,
}

/// Connects, from the local address and port if there are any, and waits so many milliseconds for the first bytes.
pub fn connect(local: Option<(&str, u16)>, remote: (&str, u16), wait_ms: u64) -> Outcome {
    let remote = (address(remote.0)?, remote.1);
    let local = local.map(|(text, port)| address(text).map(|local| (local, port)));
    let connection = open(local.transpose()?, remote).map_err(name)?;
    greeting(&connection, wait_ms)
}

/// Connects to the first address of a name that answers.
pub fn connect_name(host: &str, port: u16, wait_ms: u64) -> Outcome {
    let mut failure = ErrorCode::NameUnresolvable;
    for address in lookup(host).map_err(name)? {
        match open(None, (address, port)) {
            Ok(connection) => return greeting(&connection, wait_ms),
            Err(error) => failure = error,
        }
    }
    Err(name(failure))
}

/// Listens. The socket is added to `listeners`, which keep it open.
pub fn listen(text: &str, port: u16, listeners: &mut Vec<TcpSocket>) -> Outcome {
    let local = address(text)?;
    let socket = bound((local, port)).map_err(name)?;
    socket.start_listen().map_err(name)?;
    finish(|| socket.finish_listen(), || socket.subscribe()).map_err(name)?;
    let port = match socket.local_address().map_err(name)? {
        IpSocketAddress::Ipv4(local) => local.port,
        IpSocketAddress::Ipv6(local) => local.port,
    };
    listeners.push(socket);
    Ok(json!(port))
}

/// Sends a datagram from a socket of its own.
pub fn send(datagram: &Datagram) -> Outcome {
    let remote = address(&datagram.address)?;
    let local = match (&datagram.local_address, remote) {
        (Some(local), _) => address(local)?,
        (None, IpAddr::V4(_)) => Ipv4Addr::UNSPECIFIED.into(),
        (None, IpAddr::V6(_)) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let local = socket_address((local, datagram.local_port));
    let remote = socket_address((remote, datagram.port));
    send_between(local, remote, datagram.connected)
        .map(|()| json!(true))
        .map_err(name)
}

/// The addresses of a name.
pub fn resolve(host: &str) -> Outcome {
    let addresses = lookup(host).map_err(name)?;
    Ok(addresses
        .iter()
        .map(|address| json!(address.to_string()))
        .collect())
}

/// How many of so many lookups of a name, all under way at once, found an address.
pub fn resolve_many(host: &str, times: u32) -> Outcome {
    let network = instance_network();
    let lookups: Result<Vec<_>, _> = (0..times)
        .map(|_| resolve_addresses(&network, host))
        .collect();
    let mut found = 0;
    for lookup in lookups.map_err(name)? {
        if !addresses(&lookup).map_err(name)?.is_empty() {
            found += 1;
        }
    }
    Ok(json!(found))
}

fn open(local: Option<(IpAddr, u16)>, remote: (IpAddr, u16)) -> Result<Connection, ErrorCode> {
    let socket = match local {
        Some(local) => bound(local)?,
        None => create_tcp_socket(family(remote.0))?,
    };
    socket.start_connect(&instance_network(), socket_address(remote))?;
    let (input, output) = finish(|| socket.finish_connect(), || socket.subscribe())?;
    Ok(Connection {
        input,
        _output: output,
        _socket: socket,
    })
}

fn bound(local: (IpAddr, u16)) -> Result<TcpSocket, ErrorCode> {
    let socket = create_tcp_socket(family(local.0))?;
    socket.start_bind(&instance_network(), socket_address(local))?;
    finish(|| socket.finish_bind(), || socket.subscribe())?;
    Ok(socket)
}

/// What the peer sends first.
fn greeting(connection: &Connection, wait_ms: u64) -> Outcome {
    let timer = monotonic_clock::subscribe_duration(wait_ms.saturating_mul(1_000_000));
    let arrival = connection.input.subscribe();
    loop {
        match connection.input.read(100) {
            Ok(bytes) if !bytes.is_empty() => return Ok(json!(String::from_utf8_lossy(&bytes))),
            Ok(_) if timer.ready() => return Ok(json!("connected")),
            Ok(_) => drop(poll::poll(&[&arrival, &timer])),
            Err(StreamError::Closed) => return Ok(json!("connected")),
            Err(StreamError::LastOperationFailed(error)) => return Err(error.to_debug_string()),
        }
    }
}

fn send_between(
    local: IpSocketAddress,
    remote: IpSocketAddress,
    connected: bool,
) -> Result<(), ErrorCode> {
    let socket = create_udp_socket(match local {
        IpSocketAddress::Ipv4(_) => IpAddressFamily::Ipv4,
        IpSocketAddress::Ipv6(_) => IpAddressFamily::Ipv6,
    })?;
    socket.start_bind(&instance_network(), local)?;
    finish(|| socket.finish_bind(), || socket.subscribe())?;
    let (_input, output) = socket.stream(connected.then_some(remote))?;
    let datagram = [OutgoingDatagram {
        data: b"probe".to_vec(),
        remote_address: (!connected).then_some(remote),
    }];
    let send = || match output.check_send()? {
        0 => Err(ErrorCode::WouldBlock),
        _ => match output.send(&datagram)? {
            0 => Err(ErrorCode::WouldBlock),
            _ => Ok(()),
        },
    };
    finish(send, || output.subscribe())
}

fn lookup(host: &str) -> Result<Vec<IpAddr>, ErrorCode> {
    addresses(&resolve_addresses(&instance_network(), host)?)
}

fn addresses(lookup: &ResolveAddressStream) -> Result<Vec<IpAddr>, ErrorCode> {
    let mut addresses = Vec::new();
    let next = || finish(|| lookup.resolve_next_address(), || lookup.subscribe());
    while let Some(address) = next()? {
        addresses.push(match address {
            IpAddress::Ipv4((a, b, c, d)) => Ipv4Addr::new(a, b, c, d).into(),
            IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => {
                Ipv6Addr::new(a, b, c, d, e, f, g, h).into()
            }
        });
    }
    Ok(addresses)
}

/// Repeats `step` until it does not answer would-block, waiting in between.
fn finish<T>(
    step: impl Fn() -> Result<T, ErrorCode>,
    pollable: impl Fn() -> Pollable,
) -> Result<T, ErrorCode> {
    loop {
        match step() {
            Err(ErrorCode::WouldBlock) => pollable().block(),
            done => return done,
        }
    }
}

fn address(text: &str) -> Result<IpAddr, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not an IP address"))
}

fn family(address: IpAddr) -> IpAddressFamily {
    match address {
        IpAddr::V4(_) => IpAddressFamily::Ipv4,
        IpAddr::V6(_) => IpAddressFamily::Ipv6,
    }
}

fn socket_address((address, port): (IpAddr, u16)) -> IpSocketAddress {
    match address {
        IpAddr::V4(address) => IpSocketAddress::Ipv4(Ipv4SocketAddress {
            port,
            address: address.octets().into(),
        }),
        IpAddr::V6(address) => IpSocketAddress::Ipv6(Ipv6SocketAddress {
            port,
            flow_info: 0,
            address: address.segments().into(),
            scope_id: 0,
        }),
    }
}

fn name(error: ErrorCode) -> String {
    error.name().to_owned()
}
