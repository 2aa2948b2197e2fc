//! The contents config: what the author of a consumer test writes.

use definitions::found;
use serde_json::{Map, Value};

use crate::algorithm::{self, Algorithm, Family};
use crate::keys::{AlgorithmKey, Place, Use};

/// Seconds between the making of a token and its expiry, where nothing else is said.
pub const DEFAULT_LIFETIME: u64 = 300;

/// The contents config, checked.
#[derive(Debug)]
pub struct Config {
    pub signing_key: AlgorithmKey,
    /// What verifies, if the author gave it; it can be derived.
    pub public_key: Option<AlgorithmKey>,
    pub key_id: Option<String>,
    pub token_type: String,
    /// Whether the content generator may sign the token again.
    pub re_sign: bool,
    /// In seconds.
    pub lifetime: u64,
    /// The claims that the author set, under their names in tokens.
    pub claims: Map<String, Value>,
}

/// Keys with a readable name, and the claims that they stand for (RFC 7519 section 4.1).
const NAMED_CLAIMS: [(&str, &str); 3] =
    [("audience", "aud"), ("subject", "sub"), ("issuer", "iss")];

impl Config {
    /// Reads and checks a contents config. Errors name the key, say what was found and what is expected.
    pub fn parse(json: &str) -> Result<Config, String> {
        let keys = match serde_json::from_str(json) {
            Ok(Value::Object(keys)) => Remaining(keys),
            Ok(other) => {
                return Err(format!(
                    "the contents config is {}; expected a JSON object",
                    found(&other)
                ));
            }
            Err(error) => return Err(format!("the contents config is not JSON: {error}")),
        };
        keys.into_config()
    }
}

/// The keys that have not been read yet. What remains at the end are claims.
struct Remaining(Map<String, Value>);

impl Remaining {
    fn into_config(mut self) -> Result<Config, String> {
        let name = self
            .text("algorithm")?
            .unwrap_or_else(|| algorithm::DEFAULT.to_owned());
        let algorithm = algorithm::find(&name)
            .map_err(|error| format!("contents config key \"algorithm\": {error}"))?;
        let (signing_key, public_key) = self.keys(algorithm)?;
        let key_id = self.text("key-id")?;
        let token_type = self.text("token-type")?.unwrap_or_else(|| "JWT".to_owned());
        // A secret is in the pact file anyway, because nothing else can verify the token.
        let re_sign = self
            .boolean("re-sign")?
            .unwrap_or(algorithm.family == Family::Secret);
        let lifetime = self.lifetime()?;
        Ok(Config {
            signing_key,
            public_key,
            key_id,
            token_type,
            re_sign,
            lifetime,
            claims: self.into_claims()?,
        })
    }

    /// The key that signs, and the public one if it is there.
    fn keys(
        &mut self,
        algorithm: &'static Algorithm,
    ) -> Result<(AlgorithmKey, Option<AlgorithmKey>), String> {
        let name = algorithm.name;
        let private = self.text("private-key")?;
        let public = self.text("public-key")?;
        let secret = self.text("secret")?;
        let key = |usage, text| AlgorithmKey::new(algorithm, usage, text, Place::ContentsConfig);
        let surplus = |key: &str, instead: &str| {
            Err(format!(
                "contents config key {key:?} does not go with the algorithm {name}, which signs with {}; use {instead:?}, \
                 or another \"algorithm\"",
                algorithm.family.private_key()
            ))
        };
        let missing = |key: &str| {
            format!(
                "contents config key {key:?} is missing: {name} signs with {}",
                algorithm.family.private_key()
            )
        };
        if algorithm.family == Family::Secret {
            if private.is_some() {
                return surplus("private-key", "secret");
            }
            if public.is_some() {
                return surplus("public-key", "secret");
            }
            let secret = secret.ok_or_else(|| missing("secret"))?;
            return Ok((key(Use::Sign, secret), None));
        }
        if secret.is_some() {
            return surplus("secret", "private-key");
        }
        // The host takes the public half of a private key where it verifies, so this mistake would go unnoticed until
        // the private key is found in a published pact file.
        if public
            .as_ref()
            .is_some_and(|pem| pem.contains("PRIVATE KEY-----"))
        {
            return Err(
                "contents config key \"public-key\" holds a private key; expected a public key, PEM, or leave it out"
                    .to_owned(),
            );
        }
        let private = private.ok_or_else(|| missing("private-key"))?;
        Ok((
            key(Use::Sign, private),
            public.map(|public| key(Use::Verify, public)),
        ))
    }

    fn lifetime(&mut self) -> Result<u64, String> {
        let Some(value) = self.0.remove("lifetime") else {
            return Ok(DEFAULT_LIFETIME);
        };
        if self.0.contains_key("exp") {
            return Err(
                "contents config keys \"lifetime\" and \"exp\" both say when the token expires; use one of them"
                    .to_owned(),
            );
        }
        seconds(&value).ok_or_else(|| {
            expectation(
                "lifetime",
                &value,
                "a whole number of seconds greater than 0",
            )
        })
    }

    fn into_claims(mut self) -> Result<Map<String, Value>, String> {
        for (key, claim) in NAMED_CLAIMS {
            let Some(value) = self.0.remove(key) else {
                continue;
            };
            if key == "audience" {
                check_audience(&value)?;
            } else if !is_filled_text(&value) {
                return Err(expectation(key, &value, "text that is not empty"));
            }
            if self.0.insert(claim.to_owned(), value).is_some() {
                return Err(format!(
                    "contents config keys {key:?} and {claim:?} are the same claim; use one of them"
                ));
            }
        }
        for claim in ["exp", "nbf", "iat"] {
            let Some(value) = self.0.get_mut(claim) else {
                continue;
            };
            if !value.is_number() {
                return Err(expectation(
                    claim,
                    value,
                    "a number: seconds since 1970-01-01T00:00:00Z",
                ));
            }
            if let Some(whole) = whole_number(value) {
                *value = whole.into();
            }
        }
        if let Some(value) = self.0.get("jti")
            && !value.is_string()
        {
            return Err(expectation("jti", value, "text"));
        }
        Ok(self.0)
    }

    fn text(&mut self, key: &str) -> Result<Option<String>, String> {
        match self.0.remove(key) {
            None => Ok(None),
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(text)),
            Some(other) => Err(expectation(key, &other, "text that is not empty")),
        }
    }

    fn boolean(&mut self, key: &str) -> Result<Option<bool>, String> {
        match self.0.remove(key) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(value)),
            Some(other) => Err(expectation(key, &other, "true or false")),
        }
    }
}

fn check_audience(value: &Value) -> Result<(), String> {
    let valid = match value {
        Value::Array(items) => !items.is_empty() && items.iter().all(is_filled_text),
        other => is_filled_text(other),
    };
    if valid {
        return Ok(());
    }
    Err(expectation(
        "audience",
        value,
        "text that is not empty, or a list of such texts",
    ))
}

fn is_filled_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

/// A number of seconds greater than 0.
pub fn seconds(value: &Value) -> Option<u64> {
    whole_number(value)
        .and_then(|number| u64::try_from(number).ok())
        .filter(|number| (1..=MAX_SECONDS).contains(number))
}

/// About three hundred million years; enough, and no sum with the current time overflows.
const MAX_SECONDS: u64 = 1 << 53;

/// The number if it is whole, also where it is written as `2.0`: hosts that carry configuration as protobuf or in
/// JavaScript know no other numbers.
fn whole_number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        value
            .as_f64()
            .filter(|number| number.fract() == 0.0 && number.abs() <= MAX_SECONDS as f64)
            .map(|number| number as i64)
    })
}

fn expectation(key: &str, value: &Value, expected: &str) -> String {
    format!(
        "contents config key {key:?} is {}; expected {expected}",
        found(value)
    )
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
