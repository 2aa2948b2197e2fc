//! JSON Web Keys (RFC 7517, RFC 7518 section 6, RFC 8037 section 2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::CryptoError;
use super::keys::{Curve, KeyMaterial, RsaPrivate, RsaPublic};

pub(super) fn read(text: &str) -> Result<KeyMaterial, CryptoError> {
    let value: Value = serde_json::from_str(text)
        .map_err(|e| CryptoError::InvalidKey(format!("the JWK is not JSON: {e}")))?;
    let Value::Object(members) = value else {
        return Err(CryptoError::InvalidKey(
            "the JWK is not a JSON object".into(),
        ));
    };
    let jwk = Jwk(members);
    if jwk.has("keys") && !jwk.has("kty") {
        return Err(CryptoError::InvalidKey(
            "a set of JWKs; expected one of the members of its `keys`".into(),
        ));
    }
    match jwk.text("kty")? {
        "RSA" => read_rsa(&jwk),
        "EC" => read_ec(&jwk),
        "OKP" => read_okp(&jwk),
        "oct" => KeyMaterial::secret(jwk.bytes("k")?),
        other => Err(CryptoError::Unsupported(format!(
            "JWK of the type `{other}`; expected `RSA`, `EC`, `OKP` or `oct`"
        ))),
    }
}

fn read_rsa(jwk: &Jwk) -> Result<KeyMaterial, CryptoError> {
    let public = RsaPublic {
        n: jwk.number("n")?,
        e: jwk.number("e")?,
    };
    let private = if jwk.has("d") {
        Some(read_rsa_private(jwk)?)
    } else {
        None
    };
    Ok(KeyMaterial::Rsa { public, private })
}

fn read_rsa_private(jwk: &Jwk) -> Result<RsaPrivate, CryptoError> {
    if jwk.has("oth") {
        return Err(CryptoError::Unsupported(
            "RSA JWK with more than two primes (`oth`)".into(),
        ));
    }
    // RFC 7518 lets a key leave these out, ring does not.
    if let Some(missing) = ["p", "q", "dp", "dq", "qi"]
        .into_iter()
        .find(|name| !jwk.has(name))
    {
        return Err(CryptoError::Unsupported(format!(
            "RSA JWK with `d` but without `{missing}`; expected `p`, `q`, `dp`, `dq` and `qi` too"
        )));
    }
    Ok(RsaPrivate {
        d: jwk.number("d")?,
        p: jwk.number("p")?,
        q: jwk.number("q")?,
        dp: jwk.number("dp")?,
        dq: jwk.number("dq")?,
        qi: jwk.number("qi")?,
    })
}

fn read_ec(jwk: &Jwk) -> Result<KeyMaterial, CryptoError> {
    let crv = jwk.text("crv")?;
    let Some(curve) = Curve::ALL.into_iter().find(|curve| curve.name() == crv) else {
        return Err(CryptoError::Unsupported(format!(
            "EC JWK on the curve `{crv}`; expected `P-256` or `P-384`"
        )));
    };
    let mut point = vec![4];
    point.extend(jwk.coordinate("x", curve)?);
    point.extend(jwk.coordinate("y", curve)?);
    let private = if jwk.has("d") {
        Some(jwk.coordinate("d", curve)?)
    } else {
        None
    };
    KeyMaterial::ec(curve, point, private)
}

fn read_okp(jwk: &Jwk) -> Result<KeyMaterial, CryptoError> {
    let crv = jwk.text("crv")?;
    if crv != "Ed25519" {
        return Err(CryptoError::Unsupported(format!(
            "OKP JWK on the curve `{crv}`; expected `Ed25519`"
        )));
    }
    let public = jwk.bytes("x")?;
    if jwk.has("d") {
        KeyMaterial::ed25519_private(jwk.bytes("d")?, Some(&public))
    } else {
        KeyMaterial::ed25519_public(public)
    }
}

struct Jwk(Map<String, Value>);

impl Jwk {
    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn text(&self, name: &str) -> Result<&str, CryptoError> {
        match self.0.get(name) {
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(CryptoError::InvalidKey(format!(
                "the member `{name}` of the JWK is not a string"
            ))),
            None => Err(CryptoError::InvalidKey(format!(
                "the JWK has no member `{name}`"
            ))),
        }
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, CryptoError> {
        URL_SAFE_NO_PAD.decode(self.text(name)?).map_err(|e| {
            CryptoError::InvalidKey(format!(
                "the member `{name}` of the JWK is not base64url without padding: {e}"
            ))
        })
    }

    /// RFC 7518 forbids leading zeros, but libraries that write them are so common that it warns of them.
    fn number(&self, name: &str) -> Result<Vec<u8>, CryptoError> {
        let bytes = self.bytes(name)?;
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        if zeros == bytes.len() {
            return Err(CryptoError::InvalidKey(format!(
                "the member `{name}` of the JWK is zero"
            )));
        }
        Ok(bytes[zeros..].to_vec())
    }

    fn coordinate(&self, name: &str, curve: Curve) -> Result<Vec<u8>, CryptoError> {
        let bytes = self.bytes(name)?;
        if bytes.len() != curve.size() {
            return Err(CryptoError::InvalidKey(format!(
                "the member `{name}` of the JWK has {} bytes; expected {} on {}",
                bytes.len(),
                curve.size(),
                curve.name()
            )));
        }
        Ok(bytes)
    }
}

/// The members that make up the key, in the order of the specifications.
pub(super) fn write(material: &KeyMaterial) -> String {
    let mut jwk = Map::new();
    match material {
        KeyMaterial::Secret(secret) => {
            jwk.insert("kty".into(), "oct".into());
            put(&mut jwk, "k", secret);
        }
        KeyMaterial::Rsa { public, private } => {
            jwk.insert("kty".into(), "RSA".into());
            put(&mut jwk, "n", &public.n);
            put(&mut jwk, "e", &public.e);
            if let Some(private) = private {
                put(&mut jwk, "d", &private.d);
                put(&mut jwk, "p", &private.p);
                put(&mut jwk, "q", &private.q);
                put(&mut jwk, "dp", &private.dp);
                put(&mut jwk, "dq", &private.dq);
                put(&mut jwk, "qi", &private.qi);
            }
        }
        KeyMaterial::Ec {
            curve,
            point,
            private,
        } => {
            let (x, y) = point[1..].split_at(curve.size());
            jwk.insert("kty".into(), "EC".into());
            jwk.insert("crv".into(), curve.name().into());
            put(&mut jwk, "x", x);
            put(&mut jwk, "y", y);
            if let Some(private) = private {
                put(&mut jwk, "d", private);
            }
        }
        KeyMaterial::Ed25519 { public, seed } => {
            jwk.insert("kty".into(), "OKP".into());
            jwk.insert("crv".into(), "Ed25519".into());
            put(&mut jwk, "x", public);
            if let Some(seed) = seed {
                put(&mut jwk, "d", seed);
            }
        }
    }
    Value::Object(jwk).to_string()
}

fn put(jwk: &mut Map<String, Value>, name: &str, bytes: &[u8]) {
    jwk.insert(name.into(), URL_SAFE_NO_PAD.encode(bytes).into());
}
