//! `include/pact_wasm.h`, `ffi-tests/symbols.txt` and the exported symbols say the same as the code.
//!
//! With `PACT_WASM_WRITE_HEADER` in the environment (`make header`) the two files are written instead of compared.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The sections of the header, in reading order.
const SECTIONS: [&str; 19] = [
    "codes",
    "text",
    "error",
    "version",
    "config",
    "permissions",
    "callback",
    "log",
    "contents",
    "fields",
    "results",
    "answers",
    "handlers",
    "host",
    "plugin",
    "outcomes",
    "servers",
    "verification",
    "pact",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn generated() -> String {
    let ffi = root().join("src/ffi");
    let mut config =
        cbindgen::Config::from_file(root().join("cbindgen.toml")).expect("cbindgen.toml");
    config.header = Some(
        fs::read_to_string(ffi.join("header.h"))
            .expect("header.h")
            .trim_end()
            .to_string(),
    );
    let builder = SECTIONS
        .iter()
        .fold(cbindgen::Builder::new(), |builder, section| {
            builder.with_src(ffi.join(format!("{section}.rs")))
        });
    let mut header = Vec::new();
    builder
        .with_config(config)
        .generate()
        .expect("cbindgen")
        .write(&mut header);
    String::from_utf8(header).expect("UTF-8")
}

/// Names of the functions that a header declares.
fn functions(header: &str) -> BTreeSet<&str> {
    let declared = |line: &'_ str| -> Option<usize> {
        let comment = line.trim_start().starts_with("//") || line.trim_start().starts_with('*');
        (!comment).then(|| line.find("pactwasm_")).flatten()
    };
    header
        .lines()
        .filter_map(|line| {
            let rest = &line[declared(line)?..];
            rest.split_once('(').map(|(name, _)| name)
        })
        .collect()
}

fn compare_or_write(file: &Path, expected: &str) {
    if std::env::var_os("PACT_WASM_WRITE_HEADER").is_some() {
        fs::create_dir_all(file.parent().expect("a file in a directory")).expect("directory");
        fs::write(file, expected).expect("writable");
    }
    let committed = fs::read_to_string(file).unwrap_or_default();
    assert!(
        committed == expected,
        "{} is not what the code gives; run `make header` and commit it",
        file.display()
    );
}

#[test]
fn the_header_is_what_the_code_gives() {
    compare_or_write(&root().join("include/pact_wasm.h"), &generated());
}

#[test]
fn the_symbol_list_is_what_the_header_declares() {
    let header = generated();
    let mut list: String = functions(&header)
        .into_iter()
        .map(|name| format!("{name}\n"))
        .collect();
    list.insert_str(0, "# Functions of the C API, written by `make header`.\n");
    compare_or_write(&root().join("ffi-tests/symbols.txt"), &list);
    let count = functions(&header).len();
    assert!(
        (50..85).contains(&count),
        "{count} functions; the design allows about 80"
    );
}
