//! Rendering a table for people.

/// Names and example values as a table in CommonMark, or rather in its extension for tables, which Pact's documentation
/// tools know.
pub fn render<'a>(
    names: impl Iterator<Item = &'a str>,
    values: impl Iterator<Item = &'a str>,
) -> String {
    let names: Vec<String> = names.map(cell).collect();
    let values: Vec<String> = values.map(cell).collect();
    let rule = vec!["---"; names.len()].join("|");
    format!(
        "# Data\n\n|{}|\n|{rule}|\n|{}|\n",
        names.join("|"),
        values.join("|")
    )
}

/// A cell is one line, and a bar ends it.
fn cell(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace(['\r', '\n'], " ")
        .replace('\\', "\\\\")
        .replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_shown() {
        let names = ["id", "a|b"];
        let values = ["1", "two\r\nlines\\"];
        assert_eq!(
            render(names.into_iter(), values.into_iter()),
            "# Data\n\n|id|a\\|b|\n|---|---|\n|1|two lines\\\\|\n"
        );
    }
}
