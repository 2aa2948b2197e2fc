//! `inspect`: what a component is, without compiling it.

use pact_wasm::driver::manifest::Manifest;
use pact_wasm::driver::permissions::Permission;
use serde::Serialize;
use serde_json::{Value, json};

use crate::arguments::Inspect;
use crate::component::{Component, interface_name, role_names};
use crate::error::Result;
use crate::output::{Outcome, Output, Report, ShownPath, Style, size, table};
use crate::{layout, subject};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Description {
    file: ShownPath,
    size: u64,
    metadata: Metadata,
    /// What is wrong with it as a plugin, if it is none.
    problem: Option<String>,
    interface: Option<String>,
    roles: Vec<&'static str>,
    imports: Vec<String>,
    exports: Vec<String>,
    reach: Vec<Reach>,
    manifest: Option<Value>,
}

#[derive(Serialize)]
struct Metadata {
    name: Option<String>,
    version: Option<String>,
    description: Option<String>,
    authors: Option<String>,
    licenses: Option<String>,
    homepage: Option<String>,
    source: Option<String>,
    producers: Vec<String>,
}

/// What some of its imports are for.
#[derive(Serialize)]
struct Reach {
    what: &'static str,
    means: &'static str,
    imports: Vec<String>,
}

/// What imports mean: beginnings of their names, and in plain words what they are for and when they work. The first one counts.
const MEANINGS: [(&[&str], &str, &str); 10] = [
    (&["pact:plugin/types@"], "", ""),
    (
        &["pact:plugin/host@", "log"],
        "Pact",
        "log, plugin configuration, rules of Pact and of other plugins",
    ),
    (
        &["pact:plugin/crypto@"],
        "cryptography",
        "signing, verifying, digests; always there",
    ),
    (
        &["wasi:sockets/"],
        "network",
        "TCP, only where the manifest asks for it and the host grants it; transports may listen on loopback",
    ),
    (
        &["wasi:filesystem/"],
        "files",
        "only directories that the manifest asks for and the host grants",
    ),
    (
        &["wasi:cli/environment@"],
        "environment",
        "only variables that the manifest asks for and the host grants; no arguments",
    ),
    (&["wasi:clocks/"], "clocks", "always there"),
    (&["wasi:random/"], "random numbers", "always there"),
    (
        &["wasi:io/"],
        "waiting",
        "always there, within the time of a call",
    ),
    (
        &["wasi:cli/"],
        "standard streams",
        "what it prints becomes log records; its input is empty",
    ),
];

const UNKNOWN: (&str, &str) = ("unknown", "not offered here, so the plugin does not load");

fn reach(imports: &[String]) -> Vec<Reach> {
    let mut found: Vec<Reach> = Vec::new();
    for import in imports {
        let is_meant = |it: &&(&[&str], &str, &str)| {
            // A name without an interface is whole, so that `log` is not `logarithm`.
            let fits = |beginning: &&str| {
                import == beginning || (beginning.contains(':') && import.starts_with(*beginning))
            };
            it.0.iter().any(fits)
        };
        let known = MEANINGS.iter().find(is_meant).map(|it| (it.1, it.2));
        let (what, means) = known.unwrap_or(UNKNOWN);
        match found.iter_mut().find(|it| it.what == what) {
            _ if what.is_empty() => {}
            Some(reach) => reach.imports.push(import.clone()),
            None => found.push(Reach {
                what,
                means,
                imports: vec![import.clone()],
            }),
        }
    }
    found
}

impl Report for Description {
    fn text(&self, style: Style) -> String {
        let mut rows = vec![(
            "file",
            format!("{}, {}", self.file.display(), size(self.size)),
        )];
        rows.extend(self.manifest.iter().flat_map(manifest_rows));
        let metadata = &self.metadata;
        let in_component = [
            ("name", &metadata.name),
            ("version", &metadata.version),
            ("description", &metadata.description),
            ("authors", &metadata.authors),
            ("licence", &metadata.licenses),
            ("homepage", &metadata.homepage),
            ("source", &metadata.source),
        ];
        for (name, value) in in_component {
            rows.extend(value.clone().map(|it| (name, it)));
        }
        if !metadata.producers.is_empty() {
            rows.push(("made with", metadata.producers.join(", ")));
        }
        if let Some(interface) = &self.interface {
            rows.push(("interface", interface.clone()));
            rows.push(("roles", or_none(&self.roles.join(", "))));
        }
        if let Some(problem) = &self.problem {
            rows.push(("problem", style.bad(problem)));
        }
        let reach = self.reach.iter().map(|it| {
            let imports = style.faint(by_package(&it.imports));
            format!("{}: {}\n  {imports}", it.what, it.means)
        });
        rows.push(("may use", or_none(&reach.collect::<Vec<_>>().join("\n"))));
        rows.push(("exports", or_none(&by_package(&self.exports))));
        table(style, &rows)
    }
}

/// `wasi:io@0.2.6 (poll, streams)`, for names of interfaces such as `wasi:io/poll@0.2.6`.
fn by_package(names: &[String]) -> String {
    let mut packages: Vec<(String, Vec<&str>)> = Vec::new();
    for name in names {
        let (package, interface) = match name.split_once('/') {
            None => (String::new(), name.as_str()),
            Some((package, rest)) => match rest.split_once('@') {
                None => (package.to_string(), rest),
                Some((interface, version)) => (format!("{package}@{version}"), interface),
            },
        };
        match packages.iter_mut().find(|it| it.0 == package) {
            Some((_, interfaces)) => interfaces.push(interface),
            None => packages.push((package, vec![interface])),
        }
    }
    let text = |(package, interfaces): &(String, Vec<&str>)| {
        let interfaces = interfaces.join(", ");
        match package.as_str() {
            "" => interfaces,
            package => format!("{package} ({interfaces})"),
        }
    };
    packages.iter().map(text).collect::<Vec<_>>().join(", ")
}

fn or_none(text: &str) -> String {
    match text {
        "" => "none".to_string(),
        text => text.to_string(),
    }
}

/// The manifest as [`describe_manifest`] has made it.
fn manifest_rows(manifest: &Value) -> Vec<(&'static str, String)> {
    let text = |key: &str| manifest[key].as_str().unwrap_or_default().to_string();
    let list = |key: &str| {
        let items = manifest["asks"][key].as_array().into_iter().flatten();
        items
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let mut rows = vec![
        ("plugin", format!("{} {}", text("name"), text("version"))),
        ("type", layout::kind_in_words(&text("type")).to_string()),
        ("asks for", or_none(&list("required"))),
    ];
    if !list("optional").is_empty() {
        rows.push(("would like", list("optional")));
    }
    rows
}

fn describe_manifest(manifest: &Manifest) -> Value {
    let (required, optional) = manifest.asked();
    let texts = |list: &[Permission]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    json!({
        "name": manifest.name,
        "version": manifest.version.to_string(),
        "type": layout::kind(manifest),
        "interfaceVersion": manifest.interface_version,
        "asks": { "required": texts(required), "optional": texts(optional) },
    })
}

fn describe_metadata(component: &Component) -> Metadata {
    fn text(it: Option<&impl ToString>) -> Option<String> {
        it.map(ToString::to_string)
    }
    let metadata = &component.metadata;
    let mut producers = Vec::new();
    for (field, made) in metadata.producers.iter().flat_map(|it| it.iter()) {
        // The language, and what has processed it.
        let versions = made
            .iter()
            .map(|(name, version)| format!("{name} {version}"));
        if field != "sdk" {
            producers.extend(versions.map(|it| it.trim_end().to_string()));
        }
    }
    Metadata {
        name: metadata.name.clone(),
        version: text(metadata.version.as_ref()),
        description: text(metadata.description.as_ref()),
        authors: text(metadata.authors.as_ref()),
        licenses: text(metadata.licenses.as_ref()),
        homepage: text(metadata.homepage.as_ref()),
        source: text(metadata.source.as_ref()),
        producers,
    }
}

#[derive(Serialize)]
struct Wit {
    wit: String,
}

impl Report for Wit {
    fn text(&self, _: Style) -> String {
        self.wit.trim_end().to_string()
    }
}

pub fn run(arguments: &Inspect, output: &Output) -> Result<Outcome> {
    let file = subject::component_file(&arguments.plugin)?;
    let component = Component::read(&file)?;
    if arguments.wit {
        let wit = component.wit(&file)?;
        output.report(&Wit { wit });
        return Ok(Outcome::Good);
    }
    let manifest = match arguments.plugin.is_dir() {
        true => Some(describe_manifest(&Manifest::read(&arguments.plugin)?)),
        false => None,
    };
    let (interface, problem) = match component.interface() {
        Ok(interface) => (Some(interface), None),
        Err(problem) => (None, Some(problem)),
    };
    let outcome = match problem {
        None => Outcome::Good,
        Some(_) => Outcome::Faulty,
    };
    output.report(&Description {
        size: component.size,
        metadata: describe_metadata(&component),
        problem,
        roles: interface.as_ref().map(role_names).unwrap_or_default(),
        interface: interface.as_ref().map(interface_name),
        exports: component.exports().map(str::to_string).collect(),
        reach: reach(&component.imports),
        imports: component.imports,
        manifest,
        file: file.into(),
    });
    Ok(outcome)
}
