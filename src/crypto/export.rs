//! Keys as PEM, DER and JWK.

use pkcs1::{RsaPrivateKey, RsaPublicKey};
use pkcs8::der::asn1::{AnyRef, BitStringRef, OctetStringRef, UintRef};
use pkcs8::der::{self, Encode};
use pkcs8::{AlgorithmIdentifierRef, PrivateKeyInfo, SubjectPublicKeyInfoRef};

use super::asn1::{EC, ED25519, EcPrivateKey, RSA};
use super::keys::{Curve, KeyMaterial, RsaPrivate, RsaPublic};
use super::{CryptoError, Key, KeyFormat, jwk, pem};

pub(super) fn write(material: &KeyMaterial, format: KeyFormat) -> Result<Key, CryptoError> {
    match format {
        KeyFormat::Jwk => Ok(Key::Jwk(jwk::write(material))),
        KeyFormat::Der => Ok(Key::Der(write_der(material)?)),
        KeyFormat::Pem => {
            let label = if material.is_private() {
                "PRIVATE KEY"
            } else {
                "PUBLIC KEY"
            };
            Ok(Key::Pem(pem::write(label, write_der(material)?)))
        }
    }
}

/// PKCS#8 for private keys, SubjectPublicKeyInfo for public ones.
fn write_der(material: &KeyMaterial) -> Result<Vec<u8>, CryptoError> {
    let written = match material {
        KeyMaterial::Secret(_) => {
            return Err(CryptoError::Unsupported(
                "a secret has no PEM or DER form; expected the format JWK".into(),
            ));
        }
        KeyMaterial::Rsa {
            public,
            private: None,
        } => write_rsa_public(public),
        KeyMaterial::Rsa {
            public,
            private: Some(private),
        } => write_rsa_private(public, private),
        KeyMaterial::Ec {
            curve,
            point,
            private: None,
        } => write_public(ec_algorithm(&curve.oid()), point),
        KeyMaterial::Ec {
            curve,
            point,
            private: Some(private),
        } => write_ec_private(*curve, point, private),
        KeyMaterial::Ed25519 { public, seed: None } => write_public(ed25519_algorithm(), public),
        KeyMaterial::Ed25519 {
            seed: Some(seed), ..
        } => write_ed25519_private(seed),
    };
    written.map_err(|e| CryptoError::Failed(format!("the key could not be written as DER: {e}")))
}

fn write_rsa_public(public: &RsaPublic) -> der::Result<Vec<u8>> {
    let key = to_vec(&RsaPublicKey {
        modulus: UintRef::new(&public.n)?,
        public_exponent: UintRef::new(&public.e)?,
    })?;
    write_public(rsa_algorithm(), &key)
}

fn write_rsa_private(public: &RsaPublic, private: &RsaPrivate) -> der::Result<Vec<u8>> {
    let key = to_vec(&RsaPrivateKey {
        modulus: UintRef::new(&public.n)?,
        public_exponent: UintRef::new(&public.e)?,
        private_exponent: UintRef::new(&private.d)?,
        prime1: UintRef::new(&private.p)?,
        prime2: UintRef::new(&private.q)?,
        exponent1: UintRef::new(&private.dp)?,
        exponent2: UintRef::new(&private.dq)?,
        coefficient: UintRef::new(&private.qi)?,
        other_prime_infos: None,
    })?;
    to_vec(&PrivateKeyInfo::new(rsa_algorithm(), &key))
}

fn write_ec_private(curve: Curve, point: &[u8], private: &[u8]) -> der::Result<Vec<u8>> {
    let key = to_vec(&EcPrivateKey {
        private,
        curve: None, // the wrapper names it
        point: Some(BitStringRef::from_bytes(point)?),
    })?;
    to_vec(&PrivateKeyInfo::new(ec_algorithm(&curve.oid()), &key))
}

/// Without the public half, as RFC 8410 shows it: not everybody reads the version of PKCS#8 that can hold both.
fn write_ed25519_private(seed: &[u8]) -> der::Result<Vec<u8>> {
    let key = to_vec(&OctetStringRef::new(seed)?)?;
    to_vec(&PrivateKeyInfo::new(ed25519_algorithm(), &key))
}

fn write_public(algorithm: AlgorithmIdentifierRef<'_>, key: &[u8]) -> der::Result<Vec<u8>> {
    to_vec(&SubjectPublicKeyInfoRef {
        algorithm,
        subject_public_key: BitStringRef::from_bytes(key)?,
    })
}

/// RFC 8017 appendix A.1 wants the parameters to be there, and to be NULL.
fn rsa_algorithm() -> AlgorithmIdentifierRef<'static> {
    AlgorithmIdentifierRef {
        oid: RSA,
        parameters: Some(AnyRef::NULL),
    }
}

fn ec_algorithm(curve: &der::asn1::ObjectIdentifier) -> AlgorithmIdentifierRef<'_> {
    AlgorithmIdentifierRef {
        oid: EC,
        parameters: Some(AnyRef::from(curve)),
    }
}

fn ed25519_algorithm() -> AlgorithmIdentifierRef<'static> {
    AlgorithmIdentifierRef {
        oid: ED25519,
        parameters: None,
    }
}

fn to_vec(value: &impl Encode) -> der::Result<Vec<u8>> {
    let mut buffer = vec![0; usize::try_from(value.encoded_len()?)?];
    value.encode_to_slice(&mut buffer)?;
    Ok(buffer)
}
