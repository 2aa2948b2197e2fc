//! The signature algorithms by their names in tokens (RFC 7518 section 3.1, RFC 8037).

use crate::services::SignatureAlgorithm;

/// What kind of key an algorithm takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Family {
    /// One secret that both signs and verifies.
    Secret,
    Rsa,
    Ec,
    Ed25519,
}

impl Family {
    /// The key, in words, for messages.
    pub fn private_key(self) -> &'static str {
        match self {
            Family::Secret => "a secret",
            Family::Rsa => "an RSA private key, PEM, PKCS#1 or PKCS#8",
            Family::Ec => "an EC private key, PEM, PKCS#8",
            Family::Ed25519 => "an Ed25519 private key, PEM, PKCS#8",
        }
    }
}

/// An algorithm.
#[derive(Debug)]
pub struct Algorithm {
    /// The value of the header parameter `alg`.
    pub name: &'static str,
    /// How the host calls it.
    pub code: SignatureAlgorithm,
    pub family: Family,
}

/// What signs a token when the contents config does not say.
pub const DEFAULT: &str = "RS512";

/// All algorithms. `none` is not one of them, and cannot be named anywhere.
static ALGORITHMS: [Algorithm; 12] = [
    algorithm("HS256", SignatureAlgorithm::Hs256, Family::Secret),
    algorithm("HS384", SignatureAlgorithm::Hs384, Family::Secret),
    algorithm("HS512", SignatureAlgorithm::Hs512, Family::Secret),
    algorithm("RS256", SignatureAlgorithm::Rs256, Family::Rsa),
    algorithm("RS384", SignatureAlgorithm::Rs384, Family::Rsa),
    algorithm("RS512", SignatureAlgorithm::Rs512, Family::Rsa),
    algorithm("PS256", SignatureAlgorithm::Ps256, Family::Rsa),
    algorithm("PS384", SignatureAlgorithm::Ps384, Family::Rsa),
    algorithm("PS512", SignatureAlgorithm::Ps512, Family::Rsa),
    algorithm("ES256", SignatureAlgorithm::Es256, Family::Ec),
    algorithm("ES384", SignatureAlgorithm::Es384, Family::Ec),
    algorithm("EdDSA", SignatureAlgorithm::EdDsa, Family::Ed25519),
];

const fn algorithm(name: &'static str, code: SignatureAlgorithm, family: Family) -> Algorithm {
    Algorithm { name, code, family }
}

/// The algorithm of that name, or a message with the names that there are.
pub fn find(name: &str) -> Result<&'static Algorithm, String> {
    ALGORITHMS
        .iter()
        .find(|algorithm| algorithm.name == name)
        .ok_or_else(|| {
            let names: Vec<_> = ALGORITHMS.iter().map(|algorithm| algorithm.name).collect();
            format!(
                "{name:?} is not an algorithm of this plugin; use one of {}",
                names.join(", ")
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_found_under_its_own_name() {
        for algorithm in &ALGORITHMS {
            assert_eq!(find(algorithm.name).unwrap().code, algorithm.code);
        }
    }

    #[test]
    fn none_and_other_spellings_are_no_algorithms() {
        for name in ["none", "None", "rs512", "RS999", "ES512", ""] {
            let error = find(name).unwrap_err();
            assert!(error.contains("use one of HS256, "), "{error}");
        }
    }
}
