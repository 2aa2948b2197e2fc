#!/bin/sh
# Builds the release library, a C program that uses it, and the measurements in Rust, then measures. `make bench` calls
# this with CARGO_TARGET_DIR and PACT_WASM_TEST_PLUGINS set.
set -eu
cd "$(dirname "$0")/.."

export PACT_WASM_BENCH_WORK="$CARGO_TARGET_DIR/bench"
export PACT_WASM_BENCH_LIBRARY="$PACT_WASM_BENCH_WORK/libpact_wasm.so.1"
mkdir -p "$PACT_WASM_BENCH_WORK"

# What plugins have been so far: a gRPC server. Its crate is apart, so that tokio's and tonic's features stay out of the library.
cargo build --locked --release --manifest-path benches/grpc/Cargo.toml --target-dir "$CARGO_TARGET_DIR/grpc"
export PACT_WASM_BENCH_GRPC="$CARGO_TARGET_DIR/grpc/release/grpc_baseline"

# The measurements link the Rust library, which makes cargo build all its crate types, without LTO where an rlib is among
# them. The library as it is released is therefore built alone, and last, so that it is what stays in target/release.
bench=$(cargo bench --locked --bench bench --no-run --message-format=json-render-diagnostics |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')
cargo rustc --locked --release --lib --crate-type cdylib
cp -f "$CARGO_TARGET_DIR/release/libpact_wasm.so" "$PACT_WASM_BENCH_LIBRARY"
ln -sf libpact_wasm.so.1 "$PACT_WASM_BENCH_WORK/libpact_wasm.so"

"${CC:-cc}" -O2 -std=c11 -Wall -Wextra -Werror -Iinclude benches/caller.c -o "$PACT_WASM_BENCH_WORK/caller" -pthread \
    -L"$PACT_WASM_BENCH_WORK" -lpact_wasm -Wl,-rpath,"$PACT_WASM_BENCH_WORK"

# The key signs tokens of this machine's measurements only.
[ -s "$PACT_WASM_BENCH_WORK/key.pem" ] || openssl genrsa -traditional -out "$PACT_WASM_BENCH_WORK/key.pem" 4096 2>/dev/null ||
    openssl genrsa -out "$PACT_WASM_BENCH_WORK/key.pem" 4096

"$bench"
