//! A plugin that fills every role and says what it was called with. The host's tests use it to see that each field of
//! each record arrives, in both directions; its short paths serve the benchmarks.
//!
//! *Describing.* Where a function describes its request, it writes the whole request as JSON. Names are those of the
//! WIT with `_` for `-` (`content_type`), `type` stays `type_`; enum cases and variant cases are in camel case with a
//! capital (`CommonMark`); a variant with a payload is `{"Case": payload}`; bytes are lists of numbers; pairs are lists
//! of two; JSON-shaped values are texts that hold JSON; `none` is `null`.
//!
//! | function | answer |
//! |----------|--------|
//! | `configure-interaction` | one interaction whose body is the contents config, or what a key in it asks for (see below) |
//! | `compare-contents` | equal content types and bytes match; anything else is one mismatch under `$` |
//! | `generate-content` | the same body |
//! | `match-field` | one mismatch that describes the request |
//! | `generate-field` | the example |
//! | `start-mock-server` | the port of the request and, as the address, its host interface |
//! | `serve-mock-server` | nothing, when `until` is ready |
//! | `get-mock-server-results`, `shutdown-mock-server` | not `ok`, and one result |
//! | `prepare-interaction-for-verification` | a body that describes the request, and the metadata `json` and `bytes` |
//! | `verify-interaction` | success, one line of output that describes the request, and its interaction data |
//!
//! With the content type `application/vnd.echo+json` (of the expected body), `compare-contents` answers with one
//! mismatch that describes the request and `generate-content` with a body that describes it.
//!
//! *Servers.* Nobody listens. The one result of a server has the name of the function that was asked for it as its path, and
//! describes the request that started the server as its error. An instance has one server; its key is `echo`, the host
//! interface and the port, with spaces between, and any other key is an error.
//!
//! *Verification.* The metadata `json` is the JSON `{"a":1}`, and `bytes` are 0 and 255.
//!
//! *Keys of the contents config.*
//!
//! - `response`: the interaction to answer with, an object with the fields of `interaction-response`, in the form above,
//!   or a list of several. Fields may be left out: they are `none` or empty then, and the markup is CommonMark. Beside it
//!   `plugin_configuration`, for the pact file.
//! - `describe`: the one interaction has a body that describes this request (`"request"`), the one of `init` (`"init"`) or
//!   the last catalogue (`"catalogue"`).
//! - `log`: beside other keys, a list of records to log first, each a list of level, target and message.
//!
//! *Keys of a verification's config, and of the test context that a server is started with.*
//!
//! - `response`: what `prepare-interaction-for-verification` or `verify-interaction` answers with, or the results of the
//!   server: an object with the fields of `interaction-data`, `verification-result` or `mock-server-results`, in the form
//!   above. Fields may be left out: they are `none` or empty then, and `ok` and `success` are true.
//! - `error`: a text. The function that the object was given to fails with it.

mod servers;

mod bindings {
    #![allow(missing_docs)]
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "pact:plugin/plugin",
        generate_all,
        additional_derives: [serde::Serialize, serde::Deserialize],
    });
}

use bindings::exports::pact::plugin::{
    content_generator, content_matcher, field_generator, field_matcher, lifecycle,
};
use bindings::pact::plugin::host;
use bindings::pact::plugin::types::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::cell::RefCell;

#[cfg(target_arch = "wasm32")]
bindings::export!(Echo with_types_in bindings);

/// The guest.
pub struct Echo;

/// The content type that makes `compare-contents` and `generate-content` describe their request.
const DESCRIBE: &str = "application/vnd.echo+json";

thread_local! {
    /// What the host said at init.
    static INIT: RefCell<Option<InitRequest>> = const { RefCell::new(None) };
    /// What the host can do.
    static CATALOGUE: RefCell<Vec<CatalogueEntry>> = const { RefCell::new(Vec::new()) };
}

impl lifecycle::Guest for Echo {
    fn init(request: InitRequest) -> Result<InitResponse, InitFailure> {
        debug(&format!("init: {}", describe(&request)));
        let entry = |entry_type, values: &[(&str, &str)]| CatalogueEntry {
            entry_type,
            key: "echo".to_owned(),
            values: values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        };
        INIT.set(Some(request));
        let content_types = [("content-types", r"application/vnd\.echo(\+json)?")];
        Ok(InitResponse {
            catalogue: vec![
                entry(EntryType::ContentMatcher, &content_types),
                entry(EntryType::ContentGenerator, &content_types),
                entry(EntryType::Matcher, &[("config-key", "echo")]),
                entry(EntryType::Generator, &[]),
                entry(EntryType::Transport, &[]),
            ],
            plugin_capabilities: Vec::new(),
        })
    }

    fn update_catalogue(catalogue: Vec<CatalogueEntry>) {
        debug(&format!("catalogue: {} entries", catalogue.len()));
        CATALOGUE.set(catalogue);
    }
}

impl content_matcher::Guest for Echo {
    fn configure_interaction(
        request: ConfigureInteractionRequest,
    ) -> Result<ConfigureInteractionResponse, String> {
        let mut config: Value = parse("contents config", &request.contents_config)?;
        if let Some(records) = config.get_mut("log") {
            log(records.take())?;
        }
        if config.get("response").is_none() {
            let body = match config["describe"].as_str() {
                Some("request") => description_body(&request),
                Some("init") => INIT.with_borrow(description_body),
                Some("catalogue") => CATALOGUE.with_borrow(description_body),
                _ => Body {
                    content_type: request.content_type,
                    content: Some(request.contents_config.into_bytes()),
                    hint: ContentTypeHint::Default,
                },
            };
            return Ok(ConfigureInteractionResponse {
                interactions: vec![interaction(json!({ "contents": body }))?],
                plugin_configuration: None,
            });
        }
        let several = match config["response"].take() {
            Value::Array(several) => several,
            one => vec![one],
        };
        Ok(ConfigureInteractionResponse {
            interactions: several
                .into_iter()
                .map(interaction)
                .collect::<Result<_, _>>()?,
            plugin_configuration: serde_json::from_value(config["plugin_configuration"].take())
                .map_err(|error| {
                    format!("contents config key \"plugin_configuration\": {error}")
                })?,
        })
    }

    fn compare_contents(request: CompareContentsRequest) -> Result<ContentsComparison, String> {
        let (expected, actual) = (&request.expected, &request.actual);
        let describing = expected.content_type == DESCRIBE;
        if !describing
            && expected.content == actual.content
            && expected.content_type == actual.content_type
        {
            return Ok(ContentsComparison::Results(Vec::new()));
        }
        let description = if describing {
            describe(&request)
        } else {
            "the bodies differ".to_owned()
        };
        let mismatch = Mismatch {
            expected: request.expected.content,
            actual: request.actual.content,
            description,
            path: "$".to_owned(),
            diff: Some("- expected\n+ actual".to_owned()),
            mismatch_type: Some("body".to_owned()),
        };
        Ok(ContentsComparison::Results(vec![(
            "$".to_owned(),
            vec![mismatch],
        )]))
    }
}

impl content_generator::Guest for Echo {
    fn generate_content(request: GenerateContentRequest) -> Result<Body, String> {
        if request.body.content_type == DESCRIBE {
            return Ok(description_body(&request));
        }
        Ok(request.body)
    }
}

impl field_matcher::Guest for Echo {
    fn match_field(request: MatchFieldRequest) -> Result<Vec<Mismatch>, String> {
        Ok(vec![Mismatch {
            expected: None,
            actual: None,
            description: describe(&request),
            // Left to the host, which puts the path of the request here.
            path: String::new(),
            diff: None,
            mismatch_type: None,
        }])
    }
}

impl field_generator::Guest for Echo {
    fn generate_field(request: GenerateFieldRequest) -> Result<FieldValue, String> {
        Ok(request.example)
    }
}

/// Builds an interaction from the fields that `given` has.
fn interaction(given: Value) -> Result<InteractionResponse, String> {
    let defaults = json!({
        "rules": [],
        "generators": [],
        "interaction_markup": "",
        "interaction_markup_type": "CommonMark",
        "part_name": "",
        "metadata_rules": [],
        "metadata_generators": [],
    });
    record("contents config key \"response\"", given, defaults)
}

/// Builds a record from the fields that `given` has, and from `defaults` for those that it lacks.
fn record<T: DeserializeOwned>(what: &str, given: Value, defaults: Value) -> Result<T, String> {
    let Value::Object(given) = given else {
        return Err(format!("{what} is not an object"));
    };
    let mut fields = defaults;
    if let Value::Object(fields) = &mut fields {
        fields.extend(given);
    }
    serde_json::from_value(fields).map_err(|error| format!("{what}: {error}"))
}

/// Logs records, each a list of level, target and message.
fn log(records: Value) -> Result<(), String> {
    let records: Vec<(host::LogLevel, String, String)> = serde_json::from_value(records)
        .map_err(|error| format!("contents config key \"log\": {error}"))?;
    for (level, target, message) in records {
        host::log(level, &target, &message);
    }
    Ok(())
}

fn parse(what: &str, text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("{what}: {error}"))
}

fn describe(request: &impl Serialize) -> String {
    serde_json::to_string(request).unwrap_or_else(|error| error.to_string())
}

fn description_body(request: &impl Serialize) -> Body {
    Body {
        content_type: DESCRIBE.to_owned(),
        content: Some(describe(request).into_bytes()),
        hint: ContentTypeHint::Text,
    }
}

fn debug(message: &str) {
    host::log(host::LogLevel::Debug, "echo", message);
}
