#!/bin/sh
# Lays a plugin out as Pact finds it: install.sh [--if-built] <folder with the manifest> <component> <plugin directory>
#
# With `--if-built` the component may be missing. Then there must be no older one in its place.
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
# Renamed into place, because a host may be reading the one that is there. What has not changed stays.
for file in "$1/pact-plugin.json" "$2"; do
    installed=$directory/$(basename "$file")
    cmp -s "$file" "$installed" || { cp "$file" "$directory/.new" && mv "$directory/.new" "$installed"; }
done
