//! The operations of the protocol, with the messages of interface version 2: each is converted, served by the plugin, and answered.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pact_plugin_driver::call_chain::{CALL_CHAIN_ID_METADATA_KEY, DEADLINE_METADATA_KEY};
use pact_plugin_driver::proto_v2 as message;
use pact_plugin_driver::proto_v2::generate_content_request::ContentFor;
use pact_wasm::driver::call::CallOptions;
use pact_wasm::error::{Code, Error, ErrorKind, Result};
use pact_wasm::runtime::where_waiting_is_allowed;
use tokio::sync::Semaphore;
use tonic::metadata::MetadataMap;
use tonic::{Request, Status};
use uuid::Uuid;

use crate::convert::to_message::Failure;
use crate::convert::{from_message, to_message};
use crate::driver::{LONGEST, now};
use crate::finished::Finished;
use crate::plugin::{Loaded, Plugin};
use crate::quirks::{self, Part, Quirks};
use crate::size;

/// How much earlier than the driver's deadline the plugin has to be done, so that its answer, or the error that tells what took so
/// long, still arrives.
const WAY_BACK: Duration = Duration::from_millis(50);

/// Serves the operations.
#[derive(Clone)]
pub struct Operations {
    plugin: Arc<Plugin>,
    finished: Arc<Finished>,
    is_called: Arc<AtomicBool>,
    quirks: Arc<Mutex<Quirks>>,
    /// A thread waits for each call. tokio has 512 of them, and one has to be left for everything else.
    threads: Arc<Semaphore>,
}

/// How many calls wait for the plugin at once. Far more than there are instances, because calls can come from within calls.
const MOST_CALLS: usize = 256;

/// What the driver says about a call, beside the request.
fn options(metadata: &MetadataMap) -> CallOptions {
    let text = |key| metadata.get(key)?.to_str().ok();
    let deadline = text(DEADLINE_METADATA_KEY).and_then(|it| it.parse().ok());
    let until_deadline = deadline.map(|it| Duration::from_millis(it).saturating_sub(now()));
    let of_grpc = text(TIMEOUT_METADATA_KEY).and_then(grpc_timeout);
    let timeout = match (until_deadline, of_grpc) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    let chain_id = match text(CALL_CHAIN_ID_METADATA_KEY) {
        Some(chain_id) => chain_id.into(),
        None => Uuid::new_v4().to_string().into(),
    };
    CallOptions {
        timeout: timeout.map(|it| it.saturating_sub(WAY_BACK).min(LONGEST)),
        chain_id: Some(chain_id),
        ..CallOptions::default()
    }
}

/// gRPC's own metadata for the time that a call may take.
const TIMEOUT_METADATA_KEY: &str = "grpc-timeout";

/// Eight digits at most, and a unit (gRPC over HTTP/2, "Timeout").
fn grpc_timeout(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let count: u32 = digits.parse().ok().filter(|_| digits.len() <= 8)?;
    let unit = match unit {
        "H" => Duration::from_secs(3600),
        "M" => Duration::from_secs(60),
        "S" => Duration::from_secs(1),
        "m" => Duration::from_millis(1),
        "u" => Duration::from_micros(1),
        "n" => Duration::from_nanos(1),
        _ => return None,
    };
    Some(unit * count)
}

impl Operations {
    pub fn new(plugin: Plugin) -> Self {
        Operations {
            plugin: Arc::new(plugin),
            finished: Arc::default(),
            is_called: Arc::default(),
            quirks: Arc::default(),
            threads: Arc::new(Semaphore::new(MOST_CALLS)),
        }
    }

    /// Runs `work` with the plugin, when it is loaded.
    async fn call<Q: Send, T: Send>(
        &self,
        operation: &'static str,
        request: Request<Q>,
        work: impl FnOnce(&Loaded, &CallOptions, Q) -> Result<T> + Send,
    ) -> Result<T> {
        let (metadata, _, request) = request.into_parts();
        let loaded = self.plugin.loaded().await?;
        let mut options = options(&metadata);
        let arrival = Instant::now();
        // It is never closed.
        let _thread = self.threads.acquire().await;
        options.timeout = options
            .timeout
            .map(|it| it.saturating_sub(arrival.elapsed()));
        // This thread waits, and tokio has another one go on with everything else. Waking a thread for the call, and waking this one
        // for its answer, would take longer than most calls.
        let result = tokio::task::block_in_place(|| {
            where_waiting_is_allowed(|| work(&loaded, &options, request))
        });
        result.map_err(|error| {
            let manifest = loaded.plugin.manifest();
            let version = manifest.version.to_string();
            let error = error.with_operation(operation);
            error.with_plugin(&manifest.name, &version)
        })
    }

    /// As [`call`](Self::call), for responses that have a place for an error.
    async fn answer<Q: Send, T: Failure + Send>(
        &self,
        operation: &'static str,
        request: Request<Q>,
        work: impl FnOnce(&Loaded, &CallOptions, Q) -> Result<T> + Send,
    ) -> T {
        let response = self.call(operation, request, work).await;
        response.unwrap_or_else(|error| T::failure(explained(&error)))
    }

    /// Those of the driver that has called init.
    fn quirks(&self) -> MutexGuard<'_, Quirks> {
        self.quirks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the process if nobody has called init by then. Drivers that have died right after the start may not be noticed otherwise
    /// (see [`parent`](crate::parent)).
    pub async fn end_unless_called(self, within: Duration) {
        tokio::time::sleep(within).await;
        if !self.is_called.load(Ordering::Relaxed) {
            let seconds = within.as_secs();
            crate::log::line(format_args!(
                "WARN  pact-wasm-bridge: nobody has initialised the plugin within {seconds} s; ending"
            ));
            std::process::exit(1);
        }
    }

    /// `InitPlugin`. The plugin is told what the driver can do, and what the bridge can do in its place.
    pub async fn init(
        &self,
        request: Request<message::InitPluginRequest>,
    ) -> Result<message::InitPluginResponse> {
        let driver = request.get_ref();
        *self.quirks() = Quirks::of(&driver.implementation, &driver.version);
        self.is_called.store(true, Ordering::Relaxed);
        self.call("init", request, |loaded, options, request| {
            let mut request = from_message::init_request(request);
            for capability in loaded.host.capabilities() {
                if !request.host_capabilities.contains(&capability) {
                    request.host_capabilities.push(capability);
                }
            }
            loaded.plugin.init_for(options, &request)?;
            let response = loaded.plugin.init_response().map(to_message::init_response);
            Ok(response.unwrap_or_default())
        })
        .await
    }

    /// `UpdateCatalogue`
    pub async fn update_catalogue(&self, request: Request<message::Catalogue>) -> Result<()> {
        self.call("update-catalogue", request, |loaded, options, request| {
            let entries = from_message::catalogue(request);
            loaded.plugin.update_catalogue(options, entries)
        })
        .await
    }

    /// `ConfigureInteraction`
    pub async fn configure_interaction(
        &self,
        request: Request<message::ConfigureInteractionRequest>,
    ) -> message::ConfigureInteractionResponse {
        let work = |loaded: &Loaded, options: &CallOptions, request| {
            let request = from_message::configure_request(request)?;
            let response = loaded.plugin.configure_interaction(options, &request)?;
            told(to_message::configure_response(response))
        };
        let mut response = self.answer("configure-interaction", request, work).await;
        let quirks = *self.quirks();
        if quirks.merges_configurations {
            quirks::drop_repeated_configuration(&mut response);
        }
        if quirks.refuses_generators {
            for generator in quirks::take_generators_of_plugins(&mut response) {
                crate::log::line(format_args!(
                    "WARN  pact-wasm-bridge: the generator {generator} is left out, as this framework takes none of plugins"
                ));
            }
        }
        response
    }

    /// `CompareContents`
    pub async fn compare_contents(
        &self,
        mut request: Request<message::CompareContentsRequest>,
    ) -> message::CompareContentsResponse {
        if self.quirks().merges_configurations {
            let request = request.get_mut();
            let part = Part::compared(request.allow_unexpected_keys);
            quirks::split_configuration(&mut request.plugin_configuration, part);
        }
        let work = |loaded: &Loaded, options: &CallOptions, request| {
            let request = from_message::compare_request(request)?;
            let comparison = loaded.plugin.compare_contents(options, &request)?;
            Ok(to_message::compare_response(comparison))
        };
        let mut response = self.answer("compare-contents", request, work).await;
        size::fit(&mut response);
        response
    }

    /// `GenerateContent`
    pub async fn generate_content(
        &self,
        mut request: Request<message::GenerateContentRequest>,
    ) -> Result<message::GenerateContentResponse> {
        if self.quirks().merges_configurations {
            let request = request.get_mut();
            let part = match request.content_for() {
                ContentFor::Request => Part::Request,
                ContentFor::Response => Part::Response,
            };
            quirks::split_configuration(&mut request.plugin_configuration, part);
        }
        self.call("generate-content", request, |loaded, options, request| {
            let request = from_message::generate_content_request(request)?;
            let body = loaded.plugin.generate_content(options, &request)?;
            let contents = Some(to_message::body(body));
            Ok(message::GenerateContentResponse { contents })
        })
        .await
    }

    /// `MatchField`
    pub async fn match_field(
        &self,
        request: Request<message::MatchFieldRequest>,
    ) -> message::MatchFieldResponse {
        let work = |loaded: &Loaded, options: &CallOptions, request| {
            let request = from_message::match_field_request(request)?;
            let mismatches = loaded.plugin.match_field(options, &request)?;
            Ok(message::MatchFieldResponse {
                error: String::new(),
                mismatches: to_message::mismatches(mismatches),
            })
        };
        self.answer("match-field", request, work).await
    }

    /// `GenerateField`
    pub async fn generate_field(
        &self,
        request: Request<message::GenerateFieldRequest>,
    ) -> message::GenerateFieldResponse {
        let work = |loaded: &Loaded, options: &CallOptions, request| {
            let request = from_message::generate_field_request(request)?;
            let value = loaded.plugin.generate_field(options, &request)?;
            Ok(message::GenerateFieldResponse {
                error: String::new(),
                value: Some(told(to_message::field_value(value))?),
            })
        };
        self.answer("generate-field", request, work).await
    }

    /// `StartMockServer`
    pub async fn start_mock_server(
        &self,
        request: Request<message::StartMockServerRequest>,
    ) -> message::StartMockServerResponse {
        use message::start_mock_server_response::Response;
        let work = |loaded: &Loaded, options: &CallOptions, request| {
            let request = from_message::start_request(request)?;
            let server = loaded.plugin.start_mock_server(options, &request)?;
            let details = to_message::mock_server(server, request.tls);
            Ok(Response::Details(details))
        };
        let response = Some(self.answer("start-mock-server", request, work).await);
        message::StartMockServerResponse { response }
    }

    /// `GetMockServerResults`
    pub async fn mock_server_results(
        &self,
        request: Request<message::MockServerRequest>,
    ) -> Result<message::MockServerResults> {
        let operation = "get-mock-server-results";
        self.call(operation, request, |loaded, options, request| {
            let key = request.server_key;
            let results = loaded.plugin.mock_server_results(options, &key);
            self.finished
                .or_of_finished(&key, results.map(to_message::mock_server_results))
        })
        .await
    }

    /// `ShutdownMockServer`
    pub async fn shutdown_mock_server(
        &self,
        request: Request<message::MockServerRequest>,
    ) -> Result<message::MockServerResults> {
        let operation = "shutdown-mock-server";
        self.call(operation, request, |loaded, options, request| {
            let key = request.server_key;
            let results = loaded.plugin.shutdown_mock_server(options, &key);
            let results = results.map(to_message::mock_server_results);
            if let Ok(results) = &results {
                self.finished.remember(key.clone(), results.clone());
            }
            self.finished.or_of_finished(&key, results)
        })
        .await
    }

    /// `PrepareInteractionForVerification`
    pub async fn prepare_interaction(
        &self,
        request: Request<message::VerificationPreparationRequest>,
    ) -> message::VerificationPreparationResponse {
        use message::verification_preparation_response::Response;
        let work = |loaded: &Loaded, options: &CallOptions, request| {
            let request = from_message::prepare_request(request)?;
            let data = loaded.plugin.prepare_interaction(options, &request)?;
            let data = told(to_message::interaction_data(data))?;
            Ok(Response::InteractionData(data))
        };
        let operation = "prepare-interaction-for-verification";
        let response = Some(self.answer(operation, request, work).await);
        message::VerificationPreparationResponse { response }
    }

    /// `VerifyInteraction`
    pub async fn verify_interaction(
        &self,
        request: Request<message::VerifyInteractionRequest>,
    ) -> message::VerifyInteractionResponse {
        use message::verify_interaction_response::Response;
        let work = |loaded: &Loaded, options: &CallOptions, request| {
            let request = from_message::verify_request(request)?;
            let result = loaded.plugin.verify_interaction(options, &request)?;
            let result = told(to_message::verification_result(result))?;
            Ok(Response::Result(result))
        };
        let response = Some(self.answer("verify-interaction", request, work).await);
        message::VerifyInteractionResponse { response }
    }

    /// The name of the plugin, by which it finds what is its own in a pact file.
    pub async fn plugin_name(&self) -> Result<String> {
        let loaded = self.plugin.loaded().await?;
        Ok(loaded.plugin.manifest().name.clone())
    }
}

/// An answer of the plugin, if it can be told.
fn told<T>(message: to_message::Converted<T>) -> Result<T> {
    message.map_err(|reason| {
        let field = "JSON".to_string();
        ErrorKind::InvalidResponse { field, reason }.into()
    })
}

/// An error of an operation whose response has no field for it.
#[allow(clippy::needless_pass_by_value)] // for map_err
pub fn status(error: Error) -> Status {
    let code = match error.code() {
        Code::InvalidArgument => tonic::Code::InvalidArgument,
        Code::NotFound => tonic::Code::NotFound,
        Code::Deadline => tonic::Code::DeadlineExceeded,
        Code::Cancelled => tonic::Code::Cancelled,
        Code::Unsupported => tonic::Code::Unimplemented,
        Code::WrongState | Code::Incompatible | Code::ManifestInvalid | Code::ComponentInvalid => {
            tonic::Code::FailedPrecondition
        }
        Code::Permission => tonic::Code::PermissionDenied,
        Code::MemoryLimit | Code::HostCallLimit | Code::StackLimit | Code::ResourceLimit => {
            tonic::Code::ResourceExhausted
        }
        _ => tonic::Code::Internal,
    };
    Status::new(code, shortened(explained(&error)))
}

/// The text of an error, with what its user can do about it here.
pub fn explained(error: &Error) -> String {
    let grant = match error.code() {
        Code::Permission => {
            "; the bridge grants what `pact-wasm install --exec --grant …` has put into the manifest's args, and what \
             PACT_WASM_GRANTS says, such as connect=localhost:8080"
        }
        _ => "",
    };
    format!("{error}{grant}")
}

/// A status travels in a header, where clients take 8 KiB, and each byte can become three. The rest of the text is cut off.
fn shortened(mut text: String) -> String {
    const MOST: usize = 2000;
    if text.len() > MOST {
        text.truncate(text.floor_char_boundary(MOST));
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_those_of_grpc() {
        assert_eq!(grpc_timeout("200m"), Some(Duration::from_millis(200)));
        assert_eq!(
            grpc_timeout("99999999H"),
            Some(Duration::from_secs(3600) * 99_999_999)
        );
        assert_eq!(grpc_timeout("1n"), Some(Duration::from_nanos(1)));
        for wrong in ["", "m", "1", "1x", "-1S", "100000000S", "1.5S", "1€"] {
            assert_eq!(grpc_timeout(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_shorter_time_counts_less_the_way_back() {
        let timeout = |deadline: Option<u64>, grpc: Option<&str>| {
            let mut metadata = MetadataMap::new();
            let deadline = deadline.map(|it| now() + Duration::from_secs(it));
            if let Some(deadline) = deadline {
                let text = deadline.as_millis().to_string();
                metadata.insert(DEADLINE_METADATA_KEY, text.parse().unwrap());
            }
            if let Some(grpc) = grpc {
                metadata.insert(TIMEOUT_METADATA_KEY, grpc.parse().unwrap());
            }
            options(&metadata).timeout.map(|it| it.as_secs())
        };
        assert_eq!(timeout(None, None), None);
        assert_eq!(timeout(None, Some("5S")), Some(4));
        assert_eq!(timeout(Some(9), None), Some(8));
        assert_eq!(timeout(Some(9), Some("5S")), Some(4));
        assert_eq!(timeout(Some(3), Some("5S")), Some(2));
        assert_eq!(timeout(Some(0), None), Some(0));
    }
}
