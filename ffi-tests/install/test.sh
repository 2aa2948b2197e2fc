#!/bin/sh
# Installs what was built for development into an empty prefix, builds a program against it in each of the documented ways, runs
# them, and uninstalls. With the path of a prefix as argument it uses what is installed there.
#
# CARGO_TARGET_DIR and PACT_WASM_TEST_PLUGINS as for tests/run.sh.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
installer=$root/bindings/c/install.sh
: "${CARGO_TARGET_DIR:=$root/target}"
: "${PACT_WASM_TEST_PLUGINS:=$CARGO_TARGET_DIR/plugins}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "install test: $1" >&2
    exit 1
}

# runs PROGRAM: it works, from another directory, and gives what all of them give
runs() {
    output=$(cd / && PACT_PLUGIN_DIR=$PACT_WASM_TEST_PLUGINS "$work/$1") || fail "$1 failed"
    [ "$output" = "libpact_wasm 0.1.0, 2 catalogue entries" ] || fail "$1 printed: $output"
}

# needs PROGRAM: the libraries of ours that it asks the loader for
needs() {
    readelf -d "$work/$1" | sed -n 's/.*NEEDED.*\[\(libpact_wasm[^]]*\)\].*/\1/p'
}

if [ $# = 1 ]; then
    prefix=$1
else
    prefix=$work/prefix
    PREFIX=$prefix "$installer" install "$CARGO_TARGET_DIR/debug"
fi

# Out of the tree: nothing but the installation can be found.
cp "$here/program.c" "$here/CMakeLists.txt" "$work/"
cd "$work"
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
# shellcheck disable=SC2046 # lists of words
{
    cc -Wall -Werror program.c -o pkg-config-shared $(pkg-config --cflags --libs pact_wasm) "-Wl,-rpath,$(pkg-config --variable=libdir pact_wasm)"
    cc -Wall -Werror program.c -o pkg-config-static $(pkg-config --cflags --libs pact_wasm-static)
}
pkg-config --exact-version=0.1.0 pact_wasm || fail "pkg-config has another version"
cmake -S . -B cmake -DCMAKE_PREFIX_PATH="$prefix" >cmake.log 2>&1 && cmake --build cmake >>cmake.log 2>&1 || {
    cat cmake.log
    fail "the CMake project does not build"
}
mv cmake/cmake-shared cmake/cmake-static .

for kind in pkg-config cmake; do
    runs $kind-shared
    runs $kind-static
    [ "$(needs $kind-shared)" = libpact_wasm.so.1 ] || fail "$kind-shared needs \"$(needs $kind-shared)\""
    [ -z "$(needs $kind-static)" ] || fail "$kind-static needs $(needs $kind-static)"
done

# Neither library shows anything but our functions.
grep -v '^#' "$here/../symbols.txt" | LC_ALL=C sort >listed
nm -g --defined-only "$prefix/lib/libpact_wasm.a" | awk 'NF == 3 { print $3 }' | LC_ALL=C sort >visible
diff listed visible || fail "the visible symbols (>) of libpact_wasm.a are not those of symbols.txt (<)"

# CMake takes no version that programs would notice.
for wanted in 0.2 1.0 0.1.99; do
    sed "s/pact_wasm 0.1 /pact_wasm $wanted /" "$here/CMakeLists.txt" >CMakeLists.txt
    if cmake -S . -B "wanted-$wanted" -DCMAKE_PREFIX_PATH="$prefix" >cmake.log 2>&1; then
        fail "find_package finds 0.1.0 where $wanted is asked for"
    fi
    grep -q "version: 0.1.0" cmake.log || fail "CMake does not say what it found: $(cat cmake.log)"
done

[ $# = 0 ] || exit 0

# A package that is put together elsewhere names its final place.
DESTDIR=$work/stage PREFIX=/opt/pact "$installer" install "$CARGO_TARGET_DIR/debug"
grep -qx "libdir=/opt/pact/lib" "$work/stage/opt/pact/lib/pkgconfig/pact_wasm.pc" || fail "the staged pkg-config file names the stage"
DESTDIR=$work/stage PREFIX=/opt/pact "$installer" uninstall
PREFIX=$prefix "$installer" uninstall
left=$(find "$work/stage" "$prefix" ! -type d)
[ -z "$left" ] || fail "uninstalling leaves $left"

# What cannot work is refused before anything is written.
for refused in relative/prefix "/opt/with space"; do
    if PREFIX=$refused "$installer" install "$CARGO_TARGET_DIR/debug" 2>message; then
        fail "the prefix \"$refused\" was taken"
    fi
    grep -q "\"$refused\"" message || fail "unclear: $(cat message)"
done
if PREFIX=$prefix "$installer" install "$work" 2>message; then
    fail "an installation without a library"
fi
grep -q "'make release' builds it" message || fail "unclear: $(cat message)"
