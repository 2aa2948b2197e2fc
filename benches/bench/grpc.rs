//! The gRPC server and client of `benches/grpc`, which measure themselves.

use std::process::Command;

use serde::Deserialize;
use wasmtime::error::Context;
use wasmtime::{Result, bail};

use super::table::{Bar, Row};

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

/// The bridge's rows against those of a server that does nothing, with their bars.
pub fn judged(rows: Vec<Row>) -> Vec<Row> {
    let value = |name: &str| Some(rows.iter().find(|row| row.name == name)?.value);
    let (one, new) = (value("grpc_200b"), value("grpc_200b_new_connection"));
    let judge = |row: Row| match (row.name.as_str(), one, new) {
        ("bridge_compare_200b", Some(one), _) => row.against(one).bar(Bar::Ratio(1.3)),
        ("bridge_compare_200b_new", _, Some(new)) => row.against(new).bar(Bar::Ratio(1.3)),
        ("bridge_start", ..) => row.bar(Bar::Value(30.0)),
        ("bridge_rss" | "bridge_size", ..) => row.bar(Bar::Value(25.0)),
        _ => row,
    };
    rows.iter().cloned().map(judge).collect()
}
