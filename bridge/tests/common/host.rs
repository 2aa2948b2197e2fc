//! A driver's service for plugins, which writes down what it is asked.

use std::sync::{Arc, Mutex};

use pact_plugin_driver::proto_v2 as message;
use pact_plugin_driver::proto_v2::plugin_host_server::{PluginHost, PluginHostServer};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tonic::metadata::MetadataMap;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

/// What was asked: the operation, the entry's key, the chain and the deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub operation: &'static str,
    pub entry_key: String,
    pub chain_id: String,
    pub deadline_ms: u64,
}

/// How it answers.
type Answer = Arc<dyn Fn(&str) -> Result<(), Status> + Send + Sync>;

/// The service.
pub struct Host {
    /// For `PACT_PLUGIN_HOST`.
    pub address: String,
    /// What it was asked, in order.
    pub asked: Arc<Mutex<Vec<Asked>>>,
    /// Log records, as they come.
    pub log: UnboundedReceiver<message::LogMessage>,
}

struct Service {
    asked: Arc<Mutex<Vec<Asked>>>,
    log: UnboundedSender<message::LogMessage>,
    answer: Answer,
}

impl Host {
    /// Starts one that answers each key as `answer` says.
    pub async fn start(
        answer: impl Fn(&str) -> Result<(), Status> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, log) = unbounded_channel();
        let asked = Arc::default();
        let service = Service {
            asked: Arc::clone(&asked),
            log: sender,
            answer: Arc::new(answer),
        };
        let server = Server::builder().add_service(PluginHostServer::new(service));
        tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
        Host {
            address,
            asked,
            log,
        }
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

/// The key of an entry that never answers.
pub const FOR_EVER: &str = "for-ever";

impl Service {
    async fn asked(
        &self,
        operation: &'static str,
        metadata: &MetadataMap,
        entry_key: &str,
    ) -> Result<(), Status> {
        let text = |key: &str| metadata.get(key).unwrap().to_str().unwrap().to_string();
        self.asked.lock().unwrap().push(Asked {
            operation,
            entry_key: entry_key.to_string(),
            chain_id: text("pact-call-chain-id"),
            deadline_ms: text("pact-deadline-ms").parse().unwrap(),
        });
        if entry_key == FOR_EVER {
            std::future::pending::<()>().await;
        }
        (self.answer)(entry_key)
    }
}

#[tonic::async_trait]
impl PluginHost for Service {
    async fn log(&self, request: Request<message::LogMessage>) -> Result<Response<()>, Status> {
        let _ = self.log.send(request.into_inner());
        Ok(Response::new(()))
    }

    async fn compare_contents(
        &self,
        request: Request<message::HostCompareContentsRequest>,
    ) -> Result<Response<message::CompareContentsResponse>, Status> {
        self.asked(
            "compare-contents",
            request.metadata(),
            &request.get_ref().entry_key,
        )
        .await?;
        let response = message::CompareContentsResponse {
            type_mismatch: Some(message::ContentTypeMismatch {
                expected: "of the driver".into(),
                actual: "x/y".into(),
            }),
            ..Default::default()
        };
        Ok(Response::new(response))
    }

    async fn generate_content(
        &self,
        request: Request<message::HostGenerateContentRequest>,
    ) -> Result<Response<message::GenerateContentResponse>, Status> {
        self.asked(
            "generate-content",
            request.metadata(),
            &request.get_ref().entry_key,
        )
        .await?;
        let contents = request.into_inner().request.and_then(|it| it.contents);
        Ok(Response::new(message::GenerateContentResponse { contents }))
    }

    async fn match_field(
        &self,
        request: Request<message::HostMatchFieldRequest>,
    ) -> Result<Response<message::MatchFieldResponse>, Status> {
        self.asked(
            "match-field",
            request.metadata(),
            &request.get_ref().entry_key,
        )
        .await?;
        let mismatch = message::ContentMismatch {
            mismatch: "the driver says no".into(),
            ..Default::default()
        };
        let response = message::MatchFieldResponse {
            error: String::new(),
            mismatches: vec![mismatch],
        };
        Ok(Response::new(response))
    }

    async fn generate_field(
        &self,
        request: Request<message::HostGenerateFieldRequest>,
    ) -> Result<Response<message::GenerateFieldResponse>, Status> {
        self.asked(
            "generate-field",
            request.metadata(),
            &request.get_ref().entry_key,
        )
        .await?;
        let value = request.into_inner().request.and_then(|it| it.example_value);
        let error = String::new();
        Ok(Response::new(message::GenerateFieldResponse {
            error,
            value,
        }))
    }
}
