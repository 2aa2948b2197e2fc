//! The mock servers of a plugin, by key.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::component::RunningServer;
use crate::error::{ErrorKind, Result};
use crate::model::MockServer;

/// Servers that run, and those that died and still have their results.
#[derive(Default)]
pub struct Servers(Mutex<HashMap<String, Arc<dyn RunningServer>>>);

impl Servers {
    /// Adds a server. Each has an instance of the plugin for itself, and two instances may give the same key, so it gets
    /// another.
    pub fn add(&self, mut description: MockServer, server: Box<dyn RunningServer>) -> MockServer {
        description.key = Uuid::new_v4().to_string();
        self.lock().insert(description.key.clone(), server.into());
        description
    }

    /// The server with this key.
    pub fn get(&self, key: &str) -> Result<Arc<dyn RunningServer>> {
        let server = self.lock().get(key).cloned();
        server.ok_or_else(|| not_found(key))
    }

    /// The server with this key, which is not one of them any more.
    pub fn remove(&self, key: &str) -> Result<Arc<dyn RunningServer>> {
        let server = self.lock().remove(key);
        server.ok_or_else(|| not_found(key))
    }

    /// Ends all of them.
    pub fn end_all(&self) {
        // Taken out first: ending takes a while, and nothing is locked meanwhile.
        let servers = std::mem::take(&mut *self.lock());
        // All at once: ending one waits for it.
        for server in servers.values() {
            server.stop();
        }
        for server in servers.values() {
            server.end();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<dyn RunningServer>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn not_found(key: &str) -> crate::error::Error {
    let key = key.to_string();
    ErrorKind::ServerNotFound { key }.into()
}
