//! The port that the framework connects to.

use std::future::Future;
use std::io::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep};
use tonic::codegen::tokio_stream::Stream;

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

/// How long it takes until connections may be accepted again where that fails, for lack of file descriptors for instance.
const PAUSE: Duration = Duration::from_millis(50);

/// The connections that come.
pub struct Connections {
    listener: TcpListener,
    pause: Option<Pin<Box<Sleep>>>,
}

impl From<TcpListener> for Connections {
    fn from(listener: TcpListener) -> Self {
        Connections {
            listener,
            pause: None,
        }
    }
}

impl Stream for Connections {
    type Item = io::Result<TcpStream>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(context));
                self.pause = None;
            }
            match ready!(self.listener.poll_accept(context)) {
                Ok((connection, _)) => {
                    // Drivers make a new connection for each call, and a delayed acknowledgement would cost 40 ms.
                    return Poll::Ready(Some(connection.set_nodelay(true).map(|()| connection)));
                }
                Err(_) => self.pause = Some(Box::pin(sleep(PAUSE))),
            }
        }
    }
}
