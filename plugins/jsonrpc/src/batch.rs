//! Many messages in one text.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// How many messages a batch may have.
pub const LARGEST: usize = 10_000;

/// The messages of a batch, whatever they are.
pub struct Batch<'a> {
    pub messages: Vec<&'a RawValue>,
    /// Whether there are more than a batch may have. These are not kept, as the answers would be many times as long.
    pub too_large: bool,
}

impl<'de> Deserialize<'de> for Batch<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BatchVisitor;

        impl<'de> Visitor<'de> for BatchVisitor {
            type Value = Batch<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Batch<'de>, A::Error> {
                let mut messages = Vec::new();
                while messages.len() < LARGEST {
                    match list.next_element()? {
                        Some(message) => messages.push(message),
                        None => break,
                    }
                }
                let mut too_large = false;
                while list.next_element::<IgnoredAny>()?.is_some() {
                    too_large = true;
                }
                Ok(Batch {
                    messages,
                    too_large,
                })
            }
        }

        deserializer.deserialize_seq(BatchVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(usize, bool), serde_json::Error> {
        let batch: Batch<'_> = serde_json::from_str(text)?;
        Ok((batch.messages.len(), batch.too_large))
    }

    #[test]
    fn the_number_of_messages_is_bounded() {
        let numbers = |count: usize| format!("[{}1]", "1,".repeat(count - 1));
        for (text, wanted) in [
            ("[]".to_owned(), (0, false)),
            (" [ 1, {\"a\": []} ] ".to_owned(), (2, false)),
            (numbers(LARGEST), (LARGEST, false)),
            (numbers(LARGEST + 1), (LARGEST, true)),
            (numbers(3 * LARGEST), (LARGEST, true)),
        ] {
            assert_eq!(read(&text).unwrap(), wanted);
        }
    }

    #[test]
    fn all_of_it_has_to_be_json() {
        for text in ["[1", "[1,]", "[1] x", "[nul]"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
