//! A stand-in for the host, and short cuts for tests.
//!
//! Its keys are `private:<name>` and `public:<name>`; its signatures are readable and worthless. That the host's real
//! signatures fit is tested with the component.

use std::cell::RefCell;

use serde_json::Value;

use crate::algorithm;
use crate::services::{CryptoError, Key, LogLevel, Services, SignatureAlgorithm};
use crate::token;
use definitions::types::{
    Body, ConfigureInteractionRequest, ContentTypeHint, FieldValue, InteractionResponse,
    MatchFieldRequest, Mismatch,
};

/// The time of [`TestServices`].
pub const NOW: u64 = 1_700_000_000;

pub struct TestServices {
    pub now: u64,
    /// Each "random" byte.
    pub random: u8,
    /// The rules that were to be applied, with their entries.
    pub matched: RefCell<Vec<(String, MatchFieldRequest)>>,
    pub logs: RefCell<Vec<String>>,
}

impl Default for TestServices {
    fn default() -> Self {
        TestServices {
            now: NOW,
            random: 7,
            matched: RefCell::default(),
            logs: RefCell::default(),
        }
    }
}

impl Services for TestServices {
    fn now(&self) -> u64 {
        self.now
    }

    fn random_bytes(&self, length: u32) -> Vec<u8> {
        vec![self.random; length as usize]
    }

    fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        key: &Key,
        data: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        let name = match key {
            Key::Pem(pem) => named(pem, "private:")?,
            Key::Secret(secret) => std::str::from_utf8(secret).unwrap(),
            _ => panic!("the plugin uses no such keys"),
        };
        Ok(signature(algorithm, name, data))
    }

    fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        key: &Key,
        data: &[u8],
        actual: &[u8],
    ) -> Result<bool, CryptoError> {
        let name = match key {
            Key::Pem(pem) => named(pem, "public:")?,
            Key::Secret(secret) => std::str::from_utf8(secret).unwrap(),
            _ => panic!("the plugin uses no such keys"),
        };
        Ok(signature(algorithm, name, data) == actual)
    }

    fn public_key(&self, private_key: &str) -> Result<String, CryptoError> {
        Ok(format!("public:{}", named(private_key, "private:")?))
    }

    fn match_field(
        &self,
        entry_key: &str,
        request: &MatchFieldRequest,
    ) -> Result<Vec<Mismatch>, String> {
        self.matched
            .borrow_mut()
            .push((entry_key.to_owned(), request.clone()));
        let actual = &request.actual;
        let matches = match entry_key {
            "core/matcher/type" => {
                std::mem::discriminant(actual) == std::mem::discriminant(&request.expected)
            }
            "core/matcher/integer" => matches!(actual, FieldValue::Integer(_)),
            "core/matcher/not-empty" => *actual != FieldValue::Json("[]".to_owned()),
            _ => return Err(format!("there is no {entry_key}")),
        };
        let mismatch = Mismatch {
            expected: None,
            actual: None,
            description: format!("{actual:?} breaks the rule {}", request.key),
            path: String::new(),
            diff: None,
            mismatch_type: None,
        };
        Ok(if matches { vec![] } else { vec![mismatch] })
    }

    fn log(&self, _: LogLevel, _: &str, message: &str) {
        self.logs.borrow_mut().push(message.to_owned());
    }
}

fn named<'a>(pem: &'a str, prefix: &str) -> Result<&'a str, CryptoError> {
    pem.strip_prefix(prefix)
        .ok_or_else(|| CryptoError::InvalidKey("not a key".to_owned()))
}

fn signature(algorithm: SignatureAlgorithm, key: &str, data: &[u8]) -> Vec<u8> {
    format!("{algorithm:?} {key} {}", String::from_utf8_lossy(data)).into_bytes()
}

/// Configures an interaction.
pub fn configure(config: Value) -> Result<InteractionResponse, String> {
    let request = ConfigureInteractionRequest {
        content_type: "application/jwt".to_owned(),
        contents_config: config.to_string(),
        test_context: None,
    };
    let mut response = crate::configure::configure(&TestServices::default(), &request)?;
    assert_eq!(response.interactions.len(), 1);
    Ok(response.interactions.remove(0))
}

/// Configures an interaction with a config that is right.
pub fn configured(config: Value) -> InteractionResponse {
    configure(config).unwrap()
}

/// A token with any header, signed with any algorithm; one that does not exist leaves it unsigned.
pub fn signed_token(name: &str, key: &str, header: &Value, claims: &Value) -> String {
    let signed = token::signing_input(header.as_object().unwrap(), claims.as_object().unwrap());
    let signature = algorithm::find(name).map_or_else(
        |_| Vec::new(),
        |algorithm| {
            let key = key.strip_prefix("private:").unwrap_or(key);
            signature(algorithm.code, key, signed.as_bytes())
        },
    );
    token::assemble(&signed, &signature)
}

/// A body of this plugin's content type.
pub fn body(token: &str) -> Body {
    Body {
        content_type: "application/jwt".to_owned(),
        content: Some(token.as_bytes().to_vec()),
        hint: ContentTypeHint::Text,
    }
}
