//! The columns of a table: what they are called, and what stands for them in path expressions.

use std::borrow::Cow;

use crate::findings::Findings;
use crate::settings::Settings;
use crate::table::{Fields, Malformed};

/// Names of columns in their order: those in the header line, or numbers from 1 where there is none.
pub type Names<'a> = Vec<Cow<'a, str>>;

/// The names of a table's columns; none if the table has no lines. The header line, if there is one, is read.
pub fn read<'a>(
    fields: &mut Fields<'a>,
    settings: Settings,
) -> Result<Option<Names<'a>>, Malformed> {
    if settings.headers {
        return fields.next_row();
    }
    let first_row = fields.clone().next_row()?;
    Ok(first_row.map(|row| numbers(row.len())))
}

fn numbers<'a>(count: usize) -> Names<'a> {
    (1..=count)
        .map(|number| Cow::Owned(number.to_string()))
        .collect()
}

/// The path expression of a column. Names that Pact's path expressions cannot hold as they are stand in brackets.
pub fn expression(name: &str) -> String {
    let plain = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | ':' | '#' | '@');
    if name.chars().all(plain) {
        format!("{PREFIX}{name}")
    } else {
        format!("{OPEN}{PREFIX}{name}{CLOSE}")
    }
}

const PREFIX: &str = "column:";
const OPEN: &str = "$['";
const CLOSE: &str = "']";

/// What no path expression can hold.
pub const UNSPEAKABLE: char = '\'';

/// The column that a path expression stands for, by its index. A number that is nobody's name is a position.
pub fn find(names: &[Cow<'_, str>], expression: &str) -> Option<usize> {
    let in_brackets = expression
        .strip_prefix(OPEN)
        .and_then(|it| it.strip_suffix(CLOSE));
    let wanted = in_brackets.unwrap_or(expression).strip_prefix(PREFIX)?;
    let by_name = names.iter().position(|name| name == wanted);
    by_name.or_else(|| {
        let index = wanted.parse::<usize>().ok()?.checked_sub(1)?;
        (index < names.len()).then_some(index)
    })
}

/// A name that occurs twice.
pub fn repeated<T: AsRef<str> + PartialEq>(names: &[T]) -> Option<&str> {
    let repeats = |(index, name): &(usize, &T)| names[..*index].contains(name);
    let (_, name) = names.iter().enumerate().find(repeats)?;
    Some(name.as_ref())
}

/// Compares the columns of two tables, and says for each actual one which expected one it is, if any.
pub fn compare(
    findings: &mut Findings,
    expected: &[Cow<'_, str>],
    actual: &[Cow<'_, str>],
    allow_unexpected: bool,
) -> Vec<Option<usize>> {
    let mut found = vec![false; expected.len()];
    let mut targets = Vec::with_capacity(actual.len());
    for name in actual {
        let mut target = expected.iter().position(|expected| expected == name);
        match target {
            Some(index) if found[index] => {
                let description = format!("there is more than one column {name:?}");
                findings.add(&expression(name), None, Some(name.as_bytes()), description);
                target = None;
            }
            Some(index) => found[index] = true,
            None if allow_unexpected => {}
            None => {
                let description = format!("the column {name:?} was not expected");
                findings.add(&expression(name), None, Some(name.as_bytes()), description);
            }
        }
        targets.push(target);
    }
    for (name, _) in expected.iter().zip(found).filter(|(_, found)| !found) {
        let description = format!("the column {name:?} is missing");
        findings.add(&expression(name), Some(name.as_bytes()), None, description);
    }
    compare_order(findings, expected, &targets);
    targets
}

fn compare_order(findings: &mut Findings, expected: &[Cow<'_, str>], targets: &[Option<usize>]) {
    let actual: Vec<usize> = targets.iter().copied().flatten().collect();
    if actual.is_sorted() {
        return;
    }
    let mut ordered = actual.clone();
    ordered.sort_unstable();
    let list = |order: &[usize]| {
        let names: Vec<&str> = order.iter().map(|index| &*expected[*index]).collect();
        names.join(", ")
    };
    let (expected, actual) = (list(&ordered), list(&actual));
    let description =
        format!("the columns are in another order: expected {expected}, but they are {actual}");
    findings.add(
        "header",
        Some(expected.as_bytes()),
        Some(actual.as_bytes()),
        description,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<'a>(names: &[&'a str]) -> Names<'a> {
        names.iter().copied().map(Cow::Borrowed).collect()
    }

    #[test]
    fn columns_are_found_by_name_and_then_by_number() {
        let names = names(&["id", "3", "last one"]);
        for (expression, index) in [
            ("column:id", Some(0)),
            ("column:3", Some(1)),
            ("column:2", Some(1)),
            ("column:last one", Some(2)),
            ("$['column:last one']", Some(2)),
            ("$['column:id']", Some(0)),
            ("column:0", None),
            ("column:4", None),
            ("column:ID", None),
            ("id", None),
        ] {
            assert_eq!(find(&names, expression), index, "{expression}");
        }
    }

    #[test]
    fn expressions_are_such_as_pact_can_read() {
        for (name, wanted) in [
            ("Name", "column:Name"),
            ("größe_1", "column:größe_1"),
            ("First Name", "$['column:First Name']"),
            ("a.b", "$['column:a.b']"),
        ] {
            assert_eq!(expression(name), wanted);
            assert_eq!(find(&names(&["x", name]), wanted), Some(1));
        }
    }

    #[test]
    fn repeated_names_are_noticed() {
        assert_eq!(repeated(&names(&["a", "b", "a", "b"])), Some("a"));
        assert_eq!(repeated(&names(&["a", "A"])), None);
    }
}
