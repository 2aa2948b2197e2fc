//! Setting up an interaction: a signed token out of the contents config, and what the pact file needs to check such a
//! token later.

use serde_json::{Map, Value, json};

use crate::config::Config;
use crate::generate;
use crate::keys::AlgorithmKey;
use crate::markup;
use crate::services::{LogLevel, Services};
use crate::token;
use definitions::types::{
    Body, ConfigureInteractionRequest, ConfigureInteractionResponse, ContentTypeHint, Generator,
    InteractionResponse, MarkupType, MatchingRule, PluginConfiguration,
};

const TARGET: &str = "jwt::configure";

/// Signs a token and says how to compare it.
pub fn configure(
    services: &dyn Services,
    request: &ConfigureInteractionRequest,
) -> Result<ConfigureInteractionResponse, String> {
    let config = Config::parse(&request.contents_config)?;
    let now = services.now();
    if expiry(&config.claims).is_some_and(|expiry| expiry <= now as f64) {
        services.log(
            LogLevel::Warn,
            TARGET,
            "the claim \"exp\" is in the past: every token that equals this one is reported as expired",
        );
    }

    let mut claims = config.claims.clone();
    let mut rules = Vec::new();
    // Only what the author left to the plugin may differ from run to run.
    if !claims.contains_key("exp") {
        claims.insert("exp".to_owned(), json!(now + config.lifetime));
        rules.push(rule("exp", "integer"));
    }
    if !claims.contains_key("jti") {
        claims.insert("jti".to_owned(), json!(random_id(services)));
        rules.push(rule("jti", "type"));
    }
    let header = header(&config);
    let signed = token::signing_input(&header, &claims);
    let signature = config.signing_key.sign(services, &signed)?;
    let verifier = verifier(services, &config, &signed, &signature)?;

    let generators = if config.re_sign {
        vec![("$".to_owned(), generator(&config))]
    } else {
        Vec::new()
    };
    services.log(
        LogLevel::Debug,
        TARGET,
        &format!(
            "signed a token with {}; claims: {}",
            config.signing_key.algorithm.name,
            claims
                .keys()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ")
        ),
    );
    let body = Body {
        content_type: request.content_type.clone(),
        content: Some(token::assemble(&signed, &signature).into_bytes()),
        // A token is text, although no content type of it says so.
        hint: ContentTypeHint::Text,
    };
    Ok(ConfigureInteractionResponse {
        interactions: vec![InteractionResponse {
            contents: Some(body),
            rules,
            generators,
            message_metadata: None,
            plugin_configuration: Some(PluginConfiguration {
                interaction_configuration: Some(Value::Object(verifier.store()).to_string()),
                pact_configuration: None,
            }),
            interaction_markup: markup::render(&header, &claims),
            interaction_markup_type: MarkupType::CommonMark,
            part_name: String::new(),
            metadata_rules: Vec::new(),
            metadata_generators: Vec::new(),
        }],
        plugin_configuration: None,
    })
}

fn header(config: &Config) -> Map<String, Value> {
    let mut header = Map::new();
    header.insert("alg".to_owned(), json!(config.signing_key.algorithm.name));
    header.insert("typ".to_owned(), json!(config.token_type));
    if let Some(key_id) = &config.key_id {
        header.insert("kid".to_owned(), json!(key_id));
    }
    header
}

/// The key that verifies the token, for the pact file.
fn verifier(
    services: &dyn Services,
    config: &Config,
    signed: &str,
    signature: &[u8],
) -> Result<AlgorithmKey, String> {
    let Some(public) = &config.public_key else {
        return config.signing_key.verifier(services);
    };
    if public.verify(services, signed, signature)? {
        return Ok(public.clone());
    }
    Err(
        "contents config key \"public-key\" does not belong to the \"private-key\": it does not verify what that one \
         signed; expected the other half of the pair, or leave it out to have it derived"
            .to_owned(),
    )
}

fn rule(claim: &str, kind: &str) -> (String, Vec<MatchingRule>) {
    let rule = MatchingRule {
        type_: kind.to_owned(),
        values: None,
    };
    (format!("$.claims.{claim}"), vec![rule])
}

/// The generator that renews the token. What the author set stays as it is: a token that is meant to be expired must
/// not be made valid.
fn generator(config: &Config) -> Generator {
    let mut values = Value::Object(config.signing_key.store());
    values[generate::LIFETIME] = json!(config.lifetime);
    let kept: Vec<&str> = generate::RENEWED
        .into_iter()
        .filter(|claim| config.claims.contains_key(*claim))
        .collect();
    if !kept.is_empty() {
        values[generate::KEEP] = json!(kept);
    }
    Generator {
        type_: generate::TYPE.to_owned(),
        values: Some(values.to_string()),
    }
}

fn expiry(claims: &Map<String, Value>) -> Option<f64> {
    claims.get("exp").and_then(Value::as_f64)
}

/// A random UUID (RFC 9562, version 4).
pub fn random_id(services: &dyn Services) -> String {
    let mut bytes = services.random_bytes(16);
    bytes.resize(16, 0);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut id = String::new();
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            id.push('-');
        }
        id.push_str(&format!("{byte:02x}"));
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, TestServices, configured};
    use crate::token::Token;

    fn generator_values(response: &InteractionResponse) -> Option<Value> {
        let [(path, generator)] = &response.generators[..] else {
            assert!(response.generators.is_empty());
            return None;
        };
        assert_eq!((&**path, &*generator.type_), ("$", "JWT"));
        Some(serde_json::from_str(generator.values.as_ref().unwrap()).unwrap())
    }

    fn stored(response: &InteractionResponse) -> Value {
        let configuration = response.plugin_configuration.as_ref().unwrap();
        assert_eq!(configuration.pact_configuration, None);
        serde_json::from_str(configuration.interaction_configuration.as_ref().unwrap()).unwrap()
    }

    fn error(config: Value) -> String {
        crate::testing::configure(config).unwrap_err()
    }

    #[test]
    fn a_token_is_signed_with_defaults_and_rules_for_them() {
        let response =
            configured(json!({"private-key": "private:a", "subject": "joe", "key-id": "k1"}));
        let body = response.contents.as_ref().unwrap();
        assert_eq!(
            (&*body.content_type, body.hint),
            ("application/jwt", ContentTypeHint::Text)
        );
        let token = Token::parse(body.content.as_ref().unwrap()).unwrap();
        assert_eq!(
            Value::Object(token.header),
            json!({"alg": "RS512", "typ": "JWT", "kid": "k1"})
        );
        assert_eq!(
            Value::Object(token.claims),
            json!({"sub": "joe", "exp": NOW + 300, "jti": "07070707-0707-4707-8707-070707070707"})
        );
        let rules: Vec<_> = response
            .rules
            .iter()
            .map(|(path, rules)| (&**path, &*rules[0].type_))
            .collect();
        assert_eq!(
            rules,
            [("$.claims.exp", "integer"), ("$.claims.jti", "type")]
        );
        assert_eq!(
            stored(&response),
            json!({"algorithm": "RS512", "public-key": "public:a"})
        );
        assert_eq!(generator_values(&response), None);
        assert!(response.interaction_markup.contains("\"sub\": \"joe\""));
        assert!(!response.interaction_markup.contains("private:a"));
    }

    #[test]
    fn claims_that_were_set_have_no_rule_and_are_not_renewed() {
        let response =
            configured(json!({"private-key": "private:a", "exp": 5, "jti": "x", "re-sign": true}));
        assert!(response.rules.is_empty());
        assert_eq!(
            generator_values(&response),
            Some(json!({
                "algorithm": "RS512", "private-key": "private:a", "lifetime": 300, "keep": ["exp", "jti"],
            }))
        );
    }

    #[test]
    fn the_private_key_is_stored_only_on_request() {
        let response =
            configured(json!({"private-key": "private:a", "re-sign": true, "lifetime": 60}));
        assert_eq!(
            stored(&response),
            json!({"algorithm": "RS512", "public-key": "public:a"})
        );
        assert_eq!(
            generator_values(&response),
            Some(json!({"algorithm": "RS512", "private-key": "private:a", "lifetime": 60}))
        );
    }

    #[test]
    fn a_secret_is_stored() {
        let response = configured(json!({"algorithm": "HS256", "secret": "s"}));
        assert_eq!(
            stored(&response),
            json!({"algorithm": "HS256", "secret": "s"})
        );
        assert_eq!(
            generator_values(&response),
            Some(json!({"algorithm": "HS256", "secret": "s", "lifetime": 300}))
        );
    }

    #[test]
    fn a_public_key_must_belong_to_the_private_one() {
        let pair = |public| json!({"private-key": "private:a", "public-key": public});
        assert_eq!(
            stored(&configured(pair("public:a")))["public-key"],
            "public:a"
        );
        let message = error(pair("public:b"));
        assert!(
            message.starts_with(
                "contents config key \"public-key\" does not belong to the \"private-key\""
            ),
            "{message}"
        );
        assert_eq!(
            error(pair("nonsense")),
            "contents config key \"public-key\" cannot be used with RS512: not a key"
        );
    }

    #[test]
    fn unusable_keys_are_named() {
        assert_eq!(
            error(json!({"private-key": "nonsense"})),
            "contents config key \"private-key\" cannot be used with RS512: not a key"
        );
    }

    #[test]
    fn ids_are_version_4_uuids() {
        assert_eq!(
            random_id(&TestServices::default()),
            "07070707-0707-4707-8707-070707070707"
        );
    }
}
