//! Builds plugins that are written in C, on the library crates of wit-bindgen and wasm-tools: there is nothing to install
//! but a C compiler. Writes into the components of all plugins what they are.
//!
//! ```text
//! componentize bindings <world> <output directory> <WIT directory>…
//! componentize component <core module> <output file>
//! componentize describe <pact-plugin.json> <component> <output file> <description> <authors> <licences>
//! ```
//!
//! `bindings` writes `<world>.c`, `<world>.h` and `<world>_component_type.o`, which are compiled and linked with the
//! plugin; the object file holds the types of the world, and `component` reads them from the linked module. A WIT
//! directory may refer to the packages of those before it. The same is done by the commands `wit-bindgen c` and
//! `wasm-tools component new`.
//!
//! `describe` copies a component and adds what `wasm-tools metadata add` adds: name and version, which are in the manifest, and
//! the three texts; the licences are an SPDX expression.

use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use wasm_encoder::{ComponentSection, CustomSection};
use wasm_metadata::{AddMetadata, AddMetadataField};
use wit_bindgen_core::Files;
use wit_component::ComponentEncoder;
use wit_parser::Resolve;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["bindings", world, output, ref wit @ ..] if !wit.is_empty() => {
            bindings(world, Path::new(output), wit)
        }
        ["component", module, output] => component(Path::new(module), Path::new(output)),
        [
            "describe",
            manifest,
            component,
            output,
            description,
            authors,
            licences,
        ] => {
            let texts = [
                ("authors", authors),
                ("description", description),
                ("licenses", licences),
            ];
            let described = describe(Path::new(manifest), Path::new(component), &texts)?;
            write(Path::new(output), &described)
        }
        _ => bail!(
            "usage: componentize bindings <world> <output directory> <WIT directory>…\n       \
             componentize component <core module> <output file>\n       \
             componentize describe <pact-plugin.json> <component> <output file> <description> <authors> <licences>"
        ),
    }
}

fn bindings(world: &str, output: &Path, wit: &[&str]) -> Result<()> {
    let mut resolve = Resolve::default();
    let mut packages = Vec::new();
    for directory in wit {
        let (package, _) = resolve
            .push_dir(directory)
            .with_context(|| format!("cannot read the WIT in {directory}"))?;
        packages.push(package);
    }
    let world = resolve.select_world(&packages[packages.len() - 1..], Some(world))?;

    let mut files = Files::default();
    wit_bindgen_c::Opts::default()
        .build()
        .generate(&mut resolve, world, &mut files)?;
    fs::create_dir_all(output).with_context(|| format!("cannot create {}", output.display()))?;
    for (name, contents) in files.iter() {
        write(&output.join(name), contents)?;
    }
    Ok(())
}

fn component(module: &Path, output: &Path) -> Result<()> {
    let code = read(module)?;
    let component = ComponentEncoder::default()
        .module(&code)
        .and_then(|encoder| encoder.validate(true).encode())
        .with_context(|| format!("cannot make a component of {}", module.display()))?;
    write(output, &component)
}

/// The component with custom sections that say what it is; `texts` are names of sections, and what is in them.
fn describe(manifest: &Path, component: &Path, texts: &[(&str, &str)]) -> Result<Vec<u8>> {
    let fields: Value = serde_json::from_slice(&read(manifest)?)
        .with_context(|| format!("{} is no JSON", manifest.display()))?;
    let field = |name: &str| {
        let text = fields[name].as_str();
        text.with_context(|| format!("{} has no {name}", manifest.display()))
    };

    let mut metadata = AddMetadata::default();
    metadata.name = AddMetadataField::Set(field("name")?.to_string());
    let mut described = metadata
        .to_wasm(&read(component)?)
        .with_context(|| format!("{} is no component", component.display()))?;
    for &(name, text) in texts.iter().chain(&[("version", field("version")?)]) {
        ensure!(!text.is_empty(), "no {name} for {}", component.display());
        let section = CustomSection {
            name: name.into(),
            data: text.as_bytes().into(),
        };
        section.append_to_component(&mut described);
    }
    Ok(described)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, contents: &[u8]) -> Result<()> {
    fs::write(path, contents).with_context(|| format!("cannot write {}", path.display()))
}
