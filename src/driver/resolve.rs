//! Which catalogue entry a key means.

use super::catalogue::Listing;
use crate::error::{ErrorKind, Result};
use crate::model::EntryType;

/// Finds the entry of this type that `key` names: its whole key, or a trailing run of the key's components, compared whole.
/// So `type` names `…/matcher/type`, and never `…/matcher/content-type`. Nothing, or more than one, is an error that names
/// the candidates.
pub fn resolve<'a>(
    listings: &'a [Listing],
    entry_type: EntryType,
    key: &str,
) -> Result<&'a Listing> {
    let of_type = || {
        listings
            .iter()
            .filter(|it| it.entry.entry_type == entry_type)
    };
    let mut named = of_type().filter(|listing| names(key, &listing.full_key));
    let keys = |listings: &mut dyn Iterator<Item = &Listing>| {
        listings.map(|it| it.full_key.to_string()).collect()
    };
    match (named.next(), named.next()) {
        (Some(listing), None) => Ok(listing),
        (None, _) => Err(ErrorKind::EntryNotFound {
            key: key.to_string(),
            entry_type: entry_type.name(),
            known: keys(&mut of_type()),
        }
        .into()),
        (Some(first), Some(second)) => Err(ErrorKind::EntryAmbiguous {
            key: key.to_string(),
            candidates: keys(&mut [first, second].into_iter().chain(named)),
        }
        .into()),
    }
}

fn names(key: &str, full_key: &str) -> bool {
    let before = full_key.strip_suffix(key);
    !key.is_empty() && before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use crate::model::{CatalogueEntry, ExpressionMap};

    fn listing(plugin: &str, entry_type: EntryType, key: &str) -> Listing {
        let entry = CatalogueEntry {
            entry_type,
            key: key.into(),
            values: ExpressionMap::default(),
        };
        Listing::of_plugin(&plugin.into(), &entry)
    }

    fn find(entry_type: EntryType, key: &str) -> Result<String> {
        let listings = vec![
            listing("a", EntryType::Matcher, "type"),
            listing("a", EntryType::Matcher, "content-type"),
            listing("a", EntryType::ContentMatcher, "csv"),
            listing("b", EntryType::ContentMatcher, "csv"),
            listing("b", EntryType::ContentGenerator, "csv"),
        ];
        resolve(&listings, entry_type, key).map(|listing| listing.full_key.to_string())
    }

    #[test]
    fn whole_keys_and_trailing_components_name_an_entry() {
        for key in [
            "plugin/a/matcher/type",
            "a/matcher/type",
            "matcher/type",
            "type",
        ] {
            assert_eq!(
                find(EntryType::Matcher, key).unwrap(),
                "plugin/a/matcher/type",
                "{key}"
            );
        }
        assert_eq!(
            find(EntryType::ContentMatcher, "b/content-matcher/csv").unwrap(),
            "plugin/b/content-matcher/csv"
        );
    }

    #[test]
    fn the_type_filters_first() {
        assert_eq!(
            find(EntryType::ContentGenerator, "csv").unwrap(),
            "plugin/b/content-generator/csv"
        );
        let error = find(EntryType::Generator, "type").unwrap_err();
        assert_eq!(error.code(), Code::NotFound);
    }

    #[test]
    fn errors_name_the_candidates() {
        let error = find(EntryType::ContentMatcher, "csv").unwrap_err();
        assert_eq!(error.code(), Code::Ambiguous);
        let message = error.to_string();
        assert!(
            message.contains("plugin/a/content-matcher/csv, plugin/b/content-matcher/csv"),
            "{message}"
        );
        for key in ["", "ype", "/type", "plugin/a/matcher/type/", "TYPE"] {
            let message = find(EntryType::Matcher, key).unwrap_err().to_string();
            assert!(
                message.contains("plugin/a/matcher/content-type"),
                "{key}: {message}"
            );
        }
    }
}
