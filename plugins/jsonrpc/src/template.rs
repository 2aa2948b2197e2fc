//! Values of the contents config: JSON with definitions of matching rules in it, taken apart into an example, rules and
//! generators.

use definitions::types::{Generator, Generators, MatchingRule, Rules};
use definitions::{Definition, Kind, configuration, found};
use serde_json::{Map, Number, Value};

use crate::config::rounded;
use crate::numbers::is_too_large;
use crate::path;
use crate::services::Services;

/// In an object, the type of the rule for its `value`.
const RULE: &str = "pact:matcher:type";
/// In an object, the type of the generator for its `value`.
const GENERATOR: &str = "pact:generator:type";
const VALUE: &str = "value";

/// Reads the values of one message.
pub struct Template<'a> {
    services: &'a dyn Services,
    /// The key of the contents config that the values are under.
    key: &'static str,
    pub rules: Rules,
    pub generators: Generators,
}

/// Where a value is.
#[derive(Clone)]
pub struct Place {
    /// What follows the key in the contents config: `.params[0]`.
    config: String,
    /// What follows `$` in the body; none if Pact's path expressions cannot say it.
    body: Option<String>,
}

impl Place {
    /// A member of the message itself.
    pub fn member(name: &str) -> Place {
        let step = path::member(name);
        Place {
            config: step.clone(),
            body: Some(step),
        }
    }

    /// A key of the config, for errors.
    pub fn key(path: &str) -> Place {
        Place {
            config: format!(".{path}"),
            body: None,
        }
    }

    fn below(&self, name: &str) -> Place {
        let step = path::member(name);
        let body = self.body.as_ref().filter(|_| path::can_hold(name));
        Place {
            body: body.map(|body| format!("{body}{step}")),
            config: format!("{}{step}", self.config),
        }
    }

    fn item(&self, index: usize, template: bool) -> Place {
        let body = self.body.as_ref();
        Place {
            config: format!("{}[{index}]", self.config),
            body: body.map(|body| match template {
                true => format!("{body}[*]"),
                false => format!("{body}[{index}]"),
            }),
        }
    }
}

impl<'a> Template<'a> {
    /// Begins with what is under a key.
    pub fn new(services: &'a dyn Services, key: &'static str) -> Self {
        Template {
            services,
            key,
            rules: Vec::new(),
            generators: Vec::new(),
        }
    }

    /// An error that names the key.
    pub fn wrong(&self, place: &Place, problem: &str) -> String {
        format!(
            "contents config key \"{}{}\" {problem}",
            self.key, place.config
        )
    }

    /// Reads a value, and returns the example.
    pub fn read(&mut self, value: &Value, place: &Place) -> Result<Value, String> {
        match value {
            Value::String(text) => self.text(text, place),
            Value::Number(number) => Ok(Value::Number(whole(number))),
            Value::Array(items) => self.items(items, place, false),
            Value::Object(members) if members.contains_key(RULE) => self.ruled(members, place),
            Value::Object(members) if members.contains_key(GENERATOR) => {
                self.generated(members, place)
            }
            Value::Object(members) => self.members(members, place),
            Value::Null | Value::Bool(_) => Ok(value.clone()),
        }
    }

    fn members(&mut self, members: &Map<String, Value>, place: &Place) -> Result<Value, String> {
        let mut read = Map::new();
        for (name, value) in members {
            read.insert(name.clone(), self.read(value, &place.below(name))?);
        }
        Ok(Value::Object(read))
    }

    /// The items of a list. If it is a `template`, its one item stands for each.
    fn items(&mut self, items: &[Value], place: &Place, template: bool) -> Result<Value, String> {
        let item = |(index, item)| self.read(item, &place.item(index, template));
        let items: Result<_, String> = items.iter().enumerate().map(item).collect();
        items.map(Value::Array)
    }

    fn text(&mut self, text: &str, place: &Place) -> Result<Value, String> {
        let services = self.services;
        let definition = Definition::parse(&|rule_type| services.config_key(rule_type), text);
        let definition = definition.map_err(|error| {
            let problem = format!("is {text:?}, which is no matching rule definition: {error}");
            self.wrong(place, &problem)
        })?;
        if definition.kind == Kind::Integer && is_too_large(&definition.text) {
            let problem = format!("stands for {}", rounded(&definition.text));
            return Err(self.wrong(place, &problem));
        }
        let value = definition.json();
        self.add(place, definition.rules, definition.generator)?;
        Ok(value)
    }

    /// An object that says what rule there is for its value, as Pact's integrations write it.
    fn ruled(&mut self, members: &Map<String, Value>, place: &Place) -> Result<Value, String> {
        let Some(Value::String(rule)) = members.get(RULE) else {
            return Err(self.wrong_type(RULE, members, place));
        };
        if matches!(
            &**rule,
            "eachKey" | "eachValue" | "arrayContains" | "values"
        ) {
            let problem = format!("has the rule {rule:?}, which the jsonrpc plugin does not offer");
            return Err(self.wrong(place, &problem));
        }
        let values = self.configuration(members);
        let sized = values.contains_key("min") || values.contains_key("max");
        let value = match self.value(members, place)? {
            Value::Array(items) if sized && items.len() == 1 => self.items(items, place, true)?,
            Value::Array(_) if sized => {
                let problem = "has \"min\" or \"max\" and not one item as its \"value\"; expected a list with one example";
                return Err(self.wrong(place, problem));
            }
            value => self.read(value, place)?,
        };
        let rule = MatchingRule {
            type_: rule.clone(),
            values: configuration(&Value::Object(values)),
        };
        let generator = self.generator(members, place)?;
        self.add(place, vec![rule], generator)?;
        Ok(value)
    }

    fn generated(&mut self, members: &Map<String, Value>, place: &Place) -> Result<Value, String> {
        let value = self.value(members, place)?;
        let value = self.read(value, place)?;
        let generator = self.generator(members, place)?;
        self.add(place, Vec::new(), generator)?;
        Ok(value)
    }

    fn value<'v>(
        &self,
        members: &'v Map<String, Value>,
        place: &Place,
    ) -> Result<&'v Value, String> {
        members.get(VALUE).ok_or_else(|| {
            let problem =
                "has no \"value\"; expected an example beside the type of the rule or generator";
            self.wrong(place, problem)
        })
    }

    fn generator(
        &self,
        members: &Map<String, Value>,
        place: &Place,
    ) -> Result<Option<Generator>, String> {
        match members.get(GENERATOR) {
            None => Ok(None),
            Some(Value::String(type_)) => Ok(Some(Generator {
                type_: type_.clone(),
                values: configuration(&Value::Object(self.configuration(members))),
            })),
            Some(_) => Err(self.wrong_type(GENERATOR, members, place)),
        }
    }

    fn wrong_type(&self, key: &str, members: &Map<String, Value>, place: &Place) -> String {
        let problem = format!(
            "has as its {key:?} {}; expected a text",
            members.get(key).map_or_else(String::new, found)
        );
        self.wrong(place, &problem)
    }

    /// What stands beside the types and the value.
    fn configuration(&self, members: &Map<String, Value>) -> Map<String, Value> {
        let is_configuration =
            |(key, _): &(&String, &Value)| ![RULE, GENERATOR, VALUE].contains(&key.as_str());
        let configuration = members.iter().filter(is_configuration);
        configuration
            .map(|(key, value)| {
                let value = match value {
                    Value::Number(number) => Value::Number(whole(number)),
                    other => other.clone(),
                };
                (key.clone(), value)
            })
            .collect()
    }

    fn add(
        &mut self,
        place: &Place,
        rules: Vec<MatchingRule>,
        generator: Option<Generator>,
    ) -> Result<(), String> {
        if rules.is_empty() && generator.is_none() {
            return Ok(());
        }
        let Some(body) = &place.body else {
            let problem = "has a rule or a generator below a name that Pact's path expressions cannot hold: one that is \
                           empty or has a quote ' in it";
            return Err(self.wrong(place, problem));
        };
        let path = format!("${body}");
        if let Some(generator) = generator {
            self.generators.retain(|(known, _)| *known != path);
            self.generators.push((path.clone(), generator));
        }
        if rules.is_empty() {
            return Ok(());
        }
        match self.rules.iter_mut().find(|(known, _)| *known == path) {
            Some((_, known)) => known.extend(rules),
            None => self.rules.push((path, rules)),
        }
        Ok(())
    }
}

/// A whole number as such. Pact's drivers hand over 42 as 42.0; who wants a decimal writes a definition.
fn whole(number: &Number) -> Number {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(decimal) if number.is_f64() && decimal.fract() == 0.0 && decimal.abs() < EXACT => {
            // Exact: it is whole, and below 2^53.
            (decimal as i64).into()
        }
        _ => number.clone(),
    }
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
