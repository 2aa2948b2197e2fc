//! Pact's language for matching rules, as far as it is about single values.
//!
//! ```text
//! definition := function (',' function)*
//! function   := 'matching' '(' rule ')' | 'notEmpty' '(' value ')' | provided
//! rule       := ('equalTo' | 'type') ',' value
//!             | ('number' | 'integer' | 'decimal') ',' (number | provided)
//!             | ('date' | 'time' | 'datetime') ',' format ',' (string | provided)
//!             | 'regex' ',' regex ',' (string | provided)
//!             | 'contentType' ',' type ',' string
//!             | ('include' | 'semver') ',' string
//!             | 'boolean' ',' boolean
//!             | name ',' (value ',')? value
//! value      := string | number | boolean | 'null' | provided
//! provided   := 'fromProviderState' '(' string ',' value ')'
//! ```
//!
//! The last form of a rule is for those of plugins, whose short form has one configuration value. `fromProviderState` alone is
//! an addition to the language: a value can come from the provider's state without a rule.
//!
//! Pact has a parser for it in its crate `pact_models`. That one would double the size of the component (365 KB more), and bring
//! an HTTP client and a TLS library into native builds. `tests/csv.rs` compares what the two parsers make of expressions.

use serde_json::{Value, json};

use crate::definition::{Definition, Kind};
use crate::types::{Generator, MatchingRule};

const FROM_PROVIDER_STATE: &str = "fromProviderState";
/// Functions for lists and maps.
const COLLECTION_FUNCTIONS: [&str; 5] =
    ["eachKey", "eachValue", "atLeast", "atMost", "arrayContains"];

/// Whether a text begins like an expression: with one of the functions and a bracket.
pub fn is_expression(text: &str) -> bool {
    let mut parser = Parser { rest: text };
    let name = parser.name();
    let known = ["matching", "notEmpty", FROM_PROVIDER_STATE].contains(&name)
        || COLLECTION_FUNCTIONS.contains(&name);
    known && parser.takes('(')
}

/// Tells the name of the configuration value that the short form of a plugin's rule sets.
type ConfigKey<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads an expression. Of several examples or generators in it, the first counts.
pub fn parse(config_key: ConfigKey<'_>, text: &str) -> Result<Definition, String> {
    let mut parser = Parser { rest: text };
    let mut definition = Definition::default();
    loop {
        let (example, rule) = parser.function(config_key)?;
        definition.rules.extend(rule);
        if definition.text.is_empty() {
            definition.text = example.text;
            definition.kind = example.kind;
        }
        definition.generator = definition.generator.or(example.generator);
        if !parser.takes(',') {
            break;
        }
    }
    if parser.rest.trim_start().is_empty() {
        Ok(definition)
    } else {
        Err(parser.expected("a comma or the end"))
    }
}

/// The example in a rule.
struct Example {
    text: String,
    kind: Kind,
    generator: Option<Generator>,
}

impl Kind {
    /// The name in the generator `ProviderState`.
    fn data_type(self) -> &'static str {
        match self {
            Kind::Text | Kind::Null => "STRING",
            Kind::Integer => "INTEGER",
            Kind::Decimal => "DECIMAL",
            Kind::Boolean => "BOOLEAN",
        }
    }
}

impl Example {
    fn plain(text: String, kind: Kind) -> Example {
        Example {
            text,
            kind,
            generator: None,
        }
    }

    fn json(&self) -> Value {
        self.kind.json(&self.text)
    }
}

/// What is left of an expression.
struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn function(
        &mut self,
        config_key: ConfigKey<'_>,
    ) -> Result<(Example, Option<MatchingRule>), String> {
        let before = Parser { rest: self.rest };
        match self.name() {
            FROM_PROVIDER_STATE => Ok((self.provided()?, None)),
            "notEmpty" => {
                let example = self.in_brackets(Self::value)?;
                Ok((example, Some(rule("notEmpty", json!({})))))
            }
            "matching" => {
                let (example, rule) = self.in_brackets(|parser| parser.rule(config_key))?;
                Ok((example, Some(rule)))
            }
            name if COLLECTION_FUNCTIONS.contains(&name) => Err(format!(
                "{name} is for lists and maps; expected a rule for a single value"
            )),
            _ => Err(before.expected("matching(…), notEmpty(…) or fromProviderState(…)")),
        }
    }

    fn rule(&mut self, config_key: ConfigKey<'_>) -> Result<(Example, MatchingRule), String> {
        let name = self.name();
        if name.is_empty() {
            return Err(self.expected("the name of a matching rule"));
        }
        self.comma()?;
        let (example, rule) = match name {
            "equalTo" => (self.value()?, rule("equality", json!({}))),
            "type" => (self.value()?, rule(name, json!({}))),
            "number" | "integer" | "decimal" => (self.number(name)?, rule(name, json!({}))),
            "boolean" => (self.boolean()?, rule(name, json!({}))),
            "semver" => (self.text()?, rule(name, json!({}))),
            "include" => {
                let example = self.text()?;
                let rule = rule(name, json!({ "value": example.text }));
                (example, rule)
            }
            "regex" => {
                let regex = self.string()?;
                (self.second()?, rule(name, json!({ "regex": regex })))
            }
            "contentType" => {
                let content_type = self.string()?;
                self.comma()?;
                (self.text()?, rule(name, json!({ "value": content_type })))
            }
            "date" => self.moment(name, "Date")?,
            "time" => self.moment(name, "Time")?,
            "datetime" => self.moment(name, "DateTime")?,
            name => self.plugin_rule(config_key, name)?,
        };
        Ok((example, rule))
    }

    /// A date or a time. It is generated anew, as everywhere in Pact, unless it comes from the provider's state.
    fn moment(
        &mut self,
        name: &str,
        generator_type: &str,
    ) -> Result<(Example, MatchingRule), String> {
        let format = self.string()?;
        let mut example = self.second()?;
        let values = json!({ "format": format });
        example.generator = example
            .generator
            .or_else(|| Some(generator(generator_type, values.clone())));
        Ok((example, rule(name, values)))
    }

    fn plugin_rule(
        &mut self,
        config_key: ConfigKey<'_>,
        name: &str,
    ) -> Result<(Example, MatchingRule), String> {
        let first = self.value()?;
        if !self.takes(',') {
            return Ok((first, rule(name, json!({}))));
        }
        let key = config_key(name).unwrap_or_else(|| "value".to_owned());
        Ok((self.value()?, rule(name, json!({ key: first.json() }))))
    }

    /// The example after a configuration value.
    fn second(&mut self) -> Result<Example, String> {
        self.comma()?;
        if self.peeks_provided() {
            self.value()
        } else {
            self.text()
        }
    }

    fn value(&mut self) -> Result<Example, String> {
        if self.rest.trim_start().starts_with('\'') {
            return self.text();
        }
        let before = Parser { rest: self.rest };
        if let Some(number) = self.digits() {
            return Ok(number);
        }
        match self.name() {
            word @ ("true" | "false") => Ok(Example::plain(word.to_owned(), Kind::Boolean)),
            "null" => Ok(Example::plain(String::new(), Kind::Null)),
            FROM_PROVIDER_STATE => self.provided(),
            _ => Err(before.expected("a text in single quotes, a number, true, false or null")),
        }
    }

    fn number(&mut self, rule: &str) -> Result<Example, String> {
        let before = Parser { rest: self.rest };
        let provided = self.peeks_provided();
        match self.value() {
            Ok(example) if provided => Ok(example),
            Ok(example) if example.kind == Kind::Integer => Ok(example),
            Ok(example) if example.kind == Kind::Decimal && rule != "integer" => Ok(example),
            _ if rule == "integer" => Err(before.expected("a whole number")),
            _ => Err(before.expected("a number")),
        }
    }

    fn boolean(&mut self) -> Result<Example, String> {
        let before = Parser { rest: self.rest };
        self.value()
            .ok()
            .filter(|example| example.kind == Kind::Boolean)
            .ok_or_else(|| before.expected("true or false"))
    }

    fn text(&mut self) -> Result<Example, String> {
        Ok(Example::plain(self.string()?, Kind::Text))
    }

    fn peeks_provided(&self) -> bool {
        Parser { rest: self.rest }.name() == FROM_PROVIDER_STATE
    }

    /// What follows the word `fromProviderState`.
    fn provided(&mut self) -> Result<Example, String> {
        self.in_brackets(|parser| {
            let expression = parser.string()?;
            parser.comma()?;
            let mut example = parser.value()?;
            let values = json!({ "expression": expression, "dataType": example.kind.data_type() });
            example.generator = Some(generator("ProviderState", values));
            Ok(example)
        })
    }

    fn in_brackets<T>(
        &mut self,
        inner: impl FnOnce(&mut Self) -> Result<T, String>,
    ) -> Result<T, String> {
        if !self.takes('(') {
            return Err(self.expected("an opening bracket"));
        }
        let inner = inner(self)?;
        if !self.takes(')') {
            return Err(self.expected("a closing bracket"));
        }
        Ok(inner)
    }

    fn comma(&mut self) -> Result<(), String> {
        if self.takes(',') {
            Ok(())
        } else {
            Err(self.expected("a comma"))
        }
    }

    fn takes(&mut self, symbol: char) -> bool {
        let rest = self.rest.trim_start().strip_prefix(symbol);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// A run of letters, which may be empty.
    fn name(&mut self) -> &'a str {
        let start = self.rest.trim_start();
        let rest = start.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
        self.rest = rest;
        &start[..start.len() - rest.len()]
    }

    /// A number, if there is one.
    fn digits(&mut self) -> Option<Example> {
        let start = self.rest.trim_start();
        let unsigned = start.strip_prefix('-').unwrap_or(start);
        let digits =
            |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let whole = digits(unsigned);
        if whole == 0 {
            return None;
        }
        let fraction = unsigned[whole..].strip_prefix('.').map_or(0, digits);
        let (kind, length) = match fraction {
            0 => (Kind::Integer, whole),
            fraction => (Kind::Decimal, whole + 1 + fraction),
        };
        let (number, rest) = start.split_at(start.len() - unsigned.len() + length);
        self.rest = rest;
        Some(Example::plain(number.to_owned(), kind))
    }

    fn string(&mut self) -> Result<String, String> {
        let Some(inside) = self.rest.trim_start().strip_prefix('\'') else {
            return Err(self.expected("a text in single quotes"));
        };
        let mut text = String::new();
        let mut letters = inside.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\'' => {
                    self.rest = letters.as_str();
                    return Ok(text);
                }
                '\\' => letters = escaped(letters.as_str(), &mut text)?.chars(),
                letter => text.push(letter),
            }
        }
        Err(self.expected("a text that ends with a single quote"))
    }

    fn expected(&self, what: &str) -> String {
        let rest = self.rest.trim_start();
        if rest.is_empty() {
            return format!("expected {what} at the end");
        }
        let found: String = rest.chars().take(20).collect();
        format!("expected {what} at {found:?}")
    }
}

/// Reads what follows a backslash, and returns what is left. A backslash that escapes nothing stands for itself, so that regular
/// expressions need no doubled ones.
fn escaped<'a>(after: &'a str, text: &mut String) -> Result<&'a str, String> {
    let mut letters = after.chars();
    match letters.next() {
        Some('b') => text.push('\u{8}'),
        Some('f') => text.push('\u{c}'),
        Some('n') => text.push('\n'),
        Some('r') => text.push('\r'),
        Some('t') => text.push('\t'),
        Some(letter @ ('\'' | '\\')) => text.push(letter),
        Some('u') => return unicode(letters.as_str(), text),
        Some(letter) => text.extend(['\\', letter]),
        None => text.push('\\'),
    }
    Ok(letters.as_str())
}

/// Reads the number of a character: four hexadecimal digits, or any number of them in braces.
fn unicode<'a>(after: &'a str, text: &mut String) -> Result<&'a str, String> {
    let parts = match after.strip_prefix('{') {
        Some(braced) => braced.split_once('}'),
        None => after.split_at_checked(4),
    };
    let character = parts.and_then(|(digits, rest)| {
        let number = u32::from_str_radix(digits, 16).ok()?;
        Some((char::from_u32(number)?, rest))
    });
    let (character, rest) =
        character.ok_or("expected a character's number after \\u, as in \\u00e4 or \\u{e4}")?;
    text.push(character);
    Ok(rest)
}

fn rule(name: &str, values: Value) -> MatchingRule {
    MatchingRule {
        type_: name.to_owned(),
        values: configuration(&values),
    }
}

fn generator(name: &str, values: Value) -> Generator {
    Generator {
        type_: name.to_owned(),
        values: configuration(&values),
    }
}

/// Configuration of a rule or a generator, an object, as text; none where there is nothing to configure.
pub fn configuration(values: &Value) -> Option<String> {
    let empty = values.as_object().is_none_or(|values| values.is_empty());
    (!empty).then(|| values.to_string())
}

#[cfg(test)]
#[path = "expression_tests.rs"]
mod tests;
