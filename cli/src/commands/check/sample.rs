//! A text that a regular expression takes: a content type that a plugin is for.

use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Repetition};

/// How long a sample may be, in bytes. Content types are much shorter.
const LONGEST: usize = 256;
/// How many parts of an expression may be written. What repeats nothing grows no sample, and takes time all the same.
const MOST_PARTS: usize = 10_000;
/// How long an expression may be, in bytes. Two of them can stand for a class that takes thousands.
pub const LONGEST_PATTERN: usize = 4096;

/// The shortest that comes to mind. None where the expression is none, takes what is no text, or only what is too long.
pub fn sample(pattern: &str) -> Option<String> {
    if pattern.len() > LONGEST_PATTERN {
        return None;
    }
    let mut sample = Sample {
        text: String::new(),
        parts: 0,
    };
    sample.write(&regex_syntax::parse(pattern).ok()?)?;
    Some(sample.text)
}

struct Sample {
    text: String,
    parts: usize,
}

impl Sample {
    fn write(&mut self, hir: &Hir) -> Option<()> {
        self.parts += 1;
        if self.parts > MOST_PARTS {
            return None;
        }
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(literal) => self.push(std::str::from_utf8(&literal.0).ok()?)?,
            HirKind::Class(Class::Unicode(class)) => {
                self.push(member(class)?.encode_utf8(&mut [0; 4]))?;
            }
            HirKind::Class(Class::Bytes(_)) => return None,
            HirKind::Repetition(repetition) => {
                for _ in 0..times(repetition) {
                    self.write(&repetition.sub)?;
                }
            }
            HirKind::Capture(capture) => self.write(&capture.sub)?,
            HirKind::Concat(parts) => parts.iter().try_for_each(|it| self.write(it))?,
            HirKind::Alternation(branches) => self.write(branches.first()?)?,
        }
        Some(())
    }

    fn push(&mut self, text: &str) -> Option<()> {
        self.text.push_str(text);
        (self.text.len() <= LONGEST).then_some(())
    }
}

fn times(repetition: &Repetition) -> u32 {
    match (repetition.min, repetition.max) {
        // `x/.*` is more of a content type with something there.
        (0, None) => 1,
        (times, _) => times,
    }
}

/// A letter if there is one.
fn member(class: &ClassUnicode) -> Option<char> {
    let contains = |letter: char| {
        class
            .iter()
            .any(|it| it.start() <= letter && letter <= it.end())
    };
    let first = class.iter().next().map(|it| it.start());
    ['a', 'x', '0', '-']
        .into_iter()
        .find(|it| contains(*it))
        .or(first)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn samples_are_taken_by_their_expressions() {
        for (pattern, expected) in [
            ("text/csv", "text/csv"),
            (r"application/jwt\+json", "application/jwt+json"),
            (r"application/vnd\.echo(\+json)?", "application/vnd.echo"),
            ("x/.*", "x/a"),
            ("application/(a|b)[0-9]{2}", "application/a00"),
            (r"^text/[^a]+$", "text/x"),
        ] {
            assert_eq!(sample(pattern).as_deref(), Some(expected), "{pattern}");
            let anchored = regex::Regex::new(&format!("^(?:{pattern})$")).unwrap();
            assert!(anchored.is_match(expected));
        }
        assert_eq!(sample("text/("), None);
    }

    #[test]
    fn samples_that_are_too_long_are_not_made() {
        assert_eq!(sample("a{256}"), Some("a".repeat(256)));
        for pattern in [
            "a{257}",
            "(((a{99}){99}){99}){99}b",
            // Nothing, many times over.
            "((((a?){99}){99}){99}){99}",
            "(a?){4294967295}",
        ] {
            let start = Instant::now();
            assert_eq!(sample(pattern), None, "{pattern}");
            let took = start.elapsed();
            assert!(took < Duration::from_secs(5), "{pattern} took {took:?}");
        }
        let classes = r"\w".repeat(LONGEST_PATTERN / 2);
        assert_eq!(sample(&classes), None, "the sample is too long");
        let choice = format!("a|{}", &classes[2..]);
        assert_eq!(sample(&choice), Some("a".to_string()));
        let long = format!("a|{classes}");
        assert_eq!(sample(&long), None, "the expression is too long");
    }
}
