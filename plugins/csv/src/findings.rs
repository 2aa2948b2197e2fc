//! Collecting mismatches.

use crate::bindings::pact::plugin::types::{ContentsComparison, Mismatch};

/// How many mismatches are listed. Nobody reads more, and a long table that is wrong in every row would make millions.
pub const LISTED: usize = 1000;

/// Mismatches by path, in the order in which the paths came up.
#[derive(Default)]
pub struct Findings {
    by_path: Vec<(String, Vec<Mismatch>)>,
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
        self.push(|| Mismatch {
            expected: expected.map(<[u8]>::to_vec),
            actual: actual.map(<[u8]>::to_vec),
            description,
            path: path.to_owned(),
            diff: None,
            mismatch_type: Some("body".to_owned()),
        });
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
            self.list(Mismatch {
                expected: None,
                actual: None,
                description: format!("{more} more mismatches are not listed"),
                path: "$".to_owned(),
                diff: None,
                mismatch_type: Some("body".to_owned()),
            });
        }
        ContentsComparison::Results(self.by_path)
    }

    fn list(&mut self, mismatch: Mismatch) {
        let known = self
            .by_path
            .iter_mut()
            .find(|(path, _)| *path == mismatch.path);
        match known {
            Some((_, mismatches)) => mismatches.push(mismatch),
            None => self.by_path.push((mismatch.path.clone(), vec![mismatch])),
        }
    }
}
