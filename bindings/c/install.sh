#!/bin/sh
# Installs headers, shared and static library, and what pkg-config and CMake need to find them. `make install` calls it after
# a build; by itself it needs binutils and no Rust, for a prefix that only root may write to.
#
#     bindings/c/install.sh install BUILD      BUILD is the folder with libpact_wasm.so and libpact_wasm.a
#     bindings/c/install.sh uninstall
#
# From the environment: PREFIX (default /usr/local), LIBDIR (default $PREFIX/lib), INCLUDEDIR (default $PREFIX/include), all
# absolute; DESTDIR, in front of all three for a package that is put together and not yet in its place.
set -eu

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

root=$(cd "$(dirname "$0")/../.." && pwd)
: "${PREFIX:=/usr/local}"
: "${LIBDIR:=$PREFIX/lib}"
: "${INCLUDEDIR:=$PREFIX/include}"
: "${DESTDIR:=}"
for directory in "$PREFIX" "$LIBDIR" "$INCLUDEDIR"; do
    case $directory in
        /*) ;;
        *) fail "\"$directory\" is not absolute; the pkg-config files could not name it" ;;
    esac
    case $directory in
        *[!A-Za-z0-9/._+@%:=,~-]*) fail "\"$directory\" has a character that pkg-config files or CMake would read as something else" ;;
    esac
done
# File names, and the libraries that Rust's standard library needs, are those of Linux with glibc.
[ "$(uname -s)" = Linux ] || fail "only Linux is known here; on other systems copy the library and include/ by hand"

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -1)
soname=libpact_wasm.so.$(sed -n 's/^#define PACTWASM_ABI_VERSION //p' "$root/include/pact_wasm.h")
# As `rustc --print native-static-libs` has them.
system_libraries="-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc"
packages=$LIBDIR/pkgconfig
cmake=$LIBDIR/cmake/pact_wasm

# fill TEMPLATE DESTINATION
fill() {
    sed -e "s|@PREFIX@|$PREFIX|g" -e "s|@LIBDIR@|$LIBDIR|g" -e "s|@INCLUDEDIR@|$INCLUDEDIR|g" -e "s|@VERSION@|$version|g" \
        -e "s|@SERIES@|${version%.*}|g" -e "s|@SONAME@|$soname|g" -e "s|@SYSTEM_LIBRARIES@|$system_libraries|g" \
        "$root/bindings/c/$1" >"$DESTDIR$2"
    chmod 644 "$DESTDIR$2"
}

# The archive as one object in which only our functions are visible: a program may have another copy of wasmtime, of a C library
# inside, or of Rust's own. Rust's standard library brings LLVM bitcode, which tools take for that of the whole object.
install_archive() {
    ld -r -o "$work/pact_wasm.o" --whole-archive "$1"
    objcopy --strip-debug --remove-section .llvmbc --remove-section .llvmcmd \
        --keep-global-symbols="$root/ffi-tests/symbols.txt" "$work/pact_wasm.o"
    ar rcs "$work/libpact_wasm.a" "$work/pact_wasm.o"
    install -m 644 "$work/libpact_wasm.a" "$2"
}

install_files() {
    for library in libpact_wasm.so libpact_wasm.a; do
        [ -f "$1/$library" ] || fail "$1/$library does not exist; 'make release' builds it"
    done
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$DESTDIR$LIBDIR" "$DESTDIR$INCLUDEDIR" "$DESTDIR$packages" "$DESTDIR$cmake"
    install -m 644 "$root/include/pact_wasm.h" "$root/include/pact_wasm.hpp" "$DESTDIR$INCLUDEDIR/"
    install -m 755 "$1/libpact_wasm.so" "$DESTDIR$LIBDIR/$soname"
    ln -sf "$soname" "$DESTDIR$LIBDIR/libpact_wasm.so"
    install_archive "$1/libpact_wasm.a" "$DESTDIR$LIBDIR/libpact_wasm.a"
    fill pact_wasm.pc.in "$packages/pact_wasm.pc"
    fill pact_wasm-static.pc.in "$packages/pact_wasm-static.pc"
    fill pact_wasmConfig.cmake.in "$cmake/pact_wasmConfig.cmake"
    fill pact_wasmConfigVersion.cmake.in "$cmake/pact_wasmConfigVersion.cmake"
    # The loader looks into a cache of the system's directories.
    if [ -z "$DESTDIR" ] && [ "$(id -u)" = 0 ] && command -v ldconfig >/dev/null; then
        ldconfig
    fi
    echo "installed libpact_wasm $version in $DESTDIR$PREFIX"
}

uninstall_files() {
    rm -f "$DESTDIR$INCLUDEDIR/pact_wasm.h" "$DESTDIR$INCLUDEDIR/pact_wasm.hpp" "$DESTDIR$LIBDIR/$soname" \
        "$DESTDIR$LIBDIR/libpact_wasm.so" "$DESTDIR$LIBDIR/libpact_wasm.a" "$DESTDIR$packages/pact_wasm.pc" \
        "$DESTDIR$packages/pact_wasm-static.pc" "$DESTDIR$cmake/pact_wasmConfig.cmake" "$DESTDIR$cmake/pact_wasmConfigVersion.cmake"
    if [ -d "$DESTDIR$cmake" ]; then
        rmdir "$DESTDIR$cmake"
    fi
}

case "${1:-} $#" in
    "install 2") install_files "$2" ;;
    "uninstall 1") uninstall_files ;;
    *) sed -n '5,6s/^# *//p' "$0" >&2; exit 2 ;;
esac
