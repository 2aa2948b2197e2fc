//! Calls from many threads, and from inside a tokio runtime.

mod common;

use std::sync::Arc;
use std::thread;

use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::plugin::Plugin;

fn load(name: &str, instances: usize) -> Arc<Plugin> {
    let mut config = common::config();
    config.limits.instances = instances;
    let plugin = common::host(config).load(name, None).expect("loads");
    plugin.init(&CallOptions::default()).expect("initialises");
    plugin
}

/// How many calls the instance that serves has served, this one included.
fn count(plugin: &Plugin) -> usize {
    let request = r#"{"expected":{"contentType":"x/count"},"actual":{"contentType":"x/count"}}"#;
    let error = common::call(plugin, "compare-contents", request)
        .unwrap_err()
        .to_string();
    error
        .rsplit(|c: char| !c.is_ascii_digit())
        .find(|digits| !digits.is_empty())
        .expect("a count")
        .parse()
        .expect("a number")
}

#[test]
fn an_instance_serves_until_it_crashes() {
    let plugin = load("hostile", 1);
    assert_eq!([count(&plugin), count(&plugin)], [1, 2]);
    let crash = r#"{"expected":{"contentType":"x/trap"},"actual":{"contentType":"x/trap"}}"#;
    common::call(&plugin, "compare-contents", crash).unwrap_err();
    assert_eq!(count(&plugin), 1, "a crashed instance must not serve again");
}

#[test]
fn parallel_calls_use_no_more_instances_than_allowed() {
    let plugin = load("hostile", 2);
    let counts: Vec<usize> = thread::scope(|scope| {
        let callers: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| (0..50).map(|_| count(&plugin)).collect::<Vec<_>>()))
            .collect();
        callers
            .into_iter()
            .flat_map(|caller| caller.join().expect("no panic"))
            .collect()
    });
    assert_eq!(counts.len(), 400);
    // Each instance counts its own calls, so a number occurs at most once for each instance.
    for number in 1..=400 {
        assert!(
            counts.iter().filter(|count| **count == number).count() <= 2,
            "{number}"
        );
    }
}

#[test]
fn a_caller_inside_a_tokio_runtime_is_served() {
    let plugin = load("hostile", 1);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let request = r#"{"expected":{"contentType":"x/stdout"},"actual":{"contentType":"x/stdout"}}"#;
    runtime
        .block_on(async { common::call(&plugin, "compare-contents", request) })
        .expect("WASI blocks on a runtime of its own, so the call needs another thread");
    assert!(plugin.logs().iter().any(|record| record.target == "stdout"));
}
