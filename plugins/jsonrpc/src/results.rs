//! What came to a mock server and was not answered by an interaction.

use definitions::types::{Mismatch, MockServerResult, MockServerResults};

use crate::expected::mismatch;

/// How many results are kept. A client that never stops trying must not fill the memory.
const MOST: usize = 20_000;
/// How many bytes all results that are kept may have.
const LARGEST: usize = 16 << 20;
/// How many mismatches of one request are kept.
const MOST_MISMATCHES: usize = 100;
/// How many bytes of a value or a text are kept.
const LONGEST: usize = 4096;

/// The results so far.
#[derive(Default)]
pub struct Results {
    kept: Vec<MockServerResult>,
    /// How many bytes they have.
    size: usize,
    /// How many more there were.
    dropped: usize,
}

impl Results {
    /// A request that could not be compared.
    pub fn error(&mut self, path: &str, error: &str) {
        self.add(MockServerResult {
            path: shortened(path),
            error: shortened(error),
            mismatches: Vec::new(),
        });
    }

    /// A request that was like no interaction. The mismatches are [`shortened_mismatches`].
    pub fn mismatches(&mut self, path: &str, mismatches: Vec<Mismatch>) {
        self.add(MockServerResult {
            path: shortened(path),
            error: String::new(),
            mismatches,
        });
    }

    fn add(&mut self, result: MockServerResult) {
        if self.kept.len() < MOST && self.size < LARGEST {
            self.size += result.path.len() + result.error.len();
            self.size += result.mismatches.iter().map(size).sum::<usize>();
            self.kept.push(result);
        } else {
            self.dropped += 1;
        }
    }

    /// These results, how many messages are still to be answered, and what did not come: method and description of each
    /// interaction.
    pub fn with_missing<'a>(
        &self,
        unanswered: usize,
        missing: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> MockServerResults {
        let mut results = self.kept.clone();
        let error = |path: &str, error| MockServerResult {
            path: path.to_owned(),
            error,
            mismatches: Vec::new(),
        };
        if self.dropped > 0 {
            results.push(error("", format!("and {} more", self.dropped)));
        }
        // What will come of them is not known, so all is not well.
        if unanswered > 0 {
            let waiting =
                format!("{unanswered} messages of a batch have come and have not been answered");
            results.push(error("", waiting));
        }
        results.extend(missing.map(|(method, description)| {
            error(
                method,
                format!("{description} was expected and did not come"),
            )
        }));
        MockServerResults {
            ok: results.is_empty(),
            results,
        }
    }
}

fn size(mismatch: &Mismatch) -> usize {
    let length = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len);
    length(&mismatch.expected)
        + length(&mismatch.actual)
        + mismatch.description.len()
        + mismatch.path.len()
}

/// The first mismatches, with the beginnings of what is long in them.
pub fn shortened_mismatches(mut mismatches: Vec<Mismatch>) -> Vec<Mismatch> {
    let more = mismatches.len().saturating_sub(MOST_MISMATCHES);
    mismatches.truncate(MOST_MISMATCHES);
    for mismatch in &mut mismatches {
        for bytes in [&mut mismatch.expected, &mut mismatch.actual] {
            if let Some(long) = bytes.as_mut().filter(|bytes| bytes.len() > LONGEST) {
                *long = [beginning(long), "…".as_bytes()].concat();
            }
        }
        for text in [&mut mismatch.description, &mut mismatch.path] {
            *text = shortened(text);
        }
    }
    if more > 0 {
        let description = format!("and {more} more mismatches");
        mismatches.push(mismatch("$", None, None, description));
    }
    mismatches
}

/// A text, or the beginning of a long one.
pub fn shortened(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let beginning = String::from_utf8_lossy(beginning(text.as_bytes()));
    format!("{beginning}…")
}

/// As much as is kept of long bytes, without half a character at the end.
fn beginning(bytes: &[u8]) -> &[u8] {
    let is_start = |at: &usize| bytes[*at] & 0xc0 != 0x80;
    let end = (LONGEST - 3..=LONGEST).rev().find(is_start);
    &bytes[..end.unwrap_or(LONGEST)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_and_lists_are_shortened() {
        let short = mismatch("$.a", Some("x"), None, "y".to_owned());
        assert_eq!(shortened_mismatches(vec![short.clone()]), [short]);
        let long = "ä".repeat(LONGEST);
        let found = mismatch("$.a", Some(&long), Some(&long), format!("x{long}"));
        let found = shortened_mismatches(vec![found; MOST_MISMATCHES + 2]);
        assert_eq!(found.len(), MOST_MISMATCHES + 1);
        for bytes in [&found[0].expected, &found[0].actual] {
            let text = std::str::from_utf8(bytes.as_ref().unwrap()).unwrap();
            assert!(text.len() <= LONGEST + 3 && text.ends_with("ä…"));
        }
        assert!(found[0].description.len() <= LONGEST + 3);
        assert!(found[0].description.ends_with("ä…"));
        assert_eq!(found[MOST_MISMATCHES].description, "and 2 more mismatches");
        // What is no text is cut off all the same.
        assert_eq!(beginning(&[0x80; LONGEST + 1]).len(), LONGEST);
    }

    #[test]
    fn the_size_of_results_is_bounded() {
        let mut results = Results::default();
        let value = "x".repeat(LONGEST);
        for _ in 0..LARGEST / LONGEST {
            let found = vec![mismatch("$", Some(&value), None, String::new()); 20];
            results.mismatches("a", found);
            results.error(&value, "");
        }
        let bytes: usize = results
            .kept
            .iter()
            .flat_map(|it| &it.mismatches)
            .map(size)
            .sum();
        assert!(bytes <= LARGEST + 21 * LONGEST, "{bytes}");
        assert!(results.kept.len() > 100);
        assert_eq!(results.kept.len() + results.dropped, 2 * LARGEST / LONGEST);
    }

    #[test]
    fn nothing_wrong_is_ok() {
        let results = Results::default().with_missing(0, std::iter::empty());
        assert!(results.ok && results.results.is_empty());
    }

    #[test]
    fn what_did_not_come_follows_what_was_wrong() {
        let mut results = Results::default();
        results.error("/", "no JSON");
        let results = results.with_missing(7, [("a", "the request \"a\"")].into_iter());
        assert!(!results.ok);
        let brief: Vec<_> = results
            .results
            .iter()
            .map(|it| (&*it.path, &*it.error))
            .collect();
        assert_eq!(
            brief,
            [
                ("/", "no JSON"),
                (
                    "",
                    "7 messages of a batch have come and have not been answered"
                ),
                ("a", "the request \"a\" was expected and did not come")
            ]
        );
    }

    #[test]
    fn the_number_of_results_is_bounded() {
        let mut results = Results::default();
        for _ in 0..MOST + 3 {
            results.mismatches("a", Vec::new());
        }
        let results = results.with_missing(0, std::iter::empty()).results;
        assert_eq!(results.len(), MOST + 1);
        assert_eq!(results[MOST].error, "and 3 more");
    }
}
