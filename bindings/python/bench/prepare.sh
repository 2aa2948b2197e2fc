#!/bin/sh
# Makes the virtual environment in which caller.py and extism_caller.py run.
#
#     PACT_WASM_LIBRARY=… prepare.sh VENV_DIR
set -eu
bench=$(dirname "$0")
exec "$bench/../venv.sh" "$1" "$bench/requirements.txt"
