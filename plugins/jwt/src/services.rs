//! What the plugin needs from outside itself: cryptography, randomness, the time, Pact's matching rules, and a place for log
//! records.

use crate::bindings::pact::plugin::{crypto, host};
use definitions::types::{MatchFieldRequest, Mismatch};

pub use crypto::{CryptoError, Key, SignatureAlgorithm};
pub use host::LogLevel;

/// The outside world. A trait, so that unit tests can stand in for the host.
pub trait Services {
    /// Seconds since 1970, which is how tokens tell the time.
    fn now(&self) -> u64;

    fn random_bytes(&self, length: u32) -> Vec<u8>;

    fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        key: &Key,
        data: &[u8],
    ) -> Result<Vec<u8>, CryptoError>;

    fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        key: &Key,
        data: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoError>;

    /// The public half of a private key, both as PEM.
    fn public_key(&self, private_key: &str) -> Result<String, CryptoError>;

    /// Applies the matching rule of a catalogue entry. An empty list means that the value matches.
    fn match_field(
        &self,
        entry_key: &str,
        request: &MatchFieldRequest,
    ) -> Result<Vec<Mismatch>, String>;

    fn log(&self, level: LogLevel, target: &str, message: &str);
}

/// The host's imports and WASI's clock.
pub struct HostServices;

impl Services for HostServices {
    fn now(&self) -> u64 {
        // A clock before 1970 is as good as one at 1970.
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
    }

    fn random_bytes(&self, length: u32) -> Vec<u8> {
        crypto::random_bytes(length)
    }

    fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        key: &Key,
        data: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        crypto::sign(algorithm, key, data)
    }

    fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        key: &Key,
        data: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoError> {
        crypto::verify(algorithm, key, data, signature)
    }

    fn public_key(&self, private_key: &str) -> Result<String, CryptoError> {
        let private_key = Key::Pem(private_key.to_owned());
        match crypto::public_key(&private_key, crypto::KeyFormat::Pem)? {
            Key::Pem(public_key) => Ok(public_key),
            _ => Err(CryptoError::Failed(
                "the host answered with a key that is not PEM".to_owned(),
            )),
        }
    }

    fn match_field(
        &self,
        entry_key: &str,
        request: &MatchFieldRequest,
    ) -> Result<Vec<Mismatch>, String> {
        host::match_field(entry_key, request)
    }

    fn log(&self, level: LogLevel, target: &str, message: &str) {
        host::log(level, target, message);
    }
}

/// The reason inside a crypto error, for messages to people.
pub fn reason(error: &CryptoError) -> &str {
    match error {
        CryptoError::InvalidKey(reason)
        | CryptoError::Unsupported(reason)
        | CryptoError::Failed(reason) => reason,
    }
}
