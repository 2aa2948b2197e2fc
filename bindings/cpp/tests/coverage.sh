#!/bin/sh
# The header reaches every function of the C API, except for those that are listed here. Taken from what a compiler makes of
# it, with all inline functions and nothing else.
#
# usage: coverage.sh <g++> <include directory> <symbols.txt>
set -eu
export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/explained" <<'END'
pactwasm_error_code     pactwasm_error_get gives the code, with everything else that an error tells
pactwasm_error_message  pactwasm_error_get gives the message as well
END

echo '#include <pact_wasm.hpp>' >"$work/header.cpp"
"$1" -std=c++17 -O0 -fkeep-inline-functions -I"$2" -c "$work/header.cpp" -o "$work/header.o"
nm -u "$work/header.o" | awk '$2 ~ /^pactwasm_/ { print $2 }' | sort -u >"$work/reached"
grep -v '^#' "$3" | sort >"$work/all"
comm -13 "$work/reached" "$work/all" >"$work/missing"
awk '{ print $1 }' "$work/explained" | sort >"$work/expected"
[ -s "$work/reached" ] && [ -s "$work/all" ] || {
    echo "nothing found: $(wc -l <"$work/reached") reached of $(wc -l <"$work/all")" >&2
    exit 1
}
diff "$work/expected" "$work/missing" >&2 || {
    echo "functions that the header does not reach (>) are not those that are explained (<)" >&2
    exit 1
}
echo "$(wc -l <"$work/reached") of $(wc -l <"$work/all") functions are reached"
