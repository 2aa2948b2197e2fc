//! The plugin `jsonrpc`: contents, mock servers and verification.

use serde_json::{Value, json};

use super::cases;
use super::json::{base64, bytes};
use super::pair::{Pair, Via};
use super::random::Random;
use super::tcp::{both, post, verify};

/// Values, with definitions among them that are the examples of the requests below.
fn jsonrpc_value(random: &mut Random) -> Value {
    random.of(&[
        json!("matching(integer, 42)"),
        json!("matching(regex, '[a-z]+', 'ada')"),
        json!("matching(type, 'x')"),
        json!("matching(nothing, 'x"),
        json!(23),
        json!(2.5),
        json!("ä"),
        json!(null),
        json!({"a": "matching(boolean, true)", "b": [1, 2]}),
        json!({"pact:matcher:type": "type", "min": 1, "value": [{"n": "notEmpty('x')"}]}),
    ])
}

fn method(random: &mut Random) -> &'static str {
    random.of(&["add", "greet", "日本"])
}

fn jsonrpc_config(random: &mut Random) -> Value {
    let mut request = json!({"method": method(random)});
    if !random.one_in(4) {
        request["params"] = match random.one_in(2) {
            true => json!(random.several(3, jsonrpc_value)),
            false => json!({"a": jsonrpc_value(random), "b": jsonrpc_value(random)}),
        };
    }
    let mut config = json!({ "request": request });
    match random.below(6) {
        0 => {}
        1 => {
            let error = json!({"code": -32000, "message": "matching(type, 'no')"});
            config["response"] = json!({ "error": error });
        }
        _ => config["response"] = json!({"result": jsonrpc_value(random)}),
    }
    if random.one_in(15) {
        config["response"] = jsonrpc_value(random);
    }
    config
}

/// A value that may be sent where one of those above is expected.
fn sent_value(random: &mut Random) -> Value {
    random.of(&[
        json!(42),
        json!(7),
        json!("ada"),
        json!("x"),
        json!(23),
        json!(2.5),
        json!("ä"),
        json!(null),
        json!({"a": false, "b": [1, 2]}),
        json!({"a": 1, "b": [1, 3], "c": 4}),
        json!([{"n": "y"}, {"n": ""}]),
    ])
}

fn sent_request(random: &mut Random) -> Value {
    let mut request = json!({"jsonrpc": "2.0", "method": method(random)});
    if !random.one_in(5) {
        request["id"] = random.of(&[json!(1), json!("a"), json!(null), json!(2.5)]);
    }
    if !random.one_in(4) {
        request["params"] = match random.one_in(2) {
            true => json!(random.several(3, sent_value)),
            false => json!({"a": sent_value(random), "b": sent_value(random)}),
        };
    }
    if random.one_in(10) {
        let field = random.of(&["jsonrpc", "method", "more"]);
        request[field] = sent_value(random);
    }
    request
}

/// The bodies of some parts.
fn contents(parts: &[Value], name: &str) -> Vec<Vec<u8>> {
    let named = parts.iter().filter(|part| part["partName"] == name);
    named
        .map(|part| bytes(&part["contents"]["content"]))
        .collect()
}

/// A request that is expected, another one, a batch, or neither.
fn sent_body(random: &mut Random, expected: &[Vec<u8>]) -> Vec<u8> {
    if !expected.is_empty() && random.one_in(3) {
        return random.of(expected);
    }
    match random.below(12) {
        0 => random.bytes(),
        1 => json!(random.several(4, sent_request))
            .to_string()
            .into_bytes(),
        2 => sent_value(random).to_string().into_bytes(),
        _ => sent_request(random).to_string().into_bytes(),
    }
}

/// A response that is expected, or another one.
fn sent_response(random: &mut Random, expected: &[Vec<u8>]) -> Vec<u8> {
    if !expected.is_empty() && random.one_in(2) {
        return random.of(expected);
    }
    let response = match random.one_in(4) {
        true => json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": "no"}}),
        false => json!({"jsonrpc": "2.0", "id": 1, "result": sent_value(random)}),
    };
    response.to_string().into_bytes()
}

/// The interactions of a pact, as far as they could be configured, and all their parts.
fn jsonrpc_interactions(jsonrpc: &Pair, random: &mut Random) -> (Vec<Value>, Vec<Value>) {
    let (mut interactions, mut parts) = (Vec::new(), Vec::new());
    for _ in 0..=random.below(4) {
        let request = json!({
            "contentType": "application/json-rpc", "contentsConfig": jsonrpc_config(random),
        });
        if let Ok(answer) = jsonrpc.check("configure-interaction", &request) {
            let of_both = answer["interactions"].as_array().expect("parts");
            let configuration = of_both.iter().map(|it| &it["pluginConfiguration"]);
            interactions.push(json!({
                "interactionType": "Synchronous/Messages",
                "pluginConfiguration": configuration.clone().find(|it| !it.is_null()),
                "consumer": "c",
                "provider": "p",
            }));
            parts.extend(of_both.clone());
        }
    }
    (interactions, parts)
}

#[test]
fn contents_of_both_parts() {
    let jsonrpc = Pair::of("jsonrpc");
    cases(50, |random| {
        let (_, parts) = jsonrpc_interactions(&jsonrpc, random);
        for part in &parts {
            let content = match part["partName"] == "request" {
                true => sent_body(random, &contents(&parts, "request")),
                false => sent_response(random, &contents(&parts, "response")),
            };
            let request = json!({
                "expected": part["contents"],
                "actual": {"contentType": "application/json", "content": base64(&content)},
                "allowUnexpectedKeys": random.one_in(2),
                "rules": part["rules"],
                "pluginConfiguration": part["pluginConfiguration"],
            });
            let _ = jsonrpc.check("compare-contents", &request);
        }
    });
    jsonrpc.assert_answered(400);
}

#[test]
fn mock_servers() {
    let jsonrpc = Pair::of("jsonrpc");
    cases(20, |random| {
        let (interactions, parts) = jsonrpc_interactions(&jsonrpc, random);
        let expected = contents(&parts, "request");
        let request = json!({"interactions": interactions, "tls": random.one_in(10)});
        for via in Via::BOTH {
            let Some(servers) = jsonrpc.start(via, &request) else {
                continue;
            };
            match random.one_in(3) {
                true => expected.iter().for_each(|body| {
                    both(&servers, &post(body));
                }),
                false => {
                    for _ in 0..random.below(12) {
                        both(&servers, &post(&sent_body(random, &expected)));
                    }
                    let get = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
                    both(&servers, get);
                }
            }
            servers.results().expect("results");
            servers.shutdown().expect("results");
        }
    });
    jsonrpc.assert_answered(150);
}

#[test]
fn verification() {
    let jsonrpc = Pair::granting("jsonrpc", &["connect=127.0.0.1"]);
    cases(15, |random| {
        let (interactions, parts) = jsonrpc_interactions(&jsonrpc, random);
        for interaction in interactions {
            let body = sent_response(random, &contents(&parts, "response"));
            let ok = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            let answer = match random.below(10) {
                0 => b"no HTTP\r\n\r\n".to_vec(),
                1 | 2 => b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
                _ => [ok.into_bytes(), body].concat(),
            };
            let config = json!({"path": "/%20b", "headers": {"x-test": "1"}});
            verify(&jsonrpc, random, &interaction, &answer, &config);
        }
    });
    jsonrpc.assert_answered(150);
}
