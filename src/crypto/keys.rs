//! What a key is, whatever form it came in.

use ring::{agreement, rand::SystemRandom, signature};

use super::{CryptoError, Key, asn1, jwk, pem};

/// A key that has been read. The public half is always there.
pub(super) enum KeyMaterial {
    Secret(Vec<u8>),
    Rsa {
        public: RsaPublic,
        private: Option<RsaPrivate>,
    },
    Ec {
        curve: Curve,
        /// The uncompressed point: 4, x, y.
        point: Vec<u8>,
        private: Option<Vec<u8>>,
    },
    Ed25519 {
        public: Vec<u8>,
        seed: Option<Vec<u8>>,
    },
}

/// Numbers in big-endian order without leading zeros, as ring and DER want them.
pub(super) struct RsaPublic {
    pub n: Vec<u8>,
    pub e: Vec<u8>,
}

/// The names are those of JWK; so is the order (RFC 7518 section 6.3.2).
pub(super) struct RsaPrivate {
    pub d: Vec<u8>,
    pub p: Vec<u8>,
    pub q: Vec<u8>,
    pub dp: Vec<u8>,
    pub dq: Vec<u8>,
    pub qi: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
}

/// Reads a key in any of the accepted forms.
pub(super) fn read(key: &Key) -> Result<KeyMaterial, CryptoError> {
    match key {
        Key::Pem(text) => pem::read(text),
        Key::Der(bytes) => asn1::read(bytes),
        Key::Jwk(text) => jwk::read(text),
        Key::Secret(bytes) => KeyMaterial::secret(bytes.clone()),
    }
}

impl KeyMaterial {
    pub fn secret(bytes: Vec<u8>) -> Result<Self, CryptoError> {
        if bytes.is_empty() {
            return Err(CryptoError::InvalidKey("the secret is empty".into()));
        }
        Ok(Self::Secret(bytes))
    }

    /// An EC key from a point as it stands in DER.
    pub fn ec(curve: Curve, point: Vec<u8>, private: Option<Vec<u8>>) -> Result<Self, CryptoError> {
        if matches!(point.first(), Some(2 | 3)) {
            return Err(CryptoError::Unsupported(
                "EC key with a compressed point; \"openssl ec -in key.pem -conv_form uncompressed -out new.pem\" \
                 (with -pubin -pubout for a public key) writes it out"
                    .into(),
            ));
        }
        let size = curve.size();
        if point.len() != 1 + 2 * size || point[0] != 4 {
            return Err(CryptoError::InvalidKey(format!(
                "EC {} key whose point is not made of a 4 and two numbers of {size} bytes",
                curve.name()
            )));
        }
        if let Some(private) = &private
            && private.len() != size
        {
            return Err(CryptoError::InvalidKey(format!(
                "EC {} key whose private number has {} bytes; expected {size}",
                curve.name(),
                private.len()
            )));
        }
        Ok(Self::Ec {
            curve,
            point,
            private,
        })
    }

    pub fn ed25519_public(public: Vec<u8>) -> Result<Self, CryptoError> {
        check_ed25519_size("public", &public)?;
        Ok(Self::Ed25519 { public, seed: None })
    }

    /// An Ed25519 key pair; `public`, where the key contains it, has to agree with the seed.
    pub fn ed25519_private(seed: Vec<u8>, public: Option<&[u8]>) -> Result<Self, CryptoError> {
        check_ed25519_size("private", &seed)?;
        let pair = signature::Ed25519KeyPair::from_seed_unchecked(&seed)
            .map_err(|e| CryptoError::InvalidKey(format!("Ed25519 private key: {e}")))?;
        let derived = signature::KeyPair::public_key(&pair).as_ref();
        if public.is_some_and(|public| public != derived) {
            return Err(CryptoError::InvalidKey(
                "Ed25519 key whose public half does not belong to its private half".into(),
            ));
        }
        Ok(Self::Ed25519 {
            public: derived.to_vec(),
            seed: Some(seed),
        })
    }

    pub fn is_private(&self) -> bool {
        match self {
            Self::Secret(_) => false,
            Self::Rsa { private, .. } => private.is_some(),
            Self::Ec { private, .. } => private.is_some(),
            Self::Ed25519 { seed, .. } => seed.is_some(),
        }
    }

    /// Drops the private half. A secret has no halves and stays what it is.
    pub fn into_public(mut self) -> Self {
        match &mut self {
            Self::Secret(_) => {}
            Self::Rsa { private, .. } => *private = None,
            Self::Ec { private, .. } => *private = None,
            Self::Ed25519 { seed, .. } => *seed = None,
        }
        self
    }

    /// What it is, for error messages: `an EC P-256 public key`.
    pub fn describe(&self) -> String {
        let half = if self.is_private() {
            "private"
        } else {
            "public"
        };
        match self {
            Self::Secret(_) => "a secret".into(),
            Self::Rsa { .. } => format!("an RSA {half} key"),
            Self::Ec { curve, .. } => format!("an EC {} {half} key", curve.name()),
            Self::Ed25519 { .. } => format!("an Ed25519 {half} key"),
        }
    }

    /// Makes sure that the point of an EC key is on its curve and, in a private key, belongs to the private number.
    ///
    /// ring checks this too, but while verifying it does not say whether the key or the signature was wrong.
    pub fn check_curve_point(&self) -> Result<(), CryptoError> {
        let Self::Ec {
            curve,
            point,
            private,
        } = self
        else {
            return Ok(());
        };
        match private {
            Some(private) => curve.key_pair(private, point).map(drop),
            None => curve.check_point(point),
        }
    }
}

fn check_ed25519_size(half: &str, bytes: &[u8]) -> Result<(), CryptoError> {
    if bytes.len() == 32 {
        return Ok(());
    }
    Err(CryptoError::InvalidKey(format!(
        "Ed25519 {half} key of {} bytes; expected 32",
        bytes.len()
    )))
}

impl Curve {
    pub const ALL: [Self; 2] = [Self::P256, Self::P384];

    /// The name in messages and in the `crv` member of a JWK.
    pub fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
        }
    }

    /// The bytes of a coordinate, and of a private number.
    pub fn size(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }

    pub fn key_pair(
        self,
        private: &[u8],
        point: &[u8],
    ) -> Result<signature::EcdsaKeyPair, CryptoError> {
        let algorithm = match self {
            Self::P256 => &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
            Self::P384 => &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        };
        let rng = SystemRandom::new();
        signature::EcdsaKeyPair::from_private_key_and_public_key(algorithm, private, point, &rng)
            .map_err(|_| {
                CryptoError::InvalidKey(format!(
                    "EC {} private key whose public half does not belong to its private half",
                    self.name()
                ))
            })
    }

    /// ring has no function for this; a key agreement with a key of our own checks the other side's point.
    fn check_point(self, point: &[u8]) -> Result<(), CryptoError> {
        let algorithm = match self {
            Self::P256 => &agreement::ECDH_P256,
            Self::P384 => &agreement::ECDH_P384,
        };
        let own = agreement::EphemeralPrivateKey::generate(algorithm, &SystemRandom::new())
            .map_err(|_| CryptoError::Failed("an ephemeral key could not be made".into()))?;
        let other = agreement::UnparsedPublicKey::new(algorithm, point);
        agreement::agree_ephemeral(own, &other, |_| ()).map_err(|_| {
            CryptoError::InvalidKey(format!(
                "EC {} public key whose point is not on the curve",
                self.name()
            ))
        })
    }
}
