#!/bin/sh
# Tests pact-go, as the Go module proxy has it, with the plugins in WebAssembly: installs them as users do, and runs the tests there.
# Arguments go to `go test`. It needs Go, a C compiler, and Python with pip.
set -eu
# Go's build cache stays where it is, as that of other tests; common.sh moves the caches of plugins.
GOCACHE=$(go env GOCACHE)
export GOCACHE GOTOOLCHAIN=local
framework=go
. "$(dirname "$0")/../common.sh"
cd "$(dirname "$0")"

# pact-go calls functions that libpact_ffi 0.5 has no longer. `pact-go install` fetches 0.4.28 from GitHub; here it comes from PyPI.
library=$("$repository/tests/libpact_ffi.sh" "$work/libpact_ffi" pact-python-ffi==0.4.28.2)
mkdir -p "$work/lib"
# There it has a hash in its name, which is also the name that the program looks for.
ln -sf "$library" "$work/lib/libpact_ffi.so"
export CGO_LDFLAGS="-L$work/lib -Wl,-rpath,$(dirname "$library")"
unset LD_LIBRARY_PATH
install_plugins 2

unformatted=$(gofmt -l .)
if [ -n "$unformatted" ]; then
    echo "gofmt would change $unformatted" >&2
    exit 1
fi
# The levels of what pact-go and its library say; both say what they do otherwise.
export PACT_LOG_LEVEL=ERROR
set -x
go vet ./...
go test -count=1 "$@" ./...
