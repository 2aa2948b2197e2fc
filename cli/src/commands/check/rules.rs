//! What answers must be beyond their types. The library has checked those, and that JSON is JSON.

use serde_json::Value;

pub const ADVICE: &str = "return what wit/types.wit and wit/roles.wit say about this operation";

/// The rule that an answer breaks, if there is one.
pub fn broken(operation: &str, response: &Value) -> Option<String> {
    match operation {
        "configure-interaction" => items(response, "interactions").find_map(part),
        "compare-contents" => {
            let results = response["results"].as_object()?;
            results
                .values()
                .flat_map(|it| it.as_array().into_iter().flatten())
                .find_map(mismatch)
        }
        "match-field" => items(response, "mismatches").find_map(mismatch),
        "start-mock-server" => server(response),
        "get-mock-server-results" | "shutdown-mock-server" => server_results(response),
        "verify-interaction" => verification(response),
        _ => None,
    }
}

fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn part(part: &Value) -> Option<String> {
    let name = text(part, "partName");
    let is_known = ["", "request", "response"].contains(&name);
    (!is_known).then(|| format!("the part name \"{name}\" is neither request, response nor empty"))
}

fn mismatch(mismatch: &Value) -> Option<String> {
    let says_nothing = text(mismatch, "description").trim().is_empty();
    says_nothing.then(|| {
        format!(
            "the mismatch at \"{}\" has no description",
            text(mismatch, "path")
        )
    })
}

fn server(server: &Value) -> Option<String> {
    if server["port"] == 0 {
        return Some("the server's port is 0, which nobody can connect to".to_string());
    }
    let no_address = text(server, "address").is_empty();
    no_address
        .then(|| "the server's address is empty, so nobody knows where to connect".to_string())
}

fn server_results(results: &Value) -> Option<String> {
    let went_wrong =
        |it: &Value| !text(it, "error").is_empty() || items(it, "mismatches").next().is_some();
    let faults = items(results, "results")
        .filter(|it| went_wrong(it))
        .count();
    match (results["ok"] == true, faults) {
        (true, 1..) => Some("the results are ok, but hold an error or a mismatch".to_string()),
        (false, 0) => {
            Some("the results are not ok, but hold neither an error nor a mismatch".to_string())
        }
        _ => items(results, "results")
            .flat_map(|it| items(it, "mismatches"))
            .find_map(mismatch),
    }
}

fn verification(result: &Value) -> Option<String> {
    let failures = items(result, "failures").count();
    match (result["success"] == true, failures) {
        (true, 1..) => Some("the verification succeeded, but holds failures".to_string()),
        (false, 0) => {
            Some("the verification did not succeed, but holds no failure that says why".to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn answers_that_contradict_themselves_are_found() {
        let mismatch = |description: &str| json!({ "description": description, "path": "$.a" });
        for (operation, response, expected) in [
            (
                "configure-interaction",
                json!({ "interactions": [{ "partName": "body" }] }),
                Some("part name \"body\""),
            ),
            (
                "configure-interaction",
                json!({ "interactions": [{ "partName": "request" }] }),
                None,
            ),
            (
                "compare-contents",
                json!({ "results": { "$.a": [mismatch(" ")] } }),
                Some("at \"$.a\" has no description"),
            ),
            (
                "compare-contents",
                json!({ "results": { "$.a": [mismatch("it differs")] } }),
                None,
            ),
            (
                "compare-contents",
                json!({ "contentTypeMismatch": {} }),
                None,
            ),
            (
                "match-field",
                json!({ "mismatches": [mismatch("")] }),
                Some("no description"),
            ),
            (
                "start-mock-server",
                json!({ "port": 0, "address": "127.0.0.1" }),
                Some("port is 0"),
            ),
            (
                "start-mock-server",
                json!({ "port": 1, "address": "" }),
                Some("address is empty"),
            ),
            (
                "start-mock-server",
                json!({ "port": 1, "address": "127.0.0.1" }),
                None,
            ),
            (
                "shutdown-mock-server",
                json!({ "ok": true, "results": [{ "error": "e" }] }),
                Some("are ok, but"),
            ),
            (
                "shutdown-mock-server",
                json!({ "ok": false, "results": [{ "error": "", "mismatches": [] }] }),
                Some("are not ok, but"),
            ),
            (
                "get-mock-server-results",
                json!({ "ok": false, "results": [{ "mismatches": [mismatch("")] }] }),
                Some("no description"),
            ),
            (
                "get-mock-server-results",
                json!({ "ok": true, "results": [{ "error": "" }] }),
                None,
            ),
            (
                "verify-interaction",
                json!({ "success": true, "failures": [{}] }),
                Some("succeeded, but"),
            ),
            (
                "verify-interaction",
                json!({ "success": false, "failures": [] }),
                Some("no failure that says why"),
            ),
            (
                "verify-interaction",
                json!({ "success": false, "failures": [{ "error": "e" }] }),
                None,
            ),
        ] {
            let found = broken(operation, &response);
            match expected {
                None => assert_eq!(found, None, "{operation} {response}"),
                Some(expected) => {
                    let found = found.unwrap_or_default();
                    assert!(found.contains(expected), "{operation} {response}: {found}");
                }
            }
        }
    }
}
