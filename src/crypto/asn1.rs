//! Keys in DER: PKCS#1 (RFC 8017), PKCS#8 (RFC 5958), SEC1 (RFC 5915) and SubjectPublicKeyInfo (RFC 5280).

use pkcs1::{RsaPrivateKey, RsaPublicKey};
use pkcs8::der::asn1::{
    AnyRef, BitStringRef, ContextSpecific, ObjectIdentifier, OctetStringRef, UintRef,
};
use pkcs8::der::{
    self, Decode, DecodeValue, Encode, EncodeValue, Header, Length, Reader, Sequence, SliceReader,
    Tag, TagMode, TagNumber, Tagged, Writer,
};
use pkcs8::{AlgorithmIdentifierRef, PrivateKeyInfo, SubjectPublicKeyInfoRef};

use super::CryptoError;
use super::keys::{Curve, KeyMaterial, RsaPrivate, RsaPublic};
use super::pem::is_pem;

pub(super) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(super) const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(super) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

impl Curve {
    pub(super) fn oid(self) -> ObjectIdentifier {
        match self {
            Self::P256 => P256,
            Self::P384 => P384,
        }
    }
}

/// Reads a key in whichever of the encodings it is.
pub(super) fn read(bytes: &[u8]) -> Result<KeyMaterial, CryptoError> {
    match detect(bytes) {
        Ok(Encoding::Pkcs1Private) => read_pkcs1_private(bytes),
        Ok(Encoding::Pkcs1Public) => read_pkcs1_public(bytes),
        Ok(Encoding::Pkcs8) => read_pkcs8(bytes),
        Ok(Encoding::Sec1) => read_sec1(bytes, None),
        Ok(Encoding::Spki) => read_spki(bytes),
        Ok(Encoding::EncryptedPkcs8) => Err(encrypted()),
        Ok(Encoding::Certificate) => Err(CryptoError::InvalidKey(
            "an X.509 certificate, not a key; \"openssl x509 -in cert.pem -pubkey -noout\" prints its public key"
                .into(),
        )),
        Ok(Encoding::Unknown) => Err(CryptoError::InvalidKey(
            "DER of an unknown structure; expected PKCS#1, PKCS#8, SEC1 or SubjectPublicKeyInfo".into(),
        )),
        Err(_) if is_pem(bytes) => Err(CryptoError::InvalidKey(
            "the bytes are PEM text; expected DER, or the text passed as a PEM key".into(),
        )),
        Err(e) => Err(CryptoError::InvalidKey(format!(
            "not DER: {e}; expected PKCS#1, PKCS#8, SEC1 or SubjectPublicKeyInfo"
        ))),
    }
}

pub(super) fn encrypted() -> CryptoError {
    CryptoError::Unsupported(
        "the private key is encrypted; expected one without a password: \
         \"openssl pkey -in key.pem -out decrypted.pem\" asks for the password and removes it"
            .into(),
    )
}

enum Encoding {
    Pkcs1Private,
    Pkcs1Public,
    Pkcs8,
    EncryptedPkcs8,
    Sec1,
    Spki,
    Certificate,
    Unknown,
}

/// Each encoding is a SEQUENCE; the types of the first two elements tell them apart.
fn detect(bytes: &[u8]) -> der::Result<Encoding> {
    let outer = AnyRef::from_der(bytes)?;
    outer.tag().assert_eq(Tag::Sequence)?;
    let mut reader = SliceReader::new(outer.value())?;
    let first: AnyRef<'_> = reader.decode()?;
    let second: AnyRef<'_> = reader.decode()?;
    Ok(match (first.tag(), second.tag()) {
        (Tag::Integer, Tag::Integer) if reader.is_finished() => Encoding::Pkcs1Public,
        (Tag::Integer, Tag::Integer) => Encoding::Pkcs1Private,
        (Tag::Integer, Tag::Sequence) => Encoding::Pkcs8,
        (Tag::Integer, Tag::OctetString) => Encoding::Sec1,
        (Tag::Sequence, Tag::BitString) => Encoding::Spki,
        (Tag::Sequence, Tag::OctetString) => Encoding::EncryptedPkcs8,
        (Tag::Sequence, Tag::Sequence) => Encoding::Certificate,
        _ => Encoding::Unknown,
    })
}

fn read_pkcs1_public(bytes: &[u8]) -> Result<KeyMaterial, CryptoError> {
    let key = RsaPublicKey::from_der(bytes).map_err(|e| malformed("PKCS#1 RSA public key", e))?;
    Ok(KeyMaterial::Rsa {
        public: rsa_public(&key),
        private: None,
    })
}

fn read_pkcs1_private(bytes: &[u8]) -> Result<KeyMaterial, CryptoError> {
    let key = RsaPrivateKey::from_der(bytes).map_err(|e| malformed("PKCS#1 RSA private key", e))?;
    let number = |n: UintRef<'_>| n.as_bytes().to_vec();
    Ok(KeyMaterial::Rsa {
        public: rsa_public(&key.public_key()),
        private: Some(RsaPrivate {
            d: number(key.private_exponent),
            p: number(key.prime1),
            q: number(key.prime2),
            dp: number(key.exponent1),
            dq: number(key.exponent2),
            qi: number(key.coefficient),
        }),
    })
}

fn rsa_public(key: &RsaPublicKey<'_>) -> RsaPublic {
    RsaPublic {
        n: key.modulus.as_bytes().to_vec(),
        e: key.public_exponent.as_bytes().to_vec(),
    }
}

fn read_pkcs8(bytes: &[u8]) -> Result<KeyMaterial, CryptoError> {
    let info = PrivateKeyInfo::from_der(bytes).map_err(|e| malformed("PKCS#8 private key", e))?;
    match info.algorithm.oid {
        RSA => read_pkcs1_private(info.private_key),
        EC => read_sec1(info.private_key, Some(named_curve(&info.algorithm)?)),
        ED25519 => {
            let seed = OctetStringRef::from_der(info.private_key)
                .map_err(|e| malformed("PKCS#8 Ed25519 private key", e))?;
            KeyMaterial::ed25519_private(seed.as_bytes().to_vec(), info.public_key)
        }
        oid => Err(unknown_type(oid)),
    }
}

fn read_spki(bytes: &[u8]) -> Result<KeyMaterial, CryptoError> {
    let malformed = |e| malformed("SubjectPublicKeyInfo", e);
    let info = SubjectPublicKeyInfoRef::from_der(bytes).map_err(malformed)?;
    let key = info
        .subject_public_key
        .as_bytes()
        .ok_or_else(|| malformed(Tag::BitString.value_error()))?;
    match info.algorithm.oid {
        RSA => read_pkcs1_public(key),
        EC => KeyMaterial::ec(named_curve(&info.algorithm)?, key.to_vec(), None),
        ED25519 => KeyMaterial::ed25519_public(key.to_vec()),
        oid => Err(unknown_type(oid)),
    }
}

/// Inside PKCS#8 the curve is told by the wrapper, elsewhere by the structure itself.
fn read_sec1(bytes: &[u8], outer: Option<Curve>) -> Result<KeyMaterial, CryptoError> {
    let key = EcPrivateKey::from_der(bytes).map_err(|e| malformed("SEC1 EC private key", e))?;
    let curve = match (outer, key.curve) {
        (Some(curve), _) => curve,
        (None, Some(oid)) => curve_of(oid)?,
        (None, None) => {
            return Err(CryptoError::InvalidKey(
                "SEC1 EC private key that does not name its curve; expected P-256 or P-384".into(),
            ));
        }
    };
    let point = key.point.and_then(|point| point.as_bytes()).ok_or_else(|| {
        // Java writes such keys. Working the point out takes arithmetic that ring keeps to itself.
        CryptoError::Unsupported(
            "EC private key without its public half; \"openssl ec -in key.pem -out full.pem\" adds it".into(),
        )
    })?;
    KeyMaterial::ec(curve, point.to_vec(), Some(key.private.to_vec()))
}

fn named_curve(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<Curve, CryptoError> {
    let oid = algorithm
        .parameters
        .and_then(|parameters| parameters.decode_as::<ObjectIdentifier>().ok())
        .ok_or_else(|| {
            CryptoError::Unsupported(
                "EC key whose curve is spelt out instead of named; expected P-256 or P-384: \
                 \"openssl ec -in key.pem -param_enc named_curve -out named.pem\" \
                 (with -pubin -pubout for a public key) names it"
                    .into(),
            )
        })?;
    curve_of(oid)
}

fn curve_of(oid: ObjectIdentifier) -> Result<Curve, CryptoError> {
    Curve::ALL
        .into_iter()
        .find(|curve| curve.oid() == oid)
        .ok_or_else(|| {
            let name = match oid.to_string().as_str() {
                "1.3.132.0.35" => "P-521".to_owned(),
                "1.3.132.0.10" => "secp256k1".to_owned(),
                other => format!("with the OID {other}"),
            };
            CryptoError::Unsupported(format!(
                "EC key on the curve {name}; expected P-256 or P-384"
            ))
        })
}

fn unknown_type(oid: ObjectIdentifier) -> CryptoError {
    let name = match oid.to_string().as_str() {
        "1.2.840.113549.1.1.10" => "RSA restricted to PSS".to_owned(),
        "1.2.840.10040.4.1" => "DSA".to_owned(),
        "1.3.101.110" => "X25519".to_owned(),
        "1.3.101.113" => "Ed448".to_owned(),
        other => format!("with the OID {other}"),
    };
    CryptoError::Unsupported(format!(
        "key of the type {name}; expected RSA, EC (P-256 or P-384) or Ed25519"
    ))
}

fn malformed(what: &str, error: der::Error) -> CryptoError {
    CryptoError::InvalidKey(format!("malformed {what}: {error}"))
}

/// `ECPrivateKey` of RFC 5915, which the crates at hand do not have.
pub(super) struct EcPrivateKey<'a> {
    pub private: &'a [u8],
    pub curve: Option<ObjectIdentifier>,
    pub point: Option<BitStringRef<'a>>,
}

impl EcPrivateKey<'_> {
    const VERSION: u8 = 1;

    fn curve_field(&self) -> Option<ContextSpecific<ObjectIdentifier>> {
        self.curve.map(|value| explicit(TagNumber::N0, value))
    }

    fn point_field(&self) -> Option<ContextSpecific<BitStringRef<'_>>> {
        self.point.map(|value| explicit(TagNumber::N1, value))
    }
}

fn explicit<T>(tag_number: TagNumber, value: T) -> ContextSpecific<T> {
    ContextSpecific {
        tag_number,
        tag_mode: TagMode::Explicit,
        value,
    }
}

impl<'a> DecodeValue<'a> for EcPrivateKey<'a> {
    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        reader.read_nested(header.length, |reader| {
            if u8::decode(reader)? != Self::VERSION {
                return Err(Tag::Integer.value_error());
            }
            Ok(Self {
                private: OctetStringRef::decode(reader)?.as_bytes(),
                curve: reader.context_specific(TagNumber::N0, TagMode::Explicit)?,
                point: reader.context_specific(TagNumber::N1, TagMode::Explicit)?,
            })
        })
    }
}

impl EncodeValue for EcPrivateKey<'_> {
    fn value_len(&self) -> der::Result<Length> {
        Self::VERSION.encoded_len()?
            + OctetStringRef::new(self.private)?.encoded_len()?
            + self.curve_field().encoded_len()?
            + self.point_field().encoded_len()?
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        Self::VERSION.encode(writer)?;
        OctetStringRef::new(self.private)?.encode(writer)?;
        self.curve_field().encode(writer)?;
        self.point_field().encode(writer)
    }
}

impl<'a> Sequence<'a> for EcPrivateKey<'a> {}
