//! A running mock server: the JSON-RPC of it behind HTTP, behind a listener.

use definitions::found;
use definitions::types::{MockServer, MockServerResults, StartMockServerRequest};
use serde_json::{Map, Value};
use tcp::{Listener, Pollable, Protocol, Then};

use crate::http::{self, Answered, Application, Connection, RequestHead, Status};
use crate::server::Server;
use crate::services::{LogLevel, Services};
use crate::target::check_path;

const TARGET: &str = "jsonrpc::server";
/// The key of the test context that is for this plugin.
const NAME: &str = "jsonrpc";
const PATH: &str = "path";

/// A mock server and its sockets.
pub struct Running<S: Services> {
    key: String,
    listener: Listener<Http<S>>,
    http: Http<S>,
}

impl<S: Services> Running<S> {
    /// Opens the listener.
    pub fn start(
        services: S,
        request: &StartMockServerRequest,
    ) -> Result<(Self, MockServer), String> {
        if request.tls {
            return Err(
                "the jsonrpc plugin offers no TLS; start the mock server without it, and give the client an address that begins \
                 with http://"
                    .to_owned(),
            );
        }
        let path = path(&services, request.test_context.as_deref())?;
        let listener = Listener::open(&request.host_interface, request.port)?;
        let (address, port) = (listener.address(), listener.port());
        let url = format!("http://{address}:{port}");
        let http = Http {
            server: Server::new(services, request, &url, port)?,
            path,
        };
        let running = Running {
            key: format!("jsonrpc:{port}"),
            listener,
            http,
        };
        let log = format!("listening on {url}");
        running.services().log(LogLevel::Info, TARGET, &log);
        let server = MockServer {
            key: running.key.clone(),
            port,
            address,
        };
        Ok((running, server))
    }

    fn services(&self) -> &S {
        self.http.server.services()
    }

    /// Whether this is the server of that name.
    pub fn check_key(&self, key: &str) -> Result<(), String> {
        if self.key == key {
            Ok(())
        } else {
            Err(format!(
                "there is no mock server {key:?}; the one that runs is {:?}",
                self.key
            ))
        }
    }

    /// Answers clients until `until` is ready.
    pub fn serve(&mut self, until: &Pollable) -> Result<(), String> {
        self.listener.serve(&mut self.http, until)
    }

    /// What has come so far.
    pub fn results(&self) -> MockServerResults {
        self.http.server.results()
    }
}

/// The one path that clients may use, if there is such: from the test context, or else from the plugin's configuration.
fn path(services: &dyn Services, test_context: Option<&str>) -> Result<Option<String>, String> {
    let context = object("test context", test_context.unwrap_or("{}"))?;
    let configuration = object("plugin configuration", &services.plugin_configuration())?;
    // A test context has keys of many others.
    let own = context.get(NAME).and_then(Value::as_object);
    for (key, value) in [
        (
            "test context key \"jsonrpc.path\"",
            own.and_then(|own| own.get(PATH)),
        ),
        ("plugin configuration key \"path\"", configuration.get(PATH)),
    ] {
        match value {
            None | Some(Value::Null) => {}
            Some(Value::String(path)) if path.contains('?') => {
                return Err(format!(
                    "{key} is {path:?}; expected a path without a query"
                ));
            }
            Some(Value::String(path)) => {
                check_path(path).map_err(|problem| format!("{key} {problem}"))?;
                return Ok(Some(path.clone()));
            }
            Some(other) => return Err(format!("{key} is {}; expected a path", found(other))),
        }
    }
    Ok(None)
}

fn object(name: &str, json: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(json).map_err(|error| format!("the {name} is not a JSON object: {error}"))
}

/// JSON-RPC behind HTTP.
pub struct Http<S> {
    pub server: Server<S>,
    /// The one path that clients may use, if there is such.
    pub path: Option<String>,
}

impl<S: Services> Application for Http<S> {
    fn accepts(&self, head: &RequestHead<'_>) -> Result<(), (Status, String)> {
        if let Some(path) = self.path.as_deref().filter(|path| *path != head.path) {
            let problem = format!("nothing is at {}; expected {path}", head.path);
            return Err((Status::NOT_FOUND, problem));
        }
        if head.method != "POST" {
            let problem = format!("the HTTP method is {}; expected POST", head.method);
            return Err((Status::METHOD_NOT_ALLOWED, problem));
        }
        Ok(())
    }

    fn answer(
        &mut self,
        path: &str,
        body: &[u8],
        done: &mut usize,
        answer: &mut Vec<u8>,
    ) -> Answered<'_> {
        self.server.answer(path, body, done, answer)
    }

    fn refused(&mut self, path: &str, problem: String) {
        self.server.refused(path, &problem);
    }
}

impl<S: Services> Protocol for Http<S> {
    type Connection = Connection;

    fn received(
        &mut self,
        connection: &mut Connection,
        input: &mut Vec<u8>,
        output: &mut Vec<u8>,
    ) -> Then {
        http::received(self, connection, input, output)
    }

    fn closed(&mut self, _: &mut Connection, input: &mut Vec<u8>, output: &mut Vec<u8>) {
        http::closed(self, input, output);
    }

    fn held(connection: &Connection) -> usize {
        connection.held()
    }

    fn overloaded(&mut self, _: &mut Connection, input: &mut Vec<u8>, output: &mut Vec<u8>) {
        http::overloaded(self, input, output);
    }

    fn accept_failed(&mut self, reason: &str) {
        let message = format!("a connection could not be accepted: {reason}");
        self.server.services().log(LogLevel::Warn, TARGET, &message);
    }
}

#[cfg(test)]
#[path = "mock_tests.rs"]
mod tests;
