//! What init answered, and what the plugin does with catalogues.

use std::collections::HashSet;

use pact_wasm::model::{CatalogueEntry, EntryType};
use regex::Regex;
use serde_json::{Value, json};

use super::calls::{Call, all_answer};
use super::findings::Findings;
use super::sample::LONGEST_PATTERN;
use super::session::Session;
use super::verdict::Verdict;

/// How many more times it is initialised.
const REPETITIONS: usize = 3;

pub fn check(session: &Session, findings: &mut Findings) {
    findings.check("init: the same answer each time", || repeated_init(session));
    findings.check("catalogue: keys that can be used, each once", || {
        keys(session.entries())
    });
    findings.check(
        "catalogue: content types that are regular expressions",
        || content_types(session.entries()),
    );
    findings.check("update-catalogue: catalogues of all sorts", || {
        all_answer(session, &catalogues())
    });
}

/// The host initialises each of its instances, and takes them for the same.
fn repeated_init(session: &Session) -> Verdict {
    let answer = |it: &Session| serde_json::to_value(it.plugin.init_response()).unwrap_or_default();
    let first = answer(session);
    for _ in 0..REPETITIONS {
        let again = match session.again(session.settings.limits.clone()) {
            Ok(again) => again,
            Err(error) => return Verdict::of_loading(&error),
        };
        if let Err(error) = again.init() {
            return Verdict::of_init(&error);
        }
        let other = answer(&again);
        if other != first {
            let reason = format!("init answered {first}, and another time {other}");
            return Verdict::failed(
                reason,
                "let init depend on its request and the plugin's configuration alone",
            );
        }
    }
    Verdict::ok()
}

fn keys(entries: &[CatalogueEntry]) -> Verdict {
    if entries.is_empty() {
        return Verdict::skipped("the catalogue is empty");
    }
    let mut seen = HashSet::new();
    for entry in entries {
        let (kind, key) = (entry.entry_type.name(), entry.key.as_str());
        let reason = match key {
            "" => Some("is empty".to_string()),
            _ if key.contains('/') => {
                Some("contains /, which separates the parts of full keys".to_string())
            }
            _ if key.chars().any(|it| it.is_control() || it.is_whitespace()) => {
                Some("contains white space or control characters".to_string())
            }
            _ if !seen.insert((kind, key)) => {
                Some("occurs twice, so nobody can say which one is meant".to_string())
            }
            _ => None,
        };
        if let Some(reason) = reason {
            let advice = "give each entry a key of its own, such as the plugin's name";
            return Verdict::failed(
                format!("the key \"{}\" of a {kind} {reason}", key.escape_debug()),
                advice,
            );
        }
    }
    Verdict::ok()
}

fn content_types(entries: &[CatalogueEntry]) -> Verdict {
    let has_types = |it: &&CatalogueEntry| {
        matches!(
            it.entry_type,
            EntryType::ContentMatcher | EntryType::ContentGenerator
        )
    };
    let mut patterns = 0;
    for entry in entries.iter().filter(has_types) {
        let name = format!("{}/{}", entry.entry_type.name(), entry.key);
        let advice =
            "give it the value content-types: regular expressions, separated by semicolons";
        let failed = |reason: String| Verdict::failed(format!("{name} {reason}"), advice);
        let Some((_, list)) = entry
            .values
            .0
            .iter()
            .find(|(key, _)| key == "content-types")
        else {
            return failed("has no content-types, so it is never used".to_string());
        };
        for pattern in list.split(';').map(str::trim) {
            if pattern.is_empty() {
                return failed(format!(
                    "has an empty expression among its content-types \"{list}\""
                ));
            }
            if let Some(reason) = fault_of_pattern(pattern) {
                return failed(reason);
            }
            patterns += 1;
        }
    }
    match patterns {
        0 => Verdict::skipped("there is neither a content matcher nor a content generator"),
        _ => Verdict::ok(),
    }
}

fn fault_of_pattern(pattern: &str) -> Option<String> {
    if pattern.len() > LONGEST_PATTERN {
        let length = pattern.len();
        return Some(format!(
            "has a content type of {length} bytes, and more than {LONGEST_PATTERN} are not checked"
        ));
    }
    let e = Regex::new(&format!("^(?:{pattern})$")).err()?;
    Some(format!(
        "has the content type \"{pattern}\", which is no regular expression: {e}"
    ))
}

fn catalogues() -> Vec<Call> {
    let entry = |key: String, values: Value| json!({ "entryType": "matcher", "key": key, "values": values });
    let many = (0..10_000).map(|number| entry(format!("plugin/p/matcher/m{number}"), json!({})));
    let odd = vec![
        entry(String::new(), json!({ "": "" })),
        entry("☃/\u{0}".to_string(), json!({ "content-types": "(" })),
        entry("x".repeat(1 << 16), json!({ "a": "b".repeat(1 << 16) })),
    ];
    let call = |what: &str, catalogue: Vec<Value>| {
        Call::new(what, "update-catalogue", json!({ "catalogue": catalogue }))
    };
    vec![
        call("an empty catalogue", Vec::new()),
        call("a catalogue with odd entries", odd),
        call("a catalogue with 10,000 entries", many.collect()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_that_cannot_be_used_are_found() {
        for (pattern, expected) in [
            ("text/csv", None),
            (r"application/.*\+json", None),
            ("text/(", Some("\"text/(\", which is no regular expression")),
            ("(((a{99}){99}){99}){99}b", Some("exceeds size limit")),
            // Each of these stands for a class of many ranges.
            (
                &r"\w".repeat(5000),
                Some("has a content type of 10000 bytes"),
            ),
        ] {
            match (fault_of_pattern(pattern), expected) {
                (found, None) => assert_eq!(found, None, "{pattern}"),
                (found, Some(expected)) => {
                    let found = found.unwrap_or_default();
                    assert!(found.contains(expected), "{pattern}: {found}");
                }
            }
        }
    }
}
