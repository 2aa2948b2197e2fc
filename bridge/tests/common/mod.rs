//! The bridge as a framework's driver has it: a process that prints a port, and a client for it.

// Each file of tests uses a part of this.
#![allow(dead_code)]

pub mod host;
pub mod messages;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::IpAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};

use pact_plugin_driver::proto::pact_plugin_client::PactPluginClient as ClientV1;
use pact_plugin_driver::proto_v2::pact_plugin_client::PactPluginClient as ClientV2;
use pact_plugin_driver::proto_v2::{InitPluginRequest, init_plugin_response};
use serde_json::Value;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

/// What the environment of a bridge may hold of ours.
const VARIABLES: [&str; 7] = [
    "LOG_LEVEL",
    "PACT_WASM_LOG_LEVEL",
    "RUST_LOG",
    "PACT_PLUGIN_HOST",
    "PACT_PLUGIN_INSTANCE_ID",
    "PACT_WASM_GRANTS",
    "PACT_PLUGIN_DIR",
];

/// Where the built plugins are.
pub fn plugins() -> PathBuf {
    let beside_the_build = || PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../plugins");
    let directory =
        std::env::var_os("PACT_WASM_TEST_PLUGINS").map_or_else(beside_the_build, PathBuf::from);
    let built = directory.is_dir();
    assert!(
        built,
        "{} is missing; run `make plugins` first",
        directory.display()
    );
    directory
}

/// The directory of a built plugin, in whatever version it is.
pub fn plugin(name: &str) -> PathBuf {
    let is_version = |path: &PathBuf| {
        let directory = path.file_name().unwrap_or_default().to_string_lossy();
        let version = directory
            .strip_prefix(name)
            .and_then(|it| it.strip_prefix('-'));
        version.is_some_and(|it| it.starts_with(|first: char| first.is_ascii_digit()))
    };
    let directories = fs::read_dir(plugins()).unwrap();
    let mut paths = directories.map(|entry| entry.unwrap().path());
    paths
        .find(is_version)
        .unwrap_or_else(|| panic!("the plugin {name} is not built"))
}

/// Where compiled plugins are kept between test runs, so that they are compiled once: the `pact-wasm` in it is the cache.
pub fn cache() -> PathBuf {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cache");
    let mut builder = fs::DirBuilder::new();
    builder
        .recursive(true)
        .mode(0o700)
        .create(&directory)
        .unwrap();
    directory
}

/// Started and not yet asked for anything. Killed at the end, as drivers do it.
pub struct Bridge {
    child: Child,
    /// What it has printed.
    pub first_line: String,
    /// Where it listens.
    pub port: u16,
    /// What clients have to know.
    pub key: String,
    stderr: Option<JoinHandle<String>>,
}

/// The command that a driver runs for the plugin in a directory.
pub fn command(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pact-wasm-bridge"));
    for variable in VARIABLES {
        command.env_remove(variable);
    }
    command
        .current_dir(directory)
        .env("XDG_CACHE_HOME", cache())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Port and key, out of the line that the bridge prints.
pub fn port_and_key(line: &str) -> (u16, String) {
    let json: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
    let port = json["port"].as_u64().and_then(|it| u16::try_from(it).ok());
    let key = json["serverKey"].as_str().expect("a key");
    (port.expect("a port"), key.to_string())
}

impl Bridge {
    /// For a built plugin.
    pub fn of(name: &str) -> Self {
        Self::start(&mut command(&plugin(name)))
    }

    /// Runs a command, and reads the first line.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().expect("the bridge starts");
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut first_line = String::new();
        stdout.read_line(&mut first_line).unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let (port, key) = port_and_key(&first_line);
        Bridge {
            first_line,
            port,
            key,
            stderr: Some(thread::spawn(move || {
                // Read to the end, as drivers do it: nothing more may come.
                let mut rest = String::new();
                let mut lines = String::new();
                thread::scope(|scope| {
                    scope.spawn(|| stdout.read_to_string(&mut rest).unwrap());
                    stderr.read_to_string(&mut lines).unwrap();
                });
                assert_eq!(rest, "", "standard output has more than one line");
                lines
            })),
            child,
        }
    }

    /// A new connection, as drivers make one for each call.
    async fn channel(&self, ip: &str) -> Channel {
        let ip: IpAddr = ip.parse().unwrap();
        let address = std::net::SocketAddr::new(ip, self.port);
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
        endpoint.connect().await.unwrap()
    }

    /// A client of interface version 2.
    pub async fn v2(&self) -> V2 {
        self.v2_at("::1").await
    }

    /// The same by way of an address.
    pub async fn v2_at(&self, ip: &str) -> V2 {
        ClientV2::with_interceptor(self.channel(ip).await, Authorization::new(&self.key))
            .max_decoding_message_size(usize::MAX)
    }

    /// A client of interface version 1.
    pub async fn v1(&self) -> V1 {
        ClientV1::with_interceptor(self.channel("::1").await, Authorization::new(&self.key))
    }

    /// A client after init.
    pub async fn ready(&self) -> V2 {
        let mut client = self.v2().await;
        let response = client
            .init_plugin(init_request())
            .await
            .unwrap()
            .into_inner();
        match response.response {
            Some(init_plugin_response::Response::Success(_)) => client,
            other => panic!("{other:?}"),
        }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it, and gives what it has written to standard error.
    pub fn into_stderr(mut self) -> String {
        self.child.kill().unwrap();
        let stderr = self.stderr.take().unwrap();
        stderr.join().unwrap()
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// As drivers send it.
pub fn init_request() -> InitPluginRequest {
    InitPluginRequest {
        implementation: "test-driver".into(),
        version: "1.2.3".into(),
        host_capabilities: vec!["matcher/type".into(), "matcher/of-the-driver".into()],
        plugin_instance_id: "instance".into(),
    }
}

/// A client of interface version 1.
pub type V1 = ClientV1<InterceptedService<Channel, Authorization>>;
/// A client of interface version 2.
pub type V2 = ClientV2<InterceptedService<Channel, Authorization>>;

/// Sends the key with each call.
#[derive(Clone)]
pub struct Authorization(MetadataValue<Ascii>);

impl Authorization {
    /// For this key.
    pub fn new(key: &str) -> Self {
        Authorization(key.parse().unwrap())
    }
}

impl tonic::service::Interceptor for Authorization {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request
            .metadata_mut()
            .insert("authorization", self.0.clone());
        Ok(request)
    }
}
