//! Cryptography for plugins: the `crypto` interface of `wit/host.wit`, on ring.
//!
//! ```
//! use pact_wasm::crypto::{self, Key, KeyFormat, SignatureAlgorithm};
//!
//! let private = Key::Jwk(
//!     r#"{"kty": "OKP", "crv": "Ed25519",
//!         "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
//!         "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
//!         .into(),
//! );
//! let signature = crypto::sign(SignatureAlgorithm::EdDsa, &private, b"header.payload")?;
//!
//! let public = crypto::public_key(&private, KeyFormat::Pem)?;
//! assert!(crypto::verify(SignatureAlgorithm::EdDsa, &public, b"header.payload", &signature)?);
//! # Ok::<(), crypto::CryptoError>(())
//! ```
//!
//! The algorithms are those of JSON Web Signature ([RFC 7518 section 3.1], [RFC 8037]). Keys are read from PEM, DER or
//! JWK ([RFC 7517]); each call reads its key anew, which takes microseconds.
//!
//! The messages of [`CryptoError`] are shown to people, through the plugin that made the call. They say what was found
//! and what was expected, and never contain key material.
//!
//! [RFC 7517]: https://www.rfc-editor.org/rfc/rfc7517
//! [RFC 7518 section 3.1]: https://www.rfc-editor.org/rfc/rfc7518#section-3.1
//! [RFC 8037]: https://www.rfc-editor.org/rfc/rfc8037

use std::fmt;

use ring::rand::{SecureRandom, SystemRandom};

mod asn1;
mod export;
mod jwk;
mod keys;
mod pem;
mod sign;
#[cfg(test)]
mod tests;

/// The most random bytes that one call of [`random_bytes`] returns.
pub const MAX_RANDOM_BYTES: usize = 65_536;

/// A signature algorithm of JSON Web Signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureAlgorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256 and a salt of 32 bytes.
    Ps256,
    /// RSASSA-PSS with SHA-384 and a salt of 48 bytes.
    Ps384,
    /// RSASSA-PSS with SHA-512 and a salt of 64 bytes.
    Ps512,
    /// ECDSA with P-256 and SHA-256; signatures are R and S side by side, 64 bytes.
    Es256,
    /// ECDSA with P-384 and SHA-384; signatures are R and S side by side, 96 bytes.
    Es384,
    /// Ed25519.
    EdDsa,
}

impl SignatureAlgorithm {
    /// The name in the `alg` header of a JSON Web Signature, for instance `RS512`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// A digest algorithm of the SHA-2 family (FIPS 180-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DigestAlgorithm {
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-384, 48 bytes.
    Sha384,
    /// SHA-512, 64 bytes.
    Sha512,
}

/// A key, in one of the forms in which keys are handed around.
#[derive(Clone, PartialEq, Eq)]
pub enum Key {
    /// PEM text: PKCS#1, PKCS#8, SEC1 or SubjectPublicKeyInfo. The first key block counts; text around it is ignored.
    Pem(String),
    /// The bytes that such a PEM text encodes. Which of the encodings it is follows from their structure.
    Der(Vec<u8>),
    /// The JSON text of a JSON Web Key of type `RSA`, `EC`, `OKP` or `oct`.
    Jwk(String),
    /// The secret of an HMAC.
    Secret(Vec<u8>),
}

/// Shows the form only: keys must not end up in logs.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pem(_) => "Pem(..)",
            Self::Der(_) => "Der(..)",
            Self::Jwk(_) => "Jwk(..)",
            Self::Secret(_) => "Secret(..)",
        })
    }
}

/// A form in which a key can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyFormat {
    /// PEM text of PKCS#8 for private keys, of SubjectPublicKeyInfo for public ones.
    Pem,
    /// The bytes of the same two encodings.
    Der,
    /// JSON Web Key, with the members that make up the key and no others.
    Jwk,
}

/// Why a key could not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// The key cannot be read, or is too weak.
    #[error("invalid key: {0}")]
    InvalidKey(String),
    /// Key and algorithm, or key and format, do not go together, or this host does not have it.
    #[error("unsupported: {0}")]
    Unsupported(String),
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

/// Signs `data` with a private key or a secret.
///
/// RSA keys have 2048 to 4096 bits (ring's limit for private keys).
///
/// # Errors
///
/// [`CryptoError::Unsupported`] when the key is of another type than the algorithm needs, or a public key.
/// [`CryptoError::InvalidKey`] when the key cannot be read, its parts contradict each other, or its size is not
/// acceptable.
pub fn sign(algorithm: SignatureAlgorithm, key: &Key, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
    sign::sign(algorithm, &keys::read(key)?, data)
}

/// Checks a signature with a public key, the public half of a private key, or a secret.
///
/// A signature that does not belong to the data is `Ok(false)`, of whatever length it is. RSA keys have 2048 to 8192
/// bits.
///
/// # Errors
///
/// As for [`sign()`]: the key could not be used, whatever the signature.
pub fn verify(
    algorithm: SignatureAlgorithm,
    key: &Key,
    data: &[u8],
    signature: &[u8],
) -> Result<bool, CryptoError> {
    sign::verify(algorithm, &keys::read(key)?, data, signature)
}

/// The public half of a private key.
///
/// # Errors
///
/// [`CryptoError::Unsupported`] when the key is a public one or a secret; [`CryptoError::InvalidKey`] when it cannot be
/// read.
pub fn public_key(private: &Key, format: KeyFormat) -> Result<Key, CryptoError> {
    let material = keys::read(private)?;
    if !material.is_private() {
        return Err(CryptoError::Unsupported(format!(
            "a public half exists of private keys only; this is {}",
            material.describe()
        )));
    }
    material.check_curve_point()?;
    export::write(&material.into_public(), format)
}

/// The same key in another format.
///
/// A public key stays public, a private key private. Members of a JWK that are not part of the key (`kid`, `use`,
/// `alg`) are left out.
///
/// # Errors
///
/// [`CryptoError::Unsupported`] for a secret in another format than JWK; [`CryptoError::InvalidKey`] when the key
/// cannot be read.
pub fn convert_key(key: &Key, format: KeyFormat) -> Result<Key, CryptoError> {
    let material = keys::read(key)?;
    material.check_curve_point()?;
    export::write(&material, format)
}

/// The digest of `data`.
pub fn digest(algorithm: DigestAlgorithm, data: &[u8]) -> Vec<u8> {
    let algorithm = match algorithm {
        DigestAlgorithm::Sha256 => &ring::digest::SHA256,
        DigestAlgorithm::Sha384 => &ring::digest::SHA384,
        DigestAlgorithm::Sha512 => &ring::digest::SHA512,
    };
    ring::digest::digest(algorithm, data).as_ref().to_vec()
}

/// Random bytes from the operating system, fit for keys.
///
/// # Errors
///
/// [`CryptoError::Failed`] when `length` is more than [`MAX_RANDOM_BYTES`], or the operating system has none to give.
pub fn random_bytes(length: usize) -> Result<Vec<u8>, CryptoError> {
    if length > MAX_RANDOM_BYTES {
        return Err(CryptoError::Failed(format!(
            "{length} random bytes asked for; at most {MAX_RANDOM_BYTES} can be had at a time"
        )));
    }
    let mut bytes = vec![0; length];
    SystemRandom::new().fill(&mut bytes).map_err(|_| {
        CryptoError::Failed("the operating system's random number generator failed".into())
    })?;
    Ok(bytes)
}
