#!/bin/sh
# Builds the wheel, installs it into a fresh virtual environment, and checks and tests it there.
#
# The library comes from PACT_WASM_LIBRARY or PACT_WASM_PREFIX/lib, the plugins from PACT_WASM_TEST_PLUGINS. Arguments go to pytest.
set -eu
cd "$(dirname "$0")"
repository=$(cd ../.. && pwd)
: "${CARGO_TARGET_DIR:=$repository/target}"
: "${PACT_WASM_PREFIX:=$CARGO_TARGET_DIR/install}"
: "${PACT_WASM_TEST_PLUGINS:=$CARGO_TARGET_DIR/plugins}"
work=$CARGO_TARGET_DIR/bindings/python
: "${PACT_WASM_TEST_CACHE:=$work/cache}"
export PACT_WASM_PREFIX PACT_WASM_TEST_PLUGINS PACT_WASM_TEST_CACHE

mkdir -p "$work"
./venv.sh "$work/venv" tests/requirements.txt
# The tests use the copy in the wheel, and no Python that somebody has on the path.
unset PACT_WASM_LIBRARY PYTHONPATH

# No caches and no bytecode in the checkout.
export PYTHONDONTWRITEBYTECODE=1 RUFF_CACHE_DIR="$work/ruff" MYPY_CACHE_DIR="$work/mypy"
set -x
"$work/venv/bin/ruff" check . ../../examples/python
"$work/venv/bin/ruff" format --check . ../../examples/python
"$work/venv/bin/mypy" src hatch_build.py bench
"$work/venv/bin/pytest" "$@"
