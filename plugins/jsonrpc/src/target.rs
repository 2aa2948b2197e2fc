//! Where a provider is, and what else the user of a verification configured.

use definitions::found;
use serde_json::{Map, Value};

use crate::http::is_token;

/// Where and how to send requests.
#[derive(Debug, PartialEq)]
pub struct Target {
    /// A name, or an address without brackets.
    pub host: String,
    pub port: u16,
    /// Where the request goes, unless its metadata says otherwise.
    pub path: Option<String>,
    pub headers: Vec<(String, String)>,
}

const HOST: &str = "host";
const PORT: &str = "port";
const PATH: &str = "path";
const HEADERS: &str = "headers";
const BASE_URL: &str = "baseUrl";

/// Fields that the plugin sets itself: they belong to the connection, or say where the body ends.
const OWN_FIELDS: [&str; 6] = [
    "connection",
    "content-length",
    "expect",
    "te",
    "transfer-encoding",
    "upgrade",
];

impl Target {
    /// Reads the configuration of a verification. Keys for others are left alone.
    pub fn parse(config: Option<&str>) -> Result<Target, String> {
        let config = read(config)?;
        let (host, port, path) = match config.get(BASE_URL) {
            Some(Value::String(url)) => {
                url_parts(url).map_err(|problem| wrong(BASE_URL, &problem))?
            }
            Some(other) => {
                let problem = format!(
                    "is {}; expected a text such as \"http://127.0.0.1:8080/rpc\"",
                    found(other)
                );
                return Err(wrong(BASE_URL, &problem));
            }
            None => (None, None, None),
        };
        let host = text(&config, HOST)?.or(host).ok_or_else(|| {
            format!("the verification config says nothing about where the provider is; expected {HOST:?} and {PORT:?}, or {BASE_URL:?}")
        })?;
        Ok(Target {
            host: host
                .trim_start_matches('[')
                .trim_end_matches(']')
                .to_owned(),
            port: self::port(&config)?
                .or(port)
                .ok_or_else(|| wrong(PORT, "is missing; expected a number from 1 to 65535"))?,
            path: path_of(&config)?.or(path),
            headers: headers(config.get(HEADERS))?,
        })
    }

    /// The path alone, which is wanted before the provider is.
    pub fn path(config: Option<&str>) -> Result<Option<String>, String> {
        let config = read(config)?;
        if let Some(path) = path_of(&config)? {
            return Ok(Some(path));
        }
        let Some(Value::String(url)) = config.get(BASE_URL) else {
            return Ok(None);
        };
        let (_, _, path) = url_parts(url).map_err(|problem| wrong(BASE_URL, &problem))?;
        Ok(path)
    }

    /// The value of a configured header, whose name is in lower case.
    pub fn header(config: Option<&str>, name: &str) -> Result<Option<String>, String> {
        let headers = headers(read(config)?.get(HEADERS))?;
        let mut found = headers
            .into_iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name));
        Ok(found.next().map(|(_, value)| value))
    }

    /// Host and port as a URL has them.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

fn wrong(key: &str, problem: &str) -> String {
    format!("verification config key {key:?} {problem}")
}

fn read(config: Option<&str>) -> Result<Map<String, Value>, String> {
    serde_json::from_str(config.unwrap_or("{}"))
        .map_err(|error| format!("the verification config is not a JSON object: {error}"))
}

fn text(config: &Map<String, Value>, key: &str) -> Result<Option<String>, String> {
    match config.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        Some(other) => Err(wrong(key, &format!("is {}; expected a text", found(other)))),
    }
}

fn port(config: &Map<String, Value>) -> Result<Option<u16>, String> {
    let port = match config.get(PORT) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.parse().ok(),
        // Pact's drivers hand over 8080 as 8080.0.
        Some(value) => value
            .as_f64()
            .filter(|port| port.fract() == 0.0 && (0.0..=65535.0).contains(port))
            .map(|port| port as u16),
    };
    let found = config.get(PORT).map_or_else(String::new, found);
    let port = port.filter(|port| *port > 0).ok_or_else(|| {
        wrong(
            PORT,
            &format!("is {found}; expected a number from 1 to 65535"),
        )
    })?;
    Ok(Some(port))
}

fn path_of(config: &Map<String, Value>) -> Result<Option<String>, String> {
    let path = text(config, PATH)?;
    if let Some(path) = &path {
        check_path(path).map_err(|problem| wrong(PATH, &problem))?;
    }
    Ok(path)
}

/// Whether a text can be the target of a request.
pub fn check_path(path: &str) -> Result<(), String> {
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic());
    if path.starts_with('/') && plain && !path.contains('#') {
        Ok(())
    } else {
        Err(format!(
            "is {path:?}; expected a path that begins with a slash, with special characters as in %20"
        ))
    }
}

type UrlParts = (Option<String>, Option<u16>, Option<String>);

fn url_parts(url: &str) -> Result<UrlParts, String> {
    if url.starts_with("https://") {
        return Err(format!(
            "is {url:?}, but the jsonrpc plugin offers no TLS; expected an address that begins with http://"
        ));
    }
    let expected =
        || format!("is {url:?}; expected an address such as \"http://127.0.0.1:8080/rpc\"");
    let rest = url.strip_prefix("http://").ok_or_else(expected)?;
    let (authority, path) = match rest.find('/') {
        Some(start) => (&rest[..start], Some(rest[start..].to_owned())),
        None => (rest, None),
    };
    // A colon inside of brackets belongs to the address.
    let after_brackets = authority.rfind(']').unwrap_or(0);
    let (host, port) = match authority[after_brackets..].rfind(':') {
        Some(colon) => {
            let (host, port) = authority.split_at(after_brackets + colon);
            let port = port[1..].parse().ok().filter(|port| *port > 0);
            (host, port.ok_or_else(expected)?)
        }
        None => (authority, 80),
    };
    let path = path.filter(|path| path != "/");
    if host.is_empty() || host.contains(['@', '?', '#']) {
        return Err(expected());
    }
    if let Some(path) = &path {
        check_path(path)?;
    }
    Ok((Some(host.to_owned()), Some(port), path))
}

fn headers(value: Option<&Value>) -> Result<Vec<(String, String)>, String> {
    let headers = match value {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(headers)) => headers,
        Some(other) => {
            let problem = format!("is {}; expected an object of names and texts", found(other));
            return Err(wrong(HEADERS, &problem));
        }
    };
    let header = |(name, value): (&String, &Value)| {
        let wrong = |problem: String| wrong(&format!("{HEADERS}.{name}"), &problem);
        let Value::String(text) = value else {
            return Err(wrong(format!("is {}; expected a text", found(value))));
        };
        check_header(name, text).map_err(wrong)?;
        Ok((name.clone(), text.clone()))
    };
    headers.iter().map(header).collect()
}

/// Whether a request may have such a header field.
pub fn check_header(name: &str, value: &str) -> Result<(), String> {
    if !is_token(name) {
        return Err("is no name that a header can have".to_owned());
    }
    if OWN_FIELDS.iter().any(|own| own.eq_ignore_ascii_case(name)) {
        return Err("is a header that the jsonrpc plugin sets itself".to_owned());
    }
    // Anything but control characters.
    if value
        .bytes()
        .any(|byte| byte < 0x20 && byte != b'\t' || byte == 0x7f)
    {
        return Err("has a control character in its value".to_owned());
    }
    Ok(())
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
