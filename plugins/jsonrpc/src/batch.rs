//! Many messages in one text.

use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// How many messages a batch may have: the answers may be many times as long.
pub const LARGEST: usize = 10_000;

/// How many messages, whatever they are, a text is that has to be a batch.
pub fn count(text: &[u8]) -> Result<usize, serde_json::Error> {
    serde_json::from_slice(text).map(|Count(count)| count)
}

/// The first message from `at` on, which moves on to the end of the message; none after the last one. The text has been
/// [counted](count), so what is no message is the end.
///
/// Between two messages nothing is kept but this place, so a batch can be left and come back to.
pub fn next<'a>(text: &'a [u8], at: &mut usize) -> Option<&'a RawValue> {
    if *at == 0 {
        *at = 1 + text.iter().position(|byte| *byte == b'[')?;
    }
    let is_message = |byte: &u8| !b" \t\r\n,".contains(byte);
    let start = *at + text[*at..].iter().position(is_message)?;
    let mut rest = serde_json::Deserializer::from_slice(&text[start..]);
    let message = <&RawValue>::deserialize(&mut rest).ok()?;
    *at = start + message.get().len();
    Some(message)
}

struct Count(usize);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CountVisitor;

        impl<'de> Visitor<'de> for CountVisitor {
            type Value = Count;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Count, A::Error> {
                let mut count = 0;
                while list.next_element::<&'de RawValue>()?.is_some() {
                    count += 1;
                }
                Ok(Count(count))
            }
        }

        deserializer.deserialize_seq(CountVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str) -> Vec<&str> {
        let mut at = 0;
        std::iter::from_fn(|| next(text.as_bytes(), &mut at).map(RawValue::get)).collect()
    }

    #[test]
    fn messages_are_taken_out_one_by_one() {
        for (text, wanted) in [
            ("[]", &[][..]),
            (" [ ] ", &[]),
            (
                "\r\n[ 1,{\"a\": [1, 2]} ,\"],\"\t, [[3]],null,-1.5e3] ",
                &["1", "{\"a\": [1, 2]}", "\"],\"", "[[3]]", "null", "-1.5e3"],
            ),
            ("[[]]", &["[]"]),
        ] {
            assert_eq!(count(text.as_bytes()).unwrap(), wanted.len(), "{text}");
            assert_eq!(messages(text), wanted, "{text}");
        }
    }

    #[test]
    fn all_of_it_has_to_be_json() {
        for text in [&b"[1"[..], b"[1,]", b"[1] x", b"[nul]", b"[\"\xff\"]"] {
            assert!(count(text).is_err(), "{text:?}");
        }
    }
}
