"""What all tests share."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

INSTALL = [Path(os.environ["PACT_WASM_BIN"]) / "pact-wasm", "install", "--exec"]
#: Directories of plugins as they are built: what is installed.
PLUGINS = Path(os.environ["PACT_WASM_TEST_PLUGINS"])
#: Where they are installed.
INSTALLED = Path(os.environ["PACT_PLUGIN_DIR"])


@pytest.fixture(autouse=True)
def no_pacts_left_over() -> Iterator[None]:
    """
    A Pact gives up its plugins when Python frees it, and a verification stops all plugins in the process. A Pact that lived on in
    the traceback of a failure, and was freed after that, would take the plugins away from the test that runs then.
    """
    yield
    gc.collect()


@pytest.fixture
def pacts(tmp_path: Path) -> Path:
    """Where pact files go."""
    return tmp_path / "pacts"
