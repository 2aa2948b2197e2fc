//! The messages of `CompareContents` and `InitPlugin` in version 1 of the Pact plugin protocol, and nothing else of it. Written by hand:
//! the crate that has the generated types, `pact-plugin-driver`, brings more than 300 other crates. The types have the
//! same shape as those, so that encoding and decoding cost the same.

use std::collections::HashMap;

use prost_types::Struct;

pub const COMPARE_CONTENTS: &str = "/io.pact.plugin.PactPlugin/CompareContents";

pub const INIT_PLUGIN: &str = "/io.pact.plugin.PactPlugin/InitPlugin";

#[derive(Clone, PartialEq, prost::Message)]
pub struct InitPluginRequest {
    #[prost(string, tag = "1")]
    pub implementation: String,
    #[prost(string, tag = "2")]
    pub version: String,
}

/// Without its catalogue, which nobody looks at here.
#[derive(Clone, PartialEq, prost::Message)]
pub struct InitPluginResponse {}

#[derive(Clone, PartialEq, prost::Message)]
pub struct CompareContentsRequest {
    #[prost(message, optional, tag = "1")]
    pub expected: Option<Body>,
    #[prost(message, optional, tag = "2")]
    pub actual: Option<Body>,
    #[prost(bool, tag = "3")]
    pub allow_unexpected_keys: bool,
    /// By matching rule expression.
    #[prost(map = "string, message", tag = "4")]
    pub rules: HashMap<String, MatchingRules>,
    #[prost(message, optional, tag = "5")]
    pub plugin_configuration: Option<PluginConfiguration>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Body {
    #[prost(string, tag = "1")]
    pub content_type: String,
    /// The wrapper type `BytesValue`, so that a body can be absent.
    #[prost(message, optional, tag = "2")]
    pub content: Option<Vec<u8>>,
    /// An enumeration; 0 leaves it to the content type.
    #[prost(int32, tag = "3")]
    pub content_type_hint: i32,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct MatchingRules {
    #[prost(message, repeated, tag = "1")]
    pub rule: Vec<MatchingRule>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct MatchingRule {
    #[prost(string, tag = "1")]
    pub r#type: String,
    #[prost(message, optional, tag = "2")]
    pub values: Option<Struct>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct PluginConfiguration {
    #[prost(message, optional, tag = "1")]
    pub interaction_configuration: Option<Struct>,
    #[prost(message, optional, tag = "2")]
    pub pact_configuration: Option<Struct>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct CompareContentsResponse {
    #[prost(string, tag = "1")]
    pub error: String,
    #[prost(message, optional, tag = "2")]
    pub type_mismatch: Option<ContentTypeMismatch>,
    /// By matching rule expression; empty if the bodies match.
    #[prost(map = "string, message", tag = "3")]
    pub results: HashMap<String, ContentMismatches>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct ContentTypeMismatch {
    #[prost(string, tag = "1")]
    pub expected: String,
    #[prost(string, tag = "2")]
    pub actual: String,
}

/// Without its content, which nobody sends here.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ContentMismatches {}
