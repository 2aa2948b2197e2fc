//! Signing and verifying.

use ring::hmac;
use ring::rand::SystemRandom;
use ring::rsa::KeyPairComponents;
use ring::signature::{
    self, Ed25519KeyPair, RsaEncoding, RsaKeyPair, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey,
};

use super::keys::{Curve, KeyMaterial, RsaPrivate, RsaPublic};
use super::pem::is_pem;
use super::{CryptoError, SignatureAlgorithm};

/// ring's part of an algorithm.
enum Scheme {
    Hmac(hmac::Algorithm),
    Rsa(&'static dyn RsaEncoding, &'static RsaParameters),
    Ecdsa(Curve),
    Ed25519,
}

impl SignatureAlgorithm {
    fn scheme(self) -> Scheme {
        use signature::*;
        match self {
            Self::Hs256 => Scheme::Hmac(hmac::HMAC_SHA256),
            Self::Hs384 => Scheme::Hmac(hmac::HMAC_SHA384),
            Self::Hs512 => Scheme::Hmac(hmac::HMAC_SHA512),
            Self::Rs256 => Scheme::Rsa(&RSA_PKCS1_SHA256, &RSA_PKCS1_2048_8192_SHA256),
            Self::Rs384 => Scheme::Rsa(&RSA_PKCS1_SHA384, &RSA_PKCS1_2048_8192_SHA384),
            Self::Rs512 => Scheme::Rsa(&RSA_PKCS1_SHA512, &RSA_PKCS1_2048_8192_SHA512),
            Self::Ps256 => Scheme::Rsa(&RSA_PSS_SHA256, &RSA_PSS_2048_8192_SHA256),
            Self::Ps384 => Scheme::Rsa(&RSA_PSS_SHA384, &RSA_PSS_2048_8192_SHA384),
            Self::Ps512 => Scheme::Rsa(&RSA_PSS_SHA512, &RSA_PSS_2048_8192_SHA512),
            Self::Es256 => Scheme::Ecdsa(Curve::P256),
            Self::Es384 => Scheme::Ecdsa(Curve::P384),
            Self::EdDsa => Scheme::Ed25519,
        }
    }
}

pub(super) fn sign(
    algorithm: SignatureAlgorithm,
    key: &KeyMaterial,
    data: &[u8],
) -> Result<Vec<u8>, CryptoError> {
    match (algorithm.scheme(), key) {
        (Scheme::Hmac(hash), KeyMaterial::Secret(secret)) => {
            let key = hmac_key(algorithm, hash, secret)?;
            Ok(hmac::sign(&key, data).as_ref().to_vec())
        }
        (
            Scheme::Rsa(encoding, _),
            KeyMaterial::Rsa {
                public,
                private: Some(private),
            },
        ) => {
            let pair = rsa_key_pair(public, private)?;
            let mut signature = vec![0; pair.public().modulus_len()];
            pair.sign(encoding, &SystemRandom::new(), data, &mut signature)
                .map_err(|_| {
                    CryptoError::InvalidKey(
                        "RSA private key whose numbers contradict each other".into(),
                    )
                })?;
            Ok(signature)
        }
        (
            Scheme::Ecdsa(needed),
            KeyMaterial::Ec {
                curve,
                point,
                private: Some(private),
            },
        ) if *curve == needed => {
            let signature = curve
                .key_pair(private, point)?
                .sign(&SystemRandom::new(), data)
                .map_err(|_| CryptoError::Failed("the ECDSA signature could not be made".into()))?;
            Ok(signature.as_ref().to_vec())
        }
        (
            Scheme::Ed25519,
            KeyMaterial::Ed25519 {
                public,
                seed: Some(seed),
            },
        ) => {
            let pair = Ed25519KeyPair::from_seed_and_public_key(seed, public)
                .map_err(|e| CryptoError::InvalidKey(format!("Ed25519 private key: {e}")))?;
            Ok(pair.sign(data).as_ref().to_vec())
        }
        (scheme, key) => Err(mismatch(algorithm, &scheme, "private", key)),
    }
}

pub(super) fn verify(
    algorithm: SignatureAlgorithm,
    key: &KeyMaterial,
    data: &[u8],
    signature: &[u8],
) -> Result<bool, CryptoError> {
    match (algorithm.scheme(), key) {
        (Scheme::Hmac(hash), KeyMaterial::Secret(secret)) => {
            let key = hmac_key(algorithm, hash, secret)?;
            Ok(hmac::verify(&key, data, signature).is_ok())
        }
        (Scheme::Rsa(_, parameters), KeyMaterial::Rsa { public, .. }) => {
            check_rsa(public, MAX_PUBLIC_BITS, MIN_PUBLIC_EXPONENT)?;
            let key = RsaPublicKeyComponents {
                n: &public.n,
                e: &public.e,
            };
            Ok(key.verify(parameters, data, signature).is_ok())
        }
        (Scheme::Ecdsa(needed), KeyMaterial::Ec { curve, point, .. }) if *curve == needed => {
            let parameters: &dyn signature::VerificationAlgorithm = match curve {
                Curve::P256 => &signature::ECDSA_P256_SHA256_FIXED,
                Curve::P384 => &signature::ECDSA_P384_SHA384_FIXED,
            };
            let verified = UnparsedPublicKey::new(parameters, point)
                .verify(data, signature)
                .is_ok();
            if !verified {
                key.check_curve_point()?;
            }
            Ok(verified)
        }
        (Scheme::Ed25519, KeyMaterial::Ed25519 { public, .. }) => {
            let key = UnparsedPublicKey::new(&signature::ED25519, public);
            Ok(key.verify(data, signature).is_ok())
        }
        (scheme, key) => Err(mismatch(algorithm, &scheme, "public", key)),
    }
}

/// Refuses a key in PEM form: whoever lets a token choose the algorithm would otherwise accept tokens that anybody can
/// sign, with the public key as the secret (RFC 8725 section 2.1).
fn hmac_key(
    algorithm: SignatureAlgorithm,
    hash: hmac::Algorithm,
    secret: &[u8],
) -> Result<hmac::Key, CryptoError> {
    if is_pem(secret) {
        return Err(CryptoError::Unsupported(format!(
            "{} needs a secret; this is PEM text, which belongs to an algorithm with public and private keys",
            algorithm.name()
        )));
    }
    Ok(hmac::Key::new(hash, secret))
}

const MIN_BITS: usize = 2048;
const MAX_PUBLIC_BITS: usize = 8192;
const MAX_PRIVATE_BITS: usize = 4096;
const MIN_PUBLIC_EXPONENT: u64 = 3;
const MIN_PRIVATE_EXPONENT: u64 = 65537;

/// Checks what ring checks too, without saying it in so many words.
fn check_rsa(public: &RsaPublic, max_bits: usize, min_exponent: u64) -> Result<(), CryptoError> {
    let leading = public
        .n
        .first()
        .map_or(0, |byte| byte.leading_zeros() as usize);
    let bits = public.n.len() * 8 - leading;
    let invalid = |reason: String| Err(CryptoError::InvalidKey(reason));
    if bits < MIN_BITS {
        return invalid(format!(
            "RSA key of {bits} bits; at least {MIN_BITS} are needed"
        ));
    }
    if bits > max_bits {
        return invalid(format!(
            "RSA key of {bits} bits; at most {max_bits} are possible here"
        ));
    }
    if public.n.last().is_none_or(|byte| byte % 2 == 0) {
        return invalid("RSA key whose modulus is even".into());
    }
    let exponent = match public.e.len() {
        0..=8 => public.e.iter().fold(0, |e, byte| e << 8 | u64::from(*byte)),
        _ => u64::MAX,
    };
    if exponent < min_exponent || exponent >= 1 << 33 || exponent % 2 == 0 {
        return invalid(format!(
            "RSA key whose public exponent is not an odd number from {min_exponent} to 2^33"
        ));
    }
    Ok(())
}

fn rsa_key_pair(public: &RsaPublic, private: &RsaPrivate) -> Result<RsaKeyPair, CryptoError> {
    check_rsa(public, MAX_PRIVATE_BITS, MIN_PRIVATE_EXPONENT)?;
    RsaKeyPair::from_components(&KeyPairComponents {
        public_key: RsaPublicKeyComponents {
            n: &public.n,
            e: &public.e,
        },
        d: &private.d,
        p: &private.p,
        q: &private.q,
        dP: &private.dp,
        dQ: &private.dq,
        qInv: &private.qi,
    })
    .map_err(|e| CryptoError::InvalidKey(format!("RSA private key: {e}")))
}

fn mismatch(
    algorithm: SignatureAlgorithm,
    scheme: &Scheme,
    half: &str,
    found: &KeyMaterial,
) -> CryptoError {
    let needed = match scheme {
        Scheme::Hmac(_) => "a secret or a JWK of the type `oct`".into(),
        Scheme::Rsa(..) => format!("an RSA {half} key"),
        Scheme::Ecdsa(curve) => format!("an EC {} {half} key", curve.name()),
        Scheme::Ed25519 => format!("an Ed25519 {half} key"),
    };
    CryptoError::Unsupported(format!(
        "{} needs {needed}; this is {}",
        algorithm.name(),
        found.describe()
    ))
}
