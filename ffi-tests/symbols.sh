#!/bin/sh
# The library exports exactly the functions of symbols.txt, under its SONAME, and is never unloaded; arguments.c or fields.c
# call each of them.
#
# usage: symbols.sh <libpact_wasm.so>
set -eu
library=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

fail() {
    echo "$1" >&2
    failed=1
}

grep -v '^#' "$here/symbols.txt" | LC_ALL=C sort >"$work/listed"
nm -D --defined-only "$library" | awk '{ print $3 }' | LC_ALL=C sort >"$work/exported"
[ -s "$work/listed" ] || fail "symbols.txt is empty"
diff "$work/listed" "$work/exported" >"$work/difference" ||
    fail "exported symbols (>) are not those of symbols.txt (<): $(cat "$work/difference")"

readelf -d "$library" >"$work/dynamic"
grep -q 'SONAME.*\[libpact_wasm\.so\.1\]' "$work/dynamic" || fail "the SONAME is not libpact_wasm.so.1"
grep -q 'FLAGS_1.*NODELETE' "$work/dynamic" || fail "the flag NODELETE is not set"

# Calls, not comments.
grep -hv '^ *//' "$here/arguments.c" "$here/fields.c" >"$work/arguments"
while read -r symbol; do
    grep -qw "$symbol" "$work/arguments" || fail "neither arguments.c nor fields.c calls $symbol"
done <"$work/listed"

exit "$failed"
