"""What the tests share: hosts with the test plugins, and Python programs of their own."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from pact_wasm import Host, Plugin

REPOSITORY = Path(__file__).parents[3]
PLUGINS = Path(os.environ.get("PACT_WASM_TEST_PLUGINS") or REPOSITORY / "target" / "plugins")
CACHE = Path(os.environ.get("PACT_WASM_TEST_CACHE") or tempfile.mkdtemp(prefix="pact-wasm-"))

MakeHost = Callable[..., Host]
Load = Callable[..., Plugin]
RunPython = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def make_host() -> Iterator[MakeHost]:
    """Makes hosts with the test plugins, and closes them after the test."""
    with ExitStack() as stack:

        def make(**options: Any) -> Host:
            options.setdefault("plugin_directory", PLUGINS)
            options.setdefault("cache_directory", CACHE)
            return stack.enter_context(Host(**options))

        yield make


@pytest.fixture
def load(make_host: MakeHost) -> Iterator[Load]:
    """Loads a plugin on a host of its own, made with the options given."""
    with ExitStack() as stack:
        yield lambda name, **options: stack.enter_context(make_host(**options).load(name))


@pytest.fixture
def run_python() -> RunPython:
    """Runs a program in a Python of its own, with `host(…)` and `plugin(…)` to begin with, and gives its result."""
    prelude = f"""
import pact_wasm, sys, os, gc, threading, time
from pact_wasm import *
def host(**options):
    return Host(plugin_directory={str(PLUGINS)!r}, cache_directory={str(CACHE)!r}, **options)
def plugin(name, **options):
    return host(**options).load(name)
"""

    def run(program: str, *, prelude: str = prelude, timeout: float = 60, **environment: str) -> Any:
        return subprocess.run(
            [sys.executable, "-c", prelude + program],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run
