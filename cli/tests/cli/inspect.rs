//! `inspect`.

use serde_json::json;
use wasm_metadata::AddMetadata;

use crate::sandbox::{Sandbox, component, plugin, text};

#[test]
fn a_plugin_directory_is_described_with_what_it_asks_for() {
    let sandbox = Sandbox::new();
    let directory = plugin("jsonrpc-0.1.0");
    let shown = sandbox.run(&["inspect", text(&directory)]).good();
    for line in [
        "plugin       jsonrpc 0.1.0\n",
        "type         wasm\n",
        "asks for     none\n",
        "would like   connect to *\n             listen on *\n",
        "name         jsonrpc\n",
        "version      0.1.0\n",
        "description  Pact plugin for JSON-RPC 2.0 over HTTP: ",
        "authors      the libpact_wasm authors\n",
        "licence      MIT\n",
        "interface    pact:plugin@2.0.0\n",
        "roles        content-matcher, transport\n",
        "network: TCP, only where the manifest asks for it and the host grants it; transports may listen on loopback\n",
        "               wasi:sockets@0.2.",
        "exports      pact:plugin@2.0.0 (lifecycle, content-matcher, transport)\n",
    ] {
        assert!(shown.contains(line), "{line}{shown}");
    }
    let json = sandbox.run(&["inspect", text(&directory), "--json"]).json();
    assert_eq!(
        json["manifest"]["asks"],
        json!({ "required": [], "optional": ["connect to *", "listen on *"] })
    );
    assert_eq!(json["roles"], json!(["content-matcher", "transport"]));
    assert_eq!(
        json["size"],
        std::fs::metadata(component("jsonrpc-0.1.0")).unwrap().len()
    );
}

#[test]
fn what_an_author_wrote_into_a_component_is_shown() {
    let sandbox = Sandbox::new();
    let mut metadata = AddMetadata::default();
    metadata.name = wasm_metadata::AddMetadataField::Set("tokens".to_string());
    metadata.version =
        wasm_metadata::AddMetadataField::Set(wasm_metadata::Version::new("1.2.3".to_string()));
    metadata.description = wasm_metadata::AddMetadataField::Set("Web tokens".parse().unwrap());
    metadata.authors = wasm_metadata::AddMetadataField::Set("The authors".parse().unwrap());
    metadata.licenses = wasm_metadata::AddMetadataField::Set("MIT".parse().unwrap());
    let wasm = metadata
        .to_wasm(&std::fs::read(component("jwt-0.1.0")).unwrap())
        .unwrap();
    let file = sandbox.write("tokens.wasm", wasm);
    let shown = sandbox.run(&["inspect", text(&file)]).good();
    for line in [
        "name         tokens\n",
        "version      1.2.3\n",
        "description  Web tokens\n",
        "authors      The authors\n",
        "licence      MIT\n",
    ] {
        assert!(shown.contains(line), "{line}{shown}");
    }
    // They are enough to install it.
    let installed = sandbox.run(&["install", text(&file)]).good();
    assert!(
        installed.starts_with("tokens 1.2.3 installed in "),
        "{installed}"
    );
}

#[test]
fn the_prototypes_interface_is_named() {
    let shown = Sandbox::new()
        .run(&["inspect", text(&component("prototype-1.0.0"))])
        .good();
    assert!(
        shown.contains("interface  plugin:jwt (the prototype's)\n"),
        "{shown}"
    );
    assert!(!shown.contains("not offered"), "{shown}");
}

#[test]
fn the_wit_in_a_component_is_printed() {
    let sandbox = Sandbox::new();
    let wit = sandbox
        .run(&["inspect", "--wit", text(&component("jwt-0.1.0"))])
        .good();
    assert!(
        wit.contains("  export pact:plugin/content-matcher@2.0.0;\n"),
        "{wit}"
    );
    assert!(wit.contains("package pact:plugin@2.0.0 {\n"), "{wit}");
    assert!(wit.contains("record compare-contents-request {\n"), "{wit}");
    // It is WIT that others can read.
    wit_parser::UnresolvedPackageGroup::parse("printed.wit", &wit).unwrap();
    let json = sandbox
        .run(&["inspect", "--wit", "--json", text(&component("jwt-0.1.0"))])
        .json();
    assert_eq!(json["wit"].as_str().unwrap().trim_end(), wit.trim_end());
}

#[test]
fn documentation_in_a_component_is_printed_with_its_wit() {
    let sandbox = Sandbox::new();
    let wasm = std::fs::read(component("minimal-1.0.0")).unwrap();
    let (mut resolve, world) = match wit_parser::decoding::decode(&wasm).unwrap() {
        wit_parser::decoding::DecodedWasm::Component(resolve, world) => (resolve, world),
        wit_parser::decoding::DecodedWasm::WitPackage(..) => panic!("a component"),
    };
    resolve.worlds[world].docs.contents = Some("The least that loads.".to_string());
    let package = resolve.worlds[world].package.unwrap();
    let docs = wit_parser::PackageMetadata::extract(&resolve, package);
    let documented = with_custom_section(
        wasm,
        wit_parser::PackageMetadata::SECTION_NAME,
        &docs.encode().unwrap(),
    );
    let file = sandbox.write("documented.wasm", documented);
    let wit = sandbox.run(&["inspect", "--wit", text(&file)]).good();
    assert!(
        wit.contains("/// The least that loads.\nworld root {\n"),
        "{wit}"
    );
}

fn with_custom_section(mut wasm: Vec<u8>, name: &str, content: &[u8]) -> Vec<u8> {
    fn number(mut value: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while value > 0x7f {
            bytes.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    }
    let mut section = number(name.len());
    section.extend(name.as_bytes());
    section.extend(content);
    wasm.push(0);
    wasm.extend(number(section.len()));
    wasm.extend(section);
    wasm
}

#[test]
fn what_is_no_plugin_is_refused_with_the_reason() {
    let sandbox = Sandbox::new();
    let inspect = |path: &std::path::Path| sandbox.run(&["inspect", text(path)]);
    let text_file = sandbox.write("notes.txt", "not wasm");
    let message = inspect(&text_file).error(1);
    assert_eq!(
        message,
        format!(
            "{}: not a WebAssembly component: it does not begin as a WebAssembly file does",
            text_file.display()
        )
    );
    let core = sandbox.write("core.wasm", wat::parse_str("(module)").unwrap());
    assert!(
        inspect(&core)
            .error(1)
            .contains("it is a core module; build it for a component target")
    );
    let damaged = sandbox.write(
        "damaged.wasm",
        &std::fs::read(component("jwt-0.1.0")).unwrap()[..5000],
    );
    assert!(
        inspect(&damaged)
            .error(1)
            .contains("is not a sound component: ")
    );
    let other = sandbox.write("other.wasm", wat::parse_str("(component)").unwrap());
    let shown = inspect(&other);
    assert_eq!((shown.code, &*shown.stderr), (1, ""));
    let shown = shown.stdout;
    assert!(
        shown.contains(
            "problem  it does not export pact:plugin/lifecycle, so it is not a Pact plugin\n"
        ),
        "{shown}"
    );
    let message = inspect(&sandbox.path("absent.wasm")).error(2);
    assert!(
        message.ends_with(
            "absent.wasm does not exist; name a component (.wasm) or the directory of a plugin"
        ),
        "{message}"
    );
    assert!(
        inspect(&sandbox.path("home"))
            .error(2)
            .contains("pact-plugin.json does not exist")
    );
}
