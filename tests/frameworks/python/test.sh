#!/bin/sh
# Tests pact-python, as it is on PyPI, with the plugins in WebAssembly: installs both as their users do, and runs the tests there.
# Arguments go to pytest.
set -eu
framework=python
. "$(dirname "$0")/../common.sh"
cd "$(dirname "$0")"

python3 -m venv --clear "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --requirement requirements.txt
install_plugins 2

unset PYTHONPATH
# No caches and no bytecode in the checkout.
export PYTHONDONTWRITEBYTECODE=1 RUFF_CACHE_DIR="$work/ruff"
set -x
"$work/venv/bin/ruff" check .
"$work/venv/bin/ruff" format --check .
"$work/venv/bin/pytest" "$@"
