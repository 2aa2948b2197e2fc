//! Interface version 1. Most of its messages are those of version 2 with less in them, and the same on the wire. Init knows no
//! capabilities, and transports get the whole pact file where version 2 has the interactions.

use pact_plugin_driver::proto as v1;
use pact_plugin_driver::proto::pact_plugin_server::PactPlugin;
use pact_plugin_driver::proto_v2 as v2;
use prost::Message;
use tonic::{Request, Response, Status, async_trait};

use super::pact::Pact;
use crate::operations::{Operations, status};

/// The service.
pub struct Service(pub Operations);

/// A message of one version as the other one's, where both are the same on the wire.
fn same<T: Message, U: Message + Default>(message: &T) -> Result<U, Status> {
    let bytes = message.encode_to_vec();
    U::decode(bytes.as_slice())
        .map_err(|e| Status::internal(format!("a message of version 1: {e}")))
}

fn same_request<T: Message, U: Message + Default>(
    request: Request<T>,
) -> Result<Request<U>, Status> {
    with_message(request, |message| same(&message))
}

fn same_response<T: Message, U: Message + Default>(response: &T) -> Result<Response<U>, Status> {
    same(response).map(Response::new)
}

/// The request with another message in it.
fn with_message<T, U, E>(
    request: Request<T>,
    convert: impl FnOnce(T) -> Result<U, E>,
) -> Result<Request<U>, E> {
    let (metadata, extensions, message) = request.into_parts();
    let message = convert(message)?;
    Ok(Request::from_parts(metadata, extensions, message))
}

impl Service {
    async fn pact(&self, text: &str) -> Result<Pact, String> {
        let plugin = self.0.plugin_name().await.map_err(|e| e.to_string())?;
        Pact::parse(text, &plugin)
    }

    async fn started(
        &self,
        request: Request<v1::StartMockServerRequest>,
    ) -> Result<v2::StartMockServerResponse, String> {
        let pact = self.pact(&request.get_ref().pact).await?;
        let request = with_message(request, |it| {
            Ok::<_, String>(v2::StartMockServerRequest {
                host_interface: it.host_interface,
                port: it.port,
                tls: it.tls,
                interactions: pact.all(),
                test_context: it.test_context,
            })
        })?;
        Ok(self.0.start_mock_server(request).await)
    }

    async fn prepared(
        &self,
        request: Request<v1::VerificationPreparationRequest>,
    ) -> Result<v2::VerificationPreparationResponse, String> {
        let pact = self.pact(&request.get_ref().pact).await?;
        let request = with_message(request, |it| {
            let interaction_contents = Some(pact.with_key(&it.interaction_key)?);
            Ok::<_, String>(v2::VerificationPreparationRequest {
                interaction_contents,
                config: it.config,
                test_context: None,
            })
        })?;
        Ok(self.0.prepare_interaction(request).await)
    }

    async fn verified(
        &self,
        request: Request<v1::VerifyInteractionRequest>,
    ) -> Result<v2::VerifyInteractionResponse, String> {
        let pact = self.pact(&request.get_ref().pact).await?;
        let request = with_message(request, |it| {
            let interaction_contents = Some(pact.with_key(&it.interaction_key)?);
            let data = it.interaction_data.as_ref().map(same).transpose();
            Ok::<_, String>(v2::VerifyInteractionRequest {
                interaction_data: data.map_err(|e| e.message().to_string())?,
                config: it.config,
                interaction_contents,
                test_context: None,
            })
        })?;
        Ok(self.0.verify_interaction(request).await)
    }
}

#[async_trait]
impl PactPlugin for Service {
    async fn init_plugin(
        &self,
        request: Request<v1::InitPluginRequest>,
    ) -> Result<Response<v1::InitPluginResponse>, Status> {
        let response = self.0.init(same_request(request)?).await.map_err(status)?;
        use v2::init_plugin_response::Response::Success;
        let Some(Success(success)) = response.response else {
            return Err(Status::internal("init gave no response"));
        };
        let entries = success.catalogue.iter();
        // Version 1 has no generators of fields, and drivers stumble over what they do not know.
        let generator = i32::from(v2::catalogue_entry::EntryType::Generator);
        let known = entries.filter(|entry| entry.r#type != generator);
        let catalogue = known.map(same).collect::<Result<_, _>>()?;
        Ok(Response::new(v1::InitPluginResponse { catalogue }))
    }

    async fn update_catalogue(
        &self,
        request: Request<v1::Catalogue>,
    ) -> Result<Response<()>, Status> {
        let updated = self.0.update_catalogue(same_request(request)?).await;
        updated.map(Response::new).map_err(status)
    }

    async fn compare_contents(
        &self,
        request: Request<v1::CompareContentsRequest>,
    ) -> Result<Response<v1::CompareContentsResponse>, Status> {
        same_response(&self.0.compare_contents(same_request(request)?).await)
    }

    async fn configure_interaction(
        &self,
        request: Request<v1::ConfigureInteractionRequest>,
    ) -> Result<Response<v1::ConfigureInteractionResponse>, Status> {
        same_response(&self.0.configure_interaction(same_request(request)?).await)
    }

    async fn generate_content(
        &self,
        request: Request<v1::GenerateContentRequest>,
    ) -> Result<Response<v1::GenerateContentResponse>, Status> {
        let generated = self.0.generate_content(same_request(request)?).await;
        same_response(&generated.map_err(status)?)
    }

    async fn start_mock_server(
        &self,
        request: Request<v1::StartMockServerRequest>,
    ) -> Result<Response<v1::StartMockServerResponse>, Status> {
        use v2::start_mock_server_response::Response;
        let response = self.started(request).await;
        same_response(
            &response.unwrap_or_else(|error| v2::StartMockServerResponse {
                response: Some(Response::Error(error)),
            }),
        )
    }

    async fn shutdown_mock_server(
        &self,
        request: Request<v1::ShutdownMockServerRequest>,
    ) -> Result<Response<v1::ShutdownMockServerResponse>, Status> {
        let results = self.0.shutdown_mock_server(same_request(request)?).await;
        same_response(&results.map_err(status)?)
    }

    async fn get_mock_server_results(
        &self,
        request: Request<v1::MockServerRequest>,
    ) -> Result<Response<v1::MockServerResults>, Status> {
        let results = self.0.mock_server_results(same_request(request)?).await;
        same_response(&results.map_err(status)?)
    }

    async fn prepare_interaction_for_verification(
        &self,
        request: Request<v1::VerificationPreparationRequest>,
    ) -> Result<Response<v1::VerificationPreparationResponse>, Status> {
        use v2::verification_preparation_response::Response;
        let response = self.prepared(request).await;
        same_response(
            &response.unwrap_or_else(|error| v2::VerificationPreparationResponse {
                response: Some(Response::Error(error)),
            }),
        )
    }

    async fn verify_interaction(
        &self,
        request: Request<v1::VerifyInteractionRequest>,
    ) -> Result<Response<v1::VerifyInteractionResponse>, Status> {
        use v2::verify_interaction_response::Response;
        let response = self.verified(request).await;
        same_response(
            &response.unwrap_or_else(|error| v2::VerifyInteractionResponse {
                response: Some(Response::Error(error)),
            }),
        )
    }
}
