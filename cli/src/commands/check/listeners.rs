//! Listening sockets of this process, which are those of the plugin: nobody else here listens.

use std::net::SocketAddr;

/// Whether a client of this address gets to a listener of this process. Where the system does not tell, it may be one.
pub fn may_be_ours(address: SocketAddr) -> bool {
    system::own().is_none_or(|own| own.iter().any(|it| serves(*it, address)))
}

fn serves(listener: SocketAddr, address: SocketAddr) -> bool {
    let (bound, wanted) = (listener.ip().to_canonical(), address.ip().to_canonical());
    // What listens on all addresses of IPv6 usually takes those of IPv4 as well.
    let is_for_all = bound.is_unspecified() && (bound.is_ipv6() || wanted.is_ipv4());
    listener.port() == address.port() && (bound == wanted || is_for_all)
}

#[cfg(target_os = "linux")]
mod system {
    use std::collections::HashSet;
    use std::fs;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

    /// The listeners of this process.
    pub fn own() -> Option<Vec<SocketAddr>> {
        // Some sandboxes tell of no sockets. One that is known to be there shows whether they do.
        let probe = TcpListener::bind(("127.0.0.1", 0)).ok()?;
        let known = probe.local_addr().ok()?;
        let inodes = inodes()?;
        let mut own = listeners(&fs::read_to_string("/proc/self/net/tcp").ok()?, &inodes);
        // Without IPv6 there is no such file.
        if let Ok(table) = fs::read_to_string("/proc/self/net/tcp6") {
            own.extend(listeners(&table, &inodes));
        }
        own.swap_remove(own.iter().position(|it| *it == known)?);
        Some(own)
    }

    /// The numbers of the sockets that this process has open.
    fn inodes() -> Option<HashSet<String>> {
        let inode = |entry: fs::DirEntry| {
            let target = fs::read_link(entry.path()).ok()?;
            let inode = target.to_str()?.strip_prefix("socket:[")?;
            Some(inode.strip_suffix(']')?.to_string())
        };
        let open = fs::read_dir("/proc/self/fd").ok()?;
        Some(open.filter_map(|it| inode(it.ok()?)).collect())
    }

    /// From a table of all sockets, see proc(5).
    fn listeners(table: &str, inodes: &HashSet<String>) -> Vec<SocketAddr> {
        const LISTENS: &str = "0A";
        let listener = |line: &str| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let is_own = *fields.get(3)? == LISTENS && inodes.contains(*fields.get(9)?);
            is_own.then(|| address(fields[1]))?
        };
        table.lines().skip(1).filter_map(listener).collect()
    }

    /// `0100007F:1F90` is 127.0.0.1:8080: words in the order of the machine, and the port.
    pub fn address(text: &str) -> Option<SocketAddr> {
        let (ip, port) = text.split_once(':')?;
        let word = |at: usize| {
            Some(
                u32::from_str_radix(ip.get(at..at + 8)?, 16)
                    .ok()?
                    .to_ne_bytes(),
            )
        };
        let ip = match ip.len() {
            8 => IpAddr::from(Ipv4Addr::from(word(0)?)),
            _ => {
                let words = [word(0)?, word(8)?, word(16)?, word(24)?];
                let bytes: [u8; 16] = words.concat().try_into().ok()?;
                IpAddr::from(Ipv6Addr::from(bytes))
            }
        };
        Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::net::SocketAddr;

    pub fn own() -> Option<Vec<SocketAddr>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_serve_their_own_address() {
        for (listener, address, expected) in [
            ("127.0.0.1:80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "127.0.0.1:81", false),
            ("127.0.0.1:80", "127.0.0.2:80", false),
            ("127.0.0.1:80", "[::ffff:127.0.0.1]:80", true),
            ("0.0.0.0:80", "127.0.0.2:80", true),
            ("0.0.0.0:80", "[::1]:80", false),
            ("[::]:80", "127.0.0.1:80", true),
        ] {
            let found = serves(listener.parse().unwrap(), address.parse().unwrap());
            assert_eq!(found, expected, "{listener} {address}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_open_is_ours() {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let mut address = listener.local_addr().unwrap();
        assert!(system::own().unwrap().contains(&address));
        assert!(may_be_ours(address));
        address.set_ip("127.0.0.2".parse().unwrap());
        assert!(!may_be_ours(address));
    }

    #[cfg(all(target_os = "linux", target_endian = "little"))]
    #[test]
    fn the_system_writes_addresses_in_words() {
        for (text, expected) in [
            ("0100007F:1F90", "127.0.0.1:8080"),
            ("00000000000000000000000001000000:0050", "[::1]:80"),
            ("B80D0120000000000000000001000000:0050", "[2001:db8::1]:80"),
        ] {
            let expected = expected.parse().unwrap();
            assert_eq!(system::address(text), Some(expected), "{text}");
        }
        assert_eq!(system::address("7F:50"), None);
    }
}
