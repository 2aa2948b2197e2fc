//! What some drivers do in their own way.

mod common;

use common::messages::{compare, structure};
use common::{Bridge, init_request};
use pact_plugin_driver::proto_v2 as v2;
use serde_json::{Value, json};

/// pact-jvm hands back the configurations of both parts of an interaction, and merges those that it gets.
#[tokio::test]
async fn pact_jvm_s_configurations_are_those_of_the_part() {
    let configuration = |json| {
        Some(v2::PluginConfiguration {
            interaction_configuration: Some(structure(json)),
            pact_configuration: None,
        })
    };
    let seen = async |implementation: &str, allow_unexpected_keys| {
        let bridge = Bridge::of("echo");
        let mut client = bridge.v2().await;
        let request = v2::InitPluginRequest {
            implementation: implementation.into(),
            ..init_request()
        };
        client.init_plugin(request).await.unwrap();
        let request = v2::CompareContentsRequest {
            allow_unexpected_keys,
            plugin_configuration: configuration(json!({"request": {"a": 1}, "response": {"b": 2}})),
            ..compare("application/vnd.echo+json", b"")
        };
        let response = client.compare_contents(request).await.unwrap().into_inner();
        let described = &response.results["$"].mismatches[0].mismatch;
        let described: Value = serde_json::from_str(described).unwrap();
        let seen = &described["plugin_configuration"]["interaction_configuration"];

        let part = json!({"plugin_configuration":
            {"interaction_configuration": "{\"a\":[1]}", "pact_configuration": null}});
        let request = v2::ConfigureInteractionRequest {
            content_type: "a/b".into(),
            contents_config: Some(structure(json!({"response": [part.clone(), part]}))),
            test_context: None,
        };
        let response = client
            .configure_interaction(request)
            .await
            .unwrap()
            .into_inner();
        assert_eq!(response.error, "");
        let parts = response.interaction.iter();
        let configured = parts.filter(|it| it.plugin_configuration.is_some()).count();
        (seen.as_str().unwrap().to_string(), configured)
    };
    assert_eq!(
        seen("plugin-driver-jvm", false).await,
        (r#"{"a":1}"#.to_string(), 1)
    );
    assert_eq!(
        seen("plugin-driver-jvm", true).await,
        (r#"{"b":2}"#.to_string(), 1)
    );
    let whole = r#"{"request":{"a":1},"response":{"b":2}}"#.to_string();
    assert_eq!(seen("plugin-driver-rust", true).await, (whole, 2));
}

/// The old Rust driver of pact-go, and pact-jvm's, fail where generators of plugins are in an interaction.
#[tokio::test]
async fn generators_of_plugins_are_for_drivers_that_take_them() {
    let configured = async |implementation: &str, version: &str| {
        let bridge = Bridge::of("jwt");
        let mut client = bridge.v2().await;
        let request = v2::InitPluginRequest {
            implementation: implementation.into(),
            version: version.into(),
            ..init_request()
        };
        client.init_plugin(request).await.unwrap();
        let request = v2::ConfigureInteractionRequest {
            content_type: "application/jwt".into(),
            contents_config: Some(structure(json!({"algorithm": "HS256", "secret": "s"}))),
            test_context: None,
        };
        let response = client.configure_interaction(request).await.unwrap();
        let generators = response.into_inner().interaction[0].generators.len();
        (
            generators,
            bridge
                .into_stderr()
                .contains("the generator JWT at $ is left out"),
        )
    };
    assert_eq!(configured("plugin-driver-rust", "1.2.6").await, (1, false));
    assert_eq!(configured("plugin-driver-rust", "0.7.5").await, (0, true));
    assert_eq!(configured("plugin-driver-jvm", "1.2.2").await, (0, true));
}
