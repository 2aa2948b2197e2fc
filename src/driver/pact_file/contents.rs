//! What a plugin set up, in the form in which pact files hold it.

use serde_json::{Map, Value, json};

use super::place::{Place, deep_merge};
use super::{Configured, PluginData, body, path};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Generators, InteractionResponse, JsonObject, MarkupType, PluginConfiguration, Rules,
};

/// What a plugin gives one side of an interaction: its request, its response, or the message that it is.
pub(super) struct Side {
    /// Where the caller named it, for error messages.
    argument: &'static str,
    /// For the file as a whole.
    pub plugin: PluginData,
    /// What the plugin stores in the interaction.
    pub configuration: Map<String, Value>,
    /// Renderings for people.
    pub markup: Vec<(String, MarkupType)>,
    /// One for each body.
    pub parts: Vec<Part>,
}

impl Side {
    /// Takes the parts that have this name, or else those that have none; all parts where `name` is `None`.
    pub fn new(
        argument: &'static str,
        name: Option<&str>,
        configured: &Configured,
    ) -> Result<Self> {
        let chosen = choose(configured, name);
        if chosen.is_empty() {
            return Err(nothing_chosen(argument, configured));
        }
        let mut side = Side {
            argument,
            plugin: PluginData::new(&configured.plugin_name, &configured.plugin_version),
            configuration: Map::new(),
            markup: Vec::new(),
            parts: Vec::new(),
        };
        side.fill(configured, &chosen).map_err(|e| {
            e.with_plugin(&configured.plugin_name, &configured.plugin_version)
                .with_operation("configure-interaction")
        })?;
        Ok(side)
    }

    fn fill(&mut self, configured: &Configured, chosen: &[&InteractionResponse]) -> Result<()> {
        self.store(configured.response.plugin_configuration.as_ref())?;
        for part in chosen {
            self.store(part.plugin_configuration.as_ref())?;
            self.parts.push(Part::new(part)?);
            let markup = &part.interaction_markup;
            if !markup.is_empty() {
                self.markup
                    .push((markup.clone(), part.interaction_markup_type));
            }
        }
        Ok(())
    }

    fn store(&mut self, configuration: Option<&PluginConfiguration>) -> Result<()> {
        let Some(configuration) = configuration else {
            return Ok(());
        };
        let parsed =
            |json: &Option<JsonObject>| optional_fields("plugin-configuration", json.as_ref());
        let interaction = parsed(&configuration.interaction_configuration)?;
        deep_merge(&mut self.configuration, interaction);
        let pact = parsed(&configuration.pact_configuration)?;
        deep_merge(&mut self.plugin.configuration, pact);
        Ok(())
    }

    /// The one part, for a place that has room for one.
    pub fn only_part(&mut self) -> Result<Part> {
        let count = self.parts.len();
        match self.parts.pop() {
            Some(part) if count == 1 => Ok(part),
            _ => Err(Error::invalid_argument(
                self.argument,
                format!("has {count} parts for a place that holds one; configure them one by one"),
            )),
        }
    }
}

fn choose<'a>(configured: &'a Configured, name: Option<&str>) -> Vec<&'a InteractionResponse> {
    let parts = &configured.response.interactions;
    let Some(name) = name else {
        return parts.iter().collect();
    };
    let called = |name: &str| -> Vec<_> { parts.iter().filter(|p| p.part_name == name).collect() };
    let named = called(name);
    if named.is_empty() { called("") } else { named }
}

fn nothing_chosen(argument: &'static str, configured: &Configured) -> Error {
    let parts = configured.response.interactions.iter();
    let names: Vec<_> = parts.map(|p| format!("\"{}\"", p.part_name)).collect();
    let given = match names.as_slice() {
        [] => "no parts".to_string(),
        names => format!("parts called {}", names.join(", ")),
    };
    let reason = format!(
        "has nothing for this place: plugin {} gave {given}; pass what belongs here, or NULL",
        configured.plugin_name
    );
    Error::invalid_argument(argument, reason)
}

/// One part of an interaction.
pub(super) struct Part {
    body: Option<Value>,
    content_type: String,
    metadata: Map<String, Value>,
    body_rules: Map<String, Value>,
    body_generators: Map<String, Value>,
    metadata_rules: Map<String, Value>,
    metadata_generators: Map<String, Value>,
}

impl Part {
    fn new(part: &InteractionResponse) -> Result<Self> {
        let body = part.contents.as_ref();
        Ok(Part {
            body: body.and_then(body::to_json),
            content_type: body
                .map(|body| body.content_type.to_string())
                .unwrap_or_default(),
            metadata: optional_fields("message-metadata", part.message_metadata.as_ref())?,
            body_rules: rules("rules", &part.rules)?,
            body_generators: generators("generators", &part.generators)?,
            metadata_rules: rules("metadata-rules", &part.metadata_rules)?,
            metadata_generators: generators("metadata-generators", &part.metadata_generators)?,
        })
    }

    /// Puts it into a request or response of an HTTP interaction. HTTP has no metadata.
    pub fn put_into_http(self, place: &mut Place<'_>) -> Result<()> {
        if let Some(body) = self.body {
            place.map.insert("body".into(), body);
            put_content_type(place, &self.content_type)?;
        }
        put(place, "matchingRules", "body", self.body_rules)?;
        put(place, "generators", "body", self.body_generators)
    }

    /// Puts it into a message.
    pub fn put_into_message(self, place: &mut Place<'_>) -> Result<()> {
        if let Some(body) = self.body {
            place.map.insert("contents".into(), body);
        }
        if !self.metadata.is_empty() {
            place.object("metadata")?.map.extend(self.metadata);
        }
        put(place, "matchingRules", "body", self.body_rules)?;
        put(place, "matchingRules", "metadata", self.metadata_rules)?;
        put(place, "generators", "body", self.body_generators)?;
        put(place, "generators", "metadata", self.metadata_generators)
    }
}

fn put_content_type(place: &mut Place<'_>, content_type: &str) -> Result<()> {
    if content_type.is_empty() {
        return Ok(());
    }
    let headers = place.object("headers")?;
    let is_it = |name: &String| name.eq_ignore_ascii_case("content-type");
    if !headers.map.keys().any(is_it) {
        let values = json!([content_type]);
        headers.map.insert("Content-Type".into(), values);
    }
    Ok(())
}

fn put(
    place: &mut Place<'_>,
    field: &str,
    category: &str,
    entries: Map<String, Value>,
) -> Result<()> {
    if !entries.is_empty() {
        place.object(field)?.object(category)?.map.extend(entries);
    }
    Ok(())
}

/// Rules by path expression. A list without rules says nothing, and readers drop it.
fn rules(field: &str, rules: &Rules) -> Result<Map<String, Value>> {
    let mut map = Map::new();
    for (expression, list) in rules.0.iter().filter(|(_, list)| !list.is_empty()) {
        check_path(field, expression)?;
        let matchers = list.iter().map(|rule| {
            let name = name_in_files(&rule.rule_type);
            with_values("match", name, field, rule.values.as_ref())
        });
        let matchers = matchers.collect::<Result<Vec<_>>>()?;
        let entry = json!({"combine": "AND", "matchers": matchers});
        map.insert(expression.clone(), entry);
    }
    Ok(map)
}

/// Plugins know rules under the names of the catalogue, of which some are others in pact files.
fn name_in_files(rule_type: &str) -> &str {
    match rule_type {
        "min-type" | "max-type" | "min-max-type" => "type",
        "content-type" => "contentType",
        "array-contains" => "arrayContains",
        "status-code" => "statusCode",
        "not-empty" => "notEmpty",
        "each-key" => "eachKey",
        "each-value" => "eachValue",
        same => same,
    }
}

fn generators(field: &str, generators: &Generators) -> Result<Map<String, Value>> {
    let mut map = Map::new();
    for (expression, generator) in &generators.0 {
        check_path(field, expression)?;
        let name = &generator.generator_type;
        let entry = with_values("type", name, field, generator.values.as_ref())?;
        map.insert(expression.clone(), entry);
    }
    Ok(map)
}

/// An object of the name under `key`, and the values beside it.
fn with_values(key: &str, name: &str, field: &str, values: Option<&JsonObject>) -> Result<Value> {
    let mut map = Map::new();
    map.insert(key.into(), name.into());
    for (key, value) in optional_fields(field, values)? {
        map.entry(key).or_insert(value);
    }
    Ok(map.into())
}

fn optional_fields(field: &str, json: Option<&JsonObject>) -> Result<Map<String, Value>> {
    let Some(json) = json else {
        return Ok(Map::new());
    };
    serde_json::from_str(json.as_str()).map_err(|e| invalid(field, e.to_string()))
}

fn check_path(field: &str, expression: &str) -> Result<()> {
    if path::is_valid(expression) {
        return Ok(());
    }
    let reason = format!(
        "\"{expression}\" is no path expression that Pact could read from a file; names with other characters than \
         letters, digits, _, -, :, # and @ go into brackets and quotes, as in $['First Name']"
    );
    Err(invalid(field, reason))
}

fn invalid(field: &str, reason: String) -> Error {
    ErrorKind::InvalidResponse {
        field: field.to_string(),
        reason,
    }
    .into()
}
