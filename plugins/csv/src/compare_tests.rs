//! Tests of `compare`.

use super::*;
use crate::findings::LISTED;
use crate::testing::{TestServices, body, rule};
use definitions::types::PluginConfiguration;
use serde_json::json;

const TABLE: &str = "id,name\n1,joe\n";

fn request(expected: impl AsRef<[u8]>, actual: impl AsRef<[u8]>) -> CompareContentsRequest {
    CompareContentsRequest {
        expected: body(expected),
        actual: body(actual),
        allow_unexpected_keys: false,
        rules: Vec::new(),
        plugin_configuration: None,
        test_context: None,
    }
}

fn with_rules(
    mut request: CompareContentsRequest,
    rules: &[(&str, &[&str])],
) -> CompareContentsRequest {
    let rules = rules.iter().map(|(path, types)| {
        let rules = types.iter().map(|type_| rule(type_, json!(null)));
        ((*path).to_owned(), rules.collect())
    });
    request.rules = rules.collect();
    request
}

fn configured(mut request: CompareContentsRequest, configuration: &str) -> CompareContentsRequest {
    request.plugin_configuration = Some(PluginConfiguration {
        interaction_configuration: Some(configuration.to_owned()),
        pact_configuration: None,
    });
    request
}

fn results(
    services: &TestServices,
    request: &CompareContentsRequest,
) -> Vec<(String, Vec<Mismatch>)> {
    match compare(services, request).unwrap() {
        ContentsComparison::Results(results) => {
            for (path, mismatches) in &results {
                for mismatch in mismatches {
                    assert_eq!(&mismatch.path, path);
                    assert_eq!(mismatch.mismatch_type.as_deref(), Some("body"));
                }
            }
            results
        }
        other => panic!("{other:?}"),
    }
}

fn assert_findings(request: &CompareContentsRequest, expected: &[(&str, &str)]) {
    let results = results(&TestServices::default(), request);
    let findings: Vec<_> = results
        .iter()
        .flat_map(|(path, mismatches)| {
            mismatches
                .iter()
                .map(move |mismatch| (&**path, &*mismatch.description))
        })
        .collect();
    assert_eq!(findings, expected);
}

fn error(request: &CompareContentsRequest) -> String {
    compare(&TestServices::default(), request).unwrap_err()
}

#[test]
fn tables_that_say_the_same_match() {
    for actual in [
        TABLE,
        "id,name\r\n1,joe\r\n",
        "id,name\n1,joe",
        "\u{feff}\"id\",\"name\"\n\n\"1\",joe\n1,\"joe\"\n\n",
    ] {
        assert_findings(&request(TABLE, actual), &[]);
    }
}

#[test]
fn every_row_is_compared_with_the_first_expected_one() {
    let request = request(
        "id,name\n1,joe\n2,unused\n",
        "id,name\n1,jim\n1,joe\n\"a\nb\",\"\"\n",
    );
    assert_findings(
        &request,
        &[
            ("row:3 column:id", "expected \"1\", but it is \"a\\nb\""),
            ("row:1 column:name", "expected \"joe\", but it is \"jim\""),
            ("row:3 column:name", "expected \"joe\", but it is \"\""),
        ],
    );
    let results = results(&TestServices::default(), &request);
    let mismatch = &results[1].1[0];
    assert_eq!(
        (mismatch.expected.as_deref(), mismatch.actual.as_deref()),
        (Some(&b"joe"[..]), Some(&b"jim"[..]))
    );
}

#[test]
fn a_rule_gets_the_whole_column_in_one_call() {
    let mut request = with_rules(
        request(
            "id,name,score\n1,joe,0\n",
            "id,name,score\n7,\"a,b\",0\nx,\"say \"\"hi\"\"\",0\n,ä,0\n",
        ),
        &[("column:id", &["integer"]), ("column:name", &["type"])],
    );
    request = configured(request, r#"{"csvHeaders":true}"#);
    request.test_context = Some("{\"t\":1}".to_owned());
    let services = TestServices::default();
    let results = results(&services, &request);

    let matched = services.matched.borrow();
    let [(id_entry, id), (name_entry, name)] = &matched[..] else {
        panic!("{matched:?}");
    };
    assert_eq!(
        (&**id_entry, &**name_entry),
        ("core/matcher/integer", "core/matcher/type")
    );
    assert_eq!((&*id.texts, &*id.ends), ("7x", &[1, 2, 2][..]));
    assert_eq!(
        (&*name.texts, &*name.ends),
        ("a,bsay \"hi\"ä", &[3, 11, 13][..])
    );
    assert_eq!((&*id.path, &*id.expected), ("column:id", "1"));
    assert_eq!(id.mismatch_type, FieldSource::Body);
    assert_eq!(id.rule, rule("integer", json!(null)));
    assert_eq!(id.plugin_configuration, request.plugin_configuration);
    assert_eq!(id.test_context, request.test_context);

    let paths: Vec<_> = results.iter().map(|(path, _)| &**path).collect();
    assert_eq!(paths, ["row:2 column:id", "row:3 column:id"]);
    assert_eq!(results[0].1[0].description, "x is not integer");
    assert_eq!(results[0].1[0].expected.as_deref(), Some(&b"1"[..]));
}

#[test]
fn all_rules_of_a_column_have_to_hold() {
    // The number is a position, because no column is called so.
    let request = with_rules(
        request(TABLE, "id,name\n1,joe\nlong,joe\n"),
        &[
            ("column:id", &["integer", "short"]),
            ("column:1", &["type"]),
        ],
    );
    let services = TestServices::default();
    let results = results(&services, &request);
    let entries: Vec<_> = services
        .matched
        .borrow()
        .iter()
        .map(|(entry, _)| entry.clone())
        .collect();
    assert_eq!(
        entries,
        ["core/matcher/integer", "matcher/short", "core/matcher/type"]
    );
    let [(path, mismatches)] = &results[..] else {
        panic!("{results:?}");
    };
    assert_eq!((&**path, mismatches.len()), ("row:2 column:id", 2));
}

#[test]
fn a_rule_that_cannot_be_applied_is_an_error_with_its_path() {
    let request = with_rules(request(TABLE, TABLE), &[("column:name", &["telepathy"])]);
    assert_eq!(
        error(&request),
        "the matching rule \"telepathy\" at column:name cannot be applied: there is no matcher/telepathy"
    );
}

#[test]
fn rules_without_a_column_are_logged() {
    let services = TestServices::default();
    let request = with_rules(
        request(TABLE, TABLE),
        &[
            ("column:other", &["integer"]),
            ("$.a", &["integer"]),
            ("column:id", &[]),
        ],
    );
    assert_eq!(results(&services, &request), []);
    assert_eq!(services.matched.borrow().len(), 0);
    assert_eq!(
        *services.logs.borrow(),
        [
            "no expected column is at \"column:other\": its matching rules are not applied",
            "no expected column is at \"$.a\": its matching rules are not applied",
        ]
    );
}

#[test]
fn columns_are_found_by_name() {
    let mut request = with_rules(
        request("id,name,age\n1,joe,7\n", "age,extra,id\n8,x,1\n7,x,y\n"),
        &[("column:id", &["integer"])],
    );
    let unexpected = ("column:extra", "the column \"extra\" was not expected");
    let others = [
        ("column:name", "the column \"name\" is missing"),
        (
            "header",
            "the columns are in another order: expected id, age, but they are age, id",
        ),
        ("row:2 column:id", "y is not integer"),
        ("row:1 column:age", "expected \"7\", but it is \"8\""),
    ];
    assert_findings(&request, &[&[unexpected][..], &others].concat());
    request.allow_unexpected_keys = true;
    assert_findings(&request, &others);
}

#[test]
fn a_column_that_occurs_twice() {
    assert_findings(
        &request(TABLE, "id,name,id\n1,joe,2\n"),
        &[("column:id", "there is more than one column \"id\"")],
    );
    assert_eq!(
        error(&request("a,a\n1,2\n", TABLE)),
        "the expected body is not a table: it has more than one column \"a\""
    );
}

#[test]
fn without_headers_columns_have_numbers() {
    let plain = |expected: &str, actual: &str| {
        let request = request(expected, actual);
        configured(request, r#"{"csvHeaders":false,"delimiter":";"}"#)
    };
    let request = with_rules(
        plain("1;joe", "2;joe\nx;jim"),
        &[("column:1", &["integer"])],
    );
    assert_findings(
        &request,
        &[
            ("row:2 column:1", "x is not integer"),
            ("row:2 column:2", "expected \"joe\", but it is \"jim\""),
        ],
    );
    assert_findings(
        &plain("1;joe", "1"),
        &[("column:2", "the column \"2\" is missing")],
    );
    let mut wide = plain("1;joe", "1;joe;x\n1;joe;y");
    assert_findings(&wide, &[("column:3", "the column \"3\" was not expected")]);
    wide.allow_unexpected_keys = true;
    assert_findings(&wide, &[]);
}

#[test]
fn ragged_rows_are_reported_and_not_compared() {
    let request = with_rules(
        request(TABLE, "id,name\n\"\n\"\nx,y,z\nq,joe\n\n1,joe,\n"),
        &[("column:id", &["integer"])],
    );
    assert_findings(
        &request,
        &[
            (
                "row:1",
                "the row in line 2 has 1 field; expected 2, as many as there are columns",
            ),
            (
                "row:2",
                "the row in line 4 has 3 fields; expected 2, as many as there are columns",
            ),
            (
                "row:4",
                "the row in line 7 has 3 fields; expected 2, as many as there are columns",
            ),
            ("row:3 column:id", "q is not integer"),
        ],
    );
}

#[test]
fn tables_without_rows() {
    let no_rows = ("$", "the table has no rows; expected at least one");
    assert_findings(&request(TABLE, "id,name\n"), &[no_rows]);
    // A header line alone asks for the columns and leaves the rows open.
    assert_findings(&request("id,name", "id,name\n5,jim\n"), &[]);
    assert_findings(
        &request("id,name", "id\n5\n"),
        &[("column:name", "the column \"name\" is missing")],
    );
}

#[test]
fn broken_tables() {
    for (actual, problem) in [
        (
            &b"id,name\n1,\"joe\n"[..],
            "line 2: the quote that begins a field here is never closed",
        ),
        (
            b"id,name\n\"1\"x,joe\n",
            "line 2: text after the quote that closes a field; expected a delimiter or the end of the line",
        ),
        (b"id,name\n1,jo\xff\n", "line 2: the byte 0xff is not UTF-8"),
    ] {
        let problem = format!("the body is not a table: {problem}");
        assert_findings(&request(TABLE, actual), &[("$", &problem)]);
        let error = error(&request(actual, TABLE));
        assert_eq!(error, problem.replace("the body", "the expected body"));
    }
    assert_findings(
        &request(TABLE, "\n\r\n"),
        &[(
            "$",
            "expected a table, but the body has nothing but empty lines",
        )],
    );
    assert_eq!(
        error(&request("\n", TABLE)),
        "the expected body is not a table: it has nothing but empty lines"
    );
    assert_eq!(
        error(&request("a,b\n1\n", TABLE)),
        "the expected body is not a table: its first row has 1 fields, but the header line has 2"
    );
}

#[test]
fn missing_and_empty_bodies() {
    let mut request = request(TABLE, "");
    assert_findings(
        &request,
        &[("$", "expected a table, but the body is empty")],
    );
    request.actual.content = None;
    assert_findings(
        &request,
        &[("$", "expected a table, but the body is missing")],
    );
    request.expected.content = Some(Vec::new());
    assert_findings(&request, &[]);
    request.actual.content = Some(b"x".to_vec());
    assert_findings(&request, &[("$", "expected an empty body")]);
    request.expected.content = None;
    assert_findings(&request, &[]);
}

#[test]
fn other_content_types() {
    let mut request = request(TABLE, TABLE);
    for same in ["text/csv;charset=utf-8", "TEXT/CSV", "application/csv"] {
        request.actual.content_type = same.to_owned();
        assert_findings(&request, &[]);
    }
    request.actual.content_type = "text/plain".to_owned();
    let expected = ContentTypeMismatch {
        expected: "text/csv".to_owned(),
        actual: "text/plain".to_owned(),
    };
    assert_eq!(
        compare(&TestServices::default(), &request).unwrap(),
        ContentsComparison::ContentTypeMismatch(expected)
    );
}

#[test]
fn only_so_many_mismatches_are_listed() {
    let rows = "x,jim\n".repeat(LISTED);
    let request = with_rules(
        request(TABLE, format!("id,name\n{rows}")),
        &[("column:id", &["integer"])],
    );
    let results = results(&TestServices::default(), &request);
    assert_eq!(results.len(), LISTED + 1);
    assert_eq!(results[LISTED - 1].0, format!("row:{LISTED} column:id"));
    let (path, mismatches) = &results[LISTED];
    assert_eq!(
        (&**path, &*mismatches[0].description),
        ("$", "1000 more mismatches are not listed")
    );
}

#[test]
fn a_configuration_that_cannot_be_used_is_an_error() {
    let request = configured(request(TABLE, TABLE), r#"{"delimiter":"\n"}"#);
    assert!(error(&request).starts_with("interaction configuration key \"delimiter\" is "));
}
