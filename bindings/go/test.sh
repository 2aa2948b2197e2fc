#!/bin/sh
# Formats, vets and tests the Go binding and its example, against an installation of the library.
#
# From the environment: PACT_WASM_PREFIX (the installation; default target/install), PACT_WASM_TEST_PLUGINS (default
# target/plugins), PACT_WASM_TEST_CACHE (compiled plugins; default below target), PACT_WASM_TEST_LIBPACT_FFI (path of
# Pact's libpact_ffi.so; by default it is fetched), CARGO_TARGET_DIR (where "target" is). It needs Go, a C compiler and pkg-config.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
prefix=${PACT_WASM_PREFIX:-$target/install}
scratch=$target/bindings/go
export PACT_WASM_TEST_PLUGINS="${PACT_WASM_TEST_PLUGINS:-$target/plugins}"
export PACT_WASM_TEST_CACHE="${PACT_WASM_TEST_CACHE:-$scratch/cache}"
export PACT_WASM_TEST_LIBPACT_FFI="${PACT_WASM_TEST_LIBPACT_FFI:-$("$root/tests/libpact_ffi.sh" "$target/libpact_ffi")}"
mkdir -p "$scratch" "$PACT_WASM_TEST_CACHE"
chmod 700 "$PACT_WASM_TEST_CACHE"

# As the README tells users. Go's build cache does not look at what lies outside of the module, so its key has to change with it.
installed=$(cat "$prefix"/include/pact_wasm.h "$prefix"/lib/libpact_wasm.a "$prefix"/lib/pkgconfig/pact_wasm*.pc | cksum | cut -d ' ' -f 1)
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
export CGO_CFLAGS="-O2 -g -DPACT_WASM_INSTALLED=$installed"
export CGO_LDFLAGS="-O2 -g -Wl,-rpath,$prefix/lib"
export GODEBUG=cgocheck=1 GOTOOLCHAIN=local
unset LD_LIBRARY_PATH

say() {
    echo "== Go: $1"
}

say "gofmt"
unformatted=$(gofmt -l "$here" "$root/examples/go")
if [ -n "$unformatted" ]; then
    echo "gofmt would change $unformatted" >&2
    exit 1
fi

cd "$here"
say "vet"
go vet ./...

say "tests"
go test -count=1 ./...

say "tests with the race detector"
go test -count=1 -race .

say "tests with cgo's checks of all writes of pointers"
GOEXPERIMENT=cgocheck2 go test -count=1 -skip 'TestMemory|TestReadme' .

say "tests with a garbage collection all the time"
GOGC=1 go test -count=1 -run 'TestJWT|TestCSV|TestGenericCall|TestPactFile|TestHandler|TestAnswers|TestValues|TestBodies|TestInteraction|TestLogs|TestClose|TestCallsOverlap|TestMockServer|TestVerification|TestGrants|TestContents' .

say "tests of a program that has the library in it"
go test -c -tags pact_wasm_static -o "$scratch/static.test" .
if readelf --dynamic "$scratch/static.test" | grep 'NEEDED.*libpact_wasm'; then
    echo "the static program still needs the shared library" >&2
    exit 1
fi
"$scratch/static.test" -test.skip 'TestMemory|TestReadme'

say "the example"
cd "$root/examples/go"
go vet ./...
PACT_PLUGIN_DIR="$PACT_WASM_TEST_PLUGINS" XDG_CACHE_HOME="$PACT_WASM_TEST_CACHE" go test -count=1 ./...

say "the benchmark's program"
cd "$here"
go build -o "$scratch/caller" ./bench/caller
printf 'compare_64b 100\ncompare_64b_context 100\ncompare_1mb 2\n' |
    "$scratch/caller" serve "$PACT_WASM_TEST_PLUGINS" "$PACT_WASM_TEST_CACHE" "$scratch" | grep -c '^[0-9.]*$' | grep -qx 3
say "all passed"
