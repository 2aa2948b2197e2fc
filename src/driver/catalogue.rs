//! The catalogue: what the host and all loaded plugins can do, under names that the caller and plugins use.

use std::sync::Arc;

use super::core::CoreEntry;
use crate::model::CatalogueEntry;

/// A catalogue entry with the one who provides it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The full name: `core/<entry type>/<key>`, or `plugin/<plugin name>/<entry type>/<key>`.
    pub full_key: Arc<str>,
    /// Name of the plugin; none for what the host does itself.
    pub plugin: Option<Arc<str>>,
    /// The entry as it was declared.
    pub entry: CatalogueEntry,
}

impl Listing {
    /// An entry of a plugin.
    pub fn of_plugin(plugin: &Arc<str>, entry: &CatalogueEntry) -> Self {
        Listing::new(&format!("plugin/{plugin}"), Some(plugin.clone()), entry)
    }

    /// An entry of the host.
    pub fn of_core(core: &CoreEntry) -> Self {
        Listing::new("core", None, &core.entry)
    }

    fn new(prefix: &str, plugin: Option<Arc<str>>, entry: &CatalogueEntry) -> Self {
        Listing {
            full_key: format!("{prefix}/{}/{}", entry.entry_type.name(), entry.key).into(),
            plugin,
            entry: entry.clone(),
        }
    }

    /// The entry under its full name, as plugins are told.
    pub fn to_entry(&self) -> CatalogueEntry {
        CatalogueEntry {
            key: self.full_key.to_string(),
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
        let listing = Listing::of_plugin(&"jwt".into(), &entry);
        assert_eq!(&*listing.full_key, "plugin/jwt/content-matcher/jwt");
        assert_eq!(listing.to_entry().values, listing.entry.values);
    }
}
