//! The gRPC server and client of `benches/grpc`, which measure themselves.

use std::process::Command;

use serde::Deserialize;
use wasmtime::error::Context;
use wasmtime::{Result, bail};

use super::table::Row;

#[derive(Deserialize)]
struct Line {
    name: String,
    value: f64,
    unit: String,
}

/// Runs the client and reads its rows.
pub fn measure() -> Result<Vec<Row>> {
    let program = super::path("PACT_WASM_BENCH_GRPC")?;
    let output = Command::new(&program)
        .output()
        .with_context(|| format!("{}", program.display()))?;
    if !output.status.success() {
        bail!(
            "{}: {}",
            program.display(),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    String::from_utf8(output.stdout)?
        .lines()
        .map(|line| {
            let line: Line = serde_json::from_str(line).with_context(|| line.to_string())?;
            Ok(Row::new(line.name, line.value, line.unit))
        })
        .collect()
}
