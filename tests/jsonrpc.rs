//! The plugin `jsonrpc` as a component: its mock server with clients that speak HTTP, and verification of a provider that does.

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::config::Config;
use pact_wasm::driver::permissions::{AddressRule, Grant, Permission};
use pact_wasm::driver::plugin::Plugin;
use pact_wasm::error::{Code, Error};
use serde_json::{Value, json};

fn plugin(config: Config) -> Arc<Plugin> {
    let plugin = common::host(config).load("jsonrpc", None).expect("loads");
    plugin.init(&CallOptions::default()).expect("initialises");
    plugin
}

fn call(plugin: &Plugin, operation: &str, request: &Value) -> Result<Value, Error> {
    let response = common::call(plugin, operation, &request.to_string())?;
    Ok(serde_json::from_str(&response).expect("JSON"))
}

/// An interaction as a driver hands it to a transport: out of what the author of a test writes.
fn interaction(plugin: &Plugin, contents_config: &Value) -> Value {
    let request =
        json!({ "contentType": "application/json-rpc", "contentsConfig": contents_config });
    let configured = call(plugin, "configure-interaction", &request).expect("configured");
    json!({
        "interactionType": "Synchronous/Messages",
        "pluginConfiguration": configured["interactions"][0]["pluginConfiguration"],
        "consumer": "calculator-app",
        "provider": "calculator",
    })
}

fn subtract() -> Value {
    json!({
        "request": { "method": "subtract", "params": ["matching(integer, 42)", "matching(integer, 23)"] },
        "response": { "result": { "value": "matching(number, 19)", "unit": "€" } },
    })
}

fn greet() -> Value {
    json!({
        "request": { "method": "greet", "params": { "name": "matching(regex, '[A-Z][a-z]+', 'Ada')" } },
        "response": { "result": "matching(type, 'hello')" },
    })
}

fn notify() -> Value {
    json!({ "request": { "method": "update", "params": [1, 2, 3] } })
}

fn start(plugin: &Plugin, configs: &[Value]) -> Value {
    let interactions: Vec<Value> = configs.iter().map(|it| interaction(plugin, it)).collect();
    call(
        plugin,
        "start-mock-server",
        &json!({ "interactions": interactions }),
    )
    .expect("it starts")
}

fn shutdown(plugin: &Plugin, server: &Value) -> Value {
    call(
        plugin,
        "shutdown-mock-server",
        &json!({ "key": server["key"] }),
    )
    .expect("results")
}

/// A client with one connection that stays open.
struct Client(BufReader<TcpStream>);

impl Client {
    fn of(server: &Value) -> Self {
        let address = server["address"].as_str().expect("an address");
        let stream = TcpStream::connect(format!("{address}:{}", server["port"]));
        let stream = stream.expect("it listens");
        let timeout = Some(Duration::from_secs(60));
        stream.set_read_timeout(timeout).expect("a timeout");
        Client(BufReader::new(stream))
    }

    /// Status and body.
    fn post(&mut self, body: &str) -> (u16, String) {
        let length = body.len();
        let head = format!(
            "POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        let stream = self.0.get_mut();
        stream
            .write_all((head + body).as_bytes())
            .expect("it reads");
        let (first, body) = read_message(&mut self.0).expect("an answer");
        let status = first.split(' ').nth(1).expect("a status");
        (status.parse().expect("a number"), body)
    }

    fn ask(&mut self, request: &Value) -> Value {
        let (status, body) = self.post(&request.to_string());
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).expect("JSON")
    }
}

/// The first line and the body of an HTTP message; nothing at the end of the connection.
fn read_message(reader: &mut impl BufRead) -> Option<(String, String)> {
    let mut first = String::new();
    if reader.read_line(&mut first).unwrap_or(0) == 0 {
        return None;
    }
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a header");
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    Some((first, String::from_utf8(body).expect("text")))
}

fn request(id: &Value, method: &str, params: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

// ---- the mock server ----

#[test]
fn a_consumer_test_that_is_as_the_pact_says() {
    let plugin = plugin(common::config());
    let server = start(&plugin, &[subtract(), greet(), notify()]);
    let mut client = Client::of(&server);
    let answer = client.ask(&request(&json!("a"), "subtract", &json!([5, 3])));
    let result = json!({ "value": 19, "unit": "€" });
    assert_eq!(
        answer,
        json!({ "jsonrpc": "2.0", "id": "a", "result": result })
    );
    let answer = client.ask(&request(&json!(7), "greet", &json!({ "name": "Grace" })));
    assert_eq!(
        answer,
        json!({ "jsonrpc": "2.0", "id": 7, "result": "hello" })
    );
    let note = json!({ "jsonrpc": "2.0", "method": "update", "params": [1, 2, 3] });
    assert_eq!(client.post(&note.to_string()), (204, String::new()));
    assert_eq!(
        shutdown(&plugin, &server),
        json!({ "ok": true, "results": [] })
    );
}

#[test]
fn a_batch_is_answered_in_order_and_notifications_are_not() {
    let plugin = plugin(common::config());
    let server = start(&plugin, &[subtract(), notify()]);
    let batch = json!([
        request(&json!(1), "subtract", &json!([1, 2])),
        { "jsonrpc": "2.0", "method": "update", "params": [1, 2, 3] },
        request(&json!(2), "nothing", &json!([])),
        7,
    ]);
    let mut client = Client::of(&server);
    let answers = client.ask(&batch);
    let answers = answers.as_array().expect("a batch");
    assert_eq!(answers.len(), 3);
    assert_eq!(
        (&answers[0]["id"], &answers[0]["result"]["value"]),
        (&json!(1), &json!(19))
    );
    assert_eq!(
        (&answers[1]["id"], &answers[1]["error"]["code"]),
        (&json!(2), &json!(-32601))
    );
    assert_eq!(
        (&answers[2]["id"], &answers[2]["error"]["code"]),
        (&Value::Null, &json!(-32600))
    );
    let notes = json!([{ "jsonrpc": "2.0", "method": "update", "params": [1, 2, 3] }]);
    assert_eq!(client.post(&notes.to_string()).0, 204);
    assert_eq!(client.ask(&json!([]))["error"]["code"], -32600);
    assert_eq!(shutdown(&plugin, &server)["ok"], false);
}

#[test]
fn what_is_wrong_is_answered_as_the_specification_says_and_stands_in_the_results() {
    let plugin = plugin(common::config());
    let server = start(&plugin, &[subtract(), greet()]);
    let mut client = Client::of(&server);
    let wrong = client.ask(&request(&json!(1), "subtract", &json!(["5", 3])));
    assert_eq!(wrong["error"]["code"], -32602);
    assert!(
        wrong["error"]["data"].to_string().contains("$.params[0]"),
        "{wrong}"
    );
    let unknown = client.ask(&request(&json!(2), "multiply", &json!([5, 3])));
    assert_eq!(unknown["error"]["code"], -32601);
    let (status, body) = client.post("{\"jsonrpc\":");
    assert_eq!(status, 200);
    let broken: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(
        (&broken["error"]["code"], &broken["id"]),
        (&json!(-32700), &Value::Null)
    );

    let finally = shutdown(&plugin, &server);
    assert_eq!(finally["ok"], false);
    let results = finally["results"].as_array().expect("results");
    let mismatch = &results[0]["mismatches"][0];
    assert_eq!(
        (&results[0]["path"], &mismatch["path"]),
        (&json!("subtract"), &json!("$.params[0]"))
    );
    let error = |path: &str| {
        let result = results
            .iter()
            .find(|it| it["path"] == path && it["error"] != "");
        result.expect("an error")["error"]
            .as_str()
            .expect("a text")
            .to_string()
    };
    assert!(error("multiply").contains("no interaction has the method"));
    assert!(error("/rpc").contains("Parse error"));
    assert!(error("subtract").contains("was expected and did not come"));
    assert!(error("greet").contains("was expected and did not come"));
    assert_eq!(results.len(), 5);
}

#[test]
fn thirty_two_clients_with_five_hundred_requests_each_are_all_answered() {
    let plugin = plugin(common::config());
    let server = start(&plugin, &[subtract()]);
    thread::scope(|scope| {
        for client in 0..32 {
            let server = &server;
            scope.spawn(move || {
                let mut connection = Client::of(server);
                for number in 0..500 {
                    let id = json!(client * 1000 + number);
                    // Every tenth is for nobody, and known by its id.
                    if number % 10 == 0 {
                        let method = format!("m{id}");
                        let answer = connection.ask(&request(&id, &method, &json!([])));
                        assert_eq!(
                            (&answer["id"], &answer["error"]["code"]),
                            (&id, &json!(-32601))
                        );
                    } else {
                        let answer =
                            connection.ask(&request(&id, "subtract", &json!([number, client])));
                        assert_eq!(
                            (&answer["id"], &answer["result"]["value"]),
                            (&id, &json!(19))
                        );
                    }
                }
            });
        }
    });
    let finally = shutdown(&plugin, &server);
    let results = finally["results"].as_array().expect("results");
    let mut paths: Vec<&str> = results
        .iter()
        .map(|it| it["path"].as_str().expect("a path"))
        .collect();
    let of = |client: i32| (0..50).map(move |tenth| format!("m{}", client * 1000 + tenth * 10));
    let mut expected: Vec<String> = (0..32).flat_map(of).collect();
    paths.sort_unstable();
    expected.sort_unstable();
    assert_eq!(paths.len(), expected.len());
    assert!(
        paths == expected,
        "other requests than those that were sent"
    );
}

#[test]
fn a_batch_may_take_longer_than_the_deadline_and_results_do_not_wait_for_it() {
    let mut config = common::config();
    config.limits.timeout = Duration::from_secs(2);
    let deadline = config.limits.timeout;
    let plugin = plugin(config);
    let add = |number: usize| {
        let text = format!("matching(regex, '[a-z]+{number}', 'x{number}')");
        json!({
            "request": { "method": "add", "params": [{ "a": text }, "matching(integer, 1)"] },
            "response": { "result": number },
        })
    };
    let interactions: Vec<Value> = (0..30).map(add).collect();
    let server = start(&plugin, &interactions);
    let like_none = request(&json!(7), "add", &json!([{ "a": "zzz" }, "no"]));
    let answer_batch = |size: usize| {
        let batch = Value::from(vec![like_none.clone(); size]);
        let start = Instant::now();
        let answers = Client::of(&server).ask(&batch);
        assert_eq!(answers.as_array().map(Vec::len), Some(size));
        start.elapsed()
    };
    let is_under_way = || {
        let key = json!({ "key": server["key"] });
        let results = call(&plugin, "get-mock-server-results", &key).expect("results");
        results.to_string().contains("have not been answered")
    };
    // How long a batch takes depends on the machine, and it has 10,000 messages at most.
    let (mut size, mut messages) = (25, 0);
    let (mut taken, mut was_seen) = (Duration::ZERO, false);
    while taken < deadline * 3 / 2 && size < 5_000 {
        size *= 2;
        messages += size;
        (taken, was_seen) = thread::scope(|scope| {
            let answered = scope.spawn(|| answer_batch(size));
            let mut was_seen = false;
            while !was_seen && !answered.is_finished() {
                was_seen = is_under_way();
            }
            (answered.join().expect("answered"), was_seen)
        });
    }
    assert!(was_seen, "the results waited for the batch of {size}");
    let finally = shutdown(&plugin, &server);
    let wrong = finally["results"].as_array().expect("results").iter();
    let of_messages = wrong.filter(|it| it["mismatches"] != json!([]));
    assert_eq!(of_messages.count(), messages);
}

#[test]
fn servers_of_two_plugins_run_side_by_side() {
    let host = common::host(common::config());
    let load = |name: &str| {
        let plugin = host.load(name, None).expect("loads");
        plugin.init(&CallOptions::default()).expect("initialises");
        plugin
    };
    let (jsonrpc, line) = (load("jsonrpc"), load("line"));
    let server = start(&jsonrpc, &[subtract()]);
    let other =
        call(&line, "start-mock-server", &json!({ "interactions": [] })).expect("it starts");
    let address = format!("127.0.0.1:{}", other["port"]);
    let mut crash = TcpStream::connect(address).expect("it listens");
    crash.write_all(b"!trap 0\n").expect("it reads");
    assert_eq!(crash.read(&mut [0]).unwrap_or(0), 0);
    let answer = Client::of(&server).ask(&request(&json!(1), "subtract", &json!([5, 3])));
    assert_eq!(answer["result"]["value"], 19);
    assert_eq!(shutdown(&jsonrpc, &server)["ok"], true);
    assert_eq!(shutdown(&line, &other)["ok"], false);
}

// ---- verification ----

/// A provider that answers every request with `answer`; gives its port and what it was sent.
fn provider(answer: &Value) -> (u16, thread::JoinHandle<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let answer = answer.to_string();
    let served = thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a client");
        let mut reader = BufReader::new(stream);
        let (first, body) = read_message(&mut reader).expect("a request");
        let response = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
            answer.len()
        );
        reader
            .get_mut()
            .write_all(response.as_bytes())
            .expect("it reads");
        (first, serde_json::from_str(&body).expect("JSON"))
    });
    (port, served)
}

fn granting(port: u16) -> Config {
    let mut config = common::config();
    let rule = AddressRule::parse(&format!("127.0.0.1:{port}")).expect("a rule");
    config.grants.push(Grant {
        plugin: Some("jsonrpc".into()),
        permission: Permission::Connect(rule),
    });
    config
}

fn prepare(plugin: &Plugin, interaction: &Value, config: &Value) -> Value {
    let request = json!({ "interaction": interaction, "config": config });
    call(plugin, "prepare-interaction-for-verification", &request).expect("prepared")
}

fn verify(
    plugin: &Plugin,
    interaction: &Value,
    config: &Value,
    data: &Value,
) -> Result<Value, Error> {
    let request = json!({ "interaction": interaction, "config": config, "interactionData": data });
    call(plugin, "verify-interaction", &request)
}

#[test]
fn a_provider_that_keeps_the_contract() {
    let (port, served) =
        provider(&json!({ "jsonrpc": "2.0", "id": 1, "result": { "value": 2.5, "unit": "€" } }));
    let plugin = plugin(granting(port));
    let interaction = interaction(&plugin, &subtract());
    let config = json!({ "host": "127.0.0.1", "port": port, "path": "/calculator" });
    let data = prepare(&plugin, &interaction, &config);
    let verified = verify(&plugin, &interaction, &config, &data).expect("verified");
    assert_eq!(
        (&verified["success"], &verified["failures"]),
        (&json!(true), &json!([])),
        "{verified}"
    );
    let (first, body) = served.join().expect("no panic");
    assert_eq!(first, "POST /calculator HTTP/1.1\r\n");
    assert_eq!(
        (&body["method"], &body["params"]),
        (&json!("subtract"), &json!([42, 23]))
    );
}

#[test]
fn a_provider_that_breaks_it() {
    let (port, served) =
        provider(&json!({ "jsonrpc": "2.0", "id": 1, "result": { "value": "two", "unit": "$" } }));
    let plugin = plugin(granting(port));
    let interaction = interaction(&plugin, &subtract());
    let config = json!({ "baseUrl": format!("http://127.0.0.1:{port}/rpc") });
    let data = prepare(&plugin, &interaction, &config);
    let verified = verify(&plugin, &interaction, &config, &data).expect("verified");
    assert_eq!(verified["success"], false);
    let failures = verified["failures"].as_array().expect("failures");
    let mut paths: Vec<&str> = failures
        .iter()
        .map(|it| it["mismatch"]["path"].as_str().expect("a path"))
        .collect();
    paths.sort_unstable();
    assert_eq!(paths, ["$.result.unit", "$.result.value"]);
    served.join().expect("no panic");
}

#[test]
fn what_was_prepared_can_be_changed() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD as BASE64;
    let (port, served) =
        provider(&json!({ "jsonrpc": "2.0", "id": 1, "result": { "value": 1, "unit": "€" } }));
    let plugin = plugin(granting(port));
    let interaction = interaction(&plugin, &subtract());
    let config = json!({ "host": "127.0.0.1", "port": port });
    let mut data = prepare(&plugin, &interaction, &config);
    let body = BASE64
        .decode(data["body"]["content"].as_str().expect("a body"))
        .expect("base64");
    let mut body: Value = serde_json::from_slice(&body).expect("JSON");
    body["params"] = json!([100, 1]);
    data["body"]["content"] = json!(BASE64.encode(body.to_string()));
    let verified = verify(&plugin, &interaction, &config, &data).expect("verified");
    assert_eq!(verified["success"], true, "{verified}");
    assert_eq!(
        served.join().expect("no panic").1["params"],
        json!([100, 1])
    );
}

#[test]
fn a_provider_that_is_not_there_or_not_granted() {
    let port = TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("an address")
        .port();
    let config = json!({ "host": "127.0.0.1", "port": port });
    for (granted, code, text) in [
        (granting(port), Code::Plugin, "refused"),
        (
            common::config(),
            Code::Permission,
            "to connect to 127.0.0.1",
        ),
    ] {
        let plugin = plugin(granted);
        let interaction = interaction(&plugin, &subtract());
        let data = prepare(&plugin, &interaction, &config);
        let error = verify(&plugin, &interaction, &config, &data).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
}

#[test]
fn an_interaction_of_another_type_is_refused() {
    let plugin = plugin(common::config());
    let mut interaction = interaction(&plugin, &subtract());
    interaction["interactionType"] = json!("Synchronous/HTTP");
    let error = call(
        &plugin,
        "start-mock-server",
        &json!({ "interactions": [interaction] }),
    );
    let error = error.unwrap_err();
    assert_eq!(error.code(), Code::Unsupported);
    assert!(
        error.to_string().contains("interaction/request-response"),
        "{error}"
    );
}
