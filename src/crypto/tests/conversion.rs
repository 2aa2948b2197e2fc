//! Keys in one format and in another.

use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::*;

/// Every encoding of a key comes out as the PKCS#8 or SubjectPublicKeyInfo that OpenSSL writes, byte for byte.
#[test]
fn every_encoding_is_read() {
    let same = [
        (RSA_PKCS1, RSA_PKCS8),
        (RSA_PKCS8, RSA_PKCS8),
        (RSA_PKCS1_PUBLIC, RSA_SPKI),
        (RSA_SPKI, RSA_SPKI),
        (P256_SEC1, P256_PKCS8),
        (P256_PKCS8, P256_PKCS8),
        (P256_SPKI, P256_SPKI),
        (P384_SEC1, P384_PKCS8),
        (P384_PKCS8, P384_PKCS8),
        (P384_SPKI, P384_SPKI),
        (ED25519_PKCS8, ED25519_PKCS8),
        (ED25519_SPKI, ED25519_SPKI),
    ];
    for (text, expected) in same {
        assert_eq!(convert_key(&pem(text), KeyFormat::Pem), Ok(pem(expected)));
        assert_eq!(convert_key(&der(text), KeyFormat::Pem), Ok(pem(expected)));
        assert_eq!(convert_key(&pem(text), KeyFormat::Der), Ok(der(expected)));
    }
}

#[test]
fn public_halves_are_those_of_openssl() {
    let halves = [
        (RSA_PKCS1, RSA_SPKI),
        (P256_SEC1, P256_SPKI),
        (P384_PKCS8, P384_SPKI),
        (ED25519_PKCS8, ED25519_SPKI),
    ];
    for (private, public) in halves {
        assert_eq!(public_key(&pem(private), KeyFormat::Pem), Ok(pem(public)));
        assert_eq!(public_key(&pem(private), KeyFormat::Der), Ok(der(public)));
        assert_eq!(
            public_key(&pem(private), KeyFormat::Jwk),
            convert_key(&pem(public), KeyFormat::Jwk)
        );
    }
}

#[test]
fn keys_survive_a_round_trip_through_all_formats() {
    let all = [
        RSA_PKCS8,
        RSA_SPKI,
        P256_PKCS8,
        P256_SPKI,
        P384_PKCS8,
        P384_SPKI,
        ED25519_PKCS8,
        ED25519_SPKI,
    ];
    for text in all {
        let jwk = convert_key(&pem(text), KeyFormat::Jwk).unwrap();
        let der = convert_key(&jwk, KeyFormat::Der).unwrap();
        assert_eq!(convert_key(&der, KeyFormat::Pem), Ok(pem(text)));
        assert_eq!(convert_key(&der, KeyFormat::Jwk), Ok(jwk));
    }
}

#[test]
fn jwks_have_the_members_of_the_specifications() {
    for text in [RFC7515_A1_KEY, RFC7515_A2_KEY, RFC7515_A3_KEY, RFC8037_KEY] {
        let written = convert_key(&jwk(text), KeyFormat::Jwk).unwrap();
        assert_eq!(members(&written), members(&jwk(text)));
    }
    let public = public_key(&jwk(RFC7515_A2_KEY), KeyFormat::Jwk).unwrap();
    let private_members = ["d", "p", "q", "dp", "dq", "qi"];
    assert_eq!(
        members(&public),
        members(&without(RFC7515_A2_KEY, &private_members))
    );
    let public = public_key(&jwk(RFC8037_KEY), KeyFormat::Jwk).unwrap();
    assert_eq!(members(&public), members(&without(RFC8037_KEY, &["d"])));
}

#[test]
fn a_secret_becomes_an_oct_jwk() {
    let written = convert_key(&Key::Secret(vec![0, 1, 0xff]), KeyFormat::Jwk).unwrap();
    assert_eq!(members(&written), json!({"kty": "oct", "k": "AAH_"}));
    let tag = sign(Hs512, &written, DATA).unwrap();
    let secret = Key::Secret(vec![0, 1, 0xff]);
    assert_eq!(verify(Hs512, &secret, DATA, &tag), Ok(true));
}

#[test]
fn superfluous_zeros_in_a_jwk_do_no_harm() {
    let key = with(RFC7520_RSA_KEY, "e", json!("AAEAAQ"));
    assert_verifies(Rs256, &key, RFC7520_4_1_JWS);
}

#[test]
fn pem_texts_are_read_as_people_paste_them() {
    let expected = Ok(pem(P256_SPKI));
    let texts = [
        P256_SPKI.replace('\n', "\r\n"),
        P256_SPKI.trim_end().to_owned(),
        P256_SPKI.replace('\n', "\n\n"),
        P256_SPKI.replace('\n', "\n    "),
        P256_SPKI.replace("KEY-----\nM", "KEY----- M"),
        format!("The key:\n\n{P256_SPKI}-- \nsignature of a mail"),
        format!("-----BEGIN is how it starts\n{P256_SPKI}"),
        format!("{P256_CERTIFICATE}{P256_SPKI}{RSA_SPKI}"),
        format!("-----BEGIN CERTIFICATE-----\nbroken\n{P256_SPKI}"),
        format!("{P256_SPKI}-----BEGIN RSA PRIVATE KEY-----\nbroken"),
        format!(
            "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n{P256_SPKI}"
        ),
        P256_SPKI.replace("KEY-----\nM", "KEY-----\nComment: mine\n\nM"),
    ];
    for text in texts {
        assert_eq!(convert_key(&pem(&text), KeyFormat::Pem), expected, "{text}");
    }
}

#[test]
fn a_wrong_pem_label_does_no_harm() {
    let text = RSA_PKCS1_PUBLIC.replace("RSA PUBLIC", "PUBLIC");
    assert_eq!(convert_key(&pem(&text), KeyFormat::Pem), Ok(pem(RSA_SPKI)));
}

/// ring writes the version of PKCS#8 that holds both halves.
#[test]
fn an_ed25519_key_with_its_public_half_in_pkcs8() {
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
    let mut bytes = document.as_ref().to_vec();
    let public = public_key(&Key::Der(bytes.clone()), KeyFormat::Jwk).unwrap();
    let x = URL_SAFE_NO_PAD.encode(pair.public_key());
    assert_eq!(members(&public)["x"], json!(x));

    *bytes.last_mut().unwrap() ^= 1;
    assert_eq!(
        public_key(&Key::Der(bytes), KeyFormat::Jwk),
        Err(InvalidKey(
            "Ed25519 key whose public half does not belong to its private half".into()
        ))
    );
}
