//! `precompile`: filling the cache.

use std::path::{Path, PathBuf};
use std::time::Instant;

use pact_wasm::driver::config::Config;
use pact_wasm::runtime::component::WasmRuntime;
use serde::Serialize;
use serde_json::Value;

use crate::arguments::Precompile;
use crate::error::{Error, Result};
use crate::output::{Outcome, Output, Report, ShownPath, Style};
use crate::subject;

#[derive(Serialize)]
struct Compiled {
    components: Vec<Artifact>,
}

#[derive(Serialize)]
struct Artifact {
    component: ShownPath,
    artifact: Option<ShownPath>,
    milliseconds: u128,
    /// Why there is no artifact: the library's error, or why the cache takes none.
    error: Option<Value>,
}

impl Report for Compiled {
    fn text(&self, style: Style) -> String {
        let line = |it: &Artifact| {
            let component = style.bold(it.component.display());
            let artifact = it.artifact.as_ref()?.display();
            Some(format!("{component}: {} ms, {artifact}", it.milliseconds))
        };
        let lines: Vec<_> = self.components.iter().filter_map(line).collect();
        lines.join("\n")
    }
}

pub fn run(arguments: &Precompile, output: &Output) -> Result<Outcome> {
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
        let kept = precompile(&runtime, &component);
        drop(progress);
        let milliseconds = begin.elapsed().as_millis();
        if let (Err(error), false) = (&kept, output.is_json()) {
            output.error(error);
        }
        components.push(Artifact {
            component: component.into(),
            milliseconds,
            error: kept.as_ref().err().map(|it| it.to_json()["error"].take()),
            artifact: kept.ok().map(Into::into),
        });
    }
    let kept = components.iter().filter(|it| it.artifact.is_some()).count();
    let outcome = match kept == components.len() {
        true => Outcome::Good,
        false => Outcome::Faulty,
    };
    if output.is_json() || kept > 0 {
        output.report(&Compiled { components });
    }
    Ok(outcome)
}

fn precompile(runtime: &WasmRuntime, component: &Path) -> Result<PathBuf> {
    let kept = runtime.precompile(component)?;
    kept.map_err(|reason| Error::Cache {
        component: component.to_path_buf(),
        reason,
    })
}
