//! Renewing a token: new times and a new id, and a new signature.
//!
//! The token in a pact file was made when the consumer's test ran. By the time the provider is verified it has expired,
//! so it has to be renewed before it is sent.

use serde_json::{Map, Value, json};

use crate::config::{DEFAULT_LIFETIME, seconds};
use crate::configure::random_id;
use crate::keys::{AlgorithmKey, Place, Use};
use crate::services::{LogLevel, Services};
use crate::token::{self, Token};
use definitions::types::{Body, GenerateContentRequest, Generator};

const TARGET: &str = "jwt::generate";

/// The type of this plugin's generator.
pub const TYPE: &str = "JWT";
/// Its value that says for how many seconds the new token is valid.
pub const LIFETIME: &str = "lifetime";
/// Its value that lists claims to leave alone.
pub const KEEP: &str = "keep";
/// The claims that are renewed.
pub const RENEWED: [&str; 4] = ["exp", "iat", "nbf", "jti"];

/// Renews the token, if a generator of type `JWT` asks for it.
pub fn generate(services: &dyn Services, request: GenerateContentRequest) -> Result<Body, String> {
    let mut body = request.body;
    for (path, generator) in &request.generators {
        if generator.type_ != TYPE {
            services.log(
                LogLevel::Warn,
                TARGET,
                &format!(
                    "the generator {:?} at {path} is not one of the JWT plugin, so it is not applied",
                    generator.type_
                ),
            );
        }
    }
    let generator = request
        .generators
        .iter()
        .find(|(_, generator)| generator.type_ == TYPE);
    let (Some((path, generator)), Some(content)) = (generator, &body.content) else {
        return Ok(body);
    };
    let of_generator = |error| format!("the generator JWT at {path}: {error}");
    let Options {
        key,
        lifetime,
        keep,
    } = Options::parse(generator).map_err(of_generator)?;
    let Token {
        mut header,
        mut claims,
        ..
    } = Token::parse(content)
        .map_err(|error| format!("the body is not a JSON Web Token: {error}"))?;

    // The configured algorithm signs, so it is also the one to announce.
    header.insert("alg".to_owned(), json!(key.algorithm.name));
    let now = services.now();
    for claim in RENEWED {
        // A token always gets an expiry; the others are only renewed.
        if keep.iter().any(|kept| kept == claim) || (claim != "exp" && !claims.contains_key(claim))
        {
            continue;
        }
        let value = match claim {
            "exp" => json!(now + lifetime),
            "jti" => json!(random_id(services)),
            _ => json!(now),
        };
        claims.insert(claim.to_owned(), value);
    }
    let signed = token::signing_input(&header, &claims);
    let signature = key.sign(services, &signed).map_err(of_generator)?;
    body.content = Some(token::assemble(&signed, &signature).into_bytes());
    services.log(
        LogLevel::Debug,
        TARGET,
        &format!(
            "renewed a token for {lifetime} s and signed it with {}",
            key.algorithm.name
        ),
    );
    Ok(body)
}

/// What the generator says.
struct Options {
    key: AlgorithmKey,
    lifetime: u64,
    keep: Vec<String>,
}

impl Options {
    fn parse(generator: &Generator) -> Result<Options, String> {
        let values: Map<String, Value> =
            serde_json::from_str(generator.values.as_deref().unwrap_or("{}"))
                .map_err(|error| error.to_string())?;
        let key = AlgorithmKey::load(&values, Use::Sign, Place::Generator)?.ok_or(
            "it has no key to sign the token with; set the interaction up with \"re-sign\": true in the contents config, \
             if the pact file may hold the key",
        )?;
        let lifetime = match values.get(LIFETIME) {
            None => DEFAULT_LIFETIME,
            Some(value) => seconds(value).ok_or_else(|| {
                format!(
                    "value {LIFETIME:?} is {value}; expected a whole number of seconds greater than 0"
                )
            })?,
        };
        let keep = match values.get(KEEP) {
            None => Vec::new(),
            Some(value) => serde_json::from_value(value.clone())
                .map_err(|_| format!("value {KEEP:?} is {value}; expected a list of claims"))?,
        };
        Ok(Options {
            key,
            lifetime,
            keep,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{NOW, TestServices, configured};
    use definitions::types::{ContentFor, TestMode};

    const LATER: u64 = NOW + 1000;

    fn request(config: Value) -> GenerateContentRequest {
        let response = configured(config);
        GenerateContentRequest {
            body: response.contents.unwrap(),
            generators: response.generators,
            // As drivers do it where the body is that of an HTTP interaction.
            plugin_configuration: None,
            test_context: None,
            test_mode: TestMode::Provider,
            content_for: ContentFor::Request,
        }
    }

    fn generate(request: GenerateContentRequest) -> Result<Body, String> {
        super::generate(
            &TestServices {
                now: LATER,
                random: 9,
                ..TestServices::default()
            },
            request,
        )
    }

    fn with_values(values: Value) -> GenerateContentRequest {
        let mut request = request(json!({"algorithm": "HS256", "secret": "s", "nbf": 5, "iat": 5}));
        let mut all = json!({"algorithm": "HS256", "secret": "s"});
        all.as_object_mut()
            .unwrap()
            .extend(values.as_object().unwrap().clone());
        request.generators[0].1.values = Some(all.to_string());
        request
    }

    #[test]
    fn a_token_is_renewed_and_signed_again() {
        let config = json!({"private-key": "private:a", "re-sign": true, "sub": "joe"});
        let key =
            AlgorithmKey::of_interaction(configured(config.clone()).plugin_configuration.as_ref());
        let body = generate(request(config)).unwrap();
        let token = Token::parse(&body.content.unwrap()).unwrap();
        assert!(
            key.unwrap()
                .verify(&TestServices::default(), &token.signed, &token.signature)
                .unwrap()
        );
        assert_eq!(
            Value::Object(token.claims),
            json!({"sub": "joe", "exp": LATER + 300, "jti": "09090909-0909-4909-8909-090909090909"})
        );
    }

    #[test]
    fn times_are_renewed_where_there_are_any() {
        let body = generate(with_values(json!({"lifetime": 60.0}))).unwrap();
        let claims = Token::parse(&body.content.unwrap()).unwrap().claims;
        assert_eq!(
            (&claims["exp"], &claims["nbf"], &claims["iat"]),
            (&json!(LATER + 60), &json!(LATER), &json!(LATER))
        );
    }

    #[test]
    fn claims_that_the_author_set_are_kept() {
        let request = request(
            json!({"algorithm": "HS256", "secret": "s", "exp": 5, "iat": 5, "nbf": 5, "jti": "x"}),
        );
        let before = Token::parse(request.body.content.as_ref().unwrap()).unwrap();
        let after = Token::parse(&generate(request).unwrap().content.unwrap()).unwrap();
        assert_eq!(before.claims, after.claims);
    }

    #[test]
    fn without_a_generator_or_a_body_nothing_happens() {
        let mut without = request(json!({"private-key": "private:a"}));
        let body = without.body.clone();
        assert_eq!(generate(without.clone()).unwrap(), body);
        without.generators = vec![(
            "$.claims.jti".to_owned(),
            Generator {
                type_: "Uuid".to_owned(),
                values: None,
            },
        )];
        assert_eq!(generate(without).unwrap(), body);
        let mut missing = with_values(json!({}));
        missing.body.content = None;
        assert_eq!(generate(missing).unwrap().content, None);
    }

    #[test]
    fn without_a_key_the_error_says_how_to_keep_it() {
        let mut request = with_values(json!({}));
        for values in [
            None,
            Some(r#"{"lifetime": 60}"#),
            Some(r#"{"algorithm": "RS512"}"#),
        ] {
            request.generators[0].1.values = values.map(str::to_owned);
            let error = generate(request.clone()).unwrap_err();
            assert!(
                error.contains("with \"re-sign\": true in the contents config"),
                "{error}"
            );
        }
    }

    #[test]
    fn wrong_values_and_bodies_are_errors() {
        let error = |values| generate(with_values(values)).unwrap_err();
        assert_eq!(
            error(json!({"lifetime": -1})),
            "the generator JWT at $: value \"lifetime\" is -1; expected a whole number of seconds greater than 0"
        );
        assert!(error(json!({"keep": "exp"})).contains("value \"keep\" is \"exp\""));
        assert_eq!(
            error(json!({"algorithm": "RS512", "private-key": "nonsense"})),
            "the generator JWT at $: value \"private-key\" cannot be used with RS512: not a key"
        );
        let mut request = with_values(json!({}));
        request.body.content = Some(b"hello".to_vec());
        assert!(
            generate(request)
                .unwrap_err()
                .starts_with("the body is not a JSON Web Token: ")
        );
    }
}
