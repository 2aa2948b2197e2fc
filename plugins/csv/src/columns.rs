//! The rows of a table, taken apart into columns.

use std::ops::Range;

use crate::table::{Fields, Malformed};

/// The cells of a column: their texts one after the other, and where each ends. That is how the host wants them.
#[derive(Default)]
pub struct Column {
    pub texts: String,
    pub ends: Vec<u32>,
}

impl Column {
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let cell = &self.texts[start..*end as usize];
            start = *end as usize;
            cell
        })
    }

    fn push(&mut self, cell: &str) {
        self.texts.push_str(cell);
        // A component's memory has less than 4 GiB.
        self.ends.push(self.texts.len() as u32);
    }

    /// Drops all but the first cells.
    fn truncate(&mut self, count: usize) {
        self.ends.truncate(count);
        let end = self.ends.last().map_or(0, |end| *end as usize);
        self.texts.truncate(end);
    }
}

/// A row with too few or too many fields. Its cells are in no column.
#[derive(Debug, PartialEq)]
pub struct Ragged {
    /// How many rows before it are not ragged.
    before: usize,
    pub fields: usize,
    /// Where its first field is.
    pub at: usize,
}

/// The rows of a table by columns.
pub struct Rows {
    pub columns: Vec<Column>,
    pub ragged: Vec<Ragged>,
    /// How many rows are not ragged.
    pub whole: usize,
    /// How many fields those have.
    pub width: usize,
}

impl Rows {
    /// Reads the rows that are left. Each has to have as many fields as there are `targets`, which say for each field which of
    /// the `count` columns it belongs to, if to any.
    pub fn gather(
        fields: &mut Fields<'_>,
        targets: &[Option<usize>],
        count: usize,
    ) -> Result<Rows, Malformed> {
        let mut rows = Rows {
            columns: Vec::new(),
            ragged: Vec::new(),
            whole: 0,
            width: targets.len(),
        };
        rows.columns.resize_with(count, Column::default);
        let mut index = 0;
        let mut row_start = 0;
        while let Some(field) = fields.next_field()? {
            if index == 0 {
                row_start = field.place.start;
            }
            let target = targets.get(index).copied().flatten();
            if let Some(column) = target.and_then(|target| rows.columns.get_mut(target)) {
                column.push(&field.text(fields.table));
            }
            index += 1;
            if field.ends_row {
                let row = row_start..field.place.end;
                rows.end_row(index, row, fields.table.len());
                index = 0;
            }
        }
        Ok(rows)
    }

    /// Makes room for this many rows like the one that is there, so that the columns of a long table need not be moved
    /// again and again.
    fn make_room(&mut self, rows: usize) {
        for column in &mut self.columns {
            column.texts.reserve(column.texts.len() * rows);
            column.ends.reserve(rows);
        }
    }

    fn end_row(&mut self, fields: usize, row: Range<usize>, table_length: usize) {
        if fields == self.width {
            self.whole += 1;
            if self.whole == 1 {
                self.make_room(table_length / (row.len() + 1));
            }
            return;
        }
        for column in &mut self.columns {
            column.truncate(self.whole);
        }
        self.ragged.push(Ragged {
            before: self.whole,
            fields,
            at: row.start,
        });
    }

    /// The number in the table, from 1, of a row that is not ragged, by its number from 0 among those.
    pub fn row_number(&self, index: usize) -> usize {
        index + 1 + self.ragged.partition_point(|ragged| ragged.before <= index)
    }

    /// The number in the table, from 1, of a ragged row.
    pub fn ragged_number(&self, index: usize) -> usize {
        self.ragged[index].before + index + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gather(table: &str, targets: &[Option<usize>], count: usize) -> Rows {
        Rows::gather(&mut Fields::new(table, b','), targets, count)
            .unwrap_or_else(|error| panic!("{}", error.describe(table)))
    }

    #[test]
    fn fields_go_to_their_columns() {
        let rows = gather("a,b,c\n1,2,\"3\"\n", &[Some(1), None, Some(0)], 3);
        assert_eq!(rows.whole, 2);
        assert_eq!(rows.columns[0].cells().collect::<Vec<_>>(), ["c", "3"]);
        assert_eq!(rows.columns[1].texts, "a1");
        assert_eq!(rows.columns[1].ends, [1, 2]);
        assert!(rows.columns[2].ends.is_empty());
    }

    #[test]
    fn ragged_rows_are_left_out_and_the_others_keep_their_numbers() {
        let table = "x\na,b\n1,2,3\n,\nlast,\ny";
        let rows = gather(table, &[Some(0), Some(1)], 2);
        assert_eq!(
            rows.columns[0].cells().collect::<Vec<_>>(),
            ["a", "", "last"]
        );
        assert_eq!(rows.columns[1].ends, [1, 1, 1]);
        let numbers: Vec<_> = (0..rows.whole)
            .map(|index| rows.row_number(index))
            .collect();
        assert_eq!(numbers, [2, 4, 5]);
        let ragged: Vec<_> = rows
            .ragged
            .iter()
            .enumerate()
            .map(|(index, ragged)| (rows.ragged_number(index), ragged.fields, ragged.at))
            .collect();
        assert_eq!(ragged, [(1, 1, 0), (3, 3, 6), (6, 1, 20)]);
    }
}
