//! Whole numbers that 64 bits do not hold. Reading JSON would round them without a word.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::path;

/// A number, and where it is: `.params[0]`.
#[derive(Debug, PartialEq)]
pub struct TooLarge {
    pub path: String,
    pub number: String,
}

/// The first number that is too large in a JSON text that can be read.
pub fn find_too_large(json: &str) -> Option<TooLarge> {
    find(json, String::new())
}

fn find(json: &str, path: String) -> Option<TooLarge> {
    let json = json.trim_ascii();
    match json.bytes().next()? {
        b'{' => {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(json).ok()?;
            let member = |(name, value): (String, &RawValue)| {
                find(value.get(), format!("{path}{}", path::member(&name)))
            };
            members.into_iter().find_map(member)
        }
        b'[' => {
            let items: Vec<&RawValue> = serde_json::from_str(json).ok()?;
            let mut items = items.iter().enumerate();
            items.find_map(|(index, item)| find(item.get(), format!("{path}[{index}]")))
        }
        _ => is_too_large(json).then(|| TooLarge {
            path,
            number: json.to_owned(),
        }),
    }
}

/// Whether a text is a whole number that is too large. One with a point or an exponent is not meant to be exact.
pub fn is_too_large(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_whole && number.parse::<i64>().is_err() && number.parse::<u64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_bounded_by_64_bits() {
        for (number, too_large) in [
            ("0", false),
            ("-0", false),
            ("18446744073709551615", false),
            ("18446744073709551616", true),
            ("-9223372036854775808", false),
            ("-9223372036854775809", true),
            ("123456789012345678901234567890", true),
            ("123456789012345678901234567890.0", false),
            ("1e30", false),
            ("-", false),
            ("", false),
        ] {
            assert_eq!(is_too_large(number), too_large, "{number}");
        }
    }

    #[test]
    fn the_place_is_found() {
        let number = "123456789012345678901234567890";
        for (json, path) in [
            ("N", ""),
            (" [1, [2, N ] ]", "[1][1]"),
            ("{\"a\": {\"b c\": [N]}}", ".a['b c'][0]"),
            ("{\"\\u0061\": N}", ".a"),
        ] {
            let found = find_too_large(&json.replace('N', number)).unwrap();
            assert_eq!((&*found.path, &*found.number), (path, number));
        }
        for json in ["1", "[1, 2.5, \"x\", null, {}]", "\"N\"", "[\"N\"]"] {
            assert_eq!(find_too_large(&json.replace('N', number)), None);
        }
    }
}
