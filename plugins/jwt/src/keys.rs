//! The keys of an interaction, as the pact file holds them: in the interaction configuration of the plugin.
//!
//! The algorithm is stored with the keys, and tokens are only ever verified with that pair. What a token's own header
//! says about its algorithm is compared like any other value, never obeyed: a token that names `none`, or an HMAC over
//! the public key, does not verify.

use serde_json::{Map, Value, json};

use crate::algorithm::{self, Algorithm, Family};
use crate::services::{Key, Services, reason};
use definitions::types::PluginConfiguration;

const ALGORITHM: &str = "algorithm";
const SECRET: &str = "secret";
const PUBLIC_KEY: &str = "public-key";
const PRIVATE_KEY: &str = "private-key";

/// Algorithm and keys.
#[derive(Debug)]
pub struct Keys {
    pub algorithm: &'static Algorithm,
    material: Material,
}

#[derive(Debug)]
enum Material {
    Secret(String),
    Pair {
        public: String,
        /// Only where the test author asked for it to be kept.
        private: Option<String>,
    },
}

impl Keys {
    pub fn secret(algorithm: &'static Algorithm, secret: String) -> Keys {
        Keys {
            algorithm,
            material: Material::Secret(secret),
        }
    }

    pub fn pair(algorithm: &'static Algorithm, public: String, private: Option<String>) -> Keys {
        Keys {
            algorithm,
            material: Material::Pair { public, private },
        }
    }

    /// What goes into the pact file.
    pub fn store(&self) -> PluginConfiguration {
        let mut stored = json!({ ALGORITHM: self.algorithm.name });
        match &self.material {
            Material::Secret(secret) => stored[SECRET] = json!(secret),
            Material::Pair { public, private } => {
                stored[PUBLIC_KEY] = json!(public);
                if let Some(private) = private {
                    stored[PRIVATE_KEY] = json!(private);
                }
            }
        }
        PluginConfiguration {
            interaction_configuration: Some(stored.to_string()),
            pact_configuration: None,
        }
    }

    /// Reads back what [`Keys::store`] wrote.
    pub fn load(configuration: Option<&PluginConfiguration>) -> Result<Keys, String> {
        let text = configuration
            .and_then(|configuration| configuration.interaction_configuration.as_deref())
            .ok_or("the interaction has no configuration of the JWT plugin: was it set up with this plugin?")?;
        let stored: Map<String, Value> = serde_json::from_str(text).map_err(|error| {
            format!("the interaction configuration is not a JSON object: {error}")
        })?;
        let optional = |name: &str| match stored.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(format!(
                "interaction configuration key {name:?} is not text"
            )),
        };
        let required = |name: &str| {
            optional(name)?
                .ok_or_else(|| format!("interaction configuration key {name:?} is missing"))
        };
        let algorithm = algorithm::find(&required(ALGORITHM)?)
            .map_err(|error| format!("interaction configuration key {ALGORITHM:?}: {error}"))?;
        // The algorithm alone decides which key is taken, so a public key never becomes the secret of an HMAC.
        if algorithm.family == Family::Secret {
            Ok(Keys::secret(algorithm, required(SECRET)?))
        } else {
            Ok(Keys::pair(
                algorithm,
                required(PUBLIC_KEY)?,
                optional(PRIVATE_KEY)?,
            ))
        }
    }

    /// Whether the signature belongs to the data.
    pub fn verify(
        &self,
        services: &dyn Services,
        data: &str,
        signature: &[u8],
    ) -> Result<bool, String> {
        let (name, key) = match &self.material {
            Material::Secret(secret) => (SECRET, secret_key(secret)),
            Material::Pair { public, .. } => (PUBLIC_KEY, Key::Pem(public.clone())),
        };
        services
            .verify(self.algorithm.code, &key, data.as_bytes(), signature)
            .map_err(|error| {
                format!(
                    "the signature cannot be verified with {} and the interaction configuration key {name:?}: {}",
                    self.algorithm.name,
                    reason(&error)
                )
            })
    }

    /// Signs, if the key for that is there.
    pub fn sign(&self, services: &dyn Services, data: &str) -> Result<Vec<u8>, String> {
        let (name, key) = match &self.material {
            Material::Secret(secret) => (SECRET, secret_key(secret)),
            Material::Pair {
                private: Some(private),
                ..
            } => (PRIVATE_KEY, Key::Pem(private.clone())),
            Material::Pair { private: None, .. } => {
                return Err(
                    "the token cannot be signed again, because the pact file does not hold the private key; add \
                     \"re-sign\": true to the contents config if it may"
                        .to_owned(),
                );
            }
        };
        services
            .sign(self.algorithm.code, &key, data.as_bytes())
            .map_err(|error| {
                format!(
                    "the token cannot be signed with {} and the interaction configuration key {name:?}: {}",
                    self.algorithm.name,
                    reason(&error)
                )
            })
    }
}

/// A secret is text in the configuration; its UTF-8 bytes are the key.
pub fn secret_key(secret: &str) -> Key {
    Key::Secret(secret.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(json: &str) -> Result<Keys, String> {
        Keys::load(Some(&PluginConfiguration {
            interaction_configuration: Some(json.to_owned()),
            pact_configuration: None,
        }))
    }

    #[test]
    fn the_algorithm_decides_which_key_counts() {
        let both = r#"{"algorithm":"RS256","public-key":"P","secret":"S"}"#;
        assert!(
            matches!(load(both).unwrap().material, Material::Pair { public, private: None } if public == "P")
        );
        let error = load(r#"{"algorithm":"HS256","public-key":"P"}"#).unwrap_err();
        assert_eq!(error, "interaction configuration key \"secret\" is missing");
    }

    #[test]
    fn broken_configuration_is_an_error() {
        assert!(Keys::load(None).unwrap_err().contains("no configuration"));
        assert!(load("[]").unwrap_err().contains("not a JSON object"));
        assert!(load("{}").unwrap_err().contains("\"algorithm\" is missing"));
        assert!(
            load(r#"{"algorithm":"none"}"#)
                .unwrap_err()
                .contains("\"none\" is not an algorithm")
        );
        assert!(
            load(r#"{"algorithm":"RS256","public-key":1}"#)
                .unwrap_err()
                .contains("not text")
        );
    }
}
