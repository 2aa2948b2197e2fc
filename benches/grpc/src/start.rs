//! What it costs to have the bridge: the time until a plugin is ready, its memory then, and the size of the executable.

use std::time::Instant;

use tokio::runtime::Runtime;

use crate::client::{Plugin, Serves, bridge};
use crate::{Result, median};

/// A start takes some milliseconds.
const STARTS: usize = 101;
/// The plugin that the bars are about.
const PLUGIN: &str = "jwt";

/// One line of JSON each.
pub fn measure() -> Result<()> {
    let size = std::fs::metadata(bridge()?)?.len();
    let runtime = Runtime::new()?;
    runtime.block_on(start())?; // Compiles the plugin, if it is not in the cache.
    let mut times = Vec::new();
    let mut sizes = Vec::new();
    for _ in 0..STARTS {
        let (milliseconds, resident) = runtime.block_on(start())?;
        times.push(milliseconds);
        sizes.push(resident);
    }
    let (start, resident) = (median(times), median(sizes));
    println!(r#"{{"name":"bridge_start","value":{start:.2},"unit":"ms"}}"#);
    println!(r#"{{"name":"bridge_rss","value":{resident:.2},"unit":"MB"}}"#);
    println!(
        r#"{{"name":"bridge_size","value":{:.2},"unit":"MB"}}"#,
        size as f64 / 1e6
    );
    Ok(())
}

/// From the start of the process to the answer to init, in milliseconds; and the resident memory then, in 10⁶ bytes.
async fn start() -> Result<(f64, f64)> {
    let start = Instant::now();
    let plugin = Plugin::spawn(Serves::Bridge(PLUGIN))?;
    let mut connection = plugin.connect().await?;
    plugin.init(&mut connection).await?;
    let milliseconds = start.elapsed().as_secs_f64() * 1e3;
    Ok((milliseconds, resident(plugin.id())?))
}

fn resident(process: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    let kib = line.and_then(|it| it.split_whitespace().next()?.parse::<f64>().ok());
    Ok(kib.ok_or("no VmRSS")? * 1024.0 / 1e6)
}
