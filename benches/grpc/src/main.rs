//! The baseline of `make bench`: what a comparison costs when the plugin is a gRPC server in a process of its own, as Pact
//! plugins have been so far. The server compares nothing, so this is what the way there and back costs. Beside it the bridge, whose
//! executable is in PACT_WASM_BENCH_BRIDGE, with plugins from PACT_WASM_TEST_PLUGINS.
//!
//! Prints one line of JSON for each measurement. With arguments it is one of the two processes of a measurement:
//! `measure NAME` is the driver, which prints the median in microseconds, and starts `serve`, the plugin.

mod client;
#[path = "../../csv_table.rs"]
mod csv_table;
mod measurement;
mod protocol;
mod server;
mod start;

use std::error::Error;
use std::process::{Command, Stdio};

use measurement::{MEASUREMENTS, Measurement};

pub type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// Times the number of measurements and the length of a turn, this is how long a run takes: a bit over 5 s.
const ROUNDS: usize = 5;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => measure_all().and_then(|()| start::measure()),
        ["measure", name] => {
            println!("{}", Measurement::find(name)?.turn()?);
            Ok(())
        }
        ["serve"] => server::serve(),
        _ => Err("usage: grpc_baseline [measure NAME | serve]".into()),
    }
}

/// In turns, so that whatever else the machine does hits all measurements. Every turn has new processes: how long a large
/// message takes depends on which parts of the heap malloc has kept from earlier ones, and that differs from process to
/// process, also between two that do the same.
fn measure_all() -> Result<()> {
    let mut samples = [const { Vec::new() }; MEASUREMENTS.len()];
    for _ in 0..ROUNDS {
        for (measurement, samples) in MEASUREMENTS.iter().zip(&mut samples) {
            samples.push(turn(measurement)?);
        }
    }
    for (measurement, samples) in MEASUREMENTS.iter().zip(samples) {
        let (name, value) = (measurement.name, median(samples));
        println!(r#"{{"name":"{name}","value":{value:.1},"unit":"us"}}"#);
    }
    Ok(())
}

fn turn(measurement: &Measurement) -> Result<f64> {
    let output = Command::new(std::env::current_exe()?)
        .args(["measure", measurement.name])
        .envs(measurement.environment.iter().copied())
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("{}: {}", measurement.name, output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
