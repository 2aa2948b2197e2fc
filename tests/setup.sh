#!/bin/sh
# Installs what the tests need: a C and C++ compiler, CMake, pkg-config, valgrind; for the plugins in C and Python a compiler that
# makes WebAssembly, and Python's virtual environments; for the bindings Ruby with a few gems, GoogleTest and an HTTP library; for Pact's
# frameworks a JDK and Maven. Needs apt-get and root where something is missing; otherwise it names what to install, and tests/run.sh skips
# what cannot run. Go and Node.js are not installed: distributions have them too old.
set -eu

missing=""
for pair in cc:gcc c++:g++ cmake:cmake pkg-config:pkg-config valgrind:valgrind ruby:ruby clang-19:clang-19 wasm-ld-19:lld-19 \
    javac:default-jdk-headless mvn:maven; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3 python3-venv"
for library in ffi minitest webrick; do
    ruby -e "require '$library'" 2>/dev/null || missing="$missing ruby-$library"
done
echo '#include <httplib.h>' | c++ -x c++ -E - >/dev/null 2>&1 || missing="$missing libcpp-httplib-dev"
echo '#include <gtest/gtest.h>' | c++ -x c++ -E - >/dev/null 2>&1 || missing="$missing libgtest-dev"
[ -n "$missing" ] || exit 0

if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of words
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
else
    echo "not installed:$missing" >&2
fi
