//! Mock servers: the plugin `jsonrpc`, loaded by the library, against its own code as a native program (`benches/server`). One
//! client, one connection that stays open.
//!
//! All of it is on one processor. Client and server take turns, and where the one wakes the other on another processor, that takes
//! 20 µs or 75 on a virtual machine, as the scheduler likes, whatever the server is.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use pact_wasm::driver::call::CallOptions;
use pact_wasm::driver::config::Config;
use pact_wasm::driver::host::Host;
use pact_wasm::driver::plugin::Plugin;
use pact_wasm::runtime::component::WasmRuntime;
use serde_json::{Value, json};
use wasmtime::error::Context;
use wasmtime::{Result, bail};

use super::table::{Bar, Row};
use super::{NS_PER_MS, NS_PER_US, median, nanoseconds, path};

/// Requests of one turn. Each turn begins with a few that do not count, because the other server has had the machine.
const TURN: usize = 50;
const WARM_UP: usize = 5;
const TURNS: usize = 400;
const STARTS: usize = 51;
const IDLE: Duration = Duration::from_secs(10);

const BODY: &str = r#"{"jsonrpc":"2.0","id":7,"method":"subtract","params":[42,23]}"#;

pub fn measure(rows: &mut Vec<Row>, plugins: &Path) -> Result<()> {
    let config = Config {
        plugin_directory: Some(plugins.to_path_buf()),
        ..Config::default()
    };
    let runtime = WasmRuntime::new(&config)?;
    let host = Host::new(config, Box::new(runtime));
    let plugin = host.load("jsonrpc", None)?;
    plugin.init(&CallOptions::default())?;
    let interaction = interaction(&plugin)?;

    let all = processors()?;
    // Threads and processes inherit it.
    stay_on(&one_of(&all))?;
    let server = Server::start(&plugin, &interaction)?;
    let native = Native::start(&interaction)?;
    latencies(rows, server.port, native.port)?;
    stay_on(&all)?;
    drop(native);
    rows.push(idle()?);
    server.shutdown()?;

    let (mut starts, mut stops) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let began = Instant::now();
        let server = Server::start(&plugin, &interaction)?;
        let mut client = Client::connect(server.port)?;
        starts.push(nanoseconds(began.elapsed()));
        client.ask()?;
        let began = Instant::now();
        server.shutdown()?;
        stops.push(nanoseconds(began.elapsed()));
    }
    let row =
        |name, samples, bar| Row::new(name, median(samples) / NS_PER_MS, "ms").bar(Bar::Value(bar));
    rows.push(row("mock_server_start", starts, 5.0));
    rows.push(row("mock_server_stop", stops, 50.0));
    Ok(())
}

fn latencies(rows: &mut Vec<Row>, component: u16, native: u16) -> Result<()> {
    let mut clients = [Client::connect(component)?, Client::connect(native)?];
    if clients[0].ask()?.to_vec() != clients[1].ask()? {
        bail!("the two servers answer differently");
    }
    let mut samples = [Vec::new(), Vec::new()];
    for turn in 0..TURNS {
        for side in [turn % 2, 1 - turn % 2] {
            for request in 0..WARM_UP + TURN {
                let began = Instant::now();
                clients[side].ask()?;
                if request >= WARM_UP {
                    samples[side].push(nanoseconds(began.elapsed()) / NS_PER_US);
                }
            }
        }
    }
    for side in &mut samples {
        side.sort_by(f64::total_cmp);
    }
    for (name, hundredth, bar) in [("mock_server_p50", 50, 2.0), ("mock_server_p99", 99, 3.0)] {
        let at = |side: &[f64]| side[side.len() * hundredth / 100];
        let row = Row::new(name, at(&samples[0]), "us").against(at(&samples[1]));
        rows.push(row.bar(Bar::Ratio(bar)));
    }
    Ok(())
}

/// What this process uses of a core while a server runs that nobody asks anything.
fn idle() -> Result<Row> {
    let before = processor_time()?;
    thread::sleep(IDLE);
    let used = processor_time()? - before;
    let share = 100.0 * used / IDLE.as_secs_f64();
    Ok(Row::new("mock_server_idle", share, "%").bar(Bar::Value(0.5)))
}

/// The processors that this thread may run on.
fn processors() -> Result<libc::cpu_set_t> {
    // SAFETY: a set is integers, and all zeros is the empty one.
    let mut set = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a set of this size.
    match unsafe { libc::sched_getaffinity(0, size_of_val(&set), &raw mut set) } {
        0 => Ok(set),
        _ => bail!("{}", std::io::Error::last_os_error()),
    }
}

fn stay_on(set: &libc::cpu_set_t) -> Result<()> {
    // SAFETY: the pointer is to a set of this size.
    match unsafe { libc::sched_setaffinity(0, size_of_val(set), set) } {
        0 => Ok(()),
        _ => bail!("{}", std::io::Error::last_os_error()),
    }
}

/// The last of a set, because the first has the most to do besides.
fn one_of(set: &libc::cpu_set_t) -> libc::cpu_set_t {
    // SAFETY: a set is integers, and all zeros is the empty one.
    let mut one = unsafe { std::mem::zeroed() };
    // SAFETY: the numbers are within the size of a set.
    let is_in = |cpu: &usize| unsafe { libc::CPU_ISSET(*cpu, set) };
    if let Some(last) = (0..libc::CPU_SETSIZE as usize).rev().find(is_in) {
        // SAFETY: as above.
        unsafe { libc::CPU_SET(last, &mut one) };
    }
    one
}

/// Of all threads of this process, in seconds.
fn processor_time() -> Result<f64> {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the pointer is to a place for the result.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    if status != 0 {
        bail!("{}", std::io::Error::last_os_error());
    }
    Ok(time.tv_sec as f64 + time.tv_nsec as f64 / 1e9)
}

/// The interaction, as the plugin configures it.
fn interaction(plugin: &Plugin) -> Result<Value> {
    let request = json!({
        "contentType": "application/json-rpc",
        "contentsConfig": {
            "request": { "method": "subtract", "params": [42, 23] },
            "response": { "result": 19 },
        },
    });
    let configured = call(plugin, "configure-interaction", &request)?;
    Ok(json!({
        "interactionType": "Synchronous/Messages",
        "pluginConfiguration": configured["interactions"][0]["pluginConfiguration"],
    }))
}

fn call(plugin: &Plugin, operation: &str, request: &Value) -> Result<Value> {
    let response = plugin.call_json(&CallOptions::default(), operation, &request.to_string())?;
    Ok(serde_json::from_str(&response)?)
}

/// A mock server of the library's.
struct Server {
    plugin: Arc<Plugin>,
    key: Value,
    port: u16,
}

impl Server {
    fn start(plugin: &Arc<Plugin>, interaction: &Value) -> Result<Self> {
        let request = json!({ "interactions": [interaction] });
        let server = call(plugin, "start-mock-server", &request)?;
        Ok(Server {
            plugin: plugin.clone(),
            port: u16::try_from(server["port"].as_u64().context("no port")?)?,
            key: server["key"].clone(),
        })
    }

    fn shutdown(self) -> Result<()> {
        let request = json!({ "key": self.key });
        let results = call(&self.plugin, "shutdown-mock-server", &request)?;
        match results["ok"].as_bool() {
            Some(true) => Ok(()),
            _ => bail!("not all went well: {results}"),
        }
    }
}

/// The native program.
struct Native {
    process: Child,
    port: u16,
}

impl Native {
    fn start(interaction: &Value) -> Result<Self> {
        let program = path("PACT_WASM_BENCH_SERVER")?;
        let configuration = &interaction["pluginConfiguration"]["interactionConfiguration"];
        let mut process = Command::new(&program)
            .arg(configuration.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{}", program.display()))?;
        let stdout = process.stdout.take().context("no standard output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let port = line
            .trim()
            .parse::<u16>()
            .context("no port from the native server")?;
        Ok(Native { process, port })
    }
}

/// It ends with its standard input.
impl Drop for Native {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

struct Client {
    stream: TcpStream,
    request: Vec<u8>,
    response: Vec<u8>,
}

impl Client {
    fn connect(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let length = BODY.len();
        let head = format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        Ok(Client {
            stream,
            request: [head, BODY.to_string()].concat().into_bytes(),
            response: Vec::new(),
        })
    }

    /// One request; gives the response, which ends with the brace that closes its body.
    fn ask(&mut self) -> Result<&[u8]> {
        self.stream.write_all(&self.request)?;
        self.response.clear();
        let mut part = [0; 4096];
        while !self.response.ends_with(b"}") {
            match self.stream.read(&mut part)? {
                0 => bail!("the server closed the connection"),
                length => self.response.extend_from_slice(&part[..length]),
            }
        }
        Ok(&self.response)
    }
}
