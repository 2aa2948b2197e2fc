//! The results of mock servers that were shut down. pact-jvm shuts each server down twice, and takes an error of the second time for
//! a failure of the test.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pact_plugin_driver::proto_v2::MockServerResults;
use pact_wasm::error::{Code, Result};

/// How many servers are remembered. Who asks again does so soon.
const REMEMBERED: usize = 64;

/// Final results by key, oldest first.
#[derive(Default)]
pub struct Finished(Mutex<VecDeque<(String, MockServerResults)>>);

impl Finished {
    /// Keeps what a server has seen.
    pub fn remember(&self, key: String, results: MockServerResults) {
        let mut servers = self.servers();
        if servers.len() == REMEMBERED {
            servers.pop_front();
        }
        servers.push_back((key, results));
    }

    /// The results of a server that was shut down, where the plugin does not know it any more.
    pub fn or_of_finished(
        &self,
        key: &str,
        results: Result<MockServerResults>,
    ) -> Result<MockServerResults> {
        let Err(error) = &results else {
            return results;
        };
        if error.code() != Code::NotFound {
            return results;
        }
        let servers = self.servers();
        let remembered = servers.iter().find(|(finished, _)| finished == key);
        remembered.map_or(results, |(_, results)| Ok(results.clone()))
    }

    fn servers(&self) -> MutexGuard<'_, VecDeque<(String, MockServerResults)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
