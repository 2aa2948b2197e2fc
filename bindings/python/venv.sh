#!/bin/sh
# Makes a virtual environment anew, with the wheel of this package and what a requirements file lists.
#
#     venv.sh VENV_DIR REQUIREMENTS
#
# The wheel is left in VENV_DIR/wheel. It contains the library that PACT_WASM_LIBRARY names, or else the one in
# PACT_WASM_PREFIX/lib.
set -eu
venv=$1
requirements=$2

python3 -m venv --clear "$venv"
export PIP_DISABLE_PIP_VERSION_CHECK=1
"$venv/bin/pip" install --quiet --requirement "$requirements"
"$venv/bin/pip" wheel --quiet --no-deps --wheel-dir "$venv/wheel" "$(dirname "$0")"
"$venv/bin/pip" install --quiet --no-index "$venv"/wheel/*.whl
