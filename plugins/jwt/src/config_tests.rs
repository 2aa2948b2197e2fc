//! Tests of `config`.

use super::*;
use serde_json::json;

fn parse(value: Value) -> Result<Config, String> {
    Config::parse(&value.to_string())
}

/// The error of a config that is right but for one key.
fn error_with(key: &str, value: Value) -> String {
    let mut config = json!({"private-key": "PEM"});
    config[key] = value;
    parse(config).unwrap_err()
}

/// A key as it would be in a pact file.
fn stored(key: AlgorithmKey) -> Value {
    Value::Object(key.store())
}

#[test]
fn defaults() {
    let config = parse(json!({"private-key": "PEM"})).unwrap();
    assert_eq!(
        stored(config.signing_key),
        json!({"algorithm": "RS512", "private-key": "PEM"})
    );
    assert!(config.public_key.is_none());
    assert_eq!((config.key_id, &*config.token_type), (None, "JWT"));
    assert!(!config.re_sign);
    assert_eq!(config.lifetime, 300);
    assert!(config.claims.is_empty());
}

#[test]
fn every_key_is_read_and_the_rest_are_claims() {
    let config = parse(json!({
        "audience": ["a", "b"], "subject": "s", "issuer": "i", "algorithm": "ES256", "key-id": "k",
        "token-type": "at+jwt", "private-key": "PRIVATE", "public-key": "PUBLIC", "re-sign": true, "lifetime": 60.0,
        "iat": 1700000000.0, "jti": "id", "roles": [{"name": "admin"}], "nothing": null,
    }))
    .unwrap();
    assert_eq!(
        stored(config.signing_key),
        json!({"algorithm": "ES256", "private-key": "PRIVATE"})
    );
    assert_eq!(
        stored(config.public_key.unwrap()),
        json!({"algorithm": "ES256", "public-key": "PUBLIC"})
    );
    assert_eq!(config.key_id.as_deref(), Some("k"));
    assert_eq!(config.token_type, "at+jwt");
    assert!(config.re_sign);
    assert_eq!(config.lifetime, 60);
    assert_eq!(
        Value::Object(config.claims),
        json!({
            "aud": ["a", "b"], "sub": "s", "iss": "i", "iat": 1700000000, "jti": "id",
            "roles": [{"name": "admin"}], "nothing": null,
        })
    );
}

#[test]
fn a_secret_may_re_sign_unless_told_otherwise() {
    let secret = |extra: Value| {
        let mut config = json!({"algorithm": "HS256", "secret": "s"});
        config
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        parse(config).unwrap()
    };
    assert_eq!(
        stored(secret(json!({})).signing_key),
        json!({"algorithm": "HS256", "secret": "s"})
    );
    assert!(secret(json!({})).re_sign);
    assert!(!secret(json!({"re-sign": false})).re_sign);
}

#[test]
fn the_config_must_be_an_object() {
    assert_eq!(
        Config::parse("[1]").unwrap_err(),
        "the contents config is a list; expected a JSON object"
    );
    assert_eq!(
        Config::parse("\"x\"").unwrap_err(),
        "the contents config is the text \"x\"; expected a JSON object"
    );
    assert!(
        Config::parse("{")
            .unwrap_err()
            .starts_with("the contents config is not JSON: ")
    );
}

#[test]
fn key_errors_name_the_key() {
    assert_eq!(
        parse(json!({})).unwrap_err(),
        "contents config key \"private-key\" is missing: RS512 signs with an RSA private key, PEM, PKCS#1 or PKCS#8"
    );
    assert_eq!(
        parse(json!({"algorithm": "HS384"})).unwrap_err(),
        "contents config key \"secret\" is missing: HS384 signs with a secret"
    );
    assert_eq!(
        parse(json!({"algorithm": "HS384", "secret": "s", "private-key": "PEM"})).unwrap_err(),
        "contents config key \"private-key\" does not go with the algorithm HS384, which signs with a secret; use \
         \"secret\", or another \"algorithm\""
    );
    assert!(
        parse(json!({"algorithm": "HS384", "secret": "s", "public-key": "PEM"}))
            .unwrap_err()
            .starts_with("contents config key \"public-key\" does not go with")
    );
    assert!(
        error_with("secret", json!("s"))
            .starts_with("contents config key \"secret\" does not go with")
    );
    assert!(
        error_with(
            "public-key",
            json!("-----BEGIN RSA PRIVATE KEY-----\nAA==\n")
        )
        .starts_with("contents config key \"public-key\" holds a private key")
    );
}

#[test]
fn wrong_types_name_the_key_and_what_was_found() {
    for (key, value, expected) in [
        (
            "algorithm",
            json!("RS999"),
            "contents config key \"algorithm\": \"RS999\" is not an algorithm of this plugin; use one of HS256, ",
        ),
        (
            "algorithm",
            json!(512),
            "key \"algorithm\" is the number 512; expected text that is not empty",
        ),
        (
            "private-key",
            json!(""),
            "key \"private-key\" is an empty text; ",
        ),
        (
            "private-key",
            json!(["a"]),
            "key \"private-key\" is a list; ",
        ),
        (
            "public-key",
            json!(" \n"),
            "key \"public-key\" is a text of white space; ",
        ),
        ("key-id", json!(null), "key \"key-id\" is null; "),
        ("token-type", json!({}), "key \"token-type\" is an object; "),
        (
            "re-sign",
            json!("yes"),
            "key \"re-sign\" is the text \"yes\"; expected true or false",
        ),
        (
            "lifetime",
            json!(0),
            "key \"lifetime\" is the number 0; expected a whole number",
        ),
        (
            "lifetime",
            json!(1.5),
            "key \"lifetime\" is the number 1.5; ",
        ),
        (
            "lifetime",
            json!(1e300),
            "key \"lifetime\" is the number 1e+300; ",
        ),
        (
            "lifetime",
            json!("60"),
            "key \"lifetime\" is the text \"60\"; ",
        ),
        (
            "audience",
            json!([]),
            "key \"audience\" is a list; expected text that is not empty, or a list of such texts",
        ),
        ("audience", json!(["a", 1]), "key \"audience\" is a list; "),
        ("audience", json!(""), "key \"audience\" is an empty text; "),
        ("subject", json!(1), "key \"subject\" is the number 1; "),
        ("issuer", json!(""), "key \"issuer\" is an empty text; "),
        (
            "exp",
            json!("tomorrow"),
            "key \"exp\" is the text \"tomorrow\"; expected a number: seconds since",
        ),
        ("nbf", json!(true), "key \"nbf\" is true; "),
        ("iat", json!(null), "key \"iat\" is null; "),
        (
            "jti",
            json!(7),
            "key \"jti\" is the number 7; expected text",
        ),
    ] {
        let error = error_with(key, value);
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn one_claim_cannot_be_given_twice() {
    assert_eq!(
        parse(json!({"private-key": "PEM", "audience": "a", "aud": "b"})).unwrap_err(),
        "contents config keys \"audience\" and \"aud\" are the same claim; use one of them"
    );
    assert!(
        parse(json!({"private-key": "PEM", "lifetime": 1, "exp": 2}))
            .unwrap_err()
            .contains("\"lifetime\" and \"exp\"")
    );
}
