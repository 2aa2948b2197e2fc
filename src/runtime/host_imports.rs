//! The functions that a plugin imports from the host: `pact:plugin/host` and `pact:plugin/crypto`.

use wasmtime::component::{HasSelf, Linker};

use super::bindings::pact::plugin::{crypto as wit, host, types};
use super::convert::{from_plugin, to_plugin};
use super::instance::State;
use super::limits::Exceeded;
use crate::crypto::{self, CryptoError, DigestAlgorithm, Key, KeyFormat, SignatureAlgorithm};
use crate::driver::call::CallContext;
use crate::driver::component::{Callbacks, PluginContext};
use crate::driver::log::Level;
use crate::error::Code;

/// Offers both interfaces to components.
pub fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    types::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    host::add_to_linker::<_, HasSelf<State>>(linker, |state| state)?;
    wit::add_to_linker::<_, HasSelf<State>>(linker, |state| state)
}

impl types::Host for State {}

/// What a callback gives to the plugin: errors as text, which the plugin may handle. Only what ends the whole chain of calls
/// ends the plugin's own as well.
fn answer<T>(result: crate::error::Result<T>) -> wasmtime::Result<Result<T, String>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) if ends_the_chain(error.code()) => Err(Exceeded::from(error).into()),
        Err(error) => Ok(Err(error.to_string())),
    }
}

fn ends_the_chain(code: Code) -> bool {
    matches!(
        code,
        Code::Deadline | Code::Cancelled | Code::Cycle | Code::Forked
    )
}

impl State {
    /// Runs a callback within the call that this instance serves.
    fn call_back<T>(
        &self,
        callback: impl FnOnce(&dyn Callbacks, &PluginContext, &CallContext) -> crate::error::Result<T>,
    ) -> wasmtime::Result<Result<T, String>> {
        let call = self
            .call
            .as_ref()
            .ok_or_else(|| wasmtime::format_err!("a callback outside of a call"))?;
        let callback = || callback(&*self.context.callbacks, &self.context, call);
        answer(self.pool.held_during(callback))
    }
}

impl host::Host for State {
    fn log(
        &mut self,
        level: host::LogLevel,
        target: String,
        message: String,
    ) -> wasmtime::Result<()> {
        let level = match level {
            host::LogLevel::Trace => Level::Trace,
            host::LogLevel::Debug => Level::Debug,
            host::LogLevel::Info => Level::Info,
            host::LogLevel::Warn => Level::Warn,
            host::LogLevel::Error => Level::Error,
        };
        self.log.write(level, target, message);
        Ok(())
    }

    fn plugin_configuration(&mut self) -> wasmtime::Result<host::Json> {
        Ok(self.context.plugin_config.as_str().to_string())
    }

    fn compare_contents(
        &mut self,
        entry_key: String,
        request: host::CompareContentsRequest,
    ) -> wasmtime::Result<Result<host::ContentsComparison, String>> {
        self.call_back(|callbacks, caller, call| {
            let request = from_plugin::compare_request(request)?;
            let result = callbacks.compare_contents(caller, call, &entry_key, &request)?;
            Ok(to_plugin::comparison(result))
        })
    }

    fn generate_content(
        &mut self,
        entry_key: String,
        request: host::GenerateContentRequest,
    ) -> wasmtime::Result<Result<host::Body, String>> {
        self.call_back(|callbacks, caller, call| {
            let request = from_plugin::generate_request(request)?;
            let result = callbacks.generate_content(caller, call, &entry_key, &request)?;
            Ok(to_plugin::body(result))
        })
    }

    fn match_field(
        &mut self,
        entry_key: String,
        request: host::MatchFieldRequest,
    ) -> wasmtime::Result<Result<Vec<host::Mismatch>, String>> {
        self.call_back(|callbacks, caller, call| {
            let request = from_plugin::match_field_request(request)?;
            let result = callbacks.match_field(caller, call, &entry_key, &request)?;
            Ok(to_plugin::mismatches(result))
        })
    }

    fn match_texts(
        &mut self,
        entry_key: String,
        request: host::MatchTextsRequest,
    ) -> wasmtime::Result<Result<Vec<(u32, host::Mismatch)>, String>> {
        self.call_back(|callbacks, caller, call| {
            let request = from_plugin::match_texts_request(request)?;
            let result = callbacks.match_texts(caller, call, &entry_key, &request)?;
            let numbered = |(number, mismatch)| (number, to_plugin::mismatch(mismatch));
            Ok(result.into_iter().map(numbered).collect())
        })
    }

    fn generate_field(
        &mut self,
        entry_key: String,
        request: host::GenerateFieldRequest,
    ) -> wasmtime::Result<Result<host::FieldValue, String>> {
        self.call_back(|callbacks, caller, call| {
            let request = from_plugin::generate_field_request(request)?;
            let result = callbacks.generate_field(caller, call, &entry_key, &request)?;
            Ok(to_plugin::field_value(result))
        })
    }
}

impl wit::Host for State {
    fn sign(
        &mut self,
        algorithm: wit::SignatureAlgorithm,
        key: wit::Key,
        data: Vec<u8>,
    ) -> wasmtime::Result<Result<Vec<u8>, wit::CryptoError>> {
        Ok(crypto::sign(algorithm.into(), &key.into(), &data).map_err(Into::into))
    }

    fn verify(
        &mut self,
        algorithm: wit::SignatureAlgorithm,
        key: wit::Key,
        data: Vec<u8>,
        signature: Vec<u8>,
    ) -> wasmtime::Result<Result<bool, wit::CryptoError>> {
        Ok(crypto::verify(algorithm.into(), &key.into(), &data, &signature).map_err(Into::into))
    }

    fn public_key(
        &mut self,
        private_key: wit::Key,
        format: wit::KeyFormat,
    ) -> wasmtime::Result<Result<wit::Key, wit::CryptoError>> {
        Ok(crypto::public_key(&private_key.into(), format.into())
            .map(Into::into)
            .map_err(Into::into))
    }

    fn convert_key(
        &mut self,
        key: wit::Key,
        format: wit::KeyFormat,
    ) -> wasmtime::Result<Result<wit::Key, wit::CryptoError>> {
        Ok(crypto::convert_key(&key.into(), format.into())
            .map(Into::into)
            .map_err(Into::into))
    }

    fn digest(
        &mut self,
        algorithm: wit::DigestAlgorithm,
        data: Vec<u8>,
    ) -> wasmtime::Result<Vec<u8>> {
        Ok(crypto::digest(algorithm.into(), &data))
    }

    fn random_bytes(&mut self, length: u32) -> wasmtime::Result<Vec<u8>> {
        crypto::random_bytes(length as usize)
            .map_err(|e| wasmtime::format_err!("random-bytes: {e}"))
    }
}

impl From<wit::SignatureAlgorithm> for SignatureAlgorithm {
    fn from(algorithm: wit::SignatureAlgorithm) -> Self {
        match algorithm {
            wit::SignatureAlgorithm::Hs256 => Self::Hs256,
            wit::SignatureAlgorithm::Hs384 => Self::Hs384,
            wit::SignatureAlgorithm::Hs512 => Self::Hs512,
            wit::SignatureAlgorithm::Rs256 => Self::Rs256,
            wit::SignatureAlgorithm::Rs384 => Self::Rs384,
            wit::SignatureAlgorithm::Rs512 => Self::Rs512,
            wit::SignatureAlgorithm::Ps256 => Self::Ps256,
            wit::SignatureAlgorithm::Ps384 => Self::Ps384,
            wit::SignatureAlgorithm::Ps512 => Self::Ps512,
            wit::SignatureAlgorithm::Es256 => Self::Es256,
            wit::SignatureAlgorithm::Es384 => Self::Es384,
            wit::SignatureAlgorithm::EdDsa => Self::EdDsa,
        }
    }
}

impl From<wit::DigestAlgorithm> for DigestAlgorithm {
    fn from(algorithm: wit::DigestAlgorithm) -> Self {
        match algorithm {
            wit::DigestAlgorithm::Sha256 => Self::Sha256,
            wit::DigestAlgorithm::Sha384 => Self::Sha384,
            wit::DigestAlgorithm::Sha512 => Self::Sha512,
        }
    }
}

impl From<wit::KeyFormat> for KeyFormat {
    fn from(format: wit::KeyFormat) -> Self {
        match format {
            wit::KeyFormat::Pem => Self::Pem,
            wit::KeyFormat::Der => Self::Der,
            wit::KeyFormat::Jwk => Self::Jwk,
        }
    }
}

impl From<wit::Key> for Key {
    fn from(key: wit::Key) -> Self {
        match key {
            wit::Key::Pem(text) => Self::Pem(text),
            wit::Key::Der(bytes) => Self::Der(bytes),
            wit::Key::Jwk(json) => Self::Jwk(json),
            wit::Key::Secret(bytes) => Self::Secret(bytes),
        }
    }
}

impl From<Key> for wit::Key {
    fn from(key: Key) -> Self {
        match key {
            Key::Pem(text) => Self::Pem(text),
            Key::Der(bytes) => Self::Der(bytes),
            Key::Jwk(json) => Self::Jwk(json),
            Key::Secret(bytes) => Self::Secret(bytes),
        }
    }
}

impl From<CryptoError> for wit::CryptoError {
    fn from(error: CryptoError) -> Self {
        match error {
            CryptoError::InvalidKey(reason) => Self::InvalidKey(reason),
            CryptoError::Unsupported(reason) => Self::Unsupported(reason),
            CryptoError::Failed(reason) => Self::Failed(reason),
        }
    }
}
