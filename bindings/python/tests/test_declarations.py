"""The structs as they are packed are those of the C compiler, and no constant of the header is left out."""

import ctypes
import os
import struct
import subprocess
from enum import IntEnum
from pathlib import Path

import pytest
from conftest import REPOSITORY

from pact_wasm import (
    ContentFor,
    ContentTypeHint,
    Limits,
    LogLevel,
    MarkupType,
    Permission,
    Source,
    TestMode,
    Verdict,
    _declarations,
    host,
)
from pact_wasm._memory import _format

STRUCTS = {name: kind for name, kind in vars(_declarations).items() if name.startswith("PactWasm") and hasattr(kind, "_fields_")}


def offsets(structure: type[ctypes.Structure], start: int = 0) -> list[int]:
    """Where the scalars of a struct are, those of nested structs in their place."""
    found: list[int] = []
    for name, kind in structure._fields_:  # type: ignore[misc]
        place = start + getattr(structure, name).offset
        found += offsets(kind, place) if issubclass(kind, ctypes.Structure) else [place]
    return found


def test_structs_of_the_compiler(tmp_path: Path) -> None:
    members = [(name, field[0]) for name, kind in STRUCTS.items() for field in kind._fields_]
    lines = [f'printf("%zu\\n", offsetof({name}, {field}));' for name, field in members]
    lines += [f'printf("%zu\\n", sizeof({name}));' for name in STRUCTS]
    source = "#include <pact_wasm.h>\n#include <stdio.h>\nint main(void) {" + "\n".join(lines) + "}\n"
    (tmp_path / "layout.c").write_text(source)
    compiler = os.environ.get("CC") or "cc"
    subprocess.run([compiler, f"-I{REPOSITORY}/include", "-o", tmp_path / "layout", tmp_path / "layout.c"], check=True)
    printed = subprocess.run([tmp_path / "layout"], check=True, capture_output=True, text=True).stdout
    ours = [getattr(STRUCTS[name], field).offset for name, field in members]
    ours += [ctypes.sizeof(kind) for kind in STRUCTS.values()]
    assert [int(line) for line in printed.split()] == ours


@pytest.mark.parametrize("structure", STRUCTS.values())
def test_packed_structs(structure: type[ctypes.Structure]) -> None:
    """Each scalar, packed alone as ones among zeros, is where ctypes has it."""
    packer = struct.Struct("@" + _format(structure))
    assert packer.size == ctypes.sizeof(structure)
    places = offsets(structure)
    for index, place in enumerate(places):
        packed = packer.pack(*(int(index == other) for other in range(len(places))))
        assert next(position for position, byte in enumerate(packed) if byte) in range(place, place + 8)
        assert not any(packed[:place])


ENUMS: dict[str, type[IntEnum]] = {
    "LEVEL": LogLevel,
    "HINT": ContentTypeHint,
    "TEST_MODE": TestMode,
    "CONTENT_FOR": ContentFor,
    "PERMISSION": Permission,
    "SOURCE": Source,
    "MARKUP": MarkupType,
    "VERDICT": Verdict,
}


@pytest.mark.parametrize("prefix", ENUMS)
def test_enums(prefix: str) -> None:
    constants = {name: value for name, value in vars(_declarations).items() if name.startswith(f"PACTWASM_{prefix}_")}
    assert constants == {f"PACTWASM_{prefix}_{member.name}": member.value for member in ENUMS[prefix]}


def test_limits() -> None:
    constants = {value for name, value in vars(_declarations).items() if name.startswith("PACTWASM_LIMIT_")}
    given = host._limits(Limits(0.5, *range(2, 9)))
    assert given.keys() == constants
    assert list(given.values()) == [500, *range(2, 9)]
