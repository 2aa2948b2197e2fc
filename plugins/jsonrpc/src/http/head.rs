//! The head of a request.

use super::body::{Framing, FramingError, FramingFields};
use super::response::Status;
use super::{LARGEST_HEAD, MOST_FIELDS};

/// The head of a request, as far as it matters.
#[derive(Debug, PartialEq)]
pub struct RequestHead<'a> {
    pub method: &'a str,
    /// Without the query.
    pub path: &'a str,
    pub framing: Framing,
    pub version: Version,
    /// Whether the connection stays open after the answer.
    pub keep_alive: bool,
    /// Whether the client waits for a word before it sends the body.
    pub expects_continue: bool,
    /// How many bytes it has.
    pub length: usize,
}

/// A version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Version {
    Http10,
    Http11,
}

/// Why there is no head.
#[derive(Debug, PartialEq)]
pub enum NoHead {
    /// More has to come.
    Incomplete,
    /// It is not acceptable.
    Refused(Status, String),
}

/// Reads the head of a request.
pub fn parse(bytes: &[u8]) -> Result<RequestHead<'_>, NoHead> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    let length = match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) if length <= LARGEST_HEAD => length,
        Ok(httparse::Status::Partial) if bytes.len() <= LARGEST_HEAD => {
            return Err(NoHead::Incomplete);
        }
        Ok(_) => return Err(too_large(format!("of more than {LARGEST_HEAD} bytes"))),
        Err(httparse::Error::TooManyHeaders) => {
            return Err(too_large(format!("with more than {MOST_FIELDS} fields")));
        }
        Err(httparse::Error::Version) => {
            let problem = "not HTTP/1.0 or HTTP/1.1".to_owned();
            return Err(NoHead::Refused(Status::VERSION_NOT_SUPPORTED, problem));
        }
        Err(error) => return Err(bad(format!("not HTTP: {error}"))),
    };
    let version = match request.version {
        Some(0) => Version::Http10,
        _ => Version::Http11,
    };
    let head = RequestHead {
        method: request.method.unwrap_or_default(),
        path: path(request.path.unwrap_or_default()),
        framing: Framing::Length(0),
        version,
        keep_alive: version == Version::Http11,
        expects_continue: false,
        length,
    };
    with_fields(head, request.headers)
}

fn with_fields<'a>(
    mut head: RequestHead<'a>,
    fields: &[httparse::Header<'_>],
) -> Result<RequestHead<'a>, NoHead> {
    let mut framing = FramingFields::default();
    let mut hosts = 0;
    let mut closes = false;
    for field in fields {
        let (name, value) = (field.name, field.value);
        framing.field(name, value).map_err(unframed)?;
        if name.eq_ignore_ascii_case("connection") {
            head.keep_alive |= has_option(value, b"keep-alive");
            closes |= has_option(value, b"close");
        } else if name.eq_ignore_ascii_case("host") {
            hosts += 1;
        } else if name.eq_ignore_ascii_case("expect") && head.version == Version::Http11 {
            if !value.trim_ascii().eq_ignore_ascii_case(b"100-continue") {
                let problem = "an expectation other than 100-continue".to_owned();
                return Err(NoHead::Refused(Status::EXPECTATION_FAILED, problem));
            }
            head.expects_continue = true;
        } else if name.eq_ignore_ascii_case("content-encoding") && is_encoded(value) {
            let value = String::from_utf8_lossy(value);
            let problem =
                format!("the Content-Encoding is not supported: {value}; expected identity");
            return Err(NoHead::Refused(Status::UNSUPPORTED_MEDIA_TYPE, problem));
        }
    }
    // The lines are one list, in which nothing else counts besides `close` (RFC 9112, section 9.3).
    head.keep_alive &= !closes;
    match framing.framing().map_err(unframed)? {
        Some(Framing::Chunked) if head.version == Version::Http10 => {
            return Err(bad("HTTP/1.0 has no Transfer-Encoding".to_owned()));
        }
        Some(framing) => head.framing = framing,
        None => {}
    }
    // RFC 9112, section 3.2.
    if hosts > 1 || (hosts == 0 && head.version == Version::Http11) {
        return Err(bad("it has to have one Host".to_owned()));
    }
    Ok(head)
}

/// Whether the value of a Content-Encoding names one that has to be decoded.
pub fn is_encoded(value: &[u8]) -> bool {
    let mut encodings = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    encodings.any(|encoding| !encoding.is_empty() && !encoding.eq_ignore_ascii_case(b"identity"))
}

/// Whether a line of the field `Connection` has an option.
fn has_option(value: &[u8], option: &[u8]) -> bool {
    value
        .split(|byte| *byte == b',')
        .any(|one| one.trim_ascii().eq_ignore_ascii_case(option))
}

/// The path in a request's target, which may be a whole URL.
fn path(target: &str) -> &str {
    // A query may have anything in it.
    let target = target.split('?').next().unwrap_or_default();
    match target.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => {
            rest.find('/').map_or("/", |start| &rest[start..])
        }
        _ => target,
    }
}

fn unframed(error: FramingError) -> NoHead {
    match error {
        FramingError::Doubtful(problem) => bad(problem),
        FramingError::UnknownCoding(problem) => NoHead::Refused(Status::NOT_IMPLEMENTED, problem),
    }
}

fn bad(problem: String) -> NoHead {
    NoHead::Refused(Status::BAD_REQUEST, problem)
}

fn too_large(problem: String) -> NoHead {
    NoHead::Refused(Status::FIELDS_TOO_LARGE, format!("a head {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(head: &str) -> Status {
        match parse(head.as_bytes()) {
            Err(NoHead::Refused(status, _)) => status,
            other => panic!("{head:?}: {other:?}"),
        }
    }

    #[test]
    fn a_head_is_read() {
        let text = "POST /rpc?x=1 HTTP/1.1\r\nHost: a\r\ncontent-length: 3\r\nExpect: 100-Continue\r\n\r\nabc";
        assert_eq!(
            parse(text.as_bytes()),
            Ok(RequestHead {
                method: "POST",
                path: "/rpc",
                framing: Framing::Length(3),
                version: Version::Http11,
                keep_alive: true,
                expects_continue: true,
                length: text.len() - 3,
            })
        );
        for end in 0..text.len() - 3 {
            let parsed = parse(&text.as_bytes()[..end]);
            assert_eq!(parsed, Err(NoHead::Incomplete), "{end}");
        }
    }

    #[test]
    fn connections_stay_open_or_not() {
        for (version, field, keep_alive) in [
            ("1.1", "", true),
            ("1.1", "Connection: close\r\n", false),
            ("1.1", "connection: x, Close\r\n", false),
            ("1.1", "Connection: keep-alive\r\n", true),
            (
                "1.1",
                "Connection: close\r\nConnection: keep-alive\r\n",
                false,
            ),
            (
                "1.1",
                "Connection: keep-alive\r\nConnection: close\r\n",
                false,
            ),
            (
                "1.0",
                "Connection: close\r\nConnection: keep-alive\r\n",
                false,
            ),
            ("1.0", "", false),
            ("1.0", "Connection: Keep-Alive\r\n", true),
            ("1.0", "Connection: keep-alive, close\r\n", false),
        ] {
            let text = format!("POST / HTTP/{version}\r\nHost: a\r\n{field}\r\n");
            let head = parse(text.as_bytes()).unwrap();
            assert_eq!(head.keep_alive, keep_alive, "{text}");
        }
    }

    #[test]
    fn targets_are_paths_or_whole_urls() {
        for (target, wanted) in [
            ("/", "/"),
            ("/a/b?c=http://d/e", "/a/b"),
            ("http://host:80/a?b", "/a"),
            ("http://host", "/"),
            ("http://host?x=/rpc", "/"),
            ("http://host/rpc?x=/", "/rpc"),
            ("?x=://y/z", ""),
            ("*", "*"),
            ("/a://b", "/a://b"),
        ] {
            assert_eq!(path(target), wanted);
        }
    }

    #[test]
    fn encodings_are_told_from_identity() {
        for (value, encoded) in [
            ("", false),
            ("identity", false),
            (" Identity , identity", false),
            ("gzip", true),
            ("identity, br", true),
        ] {
            assert_eq!(is_encoded(value.as_bytes()), encoded, "{value}");
        }
        let text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: identity\r\n\r\n";
        assert!(parse(text.as_bytes()).is_ok());
    }

    #[test]
    fn what_is_not_acceptable_is_refused() {
        let long = format!(
            "POST / HTTP/1.1\r\nHost: a\r\nx: {}",
            "x".repeat(LARGEST_HEAD)
        );
        let many = "x: y\r\n".repeat(MOST_FIELDS + 1);
        for (head, status) in [
            ("GARBAGE\r\n\r\n", Status::BAD_REQUEST),
            ("\x16\x03\x01\x02\x00\x01", Status::BAD_REQUEST),
            ("POST / HTTP/2.0\r\n\r\n", Status::VERSION_NOT_SUPPORTED),
            ("POST / HTTP/1.1\r\n\r\n", Status::BAD_REQUEST),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                Status::BAD_REQUEST,
            ),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
                Status::BAD_REQUEST,
            ),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
                Status::BAD_REQUEST,
            ),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                Status::NOT_IMPLEMENTED,
            ),
            (
                "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
                Status::BAD_REQUEST,
            ),
            (
                "POST / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n",
                Status::EXPECTATION_FAILED,
            ),
            (
                "POST / HTTP/1.1\r\nHost: a\r\ncontent-encoding: GZIP\r\n\r\n",
                Status::UNSUPPORTED_MEDIA_TYPE,
            ),
            (&long, Status::FIELDS_TOO_LARGE),
            (&format!("{long}\r\n\r\n"), Status::FIELDS_TOO_LARGE),
            (
                &format!("POST / HTTP/1.1\r\n{many}\r\n"),
                Status::FIELDS_TOO_LARGE,
            ),
        ] {
            assert_eq!(refused(head), status, "{head}");
        }
    }
}
