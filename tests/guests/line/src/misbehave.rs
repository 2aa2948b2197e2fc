//! What a server does on the commands that start with `!`. They are not in the results.

use std::hint::black_box;

use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::io::poll::poll;

use crate::bindings::pact::plugin::host::{self, LogLevel};
use crate::bindings::pact::plugin::types::{
    FieldSource, FieldValue, MatchFieldRequest, MatchingRule,
};
use crate::wire::{ERR, Message, OK};

/// What comes of a command, if anything does.
pub enum Deed {
    /// An answer: its first word and its bytes.
    Answer(&'static str, Vec<u8>),
    /// The server ends with this error.
    Fail(String),
}

/// Does what a request asks for, if its command is one of these.
pub fn requested(request: &Message) -> Option<Deed> {
    let deed = match &*request.word {
        "!trap" => trap(),
        "!loop" => spin_forever(),
        "!alloc" => allocate_forever(),
        "!spin" => poll_forever(),
        "!sleep" => {
            subscribe_duration(3600 * 1_000_000_000).block();
            Deed::Answer(OK, Vec::new())
        }
        "!fail" => Deed::Fail("the server gave up".to_owned()),
        "!log" => {
            let message = String::from_utf8_lossy(&request.payload);
            host::log(LogLevel::Info, "line", &message);
            Deed::Answer(OK, Vec::new())
        }
        "!callback" => call_back(&request.payload),
        _ => return None,
    };
    Some(deed)
}

pub fn trap() -> ! {
    panic!("the guest panics, as it was asked to")
}

pub fn spin_forever() -> ! {
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

fn poll_forever() -> ! {
    let ready = subscribe_duration(0);
    loop {
        poll(&[&ready]);
    }
}

/// Asks the host whether the bytes are a text of digits.
fn call_back(payload: &[u8]) -> Deed {
    let request = MatchFieldRequest {
        key: "regex".to_owned(),
        rule: MatchingRule {
            type_: "regex".to_owned(),
            values: Some(r#"{"regex":"\\d+"}"#.to_owned()),
        },
        path: "$".to_owned(),
        mismatch_type: FieldSource::Body,
        expected: FieldValue::Text("1".to_owned()),
        actual: FieldValue::Text(String::from_utf8_lossy(payload).into_owned()),
        plugin_configuration: None,
        test_context: None,
    };
    match host::match_field("core/matcher/regex", &request) {
        Ok(mismatches) => Deed::Answer(OK, mismatches.is_empty().to_string().into_bytes()),
        Err(error) => Deed::Answer(ERR, error.into_bytes()),
    }
}
