//! What the plugin `echo` is asked to answer: the records of the interface as its configuration has them. Bytes are lists of numbers,
//! maps are lists of pairs, and JSON is text.

use serde_json::{Value, json};

use super::random::{Fields, Random};

/// The text of a JSON object, hardly ever of something else.
fn object_text(random: &mut Random) -> String {
    if random.one_in(200) {
        return random.of(&["[1]", "{", "", "{} {}"]).to_string();
    }
    let mut object = random.configuration();
    object.sort_all_objects();
    object.to_string()
}

/// The text of any JSON.
fn json_text(random: &mut Random) -> String {
    let mut json = random.json(3);
    json.sort_all_objects();
    json.to_string()
}

fn body(random: &mut Random) -> Value {
    json!({
        "content_type": random.text(),
        "content": match random.one_in(4) {
            true => None,
            false => Some(random.bytes()),
        },
        "hint": random.of(&["Default", "Text", "Binary"]),
    })
}

fn typed(random: &mut Random) -> Value {
    Fields::default()
        .with("type_", random.name())
        .optional(random, "values", object_text)
        .object()
}

fn rules(random: &mut Random) -> Value {
    let rules = |random: &mut Random| (random.text(), random.several(3, typed));
    json!(random.several(4, rules))
}

/// Two of the same path are an error, so there are none most of the time.
fn generators(random: &mut Random) -> Value {
    let mut generators = random.several(3, |random| (random.text(), typed(random)));
    if !random.one_in(20) {
        generators.sort_by(|a, b| a.0.cmp(&b.0));
        generators.dedup_by(|a, b| a.0 == b.0);
    }
    json!(generators)
}

fn plugin_configuration(random: &mut Random) -> Value {
    Fields::default()
        .optional(random, "interaction_configuration", object_text)
        .optional(random, "pact_configuration", object_text)
        .object()
}

/// A contents config that asks for interactions.
pub fn configuration(random: &mut Random) -> Value {
    let interactions = random.several(3, |random| {
        Fields::default()
            .optional(random, "contents", body)
            .maybe(random, "rules", rules)
            .maybe(random, "generators", generators)
            .optional(random, "message_metadata", object_text)
            .optional(random, "plugin_configuration", plugin_configuration)
            .maybe(random, "interaction_markup", Random::text)
            .maybe(random, "interaction_markup_type", |random| {
                random.of(&["CommonMark", "Html"])
            })
            .maybe(random, "part_name", |random| {
                random.of(&["request", "response", ""])
            })
            .maybe(random, "metadata_rules", rules)
            .maybe(random, "metadata_generators", generators)
            .object()
    });
    Fields::default()
        .with("response", interactions)
        .optional(random, "plugin_configuration", plugin_configuration)
        .object()
}

fn mismatch(random: &mut Random) -> Value {
    let text = |random: &mut Random| match random.one_in(3) {
        true => None,
        false => Some(random.text()),
    };
    let bytes = |random: &mut Random| match random.one_in(3) {
        true => None,
        false => Some(random.bytes()),
    };
    json!({
        "expected": bytes(random),
        "actual": bytes(random),
        "description": random.text(),
        "path": random.text(),
        "diff": text(random),
        "mismatch_type": text(random),
    })
}

/// The key of a configuration that asks for the results of a mock server, or for an error.
pub fn results(random: &mut Random) -> Value {
    let result = |random: &mut Random| {
        json!({
            "path": random.text(),
            "error": random.text(),
            "mismatches": random.several(3, mismatch),
        })
    };
    response(random, |random| {
        Fields::default()
            .maybe(random, "ok", |random| random.one_in(2))
            .maybe(random, "results", |random| random.several(3, result))
            .object()
    })
}

fn interaction_data(random: &mut Random) -> Value {
    let value = |random: &mut Random| {
        let value = match random.one_in(2) {
            true => json!({"Json": json_text(random)}),
            false => json!({"Bytes": random.bytes()}),
        };
        (random.name(), value)
    };
    Fields::default()
        .optional(random, "body", body)
        .with("metadata", json!(random.several(3, value)))
        .object()
}

/// The key of a configuration that asks for prepared data, or for an error.
pub fn prepared(random: &mut Random) -> Value {
    response(random, interaction_data)
}

/// The key of a configuration that asks for the result of a verification, or for an error.
pub fn verified(random: &mut Random) -> Value {
    let failure = |random: &mut Random| match random.one_in(2) {
        true => json!({"Error": random.text()}),
        false => json!({"Mismatch": mismatch(random)}),
    };
    response(random, |random| {
        Fields::default()
            .maybe(random, "success", |random| random.one_in(2))
            .optional(random, "response", interaction_data)
            .maybe(random, "failures", |random| random.several(4, failure))
            .maybe(random, "output", |random| random.several(4, Random::text))
            .object()
    })
}

fn response(random: &mut Random, make: impl FnOnce(&mut Random) -> Value) -> Value {
    match random.one_in(6) {
        true => json!({"error": random.text()}),
        false => json!({"response": make(random)}),
    }
}
