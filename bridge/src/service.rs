//! The gRPC services: `io.pact.plugin.PactPlugin` and `io.pact.plugin.v2.PactPlugin`. Which one is called is up to the driver, which
//! goes by `pluginInterfaceVersion` of the manifest.

mod pact;
mod v1;
mod v2;

use pact_plugin_driver::proto::pact_plugin_server::PactPluginServer as ServerV1;
use pact_plugin_driver::proto_v2::pact_plugin_server::PactPluginServer as ServerV2;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Status};

use crate::operations::Operations;

/// Serves both to whoever knows the key, until the process ends.
pub async fn serve(
    listeners: Vec<TcpListener>,
    key: &str,
    operations: Operations,
) -> Result<(), tonic::transport::Error> {
    let mut servers = JoinSet::new();
    for listener in listeners {
        let server = serve_one(listener, key.to_string(), operations.clone());
        servers.spawn(server);
    }
    while let Some(ended) = servers.join_next().await {
        ended.unwrap_or(Ok(()))?;
    }
    Ok(())
}

async fn serve_one(
    listener: TcpListener,
    key: String,
    operations: Operations,
) -> Result<(), tonic::transport::Error> {
    let check = move |request: Request<()>| match request.metadata().get("authorization") {
        Some(given) if given.as_bytes() == key.as_bytes() => Ok(request),
        _ => Err(Status::unauthenticated(
            "the metadata \"authorization\" is not the server key that the bridge has printed at its start",
        )),
    };
    // Bodies are as large as they are; what limits them are the limits of the plugin.
    let v1 = ServerV1::new(v1::Service(operations.clone()))
        .max_decoding_message_size(usize::MAX)
        .max_encoding_message_size(usize::MAX);
    let v2 = ServerV2::new(v2::Service(operations))
        .max_decoding_message_size(usize::MAX)
        .max_encoding_message_size(usize::MAX);
    // Drivers make a new connection for each call, and a delayed acknowledgement would cost 40 ms.
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    Server::builder()
        .add_service(InterceptedService::new(v1, check.clone()))
        .add_service(InterceptedService::new(v2, check))
        .serve_with_incoming(incoming)
        .await
}
