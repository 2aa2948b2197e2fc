//! Collecting mismatches.

use std::collections::BTreeMap;

use definitions::types::{ContentsComparison, Mismatch};

/// How many mismatches are listed. Nobody reads more, and a long table that is wrong in every row would make millions.
pub const LISTED: usize = 1000;

/// Mismatches by path, in the order in which the paths came up.
#[derive(Default)]
pub struct Findings {
    by_path: Vec<(String, Vec<Mismatch>)>,
    /// Where in `by_path` a path is.
    places: BTreeMap<String, usize>,
    count: usize,
}

impl Findings {
    /// A mismatch of texts.
    pub fn add(
        &mut self,
        path: &str,
        expected: Option<&[u8]>,
        actual: Option<&[u8]>,
        description: String,
    ) {
        self.push(|| mismatch(path, expected, actual, description));
    }

    /// Any mismatch. It is only made if it gets listed.
    pub fn push(&mut self, mismatch: impl FnOnce() -> Mismatch) {
        self.count += 1;
        if self.count <= LISTED {
            self.list(mismatch());
        }
    }

    pub fn into_comparison(mut self) -> ContentsComparison {
        if let more @ 1.. = self.count.saturating_sub(LISTED) {
            let description = format!("{more} more mismatches are not listed");
            self.list(mismatch("$", None, None, description));
        }
        ContentsComparison::Results(self.by_path)
    }

    fn list(&mut self, mismatch: Mismatch) {
        let next = self.by_path.len();
        let path = mismatch.path.clone();
        let place = *self.places.entry(path.clone()).or_insert(next);
        if place == next {
            self.by_path.push((path, Vec::new()));
        }
        self.by_path[place].1.push(mismatch);
    }
}

/// A mismatch in a body.
pub fn mismatch(
    path: &str,
    expected: Option<&[u8]>,
    actual: Option<&[u8]>,
    description: String,
) -> Mismatch {
    Mismatch {
        expected: expected.map(<[u8]>::to_vec),
        actual: actual.map(<[u8]>::to_vec),
        description,
        path: path.to_owned(),
        diff: None,
        mismatch_type: Some("body".to_owned()),
    }
}
