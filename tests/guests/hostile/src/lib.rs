//! A plugin that misbehaves on request, for the host's tests of limits, sandbox and errors.
//!
//! The content type chooses what happens: the one of the request for `configure-interaction`, the expected body's for
//! `compare-contents`, the body's for `generate-content`. Anything that is not listed here behaves well: it configures
//! an empty interaction, matches, and returns the body unchanged.
//!
//! | content type    | what happens |
//! |-----------------|--------------|
//! | `x/loop`        | never returns, computing |
//! | `x/alloc`       | allocates and touches memory without end |
//! | `x/trap`        | panics |
//! | `x/exit`        | calls `std::process::exit(3)`; WASI 0.2 only carries success or failure, so the host sees status 1 |
//! | `x/recurse`     | recurses without end |
//! | `x/sleep`       | sleeps for an hour |
//! | `x/log`         | logs 10,000 records of 100 bytes, then behaves well |
//! | `x/log-big`     | logs one record of 8 MiB, then behaves well |
//! | `x/stdout`, `x/stderr` | writes two lines and a third without its end, then behaves well |
//! | `x/env`         | an error that tells the environment, the arguments, the root directory and a TCP connection |
//! | `x/huge-result` | a result of 300 MiB |
//! | `x/error`       | the error `the guest says no` |
//! | `x/bad-json`    | `configure-interaction`: texts that are not JSON where JSON is due |
//! | `x/count`       | an error with the number of calls (of these three functions) that this instance has served |
//! | `x/spin-ms`     | busy for as many milliseconds as the actual body (or the body) says, then behaves well |
//! | `x/config`      | an error with the plugin configuration |
//! | `x/catalogue`   | an error with the number of entries in the latest catalogue |
//!
//! The manifest's `pluginConfig` key `init` chooses what `init` does: `fail`, `trap`, `loop`, `alloc`,
//! `missing-capabilities`, `bad-role` (a catalogue entry whose role is not exported). It needs the host capabilities that
//! the key `requires` lists, and declares those of the key `declares`, unknown ones among them.

mod bindings {
    #![allow(missing_docs)]
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "pact:plugin/content-plugin",
    });
}

use std::hint::black_box;
use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use bindings::exports::pact::plugin::{content_generator, content_matcher, lifecycle};
use bindings::pact::plugin::host;
use bindings::pact::plugin::types::*;

#[cfg(target_arch = "wasm32")]
bindings::export!(Hostile with_types_in bindings);

/// The guest.
pub struct Hostile;

fn texts(list: &serde_json::Value) -> Vec<&str> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(serde_json::Value::as_str).collect()
}

/// Calls that this instance has served.
static CALLS: AtomicU32 = AtomicU32::new(0);

/// Entries in the latest catalogue.
static CATALOGUE: AtomicU32 = AtomicU32::new(0);

impl lifecycle::Guest for Hostile {
    fn init(request: InitRequest) -> Result<InitResponse, InitFailure> {
        let failure = |message: &str, missing: &[&str]| {
            Err(InitFailure {
                message: message.to_owned(),
                missing_capabilities: missing.iter().map(|name| (*name).to_owned()).collect(),
            })
        };
        let content_types = vec![("content-types".to_owned(), "x/.*".to_owned())];
        let entry = |entry_type| CatalogueEntry {
            entry_type,
            key: "hostile".to_owned(),
            values: content_types.clone(),
        };
        let mut catalogue = vec![
            entry(EntryType::ContentMatcher),
            entry(EntryType::ContentGenerator),
        ];
        let configuration = host::plugin_configuration();
        let configuration: serde_json::Value =
            serde_json::from_str(&configuration).unwrap_or_default();
        match configuration["init"].as_str().unwrap_or_default() {
            "fail" => return failure("the guest refuses to start", &[]),
            "missing-capabilities" => {
                return failure(
                    "the host lacks capabilities",
                    &["matcher/telepathy", "interaction/seance"],
                );
            }
            "trap" => trap(),
            "loop" => spin_forever(),
            "alloc" => allocate_forever(),
            "bad-role" => catalogue.push(entry(EntryType::Transport)),
            _ => {}
        }
        let mut missing = texts(&configuration["requires"]);
        missing.retain(|name| !request.host_capabilities.iter().any(|has| has == name));
        if !missing.is_empty() {
            return failure("update the host", &missing);
        }
        let declared = texts(&configuration["declares"]);
        Ok(InitResponse {
            catalogue,
            plugin_capabilities: declared.into_iter().map(str::to_owned).collect(),
        })
    }

    fn update_catalogue(catalogue: Vec<CatalogueEntry>) {
        CATALOGUE.store(catalogue.len() as u32, Relaxed);
    }
}

impl content_matcher::Guest for Hostile {
    fn configure_interaction(
        request: ConfigureInteractionRequest,
    ) -> Result<ConfigureInteractionResponse, String> {
        misbehave(&request.content_type, request.contents_config.as_bytes())?;
        let bad_json = request.content_type == "x/bad-json";
        let json = |text: &str| bad_json.then(|| text.to_owned());
        let rules = if bad_json {
            vec![(
                "$".to_owned(),
                vec![MatchingRule {
                    type_: "regex".to_owned(),
                    values: json("{\"regex\":"),
                }],
            )]
        } else {
            Vec::new()
        };
        let content = match &*request.content_type {
            "x/huge-result" => huge(),
            _ => Vec::new(),
        };
        let plugin_configuration = bad_json.then(|| PluginConfiguration {
            interaction_configuration: json("this is not JSON"),
            pact_configuration: json("{]"),
        });
        Ok(ConfigureInteractionResponse {
            interactions: vec![InteractionResponse {
                contents: Some(Body {
                    content_type: request.content_type,
                    content: Some(content),
                    hint: ContentTypeHint::Default,
                }),
                rules,
                generators: Vec::new(),
                message_metadata: json("not JSON either"),
                plugin_configuration: plugin_configuration.clone(),
                interaction_markup: String::new(),
                interaction_markup_type: MarkupType::CommonMark,
                part_name: String::new(),
                metadata_rules: Vec::new(),
                metadata_generators: Vec::new(),
            }],
            plugin_configuration,
        })
    }

    fn compare_contents(request: CompareContentsRequest) -> Result<ContentsComparison, String> {
        let actual = request.actual.content.unwrap_or_default();
        misbehave(&request.expected.content_type, &actual)?;
        let mut results = Vec::new();
        if request.expected.content_type == "x/huge-result" {
            let mismatch = Mismatch {
                expected: None,
                actual: Some(huge()),
                description: "a result larger than any host should take".to_owned(),
                path: "$".to_owned(),
                diff: None,
                mismatch_type: Some("body".to_owned()),
            };
            results.push(("$".to_owned(), vec![mismatch]));
        }
        Ok(ContentsComparison::Results(results))
    }
}

impl content_generator::Guest for Hostile {
    fn generate_content(request: GenerateContentRequest) -> Result<Body, String> {
        let mut body = request.body;
        misbehave(
            &body.content_type,
            body.content.as_deref().unwrap_or_default(),
        )?;
        if body.content_type == "x/huge-result" {
            body.content = Some(huge());
        }
        Ok(body)
    }
}

/// Does what the content type asks for, as far as it is the same for all functions.
fn misbehave(content_type: &str, payload: &[u8]) -> Result<(), String> {
    let calls = CALLS.fetch_add(1, Relaxed) + 1;
    match content_type {
        "x/loop" => spin_forever(),
        "x/alloc" => allocate_forever(),
        "x/trap" => trap(),
        "x/exit" => std::process::exit(3),
        "x/recurse" => return Err(format!("recursion ended with {}", recurse(1))),
        "x/sleep" => std::thread::sleep(Duration::from_secs(3600)),
        "x/log" => {
            for number in 0..10_000 {
                host::log(host::LogLevel::Info, "hostile", &format!("{number:0>100}"));
            }
        }
        "x/log-big" => host::log(host::LogLevel::Info, "hostile", &"x".repeat(8 << 20)),
        "x/stdout" => {
            print!("first line on stdout\nsecond line on stdout\nrest on stdout");
            // Without this, Rust's own buffer would keep the unfinished line.
            std::io::stdout()
                .flush()
                .map_err(|error| error.to_string())?;
        }
        "x/stderr" => eprint!("first line on stderr\nsecond line on stderr\nrest on stderr"),
        "x/env" => return Err(surroundings()),
        "x/error" => return Err("the guest says no".to_owned()),
        "x/count" => return Err(calls.to_string()),
        "x/spin-ms" => spin(payload)?,
        "x/config" => return Err(host::plugin_configuration()),
        "x/catalogue" => return Err(CATALOGUE.load(Relaxed).to_string()),
        _ => {}
    }
    Ok(())
}

fn spin_forever() -> ! {
    let mut turns = 0u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

fn allocate_forever() -> ! {
    loop {
        // Ones, because zeroed memory would not have to be touched.
        std::mem::forget(black_box(vec![1u8; 1 << 20]));
    }
}

fn trap() -> ! {
    panic!("the guest panics, as it was asked to")
}

/// Recurses until the stack ends. The condition and the rotation keep the compiler from making a loop of it; there is
/// no local memory, so that the engine's stack overflows and not the one that the guest keeps in linear memory.
#[inline(never)]
fn recurse(depth: u32) -> u32 {
    if CALLS.load(Relaxed) == 0 {
        return depth;
    }
    recurse(depth.wrapping_add(1)).rotate_left(7) ^ depth
}

fn spin(payload: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(payload);
    let milliseconds = text
        .trim()
        .parse()
        .map_err(|_| format!("x/spin-ms: {text:?} is not a number of milliseconds"))?;
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(milliseconds) {
        for turn in 0..10_000u32 {
            black_box(turn);
        }
    }
    Ok(())
}

fn surroundings() -> String {
    let environment: Vec<_> = std::env::vars().collect();
    let arguments: Vec<_> = std::env::args().collect();
    let root = match std::fs::read_dir("/") {
        Ok(entries) => format!("{} entries", entries.count()),
        Err(error) => format!("error: {error}"),
    };
    let tcp = match std::net::TcpStream::connect("127.0.0.1:1") {
        Ok(_) => "connected".to_owned(),
        Err(error) => format!("error: {error}"),
    };
    format!(
        "environment: {environment:?}\narguments: {arguments:?}\nroot directory: {root}\ntcp: {tcp}"
    )
}

/// More than a host takes by default, and still within what the guest itself can address.
fn huge() -> Vec<u8> {
    vec![0; 300 << 20]
}
