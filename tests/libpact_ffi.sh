#!/bin/sh
# Fetches the library that Pact's other bindings share, and prints its path: the bindings' tests load it beside ours.
#
# usage: libpact_ffi.sh DIRECTORY [PACKAGE]
set -eu
package=${2:-pact-python-ffi==0.5.12.1}

if [ "$(cat "$1/package" 2>/dev/null)" != "$package" ]; then
    rm -rf "$1"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --no-deps --only-binary :all: --target "$1" "$package" >&2
    echo "$package" >"$1/package"
fi
find "$1" -name 'libpact_ffi*.so' | grep .
