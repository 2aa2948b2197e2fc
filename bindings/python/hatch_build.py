"""Puts libpact_wasm into the wheel, and says in the wheel's name where it runs.

The library is the file that PACT_WASM_LIBRARY names, or else the one in PACT_WASM_PREFIX/lib. An editable installation is
without it, and finds the library as the README says.
"""

import os
import re
import sys
import sysconfig
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: As pact_wasm/_library.py looks for it.
NAME = {"darwin": "libpact_wasm.1.dylib", "win32": "pact_wasm.dll"}.get(sys.platform, "libpact_wasm.so.1")


class LibraryHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        library = find_library()
        build_data["force_include"][str(library)] = f"pact_wasm/{NAME}"
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform_tag(library)}"


def find_library() -> Path:
    named, prefix = os.environ.get("PACT_WASM_LIBRARY"), os.environ.get("PACT_WASM_PREFIX")
    if named:
        library, origin = Path(named), "PACT_WASM_LIBRARY"
    elif prefix:
        library, origin = Path(prefix, "lib", NAME), "PACT_WASM_PREFIX"
    else:
        raise SystemExit(
            "The wheel of pact-wasm contains libpact_wasm. Set PACT_WASM_LIBRARY to the path of the library, or "
            "PACT_WASM_PREFIX to where `make install` of libpact_wasm put it."
        )
    if not library.is_file():
        raise SystemExit(f"There is no file {library}, where {origin} says that libpact_wasm is.")
    return library.resolve()


def platform_tag(library: Path) -> str:
    """On Linux the oldest glibc that has all symbols the library needs; elsewhere what this Python was built for."""
    if not sys.platform.startswith("linux"):
        return re.sub(r"[.-]", "_", sysconfig.get_platform())
    with library.open("rb") as file:
        elf = ELFFile(file)
        needed = [
            tuple(map(int, version.name.removeprefix("GLIBC_").split(".")))
            for section in elf.iter_sections()
            if isinstance(section, GNUVerNeedSection)
            for _, versions in section.iter_versions()
            for version in versions
            if re.fullmatch(r"GLIBC_[\d.]+", version.name)
        ]
        machine = {"x64": "x86_64", "AArch64": "aarch64"}[elf.get_machine_arch()]
    if not needed:
        raise SystemExit(f"{library} does not say which glibc it needs; wheels for musl are not made yet.")
    # Names of wheels cannot tell older ones.
    major, minor = max((2, 17), max(needed)[:2])
    return f"manylinux_{major}_{minor}_{machine}"
