"""The wheel: its tag says what the library in it really needs, and without a library there is none."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from conftest import REPOSITORY

SOURCE = REPOSITORY / "bindings" / "python"
(WHEEL,) = Path(sys.prefix, "wheel").glob("*.whl")


def test_tag() -> None:
    """auditwheel, which reads the library itself, comes to the same."""
    tag = WHEEL.stem.split("-", 2)[2]
    assert tag.startswith("py3-none-manylinux_2_")
    audit = subprocess.run([sys.executable, "-m", "auditwheel", "show", WHEEL], check=True, capture_output=True, text=True)
    shown = " ".join(audit.stdout.split())
    assert f'is consistent with the following platform tag: "{tag.removeprefix("py3-none-")}"' in shown


def test_contents() -> None:
    names = zipfile.ZipFile(WHEEL).namelist()
    assert "pact_wasm/libpact_wasm.so.1" in names
    assert "pact_wasm/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    packaged = {Path(name).name for name in names if name.startswith("pact_wasm/")}
    assert packaged == {file.name for file in (SOURCE / "src" / "pact_wasm").iterdir() if file.is_file()} | {"libpact_wasm.so.1"}


def build(directory: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if name not in ("PACT_WASM_LIBRARY", "PACT_WASM_PREFIX")}
    return subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", directory, SOURCE],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_library(tmp_path: Path) -> None:
    done = build(tmp_path)
    assert done.returncode != 0
    assert "Set PACT_WASM_LIBRARY to the path of the library, or PACT_WASM_PREFIX to where" in done.stderr + done.stdout
    assert not list(tmp_path.iterdir())


def test_with_a_library_that_is_not_there(tmp_path: Path) -> None:
    for variable, value, file in (
        ("PACT_WASM_LIBRARY", "/nowhere/a.so", "/nowhere/a.so"),
        ("PACT_WASM_PREFIX", "/nowhere", "/nowhere/lib/libpact_wasm.so.1"),
    ):
        done = build(tmp_path, **{variable: value})
        assert done.returncode != 0
        assert f"There is no file {file}, where {variable} says that libpact_wasm is." in done.stderr + done.stdout
