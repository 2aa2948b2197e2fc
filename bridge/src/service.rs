//! The gRPC services: `io.pact.plugin.PactPlugin` and `io.pact.plugin.v2.PactPlugin`. Which one is called is up to the driver, which
//! goes by `pluginInterfaceVersion` of the manifest.

mod pact;
mod v1;
mod v2;

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use pact_plugin_driver::proto::pact_plugin_server::PactPluginServer as ServerV1;
use pact_plugin_driver::proto_v2::pact_plugin_server::PactPluginServer as ServerV2;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::transport::Server;

use crate::listener::Connections;
use crate::operations::Operations;

/// What begins the paths of interface version 2.
const V2: &str = "/io.pact.plugin.v2.PactPlugin/";

/// Serves both to whoever knows the key, until the process ends.
pub async fn serve(
    listeners: Vec<TcpListener>,
    key: &str,
    operations: Operations,
) -> Result<(), tonic::transport::Error> {
    let both = Both {
        key: key.into(),
        // Bodies are as large as they are; what limits them are the limits of the plugin.
        v1: ServerV1::new(v1::Service(operations.clone()))
            .max_decoding_message_size(usize::MAX)
            .max_encoding_message_size(usize::MAX),
        v2: ServerV2::new(v2::Service(operations))
            .max_decoding_message_size(usize::MAX)
            .max_encoding_message_size(usize::MAX),
    };
    let mut servers = JoinSet::new();
    for listener in listeners {
        let connections = Connections::from(listener);
        servers.spawn(Server::builder().serve_with_incoming(both.clone(), connections));
    }
    while let Some(ended) = servers.join_next().await {
        ended.unwrap_or(Ok(()))?;
    }
    Ok(())
}

/// Both services, behind the key. tonic's own router and interceptors would do as well, and cost some microseconds in each call.
#[derive(Clone)]
struct Both {
    key: Arc<str>,
    v1: ServerV1<v1::Service>,
    v2: ServerV2<v2::Service>,
}

impl Service<http::Request<Body>> for Both {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let key = request.headers().get("authorization");
        if key.is_none_or(|it| it.as_bytes() != self.key.as_bytes()) {
            let status = Status::unauthenticated(
                "the metadata \"authorization\" is not the server key that the bridge has printed at its start",
            );
            return Box::pin(async move { Ok(status.into_http()) });
        }
        match request.uri().path().starts_with(V2) {
            true => self.v2.call(request),
            false => self.v1.call(request),
        }
    }
}
