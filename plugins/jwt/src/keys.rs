//! The keys of an interaction, and how a pact file holds them: the one that verifies tokens in the interaction
//! configuration of the plugin, the one that signs them again in the values of the generator. Generators have a key of their
//! own because the drivers of Pact frameworks run those of HTTP bodies without the configuration of plugins.
//!
//! The algorithm is stored with each key, and tokens are only ever signed and verified with that pair. What a token's own
//! header says about its algorithm is compared like any other value, never obeyed: a token that names `none`, or an HMAC
//! over the public key, does not verify.

use serde_json::{Map, Value};

use crate::algorithm::{self, Algorithm, Family};
use crate::services::{CryptoError, Key, Services, reason};
use definitions::types::PluginConfiguration;

const ALGORITHM: &str = "algorithm";
const SECRET: &str = "secret";
const PUBLIC_KEY: &str = "public-key";
const PRIVATE_KEY: &str = "private-key";

/// A key, and the algorithm that it is for.
#[derive(Clone, Debug)]
pub struct AlgorithmKey {
    pub algorithm: &'static Algorithm,
    /// PEM, or a secret, whose UTF-8 bytes are the key.
    text: String,
    name: &'static str,
    place: Place,
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Use {
    Sign,
    Verify,
}

/// Where a key was found, for messages.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    ContentsConfig,
    InteractionConfiguration,
    Generator,
}

impl Place {
    fn describe(self, name: &str) -> String {
        let place = match self {
            Place::ContentsConfig => "contents config key",
            Place::InteractionConfiguration => "interaction configuration key",
            Place::Generator => "value",
        };
        format!("{place} {name:?}")
    }
}

impl AlgorithmKey {
    pub fn new(
        algorithm: &'static Algorithm,
        usage: Use,
        text: String,
        place: Place,
    ) -> AlgorithmKey {
        AlgorithmKey {
            algorithm,
            text,
            name: name(algorithm, usage),
            place,
        }
    }

    /// What goes into the pact file.
    pub fn store(&self) -> Map<String, Value> {
        [(ALGORITHM, self.algorithm.name), (self.name, &self.text)]
            .into_iter()
            .map(|(name, text)| (name.to_owned(), text.into()))
            .collect()
    }

    /// Reads back what [`AlgorithmKey::store`] wrote; nothing if there is no key for this use.
    pub fn load(
        stored: &Map<String, Value>,
        usage: Use,
        place: Place,
    ) -> Result<Option<AlgorithmKey>, String> {
        let text = |name: &str| match stored.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(format!("{} is not text", place.describe(name))),
        };
        let Some(algorithm) = text(ALGORITHM)? else {
            return Ok(None);
        };
        let algorithm = algorithm::find(&algorithm)
            .map_err(|error| format!("{}: {error}", place.describe(ALGORITHM)))?;
        // The algorithm alone decides which key is taken, so a public key never becomes the secret of an HMAC.
        let key = text(name(algorithm, usage))?;
        Ok(key.map(|text| AlgorithmKey::new(algorithm, usage, text, place)))
    }

    /// The key that verifies the tokens of an interaction.
    pub fn of_interaction(
        configuration: Option<&PluginConfiguration>,
    ) -> Result<AlgorithmKey, String> {
        let text = configuration
            .and_then(|configuration| configuration.interaction_configuration.as_deref())
            .ok_or("the interaction has no configuration of the JWT plugin: was it set up with this plugin?")?;
        let stored: Map<String, Value> = serde_json::from_str(text).map_err(|error| {
            format!("the interaction configuration is not a JSON object: {error}")
        })?;
        AlgorithmKey::load(&stored, Use::Verify, Place::InteractionConfiguration)?.ok_or_else(|| {
            format!(
                "the interaction configuration has no key for tokens; expected {ALGORITHM:?} and {PUBLIC_KEY:?}, or \
                 {SECRET:?} where that is the key of the algorithm"
            )
        })
    }

    /// Signs the data.
    pub fn sign(&self, services: &dyn Services, data: &str) -> Result<Vec<u8>, String> {
        services
            .sign(self.algorithm.code, &self.key(), data.as_bytes())
            .map_err(|error| self.unusable(&error))
    }

    /// Whether the signature belongs to the data.
    pub fn verify(
        &self,
        services: &dyn Services,
        data: &str,
        signature: &[u8],
    ) -> Result<bool, String> {
        services
            .verify(self.algorithm.code, &self.key(), data.as_bytes(), signature)
            .map_err(|error| self.unusable(&error))
    }

    /// The key that verifies what this one signs.
    pub fn verifier(&self, services: &dyn Services) -> Result<AlgorithmKey, String> {
        let text = if self.algorithm.family == Family::Secret {
            self.text.clone()
        } else {
            services
                .public_key(&self.text)
                .map_err(|error| self.unusable(&error))?
        };
        Ok(AlgorithmKey::new(
            self.algorithm,
            Use::Verify,
            text,
            self.place,
        ))
    }

    fn key(&self) -> Key {
        if self.algorithm.family == Family::Secret {
            Key::Secret(self.text.as_bytes().to_vec())
        } else {
            Key::Pem(self.text.clone())
        }
    }

    fn unusable(&self, error: &CryptoError) -> String {
        format!(
            "{} cannot be used with {}: {}",
            self.place.describe(self.name),
            self.algorithm.name,
            reason(error)
        )
    }
}

/// What a key is called, in contents configs and in pact files.
fn name(algorithm: &Algorithm, usage: Use) -> &'static str {
    match (algorithm.family, usage) {
        (Family::Secret, _) => SECRET,
        (_, Use::Sign) => PRIVATE_KEY,
        (_, Use::Verify) => PUBLIC_KEY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(json: &str) -> Result<AlgorithmKey, String> {
        AlgorithmKey::of_interaction(Some(&PluginConfiguration {
            interaction_configuration: Some(json.to_owned()),
            pact_configuration: None,
        }))
    }

    #[test]
    fn the_algorithm_decides_which_key_counts() {
        let both = r#"{"algorithm":"RS256","public-key":"P","secret":"S","private-key":"X"}"#;
        assert_eq!(load(both).unwrap().text, "P");
        let Value::Object(both) = serde_json::from_str(both).unwrap() else {
            unreachable!()
        };
        let signs = AlgorithmKey::load(&both, Use::Sign, Place::Generator).unwrap();
        assert_eq!(signs.unwrap().text, "X");
        let error = load(r#"{"algorithm":"HS256","public-key":"P"}"#).unwrap_err();
        assert!(error.contains("has no key for tokens"), "{error}");
    }

    #[test]
    fn what_is_stored_is_loaded() {
        for (algorithm, usage) in [
            ("HS256", Use::Sign),
            ("RS256", Use::Sign),
            ("RS256", Use::Verify),
        ] {
            let algorithm = algorithm::find(algorithm).unwrap();
            let key = AlgorithmKey::new(algorithm, usage, "K".to_owned(), Place::Generator);
            let loaded = AlgorithmKey::load(&key.store(), usage, Place::Generator);
            let loaded = loaded.unwrap().unwrap();
            assert_eq!(
                (loaded.algorithm.name, &*loaded.text, loaded.name),
                (algorithm.name, "K", key.name)
            );
        }
    }

    #[test]
    fn broken_configuration_is_an_error() {
        let none = AlgorithmKey::of_interaction(None).unwrap_err();
        assert!(none.contains("no configuration"), "{none}");
        assert!(load("[]").unwrap_err().contains("not a JSON object"));
        assert!(load("{}").unwrap_err().contains("has no key for tokens"));
        assert!(
            load(r#"{"algorithm":"none"}"#)
                .unwrap_err()
                .contains("\"none\" is not an algorithm")
        );
        assert_eq!(
            load(r#"{"algorithm":"RS256","public-key":1}"#).unwrap_err(),
            "interaction configuration key \"public-key\" is not text"
        );
    }
}
