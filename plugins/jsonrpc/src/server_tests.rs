//! Tests of `server`.

use std::rc::Rc;

use super::*;
use crate::testing::{TestServices, brief, configure};
use definitions::types::{InteractionType, StartMockServerRequest};

fn contents(config: Value) -> InteractionContents {
    let part = configure(config).unwrap().remove(0);
    InteractionContents {
        interaction_type: InteractionType::SynchronousMessages,
        plugin_configuration: part.plugin_configuration,
        consumer: "c".to_owned(),
        provider: "p".to_owned(),
    }
}

fn start(interactions: Vec<InteractionContents>) -> Result<Tested, String> {
    let services = Rc::new(TestServices::default());
    let request = StartMockServerRequest {
        host_interface: String::new(),
        port: 0,
        tls: false,
        interactions,
        test_context: Some(r#"{"testRunId":"t"}"#.to_owned()),
    };
    let server = Server::new(services.clone(), &request, "http://127.0.0.1:8000", 8000)?;
    services.compared.borrow_mut().clear();
    Ok(Tested { server, services })
}

struct Tested {
    server: Server<Rc<TestServices>>,
    services: Rc<TestServices>,
}

impl Tested {
    fn new(configs: impl IntoIterator<Item = Value>) -> Tested {
        start(configs.into_iter().map(contents).collect()).unwrap()
    }

    fn text(&mut self, text: &str) -> Option<String> {
        let (mut done, mut output) = (0, b"before".to_vec());
        let answered = loop {
            match self.piece(text, &mut done, &mut output) {
                Answered::Piece => {}
                other => break other != Answered::Nothing,
            }
        };
        assert_eq!(answered, output.len() > 6);
        answered.then(|| String::from_utf8(output.split_off(6)).unwrap())
    }

    fn piece(&mut self, text: &str, done: &mut usize, output: &mut Vec<u8>) -> Answered<'_> {
        self.server.answer("/rpc", text.as_bytes(), done, output)
    }

    fn answer(&mut self, text: &str) -> Value {
        serde_json::from_str(&self.text(text).unwrap()).unwrap()
    }

    fn error(&mut self, text: &str) -> (i64, Value, Value) {
        let answer = self.answer(text);
        assert_eq!(answer["jsonrpc"], "2.0", "{answer}");
        let error = &answer["error"];
        assert!(error["message"].is_string(), "{answer}");
        (
            error["code"].as_i64().unwrap(),
            error["data"].clone(),
            answer["id"].clone(),
        )
    }

    fn results(&self) -> Vec<String> {
        let results = self.server.results();
        assert_eq!(results.ok, results.results.is_empty());
        let brief = |it: &definitions::types::MockServerResult| {
            let mismatches = brief(&it.mismatches).join("; ");
            format!("{}: {}{mismatches}", it.path, it.error)
        };
        results.results.iter().map(brief).collect()
    }
}

fn subtract() -> Value {
    json!({
        "request": {"method": "subtract", "params": ["matching(integer, 42)", 23]},
        "response": {"result": 19},
    })
}

fn update() -> Value {
    json!({"request": {"method": "update", "params": [1]}})
}

fn call(method: &str, params: &str, id: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params},"id":{id}}}"#)
}

fn notify(method: &str, params: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","method":"{method}","params":{params}}}"#)
}

#[test]
fn a_request_gets_the_response_of_its_interaction_with_its_own_id() {
    let mut tested = Tested::new([subtract()]);
    assert_eq!(
        tested.results(),
        [
            "subtract: the request \"subtract\" with the params [42,23] was expected and did not come"
        ]
    );
    for id in [
        "1",
        "\"x\"",
        "null",
        "1.50",
        "123456789012345678901234567890",
    ] {
        assert_eq!(
            tested.text(&call("subtract", "[7, 23]", id)).unwrap(),
            format!(r#"{{"jsonrpc":"2.0","result":19,"id":{id}}}"#)
        );
    }
    assert_eq!(tested.results(), [""; 0]);
}

#[test]
fn params_that_matched_are_not_compared_again() {
    let mut tested = Tested::new([subtract()]);
    for params in ["[7, 23]", "[7, 23]", "[7, 23]", "[7,23]", "[8, 23]"] {
        assert_eq!(tested.answer(&call("subtract", params, "1"))["result"], 19);
    }
    assert_eq!(tested.services.compared.borrow().len(), 3);
    // What else is compared is looked at all the same.
    tested.text(&call("subtract", "[8, 23]", "1")).unwrap();
    assert_eq!(tested.text(&notify("subtract", "[8, 23]")), None);
    assert_eq!(
        tested
            .error(r#"{"jsonrpc":"2.0","method":"subtract","params":[8, 23],"id":1,"x":2}"#)
            .0,
        -32602
    );
    assert_eq!(tested.results().len(), 2);
}

#[test]
fn rules_of_plugins_are_always_asked() {
    let with_rule = |rule: &str, result: u32| json!({"request": {"method": "a", "params": [rule]}, "response": {"result": result}});
    let mut tested = Tested::new([
        with_rule("matching(short, 'x')", 1),
        with_rule("matching(type, 'x')", 2),
    ]);
    tested.services.matched.borrow_mut().clear();
    for _ in 0..2 {
        assert_eq!(tested.answer(&call("a", "[\"ab\"]", "1"))["result"], 1);
        assert_eq!(tested.answer(&call("a", "[\"long\"]", "1"))["result"], 2);
    }
    assert_eq!(tested.services.matched.borrow().len(), 4);
}

#[test]
fn params_that_do_not_match_are_invalid_params() {
    let mut tested = Tested::new([subtract()]);
    tested.answer(&call("subtract", "[1, 23]", "1"));
    assert_eq!(
        tested.error(&call("subtract", "[\"x\", 24]", "5")),
        (
            -32602,
            json!([
                {"path": "$.params[0]", "mismatch": "\"x\" is not integer", "expected": null, "actual": null},
                {"path": "$.params[1]", "mismatch": "expected 23, but it is 24", "expected": null, "actual": null},
            ]),
            json!(5)
        )
    );
    assert_eq!(
        tested.results(),
        ["subtract: $.params[0] \"x\" is not integer; $.params[1] expected 23, but it is 24"]
    );
}

#[test]
fn the_first_interaction_that_matches_answers() {
    let get = |id: u32, result: &str| json!({"request": {"method": "get", "params": [id, "a"]}, "response": {"result": result}});
    let mut tested = Tested::new([get(1, "one"), get(2, "two"), get(2, "again")]);
    for (params, result) in [("[2,\"a\"]", "two"), ("[1,\"a\"]", "one")] {
        for _ in 0..2 {
            assert_eq!(tested.answer(&call("get", params, "1"))["result"], result);
        }
    }
    // Nearest is the first one: two have one mismatch, the other params have more.
    let (code, data, _) = tested.error(&call("get", "[2,\"b\"]", "1"));
    assert_eq!((code, data.as_array().unwrap().len()), (-32602, 1));
    assert_eq!(data[0]["path"], "$.params[1]");
    assert_eq!(tested.results().len(), 2, "{:?}", tested.results());
}

#[test]
fn unknown_methods_are_not_found() {
    let mut tested = Tested::new([subtract()]);
    assert_eq!(
        tested.error(&call("foobar", "[]", "\"1\"")),
        (
            -32601,
            json!("no interaction has the method \"foobar\""),
            json!("1")
        )
    );
    assert_eq!(tested.text(&notify("barfoo", "[]")), None);
    let results = tested.results();
    assert_eq!(
        results[..2],
        [
            "foobar: Method not found: no interaction has the method \"foobar\"",
            "barfoo: no interaction has the method \"barfoo\"",
        ]
    );
}

#[test]
fn errors_can_be_the_response() {
    let mut tested = Tested::new([json!({
        "request": {"method": "a"},
        "response": {"error": {"code": -32000, "message": "m", "data": [1]}, "contentType": "application/json-rpc"},
    })]);
    let text = r#"{"jsonrpc":"2.0","method":"a","id":3}"#;
    let mut output = Vec::new();
    assert_eq!(
        tested.piece(text, &mut 0, &mut output),
        Answered::Content("application/json-rpc")
    );
    assert_eq!(tested.error(text), (-32000, json!([1]), json!(3)));
    assert_eq!(tested.results(), [""; 0]);
}

#[test]
fn notifications_get_no_answer() {
    let mut tested = Tested::new([update()]);
    assert_eq!(tested.text(&notify("update", "[2]")), None);
    assert_eq!(tested.text(&notify("update", "[1]")), None);
    assert_eq!(
        tested.results(),
        ["update: $.params[0] expected 1, but it is 2"]
    );
    // With an id it is a request, which nobody expected.
    assert_eq!(tested.error(&call("update", "[1]", "1")).0, -32602);
}

#[test]
fn what_is_no_request_is_refused() {
    let mut tested = Tested::new([]);
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for (text, code, id) in [
        (
            r#"{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]"#.to_owned(),
            -32700,
            json!(null),
        ),
        (String::new(), -32700, json!(null)),
        ("nonsense".to_owned(), -32700, json!(null)),
        (
            r#"[{"jsonrpc":"2.0","method":"sum","#.to_owned(),
            -32700,
            json!(null),
        ),
        (call("a", &deep, "1"), -32700, json!(1)),
        (
            r#"{"jsonrpc": "2.0", "method": 1, "params": "bar"}"#.to_owned(),
            -32600,
            json!(null),
        ),
        (
            r#"{"jsonrpc": "2.0", "method": 1, "id": 7}"#.to_owned(),
            -32600,
            json!(7),
        ),
        ("1".to_owned(), -32600, json!(null)),
        ("[]".to_owned(), -32600, json!(null)),
        (" [ ] ".to_owned(), -32600, json!(null)),
        (r#"{"method":"a","id":1}"#.to_owned(), -32600, json!(1)),
        (
            format!("[{}1]", "1,".repeat(batch::LARGEST)),
            -32600,
            json!(null),
        ),
    ] {
        let (found, _, found_id) = tested.error(&text);
        assert_eq!((found, found_id), (code, id), "{text:.99}");
    }
    let results = tested.results();
    assert_eq!(results.len(), 12);
    assert!(results[0].starts_with("/rpc: Parse error: "), "{results:?}");
    assert!(results[4].starts_with("a: Parse error: "), "{results:?}");
    assert_eq!(results[8], "/rpc: Invalid Request: the batch is empty");
}

/// The example of the specification.
#[test]
fn a_batch_is_answered_by_a_batch() {
    let sum = json!({"request": {"method": "sum", "params": [1, 2, 4]}, "response": {"result": 7}});
    let mut tested = Tested::new([sum, subtract(), update()]);
    let batch = format!(
        r#"[{}, {}, {}, {{"foo": "boo"}}, {}, 1]"#,
        call("sum", "[1,2,4]", "\"1\""),
        notify("update", "[1]"),
        call("subtract", "[42,23]", "\"2\""),
        call("foo.get", "{\"name\": \"myself\"}", "\"5\""),
    );
    let answer = tested.answer(&batch);
    let brief: Vec<_> = answer
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["id"].clone(),
                one["result"].clone(),
                one["error"]["code"].clone(),
            )
        })
        .collect();
    assert_eq!(
        brief,
        [
            (json!("1"), json!(7), json!(null)),
            (json!("2"), json!(19), json!(null)),
            (json!(null), json!(null), json!(-32600)),
            (json!("5"), json!(null), json!(-32601)),
            (json!(null), json!(null), json!(-32600)),
        ]
    );
    assert_eq!(tested.results().len(), 3);
}

#[test]
fn a_batch_of_notifications_gets_no_answer() {
    let mut tested = Tested::new([update()]);
    let batch = format!("[{0},{0}]", notify("update", "[1]"));
    assert_eq!(tested.text(&batch), None);
    assert_eq!(tested.results(), [""; 0]);
}

#[test]
fn others_have_their_turn_while_a_batch_is_answered() {
    let mut tested = Tested::new([subtract(), update()]);
    let batch = format!(
        "[{}, 1,{} ]",
        call("subtract", "[1,23]", "1"),
        notify("update", "[2]")
    );
    let at_once = tested.text(&batch).unwrap();
    let results = tested.results();

    let mut tested = Tested::new([subtract(), update()]);
    tested.server.piece = Duration::ZERO;
    let (mut done, mut output) = (0, Vec::new());
    assert_eq!(
        tested.piece(&batch, &mut done, &mut output),
        Answered::Piece
    );
    assert_eq!(
        tested.results()[0],
        ": 2 messages of a batch have come and have not been answered"
    );
    assert_eq!(
        tested.answer(&call("subtract", "[2,23]", "8"))["result"],
        19
    );
    while tested.piece(&batch, &mut done, &mut output) == Answered::Piece {}
    assert_eq!(String::from_utf8(output).unwrap(), at_once);
    assert_eq!(tested.results(), results);
}

#[test]
fn the_answer_to_a_batch_is_bounded() {
    let mut tested = Tested::new([subtract(), update()]);
    tested.server.longest_answer = 120;
    let batch = format!(
        "[{},{},{},{},{}]",
        call("subtract", "[1,23]", "1"),
        call("subtract", "[1,23]", "2"),
        call("subtract", "[1,24]", "3"),
        notify("update", "[1]"),
        call("subtract", "[1,23]", "\"4\""),
    );
    let answer = tested.answer(&batch);
    let brief = |one: &Value| (one["id"].clone(), one["error"]["code"].clone());
    let brief: Vec<_> = answer.as_array().unwrap().iter().map(brief).collect();
    assert_eq!(
        brief,
        [
            (json!(1), json!(null)),
            (json!(2), json!(null)),
            (json!(3), json!(-32603)),
            (json!("4"), json!(-32603)),
        ]
    );
    let problem = "the answer to the batch would be longer than 120 bytes";
    assert_eq!(answer[2]["error"]["data"], problem);
    // Each message that was not answered by an interaction is one result.
    assert_eq!(
        tested.results(),
        [
            "subtract: $.params[1] expected 23, but it is 24".to_owned(),
            format!("subtract: Internal error: {problem}"),
        ]
    );
}

#[test]
fn responses_can_be_generated() {
    let mut tested = Tested::new([json!({
        "request": {"method": "a"},
        "response": {"result": {
            "day": "matching(date, 'yyyy', '2000')",
            "url": {"pact:generator:type": "MockServerURL", "value": "x"},
        }},
    })]);
    assert_eq!(
        tested
            .text(r#"{"jsonrpc":"2.0","method":"a","id":1}"#)
            .unwrap(),
        r#"{"jsonrpc":"2.0","result":{"day":"today","url":"http://127.0.0.1:8000"},"id":1}"#
    );
    assert_eq!(tested.results(), [""; 0]);
}

#[test]
fn a_response_that_cannot_be_generated_is_an_internal_error() {
    let mut tested = Tested::new([json!({
        "request": {"method": "a"},
        "response": {"result": {"pact:generator:type": "Broken", "value": "x"}},
    })]);
    let (code, data, id) = tested.error(r#"{"jsonrpc":"2.0","method":"a","id":1}"#);
    assert_eq!((code, id), (-32603, json!(1)));
    let problem =
        "the response cannot be generated: the generator \"Broken\" at $.result cannot be applied";
    assert!(data.as_str().unwrap().starts_with(problem), "{data}");
    assert!(tested.results()[0].starts_with("a: Internal error: the response cannot"));
}

#[test]
fn interactions_that_cannot_be_served_are_errors_at_the_start() {
    let rule = json!({"pact:matcher:type": "telepathy", "value": 1});
    let unknown = json!({"request": {"method": "a", "params": [rule]}});
    let error = start(vec![contents(subtract()), contents(unknown)]).err();
    assert_eq!(
        error.as_deref(),
        Some(
            "interaction 2: the notification \"a\" with the params [1] cannot be compared: the matching rule \"telepathy\" at \
             $.params[0] cannot be applied: there is no matcher/telepathy"
        )
    );
    let mut foreign = contents(subtract());
    foreign.plugin_configuration = None;
    let error = start(vec![foreign]).err().unwrap();
    assert!(
        error.starts_with("interaction 1: the interaction has no configuration"),
        "{error}"
    );
    let mut odd = contents(subtract());
    let configuration = odd.plugin_configuration.as_mut().unwrap();
    let mut stored: Value =
        serde_json::from_str(configuration.interaction_configuration.as_ref().unwrap()).unwrap();
    stored["response"] = json!(null);
    configuration.interaction_configuration = Some(stored.to_string());
    let error = start(vec![odd]).err().unwrap();
    assert!(error.contains("do not go together"), "{error}");
}
