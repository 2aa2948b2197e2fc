//! What host and plugin tell each other at init.

mod common;

use std::path::Path;
use std::sync::Arc;

use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::config::Config;
use pact_wasm::driver::core::{Answer, CoreCall, CoreEntry, FieldMatcher, Handler};
use pact_wasm::driver::plugin::Plugin;
use pact_wasm::error::{Code, Result};
use pact_wasm::model::{MatchFieldRequest, Mismatch};

/// The plugin `hostile`, with a manifest that has this `pluginConfig`.
fn load(config: Config, plugin_config: &str) -> (Arc<Plugin>, Result<()>) {
    let installed = config.plugin_directory.clone().expect("a plugin directory");
    let directory = tempfile::tempdir().expect("a directory");
    let component = component(&installed);
    std::fs::copy(component, directory.path().join("p.wasm")).expect("copied");
    let manifest = format!(
        r#"{{"name":"asking","version":"1.0.0","executableType":"wasm","entryPoint":"p.wasm","pluginConfig":{plugin_config}}}"#
    );
    std::fs::write(directory.path().join("pact-plugin.json"), manifest).expect("written");
    let plugin = common::host(config)
        .load_directory(directory.path())
        .expect("loads");
    let result = plugin.init(&CallOptions::default());
    (plugin, result)
}

fn component(installed: &Path) -> std::path::PathBuf {
    installed.join("hostile-1.0.0/hostile.wasm")
}

#[test]
fn a_plugin_finds_what_the_host_can_do() {
    let interactions = r#"["interaction/message","interaction/request-response","interaction/synchronous-message"]"#;
    let (_, result) = load(
        common::config(),
        &format!(r#"{{"requires":{interactions}}}"#),
    );
    result.expect("initialised");
    let rules = r#"{"requires":["matcher/each-value","generator/Uuid","content-matcher/json","content-generator/json"]}"#;
    let (_, result) = load(common::config(), rules);
    assert_eq!(result.is_ok(), cfg!(feature = "core-rules"));
}

#[test]
fn what_is_missing_fails_init_and_is_named() {
    let required =
        r#"{"requires":["matcher/telepathy","interaction/message","content-matcher/seance"]}"#;
    let (plugin, result) = load(common::config(), required);
    let error = result.unwrap_err();
    assert_eq!(error.code(), Code::Incompatible);
    assert_eq!(
        error.to_string(),
        "plugin asking 1.0.0, init: this host lacks capabilities that the plugin needs: matcher/telepathy, \
         content-matcher/seance; update the host"
    );
    assert!(plugin.init_response().is_none());
}

struct Telepathy;

impl FieldMatcher for Telepathy {
    fn match_field(&self, _: &CoreCall<'_>, _: &MatchFieldRequest<'_>) -> Answer<Vec<Mismatch>> {
        Ok(Vec::new())
    }
}

#[test]
fn handlers_of_the_caller_are_capabilities() {
    let handler = Handler::Matcher(Arc::new(Telepathy));
    let config = Config {
        handlers: vec![CoreEntry::new("telepathy", &[], handler)],
        ..common::config()
    };
    load(config, r#"{"requires":["matcher/telepathy"]}"#)
        .1
        .expect("initialised");
}

#[test]
fn a_plugin_may_declare_what_the_host_does_not_know() {
    let (plugin, result) = load(
        common::config(),
        r#"{"declares":["interaction/message","time/travel"]}"#,
    );
    result.expect("no error");
    assert_eq!(
        plugin
            .init_response()
            .expect("a response")
            .plugin_capabilities,
        ["interaction/message", "time/travel"]
    );
}
