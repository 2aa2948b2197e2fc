//! Pact's own matching rules, generators and content types, for plugins to call: entries of the catalogue, served by the
//! crates `pact_matching` and `pact_models`.
//!
//! Names and specification versions are those that Pact's drivers list, so a plugin finds the same entries everywhere.

mod contents;
mod fields;
mod values;

use std::sync::Arc;

use super::core::{CoreEntry, Handler};
use contents::{ContentType, Generated};
use fields::{CollectionGenerator, CollectionRule, FieldRule, ValueGenerator};

/// Rules that look at one value.
const RULES: [(&str, &str); 16] = [
    ("equality", "V1"),
    ("regex", "V2"),
    ("type", "V2"),
    ("include", "V3"),
    ("number", "V3"),
    ("integer", "V3"),
    ("decimal", "V3"),
    ("null", "V3"),
    ("date", "V3"),
    ("time", "V3"),
    ("datetime", "V3"),
    ("content-type", "V3"),
    ("boolean", "V4"),
    ("status-code", "V4"),
    ("not-empty", "V4"),
    ("semver", "V4"),
];

/// Rules that look at a collection as a whole.
const COLLECTION_RULES: [(&str, &str); 7] = [
    ("min-type", "V2"),
    ("max-type", "V2"),
    ("min-max-type", "V2"),
    ("values", "V3"),
    ("array-contains", "V4"),
    ("each-key", "V4"),
    ("each-value", "V4"),
];

/// Generators of one value.
const GENERATORS: [(&str, &str); 12] = [
    ("RandomInt", "V3"),
    ("RandomDecimal", "V3"),
    ("RandomHexadecimal", "V3"),
    ("RandomString", "V3"),
    ("RandomBoolean", "V3"),
    ("Regex", "V3"),
    ("Uuid", "V3"),
    ("Date", "V3"),
    ("Time", "V3"),
    ("DateTime", "V3"),
    ("ProviderState", "V3"),
    ("MockServerURL", "V4"),
];

/// Generators that fill a collection.
const COLLECTION_GENERATORS: [(&str, &str); 1] = [("ArrayContains", "V4")];

const JSON_TYPES: &str = r"application/.*json;application/json-rpc;application/jsonrequest";
const XML_TYPES: &str = r"application/.*xml;text/xml";
const FORM_TYPES: &str = r"application/x-www-form-urlencoded";

/// All entries.
pub fn entries() -> Vec<CoreEntry> {
    let rules = listed(&RULES, Handler::Matcher(Arc::new(FieldRule)));
    let collection_rules = listed(
        &COLLECTION_RULES,
        Handler::Matcher(Arc::new(CollectionRule)),
    );
    let generators = listed(&GENERATORS, Handler::Generator(Arc::new(ValueGenerator)));
    let collection_generators = listed(
        &COLLECTION_GENERATORS,
        Handler::Generator(Arc::new(CollectionGenerator)),
    );
    content_types()
        .chain(rules)
        .chain(collection_rules)
        .chain(generators)
        .chain(collection_generators)
        .collect()
}

fn content_types() -> impl Iterator<Item = CoreEntry> {
    let matcher = |key, types, matcher: ContentType| {
        let handler = Handler::ContentMatcher(Arc::new(matcher));
        CoreEntry::new(key, &[("content-types", types)], handler)
    };
    let generator = |key, types, generator: Generated| {
        let handler = Handler::ContentGenerator(Arc::new(generator));
        CoreEntry::new(key, &[("content-types", types)], handler)
    };
    let entries = [
        matcher("json", JSON_TYPES, ContentType::Json),
        matcher("xml", XML_TYPES, ContentType::Xml),
        matcher("text", "text/plain", ContentType::Text),
        matcher("form-urlencoded", FORM_TYPES, ContentType::Form),
        generator("json", JSON_TYPES, Generated::Json),
        generator("form-urlencoded", FORM_TYPES, Generated::Form),
    ];
    entries.into_iter()
}

fn listed(names: &'static [(&str, &str)], handler: Handler) -> impl Iterator<Item = CoreEntry> {
    names.iter().map(move |(key, version)| {
        CoreEntry::new(key, &[("spec-version", version)], handler.clone())
    })
}
