use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::CryptoError::{InvalidKey, Unsupported};
use super::SignatureAlgorithm::*;
use super::*;

mod conversion;
mod errors;
mod reading;
mod vectors;
use vectors::*;

const ALGORITHMS: [SignatureAlgorithm; 12] = [
    Hs256, Hs384, Hs512, Rs256, Rs384, Rs512, Ps256, Ps384, Ps512, Es256, Es384, EdDsa,
];

const DATA: &[u8] = b"header.payload";

fn pem(text: &str) -> Key {
    Key::Pem(text.into())
}

fn jwk(text: &str) -> Key {
    Key::Jwk(text.into())
}

/// The bytes of a PEM text with one block.
fn der(text: &str) -> Key {
    let base64: String = text.lines().filter(|l| !l.starts_with("-----")).collect();
    Key::Der(STANDARD.decode(base64).unwrap())
}

fn members(key: &Key) -> Value {
    let Key::Jwk(text) = key else {
        panic!("{key:?} is not a JWK")
    };
    serde_json::from_str(text).unwrap()
}

/// A JWK without some of its members.
fn without(text: &str, names: &[&str]) -> Key {
    let mut value: Value = serde_json::from_str(text).unwrap();
    for name in names {
        value.as_object_mut().unwrap().remove(*name).unwrap();
    }
    Key::Jwk(value.to_string())
}

fn with(text: &str, name: &str, member: Value) -> Key {
    let mut value: Value = serde_json::from_str(text).unwrap();
    value[name] = member;
    Key::Jwk(value.to_string())
}

fn unsupported(message: &str) -> CryptoError {
    Unsupported(message.into())
}

fn invalid(message: &str) -> CryptoError {
    InvalidKey(message.into())
}

/// What reading a key says.
fn reading(key: &Key) -> CryptoError {
    convert_key(key, KeyFormat::Der).unwrap_err()
}

fn private_key(algorithm: SignatureAlgorithm) -> Key {
    match algorithm {
        Hs256 | Hs384 | Hs512 => Key::Secret(b"a secret of some length".to_vec()),
        Rs256 | Rs384 | Rs512 | Ps256 | Ps384 | Ps512 => pem(RSA_PKCS8),
        Es256 => pem(P256_PKCS8),
        Es384 => pem(P384_PKCS8),
        EdDsa => pem(ED25519_PKCS8),
    }
}

fn verifying_key(algorithm: SignatureAlgorithm) -> Key {
    match private_key(algorithm) {
        secret @ Key::Secret(_) => secret,
        private => public_key(&private, KeyFormat::Pem).unwrap(),
    }
}

/// Signing input and signature of a JWS in compact form.
fn split(jws: &str) -> (&[u8], Vec<u8>) {
    let (input, signature) = jws.rsplit_once('.').unwrap();
    (input.as_bytes(), URL_SAFE_NO_PAD.decode(signature).unwrap())
}

fn assert_verifies(algorithm: SignatureAlgorithm, key: &Key, jws: &str) {
    let (input, signature) = split(jws);
    assert_eq!(verify(algorithm, key, input, &signature), Ok(true));
    assert_eq!(verify(algorithm, key, b"other", &signature), Ok(false));
}

fn assert_signs(algorithm: SignatureAlgorithm, key: &Key, jws: &str) {
    let (input, signature) = split(jws);
    assert_eq!(sign(algorithm, key, input), Ok(signature));
}

#[test]
fn rfc_7515_a1_hs256() {
    assert_signs(Hs256, &jwk(RFC7515_A1_KEY), RFC7515_A1_JWS);
    assert_verifies(Hs256, &jwk(RFC7515_A1_KEY), RFC7515_A1_JWS);
}

#[test]
fn rfc_7515_a2_rs256() {
    assert_signs(Rs256, &jwk(RFC7515_A2_KEY), RFC7515_A2_JWS);
    assert_verifies(Rs256, &jwk(RFC7515_A2_KEY), RFC7515_A2_JWS);
    let public = without(RFC7515_A2_KEY, &["d", "p", "q", "dp", "dq", "qi"]);
    assert_verifies(Rs256, &public, RFC7515_A2_JWS);
}

#[test]
fn rfc_7515_a3_es256() {
    assert_verifies(Es256, &jwk(RFC7515_A3_KEY), RFC7515_A3_JWS);
    assert_verifies(Es256, &without(RFC7515_A3_KEY, &["d"]), RFC7515_A3_JWS);
    let signature = sign(Es256, &jwk(RFC7515_A3_KEY), DATA).unwrap();
    assert_eq!(signature.len(), 64);
    assert_eq!(
        verify(Es256, &jwk(RFC7515_A3_KEY), DATA, &signature),
        Ok(true)
    );
}

#[test]
fn rfc_7520_section_4() {
    assert_verifies(Rs256, &jwk(RFC7520_RSA_KEY), RFC7520_4_1_JWS);
    assert_verifies(Ps384, &jwk(RFC7520_RSA_KEY), RFC7520_4_2_JWS);
    assert_signs(Hs256, &jwk(RFC7520_4_4_KEY), RFC7520_4_4_JWS);
    assert_verifies(Hs256, &jwk(RFC7520_4_4_KEY), RFC7520_4_4_JWS);
}

#[test]
fn rfc_8037_appendix_a() {
    assert_signs(EdDsa, &jwk(RFC8037_KEY), RFC8037_JWS);
    assert_verifies(EdDsa, &jwk(RFC8037_KEY), RFC8037_JWS);
    assert_verifies(EdDsa, &without(RFC8037_KEY, &["d"]), RFC8037_JWS);
}

#[test]
fn es384_signature_of_openssl() {
    assert_verifies(Es384, &pem(P384_SPKI), P384_JWS);
}

#[test]
fn every_algorithm_signs_and_verifies() {
    for algorithm in ALGORITHMS {
        let signature = sign(algorithm, &private_key(algorithm), DATA).unwrap();
        for key in [verifying_key(algorithm), private_key(algorithm)] {
            let verify = |data: &[u8]| verify(algorithm, &key, data, &signature);
            assert_eq!(verify(DATA), Ok(true), "{}", algorithm.name());
            assert_eq!(verify(b"other"), Ok(false), "{}", algorithm.name());
        }
    }
}

#[test]
fn wrong_signatures_are_false_whatever_their_length() {
    for algorithm in ALGORITHMS {
        let key = verifying_key(algorithm);
        let signature = sign(algorithm, &private_key(algorithm), DATA).unwrap();
        let mut flipped = signature.clone();
        flipped[0] ^= 1;
        let mut longer = signature.clone();
        longer.push(0);
        let shorter = signature[..signature.len() - 1].to_vec();
        let zeros = vec![0; signature.len()];
        let ones = vec![0xff; signature.len()];
        for wrong in [
            flipped,
            longer,
            shorter,
            zeros,
            ones,
            vec![],
            vec![0; 10_000],
        ] {
            assert_eq!(
                verify(algorithm, &key, DATA, &wrong),
                Ok(false),
                "{} with {} bytes",
                algorithm.name(),
                wrong.len()
            );
        }
    }
}

#[test]
fn algorithms_of_one_key_type_are_told_apart() {
    let signature = sign(Rs256, &pem(RSA_PKCS8), DATA).unwrap();
    for other in [Rs384, Rs512, Ps256, Ps384, Ps512] {
        assert_eq!(verify(other, &pem(RSA_SPKI), DATA, &signature), Ok(false));
    }
}

#[test]
fn names_are_those_of_jose() {
    assert_eq!(
        ALGORITHMS.map(SignatureAlgorithm::name),
        [
            "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
            "ES256", "ES384", "EdDSA"
        ]
    );
}

/// FIPS 180-4, the examples with the message "abc".
#[test]
fn digests() {
    let hex = |algorithm| -> String {
        let digest = digest(algorithm, b"abc");
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    assert_eq!(
        hex(DigestAlgorithm::Sha256),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(
        hex(DigestAlgorithm::Sha384),
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed\
         8086072ba1e7cc2358baeca134c825a7"
    );
    assert_eq!(
        hex(DigestAlgorithm::Sha512),
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
         2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
    );
}

#[test]
fn random_bytes_are_of_the_length_asked_for() {
    assert_eq!(random_bytes(0), Ok(vec![]));
    assert_eq!(random_bytes(MAX_RANDOM_BYTES).unwrap().len(), 65_536);
    assert_ne!(random_bytes(32), random_bytes(32));
    assert_eq!(
        random_bytes(65_537),
        Err(CryptoError::Failed(
            "65537 random bytes asked for; at most 65536 can be had at a time".into()
        ))
    );
}

#[test]
fn debug_output_does_not_show_the_key() {
    let shown = format!("{:?} {:?}", Key::Secret(vec![42]), jwk(RFC7515_A1_KEY));
    assert_eq!(shown, "Secret(..) Jwk(..)");
}
