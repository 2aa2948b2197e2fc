//! Where a mock server says it is.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use pact_wasm::driver::permissions::{Permission, is_loopback};

use super::listeners;

/// How long a client waits for anything.
const PATIENCE: Duration = Duration::from_secs(5);

/// An address that a client connects to. It is the plugin that names it, so it is only followed to where the plugin may listen:
/// another one leads to somebody else, and looking up a name tells it to others.
pub struct Place {
    text: String,
    addresses: Vec<SocketAddr>,
}

impl Place {
    /// The place that a plugin with these grants names. An error says why nobody went there.
    pub fn new(address: &str, port: u16, grants: &[Permission]) -> Result<Self, String> {
        let found = ips(address).ok_or_else(|| {
            format!("the server's address is \"{}\", which is neither an IP address nor localhost, so nobody looked it up", address.escape_debug())
        })?;
        let addresses: Vec<SocketAddr> = found
            .into_iter()
            .map(|ip| SocketAddr::new(ip, port))
            .collect();
        if !addresses.iter().all(|it| may_listen(*it, grants)) {
            return Err(format!(
                "the server's address is {address}:{port}, where the plugin may not listen, so nobody connected to it"
            ));
        }
        Ok(Place {
            text: format!("{address}:{port}"),
            addresses,
        })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Connects if it is the plugin that listens there.
    pub fn connect(&self) -> io::Result<TcpStream> {
        let mut last = io::Error::other("the plugin does not listen there");
        for address in &self.addresses {
            if !listeners::may_be_ours(*address) {
                continue;
            }
            match TcpStream::connect_timeout(address, PATIENCE) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(PATIENCE))?;
                    stream.set_write_timeout(Some(PATIENCE))?;
                    return Ok(stream);
                }
                Err(e) => last = e,
            }
        }
        Err(last)
    }
}

/// An address as clients write it in front of a port: IPv6 in brackets.
fn ips(address: &str) -> Option<Vec<IpAddr>> {
    if address.eq_ignore_ascii_case("localhost") {
        return Some(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    let inner = address
        .strip_prefix('[')
        .and_then(|it| it.strip_suffix(']'));
    let ip = match inner {
        Some(inner) => inner.parse::<Ipv6Addr>().ok()?.into(),
        None => address.parse::<Ipv4Addr>().ok()?.into(),
    };
    Some(vec![ip])
}

fn may_listen(address: SocketAddr, grants: &[Permission]) -> bool {
    let is_granted = grants.iter().any(|it| match it {
        Permission::Listen(rule) => rule.admits(address.ip(), &[]) && rule.has_port(address.port()),
        _ => false,
    });
    is_granted || is_loopback(address.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_on_loopback_or_where_it_may_listen() {
        let grants = [
            Permission::listen("192.0.2.1:80").unwrap(),
            Permission::connect("198.51.100.1").unwrap(),
        ];
        for address in ["127.0.0.1", "127.9.9.9", "[::1]", "localhost", "192.0.2.1"] {
            assert!(Place::new(address, 80, &grants).is_ok(), "{address}");
        }
        for (address, port, reason) in [
            ("example.com", 80, "neither an IP address nor localhost"),
            ("localhost.example.com", 80, "neither an IP address nor"),
            ("127.1", 80, "neither an IP address nor localhost"),
            ("::1", 80, "neither an IP address nor localhost"),
            ("[127.0.0.1]", 80, "neither an IP address nor localhost"),
            ("127.0.0.1\n", 80, "is \"127.0.0.1\\n\", which is neither"),
            (
                "192.0.2.1",
                81,
                "is 192.0.2.1:81, where the plugin may not listen",
            ),
            ("198.51.100.1", 80, "where the plugin may not listen"),
            ("0.0.0.0", 80, "where the plugin may not listen"),
            ("[2001:db8::1]", 80, "where the plugin may not listen"),
        ] {
            let Err(said) = Place::new(address, port, &grants) else {
                panic!("{address}:{port}");
            };
            assert!(said.contains(reason), "{said}");
        }
    }
}
