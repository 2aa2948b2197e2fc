"""How the library is found, and what is said where it is not."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import RunPython

import pact_wasm
from pact_wasm import _declarations, _library

PACKAGE = Path(pact_wasm.__file__).parent
PACKAGED = PACKAGE / _library.NAME
NAMED = "The environment variable PACT_WASM_LIBRARY names it; correct or unset that.\n"

Fails = Callable[..., str]


def compile_library(directory: Path, source: str) -> Path:
    (directory / "fake.c").write_text(source)
    library = directory / "fake.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, directory / "fake.c"], check=True)
    return library


@pytest.fixture
def fails(run_python: RunPython, tmp_path: Path) -> Fails:
    """The text of the ImportError, with a copy of the package without the library if that is asked for."""

    def run(*, packaged: bool = True, **environment: str) -> str:
        prelude = ""
        if not packaged:
            copy = tmp_path / "copy" / "pact_wasm"
            copy.mkdir(parents=True)
            for file in PACKAGE.glob("*.py"):
                (copy / file.name).write_bytes(file.read_bytes())
            prelude = f"import sys; sys.path.insert(0, {str(copy.parent)!r})\n"
        program = "try: import pact_wasm\nexcept ImportError as error: print(error)\nelse: print('imported')"
        done = run_python(program, prelude=prelude, **environment)
        assert (done.returncode, done.stderr) == (0, "")
        return str(done.stdout)

    return run


def test_the_package_is_the_installed_one() -> None:
    assert Path(sys.prefix) in PACKAGE.parents
    assert PACKAGED.stat().st_size > 1 << 20
    assert str(PACKAGED) in Path("/proc/self/maps").read_text()
    assert (PACKAGE / "py.typed").exists()


def test_not_found(fails: Fails) -> None:
    text = fails(packaged=False)
    assert text.startswith("libpact_wasm was not found. Tried were:\n")
    assert "the environment variable PACT_WASM_LIBRARY, which is not set" in text
    assert f"copy/pact_wasm/{_library.NAME}, which does not exist" in text
    assert f"{_library.NAME} where the system looks for libraries: " in text
    assert text.endswith("Install a wheel of pact-wasm that contains the library, or set PACT_WASM_LIBRARY to its path.\n")


def test_found_by_the_system(fails: Fails) -> None:
    assert fails(packaged=False, LD_LIBRARY_PATH=str(PACKAGE)) == "imported\n"


def test_found_by_the_variable(fails: Fails) -> None:
    assert fails(packaged=False, PACT_WASM_LIBRARY=str(PACKAGED)) == "imported\n"


def test_the_variable_counts_alone(fails: Fails) -> None:
    text = fails(PACT_WASM_LIBRARY="/nowhere/libpact_wasm.so.1")
    assert text.startswith("libpact_wasm cannot be loaded from '/nowhere/libpact_wasm.so.1': ")
    assert text.endswith(NAMED)
    assert fails(PACT_WASM_LIBRARY="") == "imported\n"


def test_no_library(fails: Fails, tmp_path: Path) -> None:
    (tmp_path / "text.so").write_text("This is no library.")
    text = fails(PACT_WASM_LIBRARY=str(tmp_path / "text.so"))
    assert f"libpact_wasm cannot be loaded from '{tmp_path}/text.so': " in text
    assert text.endswith(NAMED)


def test_another_library(fails: Fails, tmp_path: Path) -> None:
    library = compile_library(tmp_path, "int something(void) { return 1; }")
    assert fails(PACT_WASM_LIBRARY=str(library)) == f"'{library}' is a library, but not libpact_wasm. {NAMED}"


def test_another_abi(fails: Fails, tmp_path: Path) -> None:
    other = _declarations.PACTWASM_ABI_VERSION + 41
    library = compile_library(tmp_path, f"unsigned pactwasm_abi_version(void) {{ return {other}; }}")
    text = fails(PACT_WASM_LIBRARY=str(library))
    assert f"libpact_wasm at '{library}' has the ABI version {other}, " in text
    assert f"pact-wasm needs {_declarations.PACTWASM_ABI_VERSION}. Install versions of both that belong together" in text
    assert text.endswith(NAMED)
