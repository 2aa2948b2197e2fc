//! That nothing is lost on the way through both conversions; single fields are what `tests/equivalence.rs` is for.

use pact_plugin_driver::proto_v2 as message;
use pact_wasm::model::{FieldSource, FieldValue, MatchFieldRequest, MatchingRule};

use super::{from_message, to_message};

#[test]
fn whole_and_decimal_numbers_stay_apart() {
    for value in [
        FieldValue::Integer(2),
        FieldValue::Decimal(2.0),
        FieldValue::Integer(i64::MAX),
        FieldValue::Null,
        FieldValue::Bytes(vec![0, 255]),
    ] {
        let there = to_message::field_value(value.clone());
        assert_eq!(
            from_message::field_value(Some(there.unwrap())).unwrap(),
            value
        );
    }
}

#[test]
fn a_single_value_in_the_form_of_a_structured_one_is_that_value() {
    use message::field_value::Value::StructuredValue;
    let structured = |json: serde_json::Value| {
        let value = pact_plugin_driver::utils::to_proto_value(&json);
        let value = Some(StructuredValue(value));
        from_message::field_value(Some(message::FieldValue { value })).unwrap()
    };
    assert_eq!(structured("a".into()), FieldValue::Text("a".into()));
    assert_eq!(structured(1.5.into()), FieldValue::Decimal(1.5));
    assert!(matches!(
        structured(serde_json::json!([1])),
        FieldValue::Json(_)
    ));
}

#[test]
fn a_request_for_the_driver_comes_back_as_it_was() {
    let request = MatchFieldRequest {
        key: "type".into(),
        rule: MatchingRule {
            rule_type: "type".into(),
            values: None,
        },
        path: "$.a".into(),
        mismatch_type: FieldSource::Header,
        expected: FieldValue::Text("a".into()),
        actual: FieldValue::Null,
        plugin_configuration: None,
        test_context: None,
    };
    let there = to_message::match_field_request(&request);
    assert_eq!(
        from_message::match_field_request(there.unwrap()).unwrap(),
        request
    );
}

#[test]
fn what_is_missing_is_named() {
    let error = from_message::compare_request(message::CompareContentsRequest::default());
    assert_eq!(
        error.unwrap_err().to_string(),
        "argument \"expected\" is missing in the request"
    );
    let request = message::MatchFieldRequest {
        rule: Some(message::MatchingRule::default()),
        mismatch_type: "cookie".into(),
        ..Default::default()
    };
    let error = from_message::match_field_request(request).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("\"cookie\"; there are body, header"),
        "{error}"
    );
}
