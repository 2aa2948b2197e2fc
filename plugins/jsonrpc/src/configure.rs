//! Setting up an interaction: the bodies out of the contents config, and what the pact file needs to compare and to serve them
//! later.

use definitions::types::{
    Body, ConfigureInteractionRequest, ConfigureInteractionResponse, ContentTypeHint,
    InteractionResponse, MarkupType, PluginConfiguration,
};

use crate::config;
use crate::interaction::Message;
use crate::markup;
use crate::services::{LogLevel, Services};

const TARGET: &str = "jsonrpc::configure";

/// Builds the request and, unless it is a notification, the response.
pub fn configure(
    services: &dyn Services,
    request: &ConfigureInteractionRequest,
) -> Result<ConfigureInteractionResponse, String> {
    let interaction = config::parse(services, &request.contents_config)?;
    services.log(LogLevel::Debug, TARGET, &interaction.describe());
    // Both parts carry all of it: of parts with different configurations some drivers keep the last.
    let stored = interaction.store();
    let heading = match interaction.response {
        Some(_) => "Request",
        None => "Notification",
    };
    let content_type = &request.content_type;
    let mut parts = vec![part(
        "request",
        content_type,
        heading,
        interaction.request,
        &stored,
    )];
    if let Some(response) = interaction.response {
        parts.push(part(
            "response",
            content_type,
            "Response",
            response,
            &stored,
        ));
    }
    Ok(ConfigureInteractionResponse {
        interactions: parts,
        plugin_configuration: None,
    })
}

fn part(
    name: &str,
    content_type: &str,
    heading: &str,
    message: Message,
    stored: &PluginConfiguration,
) -> InteractionResponse {
    InteractionResponse {
        interaction_markup: markup::render(heading, &message),
        contents: Some(Body {
            content_type: content_type.to_owned(),
            content: Some(message.body.into_bytes()),
            // `application/jsonrpc` does not say that it is text.
            hint: ContentTypeHint::Text,
        }),
        rules: message.rules,
        generators: message.generators,
        message_metadata: None,
        plugin_configuration: Some(stored.clone()),
        interaction_markup_type: MarkupType::CommonMark,
        part_name: name.to_owned(),
        metadata_rules: Vec::new(),
        metadata_generators: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use crate::interaction::Interaction;
    use crate::testing::{configure, rule};
    use definitions::types::{ContentTypeHint, InteractionResponse};
    use serde_json::{Value, json};

    fn body(part: &InteractionResponse) -> Value {
        let body = part.contents.as_ref().unwrap();
        assert_eq!(
            (&*body.content_type, body.hint),
            ("application/json-rpc", ContentTypeHint::Text)
        );
        serde_json::from_slice(body.content.as_ref().unwrap()).unwrap()
    }

    #[test]
    fn a_request_and_its_response_are_two_parts() {
        let parts = configure(json!({
            "request": {"method": "subtract", "params": ["matching(integer, 42)", 23]},
            "response": {"result": {"value": "matching(number, 19)", "unit": "€"}},
        }))
        .unwrap();
        let [request, response] = &parts[..] else {
            panic!("{parts:?}");
        };
        assert_eq!(
            (&*request.part_name, &*response.part_name),
            ("request", "response")
        );
        assert_eq!(
            body(request),
            json!({"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1})
        );
        assert_eq!(
            body(response),
            json!({"jsonrpc": "2.0", "result": {"value": 19, "unit": "€"}, "id": 1})
        );
        assert_eq!(
            request.rules,
            [("$.params[0]".to_owned(), vec![rule("integer", json!(null))])]
        );
        assert_eq!(
            response.rules,
            [(
                "$.result.value".to_owned(),
                vec![rule("number", json!(null))]
            )]
        );
        assert!(request.interaction_markup.starts_with("# Request\n"));
        assert!(response.interaction_markup.contains("\"unit\": \"€\""));
        // Either part alone is enough for a transport.
        assert_eq!(request.plugin_configuration, response.plugin_configuration);
        let stored = Interaction::load(request.plugin_configuration.as_ref()).unwrap();
        assert_eq!(stored.method, "subtract");
        assert_eq!(stored.request.rules, request.rules);
        assert_eq!(stored.response.unwrap().rules, response.rules);
    }

    #[test]
    fn a_notification_is_one_part_without_an_id() {
        let parts = configure(json!({"request": {"method": "update"}})).unwrap();
        let [request] = &parts[..] else {
            panic!("{parts:?}");
        };
        assert_eq!(body(request), json!({"jsonrpc": "2.0", "method": "update"}));
        assert!(request.interaction_markup.starts_with("# Notification\n"));
        let stored = Interaction::load(request.plugin_configuration.as_ref()).unwrap();
        assert_eq!(stored.response, None);
    }

    #[test]
    fn generators_go_into_the_part_that_they_are_for() {
        let parts = configure(json!({
            "request": {"method": "a", "params": {"id": "fromProviderState('${id}', 7)"}},
            "response": {"error": {"code": -32602, "message": "m", "data": "matching(date, 'yyyy', '2000')"}},
        }))
        .unwrap();
        let generators: Vec<_> = parts
            .iter()
            .flat_map(|part| &part.generators)
            .map(|(path, generator)| (&**path, &*generator.type_))
            .collect();
        assert_eq!(
            generators,
            [("$.params.id", "ProviderState"), ("$.error.data", "Date")]
        );
        assert_eq!(body(&parts[0])["params"]["id"], 7);
    }

    #[test]
    fn errors_come_through() {
        let error = configure(json!({})).unwrap_err();
        assert!(error.contains("has no \"request\""), "{error}");
    }
}
