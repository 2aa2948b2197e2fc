//! What a driver does: starts the plugin, connects to it, calls it.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use prost::Message;
use tonic::Request;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic_prost::ProstCodec;

use crate::Result;
use crate::protocol::{
    COMPARE_CONTENTS, CompareContentsRequest, CompareContentsResponse, INIT_PLUGIN,
    InitPluginRequest, InitPluginResponse,
};

/// What the plugin is.
#[derive(Clone, Copy, PartialEq)]
pub enum Serves {
    /// This program once more: a gRPC server that does nothing.
    Nothing,
    /// The bridge, with the component of this plugin.
    Bridge(&'static str),
}

/// A plugin's process.
pub struct Plugin {
    child: Child,
    // Drivers read it as long as the plugin lives, and the bridge ends when nobody does.
    _stdout: BufReader<ChildStdout>,
    endpoint: Endpoint,
    serves: Serves,
    key: MetadataValue<Ascii>,
}

impl Plugin {
    pub fn spawn(serves: Serves) -> Result<Self> {
        let mut command = match serves {
            Serves::Nothing => Command::new(std::env::current_exe()?),
            Serves::Bridge(_) => Command::new(bridge()?),
        };
        match serves {
            Serves::Nothing => command.arg("serve"),
            Serves::Bridge(plugin) => command.current_dir(directory(plugin)?),
        };
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().ok_or("the plugin has no stdout")?;
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let wrong = || format!("the plugin answers {line:?} instead of its port");
        let (port, key) = port_and_key(line.trim()).ok_or_else(wrong)?;
        let endpoint = Channel::from_shared(format!("http://127.0.0.1:{port}"))?;
        Ok(Plugin {
            child,
            _stdout: stdout,
            endpoint,
            serves,
            key: key.parse()?,
        })
    }

    pub async fn connect(&self) -> Result<Connection> {
        Ok(Connection {
            grpc: Grpc::new(self.endpoint.connect().await?),
            key: self.key.clone(),
        })
    }

    /// `InitPlugin`, which a plugin that does nothing does not know.
    pub async fn init(&self, connection: &mut Connection) -> Result<()> {
        if self.serves == Serves::Nothing {
            return Ok(());
        }
        let request = InitPluginRequest {
            implementation: "bench".to_string(),
            version: "1".to_string(),
        };
        let InitPluginResponse {} = connection.call(INIT_PLUGIN, request).await?;
        Ok(())
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

/// The executable of the bridge.
pub fn bridge() -> Result<PathBuf> {
    let bridge = std::env::var_os("PACT_WASM_BENCH_BRIDGE");
    Ok(bridge.ok_or("PACT_WASM_BENCH_BRIDGE is not set")?.into())
}

/// The directory of a plugin, in whatever version it is.
fn directory(plugin: &str) -> Result<PathBuf> {
    let plugins = std::env::var("PACT_WASM_TEST_PLUGINS")?;
    for entry in std::fs::read_dir(plugins)? {
        let directory = entry?.path();
        if directory.join(plugin).with_extension("wasm").exists() {
            return Ok(directory);
        }
    }
    Err(format!("there is no plugin {plugin}").into())
}

/// Out of the line that plugins print. A plugin that does nothing has no key.
fn port_and_key(line: &str) -> Option<(u16, String)> {
    if let Ok(port) = line.parse() {
        return Some((port, String::new()));
    }
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    let port = line["port"].as_u64()?.try_into().ok()?;
    Some((port, line["serverKey"].as_str()?.to_string()))
}

impl Drop for Plugin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub struct Connection {
    grpc: Grpc<Channel>,
    key: MetadataValue<Ascii>,
}

impl Connection {
    /// Anything but "no mismatches" is an error.
    pub async fn compare(&mut self, request: CompareContentsRequest) -> Result<()> {
        let response: CompareContentsResponse = self.call(COMPARE_CONTENTS, request).await?;
        if response != CompareContentsResponse::default() {
            return Err("the plugin found a mismatch".into());
        }
        Ok(())
    }

    async fn call<Q, A>(&mut self, method: &'static str, request: Q) -> Result<A>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.grpc.ready().await?;
        let mut request = Request::new(request);
        let metadata = request.metadata_mut();
        metadata.insert("authorization", self.key.clone());
        let method = PathAndQuery::from_static(method);
        let response = self.grpc.unary(request, method, ProstCodec::default());
        Ok(response.await?.into_inner())
    }
}
