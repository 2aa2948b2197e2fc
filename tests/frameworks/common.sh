# What the tests of all frameworks begin with. Sourced with `framework` set to the name of the folder.
#
# The plugins come from PACT_WASM_TEST_PLUGINS, the executables pact-wasm and pact-wasm-bridge from PACT_WASM_BIN, where
# `make test-install` puts them.
# shellcheck shell=sh
repository=$(cd "$(dirname "$0")/../../.." && pwd)
: "${CARGO_TARGET_DIR:=$repository/target}"
: "${PACT_WASM_TEST_PLUGINS:=$CARGO_TARGET_DIR/plugins}"
: "${PACT_WASM_BIN:=$CARGO_TARGET_DIR/install/bin}"
work=$CARGO_TARGET_DIR/frameworks/${framework:?}
# Compiled plugins, the logs of plugins, and what is installed: all apart from what is in the user's home.
export PACT_WASM_BIN PACT_WASM_TEST_PLUGINS XDG_CACHE_HOME="$work/cache" PACT_OUTPUT_DIR="$work/output" PACT_PLUGIN_DIR="$work/plugins"
# Pact counts its users over the network, and is not to.
export PACT_DO_NOT_TRACK=true
rm -rf "$PACT_OUTPUT_DIR"
mkdir -p "$PACT_OUTPUT_DIR"

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
