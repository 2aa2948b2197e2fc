//! What the sandbox keeps from a plugin, with the guest `intruder`, which tries everything.
#![cfg(unix)]

mod common;

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
        let body = json!({ "contentType": "application/x-probes", "content": BASE64.encode(json!(probes).to_string()) });
        let request = json!({ "expected": body, "actual": body });
        let error = common::call(&self.plugin, "compare-contents", &request.to_string());
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
        let probes = json!([{ "do": "sleep", "ms": 60_000 }]).to_string();
        let body = json!({ "contentType": "application/x-probes", "content": BASE64.encode(probes) });
        let request = json!({ "expected": body, "actual": body }).to_string();
        let options = CallOptions {
            timeout: Some(Duration::from_millis(20)),
            ..CallOptions::default()
        };
        let error = common::call_with(&options, &self.plugin, "compare-contents", &request);
        assert_eq!(error.expect_err("too slow").code(), Code::Deadline);
    }
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
            stream.write_all(b"hello").expect("it reads");
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

// ---- asking and granting ----

/// Everything that the guest can try, without any permission.
fn assert_nothing_is_reached(scene: &Scene, intruder: &Intruder) {
    let server = Forbidden::on("127.0.0.1:0");
    let udp = UdpSocket::bind("127.0.0.1:0").expect("a port");
    udp.set_nonblocking(true).expect("set");
    let udp_port = udp.local_addr().expect("an address").port();
    let secret = scene.text("outside/secret");
    let written = scene.text("outside/deeper/new");

    let see = ["preopens", "env", "args", "cwd"].map(|it| json!({ "do": it }));
    let seen = json!([{"ok": []}, {"ok": {}}, {"ok": []}, {"ok": null}]);
    assert_eq!(json!(intruder.results(&see)), seen);
    intruder.assert_all_refused(
        &[
            to_read(&secret),
            to_read("/etc/passwd"),
            to_read("intruder.wasm"),
            to_read("pact-plugin.json"),
            to_read("/proc/self/environ"),
            json!({ "do": "list", "path": "/" }),
            json!({ "do": "list", "path": "." }),
            json!({ "do": "stat", "path": "/" }),
            json!({ "do": "write", "path": written, "text": "x" }),
            json!({ "do": "mkdir", "path": written }),
            json!({ "do": "remove", "path": secret }),
            json!({ "do": "rename", "from": secret, "to": written }),
            json!({ "do": "link", "from": secret, "to": written }),
        ],
        "no-entry",
    );
    intruder.assert_all_refused(
        &[
            to_connect("127.0.0.1", server.port()),
            to_connect("::1", server.port()),
            json!({ "do": "connect-name", "name": "localhost", "port": server.port() }),
            to_listen("127.0.0.1", 0),
            to_listen("::1", 0),
            to_listen("0.0.0.0", 0),
            to_resolve("localhost"),
            to_resolve("127.0.0.1"),
            json!({ "do": "udp", "address": "127.0.0.1", "port": udp_port }),
            json!({ "do": "udp", "address": "127.0.0.1", "port": udp_port, "connected": true }),
        ],
        "access-denied",
    );
    server.assert_alone();
    assert!(udp.recv(&mut [0; 8]).is_err());
    scene.assert_untouched();
}

fn everything() -> Vec<Permission> {
    vec![
        connect("*"),
        listen("*"),
        variable("CARGO_PKG_NAME"),
        files(Path::new("/"), Access::ReadWrite),
    ]
}

#[test]
fn without_grants_nothing_is_reached() {
    let scene = Scene::new();
    let intruder = scene.intruder(&json!({}), common::config());
    assert_nothing_is_reached(&scene, &intruder);
}

#[test]
fn what_is_granted_and_not_asked_for_is_not_reached() {
    let scene = Scene::new();
    let intruder = scene.intruder(&json!({}), granting(everything()));
    assert_nothing_is_reached(&scene, &intruder);
}

#[test]
fn what_is_optional_and_refused_is_not_reached_and_the_log_names_it() {
    let scene = Scene::new();
    let optional = json!({
        "connect": ["127.0.0.1:80"], "environment": ["CARGO_PKG_NAME"], "listen": ["*:81"],
        "directories": [{ "path": "/etc", "access": "read" }],
    });
    let intruder = scene.intruder(&json!({ "optional": optional }), common::config());
    assert_nothing_is_reached(&scene, &intruder);
    let logs = intruder.plugin.logs();
    let record = &logs[0];
    assert_eq!(
        (record.level, record.target.as_str()),
        (Level::Info, "pact_wasm")
    );
    for refused in [
        "it has to do without what this host does not grant: ",
        "connect to 127.0.0.1:80",
        "environment variable CARGO_PKG_NAME",
        "listen on *:81",
        "read /etc",
    ] {
        assert!(record.message.contains(refused), "{}", record.message);
    }
}

#[test]
fn what_is_asked_for_and_not_granted_is_an_error_that_names_all_of_it() {
    let scene = Scene::new();
    let asked = json!({
        "connect": ["api.example:443", "127.0.0.1:80"], "environment": ["CARGO_PKG_NAME"],
        "listen": ["*:81"], "directories": [
            { "path": "/etc", "access": "read-write" },
            { "path": "data", "access": "read" },
        ],
    });
    scene.set(&json!({ "permissions": asked }));
    let granted = [connect("127.0.0.1:80"), files(Path::new("/etc"), Access::Read)];
    let error = scene.load(granting(granted)).err().expect("refused");
    assert_eq!(error.code(), Code::Permission);
    assert_eq!(error.plugin(), Some(("intruder", "1.0.0")));
    let ErrorKind::PermissionsRefused { refused } = error.kind() else {
        panic!("{error}");
    };
    let mut refused = refused.clone();
    refused.sort();
    assert_eq!(
        refused,
        [
            "connect to api.example:443",
            "environment variable CARGO_PKG_NAME",
            "listen on *:81",
            "read and write /etc",
            &format!("read {}", scene.text("intruder/data")),
        ]
    );
    for text in refused {
        assert!(error.to_string().contains(&text), "{error}");
    }
}

#[test]
fn a_mistake_in_the_manifest_is_an_error_of_the_manifest() {
    let scene = Scene::new();
    scene.set(&json!({ "permissions": { "conect": ["*"] } }));
    let error = scene.load(granting(everything())).err().expect("refused");
    assert_eq!(error.code(), Code::ManifestInvalid);
    let place = "field \"pluginConfig.permissions.conect\" is not known";
    assert!(error.to_string().contains(place), "{error}");
}

#[test]
fn a_grant_for_one_plugin_does_not_help_another() {
    let scene = Scene::new();
    let asked = json!({ "connect": ["127.0.0.1"] });
    scene.set(&json!({ "permissions": asked }));
    let grant = |plugin: &str| Config {
        grants: vec![Grant {
            plugin: Some(plugin.into()),
            permission: connect("*"),
        }],
        ..common::config()
    };
    for other in ["line", "Intruder", "intruder2", ""] {
        let error = scene.load(grant(other)).err().expect("refused");
        assert_eq!(error.code(), Code::Permission, "{other}");
    }
    let intruder = scene.intruder(&asked, grant("intruder"));
    let port = greeter("127.0.0.1");
    assert_eq!(intruder.ok(&to_connect("127.0.0.1", port)), "hello");
}

#[test]
fn init_reaches_what_calls_reach_and_no_more() {
    let scene = Scene::new();
    let port = greeter("127.0.0.1");
    let server = Forbidden::on("127.0.0.1:0");
    let inside = scene.text("granted/inside");
    let probes = [
        to_read(&inside),
        json!({ "do": "env" }),
        to_connect("127.0.0.1", port),
        to_read(&scene.text("outside/secret")),
        json!({ "do": "write", "path": inside, "text": "x" }),
        to_connect("127.0.0.1", server.port()),
        to_listen("127.0.0.1", 0),
        to_resolve("localhost"),
        json!({ "do": "udp", "address": "127.0.0.1", "port": 9 }),
    ];
    let permissions = json!({
        "connect": [format!("127.0.0.1:{port}")], "environment": ["CARGO_PKG_NAME"],
        "directories": [scene.ask_directory("granted", Access::Read)],
    });
    let config = || granting(everything());
    let in_calls = scene.intruder(&permissions, config()).results(&probes);

    scene.set(&json!({ "permissions": permissions, "probe": probes }));
    let intruder = scene.load(config()).expect("loads");
    let error = intruder.plugin.init(&CallOptions::default());
    let in_init = results(&error.expect_err("it fails with the results"));
    assert_eq!(in_init, in_calls);
    let denied = json!({ "error": "access-denied" });
    assert_eq!(
        in_calls,
        [
            json!({ "ok": "inside" }),
            json!({ "ok": { "CARGO_PKG_NAME": env!("CARGO_PKG_NAME") } }),
            json!({ "ok": "hello" }),
            json!({ "error": "no-entry" }),
            json!({ "error": "not-permitted" }),
            denied.clone(),
            denied.clone(),
            denied.clone(),
            denied,
        ]
    );
    server.assert_alone();
}

#[test]
fn the_component_must_lie_in_the_plugins_directory() {
    let scene = Scene::new();
    let elsewhere = scene.text("elsewhere.wasm");
    fs::rename(scene.at("intruder/intruder.wasm"), &elsewhere).expect("moved");
    scene.link("../elsewhere.wasm", "intruder/link.wasm");
    for entry in ["../elsewhere.wasm", elsewhere.as_str(), "link.wasm"] {
        scene.set_field("entryPoint", &json!(entry));
        let error = scene.load(granting(everything())).err().expect("refused");
        assert_eq!(error.code(), Code::ManifestInvalid, "{entry}");
        assert!(error.to_string().contains("out of the plugin's directory"), "{error}");
    }
}

// ---- the environment ----

#[test]
fn of_the_environment_there_is_what_is_granted_and_no_more() {
    let scene = Scene::new();
    let permissions = json!({ "environment": ["CARGO_PKG_NAME", "PACT_WASM_SURELY_UNSET"] });
    let granted = ["CARGO_PKG_NAME", "CARGO_PKG_VERSION", "PACT_WASM_SURELY_UNSET", "PATH"];
    let intruder = scene.intruder(&permissions, granting(granted.map(variable)));
    assert_eq!(
        intruder.ok(&json!({ "do": "env" })),
        json!({ "CARGO_PKG_NAME": env!("CARGO_PKG_NAME") })
    );
    intruder.assert_all_refused(
        &[to_connect("127.0.0.1", 9), to_listen("127.0.0.1", 0)],
        "access-denied",
    );
    intruder.assert_all_refused(&[to_read("/etc/passwd")], "no-entry");
}
