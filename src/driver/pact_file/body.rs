//! Bodies: JSON stands in the file as JSON, text as text, anything else in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};

use crate::model::{Body, ContentTypeHint};

/// The body as the file holds it; `None` for a missing one.
pub(super) fn to_json(body: &Body<'_>) -> Option<Value> {
    let bytes = body.content.as_deref()?;
    if bytes.is_empty() {
        return Some(json!({"content": ""}));
    }
    let (content, encoded) = match readable(body, bytes) {
        Some(value) => (value, Value::Bool(false)),
        None => (BASE64.encode(bytes).into(), "base64".into()),
    };
    let mut fields = Map::new();
    fields.insert("content".into(), content);
    if !body.content_type.is_empty() {
        fields.insert("contentType".into(), body.content_type.as_ref().into());
    }
    if let Some(hint) = hint(body.hint) {
        fields.insert("contentTypeHint".into(), hint.into());
    }
    fields.insert("encoded".into(), encoded);
    Some(fields.into())
}

fn hint(hint: ContentTypeHint) -> Option<&'static str> {
    match hint {
        ContentTypeHint::Default => None,
        ContentTypeHint::Text => Some("TEXT"),
        ContentTypeHint::Binary => Some("BINARY"),
    }
}

/// The body without base64, where its content type makes readers of the file take it for what it is. A hint that it is text
/// is not enough for Pact, which writes such a body in base64.
fn readable(body: &Body<'_>, bytes: &[u8]) -> Option<Value> {
    match Form::of(&body.content_type) {
        // Readers take null and the empty text for a body that is not there.
        Form::Json => serde_json::from_slice(bytes)
            .ok()
            .filter(|value: &Value| !value.is_null() && value != ""),
        Form::Text if body.hint != ContentTypeHint::Binary => {
            std::str::from_utf8(bytes).ok().map(Value::from)
        }
        Form::Text | Form::Binary => None,
    }
}

/// What Pact's libraries take bodies of a content type for.
#[derive(Debug, PartialEq, Eq)]
enum Form {
    Json,
    Text,
    Binary,
}

impl Form {
    fn of(content_type: &str) -> Self {
        let essence = content_type.split(';').next().unwrap_or_default();
        let essence = essence.to_ascii_lowercase();
        let (kind, name) = essence.split_once('/').unwrap_or_default();
        let (name, suffix) = name.rsplit_once('+').unwrap_or((name, ""));
        match kind {
            "application" if name.starts_with("json") || name == "graphql" => Form::Json,
            "application" if suffix == "json" => Form::Json,
            "application" if name == "xml" || suffix == "xml" => Form::Text,
            "application" if name == "x-www-form-urlencoded" => Form::Text,
            "text" => Form::Text,
            _ => Form::Binary,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(content_type: &'static str, content: &'static [u8], hint: ContentTypeHint) -> Value {
        let body = Body {
            content_type: content_type.into(),
            content: Some(content.into()),
            hint,
        };
        to_json(&body).unwrap()
    }

    #[test]
    fn json_text_and_binary_bodies_have_their_forms() {
        use ContentTypeHint::{Binary, Default, Text};
        let jsons = "application/vnd.api+json;charset=utf-8";
        for (content_type, content, hint, expected) in [
            (
                jsons,
                &b"{\"a\" : 2.0}"[..],
                Default,
                json!({"content": {"a": 2.0}, "encoded": false}),
            ),
            (
                jsons,
                b"\"text\"",
                Default,
                json!({"content": "text", "encoded": false}),
            ),
            (
                jsons,
                b"no JSON",
                Default,
                json!({"content": "bm8gSlNPTg==", "encoded": "base64"}),
            ),
            (
                jsons,
                b"null",
                Default,
                json!({"content": "bnVsbA==", "encoded": "base64"}),
            ),
            (
                jsons,
                b"\"\"",
                Default,
                json!({"content": "IiI=", "encoded": "base64"}),
            ),
            (
                "text/csv",
                b"a,b",
                Text,
                json!({"content": "a,b", "contentTypeHint": "TEXT", "encoded": false}),
            ),
            (
                "text/csv",
                b"a,\xff",
                Default,
                json!({"content": "YSz/", "encoded": "base64"}),
            ),
            (
                "text/csv",
                b"a,b",
                Binary,
                json!({"content": "YSxi", "contentTypeHint": "BINARY", "encoded": "base64"}),
            ),
            (
                "application/jwt",
                b"a.b.c",
                Text,
                json!({"content": "YS5iLmM=", "contentTypeHint": "TEXT", "encoded": "base64"}),
            ),
        ] {
            let mut expected = expected;
            expected["contentType"] = content_type.into();
            assert_eq!(of(content_type, content, hint), expected);
        }
    }

    #[test]
    fn missing_empty_and_unknown_bodies_differ() {
        let body = |content: Option<&'static [u8]>| Body {
            content_type: "".into(),
            content: content.map(Into::into),
            hint: ContentTypeHint::Default,
        };
        assert_eq!(to_json(&body(None)), None);
        assert_eq!(to_json(&body(Some(b""))), Some(json!({"content": ""})));
        // Without a type readers may take text for JSON, which would put quotes around it.
        assert_eq!(
            to_json(&body(Some(b"{}"))),
            Some(json!({"content": "e30=", "encoded": "base64"}))
        );
    }

    #[cfg(feature = "core-rules")]
    #[test]
    fn pact_takes_content_types_for_the_same() {
        use pact_models::content_types::ContentType;
        for content_type in [
            "application/json",
            "Application/JSON;charset=UTF-8",
            "application/json-patch",
            "application/vnd.api+json",
            "application/a+b+json",
            "application/graphql",
            "application/jwt",
            "application/jwt+json",
            "application/xml",
            "application/soap+xml; charset=utf-8",
            "application/x-www-form-urlencoded",
            "application/octet-stream",
            "application/x-yaml",
            "text/plain",
            "text/xml",
            "text/json",
            "text/vnd.a+json",
            "image/svg+xml",
            "image/png",
            "multipart/form-data",
            "audio/mpeg",
            "*/*",
        ] {
            let pact = ContentType::parse(content_type).unwrap();
            let form = match (pact.is_json(), pact.is_binary()) {
                (true, _) => Form::Json,
                (false, true) => Form::Binary,
                (false, false) => Form::Text,
            };
            assert_eq!(Form::of(content_type), form, "{content_type}");
        }
    }
}
