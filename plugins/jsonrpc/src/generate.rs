//! Putting generated values into a body. The generators are the host's: Pact's own, or those of other plugins.

use definitions::entries;
use definitions::types::{FieldValue, GenerateFieldRequest, Generators, TestMode};
use definitions::values::{field_value, json};
use serde_json::Value;

use crate::path::{self, Step};
use crate::services::Services;

/// The generators of a body, ready to be called.
pub struct Generation {
    calls: Vec<Call>,
}

struct Call {
    steps: Vec<Step>,
    entry: String,
    request: GenerateFieldRequest,
}

impl Generation {
    /// Takes the generators of a body.
    pub fn new(
        generators: &Generators,
        test_mode: TestMode,
        test_context: Option<&str>,
    ) -> Result<Generation, String> {
        let call = |(path, generator): &(String, definitions::types::Generator)| {
            Ok(Call {
                steps: path::parse(path)?,
                entry: entries::generator(&generator.type_),
                request: GenerateFieldRequest {
                    key: generator.type_.clone(),
                    generator: generator.clone(),
                    path: path.clone(),
                    example: FieldValue::Null,
                    plugin_configuration: None,
                    test_context: test_context.map(str::to_owned),
                    test_mode,
                },
            })
        };
        let calls: Result<_, String> = generators.iter().map(call).collect();
        Ok(Generation { calls: calls? })
    }

    /// Whether there is nothing to generate.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Replaces the values that there are generators for.
    pub fn apply(&mut self, services: &dyn Services, body: &mut Value) -> Result<(), String> {
        for call in &mut self.calls {
            let Call {
                steps,
                entry,
                request,
            } = call;
            path::each_place(body, steps, &mut |_, value| {
                request.example = field_value(value);
                *value = services
                    .generate_field(entry, request)
                    .and_then(json)
                    .map_err(|error| {
                        let GenerateFieldRequest { key, path, .. } = &*request;
                        format!("the generator {key:?} at {path} cannot be applied: {error}")
                    })?;
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// A body as text, with generated values.
pub fn generate(
    services: &dyn Services,
    body: &str,
    mut generation: Generation,
) -> Result<String, String> {
    if generation.is_empty() {
        return Ok(body.to_owned());
    }
    let mut value: Value = serde_json::from_str(body).map_err(|error| {
        format!("the body in the interaction configuration is not JSON: {error}")
    })?;
    generation.apply(services, &mut value)?;
    Ok(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{TestServices, generator};
    use serde_json::json;

    fn generated(body: Value, generators: &[(&str, &str)]) -> Result<Value, String> {
        let generators = generators
            .iter()
            .map(|(path, type_)| ((*path).to_owned(), generator(type_, json!({"min": 1}))));
        let generation = Generation::new(
            &generators.collect(),
            TestMode::Provider,
            Some(r#"{"providerState":{"id":"from state"}}"#),
        )?;
        generate(&TestServices::default(), &body.to_string(), generation)
            .map(|text| serde_json::from_str(&text).unwrap())
    }

    #[test]
    fn values_are_replaced_where_there_are_generators() {
        assert_eq!(
            generated(
                json!({"a": 1, "list": [{"b": 1}, {"b": 2}], "c": "x"}),
                &[
                    ("$.a", "RandomInt"),
                    ("$.list[*].b", "RandomInt"),
                    ("$.missing", "RandomInt"),
                    ("$.c", "Twice"),
                ]
            ),
            Ok(json!({"a": 42, "list": [{"b": 42}, {"b": 42}], "c": "xx"}))
        );
        assert_eq!(generated(json!([1]), &[]), Ok(json!([1])));
    }

    #[test]
    fn the_test_context_comes_along() {
        assert_eq!(
            generated(json!({"id": 7}), &[("$.id", "ProviderState")]),
            Ok(json!({"id": "from state"}))
        );
    }

    #[test]
    fn errors_name_the_generator_and_its_place() {
        assert_eq!(
            generated(json!({"a": 1}), &[("$.a", "Broken")]).unwrap_err(),
            "the generator \"Broken\" at $.a cannot be applied: there is no generator/Broken"
        );
        let error = generated(json!({"a": 1}), &[("$..a", "RandomInt")]).unwrap_err();
        assert!(error.contains("is not a path"), "{error}");
    }
}
