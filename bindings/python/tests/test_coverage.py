"""The package makes use of the whole C API: what it calls while other tests run is written down."""

import os
import subprocess
import sys
from pathlib import Path

from conftest import REPOSITORY

HERE = Path(__file__).parent

#: What it can do without.
UNUSED = {
    "pactwasm_error_code": "pactwasm_error_get tells it, among all the rest",
    "pactwasm_error_message": "pactwasm_error_get tells it, with its length",
}


#: Between them they call everything.
TESTS = ("plugins", "handlers", "logs", "values", "errors", "permissions", "transports", "verification")


def test_every_function_is_called(tmp_path: Path) -> None:
    listed = (REPOSITORY / "ffi-tests" / "symbols.txt").read_text().splitlines()
    functions = {line for line in listed if not line.startswith("#")}
    record = tmp_path / "called"
    tests = [HERE / f"test_{name}.py" for name in TESTS]
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "recorder", *tests],
        env={**os.environ, "PYTHONPATH": str(HERE), "PACT_WASM_TEST_RECORD": str(record)},
        cwd=HERE.parent,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    called = set(record.read_text().split())
    assert called <= functions
    assert functions - called == set(UNUSED)
