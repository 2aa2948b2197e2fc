#!/bin/sh
# The README's examples stay true: the one in C is compiled and run with the README's commands; those in other languages are the
# examples of the bindings' own READMEs, word for word, which the bindings' tests run.
set -eu
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "README: $1" >&2
    exit 1
}

# example LANGUAGE FILE: the first block of code in a language
example() {
    awk -v start="\`\`\`$1" '$0 == start && !seen { copy = seen = 1; next } /^```$/ { copy = 0 } copy' "$2"
}

example c README.md >"$work/example.c"
prefix=${PACT_WASM_PREFIX:-$target/install}
# shellcheck disable=SC2046 # lists of words
cc -Wall -Wextra -Wpedantic -Werror -std=c99 "$work/example.c" -o "$work/example" \
    $(PKG_CONFIG_PATH="$prefix/lib/pkgconfig" pkg-config --cflags --libs pact_wasm)
output=$(LD_LIBRARY_PATH="$prefix/lib" PACT_PLUGIN_DIR="$target/plugins" "$work/example")
case $output in
    *'"contentType":"application/jwt"'*) ;;
    *) fail "the example in C printed: $output" ;;
esac

for language in cpp python go ruby; do
    example "$language" README.md >"$work/here"
    example "$language" "bindings/$language/README.md" >"$work/there"
    [ -s "$work/here" ] || fail "no example in $language"
    diff "$work/here" "$work/there" || fail "the example in $language (<) is not that of bindings/$language/README.md (>)"
done
