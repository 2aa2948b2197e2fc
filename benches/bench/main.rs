//! `make bench`: the C API against direct calls, and the other figures that have bars.
//!
//! `benches/run.sh` builds what is measured and tells this program in its environment where it is. What is compared is
//! measured in turns, in short batches, so that whatever else the machine does hits both sides; every figure is the median
//! of its batches.

mod caller;
#[path = "../csv_table.rs"]
mod csv_table;
mod direct;
mod grpc;
mod languages;
mod servers;
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pact_wasm::crypto::{self, Key, KeyFormat, SignatureAlgorithm};
use wasmtime::error::Context;
use wasmtime::{Result, format_err};

use caller::{Caller, Server};
use direct::Direct;
use table::{Bar, Row};

/// Long enough for the clock, short enough to fit between what disturbs.
const BATCH: f64 = 2e6;
const ROUNDS: usize = 301;
/// For what takes milliseconds.
const LONG_ROUNDS: usize = 201;
/// For what takes a second.
const SLOW_ROUNDS: usize = 5;

const NS_PER_US: f64 = 1e3;
const NS_PER_MS: f64 = 1e6;
/// Memory and files are in units of 10⁶ bytes.
const MB: f64 = 1e6;

fn main() -> Result<()> {
    let target = path("CARGO_TARGET_DIR")?;
    let work = path("PACT_WASM_BENCH_WORK")?;
    let plugins = path("PACT_WASM_TEST_PLUGINS")?;
    let library = path("PACT_WASM_BENCH_LIBRARY")?;
    let caller = Caller {
        program: work.join("caller"),
        plugins: plugins.clone(),
        cache: work.join("cache"),
        work: work.clone(),
    };
    write_tables(&work)?;
    let mut server = caller.serve()?;

    let mut rows = Vec::new();
    calls(&mut rows, &mut server, &component(&plugins, "echo")?)?;
    loads(
        &mut rows,
        &mut server,
        &caller,
        &component(&plugins, "jwt")?,
    )?;
    tokens(
        &mut rows,
        &mut server,
        &fs::read_to_string(work.join("key.pem"))?,
    )?;
    callbacks(&mut rows, &mut server)?;
    against_grpc(&mut rows, &mut server)?;
    servers::measure(&mut rows, &plugins)?;
    languages::measure(&mut rows, &caller, &mut server)?;
    safety(&mut rows, &mut server)?;
    rows.push(
        Row::new(
            "instance_rss",
            sampled(SLOW_ROUNDS, || server.measure("instance_rss", 1))? / MB,
            "MB",
        )
        .bar(Bar::Value(0.5)),
    );
    let size = fs::metadata(&library)?.len() as f64;
    // 14 without Pact's own crates.
    rows.push(Row::new("library_size", size / MB, "MB").bar(Bar::Value(16.7)));

    table::print(&rows);
    table::write(&rows, &target.join("bench.json"))?;
    Ok(())
}

fn path(variable: &str) -> Result<PathBuf> {
    let value = std::env::var_os(variable);
    Ok(value
        .with_context(|| format!("{variable} is not set; use `make bench`"))?
        .into())
}

/// The component of a plugin, in whatever version it is.
fn component(plugins: &Path, name: &str) -> Result<PathBuf> {
    for entry in fs::read_dir(plugins)? {
        let directory = entry?.path();
        let file = directory.join(name).with_extension("wasm");
        if file.exists() {
            return Ok(file);
        }
    }
    Err(format_err!("no {name} in {}", plugins.display()))
}

fn calls(rows: &mut Vec<Row>, server: &mut Server, echo: &Path) -> Result<()> {
    let mut instance = Direct::compile(echo)?.instantiate()?;
    for (name, command, len, bar) in [
        ("c_call_empty", "compare_empty", 0, 1.25),
        ("c_call_200b", "compare_200b", 200, 1.10),
        ("c_call_1mb", "compare_1mb", 1 << 20, 1.10),
    ] {
        let bodies = [vec![b'x'; len], vec![b'x'; len]];
        let [c, direct] = in_turns(&mut |count| server.measure(command, count), &mut |count| {
            instance.time_compares(&bodies, count)
        })?;
        let row = Row::new(name, c / NS_PER_US, "us").against(direct / NS_PER_US);
        rows.push(row.bar(Bar::Ratio(bar)));
    }
    Ok(())
}

fn loads(rows: &mut Vec<Row>, server: &mut Server, caller: &Caller, jwt: &Path) -> Result<()> {
    let cold = sampled(SLOW_ROUNDS, || server.measure("load_cold", 1))?;
    rows.push(Row::new("load_cold", cold / NS_PER_MS, "ms"));
    let cached = sampled(ROUNDS, || server.measure("load_cached", 1))?;
    rows.push(Row::new("load_cached", cached / NS_PER_MS, "ms").bar(Bar::Value(2.0)));

    let direct = Direct::compile(jwt)?;
    let instantiate = sampled(ROUNDS, || Ok(nanoseconds(direct.time_instantiate(20)?)))?;
    rows.push(Row::new("instantiate", instantiate / NS_PER_US, "us"));

    let first = sampled(LONG_ROUNDS, || {
        Ok(nanoseconds(caller.time_first_compare()?))
    })?;
    rows.push(Row::new("first_compare", first / NS_PER_MS, "ms").bar(Bar::Value(15.0)));
    Ok(())
}

/// Baseline is the cryptography alone, natively.
fn tokens(rows: &mut Vec<Row>, server: &mut Server, key: &str) -> Result<()> {
    const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::Rs512;
    let data = [b'x'; 200];
    let private = Key::Pem(key.to_string());
    let public = crypto::public_key(&private, KeyFormat::Pem)?;
    let signature = crypto::sign(ALGORITHM, &private, &data)?;
    let [compare, verify] = in_turns(
        &mut |count| server.measure("compare_token", count),
        &mut |count| {
            time(count, || {
                crypto::verify(ALGORITHM, &public, &data, &signature)
            })
        },
    )?;
    let row = Row::new("jwt_compare_rs512", compare / NS_PER_MS, "ms").against(verify / NS_PER_MS);
    rows.push(row.bar(Bar::Value(0.5)));

    let mut configures = Vec::new();
    let mut signs = Vec::new();
    for _ in 0..LONG_ROUNDS {
        configures.push(server.measure("configure_token", 1)?);
        signs.push(time(1, || crypto::sign(ALGORITHM, &private, &data))?);
    }
    rows.push(
        Row::new("jwt_configure_rs512", median(configures) / NS_PER_MS, "ms")
            .against(median(signs) / NS_PER_MS),
    );
    Ok(())
}

/// What a call into the host costs. The other plugin's part is taken out of the first row; the second is the whole call of a
/// plugin that asks for a rule of Pact's.
fn callbacks(rows: &mut Vec<Row>, server: &mut Server) -> Result<()> {
    let server = std::cell::RefCell::new(server);
    let measure = |what: &'static str| {
        let server = &server;
        move |count| server.borrow_mut().measure(what, count)
    };
    let [delegated, direct] = in_turns(
        &mut measure("match_delegated"),
        &mut measure("match_called"),
    )?;
    let overhead = (delegated - direct) / NS_PER_US;
    rows.push(Row::new("cross_plugin_call", overhead, "us").bar(Bar::Value(15.0)));
    let core = sampled(LONG_ROUNDS, || measure("match_core")(1000))?;
    rows.push(Row::new("core_rule_callback", core / NS_PER_US, "us").bar(Bar::Value(10.0)));
    Ok(())
}

const TABLE_ROWS: usize = 37_000;

/// The table for the CSV plugin: one row to compare with, a megabyte of rows, and two sets of rules for all three columns.
fn write_tables(work: &Path) -> Result<()> {
    let rules = |id: &str, name: &str, score: &str| {
        format!(r#"{{"column:id":[{id}],"column:name":[{name}],"column:score":[{score}]}}"#)
    };
    let typed = |name: &str| format!(r#"{{"type":"{name}"}}"#);
    let regex = |regex: &str| format!(r#"{{"type":"regex","values":{{"regex":"{regex}"}}}}"#);
    fs::write(work.join("expected.csv"), csv_table::csv_table(1))?;
    fs::write(work.join("actual.csv"), csv_table::csv_table(TABLE_ROWS))?;
    let by_type = rules(&typed("integer"), &typed("type"), &typed("number"));
    fs::write(work.join("table.json"), by_type)?;
    let by_regex = rules(&regex("^[0-9]+$"), &regex("^[a-z]+$"), &regex("^[0-9.]+$"));
    fs::write(work.join("regex.json"), by_regex)?;
    Ok(())
}

/// A table of a megabyte, compared by the CSV plugin. The bar is half the time of a CSV plugin that was a gRPC server; the
/// baseline is a gRPC server that takes the same request and answers without looking at it.
fn against_grpc(rows: &mut Vec<Row>, server: &mut Server) -> Result<()> {
    let grpc = grpc::measure()?;
    let megabyte = grpc.iter().find(|it| it.name == "grpc_1mb");
    let megabyte = megabyte.context("no row grpc_1mb")?.value;
    let table = sampled(LONG_ROUNDS, || server.measure("compare_table", 1))? / NS_PER_US;
    let row = Row::new("csv_1mb", table, "us").against(megabyte);
    rows.push(row.bar(Bar::Value(13_100.0 / 2.0)));
    let regex = sampled(LONG_ROUNDS, || server.measure("compare_regex", 1))? / NS_PER_US;
    rows.push(Row::new("csv_1mb_regex", regex, "us").against(megabyte));
    rows.extend(grpc::judged(grpc));
    Ok(())
}

/// What it costs to do without signal handlers.
fn safety(rows: &mut Vec<Row>, server: &mut Server) -> Result<()> {
    for (name, without, with) in [
        (
            "signals_off_compare",
            "compare_200b_no_signals",
            "compare_200b",
        ),
        (
            "signals_off_jwt",
            "compare_token_no_signals",
            "compare_token",
        ),
    ] {
        let server = std::cell::RefCell::new(&mut *server);
        let [off, on] = in_turns(
            &mut |count| server.borrow_mut().measure(without, count),
            &mut |count| server.borrow_mut().measure(with, count),
        )?;
        rows.push(Row::new(name, off / NS_PER_US, "us").against(on / NS_PER_US));
    }
    Ok(())
}

type Measure<'a> = &'a mut dyn FnMut(u64) -> Result<f64>;

/// Measures two things in turns, each of them first in every other round; the medians, in nanoseconds.
fn in_turns<'a>(one: Measure<'a>, other: Measure<'a>) -> Result<[f64; 2]> {
    let counts = [batch_size(one)?, batch_size(other)?];
    let mut results = [Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        for turn in [round % 2, 1 - round % 2] {
            let measure = if turn == 0 { &mut *one } else { &mut *other };
            results[turn].push(measure(counts[turn])?);
        }
    }
    Ok(results.map(median))
}

fn batch_size(measure: Measure<'_>) -> Result<u64> {
    measure(10)?; // warms up
    Ok((BATCH / measure(10)?).clamp(1.0, 1e6) as u64)
}

fn sampled(rounds: usize, mut measure: impl FnMut() -> Result<f64>) -> Result<f64> {
    let samples: Result<Vec<f64>> = (0..rounds).map(|_| measure()).collect();
    samples.map(median)
}

fn time<R, E: std::error::Error + Send + Sync + 'static>(
    count: u64,
    mut work: impl FnMut() -> Result<R, E>,
) -> Result<f64> {
    let start = Instant::now();
    for _ in 0..count {
        std::hint::black_box(work()?);
    }
    Ok(nanoseconds(start.elapsed()) / count as f64)
}

fn nanoseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
