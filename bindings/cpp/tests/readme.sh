#!/bin/sh
# Runs the examples of the README: extracts its programs, its CMake file and the commands that build them, and compares what the
# programs print with what the README says. What are only pieces of programs is compiled.
#
# usage: readme.sh <library directory>
set -eu
readme=$(cd "$(dirname "$0")/.." && pwd)/README.md
prefix=$(dirname "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# block <language> <number>: what is in that code block
block() {
    awk -v language="\`\`\`$1" -v wanted="$2" '
        $0 == "```" { if (inside) exit; next }
        inside { print }
        $0 == language && ++found == wanted { inside = 1 }
    ' "$readme" | grep .
}

block cpp 1 >"$work/example.cpp"
block cmake 1 >"$work/CMakeLists.txt"
block sh 1 >"$work/build.sh"
block text 1 >"$work/expected"
block cpp 2 >"$work/transport.cpp"
block sh 2 >"$work/build-transport.sh"
block text 2 >"$work/expected-transport"
{
    echo '#include <iostream>'
    echo '#include <pact_wasm.hpp>'
    echo 'using namespace std::chrono_literals;'
    echo 'bool is_vin(const std::string &text);'
    echo 'void pieces(const pact_wasm::Plugin &jwt, const pact_wasm::InteractionPart &part, const std::string &body,'
    echo '            const pact_wasm::Interaction &interaction) {'
    block c++ 1
    block c++ 2
    block c++ 3
    echo '}'
} >"$work/pieces.cpp"

export PKG_CONFIG_PATH="$prefix/lib/pkgconfig" LD_LIBRARY_PATH="$prefix/lib" PREFIX="$prefix"
cd "$work"
g++ -std=c++20 -I"$prefix/include" -fsyntax-only pieces.cpp
ran=0
# Each line builds the program in another way.
while read -r command; do
    rm -rf example build
    echo "$command"
    sh -euc "$command" >log 2>&1 || {
        cat log
        exit 1
    }
    if [ -x build/example ]; then program=build/example; else program=./example; fi
    "$program" >actual
    # Tokens differ from run to run.
    sed 's/eyJ[A-Za-z0-9._-]*/eyJ…/' actual | diff expected - || {
        echo "the program does not print what the README says" >&2
        exit 1
    }
    ran=$((ran + 1))
done <build.sh
[ "$ran" -ge 3 ]

# The other program, with a client of HTTP.
sh -eux build-transport.sh >log 2>&1 || {
    cat log
    exit 1
}
./transport >actual
diff expected-transport actual || {
    echo "the program of \"Transports\" does not print what the README says" >&2
    exit 1
}
