//! Comparing bodies: the role of a content matcher. All differences are reported, not only the first.

use definitions::types::{
    Body, CompareContentsRequest, ContentTypeMismatch, ContentsComparison, Mismatch,
};

use crate::expected::{ExpectedRequest, ExpectedResponse, mismatch};
use crate::message::Members;
use crate::services::Services;

/// Compares the actual message with the expected one.
pub fn compare(
    services: &dyn Services,
    request: &CompareContentsRequest,
) -> Result<ContentsComparison, String> {
    let (expected, actual) = (&request.expected, &request.actual);
    // An expected body that is missing leaves the body open; an empty one asks for an empty one.
    let Some(expected_bytes) = &expected.content else {
        return Ok(by_path(Vec::new()));
    };
    let actual_bytes = actual.content.as_deref().unwrap_or_default();
    let whole = |description: &str| {
        let text = |body: &Body| {
            let bytes = body.content.as_deref()?;
            Some(String::from_utf8_lossy(bytes).into_owned())
        };
        let (expected, actual) = (text(expected), text(actual));
        let found = mismatch(
            "$",
            expected.as_deref(),
            actual.as_deref(),
            description.to_owned(),
        );
        Ok(by_path(vec![found]))
    };
    match (expected_bytes.is_empty(), actual_bytes.is_empty()) {
        (true, true) => return Ok(by_path(Vec::new())),
        (true, false) => return whole("expected an empty body"),
        (false, true) if actual.content.is_none() => {
            return whole("expected a JSON-RPC message, but the body is missing");
        }
        (false, true) => return whole("expected a JSON-RPC message, but the body is empty"),
        (false, false) => {}
    }
    if is_other_type(&expected.content_type, &actual.content_type) {
        return Ok(ContentsComparison::ContentTypeMismatch(
            ContentTypeMismatch {
                expected: expected.content_type.clone(),
                actual: actual.content_type.clone(),
            },
        ));
    }
    let members = match Members::parse(actual_bytes) {
        Ok(members) => members,
        Err(error) => {
            return whole(&format!(
                "the body is not a JSON-RPC message: {}",
                error.describe()
            ));
        }
    };
    messages(services, request, expected_bytes, &members).map(by_path)
}

fn messages(
    services: &dyn Services,
    request: &CompareContentsRequest,
    expected: &[u8],
    actual: &Members<'_>,
) -> Result<Vec<Mismatch>, String> {
    let rules = &request.rules;
    let allowed = request.allow_unexpected_keys;
    let context = request.test_context.as_deref();
    let is_request = Members::parse(expected).is_ok_and(|expected| expected.method.is_some());
    let flaw = |kind, flaw: crate::message::Flaw| {
        let problem = format!("the body is not a JSON-RPC {kind}: {}", flaw.description);
        vec![mismatch(flaw.path, None, None, problem)]
    };
    if is_request {
        let mut expected = ExpectedRequest::new(expected, rules, allowed, context)?;
        match actual.request() {
            Ok(request) => expected.mismatches(services, actual, &request),
            Err(found) => Ok(flaw("request", found)),
        }
    } else {
        let mut expected = ExpectedResponse::new(expected, rules, allowed, context)?;
        match actual.response() {
            Ok(response) => expected.mismatches(services, actual, &response),
            Err(found) => Ok(flaw("response", found)),
        }
    }
}

/// Whether the actual body is of another type, and not JSON either.
fn is_other_type(expected: &str, actual: &str) -> bool {
    let base = |content_type: &str| {
        let base = content_type.split(';').next().unwrap_or_default();
        base.trim().to_ascii_lowercase()
    };
    let actual = base(actual);
    base(expected) != actual
        && !actual.ends_with("json")
        && !matches!(
            &*actual,
            "application/jsonrpc" | "application/json-rpc" | "application/jsonrequest"
        )
}

fn by_path(mismatches: Vec<Mismatch>) -> ContentsComparison {
    let mut results: Vec<(String, Vec<Mismatch>)> = Vec::new();
    for mismatch in mismatches {
        match results.iter_mut().find(|(path, _)| *path == mismatch.path) {
            Some((_, found)) => found.push(mismatch),
            None => results.push((mismatch.path.clone(), vec![mismatch])),
        }
    }
    ContentsComparison::Results(results)
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
