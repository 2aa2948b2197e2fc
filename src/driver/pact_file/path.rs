//! Path expressions. A file with one that Pact's libraries cannot parse is refused by them as a whole, so it must not be
//! written.

/// Whether Pact's libraries can parse `expression`: `$` or a name, then `.name`, `.*`, `['any text']`, `[0]` or `[*]` as
/// often as needed.
pub(super) fn is_valid(expression: &str) -> bool {
    let mut rest = match expression.strip_prefix('$') {
        None if expression.is_empty() => Some(""),
        None if expression.starts_with(char::is_alphanumeric) => after_name(expression),
        rest => rest,
    };
    while let Some(text) = rest.filter(|text| !text.is_empty()) {
        rest = after_step(text);
    }
    rest.is_some()
}

fn after_step(text: &str) -> Option<&str> {
    match text.strip_prefix('.') {
        Some(name) => name.strip_prefix('*').or_else(|| after_name(name)),
        None => after_index(text.strip_prefix('[')?)?.strip_prefix(']'),
    }
}

fn after_name(text: &str) -> Option<&str> {
    let in_name = |c: char| c.is_alphanumeric() || "_-:#@".contains(c);
    let rest = text.trim_start_matches(in_name);
    (rest.len() < text.len()).then_some(rest)
}

fn after_index(text: &str) -> Option<&str> {
    if let Some(quoted) = text.strip_prefix('\'') {
        let (name, rest) = quoted.split_once('\'')?;
        return (!name.is_empty()).then_some(rest);
    }
    text.strip_prefix('*').or_else(|| {
        let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = &text[..text.len() - rest.len()];
        digits.parse::<u32>().is_ok().then_some(rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: [&str; 16] = [
        "",
        "$",
        "name",
        "column:1",
        "0",
        "header:Content-Type",
        "$.claims.exp",
        "$.a.*.b",
        "$.*",
        "$._id",
        "$.foo.#text",
        "$['First Name']",
        "$.a['b@1.'][0].c[*]",
        "a.b[12]",
        "$.ä",
        "column:ä['x']",
    ];
    const INVALID: [&str; 16] = [
        "column:First Name",
        "$a",
        "$.",
        "$..a",
        "_a",
        ".a",
        "$[",
        "$[]",
        "$['']",
        "$['a'",
        "$['a",
        "$[a]",
        "$[1a]",
        "$[-1]",
        "$['a']b",
        "a'b",
    ];

    #[test]
    fn valid_and_invalid_expressions_are_told_apart() {
        for expression in VALID {
            assert!(is_valid(expression), "{expression}");
        }
        for expression in INVALID {
            assert!(!is_valid(expression), "{expression}");
        }
    }

    #[cfg(feature = "core-rules")]
    #[test]
    fn pacts_own_parser_agrees() {
        use pact_models::path_exp::DocPath;
        for expression in VALID.into_iter().chain(INVALID) {
            assert_eq!(
                is_valid(expression),
                DocPath::new(expression).is_ok(),
                "{expression}"
            );
        }
    }
}
