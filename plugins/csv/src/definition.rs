//! What the author of a test wrote for a column: a plain text, or an expression.

use serde_json::Value;

use crate::bindings::pact::plugin::types::{Generator, MatchingRule};
use crate::expression;
use crate::services::Services;

/// A column.
#[derive(Debug, Default, PartialEq)]
pub struct Definition {
    /// The example.
    pub value: String,
    /// None means equality.
    pub rules: Vec<MatchingRule>,
    pub generator: Option<Generator>,
}

impl Definition {
    /// Reads what was written for a column. Text that is no expression stands for itself.
    pub fn parse(services: &dyn Services, text: &str) -> Result<Definition, String> {
        if expression::is_expression(text) {
            return expression::parse(services, text);
        }
        Ok(Definition {
            value: text.to_owned(),
            ..Definition::default()
        })
    }
}

/// Configuration of a rule or a generator, an object, as text; none where there is nothing to configure.
pub fn configuration(values: &Value) -> Option<String> {
    let empty = values.as_object().is_none_or(|values| values.is_empty());
    (!empty).then(|| values.to_string())
}
