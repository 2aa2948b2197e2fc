//! The operations in interface version 1. It has less than version 2, so requests are first reduced to what it can carry. Transports get
//! the pact file in which the interactions are.

use pact_plugin_driver::proto as message;
use serde_json::{Value, json};
use tonic::{Response, Status};

#[allow(clippy::duplicate_mod)] // once for each version
#[path = "messages.rs"]
mod messages;

use super::json::{optional_structure, structure, text};
use crate::common::V1;
use messages::{
    body, catalogue, configuration, generate_content_request, interaction_data, of_body,
    of_comparison, of_configured, of_entries, of_interaction_data, of_mock_server, of_results,
    of_verified, rules,
};

/// The request without what this version cannot carry; nothing where it has no such operation.
pub fn reduced(operation: &str, request: &Value) -> Option<Value> {
    let mut request = request.clone();
    let fields = request.as_object_mut().expect("an object");
    match operation {
        "match-field" | "generate-field" => return None,
        "configure-interaction" | "compare-contents" => {
            fields.remove("testContext");
        }
        "prepare-interaction-for-verification" | "verify-interaction" => {
            fields.remove("testContext");
            in_one_pact(std::slice::from_mut(&mut request["interaction"]));
        }
        "start-mock-server" => {
            in_one_pact(request["interactions"].as_array_mut().expect("a list"));
        }
        "update-catalogue" => {
            let entries = request["catalogue"].as_array_mut().expect("a list");
            entries.retain(|entry| entry["entryType"] != "generator");
        }
        _ => {}
    }
    Some(request)
}

/// The answer without what this version cannot carry.
pub fn reduced_answer(operation: &str, answer: &Value) -> Value {
    let mut answer = answer.clone();
    if operation == "init" {
        let entries = answer["catalogue"].as_array_mut().expect("a list");
        entries.retain(|entry| entry["entryType"] != "generator");
        let fields = answer.as_object_mut().expect("an object");
        fields.remove("pluginCapabilities");
    }
    answer
}

/// Makes interactions such that they can be in one pact file: with the names of the first one, and what it has stored in the file.
fn in_one_pact(interactions: &mut [Value]) {
    let Some(first) = interactions.first() else {
        return;
    };
    let name = |key: &str| match first[key].as_str() {
        None | Some("") => json!("nobody"),
        Some(name) => json!(name),
    };
    let (consumer, provider) = (name("consumer"), name("provider"));
    let of_file = first["pluginConfiguration"]["pactConfiguration"].clone();
    for interaction in interactions {
        let own = &interaction["pluginConfiguration"]["interactionConfiguration"];
        interaction["pluginConfiguration"] =
            json!({"interactionConfiguration": own, "pactConfiguration": of_file});
        interaction["consumer"] = consumer.clone();
        interaction["provider"] = provider.clone();
    }
}

/// A pact file with reduced interactions. Their keys are `k0`, `k1` and so on; others are before and after them.
fn pact(plugin: &str, interactions: &[Value]) -> String {
    let interaction = |number: usize, interaction: &Value| {
        let mut json = json!({
            "type": interaction["interactionType"],
            "key": format!("k{number}"),
            "description": format!("interaction {number}"),
        });
        match interaction["interactionType"].as_str() {
            Some("Synchronous/HTTP") => {
                json["request"] = json!({"method": "GET", "path": "/"});
                json["response"] = json!({"status": 200});
            }
            Some("Synchronous/Messages") => {
                json["request"] = json!({});
                json["response"] = json!([]);
            }
            _ => json["contents"] = json!({}),
        }
        let own = &interaction["pluginConfiguration"]["interactionConfiguration"];
        json["pluginConfiguration"] = json!({"other": {"of": "another plugin"}});
        if !own.is_null() {
            json["pluginConfiguration"][plugin] = own.clone();
        }
        json
    };
    let first = interactions.first();
    let field = |key: &str| first.map_or(json!("nobody"), |it| it[key].clone());
    let numbered = interactions.iter().enumerate();
    let interactions: Value = numbered.map(|(i, it)| interaction(i, it)).collect();
    let mut plugins = vec![json!({"name": "other", "version": "1", "configuration": {"a": 1}})];
    let of_file = first.map(|it| &it["pluginConfiguration"]["pactConfiguration"]);
    if let Some(configuration) = of_file.filter(|it| !it.is_null()) {
        plugins.push(json!({"name": plugin, "version": "1", "configuration": configuration}));
    }
    json!({
        "consumer": {"name": field("consumer")},
        "provider": {"name": field("provider")},
        "interactions": interactions,
        "metadata": {"pactSpecification": {"version": "4.0"}, "plugins": plugins},
    })
    .to_string()
}

/// A pact file with one interaction, `k1`, among others.
fn pact_around(plugin: &str, interaction: &Value) -> String {
    let mut other = interaction.clone();
    other["pluginConfiguration"]["interactionConfiguration"] = json!({"of": "another"});
    pact(plugin, &[other.clone(), interaction.clone(), other])
}

/// The answer to a reduced request, or the text of the error. Pact files have what the plugin of this name has stored.
pub async fn call(
    client: &mut V1,
    plugin: &str,
    operation: &str,
    request: &Value,
) -> Result<Value, String> {
    match operation {
        "init" => {
            let request = message::InitPluginRequest {
                implementation: "old".into(),
                version: "0".into(),
            };
            let response = answer(client.init_plugin(request).await)?;
            Ok(json!({"catalogue": of_entries(&response.catalogue)}))
        }
        "update-catalogue" => {
            answer(client.update_catalogue(catalogue(request)).await)?;
            Ok(json!({}))
        }
        "configure-interaction" => {
            let request = message::ConfigureInteractionRequest {
                content_type: text(&request["contentType"]),
                contents_config: Some(structure(&request["contentsConfig"])),
            };
            of_configured(&answer(client.configure_interaction(request).await)?)
        }
        "compare-contents" => {
            let request = message::CompareContentsRequest {
                expected: body(&request["expected"]),
                actual: body(&request["actual"]),
                allow_unexpected_keys: request["allowUnexpectedKeys"] == true,
                rules: rules(&request["rules"]),
                plugin_configuration: configuration(&request["pluginConfiguration"]),
            };
            of_comparison(&answer(client.compare_contents(request).await)?)
        }
        "generate-content" => {
            let request = generate_content_request(request);
            let response = answer(client.generate_content(request).await)?;
            Ok(of_body(response.contents.as_ref()))
        }
        "start-mock-server" => {
            use message::start_mock_server_response::Response;
            let request = start_request(plugin, request);
            match answer(client.start_mock_server(request).await)?.response {
                Some(Response::Details(server)) => Ok(of_mock_server(&server)),
                Some(Response::Error(error)) => Err(error),
                None => panic!("no answer"),
            }
        }
        "get-mock-server-results" => {
            let server_key = text(&request["key"]);
            let request = message::MockServerRequest { server_key };
            let results = answer(client.get_mock_server_results(request).await)?;
            Ok(of_results(results.ok, &results.results))
        }
        "shutdown-mock-server" => {
            let server_key = text(&request["key"]);
            let request = message::ShutdownMockServerRequest { server_key };
            let results = answer(client.shutdown_mock_server(request).await)?;
            Ok(of_results(results.ok, &results.results))
        }
        "prepare-interaction-for-verification" => {
            use message::verification_preparation_response::Response;
            let request = message::VerificationPreparationRequest {
                pact: pact_around(plugin, &request["interaction"]),
                interaction_key: "k1".into(),
                config: optional_structure(&request["config"]),
            };
            let response = client.prepare_interaction_for_verification(request).await;
            match answer(response)?.response {
                Some(Response::InteractionData(data)) => Ok(of_interaction_data(&data)),
                Some(Response::Error(error)) => Err(error),
                None => panic!("no answer"),
            }
        }
        "verify-interaction" => {
            use message::verify_interaction_response::Response;
            let request = message::VerifyInteractionRequest {
                interaction_data: Some(interaction_data(&request["interactionData"])),
                config: optional_structure(&request["config"]),
                pact: pact_around(plugin, &request["interaction"]),
                interaction_key: "k1".into(),
            };
            match answer(client.verify_interaction(request).await)?.response {
                Some(Response::Result(result)) => Ok(of_verified(&result)),
                Some(Response::Error(error)) => Err(error),
                None => panic!("no answer"),
            }
        }
        other => panic!("there is no operation {other} in version 1"),
    }
}

fn answer<R>(response: Result<Response<R>, Status>) -> Result<R, String> {
    let response = response.map_err(|status| status.message().to_string())?;
    Ok(response.into_inner())
}

fn start_request(plugin: &str, request: &Value) -> message::StartMockServerRequest {
    let port = request["port"].as_u64().unwrap_or_default();
    let interactions = request["interactions"].as_array().expect("a list");
    message::StartMockServerRequest {
        host_interface: text(&request["hostInterface"]),
        port: u32::try_from(port).expect("a port"),
        tls: request["tls"] == true,
        pact: pact(plugin, interactions),
        test_context: optional_structure(&request["testContext"]),
    }
}
