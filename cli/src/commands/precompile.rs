//! `precompile`: filling the cache.

use std::path::PathBuf;
use std::time::Instant;

use pact_wasm::driver::config::Config;
use pact_wasm::runtime::component::WasmRuntime;
use serde::Serialize;

use crate::arguments::Precompile;
use crate::error::Result;
use crate::output::{Output, Report, Style};
use crate::subject;

#[derive(Serialize)]
struct Compiled {
    components: Vec<Artifact>,
}

#[derive(Serialize)]
struct Artifact {
    component: PathBuf,
    artifact: Option<PathBuf>,
    milliseconds: u128,
}

impl Report for Compiled {
    fn text(&self, style: Style) -> String {
        let line = |it: &Artifact| {
            let component = style.bold(it.component.display());
            match &it.artifact {
                Some(artifact) => format!(
                    "{component}: {} ms, {}",
                    it.milliseconds,
                    artifact.display()
                ),
                None => {
                    let nowhere = "compiled, but the cache takes nothing: its directory must be yours with mode 0700";
                    format!("{component}: {}", style.notable(nowhere))
                }
            }
        };
        self.components
            .iter()
            .map(line)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

pub fn run(arguments: &Precompile, output: &Output) -> Result<()> {
    let files = arguments
        .plugins
        .iter()
        .map(|it| subject::component_file(it));
    let files = files.collect::<Result<Vec<_>>>()?;
    let runtime = WasmRuntime::new(&Config::default())?;
    let mut components = Vec::new();
    for component in files {
        let progress = output.progress(format!("compiling {}", component.display()));
        let begin = Instant::now();
        let artifact = runtime.precompile(&component)?;
        drop(progress);
        components.push(Artifact {
            component,
            artifact,
            milliseconds: begin.elapsed().as_millis(),
        });
    }
    output.report(&Compiled { components });
    Ok(())
}
