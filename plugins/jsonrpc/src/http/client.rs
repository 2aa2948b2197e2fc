//! A client's side of a connection: one request and its response.

use std::borrow::Cow;

use super::body::{Chunks, Framing, FramingError, FramingFields, Progress};
use super::{LARGEST_BODY, MOST_FIELDS};
use crate::services::Link;

/// The largest head of a response. Servers with many cookies need more than clients do.
const LARGEST_HEAD: usize = 64 << 10;

/// What a server answered.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    /// The words after the status; may be empty.
    pub phrase: String,
    /// The header fields in lower case, each with its value or, if it came several times, all of them.
    pub fields: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header field, whose name is in lower case.
    pub fn field(&self, name: &str) -> Option<&str> {
        let (_, value) = self.fields.iter().find(|(known, _)| known == name)?;
        Some(value)
    }
}

/// Whether a text can be the name of a header field.
pub fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(fits)
}

/// Sends a request and reads the response.
pub fn exchange(link: &mut dyn Link, request: &[u8]) -> Result<Answer, String> {
    // A server may answer and close before it has read everything; then its answer is what counts.
    let written = link.write(request);
    let mut incoming = Incoming {
        link,
        bytes: Vec::new(),
    };
    let (mut answer, framing) = match incoming.head() {
        Ok(head) => head,
        Err(error) => return Err(written.err().unwrap_or(error)),
    };
    answer.body = incoming.body(framing)?;
    Ok(answer)
}

struct Incoming<'a> {
    link: &'a mut dyn Link,
    /// What has come and was not read yet.
    bytes: Vec<u8>,
}

impl Incoming<'_> {
    /// Reads on; false at the end.
    fn more(&mut self) -> Result<bool, String> {
        Ok(self.link.read(&mut self.bytes)? > 0)
    }

    fn head(&mut self) -> Result<(Answer, Framing), String> {
        loop {
            if let Some((length, answer, framing)) = parse(&self.bytes)? {
                self.bytes.drain(..length);
                // Answers on the way (RFC 9110, section 15.2) mean nothing here.
                if answer.status >= 200 {
                    return Ok((answer, framing));
                }
                continue;
            }
            if self.bytes.len() > LARGEST_HEAD {
                return Err(format!(
                    "the provider's answer has a head of more than {LARGEST_HEAD} bytes"
                ));
            }
            if !self.more()? {
                return Err(match self.bytes.is_empty() {
                    true => "the provider closed the connection without an answer".to_owned(),
                    false => ended_early(),
                });
            }
        }
    }

    fn body(mut self, framing: Framing) -> Result<Vec<u8>, String> {
        match framing {
            Framing::Length(length) if length > LARGEST_BODY => Err(too_large()),
            Framing::Length(length) => {
                while self.bytes.len() < length {
                    if !self.more()? {
                        return Err(ended_early());
                    }
                }
                self.bytes.truncate(length);
                Ok(self.bytes)
            }
            Framing::Chunked => {
                let mut chunks = Chunks::default();
                loop {
                    match chunks.read(&self.bytes) {
                        Progress::Complete(_) => return Ok(chunks.body),
                        Progress::TooLarge => return Err(too_large()),
                        Progress::Malformed(reason) => {
                            return Err(format!(
                                "the provider's answer has a body of malformed chunks: {reason}"
                            ));
                        }
                        Progress::Incomplete(used) => {
                            self.bytes.drain(..used);
                            if !self.more()? {
                                return Err(ended_early());
                            }
                        }
                    }
                }
            }
            Framing::UntilClose => {
                while self.more()? {
                    if self.bytes.len() > LARGEST_BODY {
                        return Err(too_large());
                    }
                }
                Ok(self.bytes)
            }
        }
    }
}

/// Reads the head of a response, if it is complete.
fn parse(bytes: &[u8]) -> Result<Option<(usize, Answer, Framing)>, String> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    let mut parser = httparse::ParserConfig::default();
    parser.allow_obsolete_multiline_headers_in_responses(true);
    let length = match parser.parse_response(&mut response, bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(format!("the provider's answer is not HTTP: {error}")),
    };
    let mut framing = FramingFields::default();
    let mut answer = Answer {
        status: response.code.unwrap_or_default(),
        phrase: response.reason.unwrap_or_default().to_owned(),
        fields: Vec::new(),
        body: Vec::new(),
    };
    let wrong = |error: FramingError| {
        let problem = error.describe();
        format!("the provider's answer is not valid: {problem}")
    };
    for field in response.headers {
        let value = unfolded(field.value);
        framing.field(field.name, &value).map_err(wrong)?;
        let name = field.name.to_ascii_lowercase();
        let value = String::from_utf8_lossy(&value).into_owned();
        match answer.fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => *values = format!("{values}, {value}"),
            None => answer.fields.push((name, value)),
        }
    }
    let framing = match answer.status {
        100..200 | 204 | 304 => Framing::Length(0),
        _ => framing
            .framing()
            .map_err(wrong)?
            .unwrap_or(Framing::UntilClose),
    };
    Ok(Some((length, answer, framing)))
}

/// A field's value in one line, if a server has folded it as was once allowed (RFC 9112, section 5.2).
fn unfolded(value: &[u8]) -> Cow<'_, [u8]> {
    if !value.contains(&b'\n') {
        return Cow::Borrowed(value);
    }
    let lines = value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    Cow::Owned(lines.join(&b' '))
}

fn ended_early() -> String {
    "the provider closed the connection in the middle of its answer".to_owned()
}

fn too_large() -> String {
    format!("the provider's answer has a body of more than {LARGEST_BODY} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::Services;
    use crate::testing::TestServices;

    fn answered(pieces: &[&[u8]]) -> Result<Answer, String> {
        let services = TestServices {
            provider: Some(pieces.iter().map(|piece| piece.to_vec()).collect()),
            ..TestServices::default()
        };
        let mut link = services.connect("localhost", 1).unwrap();
        let answer = exchange(&mut *link, b"request");
        assert_eq!(services.sent(), "request");
        answer
    }

    /// The response as a whole, and byte by byte.
    fn body(response: &str) -> Result<Vec<u8>, String> {
        let whole = answered(&[response.as_bytes()]);
        let bytes: Vec<&[u8]> = response.as_bytes().chunks(1).collect();
        assert_eq!(answered(&bytes), whole);
        whole.map(|answer| answer.body)
    }

    #[test]
    fn a_response_is_read() {
        let answer = answered(&[
            b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/x\r\nX-Y: a\r\nx-y: b\r\n",
            b"Content-Length: 3\r\n\r\nabcd",
        ])
        .unwrap();
        assert_eq!(
            (answer.status, &*answer.phrase, &*answer.body),
            (500, "Internal Server Error", &b"abc"[..])
        );
        assert_eq!(answer.field("content-type"), Some("text/x"));
        assert_eq!(answer.field("x-y"), Some("a, b"));
        assert_eq!(answer.field("x-z"), None);
    }

    #[test]
    fn folded_fields_are_read_as_one_line() {
        let answer = answered(&[
            b"HTTP/1.1 200 OK\r\nX-Y: a;\r\n\t b \r\n \r\n  c\r\nContent-Length:\r\n 3\r\n\r\nabc",
        ])
        .unwrap();
        assert_eq!(answer.field("x-y"), Some("a; b c"));
        assert_eq!(answer.body, b"abc");
    }

    #[test]
    fn bodies_end_in_several_ways() {
        for (response, wanted) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", "ab"),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n",
                "ab",
            ),
            ("HTTP/1.0 200 OK\r\n\r\nab", "ab"),
            (
                "HTTP/1.1 200 OK\r\nX:\r\n y\r\nContent-Length: 2\r\n\r\nab",
                "ab",
            ),
            ("HTTP/1.1 204 No Content\r\n\r\n", ""),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200\r\nContent-Length: 1\r\n\r\na",
                "a",
            ),
        ] {
            assert_eq!(body(response).unwrap(), wanted.as_bytes(), "{response}");
        }
    }

    #[test]
    fn broken_responses_are_errors() {
        for (response, problem) in [
            ("", "the provider closed the connection without an answer"),
            ("HTTP/1.1 20", "in the middle of its answer"),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
                "in the middle of its answer",
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
                "in the middle of its answer",
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
                "malformed chunks",
            ),
            ("SSH-2.0-OpenSSH\r\n", "is not HTTP"),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
                "is not valid: the Content-Length is wrong: x",
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n",
                "a body of more than 16777216 bytes",
            ),
        ] {
            let error = body(response).unwrap_err();
            assert!(error.contains(problem), "{response}: {error}");
        }
        let long = format!("HTTP/1.1 200 OK\r\nx: {}", "x".repeat(LARGEST_HEAD));
        let error = answered(&[long.as_bytes()]).unwrap_err();
        assert!(error.contains("a head of more than"), "{error}");
    }

    #[test]
    fn names_of_fields_are_tokens() {
        for (name, fits) in [
            ("X-Api_Key", true),
            ("", false),
            ("a b", false),
            ("a:", false),
            ("ä", false),
        ] {
            assert_eq!(is_token(name), fits, "{name}");
        }
    }
}
