//! What is expected of a message: of its envelope, which is compared here, and of what it carries.

use definitions::types::{Mismatch, Rules};
use serde_json::value::RawValue;

use crate::message::{Flaw, Members, Outcome, Request, Response, Unreadable, is_empty_structure};
use crate::payload::{Payload, object};
use crate::services::Services;

/// An expected request or notification.
pub struct ExpectedRequest {
    pub method: String,
    notification: bool,
    /// Whether there are params with something in them.
    has_params: bool,
    allow_unexpected: bool,
    payload: Payload,
}

/// An expected response.
pub struct ExpectedResponse {
    /// The member that it has to have.
    member: &'static str,
    text: String,
    allow_unexpected: bool,
    payload: Payload,
}

const PARAMS: &str = "params";
const RESULT: &str = "result";
const ERROR: &str = "error";

impl ExpectedRequest {
    /// Reads the expected body.
    pub fn new(
        body: &[u8],
        rules: &Rules,
        allow_unexpected: bool,
        test_context: Option<&str>,
    ) -> Result<ExpectedRequest, String> {
        let members = Members::parse(body).map_err(|it| not_expected(it.describe()))?;
        let request = members
            .request()
            .map_err(|it| not_expected(it.describe()))?;
        let params = request.params.filter(|params| !is_empty_structure(params));
        Ok(ExpectedRequest {
            method: request.method.clone().into_owned(),
            notification: request.id.is_none(),
            has_params: params.is_some(),
            allow_unexpected,
            payload: Payload::new(
                params_object(request.params),
                rules,
                allow_unexpected,
                test_context,
            )?,
        })
    }

    /// Whether this is for messages with an id, or for those without.
    pub fn is_notification(&self) -> bool {
        self.notification
    }

    /// See [`Payload::is_certain`].
    pub fn is_certain(&self) -> bool {
        self.payload.is_certain()
    }

    /// See [`Payload::check`].
    pub fn check(&mut self, services: &dyn Services) -> Result<(), String> {
        self.payload.check(services)
    }

    /// Compares a request.
    pub fn mismatches(
        &mut self,
        services: &dyn Services,
        members: &Members<'_>,
        request: &Request<'_>,
    ) -> Result<Vec<Mismatch>, String> {
        let mut mismatches = unexpected_members(members, self.allow_unexpected);
        if self.method != request.method {
            mismatches.push(mismatch(
                "$.method",
                Some(&self.method),
                Some(&request.method),
                format!(
                    "expected the method {:?}, but it is {:?}",
                    self.method, request.method
                ),
            ));
        }
        match (self.notification, request.id) {
            (true, Some(id)) => mismatches.push(mismatch(
                "$.id",
                None,
                Some(id.get()),
                "expected a notification, but it has an id".to_owned(),
            )),
            (false, None) => mismatches.push(mismatch(
                "$.id",
                None,
                None,
                "expected a request, but it has no id, which makes it a notification".to_owned(),
            )),
            _ => {}
        }
        // Params that hold nothing are the same as none.
        let empty = request.params.is_none_or(is_empty_structure);
        if self.has_params || !empty {
            let actual = params_object(request.params);
            mismatches.extend(self.payload.mismatches(services, actual.into_bytes())?);
        }
        Ok(mismatches)
    }
}

fn params_object(params: Option<&RawValue>) -> String {
    object(params.map(|params| (PARAMS, params.get())))
}

impl ExpectedResponse {
    /// Reads the expected body.
    pub fn new(
        body: &[u8],
        rules: &Rules,
        allow_unexpected: bool,
        test_context: Option<&str>,
    ) -> Result<ExpectedResponse, String> {
        let members = Members::parse(body).map_err(|it| not_expected(it.describe()))?;
        let response = members
            .response()
            .map_err(|it| not_expected(it.describe()))?;
        let (member, value) = response.outcome.member();
        let expected = object(Some((member, value.get())));
        Ok(ExpectedResponse {
            member,
            text: value.get().to_owned(),
            allow_unexpected,
            payload: Payload::new(expected, rules, allow_unexpected, test_context)?,
        })
    }

    /// Whether the provider has to answer with an error.
    pub fn is_error(&self) -> bool {
        self.member == ERROR
    }

    /// Compares a response.
    pub fn mismatches(
        &mut self,
        services: &dyn Services,
        members: &Members<'_>,
        response: &Response<'_>,
    ) -> Result<Vec<Mismatch>, String> {
        let mut mismatches = unexpected_members(members, self.allow_unexpected);
        let (member, value) = response.outcome.member();
        if member != self.member {
            let wanted = match self.member {
                ERROR => "an error",
                _ => "a result",
            };
            mismatches.push(mismatch(
                &format!("$.{member}"),
                Some(&self.text),
                Some(value.get()),
                format!("expected {wanted}, but it is the {member} {value}"),
            ));
            return Ok(mismatches);
        }
        let actual = object(Some((member, value.get())));
        mismatches.extend(self.payload.mismatches(services, actual.into_bytes())?);
        Ok(mismatches)
    }
}

impl<'a> Outcome<'a> {
    fn member(&self) -> (&'static str, &'a RawValue) {
        match self {
            Outcome::Result(value) => (RESULT, value),
            Outcome::Error(value) => (ERROR, value),
        }
    }
}

impl Unreadable {
    /// What is wrong, in words.
    pub fn describe(&self) -> String {
        match self {
            Unreadable::NotJson(error) => format!("it is not JSON: {error}"),
            Unreadable::NotAnObject => "it is not a JSON object".to_owned(),
        }
    }
}

impl Flaw {
    /// What is wrong, in words, with the place.
    pub fn describe(&self) -> String {
        match self.path {
            "$" => self.description.clone(),
            path => format!("{} (at {path})", self.description),
        }
    }
}

fn not_expected(problem: String) -> String {
    format!("the expected body is not a JSON-RPC message: {problem}")
}

fn unexpected_members(members: &Members<'_>, allowed: bool) -> Vec<Mismatch> {
    let others = members.others.iter().filter(|_| !allowed);
    others
        .map(|name| {
            mismatch(
                &format!("${}", crate::path::member(name)),
                None,
                None,
                format!("the member {name:?} was not expected; JSON-RPC does not know it"),
            )
        })
        .collect()
}

/// A difference found here, and not by the host.
pub fn mismatch(
    path: &str,
    expected: Option<&str>,
    actual: Option<&str>,
    description: String,
) -> Mismatch {
    let bytes = |text: &str| text.as_bytes().to_vec();
    Mismatch {
        expected: expected.map(bytes),
        actual: actual.map(bytes),
        description,
        path: path.to_owned(),
        diff: None,
        mismatch_type: Some("body".to_owned()),
    }
}
