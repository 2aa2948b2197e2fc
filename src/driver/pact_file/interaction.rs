//! An interaction: what its author says of it, and into this what plugins set up.

use serde_json::{Map, Value};

use super::contents::Side;
use super::place::{Place, deep_merge, parse};
use super::{Configured, PactInteraction, PluginData};
use crate::error::{Error, Result};
use crate::model::{InteractionType, MarkupType};

const TEMPLATE: &str = "interaction.template_json";
const REQUEST: &str = "interaction.request";
const RESPONSE: &str = "interaction.response";
const MESSAGE: &str = "interaction.message";

/// The interaction as the file holds it, and what it needs of plugins.
pub(super) fn build(given: &PactInteraction<'_>) -> Result<(Value, Vec<PluginData>)> {
    let mut map = parse(TEMPLATE, given.template_json)?;
    let mut place = Place::whole(TEMPLATE, &mut map);
    place.text("description")?;
    place.default("pending", false);
    let interaction = InteractionType::named(place.text("type")?)
        .ok_or_else(|| place.must_have(TYPES, "type"))?;
    for configured in [given.request, given.response, given.message]
        .into_iter()
        .flatten()
    {
        check_takes(configured, interaction)?;
    }
    let sides = match interaction {
        InteractionType::SynchronousHttp => http(&mut place, given)?,
        InteractionType::SynchronousMessages => messages(&mut place, given)?,
        InteractionType::AsynchronousMessages => message(&mut place, given)?,
    };
    let mut plugins = Vec::new();
    for side in sides {
        put_configuration(&mut place, &side.plugin.name, side.configuration)?;
        put_markup(&mut place, side.markup)?;
        plugins.push(side.plugin);
    }
    Ok((map.into(), plugins))
}

/// A plugin that does not take such an interaction would refuse it when the pact is verified.
fn check_takes(configured: &Configured, interaction: InteractionType) -> Result<()> {
    let taken = interaction.check(&configured.plugin_capabilities);
    taken.map_err(|kind| {
        Error::from(kind)
            .with_plugin(&configured.plugin_name, &configured.plugin_version)
            .with_operation("configure-interaction")
    })
}

const TYPES: &str = "\"Synchronous/HTTP\", \"Synchronous/Messages\" or \"Asynchronous/Messages\"";

fn http(place: &mut Place<'_>, given: &PactInteraction<'_>) -> Result<Vec<Side>> {
    let (mut request, mut response) = exchange(given)?;
    let mut target = place.object("request")?;
    target.default("method", "GET");
    target.default("path", "/");
    if let Some(side) = &mut request {
        side.only_part()?.put_into_http(&mut target)?;
    }
    let mut target = place.object("response")?;
    target.default("status", 200);
    if let Some(side) = &mut response {
        side.only_part()?.put_into_http(&mut target)?;
    }
    Ok(request.into_iter().chain(response).collect())
}

fn messages(place: &mut Place<'_>, given: &PactInteraction<'_>) -> Result<Vec<Side>> {
    let (mut request, mut response) = exchange(given)?;
    let mut target = place.object("request")?;
    if let Some(side) = &mut request {
        side.only_part()?.put_into_message(&mut target)?;
    }
    place.array("response")?;
    let parts = response.iter_mut().flat_map(|side| side.parts.drain(..));
    for (index, part) in parts.enumerate() {
        part.put_into_message(&mut place.item("response", index)?)?;
    }
    Ok(request.into_iter().chain(response).collect())
}

fn message(place: &mut Place<'_>, given: &PactInteraction<'_>) -> Result<Vec<Side>> {
    let reason = "must be NULL: the message of an Asynchronous/Messages interaction comes from interaction.message";
    for (argument, side) in [(REQUEST, given.request), (RESPONSE, given.response)] {
        if side.is_some() {
            return Err(Error::invalid_argument(argument, reason));
        }
    }
    let Some(configured) = given.message else {
        return Ok(Vec::new());
    };
    let mut side = Side::new(MESSAGE, None, configured)?;
    side.only_part()?.put_into_message(place)?;
    Ok(vec![side])
}

/// The two sides of a synchronous interaction.
fn exchange(given: &PactInteraction<'_>) -> Result<(Option<Side>, Option<Side>)> {
    if given.message.is_some() {
        let reason = "must be NULL: an interaction of this type has a request and a response";
        return Err(Error::invalid_argument(MESSAGE, reason));
    }
    let request = given.request;
    let request = request.map(|it| Side::new(REQUEST, Some("request"), it));
    let response = given.response;
    let response = response.map(|it| Side::new(RESPONSE, Some("response"), it));
    Ok((request.transpose()?, response.transpose()?))
}

fn put_configuration(
    place: &mut Place<'_>,
    plugin: &str,
    configuration: Map<String, Value>,
) -> Result<()> {
    if !configuration.is_empty() {
        let mut plugins = place.object("pluginConfiguration")?;
        deep_merge(plugins.object(plugin)?.map, configuration);
    }
    Ok(())
}

/// Renderings follow each other. HTML may stand in CommonMark, but not the other way round, and only after an empty line.
fn put_markup(place: &mut Place<'_>, renderings: Vec<(String, MarkupType)>) -> Result<()> {
    for (markup, markup_type) in renderings {
        let target = place.object("interactionMarkup")?;
        let name = match markup_type {
            MarkupType::CommonMark => COMMON_MARK,
            MarkupType::Html => "HTML",
        };
        let (markup, name) = match (target.text("markup"), target.text("markupType")) {
            (Ok(first), Ok(same)) if same == name => (format!("{first}\n\n{markup}"), name),
            (Ok(first), _) => (format!("{first}\n\n{markup}"), COMMON_MARK),
            (Err(_), _) => (markup, name),
        };
        let fields = [("markup", markup), ("markupType", name.to_string())];
        let fields = fields.map(|(key, text)| (key.to_string(), Value::String(text)));
        target.map.extend(Map::from_iter(fields));
    }
    Ok(())
}

const COMMON_MARK: &str = "COMMON_MARK";
