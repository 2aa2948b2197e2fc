//! Comparing tables. The first row of the expected table is the template for every row of the actual one.
//!
//! All differences are reported, not only the first: under `$`, `header`, `column:<name>`, `row:<n>` and
//! `row:<n> column:<name>`. Rows have numbers from 1, without the header line; where there are no headers, columns have
//! numbers from 1 for names.

use definitions::entries;

use crate::columns::{Column, Rows};
use crate::findings::{self, Findings};
use crate::header::{self, Names};
use crate::services::{LogLevel, Services};
use crate::settings::Settings;
use crate::table::{self, Fields, Lines, Malformed};
use definitions::types::{
    Body, CompareContentsRequest, ContentTypeMismatch, ContentsComparison, FieldSource,
    MatchTextsRequest, MatchingRule, Mismatch,
};

const TARGET: &str = "csv::compare";

/// Compares the actual table with the expected one.
pub fn compare(
    services: &dyn Services,
    request: &CompareContentsRequest,
) -> Result<ContentsComparison, String> {
    let (expected, actual) = (&request.expected, &request.actual);
    let mut comparison = Comparison {
        services,
        request,
        settings: Settings::load(request.plugin_configuration.as_ref())?,
        findings: Findings::default(),
    };
    // An expected body that is missing leaves the body open; an empty one asks for an empty one.
    let Some(expected_bytes) = &expected.content else {
        return Ok(comparison.findings.into_comparison());
    };
    let actual_bytes = actual.content.as_deref().unwrap_or_default();
    match (expected_bytes.is_empty(), actual_bytes.is_empty()) {
        (true, true) => {}
        (true, false) => comparison.body("expected an empty body".to_owned()),
        (false, true) if actual.content.is_none() => {
            comparison.body("expected a table, but the body is missing".to_owned());
        }
        (false, true) => comparison.body("expected a table, but the body is empty".to_owned()),
        (false, false) => {
            if is_other_type(&expected.content_type, &actual.content_type) {
                return Ok(content_type_mismatch(expected, actual));
            }
            comparison.compare_bodies(expected_bytes, actual_bytes)?;
        }
    }
    Ok(comparison.findings.into_comparison())
}

/// Whether the actual body is of another type, and not one of this plugin's either.
fn is_other_type(expected: &str, actual: &str) -> bool {
    let base = |content_type: &str| {
        let base = content_type.split(';').next().unwrap_or_default();
        base.trim().to_ascii_lowercase()
    };
    let actual = base(actual);
    base(expected) != actual && !matches!(&*actual, "text/csv" | "application/csv")
}

fn content_type_mismatch(expected: &Body, actual: &Body) -> ContentsComparison {
    ContentsComparison::ContentTypeMismatch(ContentTypeMismatch {
        expected: expected.content_type.clone(),
        actual: actual.content_type.clone(),
    })
}

/// What is expected of every row.
struct Template<'a> {
    names: Names<'a>,
    /// None where the expected table has a header line and nothing else.
    row: Option<Names<'a>>,
}

impl<'a> Template<'a> {
    fn read(table: &'a str, settings: Settings) -> Result<Template<'a>, String> {
        let mut fields = Fields::new(table, settings.delimiter);
        let describe = |malformed: Malformed| malformed.describe(table);
        let names = header::read(&mut fields, settings).map_err(describe)?;
        let names = names.ok_or("it has nothing but empty lines")?;
        if let Some(name) = header::repeated(&names) {
            return Err(format!("it has more than one column {name:?}"));
        }
        let row = fields.next_row().map_err(describe)?;
        if let Some(row) = row.as_ref().filter(|row| row.len() != names.len()) {
            let (fields, columns) = (row.len(), names.len());
            return Err(format!(
                "its first row has {fields} fields, but the header line has {columns}"
            ));
        }
        Ok(Template { names, row })
    }
}

struct Comparison<'a> {
    services: &'a dyn Services,
    request: &'a CompareContentsRequest,
    settings: Settings,
    findings: Findings,
}

impl<'a> Comparison<'a> {
    fn compare_bodies(&mut self, expected: &[u8], actual: &[u8]) -> Result<(), String> {
        let template = table::text(expected)
            .and_then(|table| Template::read(table, self.settings))
            .map_err(|error| format!("the expected body is not a table: {error}"))?;
        let rules = self.rules(&template.names);
        let table = match table::text(actual) {
            Ok(table) => table,
            Err(error) => {
                self.body(format!("the body is not a table: {error}"));
                return Ok(());
            }
        };
        match self.actual_rows(&template, table) {
            Ok(Some(rows)) => self.compare_rows(&template, &rules, table, rows),
            Ok(None) => {
                self.body("expected a table, but the body has nothing but empty lines".to_owned());
                Ok(())
            }
            Err(malformed) => {
                let problem = malformed.describe(table);
                self.body(format!("the body is not a table: {problem}"));
                Ok(())
            }
        }
    }

    /// The rules of each column. A rule without a column is no error, since without the rule the comparison is stricter.
    fn rules(&self, names: &Names<'_>) -> Vec<Vec<&'a MatchingRule>> {
        let mut by_column = vec![Vec::new(); names.len()];
        for (expression, rules) in &self.request.rules {
            match header::find(names, expression) {
                Some(index) => by_column[index].extend(rules),
                None => self.services.log(
                    LogLevel::Warn,
                    TARGET,
                    &format!(
                        "no expected column is at {expression:?}: its matching rules are not applied"
                    ),
                ),
            }
        }
        by_column
    }

    /// The rows of the actual table, by the columns of the template.
    fn actual_rows(
        &mut self,
        template: &Template<'_>,
        table: &str,
    ) -> Result<Option<Rows>, Malformed> {
        let mut fields = Fields::new(table, self.settings.delimiter);
        let Some(names) = header::read(&mut fields, self.settings)? else {
            return Ok(None);
        };
        let targets = header::compare(
            &mut self.findings,
            &template.names,
            &names,
            self.request.allow_unexpected_keys,
        );
        Rows::gather(&mut fields, &targets, template.names.len()).map(Some)
    }

    fn compare_rows(
        &mut self,
        template: &Template<'_>,
        rules: &[Vec<&MatchingRule>],
        table: &str,
        mut rows: Rows,
    ) -> Result<(), String> {
        self.report_ragged(table, &rows);
        let Some(row) = &template.row else {
            return Ok(());
        };
        if rows.whole + rows.ragged.len() == 0 {
            self.body("the table has no rows; expected at least one".to_owned());
        }
        let columns = std::mem::take(&mut rows.columns);
        for (index, column) in columns.into_iter().enumerate() {
            let (name, expected) = (&template.names[index], &row[index]);
            // Either the column is missing, which has been reported, or there are no rows.
            if column.ends.is_empty() {
                continue;
            }
            if rules[index].is_empty() {
                self.compare_equal(name, expected, &column, &rows);
            } else {
                self.apply_rules(name, expected, &rules[index], column, &rows)?;
            }
        }
        Ok(())
    }

    fn report_ragged(&mut self, table: &str, rows: &Rows) {
        let mut lines = Lines::new(table);
        for (index, ragged) in rows.ragged.iter().enumerate() {
            let path = format!("row:{}", rows.ragged_number(index));
            let description = format!(
                "the row in line {} has {} {}; expected {}, as many as there are columns",
                lines.line_at(ragged.at),
                ragged.fields,
                if ragged.fields == 1 {
                    "field"
                } else {
                    "fields"
                },
                rows.width
            );
            self.findings.add(&path, None, None, description);
        }
    }

    fn compare_equal(&mut self, name: &str, expected: &str, column: &Column, rows: &Rows) {
        for (index, actual) in column.cells().enumerate() {
            if actual == expected {
                continue;
            }
            self.findings.push(|| {
                findings::mismatch(
                    &cell_path(rows, index, name),
                    Some(expected.as_bytes()),
                    Some(actual.as_bytes()),
                    format!("expected {expected:?}, but it is {actual:?}"),
                )
            });
        }
    }

    /// Has the host apply the rules to the whole column, each in one call.
    fn apply_rules(
        &mut self,
        name: &str,
        expected: &str,
        rules: &[&MatchingRule],
        column: Column,
        rows: &Rows,
    ) -> Result<(), String> {
        let mut request = MatchTextsRequest {
            rule: rules[0].clone(),
            path: header::expression(name),
            mismatch_type: FieldSource::Body,
            expected: expected.to_owned(),
            texts: column.texts,
            ends: column.ends,
            plugin_configuration: self.request.plugin_configuration.clone(),
            test_context: self.request.test_context.clone(),
        };
        for rule in rules {
            request.rule = (*rule).clone();
            let entry = entries::matcher(&rule.type_);
            let mismatches = self
                .services
                .match_texts(&entry, &request)
                .map_err(|error| {
                    format!(
                        "the matching rule {:?} at {} cannot be applied: {error}",
                        rule.type_, request.path
                    )
                })?;
            for (index, mismatch) in mismatches {
                self.findings.push(|| Mismatch {
                    path: cell_path(rows, index as usize, name),
                    mismatch_type: Some("body".to_owned()),
                    ..mismatch
                });
            }
        }
        Ok(())
    }

    /// A mismatch of the whole bodies.
    fn body(&mut self, description: String) {
        let (expected, actual) = (&self.request.expected, &self.request.actual);
        self.findings.add(
            "$",
            expected.content.as_deref(),
            actual.content.as_deref(),
            description,
        );
    }
}

fn cell_path(rows: &Rows, index: usize, name: &str) -> String {
    format!("row:{} column:{name}", rows.row_number(index))
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
