//! What a driver does: starts the plugin, connects to it, calls it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Response};
use tonic_prost::ProstCodec;

use crate::Result;
use crate::protocol::{COMPARE_CONTENTS, CompareContentsRequest, CompareContentsResponse};

/// This program once more, as the plugin.
pub struct Plugin {
    child: Child,
    endpoint: Endpoint,
}

impl Plugin {
    pub fn spawn() -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("serve")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().ok_or("the plugin has no stdout")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let port: u16 = line
            .trim()
            .parse()
            .map_err(|_| format!("the plugin answers {line:?} instead of its port"))?;
        let endpoint = Channel::from_shared(format!("http://127.0.0.1:{port}"))?;
        Ok(Plugin { child, endpoint })
    }

    pub async fn connect(&self) -> Result<Connection> {
        Ok(Connection(Grpc::new(self.endpoint.connect().await?)))
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub struct Connection(Grpc<Channel>);

impl Connection {
    /// Anything but "no mismatches" is an error.
    pub async fn compare(&mut self, request: CompareContentsRequest) -> Result<()> {
        self.0.ready().await?;
        let method = PathAndQuery::from_static(COMPARE_CONTENTS);
        let response: Response<CompareContentsResponse> = self
            .0
            .unary(Request::new(request), method, ProstCodec::default())
            .await?;
        if response.into_inner() != CompareContentsResponse::default() {
            return Err("the plugin found a mismatch".into());
        }
        Ok(())
    }
}
