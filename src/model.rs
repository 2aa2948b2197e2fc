//! Plain Rust types of the plugin interface: what `wit/types.wit` describes, without WebAssembly.
//!
//! Requests borrow what the caller hands in, so that a body of any size goes to the plugin without a copy of ours;
//! responses own their data. The serde forms are those of the generic call: camel case, bodies in base64, expression maps
//! as JSON objects.

mod fields;
mod json;
pub(crate) mod strict;
mod transports;

use std::borrow::Cow;
use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap};
use std::fmt;

use base64::engine::general_purpose::STANDARD as BASE64;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::ErrorKind;
pub use fields::{
    FieldSource, FieldValue, GenerateFieldRequest, MatchFieldRequest, MatchTextsRequest, Texts,
};
pub use json::{Json, JsonObject, JsonStructure};
use strict::strict;
pub use transports::{
    InteractionContents, InteractionData, MetadataValue, MockServer, MockServerResult,
    MockServerResults, PrepareInteractionRequest, StartMockServerRequest, VerificationFailure,
    VerificationResult, VerifyInteractionRequest,
};

/// Bytes that JSON holds in base64 (RFC 4648, with padding).
mod base64_bytes {
    use super::{BASE64, Cow, Deserialize, Deserializer, Serializer};
    use base64::Engine as _;
    use serde::de::Error;

    #[allow(clippy::ref_option)] // serde's `with` prescribes the signature
    pub fn serialize<S: Serializer, B: AsRef<[u8]>>(
        bytes: &Option<B>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => always::serialize(bytes, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>, B: From<Vec<u8>>>(
        deserializer: D,
    ) -> Result<Option<B>, D::Error> {
        let text = Option::<Cow<'de, str>>::deserialize(deserializer)?;
        text.map(|text| decode(&text))
            .transpose()
            .map(|bytes| bytes.map(B::from))
    }

    fn decode<E: Error>(text: &str) -> Result<Vec<u8>, E> {
        BASE64
            .decode(text.as_bytes())
            .map_err(|e| E::custom(format!("not base64: {e}")))
    }

    /// For bytes that are never absent.
    pub mod always {
        use super::{BASE64, Cow, Deserialize, Deserializer, Serializer, decode};
        use base64::Engine as _;

        pub fn serialize<S: Serializer, B: AsRef<[u8]>>(
            bytes: &B,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(&BASE64.encode(bytes))
        }

        pub fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Vec<u8>, D::Error> {
            decode(&Cow::<str>::deserialize(deserializer)?)
        }
    }
}

/// Values by path expression or name, in order. In JSON an object; a key that occurs twice is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpressionMap<T>(pub Vec<(String, T)>);

impl<T> Default for ExpressionMap<T> {
    fn default() -> Self {
        ExpressionMap(Vec::new())
    }
}

impl<T> ExpressionMap<T> {
    /// A key that occurs twice, if there is one. In JSON it would hide the value of the first.
    pub fn twice(&self) -> Option<&str> {
        let mut seen = HashSet::new();
        let keys = self.0.iter().map(|(key, _)| key.as_str());
        keys.into_iter().find(|key| !seen.insert(*key))
    }
}

impl<T> ExpressionMap<Vec<T>> {
    /// Lists that come under one expression become one list, where the first of them is.
    pub fn merged(lists: impl IntoIterator<Item = (String, Vec<T>)>) -> Self {
        let mut merged: Vec<(String, Vec<T>)> = Vec::new();
        let mut places = HashMap::<String, usize>::new();
        for (expression, list) in lists {
            match places.entry(expression.clone()) {
                Entry::Occupied(place) => merged[*place.get()].1.extend(list),
                Entry::Vacant(place) => {
                    place.insert(merged.len());
                    merged.push((expression, list));
                }
            }
        }
        ExpressionMap(merged)
    }
}

impl<T: Serialize> Serialize for ExpressionMap<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (expression, value) in &self.0 {
            map.serialize_entry(expression, value)?;
        }
        map.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ExpressionMap<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = ExpressionMap<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let mut entries: Vec<(String, T)> =
                    Vec::with_capacity(access.size_hint().unwrap_or(0));
                let mut seen = HashSet::new();
                while let Some((expression, value)) = access.next_entry::<String, T>()? {
                    if !seen.insert(expression.clone()) {
                        return Err(A::Error::custom(format!(
                            "the key \"{expression}\" occurs twice"
                        )));
                    }
                    entries.push((expression, value));
                }
                Ok(ExpressionMap(entries))
            }
        }
        deserializer.deserialize_map(Entries(std::marker::PhantomData))
    }
}

/// How to treat a body whose content type does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "lowercase")]
pub enum ContentTypeHint {
    /// Decide from the content type.
    #[default]
    Default,
    /// Text.
    Text,
    /// Binary.
    Binary,
}

/// The body of a request, a response or a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", deny_unknown_fields)]
pub struct Body<'a> {
    /// MIME type; empty where it is not known.
    #[serde(borrow)]
    pub content_type: Cow<'a, str>,
    /// The bytes; a missing body and an empty one differ.
    #[serde(default, with = "base64_bytes")]
    pub content: Option<Cow<'a, [u8]>>,
    /// How to treat it.
    #[serde(default)]
    pub hint: ContentTypeHint,
}

impl Body<'_> {
    /// A body that owns its bytes.
    pub fn into_owned(self) -> Body<'static> {
        Body {
            content_type: self.content_type.into_owned().into(),
            content: self.content.map(|bytes| bytes.into_owned().into()),
            hint: self.hint,
        }
    }
}

/// What a catalogue entry stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "kebab-case")]
#[allow(missing_docs)] // named as in the protocol
pub enum EntryType {
    ContentMatcher,
    ContentGenerator,
    Transport,
    Matcher,
    Interaction,
    Generator,
}

impl EntryType {
    /// The name used in catalogue keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::ContentMatcher => "content-matcher",
            Self::ContentGenerator => "content-generator",
            Self::Transport => "transport",
            Self::Matcher => "matcher",
            Self::Interaction => "interaction",
            Self::Generator => "generator",
        }
    }
}

/// One thing that a plugin can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", deny_unknown_fields)]
pub struct CatalogueEntry {
    /// What it stands for.
    pub entry_type: EntryType,
    /// Its name within the plugin and type.
    pub key: String,
    /// For instance `content-types`.
    #[serde(default)]
    pub values: ExpressionMap<String>,
}

/// A matching rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", deny_unknown_fields)]
pub struct MatchingRule {
    /// `type`, `regex`, … or one that a plugin defines.
    #[serde(rename = "type")]
    pub rule_type: String,
    /// Its configuration, a JSON object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<JsonObject>,
}

/// A generator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", deny_unknown_fields)]
pub struct Generator {
    /// `Uuid`, `RandomInt`, … or one that a plugin defines.
    #[serde(rename = "type")]
    pub generator_type: String,
    /// Its configuration, a JSON object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<JsonObject>,
}

strict!(
    Body<'a>,
    CatalogueEntry,
    CompareContentsRequest<'a>,
    ConfigureInteractionRequest<'a>,
    ContentFor,
    ContentTypeHint,
    EntryType,
    GenerateContentRequest<'a>,
    Generator,
    MatchingRule,
    PluginConfiguration,
    TestMode,
);

/// Matching rules by path expression.
pub type Rules = ExpressionMap<Vec<MatchingRule>>;
/// Generators by path expression.
pub type Generators = ExpressionMap<Generator>;

/// What a plugin stored in the pact file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", deny_unknown_fields)]
pub struct PluginConfiguration {
    /// For the interaction, a JSON object.
    #[serde(default)]
    pub interaction_configuration: Option<JsonObject>,
    /// For the pact file, a JSON object.
    #[serde(default)]
    pub pact_configuration: Option<JsonObject>,
}

/// The interaction types of the Pact specification, version 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)] // named as in the specification
pub enum InteractionType {
    #[serde(rename = "Synchronous/HTTP")]
    SynchronousHttp,
    #[serde(rename = "Asynchronous/Messages")]
    AsynchronousMessages,
    #[serde(rename = "Synchronous/Messages")]
    SynchronousMessages,
}

impl InteractionType {
    /// The one that pact files call so.
    pub fn named(name: &str) -> Option<Self> {
        let all = [
            Self::SynchronousHttp,
            Self::AsynchronousMessages,
            Self::SynchronousMessages,
        ];
        all.into_iter().find(|it| it.name() == name)
    }

    /// The name in pact files.
    pub fn name(self) -> &'static str {
        match self {
            Self::SynchronousHttp => "Synchronous/HTTP",
            Self::AsynchronousMessages => "Asynchronous/Messages",
            Self::SynchronousMessages => "Synchronous/Messages",
        }
    }

    /// The capability with which a plugin says that it takes interactions of this type.
    pub fn capability(self) -> &'static str {
        match self {
            Self::SynchronousHttp => "interaction/request-response",
            Self::AsynchronousMessages => "interaction/message",
            Self::SynchronousMessages => "interaction/synchronous-message",
        }
    }

    /// An error if a plugin with these capabilities does not take interactions of this type. One that says nothing about
    /// interactions takes all.
    pub fn check(self, plugin_capabilities: &[String]) -> Result<(), ErrorKind> {
        let declares = |it: &&String| it.starts_with("interaction/");
        let declared: Vec<&String> = plugin_capabilities.iter().filter(declares).collect();
        if declared.is_empty() || declared.iter().any(|it| *it == self.capability()) {
            return Ok(());
        }
        Err(ErrorKind::InteractionNotTaken {
            interaction: self.name(),
            capability: self.capability(),
            declared: declared.into_iter().cloned().collect(),
        })
    }
}

/// Which side of the contract is being tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "lowercase")]
#[allow(missing_docs)] // named as in the protocol
pub enum TestMode {
    #[default]
    Unknown,
    Consumer,
    Provider,
}

/// Which part of an interaction a body belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "lowercase")]
#[allow(missing_docs)] // named as in the protocol
pub enum ContentFor {
    #[default]
    Request,
    Response,
}

/// One difference between what was expected and what came.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mismatch {
    /// The expected value; `None` where nothing was expected.
    #[serde(default, with = "base64_bytes")]
    pub expected: Option<Vec<u8>>,
    /// The actual value; `None` where there was none.
    #[serde(default, with = "base64_bytes")]
    pub actual: Option<Vec<u8>>,
    /// What is wrong, for people.
    pub description: String,
    /// Where it is.
    pub path: String,
    /// A rendered difference.
    #[serde(default)]
    pub diff: Option<String>,
    /// `body`, `header`, …
    #[serde(default)]
    pub mismatch_type: Option<String>,
}

/// Who loads the plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InitRequest {
    /// Name of the Pact implementation.
    pub implementation: String,
    /// Its version.
    pub version: String,
    /// What the host can do.
    pub host_capabilities: Vec<String>,
    /// UUID of the loaded plugin.
    pub plugin_instance_id: String,
}

/// What the plugin brings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InitResponse {
    /// What it can do.
    pub catalogue: Vec<CatalogueEntry>,
    /// For instance `interaction/message`.
    pub plugin_capabilities: Vec<String>,
}

/// What the test author wrote for a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfigureInteractionRequest<'a> {
    /// MIME type of the body, not empty.
    #[serde(borrow, deserialize_with = "not_empty")]
    pub content_type: Cow<'a, str>,
    /// A JSON object.
    pub contents_config: JsonObject,
    /// A JSON object.
    #[serde(default)]
    pub test_context: Option<JsonObject>,
}

fn not_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, str>, D::Error> {
    let text = Cow::<str>::deserialize(deserializer)?;
    if text.is_empty() {
        return Err(D::Error::custom("it must not be empty"));
    }
    Ok(text)
}

/// In which markup language an interaction is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[allow(missing_docs)] // named as in the protocol
pub enum MarkupType {
    #[default]
    #[serde(rename = "commonMark")]
    CommonMark,
    #[serde(rename = "html")]
    Html,
}

/// One part of an interaction, as the plugin set it up.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InteractionResponse {
    /// The body.
    pub contents: Option<Body<'static>>,
    /// Rules for the body.
    pub rules: Rules,
    /// Generators for the body.
    pub generators: Generators,
    /// Metadata of a message, a JSON object.
    pub message_metadata: Option<JsonObject>,
    /// What to store in the pact file.
    pub plugin_configuration: Option<PluginConfiguration>,
    /// A rendering for people.
    pub interaction_markup: String,
    /// Its language.
    pub interaction_markup_type: MarkupType,
    /// `request`, `response` or empty.
    pub part_name: String,
    /// Rules for the metadata.
    pub metadata_rules: Rules,
    /// Generators for the metadata.
    pub metadata_generators: Generators,
}

/// An interaction as the plugin set it up.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigureInteractionResponse {
    /// Its parts.
    pub interactions: Vec<InteractionResponse>,
    /// What to store in the pact file for the plugin.
    pub plugin_configuration: Option<PluginConfiguration>,
}

/// Two bodies to compare.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", deny_unknown_fields)]
pub struct CompareContentsRequest<'a> {
    /// What the pact says.
    #[serde(borrow)]
    pub expected: Body<'a>,
    /// What came.
    #[serde(borrow)]
    pub actual: Body<'a>,
    /// Whether the actual body may hold more keys.
    #[serde(default)]
    pub allow_unexpected_keys: bool,
    /// Rules by path expression.
    #[serde(default)]
    pub rules: Rules,
    /// From the pact file.
    #[serde(default)]
    pub plugin_configuration: Option<PluginConfiguration>,
    /// A JSON object.
    #[serde(default)]
    pub test_context: Option<JsonObject>,
}

/// The body is of another type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)] // the two sides
pub struct ContentTypeMismatch {
    pub expected: String,
    pub actual: String,
}

/// The verdict on a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ContentsComparison {
    /// It is of another type.
    ContentTypeMismatch(ContentTypeMismatch),
    /// Mismatches by path expression; empty means that it matches.
    Results(ExpressionMap<Vec<Mismatch>>),
}

/// A body to generate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "camelCase", deny_unknown_fields)]
pub struct GenerateContentRequest<'a> {
    /// The body to start from.
    #[serde(borrow)]
    pub body: Body<'a>,
    /// Generators by path expression.
    #[serde(default)]
    pub generators: Generators,
    /// From the pact file.
    #[serde(default)]
    pub plugin_configuration: Option<PluginConfiguration>,
    /// A JSON object.
    #[serde(default)]
    pub test_context: Option<JsonObject>,
    /// Which side is tested.
    #[serde(default)]
    pub test_mode: TestMode,
    /// Which part it is for.
    #[serde(default)]
    pub content_for: ContentFor,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expression_maps_keep_their_order_and_refuse_duplicates() {
        let rules: Rules = serde_json::from_str(r#"{"$.b":[{"type":"type"}],"$.a":[]}"#).unwrap();
        let keys: Vec<_> = rules.0.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["$.b", "$.a"]);
        let twice = serde_json::from_str::<Rules>(r#"{"$.a":[],"$.a":[]}"#).unwrap_err();
        assert!(
            twice.to_string().contains("\"$.a\" occurs twice"),
            "{twice}"
        );
    }

    #[test]
    fn a_missing_body_and_an_empty_one_differ_in_json() {
        let missing: Body = serde_json::from_str(r#"{"contentType":"a/b"}"#).unwrap();
        let empty: Body = serde_json::from_str(r#"{"contentType":"a/b","content":""}"#).unwrap();
        assert_eq!(missing.content, None);
        assert_eq!(empty.content.as_deref(), Some(&b""[..]));
        assert!(
            serde_json::to_string(&missing)
                .unwrap()
                .contains("\"content\":null")
        );
        assert!(
            serde_json::to_string(&empty)
                .unwrap()
                .contains("\"content\":\"\"")
        );
    }

    #[test]
    fn lists_under_one_expression_become_one() {
        let list = |expression: &str, values: &[i32]| (expression.to_string(), values.to_vec());
        let lists = [list("a", &[1]), list("b", &[]), list("a", &[2, 3])];
        let twice = ExpressionMap(lists.to_vec());
        assert_eq!(twice.twice(), Some("a"));
        let merged = ExpressionMap::merged(lists);
        assert_eq!(merged.0, [list("a", &[1, 2, 3]), list("b", &[])]);
        assert_eq!(merged.twice(), None);
    }

    #[test]
    fn interactions_are_taken_as_the_plugin_says() {
        let declared = |capabilities: &[&str]| -> Vec<String> {
            capabilities.iter().map(|it| it.to_string()).collect()
        };
        let http = InteractionType::SynchronousHttp;
        assert!(http.check(&declared(&[])).is_ok());
        assert!(http.check(&declared(&["matcher/type"])).is_ok());
        assert!(
            http.check(&declared(&[
                "interaction/message",
                "interaction/request-response"
            ]))
            .is_ok()
        );
        let error = http.check(&declared(&["interaction/message"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "it does not take Synchronous/HTTP interactions: it lacks the capability interaction/request-response and \
             declares interaction/message"
        );
    }

    #[test]
    fn bodies_are_base64_in_json() {
        let body = Body {
            content_type: "a/b".into(),
            content: Some(vec![0, 255].into()),
            hint: ContentTypeHint::Binary,
        };
        let text = serde_json::to_string(&body).unwrap();
        assert_eq!(
            text,
            r#"{"contentType":"a/b","content":"AP8=","hint":"binary"}"#
        );
        assert_eq!(serde_json::from_str::<Body>(&text).unwrap(), body);
        let error =
            serde_json::from_str::<Body>(r#"{"contentType":"a/b","content":"*"}"#).unwrap_err();
        assert!(error.to_string().contains("not base64"), "{error}");
    }
}
