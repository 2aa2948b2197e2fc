//! Init, with the plugin `delegate`, whose manifest says what it answers.

use std::fs;
use std::path::Path;

use pact_plugin_driver::proto_v2 as message;
use pact_plugin_driver::proto_v2::init_plugin_response::Response;
use pact_wasm::driver::call::CallOptions;
use pact_wasm::error::ErrorKind;
use pact_wasm::model::InitRequest;
use serde_json::{Value, json};

use super::cases;
use super::pair::{Bridged, Pair, Via, assert_same, library};
use super::random::{Fields, Random};
use crate::common::{command, plugin, plugins};

/// Compares the answers to init, and the capabilities that are missing.
fn check(name: &str, directory: &Path) {
    let request = json!({});
    let (_host, loaded) = library(directory, &[]);
    let options = CallOptions::default();
    let initialised = loaded.and_then(|plugin| plugin.call_json(&options, "init", "{}"));
    let missing = match initialised.as_ref().map_err(|e| e.kind()) {
        Err(ErrorKind::MissingCapabilities { missing, .. }) => missing.clone(),
        _ => Vec::new(),
    };
    let expected = initialised
        .map(|answer| serde_json::from_str(&answer).expect("JSON"))
        .map_err(|e| e.to_string());

    let bridged = Bridged::start(name, &mut command(directory));
    for via in Via::BOTH {
        let answer = bridged.call(via, "init", &request);
        let expected = expected.as_ref().map(|it| via.reduced_answer("init", it));
        assert_same(
            via,
            "init",
            &request,
            &expected.map_err(Clone::clone),
            &answer,
        );
    }
    let mut client = bridged.client();
    let response = bridged.run(client.init_plugin(message::InitPluginRequest::default()));
    if let Some(Response::Failure(failure)) = response.expect("an answer").into_inner().response {
        assert_eq!(failure.missing_host_capabilities, missing);
    }
}

#[test]
fn every_plugin_that_is_built() {
    let mut count = 0;
    for entry in fs::read_dir(plugins()).unwrap() {
        let directory = entry.unwrap().path();
        let name = directory.file_name().unwrap().to_string_lossy();
        let (name, _) = name.rsplit_once('-').expect("a version");
        // Compiling this one takes a while, and it does what the other one in C does.
        if name != "creditcard-python" {
            check(name, &directory);
            count += 1;
        }
    }
    assert!(count > 8, "only {count} plugins are built");
}

fn texts(random: &mut Random) -> Vec<String> {
    random.several(3, Random::text)
}

/// What the plugin answers.
fn configuration(random: &mut Random) -> Value {
    if random.one_in(3) {
        let failure = Fields::default().with("message", random.text()).maybe(
            random,
            "missingCapabilities",
            texts,
        );
        return json!({"initFailure": failure.object()});
    }
    // Those for which this plugin has functions, most of the time.
    let types = [
        "content-matcher",
        "content-generator",
        "matcher",
        "generator",
        "interaction",
    ];
    let mut entry = |random: &mut Random| {
        let values = random.several(3, |random| (random.text(), random.text()));
        match random.one_in(30) {
            true => json!(["transport", random.text(), values]),
            false => json!([random.of(&types), random.text(), values]),
        }
    };
    let init = Fields::default()
        .with("catalogue", random.several(5, &mut entry))
        .maybe(random, "pluginCapabilities", |random| {
            let known = ["interaction/message", "interaction/request-response"];
            let mut capabilities = texts(random);
            capabilities.push(random.of(&known).to_string());
            capabilities
        });
    json!({"init": init.object()})
}

#[test]
fn all_that_it_may_answer() {
    let component = plugin("delegate").join("delegate.wasm");
    cases(40, |random| {
        let directory = tempfile::tempdir().unwrap();
        fs::copy(&component, directory.path().join("p.wasm")).unwrap();
        let manifest = json!({
            "manifestVersion": 1, "pluginInterfaceVersion": 2, "name": "p", "version": "1.2.3",
            "executableType": "wasm", "entryPoint": "p.wasm", "pluginConfig": configuration(random),
        });
        let file = directory.path().join("pact-plugin.json");
        fs::write(file, manifest.to_string()).unwrap();
        check("p", directory.path());
    });
}

/// The plugin is told who the framework is, what it can do, and what the bridge can do in its place.
#[test]
fn all_that_it_is_told() {
    let told = json!({"contentType": "a/b", "contentsConfig": {"describe": "init"}});
    cases(10, |random| {
        let directory = plugin("echo");
        let (host, library) = library(&directory, &[]);
        let own: Vec<String> = host.capabilities().collect();
        let mut capabilities = texts(random);
        capabilities.extend(random.several(3, |random| random.of(&own)));
        capabilities.sort();
        capabilities.dedup();
        let request = message::InitPluginRequest {
            implementation: random.text(),
            version: random.text(),
            host_capabilities: capabilities.clone(),
            plugin_instance_id: random.text(),
        };
        for capability in own {
            if !capabilities.contains(&capability) {
                capabilities.push(capability);
            }
        }
        let library = library.expect("loads");
        let of_library = InitRequest {
            implementation: request.implementation.clone(),
            version: request.version.clone(),
            host_capabilities: capabilities,
            plugin_instance_id: request.plugin_instance_id.clone(),
        };
        let options = CallOptions::default();
        library
            .init_for(&options, &of_library)
            .expect("initialises");
        let bridged = Bridged::start("echo", &mut command(&directory));
        let mut client = bridged.client();
        let response = bridged.run(client.init_plugin(request));
        response.expect("initialises");
        Pair::new(host, library, bridged)
            .check("configure-interaction", &told)
            .expect("told");
    });
}
