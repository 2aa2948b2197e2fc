//! What bodies are said to be.

use std::collections::HashSet;

/// Content types to call a plugin with: one at least, each once, none of them empty.
#[derive(Debug, PartialEq, Eq)]
pub struct ContentTypes {
    first: String,
    others: Vec<String>,
}

/// For plugins that name none which could be used.
const ANY: &str = "application/octet-stream";

impl ContentTypes {
    /// Of what was found, those that can be used.
    pub fn new(found: impl IntoIterator<Item = String>) -> Self {
        let mut seen = HashSet::new();
        let mut usable = found
            .into_iter()
            .filter(|it| !it.is_empty() && seen.insert(it.clone()));
        ContentTypes {
            first: usable.next().unwrap_or_else(|| ANY.to_string()),
            others: usable.collect(),
        }
    }

    /// The one for requests that are not about content types.
    pub fn first(&self) -> &str {
        &self.first
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let others = self.others.iter().map(String::as_str);
        std::iter::once(self.first()).chain(others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_one() {
        for (found, expected) in [
            (&[][..], &[ANY][..]),
            (&["", ""], &[ANY]),
            (&["", "a/b", "", "c/d", "a/b"], &["a/b", "c/d"]),
        ] {
            let types = ContentTypes::new(found.iter().map(ToString::to_string));
            assert_eq!(types.iter().collect::<Vec<_>>(), expected, "{found:?}");
            assert_eq!(types.first(), expected[0]);
        }
    }
}
