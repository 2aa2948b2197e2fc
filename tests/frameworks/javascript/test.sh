#!/bin/sh
# Tests pact-js, as it is on npm, with the plugins in WebAssembly: installs both as their users do, and runs the tests there. Arguments
# go to node's test runner.
set -eu
framework=javascript
. "$(dirname "$0")/../common.sh"
cd "$(dirname "$0")"

# One of the packages counts its users while it is installed, and has no other reason to run scripts.
export npm_config_ignore_scripts=true
rm -rf "$work/suite"
mkdir -p "$work/suite"
# Node looks for packages beside the tests, and they are not to be in the checkout.
cp ./*.mjs package.json package-lock.json "$work/suite"
cd "$work/suite"
npm ci --no-audit --no-fund

install_plugins 2
node --test --test-reporter=spec "$@"

# Version 1 has no matching rules of plugins.
rm -rf pacts creditcard.test.mjs
install_plugins 1
node --test --test-reporter=spec "$@"
