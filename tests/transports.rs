//! Mock servers and verification, with the guest `line`: a raw protocol of bytes over TCP.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use pact_wasm::driver::call::{CallOptions, Cancel};
use pact_wasm::driver::config::Config;
use pact_wasm::driver::host::Host;
use pact_wasm::driver::permissions::{AddressRule, Grant, Permission};
use pact_wasm::driver::plugin::Plugin;
use pact_wasm::error::{Code, Error};
use serde_json::{Value, json};

/// A client of the protocol.
struct Client(BufReader<TcpStream>);

impl Client {
    fn connect(server: &Value) -> Self {
        let address = server["address"].as_str().expect("an address");
        let port = server["port"].as_u64().expect("a port");
        let stream = TcpStream::connect(format!("{address}:{port}")).expect("it listens");
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .expect("a timeout");
        Client(BufReader::new(stream))
    }

    fn send(&mut self, command: &str, bytes: &[u8]) {
        let mut message = format!("{command} {}\n", bytes.len()).into_bytes();
        message.extend_from_slice(bytes);
        self.0.get_mut().write_all(&message).expect("it reads");
    }

    /// The answer's first word and its bytes; nothing where the server closed the connection.
    fn receive(&mut self) -> Option<(String, Vec<u8>)> {
        let mut head = String::new();
        if self.0.read_line(&mut head).unwrap_or(0) == 0 {
            return None;
        }
        let (word, length) = head.trim_end().split_once(' ').expect("a length");
        let mut bytes = vec![0; length.parse().expect("a number")];
        self.0.read_exact(&mut bytes).expect("as many bytes");
        Some((word.to_string(), bytes))
    }

    fn ask(&mut self, command: &str, bytes: &[u8]) -> Option<(String, Vec<u8>)> {
        self.send(command, bytes);
        self.receive()
    }
}

fn ok(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    Some(("OK".to_string(), bytes.to_vec()))
}

fn interaction(command: &str, request: &[u8], response: &[u8]) -> Value {
    json!({
        "interactionType": "Synchronous/Messages",
        "pluginConfiguration": { "interactionConfiguration": {
            "command": command, "request": BASE64.encode(request), "response": BASE64.encode(response),
        } },
        "consumer": "c", "provider": "p",
    })
}

const BINARY: &[u8] = &[0, 10, 13, 255, b'O', b'K', b' ', b'1', 10];

fn echo_of_binary() -> Value {
    interaction("reverse", BINARY, &[1, 0, 254, 10])
}

fn load(config: Config) -> (Host, Arc<Plugin>) {
    let host = common::host(config);
    let plugin = host.load("line", None).expect("loads");
    plugin.init(&CallOptions::default()).expect("initialises");
    (host, plugin)
}

fn start(plugin: &Plugin, interactions: &[Value]) -> Value {
    let request = json!({ "interactions": interactions });
    let response = common::call(plugin, "start-mock-server", &request.to_string());
    serde_json::from_str(&response.expect("it starts")).expect("JSON")
}

fn ask(plugin: &Plugin, operation: &str, server: &Value) -> Result<Value, Error> {
    let request = json!({ "key": server["key"] }).to_string();
    let response = common::call(plugin, operation, &request)?;
    Ok(serde_json::from_str(&response).expect("JSON"))
}

fn results(plugin: &Plugin, server: &Value) -> Value {
    ask(plugin, "get-mock-server-results", server).expect("results")
}

fn shutdown(plugin: &Plugin, server: &Value) -> Value {
    ask(plugin, "shutdown-mock-server", server).expect("results")
}

fn is_listening(server: &Value) -> bool {
    let address = server["address"].as_str().expect("an address");
    TcpStream::connect(format!("{address}:{}", server["port"])).is_ok()
}

// ---- mock servers ----

#[test]
fn a_server_answers_what_it_expects_and_tells_what_came() {
    let (_host, plugin) = load(common::config());
    let server = start(
        &plugin,
        &[echo_of_binary(), interaction("ping", b"", b"pong")],
    );
    assert_eq!(server["address"], "127.0.0.1");
    let before = results(&plugin, &server);
    assert_eq!(before["ok"], false, "nothing has come yet: {before}");

    let mut client = Client::connect(&server);
    assert_eq!(client.ask("reverse", BINARY), ok(&[1, 0, 254, 10]));
    assert_eq!(client.ask("ping", b""), ok(b"pong"));
    let so_far = results(&plugin, &server);
    assert_eq!(so_far, json!({ "ok": true, "results": [] }));

    let (word, _) = client.ask("reverse", &[0, 1]).expect("an answer");
    assert_eq!(word, "ERR");
    let finally = shutdown(&plugin, &server);
    assert_eq!(finally["ok"], false);
    let result = &finally["results"][0];
    assert_eq!(result["path"], "reverse");
    assert_eq!(result["mismatches"][0]["expected"], BASE64.encode(BINARY));
    assert_eq!(result["mismatches"][0]["actual"], BASE64.encode([0, 1]));

    assert!(!is_listening(&server));
    assert_eq!(client.receive(), None, "its connections are closed too");
    let error = ask(&plugin, "get-mock-server-results", &server).unwrap_err();
    assert_eq!(error.code(), Code::NotFound);
    assert!(error.to_string().contains("no mock server"), "{error}");
}

#[test]
fn servers_of_one_plugin_know_nothing_of_each_other() {
    let (_host, plugin) = load(common::config());
    let servers: Vec<Value> = (0..5)
        .map(|i| start(&plugin, &[interaction("who", b"", &[i])]))
        .collect();
    for (i, server) in servers.iter().enumerate() {
        let i = u8::try_from(i).expect("few");
        assert_eq!(Client::connect(server).ask("who", b""), ok(&[i]));
    }
    let keys: std::collections::BTreeSet<&str> = servers
        .iter()
        .map(|it| it["key"].as_str().expect("a key"))
        .collect();
    assert_eq!(keys.len(), 5);
    for server in &servers {
        assert_eq!(shutdown(&plugin, server)["ok"], true);
    }
}

/// What ends a server, what the error in its results says, and whether the client's command gets an answer.
fn assert_dies(config: Config, command: &str, reason: &str) {
    let (_host, plugin) = load(config);
    let victim = start(&plugin, &[]);
    let neighbour = start(&plugin, &[interaction("ping", b"", b"pong")]);
    let mut client = Client::connect(&victim);
    assert_eq!(client.ask(command, b""), None, "{command}");
    let results = results(&plugin, &victim);
    assert!(!is_listening(&victim), "{command}");
    assert_eq!(results["ok"], false);
    let error = results["results"][0]["error"].as_str().expect("an error");
    assert!(
        error.starts_with("plugin line 1.0.0, serve-mock-server: ") && error.contains(reason),
        "{command}: {error}"
    );
    assert_eq!(shutdown(&plugin, &victim), results);
    assert_eq!(Client::connect(&neighbour).ask("ping", b""), ok(b"pong"));
    assert_eq!(shutdown(&plugin, &neighbour)["ok"], true);
}

fn impatient() -> Config {
    let mut config = common::config();
    config.limits.timeout = Duration::from_millis(300);
    config
}

#[test]
fn a_server_that_crashes_says_so_in_its_results() {
    assert_dies(common::config(), "!trap", "the plugin crashed");
    assert_dies(common::config(), "!fail", "the server gave up");
}

#[test]
fn a_server_that_never_rests_is_stopped() {
    assert_dies(
        impatient(),
        "!loop",
        "no answer within the deadline of 300 ms",
    );
    assert_dies(
        impatient(),
        "!spin",
        "no answer within the deadline of 300 ms",
    );
}

#[test]
fn a_server_that_wants_too_much_memory_is_stopped() {
    let mut config = common::config();
    config.limits.memory = 16 << 20;
    assert_dies(config, "!alloc", "bytes of memory");
}

#[test]
fn a_server_that_rests_lives_longer_than_its_timeout() {
    let (_host, plugin) = load(impatient());
    let server = start(&plugin, &[interaction("ping", b"", b"pong")]);
    let mut client = Client::connect(&server);
    thread::sleep(Duration::from_millis(700));
    assert_eq!(client.ask("ping", b""), ok(b"pong"));
    assert_eq!(shutdown(&plugin, &server)["ok"], true);
}

#[test]
fn who_asks_a_server_that_does_not_listen_gets_an_error_in_time_and_shutting_down_always_works() {
    let (_host, plugin) = load(common::config());
    let server = start(&plugin, &[]);
    Client::connect(&server).send("!sleep", b"");
    let options = CallOptions {
        timeout: Some(Duration::from_millis(200)),
        ..CallOptions::default()
    };
    let key = server["key"].as_str().expect("a key");
    // The command may still be on its way, and a busy machine takes its time as well.
    let patient = CallOptions {
        timeout: Some(Duration::from_secs(2)),
        ..CallOptions::default()
    };
    let error = loop {
        match plugin.mock_server_results(&patient, key) {
            Ok(_) => thread::yield_now(),
            Err(error) => break error,
        }
    };
    assert_eq!(error.code(), Code::Deadline);
    let cancel = Cancel::default();
    let cancelled = CallOptions {
        cancel: Some(cancel.clone()),
        ..CallOptions::default()
    };
    let error = thread::scope(|scope| {
        let asking = scope.spawn(|| plugin.mock_server_results(&cancelled, key).unwrap_err());
        cancel.cancel();
        asking.join().expect("no panic")
    });
    assert_eq!(error.code(), Code::Cancelled);
    let error = plugin.shutdown_mock_server(&options, key).unwrap_err();
    assert_eq!(error.code(), Code::Deadline);
    assert!(!is_listening(&server));
}

#[test]
fn servers_end_with_their_host_and_with_their_plugin() {
    let (host, plugin) = load(common::config());
    let server = start(&plugin, &[]);
    drop(host);
    assert!(!is_listening(&server));
    let error = ask(&plugin, "shutdown-mock-server", &server).unwrap_err();
    assert_eq!(error.code(), Code::NotFound);

    let (_host, plugin) = load(common::config());
    let servers = [start(&plugin, &[]), start(&plugin, &[])];
    Client::connect(&servers[1]).send("!loop", b"");
    drop(plugin);
    assert!(!is_listening(&servers[0]) && !is_listening(&servers[1]));
}

/// Whoever asks gets an answer, or hears that there is no server any more; never that the call was cancelled.
#[test]
fn shutting_down_while_others_ask() {
    let (_host, plugin) = load(common::config());
    for _ in 0..50 {
        let server = start(&plugin, &[]);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    loop {
                        match ask(&plugin, "get-mock-server-results", &server) {
                            Ok(results) => assert_eq!(results["ok"], true),
                            Err(error) => break assert_eq!(error.code(), Code::NotFound),
                        }
                    }
                });
            }
            assert_eq!(shutdown(&plugin, &server)["ok"], true);
        });
    }
}

#[test]
fn what_fails_at_the_start_is_an_error_of_the_start() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port();
    let (_host, plugin) = load(common::config());
    let request = json!({ "port": port, "interactions": [] }).to_string();
    let error = common::call(&plugin, "start-mock-server", &request).unwrap_err();
    assert_eq!(error.code(), Code::Plugin);
    assert!(error.to_string().contains(&port.to_string()), "{error}");

    let request = json!({ "hostInterface": "0.0.0.0", "interactions": [] }).to_string();
    let error = common::call(&plugin, "start-mock-server", &request).unwrap_err();
    assert_eq!(error.code(), Code::Permission);
    assert!(
        error.to_string().contains("to listen on 0.0.0.0"),
        "{error}"
    );
}

#[test]
fn a_server_listens_where_it_is_told_to() {
    let mut config = common::config();
    let rule = AddressRule::parse("0.0.0.0:*").expect("a rule");
    config.grants.push(Grant {
        plugin: Some("line".into()),
        permission: Permission::Listen(rule),
    });
    let mut manifest = Manifest::of("line");
    manifest.set(json!({ "permissions": { "listen": ["0.0.0.0"] } }));
    let (_host, plugin) = manifest.load(config);
    for interface in ["127.0.0.1", "0.0.0.0", "localhost"] {
        let request = json!({ "hostInterface": interface, "interactions": [] }).to_string();
        let response = common::call(&plugin, "start-mock-server", &request).expect("it starts");
        let server: Value = serde_json::from_str(&response).expect("JSON");
        assert!(is_listening(&server), "{interface}");
        shutdown(&plugin, &server);
        assert!(!is_listening(&server), "{interface}");
    }
}

#[test]
fn a_server_calls_back_and_logs_for_its_test_run() {
    let (_host, plugin) = load(common::config());
    let request = json!({ "interactions": [], "testContext": { "testRunId": "run-7" } });
    let response = common::call(&plugin, "start-mock-server", &request.to_string());
    let server: Value = serde_json::from_str(&response.expect("it starts")).expect("JSON");
    let mut client = Client::connect(&server);
    assert_eq!(client.ask("!callback", b"123"), ok(b"true"));
    assert_eq!(client.ask("!callback", b"x"), ok(b"false"));
    assert_eq!(client.ask("!log", b"from the server"), ok(b""));
    let logs = plugin.logs();
    let record = logs.iter().find(|it| it.message == "from the server");
    assert_eq!(
        record.expect("logged").test_run_id.as_deref(),
        Some("run-7")
    );
    shutdown(&plugin, &server);
}

#[test]
fn many_clients_at_once_are_all_answered() {
    let (_host, plugin) = load(common::config());
    let server = start(&plugin, &[echo_of_binary()]);
    thread::scope(|scope| {
        for client in 0..32 {
            let server = &server;
            scope.spawn(move || {
                let mut connection = Client::connect(server);
                for request in 0..500 {
                    // Every tenth is wrong, and known by its number.
                    let number = format!("{client}-{request}");
                    match request % 10 {
                        0 => assert_eq!(
                            connection
                                .ask("reverse", number.as_bytes())
                                .expect("answered")
                                .0,
                            "ERR"
                        ),
                        _ => assert_eq!(connection.ask("reverse", BINARY), ok(&[1, 0, 254, 10])),
                    }
                }
            });
        }
    });
    let finally = shutdown(&plugin, &server);
    let mut actual: Vec<String> = finally["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|it| {
            it["mismatches"][0]["actual"]
                .as_str()
                .expect("bytes")
                .to_string()
        })
        .collect();
    let wrong =
        |client| (0..50).map(move |tenth| BASE64.encode(format!("{client}-{}", tenth * 10)));
    let mut expected: Vec<String> = (0..32).flat_map(wrong).collect();
    actual.sort();
    expected.sort();
    assert_eq!(actual, expected);
}

// ---- verification ----

/// A provider that answers each request with `response`, and what it was asked.
fn provider(response: &'static [u8]) -> (u16, thread::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let served = thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a client");
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        reader.read_line(&mut head).expect("a head");
        let (_, length) = head.trim_end().split_once(' ').expect("a length");
        let mut bytes = vec![0; length.parse().expect("a number")];
        reader.read_exact(&mut bytes).expect("a body");
        let mut answer = format!("OK {}\n", response.len()).into_bytes();
        answer.extend_from_slice(response);
        reader.get_mut().write_all(&answer).expect("it reads");
        [head.as_bytes(), &bytes].concat()
    });
    (port, served)
}

fn granting(rule: &str) -> Config {
    let mut config = common::config();
    config.grants.push(Grant {
        plugin: None,
        permission: Permission::Connect(AddressRule::parse(rule).expect("a rule")),
    });
    config
}

fn prepare(plugin: &Plugin, config: &Value) -> Value {
    let request = json!({ "interaction": echo_of_binary(), "config": config }).to_string();
    let prepared = common::call(plugin, "prepare-interaction-for-verification", &request);
    serde_json::from_str(&prepared.expect("prepared")).expect("JSON")
}

fn verify(plugin: &Plugin, data: &Value, config: &Value) -> Result<Value, Error> {
    let request =
        json!({ "interactionData": data, "config": config, "interaction": echo_of_binary() });
    let response = common::call(plugin, "verify-interaction", &request.to_string())?;
    Ok(serde_json::from_str(&response).expect("JSON"))
}

#[test]
fn a_provider_is_verified_with_what_was_prepared() {
    let (_host, plugin) = load(granting("localhost"));
    let (port, served) = provider(&[1, 0, 254, 10]);
    let config = json!({ "host": "127.0.0.1", "port": port, "nonce": "AP8=" });
    let data = prepare(&plugin, &config);
    assert_eq!(data["body"]["content"], BASE64.encode(BINARY));
    assert_eq!(data["metadata"]["nonce"], json!({ "bytes": "AP8=" }));
    let verified = verify(&plugin, &data, &config).expect("verified");
    assert_eq!(
        (&verified["success"], &verified["failures"]),
        (&json!(true), &json!([]))
    );
    assert_eq!(
        verified["response"]["body"]["content"],
        BASE64.encode([1, 0, 254, 10])
    );
    assert_eq!(
        served.join().expect("no panic"),
        [b"reverse 9\n", BINARY].concat()
    );
}

#[test]
fn what_was_prepared_can_be_changed_before_it_is_sent() {
    let (_host, plugin) = load(granting("127.0.0.1"));
    let (port, served) = provider(b"something else");
    let config = json!({ "host": "provider.example", "port": port });
    let mut data = prepare(&plugin, &config);
    data["body"]["content"] = json!(BASE64.encode(b"changed"));
    let refused = verify(&plugin, &data, &config).unwrap_err();
    assert_eq!(
        refused.code(),
        Code::Permission,
        "only the address is granted"
    );
    assert!(
        refused
            .to_string()
            .contains("to look up \"provider.example\""),
        "{refused}"
    );

    let config = json!({ "host": "127.0.0.1", "port": port });
    let verified = verify(&plugin, &data, &config).expect("verified");
    assert_eq!(verified["success"], false);
    let mismatch = &verified["failures"][0]["mismatch"];
    assert_eq!(mismatch["actual"], BASE64.encode(b"something else"));
    assert_eq!(served.join().expect("no panic"), b"reverse 7\nchanged");
}

#[test]
fn a_provider_that_is_not_granted_is_not_reached() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    silent.set_nonblocking(true).expect("set");
    let port = silent.local_addr().expect("an address").port();
    let config = json!({ "host": "127.0.0.1", "port": port });
    for granted in [
        common::config(),
        granting(&format!("127.0.0.1:{}", port ^ 1)),
        granting("10.0.0.0/8"),
    ] {
        let (_host, plugin) = load(granted);
        let data = prepare(&plugin, &config);
        let error = verify(&plugin, &data, &config).unwrap_err();
        assert_eq!(error.code(), Code::Permission);
        let rule = format!("to connect to 127.0.0.1:{port}");
        assert!(error.to_string().contains(&rule), "{error}");
    }
    assert!(silent.accept().is_err());
}

#[test]
fn a_provider_that_does_not_answer_ends_with_the_deadline() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = silent.local_addr().expect("an address").port();
    let (_host, plugin) = load(granting("localhost"));
    let config = json!({ "host": "127.0.0.1", "port": port });
    let data = prepare(&plugin, &config);
    let request =
        json!({ "interactionData": data, "config": config, "interaction": echo_of_binary() });
    let options = CallOptions {
        timeout: Some(Duration::from_millis(200)),
        ..CallOptions::default()
    };
    let began = Instant::now();
    let error = plugin.call_json(&options, "verify-interaction", &request.to_string());
    assert_eq!(error.unwrap_err().code(), Code::Deadline);
    assert!(began.elapsed() < Duration::from_secs(20));
}

// ---- which interactions a plugin takes ----

/// A plugin's directory with another configuration in its manifest.
struct Manifest {
    directory: tempfile::TempDir,
    name: String,
}

impl Manifest {
    fn of(name: &str) -> Self {
        let installed = common::config().plugin_directory.expect("a directory");
        let directory = tempfile::tempdir().expect("a directory");
        for file in [format!("{name}.wasm"), "pact-plugin.json".to_string()] {
            let from = installed.join(format!("{name}-1.0.0")).join(&file);
            std::fs::copy(from, directory.path().join(file)).expect("copied");
        }
        let name = name.to_string();
        Manifest { directory, name }
    }

    fn set(&mut self, plugin_config: Value) {
        let file = self.directory.path().join("pact-plugin.json");
        let text = std::fs::read_to_string(&file).expect("readable");
        let mut manifest: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(manifest["name"], self.name.as_str());
        manifest["pluginConfig"] = plugin_config;
        std::fs::write(file, manifest.to_string()).expect("writable");
    }

    fn load(&self, config: Config) -> (Host, Arc<Plugin>) {
        let host = common::host(config);
        let plugin = host.load_directory(self.directory.path()).expect("loads");
        plugin.init(&CallOptions::default()).expect("initialises");
        (host, plugin)
    }
}

#[test]
fn a_plugin_gets_only_the_interactions_that_it_declares() {
    let mut manifest = Manifest::of("line");
    manifest.set(json!({ "declares": ["interaction/message"] }));
    let (_host, plugin) = manifest.load(common::config());
    let one = echo_of_binary();
    let data = json!({ "metadata": {} });
    let requests = [
        ("start-mock-server", json!({ "interactions": [&one] })),
        (
            "prepare-interaction-for-verification",
            json!({ "interaction": &one }),
        ),
        (
            "verify-interaction",
            json!({ "interaction": &one, "interactionData": data }),
        ),
    ];
    for (operation, request) in requests {
        let error = common::call(&plugin, operation, &request.to_string()).unwrap_err();
        assert_eq!(error.code(), Code::Unsupported);
        assert_eq!(
            error.to_string(),
            format!(
                "plugin line 1.0.0, {operation}: it does not take Synchronous/Messages interactions: it lacks the \
                 capability interaction/synchronous-message and declares interaction/message"
            )
        );
    }
}

#[test]
fn a_plugin_that_is_no_transport_says_so() {
    let host = common::host(common::config());
    let plugin = host.load("minimal", None).expect("loads");
    plugin.init(&CallOptions::default()).expect("initialises");
    let error = common::call(&plugin, "start-mock-server", r#"{"interactions":[]}"#).unwrap_err();
    assert_eq!(error.code(), Code::Unsupported);
    assert!(
        error.to_string().contains("does not export transport"),
        "{error}"
    );
}
