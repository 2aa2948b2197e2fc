//! What a component says about itself, read from its bytes and without compiling it.

use std::fs;
use std::path::Path;

use pact_wasm::driver::component::Role;
use pact_wasm::runtime::component::check_preamble;
use pact_wasm::runtime::interface::Interface;
use wasm_metadata::{Metadata, Payload};
use wit_component::WitPrinter;
use wit_parser::decoding::{DecodedWasm, decode};
use wit_parser::{Resolve, WorldId, WorldItem};

use crate::error::{Error, Result};

/// A component's file.
pub struct Component {
    /// Its size in bytes.
    pub size: u64,
    /// What its author wrote into it.
    pub metadata: Metadata,
    /// Names of what it imports.
    pub imports: Vec<String>,
    /// Names of what it exports, and whether each is a function.
    exports: Vec<(String, bool)>,
    resolve: Resolve,
    world: WorldId,
}

impl Component {
    /// Reads a file.
    pub fn read(file: &Path) -> Result<Self> {
        let bytes = fs::read(file).map_err(Error::io(file, "cannot be read"))?;
        check_preamble(file, &bytes)?;
        Self::parse(&bytes).map_err(|reason| Error::Component {
            file: file.to_path_buf(),
            reason,
        })
    }

    fn parse(bytes: &[u8]) -> std::result::Result<Self, String> {
        let malformed = |e: &dyn std::fmt::Display| format!("is not a sound component: {e:#}");
        let metadata = match Payload::from_binary(bytes).map_err(|e| malformed(&e))? {
            Payload::Component { metadata, .. } | Payload::Module(metadata) => metadata,
        };
        let (resolve, world) = match decode(bytes).map_err(|e| malformed(&e))? {
            DecodedWasm::Component(resolve, world) => (resolve, world),
            DecodedWasm::WitPackage(..) => {
                return Err("is a WIT package in binary form, and not a component".to_string());
            }
        };
        let items = &resolve.worlds[world];
        // Types that are defined outside of an interface are imports in form only.
        let imports = items.imports.iter();
        let imports = imports.filter(|(_, item)| !matches!(item, WorldItem::Type { .. }));
        let imports = imports.map(|(key, _)| resolve.name_world_key(key));
        let exports = items.exports.iter().map(|(key, item)| {
            let is_function = matches!(item, WorldItem::Function(_));
            (resolve.name_world_key(key), is_function)
        });
        Ok(Component {
            size: bytes.len() as u64,
            metadata,
            imports: imports.collect(),
            exports: exports.collect(),
            resolve,
            world,
        })
    }

    /// Which interface it is built against. An error says why it is no plugin.
    pub fn interface(&self) -> std::result::Result<Interface, String> {
        let imports: Vec<&str> = self.imports.iter().map(String::as_str).collect();
        let exports: Vec<_> = self
            .exports
            .iter()
            .map(|it| (it.0.as_str(), it.1))
            .collect();
        Interface::of_names(&imports, &exports)
    }

    /// Names of what it exports.
    pub fn exports(&self) -> impl Iterator<Item = &str> {
        self.exports.iter().map(|(name, _)| name.as_str())
    }

    /// Its WIT, with what documentation it has, all packages in one text.
    pub fn wit(&self, file: &Path) -> Result<String> {
        let package = self.resolve.worlds[self.world].package;
        let print = || {
            let package = package.ok_or("its world belongs to no package".to_string())?;
            let others = self.resolve.packages.iter().map(|(id, _)| id);
            let others: Vec<_> = others.filter(|id| *id != package).collect();
            let mut printer = WitPrinter::default();
            let printed = printer.print(&self.resolve, package, &others);
            printed.map_err(|e| format!("its WIT cannot be printed: {e:#}"))?;
            Ok(printer.output.to_string())
        };
        print().map_err(|reason| Error::Component {
            file: file.to_path_buf(),
            reason,
        })
    }
}

/// `pact:plugin@2.0.0`, or the prototype's.
pub fn interface_name(interface: &Interface) -> String {
    match interface {
        Interface::Current { version, .. } => format!("pact:plugin@{version}"),
        Interface::Prototype => "plugin:jwt (the prototype's)".to_string(),
    }
}

/// Names of the roles.
pub fn role_names(interface: &Interface) -> Vec<&'static str> {
    interface
        .roles()
        .iter()
        .copied()
        .map(Role::interface)
        .collect()
}
