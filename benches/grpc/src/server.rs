//! The plugin: a gRPC server that finds everything equal without looking at it.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::{Ipv4Addr, SocketAddr};
use std::task::{Context, Poll};
use std::{io, process, thread};

use tokio::runtime::Runtime;
use tonic::codegen::{BoxFuture, Service, http};
use tonic::server::{Grpc, UnaryService};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use crate::Result;
use crate::protocol::{COMPARE_CONTENTS, CompareContentsRequest, CompareContentsResponse};

/// Serves on a free port, which is the one line of output, until stdin ends.
pub fn serve() -> Result<()> {
    // The other end of stdin closes however the measuring process ends, so that this process never outlives it.
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        process::exit(0);
    });
    Runtime::new()?.block_on(async {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        // Else every answer on a new connection could wait 40 ms for an acknowledgement.
        let incoming = TcpIncoming::bind(any_port)?.with_nodelay(Some(true));
        println!("{}", incoming.local_addr()?.port());
        Server::builder()
            .serve_with_incoming(Plugin, incoming)
            .await?;
        Ok(())
    })
}

#[derive(Clone)]
struct Plugin;

impl Service<http::Request<tonic::body::Body>> for Plugin {
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<tonic::body::Body>) -> Self::Future {
        Box::pin(async move {
            if request.uri().path() != COMPARE_CONTENTS {
                return Ok(Status::unimplemented(request.uri().path()).into_http());
            }
            let mut grpc = Grpc::new(ProstCodec::default());
            Ok(grpc.unary(CompareContents, request).await)
        })
    }
}

struct CompareContents;

impl UnaryService<CompareContentsRequest> for CompareContents {
    type Response = CompareContentsResponse;
    type Future = Ready<Result<Response<Self::Response>, Status>>;

    fn call(&mut self, request: Request<CompareContentsRequest>) -> Self::Future {
        let request = request.into_inner();
        // Bodies that did not arrive would make the measurement worthless.
        ready(match (request.expected, request.actual) {
            (Some(_), Some(_)) => Ok(Response::new(CompareContentsResponse::default())),
            _ => Err(Status::invalid_argument("a body is missing")),
        })
    }
}
