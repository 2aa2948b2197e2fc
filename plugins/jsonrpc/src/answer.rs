//! Writing answers.

use definitions::types::Mismatch;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// The errors that the specification defines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Code {
    ParseError,
    InvalidRequest,
    MethodNotFound,
    InvalidParams,
    InternalError,
}

impl Code {
    /// The number that the specification gives the error.
    pub fn number(self) -> i32 {
        match self {
            Code::ParseError => -32700,
            Code::InvalidRequest => -32600,
            Code::MethodNotFound => -32601,
            Code::InvalidParams => -32602,
            Code::InternalError => -32603,
        }
    }

    /// The message that the specification gives the error.
    pub fn message(self) -> &'static str {
        match self {
            Code::ParseError => "Parse error",
            Code::InvalidRequest => "Invalid Request",
            Code::MethodNotFound => "Method not found",
            Code::InvalidParams => "Invalid params",
            Code::InternalError => "Internal error",
        }
    }
}

/// Writes all of an answer that stands before the id.
pub fn start(output: &mut Vec<u8>, member: &str, value: &str) {
    for part in ["{\"jsonrpc\":\"2.0\",\"", member, "\":", value, ",\"id\":"] {
        output.extend_from_slice(part.as_bytes());
    }
}

/// Writes the id and the end.
pub fn end(output: &mut Vec<u8>, id: &str) {
    output.extend_from_slice(id.as_bytes());
    output.push(b'}');
}

/// Writes an error. Where the id is not known, it is null.
pub fn error(output: &mut Vec<u8>, id: Option<&RawValue>, code: Code, data: &Value) {
    let error = json!({ "code": code.number(), "message": code.message(), "data": data });
    start(output, "error", &error.to_string());
    end(output, id.map_or("null", RawValue::get));
}

/// Mismatches as the data of an error.
pub fn mismatches(mismatches: &[Mismatch]) -> Value {
    let text = |bytes: &Option<Vec<u8>>| {
        let bytes = bytes.as_deref()?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    };
    mismatches
        .iter()
        .map(|it| {
            json!({
                "path": it.path,
                "mismatch": it.description,
                "expected": text(&it.expected),
                "actual": text(&it.actual),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expected::mismatch;

    #[test]
    fn errors_are_answers_with_an_id() {
        let id: Box<RawValue> = serde_json::from_str("\"x\"").unwrap();
        let mut output = Vec::new();
        error(&mut output, Some(&id), Code::MethodNotFound, &json!("why"));
        assert_eq!(
            String::from_utf8(output).unwrap(),
            r#"{"jsonrpc":"2.0","error":{"code":-32601,"data":"why","message":"Method not found"},"id":"x"}"#
        );
        let mut output = Vec::new();
        error(&mut output, None, Code::ParseError, &json!(null));
        assert!(output.ends_with(b",\"id\":null}"));
    }

    #[test]
    fn mismatches_are_listed() {
        let found = mismatch("$.params", Some("[1]"), None, "missing".to_owned());
        assert_eq!(
            mismatches(&[found]),
            json!([{"path": "$.params", "mismatch": "missing", "expected": "[1]", "actual": null}])
        );
    }
}
