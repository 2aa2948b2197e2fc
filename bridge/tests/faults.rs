//! What goes wrong: with what a plugin answers and a driver asks, and around the process.

mod common;

use std::fs;
use std::time::Duration;

use common::messages::{compare, structure};
use common::{Authorization, Bridge, command, init_request, plugin};
use pact_plugin_driver::proto_v2 as v2;
use pact_plugin_driver::proto_v2::pact_plugin_client::PactPluginClient;
use serde_json::json;
use tonic::transport::Endpoint;
use tonic::{Code, Request};

/// JSON that the library takes, and no message can hold, is not told in part.
#[tokio::test]
async fn json_that_cannot_be_told_is_an_error() {
    let bridge = Bridge::of("echo");
    let mut client = bridge.ready().await;
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(130), "]".repeat(130));
    for (json, reason) in [
        (r#"{"a":1e400,"b":1}"#, "number out of range"),
        (r#"{"a":"\ud800","b":1}"#, "unexpected end of hex escape"),
        (&deep, "recursion limit exceeded"),
    ] {
        let part = json!({"plugin_configuration":
            {"interaction_configuration": json, "pact_configuration": null}});
        let request = v2::ConfigureInteractionRequest {
            content_type: "a/b".into(),
            contents_config: Some(structure(json!({"response": [part]}))),
            test_context: None,
        };
        let response = client.configure_interaction(request).await.unwrap();
        let error = &response.get_ref().error;
        let start = "plugin echo 1.0.0, configure-interaction: the answer's JSON is not valid: frameworks cannot be told the JSON {\"a\":";
        assert!(
            error.starts_with(start) && error.contains(reason),
            "{error}"
        );
    }
}

#[tokio::test]
async fn errors_of_requests_name_plugin_and_operation() {
    let bridge = Bridge::of("echo");
    let mut client = bridge.ready().await;
    let request = v2::GenerateContentRequest::default();
    let status = client.generate_content(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(
        status.message(),
        "plugin echo 1.0.0, generate-content: argument \"contents\" is missing in the request"
    );
}

#[tokio::test]
async fn entries_of_types_that_came_later_are_left_out() {
    let bridge = Bridge::of("hostile");
    let mut client = bridge.ready().await;
    let entry = |r#type| v2::CatalogueEntry {
        r#type,
        key: "x".into(),
        ..Default::default()
    };
    let catalogue = vec![entry(0), entry(77), entry(3)];
    client
        .update_catalogue(v2::Catalogue { catalogue })
        .await
        .unwrap();
    let response = client.compare_contents(compare("x/catalogue", b"")).await;
    let error = &response.unwrap().into_inner().error;
    assert!(error.ends_with("the plugin answered: 2"), "{error}");
}

/// Without file descriptors nobody can connect, and no processor is to be kept busy by that.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn too_many_connections_cost_no_time() {
    let bridge = command(&plugin("echo"));
    let mut limited = std::process::Command::new("sh");
    limited
        .args(["-c", "ulimit -n 40; exec \"$0\""])
        .arg(bridge.get_program())
        .current_dir(bridge.get_current_dir().unwrap())
        .env("XDG_CACHE_HOME", common::cache())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let bridge = Bridge::start(&mut limited);
    let mut client = bridge.ready().await;
    let connect = || std::net::TcpStream::connect(("127.0.0.1", bridge.port)).unwrap();
    let connections: Vec<_> = (0..60).map(|_| connect()).collect();
    let before = processor_time(bridge.id());
    tokio::time::sleep(Duration::from_secs(2)).await;
    let used = processor_time(bridge.id()) - before;
    assert!(used < Duration::from_millis(500), "{used:?}");
    client
        .compare_contents(compare("a/b", b""))
        .await
        .expect("connections that are there go on");
    drop(connections);
    bridge.v2().await;
}

#[cfg(target_os = "linux")]
fn processor_time(process: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.map(|it| it.parse::<u64>().unwrap()).sum();
    // 100 a second (USER_HZ).
    Duration::from_millis(10 * ticks)
}

#[tokio::test]
async fn calls_go_on_where_nobody_reads_standard_error() {
    let mut child = command(&plugin("hostile")).spawn().unwrap();
    let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    std::io::BufRead::read_line(&mut stdout, &mut line).unwrap();
    let (port, key) = common::port_and_key(&line);
    let channel = Endpoint::from_shared(format!("http://[::1]:{port}")).unwrap();
    let channel = channel.connect().await.unwrap();
    let mut client = PactPluginClient::with_interceptor(channel, Authorization::new(&key));
    client.init_plugin(init_request()).await.unwrap();
    for _ in 0..3 {
        let mut request = Request::new(compare("x/log", b""));
        request.set_timeout(Duration::from_secs(30));
        let answer = client.compare_contents(request).await.unwrap().into_inner();
        assert!(!answer.error.contains("deadline"), "{}", answer.error);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
