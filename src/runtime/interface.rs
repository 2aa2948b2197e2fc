//! Which interface a component is built against. That is read from its type, before anything of it runs.
//!
//! Versions go together as wasmtime matches names: any two of one major version do, pre-releases never. So a component of a
//! later minor version loads if it imports nothing that this host lacks, and what it exports beyond that is ignored.

use std::path::PathBuf;

use semver::Version;
use wasmtime::Engine;
use wasmtime::component::types::{Component, ComponentItem};

use super::prototype;
use crate::driver::component::Role;
use crate::error::ErrorKind;

/// Our WIT package.
const PACKAGE: &str = "pact:plugin";
/// The version of it that this host implements.
const VERSION: Version = Version::new(2, 0, 0);

/// What components can import, for messages.
pub fn offered() -> String {
    format!("{PACKAGE}@{VERSION} and WASI 0.2")
}

/// One of the two interfaces.
pub enum Interface {
    /// Our WIT package.
    Current {
        /// The version that the component is built against.
        version: String,
        /// The roles that it exports.
        roles: Vec<Role>,
    },
    /// The prototype's.
    Prototype,
}

impl Interface {
    /// Reads it from a component's type. An error says why it is neither.
    pub fn of(component: &Component, engine: &Engine) -> Result<Self, String> {
        let imports: Vec<&str> = component.imports(engine).map(|(name, _)| name).collect();
        let is_function = |item: &ComponentItem| matches!(item, ComponentItem::ComponentFunc(_));
        let exports: Vec<(&str, bool)> = component
            .exports(engine)
            .map(|(name, export)| (name, is_function(&export.ty)))
            .collect();
        Self::of_names(&imports, &exports)
    }

    /// Reads it from the names of what a component imports and exports; of each export also whether it is a function. For who
    /// has not compiled it.
    pub fn of_names(imports: &[&str], exports: &[(&str, bool)]) -> Result<Self, String> {
        for name in imports {
            ours("imports", name)?;
        }
        let mut exported = Vec::new();
        for (name, _) in exports {
            exported.extend(ours("exports", name)?);
        }
        let version_of = |interface: &str| {
            let found = exported.iter().find(|(name, _)| *name == interface);
            found.map(|(_, version)| *version)
        };
        if let Some(version) = version_of("lifecycle") {
            let is_exported = |role: &Role| version_of(role.interface()).is_some();
            return Ok(Interface::Current {
                version: version.to_string(),
                roles: Role::ALL.into_iter().filter(is_exported).collect(),
            });
        }
        if prototype::is_exported_by(exports) {
            return Ok(Interface::Prototype);
        }
        Err(format!(
            "it does not export {PACKAGE}/lifecycle, so it is not a Pact plugin"
        ))
    }

    /// The roles that the component fills.
    pub fn roles(&self) -> &[Role] {
        match self {
            Interface::Current { roles, .. } => roles,
            Interface::Prototype => &prototype::ROLES,
        }
    }
}

/// Interface and version, if `name` belongs to our package. Another major version is an error.
fn ours<'a>(verb: &str, name: &'a str) -> Result<Option<(&'a str, &'a str)>, String> {
    let Some(rest) = name
        .strip_prefix(PACKAGE)
        .and_then(|it| it.strip_prefix('/'))
    else {
        return Ok(None);
    };
    let (interface, version) = rest.split_once('@').unwrap_or((rest, ""));
    if fits(version) {
        return Ok(Some((interface, version)));
    }
    Err(format!(
        "it {verb} {name}; this host implements {PACKAGE}@{VERSION}, so build it against a release of version {}",
        VERSION.major
    ))
}

fn fits(version: &str) -> bool {
    Version::parse(version)
        .is_ok_and(|version| version.major == VERSION.major && version.pre.is_empty())
}

/// Where a component comes from and what it is, for messages.
pub struct Origin {
    /// Its file.
    pub file: PathBuf,
    /// What it is built against.
    pub interface: Interface,
}

impl Origin {
    /// The error for exports that have the right names, but lack functions or have others.
    pub fn differs(&self, error: &wasmtime::Error) -> ErrorKind {
        let reason = match &self.interface {
            Interface::Current { version, .. } => format!(
                "its exports of {PACKAGE}@{version} do not fit this host, which implements {PACKAGE}@{VERSION}: {error:#}"
            ),
            Interface::Prototype => {
                format!(
                    "its exports are not those of the prototype's interface (plugin:jwt): {error:#}"
                )
            }
        };
        ErrorKind::Incompatible {
            file: self.file.clone(),
            reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_one_major_go_together_and_prereleases_do_not() {
        for version in ["2.0.0", "2.1.0", "2.0.7", "2.0.0+build"] {
            assert!(fits(version), "{version}");
        }
        for version in [
            "1.0.0",
            "3.0.0",
            "20.0.0",
            "2.1.0-rc.1",
            "2",
            "2.0",
            "",
            "two",
        ] {
            assert!(!fits(version), "{version}");
        }
    }

    #[test]
    fn only_names_of_our_package_count() {
        assert_eq!(
            ours("imports", "pact:plugin/host@2.1.0"),
            Ok(Some(("host", "2.1.0")))
        );
        for other in ["wasi:io/poll@0.2.3", "pact:plugins/host@1.0.0", "init"] {
            assert_eq!(ours("imports", other), Ok(None));
        }
        assert_eq!(
            ours("exports", "pact:plugin/lifecycle").unwrap_err(),
            "it exports pact:plugin/lifecycle; this host implements pact:plugin@2.0.0, so build it against a release of version 2"
        );
    }

    #[test]
    fn names_alone_tell_the_interface() {
        let role = "pact:plugin/field-matcher@2.1.0";
        let exports = [("pact:plugin/lifecycle@2.1.0", false), (role, false)];
        let interface = Interface::of_names(&["wasi:io/poll@0.2.3"], &exports).ok();
        let Some(Interface::Current { version, roles }) = interface else {
            panic!("ours");
        };
        assert_eq!(
            (version.as_str(), roles.as_slice()),
            ("2.1.0", &[Role::FieldMatcher][..])
        );

        let functions = [
            "init",
            "update-catalogue",
            "configure-interaction",
            "compare-contents",
        ];
        let of_prototype = functions.map(|name| (name, true));
        let interface = Interface::of_names(&["log"], &of_prototype);
        assert!(matches!(interface, Ok(Interface::Prototype)));
        // What is called so, and is no function, is something else.
        let others = functions.map(|name| (name, false));
        assert!(Interface::of_names(&[], &others).is_err());
    }
}
