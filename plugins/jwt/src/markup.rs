//! Rendering a token for people.

use serde_json::{Map, Value};

/// Header and claims as CommonMark. The signature says nothing to people, and keys are not shown.
pub fn render(header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
    format!(
        "#### JSON Web Token\n\nHeader:\n\n{}\nClaims:\n\n{}",
        fenced(header),
        fenced(claims)
    )
}

fn fenced(map: &Map<String, Value>) -> String {
    // No line of indented JSON can end the block: none begins with a backtick.
    format!("```json\n{:#}\n```\n", Value::Object(map.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn header_and_claims_are_shown() {
        let header = json!({"alg": "RS512"});
        let claims = json!({"sub": "```"});
        assert_eq!(
            render(header.as_object().unwrap(), claims.as_object().unwrap()),
            "#### JSON Web Token\n\nHeader:\n\n```json\n{\n  \"alg\": \"RS512\"\n}\n```\n\nClaims:\n\n```json\n{\n  \
             \"sub\": \"```\"\n}\n```\n"
        );
    }
}
