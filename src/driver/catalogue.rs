//! The catalogue: what all loaded plugins can do, under names that the caller and plugins use.

use std::sync::Arc;

use crate::model::CatalogueEntry;

/// A catalogue entry with the plugin that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Name of the plugin.
    pub plugin: Arc<str>,
    /// The entry as the plugin declared it.
    pub entry: CatalogueEntry,
}

impl Listing {
    /// The full name: `plugin/<plugin name>/<entry type>/<key>`.
    pub fn full_key(&self) -> String {
        format!(
            "plugin/{}/{}/{}",
            self.plugin,
            self.entry.entry_type.name(),
            self.entry.key
        )
    }

    /// The entry under its full name, as plugins are told.
    pub fn to_entry(&self) -> CatalogueEntry {
        CatalogueEntry {
            key: self.full_key(),
            ..self.entry.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EntryType, ExpressionMap};

    #[test]
    fn full_keys_name_plugin_type_and_key() {
        let entry = CatalogueEntry {
            entry_type: EntryType::ContentMatcher,
            key: "jwt".into(),
            values: ExpressionMap(vec![("content-types".into(), "application/jwt".into())]),
        };
        let listing = Listing {
            plugin: "jwt".into(),
            entry,
        };
        assert_eq!(listing.full_key(), "plugin/jwt/content-matcher/jwt");
        assert_eq!(listing.to_entry().values, listing.entry.values);
    }
}
