//! A plugin twice: in this process, and behind a bridge.

use std::cell::Cell;
use std::future::Future;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::config::{CacheDirectory, Config};
use pact_wasm::driver::host::Host;
use pact_wasm::driver::permissions::{Grant, Permission};
use pact_wasm::driver::plugin::Plugin;
use pact_wasm::error::Error;
use pact_wasm::runtime::component::WasmRuntime;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{v1, v2};
use crate::common::{self, Bridge, V1, V2, command, plugin};

/// The interface version by which the bridge is called.
#[derive(Debug, Clone, Copy)]
pub enum Via {
    V1,
    V2,
}

impl Via {
    /// Both.
    pub const BOTH: [Via; 2] = [Via::V2, Via::V1];

    /// The request as far as this version can carry it, if it can.
    pub fn reduced(self, operation: &str, request: &Value) -> Option<Value> {
        match self {
            Via::V1 => v1::reduced(operation, request),
            Via::V2 => Some(request.clone()),
        }
    }

    /// The answer as far as this version can carry it.
    pub fn reduced_answer(self, operation: &str, answer: &Value) -> Value {
        match self {
            Via::V1 => v1::reduced_answer(operation, answer),
            Via::V2 => answer.clone(),
        }
    }
}

/// An answer in the JSON of the generic call, or the text of an error.
pub type Answer = Result<Value, String>;

/// The plugin in this process, or what keeps it from being loaded.
pub fn library(directory: &Path, grants: &[&str]) -> (Host, Result<Arc<Plugin>, Error>) {
    let grant = |text: &&str| Grant {
        plugin: None,
        permission: text.parse::<Permission>().expect("a permission"),
    };
    let config = Config {
        cache: CacheDirectory::At(common::cache().join("pact-wasm")),
        grants: grants.iter().map(grant).collect(),
        ..Config::default()
    };
    let runtime = WasmRuntime::new(&config).expect("a runtime");
    let host = Host::new(config, Box::new(runtime));
    let plugin = host.load_directory(directory);
    (host, plugin)
}

/// The plugin behind a bridge.
pub struct Bridged {
    _bridge: Bridge,
    clients: (V1, V2),
    runtime: Runtime,
    plugin: String,
}

impl Bridged {
    /// Starts the bridge for a plugin of this name.
    pub fn start(plugin: &str, command: &mut Command) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let bridge = Bridge::start(command);
        let clients = runtime.block_on(async { (bridge.v1().await, bridge.v2().await) });
        Bridged {
            _bridge: bridge,
            clients,
            runtime,
            plugin: plugin.to_string(),
        }
    }

    /// Its answer to a request that this version can carry.
    pub fn call(&self, via: Via, operation: &str, request: &Value) -> Answer {
        let (mut v1, mut v2) = self.clients.clone();
        match via {
            Via::V1 => self.run(v1::call(&mut v1, &self.plugin, operation, request)),
            Via::V2 => self.run(v2::call(&mut v2, operation, request)),
        }
    }

    /// For calls with other messages.
    pub fn run<T>(&self, call: impl Future<Output = T>) -> T {
        self.runtime.block_on(call)
    }

    /// A client of version 2.
    pub fn client(&self) -> V2 {
        self.clients.1.clone()
    }
}

/// Both, initialised.
pub struct Pair {
    plugin: Arc<Plugin>,
    _host: Host,
    /// The one behind the bridge.
    pub bridged: Bridged,
    answered: Cell<usize>,
}

impl Pair {
    /// Of a built plugin.
    pub fn of(name: &str) -> Self {
        Self::granting(name, &[])
    }

    /// Of a built plugin that may do these things.
    pub fn granting(name: &str, grants: &[&str]) -> Self {
        let directory = plugin(name);
        let (host, library) = library(&directory, grants);
        let mut command = command(&directory);
        for grant in grants {
            command.args(["--grant", grant]);
        }
        let bridged = Bridged::start(name, &mut command);
        let pair = Pair::new(host, library.expect("loads"), bridged);
        pair.check("init", &json!({})).expect("initialises");
        pair
    }

    /// Of a plugin that is loaded twice already.
    pub fn new(host: Host, plugin: Arc<Plugin>, bridged: Bridged) -> Self {
        Pair {
            plugin,
            _host: host,
            bridged,
            answered: Cell::default(),
        }
    }

    /// Answers to the same request have to be the same, by way of both versions, if both have the operation. The library's is
    /// returned.
    pub fn check(&self, operation: &str, request: &Value) -> Answer {
        let answer = self.check_via(Via::V2, operation, request);
        self.check_via(Via::V1, operation, request);
        answer.expect("it has all operations")
    }

    /// The same by way of one version. Nothing is returned where it does not have the operation.
    pub fn check_via(&self, via: Via, operation: &str, request: &Value) -> Option<Answer> {
        let mut request = via.reduced(operation, request)?;
        request.sort_all_objects();
        let expected = self.library(operation, &request);
        let answer = self.bridged.call(via, operation, &request);
        let comparable = expected
            .clone()
            .map(|answer| via.reduced_answer(operation, &answer));
        self.assert_same(via, operation, &request, &comparable, &answer);
        Some(expected)
    }

    /// Starts a mock server on each side. Both have to start, or to fail for the same reason.
    pub fn start(&self, via: Via, request: &Value) -> Option<Servers<'_>> {
        let operation = "start-mock-server";
        let mut request = via.reduced(operation, request).expect("both can");
        request.sort_all_objects();
        let of_library = self.library(operation, &request);
        let of_bridge = self.bridged.call(via, operation, &request);
        // Each side has keys of its own, and ports where the request does not name one.
        let comparable = |answer: &Answer| {
            let mut answer = answer.clone();
            if let Ok(server) = &mut answer {
                assert_ne!(server["key"].take(), "", "{server}");
                if matches!(request["port"].as_u64(), None | Some(0)) {
                    server["port"].take();
                }
            }
            answer
        };
        let same = [&of_library, &of_bridge].map(comparable);
        self.assert_same(via, operation, &request, &same[0], &same[1]);
        Some(Servers {
            pair: self,
            via,
            library: of_library.ok()?,
            bridge: of_bridge.ok()?,
        })
    }

    fn assert_same(
        &self,
        via: Via,
        operation: &str,
        request: &Value,
        library: &Answer,
        bridge: &Answer,
    ) {
        assert_same(via, operation, request, library, bridge);
        let answers = usize::from(library.is_ok());
        self.answered.set(self.answered.get() + answers);
    }

    /// So many requests must have been answered, by both, at least: that all fail for the same reason would say little.
    pub fn assert_answered(&self, at_least: usize) {
        let answered = self.answered.get();
        assert!(answered >= at_least, "{answered} answers only");
    }

    /// The library's answer.
    pub fn library(&self, operation: &str, request: &Value) -> Answer {
        let options = CallOptions::default();
        let text = request.to_string();
        let answer = self.plugin.call_json(&options, operation, &text);
        let answer = answer.map_err(|e| e.to_string())?;
        Ok(serde_json::from_str(&answer).expect("JSON"))
    }
}

/// A mock server in this process, and one behind the bridge.
pub struct Servers<'a> {
    pair: &'a Pair,
    via: Via,
    /// What tells where to connect, by the library.
    pub library: Value,
    /// The same by the bridge.
    pub bridge: Value,
}

impl Servers<'_> {
    /// Asks both for their results, which have to be the same.
    pub fn results(&self) -> Answer {
        self.ask("get-mock-server-results")
    }

    /// Ends both; the results have to be the same.
    pub fn shutdown(self) -> Answer {
        self.ask("shutdown-mock-server")
    }

    fn ask(&self, operation: &str) -> Answer {
        let of_library = json!({"key": self.library["key"]});
        let of_bridge = json!({"key": self.bridge["key"]});
        let expected = self.pair.library(operation, &of_library);
        let answer = self.pair.bridged.call(self.via, operation, &of_bridge);
        self.pair
            .assert_same(self.via, operation, &of_bridge, &expected, &answer);
        expected
    }
}

/// Fails if an answer of the bridge is another than the library's.
pub fn assert_same(via: Via, operation: &str, request: &Value, library: &Answer, bridge: &Answer) {
    let [expected, actual] = [library, bridge].map(|answer| match answer {
        Ok(answer) => canonical(answer),
        Err(error) => format!("error: {error}"),
    });
    assert!(
        expected == actual,
        "{operation} by way of {via:?}\nrequest: {request}\nlibrary: {expected}\nbridge:  {actual}"
    );
}

/// A text that is the same for answers that are the same in the protocol: objects have no order there, and absent texts of mismatches
/// are empty.
fn canonical(answer: &Value) -> String {
    let mut answer = answer.clone();
    forget_empty_texts(&mut answer);
    answer.sort_all_objects();
    answer.to_string()
}

fn forget_empty_texts(json: &mut Value) {
    match json {
        Value::Array(list) => list.iter_mut().for_each(forget_empty_texts),
        Value::Object(fields) => {
            fields.values_mut().for_each(forget_empty_texts);
            if ["expected", "actual", "description", "path"]
                .iter()
                .all(|it| fields.contains_key(*it))
            {
                for name in ["diff", "mismatchType"] {
                    if fields[name] == "" {
                        fields[name] = Value::Null;
                    }
                }
            }
        }
        _ => {}
    }
}
