//! Addresses of the network, as people write them: a host, and ports behind a colon.
//!
//! The host is `*` for any, an address (`192.0.2.1`, `[2001:db8::1]`), a network (`192.0.2.0/24`, `[2001:db8::/32]`), or a name;
//! `localhost` stands for all loopback addresses. The ports are one (`443`), a range (`8000-8999`), or `*` for any, which is
//! also what nothing means.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;

use ipnet::IpNet;

use super::is_loopback;

/// Some addresses of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressRule {
    hosts: Hosts,
    ports: RangeInclusive<u16>,
    text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Hosts {
    Any,
    Loopback,
    Network(IpNet),
    /// In lower case, without a dot at the end.
    Name(String),
}

const ANY_PORT: RangeInclusive<u16> = 1..=u16::MAX;

impl AddressRule {
    /// Reads a rule. An error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (host, ports) = split(text)?;
        Ok(AddressRule {
            hosts: hosts(host).ok_or_else(|| {
                format!(
                    "is \"{text}\"; its host must be *, an address such as 192.0.2.1 or [2001:db8::1], a network such as \
                     192.0.2.0/24, or a name"
                )
            })?,
            ports: self::ports(ports).ok_or_else(|| {
                format!("is \"{text}\"; its port must be from 1 to 65535, a range such as 8000-8999, or *")
            })?,
            text: text.to_string(),
        })
    }

    /// Reads a rule for listeners. They have addresses only.
    pub fn parse_without_name(text: &str) -> Result<Self, String> {
        let rule = Self::parse(text)?;
        match rule.hosts {
            Hosts::Name(_) => Err(format!(
                "is \"{text}\"; nothing listens on a name, so its host must be an address, a network, localhost, or *"
            )),
            _ => Ok(rule),
        }
    }

    /// Whether some address belongs to both.
    pub fn overlaps(&self, other: &Self) -> bool {
        let ports =
            self.ports.start() <= other.ports.end() && other.ports.start() <= self.ports.end();
        ports && self.hosts.overlap(&other.hosts)
    }

    /// Whether the port belongs to it. 0 is none yet, so that is for later to say.
    pub fn has_port(&self, port: u16) -> bool {
        port == 0 || self.ports.contains(&port)
    }

    /// Whether the address, which is known by these names, belongs to it.
    pub fn admits(&self, ip: IpAddr, names: &[String]) -> bool {
        let ip = ip.to_canonical();
        match &self.hosts {
            Hosts::Any => true,
            Hosts::Loopback => is_loopback(ip),
            Hosts::Network(network) => network.contains(&ip),
            Hosts::Name(name) => names.contains(name) && may_have_a_name(ip),
        }
    }

    /// Whether the name belongs to it.
    pub fn has_name(&self, name: &str) -> bool {
        match &self.hosts {
            Hosts::Any => true,
            Hosts::Loopback => canonical_name(name) == "localhost",
            Hosts::Network(_) => false,
            Hosts::Name(own) => *own == canonical_name(name),
        }
    }
}

impl fmt::Display for AddressRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Where clouds keep the secrets of a machine, besides the link-local address that most of them have for it.
const SECRETS: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x254)),
];

/// Whoever owns a name decides where it leads, so a rule for a name is no rule for this machine itself, nor for its
/// neighbours on the link, where clouds keep their secrets.
fn may_have_a_name(ip: IpAddr) -> bool {
    let ip = behind_nat64(ip);
    let link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local() || ip.is_broadcast(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    let is_special = link_local || ip.is_loopback() || ip.is_unspecified() || ip.is_multicast();
    !(is_special || SECRETS.contains(&ip))
}

/// The IPv4 address that a translator makes of an IPv6 one (RFC 6052, the well-known prefix).
fn behind_nat64(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(v6) => match v6.octets() {
            [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] => IpAddr::from([a, b, c, d]),
            _ => ip,
        },
        IpAddr::V4(_) => ip,
    }
}

/// As rules hold it.
pub fn canonical_name(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

impl Hosts {
    fn overlap(&self, other: &Self) -> bool {
        match (self, other) {
            (Hosts::Any, _) | (_, Hosts::Any) => true,
            (Hosts::Network(one), Hosts::Network(other)) => {
                one.contains(other) || other.contains(one)
            }
            (Hosts::Loopback, Hosts::Network(network))
            | (Hosts::Network(network), Hosts::Loopback) => {
                is_loopback(network.addr())
                    || network.contains(&IpAddr::from([127, 0, 0, 1]))
                    || network.contains(&IpAddr::from(Ipv6Addr::LOCALHOST))
            }
            _ => self == other,
        }
    }
}

/// Host and ports. The colons of an IPv6 address are told from the one before the ports by brackets.
fn split(text: &str) -> Result<(&str, &str), String> {
    if let Some(rest) = text.strip_prefix('[') {
        let (_, behind) = rest
            .split_once(']')
            .ok_or_else(|| format!("is \"{text}\"; a ] is missing"))?;
        let host = &text[..text.len() - behind.len()];
        let ports = match behind {
            "" => "*",
            _ => behind
                .strip_prefix(':')
                .ok_or_else(|| format!("is \"{text}\"; behind the ] only : and ports may stand"))?,
        };
        return Ok((host, ports));
    }
    match text.split_once(':') {
        None => Ok((text, "*")),
        Some((_, ports)) if ports.contains(':') => Err(format!(
            "is \"{text}\"; an IPv6 address stands in brackets, as in [::1]:443"
        )),
        Some(parts) => Ok(parts),
    }
}

fn hosts(host: &str) -> Option<Hosts> {
    if host == "*" {
        return Some(Hosts::Any);
    }
    let bare = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?,
        None => host,
    };
    let network = bare.parse::<IpNet>().ok();
    let network = network.or_else(|| bare.parse::<IpAddr>().ok().map(IpNet::from));
    if let Some(network) = network {
        // Brackets are for IPv6 and for nothing else.
        return (network.addr().is_ipv6() == host.starts_with('[')).then(|| canonical(network));
    }
    let is_name = |it: &str| {
        let label = |label: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            !label.is_empty() && label.len() < 64 && label.chars().all(fits)
        };
        // What consists of digits only at its end is a botched address.
        let last = it.rsplit('.').next().unwrap_or_default();
        it.len() < 254 && it.split('.').all(label) && !last.chars().all(|c| c.is_ascii_digit())
    };
    let name = canonical_name(host);
    match name.as_str() {
        "localhost" => Some(Hosts::Loopback),
        _ => is_name(&name).then_some(Hosts::Name(name)),
    }
}

/// An IPv4 network that is written as IPv6 is the IPv4 network.
fn canonical(network: IpNet) -> Hosts {
    let (address, length) = (network.addr(), network.prefix_len());
    match (address, address.to_canonical()) {
        (IpAddr::V6(_), mapped @ IpAddr::V4(_)) if length >= 96 => {
            Hosts::Network(IpNet::new_assert(mapped, length - 96).trunc())
        }
        _ => Hosts::Network(network.trunc()),
    }
}

fn ports(ports: &str) -> Option<RangeInclusive<u16>> {
    if ports == "*" {
        return Some(ANY_PORT);
    }
    // `parse` would take a sign.
    let port = |text: &str| {
        let digits = text.chars().all(|c| c.is_ascii_digit());
        text.parse().ok().filter(|it: &u16| digits && *it > 0)
    };
    let (from, to) = ports.split_once('-').unwrap_or((ports, ports));
    let (from, to) = (port(from)?, port(to)?);
    (from <= to).then_some(from..=to)
}
