//! Interface version 2: its messages are those of the operations.

use pact_plugin_driver::proto_v2 as message;
use pact_plugin_driver::proto_v2::pact_plugin_server::PactPlugin;
use tonic::{Request, Response, Status, async_trait};

use crate::convert::to_message;
use crate::operations::{Operations, explained, status};

/// The service.
pub struct Service(pub Operations);

#[async_trait]
impl PactPlugin for Service {
    async fn init_plugin(
        &self,
        request: Request<message::InitPluginRequest>,
    ) -> Result<Response<message::InitPluginResponse>, Status> {
        let response = self.0.init(request).await;
        let failed = |error| to_message::init_failure(&error, explained(&error));
        Ok(Response::new(response.unwrap_or_else(failed)))
    }

    async fn update_catalogue(
        &self,
        request: Request<message::Catalogue>,
    ) -> Result<Response<()>, Status> {
        let updated = self.0.update_catalogue(request).await;
        updated.map(Response::new).map_err(status)
    }

    async fn compare_contents(
        &self,
        request: Request<message::CompareContentsRequest>,
    ) -> Result<Response<message::CompareContentsResponse>, Status> {
        Ok(Response::new(self.0.compare_contents(request).await))
    }

    async fn configure_interaction(
        &self,
        request: Request<message::ConfigureInteractionRequest>,
    ) -> Result<Response<message::ConfigureInteractionResponse>, Status> {
        Ok(Response::new(self.0.configure_interaction(request).await))
    }

    async fn generate_content(
        &self,
        request: Request<message::GenerateContentRequest>,
    ) -> Result<Response<message::GenerateContentResponse>, Status> {
        let generated = self.0.generate_content(request).await;
        generated.map(Response::new).map_err(status)
    }

    async fn match_field(
        &self,
        request: Request<message::MatchFieldRequest>,
    ) -> Result<Response<message::MatchFieldResponse>, Status> {
        Ok(Response::new(self.0.match_field(request).await))
    }

    async fn generate_field(
        &self,
        request: Request<message::GenerateFieldRequest>,
    ) -> Result<Response<message::GenerateFieldResponse>, Status> {
        Ok(Response::new(self.0.generate_field(request).await))
    }

    async fn start_mock_server(
        &self,
        request: Request<message::StartMockServerRequest>,
    ) -> Result<Response<message::StartMockServerResponse>, Status> {
        Ok(Response::new(self.0.start_mock_server(request).await))
    }

    async fn shutdown_mock_server(
        &self,
        request: Request<message::MockServerRequest>,
    ) -> Result<Response<message::MockServerResults>, Status> {
        let results = self.0.shutdown_mock_server(request).await;
        results.map(Response::new).map_err(status)
    }

    async fn get_mock_server_results(
        &self,
        request: Request<message::MockServerRequest>,
    ) -> Result<Response<message::MockServerResults>, Status> {
        let results = self.0.mock_server_results(request).await;
        results.map(Response::new).map_err(status)
    }

    async fn prepare_interaction_for_verification(
        &self,
        request: Request<message::VerificationPreparationRequest>,
    ) -> Result<Response<message::VerificationPreparationResponse>, Status> {
        Ok(Response::new(self.0.prepare_interaction(request).await))
    }

    async fn verify_interaction(
        &self,
        request: Request<message::VerifyInteractionRequest>,
    ) -> Result<Response<message::VerifyInteractionResponse>, Status> {
        Ok(Response::new(self.0.verify_interaction(request).await))
    }
}
