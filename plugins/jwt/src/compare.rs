//! Comparing tokens. All differences are reported, not only the first, under `$`, `header:<name>` and `claims:<name>`.

use serde_json::{Map, Value, json};

use crate::keys::AlgorithmKey;
use crate::rules::{Rules, names_claim};
use crate::services::{LogLevel, Services};
use crate::token::Token;
use definitions::types::{
    Body, CompareContentsRequest, ContentTypeMismatch, ContentsComparison, MatchingRule, Mismatch,
};

const TARGET: &str = "jwt::compare";

/// Header parameters that are compared. `alg` is not among them: it has to be the configured one.
const HEADERS: [&str; 2] = ["typ", "kid"];

/// Compares the actual token with the expected one and verifies its signature.
pub fn compare(
    services: &dyn Services,
    request: &CompareContentsRequest,
) -> Result<ContentsComparison, String> {
    let (expected, actual) = (&request.expected, &request.actual);
    let mut findings = Findings::default();
    // An expected body that is missing leaves the body open; an empty one asks for an empty one.
    let Some(expected_bytes) = &expected.content else {
        return Ok(findings.into_comparison());
    };
    let actual_bytes = actual.content.as_deref().unwrap_or_default();
    if expected_bytes.is_empty() && actual_bytes.is_empty() {
        return Ok(findings.into_comparison());
    }
    if expected_bytes.is_empty() {
        findings.body(expected, actual, "expected an empty body");
        return Ok(findings.into_comparison());
    }
    if actual_bytes.is_empty() {
        let what = if actual.content.is_none() {
            "missing"
        } else {
            "empty"
        };
        findings.body(
            expected,
            actual,
            &format!("expected a JSON Web Token, but the body is {what}"),
        );
        return Ok(findings.into_comparison());
    }
    if is_other_type(&expected.content_type, &actual.content_type) {
        return Ok(ContentsComparison::ContentTypeMismatch(
            ContentTypeMismatch {
                expected: expected.content_type.clone(),
                actual: actual.content_type.clone(),
            },
        ));
    }

    let key = AlgorithmKey::of_interaction(request.plugin_configuration.as_ref())?;
    let expected_token = Token::parse(expected_bytes)
        .map_err(|error| format!("the expected body is not a JSON Web Token: {error}"))?;
    let actual_token = match Token::parse(actual_bytes) {
        Ok(token) => token,
        Err(error) => {
            findings.body(
                expected,
                actual,
                &format!("the body is not a JSON Web Token: {error}"),
            );
            return Ok(findings.into_comparison());
        }
    };
    let allow_unexpected = request.allow_unexpected_keys;
    compare_headers(
        &mut findings,
        key.algorithm.name,
        &expected_token.header,
        &actual_token.header,
        allow_unexpected,
    );
    if !key.verify(services, &actual_token.signed, &actual_token.signature)? {
        findings.body(
            expected,
            actual,
            &format!(
                "the signature does not verify with {} and the key of this interaction",
                key.algorithm.name
            ),
        );
    }
    warn_of_idle_rules(services, &request.rules, &expected_token.claims);
    compare_claims(
        &mut findings,
        &Rules::new(services, request),
        &expected_token.claims,
        &actual_token.claims,
        allow_unexpected,
    )?;
    check_times(&mut findings, &actual_token.claims, services.now());
    services.log(
        LogLevel::Debug,
        TARGET,
        &format!("paths with mismatches: {}", findings.0.len()),
    );
    Ok(findings.into_comparison())
}

/// Whether the actual body is of another type, and not one of this plugin's either.
fn is_other_type(expected: &str, actual: &str) -> bool {
    let base = |content_type: &str| {
        let base = content_type.split(';').next().unwrap_or_default();
        base.trim().to_ascii_lowercase()
    };
    let actual = base(actual);
    base(expected) != actual && !matches!(&*actual, "application/jwt" | "application/jwt+json")
}

fn compare_headers(
    findings: &mut Findings,
    algorithm: &str,
    expected: &Map<String, Value>,
    actual: &Map<String, Value>,
    allow_unexpected: bool,
) {
    let algorithm = json!(algorithm);
    compare_header(findings, "alg", Some(&algorithm), actual.get("alg"), false);
    for name in HEADERS {
        compare_header(
            findings,
            name,
            expected.get(name),
            actual.get(name),
            allow_unexpected,
        );
    }
    // RFC 7515 section 4.1.11: who does not understand a critical parameter must reject the token.
    if let Some(critical) = actual.get("crit") {
        findings.add(
            "header:crit",
            None,
            Some(critical),
            format!(
                "the header makes {critical} critical, which the JWT plugin does not understand"
            ),
        );
    }
}

fn compare_header(
    findings: &mut Findings,
    name: &str,
    expected: Option<&Value>,
    actual: Option<&Value>,
    allow_unexpected: bool,
) {
    let description = match (expected, actual) {
        (Some(expected), Some(actual)) if expected != actual => {
            format!("expected the header parameter {name:?} to be {expected}, but it is {actual}")
        }
        (Some(expected), None) => {
            format!("expected the header parameter {name:?} to be {expected}, but it is missing")
        }
        (None, Some(actual)) if !allow_unexpected => {
            format!("the header parameter {name:?} is {actual}, but none was expected")
        }
        _ => return,
    };
    findings.add(&format!("header:{name}"), expected, actual, description);
}

fn compare_claims(
    findings: &mut Findings,
    rules: &Rules<'_>,
    expected: &Map<String, Value>,
    actual: &Map<String, Value>,
    allow_unexpected: bool,
) -> Result<(), String> {
    for (name, expected) in expected {
        let path = format!("claims:{name}");
        let Some(actual) = actual.get(name) else {
            findings.add(
                &path,
                Some(expected),
                None,
                format!("the claim {name:?} is missing; expected {expected}"),
            );
            continue;
        };
        match rules.apply(name, expected, actual)? {
            Some(problems) => {
                for problem in problems {
                    let description = format!("the claim {name:?} does not match: {problem}");
                    findings.add(&path, Some(expected), Some(actual), description);
                }
            }
            None if expected != actual => findings.add(
                &path,
                Some(expected),
                Some(actual),
                format!("expected the claim {name:?} to be {expected}, but it is {actual}"),
            ),
            None => {}
        }
    }
    if !allow_unexpected {
        for (name, actual) in actual {
            if !expected.contains_key(name) {
                findings.add(
                    &format!("claims:{name}"),
                    None,
                    Some(actual),
                    format!("the claim {name:?} is {actual}, but it was not expected"),
                );
            }
        }
    }
    Ok(())
}

/// Says so when a rule has nothing to apply to. It is not an error, since without the rule the comparison is stricter.
fn warn_of_idle_rules(
    services: &dyn Services,
    rules: &[(String, Vec<MatchingRule>)],
    expected: &Map<String, Value>,
) {
    for (expression, _) in rules {
        if !expected.keys().any(|name| names_claim(expression, name)) {
            services.log(
                LogLevel::Warn,
                TARGET,
                &format!(
                    "no expected claim is at {expression:?}: its matching rules are not applied"
                ),
            );
        }
    }
}

/// Checks the times of the actual token against the clock (RFC 7519 sections 4.1.4 and 4.1.5).
fn check_times(findings: &mut Findings, claims: &Map<String, Value>, now: u64) {
    for name in ["exp", "nbf"] {
        let Some(value) = claims.get(name) else {
            continue;
        };
        let problem = match value.as_f64() {
            None => {
                let description = format!(
                    "the claim {name:?} is {value}; expected a number: seconds since 1970-01-01T00:00:00Z"
                );
                findings.add(&format!("claims:{name}"), None, Some(value), description);
                continue;
            }
            Some(expiry) if name == "exp" && expiry <= now as f64 => "has expired",
            Some(start) if name == "nbf" && start > now as f64 => "is not valid yet",
            Some(_) => continue,
        };
        let description =
            format!("the token {problem}: the claim {name:?} is {value}, and it is {now} now");
        findings.add(&format!("claims:{name}"), None, Some(value), description);
    }
}

/// Mismatches by path, in the order in which the paths came up.
#[derive(Default)]
struct Findings(Vec<(String, Vec<Mismatch>)>);

impl Findings {
    /// A mismatch of single values, which are shown as JSON.
    fn add(
        &mut self,
        path: &str,
        expected: Option<&Value>,
        actual: Option<&Value>,
        description: String,
    ) {
        let bytes = |value: &Value| value.to_string().into_bytes();
        self.push(path, expected.map(bytes), actual.map(bytes), description);
    }

    /// A mismatch of the whole bodies.
    fn body(&mut self, expected: &Body, actual: &Body, description: &str) {
        self.push(
            "$",
            expected.content.clone(),
            actual.content.clone(),
            description.to_owned(),
        );
    }

    fn push(
        &mut self,
        path: &str,
        expected: Option<Vec<u8>>,
        actual: Option<Vec<u8>>,
        description: String,
    ) {
        let mismatch = Mismatch {
            expected,
            actual,
            description,
            path: path.to_owned(),
            diff: None,
            mismatch_type: Some("body".to_owned()),
        };
        match self.0.iter_mut().find(|(known, _)| known == path) {
            Some((_, mismatches)) => mismatches.push(mismatch),
            None => self.0.push((path.to_owned(), vec![mismatch])),
        }
    }

    fn into_comparison(self) -> ContentsComparison {
        ContentsComparison::Results(self.0)
    }
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
