//! What a driver sees: the start, the key, both interface versions, errors, and calls in parallel.

mod common;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use common::messages::{body, compare, structure};
use common::{Authorization, Bridge, command, init_request, plugin};
use pact_plugin_driver::proto as v1;
use pact_plugin_driver::proto_v2 as v2;
use pact_plugin_driver::proto_v2::init_plugin_response::Response as Init;
use pact_plugin_driver::proto_v2::pact_plugin_client::PactPluginClient;
use serde_json::{Value, json};
use tonic::{Code, Request};

fn text(response: &v2::ConfigureInteractionResponse) -> String {
    assert_eq!(response.error, "");
    let body = response.interaction[0].contents.as_ref().unwrap();
    String::from_utf8(body.content.clone().unwrap()).unwrap()
}

/// A plugin directory with a manifest of ours and the component of a built plugin.
fn directory(component: &str, manifest: &Value) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let file = plugin(component).join(component).with_extension("wasm");
    fs::copy(file, directory.path().join("plugin.wasm")).unwrap();
    fs::write(
        directory.path().join("pact-plugin.json"),
        manifest.to_string(),
    )
    .unwrap();
    directory
}

/// As `pact-wasm install --exec` writes it.
fn manifest(name: &str) -> Value {
    json!({
        "manifestVersion": 1, "pluginInterfaceVersion": 2, "name": name, "version": "1.0.0",
        "executableType": "exec", "entryPoint": "/bin/pact-wasm-bridge", "entryPoints": {"wasm": "plugin.wasm"},
    })
}

async fn init_error(directory: &Path) -> String {
    let bridge = Bridge::start(&mut command(directory));
    let response = bridge.v2().await.init_plugin(init_request()).await.unwrap();
    match response.into_inner().response {
        Some(Init::Failure(failure)) => failure.error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn both_loopback_addresses_have_the_port_that_is_printed_first() {
    let bridge = Bridge::of("echo");
    assert!(bridge.first_line.starts_with('{') && bridge.first_line.ends_with("}\n"));
    for ip in ["::1", "127.0.0.1"] {
        let mut client = bridge.v2_at(ip).await;
        let response = client
            .init_plugin(init_request())
            .await
            .unwrap()
            .into_inner();
        let Some(Init::Success(success)) = response.response else {
            panic!("{response:?}")
        };
        let entries: Vec<_> = success
            .catalogue
            .iter()
            .map(|it| (it.r#type, &*it.key))
            .collect();
        let all = [0, 1, 3, 5, 2].map(|entry_type| (entry_type, "echo"));
        assert_eq!(entries, all);
    }
    assert_eq!(bridge.into_stderr(), "");
}

#[tokio::test]
async fn a_call_without_the_key_is_refused() {
    let bridge = Bridge::of("echo");
    let address = format!("http://[::1]:{}", bridge.port);
    let mut client = PactPluginClient::connect(address.clone()).await.unwrap();
    let status = client.init_plugin(init_request()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    let channel = tonic::transport::Endpoint::from_shared(address).unwrap();
    let wrong = Authorization::new("another");
    let mut client = PactPluginClient::with_interceptor(channel.connect().await.unwrap(), wrong);
    let status = client.init_plugin(init_request()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn the_plugin_is_told_who_loads_it_and_what_driver_and_bridge_can_do() {
    let bridge = Bridge::of("echo");
    let request = v2::ConfigureInteractionRequest {
        content_type: "application/vnd.echo".into(),
        contents_config: Some(structure(json!({"describe": "init"}))),
        test_context: None,
    };
    let response = bridge
        .ready()
        .await
        .configure_interaction(request)
        .await
        .unwrap();
    let init: Value = serde_json::from_str(&text(response.get_ref())).unwrap();
    assert_eq!(init["implementation"], "test-driver");
    assert_eq!(init["version"], "1.2.3");
    assert_eq!(init["plugin_instance_id"], "instance");
    let capabilities = init["host_capabilities"].as_array().unwrap();
    let count = |name: &str| capabilities.iter().filter(|it| *it == name).count();
    for capability in [
        "matcher/of-the-driver",
        "matcher/type",
        "matcher/semver",
        "interaction/message",
    ] {
        assert_eq!(count(capability), 1, "{capability}: {capabilities:?}");
    }
}

#[tokio::test]
async fn the_driver_s_catalogue_reaches_the_plugin() {
    let bridge = Bridge::of("echo");
    let mut client = bridge.ready().await;
    let entry = v2::CatalogueEntry {
        r#type: v2::catalogue_entry::EntryType::Generator.into(),
        key: "of-another".into(),
        values: [("b".to_string(), "2".to_string()), ("a".into(), "1".into())].into(),
    };
    let catalogue = v2::Catalogue {
        catalogue: vec![entry],
    };
    client.update_catalogue(catalogue).await.unwrap();
    let request = v2::ConfigureInteractionRequest {
        content_type: "application/vnd.echo".into(),
        contents_config: Some(structure(json!({"describe": "catalogue"}))),
        test_context: None,
    };
    let response = client.configure_interaction(request).await.unwrap();
    let told: Value = serde_json::from_str(&text(response.get_ref())).unwrap();
    let expected = json!([{"entry_type": "Generator", "key": "of-another", "values": [["a", "1"], ["b", "2"]]}]);
    assert_eq!(told, expected);
}

#[tokio::test]
async fn what_keeps_a_plugin_from_loading_is_the_answer_to_init() {
    let empty = tempfile::tempdir().unwrap();
    let error = init_error(empty.path()).await;
    assert!(
        error.contains("pact-plugin.json does not exist; name the directory of a plugin"),
        "{error}"
    );

    let mut missing = manifest("p");
    missing["entryPoints"] = json!({"wasm": "other.wasm"});
    let error = init_error(directory("echo", &missing).path()).await;
    assert!(error.starts_with("plugin p 1.0.0, load: "), "{error}");
    assert!(
        error.contains("field \"entryPoints.wasm\" names "),
        "{error}"
    );

    let mut refused = manifest("p");
    refused["pluginConfig"] = json!({"permissions": {"connect": ["example.com:443"]}});
    let error = init_error(directory("echo", &refused).path()).await;
    assert!(
        error.contains("asks for what this host does not grant: connect to example.com:443"),
        "{error}"
    );

    assert!(error.contains("PACT_WASM_GRANTS"), "{error}");

    let mut native = manifest("p");
    native["entryPoints"] = json!({});
    let error = init_error(directory("echo", &native).path()).await;
    assert!(
        error.contains("no \"wasm\" among \"entryPoints\""),
        "{error}"
    );
}

#[tokio::test]
async fn wrong_arguments_are_the_answer_to_init() {
    for (arguments, reason) in [
        (
            &["--timeout", "abc"][..],
            "invalid value 'abc' for '--timeout <SECONDS>'",
        ),
        (&["--timeout", "0"], "0 is not in 1..=86400"),
        (
            &["--memory", "17592186044416"],
            "17592186044416 is not in 1..=4096",
        ),
        (
            &["--grant", "fly=1"],
            "is \"fly=1\"; there are listen=ADDRESS",
        ),
        (&["--newer"], "unexpected argument '--newer' found"),
    ] {
        let bridge = Bridge::start(command(&plugin("echo")).args(arguments));
        let response = bridge.v2().await.init_plugin(init_request()).await.unwrap();
        let Some(Init::Failure(failure)) = response.into_inner().response else {
            panic!("{arguments:?} are taken")
        };
        let error = failure.error;
        let start = "argument \"args\" of the manifest cannot be used: ";
        assert!(
            error.starts_with(start) && error.contains(reason),
            "{error}"
        );
        assert!(!error.contains("--help"), "{error}");
    }
}

#[tokio::test]
async fn a_capability_that_neither_has_is_named() {
    let mut needy = manifest("needy");
    needy["pluginConfig"] = json!({"requires": ["matcher/type", "matcher/of-nobody"]});
    let directory = directory("hostile", &needy);
    let bridge = Bridge::start(&mut command(directory.path()));
    let response = bridge.v2().await.init_plugin(init_request()).await.unwrap();
    let Some(Init::Failure(failure)) = response.into_inner().response else {
        panic!("it has all it needs")
    };
    assert_eq!(failure.missing_host_capabilities, ["matcher/of-nobody"]);
    assert!(
        failure.error.starts_with("plugin needy 1.0.0, init: "),
        "{}",
        failure.error
    );

    let mut client = bridge.v1().await;
    let request = v1::InitPluginRequest {
        implementation: "old".into(),
        version: "0".into(),
    };
    let status = client.init_plugin(request).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert!(status.message().contains("matcher/of-nobody"), "{status}");
}

#[tokio::test]
async fn permissions_are_granted_by_arguments_and_environment() {
    let mut asking = manifest("p");
    asking["pluginConfig"] =
        json!({"permissions": {"connect": ["example.com:443"], "environment": ["OF_THE_TEST"]}});
    let directory = directory("echo", &asking);
    let mut command = command(directory.path());
    command.args(["--grant", "connect=example.com"]);
    command.env(
        "PACT_WASM_GRANTS",
        "environment=OF_THE_TEST; listen=127.0.0.1:80",
    );
    command.env("OF_THE_TEST", "1");
    Bridge::start(&mut command).ready().await;
}

#[tokio::test]
async fn before_init_calls_say_that_it_is_missing() {
    let bridge = Bridge::of("echo");
    let mut client = bridge.v2().await;
    let response = client.compare_contents(compare("a/b", b"")).await.unwrap();
    let expected = "plugin echo 1.0.0, compare-contents: not initialised; initialise the plugin after loading it and \
                    before any other call";
    assert_eq!(response.get_ref().error, expected);
    let status = client.generate_content(v2::GenerateContentRequest {
        contents: Some(body("a/b", b"")),
        ..Default::default()
    });
    assert_eq!(status.await.unwrap_err().code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn a_misbehaving_plugin_is_stopped_and_serves_the_next_call() {
    let mut command = command(&plugin("hostile"));
    command.args(["--timeout", "1", "--memory", "64"]);
    let bridge = Bridge::start(&mut command);
    let mut client = bridge.ready().await;
    for (content_type, reason) in [
        ("x/loop", "no answer within the deadline of 1 s"),
        ("x/alloc", "the limit is 67108864"),
        ("x/trap", "the plugin crashed"),
        ("x/recurse", "used up its stack"),
        ("x/sleep", "no answer within the deadline of 1 s"),
    ] {
        let response = client
            .compare_contents(compare(content_type, b""))
            .await
            .unwrap();
        let error = &response.get_ref().error;
        assert!(
            error.starts_with("plugin hostile 1.0.0, compare-contents: "),
            "{error}"
        );
        assert!(error.contains(reason), "{content_type}: {error}");
        let good = client.compare_contents(compare("a/b", b"")).await.unwrap();
        assert_eq!(good.into_inner(), v2::CompareContentsResponse::default());
    }
}

#[tokio::test]
async fn the_driver_s_deadline_counts_and_the_error_arrives() {
    let bridge = Bridge::of("hostile");
    let mut client = bridge.ready().await;
    let deadline = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        + Duration::from_millis(500);
    let mut request = Request::new(compare("x/loop", b""));
    let metadata = request.metadata_mut();
    metadata.insert("pact-call-chain-id", "chain".parse().unwrap());
    metadata.insert(
        "pact-deadline-ms",
        deadline.as_millis().to_string().parse().unwrap(),
    );
    request.set_timeout(Duration::from_millis(500));
    let response = client.compare_contents(request).await.unwrap();
    let error = &response.get_ref().error;
    assert!(
        error.contains("no answer within the deadline of 4"),
        "{error}"
    );
}

#[tokio::test]
async fn a_call_ends_with_the_time_that_its_driver_gives_it() {
    let mut command = command(&plugin("hostile"));
    command.args(["--instances", "1"]);
    let bridge = Bridge::start(&mut command);
    let mut client = bridge.ready().await;
    let mut hurried = bridge.v2().await;
    let mut request = Request::new(compare("x/loop", b""));
    request.set_timeout(Duration::from_millis(200));
    let response = hurried.compare_contents(request).await.unwrap();
    let error = &response.get_ref().error;
    assert!(
        error.contains("no answer within the deadline of 1"),
        "{error}"
    );
    // The one instance is free again long before the 30 s that the loop would have had.
    let start = Instant::now();
    let response = client.compare_contents(compare("a/b", b"")).await.unwrap();
    assert_eq!(response.get_ref().error, "");
    assert!(
        start.elapsed() < Duration::from_secs(15),
        "{:?}",
        start.elapsed()
    );
}

/// Each of the calls would take the whole time of the slowest, if they waited for each other.
#[tokio::test]
async fn calls_run_in_parallel() {
    let mut command = command(&plugin("hostile"));
    command.args(["--instances", "4"]);
    let bridge = Bridge::start(&mut command);
    bridge.ready().await;
    let call = async |content_type: &'static str| {
        let mut client = bridge.v2().await;
        let mut request = Request::new(compare(content_type, b""));
        request.set_timeout(Duration::from_secs(2));
        client.compare_contents(request).await
    };
    // Three loop until their time is up; the fourth is answered meanwhile.
    let (quick, ..) = tokio::join!(
        async {
            let start = Instant::now();
            let response = call("a/b").await.unwrap();
            assert_eq!(response.get_ref().error, "");
            start.elapsed()
        },
        call("x/loop"),
        call("x/loop"),
        call("x/loop"),
    );
    assert!(quick < Duration::from_secs(2), "{quick:?}");
}

#[tokio::test]
async fn bodies_may_be_large() {
    let bridge = Bridge::of("echo");
    let mut client = bridge.ready().await;
    let large = vec![b'x'; 20 << 20];
    let request = v2::GenerateContentRequest {
        contents: Some(body("a/b", &large)),
        ..Default::default()
    };
    let response = client.generate_content(request).await.unwrap().into_inner();
    assert_eq!(
        response.contents.unwrap().content.unwrap().len(),
        large.len()
    );
}

#[tokio::test]
async fn version_1_has_the_same_plugin() {
    let bridge = Bridge::of("echo");
    let mut client = bridge.v1().await;
    let request = v1::InitPluginRequest {
        implementation: "old".into(),
        version: "0".into(),
    };
    let response = client.init_plugin(request).await.unwrap().into_inner();
    let types: Vec<i32> = response.catalogue.iter().map(|it| it.r#type).collect();
    // Without the generator, which it does not know.
    assert_eq!(types, [0, 1, 3, 2]);

    let request = v1::ConfigureInteractionRequest {
        content_type: "application/vnd.echo".into(),
        contents_config: Some(structure(json!({"a": 1}))),
    };
    let response = client
        .configure_interaction(request)
        .await
        .unwrap()
        .into_inner();
    let content = response.interaction[0]
        .contents
        .clone()
        .unwrap()
        .content
        .unwrap();
    assert_eq!(content, br#"{"a":1}"#);

    let side = |content: &[u8]| v1::Body {
        content_type: "a/b".into(),
        content: Some(content.to_vec()),
        ..Default::default()
    };
    let request = v1::CompareContentsRequest {
        expected: Some(side(b"1")),
        actual: Some(side(b"2")),
        ..Default::default()
    };
    let response = client.compare_contents(request).await.unwrap().into_inner();
    assert_eq!(
        response.results["$"].mismatches[0].mismatch,
        "the bodies differ"
    );
    client
        .update_catalogue(v1::Catalogue::default())
        .await
        .unwrap();
}

/// In version 1 a transport gets the pact, and the plugin what it has stored in it.
#[tokio::test]
async fn version_1_has_the_interactions_out_of_the_pact() {
    let pact = json!({
        "consumer": {"name": "shop"}, "provider": {"name": "store"},
        "interactions": [{
            "type": "Synchronous/Messages", "key": "k1", "description": "one",
            "request": {}, "response": [], "pluginConfiguration": {"echo": {"n": 1}},
        }],
        "metadata": {"pactSpecification": {"version": "4.0"},
            "plugins": [{"name": "echo", "version": "1.0.0", "configuration": {"f": 2}}]},
    })
    .to_string();
    let bridge = Bridge::of("echo");
    bridge.ready().await;
    let mut client = bridge.v1().await;
    let request = v1::StartMockServerRequest {
        host_interface: "127.0.0.1".into(),
        port: 7,
        pact: pact.clone(),
        ..Default::default()
    };
    let response = client
        .start_mock_server(request)
        .await
        .unwrap()
        .into_inner();
    let Some(v1::start_mock_server_response::Response::Details(server)) = response.response else {
        panic!("{response:?}")
    };
    assert_eq!((server.port, &*server.address), (7, "http://127.0.0.1:7"));
    let request = v1::ShutdownMockServerRequest {
        server_key: server.key,
    };
    let results = client
        .shutdown_mock_server(request.clone())
        .await
        .unwrap()
        .into_inner();
    let started: Value = serde_json::from_str(&results.results[0].error).unwrap();
    let interaction = json!([{
        "interaction_type": "SynchronousMessages", "consumer": "shop", "provider": "store",
        "plugin_configuration": {
            "interaction_configuration": "{\"n\":1}", "pact_configuration": "{\"f\":2}"},
    }]);
    assert_eq!(started["interactions"], interaction);
    // pact-jvm does it twice.
    let again = client
        .shutdown_mock_server(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(again, results);

    let request = v1::VerificationPreparationRequest {
        pact: pact.clone(),
        interaction_key: "k1".into(),
        config: Some(structure(json!({"port": 8}))),
    };
    let prepared = client
        .prepare_interaction_for_verification(request)
        .await
        .unwrap();
    let Some(v1::verification_preparation_response::Response::InteractionData(data)) =
        prepared.into_inner().response
    else {
        panic!("an error")
    };
    let request = v1::VerifyInteractionRequest {
        interaction_data: Some(data),
        config: Some(structure(json!({"port": 8}))),
        pact: pact.clone(),
        interaction_key: "k1".into(),
    };
    let verified = client
        .verify_interaction(request)
        .await
        .unwrap()
        .into_inner();
    let Some(v1::verify_interaction_response::Response::Result(result)) = verified.response else {
        panic!("{verified:?}")
    };
    assert!(
        result.success && result.output[0].contains(r#"{\"port\":8}"#),
        "{result:?}"
    );

    let request = v1::VerificationPreparationRequest {
        pact,
        interaction_key: "k2".into(),
        config: None,
    };
    let prepared = client
        .prepare_interaction_for_verification(request)
        .await
        .unwrap();
    let error = format!("{:?}", prepared.into_inner().response);
    assert!(error.contains("has no interaction with the key"), "{error}");
}

#[test]
fn it_explains_itself() {
    let output = command(&plugin("echo")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(
        help.contains("--grant <PERMISSION>") && help.contains("[default: 30]"),
        "{help}"
    );
}
