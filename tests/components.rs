//! Loading components: what fits, what does not, and what the cache does.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::config::{CacheDirectory, Config};
use pact_wasm::driver::host::Host;
use pact_wasm::driver::plugin::Plugin;
use pact_wasm::error::{Code, Error};

fn host(cache: CacheDirectory) -> Host {
    common::host(Config {
        cache,
        ..common::config()
    })
}

/// Loads a component that is given as text.
fn load_text(wat: &str) -> Result<Arc<Plugin>, Error> {
    load_bytes(&wat::parse_str(wat).expect("WAT"))
}

fn load_bytes(wasm: &[u8]) -> Result<Arc<Plugin>, Error> {
    let directory = tempfile::tempdir().expect("a directory");
    let manifest =
        r#"{"name":"test","version":"1.2.3","executableType":"wasm","entryPoint":"test.wasm"}"#;
    fs::write(directory.path().join("pact-plugin.json"), manifest).expect("writable");
    fs::write(directory.path().join("test.wasm"), wasm).expect("writable");
    host(CacheDirectory::Nowhere).load_directory(directory.path())
}

/// The error must have this code and name these things.
fn assert_refused<T>(result: Result<T, Error>, code: Code, texts: &[&str]) {
    let error = result.err().expect("must be refused");
    let message = error.to_string();
    assert_eq!(error.code(), code, "{message}");
    assert_eq!(error.plugin(), Some(("test", "1.2.3")), "{message}");
    for text in texts {
        assert!(message.contains(text), "\"{text}\" is not in: {message}");
    }
}

#[test]
fn files_that_are_no_components_are_told_apart() {
    for (content, found) in [
        (&b""[..], "it is empty"),
        (b"#!/bin/sh", "does not begin as a WebAssembly file does"),
        (b"PK\x03\x04", "it is a ZIP archive"),
        (b"(component)", "it is WebAssembly as text"),
    ] {
        assert_refused(
            load_bytes(content),
            Code::ComponentInvalid,
            &["test.wasm", found],
        );
    }
    assert_refused(
        load_text("(module)"),
        Code::ComponentInvalid,
        &["it is a core module", "wasm32-wasip2"],
    );
    let ill_typed = "(component (core module (func (result i32))))";
    assert_refused(
        load_text(ill_typed),
        Code::ComponentInvalid,
        &["type mismatch"],
    );
    let cut = &wat::parse_str("(component (core module))").expect("WAT")[..10];
    assert_refused(load_bytes(cut), Code::ComponentInvalid, &["test.wasm"]);
}

#[test]
fn components_of_another_kind_or_version_are_refused() {
    assert_refused(
        load_text("(component)"),
        Code::Incompatible,
        &["does not export pact:plugin/lifecycle"],
    );
    for version in ["@1.0.0", "@3.0.0", "@2.1.0-rc.1", ""] {
        let name = format!("pact:plugin/lifecycle{version}");
        let wat = format!(r#"(component (instance $i) (export "{name}" (instance $i)))"#);
        let message = format!("exports {name}; this host implements pact:plugin@2.0.0");
        assert_refused(load_text(&wat), Code::Incompatible, &[&message]);
    }
    let empty = r#"(component (instance $i) (export "pact:plugin/lifecycle@2.0.0" (instance $i)))"#;
    assert_refused(
        load_text(empty),
        Code::Incompatible,
        &["does not have export `init`"],
    );
}

/// A component that does nothing: its `imports`, and `exports` of the function or instances that are called `$f` and
/// `$lifecycle` in it.
fn idle(imports: &str, exports: &str) -> String {
    format!(
        r#"(component
            {imports}
            (core module $code (func (export "f")))
            (core instance $code (instantiate $code))
            (func $f (canon lift (core func $code "f")))
            (instance $lifecycle (export "init" (func $f)) (export "update-catalogue" (func $f)))
            {exports})"#
    )
}

const LIFECYCLE: &str = r#"(export "pact:plugin/lifecycle@2.0.0" (instance $lifecycle))"#;

#[test]
fn imports_of_an_incompatible_version_are_refused() {
    for version in ["1.0.0", "3.0.0"] {
        let name = format!("pact:plugin/host@{version}");
        let import = format!(r#"(import "{name}" (instance (export "log" (func))))"#);
        let message = format!("imports {name}; this host implements pact:plugin@2.0.0");
        assert_refused(
            load_text(&idle(&import, LIFECYCLE)),
            Code::Incompatible,
            &[&message],
        );
    }
}

#[test]
fn a_later_minor_version_loads_and_runs() {
    let plugin = host(CacheDirectory::Nowhere)
        .load("newer", None)
        .expect("loads");
    plugin.init(&CallOptions::default()).expect("initialises");
    let keys: Vec<_> = plugin
        .catalogue()
        .into_iter()
        .map(|listing| listing.entry.key)
        .collect();
    assert_eq!(keys, ["newer"]);
    let logs = plugin.logs();
    assert_eq!(logs[0].message, "init: pact_wasm");
}

#[test]
fn a_later_minor_version_that_needs_more_of_the_host_is_refused() {
    let import = r#"(import "pact:plugin/host@2.1.0" (instance (export "foresee" (func))))"#;
    assert_refused(
        load_text(&idle(import, LIFECYCLE)),
        Code::Incompatible,
        &["pact:plugin/host@2.1.0", "`foresee`", "pact:plugin@2.0.0"],
    );
}

#[test]
fn exports_of_other_types_are_no_crash_of_the_plugin() {
    let exports = r#"(export "pact:plugin/lifecycle@2.1.0" (instance $lifecycle))"#;
    let plugin = load_text(&idle("", exports)).expect("loads");
    assert_refused(
        plugin.init(&CallOptions::default()),
        Code::Incompatible,
        &[
            "pact:plugin@2.1.0",
            "pact:plugin@2.0.0",
            "lifecycle: ",
            "type mismatch",
        ],
    );
}

#[test]
fn the_prototype_is_known_by_all_its_functions_and_their_types() {
    let export = |name: &str| format!(r#"(export "{name}" (func $f))"#);
    let functions = ["init", "update-catalogue", "configure-interaction"].map(export);
    assert_refused(
        load_text(&idle("", &functions.concat())),
        Code::Incompatible,
        &["does not export pact:plugin/lifecycle"],
    );
    let all = functions.concat() + &export("compare-contents");
    assert_refused(
        load_text(&idle("", &all)),
        Code::Incompatible,
        &["the prototype's interface (plugin:jwt)", "type-checking"],
    );
}

#[test]
fn an_import_that_nobody_offers_is_named() {
    let wat = r#"(component
        (import "acme:things/store@1.0.0" (instance (export "open" (func))))
        (instance $i)
        (export "pact:plugin/lifecycle@2.0.0" (instance $i)))"#;
    assert_refused(
        load_text(wat),
        Code::Incompatible,
        &[
            "acme:things/store@1.0.0",
            "this host offers pact:plugin@2.0.0 and WASI 0.2",
        ],
    );
}

#[test]
fn a_plugin_without_roles_loads_and_says_what_it_lacks() {
    let plugin = host(CacheDirectory::Nowhere)
        .load("minimal", None)
        .expect("loads");
    plugin.init(&CallOptions::default()).expect("initialises");
    assert!(plugin.roles().is_empty());
    let capabilities = &plugin
        .init_response()
        .expect("initialised")
        .plugin_capabilities;
    assert_eq!(capabilities, &["interaction/message"]);
    let request = r#"{"expected":{"contentType":"a/b"},"actual":{"contentType":"a/b"}}"#;
    let error = common::call(&plugin, "compare-contents", request).unwrap_err();
    assert_eq!(error.code(), Code::Unsupported);
    assert!(
        error
            .to_string()
            .contains("it does not export content-matcher"),
        "{error}"
    );
}

fn artifacts(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory)
        .expect("a cache")
        .map(|entry| entry.expect("an entry").path())
        .collect()
}

#[test]
fn a_damaged_artifact_is_replaced_and_the_plugin_works() {
    let root = tempfile::tempdir().expect("a directory");
    let directory = root.path().join("cache");
    let load = || {
        let plugin = host(CacheDirectory::At(directory.clone()))
            .load("minimal", None)
            .expect("loads");
        plugin.init(&CallOptions::default()).expect("initialises");
    };
    load();
    let [artifact] = &artifacts(&directory)[..] else {
        panic!("one plugin makes one artifact")
    };
    let good = fs::read(artifact).expect("readable");
    let mut bad = good.clone();
    let middle = bad.len() / 2;
    bad[middle] ^= 0x10;
    fs::write(artifact, &bad).expect("writable");
    load();
    let [artifact] = &artifacts(&directory)[..] else {
        panic!("still one artifact")
    };
    assert_ne!(
        fs::read(artifact).expect("readable"),
        bad,
        "the damaged artifact is still there"
    );
}

#[cfg(unix)]
#[test]
fn the_cache_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().expect("a directory");
    let directory = root.path().join("deep").join("cache");
    host(CacheDirectory::At(directory.clone()))
        .load("minimal", None)
        .expect("loads");
    let mode = fs::metadata(&directory)
        .expect("a cache")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn an_unusable_cache_costs_time_only() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let cache = CacheDirectory::At(file.path().join("no-directory"));
    host(cache)
        .load("minimal", None)
        .expect("loads all the same");
}
