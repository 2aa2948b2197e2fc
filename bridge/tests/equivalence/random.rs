//! Random values, from a fixed seed: what the parts of requests are made of.
//!
//! JSON is such as messages can hold. A `Struct` has sorted keys and numbers that are doubles, so there is no telling 2.0 from 2, and
//! no whole number beyond 2^53.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::json::base64;

/// The end of the whole numbers that doubles hold exactly.
const WHOLE: i64 = 1 << 53;

const TEXTS: [&str; 16] = [
    "a",
    "$.a",
    "$['a b'][0]",
    "column:1",
    "x-y_z",
    "two words",
    " ",
    "\"'\\/",
    "line\nline\r\n\ttab",
    "\0\u{1}\u{7f}\u{85}",
    "äöü ß",
    "日本語",
    "e\u{301}",
    "🦀👩\u{200d}👩\u{200d}👧",
    "\u{feff}\u{202e}\u{ffff}\u{10ffff}",
    "%20%ff{}",
];

/// Makes values.
pub struct Random(Rng);

impl Random {
    /// With this seed it always makes the same.
    pub fn with_seed(seed: u64) -> Self {
        Random(Rng::with_seed(seed))
    }

    /// From 0 to `end`, without it.
    pub fn below(&mut self, end: usize) -> usize {
        self.0.usize(..end)
    }

    /// True in one of so many cases.
    pub fn one_in(&mut self, cases: usize) -> bool {
        self.below(cases) == 0
    }

    /// One of these.
    pub fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    /// Up to `most` of what `make` makes.
    pub fn several<T>(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| make(self)).collect()
    }

    /// A text that may be empty, and may hold anything.
    pub fn text(&mut self) -> String {
        match self.below(8) {
            0 => String::new(),
            1 => (0..=self.below(20))
                .map(|_| self.0.char('\0'..=char::MAX))
                .collect(),
            2 => self.of(&TEXTS).repeat(self.below(50)),
            _ => self.name(),
        }
    }

    /// A text that is not empty.
    pub fn name(&mut self) -> String {
        let mut name = self.of(&TEXTS).to_string();
        while self.one_in(3) {
            name += self.of(&TEXTS);
        }
        name
    }

    /// Bytes, hardly ever UTF-8.
    pub fn bytes(&mut self) -> Vec<u8> {
        match self.below(6) {
            0 => Vec::new(),
            1 => self.text().into_bytes(),
            2 => vec![0, 255, 0xc3, 0x28, 10],
            3 => vec![self.0.u8(..); self.below(5000)],
            _ => self.several(40, |random| random.0.u8(..)),
        }
    }

    /// A whole number of 64 bits.
    pub fn integer(&mut self) -> i64 {
        let special = [0, 1, -1, i64::MIN, i64::MAX, WHOLE, WHOLE + 1, -WHOLE - 1];
        match self.below(3) {
            0 => self.of(&special),
            1 => self.0.i64(-1000..1000),
            _ => self.0.i64(..),
        }
    }

    /// Any double but infinity and NaN, which JSON does not have.
    pub fn decimal(&mut self) -> f64 {
        let special = [0.0, -0.0, 2.0, 0.1, 1e300, -1e-300, 5e-324, f64::MAX];
        match self.below(4) {
            0 => self.of(&special),
            1 => f64::from(self.0.i16(..)) / 8.0,
            2 => self.0.f64(),
            _ => {
                let any = f64::from_bits(self.0.u64(..));
                if any.is_finite() { any } else { f64::MIN }
            }
        }
    }

    /// A number that a `Struct` holds, and that has one form in JSON.
    fn number(&mut self) -> Value {
        let decimal = self.decimal();
        match self.below(3) {
            0 if decimal.fract() != 0.0 => json!(decimal),
            1 => json!(self.of(&[0, 1, -1, WHOLE - 1, 1 - WHOLE])),
            _ => json!(self.0.i64(1 - WHOLE..WHOLE)),
        }
    }

    /// Any JSON, with so many levels at most.
    pub fn json(&mut self, levels: usize) -> Value {
        match self.below(if levels == 0 { 5 } else { 8 }) {
            0 => Value::Null,
            1 => json!(self.one_in(2)),
            2 | 3 => json!(self.text()),
            4 => self.number(),
            5 => json!(self.several(4, |random| random.json(levels - 1))),
            _ => self.object(levels - 1),
        }
    }

    /// A JSON object, whose values have so many levels at most.
    pub fn object(&mut self, levels: usize) -> Value {
        let entries = self.several(4, |random| (random.text(), random.json(levels)));
        Value::Object(entries.into_iter().collect())
    }

    /// The JSON object of a configuration. Some are nested deeply.
    pub fn configuration(&mut self) -> Value {
        if self.one_in(20) {
            let nested = (0..25).fold(self.json(1), |inner, _| json!({"in": inner}));
            return json!({"nested": nested, "list": [[[[[[[[[[]]]]]]]]]]});
        }
        self.object(3)
    }

    /// A single value with its kind.
    pub fn field_value(&mut self) -> Value {
        match self.below(10) {
            0 => json!("null"),
            1 => json!({"null": null}),
            2 => json!({"boolean": self.one_in(2)}),
            3 => json!({"text": self.text()}),
            4 | 5 => json!({"integer": self.integer()}),
            // Both may be written in the form of the other.
            6 => match self.one_in(2) {
                true => json!({"integer": f64::from(self.0.i32(..))}),
                false => json!({"decimal": self.0.i32(..)}),
            },
            7 => json!({"decimal": self.decimal()}),
            8 => json!({"bytes": base64(&self.bytes())}),
            _ if self.one_in(2) => {
                json!({"json": self.several(4, |random| random.json(3))})
            }
            _ => json!({"json": self.object(3)}),
        }
    }
}

/// An object that is made field by field.
#[derive(Default)]
pub struct Fields(Map<String, Value>);

impl Fields {
    /// A field that has to be there.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_string(), value.into());
        self
    }

    /// A field that has a default: it may be left out.
    pub fn maybe<V: Into<Value>>(
        self,
        random: &mut Random,
        name: &str,
        value: impl FnOnce(&mut Random) -> V,
    ) -> Self {
        if random.one_in(3) {
            return self;
        }
        let value = value(random);
        self.with(name, value)
    }

    /// A field that is optional: it may be left out, and it may be null.
    pub fn optional<V: Into<Value>>(
        self,
        random: &mut Random,
        name: &str,
        value: impl FnOnce(&mut Random) -> V,
    ) -> Self {
        self.maybe(random, name, |random| match random.one_in(5) {
            true => Value::Null,
            false => value(random).into(),
        })
    }

    /// All of them.
    pub fn object(self) -> Value {
        Value::Object(self.0)
    }
}
