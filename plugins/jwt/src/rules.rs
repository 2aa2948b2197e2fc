//! Matching rules for single claims. They are Pact's own, and the host applies them.

use definitions::entries::with_hyphens;
use definitions::values::field_value;
use serde_json::Value;

use crate::services::Services;
use definitions::types::{CompareContentsRequest, FieldSource, MatchFieldRequest, MatchingRule};

/// The rules of a comparison.
pub struct Rules<'a> {
    services: &'a dyn Services,
    request: &'a CompareContentsRequest,
}

impl<'a> Rules<'a> {
    pub fn new(services: &'a dyn Services, request: &'a CompareContentsRequest) -> Self {
        Rules { services, request }
    }

    /// Applies the rules for a claim and says in words how the actual value breaks them. None means that there are no rules
    /// for it; an error is a rule that cannot be applied.
    pub fn apply(
        &self,
        claim: &str,
        expected: &Value,
        actual: &Value,
    ) -> Result<Option<Vec<String>>, String> {
        let mut problems = None;
        for (path, rules) in &self.request.rules {
            if !names_claim(path, claim) {
                continue;
            }
            for rule in rules {
                problems
                    .get_or_insert_with(Vec::new)
                    .extend(self.apply_rule(rule, path, expected, actual)?);
            }
        }
        Ok(problems)
    }

    fn apply_rule(
        &self,
        rule: &MatchingRule,
        path: &str,
        expected: &Value,
        actual: &Value,
    ) -> Result<impl Iterator<Item = String>, String> {
        let key = with_hyphens(&rule.type_);
        let entry = format!("core/matcher/{key}");
        let request = MatchFieldRequest {
            key,
            rule: rule.clone(),
            path: path.to_owned(),
            mismatch_type: FieldSource::Body,
            expected: field_value(expected),
            actual: field_value(actual),
            // It holds keys, which no rule needs.
            plugin_configuration: None,
            test_context: self.request.test_context.clone(),
        };
        let mismatches = self
            .services
            .match_field(&entry, &request)
            .map_err(|error| {
                format!(
                    "the matching rule {:?} at {path} cannot be applied: {error}",
                    rule.type_
                )
            })?;
        Ok(mismatches.into_iter().map(|mismatch| mismatch.description))
    }
}

/// Whether a path expression stands for a claim. The form in brackets is for names that are no identifiers, such as
/// `https://example.com/roles`.
pub fn names_claim(expression: &str, name: &str) -> bool {
    let rest = |prefix| expression.strip_prefix(prefix);
    rest("claims:").or_else(|| rest("$.claims.")) == Some(name)
        || rest("$.claims['").and_then(|rest| rest.strip_suffix("']")) == Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{TestServices, body};
    use definitions::types::FieldValue;
    use serde_json::json;

    fn request(rules: &[(&str, &str)]) -> CompareContentsRequest {
        let rules = rules.iter().map(|(path, type_)| {
            let rule = MatchingRule {
                type_: (*type_).to_owned(),
                values: Some("{\"a\":1}".to_owned()),
            };
            ((*path).to_owned(), vec![rule])
        });
        CompareContentsRequest {
            expected: body(""),
            actual: body(""),
            allow_unexpected_keys: false,
            rules: rules.collect(),
            plugin_configuration: None,
            test_context: Some("{\"t\":1}".to_owned()),
        }
    }

    #[test]
    fn the_host_gets_the_rule_and_both_values() {
        let services = TestServices::default();
        let request = request(&[("$.claims.x", "notEmpty")]);
        let rules = Rules::new(&services, &request);
        let problems = rules.apply("x", &json!(["a"]), &json!([])).unwrap();
        assert_eq!(
            problems.unwrap(),
            ["FieldValue::Json(\"[]\") breaks the rule not-empty"]
        );
        let matched = services.matched.borrow();
        let [(entry, call)] = &matched[..] else {
            panic!("{matched:?}");
        };
        assert_eq!(
            (&**entry, &*call.key, &*call.path),
            ("core/matcher/not-empty", "not-empty", "$.claims.x")
        );
        assert_eq!(call.rule, request.rules[0].1[0]);
        assert_eq!(call.mismatch_type, FieldSource::Body);
        assert_eq!(call.expected, FieldValue::Json("[\"a\"]".to_owned()));
        assert_eq!(call.actual, FieldValue::Json("[]".to_owned()));
        assert_eq!(call.test_context, request.test_context);
    }

    #[test]
    fn all_rules_of_a_claim_are_applied_and_no_others() {
        let services = TestServices::default();
        let request = request(&[
            ("$.claims.x", "type"),
            ("$.claims.y", "telepathy"),
            ("claims:x", "integer"),
            ("$.claims['x']", "notEmpty"),
        ]);
        let rules = Rules::new(&services, &request);
        let problems = rules.apply("x", &json!("a"), &json!(2.0)).unwrap();
        assert_eq!(problems.unwrap().len(), 2);
        assert_eq!(
            rules.apply("z", &json!("a"), &json!("b")).unwrap(),
            None,
            "no rules"
        );
        assert_eq!(services.matched.borrow().len(), 3);
        assert_eq!(
            rules.apply("y", &json!("a"), &json!("a")).unwrap_err(),
            "the matching rule \"telepathy\" at $.claims.y cannot be applied: there is no core/matcher/telepathy"
        );
    }

    #[test]
    fn claims_have_three_kinds_of_paths() {
        for path in ["$.claims.a", "claims:a", "$.claims['a']"] {
            assert!(names_claim(path, "a"), "{path}");
        }
        assert!(names_claim("$.claims['https://x/y']", "https://x/y"));
        for path in ["$.a", "$.claims.ab", "$.claims", "claims:", "$.claims.b"] {
            assert!(!names_claim(path, "a"), "{path}");
        }
    }
}
