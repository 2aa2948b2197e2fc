//! Addresses: what users write, names, and WASI's form of both.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::resolve_addresses;
use wasip2::sockets::network::{
    ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
};

const LOOPBACK: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::LOCALHOST),
    IpAddr::V6(Ipv6Addr::LOCALHOST),
];

/// The addresses to listen on, best first. No name means loopback, and loopback means the one address that all clients know:
/// where its port is taken, another address with the same port would not be what the user meant.
pub fn to_listen_on(host: &str) -> Result<Vec<IpAddr>, String> {
    if host.is_empty() || is_localhost(host) {
        return Ok(vec![LOOPBACK[0]]);
    }
    match literal(host) {
        Some(address) => Ok(vec![address]),
        None => look_up(host),
    }
}

/// The addresses to connect to, best first.
pub fn to_connect_to(host: &str) -> Result<Vec<IpAddr>, String> {
    if let Some(address) = literal(host) {
        return Ok(vec![address]);
    }
    let addresses = look_up(host);
    if is_localhost(host) {
        return Ok(with_loopback(addresses.unwrap_or_default()));
    }
    addresses
}

/// What `localhost` stands for, whatever came of looking it up (RFC 6761 section 6.3): the sandbox may forbid looking up names,
/// and many systems know only one of the two, while servers listen on the other.
fn with_loopback(mut addresses: Vec<IpAddr>) -> Vec<IpAddr> {
    for address in LOOPBACK {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    addresses
}

fn is_localhost(host: &str) -> bool {
    without_root(host).eq_ignore_ascii_case("localhost")
}

/// A name without the dot that may end it, which stands for the root of all names. Not all systems look up such names.
fn without_root(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// An IP address that is written out, IPv6 with or without brackets. An IPv4 address in the form of IPv6 is the IPv4 address: WASI
/// has no sockets for both.
fn literal(host: &str) -> Option<IpAddr> {
    let bracketed = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address: Option<IpAddr> = match bracketed {
        Some(inner) => inner.parse().ok().map(IpAddr::V6),
        None => host.parse().ok(),
    };
    address.map(|address| address.to_canonical())
}

fn look_up(name: &str) -> Result<Vec<IpAddr>, String> {
    let failed = |error| format!("cannot look up the host name {name:?}: {}", reason(error));
    let answers = resolve_addresses(&instance_network(), without_root(name)).map_err(failed)?;
    let mut addresses = Vec::new();
    loop {
        match answers.resolve_next_address() {
            Ok(Some(address)) => addresses.push(from_wasi(address).to_canonical()),
            Ok(None) if addresses.is_empty() => {
                return Err(format!("the host name {name:?} has no address"));
            }
            Ok(None) => return Ok(addresses),
            Err(ErrorCode::WouldBlock) => answers.subscribe().block(),
            Err(error) => return Err(failed(error)),
        }
    }
}

/// What a client puts in front of the port: IPv6 in brackets, and loopback if `address` stands for all interfaces.
pub fn for_clients(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.to_string(),
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) if address.is_unspecified() => "[::1]".to_owned(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

pub fn family(address: IpAddr) -> IpAddressFamily {
    match address {
        IpAddr::V4(_) => IpAddressFamily::Ipv4,
        IpAddr::V6(_) => IpAddressFamily::Ipv6,
    }
}

pub fn to_wasi(address: IpAddr, port: u16) -> IpSocketAddress {
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

fn from_wasi(address: IpAddress) -> IpAddr {
    match address {
        IpAddress::Ipv4(bytes) => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::from(bytes))),
        IpAddress::Ipv6(groups) => IpAddr::V6(Ipv6Addr::from(<[u16; 8]>::from(groups))),
    }
}

pub fn port_of(address: IpSocketAddress) -> u16 {
    match address {
        IpSocketAddress::Ipv4(address) => address.port,
        IpSocketAddress::Ipv6(address) => address.port,
    }
}

/// WASI's error codes in words: `connection refused`.
pub fn reason(error: ErrorCode) -> String {
    error.name().replace('-', " ")
}

/// Tries the addresses of a host one after the other. The error tells what was tried, and what came of each.
pub fn first_that_works<T>(
    attempted: &str,
    host: &str,
    port: u16,
    addresses: &[IpAddr],
    mut attempt: impl FnMut(IpAddr) -> Result<T, ErrorCode>,
) -> Result<T, String> {
    let mut failures = Vec::new();
    for address in addresses {
        match attempt(*address) {
            Ok(result) => return Ok(result),
            Err(error) => failures.push((*address, error)),
        }
    }
    Err(none_works(attempted, host, port, &failures))
}

/// The error that tells which addresses of a host were tried, and what came of each.
pub fn none_works(
    attempted: &str,
    host: &str,
    port: u16,
    failures: &[(IpAddr, ErrorCode)],
) -> String {
    let tried = |(address, error): &(IpAddr, ErrorCode)| {
        format!("{}: {}", SocketAddr::new(*address, port), reason(*error))
    };
    let outcome: Vec<_> = failures.iter().map(tried).collect();
    match &*outcome {
        // Nothing more to tell than the user knows.
        [outcome] if host.is_empty() || literal(host).is_some() => {
            format!("cannot {attempted} {outcome}")
        }
        outcome => format!("cannot {attempted} {host}:{port}: {}", outcome.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_written_out_need_no_lookup() {
        assert_eq!(literal("10.1.2.3"), Some(IpAddr::from([10, 1, 2, 3])));
        assert_eq!(literal("::1"), Some(IpAddr::V6(Ipv6Addr::LOCALHOST)));
        assert_eq!(literal("[::1]"), literal("::1"));
        let loopback = Some(LOOPBACK[0]);
        assert_eq!(literal("::ffff:127.0.0.1"), loopback);
        assert_eq!(literal("[::ffff:7f00:1]"), loopback);
        for name in [
            "localhost",
            "[10.1.2.3]",
            "[::1",
            "::1]",
            "10.1.2",
            "",
            "[]",
        ] {
            assert_eq!(literal(name), None, "{name:?}");
        }
    }

    #[test]
    fn a_server_listens_on_loopback_unless_told_otherwise() {
        for host in ["", "localhost", "LocalHost", "localhost."] {
            assert_eq!(to_listen_on(host), Ok(vec![LOOPBACK[0]]), "{host:?}");
        }
        let everywhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        assert_eq!(to_listen_on("0.0.0.0"), Ok(vec![everywhere]));
    }

    #[test]
    fn localhost_is_both_loopback_addresses() {
        let [v4, v6] = LOOPBACK;
        let other = IpAddr::from([127, 0, 1, 1]);
        assert_eq!(with_loopback(vec![]), [v4, v6]);
        assert_eq!(with_loopback(vec![v4]), [v4, v6]);
        assert_eq!(with_loopback(vec![v6, v4]), [v6, v4]);
        assert_eq!(with_loopback(vec![other]), [other, v4, v6]);
        assert!(is_localhost("LocalHost."));
        assert!(!is_localhost("localhost.example"));
    }

    #[test]
    fn names_are_looked_up_without_the_dot_at_their_end() {
        assert_eq!(without_root("example.org."), "example.org");
        assert_eq!(without_root("example.org"), "example.org");
        assert_eq!(without_root("."), "");
    }

    #[test]
    fn clients_are_given_an_address_to_which_they_can_connect() {
        let shown = |host: &str| for_clients(literal(host).unwrap());
        assert_eq!(shown("127.0.0.1"), "127.0.0.1");
        assert_eq!(shown("::1"), "[::1]");
        assert_eq!(shown("0.0.0.0"), "127.0.0.1");
        assert_eq!(shown("::"), "[::1]");
        assert_eq!(shown("fd00::7"), "[fd00::7]");
    }

    #[test]
    fn addresses_survive_the_way_to_wasi_and_back() {
        for host in ["192.168.7.9", "2001:db8::1:2:3"] {
            let address = literal(host).unwrap();
            let wasi = to_wasi(address, 8080);
            assert_eq!(port_of(wasi), 8080);
            let back = match wasi {
                IpSocketAddress::Ipv4(wasi) => from_wasi(IpAddress::Ipv4(wasi.address)),
                IpSocketAddress::Ipv6(wasi) => from_wasi(IpAddress::Ipv6(wasi.address)),
            };
            assert_eq!(back, address);
        }
    }

    #[test]
    fn addresses_are_tried_in_order() {
        let mut tried = Vec::new();
        let result = first_that_works("connect to", "localhost", 80, &LOOPBACK, |address| {
            tried.push(address);
            match address {
                IpAddr::V4(_) => Err(ErrorCode::ConnectionRefused),
                IpAddr::V6(_) => Ok("connected"),
            }
        });
        assert_eq!(result, Ok("connected"));
        assert_eq!(tried, LOOPBACK);
    }

    #[test]
    fn the_error_tells_what_came_of_each_address() {
        let error = |host, addresses: &[IpAddr]| {
            first_that_works("connect to", host, 80, addresses, |address| {
                Err::<(), _>(match address {
                    IpAddr::V4(_) => ErrorCode::ConnectionRefused,
                    IpAddr::V6(_) => ErrorCode::AccessDenied,
                })
            })
            .unwrap_err()
        };
        assert_eq!(
            error("localhost", &LOOPBACK),
            "cannot connect to localhost:80: 127.0.0.1:80: connection refused; [::1]:80: access denied"
        );
        assert_eq!(
            error("localhost", &LOOPBACK[..1]),
            "cannot connect to localhost:80: 127.0.0.1:80: connection refused"
        );
        let refused = "cannot connect to 127.0.0.1:80: connection refused";
        assert_eq!(error("127.0.0.1", &LOOPBACK[..1]), refused);
        assert_eq!(error("", &LOOPBACK[..1]), refused);
        let denied = "cannot connect to [::1]:80: access denied";
        assert_eq!(error("::1", &LOOPBACK[1..]), denied);
    }
}
