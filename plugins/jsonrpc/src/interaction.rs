//! An interaction as the pact file keeps it: all that a mock server or a verification needs, since a transport gets no bodies.
//!
//! Bodies are kept as text. On their way through Pact's own drivers numbers lose the difference between 42 and 42.0.

use definitions::configuration;
use definitions::found;
use definitions::types::{Generator, Generators, MatchingRule, PluginConfiguration, Rules};
use serde_json::{Map, Value, json};

use crate::config::is_header_value;

/// A request and what answers it.
#[derive(Debug, PartialEq)]
pub struct Interaction {
    pub method: String,
    pub request: Message,
    /// None for a notification.
    pub response: Option<Message>,
}

/// A body, and how to compare and to generate it.
#[derive(Debug, PartialEq)]
pub struct Message {
    /// JSON.
    pub body: String,
    /// What it is called in HTTP.
    pub content_type: String,
    pub rules: Rules,
    pub generators: Generators,
}

const METHOD: &str = "method";
const REQUEST: &str = "request";
const RESPONSE: &str = "response";
const BODY: &str = "body";
const CONTENT_TYPE: &str = "contentType";
const RULES: &str = "rules";
const GENERATORS: &str = "generators";

impl Interaction {
    /// What goes into the pact file.
    pub fn store(&self) -> PluginConfiguration {
        let mut stored = json!({ METHOD: self.method, REQUEST: self.request.store() });
        if let Some(response) = &self.response {
            stored[RESPONSE] = response.store();
        }
        PluginConfiguration {
            interaction_configuration: Some(stored.to_string()),
            pact_configuration: None,
        }
    }

    /// Reads back what [`Interaction::store`] wrote.
    pub fn load(configuration: Option<&PluginConfiguration>) -> Result<Interaction, String> {
        let text = configuration
            .and_then(|it| it.interaction_configuration.as_deref())
            .ok_or("the interaction has no configuration of the jsonrpc plugin; set it up with one of its content types")?;
        let stored: Map<String, Value> = serde_json::from_str(text).map_err(|error| {
            format!("the interaction configuration is not a JSON object: {error}")
        })?;
        let message = |key: &str, value: &Value| {
            Message::load(value)
                .map_err(|problem| format!("interaction configuration key \"{key}{problem}"))
        };
        Ok(Interaction {
            method: text_of(&stored, METHOD)
                .map_err(|problem| format!("interaction configuration key \"{problem}"))?,
            request: message(REQUEST, stored.get(REQUEST).unwrap_or(&Value::Null))?,
            response: match stored.get(RESPONSE) {
                None | Some(Value::Null) => None,
                Some(response) => Some(message(RESPONSE, response)?),
            },
        })
    }

    /// The request in words.
    pub fn describe(&self) -> String {
        let body: Value = serde_json::from_str(&self.request.body).unwrap_or_default();
        let kind = match self.response {
            Some(_) => "request",
            None => "notification",
        };
        match body.get("params") {
            Some(params) => format!("the {kind} {:?} with the params {params}", self.method),
            None => format!("the {kind} {:?}", self.method),
        }
    }
}

impl Message {
    fn store(&self) -> Value {
        let mut stored = json!({ BODY: self.body, CONTENT_TYPE: self.content_type });
        if !self.rules.is_empty() {
            let rule = |rule: &MatchingRule| named("match", &rule.type_, rule.values.as_deref());
            let rules = self.rules.iter().map(|(path, rules)| {
                let rules: Vec<Value> = rules.iter().map(rule).collect();
                (path.clone(), Value::Array(rules))
            });
            stored[RULES] = rules.collect::<Map<_, _>>().into();
        }
        if !self.generators.is_empty() {
            let generators = self.generators.iter().map(|(path, generator)| {
                let values = generator.values.as_deref();
                (path.clone(), named("type", &generator.type_, values))
            });
            stored[GENERATORS] = generators.collect::<Map<_, _>>().into();
        }
        stored
    }

    /// Errors begin with the rest of the key that is wrong, and a quote.
    fn load(stored: &Value) -> Result<Message, String> {
        let Value::Object(stored) = stored else {
            return Err(format!("\" is {}; expected an object", found(stored)));
        };
        let text = |key| text_of(stored, key).map_err(|problem| format!(".{problem}"));
        let content_type = text(CONTENT_TYPE)?;
        // Pact files come from others, and with a line break in it this would be more than one header field.
        if !is_header_value(&content_type) {
            return Err(format!(
                ".{CONTENT_TYPE}\" is {}; expected a content type for HTTP",
                found(&json!(content_type))
            ));
        }
        Ok(Message {
            body: text(BODY)?,
            content_type,
            rules: by_path(stored, RULES, |value| {
                let rules = value.as_array()?.iter();
                let rule = |value| {
                    let (type_, values) = unnamed("match", value)?;
                    Some(MatchingRule { type_, values })
                };
                rules.map(rule).collect()
            })?,
            generators: by_path(stored, GENERATORS, |value| {
                let (type_, values) = unnamed("type", value)?;
                Some(Generator { type_, values })
            })?,
        })
    }
}

fn text_of(stored: &Map<String, Value>, key: &str) -> Result<String, String> {
    match stored.get(key) {
        Some(Value::String(text)) => Ok(text.clone()),
        other => Err(format!(
            "{key}\" is {}; expected a text",
            other.map_or("missing".to_owned(), found)
        )),
    }
}

fn by_path<T>(
    stored: &Map<String, Value>,
    key: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Vec<(String, T)>, String> {
    let entries = match stored.get(key) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(entries)) => entries,
        Some(other) => {
            return Err(format!(".{key}\" is {}; expected an object", found(other)));
        }
    };
    let entry = |(path, value): (&String, &Value)| {
        let entry = read(value).map(|it| (path.clone(), it));
        entry.ok_or_else(|| format!(".{key}\" has at {path:?} something else than was stored"))
    };
    entries.iter().map(entry).collect()
}

/// A rule or a generator as pact files hold it: its name beside its configuration.
fn named(key: &str, name: &str, values: Option<&str>) -> Value {
    let values: Option<Map<String, Value>> =
        values.and_then(|values| serde_json::from_str(values).ok());
    let mut values = values.unwrap_or_default();
    values.insert(key.to_owned(), json!(name));
    Value::Object(values)
}

fn unnamed(key: &str, value: &Value) -> Option<(String, Option<String>)> {
    let mut values = value.as_object()?.clone();
    let Some(Value::String(name)) = values.remove(key) else {
        return None;
    };
    Some((name, configuration(&Value::Object(values))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{generator, rule};

    fn message(body: &str) -> Message {
        Message {
            body: body.to_owned(),
            content_type: "application/json".to_owned(),
            rules: Vec::new(),
            generators: Vec::new(),
        }
    }

    fn load(stored: &Value) -> Result<Interaction, String> {
        Interaction::load(Some(&PluginConfiguration {
            interaction_configuration: Some(stored.to_string()),
            pact_configuration: None,
        }))
    }

    #[test]
    fn what_is_stored_is_loaded() {
        let mut interaction = Interaction {
            method: "subtract".to_owned(),
            request: Message {
                rules: vec![(
                    "$.params[0]".to_owned(),
                    vec![
                        rule("type", json!(null)),
                        rule("regex", json!({"regex": "x"})),
                    ],
                )],
                generators: vec![(
                    "$.params[0]".to_owned(),
                    generator("Date", json!({"format": "yyyy"})),
                )],
                ..message(r#"{"params":[42]}"#)
            },
            response: Some(message("{}")),
        };
        let stored = interaction.store();
        assert_eq!(Interaction::load(Some(&stored)).as_ref(), Ok(&interaction));
        let stored: Value =
            serde_json::from_str(&stored.interaction_configuration.unwrap()).unwrap();
        assert_eq!(
            stored["request"]["rules"]["$.params[0]"],
            json!([{"match": "type"}, {"match": "regex", "regex": "x"}])
        );
        assert_eq!(stored["request"]["body"], r#"{"params":[42]}"#);

        interaction.response = None;
        let stored = interaction.store();
        assert_eq!(Interaction::load(Some(&stored)), Ok(interaction));
    }

    #[test]
    fn interactions_are_described() {
        let mut interaction = Interaction {
            method: "a".to_owned(),
            request: message(r#"{"params":[4]}"#),
            response: None,
        };
        assert_eq!(
            interaction.describe(),
            "the notification \"a\" with the params [4]"
        );
        interaction.request.body = "{}".to_owned();
        interaction.response = Some(message("{}"));
        assert_eq!(interaction.describe(), "the request \"a\"");
    }

    #[test]
    fn broken_configuration_is_an_error() {
        let error = Interaction::load(None).unwrap_err();
        assert!(
            error.contains("no configuration of the jsonrpc plugin"),
            "{error}"
        );
        let part = json!({"body": "{}", "contentType": "x"});
        let with = |key: &str, value: Value| {
            let mut request = part.clone();
            request[key] = value;
            json!({"method": "a", "request": request})
        };
        for (stored, problem) in [
            (
                json!([]),
                "the interaction configuration is not a JSON object",
            ),
            (
                json!({"request": part}),
                "interaction configuration key \"method\" is missing; expected a text",
            ),
            (
                json!({"method": "a"}),
                "interaction configuration key \"request\" is null; expected an object",
            ),
            (
                with("body", json!(1)),
                "interaction configuration key \"request.body\" is the number 1; expected a text",
            ),
            (
                with("contentType", json!("a/b\r\nX-Injected: 1")),
                "interaction configuration key \"request.contentType\" is the text \"a/b\\r\\nX-Injected: 1\"; expected a content \
                 type for HTTP",
            ),
            (
                with("contentType", json!("")),
                "interaction configuration key \"request.contentType\" is an empty text; expected a content type",
            ),
            (
                with("rules", json!([])),
                "interaction configuration key \"request.rules\" is a list; expected an object",
            ),
            (
                with("rules", json!({"$": [{"type": "x"}]})),
                "interaction configuration key \"request.rules\" has at \"$\" something else",
            ),
            (
                with("generators", json!({"$": {}})),
                "interaction configuration key \"request.generators\" has at \"$\" something else",
            ),
        ] {
            let error = load(&stored).unwrap_err();
            assert!(error.starts_with(problem), "{error}");
        }
    }
}
