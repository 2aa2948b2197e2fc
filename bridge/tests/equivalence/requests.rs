//! Random requests in the JSON of the generic call, for plugins that take anything.

use serde_json::{Map, Value, json};

use super::json::base64;
use super::random::{Fields, Random};

const CONTENT_TYPES: [&str; 5] = [
    "application/vnd.echo+json",
    "application/vnd.echo+json",
    "application/vnd.echo",
    "text/csv;charset=UTF-8",
    "",
];
const TYPES: [&str; 5] = ["type", "regex", "RandomInt", "of-another", ""];
const TEST_MODES: [&str; 3] = ["unknown", "consumer", "provider"];
const INTERACTION_TYPES: [&str; 3] = [
    "Synchronous/HTTP",
    "Asynchronous/Messages",
    "Synchronous/Messages",
];

/// Up to four entries.
fn map(random: &mut Random, mut value: impl FnMut(&mut Random) -> Value) -> Value {
    let entries = random.several(4, |random| (random.text(), value(random)));
    Value::Object(entries.into_iter().collect())
}

/// A body whose content may be missing or empty.
pub fn body(random: &mut Random) -> Value {
    Fields::default()
        .with("contentType", random.of(&CONTENT_TYPES))
        .optional(random, "content", |random| base64(&random.bytes()))
        .maybe(random, "hint", |random| {
            random.of(&["default", "text", "binary"])
        })
        .object()
}

/// A matching rule or a generator.
fn typed(random: &mut Random) -> Value {
    Fields::default()
        .with("type", random.of(&TYPES))
        .optional(random, "values", Random::configuration)
        .object()
}

fn rules(random: &mut Random) -> Value {
    map(random, |random| json!(random.several(3, typed)))
}

fn generators(random: &mut Random) -> Value {
    map(random, typed)
}

fn plugin_configuration(random: &mut Random) -> Value {
    Fields::default()
        .optional(random, "interactionConfiguration", Random::configuration)
        .optional(random, "pactConfiguration", Random::configuration)
        .object()
}

fn test_context(random: &mut Random) -> Value {
    let mut context = random.configuration();
    if random.one_in(2) {
        context["testRunId"] = json!(random.text());
    }
    context
}

/// What requests have in common.
fn with_context(fields: Fields, random: &mut Random) -> Value {
    fields
        .optional(random, "testContext", test_context)
        .object()
}

fn with_configuration(fields: Fields, random: &mut Random) -> Value {
    let fields = fields.optional(random, "pluginConfiguration", plugin_configuration);
    with_context(fields, random)
}

/// Of configure-interaction, with this contents config.
pub fn configure(random: &mut Random, config: Value) -> Value {
    let fields = Fields::default()
        .with("contentType", random.name())
        .with("contentsConfig", config);
    with_context(fields, random)
}

/// Of compare-contents.
pub fn compare(random: &mut Random) -> Value {
    let expected = body(random);
    let actual = match random.one_in(4) {
        true => expected.clone(),
        false => body(random),
    };
    let fields = Fields::default()
        .with("expected", expected)
        .with("actual", actual)
        .maybe(random, "allowUnexpectedKeys", |random| random.one_in(2))
        .maybe(random, "rules", rules);
    with_configuration(fields, random)
}

/// Of generate-content.
pub fn generate_content(random: &mut Random) -> Value {
    let fields = Fields::default()
        .with("body", body(random))
        .maybe(random, "generators", generators)
        .maybe(random, "testMode", |random| random.of(&TEST_MODES))
        .maybe(random, "contentFor", |random| {
            random.of(&["request", "response"])
        });
    with_configuration(fields, random)
}

/// Of match-field.
pub fn match_field(random: &mut Random) -> Value {
    let sources = ["body", "header", "metadata", "query", "path", "status"];
    let fields = Fields::default()
        .with("key", random.text())
        .with("rule", typed(random))
        .with("path", random.text())
        .with("mismatchType", random.of(&sources))
        .with("expected", random.field_value())
        .with("actual", random.field_value());
    with_configuration(fields, random)
}

/// Of generate-field.
pub fn generate_field(random: &mut Random) -> Value {
    let fields = Fields::default()
        .with("key", random.text())
        .with("generator", typed(random))
        .with("path", random.text())
        .with("example", random.field_value())
        .maybe(random, "testMode", |random| random.of(&TEST_MODES));
    with_configuration(fields, random)
}

/// A catalogue.
pub fn catalogue(random: &mut Random) -> Value {
    let types = [
        "content-matcher",
        "content-generator",
        "transport",
        "matcher",
        "interaction",
        "generator",
    ];
    let entries = random.several(8, |random| {
        Fields::default()
            .with("entryType", random.of(&types))
            .with("key", random.text())
            .maybe(random, "values", |random| {
                map(random, |random| json!(random.text()))
            })
            .object()
    });
    json!({ "catalogue": entries })
}

fn interaction(random: &mut Random) -> Value {
    Fields::default()
        .with("interactionType", random.of(&INTERACTION_TYPES))
        .optional(random, "pluginConfiguration", plugin_configuration)
        .maybe(random, "consumer", Random::text)
        .maybe(random, "provider", Random::text)
        .object()
}

/// Of start-mock-server.
pub fn start(random: &mut Random) -> Value {
    let interactions = random.several(3, interaction);
    let fields = Fields::default()
        .with("interactions", interactions)
        .maybe(random, "hostInterface", Random::text)
        .maybe(random, "port", |random| {
            // Zero would be for the plugin to replace, and this one does not.
            u16::try_from(1 + random.below(65_535)).expect("a port")
        })
        .maybe(random, "tls", |random| random.one_in(2));
    with_context(fields, random)
}

/// Of prepare-interaction-for-verification.
pub fn prepare(random: &mut Random) -> Value {
    let fields = Fields::default()
        .with("interaction", interaction(random))
        .optional(random, "config", Random::configuration);
    with_context(fields, random)
}

/// Of verify-interaction.
pub fn verify(random: &mut Random) -> Value {
    let metadata = |random: &mut Random| {
        map(random, |random| match random.one_in(2) {
            true => json!({"json": random.json(3)}),
            false => json!({"bytes": base64(&random.bytes())}),
        })
    };
    let data = Fields::default()
        .optional(random, "body", body)
        .maybe(random, "metadata", metadata)
        .object();
    let fields = Fields::default()
        .with("interactionData", data)
        .with("interaction", interaction(random))
        .optional(random, "config", Random::configuration);
    with_context(fields, random)
}

/// An object with these keys in it, beside what is there.
pub fn extended(object: &Value, keys: Value) -> Value {
    let mut all: Map<String, Value> = object.as_object().cloned().unwrap_or_default();
    if let Value::Object(keys) = keys {
        all.extend(keys);
    }
    Value::Object(all)
}
