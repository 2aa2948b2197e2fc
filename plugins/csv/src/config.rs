//! The contents config: what the author of a consumer test writes.

use std::fmt;

use definitions::{Definition, configuration, found};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::header;
use crate::services::Services;
use crate::settings::{DELIMITER, HEADERS, Settings};
use definitions::types::{Generator, MatchingRule};

/// The key that lists the columns in their order.
const ORDER: &str = "columns";
/// What the keys of columns begin with.
const COLUMN: &str = "column:";

/// Names of columns and what they stand for, in the order of the table.
pub type Columns = Vec<(String, Definition)>;

/// The contents config, checked.
#[derive(Debug)]
pub struct Config {
    pub settings: Settings,
    pub columns: Columns,
}

impl Config {
    /// Reads and checks a contents config. Errors name the key, say what was found and what is expected.
    pub fn parse(services: &dyn Services, json: &str) -> Result<Config, String> {
        let Keys(keys) = serde_json::from_str(json)
            .map_err(|error| format!("the contents config cannot be read: {error}"))?;
        let mut read = Read::default();
        for (key, value) in &keys {
            read.key(services, key, value)
                .map_err(|problem| format!("contents config key {key:?} {problem}"))?;
        }
        if read.columns.is_empty() {
            return Err(format!(
                "the contents config has no columns; expected keys such as \"{COLUMN}1\" or \"{COLUMN}name\""
            ));
        }
        read.into_config()
    }
}

/// What has been read, in the order in which it came.
#[derive(Default)]
struct Read {
    settings: Settings,
    order: Option<Vec<String>>,
    columns: Columns,
}

impl Read {
    fn key(&mut self, services: &dyn Services, key: &str, value: &Value) -> Result<(), String> {
        if let Some(name) = key.strip_prefix(COLUMN) {
            return self.column(services, name, value);
        }
        match key {
            ORDER => self.order = Some(names(value)?),
            HEADERS | DELIMITER => {
                let wrong = |expected| format!("is {}; {expected}", found(value));
                self.settings.set(key, value).map_err(wrong)?;
            }
            // For Pact itself, which some frameworks leave in.
            key if key.starts_with("pact:") => {}
            _ => {
                return Err(format!(
                    "is not known to the csv plugin; expected {HEADERS:?}, {DELIMITER:?}, {ORDER:?}, or \"{COLUMN}\" with the \
                     name or number of a column"
                ));
            }
        }
        Ok(())
    }

    fn column(&mut self, services: &dyn Services, name: &str, value: &Value) -> Result<(), String> {
        if name.is_empty() {
            return Err(
                "has no name; expected the name or number of a column after the colon".into(),
            );
        }
        if name.contains(header::UNSPEAKABLE) {
            return Err("has a quote ' in its name, which Pact's path expressions cannot hold; expected another name".into());
        }
        if self.columns.iter().any(|(known, _)| known == name) {
            return Err("occurs twice; expected one definition of each column".into());
        }
        let definition = definition(services, value)?;
        self.columns.push((name.to_owned(), definition));
        Ok(())
    }

    fn into_config(self) -> Result<Config, String> {
        let columns = match (self.settings.headers, self.order) {
            (true, None) => self.columns,
            (true, Some(order)) => listed(self.columns, &order)?,
            (false, None) => numbered(self.columns)?,
            (false, Some(_)) => {
                return Err(format!(
                    "contents config key {ORDER:?} does not go with {HEADERS:?} false, where the numbers of the columns are \
                     their order"
                ));
            }
        };
        Ok(Config {
            settings: self.settings,
            columns,
        })
    }
}

/// The keys of a JSON object in the order in which they were written: it is the order of the columns.
struct Keys(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeysVisitor;

        impl<'de> Visitor<'de> for KeysVisitor {
            type Value = Keys;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut keys = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    keys.push(entry);
                }
                Ok(Keys(keys))
            }
        }

        deserializer.deserialize_map(KeysVisitor)
    }
}

fn definition(services: &dyn Services, value: &Value) -> Result<Definition, String> {
    match value {
        Value::String(text) => expression(services, text),
        Value::Object(object) => detailed(services, object),
        other => Err(format!(
            "is {}; expected text, or an object with \"value\"",
            found(other)
        )),
    }
}

fn expression(services: &dyn Services, text: &str) -> Result<Definition, String> {
    Definition::parse(&|rule_type| services.config_key(rule_type), text)
        .map_err(|error| format!("is {text:?}, which is no matching rule definition: {error}"))
}

/// The form with room for configuration: `value` is what the short form is, and `rules` and `generator` are added to it.
fn detailed(services: &dyn Services, object: &Map<String, Value>) -> Result<Definition, String> {
    let Some(Value::String(value)) = object.get("value") else {
        return Err("has no text as its \"value\"; expected an example or an expression".into());
    };
    let mut definition = expression(services, value)?;
    for (key, value) in object {
        match key.as_str() {
            "value" => {}
            "rules" => {
                definition.rules.extend(rules(value).ok_or(
                    "has wrong \"rules\"; expected a list of objects such as {\"type\": \"regex\", \"regex\": \"\\\\d+\"}",
                )?);
            }
            "generator" => {
                let (type_, values) = typed(value).ok_or(
                    "has a wrong \"generator\"; expected an object such as {\"type\": \"RandomInt\", \"min\": 1}",
                )?;
                definition.generator = Some(Generator { type_, values });
            }
            other => {
                return Err(format!(
                    "has a key {other:?}; expected \"value\", \"rules\" and \"generator\""
                ));
            }
        }
    }
    Ok(definition)
}

fn rules(value: &Value) -> Option<Vec<MatchingRule>> {
    let rules = value.as_array()?.iter().map(|rule| {
        let (type_, values) = typed(rule)?;
        Some(MatchingRule { type_, values })
    });
    rules.collect()
}

/// An object that names its type beside its configuration, as in pact files.
fn typed(value: &Value) -> Option<(String, Option<String>)> {
    let mut values = value.as_object()?.clone();
    let Some(Value::String(type_)) = values.remove("type") else {
        return None;
    };
    Some((type_, configuration(&Value::Object(values))))
}

fn names(value: &Value) -> Result<Vec<String>, String> {
    let names: Option<Vec<String>> = value.as_array().and_then(|list| {
        list.iter()
            .map(|name| name.as_str().map(str::to_owned))
            .collect()
    });
    let names = names.filter(|names| header::repeated(names).is_none());
    names.ok_or_else(|| {
        format!(
            "is {}; expected a list of the columns' names, each once",
            found(value)
        )
    })
}

/// Puts the columns into the order of the list.
fn listed(mut columns: Columns, order: &[String]) -> Result<Columns, String> {
    let mut sorted = Columns::new();
    for name in order {
        let index = columns.iter().position(|(known, _)| known == name);
        let index = index.ok_or_else(|| {
            format!("contents config key \"{COLUMN}{name}\" is missing: {ORDER:?} lists it")
        })?;
        sorted.push(columns.remove(index));
    }
    match columns.first() {
        None => Ok(sorted),
        Some((name, _)) => Err(format!(
            "contents config key \"{COLUMN}{name}\" is not in the list of {ORDER:?}"
        )),
    }
}

/// Sorts columns without names by their numbers.
fn numbered(mut columns: Columns) -> Result<Columns, String> {
    for (name, _) in &columns {
        if number(name).is_none() {
            return Err(format!(
                "contents config key \"{COLUMN}{name}\" needs a header line, but {HEADERS:?} is false; expected a number from \
                 1, as in \"{COLUMN}1\""
            ));
        }
    }
    columns.sort_by_key(|(name, _)| number(name));
    let expected = (1..).zip(&columns);
    let gap = expected
        .map(|(expected, (name, _))| (expected, number(name)))
        .find(|(expected, number)| *number != Some(*expected));
    match gap {
        None => Ok(columns),
        Some((missing, _)) => Err(format!(
            "contents config key \"{COLUMN}{missing}\" is missing; expected the numbers from 1 on without a gap"
        )),
    }
}

/// A number from 1, written without anything superfluous.
fn number(name: &str) -> Option<usize> {
    let number: usize = name.parse().ok()?;
    (number > 0 && number.to_string() == name).then_some(number)
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
