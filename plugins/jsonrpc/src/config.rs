//! The contents config: what the author of a consumer test writes.

use definitions::found;
use serde_json::{Map, Value, json};

use crate::interaction::{Interaction, Message};
use crate::message::VERSION;
use crate::numbers::{self, TooLarge};
use crate::services::Services;
use crate::template::{Place, Template};

const REQUEST: &str = "request";
const RESPONSE: &str = "response";
const CONTENT_TYPE: &str = "contentType";
/// What JSON-RPC is called in HTTP, unless the author says otherwise.
pub const JSON: &str = "application/json";

/// The id of requests and responses. It is never compared, as clients count as they like.
const ID: u32 = 1;

/// Reads and checks a contents config. Errors name the key, say what was found and what is expected.
pub fn parse(services: &dyn Services, json: &str) -> Result<Interaction, String> {
    let config: Map<String, Value> = serde_json::from_str(json)
        .map_err(|error| format!("the contents config is not a JSON object: {error}"))?;
    if let Some(key) = config.keys().find(|key| {
        // Keys for Pact itself are left in by some frameworks.
        ![REQUEST, RESPONSE].contains(&key.as_str()) && !key.starts_with("pact:")
    }) {
        return Err(format!(
            "contents config key {key:?} is not known to the jsonrpc plugin; expected {REQUEST:?} and {RESPONSE:?}"
        ));
    }
    if let Some(TooLarge { path, number }) = numbers::find_too_large(json) {
        let key = path.strip_prefix('.').unwrap_or(&path);
        return Err(format!(
            "contents config key {key:?} is {}",
            rounded(&number)
        ));
    }
    let response = match config.get(RESPONSE) {
        None | Some(Value::Null) => None,
        Some(response) => Some(self::response(services, object(RESPONSE, response)?)?),
    };
    let request = config
        .get(REQUEST)
        .ok_or("the contents config has no \"request\"; expected an object with a \"method\"")?;
    let (method, request) = self::request(services, object(REQUEST, request)?, response.is_none())?;
    Ok(Interaction {
        method,
        request,
        response,
    })
}

/// What is wrong with a whole number that is too large.
pub fn rounded(number: &str) -> String {
    format!(
        "the whole number {number}, which would be rounded; expected one of at most 64 bits, a decimal, or a text"
    )
}

fn object<'v>(key: &str, value: &'v Value) -> Result<&'v Map<String, Value>, String> {
    value.as_object().ok_or_else(|| {
        format!(
            "contents config key {key:?} is {}; expected an object",
            found(value)
        )
    })
}

fn request(
    services: &dyn Services,
    config: &Map<String, Value>,
    notification: bool,
) -> Result<(String, Message), String> {
    let mut template = Template::new(services, REQUEST);
    check_keys(&template, config, None, &["method", "params", CONTENT_TYPE])?;
    let method = match config.get("method") {
        Some(Value::String(method)) if !method.is_empty() => method,
        other => {
            let what = other.map_or("missing".to_owned(), found);
            let problem = format!("is {what}; expected the name of a method");
            return Err(template.wrong(&Place::member("method"), &problem));
        }
    };
    let mut body = envelope();
    body.insert("method".to_owned(), json!(method));
    match config.get("params") {
        None => {}
        Some(params @ (Value::Array(_) | Value::Object(_))) => {
            let place = Place::member("params");
            let params = template.read(params, &place)?;
            if !(params.is_array() || params.is_object()) {
                let problem = format!(
                    "stands for {}; expected a list or an object",
                    found(&params)
                );
                return Err(template.wrong(&place, &problem));
            }
            body.insert("params".to_owned(), params);
        }
        Some(other) => {
            let problem = format!("is {}; expected a list or an object", found(other));
            return Err(template.wrong(&Place::member("params"), &problem));
        }
    }
    if !notification {
        body.insert("id".to_owned(), json!(ID));
    }
    let message = message(template, config, body)?;
    Ok((method.clone(), message))
}

fn response(services: &dyn Services, config: &Map<String, Value>) -> Result<Message, String> {
    let mut template = Template::new(services, RESPONSE);
    check_keys(&template, config, None, &["result", "error", CONTENT_TYPE])?;
    let mut body = envelope();
    match (config.get("result"), config.get("error")) {
        (Some(result), None) => {
            let result = template.read(result, &Place::member("result"))?;
            body.insert("result".to_owned(), result);
        }
        (None, Some(error)) => {
            let error = self::error(&mut template, error)?;
            body.insert("error".to_owned(), error);
        }
        _ => {
            return Err(
                "contents config key \"response\" has both or neither of \"result\" and \"error\"; expected one of them, or no \
                 \"response\" for a notification"
                    .to_owned(),
            );
        }
    }
    body.insert("id".to_owned(), json!(ID));
    message(template, config, body)
}

fn error(template: &mut Template<'_>, config: &Value) -> Result<Value, String> {
    let place = Place::member("error");
    let Value::Object(members) = config else {
        let problem = format!(
            "is {}; expected an object with \"code\" and \"message\"",
            found(config)
        );
        return Err(template.wrong(&place, &problem));
    };
    check_keys(
        template,
        members,
        Some("error"),
        &["code", "message", "data"],
    )?;
    let error = template.read(config, &place)?;
    for (key, expected, fits) in [
        ("code", "a whole number", error["code"].is_i64()),
        ("message", "a text", error["message"].is_string()),
    ] {
        if !fits {
            let value = members.get(key).map_or("missing".to_owned(), found);
            let problem = format!("has a \"{key}\" that is {value}; expected {expected}");
            return Err(template.wrong(&place, &problem));
        }
    }
    Ok(error)
}

fn check_keys(
    template: &Template<'_>,
    config: &Map<String, Value>,
    below: Option<&str>,
    known: &[&str],
) -> Result<(), String> {
    let Some(unknown) = config.keys().find(|key| !known.contains(&key.as_str())) else {
        return Ok(());
    };
    let path = match below {
        Some(above) => format!("{above}.{unknown}"),
        None => unknown.clone(),
    };
    let known: Vec<String> = known.iter().map(|key| format!("{key:?}")).collect();
    let problem = format!(
        "is not known to the jsonrpc plugin; expected {}",
        known.join(", ")
    );
    Err(template.wrong(&Place::key(&path), &problem))
}

fn envelope() -> Map<String, Value> {
    Map::from_iter([("jsonrpc".to_owned(), json!(VERSION))])
}

fn message(
    template: Template<'_>,
    config: &Map<String, Value>,
    body: Map<String, Value>,
) -> Result<Message, String> {
    let content_type = match config.get(CONTENT_TYPE) {
        None => JSON.to_owned(),
        Some(Value::String(text)) if is_header_value(text) => text.clone(),
        Some(other) => {
            let problem = format!("is {}; expected a content type for HTTP", found(other));
            return Err(template.wrong(&Place::member(CONTENT_TYPE), &problem));
        }
    };
    Ok(Message {
        body: Value::Object(body).to_string(),
        content_type,
        rules: template.rules,
        generators: template.generators,
    })
}

/// Whether a content type can go into a header field as it is.
pub fn is_header_value(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
