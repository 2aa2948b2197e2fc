//! What is on the wire: `<word> <length>\n`, and as many bytes. The word is the command of a request, and `OK` or `ERR` of an
//! answer.

/// The first word of an answer to a request that the server takes.
pub const OK: &str = "OK";

/// The first word of any other answer; the bytes are a text that says why.
pub const ERR: &str = "ERR";

/// How long the first line may be.
const LINE_LIMIT: usize = 256;

/// How many bytes may follow it.
const PAYLOAD_LIMIT: usize = 16 << 20;

/// A request or an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub word: String,
    pub payload: Vec<u8>,
}

/// Takes a message off the input, as soon as it is complete. An error means that this will never be one.
pub fn take(input: &mut Vec<u8>) -> Result<Option<Message>, String> {
    let Some(end) = input.iter().position(|byte| *byte == b'\n') else {
        if input.len() > LINE_LIMIT {
            return Err(format!("the first {LINE_LIMIT} bytes have no end of line"));
        }
        return Ok(None);
    };
    let line = &input[..end];
    let (word, length) = head(line).ok_or_else(|| {
        let line = String::from_utf8_lossy(line);
        format!("{line:?} is not a word and a length")
    })?;
    if length > PAYLOAD_LIMIT {
        return Err(format!("{length} bytes are more than {PAYLOAD_LIMIT}"));
    }
    let payload = end + 1..end + 1 + length;
    if input.len() < payload.end {
        return Ok(None);
    }
    let message = Message {
        word: word.to_owned(),
        payload: input[payload.clone()].to_vec(),
    };
    input.drain(..payload.end);
    Ok(Some(message))
}

fn head(line: &[u8]) -> Option<(&str, usize)> {
    let (word, length) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    if !is_word(word) || !length.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((word, length.parse().ok()?))
}

/// Whether a text can stand at the start of a message.
pub fn is_word(text: &str) -> bool {
    let is_short = text.len() <= LINE_LIMIT / 2;
    is_short && !text.is_empty() && text.chars().all(|char| char.is_ascii_graphic())
}

/// Appends a message to the output.
pub fn put(output: &mut Vec<u8>, word: &str, payload: &[u8]) {
    output.extend_from_slice(format!("{word} {}\n", payload.len()).as_bytes());
    output.extend_from_slice(payload);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(word: &str, payload: &[u8]) -> Message {
        Message {
            word: word.to_owned(),
            payload: payload.to_vec(),
        }
    }

    #[test]
    fn messages_are_taken_when_they_are_complete() {
        let mut wire = Vec::new();
        put(&mut wire, "store", b"\0\n\xff");
        put(&mut wire, "OK", b"");
        let mut input = Vec::new();
        let mut taken = Vec::new();
        for byte in wire {
            input.push(byte);
            taken.extend(take(&mut input).unwrap());
        }
        assert_eq!(taken, [message("store", b"\0\n\xff"), message("OK", b"")]);
        assert!(input.is_empty());
    }

    #[test]
    fn messages_that_come_together_are_taken_one_by_one() {
        let mut input = b"a 1\n1b 2\n22c 3\n3".to_vec();
        assert_eq!(take(&mut input), Ok(Some(message("a", b"1"))));
        assert_eq!(take(&mut input), Ok(Some(message("b", b"22"))));
        assert_eq!(take(&mut input), Ok(None));
        assert_eq!(input, b"c 3\n3");
    }

    #[test]
    fn what_can_never_be_a_message_is_an_error() {
        for (input, error) in [
            (
                "GET / HTTP/1.1\r\n",
                "\"GET / HTTP/1.1\\r\" is not a word and a length",
            ),
            ("a\n", "\"a\" is not a word and a length"),
            (" 1\n", "\" 1\" is not a word and a length"),
            ("a +1\n", "\"a +1\" is not a word and a length"),
            ("a \n", "\"a \" is not a word and a length"),
            ("a 16777217\n", "16777217 bytes are more than 16777216"),
        ] {
            assert_eq!(take(&mut input.into()).unwrap_err(), error, "{input:?}");
        }
        assert_eq!(
            take(&mut vec![b'a'; 257]).unwrap_err(),
            "the first 256 bytes have no end of line"
        );
    }
}
