//! How a table is written: what the pact file keeps of an interaction, in its plugin configuration and, where it differs from
//! the defaults, beside its generators. The drivers of Pact frameworks run the generators of HTTP bodies without the
//! configuration of plugins.

use serde_json::{Map, Value, json};

use definitions::types::{GenerateContentRequest, Generator, PluginConfiguration};

/// The key that says whether tables have a header line, in the contents config and in the pact file.
pub const HEADERS: &str = "csvHeaders";
/// The key for the delimiter.
pub const DELIMITER: &str = "delimiter";

/// The type of the generator that generates nothing, and has the settings as its values.
pub const CARRIER: &str = "CSV";

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    pub headers: bool,
    /// An ASCII character.
    pub delimiter: u8,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            headers: true,
            delimiter: b',',
        }
    }
}

impl Settings {
    /// Sets one of the two keys. Errors say what was expected; keys of other names are not ours to judge.
    pub fn set(&mut self, key: &str, value: &Value) -> Result<(), String> {
        match (key, value) {
            (HEADERS, Value::Bool(headers)) => self.headers = *headers,
            (HEADERS, _) => return Err("expected true or false".to_owned()),
            (DELIMITER, _) => {
                self.delimiter = delimiter(value).ok_or(
                    "expected one ASCII character that is no letter, digit, quote or line end, such as \";\" or \"\\t\"",
                )?;
            }
            _ => {}
        }
        Ok(())
    }

    /// What goes into the pact file.
    pub fn store(self) -> PluginConfiguration {
        PluginConfiguration {
            interaction_configuration: Some(self.json()),
            pact_configuration: None,
        }
    }

    /// What goes into the pact file beside generators, if they need it.
    pub fn carrier(self) -> Option<(String, Generator)> {
        let carrier = || Generator {
            type_: CARRIER.to_owned(),
            values: Some(self.json()),
        };
        (self != Settings::default()).then(|| ("$".to_owned(), carrier()))
    }

    fn json(self) -> String {
        let delimiter = char::from(self.delimiter).to_string();
        json!({ HEADERS: self.headers, DELIMITER: delimiter }).to_string()
    }

    /// Reads back what [`Settings::store`] wrote.
    pub fn load(configuration: Option<&PluginConfiguration>) -> Result<Settings, String> {
        let text = configuration.and_then(|it| it.interaction_configuration.as_deref());
        Settings::parse(text, "interaction configuration")
    }

    /// The settings of the table in which values are generated.
    pub fn for_generating(request: &GenerateContentRequest) -> Result<Settings, String> {
        match request
            .generators
            .iter()
            .find(|(_, it)| it.type_ == CARRIER)
        {
            Some((_, carrier)) => Settings::parse(carrier.values.as_deref(), "generator CSV"),
            None => Settings::load(request.plugin_configuration.as_ref()),
        }
    }

    /// What is missing has its default, because pact files of other csv plugins say less.
    fn parse(text: Option<&str>, place: &str) -> Result<Settings, String> {
        let mut settings = Settings::default();
        let Some(text) = text else {
            return Ok(settings);
        };
        let stored: Map<String, Value> = serde_json::from_str(text)
            .map_err(|error| format!("the {place} is not a JSON object: {error}"))?;
        for (key, value) in &stored {
            settings
                .set(key, value)
                .map_err(|expected| format!("{place} key {key:?} is {value}; {expected}"))?;
        }
        Ok(settings)
    }
}

fn delimiter(value: &Value) -> Option<u8> {
    let &[byte] = value.as_str()?.as_bytes() else {
        return None;
    };
    let fits = byte == b'\t' || byte == b' ' || (byte.is_ascii_punctuation() && byte != b'"');
    fits.then_some(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(json: &str) -> Result<Settings, String> {
        Settings::load(Some(&PluginConfiguration {
            interaction_configuration: Some(json.to_owned()),
            pact_configuration: None,
        }))
    }

    #[test]
    fn what_is_stored_is_loaded() {
        let settings = Settings {
            headers: false,
            delimiter: b'\t',
        };
        let stored = settings.store();
        assert_eq!(
            stored.interaction_configuration.as_deref(),
            Some(r#"{"csvHeaders":false,"delimiter":"\t"}"#)
        );
        assert_eq!(Settings::load(Some(&stored)).unwrap(), settings);
    }

    #[test]
    fn what_is_missing_has_its_default() {
        assert_eq!(Settings::load(None).unwrap(), Settings::default());
        assert_eq!(load(r#"{"other":1}"#).unwrap(), Settings::default());
        assert!(!load(r#"{"csvHeaders":false}"#).unwrap().headers);
    }

    #[test]
    fn broken_configuration_is_an_error() {
        assert!(load("[]").unwrap_err().contains("is not a JSON object"));
        assert_eq!(
            load(r#"{"csvHeaders":"no"}"#).unwrap_err(),
            "interaction configuration key \"csvHeaders\" is \"no\"; expected true or false"
        );
        for delimiter in [
            "\"\"",
            "\";;\"",
            "\"ä\"",
            "\"x\"",
            "\"1\"",
            "\"\\n\"",
            "\"\\\"\"",
            "\"\\u0000\"",
            "1",
        ] {
            let error = load(&format!("{{\"delimiter\":{delimiter}}}")).unwrap_err();
            assert!(error.contains("expected one ASCII character"), "{error}");
        }
    }
}
