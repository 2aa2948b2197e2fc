//! What people read when a key cannot be read.

use super::*;

#[test]
fn texts_that_are_not_pem() {
    let expected =
        "expected PRIVATE KEY, RSA PRIVATE KEY, EC PRIVATE KEY, PUBLIC KEY or RSA PUBLIC KEY";
    let cases = [
        (
            "secret".to_owned(),
            invalid("no PEM block found: the text must contain a line \"-----BEGIN … KEY-----\""),
        ),
        (
            P256_CERTIFICATE.to_owned(),
            invalid(&format!(
                "no key among the PEM blocks (CERTIFICATE); {expected}; \
                 \"openssl x509 -in cert.pem -pubkey -noout\" prints the public key of a certificate"
            )),
        ),
        (
            "-----BEGIN EC PARAMETERS-----\n-----END EC PARAMETERS-----".to_owned(),
            invalid(&format!(
                "no key among the PEM blocks (EC PARAMETERS); {expected}"
            )),
        ),
        (
            RSA_SPKI.replace("-----END PUBLIC KEY-----", ""),
            invalid("PEM block without a line \"-----END PUBLIC KEY-----\""),
        ),
        (
            RSA_SPKI.replace("MIIB", "MI*B"),
            invalid("PEM block PUBLIC KEY is not base64: Invalid symbol 42, offset 2."),
        ),
        (
            RSA_SPKI.replace("PUBLIC", "DSA PRIVATE"),
            unsupported(&format!("PEM block DSA PRIVATE KEY; {expected}")),
        ),
        (
            OPENSSH.to_owned(),
            unsupported(&format!(
                "a private key in OpenSSH's own format; {expected}; \
                 \"ssh-keygen -p -m pkcs8 -f key\" converts an RSA or EC key in place"
            )),
        ),
    ];
    for (text, error) in cases {
        assert_eq!(reading(&pem(&text)), error);
    }
    let truncated = RSA_SPKI.replace("MIIBIj", "MIIBJj");
    let InvalidKey(message) = reading(&pem(&truncated)) else {
        panic!("not invalid")
    };
    assert!(
        message.starts_with("PEM block PUBLIC KEY: not DER: "),
        "{message}"
    );
}

#[test]
fn encrypted_keys() {
    let expected = unsupported(
        "the private key is encrypted; expected one without a password: \
         \"openssl pkey -in key.pem -out decrypted.pem\" asks for the password and removes it",
    );
    for key in [
        pem(P256_ENCRYPTED),
        der(P256_ENCRYPTED),
        pem(P256_ENCRYPTED_SEC1),
    ] {
        assert_eq!(sign(Es256, &key, DATA), Err(expected.clone()));
    }
}

#[test]
fn bytes_that_are_not_der() {
    assert_eq!(
        reading(&Key::Der(RSA_SPKI.into())),
        invalid("the bytes are PEM text; expected DER, or the text passed as a PEM key")
    );
    assert_eq!(
        reading(&der(P256_CERTIFICATE)),
        invalid(
            "an X.509 certificate, not a key; \
             \"openssl x509 -in cert.pem -pubkey -noout\" prints its public key"
        )
    );
    assert_eq!(
        reading(&Key::Der(vec![0x30, 4, 5, 0, 5, 0])),
        invalid(
            "DER of an unknown structure; expected PKCS#1, PKCS#8, SEC1 or SubjectPublicKeyInfo"
        )
    );
    let Key::Der(whole) = der(RSA_PKCS8) else {
        unreachable!()
    };
    let with_tail = [whole.as_slice(), &[0]].concat();
    for bytes in [vec![], vec![0x30], whole[..100].to_vec(), with_tail] {
        let InvalidKey(message) = reading(&Key::Der(bytes)) else {
            panic!("not invalid")
        };
        assert!(message.starts_with("not DER: "), "{message}");
    }
}

/// Nothing that a plugin hands over may make the host panic.
#[test]
fn damaged_der_is_an_error_or_another_key() {
    for text in [
        RSA_PKCS8,
        RSA_PKCS1_PUBLIC,
        P256_SEC1,
        P384_SPKI,
        ED25519_PKCS8,
        ED25519_SPKI,
    ] {
        let Key::Der(whole) = der(text) else {
            unreachable!()
        };
        for position in 0..whole.len().min(160) {
            for bit in 0..8 {
                let mut damaged = whole.clone();
                damaged[position] ^= 1 << bit;
                let key = Key::Der(damaged);
                let _ = convert_key(&key, KeyFormat::Jwk);
                let _ = verify(Rs256, &key, DATA, &[0; 256]);
            }
            assert!(convert_key(&Key::Der(whole[..position].to_vec()), KeyFormat::Jwk).is_err());
        }
    }
}

#[test]
fn keys_of_types_that_the_host_does_not_have() {
    let cases = [
        (
            P521_SPKI,
            "EC key on the curve P-521; expected P-256 or P-384",
        ),
        (
            X25519_SPKI,
            "key of the type X25519; expected RSA, EC (P-256 or P-384) or Ed25519",
        ),
        (
            P256_NO_PUBLIC,
            "EC private key without its public half; \"openssl ec -in key.pem -out full.pem\" adds it",
        ),
        (
            P256_COMPRESSED,
            "EC key with a compressed point; \
             \"openssl ec -in key.pem -conv_form uncompressed -out new.pem\" \
             (with -pubin -pubout for a public key) writes it out",
        ),
        (
            P256_EXPLICIT,
            "EC key whose curve is spelt out instead of named; expected P-256 or P-384: \
             \"openssl ec -in key.pem -param_enc named_curve -out named.pem\" \
             (with -pubin -pubout for a public key) names it",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(reading(&pem(text)), unsupported(message));
    }
}

#[test]
fn jwks_that_cannot_be_read() {
    let cases = [
        (jwk("[]"), invalid("the JWK is not a JSON object")),
        (jwk("{}"), invalid("the JWK has no member `kty`")),
        (
            jwk(r#"{"kty":1}"#),
            invalid("the member `kty` of the JWK is not a string"),
        ),
        (
            jwk(r#"{"keys":[]}"#),
            invalid("a set of JWKs; expected one of the members of its `keys`"),
        ),
        (
            jwk(r#"{"kty":"rsa"}"#),
            unsupported("JWK of the type `rsa`; expected `RSA`, `EC`, `OKP` or `oct`"),
        ),
        (
            without(RFC7520_RSA_KEY, &["e"]),
            invalid("the JWK has no member `e`"),
        ),
        (
            with(RFC7520_RSA_KEY, "e", json!("AQAB=")),
            invalid(
                "the member `e` of the JWK is not base64url without padding: Invalid symbol 61, offset 4.",
            ),
        ),
        (
            without(RFC7515_A2_KEY, &["p", "q", "dp", "dq", "qi"]),
            unsupported(
                "RSA JWK with `d` but without `p`; expected `p`, `q`, `dp`, `dq` and `qi` too",
            ),
        ),
        (
            with(RFC7515_A2_KEY, "oth", json!([])),
            unsupported("RSA JWK with more than two primes (`oth`)"),
        ),
        (
            with(RFC7515_A3_KEY, "crv", json!("P-521")),
            unsupported("EC JWK on the curve `P-521`; expected `P-256` or `P-384`"),
        ),
        (
            with(RFC7515_A3_KEY, "x", json!("AQAB")),
            invalid("the member `x` of the JWK has 3 bytes; expected 32 on P-256"),
        ),
        (
            with(RFC8037_KEY, "crv", json!("X25519")),
            unsupported("OKP JWK on the curve `X25519`; expected `Ed25519`"),
        ),
        (
            with(RFC8037_KEY, "d", json!("AQAB")),
            invalid("Ed25519 private key of 3 bytes; expected 32"),
        ),
    ];
    for (key, error) in cases {
        assert_eq!(reading(&key), error);
    }
    let InvalidKey(message) = reading(&jwk(RSA_SPKI)) else {
        panic!("not invalid")
    };
    assert!(message.starts_with("the JWK is not JSON: "), "{message}");
}
