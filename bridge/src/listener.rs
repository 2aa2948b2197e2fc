//! The port that the framework connects to.

use std::io::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr};

use tokio::net::TcpListener;

/// How often a port is tried that is free on one of the two addresses only.
const ATTEMPTS: usize = 20;

/// Listens on both loopback addresses, with one port: frameworks try `[::1]` first, then `127.0.0.1`. Machines without IPv6 have the
/// second only.
pub async fn bind() -> io::Result<Vec<TcpListener>> {
    for _ in 0..ATTEMPTS {
        let Ok(v6) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await else {
            break;
        };
        let port = v6.local_addr()?.port();
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(v4) => return Ok(vec![v6, v4]),
            Err(e) if e.kind() == io::ErrorKind::AddrInUse => {}
            // There may be no IPv4 either.
            Err(_) => return Ok(vec![v6]),
        }
    }
    Ok(vec![TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?])
}

/// Tells port and key, in the line that frameworks wait for. Nothing else is ever printed there.
pub fn announce(listeners: &[TcpListener], key: &str) -> io::Result<()> {
    let port = listeners[0].local_addr()?.port();
    let line = serde_json::json!({ "port": port, "serverKey": key });
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
