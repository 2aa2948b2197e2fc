//! What the plugin asks for goes to the driver's service for plugins, with the chain and the deadline of the call; where there is no such
//! service, or none that knows, the library's own rules answer. Log records go to the driver and to standard error.

mod common;

use std::io::Read;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use common::host::{Asked, FOR_EVER, Host};
use common::{Bridge, command, plugin};
use pact_plugin_driver::proto_v2 as message;
use pact_plugin_driver::proto_v2::field_value::Value as Kind;
use pact_plugin_driver::utils::to_proto_struct;
use serde_json::json;
use tonic::{Request, Status};

fn value(kind: Kind) -> Option<message::FieldValue> {
    Some(message::FieldValue { value: Some(kind) })
}

fn text(text: &str) -> Option<message::FieldValue> {
    value(Kind::StringValue(text.into()))
}

/// The plugin `delegate` passes this on to the entry that is the path.
fn match_field(entry_key: &str, rule: &str) -> message::MatchFieldRequest {
    message::MatchFieldRequest {
        key: "delegate".into(),
        rule: Some(message::MatchingRule {
            r#type: rule.into(),
            values: None,
        }),
        path: entry_key.into(),
        mismatch_type: "body".into(),
        expected: value(Kind::IntegerValue(1)),
        actual: text("a"),
        ..Default::default()
    }
}

fn compare(entry_key: &str) -> message::CompareContentsRequest {
    let body = || {
        Some(message::Body {
            content_type: "application/json".into(),
            content: Some(b"{}".to_vec()),
            ..Default::default()
        })
    };
    message::CompareContentsRequest {
        expected: body(),
        actual: body(),
        plugin_configuration: Some(message::PluginConfiguration {
            interaction_configuration: None,
            pact_configuration: Some(to_proto_struct(
                &[("entry".to_string(), json!(entry_key))].into(),
            )),
        }),
        ..Default::default()
    }
}

/// In milliseconds since 1970-01-01 UTC.
fn in_a_while() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from((now + Duration::from_secs(20)).as_millis()).unwrap()
}

fn in_chain<Q>(request: Q, chain_id: &str, deadline_ms: u64) -> Request<Q> {
    let mut request = Request::new(request);
    let metadata = request.metadata_mut();
    metadata.insert("pact-call-chain-id", chain_id.parse().unwrap());
    metadata.insert("pact-deadline-ms", deadline_ms.to_string().parse().unwrap());
    request
}

/// A bridge whose driver answers as `answer` says.
async fn bridge(
    name: &str,
    level: &str,
    answer: impl Fn(&str) -> Result<(), Status> + Send + Sync + 'static,
) -> (Bridge, Host) {
    let host = Host::start(answer).await;
    let mut command = command(&plugin(name));
    command
        .env("PACT_PLUGIN_HOST", &host.address)
        .env("PACT_PLUGIN_INSTANCE_ID", "instance")
        .env("LOG_LEVEL", level);
    (Bridge::start(&mut command), host)
}

async fn mismatches(bridge: &Bridge, request: message::MatchFieldRequest) -> Vec<String> {
    let response = bridge
        .v2()
        .await
        .match_field(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(response.error, "");
    response
        .mismatches
        .into_iter()
        .map(|it| it.mismatch)
        .collect()
}

async fn error(bridge: &Bridge, request: message::MatchFieldRequest) -> String {
    let response = bridge.v2().await.match_field(request).await.unwrap();
    response.into_inner().error
}

#[tokio::test]
async fn all_four_go_to_the_driver_with_chain_and_deadline() {
    let (bridge, host) = bridge("delegate", "INFO", |_| Ok(())).await;
    let mut client = bridge.ready().await;
    let deadline = in_a_while();

    let request = in_chain(compare("core/content-matcher/json"), "chain 1", deadline);
    let response = client.compare_contents(request).await.unwrap().into_inner();
    assert_eq!(response.type_mismatch.unwrap().expected, "of the driver");

    let request = message::GenerateContentRequest {
        contents: compare("").expected,
        plugin_configuration: compare("content-generator/x").plugin_configuration,
        ..Default::default()
    };
    let response = client
        .generate_content(in_chain(request, "chain 2", deadline))
        .await
        .unwrap();
    assert_eq!(response.into_inner().contents, compare("").expected);

    let request = in_chain(
        match_field("plugin/other/matcher/x", "x"),
        "chain 3",
        deadline,
    );
    let response = client.match_field(request).await.unwrap().into_inner();
    assert_eq!(response.mismatches[0].mismatch, "the driver says no");

    let request = message::GenerateFieldRequest {
        key: "delegate".into(),
        generator: Some(message::Generator::default()),
        path: "Uuid".into(),
        example_value: text("example"),
        ..Default::default()
    };
    let response = client
        .generate_field(in_chain(request, "chain 4", deadline))
        .await
        .unwrap();
    assert_eq!(response.into_inner().value, text("example"));

    let asked = host.asked();
    let seen: Vec<_> = asked
        .iter()
        .map(|it| (it.operation, &*it.entry_key, &*it.chain_id))
        .collect();
    let expected = [
        ("compare-contents", "core/content-matcher/json", "chain 1"),
        ("generate-content", "content-generator/x", "chain 2"),
        ("match-field", "plugin/other/matcher/x", "chain 3"),
        ("generate-field", "Uuid", "chain 4"),
    ];
    assert_eq!(seen, expected);
    // The same deadline, but for what the answer takes on its way back.
    let way_back = |it: &Asked| (deadline - 60..=deadline).contains(&it.deadline_ms);
    assert!(asked.iter().all(way_back), "{deadline}: {asked:?}");
}

#[tokio::test]
async fn calls_without_a_chain_begin_one_each() {
    let (bridge, host) = bridge("delegate", "INFO", |_| Ok(())).await;
    bridge.ready().await;
    for _ in 0..2 {
        mismatches(&bridge, match_field("x", "x")).await;
    }
    let asked = host.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|it| it.chain_id.len() == 36), "{asked:?}");
    assert_ne!(asked[0].chain_id, asked[1].chain_id);
}

#[tokio::test]
async fn without_a_service_pact_s_own_rules_answer() {
    let expected = ["Expected 'a' (String) to be the same type as 1 (Integer)"];
    let bridge = Bridge::of("delegate");
    bridge.ready().await;
    assert_eq!(
        mismatches(&bridge, match_field("type", "type")).await,
        expected
    );

    // A driver whose service takes no such calls; one that has no handler for a rule of Pact's; one that is not there.
    for status in [
        Status::unimplemented("no"),
        Status::not_found("none registered"),
    ] {
        let (bridge, host) = self::bridge("delegate", "INFO", move |_| Err(status.clone())).await;
        bridge.ready().await;
        let request = match_field("core/matcher/type", "type");
        assert_eq!(mismatches(&bridge, request).await, expected);
        assert_eq!(host.asked().len(), 1);
    }
    let mut nobody = command(&plugin("delegate"));
    nobody.env("PACT_PLUGIN_HOST", "127.0.0.1:1");
    let bridge = Bridge::start(&mut nobody);
    bridge.ready().await;
    assert_eq!(
        mismatches(&bridge, match_field("type", "type")).await,
        expected
    );
}

#[tokio::test]
async fn errors_of_the_driver_reach_the_plugin_or_end_the_chain() {
    let (bridge, _host) = bridge("delegate", "INFO", |entry_key| {
        Err(match entry_key {
            "circle" => Status::already_exists("Cycle detected calling 'circle'"),
            "late" => Status::deadline_exceeded("too late"),
            "ambiguous" => Status::not_found("Ambiguous catalogue entry key 'ambiguous'"),
            _ => Status::internal("it broke"),
        })
    })
    .await;
    bridge.ready().await;
    let said = error(&bridge, match_field("broken", "x")).await;
    let expected =
        "plugin delegate 1.0.0, match-field: the plugin answered: the host says: broken: it broke";
    assert_eq!(said, expected);
    let said = error(&bridge, match_field("ambiguous", "x")).await;
    assert!(
        said.ends_with("the host says: ambiguous: Ambiguous catalogue entry key 'ambiguous'"),
        "{said}"
    );
    let said = error(&bridge, match_field("circle", "x")).await;
    let expected = "plugin delegate 1.0.0, match-field: plugins call each other in a circle: Cycle detected calling 'circle'";
    assert_eq!(said, expected);
    // A deadline of the driver's own: that of the call is not over.
    let said = error(&bridge, match_field("late", "x")).await;
    assert!(said.ends_with("the host says: late: too late"), "{said}");
}

/// Drivers say of a short key what they say of a full one.
#[tokio::test]
async fn short_keys_of_pact_s_own_rules_are_answered_where_the_driver_has_none() {
    let (bridge, host) = bridge("delegate", "INFO", |key| {
        Err(Status::not_found(format!("no entry {key}")))
    })
    .await;
    bridge.ready().await;
    for key in ["type", "matcher/type", "core/matcher/type"] {
        let found = mismatches(&bridge, match_field(key, "type")).await;
        let expected = ["Expected 'a' (String) to be the same type as 1 (Integer)"];
        assert_eq!(found, expected, "{key}");
    }
    let said = error(&bridge, match_field("of-nobody", "x")).await;
    assert!(
        said.ends_with("the host says: of-nobody: no entry of-nobody"),
        "{said}"
    );
    assert_eq!(host.asked().len(), 4);
}

/// One that closes each connection, whether or not it has read something.
#[tokio::test]
async fn a_service_that_is_lost_is_none() {
    for reads in [false, true] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut command = command(&plugin("delegate"));
        let address = listener.local_addr().unwrap().to_string();
        command.env("PACT_PLUGIN_HOST", address);
        std::thread::spawn(move || {
            for mut connection in listener.incoming().flatten() {
                if reads {
                    let _ = connection.read(&mut [0; 4096]);
                }
            }
        });
        let bridge = Bridge::start(&mut command);
        bridge.ready().await;
        let found = mismatches(&bridge, match_field("type", "type")).await;
        assert_eq!(found.len(), 1, "{found:?}");
    }
}

#[tokio::test]
async fn a_deadline_in_the_far_future_is_one() {
    let (bridge, host) = bridge("delegate", "INFO", |_| Ok(())).await;
    let mut client = bridge.ready().await;
    for deadline in [10_u64.pow(17), u64::MAX] {
        let request = in_chain(match_field("x", "x"), "chain", deadline);
        let response = client.match_field(request).await.unwrap().into_inner();
        assert_eq!(response.mismatches[0].mismatch, "the driver says no");
    }
    assert_eq!(host.asked().len(), 2);
}

/// More than there are threads to wait on.
#[tokio::test(flavor = "multi_thread")]
async fn hundreds_of_calls_that_ask_the_driver_are_all_answered() {
    let (bridge, _host) = bridge("delegate", "INFO", |_| {
        std::thread::sleep(Duration::from_millis(4));
        Ok(())
    })
    .await;
    bridge.ready().await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let client = bridge.v2().await;
        for _ in 0..100 {
            let mut client = client.clone();
            calls.spawn(async move {
                let mut request = Request::new(match_field("x", "x"));
                request.set_timeout(Duration::from_secs(120));
                client.match_field(request).await.unwrap().into_inner()
            });
        }
    }
    while let Some(answered) = calls.join_next().await {
        let answer = answered.unwrap();
        assert_eq!((answer.error.as_str(), answer.mismatches.len()), ("", 1));
    }
}

/// Many texts are one call of the plugin: Pact's own rules are applied here, others by the driver, one by one.
#[tokio::test]
async fn many_texts_are_matched_here_or_one_by_one() {
    let (bridge, host) = bridge("delegate", "INFO", |_| Ok(())).await;
    bridge.ready().await;
    let texts = |entry_key: &str| message::MatchFieldRequest {
        expected: text("1"),
        actual: value(Kind::StructuredValue(
            pact_plugin_driver::utils::to_proto_value(&json!(["1", "x"])),
        )),
        ..match_field(entry_key, "integer")
    };
    let found = mismatches(&bridge, texts("core/matcher/integer!texts")).await;
    assert_eq!(found, ["Expected 'x' to match an integer number"]);
    assert_eq!(host.asked(), []);
    let found = mismatches(&bridge, texts("matcher/other!texts")).await;
    assert_eq!(found, ["the driver says no"; 2]);
    assert_eq!(host.asked().len(), 2);
}

#[tokio::test]
async fn a_call_that_waits_for_the_driver_ends_with_its_time() {
    let (bridge, host) = bridge("delegate", "INFO", |_| Ok(())).await;
    let mut client = bridge.ready().await;
    let mut request = Request::new(match_field(FOR_EVER, "x"));
    request.set_timeout(Duration::from_millis(300));
    let response = client.match_field(request).await.unwrap();
    let said = &response.get_ref().error;
    assert!(
        said.contains("no answer within the deadline of 2"),
        "{said}"
    );
    assert_eq!(host.asked().len(), 1);
    // What the plugin was waiting for is given up, and its instance serves the next call.
    let request = match_field("core/matcher/type!texts", "type");
    let said = error(&bridge, request).await;
    assert!(said.contains("the expected value must be a text"), "{said}");
}

#[tokio::test]
async fn log_records_go_to_the_driver_and_to_standard_error() {
    let (bridge, mut host) = bridge("echo", "DEBUG", |_| Ok(())).await;
    let mut client = bridge.ready().await;
    let records = json!([
        ["Info", "the-target", "first"],
        ["Trace", "t", "too low"],
        ["Error", "other", "second"]
    ]);
    let request = message::ConfigureInteractionRequest {
        content_type: "application/vnd.echo".into(),
        contents_config: Some(to_proto_struct(&[("log".to_string(), records)].into())),
        test_context: Some(to_proto_struct(
            &[("testRunId".to_string(), json!("run 7"))].into(),
        )),
    };
    let response = client.configure_interaction(request).await.unwrap();
    assert_eq!(response.get_ref().error, "");
    let mut received = Vec::new();
    while received.len() < 2 {
        let record = host.log.recv().await.unwrap();

        assert_eq!(record.plugin_instance_id, "instance");
        assert!(record.timestamp_ms > 1_700_000_000_000);
        if record.test_run_id == "run 7" && record.level != "DEBUG" {
            received.push((record.level, record.target, record.message));
        }
    }
    let expected = [
        ("INFO", "the-target", "first"),
        ("ERROR", "other", "second"),
    ];
    let expected = expected.map(|(level, target, text)| (level.into(), target.into(), text.into()));
    assert_eq!(received, expected);
    let stderr = bridge.into_stderr();
    assert!(stderr.contains("INFO  the-target: first\n"), "{stderr}");
    assert!(stderr.contains("ERROR other: second\n"), "{stderr}");
    assert!(!stderr.contains("too low"), "{stderr}");
}

/// pact-js's driver wants no log, whatever its users say; those have a variable of ours.
#[tokio::test]
async fn nothing_is_logged_where_the_framework_wants_nothing_and_the_user_agrees() {
    let log = async |bridge: &Bridge| {
        let records = json!([["Error", "t", "m"]]);
        let request = message::ConfigureInteractionRequest {
            content_type: "application/vnd.echo".into(),
            contents_config: Some(to_proto_struct(&[("log".to_string(), records)].into())),
            ..Default::default()
        };
        let mut client = bridge.ready().await;
        let response = client.configure_interaction(request).await.unwrap();
        assert_eq!(response.get_ref().error, "");
    };
    let (quiet, host) = bridge("echo", "OFF", |_| Ok(())).await;
    log(&quiet).await;
    assert!(host.log.is_empty());
    assert_eq!(quiet.into_stderr(), "");

    let mut command = command(&plugin("echo"));
    command
        .env("LOG_LEVEL", "OFF")
        .env("PACT_WASM_LOG_LEVEL", "warn");
    let loud = Bridge::start(&mut command);
    log(&loud).await;
    assert_eq!(loud.into_stderr(), "ERROR t: m\n");
}
