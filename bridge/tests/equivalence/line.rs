//! The plugin `line`: mock servers and verification in a protocol of bytes.

use serde_json::{Value, json};

use super::cases;
use super::json::base64;
use super::pair::{Pair, Via};
use super::random::Random;
use super::tcp::{both, verify};

fn line_interaction(random: &mut Random) -> Value {
    let bytes = |random: &mut Random| base64(random.of(&[&b""[..], b"1", b"\0\xff\n"]));
    json!({
        "interactionType": "Synchronous/Messages",
        "pluginConfiguration": {"interactionConfiguration": {
            "command": match random.one_in(15) {
                true => "two words",
                false => random.of(&["get", "put"]),
            },
            "request": bytes(random),
            "response": bytes(random),
        }},
        "consumer": "c",
        "provider": "p",
    })
}

#[test]
fn mock_servers() {
    let line = Pair::of("line");
    cases(25, |random| {
        let request = json!({"interactions": random.several(4, line_interaction)});
        for via in Via::BOTH {
            let Some(servers) = line.start(via, &request) else {
                continue;
            };
            for _ in 0..random.below(10) {
                let commands = ["get", "get", "put", "put", "!callback", "x y"];
                let mut bytes = random.of(&commands).as_bytes().to_vec();
                bytes.extend(random.of(&[&b" 0\n"[..], b" 1\n1", b" 3\n\0\xff\n", b" 3\n12"]));
                both(&servers, &bytes);
            }
            if random.one_in(5) {
                both(&servers, b"!trap 0\n");
            }
            servers.results().expect("results");
            servers.shutdown().expect("results");
        }
    });
    line.assert_answered(80);
}

#[test]
fn verification() {
    let line = Pair::granting("line", &["connect=127.0.0.1"]);
    cases(30, |random| {
        let mut interaction = line_interaction(random);
        let configuration = &mut interaction["pluginConfiguration"]["interactionConfiguration"];
        configuration["command"] = json!("get");
        let answer = random.of(&[
            &b"OK 0\n"[..],
            b"OK 1\n1",
            b"OK 3\n\0\xff\n",
            b"ERR 1\nx",
            b"x 0\n",
            b"x",
        ]);
        let nonce = json!({"nonce": base64(&random.bytes())});
        verify(&line, random, &interaction, answer, &nonce);
    });
    line.assert_answered(150);
}
