//! The driver with components written in Rust, so without wasmtime.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::call::{CallContext, CallOptions, Cancel};
use super::component::{Component, PluginContext, Role, RunningServer, Runtime};
use super::config::Config;
use super::core::{Answer, CoreCall, CoreEntry, FieldMatcher, Handler};
use super::host::Host;
use super::plugin::Plugin;
use crate::error::{Code, Error, ErrorKind, Result};
use crate::model::{
    Body, CatalogueEntry, CompareContentsRequest, ConfigureInteractionRequest,
    ConfigureInteractionResponse, ContentsComparison, EntryType, ExpressionMap, FieldSource,
    FieldValue, GenerateContentRequest, GenerateFieldRequest, InitRequest, InitResponse,
    MatchFieldRequest, MatchTextsRequest, Mismatch, MockServer, MockServerResults,
    StartMockServerRequest, Texts,
};

#[path = "../../tests/common/schema.rs"]
mod schema;

/// What fake components share with the test.
#[derive(Default)]
struct Script {
    roles: Vec<Role>,
    entries: Vec<EntryType>,
    /// What each entry has.
    values: Vec<(String, String)>,
    /// Makes the next init fail.
    fail_init: Mutex<bool>,
    init_requests: Mutex<Vec<InitRequest>>,
    /// Catalogues that were published, as full keys, without what is the host's own.
    catalogues: Mutex<Vec<Vec<String>>>,
    loaded: Mutex<usize>,
    contexts: Mutex<Vec<Arc<PluginContext>>>,
    /// Mock servers that run.
    servers: Arc<Mutex<usize>>,
}

struct FakeServer(Arc<Mutex<usize>>);

impl RunningServer for FakeServer {
    fn results(&self, _call: &CallContext) -> Result<MockServerResults> {
        Ok(MockServerResults::default())
    }

    fn shutdown(&self, call: &CallContext) -> Result<MockServerResults> {
        self.end();
        self.results(call)
    }

    fn stop(&self) {}

    fn end(&self) {
        *self.0.lock().unwrap() -= 1;
    }
}

struct FakeRuntime(Arc<Script>);
struct FakeComponent(Arc<Script>);

impl Runtime for FakeRuntime {
    fn load(&self, _file: &Path, context: Arc<PluginContext>) -> Result<Arc<dyn Component>> {
        self.0.contexts.lock().unwrap().push(context);
        *self.0.loaded.lock().unwrap() += 1;
        Ok(Arc::new(FakeComponent(self.0.clone())))
    }
}

impl Component for FakeComponent {
    fn roles(&self) -> &[Role] {
        &self.0.roles
    }

    fn init(&self, _call: &CallContext, request: &InitRequest) -> Result<InitResponse> {
        self.0.init_requests.lock().unwrap().push(request.clone());
        if std::mem::take(&mut *self.0.fail_init.lock().unwrap()) {
            return Err(ErrorKind::InitFailed {
                message: "not today".into(),
            }
            .into());
        }
        let entry = |entry_type: &EntryType| CatalogueEntry {
            entry_type: *entry_type,
            key: "fake".into(),
            values: ExpressionMap(self.0.values.clone()),
        };
        Ok(InitResponse {
            catalogue: self.0.entries.iter().map(entry).collect(),
            plugin_capabilities: Vec::new(),
        })
    }

    fn set_catalogue(&self, entries: Arc<[CatalogueEntry]>) {
        let keys = entries.iter().map(|entry| entry.key.clone());
        let keys = keys.filter(|key| !key.starts_with("core/")).collect();
        self.0.catalogues.lock().unwrap().push(keys);
    }

    fn update_catalogue(&self, _call: &CallContext) -> Result<()> {
        Ok(())
    }

    fn configure_interaction(
        &self,
        _call: &CallContext,
        _request: &ConfigureInteractionRequest<'_>,
    ) -> Result<ConfigureInteractionResponse> {
        Ok(ConfigureInteractionResponse::default())
    }

    fn compare_contents(
        &self,
        _call: &CallContext,
        _request: &CompareContentsRequest<'_>,
    ) -> Result<ContentsComparison> {
        Ok(ContentsComparison::Results(ExpressionMap::default()))
    }

    fn generate_content(
        &self,
        _call: &CallContext,
        _request: &GenerateContentRequest<'_>,
    ) -> Result<Body<'static>> {
        Err(ErrorKind::Plugin("no".into()).into())
    }

    fn match_field(
        &self,
        _call: &CallContext,
        _request: &MatchFieldRequest<'_>,
    ) -> Result<Vec<Mismatch>> {
        Ok(Vec::new())
    }

    fn generate_field(
        &self,
        _call: &CallContext,
        request: &GenerateFieldRequest<'_>,
    ) -> Result<FieldValue> {
        match &request.example {
            FieldValue::Null => Ok(FieldValue::Decimal(f64::NAN)),
            example => Ok(example.clone()),
        }
    }

    /// All instances of a plugin may call their servers alike.
    fn start_mock_server(
        &self,
        _call: &CallContext,
        _request: &StartMockServerRequest,
    ) -> Result<(MockServer, Box<dyn RunningServer>)> {
        *self.0.servers.lock().unwrap() += 1;
        let server = MockServer {
            key: "server".into(),
            port: 7,
            address: "127.0.0.1".into(),
        };
        Ok((server, Box::new(FakeServer(self.0.servers.clone()))))
    }
}

/// A host whose plugin directory holds the named plugins.
fn host(script: Script, plugins: &[&str]) -> (Host, Arc<Script>, tempfile::TempDir) {
    host_with(Config::default(), script, plugins)
}

fn host_with(
    config: Config,
    script: Script,
    plugins: &[&str],
) -> (Host, Arc<Script>, tempfile::TempDir) {
    let root = tempfile::tempdir().unwrap();
    for name in plugins {
        let directory = root.path().join(name);
        std::fs::create_dir(&directory).unwrap();
        std::fs::write(directory.join("p.wasm"), "").unwrap();
        let manifest = format!(
            r#"{{"name":"{name}","version":"1.0.0","executableType":"wasm","entryPoint":"p.wasm"}}"#
        );
        std::fs::write(directory.join("pact-plugin.json"), manifest).unwrap();
    }
    let script = Arc::new(script);
    let config = Config {
        plugin_directory: Some(root.path().to_path_buf()),
        ..config
    };
    (
        Host::new(config, Box::new(FakeRuntime(script.clone()))),
        script,
        root,
    )
}

fn content_matcher() -> Script {
    Script {
        roles: vec![Role::ContentMatcher],
        entries: vec![EntryType::ContentMatcher],
        ..Script::default()
    }
}

fn ready(host: &Host, name: &str) -> Arc<Plugin> {
    let plugin = host.load(name, None).unwrap();
    plugin.init(&CallOptions::default()).unwrap();
    plugin
}

fn keys(host: &Host) -> Vec<String> {
    let catalogue = host.catalogue().unwrap();
    let of_plugins = catalogue.iter().filter(|it| it.plugin.is_some());
    of_plugins.map(|it| it.full_key.to_string()).collect()
}

#[test]
fn a_plugin_is_loaded_and_initialised_once() {
    let (host, script, _root) = host(content_matcher(), &["a"]);
    let first = ready(&host, "a");
    let second = ready(&host, "a");
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(*script.loaded.lock().unwrap(), 1);
    let requests = script.init_requests.lock().unwrap();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].implementation, "pact_wasm");
    assert_eq!(requests[0].plugin_instance_id, first.instance_id());
    let capabilities = &requests[0].host_capabilities;
    assert!(
        capabilities.contains(&"interaction/message".to_string()),
        "{capabilities:?}"
    );
    let rules = capabilities.contains(&"matcher/each-key".to_string());
    assert_eq!(rules, cfg!(feature = "core-rules"), "{capabilities:?}");
}

#[test]
fn another_driver_can_introduce_itself() {
    let (host, script, _root) = host(content_matcher(), &["a"]);
    let plugin = host.load("a", None).unwrap();
    let request = InitRequest {
        implementation: "theirs".into(),
        version: "2.0".into(),
        host_capabilities: vec!["matcher/x".into()],
        plugin_instance_id: "of theirs".into(),
    };
    plugin.init_for(&CallOptions::default(), &request).unwrap();
    plugin.init(&CallOptions::default()).unwrap();
    assert_eq!(*script.init_requests.lock().unwrap(), [request]);
}

/// A matcher of the caller's, which reports what it was asked.
struct Reports;

impl FieldMatcher for Reports {
    fn match_field(
        &self,
        call: &CoreCall<'_>,
        request: &MatchFieldRequest<'_>,
    ) -> Answer<Vec<Mismatch>> {
        match &*request.path {
            "panic" => panic!("at the disco"),
            "error" => Err("no".into()),
            path => Ok(vec![Mismatch {
                description: format!("{} {:?}", call.caller.name, request.actual),
                path: path.to_string(),
                ..Mismatch::default()
            }]),
        }
    }
}

fn match_request(path: &str) -> MatchFieldRequest<'_> {
    let text = r#"{"key":"","rule":{"type":""},"path":"","mismatchType":"body","expected":"null","actual":{"integer":1}}"#;
    let request: MatchFieldRequest<'_> = serde_json::from_str(text).unwrap();
    MatchFieldRequest {
        path: path.into(),
        ..request
    }
}

#[test]
fn handlers_of_the_caller_win_and_their_errors_name_the_entry() {
    let handler = Handler::Matcher(Arc::new(Reports));
    let (host, script, _root) = host_with(
        Config {
            handlers: vec![
                CoreEntry::new("type", &[], handler.clone()),
                CoreEntry::new("vin", &[("config-key", "country")], handler),
            ],
            ..Config::default()
        },
        content_matcher(),
        &["a"],
    );
    let _plugin = ready(&host, "a");
    let context = script.contexts.lock().unwrap()[0].clone();
    let call = CallContext::start(
        "match-field",
        &CallOptions::default(),
        Duration::from_secs(9),
    );
    for key in ["type", "core/matcher/type", "vin"] {
        let found = context
            .callbacks
            .match_field(&context, &call, key, &match_request("$.a"));
        assert_eq!(found.unwrap()[0].description, "a Integer(1)", "{key}");
    }
    let failing = |path| {
        let found = context
            .callbacks
            .match_field(&context, &call, "vin", &match_request(path));
        found.unwrap_err().to_string()
    };
    assert_eq!(failing("error"), "core/matcher/vin: no");
    assert_eq!(failing("panic"), "core/matcher/vin: panicked: at the disco");

    let catalogue = host.catalogue().unwrap();
    let entry = |key: &str| {
        catalogue
            .iter()
            .find(|it| &*it.full_key == key)
            .unwrap()
            .to_entry()
    };
    assert_eq!(entry("core/matcher/vin").values.0[0].1, "country");
    let kept = if cfg!(feature = "core-rules") { 1 } else { 0 };
    assert_eq!(entry("core/matcher/type").values.0.len(), kept);
}

#[test]
fn many_texts_are_checked_one_by_one_where_nobody_knows_better() {
    let handlers = vec![CoreEntry::new(
        "vin",
        &[],
        Handler::Matcher(Arc::new(Reports)),
    )];
    let config = Config {
        handlers,
        ..Config::default()
    };
    let (host, script, _root) = host_with(config, content_matcher(), &["a"]);
    let _plugin = ready(&host, "a");
    let context = script.contexts.lock().unwrap()[0].clone();
    let call = CallContext::start(
        "match-field",
        &CallOptions::default(),
        Duration::from_secs(9),
    );
    let request = MatchTextsRequest {
        rule: match_request("").rule,
        path: "$.a".into(),
        mismatch_type: FieldSource::Body,
        expected: "x".into(),
        texts: Texts::new("abc".into(), vec![1, 3]).unwrap(),
        plugin_configuration: None,
        test_context: None,
    };
    let found = context
        .callbacks
        .match_texts(&context, &call, "vin", &request)
        .unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|(number, it)| (*number, it.description.as_str()))
        .collect();
    assert_eq!(found, [(0, "a Text(\"a\")"), (1, "a Text(\"bc\")")]);

    let options = CallOptions {
        timeout: Some(Duration::ZERO),
        ..CallOptions::default()
    };
    let late = CallContext::start("match-field", &options, Duration::from_secs(9));
    let error = context
        .callbacks
        .match_texts(&context, &late, "vin", &request)
        .unwrap_err();
    assert_eq!(error.code(), Code::Deadline);
}

#[test]
fn the_catalogue_follows_loading_and_unloading() {
    let (host, script, _root) = host(content_matcher(), &["a", "b"]);
    let a = ready(&host, "a");
    let b = ready(&host, "b");
    let both = [
        "plugin/a/content-matcher/fake",
        "plugin/b/content-matcher/fake",
    ];
    assert_eq!(keys(&host), both);
    assert_eq!(script.catalogues.lock().unwrap().last().unwrap(), &both);
    drop(a);
    assert_eq!(keys(&host), ["plugin/b/content-matcher/fake"]);
    assert_eq!(
        script.catalogues.lock().unwrap().last().unwrap(),
        &both[1..]
    );
    drop(host);
    assert!(
        b.configure_interaction(&CallOptions::default(), &request())
            .is_ok()
    );
}

#[test]
fn init_can_be_tried_again() {
    let (host, script, _root) = host(content_matcher(), &["a"]);
    *script.fail_init.lock().unwrap() = true;
    let plugin = host.load("a", None).unwrap();
    let error = plugin.init(&CallOptions::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "plugin a 1.0.0, init: init failed: not today"
    );
    assert!(keys(&host).is_empty());
    plugin.init(&CallOptions::default()).unwrap();
    assert_eq!(keys(&host).len(), 1);
}

#[test]
fn an_entry_without_its_role_is_refused() {
    let script = Script {
        entries: vec![EntryType::Transport],
        ..content_matcher()
    };
    let (host, _, _root) = host(script, &["a"]);
    let error = host
        .load("a", None)
        .unwrap()
        .init(&CallOptions::default())
        .unwrap_err();
    assert_eq!(error.code(), Code::Incompatible);
    assert!(
        error
            .to_string()
            .contains("the catalogue entry transport/fake"),
        "{error}"
    );
    assert!(
        error.to_string().contains("does not export transport"),
        "{error}"
    );
}

#[test]
fn two_values_of_one_name_are_refused() {
    let value = ("a".to_string(), String::new());
    let script = Script {
        values: vec![value.clone(), value],
        ..content_matcher()
    };
    let (host, _, _root) = host(script, &["a"]);
    let plugin = host.load("a", None).unwrap();
    let error = plugin.init(&CallOptions::default()).unwrap_err();
    assert_eq!(error.code(), Code::InvalidResponse);
    assert!(
        error
            .to_string()
            .contains("content-matcher/fake has two values \"a\""),
        "{error}"
    );
}

#[test]
fn operations_need_init_and_the_role() {
    let (host, _, _root) = host(content_matcher(), &["a"]);
    let plugin = host.load("a", None).unwrap();
    let options = CallOptions::default();
    let error = plugin
        .configure_interaction(&options, &request())
        .unwrap_err();
    assert_eq!(error.code(), Code::WrongState);
    plugin.init(&options).unwrap();
    plugin.configure_interaction(&options, &request()).unwrap();
    let error = plugin.call_json(
        &options,
        "generate-content",
        r#"{"body":{"contentType":"a/b"}}"#,
    );
    let error = error.unwrap_err();
    assert_eq!(error.code(), Code::Unsupported);
    assert!(
        error.to_string().contains("it fills content-matcher"),
        "{error}"
    );
}

#[test]
fn the_generic_call_names_what_is_wrong_with_a_request() {
    let (host, _, _root) = host(content_matcher(), &["a"]);
    let plugin = ready(&host, "a");
    let call = |operation: &str, request: &str| {
        let response = plugin.call_json(&CallOptions::default(), operation, request)?;
        schema::check_text(&format!("{operation}.request"), request).unwrap();
        schema::check_text(&format!("{operation}.response"), &response).unwrap();
        Ok::<_, Error>(response)
    };
    assert_eq!(
        call("init", "{}").unwrap(),
        r#"{"catalogue":[{"entryType":"content-matcher","key":"fake","values":{}}],"pluginCapabilities":[]}"#
    );
    assert_eq!(
        call("update-catalogue", r#"{"catalogue":[]}"#).unwrap(),
        "{}"
    );
    let compare = r#"{"expected":{"contentType":"a/b"},"actual":{"contentType":"a/b"}}"#;
    assert_eq!(
        call("compare-contents", compare).unwrap(),
        r#"{"results":{}}"#
    );

    let error = call("compare", "{}").unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert_eq!(
        error.to_string(),
        "plugin a 1.0.0, call: unknown operation \"compare\"; there are init, update-catalogue, configure-interaction, \
         compare-contents, generate-content, match-field, generate-field, start-mock-server, get-mock-server-results, \
         shutdown-mock-server, prepare-interaction-for-verification, verify-interaction"
    );
    let error = call("compare-contents", r#"{"expected":{}}"#)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("plugin a 1.0.0, compare-contents"),
        "{error}"
    );
    assert!(
        error.contains("missing field `contentType` at line 1"),
        "{error}"
    );
    let error = call("configure-interaction", r#"{"surprise":1}"#)
        .unwrap_err()
        .to_string();
    assert!(error.contains("unknown field `surprise`"), "{error}");
}

#[test]
fn a_decimal_that_json_does_not_have_is_a_fault_of_the_plugin() {
    let script = Script {
        roles: vec![Role::FieldGenerator],
        entries: vec![EntryType::Generator],
        ..Script::default()
    };
    let (host, _, _root) = host(script, &["a"]);
    let plugin = ready(&host, "a");
    let request = r#"{"key":"fake","generator":{"type":"x"},"path":"$","example":"null"}"#;
    let error = plugin
        .call_json(&CallOptions::default(), "generate-field", request)
        .unwrap_err();
    assert_eq!(error.code(), Code::InvalidResponse);
    assert_eq!(
        error.to_string(),
        "plugin a 1.0.0, generate-field: the answer's value is not valid: JSON has no number NaN; this is a fault of the \
         plugin"
    );
}

fn request() -> ConfigureInteractionRequest<'static> {
    serde_json::from_str(r#"{"contentType":"a/b","contentsConfig":{}}"#).unwrap()
}

// ---- mock servers ----

#[test]
fn servers_have_keys_of_their_own_and_end_with_shutdown_plugin_and_host() {
    let script = || Script {
        roles: vec![Role::Transport],
        ..Script::default()
    };
    let (options, request) = (CallOptions::default(), r#"{"interactions":[]}"#);
    let request: StartMockServerRequest = serde_json::from_str(request).unwrap();
    let running = |script: &Script| *script.servers.lock().unwrap();

    let (host, script_of_one, _root) = host(script(), &["a"]);
    let plugin = host.load("a", None).unwrap();
    let early = plugin.start_mock_server(&options, &request).unwrap_err();
    assert_eq!(early.code(), Code::WrongState);
    plugin.init(&options).unwrap();
    let start = || plugin.start_mock_server(&options, &request).unwrap().key;
    let keys = [start(), start(), start()];
    assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2]);
    plugin.shutdown_mock_server(&options, &keys[0]).unwrap();
    assert_eq!(running(&script_of_one), 2);
    let gone = plugin.mock_server_results(&options, &keys[0]).unwrap_err();
    assert_eq!(gone.code(), Code::NotFound);
    assert!(plugin.mock_server_results(&options, &keys[1]).is_ok());
    drop(host);
    assert_eq!(running(&script_of_one), 0);

    let (host, script_of_other, _root) = host_with(Config::default(), script(), &["a"]);
    let plugin = host.load("a", None).unwrap();
    plugin.init(&options).unwrap();
    plugin.start_mock_server(&options, &request).unwrap();
    drop(plugin);
    assert_eq!(running(&script_of_other), 0);
}

#[test]
fn nothing_keeps_a_server_that_is_shut_down() {
    let script = Script {
        roles: vec![Role::Transport],
        ..Script::default()
    };
    let (host, script, _root) = host(script, &["a"]);
    let plugin = host.load("a", None).unwrap();
    plugin.init(&CallOptions::default()).unwrap();
    let request = serde_json::from_str(r#"{"interactions":[]}"#).unwrap();
    let options = CallOptions::default();
    let server = plugin.start_mock_server(&options, &request).unwrap();
    let cancelled = CallOptions {
        cancel: Some(Cancel::default()),
        ..options
    };
    cancelled.cancel.as_ref().unwrap().cancel();
    let error = plugin
        .shutdown_mock_server(&cancelled, &server.key)
        .unwrap_err();
    assert_eq!(error.code(), Code::Cancelled);
    assert_eq!(*script.servers.lock().unwrap(), 0);
}
