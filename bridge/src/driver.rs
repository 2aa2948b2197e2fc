//! The framework's driver: its service for plugins, where it has one.

use std::future::Future;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pact_plugin_driver::call_chain::{CALL_CHAIN_ID_METADATA_KEY, DEADLINE_METADATA_KEY};
use pact_plugin_driver::proto_v2::LogMessage;
use pact_plugin_driver::proto_v2::plugin_host_client::PluginHostClient;
use pact_wasm::driver::call::CallContext;
use pact_wasm::driver::log::LogRecord;
use pact_wasm::error::Result;
use tokio::runtime::Handle;
use tokio::sync::mpsc as queue;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use uuid::Uuid;

/// Log records that wait for the driver. More are dropped; standard error has them all.
const WAITING_RECORDS: usize = 4096;
/// No call has more time.
pub const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// How often a waiting callback looks whether the time of its call is up.
const PATIENCE: Duration = Duration::from_millis(50);

/// The client of a driver's service for plugins.
pub type Client = PluginHostClient<Channel>;

/// A driver that has a service for plugins.
pub struct Driver {
    client: Client,
    instance_id: String,
    runtime: Handle,
    log: queue::Sender<LogMessage>,
}

impl Driver {
    /// The driver that has started this process, if it has such a service. It is connected to when it is needed. Has to be called
    /// within the runtime that calls are to run on.
    pub fn from_environment() -> Option<Self> {
        let address = std::env::var("PACT_PLUGIN_HOST").ok()?;
        let instance_id = std::env::var("PACT_PLUGIN_INSTANCE_ID").unwrap_or_default();
        match Endpoint::from_shared(format!("http://{address}")) {
            Ok(endpoint) => Some(Self::new(&endpoint, instance_id)),
            Err(e) => {
                crate::log::line(format_args!(
                    "WARN  pact-wasm-bridge: PACT_PLUGIN_HOST is \"{address}\", which is no address: {e}; \
                     the plugin gets Pact's rules from the bridge"
                ));
                None
            }
        }
    }

    fn new(endpoint: &Endpoint, instance_id: String) -> Self {
        let client = PluginHostClient::new(endpoint.connect_lazy())
            .max_decoding_message_size(usize::MAX)
            .max_encoding_message_size(usize::MAX);
        let (log, mut waiting) = queue::channel(WAITING_RECORDS);
        let mut logger = client.clone();
        tokio::spawn(async move {
            while let Some(record) = waiting.recv().await {
                let sent = logger.log(Request::new(record)).await;
                if sent.is_err_and(|status| status.code() == Code::Unimplemented) {
                    return;
                }
            }
        });
        Driver {
            client,
            instance_id,
            runtime: Handle::current(),
            log,
        }
    }

    /// Passes a log record on, in the order in which they come.
    pub fn log(&self, record: &LogRecord) {
        let timestamp_ms = i64::try_from(record.timestamp_ms).unwrap_or(i64::MAX);
        // Where the queue is full or the driver takes none, standard error has to do.
        let _ = self.log.try_send(LogMessage {
            plugin_instance_id: self.instance_id.clone(),
            test_run_id: record
                .test_run_id
                .as_deref()
                .unwrap_or_default()
                .to_string(),
            level: record.level.name().to_string(),
            message: record.message.clone(),
            target: record.target.clone(),
            timestamp_ms,
        });
    }

    /// Asks the driver something within a call, with the call's chain and deadline. The outer error ends the call; the inner one is
    /// what the driver says.
    pub fn ask<Q, A, F>(
        &self,
        call: &CallContext,
        request: Q,
        rpc: impl FnOnce(Client, Request<Q>) -> F,
    ) -> Result<std::result::Result<A, Status>>
    where
        A: Send + 'static,
        F: Future<Output = std::result::Result<tonic::Response<A>, Status>> + Send + 'static,
    {
        let answer = rpc(self.client.clone(), with_chain(call, request));
        // Calls wait where they are, some of them on a runtime of the sandbox's; the one that the connection belongs to asks.
        let (done, answered) = mpsc::sync_channel(1);
        let asking = self.runtime.spawn(async move {
            let _ = done.send(answer.await.map(tonic::Response::into_inner));
        });
        loop {
            match answered.recv_timeout(PATIENCE) {
                Ok(answer) => return Ok(answer),
                Err(RecvTimeoutError::Timeout) => call.check().inspect_err(|_| asking.abort())?,
                Err(RecvTimeoutError::Disconnected) => {
                    return Ok(Err(Status::internal("the bridge is ending")));
                }
            }
        }
    }
}

/// A request with the metadata that drivers know chains of calls by (plugin protocol, proposal 007).
fn with_chain<Q>(call: &CallContext, request: Q) -> Request<Q> {
    let mut request = Request::new(request);
    // tonic panics where this is more than eight digits of hours.
    let remaining = call.remaining().min(LONGEST);
    let chain_id = match &call.chain_id {
        Some(chain_id) => chain_id.to_string(),
        // Calls of a mock server's clients begin chains.
        None => Uuid::new_v4().to_string(),
    };
    let deadline = (now() + remaining).as_millis().to_string();
    let mut insert = |key: &'static str, value: String| {
        if let Ok(value) = MetadataValue::<Ascii>::try_from(value) {
            request.metadata_mut().insert(key, value);
        }
    };
    insert(CALL_CHAIN_ID_METADATA_KEY, chain_id);
    insert(DEADLINE_METADATA_KEY, deadline);
    request.set_timeout(remaining);
    request
}

/// Since 1970-01-01 UTC.
pub fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
