//! A mock server without its sockets: what it answers to a JSON-RPC text.
//!
//! Most requests of a test are the same again and again. Whether params match by Pact's rules depends on nothing but their text,
//! so a text that has matched an interaction once is not compared again.

use definitions::types::{
    InteractionContents, Mismatch, MockServerResults, StartMockServerRequest, TestMode,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::answer::{self, Code};
use crate::batch::{self, Batch};
use crate::config::JSON;
use crate::expected::ExpectedRequest;
use crate::generate::Generation;
use crate::interaction::{Interaction, Message};
use crate::message::{Members, Outcome, Request, Unreadable, is_too_deep};
use crate::results::{self, Results};
use crate::services::Services;

/// How long params may be to be remembered.
const LONGEST_REMEMBERED: usize = 64 << 10;

/// The interactions of a mock server and what has come of them.
pub struct Server<S> {
    services: S,
    interactions: Vec<Served>,
    results: Results,
}

/// An interaction that is served.
struct Served {
    expected: ExpectedRequest,
    /// In words, for the results.
    description: String,
    reply: Reply,
    content_type: String,
    came: bool,
    /// Params that matched; empty for none.
    matched: Option<String>,
}

/// What answers a request.
enum Reply {
    /// Nothing: it is a notification.
    None,
    /// The answer up to the id.
    Fixed(Vec<u8>),
    Generated(Value, Generation),
}

/// What a client sent last, and where it has to go.
struct Call<'a> {
    text: &'a [u8],
    members: &'a Members<'a>,
    request: Request<'a>,
}

impl Call<'_> {
    /// The params, for remembering them.
    fn params(&self) -> &str {
        self.request.params.map_or("", RawValue::get)
    }
}

impl<S: Services> Server<S> {
    /// Takes the interactions of a mock server. `url` is where it listens.
    pub fn new(
        services: S,
        request: &StartMockServerRequest,
        url: &str,
        port: u16,
    ) -> Result<Self, String> {
        let context = with_address(request.test_context.as_deref(), url, port)?;
        let served = |(number, contents): (usize, &InteractionContents)| {
            Served::new(&services, contents, &context)
                .map_err(|error| format!("interaction {}: {error}", number + 1))
        };
        let interactions: Result<_, String> = request
            .interactions
            .iter()
            .enumerate()
            .map(served)
            .collect();
        Ok(Server {
            interactions: interactions?,
            services,
            results: Results::default(),
        })
    }

    /// The outside world, for log records.
    pub fn services(&self) -> &S {
        &self.services
    }

    /// What has come so far.
    pub fn results(&self) -> MockServerResults {
        let missing = self.interactions.iter().filter(|it| !it.came);
        self.results
            .with_missing(missing.map(|it| (&*it.expected.method, &*it.description)))
    }

    /// Takes note of something that came and was no JSON-RPC at all.
    pub fn refused(&mut self, path: &str, error: &str) {
        self.results.error(path, error);
    }

    /// Answers a text, by appending to `output`. Gives the answer's content type, or none if there is nothing to answer.
    /// `path` is where the text came to.
    pub fn answer(&mut self, path: &str, text: &[u8], output: &mut Vec<u8>) -> Option<&str> {
        if text.trim_ascii_start().starts_with(b"[") {
            return self.answer_batch(path, text, output).then_some(JSON);
        }
        let before = output.len();
        let interaction = self.answer_one(path, text, output);
        if output.len() == before {
            return None;
        }
        let served = interaction.and_then(|index| self.interactions.get(index));
        Some(served.map_or(JSON, |served| &served.content_type))
    }

    fn answer_batch(&mut self, path: &str, text: &[u8], output: &mut Vec<u8>) -> bool {
        let batch: Batch<'_> = match serde_json::from_slice(text) {
            Ok(batch) => batch,
            Err(error) => {
                self.refuse(path, None, Code::ParseError, &error.to_string(), output);
                return true;
            }
        };
        let problem = if batch.messages.is_empty() {
            Some("the batch is empty".to_owned())
        } else if batch.too_large {
            Some(format!(
                "the batch has more than {} messages",
                batch::LARGEST
            ))
        } else {
            None
        };
        if let Some(problem) = problem {
            self.refuse(path, None, Code::InvalidRequest, &problem, output);
            return true;
        }
        let start = output.len();
        output.push(b'[');
        for message in batch.messages {
            let before = output.len();
            self.answer_one(path, message.get().as_bytes(), output);
            if output.len() > before {
                output.push(b',');
            }
        }
        if output.len() == start + 1 {
            // Nothing but notifications.
            output.truncate(start);
            return false;
        }
        output.pop();
        output.push(b']');
        true
    }

    /// Answers one message, and tells which interaction did.
    fn answer_one(&mut self, path: &str, text: &[u8], output: &mut Vec<u8>) -> Option<usize> {
        let members = match Members::parse(text) {
            Ok(members) => members,
            Err(Unreadable::NotJson(error)) => {
                self.refuse(path, None, Code::ParseError, &error, output);
                return None;
            }
            Err(error) => {
                self.refuse(path, None, Code::InvalidRequest, &error.describe(), output);
                return None;
            }
        };
        let request = match members.request() {
            Ok(request) => request,
            Err(flaw) => {
                let id = members.usable_id();
                self.refuse(path, id, Code::InvalidRequest, &flaw.describe(), output);
                return None;
            }
        };
        let call = Call {
            text,
            members: &members,
            request,
        };
        let known = self.interactions.iter().position(|it| it.remembers(&call));
        let index = known.or_else(|| self.find(&call, output))?;
        let served = &mut self.interactions[index];
        served.came = true;
        let Some(id) = call.request.id else {
            return Some(index);
        };
        if let Err(error) = served.reply.write(&self.services, id, output) {
            let error = format!("the response cannot be generated: {error}");
            let method = served.expected.method.clone();
            self.refuse(&method, Some(id), Code::InternalError, &error, output);
        }
        Some(index)
    }

    /// The first interaction that the request is for. Without one, the request is answered with an error.
    fn find(&mut self, call: &Call<'_>, output: &mut Vec<u8>) -> Option<usize> {
        let method = &*call.request.method;
        if is_too_deep(call.text) {
            self.decline(call, Code::ParseError, "it is nested too deeply", output);
            return None;
        }
        let mut nearest: Option<Vec<Mismatch>> = None;
        let mut certain = true;
        for (index, served) in self.interactions.iter_mut().enumerate() {
            if served.expected.method != method {
                continue;
            }
            certain &= served.expected.is_certain();
            let found = served
                .expected
                .mismatches(&self.services, call.members, &call.request);
            match found {
                Ok(mismatches) if mismatches.is_empty() => {
                    if certain {
                        served.remember(call);
                    }
                    return Some(index);
                }
                Ok(mismatches) => {
                    let nearer = |known: &Vec<Mismatch>| mismatches.len() < known.len();
                    if nearest.as_ref().is_none_or(nearer) {
                        nearest = Some(mismatches);
                    }
                }
                Err(error) => {
                    let error = format!("the request cannot be compared: {error}");
                    self.decline(call, Code::InternalError, &error, output);
                    return None;
                }
            }
        }
        match nearest {
            Some(mismatches) => {
                let mismatches = results::shortened_mismatches(mismatches);
                if let Some(id) = call.request.id {
                    let data = answer::mismatches(&mismatches);
                    answer::error(output, Some(id), Code::InvalidParams, &data);
                }
                self.results.mismatches(method, mismatches);
            }
            None => {
                let method = results::shortened(method);
                let problem = format!("no interaction has the method {method:?}");
                self.decline(call, Code::MethodNotFound, &problem, output);
            }
        }
        None
    }

    /// Refuses a valid request. A notification gets no answer, not even an error.
    fn decline(&mut self, call: &Call<'_>, code: Code, problem: &str, output: &mut Vec<u8>) {
        let Request { method, id, .. } = &call.request;
        match id {
            Some(id) => self.refuse(method, Some(id), code, problem, output),
            None => self.results.error(method, problem),
        }
    }

    /// Answers with an error, and takes note.
    fn refuse(
        &mut self,
        path: &str,
        id: Option<&RawValue>,
        code: Code,
        problem: &str,
        output: &mut Vec<u8>,
    ) {
        let problem = results::shortened(problem);
        answer::error(output, id, code, &json!(problem));
        let error = format!("{}: {problem}", code.message());
        self.results.error(path, &error);
    }
}

impl Served {
    fn new(
        services: &dyn Services,
        contents: &InteractionContents,
        context: &str,
    ) -> Result<Served, String> {
        let interaction = Interaction::load(contents.plugin_configuration.as_ref())?;
        let Message { body, rules, .. } = &interaction.request;
        let mut expected = ExpectedRequest::new(body.as_bytes(), rules, false, Some(context))?;
        if expected.is_notification() != interaction.response.is_none() {
            return Err(format!(
                "{} and its response do not go together: a request has an id and a response, a notification neither",
                interaction.describe()
            ));
        }
        expected
            .check(services)
            .map_err(|error| format!("{} cannot be compared: {error}", interaction.describe()))?;
        Ok(Served {
            expected,
            description: interaction.describe(),
            reply: match &interaction.response {
                None => Reply::None,
                Some(response) => Reply::new(response, context)?,
            },
            content_type: interaction
                .response
                .map_or_else(|| JSON.to_owned(), |response| response.content_type),
            came: false,
            matched: None,
        })
    }

    /// Whether the same params have matched before. All else that is compared is looked at.
    fn remembers(&self, call: &Call<'_>) -> bool {
        self.matched.as_deref() == Some(call.params())
            && self.expected.method == call.request.method
            && self.expected.is_notification() == call.request.id.is_none()
            && call.members.others.is_empty()
    }

    fn remember(&mut self, call: &Call<'_>) {
        let params = call.params();
        if params.len() <= LONGEST_REMEMBERED {
            self.matched = Some(params.to_owned());
        }
    }
}

impl Reply {
    fn new(response: &Message, context: &str) -> Result<Reply, String> {
        let generation = Generation::new(&response.generators, TestMode::Consumer, Some(context))?;
        let wrong = |problem: String| {
            format!("the response in the interaction configuration is wrong: {problem}")
        };
        let members =
            Members::parse(response.body.as_bytes()).map_err(|it| wrong(it.describe()))?;
        let outcome = members
            .response()
            .map_err(|it| wrong(it.describe()))?
            .outcome;
        if generation.is_empty() {
            let mut start = Vec::new();
            let (member, value) = match outcome {
                Outcome::Result(value) => ("result", value),
                Outcome::Error(value) => ("error", value),
            };
            answer::start(&mut start, member, value.get());
            return Ok(Reply::Fixed(start));
        }
        let body = serde_json::from_str(&response.body).map_err(|it| wrong(it.to_string()))?;
        Ok(Reply::Generated(body, generation))
    }

    fn write(
        &mut self,
        services: &dyn Services,
        id: &RawValue,
        output: &mut Vec<u8>,
    ) -> Result<(), String> {
        match self {
            Reply::None => return Ok(()),
            Reply::Fixed(start) => output.extend_from_slice(start),
            Reply::Generated(body, generation) => {
                let mut body = body.clone();
                generation.apply(services, &mut body)?;
                let member = if body.get("error").is_some() {
                    "error"
                } else {
                    "result"
                };
                answer::start(output, member, &body[member].to_string());
            }
        }
        answer::end(output, id.get());
        Ok(())
    }
}

/// The test context with the address of the mock server, where Pact's generators look for it.
fn with_address(context: Option<&str>, url: &str, port: u16) -> Result<String, String> {
    let mut context: Value = serde_json::from_str(context.unwrap_or("{}"))
        .map_err(|error| format!("the test context is not JSON: {error}"))?;
    if let Value::Object(members) = &mut context {
        members.insert("mockServer".to_owned(), json!({ "url": url, "port": port }));
    }
    Ok(context.to_string())
}

#[cfg(test)]
#[path = "server_tests.rs"]
mod tests;
