#!/bin/sh
# Tests pact-jvm, as it is on Maven Central, with the plugins in WebAssembly: installs both as their users do, and runs the tests there.
# Arguments go to Maven.
set -eu
framework=jvm
. "$(dirname "$0")/../common.sh"
cd "$(dirname "$0")"

rm -rf "$work/suite"
mkdir -p "$work/suite"
# Maven builds beside the sources, and pact-jvm writes pact files there; neither is to be in the checkout.
cp -R pom.xml src "$work/suite"
cd "$work/suite"

install_plugins 2
mvn --batch-mode --no-transfer-progress test "$@"

# Version 1 has no matching rules of plugins.
rm -rf target src/test/java/frameworks/CreditCardTest.java
install_plugins 1
mvn --batch-mode --no-transfer-progress test "$@"
