//! A plugin that does nothing itself: each operation passes its request on to the catalogue entry whose key is the path of the
//! request, or, where a request has none, the pact configuration. An error of the host is returned with `the host says: `
//! in front.
//!
//! A key that ends in `!loop` is called without the suffix; afterwards the plugin loops for ever.

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

#[cfg(target_arch = "wasm32")]
bindings::export!(Delegate with_types_in bindings);

/// The guest.
pub struct Delegate;

/// The key in a pact configuration of the form `{"entry":"…"}`.
fn configured(configuration: Option<&PluginConfiguration>) -> String {
    let json = configuration.and_then(|it| it.pact_configuration.as_deref());
    let rest = json.and_then(|json| json.split_once(r#""entry":""#));
    rest.and_then(|(_, rest)| rest.split_once('"'))
        .map(|(key, _)| key.to_owned())
        .unwrap_or_default()
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

impl lifecycle::Guest for Delegate {
    fn init(_request: InitRequest) -> Result<InitResponse, InitFailure> {
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
        let key = configured(request.plugin_configuration.as_ref());
        delegated(&key, |key| host::compare_contents(key, &request))
    }
}

impl content_generator::Guest for Delegate {
    fn generate_content(request: GenerateContentRequest) -> Result<Body, String> {
        let key = configured(request.plugin_configuration.as_ref());
        delegated(&key, |key| host::generate_content(key, &request))
    }
}

impl field_matcher::Guest for Delegate {
    fn match_field(request: MatchFieldRequest) -> Result<Vec<Mismatch>, String> {
        let key = request.path.clone();
        delegated(&key, |key| host::match_field(key, &request))
    }
}

impl field_generator::Guest for Delegate {
    fn generate_field(request: GenerateFieldRequest) -> Result<FieldValue, String> {
        let key = request.path.clone();
        delegated(&key, |key| host::generate_field(key, &request))
    }
}
