//! Verifying a provider: building the request of an interaction, sending it, and comparing what comes back.

use definitions::types::{
    Body, ContentTypeHint, InteractionData, MetadataValue, PrepareInteractionRequest, TestMode,
    VerificationFailure, VerificationResult, VerifyInteractionRequest,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::answer::Code;
use crate::config::JSON;
use crate::expected::{ExpectedResponse, mismatch};
use crate::generate::{Generation, generate};
use crate::http::{self, Answer, is_encoded};
use crate::interaction::{Interaction, Message};
use crate::message::{Members, Outcome, Response, same_id};
use crate::services::{LogLevel, Services};
use crate::target::{Target, check_header, check_path};

const TARGET: &str = "jsonrpc::verify";
const CONTENT_TYPE: &str = "content-type";
const PATH: &str = "path";
const USER_AGENT: &str = concat!("pact-jsonrpc/", env!("CARGO_PKG_VERSION"));
/// The status that says that there is no body.
const NO_CONTENT: u16 = 204;
/// How much of an answer is shown that is no JSON-RPC.
const LONGEST_SHOWN: usize = 200;

/// Builds the request.
pub fn prepare(
    services: &dyn Services,
    request: &PrepareInteractionRequest,
) -> Result<InteractionData, String> {
    let interaction = Interaction::load(request.interaction.plugin_configuration.as_ref())?;
    let Message {
        body, content_type, ..
    } = &interaction.request;
    let context = request.test_context.as_deref();
    let body = generated(services, &interaction.request, body, context)?;
    let config = request.config.as_deref();
    let path = Target::path(config)?;
    let content_type = prepared_content_type(config, content_type)?;
    Ok(InteractionData {
        body: Some(Body {
            content_type: content_type.clone(),
            content: Some(body.into_bytes()),
            hint: ContentTypeHint::Text,
        }),
        metadata: vec![
            (CONTENT_TYPE.to_owned(), text_value(&content_type)),
            (PATH.to_owned(), text_value(path.as_deref().unwrap_or("/"))),
        ],
    })
}

/// What the request is called: what the user says, or else the interaction.
fn prepared_content_type(config: Option<&str>, of_interaction: &str) -> Result<String, String> {
    let configured = Target::header(config, CONTENT_TYPE)?;
    Ok(configured.unwrap_or_else(|| of_interaction.to_owned()))
}

fn generated(
    services: &dyn Services,
    message: &Message,
    body: &str,
    context: Option<&str>,
) -> Result<String, String> {
    let generation = Generation::new(&message.generators, TestMode::Provider, context)?;
    generate(services, body, generation)
}

fn text_value(text: &str) -> MetadataValue {
    MetadataValue::Json(json!(text).to_string())
}

/// Sends the request and checks the answer.
pub fn verify(
    services: &dyn Services,
    request: &VerifyInteractionRequest,
) -> Result<VerificationResult, String> {
    let interaction = Interaction::load(request.interaction.plugin_configuration.as_ref())?;
    let config = request.config.as_deref();
    let target = Target::parse(config)?;
    let prepared = prepared_content_type(config, &interaction.request.content_type)?;
    let sent = Sent::new(&target, &request.interaction_data, &prepared)?;
    let message = sent.message();
    let mut link = services.connect(&target.host, target.port)?;
    let answer = http::exchange(&mut *link, &message)
        .map_err(|error| format!("POST {}: {error}", sent.url(&target)))?;
    drop(link);

    let mut verification = Verification {
        services,
        context: request.test_context.as_deref(),
        interaction: &interaction,
        failures: Vec::new(),
    };
    verification.check(sent.body, &answer)?;
    let failures = verification.failures;
    let status = format!("{} {}", answer.status, answer.phrase);
    services.log(
        LogLevel::Debug,
        TARGET,
        &format!(
            "{}: {status}, {} failures",
            sent.url(&target),
            failures.len()
        ),
    );
    let verdict = match failures.len() {
        0 => "as expected".to_owned(),
        1 => "1 failure".to_owned(),
        count => format!("{count} failures"),
    };
    let output = vec![
        format!("POST {}", sent.url(&target)),
        format!("  {}", interaction.describe()),
        format!("  {}: {verdict}", status.trim_end()),
    ];
    Ok(VerificationResult {
        success: failures.is_empty(),
        response: Some(response_data(answer)),
        failures,
        output,
    })
}

/// The request as it is sent, which may not be what was prepared.
struct Sent<'a> {
    body: &'a [u8],
    path: String,
    headers: Vec<(String, String)>,
}

impl<'a> Sent<'a> {
    /// `prepared` is the content type that the request was prepared with.
    fn new(target: &Target, data: &'a InteractionData, prepared: &str) -> Result<Sent<'a>, String> {
        let body = data.body.as_ref();
        let mut sent = Sent {
            body: body
                .and_then(|body| body.content.as_deref())
                .unwrap_or_default(),
            path: target.path.clone().unwrap_or_else(|| "/".to_owned()),
            headers: Vec::new(),
        };
        sent.set("Host", &target.authority());
        sent.set("User-Agent", USER_AGENT);
        sent.set("Accept", JSON);
        // Without it any encoding is acceptable (RFC 9110, section 12.5.3).
        sent.set("Accept-Encoding", "identity");
        for (name, value) in &target.headers {
            sent.set(name, value);
        }
        let content_type = body.map_or("", |body| &body.content_type);
        if !content_type.is_empty() {
            check_header(CONTENT_TYPE, content_type).map_err(|problem| {
                format!("the content type of the body, {content_type:?}, {problem}")
            })?;
            sent.set("Content-Type", content_type);
        }
        for (name, value) in &data.metadata {
            let wrong = |problem: String| format!("metadata key {name:?} {problem}");
            let value = text_of(value).map_err(wrong)?;
            // It is prepared in two places, and may have been changed in one of them.
            let is_as_prepared = name.eq_ignore_ascii_case(CONTENT_TYPE) && value == prepared;
            if is_as_prepared && !content_type.is_empty() {
                continue;
            }
            if name.eq_ignore_ascii_case(PATH) {
                check_path(&value).map_err(wrong)?;
                sent.path = value;
            } else {
                check_header(name, &value).map_err(wrong)?;
                sent.set(name, &value);
            }
        }
        Ok(sent)
    }

    fn set(&mut self, name: &str, value: &str) {
        self.headers
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    fn url(&self, target: &Target) -> String {
        format!("http://{}{}", target.authority(), self.path)
    }

    fn message(&self) -> Vec<u8> {
        let mut head = format!("POST {} HTTP/1.1\r\n", self.path);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!(
            "Content-Length: {}\r\nConnection: close\r\n\r\n",
            self.body.len()
        );
        let mut message = head.into_bytes();
        message.extend_from_slice(self.body);
        message
    }
}

/// A metadata value as text: that of a JSON text, and other JSON as it is.
fn text_of(value: &MetadataValue) -> Result<String, String> {
    match value {
        MetadataValue::Json(json) => match serde_json::from_str(json) {
            Ok(Value::String(text)) => Ok(text),
            Ok(other) => Ok(other.to_string()),
            Err(error) => Err(format!("is not JSON: {error}")),
        },
        MetadataValue::Bytes(bytes) => String::from_utf8(bytes.clone())
            .map_err(|_| "has bytes that are not UTF-8 as its value".to_owned()),
    }
}

struct Verification<'a> {
    services: &'a dyn Services,
    context: Option<&'a str>,
    interaction: &'a Interaction,
    failures: Vec<VerificationFailure>,
}

impl Verification<'_> {
    fn check(&mut self, sent: &[u8], answer: &Answer) -> Result<(), String> {
        let encoding = answer.field("content-encoding").unwrap_or_default();
        if is_encoded(encoding.as_bytes()) && !answer.body.is_empty() {
            // Every client would take it for something else than what stands there.
            self.error(format!(
                "the provider's answer has the Content-Encoding {encoding}; expected none, as the request accepts only identity"
            ));
            return Ok(());
        }
        match &self.interaction.response {
            None => self.check_nothing(answer),
            Some(response) => self.check_response(response, sent, answer)?,
        }
        Ok(())
    }

    fn error(&mut self, error: String) {
        self.failures.push(VerificationFailure::Error(error));
    }

    /// A notification is not answered.
    fn check_nothing(&mut self, answer: &Answer) {
        if !is_success(answer) {
            self.error(format!(
                "the provider answered the notification with HTTP status {}{}",
                status(answer),
                shown(answer)
            ));
        } else if !answer.body.trim_ascii().is_empty() {
            self.error(format!(
                "the provider answered the notification, although notifications have no answer{}",
                shown(answer)
            ));
        }
    }

    fn check_response(
        &mut self,
        expected: &Message,
        sent: &[u8],
        answer: &Answer,
    ) -> Result<(), String> {
        // Values of the provider's state may be expected in the response as well.
        let body = generated(self.services, expected, &expected.body, self.context)?;
        // A provider may say more than a consumer needs.
        let mut expected =
            ExpectedResponse::new(body.as_bytes(), &expected.rules, true, self.context)?;
        let members = match Members::parse(&answer.body) {
            Ok(members) => members,
            Err(problem) => {
                let problem = match answer.body.is_empty() {
                    true => "it has no body".to_owned(),
                    false => problem.describe(),
                };
                self.no_response(answer, &problem);
                return Ok(());
            }
        };
        let response = match members.response() {
            Ok(response) => response,
            Err(flaw) => {
                self.no_response(answer, &flaw.describe());
                return Ok(());
            }
        };
        // Servers may tell errors by the status as well, but a result is a success.
        if !expected.is_error() && !is_success(answer) {
            self.error(format!(
                "the provider answered with HTTP status {}; expected 200",
                status(answer)
            ));
        }
        let found = expected.mismatches(self.services, &members, &response)?;
        let found = found.into_iter().map(VerificationFailure::Mismatch);
        self.failures.extend(found);

        let sent = Members::parse(sent).ok().and_then(|sent| sent.usable_id());
        let is_wrong = |id: &&RawValue| !same_id(id, response.id) && !is_id_unknown(&response);
        if let Some(id) = sent.filter(is_wrong) {
            let description = format!(
                "expected the id {id}, as in the request, but it is {}",
                response.id
            );
            let found = mismatch("$.id", Some(id.get()), Some(response.id.get()), description);
            self.failures.push(VerificationFailure::Mismatch(found));
        }
        Ok(())
    }

    fn no_response(&mut self, answer: &Answer, problem: &str) {
        self.error(format!(
            "the provider's answer, HTTP status {}, is not a JSON-RPC response: {problem}{}",
            status(answer),
            shown(answer)
        ));
    }
}

/// Whether the provider says that it could not tell the id of the request. By section 5 of the specification only errors about
/// requests that cannot be read have null in its place.
fn is_id_unknown(response: &Response<'_>) -> bool {
    let Outcome::Error(error) = response.outcome else {
        return false;
    };
    let error: Value = serde_json::from_str(error.get()).unwrap_or_default();
    let is = |code: Code| error["code"] == code.number();
    response.id.get() == "null" && (is(Code::ParseError) || is(Code::InvalidRequest))
}

fn is_success(answer: &Answer) -> bool {
    (200..300).contains(&answer.status)
}

/// The status in words, with what people need to know about it.
fn status(answer: &Answer) -> String {
    let status = format!("{} {}", answer.status, answer.phrase);
    match answer.field("location") {
        Some(location) if (300..400).contains(&answer.status) => {
            format!("{status} to {location}, which is not followed")
        }
        _ => status.trim_end().to_owned(),
    }
}

/// The beginning of the body, after a colon.
fn shown(answer: &Answer) -> String {
    let text = String::from_utf8_lossy(&answer.body);
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    let beginning: String = text.chars().take(LONGEST_SHOWN).collect();
    let dots = if beginning.len() < text.len() {
        "…"
    } else {
        ""
    };
    format!(": {beginning}{dots}")
}

/// The answer for whoever looks at it later: its status and header fields are metadata.
fn response_data(answer: Answer) -> InteractionData {
    let mut metadata = vec![(
        "status".to_owned(),
        MetadataValue::Json(answer.status.to_string()),
    )];
    let content_type = answer.field(CONTENT_TYPE).unwrap_or_default().to_owned();
    for (name, value) in &answer.fields {
        metadata.push((name.clone(), text_value(value)));
    }
    let body = Body {
        content_type,
        content: Some(answer.body),
        hint: ContentTypeHint::Default,
    };
    InteractionData {
        body: Some(body).filter(|_| answer.status != NO_CONTENT),
        metadata,
    }
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
