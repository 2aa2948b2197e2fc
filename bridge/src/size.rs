//! Answers that drivers take. All of them have gRPC's default limit, and show their users nothing but that it was passed.

use pact_plugin_driver::proto_v2::CompareContentsResponse;
use prost::Message;

/// Of one message, in bytes.
const MOST: usize = 4 << 20;

/// Leaves out the values of mismatches, which are whole bodies sometimes, where the answer would be too large with them. What is wrong is in
/// the descriptions.
pub fn fit(response: &mut CompareContentsResponse) {
    if response.encoded_len() <= MOST {
        return;
    }
    for mismatches in response.results.values_mut() {
        for mismatch in &mut mismatches.mismatches {
            mismatch.expected = None;
            mismatch.actual = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pact_plugin_driver::proto_v2::{ContentMismatch, ContentMismatches};

    #[test]
    fn values_are_left_out_where_they_are_too_large() {
        let of = |length| {
            let mismatch = ContentMismatch {
                expected: Some(vec![0; length]),
                actual: Some(vec![1; length]),
                mismatch: "differs".into(),
                ..Default::default()
            };
            let mut response = CompareContentsResponse::default();
            let mismatches = vec![mismatch];
            response
                .results
                .insert("$".into(), ContentMismatches { mismatches });
            fit(&mut response);
            response.results["$"].mismatches[0].clone()
        };
        assert_eq!(of(2_000_000).expected.unwrap().len(), 2_000_000);
        let large = of(2_200_000);
        assert_eq!((large.expected, large.actual), (None, None));
        assert_eq!(large.mismatch, "differs");
    }
}
