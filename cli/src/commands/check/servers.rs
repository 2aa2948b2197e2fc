//! Mock servers of transports.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use super::calls::{Call, all_answer};
use super::findings::Findings;
use super::place::Place;
use super::reply::{Step, ask};
use super::requests::{self, TEXT, with_text};
use super::session::{Session, free_port};
use super::verdict::Verdict;

const LISTEN: &str = "listen before start-mock-server returns, and answer with the port and the address of that listener; go on serving until shutdown";
const ADDRESS: &str = "answer with the address that the server listens on: one of loopback, or one that --grant listen=ADDRESS allows; IPv6 stands in brackets";

/// A server that the plugin says it has started.
struct Server<'a> {
    session: &'a Session,
    key: String,
    place: Place,
    port: u16,
}

pub fn check(session: &Session, findings: &mut Findings) {
    findings.check("mock server: start, results and shutdown", || {
        life(session).unwrap_or_else(|it| it)
    });
    findings.check("mock server: it survives what is no request", || {
        garbage(session).unwrap_or_else(|it| it)
    });
    findings.check(
        "mock server: the port that is asked for, and none that is taken",
        || ports(session).unwrap_or_else(|it| it),
    );
    findings.check("mock server: two at a time", || {
        two(session).unwrap_or_else(|it| it)
    });
    findings.check(
        "start-mock-server: interfaces and interactions of all sorts",
        || all_answer(session, &unusual_starts(session)),
    );
}

fn start_request(session: &Session, port: u16) -> Value {
    let interactions: Vec<Value> = session.configured_interaction().into_iter().collect();
    json!({ "port": port, "interactions": interactions })
}

impl<'a> Server<'a> {
    /// Starts a server, with the interaction of the user's contents config if there is one.
    fn start(session: &'a Session, port: u16) -> Step<Self> {
        match ask(session, "start-mock-server", &start_request(session, port))? {
            Ok(response) => Self::of(session, &response),
            Err(error) => Err(Verdict::skipped(format!("it starts no server: {error}"))),
        }
    }

    fn of(session: &'a Session, response: &Value) -> Step<Self> {
        let text = |key: &str| response[key].as_str().unwrap_or_default();
        let port = response["port"].as_u64();
        let port = port
            .and_then(|it| u16::try_from(it).ok())
            .unwrap_or_default();
        let place = Place::new(text("address"), port, &session.settings.grants);
        Ok(Server {
            session,
            key: text("key").to_string(),
            place: place.map_err(|reason| Verdict::failed(reason, ADDRESS))?,
            port,
        })
    }

    fn must_listen(&self) -> Step<TcpStream> {
        self.place.connect().map_err(|e| {
            let place = self.place.text();
            let reason = format!("nobody can connect to {place}, where the server says it is: {e}");
            Verdict::failed(reason, LISTEN)
        })
    }

    /// Asks for something that every running server has to give.
    fn ask(&self, operation: &'static str) -> Step<Value> {
        ask(self.session, operation, &json!({ "key": self.key }))?
            .map_err(|error| Verdict::of_fault(&error))
    }

    /// Ends it, and sees to it that its port is free.
    fn end(self) -> Step<()> {
        self.ask("shutdown-mock-server")?;
        let still_there = |what: &str| {
            let reason = format!("after shutdown-mock-server, {what} {}", self.place.text());
            Verdict::failed(reason, "close the listener in shutdown-mock-server")
        };
        if self.place.connect().is_ok() {
            return Err(still_there("somebody still answers on"));
        }
        // What is bound to all addresses is not free on one.
        match TcpListener::bind(("127.0.0.1", self.port)) {
            Ok(_) => Ok(()),
            Err(e) if e.kind() == std::io::ErrorKind::AddrInUse => {
                Err(still_there("nobody else can listen on"))
            }
            Err(_) => Ok(()),
        }
    }
}

fn life(session: &Session) -> Step<Verdict> {
    let server = Server::start(session, 0)?;
    drop(server.must_listen()?);
    server.ask("get-mock-server-results")?;
    // Results can be asked for while somebody is connected and says nothing.
    let silent = server.must_listen()?;
    server.ask("get-mock-server-results")?;
    server.end()?;
    drop(silent);
    let second = Server::start(session, 0)?;
    drop(second.must_listen()?);
    second.end()?;
    Ok(Verdict::noted("and a second one after it"))
}

fn garbage(session: &Session) -> Step<Verdict> {
    let server = Server::start(session, 0)?;
    for content in [
        b"\x00\xff\xfe\x80".to_vec(),
        b"GET".to_vec(),
        b"\r\n\r\n\r\n".to_vec(),
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n{".to_vec(),
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n".to_vec(),
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n".to_vec(),
        vec![b'x'; 1 << 20],
        vec![0; 1 << 20],
    ] {
        let mut stream = server.must_listen()?;
        // The server may hang up in the middle.
        let _ = stream.write_all(&content);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let _ = stream.set_read_timeout(Some(Duration::from_millis(200)));
        let _ = stream.read(&mut [0; 1024]);
    }
    let results = server.ask("get-mock-server-results")?;
    server.must_listen().map_err(|verdict| {
        // A server that died says why in its results.
        let said = results["results"][0]["error"].as_str().unwrap_or_default();
        match verdict {
            Verdict::Failed { reason, .. } => Verdict::failed(
                format!("{reason}\nits results say: {said}"),
                "close a connection that sends nonsense, and serve the others",
            ),
            verdict => verdict,
        }
    })?;
    server.end()?;
    Ok(Verdict::ok())
}

fn ports(session: &Session) -> Step<Verdict> {
    let port = free_port().map_err(|error| Verdict::skipped(error.to_string()))?;
    let server = Server::start(session, port)?;
    if server.port != port {
        let reason = format!(
            "port {port} was asked for, and the server says that it is on {}",
            server.port
        );
        return Err(Verdict::failed(
            reason,
            "listen on the port of the request; 0 means any free one",
        ));
    }
    drop(server.must_listen()?);
    if ask(session, "start-mock-server", &start_request(session, port))?.is_ok() {
        let reason = format!("a second server was started on port {port}, which is taken");
        return Err(Verdict::failed(
            reason,
            "answer with an error where the port cannot be listened on",
        ));
    }
    server.end()?;
    Ok(Verdict::ok())
}

fn two(session: &Session) -> Step<Verdict> {
    let (one, other) = (Server::start(session, 0)?, Server::start(session, 0)?);
    one.end()?;
    drop(other.must_listen()?);
    other.end()?;
    Ok(Verdict::ok())
}

/// Servers that nobody shuts down end with the plugin.
fn unusual_starts(session: &Session) -> Vec<Call> {
    let start = |what: &str, request: Value| Call::new(what, "start-mock-server", request);
    let mut calls = Vec::new();
    for (what, interface) in [
        ("an interface that is none", "not an interface"),
        ("an interface of somebody else", "192.0.2.1"),
        ("an interface with NUL", "127.0.0.1\u{0}"),
        ("an interface of IPv6", "::1"),
        ("all interfaces", "0.0.0.0"),
    ] {
        calls.push(start(
            what,
            json!({ "hostInterface": interface, "interactions": [] }),
        ));
    }
    calls.push(start("TLS", json!({ "tls": true, "interactions": [] })));
    for kind in session.interaction_types() {
        let interaction = json!({ "interactionType": kind.name(), "consumer": "☃\u{0}" });
        calls.push(start(
            "an interaction without a configuration",
            json!({ "interactions": [interaction] }),
        ));
        for (what, object) in requests::objects() {
            let configuration =
                json!({ "interactionConfiguration": TEXT, "pactConfiguration": TEXT });
            let interaction =
                json!({ "interactionType": kind.name(), "pluginConfiguration": configuration });
            let request = json!({ "interactions": [interaction], "testContext": TEXT });
            calls.push(Call::new(
                format!("{what} as the plugin configuration"),
                "start-mock-server",
                with_text(&request, &object),
            ));
        }
    }
    calls
}
