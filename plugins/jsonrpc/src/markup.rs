//! Rendering a message for people.

use serde_json::Value;

use crate::interaction::Message;

/// A heading and the body, in CommonMark.
pub fn render(heading: &str, message: &Message) -> String {
    let body = serde_json::from_str::<Value>(&message.body)
        .and_then(|body| serde_json::to_string_pretty(&body));
    let body = body.unwrap_or_else(|_| message.body.clone());
    let fence = fence(&body);
    format!("# {heading}\n\n{fence}json\n{body}\n{fence}\n")
}

/// Longer than any run of backticks in the text, since such a run would end the block.
fn fence(text: &str) -> String {
    let longest = text
        .split(|letter| letter != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    "`".repeat(3.max(longest + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &str) -> Message {
        Message {
            body: body.to_owned(),
            content_type: "application/json".to_owned(),
            rules: Vec::new(),
            generators: Vec::new(),
        }
    }

    #[test]
    fn the_body_is_shown_indented() {
        assert_eq!(
            render("Request", &message(r#"{"a":[1]}"#)),
            "# Request\n\n```json\n{\n  \"a\": [\n    1\n  ]\n}\n```\n"
        );
    }

    #[test]
    fn backticks_do_not_end_the_block() {
        let markup = render("Response", &message(r#"{"a":"x```y"}"#));
        assert!(markup.ends_with("\n````\n"), "{markup}");
        assert!(markup.contains("\n````json\n"), "{markup}");
    }
}
