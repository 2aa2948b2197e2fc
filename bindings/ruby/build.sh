#!/bin/sh
# Builds the gem.
#
#     bindings/ruby/build.sh DIRECTORY [LIBRARY]
#
# The gem is left in DIRECTORY. With LIBRARY, a file of libpact_wasm, it contains that and is for this platform; without, it is for
# all platforms and finds the library of the system.
set -eu

[ $# -ge 1 ] && [ $# -le 2 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
directory=$(cd "$1" && pwd)
staged=$(mktemp -d)
trap 'rm -rf "$staged"' EXIT

cp -R "$root/bindings/ruby/lib" "$root/bindings/ruby/sig" "$root/bindings/ruby/README.md" \
    "$root/bindings/ruby/pact_wasm.gemspec" "$root/LICENSE" "$staged"
if [ $# = 2 ]; then
    name=$(ruby -rffi -e 'print FFI.map_library_name("pact_wasm")')
    cp -L "$2" "$staged/lib/pact_wasm/$name"
    chmod 755 "$staged/lib/pact_wasm/$name"
fi
cd "$staged"
gem build pact_wasm.gemspec
mv pact_wasm-*.gem "$directory"
