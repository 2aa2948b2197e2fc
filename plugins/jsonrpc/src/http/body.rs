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

/// What is wrong with the header fields that frame a body.
#[derive(Debug, PartialEq)]
pub enum FramingError {
    /// They cannot be, or leave doubts about where the body ends.
    Doubtful(String),
    /// A transfer coding that is not supported.
    UnknownCoding(String),
}

impl FramingError {
    pub fn describe(self) -> String {
        match self {
            FramingError::Doubtful(problem) | FramingError::UnknownCoding(problem) => problem,
        }
    }
}

/// The header fields that frame a body.
#[derive(Default)]
pub struct FramingFields {
    length: Option<usize>,
    chunked: bool,
}

impl FramingFields {
    /// Takes note of a field.
    pub fn field(&mut self, name: &str, value: &[u8]) -> Result<(), FramingError> {
        if name.eq_ignore_ascii_case("content-length") {
            let length = content_length(value)
                .filter(|length| self.length.is_none_or(|known| known == *length))
                .ok_or_else(|| {
                    let value = String::from_utf8_lossy(value);
                    FramingError::Doubtful(format!("the Content-Length is wrong: {value}"))
                })?;
            self.length = Some(length);
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            if !value.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                let value = String::from_utf8_lossy(value);
                return Err(FramingError::UnknownCoding(format!(
                    "the Transfer-Encoding is not supported: {value}; expected chunked"
                )));
            }
            if self.chunked {
                let problem = "the Transfer-Encoding is chunked twice".to_owned();
                return Err(FramingError::Doubtful(problem));
            }
            self.chunked = true;
        }
        Ok(())
    }

    /// What the fields say together; none if they say nothing.
    pub fn framing(&self) -> Result<Option<Framing>, FramingError> {
        match (self.length, self.chunked) {
            (Some(_), true) => Err(FramingError::Doubtful(
                "it has both Content-Length and Transfer-Encoding".to_owned(),
            )),
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
}

/// How far a body in chunks is.
#[derive(Debug, PartialEq)]
pub enum Progress {
    /// More has to come. So many bytes are of no more use.
    Incomplete(usize),
    /// All of it is there; it ends after so many bytes.
    Complete(usize),
    TooLarge,
    /// The reason.
    Malformed(&'static str),
}

impl Chunks {
    /// Reads on; `bytes` is what has come after the head, without what was of no more use before.
    pub fn read(&mut self, bytes: &[u8]) -> Progress {
        let mut read = 0;
        loop {
            let rest = &bytes[read..];
            let (line, size) = match chunk_size(rest) {
                Ok(Some(chunk)) => chunk,
                Ok(None) => return Progress::Incomplete(read),
                Err(problem) => return Progress::Malformed(problem),
            };
            let Some(size) = usize::try_from(size)
                .ok()
                .filter(|size| size.saturating_add(self.body.len()) <= LARGEST_BODY)
            else {
                return Progress::TooLarge;
            };
            if size == 0 {
                return match trailers(&rest[line..]) {
                    Ok(Some(length)) => Progress::Complete(read + line + length),
                    Ok(None) => Progress::Incomplete(read),
                    Err(problem) => Progress::Malformed(problem),
                };
            }
            let end = line + size;
            match rest.get(end..end + 2) {
                None => return Progress::Incomplete(read),
                Some(b"\r\n") => {}
                Some(_) => return Progress::Malformed("a chunk is longer than its size says"),
            }
            self.body.extend_from_slice(&rest[line..end]);
            read += end + 2;
        }
    }
}

/// The line before a chunk, if it is complete: its length, and the size of the chunk.
fn chunk_size(bytes: &[u8]) -> Result<Option<(usize, u64)>, &'static str> {
    match httparse::parse_chunk_size(bytes) {
        // Whoever takes a line feed alone for the end of the line sees another chunk: another request can be hidden so
        // (RFC 9112, section 7.1.1).
        Ok(httparse::Status::Complete((length, _))) if bytes[..length - 2].contains(&b'\n') => {
            Err("the line with the size of a chunk has a line feed in it")
        }
        Ok(httparse::Status::Complete(chunk)) => Ok(Some(chunk)),
        Ok(httparse::Status::Partial) if bytes.len() > LARGEST_HEAD => {
            Err("the line with the size of a chunk is too long")
        }
        Ok(httparse::Status::Partial) => Ok(None),
        Err(_) => Err("a chunk begins with something else than its size"),
    }
}

/// The length of the fields after the last chunk, if they are complete. They mean nothing here.
fn trailers(bytes: &[u8]) -> Result<Option<usize>, &'static str> {
    let mut fields = [httparse::EMPTY_HEADER; MOST_FIELDS];
    match httparse::parse_headers(bytes, &mut fields) {
        Ok(httparse::Status::Complete((length, _))) => Ok(Some(length)),
        Ok(httparse::Status::Partial) if bytes.len() <= LARGEST_HEAD => Ok(None),
        Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
            Err("there are too many or too long fields after the last chunk")
        }
        Err(_) => Err("the fields after the last chunk are malformed"),
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
            &[(encoding, "chunked"), (encoding, "chunked")],
        ] {
            let error = framing(fields).unwrap_err();
            assert!(matches!(error, FramingError::Doubtful(_)), "{fields:?}");
        }
        for coding in ["gzip", "gzip, chunked", "chunked, gzip", ""] {
            let error = framing(&[(encoding, coding)]).unwrap_err();
            assert!(matches!(error, FramingError::UnknownCoding(_)), "{coding}");
        }
    }

    #[test]
    fn chunks_are_put_together_however_they_come() {
        let bytes = b"4\r\nWiki\r\n5;x=y\r\npedia\r\n0\r\nTrailer: x\r\n\r\nrest";
        for step in 1..bytes.len() {
            let mut chunks = Chunks::default();
            let (mut start, mut end) = (0, 0);
            let length = loop {
                end = (end + step).min(bytes.len());
                match chunks.read(&bytes[start..end]) {
                    Progress::Incomplete(used) if end < bytes.len() => start += used,
                    Progress::Complete(length) => break length,
                    other => panic!("{step}: {other:?}"),
                }
            };
            assert_eq!(start + length, bytes.len() - 4, "{step}");
            assert_eq!(chunks.body, b"Wikipedia");
        }
    }

    #[test]
    fn what_is_put_together_is_of_no_more_use() {
        let mut chunks = Chunks::default();
        assert_eq!(chunks.read(b"4\r\nWi"), Progress::Incomplete(0));
        let bytes = b"4\r\nWiki\r\n1\r\np\r\n5\r\ned";
        assert_eq!(chunks.read(bytes), Progress::Incomplete(15));
        assert_eq!(
            chunks.read(b"5\r\nedia!\r\n0\r\n"),
            Progress::Incomplete(10)
        );
        assert_eq!(chunks.read(b"0\r\n\r\n"), Progress::Complete(5));
        assert_eq!(chunks.body, b"Wikipedia!");
    }

    #[test]
    fn what_counts_is_the_body_and_not_what_is_around_it() {
        let mut chunks = Chunks::default();
        let long_line = format!("1;{}\r\na\r\n", "x".repeat(1000));
        let used = Progress::Incomplete(long_line.len());
        assert_eq!(chunks.read(long_line.as_bytes()), used);
        chunks.body.resize(LARGEST_BODY - 1, b'a');
        assert_eq!(chunks.read(long_line.as_bytes()), used);
        assert_eq!(chunks.read(long_line.as_bytes()), Progress::TooLarge);
    }

    #[test]
    fn broken_and_endless_chunks_are_noticed() {
        let read = |bytes: &str| Chunks::default().read(bytes.as_bytes());
        for (bytes, progress) in [
            ("1000001\r\n", Progress::TooLarge),
            ("fffffffffffffff\r\n", Progress::TooLarge),
            ("1000000\r\n", Progress::Incomplete(0)),
            ("0\r\n", Progress::Incomplete(0)),
            ("0\r\n\r\n", Progress::Complete(5)),
        ] {
            assert_eq!(read(bytes), progress, "{bytes}");
        }
        let long_line = format!("1;{}", "x".repeat(LARGEST_HEAD));
        let long_trailer = format!("0\r\nx: {}", "x".repeat(LARGEST_HEAD));
        let many_trailers = format!("0\r\n{}", "x: y\r\n".repeat(MOST_FIELDS + 1));
        for (bytes, reason) in [
            ("x\r\n", "begins with something else than its size"),
            ("1\r\nab\r\n", "longer than its size"),
            ("1;a\nxx\r\na\r\n", "a line feed in it"),
            ("1;a\n\r\na\r\n", "a line feed in it"),
            ("0;\n\r\n\r\n", "a line feed in it"),
            ("0\r\n \x01: x\r\n\r\n", "malformed"),
            (&long_line, "too long"),
            (&long_trailer, "too many or too long"),
            (&many_trailers, "too many or too long"),
        ] {
            match read(bytes) {
                Progress::Malformed(problem) => assert!(problem.contains(reason), "{problem}"),
                other => panic!("{bytes:.60}: {other:?}"),
            }
        }
    }
}
