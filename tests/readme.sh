#!/bin/sh
# Compiles and runs the README's C example with the README's commands, so that it stays true.
set -eu
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

awk '/^```c$/ { copy = 1; next } /^```$/ { copy = 0 } copy' README.md > "$work/example.c"
cc -Wall -Wextra -Wpedantic -Werror -std=c99 "$work/example.c" -Iinclude -L"$target/debug" -lpact_wasm \
    -Wl,-rpath,"$target/debug" -o "$work/example"
output=$(PACT_PLUGIN_DIR="$target/plugins" "$work/example")
case $output in
    *'"contentType":"application/jwt"'*) ;;
    *) echo "the example printed: $output" >&2; exit 1 ;;
esac
