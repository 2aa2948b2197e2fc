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
            json!({ "do": "udp", "address": "127.0.0.1", "port": udp_port }),
            json!({ "do": "udp", "address": "127.0.0.1", "port": udp_port, "connected": true }),
        ],
        "access-denied",
    );
    let udp_probe = json!({ "do": "udp", "address": "127.0.0.1", "port": udp_port });
    for (probe, what) in [
        (to_connect("127.0.0.1", server.port()), "the network"),
        (to_listen("127.0.0.1", 0), "the network"),
        (to_resolve("localhost"), "the network"),
        (to_resolve("127.0.0.1"), "the network"),
        (udp_probe, "UDP, which no plugin has"),
    ] {
        let refusal = intruder.refusal(&probe);
        let said = format!("the sandbox had refused it {what}");
        assert!(refusal.contains(&said), "{refusal}");
        let logs = intruder.plugin.logs();
        let record = logs.last().expect("a record");
        assert_eq!(record.level, Level::Warn);
        assert_eq!(record.message, format!("the sandbox refuses {what}"));
    }
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
    let granted = [
        connect("127.0.0.1:80"),
        files(Path::new("/etc"), Access::Read),
    ];
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
            &format!("read {}", scene.text("intruder/data")),
            "read and write /etc",
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
    let error = error.expect_err("it fails with the results");
    assert_eq!(error.code(), Code::Permission, "{error}");
    assert_eq!(results(&error), in_calls);
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
        assert!(
            error.to_string().contains("out of the plugin's directory"),
            "{error}"
        );
    }
}

// ---- the environment ----

#[test]
fn of_the_environment_there_is_what_is_granted_and_no_more() {
    let scene = Scene::new();
    let permissions = json!({ "environment": ["CARGO_PKG_NAME", "PACT_WASM_SURELY_UNSET"] });
    let granted = [
        "CARGO_PKG_NAME",
        "CARGO_PKG_VERSION",
        "PACT_WASM_SURELY_UNSET",
        "PATH",
    ];
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

// ---- files ----

#[test]
fn a_directory_is_reached_with_what_is_below_it() {
    let scene = Scene::new();
    let granted = scene.text("granted");
    let intruder = scene.with_directory("granted", Access::ReadWrite);
    let at = |path: &str| format!("{granted}/{path}");
    let probes = [
        json!({ "do": "preopens" }),
        to_read(&at("inside")),
        to_read(&at("below/deep")),
        to_read(&at("below/../inside")),
        json!({ "do": "list", "path": granted }),
        json!({ "do": "write", "path": at("below/new"), "text": "new" }),
        json!({ "do": "mkdir", "path": at("made") }),
        json!({ "do": "rename", "from": at("below/new"), "to": at("made/renamed") }),
        json!({ "do": "link", "from": at("inside"), "to": at("linked") }),
        json!({ "do": "symlink", "from": "below/deep", "to": at("soft") }),
        to_read(&at("soft")),
        json!({ "do": "remove", "path": at("inside") }),
    ];
    let results = intruder.results(&probes);
    let expected = json!([
        {"ok": [granted]}, {"ok": "inside"}, {"ok": "deep"}, {"ok": "inside"},
        {"ok": ["below", "inside"]}, {"ok": true}, {"ok": true}, {"ok": true}, {"ok": true}, {"ok": true},
        {"ok": "deep"}, {"ok": true},
    ]);
    assert_eq!(json!(results), expected);
    assert_eq!(
        names(&scene.at("granted")),
        ["below", "linked", "made", "soft"]
    );
    assert_eq!(read(&scene.at("granted/made/renamed")), "new");
    assert_eq!(read(&scene.at("granted/linked")), "inside");
}

#[test]
fn a_relative_directory_is_one_of_the_plugins() {
    let scene = Scene::new();
    fs::create_dir(scene.at("intruder/data")).expect("made");
    fs::write(scene.at("intruder/data/own"), "own").expect("written");
    let permissions = json!({ "directories": [{ "path": "data", "access": "read" }] });
    let config = granting([files(&scene.at("intruder"), Access::Read)]);
    let intruder = scene.intruder(&permissions, config);
    assert_eq!(intruder.ok(&json!({ "do": "preopens" })), json!(["data"]));
    assert_eq!(intruder.ok(&to_read("data/own")), "own");
    intruder.assert_all_refused(
        &[
            to_read("data/../pact-plugin.json"),
            to_read("data/../../outside/secret"),
        ],
        "not-permitted",
    );
    intruder.assert_all_refused(&[to_read("pact-plugin.json")], "no-entry");
}

/// Ways that lead from `granted` to `outside`, some through links that are there already.
fn ways_out(scene: &Scene) -> Vec<String> {
    scene.link("../outside", "granted/out");
    scene.link("../outside/secret", "granted/file");
    scene.link(scene.at("outside"), "granted/absolute");
    scene.link("/", "granted/slash");
    scene.link("out", "granted/twice");
    scene.link("../..", "granted/below/up");
    scene.link(".", "granted/here");
    let ways = [
        "../outside/secret",
        "./../outside/secret",
        "below/../../outside/secret",
        "below/../../granted/../outside/secret",
        "here/../outside/secret",
        "here/here/here/../../outside/secret",
        "out/secret",
        "file",
        "absolute/secret",
        "twice/secret",
        "below/up/outside/secret",
        "below/../below/up/outside/secret",
        "out/../outside/secret",
    ];
    let mut ways: Vec<String> = ways.map(str::to_string).into();
    ways.push(scene.text("outside/secret"));
    ways.push(format!("slash{}", scene.text("outside/secret")));
    ways.push(format!("{}outside/secret", "../".repeat(3)));
    ways.push(format!(
        "{}{}",
        "../".repeat(99),
        scene.text("outside/secret")
    ));
    ways.push(format!("/{}", scene.text("outside/secret")));
    ways
}

/// Everything that can be tried with a path that leads out of the directory `preopen`.
fn trespasses(preopen: &str, way: &str) -> Vec<Value> {
    let mut probes = vec![
        json!({ "do": "read-at", "preopen": preopen, "path": way }),
        json!({ "do": "read-at", "preopen": preopen, "path": way, "follow": true, "through": "." }),
        json!({ "do": "write-at", "preopen": preopen, "path": way, "text": "x" }),
        json!({ "do": "truncate-at", "preopen": preopen, "path": way }),
    ];
    // With these the standard library would look for another preopened directory by itself.
    if way.starts_with('/') {
        return probes;
    }
    let path = format!("{preopen}/{way}");
    probes.extend([
        to_read(&path),
        json!({ "do": "stat", "path": path }),
        json!({ "do": "write", "path": path, "text": "x" }),
    ]);
    if let Some(directory) = path.strip_suffix("/secret") {
        let (inside, stolen) = (format!("{preopen}/inside"), format!("{preopen}/stolen"));
        let new = format!("{directory}/new");
        probes.extend([
            json!({ "do": "list", "path": directory }),
            json!({ "do": "mkdir", "path": new }),
            json!({ "do": "remove", "path": path }),
            json!({ "do": "remove", "path": format!("{directory}/deeper") }),
            json!({ "do": "rename", "from": path, "to": stolen }),
            json!({ "do": "link", "from": path, "to": stolen }),
            json!({ "do": "rename", "from": inside, "to": path }),
            json!({ "do": "link", "from": inside, "to": new }),
            json!({ "do": "symlink", "from": inside, "to": new }),
        ]);
    }
    probes
}

#[test]
fn no_path_and_no_link_leads_out_of_a_directory() {
    let scene = Scene::new();
    let ways = ways_out(&scene);
    for access in [Access::Read, Access::ReadWrite] {
        let intruder = scene.with_directory("granted", access);
        for way in &ways {
            let probes = trespasses(&scene.text("granted"), way);
            intruder.assert_all_refused(&probes, "not-permitted");
        }
        scene.assert_untouched();
    }
}

#[test]
fn a_link_that_the_plugin_makes_leads_nowhere() {
    let scene = Scene::new();
    let preopen = scene.text("granted");
    let intruder = scene.with_directory("granted", Access::ReadWrite);
    let make = |from: &str, to: &str| json!({ "do": "symlink", "preopen": preopen, "from": from, "to": to });
    for absolute in [
        scene.text("outside"),
        "/".to_string(),
        "/etc/passwd".to_string(),
    ] {
        intruder.assert_all_refused(&[make(&absolute, "absolute")], "not-permitted");
    }
    let links = [
        ("../outside", "out"),
        ("../outside/secret", "file"),
        ("below/../../outside", "detour"),
        ("out", "twice"),
        ("../..", "below/up"),
        ("..", "parent"),
    ];
    for (from, to) in links {
        intruder.ok(&make(from, to));
    }
    for way in [
        "out/secret",
        "file",
        "detour/secret",
        "twice/secret",
        "below/up/outside/secret",
        "parent/outside/secret",
    ] {
        intruder.assert_all_refused(&trespasses(&preopen, way), "not-permitted");
    }
    scene.assert_untouched();

    // Moving a link to where it leads elsewhere does not help either.
    let moves = [
        json!({ "do": "symlink", "from": "below/../../outside/secret", "to": format!("{preopen}/below/later") }),
        json!({ "do": "rename", "from": format!("{preopen}/below/later"), "to": format!("{preopen}/later") }),
        json!({ "do": "link", "from": format!("{preopen}/file"), "to": format!("{preopen}/hard") }),
    ];
    let results = intruder.results(&moves);
    assert!(results.iter().all(|it| it["ok"] == true), "{results:?}");
    for way in ["later", "hard"] {
        intruder.assert_all_refused(&trespasses(&preopen, way), "not-permitted");
    }
    scene.assert_untouched();
}

#[test]
fn a_hard_link_that_is_there_is_a_file_of_the_directory() {
    let scene = Scene::new();
    fs::hard_link(scene.at("outside/secret"), scene.at("granted/hard")).expect("linked");
    let hard = scene.text("granted/hard");
    let intruder = scene.with_directory("granted", Access::Read);
    // Nobody can tell it from the file itself, which somebody put there. But it is not written.
    assert_eq!(intruder.ok(&to_read(&hard)), SECRET);
    let write = json!({ "do": "write", "path": hard, "text": "x" });
    intruder.assert_all_refused(&[write], "not-permitted");
    scene.assert_untouched();
}

#[test]
fn a_read_only_directory_is_not_changed_in_any_way() {
    let scene = Scene::new();
    let preopen = scene.text("granted");
    let intruder = scene.with_directory("granted", Access::Read);
    let at = |path: &str| format!("{preopen}/{path}");
    let (inside, new) = (at("inside"), at("new"));
    assert_eq!(intruder.ok(&to_read(&inside)), "inside");
    intruder.assert_all_refused(
        &[
            json!({ "do": "write", "path": inside, "text": "x" }),
            json!({ "do": "write", "path": new, "text": "x" }),
            json!({ "do": "write-at", "preopen": preopen, "path": "inside", "text": "x" }),
            json!({ "do": "write-at", "preopen": preopen, "path": "new", "text": "x", "follow": false }),
            json!({ "do": "write-at", "preopen": preopen, "through": "below", "path": "deep", "text": "x" }),
            json!({ "do": "truncate-at", "preopen": preopen, "path": "inside" }),
            json!({ "do": "truncate-at", "preopen": preopen, "through": "below", "path": "deep" }),
            json!({ "do": "mkdir", "path": new }),
            json!({ "do": "remove", "path": inside }),
            json!({ "do": "remove", "path": at("below/deep") }),
            json!({ "do": "rename", "from": inside, "to": new }),
            json!({ "do": "rename", "from": inside, "to": at("below/deep") }),
            json!({ "do": "link", "from": inside, "to": new }),
            json!({ "do": "symlink", "from": "inside", "to": new }),
            json!({ "do": "link-at", "preopen": preopen, "from": "inside", "to-preopen": preopen, "to": "new" }),
            json!({ "do": "rename-at", "preopen": preopen, "from": "inside", "to-preopen": preopen, "to": "new" }),
        ],
        "not-permitted",
    );
    assert_eq!(names(&scene.at("granted")), ["below", "inside"]);
    assert_eq!(read(&scene.at("granted/inside")), "inside");
    assert_eq!(read(&scene.at("granted/below/deep")), "deep");
}

#[test]
fn nothing_moves_between_a_directory_to_read_and_one_to_write() {
    let scene = Scene::new();
    // One beside the other, and one within the other.
    for writable in ["writable", "granted/below"] {
        fs::create_dir_all(scene.at(writable)).expect("made");
        fs::write(scene.at(writable).join("own"), "own").expect("written");
        let (reading, writing) = (scene.text("granted"), scene.text(writable));
        let permissions = json!({ "directories": [
            scene.ask_directory("granted", Access::Read),
            scene.ask_directory(writable, Access::ReadWrite),
        ] });
        let config = granting([
            files(&scene.at("granted"), Access::Read),
            files(&scene.at(writable), Access::ReadWrite),
        ]);
        let intruder = scene.intruder(&permissions, config);
        let mut probes = Vec::new();
        for what in ["link-at", "rename-at"] {
            for (from, to) in [(&reading, &writing), (&writing, &reading)] {
                for name in ["inside", "own", "below/own"] {
                    probes.push(json!({
                        "do": what, "preopen": from, "from": name, "to-preopen": to, "to": "moved",
                    }));
                }
            }
        }
        probes.push(
            json!({ "do": "write-at", "preopen": reading, "path": "below/own", "text": "x" }),
        );
        probes.push(json!({ "do": "truncate-at", "preopen": reading, "path": "inside" }));
        intruder.assert_all_refused(&probes, "not-permitted");
        assert_eq!(names(&scene.at("granted")), ["below", "inside"]);
        assert_eq!(read(&scene.at("granted/inside")), "inside");
        let write = json!({ "do": "write-at", "preopen": writing, "path": "own", "text": "new" });
        assert_eq!(intruder.ok(&write), true);
        assert_eq!(read(&scene.at(writable).join("own")), "new");
    }
}

#[test]
fn a_link_in_place_of_the_directory_that_is_asked_for_counts_as_where_it_leads() {
    let scene = Scene::new();
    scene.link("../outside", "granted/door");
    let permissions = json!({ "directories": [scene.ask_directory("granted/door", Access::Read)] });
    scene.set(&json!({ "permissions": permissions }));
    let grant = |path: &str| granting([files(&scene.at(path), Access::Read)]);
    let error = scene.load(grant("granted")).err().expect("refused");
    assert_eq!(error.code(), Code::Permission);
    let refused = format!("read {}", scene.text("granted/door"));
    assert!(error.to_string().contains(&refused), "{error}");

    let intruder = scene.intruder(&permissions, grant("outside"));
    let door = scene.text("granted/door");
    assert_eq!(intruder.ok(&to_read(&format!("{door}/secret"))), SECRET);
    intruder.assert_all_refused(
        &[to_read(&format!("{door}/../granted/inside"))],
        "not-permitted",
    );
}

#[test]
fn a_directory_that_is_replaced_after_loading_is_not_opened_again() {
    let scene = Scene::new();
    let one_instance = |mut config: Config| {
        config.limits.instances = 1;
        config
    };
    let permissions =
        json!({ "directories": [scene.ask_directory("granted/below", Access::Read)] });
    let config = granting([files(&scene.at("granted"), Access::Read)]);
    let intruder = scene.intruder(&permissions, one_instance(config));
    let secret = to_read(&scene.text("granted/below/secret"));
    let deep = to_read(&scene.text("granted/below/deep"));
    assert_eq!(intruder.ok(&deep), "deep");
    let replace = |with: &dyn Fn(&Path)| {
        let path = scene.at("granted/below");
        fs::rename(&path, scene.at("granted/kept")).expect("moved");
        with(&path);
    };
    let put_back = || {
        let path = scene.at("granted/below");
        let _ = fs::remove_file(&path);
        fs::rename(scene.at("granted/kept"), path).expect("moved");
    };

    replace(&|path| symlink("../outside", path).expect("linked"));
    // The instance that is there has the directory, wherever it is called now.
    assert_eq!(intruder.ok(&deep), "deep");
    intruder.assert_all_refused(std::slice::from_ref(&secret), "no-entry");
    put_back();

    let replacements: [&dyn Fn(&Path); 5] = [
        &|path| symlink("../outside", path).expect("linked"),
        &|path| symlink(scene.at("outside"), path).expect("linked"),
        &|path| symlink("kept", path).expect("linked"),
        &|path| fs::write(path, "a file").expect("written"),
        &|_| {},
    ];
    let request = compare(&[]);
    for with in replacements {
        intruder.lose_instance();
        replace(with);
        let error = common::call(&intruder.plugin, "compare-contents", &request);
        let error = error.expect_err("moved");
        assert_eq!(error.code(), Code::Permission, "{error}");
        let moved = format!(
            "the directory {} that was granted",
            scene.text("granted/below")
        );
        assert!(error.to_string().contains(&moved), "{error}");
        put_back();
        assert_eq!(intruder.ok(&deep), "deep");
    }
}

#[test]
fn odd_names_are_names_like_others_or_none() {
    let scene = Scene::new();
    let preopen = scene.text("granted");
    let intruder = scene.with_directory("granted", Access::ReadWrite);
    let too_long = "n".repeat(256);
    let too_deep = "n/".repeat(5000);
    let too_high = "../".repeat(5000);
    let huge = "n".repeat(1 << 20);
    for (name, expected) in [
        ("inside\0", "invalid"),
        ("\0", "invalid"),
        ("inside\0/../../outside/secret", "invalid"),
        ("../outside/secret\0", "invalid"),
        ("", "no-entry"),
        (&too_long, "name-too-long"),
        (&too_deep, "name-too-long"),
        (&too_high, "name-too-long"),
        (&huge, "name-too-long"),
        ("inside/.", "not-directory"),
        ("inside/../inside", "not-directory"),
        ("%2e%2e/outside/secret", "no-entry"),
        ("\u{ff0e}\u{ff0e}/outside/secret", "no-entry"),
        ("~/secret", "no-entry"),
    ] {
        let probes = [
            json!({ "do": "read-at", "preopen": preopen, "path": name }),
            json!({ "do": "write-at", "preopen": preopen, "path": name, "text": "x" }),
        ];
        let errors = intruder.errors(&probes);
        assert_eq!(errors, [expected, expected], "{name:.40?}");
    }
    assert_eq!(names(&scene.at("granted")), ["below", "inside"]);
    // Where a path is divided is for the system to say.
    let write = json!({ "do": "write-at", "preopen": preopen, "path": "..\\outside", "text": "x" });
    assert_eq!(intruder.ok(&write), true);
    assert_eq!(
        names(&scene.at("granted")),
        ["..\\outside", "below", "inside"]
    );
    scene.assert_untouched();
}

#[test]
fn only_files_and_directories_are_opened() {
    let scene = Scene::new();
    let preopen = scene.text("granted");
    let pipe = scene.at("granted/pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo runs").success());
    let _socket =
        std::os::unix::net::UnixListener::bind(scene.at("granted/socket")).expect("bound");
    scene.link("pipe", "granted/link");
    let intruder = scene.with_directory("granted", Access::ReadWrite);
    for name in ["pipe", "socket", "link", "below/../pipe"] {
        intruder.assert_all_refused(
            &[
                json!({ "do": "read-at", "preopen": preopen, "path": name }),
                json!({ "do": "write-at", "preopen": preopen, "path": name, "text": "x" }),
                json!({ "do": "truncate-at", "preopen": preopen, "path": name }),
                to_read(&format!("{preopen}/{name}")),
            ],
            "not-permitted",
        );
    }
    let permissions = json!({ "directories": [{ "path": "/dev", "access": "read" }] });
    let config = granting([files(Path::new("/dev"), Access::Read)]);
    let intruder = scene.intruder(&permissions, config);
    let devices = ["/dev/zero", "/dev/null", "/dev/tty", "/dev/urandom"];
    intruder.assert_all_refused(&devices.map(to_read), "not-permitted");
}

/// Swaps two paths again and again, until it is dropped.
struct Swapping {
    stop: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Swapping {
    /// What is at `path` is there half of the time, and a link to `target` otherwise.
    fn new(path: PathBuf, target: PathBuf) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = thread::spawn(move || {
            let kept = path.with_extension("kept");
            // Each for another time, so that whatever looks twice sees all sequences.
            let mut pauses = (0..12).map(|it| 32 << it).cycle();
            let mut pause = || (0..pauses.next().unwrap_or(0)).for_each(|_| std::hint::spin_loop());
            while !stopped.load(Ordering::Relaxed) {
                fs::rename(&path, &kept).expect("moved");
                symlink(&target, &path).expect("linked");
                pause();
                fs::remove_file(&path).expect("removed");
                fs::rename(&kept, &path).expect("moved");
                pause();
            }
        });
        Swapping {
            stop,
            thread: Some(thread),
        }
    }
}

impl Drop for Swapping {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("no panic");
        }
    }
}

#[test]
fn a_link_that_comes_and_goes_is_never_followed_out() {
    let scene = Scene::new();
    fs::write(scene.at("granted/below/secret"), "harmless").expect("written");
    let preopen = scene.text("granted");
    let intruder = scene.with_directory("granted", Access::ReadWrite);
    let probes: Vec<Value> = (0..500)
        .flat_map(|_| {
            [
                json!({ "do": "read-at", "preopen": preopen, "path": "below/secret" }),
                json!({ "do": "write-at", "preopen": preopen, "path": "below/secret", "text": "harmless" }),
                json!({ "do": "mkdir", "path": format!("{preopen}/below/new") }),
            ]
        })
        .collect();
    let swapping = Swapping::new(scene.at("granted/below"), scene.at("outside"));
    for _ in 0..10 {
        for result in intruder.results(&probes) {
            assert_ne!(result["ok"], SECRET);
        }
    }
    drop(swapping);
    scene.assert_untouched();
}

#[test]
fn a_directory_that_comes_and_goes_is_opened_or_refused() {
    let scene = Scene::new();
    fs::write(scene.at("granted/below/secret"), "harmless").expect("written");
    let permissions =
        json!({ "directories": [scene.ask_directory("granted/below", Access::Read)] });
    let mut config = granting([files(&scene.at("granted"), Access::Read)]);
    config.limits.instances = 1;
    let intruder = scene.intruder(&permissions, config);
    let request = compare(&[to_read(&scene.text("granted/below/secret"))]);
    let swapping = Swapping::new(scene.at("granted/below"), scene.at("outside"));
    for _ in 0..1000 {
        // Where this fails to make an instance, or to lose one, there is another turn.
        intruder.sleep_too_long(Duration::from_millis(1));
        let error = common::call(&intruder.plugin, "compare-contents", &request);
        let error = error.expect_err("results or a refusal");
        if error.code() != Code::Permission {
            assert_ne!(results(&error), [json!({ "ok": SECRET })]);
        }
    }
    drop(swapping);
    scene.assert_untouched();
}

// ---- the network ----

/// The guest, with these network permissions, all of which are granted.
fn with_network(scene: &Scene, connects: &[&str], listens: &[&str]) -> Intruder {
    let granted = connects.iter().map(|it| connect(it));
    let granted = granted.chain(listens.iter().map(|it| listen(it)));
    let permissions = json!({ "connect": connects, "listen": listens });
    scene.intruder(&permissions, granting(granted))
}

#[test]
fn an_address_is_reached_that_is_granted_and_none_beside_it() {
    let scene = Scene::new();
    let port = greeter("127.0.0.1");
    let other = Forbidden::on("127.0.0.1:0");
    let rule = format!("127.0.0.1:{port}");
    let intruder = with_network(&scene, &[&rule], &[]);
    assert_eq!(intruder.ok(&to_connect("127.0.0.1", port)), "hello");
    intruder.assert_all_refused(
        &[
            to_connect("127.0.0.1", other.port()),
            to_connect("127.0.0.1", port - 1),
            to_connect("127.0.0.1", port + 1),
            to_connect("127.0.0.2", port),
            to_connect("127.255.255.254", port),
            to_connect("192.0.2.1", port),
            to_connect("169.254.169.254", port),
            to_connect("::1", port),
            to_connect("2001:db8::1", port),
            json!({ "do": "connect-name", "name": "localhost", "port": port }),
            to_resolve("localhost"),
            to_listen("127.0.0.1", 0),
            to_listen("127.0.0.1", port),
            json!({ "do": "udp", "address": "127.0.0.1", "port": port }),
        ],
        "access-denied",
    );
    // These are no addresses to connect to, as WASI has it.
    intruder.assert_all_refused(
        &[
            to_connect("::ffff:127.0.0.1", port),
            to_connect("::127.0.0.1", port),
            to_connect("127.0.0.1", 0),
            to_connect("0.0.0.0", port),
            to_connect("::", port),
            to_connect("255.255.255.255", port),
            to_connect("224.0.0.1", port),
            to_connect("ff02::1", port),
        ],
        "invalid-argument",
    );
    other.assert_alone();
    let refusal = intruder.refusal(&to_connect("127.0.0.1", other.port()));
    let said = format!(
        "to connect to 127.0.0.1:{} (it may to {rule})",
        other.port()
    );
    assert!(refusal.contains(&said), "{refusal}");
    assert!(refusal.contains("what its manifest asks for"), "{refusal}");
}

#[test]
fn a_refusal_is_told_to_the_user_and_forgotten_with_its_call() {
    let scene = Scene::new();
    let optional = json!({ "listen": ["127.0.0.1:8001"], "optional": { "connect": ["*"] } });
    let intruder = scene.intruder(&optional, granting([listen("127.0.0.1:8001-8009")]));
    let refusal = intruder.refusal(&to_connect("127.0.0.1", 80));
    assert!(
        refusal.contains("refused it to connect to 127.0.0.1:80 (it may to nothing)"),
        "{refusal}"
    );
    let refusal = intruder.refusal(&to_listen("127.0.0.1", 8002));
    assert!(
        refusal.contains("refused it to listen on 127.0.0.1:8002 (it may on 127.0.0.1:8001-8009)"),
        "{refusal}"
    );
    assert!(!refusal.contains("connect"), "{refusal}");
    let (_, error) = intruder.try_all(&[json!({ "do": "env" })]);
    assert_eq!(error.code(), Code::Plugin, "{error}");

    let warnings: Vec<String> = intruder
        .plugin
        .logs()
        .into_iter()
        .map(|it| it.message)
        .collect();
    assert_eq!(
        warnings,
        [
            "it has to do without what this host does not grant: connect to *",
            "the sandbox refuses to connect to 127.0.0.1:80 (it may to nothing)",
            "the sandbox refuses to listen on 127.0.0.1:8002 (it may on 127.0.0.1:8001-8009)",
        ]
    );
}

#[test]
fn ipv6_is_not_ipv4() {
    let scene = Scene::new();
    // A machine may have no IPv6. What is refused is refused there too.
    let port = TcpListener::bind("[::1]:0").map(|_| greeter("::1"));
    let intruder = with_network(&scene, &["[::/0]"], &[]);
    match port {
        Ok(port) => assert_eq!(intruder.ok(&to_connect("::1", port)), "hello"),
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::AddrNotAvailable),
    }
    let server = Forbidden::on("127.0.0.1:0");
    intruder.assert_all_refused(&[to_connect("127.0.0.1", server.port())], "access-denied");
    intruder.assert_all_refused(
        &[to_connect("::ffff:127.0.0.1", server.port())],
        "invalid-argument",
    );
    server.assert_alone();
    let intruder = with_network(&scene, &["0.0.0.0/0"], &["0.0.0.0/0"]);
    intruder.assert_all_refused(
        &[
            to_connect("::1", server.port()),
            to_listen("::1", 0),
            to_listen("::", 0),
        ],
        "access-denied",
    );
    server.assert_alone();
}

#[test]
fn localhost_is_all_of_loopback_and_nothing_else() {
    let scene = Scene::new();
    let port = greeter("127.0.0.1");
    let intruder = with_network(&scene, &["LocalHost"], &[]);
    assert_eq!(intruder.ok(&to_connect("127.0.0.1", port)), "hello");
    let by_name =
        json!({ "do": "connect-name", "name": "LOCALHOST", "port": port, "wait-ms": 20_000 });
    assert_eq!(intruder.ok(&by_name), "hello");
    // Nothing listens there, which only who may connect learns.
    intruder.assert_all_refused(
        &[to_connect("127.1.2.3", free_port())],
        "connection-refused",
    );
    intruder.assert_all_refused(
        &[
            to_connect("192.0.2.1", port),
            to_connect("128.0.0.1", port),
            to_connect("fe80::1", port),
            to_resolve("localhost.example"),
            to_listen("127.0.0.1", 0),
        ],
        "access-denied",
    );
}

#[test]
fn a_plugin_that_is_no_transport_asks_before_it_listens() {
    let scene = Scene::new();
    let intruder = with_network(&scene, &["localhost"], &[]);
    let anywhere = ["127.0.0.1", "127.0.0.2", "0.0.0.0", "::1", "::"];
    intruder.assert_all_refused(&anywhere.map(|it| to_listen(it, 0)), "access-denied");
    let refusal = intruder.refusal(&to_listen("127.0.0.1", 8080));
    assert!(
        refusal.contains("to listen on 127.0.0.1:8080 (it may on nothing)"),
        "{refusal}"
    );
}

#[test]
fn a_transport_listens_on_loopback_without_asking() {
    let host = common::host(common::config());
    let plugin = host.load("line", None).expect("loads");
    plugin.init(&CallOptions::default()).expect("initialises");
    let start = |interface: &str| {
        let request = json!({ "hostInterface": interface, "interactions": [] }).to_string();
        common::call(&plugin, "start-mock-server", &request)
    };
    let server: Value =
        serde_json::from_str(&start("127.0.0.1").expect("it starts")).expect("JSON");
    let port = server["port"].as_u64().expect("a port");
    TcpStream::connect(format!("127.0.0.1:{port}")).expect("it listens");
    for interface in ["0.0.0.0", "192.0.2.1", "::"] {
        let error = start(interface).expect_err("not granted");
        assert_eq!(error.code(), Code::Permission, "{error}");
        assert!(
            error.to_string().contains("(it may on loopback)"),
            "{error}"
        );
    }
}

#[test]
fn listening_keeps_to_its_address_and_its_ports() {
    let scene = Scene::new();
    let port = free_port();
    let intruder = with_network(&scene, &[], &[&format!("127.0.0.1:{port}")]);
    assert_eq!(intruder.ok(&to_listen("127.0.0.1", port)), port);
    intruder.assert_all_refused(
        &[
            to_listen("127.0.0.1", port - 1),
            to_listen("127.0.0.1", port + 1),
            // A port that the system chooses is looked at before anybody can connect to it.
            to_listen("127.0.0.1", 0),
            to_listen("127.0.0.2", port),
            to_listen("0.0.0.0", port),
            to_listen("0.0.0.0", 0),
            to_listen("192.0.2.1", port),
            to_listen("::1", port),
            to_listen("::", port),
            to_listen("::", 0),
            to_connect("127.0.0.1", port),
        ],
        "access-denied",
    );
    intruder.assert_all_refused(&[to_listen("::ffff:127.0.0.1", port)], "invalid-argument");
}

#[test]
fn a_port_that_the_system_chooses_may_be_in_a_range_of_all() {
    let scene = Scene::new();
    let intruder = with_network(&scene, &[], &["127.0.0.0/8"]);
    for address in ["127.0.0.1", "127.0.0.2"] {
        let port = intruder.ok(&to_listen(address, 0));
        assert!(port.as_u64().is_some_and(|it| it > 0), "{port}");
    }
    intruder.assert_all_refused(&[to_listen("0.0.0.0", 0)], "access-denied");
}

#[test]
fn an_own_address_must_be_granted_for_listening() {
    let scene = Scene::new();
    let port = greeter("127.0.0.1");
    let from = |address: &str, local_port: u16| {
        json!({
            "do": "connect-from", "local-address": address, "local-port": local_port, "address": "127.0.0.1",
            "port": port, "wait-ms": 20_000,
        })
    };
    let own = free_port();
    let intruder = with_network(&scene, &["127.0.0.1"], &[]);
    intruder.assert_all_refused(
        &[
            from("127.0.0.1", 0),
            from("127.0.0.1", own),
            from("127.0.0.2", 0),
            from("0.0.0.0", own),
        ],
        "access-denied",
    );
    // This one says nothing: any address, any port.
    assert_eq!(intruder.ok(&from("0.0.0.0", 0)), "hello");
    let intruder = with_network(&scene, &["127.0.0.1"], &[&format!("127.0.0.1:{own}")]);
    assert_eq!(intruder.ok(&from("127.0.0.1", own)), "hello");
    intruder.assert_all_refused(
        &[from("127.0.0.2", own), from("127.0.0.1", own ^ 1)],
        "access-denied",
    );
}

#[test]
fn there_is_no_udp_whatever_is_granted() {
    let scene = Scene::new();
    let udp = UdpSocket::bind("127.0.0.1:0").expect("a port");
    udp.set_nonblocking(true).expect("set");
    let port = udp.local_addr().expect("an address").port();
    let intruder = with_network(&scene, &["*"], &["*"]);
    let mut probes = Vec::new();
    for connected in [false, true] {
        for local in ["127.0.0.1", "0.0.0.0"] {
            probes.push(json!({
                "do": "udp", "address": "127.0.0.1", "port": port, "local-address": local, "connected": connected,
            }));
        }
    }
    intruder.assert_all_refused(&probes, "access-denied");
    assert!(udp.recv(&mut [0; 8]).is_err());
}

// ---- names ----

#[test]
fn a_name_that_no_rule_names_is_not_looked_up() {
    let scene = Scene::new();
    let intruder = with_network(&scene, &["api.example:443", "0.0.0.0/0", "[::/0]"], &[]);
    let names = [
        "localhost",
        "example",
        "secret-data.evil.example",
        "api.example.evil.example",
        "xapi.example",
        "api.example\0",
        "api%2Eexample",
        "2130706433",
        "0x7f.1",
        "127.1",
        "",
    ];
    intruder.assert_all_refused(&names.map(to_resolve), "access-denied");
    let refusal = intruder.refusal(&to_resolve("secret-data.evil.example"));
    let said = "to look up \"secret-data.evil.example\" (it may connect to api.example:443, ";
    assert!(refusal.contains(said), "{refusal}");
}

#[test]
fn an_address_is_its_own_name_and_grants_nothing() {
    let scene = Scene::new();
    let server = Forbidden::on("127.0.0.1:0");
    let intruder = with_network(&scene, &["api.example"], &[]);
    for (name, address) in [
        ("127.0.0.1", "127.0.0.1"),
        ("192.0.2.1", "192.0.2.1"),
        ("::1", "::1"),
        ("[::1]", "::1"),
    ] {
        assert_eq!(intruder.ok(&to_resolve(name)), json!([address]), "{name}");
        let by_name = json!({ "do": "connect-name", "name": name, "port": server.port() });
        intruder.assert_all_refused(
            &[by_name, to_connect(address, server.port())],
            "access-denied",
        );
    }
    server.assert_alone();
}

/// A name other than `localhost` that leads to this machine itself. Most machines have one.
fn name_of_loopback() -> Option<String> {
    let hosts = fs::read_to_string("/etc/hosts").unwrap_or_default();
    let lines = hosts
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default());
    let mut names = lines.flat_map(|line| line.split_whitespace().skip(1));
    let is_one = |name: &&str| {
        let leads_to = (*name, 0).to_socket_addrs().map(Vec::from_iter);
        let leads_to = leads_to.unwrap_or_default();
        *name != "localhost"
            && AddressRule::parse(name).is_ok()
            && leads_to.iter().any(|it| it.ip().is_loopback())
    };
    names.find(is_one).map(str::to_string)
}

#[test]
fn a_name_does_not_lead_back_to_this_machine() {
    let Some(name) = name_of_loopback() else {
        // The unit tests of the rules have all such addresses.
        let hosts = fs::read_to_string("/etc/hosts").unwrap_or_default();
        let names = hosts.lines().filter(|line| line.starts_with("127."));
        let mut names = names.flat_map(|line| line.split_whitespace().skip(1));
        assert!(
            names.all(|it| it == "localhost" || it.starts_with('#')),
            "{hosts}"
        );
        return;
    };
    let scene = Scene::new();
    let server = Forbidden::on("127.0.0.1:0");
    let intruder = with_network(&scene, &[&name], &[]);
    let addresses = intruder.ok(&to_resolve(&name));
    let addresses = addresses.as_array().expect("a list").iter();
    let addresses = addresses.map(|it| it.as_str().expect("a text").parse().expect("an address"));
    let addresses: Vec<IpAddr> = addresses.collect();
    assert!(addresses.iter().any(IpAddr::is_loopback), "{addresses:?}");
    for address in addresses.iter().filter(|it| it.is_loopback()) {
        let probe = to_connect(&address.to_string(), server.port());
        let by_name = json!({ "do": "connect-name", "name": name, "port": server.port() });
        let (results, error) = intruder.try_all(&[to_resolve(&name), by_name, probe]);
        assert_eq!(results[1]["error"], "access-denied");
        assert_eq!(results[2]["error"], "access-denied");
        let said = format!("alias {} (it may to {name})", name.to_lowercase());
        assert!(error.to_string().contains(&said), "{error}");
    }
    server.assert_alone();
    // It takes a rule of its own.
    let port = greeter("127.0.0.1");
    let intruder = with_network(&scene, &[&name, "127.0.0.1"], &[]);
    assert_eq!(intruder.ok(&to_connect("127.0.0.1", port)), "hello");
}

/// An address of this machine that others reach it by. Nothing is sent to find it.
fn own_address() -> Option<std::net::Ipv4Addr> {
    let socket = UdpSocket::bind("0.0.0.0:0").expect("a port");
    socket.connect("198.51.100.1:9").ok()?;
    match socket.local_addr().expect("an address").ip() {
        IpAddr::V4(address) if !address.is_loopback() => Some(address),
        _ => None,
    }
}

#[test]
fn an_address_is_reached_by_a_name_only_after_looking_it_up() {
    let Some(address) = own_address() else {
        // Without another address than loopback there is nothing that a name could lead to.
        assert!(TcpStream::connect("198.51.100.1:9").is_err());
        return;
    };
    let scene = Scene::new();
    let port = greeter(&address.to_string());
    // To a rule this is a name, and looking it up asks nobody.
    let name = format!("0x{:08x}", u32::from(address));
    let intruder = with_network(&scene, &[&format!("{name}:{port}")], &[]);
    let direct = to_connect(&address.to_string(), port);
    intruder.assert_all_refused(std::slice::from_ref(&direct), "access-denied");
    let resolve = to_resolve(&name.to_uppercase().replace('X', "x"));
    let results = intruder.results(&[resolve, direct.clone()]);
    assert_eq!(
        results,
        [
            json!({ "ok": [address.to_string()] }),
            json!({ "ok": "hello" })
        ]
    );
    intruder.assert_all_refused(
        &[
            to_connect(&address.to_string(), port ^ 1),
            to_connect("127.0.0.1", port),
        ],
        "access-denied",
    );
    // What one instance has learnt is not known to the next.
    intruder.lose_instance();
    intruder.assert_all_refused(&[direct], "access-denied");
}

// ---- too much of it ----

#[test]
fn many_refusals_fill_neither_the_log_nor_the_error() {
    let scene = Scene::new();
    let permissions = json!({ "connect": ["127.0.0.1:1"] });
    let mut config = granting([connect("127.0.0.1:1")]);
    config.limits.log_bytes = 20_000;
    let intruder = scene.intruder(&permissions, config);
    let probes: Vec<Value> = (2..502).map(|port| to_connect("127.0.0.1", port)).collect();
    for _ in 0..3 {
        let (results, error) = intruder.try_all(&probes);
        assert!(results.iter().all(|it| it["error"] == "access-denied"));
        let ErrorKind::Refused { refused, .. } = error.kind() else {
            panic!("{error}");
        };
        let told = |port| format!("to connect to 127.0.0.1:{port} (it may to 127.0.0.1:1)");
        let first: Vec<String> = (2..7).map(told).collect();
        assert_eq!(*refused, first);
    }
    let logs = intruder.plugin.logs();
    assert!(logs.len() <= KEPT_RECORDS);
    let length: usize = logs.iter().map(|it| it.message.len()).sum();
    assert!(length < 3 * 20_000, "{length}");
    let dropped = logs
        .iter()
        .filter(|it| it.message.contains("dropped: one call may log"));
    assert_eq!(dropped.count(), 3);
}

#[test]
fn a_long_name_does_not_fill_the_log() {
    let scene = Scene::new();
    let intruder = with_network(&scene, &["127.0.0.1:1"], &[]);
    let name = "n".repeat(2 << 20);
    let (results, error) = intruder.try_all(&vec![to_resolve(&name); 20]);
    assert!(results.iter().all(|it| it["error"] == "access-denied"));
    let ErrorKind::Refused { refused, .. } = error.kind() else {
        panic!("{error:.300}");
    };
    assert_eq!(refused.len(), 5);
    let logs: Vec<String> = intruder
        .plugin
        .logs()
        .into_iter()
        .map(|it| it.message)
        .collect();
    assert_eq!(
        logs,
        ["20 log record(s) dropped: one call may log 1048576 bytes"]
    );
}
