//! For every operation and many generated requests, the answer through the bridge equals the answer through the library.
//!
//! Requests are in the JSON of the generic call. The library takes them as they are; for the bridge they become messages, by
//! conversions of these tests' own. The plugin `echo` describes requests completely, so what gets lost on the way shows in the answer.

mod common;
#[path = "equivalence/mod.rs"]
mod support;

use serde_json::json;

use support::pair::{Pair, Via};
use support::random::Random;
use support::{answers, cases, requests};

#[test]
fn configure_interaction_and_what_it_was_told() {
    let echo = Pair::of("echo");
    cases(200, |random| {
        let mut config = random.configuration();
        if random.one_in(2) {
            config["describe"] = json!("request");
        }
        let request = requests::configure(random, config);
        let _ = echo.check("configure-interaction", &request);
    });
    echo.assert_answered(350);
}

#[test]
fn configure_interaction_and_all_that_it_may_answer() {
    let echo = Pair::of("echo");
    cases(200, |random| {
        let config = answers::configuration(random);
        let request = requests::configure(random, config);
        let _ = echo.check("configure-interaction", &request);
    });
    echo.assert_answered(300);
}

#[test]
fn update_catalogue() {
    let echo = Pair::of("echo");
    let told = json!({"contentType": "a/b", "contentsConfig": {"describe": "catalogue"}});
    cases(100, |random| {
        let request = requests::catalogue(random);
        echo.check("update-catalogue", &request).expect("told");
        let _ = echo.check("configure-interaction", &told);
    });
    echo.assert_answered(350);
}

#[test]
fn compare_contents() {
    let echo = Pair::of("echo");
    cases(200, |random| {
        let _ = echo.check("compare-contents", &requests::compare(random));
    });
    echo.assert_answered(350);
}

#[test]
fn generate_content() {
    let echo = Pair::of("echo");
    cases(200, |random| {
        let _ = echo.check("generate-content", &requests::generate_content(random));
    });
    echo.assert_answered(350);
}

#[test]
fn match_field() {
    let echo = Pair::of("echo");
    cases(200, |random| {
        let _ = echo.check("match-field", &requests::match_field(random));
    });
    echo.assert_answered(180);
}

#[test]
fn generate_field() {
    let echo = Pair::of("echo");
    cases(200, |random| {
        let _ = echo.check("generate-field", &requests::generate_field(random));
    });
    echo.assert_answered(180);
}

/// Of all three operations.
#[test]
fn mock_servers() {
    let echo = Pair::of("echo");
    let unknown = |random: &mut Random| {
        let request = json!({"key": random.text()});
        for operation in ["get-mock-server-results", "shutdown-mock-server"] {
            echo.check(operation, &request).expect_err("unknown");
        }
    };
    cases(100, |random| {
        let mut request = requests::start(random);
        if random.one_in(2) {
            request["testContext"] =
                requests::extended(&request["testContext"], answers::results(random));
        }
        for via in Via::BOTH {
            if let Some(servers) = echo.start(via, &request) {
                let results = servers.results();
                let finally = servers.shutdown();
                assert_eq!(results.is_ok(), finally.is_ok());
            }
        }
        unknown(random);
    });
    echo.assert_answered(400);
}

#[test]
fn prepare_interaction_for_verification() {
    let echo = Pair::of("echo");
    cases(150, |random| {
        let mut request = requests::prepare(random);
        if random.one_in(2) {
            request["config"] = requests::extended(&request["config"], answers::prepared(random));
        }
        let _ = echo.check("prepare-interaction-for-verification", &request);
    });
    echo.assert_answered(220);
}

#[test]
fn verify_interaction() {
    let echo = Pair::of("echo");
    cases(150, |random| {
        let mut request = requests::verify(random);
        if random.one_in(2) {
            request["config"] = requests::extended(&request["config"], answers::verified(random));
        }
        let _ = echo.check("verify-interaction", &request);
    });
    echo.assert_answered(220);
}
