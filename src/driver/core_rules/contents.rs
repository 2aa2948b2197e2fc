//! Bodies of the content types that Pact itself knows.

use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use pact_matching::generators::DefaultVariantMatcher;
use pact_matching::generators::bodies::generators_process_body;
use pact_matching::{BodyMatchResult, CoreMatchingContext, DiffConfig, match_body};
use pact_models::bodies::OptionalBody;
use pact_models::content_types as types;
use pact_models::generators::{Generator, GeneratorTestMode};
use pact_models::matchingrules::{Category, MatchingRuleCategory, RuleLogic};
use pact_models::path_exp::DocPath;
use pact_models::v4::http_parts::HttpResponse;
use serde_json::Value;

use super::values;
use crate::driver::core::{Answer, ContentGenerator, ContentMatcher, CoreCall};
use crate::model::{
    Body, CompareContentsRequest, ContentTypeHint, ContentTypeMismatch, ContentsComparison,
    ExpressionMap, GenerateContentRequest, Generators, Mismatch, Rules,
};

/// Compares bodies of one content type. Which one says the entry that the plugin asked for, so what the bodies call
/// themselves does not matter.
pub enum ContentType {
    Json,
    Xml,
    Text,
    Form,
}

impl ContentType {
    fn mime(&self) -> types::ContentType {
        match self {
            Self::Json => types::JSON.clone(),
            Self::Xml => types::XML.clone(),
            Self::Text => types::TEXT.clone(),
            Self::Form => types::FORM_URLENCODED.clone(),
        }
    }
}

impl ContentMatcher for ContentType {
    fn compare_contents(
        &self,
        _call: &CoreCall<'_>,
        request: &CompareContentsRequest<'_>,
    ) -> Answer<ContentsComparison> {
        let keys = match request.allow_unexpected_keys {
            true => DiffConfig::AllowUnexpectedKeys,
            false => DiffConfig::NoUnexpectedKeys,
        };
        if let Self::Xml = self {
            [&request.expected, &request.actual]
                .into_iter()
                .try_for_each(check_depth)?;
        }
        let context = CoreMatchingContext::new(keys, &body_rules(&request.rules)?);
        let mime = self.mime();
        let expected = response(&request.expected, &mime);
        let actual = response(&request.actual, &mime);
        let headers = CoreMatchingContext::with_config(keys);
        with_deep_stack(|| at_once(match_body(&expected, &actual, &context, &headers)))
            .map(comparison)
    }
}

/// Elements within elements. The parser for XML takes time with the square of it, and comparing takes stack; JSON has the
/// same bound in its parser.
const DEEPEST_XML: usize = 128;

fn check_depth(body: &Body<'_>) -> Answer<()> {
    let xml = body.content.as_deref().unwrap_or_default();
    // What is not UTF-8 the parser refuses at once.
    let mut rest = std::str::from_utf8(xml).unwrap_or_default();
    let mut depth = 0_usize;
    while let Some((_, markup)) = rest.split_once('<') {
        let (closes, end) = match markup {
            it if it.starts_with("!--") => (true, "-->"),
            it if it.starts_with("![CDATA[") => (true, "]]>"),
            it if it.starts_with('?') => (true, "?>"),
            it if it.starts_with('!') => (true, ">"),
            it => (it.starts_with('/'), ">"),
        };
        let (inside, after) = markup.split_once(end).unwrap_or((markup, ""));
        if markup.starts_with('/') {
            depth = depth.saturating_sub(1);
        } else if !closes && !inside.ends_with('/') {
            depth += 1;
        }
        if depth > DEEPEST_XML {
            return Err(format!("the body is more than {DEEPEST_XML} elements deep"));
        }
        rest = after;
    }
    Ok(())
}

/// A body as part of something that Pact's crates compare.
fn response(body: &Body<'_>, mime: &types::ContentType) -> HttpResponse {
    HttpResponse {
        body: optional_body(body, mime),
        ..HttpResponse::default()
    }
}

fn optional_body(body: &Body<'_>, mime: &types::ContentType) -> OptionalBody {
    match &body.content {
        None => OptionalBody::Missing,
        Some(content) if content.is_empty() => OptionalBody::Empty,
        Some(content) => OptionalBody::Present(
            Bytes::copy_from_slice(content),
            Some(mime.clone()),
            Some(match body.hint {
                ContentTypeHint::Default => types::ContentTypeHint::DEFAULT,
                ContentTypeHint::Text => types::ContentTypeHint::TEXT,
                ContentTypeHint::Binary => types::ContentTypeHint::BINARY,
            }),
        ),
    }
}

fn body_rules(rules: &Rules) -> Answer<MatchingRuleCategory> {
    let mut category = MatchingRuleCategory::empty(Category::BODY);
    for (expression, rules) in &rules.0 {
        let path = path(expression)?;
        for rule in rules {
            let rule = values::rule("", rule).map_err(|e| format!("{e}, at {expression}"))?;
            category.add_rule(path.clone(), rule, RuleLogic::And);
        }
    }
    Ok(category)
}

fn path(expression: &str) -> Answer<DocPath> {
    DocPath::new(expression).map_err(|e| format!("\"{expression}\" is no path expression: {e:#}"))
}

fn comparison(result: BodyMatchResult) -> ContentsComparison {
    let by_path = match result {
        BodyMatchResult::Ok => HashMap::new(),
        BodyMatchResult::BodyTypeMismatch {
            expected_type,
            actual_type,
            ..
        } => {
            return ContentsComparison::ContentTypeMismatch(ContentTypeMismatch {
                expected: expected_type,
                actual: actual_type,
            });
        }
        BodyMatchResult::BodyMismatches(by_path) => by_path,
    };
    let mut results: Vec<(String, Vec<Mismatch>)> = by_path
        .into_iter()
        .map(|(path, found)| (path, found.into_iter().filter_map(mismatch).collect()))
        .collect();
    results.sort_by(|(a, _), (b, _)| a.cmp(b));
    ContentsComparison::Results(ExpressionMap(results))
}

fn mismatch(found: pact_matching::Mismatch) -> Option<Mismatch> {
    let pact_matching::Mismatch::BodyMismatch {
        path,
        expected,
        actual,
        mismatch,
    } = found
    else {
        return None;
    };
    Some(Mismatch {
        expected: expected.map(|bytes| bytes.to_vec()),
        actual: actual.map(|bytes| bytes.to_vec()),
        description: mismatch,
        path,
        diff: None,
        mismatch_type: Some("body".to_string()),
    })
}

/// Generates bodies of one content type.
pub enum Generated {
    Json,
    Form,
}

impl Generated {
    fn mime(&self) -> types::ContentType {
        match self {
            Self::Json => types::JSON.clone(),
            Self::Form => types::FORM_URLENCODED.clone(),
        }
    }

    /// Pact's crates leave a body that they cannot read as it is, without a word.
    fn check(&self, content: &[u8]) -> Answer<()> {
        match self {
            Self::Json => serde_json::from_slice::<serde::de::IgnoredAny>(content)
                .map(drop)
                .map_err(|e| format!("the body is not JSON: {e}")),
            Self::Form => std::str::from_utf8(content)
                .map(drop)
                .map_err(|e| format!("the form is not UTF-8: {e}")),
        }
    }
}

impl ContentGenerator for Generated {
    fn generate_content(
        &self,
        _call: &CoreCall<'_>,
        request: &GenerateContentRequest<'_>,
    ) -> Answer<Body<'static>> {
        let Some(content) = request.body.content.as_deref().filter(|it| !it.is_empty()) else {
            return Ok(with_content(&request.body, request.body.content.as_deref()));
        };
        self.check(content)?;
        let mime = self.mime();
        let body = optional_body(&request.body, &mime);
        // A side that is not known counts as the provider's, as it does in Pact.
        let mode = values::test_mode(request.test_mode).unwrap_or(GeneratorTestMode::Provider);
        let generators = generators(&request.generators)?;
        let context = values::object(request.test_context.as_ref())?;
        let context: HashMap<&str, Value> = context
            .iter()
            .map(|(key, value)| (key.as_str(), value.clone()))
            .collect();
        let (no_plugins, no_data) = (Vec::new(), HashMap::new());
        let made = with_deep_stack(|| {
            at_once(generators_process_body(
                &mode,
                &body,
                Some(mime.clone()),
                &context,
                &generators,
                &DefaultVariantMatcher,
                &no_plugins,
                &no_data,
            ))
        })?;
        let made = made.map_err(|e| format!("the body cannot be generated: {e:#}"))?;
        Ok(with_content(&request.body, made.value().as_deref()))
    }
}

fn generators(generators: &Generators) -> Answer<HashMap<DocPath, Generator>> {
    let generator = |(expression, generator): &(String, crate::model::Generator)| {
        let made = values::generator("", generator);
        Ok((
            path(expression)?,
            made.map_err(|e| format!("{e}, at {expression}"))?,
        ))
    };
    generators.0.iter().map(generator).collect()
}

fn with_content(body: &Body<'_>, content: Option<&[u8]>) -> Body<'static> {
    Body {
        content_type: body.content_type.clone().into_owned().into(),
        content: content.map(|bytes| bytes.to_vec().into()),
        hint: body.hint,
    }
}

/// Pact's crates descend into a body by recursion, and what a plugin hands over may be nested.
fn with_deep_stack<T>(body: impl FnOnce() -> T) -> T {
    const NEEDED: usize = 4 << 20;
    stacker::maybe_grow(NEEDED, 2 * NEEDED, body)
}

/// The result of a future that waits for nothing: asynchronous in Pact's crates only because other content types are
/// compared by plugins.
fn at_once<T>(future: impl Future<Output = T>) -> Answer<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => Ok(result),
        Poll::Pending => Err("cannot be decided without waiting".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn xml(text: String) -> Body<'static> {
        Body {
            content_type: "text/xml".into(),
            content: Some(text.into_bytes().into()),
            hint: ContentTypeHint::Default,
        }
    }

    #[test]
    fn only_elements_count_for_the_depth_of_xml() {
        let deep = |depth: usize| xml("<a>".repeat(depth) + &"</a>".repeat(depth));
        assert!(check_depth(&deep(DEEPEST_XML)).is_ok());
        assert!(check_depth(&deep(DEEPEST_XML + 1)).is_err());
        for flat in [
            "<a/>",
            "<a b='/'></a>",
            "<!-- <a> -->",
            "<![CDATA[<a>]]>",
            "<?a <b>?>",
            "<!D>",
        ] {
            assert!(check_depth(&xml(flat.repeat(1000))).is_ok(), "{flat}");
        }
        assert!(check_depth(&xml("<".into())).is_ok());
    }
}
