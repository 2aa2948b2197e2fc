//! What is remembered of the catalogue: under which name a plugin's rule takes the one value of its short form.

use std::sync::{Mutex, PoisonError};

use crate::types::{CatalogueEntry, EntryType};

/// Rules by their own names, each with its `config-key`.
static CONFIG_KEYS: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

/// Takes in a new catalogue.
pub fn update(catalogue: &[CatalogueEntry]) {
    let keys = catalogue.iter().filter_map(rule_with_config_key).collect();
    *CONFIG_KEYS.lock().unwrap_or_else(PoisonError::into_inner) = keys;
}

/// The `config-key` of a rule.
pub fn of(rule_type: &str) -> Option<String> {
    let keys = CONFIG_KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    let (_, key) = keys.iter().find(|(rule, _)| rule == rule_type)?;
    Some(key.clone())
}

fn rule_with_config_key(entry: &CatalogueEntry) -> Option<(String, String)> {
    if entry.entry_type != EntryType::Matcher {
        return None;
    }
    // The host gives whole keys, such as `plugin/creditcard/matcher/creditcard`.
    let rule = entry.key.rsplit('/').next()?;
    let (_, key) = entry.values.iter().find(|(name, _)| name == "config-key")?;
    Some((rule.to_owned(), key.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn config_keys_of_rules_are_remembered_until_the_next_catalogue() {
        let entry = |entry_type, key: &str, values: &[(&str, &str)]| CatalogueEntry {
            entry_type,
            key: key.to_owned(),
            values: values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        };
        update(&[
            entry(
                EntryType::Generator,
                "plugin/a/generator/card",
                &[("config-key", "other")],
            ),
            entry(
                EntryType::Matcher,
                "plugin/a/matcher/card",
                &[("x", "y"), ("config-key", "brand")],
            ),
            entry(EntryType::Matcher, "core/matcher/type", &[]),
        ]);
        assert_eq!(of("card").as_deref(), Some("brand"));
        assert_eq!(of("type"), None);
        update(&[]);
        assert_eq!(of("card"), None);
    }
}
