//! A plugin that was built against the prototype's interface and says what it was called with. The host's tests use it to
//! see that each field of each record arrives, in both directions.
//!
//! It logs each call, with its request as JSON: names are those of the WIT with `_` for `-`, enum cases are in camel case
//! with a capital (`ContentMatcher`), bytes are lists of numbers, pairs are lists of two, `none` is `null`.
//!
//! | function | answer |
//! |----------|--------|
//! | `init` | an entry of each type, and one more matcher |
//! | `configure-interaction` | one interaction whose body is the contents config, of the content type that it was called with; with a key `details`, the interaction details that this key describes; with a key `error`, this error |
//! | `compare-contents` | content types that differ are a type mismatch; equal bytes match; an actual body `error` is an error, and `trap` a crash; anything else is a mismatch under `$`, and one of empty fields under `$.empty` |

mod bindings {
    #![allow(missing_docs)]
    wit_bindgen::generate!({
        path: "../../../wit/prototype",
        additional_derives: [serde::Serialize, serde::Deserialize],
    });
}

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use bindings::*;
use serde::Serialize;
use serde_json::{Value, json};

#[cfg(target_arch = "wasm32")]
bindings::export!(Prototype with_types_in bindings);

/// The guest.
pub struct Prototype;

/// Comparisons that this instance has served.
static COMPARISONS: AtomicU32 = AtomicU32::new(0);

impl Guest for Prototype {
    fn init(implementation: String, version: String) -> Vec<CatalogueEntry> {
        log(&format!("init: {implementation} {version}"));
        let entry = |entry_type, key: &str, values: &[(&str, &str)]| CatalogueEntry {
            entry_type,
            key: key.to_owned(),
            values: values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        };
        let content_types = [("content-types", r"application/vnd\.prototype")];
        vec![
            entry(EntryType::ContentMatcher, "prototype", &content_types),
            entry(EntryType::ContentGenerator, "prototype", &content_types),
            entry(EntryType::Transport, "prototype", &[]),
            entry(EntryType::Matcher, "prototype", &[]),
            entry(EntryType::Interaction, "prototype", &[]),
            entry(
                EntryType::ContentMatcher,
                "other",
                &[("content-types", "text/other"), ("more", "1")],
            ),
        ]
    }

    fn update_catalogue(catalogue: Vec<CatalogueEntry>) {
        log_request("update-catalogue", &catalogue);
    }

    fn configure_interaction(
        content_type: String,
        config_json: String,
    ) -> Result<InteractionDetails, String> {
        log_request("configure-interaction", &(&content_type, &config_json));
        let mut config: Value =
            serde_json::from_str(&config_json).map_err(|error| error.to_string())?;
        if let Some(message) = config["error"].as_str() {
            return Err(message.to_owned());
        }
        let nothing = json!({"interaction_configuration": "", "pact_configuration": ""});
        let details = match config["details"].take() {
            Value::Null => json!({
                "interaction": [{
                    "part_name": "",
                    "contents": {"content_type": content_type, "content": config_json.as_bytes(), "content_type_hint": null},
                    "plugin_configuration": nothing,
                }],
                "plugin_config": null,
            }),
            details => details,
        };
        serde_json::from_value(details).map_err(|error| format!("key \"details\": {error}"))
    }

    fn compare_contents(
        request: CompareContentsRequest,
    ) -> Result<CompareContentsResponse, String> {
        let number = COMPARISONS.fetch_add(1, Relaxed) + 1;
        log_request(&format!("compare-contents {number}"), &request);
        let (expected, actual) = (request.expected, request.actual);
        if expected.content_type != actual.content_type {
            return Ok(CompareContentsResponse {
                type_mismatch: Some(ContentTypeMismatch {
                    expected: expected.content_type,
                    actual: actual.content_type,
                }),
                results: Vec::new(),
            });
        }
        match actual.content.as_slice() {
            b"error" => return Err("the guest says no".to_owned()),
            b"trap" => panic!("asked to"),
            _ => {}
        }
        let results = if expected.content == actual.content {
            Vec::new()
        } else {
            differences(expected.content, actual.content)
        };
        Ok(CompareContentsResponse {
            type_mismatch: None,
            results,
        })
    }
}

fn differences(expected: Vec<u8>, actual: Vec<u8>) -> Vec<(String, Vec<ContentMismatch>)> {
    let full = ContentMismatch {
        expected,
        actual,
        mismatch: "the bodies differ".to_owned(),
        path: "$".to_owned(),
        diff: Some("- expected\n+ actual".to_owned()),
        mismatch_type: "body".to_owned(),
    };
    let empty = ContentMismatch {
        expected: Vec::new(),
        actual: Vec::new(),
        mismatch: String::new(),
        path: String::new(),
        diff: None,
        mismatch_type: String::new(),
    };
    vec![
        ("$".to_owned(), vec![full]),
        ("$.empty".to_owned(), vec![empty]),
    ]
}

fn log_request(function: &str, request: &impl Serialize) {
    let request = serde_json::to_string(request).unwrap_or_else(|error| error.to_string());
    log(&format!("{function}: {request}"));
}
