//! What is measured, and one turn of it.

use std::time::{Duration, Instant};

use prost_types::{Struct, Value};
use tokio::runtime::Runtime;

use crate::client::{Connection, Plugin, Serves};
use crate::csv_table::csv_table;
use crate::protocol::{
    Body, CompareContentsRequest, MatchingRule, MatchingRules, PluginConfiguration,
};
use crate::{Result, median};

/// Long enough for the threads and the heaps of both processes to settle.
const WARM_UP: Duration = Duration::from_millis(60);
const TURN: Duration = Duration::from_millis(90);

/// As many as make 1 MB.
const ROWS: usize = 37_000;

/// For glibc: nothing goes back to the kernel, so that no call waits for pages that an earlier one had already.
const KEEP_HEAP: &[(&str, &str)] = &[
    ("MALLOC_MMAP_THRESHOLD_", "33554432"),
    ("MALLOC_TRIM_THRESHOLD_", "1073741824"),
];

pub const MEASUREMENTS: [Measurement; 7] = [
    Measurement {
        name: "grpc_200b",
        plugin: Serves::Nothing,
        request: small_comparison,
        connections: Connections::One,
        environment: &[],
    },
    Measurement {
        name: "grpc_200b_new_connection",
        plugin: Serves::Nothing,
        request: small_comparison,
        connections: Connections::OnePerCall,
        environment: &[],
    },
    Measurement {
        name: "bridge_compare_200b",
        plugin: Serves::Bridge("echo"),
        request: small_comparison,
        connections: Connections::One,
        environment: &[],
    },
    Measurement {
        name: "bridge_compare_200b_new",
        plugin: Serves::Bridge("echo"),
        request: small_comparison,
        connections: Connections::OnePerCall,
        environment: &[],
    },
    Measurement {
        name: "grpc_1mb",
        plugin: Serves::Nothing,
        request: || csv_comparison(1),
        connections: Connections::One,
        environment: &[],
    },
    Measurement {
        name: "grpc_1mb_both",
        plugin: Serves::Nothing,
        request: || csv_comparison(ROWS),
        connections: Connections::One,
        environment: &[],
    },
    // The best that gRPC could do, which no plugin does.
    Measurement {
        name: "grpc_1mb_heap_kept",
        plugin: Serves::Nothing,
        request: || csv_comparison(1),
        connections: Connections::One,
        environment: KEEP_HEAP,
    },
];

pub struct Measurement {
    pub name: &'static str,
    plugin: Serves,
    request: fn() -> CompareContentsRequest,
    connections: Connections,
    /// Of both processes.
    pub environment: &'static [(&'static str, &'static str)],
}

#[derive(Clone, Copy)]
enum Connections {
    One,
    /// What drivers do.
    OnePerCall,
}

impl Measurement {
    pub fn find(name: &str) -> Result<&'static Self> {
        let found = MEASUREMENTS.iter().find(|it| it.name == name);
        Ok(found.ok_or_else(|| format!("there is no measurement {name}"))?)
    }

    /// The median of many calls, in microseconds.
    pub fn turn(&self) -> Result<f64> {
        // Several threads, as drivers have it.
        Runtime::new()?.block_on(async {
            let plugin = Plugin::spawn(self.plugin)?;
            let mut connection = plugin.connect().await?;
            plugin.init(&mut connection).await?;
            let request = (self.request)();
            self.calls(WARM_UP, &plugin, &mut connection, &request)
                .await?;
            let samples = self.calls(TURN, &plugin, &mut connection, &request).await?;
            Ok(median(samples))
        })
    }

    async fn calls(
        &self,
        duration: Duration,
        plugin: &Plugin,
        connection: &mut Connection,
        request: &CompareContentsRequest,
    ) -> Result<Vec<f64>> {
        let mut samples = Vec::new();
        let start = Instant::now();
        while samples.is_empty() || start.elapsed() < duration {
            let elapsed = self.call(plugin, connection, request.clone()).await?;
            samples.push(elapsed.as_secs_f64() * 1e6);
        }
        Ok(samples)
    }

    /// The copy of the bodies that a request owns was made before the clock starts, and disconnecting does not count: both
    /// are in gRPC's favour.
    async fn call(
        &self,
        plugin: &Plugin,
        connection: &mut Connection,
        request: CompareContentsRequest,
    ) -> Result<Duration> {
        let start = Instant::now();
        match self.connections {
            Connections::One => {
                connection.compare(request).await?;
                Ok(start.elapsed())
            }
            Connections::OnePerCall => {
                let mut connection = plugin.connect().await?;
                connection.compare(request).await?;
                Ok(start.elapsed())
            }
        }
    }
}

fn small_comparison() -> CompareContentsRequest {
    CompareContentsRequest {
        expected: body("text/plain", vec![b'x'; 200]),
        actual: body("text/plain", vec![b'x'; 200]),
        ..CompareContentsRequest::default()
    }
}

/// 1 MB of csv, with a rule for each column and the configuration that a csv plugin has stored.
fn csv_comparison(expected_rows: usize) -> CompareContentsRequest {
    let rules = [
        ("column:id", "integer"),
        ("column:name", "type"),
        ("column:score", "number"),
    ];
    let configuration: [(&str, Value); 2] =
        [("csvHeaders", true.into()), ("delimiter", ",".into())];
    CompareContentsRequest {
        expected: body("text/csv", csv_table(expected_rows)),
        actual: body("text/csv", csv_table(ROWS)),
        allow_unexpected_keys: false,
        rules: rules
            .map(|(column, name)| (column.to_string(), rule(name)))
            .into(),
        plugin_configuration: Some(PluginConfiguration {
            interaction_configuration: Some(Struct {
                fields: configuration
                    .map(|(key, value)| (key.to_string(), value))
                    .into(),
            }),
            pact_configuration: None,
        }),
    }
}

fn body(content_type: &str, content: Vec<u8>) -> Option<Body> {
    Some(Body {
        content_type: content_type.to_string(),
        content: Some(content),
        content_type_hint: 0,
    })
}

fn rule(name: &str) -> MatchingRules {
    MatchingRules {
        rule: vec![MatchingRule {
            r#type: name.to_string(),
            values: Some(Struct::default()),
        }],
    }
}
