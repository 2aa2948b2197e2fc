//! A mock server without its sockets: what it answers to a JSON-RPC text.
//!
//! Most requests of a test are the same again and again. Whether params match by Pact's rules depends on nothing but their text,
//! so a text that has matched an interaction once is not compared again.

use std::time::{Duration, Instant};

use definitions::types::{
    InteractionContents, Mismatch, MockServerResults, StartMockServerRequest, TestMode,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::answer::{self, Code};
use crate::batch;
use crate::config::JSON;
use crate::expected::ExpectedRequest;
use crate::generate::Generation;
use crate::http::Answered;
use crate::interaction::{Interaction, Message};
use crate::message::{Members, Outcome, Request, Unreadable, is_too_deep};
use crate::results::{self, Results};
use crate::services::Services;

/// How long params may be to be remembered.
const LONGEST_REMEMBERED: usize = 64 << 10;

/// How long a batch is answered before others have their turn: short enough for who waits for results, and long enough for the
/// wait in between, of a millisecond or so, not to matter.
const PIECE: Duration = Duration::from_millis(10);
/// How long the answer to a batch may be, except for the errors that take the place of what would make it longer. Each message
/// may be answered by much more than it has itself, and all of it is kept until the last one is answered.
const LONGEST_ANSWER: usize = 32 << 20;

/// The interactions of a mock server and what has come of them.
pub struct Server<S> {
    services: S,
    interactions: Vec<Served>,
    results: Results,
    /// How many messages of batches have come and are still to be answered.
    unanswered: usize,
    /// [`PIECE`] and [`LONGEST_ANSWER`], but for tests.
    piece: Duration,
    longest_answer: usize,
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
            unanswered: 0,
            piece: PIECE,
            longest_answer: LONGEST_ANSWER,
        })
    }

    /// The outside world, for log records.
    pub fn services(&self) -> &S {
        &self.services
    }

    /// What has come so far.
    pub fn results(&self) -> MockServerResults {
        let missing = self.interactions.iter().filter(|it| !it.came);
        let missing = missing.map(|it| (&*it.expected.method, &*it.description));
        self.results.with_missing(self.unanswered, missing)
    }

    /// Takes note of something that came and was no JSON-RPC at all.
    pub fn refused(&mut self, path: &str, error: &str) {
        self.results.error(path, error);
    }

    /// Answers a text, by appending to `output`. Of a batch, this may be a piece: `done` says how far it is answered, and the next
    /// call goes on from there. `path` is where the text came to.
    pub fn answer(
        &mut self,
        path: &str,
        text: &[u8],
        done: &mut usize,
        output: &mut Vec<u8>,
    ) -> Answered<'_> {
        if text.trim_ascii_start().starts_with(b"[") {
            return self.answer_batch(path, text, done, output);
        }
        let before = output.len();
        let interaction = self.answer_one(path, text, output);
        if output.len() == before {
            return Answered::Nothing;
        }
        let served = interaction.and_then(|index| self.interactions.get(index));
        Answered::Content(served.map_or(JSON, |served| &served.content_type))
    }

    fn answer_batch(
        &mut self,
        path: &str,
        text: &[u8],
        done: &mut usize,
        output: &mut Vec<u8>,
    ) -> Answered<'static> {
        if *done == 0 {
            match countable(text) {
                Ok(count) => self.unanswered += count,
                Err((code, problem)) => {
                    self.refuse(path, None, code, &problem, output);
                    return Answered::Content(JSON);
                }
            }
            output.push(b'[');
        }
        let start = Instant::now();
        while let Some(message) = batch::next(text, done) {
            self.answer_in_batch(path, message.get().as_bytes(), output);
            self.unanswered -= 1;
            if start.elapsed() >= self.piece {
                return Answered::Piece;
            }
        }
        // Each answer is followed by a comma.
        match output.pop() {
            Some(b',') => output.push(b']'),
            // Nothing but notifications.
            _ => return Answered::Nothing,
        }
        Answered::Content(JSON)
    }

    /// Answers one message of a batch: by an error, if the answer to the batch gets too long.
    fn answer_in_batch(&mut self, path: &str, text: &[u8], output: &mut Vec<u8>) {
        let before = output.len();
        let interaction = self.answer_one(path, text, output);
        if output.len() == before {
            return;
        }
        if output.len() > self.longest_answer {
            output.truncate(before);
            let problem = format!(
                "the answer to the batch would be longer than {} bytes",
                self.longest_answer
            );
            let members = Members::parse(text).ok();
            let id = members.and_then(|members| members.usable_id());
            match interaction {
                Some(index) => {
                    let method = self.interactions[index].expected.method.clone();
                    self.refuse(&method, id, Code::InternalError, &problem, output);
                }
                // It is in the results already, for what is wrong with it.
                None => answer::error(output, id, Code::InternalError, &json!(problem)),
            }
        }
        output.push(b',');
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

/// How many messages a batch has, if that is something to answer.
fn countable(text: &[u8]) -> Result<usize, (Code, String)> {
    match batch::count(text) {
        Err(error) => Err((Code::ParseError, error.to_string())),
        Ok(0) => Err((Code::InvalidRequest, "the batch is empty".to_owned())),
        Ok(count) if count > batch::LARGEST => {
            let problem = format!("the batch has more than {} messages", batch::LARGEST);
            Err((Code::InvalidRequest, problem))
        }
        Ok(count) => Ok(count),
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
