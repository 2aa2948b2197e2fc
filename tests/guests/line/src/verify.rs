//! Verifying a provider.

use serde_json::Value;

use crate::bindings::pact::plugin::types::{
    Body, ContentTypeHint, InteractionData, MetadataValue, Mismatch, PrepareInteractionRequest,
    VerificationFailure, VerificationResult, VerifyInteractionRequest,
};
use crate::interaction::{self, Interaction};
use crate::wire::{self, ERR, Message, OK};

/// The request of an interaction.
pub fn prepare(request: &PrepareInteractionRequest) -> Result<InteractionData, String> {
    let interaction = Interaction::from_contents(&request.interaction)?;
    let config = parsed(request.config.as_deref())?;
    let mut metadata = vec![json("command", &interaction.command)];
    if !config["nonce"].is_null() {
        let nonce = interaction::decode(interaction::text(&config, "nonce")?, "nonce")?;
        metadata.push(("nonce".to_owned(), MetadataValue::Bytes(nonce)));
    }
    Ok(InteractionData {
        body: Some(body(interaction.request)),
        metadata,
    })
}

/// Sends the request with `exchange`, which is given a host, a port and a request, and checks the answer.
pub fn verify(
    request: &VerifyInteractionRequest,
    exchange: impl FnOnce(&str, u16, &[u8]) -> Result<Message, String>,
) -> Result<VerificationResult, String> {
    let interaction = Interaction::from_contents(&request.interaction)?;
    let config = parsed(request.config.as_deref())?;
    let host = interaction::text(&config, "host")?;
    let port = config["port"].as_u64();
    let port = port
        .and_then(|port| u16::try_from(port).ok())
        .ok_or("`port` is not a port, or missing")?;
    let command = command(&request.interaction_data)?;
    let content = request.interaction_data.body.as_ref();
    let content = content.and_then(|body| body.content.as_deref());
    let content = content.unwrap_or_default();

    let mut bytes = Vec::new();
    wire::put(&mut bytes, &command, content);
    let answer = exchange(host, port, &bytes)?;

    let failure = compare(&command, &interaction, &answer);
    let output = vec![
        format!(
            "sent `{command}` with {} bytes to {host}:{port}",
            content.len()
        ),
        format!(
            "got {} with {} bytes, {}",
            answer.word,
            answer.payload.len(),
            match failure {
                None => "as expected",
                Some(_) => "which was not expected",
            }
        ),
    ];
    let mut metadata = vec![json("status", &answer.word)];
    let nonce = |(key, _): &&(String, MetadataValue)| key == "nonce";
    metadata.extend(
        request
            .interaction_data
            .metadata
            .iter()
            .find(nonce)
            .cloned(),
    );
    Ok(VerificationResult {
        success: failure.is_none(),
        response: Some(InteractionData {
            body: Some(body(answer.payload)),
            metadata,
        }),
        failures: failure.into_iter().collect(),
        output,
    })
}

/// The command to send, which the test author may have changed.
fn command(data: &InteractionData) -> Result<String, String> {
    let command = data.metadata.iter().find(|(key, _)| key == "command");
    let text = match command {
        Some((_, MetadataValue::Json(json))) => {
            interaction::parse(json)?.as_str().map(str::to_owned)
        }
        Some((_, MetadataValue::Bytes(bytes))) => String::from_utf8(bytes.clone()).ok(),
        None => None,
    };
    text.filter(|text| wire::is_word(text))
        .ok_or_else(|| "the metadata `command` is not one short ASCII word, or missing".to_owned())
}

fn compare(command: &str, expected: &Interaction, actual: &Message) -> Option<VerificationFailure> {
    if actual.word == ERR {
        let reason = String::from_utf8_lossy(&actual.payload);
        return Some(VerificationFailure::Error(format!(
            "the provider refused the request: {reason}"
        )));
    }
    if actual.word == OK && actual.payload == expected.response {
        return None;
    }
    let description = if actual.word == OK {
        "the answer has other bytes".to_owned()
    } else {
        format!("the answer is `{}` and not `{OK}`", actual.word)
    };
    Some(VerificationFailure::Mismatch(Mismatch {
        expected: Some(expected.response.clone()),
        actual: Some(actual.payload.clone()),
        description,
        path: command.to_owned(),
        diff: None,
        mismatch_type: Some("body".to_owned()),
    }))
}

fn parsed(config: Option<&str>) -> Result<Value, String> {
    config.map_or(Ok(Value::Null), interaction::parse)
}

fn json(key: &str, text: &str) -> (String, MetadataValue) {
    (
        key.to_owned(),
        MetadataValue::Json(Value::from(text).to_string()),
    )
}

fn body(content: Vec<u8>) -> Body {
    Body {
        content_type: "application/octet-stream".to_owned(),
        content: Some(content),
        hint: ContentTypeHint::Binary,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interaction::tests::contents;

    const CONFIGURATION: &str = r#"{"command":"store","request":"AP8=","response":"b2s="}"#;
    const CONFIG: &str = r#"{"host":"localhost","port":7000,"nonce":"/wA="}"#;

    fn prepared(config: Option<&str>) -> Result<InteractionData, String> {
        prepare(&PrepareInteractionRequest {
            interaction: contents(Some(CONFIGURATION)),
            config: config.map(str::to_owned),
            test_context: None,
        })
    }

    fn request(config: Option<&str>) -> VerifyInteractionRequest {
        VerifyInteractionRequest {
            interaction_data: prepared(Some(CONFIG)).unwrap(),
            config: config.map(str::to_owned),
            interaction: contents(Some(CONFIGURATION)),
            test_context: None,
        }
    }

    fn answered(word: &str, payload: &[u8]) -> VerificationResult {
        let answer = Message {
            word: word.to_owned(),
            payload: payload.to_vec(),
        };
        verify(&request(Some(CONFIG)), |_, _, _| Ok(answer)).unwrap()
    }

    #[test]
    fn the_request_is_prepared() {
        let command = json("command", "store");
        let nonce = ("nonce".to_owned(), MetadataValue::Bytes(vec![255, 0]));
        let data = prepared(Some(CONFIG)).unwrap();
        assert_eq!(data.body, Some(body(vec![0, 255])));
        assert_eq!(data.metadata, [command.clone(), nonce]);
        assert_eq!(prepared(None).unwrap().metadata, [command]);
        assert_eq!(
            prepared(Some(r#"{"nonce":"?"}"#)).unwrap_err(),
            "`nonce` is not base64: Invalid symbol 63, offset 0."
        );
    }

    #[test]
    fn what_the_test_author_changed_is_sent() {
        let mut request = request(Some(CONFIG));
        request.interaction_data.body = Some(body(b"changed".to_vec()));
        request.interaction_data.metadata = vec![json("command", "replace")];
        let mut sent = None;
        let result = verify(&request, |host, port, bytes| {
            sent = Some((host.to_owned(), port, bytes.to_vec()));
            Err("cannot connect".to_owned())
        });
        let expected = ("localhost".to_owned(), 7000, b"replace 7\nchanged".to_vec());
        assert_eq!(sent, Some(expected));
        assert_eq!(result.unwrap_err(), "cannot connect");
    }

    #[test]
    fn the_expected_answer_is_a_success() {
        let result = answered("OK", b"ok");
        assert!(result.success);
        assert_eq!(result.failures, []);
        assert_eq!(
            result.output,
            [
                "sent `store` with 2 bytes to localhost:7000",
                "got OK with 2 bytes, as expected"
            ]
        );
        let response = result.response.unwrap();
        assert_eq!(response.body, Some(body(b"ok".to_vec())));
        let nonce = ("nonce".to_owned(), MetadataValue::Bytes(vec![255, 0]));
        assert_eq!(response.metadata, [json("status", "OK"), nonce]);
    }

    #[test]
    fn other_bytes_are_a_mismatch() {
        let result = answered("OK", b"\x80");
        assert!(!result.success);
        let [VerificationFailure::Mismatch(mismatch)] = &*result.failures else {
            panic!("{:?}", result.failures);
        };
        assert_eq!(mismatch.expected.as_deref(), Some(b"ok".as_slice()));
        assert_eq!(mismatch.actual.as_deref(), Some(b"\x80".as_slice()));
        assert_eq!(mismatch.path, "store");
        assert_eq!(
            result.output[1],
            "got OK with 1 bytes, which was not expected"
        );
        assert!(!answered("HELLO", b"ok").success);
    }

    #[test]
    fn a_refusal_is_an_error_with_its_reason() {
        let result = answered("ERR", b"no room");
        assert!(!result.success);
        let error = "the provider refused the request: no room".to_owned();
        assert_eq!(result.failures, [VerificationFailure::Error(error)]);
    }

    #[test]
    fn errors_name_the_key() {
        for (config, error) in [
            (None, "`host` is not a text, or missing"),
            (
                Some(r#"{"host":"localhost","port":70000}"#),
                "`port` is not a port, or missing",
            ),
        ] {
            let result = verify(&request(config), |_, _, _| panic!("connected"));
            assert_eq!(result.unwrap_err(), error);
        }
        let mut request = request(Some(CONFIG));
        request.interaction_data.metadata = vec![json("command", "two words")];
        assert_eq!(
            verify(&request, |_, _, _| panic!("connected")).unwrap_err(),
            "the metadata `command` is not one short ASCII word, or missing"
        );
    }
}
