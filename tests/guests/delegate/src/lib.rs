//! A plugin that does nothing itself: each operation passes its request on to the catalogue entry whose key is in the pact
//! configuration (`{"entry":"…"}`), or, where there is none, the path of the request. An error of the host is returned with
//! `the host says: ` in front.
//!
//! A key may end in a suffix, and is called without it:
//!
//! - `!loop`: afterwards the plugin loops for ever.
//! - `!texts`, for match-field: the expected value is a text, and the actual one a JSON array of texts, which are matched
//!   in one call. The diff of each mismatch says which text it was.
//!
//! Its init answers with its entries, or with what a key in the plugin's own configuration says: `init` is
//! `{"catalogue":[["<entry type>","<key>",[["<name>","<value>"]]]],"pluginCapabilities":["…"]}`, `initFailure` is
//! `{"message":"…","missingCapabilities":["…"]}`.

mod bindings {
    #![allow(missing_docs)]
    wit_bindgen::generate!({
        inline: "
            package test:delegate;

            world delegate {
                include pact:plugin/imports@2.0.0;
                export pact:plugin/lifecycle@2.0.0;
                export pact:plugin/content-matcher@2.0.0;
                export pact:plugin/content-generator@2.0.0;
                export pact:plugin/field-matcher@2.0.0;
                export pact:plugin/field-generator@2.0.0;
            }
        ",
        path: "../../../wit",
        generate_all,
    });
}

use bindings::exports::pact::plugin::{
    content_generator, content_matcher, field_generator, field_matcher, lifecycle,
};
use bindings::pact::plugin::host;
use bindings::pact::plugin::types::*;
use serde_json::Value;

#[cfg(target_arch = "wasm32")]
bindings::export!(Delegate with_types_in bindings);

/// The guest.
pub struct Delegate;

/// The key in a pact configuration.
fn configured(configuration: Option<&PluginConfiguration>) -> Option<String> {
    let json = configuration?.pact_configuration.as_deref()?;
    let configuration: Value = serde_json::from_str(json).ok()?;
    configuration["entry"].as_str().map(str::to_owned)
}

fn delegated<T>(key: &str, call: impl FnOnce(&str) -> Result<T, String>) -> Result<T, String> {
    let (key, then_loop) = match key.strip_suffix("!loop") {
        Some(key) => (key, true),
        None => (key, false),
    };
    let result = call(key).map_err(|error| format!("the host says: {error}"));
    if then_loop {
        loop {
            std::hint::spin_loop();
        }
    }
    result
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn texts(value: &Value) -> Vec<String> {
    list(value).iter().map(text).collect()
}

fn entry(value: &Value) -> CatalogueEntry {
    CatalogueEntry {
        entry_type: match value[0].as_str() {
            Some("content-matcher") => EntryType::ContentMatcher,
            Some("content-generator") => EntryType::ContentGenerator,
            Some("transport") => EntryType::Transport,
            Some("matcher") => EntryType::Matcher,
            Some("interaction") => EntryType::Interaction,
            _ => EntryType::Generator,
        },
        key: text(&value[1]),
        values: list(&value[2])
            .iter()
            .map(|pair| (text(&pair[0]), text(&pair[1])))
            .collect(),
    }
}

impl lifecycle::Guest for Delegate {
    fn init(_request: InitRequest) -> Result<InitResponse, InitFailure> {
        let configuration: Value =
            serde_json::from_str(&host::plugin_configuration()).expect("the host checks it");
        if let Some(failure) = configuration.get("initFailure") {
            return Err(InitFailure {
                message: text(&failure["message"]),
                missing_capabilities: texts(&failure["missingCapabilities"]),
            });
        }
        if let Some(init) = configuration.get("init") {
            return Ok(InitResponse {
                catalogue: list(&init["catalogue"]).iter().map(entry).collect(),
                plugin_capabilities: texts(&init["pluginCapabilities"]),
            });
        }
        let entry = |entry_type| CatalogueEntry {
            entry_type,
            key: "delegate".to_owned(),
            values: Vec::new(),
        };
        let types = [
            EntryType::ContentMatcher,
            EntryType::ContentGenerator,
            EntryType::Matcher,
            EntryType::Generator,
        ];
        Ok(InitResponse {
            catalogue: types.map(entry).into(),
            plugin_capabilities: Vec::new(),
        })
    }

    fn update_catalogue(_catalogue: Vec<CatalogueEntry>) {}
}

impl content_matcher::Guest for Delegate {
    fn configure_interaction(
        _request: ConfigureInteractionRequest,
    ) -> Result<ConfigureInteractionResponse, String> {
        Err("there is nothing to configure".to_owned())
    }

    fn compare_contents(request: CompareContentsRequest) -> Result<ContentsComparison, String> {
        let key = configured(request.plugin_configuration.as_ref()).unwrap_or_default();
        delegated(&key, |key| host::compare_contents(key, &request))
    }
}

impl content_generator::Guest for Delegate {
    fn generate_content(request: GenerateContentRequest) -> Result<Body, String> {
        let key = configured(request.plugin_configuration.as_ref()).unwrap_or_default();
        delegated(&key, |key| host::generate_content(key, &request))
    }
}

impl field_matcher::Guest for Delegate {
    fn match_field(request: MatchFieldRequest) -> Result<Vec<Mismatch>, String> {
        let configured = configured(request.plugin_configuration.as_ref());
        let key = configured.as_deref().unwrap_or(&request.path);
        match key.strip_suffix("!texts") {
            Some(key) => match_texts(key, &request),
            None => delegated(key, |key| host::match_field(key, &request)),
        }
    }
}

fn match_texts(key: &str, request: &MatchFieldRequest) -> Result<Vec<Mismatch>, String> {
    let (FieldValue::Text(expected), FieldValue::Json(actual)) =
        (&request.expected, &request.actual)
    else {
        return Err("the expected value must be a text, the actual one a JSON array".to_owned());
    };
    let actual: Vec<String> = serde_json::from_str(actual).map_err(|error| error.to_string())?;
    let mut end = 0;
    let request = MatchTextsRequest {
        rule: request.rule.clone(),
        path: request.path.clone(),
        mismatch_type: request.mismatch_type,
        expected: expected.clone(),
        texts: actual.concat(),
        ends: actual
            .iter()
            .map(|text| {
                end += u32::try_from(text.len()).expect("a short text");
                end
            })
            .collect(),
        plugin_configuration: request.plugin_configuration.clone(),
        test_context: request.test_context.clone(),
    };
    let mismatches = delegated(key, |key| host::match_texts(key, &request))?;
    let numbered = |(number, mismatch): (u32, Mismatch)| Mismatch {
        diff: Some(number.to_string()),
        ..mismatch
    };
    Ok(mismatches.into_iter().map(numbered).collect())
}

impl field_generator::Guest for Delegate {
    fn generate_field(request: GenerateFieldRequest) -> Result<FieldValue, String> {
        let configured = configured(request.plugin_configuration.as_ref());
        let key = configured.as_deref().unwrap_or(&request.path);
        delegated(key, |key| host::generate_field(key, &request))
    }
}
