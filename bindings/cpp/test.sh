#!/bin/sh
# Tests the C++ binding and its example against an installation of the library: formatting, tests, the same with sanitizers.
#
# From the environment: CARGO_TARGET_DIR (default: target), PACT_WASM_PREFIX (the installation that `make test-install` makes,
# default: $CARGO_TARGET_DIR/install), PACT_WASM_TEST_PLUGINS (default: $CARGO_TARGET_DIR/plugins), PACT_WASM_TEST_CACHE
# (compiled plugins), PACT_WASM_TEST_LIBPACT_FFI (path of libpact_ffi.so; by default it is fetched).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
: "${CARGO_TARGET_DIR:=$root/target}"
: "${PACT_WASM_PREFIX:=$CARGO_TARGET_DIR/install}"
: "${PACT_WASM_TEST_PLUGINS:=$CARGO_TARGET_DIR/plugins}"
work=$CARGO_TARGET_DIR/bindings/cpp
: "${PACT_WASM_TEST_CACHE:=$work/cache}"
: "${PACT_WASM_TEST_LIBPACT_FFI:=$("$root/tests/libpact_ffi.sh" "$CARGO_TARGET_DIR/libpact_ffi")}"
mkdir -p "$work"

cmp "$root/include/pact_wasm.hpp" "$PACT_WASM_PREFIX/include/pact_wasm.hpp" || {
    echo "what is installed is not this checkout; run 'make test-install' first" >&2
    exit 1
}

if command -v clang-format-19 >/dev/null; then
    clang-format-19 --style=file:"$here/.clang-format" --dry-run --Werror \
        "$root/include/pact_wasm.hpp" "$here"/tests/*.[hc]* "$root"/examples/cpp/*.cpp
fi

export PACT_WASM_TEST_PLUGINS PACT_WASM_TEST_CACHE PACT_WASM_TEST_LIBPACT_FFI
# For the examples, which are as a user's program.
export PACT_PLUGIN_DIR="$PACT_WASM_TEST_PLUGINS" XDG_CACHE_HOME="$PACT_WASM_TEST_CACHE"

# check <source directory> <build directory> <cmake option>…: builds and tests
check() {
    source=$1
    build=$work/$2
    shift 2
    # CMake refuses a build directory that another checkout made, and the target folder survives checkouts.
    grep -qsx "CMAKE_HOME_DIRECTORY:INTERNAL=$source" "$build/CMakeCache.txt" || rm -rf "$build"
    {
        cmake -S "$source" -B "$build" -DCMAKE_PREFIX_PATH="$PACT_WASM_PREFIX" "$@" && cmake --build "$build" --parallel "$(nproc)"
    } >"$work/log" 2>&1 || {
        cat "$work/log"
        return 1
    }
    ctest --test-dir "$build" --output-on-failure --no-tests=error --parallel "$(nproc)"
}

check "$here" plain
check "$here" sanitized -DSANITIZE=ON
check "$root/examples/cpp" example
