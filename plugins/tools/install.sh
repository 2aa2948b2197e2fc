#!/bin/sh
# Lays a plugin out as Pact finds it:
#
#     install.sh [--if-built] <folder with the manifest> <component> <plugin directory> [<componentize> <description>]
#
# With `--if-built` the component may be missing. Then there must be no older one in its place. With `componentize`, the program
# beside this script, the component is told what it is; a component that is none of our plugins does without.
set -eu
optional=no
if [ "$1" = --if-built ]; then
    optional=yes
    shift
fi
name=$(basename "$1")
version=$(sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' "$1/pact-plugin.json")
directory=$3/$name-$version

if [ "$optional" = yes ] && [ ! -f "$2" ]; then
    rm -rf "$directory"
    exit
fi
mkdir -p "$directory"
component=$2
if [ $# -gt 3 ]; then
    component=$2.described
    "$4" describe "$1/pact-plugin.json" "$2" "$component" "$5" "the libpact_wasm authors" MIT
fi
# Renamed into place, because a host may be reading the one that is there. What has not changed stays.
place() {
    installed=$directory/$(basename "$2")
    cmp -s "$1" "$installed" || { cp "$1" "$directory/.new" && mv "$directory/.new" "$installed"; }
}
place "$1/pact-plugin.json" pact-plugin.json
place "$component" "$2"
