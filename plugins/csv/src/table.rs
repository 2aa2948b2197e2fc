//! Tables as text (RFC 4180): splitting into fields, and writing single cells.
//!
//! Lines end with LF, CRLF or CR. Lines without anything on them are no rows. Where the format leaves no doubt that a table
//! is broken, it is said to be broken, with the line: readers of such tables guess, and not all guess alike.

use std::borrow::Cow;
use std::ops::Range;

use crate::marks::Marks;

const QUOTE: u8 = b'"';

/// A field, by its place in the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// From the first to the last byte, quotes included.
    pub place: Range<usize>,
    pub ends_row: bool,
    quotes: Quotes,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Quotes {
    None,
    /// Around the text.
    Around,
    /// Around the text, and doubled ones in it.
    Inside,
}

impl Field {
    /// What the field says.
    // Both this and `next_field` run for every cell; inlined, they take half the time.
    #[inline(always)]
    pub fn text<'a>(&self, table: &'a str) -> Cow<'a, str> {
        let Range { start, end } = self.place;
        match self.quotes {
            Quotes::None => Cow::Borrowed(&table[start..end]),
            Quotes::Around => Cow::Borrowed(&table[start + 1..end - 1]),
            Quotes::Inside => Cow::Owned(table[start + 1..end - 1].replace("\"\"", "\"")),
        }
    }
}

/// Where a table is broken, and how.
#[derive(Debug, PartialEq)]
pub struct Malformed {
    pub at: usize,
    problem: &'static str,
}

impl Malformed {
    /// In words, with the line.
    pub fn describe(&self, table: &str) -> String {
        let line = Lines::new(table).line_at(self.at);
        format!("line {line}: {}", self.problem)
    }
}

/// The fields of a table, one after the other.
#[derive(Clone)]
pub struct Fields<'a> {
    pub table: &'a str,
    delimiter: u8,
    marks: Marks<'a>,
    /// Where the next field begins.
    start: usize,
    /// Whether the next field belongs to a row that has begun.
    within_row: bool,
}

impl<'a> Fields<'a> {
    pub fn new(table: &'a str, delimiter: u8) -> Self {
        Fields {
            table,
            delimiter,
            marks: Marks::new(table.as_bytes(), delimiter),
            start: 0,
            within_row: false,
        }
    }

    /// The next field; none at the end of the table.
    #[inline(always)]
    pub fn next_field(&mut self) -> Result<Option<Field>, Malformed> {
        while let Some(mark) = self.marks.next() {
            let byte = self.table.as_bytes()[mark];
            if byte == QUOTE {
                return self.quoted_field(mark).map(Some);
            }
            let ends_row = byte != self.delimiter;
            // A line without anything on it, or the second half of CRLF.
            if ends_row && mark == self.start && !self.within_row {
                self.start = mark + 1;
                continue;
            }
            return Ok(Some(self.field(mark, ends_row, Quotes::None)));
        }
        let end = self.table.len();
        let ended = self.start >= end && !self.within_row;
        Ok((!ended).then(|| self.field(end, true, Quotes::None)))
    }

    /// A whole row; none at the end of the table.
    pub fn next_row(&mut self) -> Result<Option<Vec<Cow<'a, str>>>, Malformed> {
        let mut row = Vec::new();
        while let Some(field) = self.next_field()? {
            row.push(field.text(self.table));
            if field.ends_row {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    fn field(&mut self, end: usize, ends_row: bool, quotes: Quotes) -> Field {
        let place = self.start..end;
        self.start = end + 1;
        self.within_row = !ends_row;
        Field {
            place,
            ends_row,
            quotes,
        }
    }

    #[cold]
    #[inline(never)]
    fn quoted_field(&mut self, open: usize) -> Result<Field, Malformed> {
        if open != self.start {
            return Err(Malformed {
                at: open,
                problem: "a quote in a field that does not begin with one; expected the whole field in quotes, and each quote \
                          in it doubled",
            });
        }
        let bytes = self.table.as_bytes();
        let mut quotes = Quotes::Around;
        let close = loop {
            let Some(quote) = self.marks.find(|mark| bytes[*mark] == QUOTE) else {
                return Err(Malformed {
                    at: open,
                    problem: "the quote that begins a field here is never closed",
                });
            };
            if bytes.get(quote + 1) != Some(&QUOTE) {
                break quote;
            }
            quotes = Quotes::Inside;
            self.marks.next();
        };
        let end = close + 1;
        let after = bytes.get(end);
        if after.is_some() && self.marks.next() != Some(end) {
            return Err(Malformed {
                at: end,
                problem: "text after the quote that closes a field; expected a delimiter or the end of the line",
            });
        }
        Ok(self.field(end, after != Some(&self.delimiter), quotes))
    }
}

/// Counts lines up to positions that only go forward.
pub struct Lines<'a> {
    table: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    pub fn new(table: &'a str) -> Self {
        Lines {
            table,
            at: 0,
            line: 1,
        }
    }

    /// The number of the line, from 1.
    pub fn line_at(&mut self, at: usize) -> usize {
        let bytes = self.table.as_bytes();
        let ends_line = |at: &usize| match bytes[*at] {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        self.line += (self.at..at).filter(ends_line).count();
        self.at = at;
        self.line
    }
}

/// The text of a body, without the byte order mark that some programs begin it with. The error names the line.
pub fn text(content: &[u8]) -> Result<&str, String> {
    let text = std::str::from_utf8(content).map_err(|error| {
        let at = error.valid_up_to();
        let valid = std::str::from_utf8(&content[..at]).unwrap_or_default();
        let line = Lines::new(valid).line_at(at);
        format!("line {line}: the byte 0x{:02x} is not UTF-8", content[at])
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Writes a cell. `alone` means that it is the only one of its row: without quotes, an empty one would be no row.
pub fn write_cell(table: &mut String, cell: &str, delimiter: u8, alone: bool) {
    let plain = Marks::new(cell.as_bytes(), delimiter).next().is_none();
    if plain && !(alone && cell.is_empty()) {
        table.push_str(cell);
    } else {
        table.push('"');
        table.push_str(&cell.replace('"', "\"\""));
        table.push('"');
    }
}

/// Writes a row.
pub fn write_row<'a>(
    table: &mut String,
    cells: impl ExactSizeIterator<Item = &'a str>,
    delimiter: u8,
) {
    let alone = cells.len() == 1;
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            table.push(char::from(delimiter));
        }
        write_cell(table, cell, delimiter, alone);
    }
    table.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(table: &str) -> Vec<Vec<String>> {
        let mut fields = Fields::new(table, b',');
        let mut rows = Vec::new();
        while let Some(row) = fields.next_row().unwrap() {
            rows.push(row.into_iter().map(Cow::into_owned).collect());
        }
        rows
    }

    #[test]
    fn tables_are_split() {
        for (table, expected) in [
            ("", &[][..]),
            ("a", &[&["a"][..]]),
            ("a,b\nc,d\n", &[&["a", "b"], &["c", "d"]]),
            ("a,b\r\nc,d\r\n", &[&["a", "b"], &["c", "d"]]),
            ("a,b\rc,d", &[&["a", "b"], &["c", "d"]]),
            ("\n\r\na\n\n\nb\n\n", &[&["a"], &["b"]]),
            (",\n", &[&["", ""]]),
            ("a,", &[&["a", ""]]),
            ("a,\n,b", &[&["a", ""], &["", "b"]]),
            (" a , b ", &[&[" a ", " b "]]),
            ("\"a\"", &[&["a"]]),
            ("\"\"\n", &[&[""]]),
            ("\"a,b\",\"c\nd\r\ne\"\n", &[&["a,b", "c\nd\r\ne"]]),
            (
                "\"\"\"\",\"say \"\"hi\"\"\",x",
                &[&["\"", "say \"hi\"", "x"]],
            ),
            ("ä€😀,\"ö,\",日本語\n", &[&["ä€😀", "ö,", "日本語"]]),
        ] {
            assert_eq!(rows(table), expected, "{table:?}");
        }
    }

    #[test]
    fn other_delimiters() {
        let mut fields = Fields::new("a,b\t\"c\td\"\n", b'\t');
        assert_eq!(fields.next_row().unwrap().unwrap(), ["a,b", "c\td"]);
        assert_eq!(fields.next_row().unwrap(), None);
    }

    #[test]
    fn broken_tables_are_reported_with_the_line() {
        for (table, line, problem) in [
            ("a\nb\"c\n", 2, "a quote in a field"),
            ("a,b\n1, \"x\"\n", 2, "a quote in a field"),
            ("a\r\n\r\n\"x\ny\n", 3, "is never closed"),
            ("\"", 1, "is never closed"),
            ("\"a\"\"", 1, "is never closed"),
            ("\"a\nb\"c,d\n", 2, "text after the quote"),
            ("a\r\"b\" ,c", 2, "text after the quote"),
        ] {
            let mut fields = Fields::new(table, b',');
            let error = loop {
                match fields.next_row() {
                    Ok(row) => assert!(row.is_some(), "{table:?}"),
                    Err(error) => break error.describe(table),
                }
            };
            assert!(
                error.starts_with(&format!("line {line}: ")) && error.contains(problem),
                "{table:?}: {error}"
            );
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_reported_with_the_line() {
        assert_eq!(
            text(b"a\nb\xe4\n").unwrap_err(),
            "line 2: the byte 0xe4 is not UTF-8"
        );
        assert_eq!(text("\u{feff}a".as_bytes()).unwrap(), "a");
    }

    #[test]
    fn what_is_written_is_read_back() {
        for row in [
            &["a", "", "b,c"][..],
            &["say \"hi\"", "two\nlines", "cr\r"],
            &[""],
            &["", ""],
        ] {
            let mut table = String::new();
            write_row(&mut table, row.iter().copied(), b',');
            assert_eq!(rows(&table), [row], "{table:?}");
        }
        let mut table = String::new();
        write_row(&mut table, ["a,b", "c;d"].into_iter(), b';');
        assert_eq!(table, "a,b;\"c;d\"\n");
    }
}
