#!/bin/sh
# Installs what the tests need: a C and C++ compiler, CMake, valgrind; for the plugins in C and Python a compiler that makes
# WebAssembly, and Python's virtual environments. Needs apt-get and root where something is missing; otherwise it names what
# to install, and tests/run.sh skips what cannot run.
set -eu

missing=""
for pair in cc:gcc c++:g++ cmake:cmake valgrind:valgrind clang-19:clang-19 wasm-ld-19:lld-19; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3 python3-venv"
[ -n "$missing" ] || exit 0

if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
else
    echo "not installed:$missing" >&2
fi
