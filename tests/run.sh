#!/bin/sh
# Runs all tests that this machine can run, and says at the end what passed, what failed and what was skipped. `make test` calls it,
# with library and plugins built.
#
# CARGO_TARGET_DIR, PACT_WASM_TEST_PLUGINS and PACT_WASM_PREFIX (where the library is installed) come from the Makefile. With
# CI=true a skipped stage is a failure.
set -u
cd "$(dirname "$0")/.." || exit 1
: "${CARGO_TARGET_DIR:=$PWD/target}"
: "${PACT_WASM_TEST_PLUGINS:=$CARGO_TARGET_DIR/plugins}"
: "${PACT_WASM_PREFIX:=$CARGO_TARGET_DIR/install}"
export CARGO_TARGET_DIR PACT_WASM_TEST_PLUGINS PACT_WASM_PREFIX

library=$CARGO_TARGET_DIR/debug/libpact_wasm.so
builds=$CARGO_TARGET_DIR/ffi-tests
passed=0
failed=0
skipped=0
summary=""

note() {
    summary="$summary
  $1"
}

# stage <name> <command>…: runs a stage and goes on whatever comes of it
stage() {
    name=$1
    shift
    printf '\n==== %s\n' "$name"
    start=$(date +%s)
    if "$@"; then
        passed=$((passed + 1))
        result=passed
    else
        failed=$((failed + 1))
        result=FAILED
    fi
    note "$(printf '%-7s  %s (%s s)' "$result" "$name" "$(($(date +%s) - start))")"
}

# skip <name> <reason>
skip() {
    printf '\n==== %s\nskipped: %s\n' "$1" "$2"
    skipped=$((skipped + 1))
    note "$(printf '%-7s  %s: %s' SKIPPED "$1" "$2")"
}

# The first of the given commands that is missing, or nothing.
missing() {
    for tool in "$@"; do
        command -v "$tool" >/dev/null 2>&1 || {
            echo "$tool"
            return
        }
    done
}

# c_tests <build directory> <cmake option>…: builds the C tests and runs them
c_tests() {
    build=$builds/$1
    shift
    # CMake refuses a build directory that another checkout made, and the target folder survives checkouts.
    grep -qsx "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD/ffi-tests" "$build/CMakeCache.txt" || rm -rf "$build"
    mkdir -p "$builds" &&
        cmake -S ffi-tests -B "$build" -DPACT_WASM_LIBRARY="$library" -DPACT_WASM_TEST_CACHE="$builds/cache" "$@" >"$builds/log" 2>&1 &&
        cmake --build "$build" >>"$builds/log" 2>&1 || {
        cat "$builds/log"
        return 1
    }
    ctest --test-dir "$build" --output-on-failure --no-tests=error
}

# The plain ones write down what they send through the generic call and get from it.
json_log=$builds/generic-calls.json

plain_c_tests() (
    rm -f "$json_log"
    export PACT_WASM_TEST_JSON_LOG="$json_log"
    c_tests plain
)

# Holds that against the schema. cargo would be content without any test.
json_of_the_c_tests() {
    mkdir -p "$builds"
    PACT_WASM_TEST_JSON_LOG=$json_log cargo test --locked --workspace --test schema -- --ignored >"$builds/log" 2>&1
    status=$?
    cat "$builds/log"
    [ "$status" = 0 ] && grep -q '1 passed' "$builds/log"
}

# What the plugin creditcard does apart from the host, compiled for this machine.
creditcard_tests() {
    mkdir -p "$builds" &&
        cc -std=c11 -Wall -Wextra -Werror plugins/creditcard/tests/test.c plugins/creditcard/src/card.c \
            plugins/creditcard/src/json.c plugins/creditcard/src/text.c -o "$builds/creditcard" &&
        "$builds/creditcard"
}

creditcard_python_tests() {
    PYTHONPATH=plugins/creditcard-python/src python3 -B -m unittest discover -s plugins/creditcard-python/tests
}

# Whether a program with AddressSanitizer can be linked.
has_asan() {
    mkdir -p "$builds" && echo 'int main(void) { return 0; }' >"$builds/probe.c" &&
        cc -fsanitize=address "$builds/probe.c" -o "$builds/probe" 2>/dev/null && "$builds/probe" 2>/dev/null
}

stage "Rust tests" cargo test --locked --workspace --lib --bins --tests
stage "Rust tests without core rules" cargo test --locked --no-default-features --lib --test callbacks \
    --target-dir "$CARGO_TARGET_DIR/without-core-rules"
stage "Rust documentation tests" cargo test --locked --workspace --doc
stage "plugins, natively" cargo test --locked --manifest-path plugins/Cargo.toml -p csv -p definitions -p jsonrpc -p jwt -p line -p tcp \
    --target-dir "$CARGO_TARGET_DIR/guests-native"
if [ -z "$(missing cc)" ]; then
    stage "creditcard plugin, natively" creditcard_tests
else
    skip "creditcard plugin, natively" "there is no cc; tests/setup.sh installs it"
fi
if python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
    stage "creditcard-python plugin, natively" creditcard_python_tests
else
    skip "creditcard-python plugin, natively" "there is no Python 3.10 or newer; tests/setup.sh installs python3"
fi
for plugin in creditcard creditcard-python; do
    # Without them the Rust tests leave out tests/creditcard.rs for the one that is missing.
    [ -n "$(find "$PACT_WASM_TEST_PLUGINS" -path "*/$plugin-[0-9]*/$plugin.wasm")" ] ||
        skip "$plugin plugin, as a component" "it was not built; 'make plugins' says why"
done

lacking=$(missing cmake cc c++ nm readelf)
if [ -n "$lacking" ]; then
    for name in "C tests" "JSON of the C tests" "C tests under AddressSanitizer" "C tests under valgrind"; do
        skip "$name" "there is no $lacking; tests/setup.sh installs it"
    done
else
    stage "C tests" plain_c_tests
    stage "JSON of the C tests" json_of_the_c_tests
    if has_asan; then
        stage "C tests under AddressSanitizer" c_tests address -DSANITIZE=address
    else
        skip "C tests under AddressSanitizer" "the compiler cannot link it (-fsanitize=address)"
    fi
    if [ -z "$(missing valgrind)" ]; then
        stage "C tests under valgrind" c_tests valgrind -DVALGRIND="$(command -v valgrind)"
    else
        skip "C tests under valgrind" "there is no valgrind; tests/setup.sh installs it"
    fi
fi

# What a user has: the installed library, and each language's package that is made with it.
if [ -z "$(missing cc cmake pkg-config objcopy)" ]; then
    stage "installation" ffi-tests/install/test.sh
else
    skip "installation" "there is no $(missing cc cmake pkg-config objcopy); tests/setup.sh installs it"
fi
PACT_WASM_TEST_CACHE=$builds/cache
PACT_WASM_TEST_LIBPACT_FFI=$(tests/libpact_ffi.sh "$CARGO_TARGET_DIR/libpact_ffi")
export PACT_WASM_TEST_CACHE PACT_WASM_TEST_LIBPACT_FFI

# binding <name> <folder> <what is missing, or nothing>
binding() {
    if [ -n "$3" ]; then
        skip "$1" "there is no $3"
    elif [ -z "$PACT_WASM_TEST_LIBPACT_FFI" ]; then
        skip "$1" "pact-python-ffi, which is loaded beside the library, cannot be fetched from PyPI"
    else
        # They test locks too, and a test of those fails by never ending.
        stage "$1" timeout 1200 "bindings/$2/test.sh"
    fi
}

# without <what> <command>…: <what>, if the command fails
without() {
    what=$1
    shift
    "$@" >/dev/null 2>&1 || echo "$what"
}

includes_cpp_libraries() {
    printf '#include <gtest/gtest.h>\n#include <httplib.h>\n' | c++ -x c++ -E -
}

go_is_new_enough() {
    release=$(go env GOVERSION) && [ "$(printf '%s\n' go1.24 "$release" | sort -V | head -1)" = go1.24 ]
}

binding "C++" cpp "$(without "C++ compiler with CMake, pkg-config, GoogleTest and cpp-httplib (tests/setup.sh installs them)" \
    eval 'includes_cpp_libraries && [ -z "$(missing cmake pkg-config)" ]')"
binding "Python" python "$(without "Python 3.10 or newer with venv" \
    python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))')"
binding "Go" go "$(without "Go 1.24 or newer" go_is_new_enough)"
binding "Ruby" ruby "$(without "Ruby with ffi, minitest and webrick (tests/setup.sh installs them)" \
    ruby -e 'require "ffi"; require "minitest"; require "webrick"')"

# Frameworks as they are published, with the plugins behind the bridge.
PACT_WASM_BIN=$PACT_WASM_PREFIX/bin
export PACT_WASM_BIN

# framework <name> <folder> <what is missing, or nothing>
framework() {
    if [ -n "$3" ]; then
        skip "$1" "there is no $3"
    else
        stage "$1" timeout 900 "tests/frameworks/$2/test.sh"
    fi
}

node_is_new_enough() {
    node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)'
}

framework "pact-python" python "$(without "Python 3.10 or newer with venv" \
    python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))')"
framework "pact-js" javascript "$(without "Node.js 20 or newer with npm" eval 'node_is_new_enough && [ -z "$(missing npm)" ]')"
framework "pact-jvm" jvm "$(without "Java 17 with Maven" mvn --version)"
framework "pact-go" go "$(without "Go 1.24 or newer with a C compiler, and Python with pip" \
    eval 'go_is_new_enough && [ -z "$(missing cc)" ] && python3 -m pip --version')"

stage "README's examples" tests/readme.sh

printf '\n==== summary%s\n\n' "$summary"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] || exit 1
if [ "${CI:-}" = true ] && [ "$skipped" != 0 ]; then
    exit 1
fi
