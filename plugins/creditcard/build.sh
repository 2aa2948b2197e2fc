#!/bin/sh
# Builds the component: build.sh <componentize> <output folder>
#
# `componentize` is the program from plugins/tools. CLANG names another compiler than clang-19. Without a compiler there is
# no component, which is an error with CI=true only.
set -eu
componentize=$1
output=$2
cd "$(dirname "$0")"

rm -f "$output/creditcard.wasm"
mkdir -p "$output"

: "${CLANG:=clang-19}"
# No C library, and no operating system: freestanding/ and src/memory.c have the little that is needed of it.
clang() {
    "$CLANG" --target=wasm32-unknown-unknown -nostdlib -Wl,--no-entry "$@"
}

echo 'int probe;' >"$output/probe.c"
if ! clang "$output/probe.c" -o "$output/probe.wasm" 2>"$output/probe.log"; then
    echo "creditcard is not built: $CLANG cannot build WebAssembly; 'make setup' installs clang-19 and lld-19" >&2
    cat "$output/probe.log" >&2
    [ "${CI:-}" != true ]
    exit
fi

"$componentize" bindings creditcard "$output/bindings" ../../wit wit
# The stack comes first in memory, so that an overflow is a trap and does not reach data.
clang -std=c11 -Wall -Wextra -Werror -Oz -flto -mbulk-memory \
    -ffreestanding -Ifreestanding -I"$output/bindings" \
    -Wl,--strip-all,--stack-first,-z,stack-size=16384 \
    src/*.c "$output/bindings/creditcard.c" "$output/bindings/creditcard_component_type.o" -o "$output/core.wasm"
"$componentize" component "$output/core.wasm" "$output/creditcard.wasm"
