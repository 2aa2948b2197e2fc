#!/bin/sh
# Tests pact-js, as it is on npm, with the plugins in WebAssembly: installs both as their users do, and runs the tests there.
#
# The plugins come from PACT_WASM_TEST_PLUGINS, the executables pact-wasm and pact-wasm-bridge from PACT_WASM_BIN. Arguments go to
# node's test runner.
set -eu
cd "$(dirname "$0")"
repository=$(cd ../../.. && pwd)
: "${CARGO_TARGET_DIR:=$repository/target}"
: "${PACT_WASM_TEST_PLUGINS:=$CARGO_TARGET_DIR/plugins}"
: "${PACT_WASM_BIN:=$CARGO_TARGET_DIR/release}"
work=$CARGO_TARGET_DIR/frameworks/javascript
# Compiled plugins, pact-js's logs and the plugins themselves, all apart from what is in the user's home.
export XDG_CACHE_HOME="$work/cache" PACT_OUTPUT_DIR="$work/output" PACT_PLUGIN_DIR="$work/plugins"
# Pact counts its users over the network. So does one of its packages while it is installed, which has no other reason to run scripts.
export PACT_DO_NOT_TRACK=true npm_config_ignore_scripts=true

rm -rf "$PACT_OUTPUT_DIR" "$work/suite"
mkdir -p "$PACT_OUTPUT_DIR" "$work/suite"
# Node looks for packages beside the tests, and they are not to be in the checkout.
cp ./*.mjs package.json package-lock.json "$work/suite"
cd "$work/suite"
npm ci --no-audit --no-fund

# install_plugins <version of the plugin interface>
install_plugins() {
    rm -rf "$PACT_PLUGIN_DIR"
    mkdir -p "$PACT_PLUGIN_DIR"
    for plugin in csv jwt creditcard; do
        "$PACT_WASM_BIN/pact-wasm" install "$PACT_WASM_TEST_PLUGINS/$plugin"-[0-9]* --exec --interface "$1"
    done
    # It connects to the providers that it verifies.
    "$PACT_WASM_BIN/pact-wasm" install "$PACT_WASM_TEST_PLUGINS"/jsonrpc-[0-9]* --exec --interface "$1" --grant connect=localhost
}

install_plugins 2
node --test --test-reporter=spec "$@"

# Version 1 has no matching rules of plugins.
rm -rf pacts creditcard.test.mjs
install_plugins 1
node --test --test-reporter=spec "$@"
