//! Between the plain types of [`crate::model`] and the prototype's. What it has no place for stays behind; `wit/prototype`
//! says what that is.

use super::bindings as wit;
use crate::error::Result;
use crate::model::{
    Body, CatalogueEntry, CompareContentsRequest, ConfigureInteractionResponse, ContentTypeHint,
    ContentTypeMismatch, ContentsComparison, EntryType, ExpressionMap, InteractionResponse,
    JsonObject, Mismatch, PluginConfiguration,
};
use crate::runtime::convert::from_plugin::checked;

// ---- what goes into a plugin ----

/// `values` are those of all entries, by [`entry_values`](crate::runtime::convert::to_plugin::entry_values).
pub fn entries<'a>(
    entries: &'a [CatalogueEntry],
    values: &'a [Vec<(&'a str, &'a str)>],
) -> Vec<wit::CatalogueEntryParam<'a>> {
    let convert = |(entry, values): (&'a CatalogueEntry, &'a Vec<_>)| {
        Some(wit::CatalogueEntryParam {
            entry_type: match entry.entry_type {
                EntryType::ContentMatcher => wit::EntryType::ContentMatcher,
                EntryType::ContentGenerator => wit::EntryType::ContentGenerator,
                EntryType::Transport => wit::EntryType::Transport,
                EntryType::Matcher => wit::EntryType::Matcher,
                EntryType::Interaction => wit::EntryType::Interaction,
                EntryType::Generator => return None,
            },
            key: &entry.key,
            values,
        })
    };
    entries.iter().zip(values).filter_map(convert).collect()
}

/// The sub type of a MIME type, without suffix and parameters: `jwt` for `application/jwt+json`.
pub fn sub_type(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let sub_type = essence.split_once('/').map_or(essence, |(_, it)| it);
    let bare = sub_type.rsplit_once('+').map_or(sub_type, |(it, _)| it);
    bare.to_ascii_lowercase()
}

pub fn compare_request<'a>(
    request: &'a CompareContentsRequest<'_>,
) -> wit::CompareContentsRequest<'a> {
    let configuration = request.plugin_configuration.as_ref();
    let text = |json: Option<&'a JsonObject>| json.map_or("", JsonObject::as_str);
    wit::CompareContentsRequest {
        expected: borrowed_body(&request.expected),
        actual: borrowed_body(&request.actual),
        allow_unexpected_keys: request.allow_unexpected_keys,
        plugin_configuration: wit::PluginConfigurationParam {
            interaction_configuration: text(
                configuration.and_then(|it| it.interaction_configuration.as_ref()),
            ),
            pact_configuration: text(configuration.and_then(|it| it.pact_configuration.as_ref())),
        },
    }
}

fn borrowed_body<'a>(body: &'a Body<'_>) -> wit::BodyParam<'a> {
    wit::BodyParam {
        content_type: &body.content_type,
        content: body.content.as_deref().unwrap_or_default(),
        content_type_hint: match body.hint {
            ContentTypeHint::Default => None,
            ContentTypeHint::Text => Some(wit::ContentTypeHint::Text),
            ContentTypeHint::Binary => Some(wit::ContentTypeHint::Binary),
        },
    }
}

// ---- what comes out ----

pub fn owned_entry(entry: wit::CatalogueEntryResult) -> CatalogueEntry {
    CatalogueEntry {
        entry_type: match entry.entry_type {
            wit::EntryType::ContentMatcher => EntryType::ContentMatcher,
            wit::EntryType::ContentGenerator => EntryType::ContentGenerator,
            wit::EntryType::Transport => EntryType::Transport,
            wit::EntryType::Matcher => EntryType::Matcher,
            wit::EntryType::Interaction => EntryType::Interaction,
        },
        key: entry.key,
        values: ExpressionMap(entry.values),
    }
}

pub fn configure_response(
    details: wit::InteractionDetails,
) -> Result<ConfigureInteractionResponse> {
    let interactions = details.interaction.into_iter().map(interaction);
    let configuration = details.plugin_config.map(configuration).transpose()?;
    Ok(ConfigureInteractionResponse {
        interactions: interactions.collect::<Result<_>>()?,
        plugin_configuration: configuration.flatten(),
    })
}

fn interaction(contents: wit::InteractionContents) -> Result<InteractionResponse> {
    Ok(InteractionResponse {
        contents: Some(owned_body(contents.contents)),
        plugin_configuration: configuration(contents.plugin_configuration)?,
        part_name: contents.part_name,
        ..InteractionResponse::default()
    })
}

fn owned_body(body: wit::BodyResult) -> Body<'static> {
    Body {
        content_type: body.content_type.into(),
        content: Some(body.content.into()),
        hint: match body.content_type_hint {
            None | Some(wit::ContentTypeHint::Default) => ContentTypeHint::Default,
            Some(wit::ContentTypeHint::Text) => ContentTypeHint::Text,
            Some(wit::ContentTypeHint::Binary) => ContentTypeHint::Binary,
        },
    }
}

/// Each interaction has a configuration, so one without contents means none.
fn configuration(
    configuration: wit::PluginConfigurationResult,
) -> Result<Option<PluginConfiguration>> {
    let configuration = PluginConfiguration {
        interaction_configuration: checked(
            "interaction-configuration",
            not_empty(configuration.interaction_configuration),
        )?,
        pact_configuration: checked(
            "pact-configuration",
            not_empty(configuration.pact_configuration),
        )?,
    };
    Ok(Some(configuration).filter(|it| *it != PluginConfiguration::default()))
}

pub fn comparison(response: wit::CompareContentsResponse) -> ContentsComparison {
    if let Some(wit::ContentTypeMismatch { expected, actual }) = response.type_mismatch {
        return ContentsComparison::ContentTypeMismatch(ContentTypeMismatch { expected, actual });
    }
    let convert = |(path, list): (String, Vec<_>)| (path, list.into_iter().map(mismatch).collect());
    let lists = response.results.into_iter().map(convert);
    ContentsComparison::Results(ExpressionMap::merged(lists))
}

fn mismatch(mismatch: wit::ContentMismatch) -> Mismatch {
    Mismatch {
        expected: not_empty(mismatch.expected),
        actual: not_empty(mismatch.actual),
        description: mismatch.mismatch,
        path: mismatch.path,
        diff: mismatch.diff,
        mismatch_type: not_empty(mismatch.mismatch_type),
    }
}

/// The prototype has few options: nothing is an empty text or an empty list.
fn not_empty<T: AsRef<[u8]>>(value: T) -> Option<T> {
    Some(value).filter(|it| !it.as_ref().is_empty())
}

#[cfg(test)]
mod tests {
    use super::sub_type;

    #[test]
    fn the_sub_type_is_what_the_prototype_s_host_passed() {
        for (content_type, expected) in [
            ("application/jwt", "jwt"),
            ("application/jwt+json", "jwt"),
            ("Application/JWT; charset=UTF-8", "jwt"),
            ("application/vnd.a+b+json;x=c/d+e", "vnd.a+b"),
            ("text/plain ; charset=UTF-8", "plain"),
            ("jwt", "jwt"),
            ("", ""),
        ] {
            assert_eq!(sub_type(content_type), expected, "{content_type}");
        }
    }
}
