//! What the host itself can do, under the keys `core/<entry type>/<key>`: Pact's own rules and generators, and functions of
//! the caller, which win.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::call::CallContext;
use super::component::PluginContext;
use crate::error::{ErrorKind, Result, panic_message};
use crate::model::{
    Body, CatalogueEntry, CompareContentsRequest, ContentsComparison, EntryType, ExpressionMap,
    FieldValue, GenerateContentRequest, GenerateFieldRequest, MatchFieldRequest, MatchTextsRequest,
    Mismatch,
};

/// What a handler answers; an error is a text for the plugin that asked.
pub type Answer<T> = std::result::Result<T, String>;

/// The call that a handler serves.
pub struct CoreCall<'a> {
    /// The entry that was asked for.
    pub entry: &'a CoreEntry,
    /// The plugin that asks.
    pub caller: &'a PluginContext,
    /// The plugin's own call, whose deadline this one has as well.
    pub call: &'a CallContext,
}

impl CoreCall<'_> {
    /// Has the entry's handler serve the call. A panic in it becomes an error, and errors name the entry.
    pub fn serve<T>(&self, serve: impl FnOnce(&Handler) -> Answer<T>) -> Result<T> {
        let guarded = AssertUnwindSafe(|| serve(&self.entry.handler));
        let answer = catch_unwind(guarded)
            .unwrap_or_else(|panic| Err(format!("panicked: {}", panic_message(&*panic))));
        // Before the answer counts: the chain of calls ends with its deadline, whatever a handler says.
        self.call.check()?;
        answer.map_err(|message| {
            let key = format!("core/{}", self.entry.capability());
            ErrorKind::Entry { key, message }.into()
        })
    }
}

/// Compares bodies.
pub trait ContentMatcher: Send + Sync {
    /// `compare-contents`
    fn compare_contents(
        &self,
        call: &CoreCall<'_>,
        request: &CompareContentsRequest<'_>,
    ) -> Answer<ContentsComparison>;
}

/// Generates bodies.
pub trait ContentGenerator: Send + Sync {
    /// `generate-content`
    fn generate_content(
        &self,
        call: &CoreCall<'_>,
        request: &GenerateContentRequest<'_>,
    ) -> Answer<Body<'static>>;
}

/// Applies rules to single values.
pub trait FieldMatcher: Send + Sync {
    /// `match-field`
    fn match_field(
        &self,
        call: &CoreCall<'_>,
        request: &MatchFieldRequest<'_>,
    ) -> Answer<Vec<Mismatch>>;

    /// `match-texts`: one call of `match_field` for each text, unless a matcher knows better.
    fn match_texts(
        &self,
        call: &CoreCall<'_>,
        request: &MatchTextsRequest,
    ) -> Answer<Vec<(u32, Mismatch)>> {
        each_text(&call.entry.entry.key, request, |one| {
            call.call.check().map_err(|error| error.to_string())?;
            self.match_field(call, one)
        })
    }
}

/// Generates single values.
pub trait FieldGenerator: Send + Sync {
    /// `generate-field`
    fn generate_field(
        &self,
        call: &CoreCall<'_>,
        request: &GenerateFieldRequest<'_>,
    ) -> Answer<FieldValue>;
}

/// Mismatches of a field that name no path are at the path of the request (plugin protocol, match-field).
pub fn place(mismatches: &mut [Mismatch], path: &str) {
    for mismatch in mismatches {
        if mismatch.path.is_empty() {
            mismatch.path = path.to_string();
        }
    }
}

/// Checks many texts by checking each.
pub fn each_text<E>(
    key: &str,
    request: &MatchTextsRequest,
    match_field: impl Fn(&MatchFieldRequest<'_>) -> std::result::Result<Vec<Mismatch>, E>,
) -> std::result::Result<Vec<(u32, Mismatch)>, E> {
    let mut one = MatchFieldRequest {
        key: key.into(),
        rule: request.rule.clone(),
        path: request.path.as_str().into(),
        mismatch_type: request.mismatch_type,
        expected: FieldValue::Text(request.expected.clone()),
        actual: FieldValue::Null,
        plugin_configuration: request.plugin_configuration.clone(),
        test_context: request.test_context.clone(),
    };
    let mut mismatches = Vec::new();
    for (number, text) in (0..).zip(request.texts.iter()) {
        one.actual = FieldValue::Text(text.to_string());
        let found = match_field(&one)?;
        mismatches.extend(found.into_iter().map(|mismatch| (number, mismatch)));
    }
    Ok(mismatches)
}

/// What serves an entry.
#[derive(Clone)]
#[allow(missing_docs)] // named as the entry types
pub enum Handler {
    ContentMatcher(Arc<dyn ContentMatcher>),
    ContentGenerator(Arc<dyn ContentGenerator>),
    Matcher(Arc<dyn FieldMatcher>),
    Generator(Arc<dyn FieldGenerator>),
    /// Nothing: the entry says that the host handles interactions of this kind.
    Interaction,
}

impl Handler {
    fn entry_type(&self) -> EntryType {
        match self {
            Self::ContentMatcher(_) => EntryType::ContentMatcher,
            Self::ContentGenerator(_) => EntryType::ContentGenerator,
            Self::Matcher(_) => EntryType::Matcher,
            Self::Generator(_) => EntryType::Generator,
            Self::Interaction => EntryType::Interaction,
        }
    }

    pub(super) fn content_matcher(&self) -> Answer<&dyn ContentMatcher> {
        match self {
            Self::ContentMatcher(handler) => Ok(&**handler),
            _ => Err(self.is_no("content matcher")),
        }
    }

    pub(super) fn content_generator(&self) -> Answer<&dyn ContentGenerator> {
        match self {
            Self::ContentGenerator(handler) => Ok(&**handler),
            _ => Err(self.is_no("content generator")),
        }
    }

    pub(super) fn matcher(&self) -> Answer<&dyn FieldMatcher> {
        match self {
            Self::Matcher(handler) => Ok(&**handler),
            _ => Err(self.is_no("matcher")),
        }
    }

    pub(super) fn generator(&self) -> Answer<&dyn FieldGenerator> {
        match self {
            Self::Generator(handler) => Ok(&**handler),
            _ => Err(self.is_no("generator")),
        }
    }

    fn is_no(&self, wanted: &str) -> String {
        format!("is a {}, no {wanted}", self.entry_type().name())
    }
}

/// One thing that the host can do.
#[derive(Clone)]
pub struct CoreEntry {
    /// As the catalogue shows it, with the key within its type.
    pub entry: CatalogueEntry,
    /// What serves it.
    pub handler: Handler,
}

impl CoreEntry {
    /// An entry of the handler's type.
    pub fn new(key: &str, values: &[(&str, &str)], handler: Handler) -> Self {
        let owned = |(key, value): &(&str, &str)| (key.to_string(), value.to_string());
        CoreEntry {
            entry: CatalogueEntry {
                entry_type: handler.entry_type(),
                key: key.to_string(),
                values: ExpressionMap(values.iter().map(owned).collect()),
            },
            handler,
        }
    }

    /// What a plugin can require at init: `<entry type>/<key>`.
    pub fn capability(&self) -> String {
        format!("{}/{}", self.entry.entry_type.name(), self.entry.key)
    }

    /// Adds this one, in the place of one of the same type and key, which is returned. Where it names no values, it keeps the
    /// other's.
    pub fn add_to(mut self, entries: &mut Vec<CoreEntry>) -> Option<CoreEntry> {
        let same = |other: &&mut CoreEntry| {
            other.entry.entry_type == self.entry.entry_type && other.entry.key == self.entry.key
        };
        match entries.iter_mut().find(same) {
            Some(other) => {
                if self.entry.values.0.is_empty() {
                    self.entry.values = other.entry.values.clone();
                }
                Some(std::mem::replace(other, self))
            }
            None => {
                entries.push(self);
                None
            }
        }
    }
}

/// All that a host can do: the interactions of the Pact specification, Pact's rules where this build has them, and what the
/// caller brings.
pub fn entries(of_caller: &[CoreEntry]) -> Vec<CoreEntry> {
    let interactions = ["request-response", "message", "synchronous-message"];
    let mut entries: Vec<CoreEntry> = interactions
        .iter()
        .map(|key| CoreEntry::new(key, &[], Handler::Interaction))
        .collect();
    #[cfg(feature = "core-rules")]
    entries.extend(super::core_rules::entries());
    for own in of_caller {
        own.clone().add_to(&mut entries);
    }
    entries
}
