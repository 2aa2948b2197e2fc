"""Pact's own Python library, which brings libpact_ffi, in the same process."""

import pytest
from conftest import CACHE, PLUGINS, RunPython

OTHER = """
import pact_ffi
def check_other():
    assert pact_ffi.version().count(".") == 2
    pact = pact_ffi.new_pact("a", "b")
    interaction = pact_ffi.new_interaction(pact, "d")
    pact_ffi.with_request(interaction, "GET", "/")
    pact_ffi.validate_datetime("2020-02-29", "yyyy-MM-dd")
    try: pact_ffi.validate_datetime("2021-02-29", "yyyy-MM-dd")
    except ValueError: pass
    else: raise AssertionError("there was no such day")
"""

OURS = """
from pact_wasm import *
"""

CHECK = """
with Host(plugin_directory=os.environ["PLUGINS"], cache_directory=os.environ["CACHE"]) as host, host.load("jwt") as jwt:
    for _ in range(3):
        check_other()
        part = jwt.configure_interaction("application/jwt", {"algorithm": "HS256", "secret": "s"}).parts[0]
        same = dict(rules=part.rules, plugin_configuration=part.plugin_configuration)
        assert jwt.compare_contents(part.body, part.body, **same)
        assert not jwt.compare_contents(part.body, Body(b"x", "application/jwt"), **same)
maps = open("/proc/self/maps").read()
assert "libpact_wasm" in maps and "pact_ffi" in maps
print("both work")
"""


@pytest.mark.parametrize("first, second", [(OTHER, OURS), (OURS, OTHER)])
def test_both(first: str, second: str, run_python: RunPython) -> None:
    done = run_python(first + second + CHECK, prelude="import os\n", PLUGINS=str(PLUGINS), CACHE=str(CACHE))
    assert (done.returncode, done.stdout) == (0, "both work\n"), done.stderr
