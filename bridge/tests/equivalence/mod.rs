//! The same requests to the library and to the bridge.

pub mod answers;
mod contents;
mod fields;
mod init;
mod json;
mod jsonrpc;
mod line;
pub mod pair;
pub mod random;
pub mod requests;
mod tcp;
mod v1;
mod v2;

use std::thread;

use random::Random;

/// What the first case of each test begins with.
const SEED: u64 = 2024;

/// Runs `check` so often, each time with other values. Where it fails, the seed is printed.
pub fn cases(count: u64, mut check: impl FnMut(&mut Random)) {
    for seed in SEED..SEED + count {
        let _told = ToldOnPanic(seed);
        check(&mut Random::with_seed(seed));
    }
}

struct ToldOnPanic(u64);

impl Drop for ToldOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the seed was {}", self.0);
        }
    }
}
