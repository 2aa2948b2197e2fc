//! `list`: what is installed.

use serde::Serialize;

use crate::arguments::PluginDirectory;
use crate::error::Result;
use crate::layout::{self, Entry};
use crate::output::{Output, Report, ShownPath, Style};

#[derive(Serialize)]
struct Listing {
    directory: ShownPath,
    plugins: Vec<Plugin>,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct Plugin {
    name: String,
    version: String,
    #[serde(rename = "type")]
    kind: String,
    enabled: bool,
    directory: ShownPath,
}

#[derive(Serialize)]
struct Problem {
    directory: ShownPath,
    problem: String,
}

impl Report for Listing {
    fn text(&self, style: Style) -> String {
        if self.plugins.is_empty() && self.problems.is_empty() {
            return format!("nothing is installed in {}", self.directory.display());
        }
        let mut lines = self.columns(style);
        for Problem { problem, .. } in &self.problems {
            lines.push(format!("{} {problem}", style.bad("unusable:")));
        }
        lines.join("\n")
    }
}

impl Listing {
    fn columns(&self, style: Style) -> Vec<String> {
        let state = |enabled| if enabled { "enabled" } else { "disabled" };
        let width = |column: fn(&Plugin) -> &str| {
            self.plugins
                .iter()
                .map(|it| column(it).len())
                .max()
                .unwrap_or(0)
        };
        let (name, version, kind) = (
            width(|it| &it.name),
            width(|it| &it.version),
            width(|it| layout::kind_in_words(&it.kind)),
        );
        let line = |it: &Plugin| {
            let state = format!("{:8}", state(it.enabled));
            format!(
                "{}  {:version$}  {:kind$}  {}  {}",
                style.bold(format!("{:name$}", it.name)),
                it.version,
                layout::kind_in_words(&it.kind),
                if it.enabled {
                    state
                } else {
                    style.notable(state)
                },
                style.faint(it.directory.display()),
            )
        };
        self.plugins.iter().map(line).collect()
    }
}

pub fn run(arguments: &PluginDirectory, output: &Output) -> Result<()> {
    let directory = layout::PluginDirectory::new(arguments.plugin_dir.as_deref())?;
    let mut listing = Listing {
        directory: directory.path().to_path_buf().into(),
        plugins: Vec::new(),
        problems: Vec::new(),
    };
    for Entry {
        directory,
        is_enabled,
        manifest,
    } in directory.entries()?
    {
        match manifest {
            Ok(manifest) => listing.plugins.push(Plugin {
                kind: layout::kind(&manifest),
                version: manifest.version.to_string(),
                name: manifest.name,
                enabled: is_enabled,
                directory: directory.into(),
            }),
            Err(problem) => listing.problems.push(Problem {
                directory: directory.into(),
                problem: problem.to_string(),
            }),
        }
    }
    output.report(&listing);
    Ok(())
}
