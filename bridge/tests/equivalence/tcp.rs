//! The same to the mock servers of both sides, and the same provider for both.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Value, json};

use super::pair::{Pair, Servers, Via};
use super::random::Random;

/// Sends these bytes to a mock server, and gives all that it answers.
fn exchange(server: &Value, bytes: &[u8]) -> Vec<u8> {
    let address = server["address"].as_str().expect("an address");
    let stream = TcpStream::connect(format!("{address}:{}", server["port"]));
    let mut stream = stream.expect("it listens");
    let timeout = Some(Duration::from_secs(60));
    stream.set_read_timeout(timeout).expect("a timeout");
    stream.write_all(bytes).expect("it reads");
    // It may have closed the connection already.
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    answer
}

/// Both servers have to answer the same to these bytes.
pub fn both(servers: &Servers<'_>, bytes: &[u8]) {
    let [expected, actual] =
        [&servers.library, &servers.bridge].map(|server| exchange(server, bytes));
    assert_eq!(
        String::from_utf8_lossy(&expected),
        String::from_utf8_lossy(&actual),
        "{:?}",
        String::from_utf8_lossy(bytes)
    );
}

/// A request in HTTP, after which the connection is closed.
pub fn post(body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST /rpc HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Gives the same answer to everybody who has sent something.
struct Provider {
    address: SocketAddr,
    served: JoinHandle<usize>,
}

impl Provider {
    fn start(answer: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let serve = move || {
            let mut served = 0;
            loop {
                let (mut stream, _) = listener.accept().expect("a connection");
                if stream.read(&mut [0; 65_536]).expect("a request") == 0 {
                    return served;
                }
                stream.write_all(&answer).expect("it reads");
                stream.shutdown(Shutdown::Write).expect("half closed");
                // Closing while there is more to read would take the answer back.
                let _ = stream.read_to_end(&mut Vec::new());
                served += 1;
            }
        };
        let served = thread::spawn(serve);
        Provider { address, served }
    }

    /// How many have sent something.
    fn end(self) -> usize {
        drop(TcpStream::connect(self.address).expect("it listens"));
        self.served.join().expect("no panic")
    }
}

/// Prepares an interaction, and verifies it with a provider that answers so, to the library and to the bridge. The config has `more`
/// than the provider's address.
pub fn verify(pair: &Pair, random: &mut Random, interaction: &Value, answer: &[u8], more: &Value) {
    for via in Via::BOTH {
        let provider = Provider::start(answer.to_vec());
        let mut config = more.clone();
        config["host"] = json!("127.0.0.1");
        config["port"] = json!(provider.address.port());
        let request = json!({"interaction": interaction, "config": config});
        let prepared = pair.check("prepare-interaction-for-verification", &request);
        let mut data = prepared.expect("prepared");
        if random.one_in(4) {
            data["metadata"]["x-more"] = json!({"json": "more"});
        }
        let request =
            json!({"interaction": interaction, "config": config, "interactionData": data});
        let _ = pair.check_via(via, "verify-interaction", &request);
        assert_eq!(provider.end(), 2, "the library and the bridge ask");
    }
}
