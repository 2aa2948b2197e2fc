//! Builds plugins that are written in C, on the library crates of wit-bindgen and wasm-tools: there is nothing to install
//! but a C compiler.
//!
//! ```text
//! componentize bindings <world> <output directory> <WIT directory>…
//! componentize component <core module> <output file>
//! ```
//!
//! `bindings` writes `<world>.c`, `<world>.h` and `<world>_component_type.o`, which are compiled and linked with the
//! plugin; the object file holds the types of the world, and `component` reads them from the linked module. A WIT
//! directory may refer to the packages of those before it. The same is done by the commands `wit-bindgen c` and
//! `wasm-tools component new`.

use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
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
        _ => bail!(
            "usage: componentize bindings <world> <output directory> <WIT directory>…\n       \
             componentize component <core module> <output file>"
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
    let code = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    let component = ComponentEncoder::default()
        .module(&code)
        .and_then(|encoder| encoder.validate(true).encode())
        .with_context(|| format!("cannot make a component of {}", module.display()))?;
    write(output, &component)
}

fn write(path: &Path, contents: &[u8]) -> Result<()> {
    fs::write(path, contents).with_context(|| format!("cannot write {}", path.display()))
}
