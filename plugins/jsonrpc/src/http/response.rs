//! Writing responses.

/// A status line's number and phrase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Status(pub u16, pub &'static str);

impl Status {
    pub const OK: Status = Status(200, "OK");
    pub const NO_CONTENT: Status = Status(204, "No Content");
    pub const BAD_REQUEST: Status = Status(400, "Bad Request");
    pub const NOT_FOUND: Status = Status(404, "Not Found");
    pub const METHOD_NOT_ALLOWED: Status = Status(405, "Method Not Allowed");
    pub const CONTENT_TOO_LARGE: Status = Status(413, "Content Too Large");
    pub const UNSUPPORTED_MEDIA_TYPE: Status = Status(415, "Unsupported Media Type");
    pub const EXPECTATION_FAILED: Status = Status(417, "Expectation Failed");
    pub const FIELDS_TOO_LARGE: Status = Status(431, "Request Header Fields Too Large");
    pub const NOT_IMPLEMENTED: Status = Status(501, "Not Implemented");
    pub const SERVICE_UNAVAILABLE: Status = Status(503, "Service Unavailable");
    pub const VERSION_NOT_SUPPORTED: Status = Status(505, "HTTP Version Not Supported");
}

/// What the connection does after a response, where that is not what the client takes for granted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Persistence {
    /// As the version of HTTP has it.
    Default,
    /// Stays open; clients of HTTP/1.0 want to read it.
    KeepAlive,
    Close,
}

/// What asks a client to go on and send the body.
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Writes a response with a body. One to `HEAD` has only the head of it.
pub fn write(
    output: &mut Vec<u8>,
    status: Status,
    content_type: &str,
    body: &[u8],
    persistence: Persistence,
    only_head: bool,
) {
    start(output, status, persistence);
    if status == Status::METHOD_NOT_ALLOWED {
        output.extend_from_slice(b"Allow: POST\r\n");
    }
    if status == Status::UNSUPPORTED_MEDIA_TYPE {
        // RFC 9110, section 12.5.3.
        output.extend_from_slice(b"Accept-Encoding: identity\r\n");
    }
    output.extend_from_slice(b"Content-Type: ");
    output.extend_from_slice(content_type.as_bytes());
    output.extend_from_slice(b"\r\nContent-Length: ");
    decimal(output, body.len());
    output.extend_from_slice(b"\r\n\r\n");
    if !only_head {
        output.extend_from_slice(body);
    }
}

/// Writes a response without a body.
pub fn write_no_content(output: &mut Vec<u8>, persistence: Persistence) {
    start(output, Status::NO_CONTENT, persistence);
    output.extend_from_slice(b"\r\n");
}

fn start(output: &mut Vec<u8>, Status(number, phrase): Status, persistence: Persistence) {
    output.extend_from_slice(b"HTTP/1.1 ");
    decimal(output, number.into());
    output.push(b' ');
    output.extend_from_slice(phrase.as_bytes());
    output.extend_from_slice(match persistence {
        Persistence::Default => b"\r\n",
        Persistence::KeepAlive => b"\r\nConnection: keep-alive\r\n",
        Persistence::Close => b"\r\nConnection: close\r\n",
    });
}

/// A number in digits. Formatting would take longer than the rest of the head.
fn decimal(output: &mut Vec<u8>, number: usize) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    output.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut output = Vec::new();
        write(&mut output);
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn a_response_has_its_length() {
        let response = |persistence, only_head| {
            written(|output| {
                write(output, Status::OK, "text/x", b"abc", persistence, only_head);
            })
        };
        assert_eq!(
            response(Persistence::Default, false),
            "HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nContent-Length: 3\r\n\r\nabc"
        );
        assert_eq!(
            response(Persistence::Close, true),
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/x\r\nContent-Length: 3\r\n\r\n"
        );
    }

    #[test]
    fn no_content_has_no_length() {
        assert_eq!(
            written(|output| write_no_content(output, Persistence::KeepAlive)),
            "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n"
        );
    }

    #[test]
    fn numbers_are_written_in_full() {
        for number in [0, 7, 10, 1234, usize::MAX] {
            assert_eq!(
                written(|output| decimal(output, number)),
                number.to_string()
            );
        }
    }
}
