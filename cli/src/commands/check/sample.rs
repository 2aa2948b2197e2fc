//! A text that a regular expression takes: a content type that a plugin is for.

use regex_syntax::hir::{Class, Hir, HirKind};

/// The shortest that comes to mind. None where the expression is none, or takes what is no text.
pub fn sample(pattern: &str) -> Option<String> {
    let mut text = String::new();
    write(&regex_syntax::parse(pattern).ok()?, &mut text)?;
    Some(text)
}

fn write(hir: &Hir, text: &mut String) -> Option<()> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(Class::Unicode(class)) => text.push(member(class)?),
        HirKind::Class(Class::Bytes(_)) => return None,
        HirKind::Repetition(repetition) => {
            // `x/.*` is more of a content type with something there.
            let times = match (repetition.min, repetition.max) {
                (0, None) => 1,
                (times, _) => times.min(100),
            };
            for _ in 0..times {
                write(&repetition.sub, text)?;
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, text)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|it| write(it, text))?,
        HirKind::Alternation(branches) => write(branches.first()?, text)?,
    }
    Some(())
}

/// A letter if there is one.
fn member(class: &regex_syntax::hir::ClassUnicode) -> Option<char> {
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
}
