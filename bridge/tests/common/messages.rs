//! Messages that tests send.

use pact_plugin_driver::proto_v2 as v2;
use pact_plugin_driver::utils::to_proto_struct;
use serde_json::Value;

/// A body.
pub fn body(content_type: &str, content: &[u8]) -> v2::Body {
    v2::Body {
        content_type: content_type.into(),
        content: Some(content.to_vec()),
        ..Default::default()
    }
}

/// A request to compare with nothing.
pub fn compare(content_type: &str, actual: &[u8]) -> v2::CompareContentsRequest {
    v2::CompareContentsRequest {
        expected: Some(body(content_type, b"")),
        actual: Some(body(content_type, actual)),
        ..Default::default()
    }
}

/// An object.
pub fn structure(json: Value) -> prost_types::Struct {
    let Value::Object(map) = json else {
        panic!("an object")
    };
    to_proto_struct(&map.into_iter().collect())
}
