//! What people read when a key has been read but cannot be used.

use super::*;

#[test]
fn a_key_of_another_type() {
    let cases = [
        (
            Rs512,
            pem(P256_SPKI),
            "RS512 needs an RSA private key; this is an EC P-256 public key",
        ),
        (
            Rs512,
            pem(RSA_SPKI),
            "RS512 needs an RSA private key; this is an RSA public key",
        ),
        (
            Ps256,
            jwk(RFC7515_A1_KEY),
            "PS256 needs an RSA private key; this is a secret",
        ),
        (
            Es256,
            pem(P384_PKCS8),
            "ES256 needs an EC P-256 private key; this is an EC P-384 private key",
        ),
        (
            Es384,
            pem(P384_SPKI),
            "ES384 needs an EC P-384 private key; this is an EC P-384 public key",
        ),
        (
            EdDsa,
            pem(RSA_PKCS8),
            "EdDSA needs an Ed25519 private key; this is an RSA private key",
        ),
        (
            EdDsa,
            pem(ED25519_SPKI),
            "EdDSA needs an Ed25519 private key; this is an Ed25519 public key",
        ),
    ];
    for (algorithm, key, message) in cases {
        assert_eq!(sign(algorithm, &key, DATA), Err(unsupported(message)));
    }
    assert_eq!(
        verify(Rs512, &pem(ED25519_PKCS8), DATA, b""),
        Err(unsupported(
            "RS512 needs an RSA public key; this is an Ed25519 private key"
        ))
    );
    assert_eq!(
        verify(Es256, &pem(P384_SPKI), DATA, b""),
        Err(unsupported(
            "ES256 needs an EC P-256 public key; this is an EC P-384 public key"
        ))
    );
}

#[test]
fn a_public_key_as_hmac_secret() {
    let cases = [
        pem(RSA_SPKI),
        der(RSA_SPKI),
        convert_key(&pem(RSA_SPKI), KeyFormat::Jwk).unwrap(),
    ];
    let expected =
        unsupported("HS256 needs a secret or a JWK of the type `oct`; this is an RSA public key");
    for key in cases {
        assert_eq!(sign(Hs256, &key, DATA), Err(expected.clone()));
        assert_eq!(verify(Hs256, &key, DATA, b""), Err(expected.clone()));
    }
}

#[test]
fn the_text_of_a_public_key_as_hmac_secret() {
    let expected = unsupported(
        "HS256 needs a secret; this is PEM text, which belongs to an algorithm with public and private keys",
    );
    let secret = Key::Secret(RSA_SPKI.as_bytes().to_vec());
    let oct = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode(RSA_SPKI)});
    for key in [secret, jwk(&oct.to_string())] {
        assert_eq!(sign(Hs256, &key, DATA), Err(expected.clone()));
        assert_eq!(verify(Hs256, &key, DATA, b""), Err(expected.clone()));
    }
}

#[test]
fn an_empty_secret() {
    let expected = invalid("the secret is empty");
    for key in [Key::Secret(vec![]), jwk(r#"{"kty":"oct","k":""}"#)] {
        assert_eq!(sign(Hs256, &key, DATA), Err(expected.clone()));
        assert_eq!(verify(Hs256, &key, DATA, b""), Err(expected.clone()));
    }
}

#[test]
fn rsa_keys_that_are_too_small_or_too_large() {
    let small = pem(RSA_1024_PKCS8);
    let expected = invalid("RSA key of 1024 bits; at least 2048 are needed");
    assert_eq!(sign(Rs256, &small, DATA), Err(expected.clone()));
    assert_eq!(verify(Rs256, &small, DATA, b""), Err(expected));

    let large = with(
        RFC7520_RSA_KEY,
        "n",
        json!(URL_SAFE_NO_PAD.encode([1; 1025])),
    );
    assert_eq!(
        verify(Rs256, &large, DATA, b""),
        Err(invalid(
            "RSA key of 8193 bits; at most 8192 are possible here"
        ))
    );
    let large = with(RFC7515_A2_KEY, "n", json!(URL_SAFE_NO_PAD.encode([1; 513])));
    assert_eq!(
        sign(Rs256, &large, DATA),
        Err(invalid(
            "RSA key of 4097 bits; at most 4096 are possible here"
        ))
    );
}

#[test]
fn rsa_keys_with_impossible_numbers() {
    let even = with(
        RFC7520_RSA_KEY,
        "n",
        json!(URL_SAFE_NO_PAD.encode([0xfe; 256])),
    );
    assert_eq!(
        verify(Rs256, &even, DATA, b""),
        Err(invalid("RSA key whose modulus is even"))
    );
    for exponent in ["AQ", "AQAA", "AgAAAAE", "AQAAAAAAAAAB"] {
        let key = with(RFC7520_RSA_KEY, "e", json!(exponent));
        assert_eq!(
            verify(Rs256, &key, DATA, b""),
            Err(invalid(
                "RSA key whose public exponent is not an odd number from 3 to 2^33"
            ))
        );
    }
    let zero = with(RFC7520_RSA_KEY, "n", json!("AAAA"));
    assert_eq!(reading(&zero), invalid("the member `n` of the JWK is zero"));

    let other = with(
        RFC7515_A2_KEY,
        "n",
        members(&jwk(RFC7520_RSA_KEY))["n"].clone(),
    );
    assert_eq!(
        sign(Rs256, &other, DATA),
        Err(invalid("RSA private key: InconsistentComponents"))
    );
    // ring notices this one only when it checks the signature that it has made.
    let other = with(
        RFC7515_A2_KEY,
        "dp",
        members(&jwk(RFC7515_A2_KEY))["dq"].clone(),
    );
    assert_eq!(
        sign(Rs256, &other, DATA),
        Err(invalid(
            "RSA private key whose numbers contradict each other"
        ))
    );
}

#[test]
fn halves_that_do_not_belong_together() {
    let x = &members(&convert_key(&pem(ED25519_SPKI), KeyFormat::Jwk).unwrap())["x"];
    let expected = invalid("Ed25519 key whose public half does not belong to its private half");
    assert_eq!(reading(&with(RFC8037_KEY, "x", x.clone())), expected);

    let mixed = with(RFC7515_A3_KEY, "d", json!(URL_SAFE_NO_PAD.encode([1; 32])));
    let expected =
        invalid("EC P-256 private key whose public half does not belong to its private half");
    assert_eq!(reading(&mixed), expected);
    assert_eq!(public_key(&mixed, KeyFormat::Jwk), Err(expected.clone()));
    assert_eq!(sign(Es256, &mixed, DATA), Err(expected));
}

#[test]
fn a_point_that_is_not_on_the_curve() {
    let public = without(RFC7515_A3_KEY, &["d"]);
    let Key::Jwk(text) = public else {
        unreachable!()
    };
    let off = with(&text, "y", json!(URL_SAFE_NO_PAD.encode([1; 32])));
    let expected = invalid("EC P-256 public key whose point is not on the curve");
    assert_eq!(verify(Es256, &off, DATA, &[0; 64]), Err(expected.clone()));
    assert_eq!(reading(&off), expected);
}

#[test]
fn conversions_that_do_not_exist() {
    let secret = Key::Secret(vec![1]);
    for format in [KeyFormat::Pem, KeyFormat::Der] {
        assert_eq!(
            convert_key(&secret, format),
            Err(unsupported(
                "a secret has no PEM or DER form; expected the format JWK"
            ))
        );
    }
    assert_eq!(
        public_key(&secret, KeyFormat::Jwk),
        Err(unsupported(
            "a public half exists of private keys only; this is a secret"
        ))
    );
    assert_eq!(
        public_key(&pem(RSA_SPKI), KeyFormat::Pem),
        Err(unsupported(
            "a public half exists of private keys only; this is an RSA public key"
        ))
    );
}
