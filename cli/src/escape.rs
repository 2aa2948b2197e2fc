//! Control characters in texts that are not ours: what a plugin logs, what its author wrote into it. Terminals obey them, and could be
//! made to show something else than what is there.

/// The text with its control characters escaped, as they would be in Rust. Line breaks and tabs stay, and so do the sequences that are
/// `ours`.
pub fn for_terminal(text: &str, ours: &[&str]) -> String {
    escaped(text, ours, |letter| letter.escape_unicode().to_string())
}

/// JSON that means the same. It has control characters in texts alone, beside its own line breaks.
pub fn for_json(json: &str) -> String {
    escaped(json, &[], |letter| format!("\\u{:04x}", u32::from(letter)))
}

fn escaped(text: &str, ours: &[&str], escape: impl Fn(char) -> String) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let length = match ours.iter().find(|it| rest.starts_with(**it)) {
            Some(sequence) => {
                shown.push_str(sequence);
                sequence.len()
            }
            None => {
                match is_harmful(letter) {
                    true => shown.push_str(&escape(letter)),
                    false => shown.push(letter),
                }
                letter.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    shown
}

/// Control characters, and those that change the direction of what stands beside them (UAX #9).
fn is_harmful(letter: char) -> bool {
    let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || letter.is_control() && !matches!(letter, '\n' | '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_are_told_nothing() {
        let hidden = "a\r\x1b[2K\x1b[8m\u{9b}1A\u{202e}b\tc\nd";
        assert_eq!(
            for_terminal(hidden, &[]),
            "a\\u{d}\\u{1b}[2K\\u{1b}[8m\\u{9b}1A\\u{202e}b\tc\nd"
        );
        assert_eq!(
            for_terminal("\x1b[1mä\x1b[0m\x1b[8m", &["\x1b[1m", "\x1b[0m"]),
            "\x1b[1mä\x1b[0m\\u{1b}[8m"
        );
    }

    #[test]
    fn json_means_the_same() {
        let value = serde_json::json!({ "a\u{7f}": "\x1b\u{9b}\u{202e}\n" });
        let json = serde_json::to_string_pretty(&value).unwrap();
        let shown = for_json(&json);
        assert!(!shown.contains(['\u{7f}', '\u{9b}', '\u{202e}']), "{shown}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&shown).unwrap(),
            value
        );
    }
}
