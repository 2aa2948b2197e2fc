#!/bin/sh
# Builds the component: build.sh <output folder>
#
# componentize-py comes from PyPI, into a virtual environment in the output folder. Without Python or PyPI there is no
# component, which is an error with CI=true only. Python 3.10 or newer; the component has a Python of its own.
set -eu
output=$1
cd "$(dirname "$0")"

version=0.25.1
environment=$output/componentize-py-$version
component=$output/creditcard-python.wasm
mkdir -p "$output"

# A component is different each time, and the host compiles it for seconds when it is new. So it is built only if what goes
# into it is new; times of files say nothing in a fresh checkout.
sources=$(cat build.sh src/*.py wit/*.wit ../../wit/*.wit ../../wit/deps/*.wit | sha256sum)
if [ -f "$component" ] && [ "$(cat "$output/sources" 2>/dev/null)" = "$sources" ]; then
    exit
fi
rm -f "$component"

if ! "$environment/bin/componentize-py" --version >/dev/null 2>&1; then
    rm -rf "$environment"
    if ! { python3 -m venv "$environment" && "$environment/bin/pip" install --quiet "componentize-py==$version"; } >&2; then
        echo "creditcard-python is not built: no componentize-py; it needs python3 with venv ('make setup') and PyPI" >&2
        [ "${CI:-}" != true ]
        exit
    fi
fi

# A copy, because files that Python compiles on the way land beside the sources.
rm -rf "$output/src"
cp -R src "$output/src"
# `--stub-wasi`: the component gets nothing of an operating system. Its random numbers come from the Pact host.
VIRTUAL_ENV=$environment "$environment/bin/componentize-py" --quiet \
    --wit-path ../../wit --wit-path wit --world example:creditcard-python/creditcard-python \
    componentize --stub-wasi --python-path "$output/src" --output "$component" plugin
echo "$sources" >"$output/sources"
