//! Pact files of version 4 of the Pact specification: what plugins set up, for Pact's own libraries to verify.

use std::ffi::c_char;

use super::error::PactWasmError;
use super::guard::{Out, guard};
use super::handle;
use super::plugin::PactWasmPlugin;
use super::record::{self, Record};
use super::results::PactWasmInteraction;
use super::text::{PactWasmBytes, PactWasmView};
use crate::driver::pact_file::{Configured, Pact, PactInteraction};
use crate::error::Result;

/// An interaction for a pact file. Set `size` to sizeof(PactWasmPactInteraction) and what is not needed to zero.
///
/// A plugin may give the request and the response of an interaction at once, as parts that carry these names: pass the
/// same handle twice. Parts without a name go where the handle is passed.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmPactInteraction {
    /// Size of this struct in bytes.
    pub size: usize,
    /// The interaction without what comes from plugins: a JSON object as in the pact file, with at least "description" and
    /// "type" ("Synchronous/HTTP", "Asynchronous/Messages" or "Synchronous/Messages"). Provider states, method, path,
    /// headers, status, rules for them, metadata, … stand in it where they stand in the file.
    pub template_json: PactWasmView,
    /// What a plugin set up for the request, or NULL. It has one part for it.
    pub request: *const PactWasmInteraction,
    /// What a plugin set up for the response, or NULL. It has one part for it, or several where the interaction is
    /// "Synchronous/Messages".
    pub response: *const PactWasmInteraction,
    /// What a plugin set up for the message of an interaction that is "Asynchronous/Messages", or NULL: one part, whatever its
    /// name. For these, and only for these, it is set instead of `request` and `response`.
    pub message: *const PactWasmInteraction,
}

// SAFETY: integers and pointers, a size in front.
unsafe impl Record for PactWasmPactInteraction {}

/// Adds an interaction to a pact file, version 4 of the Pact specification, with the plugins that it needs.
///
/// pact_json: UTF-8, the file so far; at first {"consumer":{"name":…},"provider":{"name":…}}. interaction: what to add; the
/// handles in it stay the caller's. result_json: out; the file with the interaction, UTF-8, owned by the caller, freed with
/// pactwasm_bytes_free; NULL and 0 on failure. It is the pact_json of the next call. From any thread.
///
/// What plugins set up is put into the template as Pact's own libraries do it, so that they can verify the file with the same
/// plugins: bodies to "body" or "contents" (JSON as JSON, text as text, anything else in base64), rules and generators to
/// "matchingRules" and "generators" under "body" and "metadata", the configuration of the plugin to "pluginConfiguration" and,
/// for the pact as a whole, to "plugins" in the file's "metadata", renderings to "interactionMarkup". In the same place it
/// replaces what the template has; configuration of one plugin is merged, where the response wins, and renderings follow each
/// other. HTTP bodies bring a header Content-Type unless there is one. HTTP has no metadata, so that of a message is left out
/// there.
///
/// An interaction that is in the file already is replaced. It is the same for Pact if it has the same "key", or else type,
/// description and provider states.
///
/// Errors: PACTWASM_ERROR_INVALID_ARGUMENT (the message names argument and field), PACTWASM_ERROR_UNSUPPORTED (a plugin declares
/// the types of interactions that it takes, and this is none of them), PACTWASM_ERROR_INVALID_RESPONSE (what the
/// plugin set up cannot be in a pact file, for instance a path expression that Pact cannot read), PACTWASM_ERROR_FORKED. Since
/// 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_pact_add_interaction(
    pact_json: *const c_char,
    pact_json_len: usize,
    interaction: *const PactWasmPactInteraction,
    result_json: *mut PactWasmBytes,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(result_json, "result_json", PactWasmBytes::NONE)?;
        let pact_json = PactWasmView::of(pact_json, pact_json_len);
        // SAFETY: the caller vouches for pointers, lengths and the struct for the duration of the call.
        let (pact_json, interaction) = unsafe {
            let text = pact_json.text("pact_json")?;
            (text, record::read(interaction, "interaction")?)
        };
        let template = interaction.template_json;
        let request = configured(interaction.request, "interaction.request")?;
        let response = configured(interaction.response, "interaction.response")?;
        let message = configured(interaction.message, "interaction.message")?;
        let mut pact = Pact::parse(pact_json)?;
        pact.add_interaction(&PactInteraction {
            // SAFETY: as above.
            template_json: unsafe { template.text("interaction.template_json") }?,
            request: request.as_ref(),
            response: response.as_ref(),
            message: message.as_ref(),
        })?;
        give(&out, &pact)
    })
}

/// Adds a plugin to those that a pact file needs: whoever verifies it loads them. For plugins that set up an interaction,
/// pactwasm_pact_add_interaction does it; this is for those whose rules, generators or transport the file uses otherwise.
///
/// pact_json, result_json: as in pactwasm_pact_add_interaction. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT,
/// PACTWASM_ERROR_FORKED. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_pact_add_plugin(
    plugin: *const PactWasmPlugin,
    pact_json: *const c_char,
    pact_json_len: usize,
    result_json: *mut PactWasmBytes,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(result_json, "result_json", PactWasmBytes::NONE)?;
        let it = handle::take(plugin, "plugin")?;
        let pact_json = PactWasmView::of(pact_json, pact_json_len);
        // SAFETY: the caller vouches for pointer and length for the duration of the call.
        let mut pact = Pact::parse(unsafe { pact_json.text("pact_json") }?)?;
        let manifest = it.manifest();
        pact.add_plugin(&manifest.name, &manifest.version.to_string())?;
        give(&out, &pact)
    })
}

fn configured(
    interaction: *const PactWasmInteraction,
    argument: &'static str,
) -> Result<Option<Configured>> {
    let handle = handle::take_optional(interaction, argument)?;
    Ok(handle.map(|it| it.configured()))
}

fn give(out: &Out<PactWasmBytes>, pact: &Pact) -> Result<()> {
    out.write(PactWasmBytes::new(pact.to_json()?.into_bytes()));
    Ok(())
}
