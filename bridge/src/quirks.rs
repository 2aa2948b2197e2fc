//! What some drivers do in their own way with what plugins store with interactions, and what makes up for it. Seen with pact-jvm
//! 4.7.5 (driver 1.2.2), and with libpact_ffi 0.4.28 (driver 0.7.5), which pact-go 2.4 uses.

use std::collections::BTreeMap;

use pact_plugin_driver::proto_v2::{ConfigureInteractionResponse, PluginConfiguration};
use prost_types::value::Kind;
use prost_types::{Struct, Value};

/// What makes up for what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quirks {
    /// Configurations of parts are merged, and handed back together.
    pub merges_configurations: bool,
    /// An interaction cannot have generators of plugins.
    pub refuses_generators: bool,
}

impl Quirks {
    /// Those of a driver, by what it calls itself at init.
    pub fn of(implementation: &str, version: &str) -> Self {
        let is_jvm = implementation == "plugin-driver-jvm";
        let is_old = implementation == "plugin-driver-rust" && version.starts_with("0.");
        Quirks {
            merges_configurations: is_jvm,
            refuses_generators: is_jvm || is_old,
        }
    }
}

/// A part of an interaction in HTTP, by the key that pact-jvm has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// `request`
    Request,
    /// `response`
    Response,
}

impl Part {
    /// Which one is compared: the driver does not say, but unexpected keys are allowed in responses alone.
    pub fn compared(allow_unexpected_keys: bool) -> Self {
        match allow_unexpected_keys {
            false => Part::Request,
            true => Part::Response,
        }
    }

    fn key(self) -> &'static str {
        match self {
            Part::Request => "request",
            Part::Response => "response",
        }
    }

    fn other(self) -> Self {
        match self {
            Part::Request => Part::Response,
            Part::Response => Part::Request,
        }
    }
}

/// pact-jvm stores `{"request": …, "response": …}` where a plugin gave one of the two, and hands back all of it. Leaves the part's
/// own; that of the other part where it has none. What does not have that form is left alone, as that of messages is.
pub fn split_configuration(configuration: &mut Option<PluginConfiguration>, part: Part) {
    let stored = configuration
        .as_mut()
        .and_then(|it| it.interaction_configuration.as_mut());
    let Some(Struct { fields }) = stored.filter(|it| is_by_parts(&it.fields)) else {
        return;
    };
    let own = fields
        .remove(part.key())
        .or_else(|| fields.remove(part.other().key()));
    if let Some(Kind::StructValue(own)) = own.and_then(|it| it.kind) {
        *fields = own.fields;
    }
}

fn is_by_parts(fields: &BTreeMap<String, Value>) -> bool {
    let is_part = |key: &str| {
        [Part::Request, Part::Response]
            .iter()
            .any(|it| it.key() == key)
    };
    let is_object = |value: &Value| matches!(value.kind, Some(Kind::StructValue(_)));
    !fields.is_empty()
        && fields
            .iter()
            .all(|(key, value)| is_part(key) && is_object(value))
}

/// pact-jvm merges the configurations of all parts, and puts lists one behind the other. Of equal ones, the first is enough.
pub fn drop_repeated_configuration(response: &mut ConfigureInteractionResponse) {
    let mut seen: Vec<PluginConfiguration> = Vec::new();
    for part in &mut response.interaction {
        let Some(configuration) = part.plugin_configuration.take() else {
            continue;
        };
        if !seen.contains(&configuration) {
            seen.push(configuration.clone());
            part.plugin_configuration = Some(configuration);
        }
    }
}

/// The types of Pact's own generators, which all drivers know.
const GENERATORS: [&str; 13] = [
    "ArrayContains",
    "Date",
    "DateTime",
    "MockServerURL",
    "ProviderState",
    "RandomBoolean",
    "RandomDecimal",
    "RandomHexadecimal",
    "RandomInt",
    "RandomString",
    "Regex",
    "Time",
    "Uuid",
];

/// These drivers cannot set an interaction up with generators of other types than Pact's own. Takes them out, and says which those
/// were, as `TYPE at PATH`.
pub fn take_generators_of_plugins(response: &mut ConfigureInteractionResponse) -> Vec<String> {
    let mut taken = Vec::new();
    for part in &mut response.interaction {
        for generators in [&mut part.generators, &mut part.metadata_generators] {
            generators.retain(|path, generator| {
                let is_known = GENERATORS.contains(&generator.r#type.as_str());
                if !is_known {
                    taken.push(format!("{} at {path}", generator.r#type));
                }
                is_known
            });
        }
    }
    taken.sort();
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use pact_plugin_driver::proto_v2::{Generator, InteractionResponse};
    use pact_plugin_driver::utils::{proto_struct_to_json, to_proto_value};
    use serde_json::json;

    fn configuration(json: &serde_json::Value) -> Option<PluginConfiguration> {
        let Some(Kind::StructValue(fields)) = to_proto_value(json).kind else {
            panic!("an object")
        };
        Some(PluginConfiguration {
            interaction_configuration: Some(fields),
            pact_configuration: None,
        })
    }

    fn split(json: &serde_json::Value, part: Part) -> serde_json::Value {
        let mut configuration = configuration(json);
        split_configuration(&mut configuration, part);
        proto_struct_to_json(&configuration.unwrap().interaction_configuration.unwrap())
    }

    #[test]
    fn drivers_are_known_by_name_and_version() {
        let quirks = |implementation, version| {
            let it = Quirks::of(implementation, version);
            (it.merges_configurations, it.refuses_generators)
        };
        assert_eq!(quirks("plugin-driver-jvm", "1.2.2"), (true, true));
        assert_eq!(quirks("plugin-driver-rust", "0.7.5"), (false, true));
        assert_eq!(quirks("plugin-driver-rust", "1.2.6"), (false, false));
        assert_eq!(quirks("another", "0.1.0"), (false, false));
    }

    #[test]
    fn each_part_gets_its_own_or_the_only_one() {
        let both = json!({"request": {"a": 1}, "response": {"b": 2}});
        assert_eq!(split(&both, Part::compared(false)), json!({"a": 1}));
        assert_eq!(split(&both, Part::compared(true)), json!({"b": 2}));
        assert_eq!(
            split(&json!({"request": {"a": 1}}), Part::Response),
            json!({"a": 1})
        );
        split_configuration(&mut None, Part::Request);
    }

    #[test]
    fn what_is_not_by_parts_stays_as_it_is() {
        for json in [
            json!({}),
            json!({"request": {"a": 1}, "method": "m"}),
            json!({"request": "text"}),
        ] {
            assert_eq!(split(&json, Part::Request), json, "{json}");
        }
    }

    #[test]
    fn generators_of_plugins_are_taken_out() {
        let generators = |types: &[(&str, &str)]| {
            let generators = types.iter().map(|(path, r#type)| {
                let r#type = r#type.to_string();
                (
                    path.to_string(),
                    Generator {
                        r#type,
                        values: None,
                    },
                )
            });
            generators.collect()
        };
        let mut response = ConfigureInteractionResponse {
            interaction: vec![InteractionResponse {
                generators: generators(&[("$", "JWT"), ("$.a", "Uuid")]),
                metadata_generators: generators(&[("b", "RandomInt"), ("c", "creditcard")]),
                ..Default::default()
            }],
            ..Default::default()
        };
        let taken = take_generators_of_plugins(&mut response);
        assert_eq!(taken, ["JWT at $", "creditcard at c"]);
        let part = &response.interaction[0];
        assert_eq!(part.generators, generators(&[("$.a", "Uuid")]));
        assert_eq!(part.metadata_generators, generators(&[("b", "RandomInt")]));
    }

    #[test]
    fn equal_configurations_are_told_once() {
        let part = |json| InteractionResponse {
            plugin_configuration: configuration(&json),
            ..Default::default()
        };
        let (one, two) = (json!({"a": [1]}), json!({"a": [2]}));
        let mut response = ConfigureInteractionResponse {
            interaction: vec![part(one.clone()), part(two.clone()), part(one)],
            ..Default::default()
        };
        drop_repeated_configuration(&mut response);
        let left: Vec<bool> = response
            .interaction
            .iter()
            .map(|it| it.plugin_configuration.is_some())
            .collect();
        assert_eq!(left, [true, true, false]);
    }
}
