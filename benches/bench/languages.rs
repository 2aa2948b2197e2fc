//! The bindings, against the same call in C, and Python against Extism.

use std::path::PathBuf;

use wasmtime::Result;

use super::caller::{Caller, Server};
use super::table::{Bar, Row};
use super::{NS_PER_US, in_turns};

/// The program of a language, unless `benches/run.sh` could not make it. It said so then.
fn serve(c: &Caller, variable: &str) -> Result<Option<Server>> {
    let Some(program) = std::env::var_os(variable) else {
        return Ok(None);
    };
    let caller = Caller {
        program: PathBuf::from(program),
        ..c.clone()
    };
    caller.serve().map(Some)
}

/// What a compare takes in each language.
pub fn measure(rows: &mut Vec<Row>, caller: &Caller, c: &mut Server) -> Result<()> {
    let python = serve(caller, "PACT_WASM_BENCH_PYTHON")?;
    let extism = serve(caller, "PACT_WASM_BENCH_EXTISM")?;
    if let (Some(mut python), Some(mut extism)) = (python, extism) {
        against_extism(rows, &mut python, &mut extism)?;
    }
    for (name, variable, most) in [
        ("go_64b", "PACT_WASM_BENCH_GO", 5.0),
        ("ruby_64b", "PACT_WASM_BENCH_RUBY", 15.0),
    ] {
        if let Some(mut binding) = serve(caller, variable)? {
            let [value, baseline] = in_turns(
                &mut |count| binding.measure("compare_64b", count),
                &mut |count| c.measure("compare_64b", count),
            )?;
            let row = Row::new(name, value / NS_PER_US, "us").against(baseline / NS_PER_US);
            rows.push(row.bar(Bar::Over(most)));
        }
    }
    Ok(())
}

/// A compare takes two bodies in and gives a verdict; Extism's echo takes one body in and gives it back.
fn against_extism(rows: &mut Vec<Row>, python: &mut Server, extism: &mut Server) -> Result<()> {
    for (name, compare, echo, most) in [
        ("python_64b", "compare_64b", "echo_64b", 12.0),
        ("python_1mb", "compare_1mb", "echo_1mb", 2000.0),
    ] {
        let [value, baseline] =
            in_turns(&mut |count| python.measure(compare, count), &mut |count| {
                extism.measure(echo, count)
            })?;
        let row = Row::new(name, value / NS_PER_US, "us").against(baseline / NS_PER_US);
        rows.push(row.bar(Bar::Value(most)));
    }
    Ok(())
}
