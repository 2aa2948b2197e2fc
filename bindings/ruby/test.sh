#!/bin/sh
# Builds the gem with the library in it, installs it into a place of its own, and runs all tests against that.
#
# From the environment: CARGO_TARGET_DIR (default target/), PACT_WASM_PREFIX (where `make install` has put the library, default
# $CARGO_TARGET_DIR/install), PACT_WASM_LIBRARY (its file, default that of the prefix), PACT_WASM_TEST_PLUGINS (default
# $CARGO_TARGET_DIR/plugins), PACT_WASM_TEST_CACHE (compiled plugins), PACT_WASM_TEST_LIBPACT_FFI (path of libpact_ffi.so; by default it is fetched).
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
: "${CARGO_TARGET_DIR:=$root/target}"
: "${PACT_WASM_PREFIX:=$CARGO_TARGET_DIR/install}"
: "${PACT_WASM_TEST_PLUGINS:=$CARGO_TARGET_DIR/plugins}"
library=${PACT_WASM_LIBRARY:-$PACT_WASM_PREFIX/lib/libpact_wasm.so}
work=$CARGO_TARGET_DIR/bindings/ruby
: "${PACT_WASM_TEST_CACHE:=$work/cache}"
: "${PACT_WASM_TEST_LIBPACT_FFI:=$("$root/tests/libpact_ffi.sh" "$CARGO_TARGET_DIR/libpact_ffi")}"
export PACT_WASM_TEST_PLUGINS PACT_WASM_TEST_CACHE PACT_WASM_TEST_LIBPACT_FFI
# The tests find the library in the gem.
unset PACT_WASM_LIBRARY RUBYLIB RUBYOPT

mkdir -p "$work"
rm -rf "$work/gems" "$work/home"
"$root/bindings/ruby/build.sh" "$work/gems"
"$root/bindings/ruby/build.sh" "$work/gems" "$library"
# The plain gem must not hold a library; the other one is what a user of this platform installs.
if tar -xOf "$work/gems/pact_wasm-0.1.0.gem" data.tar.gz | tar -tz | grep -q '\.so$'; then
    echo "test.sh: the plain gem contains a library" >&2
    exit 1
fi
export GEM_HOME="$work/home"
gem install --local --no-document "$work"/gems/pact_wasm-0.1.0-*.gem

cd "$root/bindings/ruby"
# Warnings are faults, those of the tests and the example too.
for file in bench/*.rb test/*.rb ../../examples/ruby/*.rb; do
    warnings=$(ruby -wc "$file" 2>&1 >/dev/null)
    [ -z "$warnings" ] || { echo "$warnings" >&2; exit 1; }
done
log=$work/stderr.log
status=0
timeout 600 ruby -w -I test -e 'Dir["test/*_test.rb"].sort.each { |file| require File.expand_path(file) }' 2>"$log" || status=$?
cat "$log" >&2
if grep -E '(pact_wasm|bindings/ruby).*warning:' "$log"; then
    echo "test.sh: there are warnings" >&2
    exit 1
fi
exit "$status"
