//! JSON-RPC messages: which members they have, and what is wrong with them.
//!
//! The members are slices of the text, so that reading a request allocates nothing, and an id goes back as it came.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// The version of the protocol, which every message names.
pub const VERSION: &str = "2.0";

/// How many lists and objects may be within each other.
const DEEPEST: i32 = 127;

/// Why a text is no message.
#[derive(Debug, PartialEq)]
pub enum Unreadable {
    /// It is not JSON, or nested too deeply.
    NotJson(String),
    /// It is JSON, but not an object.
    NotAnObject,
}

/// What is wrong with a message, and where.
#[derive(Debug, PartialEq)]
pub struct Flaw {
    /// A path expression.
    pub path: &'static str,
    pub description: String,
}

impl Flaw {
    fn new(path: &'static str, description: impl Into<String>) -> Flaw {
        Flaw {
            path,
            description: description.into(),
        }
    }
}

/// The members of a message, whatever it is.
#[derive(Debug, Default)]
pub struct Members<'a> {
    pub jsonrpc: Option<&'a RawValue>,
    pub method: Option<&'a RawValue>,
    pub params: Option<&'a RawValue>,
    pub id: Option<&'a RawValue>,
    pub result: Option<&'a RawValue>,
    pub error: Option<&'a RawValue>,
    /// Names of members that the specification does not know.
    pub others: Vec<String>,
    /// A member that occurs twice.
    repeated: Option<&'static str>,
}

/// A request or a notification.
#[derive(Debug)]
pub struct Request<'a> {
    pub method: Cow<'a, str>,
    pub params: Option<&'a RawValue>,
    /// None for a notification.
    pub id: Option<&'a RawValue>,
}

/// What a response says.
#[derive(Debug)]
pub enum Outcome<'a> {
    Result(&'a RawValue),
    Error(&'a RawValue),
}

/// A response.
#[derive(Debug)]
pub struct Response<'a> {
    pub outcome: Outcome<'a>,
    pub id: &'a RawValue,
}

impl<'a> Members<'a> {
    /// Takes a message apart.
    pub fn parse(text: &'a [u8]) -> Result<Members<'a>, Unreadable> {
        serde_json::from_slice(text).map_err(|error| {
            // What does not begin like an object is refused before its end is seen.
            match serde_json::from_slice::<IgnoredAny>(text) {
                Ok(_) if error.is_data() => Unreadable::NotAnObject,
                Ok(_) => Unreadable::NotJson(error.to_string()),
                Err(error) => Unreadable::NotJson(error.to_string()),
            }
        })
    }

    /// The message as a request or a notification.
    pub fn request(&self) -> Result<Request<'a>, Flaw> {
        self.check_version()?;
        let method = self
            .method
            .ok_or_else(|| Flaw::new("$.method", "the method is missing"))?;
        let method =
            text(method).ok_or_else(|| Flaw::new("$.method", "the method is not a text"))?;
        if self.result.is_some() || self.error.is_some() {
            return Err(Flaw::new(
                "$",
                "it has a result or an error, as only responses have them",
            ));
        }
        if self.params.is_some_and(|params| !is_structure(params)) {
            return Err(Flaw::new(
                "$.params",
                "the params are neither a list nor an object",
            ));
        }
        if self.id.is_some_and(|id| !is_id(id)) {
            return Err(wrong_id());
        }
        Ok(Request {
            method,
            params: self.params,
            id: self.id,
        })
    }

    /// The message as a response.
    pub fn response(&self) -> Result<Response<'a>, Flaw> {
        self.check_version()?;
        if self.method.is_some() || self.params.is_some() {
            return Err(Flaw::new(
                "$",
                "it has a method or params, as only requests have them",
            ));
        }
        let outcome = match (self.result, self.error) {
            (Some(result), None) => Outcome::Result(result),
            (None, Some(error)) => Outcome::Error(error),
            (None, None) => return Err(Flaw::new("$", "it has neither a result nor an error")),
            (Some(_), Some(_)) => return Err(Flaw::new("$", "it has both a result and an error")),
        };
        if let Outcome::Error(error) = outcome {
            check_error(error)?;
        }
        let id = self
            .id
            .ok_or_else(|| Flaw::new("$.id", "the id is missing"))?;
        if !is_id(id) {
            return Err(wrong_id());
        }
        Ok(Response { outcome, id })
    }

    /// The id, if it is one, for an answer to a message that is otherwise wrong.
    pub fn usable_id(&self) -> Option<&'a RawValue> {
        self.id.filter(|id| is_id(id))
    }

    fn check_version(&self) -> Result<(), Flaw> {
        if let Some(name) = self.repeated {
            return Err(Flaw::new("$", format!("the member {name:?} occurs twice")));
        }
        match self.jsonrpc.map(text) {
            None => Err(Flaw::new(
                "$.jsonrpc",
                "the version is missing; expected \"jsonrpc\": \"2.0\"",
            )),
            Some(Some(version)) if version == VERSION => Ok(()),
            Some(_) => Err(Flaw::new(
                "$.jsonrpc",
                format!(
                    "the version is {}; expected \"2.0\"",
                    self.jsonrpc.map_or("", RawValue::get)
                ),
            )),
        }
    }

    fn member(&mut self, name: Name) -> Option<(&mut Option<&'a RawValue>, &'static str)> {
        Some(match name {
            Name::Jsonrpc => (&mut self.jsonrpc, "jsonrpc"),
            Name::Method => (&mut self.method, "method"),
            Name::Params => (&mut self.params, "params"),
            Name::Id => (&mut self.id, "id"),
            Name::Result => (&mut self.result, "result"),
            Name::Error => (&mut self.error, "error"),
            Name::Other(name) => {
                self.others.push(name);
                return None;
            }
        })
    }
}

fn wrong_id() -> Flaw {
    Flaw::new("$.id", "the id is neither a text, a number nor null")
}

fn check_error(error: &RawValue) -> Result<(), Flaw> {
    let value: Value = serde_json::from_str(error.get())
        .map_err(|error| Flaw::new("$.error", format!("the error cannot be read: {error}")))?;
    let Value::Object(members) = value else {
        return Err(Flaw::new("$.error", "the error is not an object"));
    };
    if !members
        .get("code")
        .is_some_and(|code| code.is_i64() || code.is_u64())
    {
        return Err(Flaw::new(
            "$.error.code",
            "the error has no whole number as its code",
        ));
    }
    if !members.get("message").is_some_and(Value::is_string) {
        return Err(Flaw::new(
            "$.error.message",
            "the error has no text as its message",
        ));
    }
    Ok(())
}

/// A text without its quotes and escapes; none if it is something else.
fn text(value: &RawValue) -> Option<Cow<'_, str>> {
    let inside = value.get().strip_prefix('"')?.strip_suffix('"')?;
    if inside.contains('\\') {
        return serde_json::from_str(value.get()).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(inside))
}

fn is_structure(value: &RawValue) -> bool {
    value.get().starts_with(['[', '{'])
}

fn is_id(value: &RawValue) -> bool {
    let text = value.get();
    text == "null" || text.starts_with(|first: char| matches!(first, '"' | '-' | '0'..='9'))
}

/// Whether params hold nothing, which is the same to a server as params that are left out.
pub fn is_empty_structure(value: &RawValue) -> bool {
    let text = value.get();
    is_structure(value) && text[1..text.len() - 1].trim_ascii().is_empty()
}

/// Whether JSON is nested more deeply than `serde_json` reads values. What only looks at texts, as [`Members`] does, takes any
/// depth; what compares them does not.
pub fn is_too_deep(json: &[u8]) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0, false, false);
    json.iter().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_text,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            _ => {}
        }
        depth > DEEPEST
    })
}

/// Whether two ids are the same value. Numbers may be written in several ways, and each digit of them counts: as floating point
/// numbers, ids above 2^53 would be the same as their neighbours.
pub fn same_id(one: &RawValue, other: &RawValue) -> bool {
    if one.get() == other.get() {
        return true;
    }
    if let (Some(one), Some(other)) = (text(one), text(other)) {
        return one == other;
    }
    let (one, other) = (exact(one.get()), exact(other.get()));
    one.is_some() && one == other
}

/// A number: its digits without zeros at either end, the power of ten of the last one, and whether it is negative. None for what
/// is no number, or has an exponent beyond all bounds.
fn exact(json: &str) -> Option<(String, i64, bool)> {
    let (mantissa, exponent) = json.split_once(['e', 'E']).unwrap_or((json, "0"));
    let exponent: i64 = exponent.parse().ok()?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole.trim_start_matches('-'), fraction].concat();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let without_zeros = digits.trim_end_matches('0');
    let zeros = digits.len() - without_zeros.len();
    let significant = without_zeros.trim_start_matches('0');
    if significant.is_empty() {
        // There is but one zero.
        return Some((String::new(), 0, false));
    }
    let power = exponent.checked_add(zeros as i64 - fraction.len() as i64)?;
    Some((significant.to_owned(), power, whole.starts_with('-')))
}

/// The name of a member.
enum Name {
    Jsonrpc,
    Method,
    Params,
    Id,
    Result,
    Error,
    Other(String),
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl Visitor<'_> for NameVisitor {
            type Value = Name;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("the name of a member")
            }

            fn visit_str<E>(self, name: &str) -> Result<Name, E> {
                Ok(match name {
                    "jsonrpc" => Name::Jsonrpc,
                    "method" => Name::Method,
                    "params" => Name::Params,
                    "id" => Name::Id,
                    "result" => Name::Result,
                    "error" => Name::Error,
                    other => Name::Other(other.to_owned()),
                })
            }
        }

        deserializer.deserialize_identifier(NameVisitor)
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Members::default();
                while let Some(name) = map.next_key::<Name>()? {
                    let value = map.next_value::<&'de RawValue>()?;
                    let Some((member, name)) = members.member(name) else {
                        continue;
                    };
                    if member.replace(value).is_some() {
                        members.repeated = Some(name);
                    }
                }
                Ok(members)
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
