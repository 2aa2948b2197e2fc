//! What the operations on bodies give: interactions, comparisons, generated bodies.

use super::contents::{
    PACTWASM_HINT_DEFAULT, PactWasmBody, PactWasmPluginConfiguration, hint_number,
};
use super::error::PactWasmError;
use super::guard::{Out, guard, guard_infallible};
use super::handle::{self, object};
use super::log::item;
use super::record::{self, Record};
use super::text::{Kept, PactWasmView};
use crate::driver::pact_file::Configured;
use crate::driver::plugin::Plugin;
use crate::error::{ErrorKind, Result};
use crate::model::{
    Body, ConfigureInteractionResponse, ContentsComparison, InteractionResponse, MarkupType,
    Mismatch, PluginConfiguration,
};

/// A body's texts, kept for views.
pub(super) struct KeptBody {
    content_type: Kept,
    content: Kept,
    hint: i32,
}

impl From<Body<'static>> for KeptBody {
    fn from(body: Body<'static>) -> Self {
        KeptBody {
            content_type: Kept::new(body.content_type.into_owned()),
            content: Kept::optional(body.content),
            hint: hint_number(body.hint),
        }
    }
}

impl KeptBody {
    pub(super) fn view(&self) -> PactWasmBody {
        PactWasmBody {
            content_type: self.content_type.view(),
            content: self.content.view(),
            hint: self.hint,
        }
    }

    pub(super) const NONE: PactWasmBody = PactWasmBody {
        content_type: PactWasmView::ABSENT,
        content: PactWasmView::ABSENT,
        hint: PACTWASM_HINT_DEFAULT,
    };
}

#[derive(Default)]
struct KeptConfiguration {
    interaction: Kept,
    pact: Kept,
}

impl From<Option<&PluginConfiguration>> for KeptConfiguration {
    fn from(configuration: Option<&PluginConfiguration>) -> Self {
        let Some(configuration) = configuration else {
            return KeptConfiguration::default();
        };
        KeptConfiguration {
            interaction: Kept::json(configuration.interaction_configuration.as_ref()),
            pact: Kept::json(configuration.pact_configuration.as_ref()),
        }
    }
}

impl KeptConfiguration {
    fn view(&self) -> PactWasmPluginConfiguration {
        PactWasmPluginConfiguration {
            interaction_json: self.interaction.view(),
            pact_json: self.pact.view(),
        }
    }
}

/// An interaction as a plugin set it up: one or more parts. Free with pactwasm_interaction_free.
pub struct PactWasmInteraction {
    _opaque: [u8; 0],
}

object!(PactWasmInteraction, Interaction, b"PWintera");

/// What a [`PactWasmInteraction`] holds.
pub struct Interaction {
    /// The plugin's answer, without the contents of the bodies: those are in `parts`.
    configured: Configured,
    parts: Vec<Part>,
    configuration: KeptConfiguration,
}

impl Interaction {
    /// The plugin's answer as it was.
    pub(super) fn configured(&self) -> Configured {
        let mut configured = self.configured.clone();
        let responses = configured.response.interactions.iter_mut();
        for (response, part) in responses.zip(&self.parts) {
            if let (Some(body), Some(kept)) = (&mut response.contents, &part.body) {
                body.content = kept.content.bytes().map(|bytes| bytes.to_vec().into());
            }
        }
        configured
    }
}

struct Part {
    body: Option<KeptBody>,
    rules: Kept,
    generators: Kept,
    message_metadata: Kept,
    configuration: KeptConfiguration,
    markup: Kept,
    markup_type: i32,
    name: Kept,
    metadata_rules: Kept,
    metadata_generators: Kept,
}

/// CommonMark.
pub const PACTWASM_MARKUP_COMMON_MARK: i32 = 0;
/// HTML.
pub const PACTWASM_MARKUP_HTML: i32 = 1;

/// One part of an interaction. Set `size` to sizeof(PactWasmInteractionPart) before the call that fills it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmInteractionPart {
    /// Size of this struct in bytes.
    pub size: usize,
    /// "request", "response", or empty where there is only one part.
    pub part_name: PactWasmView,
    /// The body; its content type is absent where the part has no body.
    pub body: PactWasmBody,
    /// Matching rules for the body by path expression, a JSON object as in PactWasmCompareRequest.
    pub rules_json: PactWasmView,
    /// Generators for the body by path expression, a JSON object as in PactWasmGenerateRequest.
    pub generators_json: PactWasmView,
    /// Metadata for a message: a JSON object, or absent.
    pub message_metadata_json: PactWasmView,
    /// Matching rules for the metadata, a JSON object.
    pub metadata_rules_json: PactWasmView,
    /// Generators for the metadata, a JSON object.
    pub metadata_generators_json: PactWasmView,
    /// What to store in the pact file for this part.
    pub plugin_configuration: PactWasmPluginConfiguration,
    /// A rendering for people; may be empty.
    pub markup: PactWasmView,
    /// One of PACTWASM_MARKUP_….
    pub markup_type: i32,
}

// SAFETY: integers and pointers, a size in front.
unsafe impl Record for PactWasmInteractionPart {}

impl Part {
    /// Takes the content of the body away, which can be large.
    fn new(response: &mut InteractionResponse) -> Result<Self> {
        let kept = |body: &mut Body<'static>| {
            let content = body.content.take();
            KeptBody::from(Body {
                content,
                ..body.clone()
            })
        };
        Ok(Part {
            body: response.contents.as_mut().map(kept),
            rules: json(&response.rules)?,
            generators: json(&response.generators)?,
            message_metadata: Kept::json(response.message_metadata.as_ref()),
            configuration: response.plugin_configuration.as_ref().into(),
            markup: Kept::new(response.interaction_markup.as_str()),
            markup_type: match response.interaction_markup_type {
                MarkupType::CommonMark => PACTWASM_MARKUP_COMMON_MARK,
                MarkupType::Html => PACTWASM_MARKUP_HTML,
            },
            name: Kept::new(response.part_name.as_str()),
            metadata_rules: json(&response.metadata_rules)?,
            metadata_generators: json(&response.metadata_generators)?,
        })
    }

    fn view(&self) -> PactWasmInteractionPart {
        PactWasmInteractionPart {
            size: 0,
            part_name: self.name.view(),
            body: self.body.as_ref().map_or(KeptBody::NONE, KeptBody::view),
            rules_json: self.rules.view(),
            generators_json: self.generators.view(),
            message_metadata_json: self.message_metadata.view(),
            metadata_rules_json: self.metadata_rules.view(),
            metadata_generators_json: self.metadata_generators.view(),
            plugin_configuration: self.configuration.view(),
            markup: self.markup.view(),
            markup_type: self.markup_type,
        }
    }
}

fn json<T: serde::Serialize>(value: &T) -> Result<Kept> {
    let text = serde_json::to_string(value).map_err(|e| ErrorKind::Internal(e.to_string()))?;
    Ok(Kept::new(text))
}

pub(super) fn give_interaction(
    out: &Out<*mut PactWasmInteraction>,
    plugin: &Plugin,
    response: ConfigureInteractionResponse,
) -> Result<()> {
    let mut configured = Configured::by(plugin, response);
    let responses = configured.response.interactions.iter_mut();
    let parts = responses.map(Part::new).collect::<Result<_>>()?;
    out.write(handle::give(Interaction {
        parts,
        configuration: configured.response.plugin_configuration.as_ref().into(),
        configured,
    }));
    Ok(())
}

/// Number of parts; 0 for NULL or another handle. From any thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_interaction_count(
    interaction: *const PactWasmInteraction,
) -> usize {
    guard_infallible(0, || {
        handle::take(interaction, "interaction").map_or(0, |it| it.parts.len())
    })
}

/// Fills `part` with views that live as long as `interaction`.
///
/// index: from 0 to pactwasm_interaction_count − 1. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_interaction_get(
    interaction: *const PactWasmInteraction,
    index: usize,
    part: *mut PactWasmInteractionPart,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let it = handle::take(interaction, "interaction")?;
        record::write(part, "part", &item(&it.parts, index)?.view())
    })
}

/// Fills `configuration` with what the plugin wants stored for the interaction as a whole, beside that of its parts. The
/// views live as long as `interaction`.
///
/// From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_interaction_configuration(
    interaction: *const PactWasmInteraction,
    configuration: *mut PactWasmPluginConfiguration,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let none = KeptConfiguration::default().view();
        let out = Out::new(configuration, "configuration", none)?;
        out.write(
            handle::take(interaction, "interaction")?
                .configuration
                .view(),
        );
        Ok(())
    })
}

/// Frees an interaction. NULL does nothing. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_interaction_free(interaction: *mut PactWasmInteraction) {
    guard_infallible((), || handle::free(interaction));
}

/// The verdict on a body or a single value, with its mismatches. Free with pactwasm_comparison_free.
pub struct PactWasmComparison {
    _opaque: [u8; 0],
}

object!(PactWasmComparison, Comparison, b"PWcompar");

/// Body or value match.
pub const PACTWASM_VERDICT_MATCH: i32 = 0;
/// They do not match; there is at least one mismatch.
pub const PACTWASM_VERDICT_MISMATCH: i32 = 1;
/// The actual body is of another type, so it was not compared. The one mismatch holds the two content types as expected and
/// actual.
pub const PACTWASM_VERDICT_CONTENT_TYPE: i32 = 2;

/// What a [`PactWasmComparison`] holds.
pub struct Comparison {
    verdict: i32,
    mismatches: Vec<KeptMismatch>,
}

pub(super) struct KeptMismatch {
    expression: Kept,
    path: Kept,
    description: Kept,
    expected: Kept,
    actual: Kept,
    diff: Kept,
    mismatch_type: Kept,
}

/// One mismatch. Set `size` to sizeof(PactWasmMismatch) before the call that fills it.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct PactWasmMismatch {
    /// Size of this struct in bytes.
    pub size: usize,
    /// Path expression under which the plugin lists it; the path, where it lists it under none.
    pub expression: PactWasmView,
    /// Where it is: usually the same as `expression`, or more precise.
    pub path: PactWasmView,
    /// What is wrong, for people.
    pub description: PactWasmView,
    /// Expected value as bytes, usually text; absent where nothing was expected.
    pub expected: PactWasmView,
    /// Actual value as bytes, usually text; absent where there was none.
    pub actual: PactWasmView,
    /// A rendered difference, or absent.
    pub diff: PactWasmView,
    /// "body", "header", "metadata", …, or absent.
    pub mismatch_type: PactWasmView,
}

// SAFETY: integers and pointers, a size in front.
unsafe impl Record for PactWasmMismatch {}

impl KeptMismatch {
    fn new(expression: &str, mismatch: Mismatch) -> Self {
        KeptMismatch {
            expression: Kept::new(expression),
            path: Kept::new(mismatch.path),
            description: Kept::new(mismatch.description),
            expected: Kept::optional(mismatch.expected),
            actual: Kept::optional(mismatch.actual),
            diff: Kept::optional(mismatch.diff),
            mismatch_type: Kept::optional(mismatch.mismatch_type),
        }
    }

    pub(super) fn view(&self) -> PactWasmMismatch {
        PactWasmMismatch {
            size: 0,
            expression: self.expression.view(),
            path: self.path.view(),
            description: self.description.view(),
            expected: self.expected.view(),
            actual: self.actual.view(),
            diff: self.diff.view(),
            mismatch_type: self.mismatch_type.view(),
        }
    }
}

impl Comparison {
    fn new(mismatches: Vec<KeptMismatch>) -> Self {
        let verdict = if mismatches.is_empty() {
            PACTWASM_VERDICT_MATCH
        } else {
            PACTWASM_VERDICT_MISMATCH
        };
        Comparison {
            verdict,
            mismatches,
        }
    }
}

/// A mismatch that the plugin lists under no expression is listed under its path.
impl From<Mismatch> for KeptMismatch {
    fn from(mismatch: Mismatch) -> Self {
        KeptMismatch::new(&mismatch.path.clone(), mismatch)
    }
}

/// A single value has no expressions.
impl From<Vec<Mismatch>> for Comparison {
    fn from(list: Vec<Mismatch>) -> Self {
        Comparison::new(list.into_iter().map(Into::into).collect())
    }
}

impl From<ContentsComparison> for Comparison {
    fn from(comparison: ContentsComparison) -> Self {
        match comparison {
            ContentsComparison::Results(results) => {
                let flat = |(expression, list): (String, Vec<Mismatch>)| -> Vec<KeptMismatch> {
                    list.into_iter()
                        .map(|mismatch| KeptMismatch::new(&expression, mismatch))
                        .collect()
                };
                Comparison::new(results.0.into_iter().flat_map(flat).collect())
            }
            ContentsComparison::ContentTypeMismatch(types) => {
                let description = format!(
                    "expected a body of type {}, got {}",
                    types.expected, types.actual
                );
                let mismatch = Mismatch {
                    expected: Some(types.expected.into_bytes()),
                    actual: Some(types.actual.into_bytes()),
                    description,
                    path: String::new(),
                    diff: None,
                    mismatch_type: None,
                };
                Comparison {
                    verdict: PACTWASM_VERDICT_CONTENT_TYPE,
                    mismatches: vec![KeptMismatch::new("", mismatch)],
                }
            }
        }
    }
}

pub(super) fn give_comparison(
    out: &Out<*mut PactWasmComparison>,
    comparison: impl Into<Comparison>,
) {
    out.write(handle::give(comparison.into()));
}

/// The verdict.
///
/// verdict: out; one of PACTWASM_VERDICT_…, or −1 on failure. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since
/// 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_comparison_verdict(
    comparison: *const PactWasmComparison,
    verdict: *mut i32,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(verdict, "verdict", -1)?;
        out.write(handle::take(comparison, "comparison")?.verdict);
        Ok(())
    })
}

/// Number of mismatches; 0 for NULL or another handle. From any thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_comparison_count(comparison: *const PactWasmComparison) -> usize {
    guard_infallible(0, || {
        handle::take(comparison, "comparison").map_or(0, |it| it.mismatches.len())
    })
}

/// Fills `mismatch` with views that live as long as `comparison`.
///
/// index: from 0 to pactwasm_comparison_count − 1. From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_comparison_get(
    comparison: *const PactWasmComparison,
    index: usize,
    mismatch: *mut PactWasmMismatch,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let it = handle::take(comparison, "comparison")?;
        record::write(mismatch, "mismatch", &item(&it.mismatches, index)?.view())
    })
}

/// Frees a comparison. NULL does nothing. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_comparison_free(comparison: *mut PactWasmComparison) {
    guard_infallible((), || handle::free(comparison));
}

/// A generated body. Free with pactwasm_content_free.
pub struct PactWasmContent {
    _opaque: [u8; 0],
}

object!(PactWasmContent, GeneratedBody, b"PWconten");

/// What a [`PactWasmContent`] holds.
pub struct GeneratedBody(KeptBody);

pub(super) fn give_content(out: &Out<*mut PactWasmContent>, body: Body<'static>) {
    out.write(handle::give(GeneratedBody(body.into())));
}

/// Fills `body` with views that live as long as `content`.
///
/// From any thread. Errors: PACTWASM_ERROR_INVALID_ARGUMENT. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_content_get(
    content: *const PactWasmContent,
    body: *mut PactWasmBody,
    error: *mut *mut PactWasmError,
) -> i32 {
    guard(error, || {
        let out = Out::new(body, "body", KeptBody::NONE)?;
        out.write(handle::take(content, "content")?.0.view());
        Ok(())
    })
}

/// Frees a generated body. NULL does nothing. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pactwasm_content_free(content: *mut PactWasmContent) {
    guard_infallible((), || handle::free(content));
}
