//! What the sandbox keeps from a plugin, with the guest `intruder`, which tries everything.
#![cfg(unix)]

mod asking;
#[path = "../common/mod.rs"]
mod common;
mod files;
mod network;

use std::fs;
use std::io::Write as _;
use std::net::{IpAddr, TcpListener, TcpStream, ToSocketAddrs, UdpSocket};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::config::Config;
use pact_wasm::driver::host::Host;
use pact_wasm::driver::log::{KEPT_RECORDS, Level};
use pact_wasm::driver::permissions::{Access, AddressRule, Grant, Permission};
use pact_wasm::driver::plugin::Plugin;
use pact_wasm::error::{Code, Error, ErrorKind};
use serde_json::{Value, json};

/// What lies where no plugin may look.
const SECRET: &str = "the secret";

fn connect(rule: &str) -> Permission {
    Permission::Connect(AddressRule::parse(rule).expect("a rule"))
}

fn listen(rule: &str) -> Permission {
    Permission::Listen(AddressRule::parse(rule).expect("a rule"))
}

fn files(path: &Path, access: Access) -> Permission {
    Permission::directory(path, access).expect("an absolute path")
}

fn variable(name: &str) -> Permission {
    Permission::environment(name).expect("a name")
}

/// For all plugins.
fn granting(permissions: impl IntoIterator<Item = Permission>) -> Config {
    let grants = permissions.into_iter().map(|permission| Grant {
        plugin: None,
        permission,
    });
    Config {
        grants: grants.collect(),
        ..common::config()
    }
}

/// The guest in a directory of its own, beside others that tests make.
struct Scene {
    _directory: tempfile::TempDir,
    root: PathBuf,
}

impl Scene {
    /// `granted/inside`, `granted/below/deep` and `outside/secret`.
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().canonicalize().expect("it exists");
        let scene = Scene {
            _directory: directory,
            root,
        };
        for path in ["granted/below", "outside/deeper", "intruder"] {
            fs::create_dir_all(scene.at(path)).expect("made");
        }
        fs::write(scene.at("granted/inside"), "inside").expect("written");
        fs::write(scene.at("granted/below/deep"), "deep").expect("written");
        fs::write(scene.at("outside/secret"), SECRET).expect("written");
        let installed = common::config().plugin_directory.expect("a directory");
        let component = installed.join("intruder-1.0.0/intruder.wasm");
        fs::copy(component, scene.at("intruder/intruder.wasm")).expect("copied");
        scene
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn text(&self, path: &str) -> String {
        self.at(path).to_str().expect("UTF-8").to_string()
    }

    fn link(&self, target: impl AsRef<Path>, path: &str) {
        symlink(target, self.at(path)).expect("linked");
    }

    /// Writes the manifest.
    fn set(&self, plugin_config: &Value) {
        self.set_field("pluginConfig", plugin_config);
    }

    fn set_field(&self, field: &str, value: &Value) {
        let mut manifest = json!({
            "manifestVersion": 1, "pluginInterfaceVersion": 2, "name": "intruder", "version": "1.0.0",
            "executableType": "wasm", "entryPoint": "intruder.wasm",
        });
        manifest[field] = value.clone();
        let file = self.at("intruder/pact-plugin.json");
        fs::write(file, manifest.to_string()).expect("written");
    }

    fn load(&self, config: Config) -> Result<Intruder, Error> {
        let host = common::host(config);
        let plugin = host.load_directory(&self.at("intruder"))?;
        Ok(Intruder {
            _host: host,
            plugin,
        })
    }

    /// The guest, asking for `permissions`, granted what `config` grants.
    fn intruder(&self, permissions: &Value, config: Config) -> Intruder {
        self.set(&json!({ "permissions": permissions }));
        let intruder = self.load(config).expect("loads");
        let initialised = intruder.plugin.init(&CallOptions::default());
        initialised.expect("initialises");
        intruder
    }

    /// The guest, with one directory.
    fn with_directory(&self, path: &str, access: Access) -> Intruder {
        let directory = self.ask_directory(path, access);
        let config = granting([files(&self.at(path), access)]);
        self.intruder(&json!({ "directories": [directory] }), config)
    }

    fn ask_directory(&self, path: &str, access: Access) -> Value {
        let word = match access {
            Access::Read => "read",
            Access::ReadWrite => "read-write",
        };
        json!({ "path": self.text(path), "access": word })
    }

    /// What lies outside is as it was.
    fn assert_untouched(&self) {
        assert_eq!(names(&self.at("outside")), ["deeper", "secret"]);
        assert_eq!(names(&self.at("outside/deeper")), [""; 0]);
        assert_eq!(read(&self.at("outside/secret")), SECRET);
        assert_eq!(names(&self.root), ["granted", "intruder", "outside"]);
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("readable")
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory");
    let name = |it: std::io::Result<fs::DirEntry>| it.expect("an entry").file_name();
    let mut names: Vec<_> = entries
        .map(|it| name(it).into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}

/// The guest, loaded.
struct Intruder {
    _host: Host,
    plugin: Arc<Plugin>,
}

impl Intruder {
    /// What came of each probe, and the error that it came in.
    fn try_all(&self, probes: &[Value]) -> (Vec<Value>, Error) {
        let error = common::call(&self.plugin, "compare-contents", &compare(probes));
        let error = error.expect_err("the guest always answers with an error");
        let results = results(&error);
        assert_eq!(results.len(), probes.len(), "{results:?}");
        (results, error)
    }

    fn results(&self, probes: &[Value]) -> Vec<Value> {
        self.try_all(probes).0
    }

    /// What came of one probe, which must succeed.
    fn ok(&self, probe: &Value) -> Value {
        let result = &self.results(std::slice::from_ref(probe))[0];
        let ok = result.get("ok");
        ok.unwrap_or_else(|| panic!("{probe}: {result}")).clone()
    }

    /// What WASI answers to each of these, which must all fail.
    fn errors(&self, probes: &[Value]) -> Vec<String> {
        let results = self.results(probes);
        let error = |(probe, result): (&Value, &Value)| {
            let error = result["error"].as_str();
            error
                .unwrap_or_else(|| panic!("{probe}: {result}"))
                .to_string()
        };
        probes.iter().zip(&results).map(error).collect()
    }

    fn assert_all_refused(&self, probes: &[Value], expected: &str) {
        for (probe, error) in probes.iter().zip(self.errors(probes)) {
            assert_eq!(error, expected, "{probe}");
        }
    }

    /// The error of one probe that the sandbox refuses, with what it says to the user.
    fn refusal(&self, probe: &Value) -> String {
        let (results, error) = self.try_all(std::slice::from_ref(probe));
        assert_eq!(results[0]["error"], "access-denied", "{probe}");
        assert_eq!(error.code(), Code::Permission, "{probe}: {error}");
        error.to_string()
    }

    /// Makes the guest lose its instance, so that the next call gets a new one.
    fn lose_instance(&self) {
        self.sleep_too_long(Duration::from_millis(200));
    }

    fn sleep_too_long(&self, timeout: Duration) {
        let request = compare(&[json!({ "do": "sleep", "ms": 60_000 })]);
        let options = CallOptions {
            timeout: Some(timeout),
            ..CallOptions::default()
        };
        let error = common::call_with(&options, &self.plugin, "compare-contents", &request);
        let code = error.expect_err("too slow").code();
        assert!(
            [Code::Deadline, Code::Permission].contains(&code),
            "{code:?}"
        );
    }
}

/// The request that has the guest run these probes.
fn compare(probes: &[Value]) -> String {
    let probes = BASE64.encode(json!(probes).to_string());
    let body = json!({ "contentType": "application/x-probes", "content": probes });
    json!({ "expected": body, "actual": body }).to_string()
}

fn results(error: &Error) -> Vec<Value> {
    let (ErrorKind::Plugin(message)
    | ErrorKind::Refused { message, .. }
    | ErrorKind::InitFailed { message }) = error.kind()
    else {
        panic!("{error}");
    };
    serde_json::from_str(message).expect("the guest answers in JSON")
}

/// A server that nobody may reach.
struct Forbidden(TcpListener);

impl Forbidden {
    fn on(address: &str) -> Self {
        let listener = TcpListener::bind(address).expect("a port");
        listener.set_nonblocking(true).expect("set");
        Forbidden(listener)
    }

    fn port(&self) -> u16 {
        self.0.local_addr().expect("an address").port()
    }

    fn assert_alone(&self) {
        let error = self.0.accept().expect_err("nobody comes");
        assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    }
}

/// A server that greets whoever connects, and its port.
fn greeter(address: &str) -> u16 {
    let listener = TcpListener::bind((address, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.write_all(b"hello");
        }
    });
    port
}

fn to_connect(address: &str, port: u16) -> Value {
    json!({ "do": "connect", "address": address, "port": port, "wait-ms": 20_000 })
}

fn to_listen(address: &str, port: u16) -> Value {
    json!({ "do": "listen", "address": address, "port": port })
}

fn to_read(path: &str) -> Value {
    json!({ "do": "read", "path": path })
}

fn to_resolve(name: &str) -> Value {
    json!({ "do": "resolve", "name": name })
}

/// A port that was free just now.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}
