//! Where a body ends.

use super::{LARGEST_BODY, LARGEST_HEAD, MOST_FIELDS};

/// How the length of a body is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Framing {
    Length(usize),
    Chunked,
    /// Until the connection ends; only in responses.
    UntilClose,
}

/// The header fields that frame a body.
#[derive(Default)]
pub struct FramingFields {
    length: Option<usize>,
    chunked: bool,
}

impl FramingFields {
    /// Takes note of a field. An error is one that cannot be, or that leaves doubts about where the body ends.
    pub fn field(&mut self, name: &str, value: &[u8]) -> Result<(), String> {
        if name.eq_ignore_ascii_case("content-length") {
            let length = content_length(value)
                .filter(|length| self.length.is_none_or(|known| known == *length))
                .ok_or_else(|| {
                    let value = String::from_utf8_lossy(value);
                    format!("the Content-Length is wrong: {value}")
                })?;
            self.length = Some(length);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            if self.chunked || !value.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                let value = String::from_utf8_lossy(value);
                return Err(format!(
                    "the Transfer-Encoding is not supported: {value}; expected chunked"
                ));
            }
            self.chunked = true;
        }
        Ok(())
    }

    /// What the fields say together; none if they say nothing.
    pub fn framing(&self) -> Result<Option<Framing>, String> {
        match (self.length, self.chunked) {
            (Some(_), true) => Err("it has both Content-Length and Transfer-Encoding".to_owned()),
            (Some(length), false) => Ok(Some(Framing::Length(length))),
            (None, true) => Ok(Some(Framing::Chunked)),
            (None, false) => Ok(None),
        }
    }
}

/// A length. Too large a one is larger than any limit.
fn content_length(value: &[u8]) -> Option<usize> {
    let digits = value.trim_ascii();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = std::str::from_utf8(digits).ok()?;
    Some(number.parse().unwrap_or(usize::MAX))
}

/// A body that comes in chunks.
#[derive(Default)]
pub struct Chunks {
    /// What has been put together.
    pub body: Vec<u8>,
    /// How many of the bytes after the head have been read.
    read: usize,
}

/// How far a body in chunks is.
#[derive(Debug, PartialEq)]
pub enum Progress {
    Incomplete,
    /// All of it is there; it ends so many bytes after the head.
    Complete(usize),
    TooLarge,
    Malformed,
}

impl Chunks {
    /// Reads on; `bytes` is all that has come after the head.
    pub fn read(&mut self, bytes: &[u8]) -> Progress {
        loop {
            let rest = &bytes[self.read..];
            let (line, size) = match httparse::parse_chunk_size(rest) {
                Ok(httparse::Status::Complete(chunk)) => chunk,
                Ok(httparse::Status::Partial) if rest.len() > LARGEST_HEAD => {
                    return Progress::TooLarge;
                }
                Ok(httparse::Status::Partial) => return Progress::Incomplete,
                Err(_) => return Progress::Malformed,
            };
            let Some(size) = usize::try_from(size)
                .ok()
                .filter(|size| size.saturating_add(self.body.len()) <= LARGEST_BODY)
            else {
                return Progress::TooLarge;
            };
            if size == 0 {
                return self.trailers(&rest[line..], line);
            }
            // Many tiny chunks make much of little.
            if self.read > 2 * LARGEST_BODY {
                return Progress::TooLarge;
            }
            let end = line + size;
            match rest.get(end..end + 2) {
                None => return Progress::Incomplete,
                Some(b"\r\n") => {}
                Some(_) => return Progress::Malformed,
            }
            self.body.extend_from_slice(&rest[line..end]);
            self.read += end + 2;
        }
    }

    /// Fields may follow the last chunk. They mean nothing here.
    fn trailers(&self, rest: &[u8], line: usize) -> Progress {
        let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
        match httparse::parse_headers(rest, &mut fields) {
            Ok(httparse::Status::Complete((length, _))) => {
                Progress::Complete(self.read + line + length)
            }
            Ok(httparse::Status::Partial) if rest.len() > LARGEST_HEAD => Progress::TooLarge,
            Ok(httparse::Status::Partial) => Progress::Incomplete,
            Err(httparse::Error::TooManyHeaders) => Progress::TooLarge,
            Err(_) => Progress::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn framing_leaves_no_doubts() {
        let framing = |fields: &[(&str, &str)]| {
            let mut framing = FramingFields::default();
            for (name, value) in fields {
                framing.field(name, value.as_bytes())?;
            }
            framing.framing()
        };
        let (length, encoding) = ("Content-Length", "transfer-encoding");
        assert_eq!(framing(&[("x", "1")]), Ok(None));
        assert_eq!(framing(&[(length, " 12 ")]), Ok(Some(Framing::Length(12))));
        assert_eq!(
            framing(&[(length, "12"), (length, "12")]),
            Ok(Some(Framing::Length(12)))
        );
        assert_eq!(
            framing(&[(encoding, "Chunked")]),
            Ok(Some(Framing::Chunked))
        );
        let huge = framing(&[(length, "99999999999999999999999")]);
        assert_eq!(huge, Ok(Some(Framing::Length(usize::MAX))));
        for fields in [
            &[(length, "")][..],
            &[(length, "-1")],
            &[(length, "+1")],
            &[(length, "1, 1")],
            &[(length, "1"), (length, "2")],
            &[(length, "1"), (encoding, "chunked")],
            &[(encoding, "gzip, chunked")],
            &[(encoding, "chunked"), (encoding, "chunked")],
        ] {
            assert!(framing(fields).is_err(), "{fields:?}");
        }
    }

    #[test]
    fn chunks_are_put_together_however_they_come() {
        let bytes = b"4\r\nWiki\r\n5;x=y\r\npedia\r\n0\r\nTrailer: x\r\n\r\nrest";
        for step in 1..bytes.len() {
            let mut chunks = Chunks::default();
            let mut end = 0;
            let complete = loop {
                end = (end + step).min(bytes.len());
                match chunks.read(&bytes[..end]) {
                    Progress::Incomplete if end < bytes.len() => {}
                    other => break other,
                }
            };
            assert_eq!(complete, Progress::Complete(bytes.len() - 4), "{step}");
            assert_eq!(chunks.body, b"Wikipedia");
        }
    }

    #[test]
    fn broken_and_endless_chunks_are_noticed() {
        for (bytes, progress) in [
            ("x\r\n", Progress::Malformed),
            ("1\r\nab\r\n", Progress::Malformed),
            ("0\r\n \x01: x\r\n\r\n", Progress::Malformed),
            ("1000001\r\n", Progress::TooLarge),
            ("fffffffffffffff\r\n", Progress::TooLarge),
            ("1000000\r\n", Progress::Incomplete),
            ("0\r\n", Progress::Incomplete),
            ("0\r\n\r\n", Progress::Complete(5)),
        ] {
            assert_eq!(
                Chunks::default().read(bytes.as_bytes()),
                progress,
                "{bytes}"
            );
        }
        let extension = format!("1;{}", "x".repeat(LARGEST_HEAD));
        assert_eq!(
            Chunks::default().read(extension.as_bytes()),
            Progress::TooLarge
        );
    }
}
