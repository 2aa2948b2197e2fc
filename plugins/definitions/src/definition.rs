//! What the author of a test wrote for a single value: a plain text, or an expression.

use serde_json::{Value, json};

use crate::expression;
use crate::types::{Generator, MatchingRule};

/// A single value and what is to hold for it.
#[derive(Debug, Default, PartialEq)]
pub struct Definition {
    /// The example, as it was written.
    pub text: String,
    /// What kind of value the example is.
    pub kind: Kind,
    /// None means equality.
    pub rules: Vec<MatchingRule>,
    /// What makes another value of it.
    pub generator: Option<Generator>,
}

/// The kinds of examples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[allow(missing_docs)] // named as the kinds of JSON values
pub enum Kind {
    #[default]
    Text,
    Integer,
    Decimal,
    Boolean,
    Null,
}

impl Definition {
    /// Reads what was written. Text that is no expression stands for itself. `config_key` tells, for a rule of a plugin, the
    /// name of the configuration value that its short form sets, if the catalogue has one.
    pub fn parse(
        config_key: &dyn Fn(&str) -> Option<String>,
        text: &str,
    ) -> Result<Definition, String> {
        if expression::is_expression(text) {
            return expression::parse(config_key, text);
        }
        Ok(Definition {
            text: text.to_owned(),
            ..Definition::default()
        })
    }

    /// The example as JSON.
    pub fn json(&self) -> Value {
        self.kind.json(&self.text)
    }
}

impl Kind {
    /// An example of this kind as JSON.
    pub(crate) fn json(self, text: &str) -> Value {
        match self {
            Kind::Text => json!(text),
            Kind::Null => Value::Null,
            // Too long a number stays text.
            _ => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_have_json_types() {
        for (text, value) in [
            ("matching(type, 'x')", json!("x")),
            ("matching(type, '1')", json!("1")),
            ("matching(type, 1)", json!(1)),
            ("matching(type, -1.50)", json!(-1.5)),
            ("matching(type, true)", json!(true)),
            ("matching(type, null)", json!(null)),
            ("notEmpty(fromProviderState('${x}', 2))", json!(2)),
            ("plain", json!("plain")),
            ("", json!("")),
        ] {
            let definition = Definition::parse(&|_| None, text).unwrap();
            assert_eq!(definition.json(), value, "{text}");
        }
    }

    #[test]
    fn text_that_is_no_expression_stands_for_itself() {
        for text in ["EUR", "matching", "a matching(type,'x')", "12", ""] {
            let definition = Definition::parse(&|_| None, text).unwrap();
            assert_eq!(
                definition,
                Definition {
                    text: text.to_owned(),
                    ..Definition::default()
                }
            );
        }
        assert!(Definition::parse(&|_| None, "matching(type)").is_err());
    }
}
