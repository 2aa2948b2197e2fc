//! Tests of `compare`.

use super::*;
use crate::testing::{NOW, TestServices, body, configured, signed_token};
use definitions::types::PluginConfiguration;

/// A request whose two bodies are the same fresh token.
fn request(config: Value) -> CompareContentsRequest {
    let response = configured(config);
    let body = response.contents.unwrap();
    CompareContentsRequest {
        expected: body.clone(),
        actual: body,
        allow_unexpected_keys: true,
        rules: response.rules,
        plugin_configuration: response.plugin_configuration,
        test_context: None,
    }
}

fn rsa() -> CompareContentsRequest {
    request(
        json!({"private-key": "private:a", "subject": "joe", "key-id": "k", "roles": ["admin"]}),
    )
}

/// Puts another token in, signed with the right key.
fn with_actual(
    mut request: CompareContentsRequest,
    change: impl FnOnce(&mut Value, &mut Value),
) -> CompareContentsRequest {
    let token = Token::parse(request.actual.content.as_ref().unwrap()).unwrap();
    let (mut header, mut claims) = (Value::Object(token.header), Value::Object(token.claims));
    change(&mut header, &mut claims);
    request.actual = body(&signed_token("RS512", "private:a", &header, &claims));
    request
}

fn results(request: &CompareContentsRequest) -> Vec<(String, Vec<Mismatch>)> {
    match compare(&TestServices::default(), request).unwrap() {
        ContentsComparison::Results(results) => {
            for (path, mismatches) in &results {
                for mismatch in mismatches {
                    assert_eq!(&mismatch.path, path);
                    assert_eq!(mismatch.mismatch_type.as_deref(), Some("body"));
                }
            }
            results
        }
        other => panic!("{other:?}"),
    }
}

/// Paths and descriptions.
fn findings(request: &CompareContentsRequest) -> Vec<(String, String)> {
    results(request)
        .into_iter()
        .flat_map(|(path, mismatches)| {
            mismatches
                .into_iter()
                .map(move |mismatch| (path.clone(), mismatch.description))
        })
        .collect()
}

fn assert_findings(request: &CompareContentsRequest, expected: &[(&str, &str)]) {
    let findings = findings(request);
    let short: Vec<_> = findings
        .iter()
        .map(|(path, description)| (&**path, &**description))
        .collect();
    assert_eq!(short, expected);
}

#[test]
fn the_same_token_matches() {
    assert_findings(&rsa(), &[]);
    assert_findings(&request(json!({"algorithm": "HS256", "secret": "s"})), &[]);
}

#[test]
fn claims_that_vary_may_differ() {
    let request = with_actual(rsa(), |_, claims| {
        claims["exp"] = json!(NOW + 1);
        claims["jti"] = json!("another");
    });
    assert_findings(&request, &[]);
}

#[test]
fn different_missing_and_unexpected_claims() {
    let mut request = with_actual(rsa(), |_, claims| {
        claims["sub"] = json!("jim");
        claims["extra"] = json!(1);
        claims.as_object_mut().unwrap().remove("roles");
    });
    let expected = [
        (
            "claims:roles",
            "the claim \"roles\" is missing; expected [\"admin\"]",
        ),
        (
            "claims:sub",
            "expected the claim \"sub\" to be \"joe\", but it is \"jim\"",
        ),
        (
            "claims:extra",
            "the claim \"extra\" is 1, but it was not expected",
        ),
    ];
    assert_findings(&request, &expected[..2]);
    request.allow_unexpected_keys = false;
    assert_findings(&request, &expected);
    let results = results(&request);
    assert_eq!(
        (
            results[0].1[0].expected.as_deref(),
            results[0].1[0].actual.as_deref()
        ),
        (Some(&b"[\"admin\"]"[..]), None)
    );
    assert_eq!(
        (
            results[1].1[0].expected.as_deref(),
            results[1].1[0].actual.as_deref()
        ),
        (Some(&b"\"joe\""[..]), Some(&b"\"jim\""[..]))
    );
    assert_eq!(results[2].1[0].expected, None);
}

#[test]
fn expired_and_premature_tokens() {
    let changed = with_actual(rsa(), |_, claims| {
        claims["exp"] = json!(NOW);
        claims["nbf"] = json!(NOW + 1);
    });
    assert_findings(
        &changed,
        &[
            (
                "claims:exp",
                "the token has expired: the claim \"exp\" is 1700000000, and it is 1700000000 now",
            ),
            (
                "claims:nbf",
                "the token is not valid yet: the claim \"nbf\" is 1700000001, and it is 1700000000 now",
            ),
        ],
    );
    let valid = with_actual(rsa(), |_, claims| claims["nbf"] = json!(NOW));
    assert_findings(&valid, &[]);
    let text = with_actual(rsa(), |_, claims| claims["exp"] = json!("soon"));
    assert_findings(
        &text,
        &[
            (
                "claims:exp",
                "the claim \"exp\" does not match: FieldValue::Text(\"soon\") breaks the rule integer",
            ),
            (
                "claims:exp",
                "the claim \"exp\" is \"soon\"; expected a number: seconds since 1970-01-01T00:00:00Z",
            ),
        ],
    );
}

#[test]
fn an_expiry_that_was_set_is_compared() {
    let base = request(json!({"private-key": "private:a", "exp": NOW + 50}));
    let changed = with_actual(base, |_, claims| claims["exp"] = json!(NOW + 51));
    assert_findings(
        &changed,
        &[(
            "claims:exp",
            "expected the claim \"exp\" to be 1700000050, but it is 1700000051",
        )],
    );
}

#[test]
fn headers_are_compared() {
    let changed = with_actual(rsa(), |header, _| {
        header["typ"] = json!("at+jwt");
        header.as_object_mut().unwrap().remove("kid");
        header["crit"] = json!(["b64"]);
    });
    assert_findings(
        &changed,
        &[
            (
                "header:typ",
                "expected the header parameter \"typ\" to be \"JWT\", but it is \"at+jwt\"",
            ),
            (
                "header:kid",
                "expected the header parameter \"kid\" to be \"k\", but it is missing",
            ),
            (
                "header:crit",
                "the header makes [\"b64\"] critical, which the JWT plugin does not understand",
            ),
        ],
    );
    let base = request(json!({"private-key": "private:a"}));
    let mut changed = with_actual(base, |header, _| header["kid"] = json!("other"));
    assert_findings(&changed, &[]);
    changed.allow_unexpected_keys = false;
    assert_findings(
        &changed,
        &[(
            "header:kid",
            "the header parameter \"kid\" is \"other\", but none was expected",
        )],
    );
}

const BAD_SIGNATURE: &str =
    "the signature does not verify with RS512 and the key of this interaction";

#[test]
fn a_wrong_signature_is_reported_with_everything_else() {
    let mut request = rsa();
    let claims = json!({"sub": "jim", "exp": NOW + 9, "jti": "x", "roles": ["admin"]});
    let header = json!({"alg": "RS512", "typ": "JWT", "kid": "k"});
    request.actual = body(&signed_token("RS512", "private:b", &header, &claims));
    assert_findings(
        &request,
        &[
            ("$", BAD_SIGNATURE),
            (
                "claims:sub",
                "expected the claim \"sub\" to be \"joe\", but it is \"jim\"",
            ),
        ],
    );
}

/// Neither `none` nor an HMAC over the public key passes for a signature.
#[test]
fn the_algorithm_of_the_token_is_not_trusted() {
    let base = rsa();
    let token = Token::parse(base.expected.content.as_ref().unwrap()).unwrap();
    let claims = Value::Object(token.claims);
    for (algorithm, key) in [("none", ""), ("HS512", "public:a")] {
        let mut request = base.clone();
        let header = json!({"alg": algorithm, "typ": "JWT", "kid": "k"});
        request.actual = body(&signed_token(algorithm, key, &header, &claims));
        let description = format!(
            "expected the header parameter \"alg\" to be \"RS512\", but it is \"{algorithm}\""
        );
        assert_findings(
            &request,
            &[("header:alg", &description), ("$", BAD_SIGNATURE)],
        );
    }
    // Also where the token was really signed with the right key: the header has to tell the truth.
    let lying = with_actual(base, |header, _| header["alg"] = json!("none"));
    assert_eq!(findings(&lying).len(), 1);
}

#[test]
fn rules_replace_equality() {
    let mut request = with_actual(rsa(), |_, claims| {
        claims["sub"] = json!("jim");
        claims["roles"] = json!([]);
    });
    let rule = |path: &str, kind: &str| {
        let rule = MatchingRule {
            type_: kind.to_owned(),
            values: None,
        };
        (path.to_owned(), vec![rule])
    };
    request.rules.push(rule("claims:sub", "type"));
    request.rules.push(rule("$.claims['roles']", "not-empty"));
    assert_findings(
        &request,
        &[(
            "claims:roles",
            "the claim \"roles\" does not match: FieldValue::Json(\"[]\") breaks the rule not-empty",
        )],
    );
    request.rules.push(rule("$.claims.sub", "telepathy"));
    let error = compare(&TestServices::default(), &request).unwrap_err();
    assert!(error.contains("\"telepathy\" at $.claims.sub"), "{error}");
}

#[test]
fn a_rule_that_applies_to_nothing_is_logged() {
    let mut request = rsa();
    request.rules.push(("$.claims.a.b".to_owned(), Vec::new()));
    let services = TestServices::default();
    compare(&services, &request).unwrap();
    let logs = services.logs.borrow();
    assert!(
        logs[0].contains("no expected claim is at \"$.claims.a.b\""),
        "{logs:?}"
    );
}

#[test]
fn bodies_that_are_no_tokens() {
    let mut request = rsa();
    request.actual.content = Some(b"hello".to_vec());
    assert_findings(
        &request,
        &[(
            "$",
            "the body is not a JSON Web Token: it has 1 part where a signed token has three, separated by full stops",
        )],
    );
    assert_eq!(
        results(&request)[0].1[0].actual.as_deref(),
        Some(&b"hello"[..])
    );
    request.actual.content = None;
    assert_findings(
        &request,
        &[("$", "expected a JSON Web Token, but the body is missing")],
    );
    request.actual.content = Some(Vec::new());
    assert_findings(
        &request,
        &[("$", "expected a JSON Web Token, but the body is empty")],
    );
    request.expected.content = Some(Vec::new());
    assert_findings(&request, &[]);
    request.actual.content = Some(b"hello".to_vec());
    assert_findings(&request, &[("$", "expected an empty body")]);
    request.expected.content = None;
    assert_findings(&request, &[]);
    request.expected.content = Some(b"hello".to_vec());
    assert!(
        compare(&TestServices::default(), &request)
            .unwrap_err()
            .starts_with("the expected body is not a JSON Web Token: ")
    );
}

#[test]
fn other_content_types() {
    let mut request = rsa();
    for same in [
        "application/jwt;charset=utf-8",
        "APPLICATION/JWT",
        "application/jwt+json",
    ] {
        request.actual.content_type = same.to_owned();
        assert_findings(&request, &[]);
    }
    request.actual.content_type = "application/json".to_owned();
    let expected = ContentTypeMismatch {
        expected: "application/jwt".to_owned(),
        actual: "application/json".to_owned(),
    };
    assert_eq!(
        compare(&TestServices::default(), &request).unwrap(),
        ContentsComparison::ContentTypeMismatch(expected)
    );
}

#[test]
fn keys_that_cannot_be_used_are_errors() {
    let mut request = rsa();
    request.plugin_configuration = None;
    assert!(compare(&TestServices::default(), &request).is_err());
    request.plugin_configuration = Some(PluginConfiguration {
        interaction_configuration: Some(
            r#"{"algorithm":"RS512","public-key":"nonsense"}"#.to_owned(),
        ),
        pact_configuration: None,
    });
    assert_eq!(
        compare(&TestServices::default(), &request).unwrap_err(),
        "interaction configuration key \"public-key\" cannot be used with RS512: not a key"
    );
}
