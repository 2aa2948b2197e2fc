//! Tokens in compact serialisation (RFC 7515 section 3.1): `header.claims.signature`, each in base64url.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// A token that was taken apart. Its signature has not been verified.
#[derive(Debug)]
pub struct Token {
    pub header: Map<String, Value>,
    pub claims: Map<String, Value>,
    pub signature: Vec<u8>,
    /// The part that is signed, exactly as it came.
    pub signed: String,
}

impl Token {
    /// Takes a token apart. The error says what keeps the bytes from being one.
    pub fn parse(bytes: &[u8]) -> Result<Token, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not text".to_owned())?;
        let parts: Vec<&str> = text.split('.').collect();
        let [header, claims, signature] = parts[..] else {
            return Err(format!(
                "it has {} {} where a signed token has three, separated by full stops",
                parts.len(),
                if parts.len() == 1 { "part" } else { "parts" }
            ));
        };
        Ok(Token {
            header: object("header", header)?,
            claims: object("claims", claims)?,
            signature: decode("signature", signature)?,
            signed: format!("{header}.{claims}"),
        })
    }
}

/// Header and claims as the text that gets signed.
pub fn signing_input(header: &Map<String, Value>, claims: &Map<String, Value>) -> String {
    let encode =
        |map: &Map<String, Value>| URL_SAFE_NO_PAD.encode(Value::Object(map.clone()).to_string());
    format!("{}.{}", encode(header), encode(claims))
}

/// The token: what was signed, and its signature.
pub fn assemble(signed: &str, signature: &[u8]) -> String {
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn object(what: &str, part: &str) -> Result<Map<String, Value>, String> {
    let bytes = decode(what, part)?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(format!("its {what} part is not a JSON object")),
        Err(error) => Err(format!("its {what} part is not JSON: {error}")),
    }
}

fn decode(what: &str, part: &str) -> Result<Vec<u8>, String> {
    URL_SAFE_NO_PAD.decode(part).map_err(|error| {
        format!("its {what} part is not base64url without padding (RFC 7515): {error}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The example of RFC 7515, appendix A.1.
    const EXAMPLE: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
        eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
        dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    #[test]
    fn the_example_of_the_rfc_is_taken_apart() {
        let token = Token::parse(EXAMPLE.as_bytes()).unwrap();
        assert_eq!(
            Value::Object(token.header),
            json!({"typ": "JWT", "alg": "HS256"})
        );
        assert_eq!(
            Value::Object(token.claims),
            json!({"iss": "joe", "exp": 1300819380, "http://example.com/is_root": true})
        );
        assert_eq!(token.signature.len(), 32);
        assert_eq!(assemble(&token.signed, &token.signature), EXAMPLE);
    }

    #[test]
    fn what_is_assembled_can_be_taken_apart() {
        let header = json!({"alg": "HS256"}).as_object().unwrap().clone();
        let claims = json!({"sub": "ä€", "n": [1, 2.5, null]})
            .as_object()
            .unwrap()
            .clone();
        let text = assemble(&signing_input(&header, &claims), b"signature");
        let token = Token::parse(text.as_bytes()).unwrap();
        assert_eq!(
            (token.header, token.claims, &*token.signature),
            (header, claims, &b"signature"[..])
        );
    }

    #[test]
    fn errors_say_what_is_wrong() {
        for (text, expected) in [
            (&b"\xff"[..], "not text"),
            (b"", "1 part "),
            (b"a.b", "2 parts"),
            (b"a.b.c.d.e", "5 parts"),
            (b"!.e30.", "header part is not base64url"),
            (b"e30=.e30.", "header part is not base64url"),
            (b"e30.e30.*", "signature part is not base64url"),
            (b"e30.e30.AA\n", "signature part is not base64url"),
            (b"e30.W10.", "claims part is not a JSON object"),
            (b"e30.e3.", "claims part is not"),
        ] {
            let error = Token::parse(text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn deep_nesting_is_an_error_and_not_a_stack_overflow() {
        let deep = URL_SAFE_NO_PAD.encode(format!("{{\"a\":{}", "[".repeat(100_000)));
        let error = Token::parse(format!("e30.{deep}.").as_bytes()).unwrap_err();
        assert!(error.contains("recursion limit"), "{error}");
    }
}
