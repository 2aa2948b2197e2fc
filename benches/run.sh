#!/bin/sh
# Builds the release library, a C program that uses it, and the measurements in Rust, then measures. `make bench` calls
# this with CARGO_TARGET_DIR and PACT_WASM_TEST_PLUGINS set.
set -eu
cd "$(dirname "$0")/.."

export PACT_WASM_BENCH_WORK="$CARGO_TARGET_DIR/bench"
mkdir -p "$PACT_WASM_BENCH_WORK"

# What plugins have been so far: a gRPC server. Its crate is apart, so that tokio's and tonic's features stay out of the library.
cargo build --locked --release --manifest-path benches/grpc/Cargo.toml --target-dir "$CARGO_TARGET_DIR/grpc"
export PACT_WASM_BENCH_GRPC="$CARGO_TARGET_DIR/grpc/release/grpc_baseline"

# What a mock server would be without WebAssembly.
cargo build --locked --release --manifest-path benches/server/Cargo.toml --target-dir "$CARGO_TARGET_DIR/native-server"
export PACT_WASM_BENCH_SERVER="$CARGO_TARGET_DIR/native-server/release/native_server"

make executables
export PACT_WASM_BENCH_BRIDGE="$CARGO_TARGET_DIR/release/pact-wasm-bridge"

# The measurements link the Rust library, which makes cargo build all its crate types, without LTO where an rlib is among
# them. The libraries as they are released are therefore built apart, and last, so that they are what stays in target/release.
bench=$(cargo bench --locked --bench bench --no-run --message-format=json-render-diagnostics |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')
prefix=$PACT_WASM_BENCH_WORK/prefix
make install PREFIX="$prefix"
export PACT_WASM_BENCH_LIBRARY="$prefix/lib/libpact_wasm.so.1"
export PACT_WASM_LIBRARY="$PACT_WASM_BENCH_LIBRARY" LD_LIBRARY_PATH="$prefix/lib" PKG_CONFIG_PATH="$prefix/lib/pkgconfig"

# shellcheck disable=SC2046 # a list of words
"${CC:-cc}" -O2 -std=c11 -Wall -Wextra -Werror benches/caller.c -o "$PACT_WASM_BENCH_WORK/caller" -pthread \
    $(pkg-config --cflags --libs pact_wasm)

# program NAME COMMAND…: a program for the measurements that stands for a command with arguments
program() {
    file=$PACT_WASM_BENCH_WORK/$1
    shift
    { echo '#!/bin/sh'; printf 'exec'; printf " '%s'" "$@"; echo ' "$@"'; } >"$file"
    chmod +x "$file"
}

if command -v python3 >/dev/null; then
    bindings/python/bench/prepare.sh "$PACT_WASM_BENCH_WORK/python"
    program python-caller "$PACT_WASM_BENCH_WORK/python/bin/python" "$PWD/bindings/python/bench/caller.py"
    program extism-caller "$PACT_WASM_BENCH_WORK/python/bin/python" "$PWD/bindings/python/bench/extism_caller.py"
    export PACT_WASM_BENCH_PYTHON="$PACT_WASM_BENCH_WORK/python-caller" PACT_WASM_BENCH_EXTISM="$PACT_WASM_BENCH_WORK/extism-caller"
else
    echo "Python is not measured: there is no python3" >&2
fi
if command -v go >/dev/null; then
    export PACT_WASM_BENCH_GO="$PACT_WASM_BENCH_WORK/go-caller"
    # All of it: Go does not notice when the library outside of its module changes.
    (cd bindings/go && go build -a -o "$PACT_WASM_BENCH_GO" ./bench/caller)
else
    echo "Go is not measured: there is no go" >&2
fi
if ruby -e 'require "ffi"' 2>/dev/null; then
    program ruby-caller ruby -I"$PWD/bindings/ruby/lib" "$PWD/bindings/ruby/bench/caller.rb"
    export PACT_WASM_BENCH_RUBY="$PACT_WASM_BENCH_WORK/ruby-caller"
else
    echo "Ruby is not measured: there is no ruby with the gem ffi" >&2
fi

# The key signs tokens of this machine's measurements only.
[ -s "$PACT_WASM_BENCH_WORK/key.pem" ] || openssl genrsa -traditional -out "$PACT_WASM_BENCH_WORK/key.pem" 4096 2>/dev/null ||
    openssl genrsa -out "$PACT_WASM_BENCH_WORK/key.pem" 4096

"$bench"
