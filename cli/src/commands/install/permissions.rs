//! What the plugin asks for, and what it gets.

use std::path::Path;

use pact_wasm::driver::manifest::Manifest;
use pact_wasm::driver::permissions::{Directory, Permission};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::output::Style;

/// Reads what `--grant` says. The texts go into the manifest as they are.
pub fn parse(texts: &[String]) -> Result<Vec<Permission>> {
    let parse = |text: &String| {
        let permission = text.parse::<Permission>();
        permission.map_err(|reason| Error::Usage(format!("--grant {reason}")))
    };
    texts.iter().map(parse).collect()
}

/// The same for a plugin that lies elsewhere: directories inside it are there.
pub fn moved(grants: &[Permission], from: &Path, to: &Path) -> Vec<Permission> {
    let moved = |grant: &Permission| {
        let Permission::Directory(directory) = grant else {
            return grant.clone();
        };
        match directory.path.strip_prefix(from) {
            Ok(inside) => Permission::Directory(Directory {
                path: to.join(inside),
                ..directory.clone()
            }),
            Err(_) => grant.clone(),
        }
    };
    grants.iter().map(moved).collect()
}

/// What came of each thing that the plugin asks for.
#[derive(Serialize)]
pub struct Permissions {
    asked: Vec<Asked>,
    /// What is granted and not asked for.
    unused: Vec<String>,
    /// Whether it is the bridge that grants, and not some program that uses the library.
    #[serde(skip)]
    is_final: bool,
}

#[derive(Serialize)]
struct Asked {
    permission: String,
    required: bool,
    /// Whether it gets some of it, or all.
    granted: bool,
    /// What it gets, where that may be less than what it asks for.
    #[serde(rename = "grantedPart")]
    granted_part: Vec<String>,
}

impl Permissions {
    /// Of an installed plugin.
    pub fn of(plugin: &Manifest, grants: &[Permission], is_final: bool) -> Self {
        let (required, optional) = plugin.asked();
        let required_list = required.iter().map(|it| Asked::of(it, true, grants));
        let optional_list = optional.iter().map(|it| Asked::of(it, false, grants));
        let is_unused = |grant: &&Permission| {
            let grant = std::slice::from_ref(*grant);
            !required
                .iter()
                .chain(optional)
                .any(|it| it.is_granted_by(grant))
        };
        Permissions {
            asked: required_list.chain(optional_list).collect(),
            unused: grants
                .iter()
                .filter(is_unused)
                .map(ToString::to_string)
                .collect(),
            is_final,
        }
    }

    /// For people.
    pub fn lines(&self, style: Style) -> Vec<String> {
        let mut lines: Vec<String> = self.asked.iter().map(|it| it.line(style)).collect();
        if lines.is_empty() {
            lines.push("  it asks for nothing outside of its sandbox".to_string());
        } else if !self.is_final {
            lines.push("  it has to be granted again by the program that loads it".to_string());
        }
        if !self.unused.is_empty() {
            let unused = style.notable(self.unused.join(", "));
            lines.push(format!(
                "  granted in vain, because it does not ask for it: {unused}"
            ));
        }
        lines
    }
}

impl Asked {
    fn of(permission: &Permission, required: bool, grants: &[Permission]) -> Self {
        let gives = |grant: &&Permission| permission.is_granted_by(std::slice::from_ref(*grant));
        let giving: Vec<&Permission> = grants.iter().filter(gives).collect();
        // Files and variables are granted as a whole. Of addresses, those that both rules admit are.
        let is_whole = |grant: &&Permission| {
            let of_addresses = matches!(grant, Permission::Connect(_) | Permission::Listen(_));
            !of_addresses || *grant == permission
        };
        let part: Vec<String> = match giving.iter().any(is_whole) {
            true => Vec::new(),
            false => giving.iter().map(ToString::to_string).collect(),
        };
        Asked {
            permission: permission.to_string(),
            required,
            granted: !giving.is_empty(),
            granted_part: part,
        }
    }

    fn line(&self, style: Style) -> String {
        let need = if self.required { "needed" } else { "optional" };
        let outcome = match (self.granted, self.granted_part.as_slice()) {
            (false, _) => style.notable("refused"),
            (true, []) => style.good("granted"),
            (true, part) => format!("{}: {}", style.good("granted in part"), part.join(", ")),
        };
        format!("  {} ({need}): {outcome}", self.permission)
    }
}
