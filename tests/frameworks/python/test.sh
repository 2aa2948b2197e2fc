#!/bin/sh
# Tests pact-python, as it is on PyPI, with the plugins in WebAssembly: installs both as their users do, and runs the tests there.
#
# The plugins come from PACT_WASM_TEST_PLUGINS, the executables pact-wasm and pact-wasm-bridge from PACT_WASM_BIN. Arguments go to
# pytest.
set -eu
cd "$(dirname "$0")"
repository=$(cd ../../.. && pwd)
: "${CARGO_TARGET_DIR:=$repository/target}"
: "${PACT_WASM_TEST_PLUGINS:=$CARGO_TARGET_DIR/plugins}"
: "${PACT_WASM_BIN:=$CARGO_TARGET_DIR/release}"
work=$CARGO_TARGET_DIR/frameworks/python

python3 -m venv --clear "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --requirement requirements.txt

# Compiled plugins, the logs of plugins, and what is installed: all apart from what is in the user's home.
export PACT_WASM_BIN PACT_WASM_TEST_PLUGINS XDG_CACHE_HOME="$work/cache" PACT_OUTPUT_DIR="$work/output" PACT_PLUGIN_DIR="$work/plugins"
rm -rf "$PACT_PLUGIN_DIR" "$PACT_OUTPUT_DIR"
mkdir -p "$PACT_PLUGIN_DIR" "$PACT_OUTPUT_DIR"
for plugin in csv jwt creditcard; do
    "$PACT_WASM_BIN/pact-wasm" install "$PACT_WASM_TEST_PLUGINS/$plugin"-[0-9]* --exec
done
# It connects to the providers that it verifies.
"$PACT_WASM_BIN/pact-wasm" install "$PACT_WASM_TEST_PLUGINS"/jsonrpc-[0-9]* --exec --grant connect=localhost

# Pact counts its users over the network, and is not to.
export PACT_DO_NOT_TRACK=true
unset PYTHONPATH
# No caches and no bytecode in the checkout.
export PYTHONDONTWRITEBYTECODE=1 RUFF_CACHE_DIR="$work/ruff"
set -x
"$work/venv/bin/ruff" check .
"$work/venv/bin/ruff" format --check .
"$work/venv/bin/pytest" "$@"
