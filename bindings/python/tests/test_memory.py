"""Thousands of calls leave nothing behind."""

import ctypes
import gc
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import CACHE, PLUGINS, Load
from line import ask, interaction, provider

from pact_wasm import (
    Body,
    Cancel,
    ContentMatcher,
    Generator,
    Grant,
    Host,
    Limits,
    Matcher,
    Mismatch,
    PactFile,
    Permission,
    Plugin,
    PluginError,
)

CALLS = 10_000
MOST = 1 << 20

SMALL = Body(b"x" * 64, "text/plain")
PAGE = os.sysconf("SC_PAGE_SIZE")


def resident() -> int:
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def grown(work: Callable[[], object]) -> int:
    for _ in range(CALLS // 5):
        work()
    before, objects = resident(), sys.getallocatedblocks()
    for _ in range(CALLS):
        work()
    growth = resident() - before
    assert sys.getallocatedblocks() - objects < CALLS // 10
    return growth


def fails(work: Callable[[], object]) -> None:
    with pytest.raises(PluginError):
        work()


def raises(_: Any) -> Any:
    raise ValueError("no")


#: What to do with the plugins echo, hostile and delegate.
WORK: dict[str, Callable[[Plugin, Plugin, Plugin], object]] = {
    "match": lambda echo, _, __: echo.compare_contents(SMALL, SMALL, rules={"$": []}, timeout=5, test_run_id="x"),
    "mismatch": lambda echo, _, __: echo.compare_contents(SMALL, Body(b"", "a/b")),
    "error": lambda _, hostile, __: fails(lambda: hostile.compare_contents(Body(b"", "x/error"), SMALL)),
    "body": lambda echo, _, __: echo.generate_content(SMALL),
    "field": lambda echo, _, __: echo.generate_field("echo", "x", {"a": ["ä", 1]}),
    "interaction": lambda echo, _, __: echo.configure_interaction("a/b", {"a": "b"}),
    "generic call": lambda echo, _, __: echo.call("configure-interaction", {"contentType": "a/b", "contentsConfig": {}}),
    "information": lambda echo, _, __: (echo.info, echo.catalogue()),
    "handler": lambda _, __, delegate: delegate.generate_field("delegate", "x", "ä", path="core/generator/vin"),
    "handler with mismatch": lambda _, __, delegate: delegate.match_field("delegate", "x", 1, 2, path="core/matcher/vin"),
    "handler that raises": lambda _, __, delegate: fails(
        lambda: delegate.match_field("delegate", "x", 1, 2, path="core/matcher/raises")
    ),
    "switch": lambda _, __, ___: Cancel().trigger(),
    "bytearray": lambda echo, _, __: echo.compare_contents(Body(bytearray(500)), Body(bytearray(500))),
}


@pytest.mark.parametrize("what", WORK)
def test_memory(what: str, load: Load) -> None:
    handlers = [
        Generator("vin", lambda request: request.example),
        Matcher("vin", lambda _: [Mismatch("differs", expected=b"x")]),
        Matcher("raises", raises),
    ]
    # pytest would keep the records of the handlers that raise.
    silent = logging.Logger("silent", logging.CRITICAL)
    options = {"limits": Limits(instances=1), "handlers": handlers, "logger": silent}
    plugins = [load(name, **options) for name in ("echo", "hostile", "delegate")]
    assert grown(lambda: WORK[what](*plugins)) < MOST


def test_memory_of_large_bodies(load: Load) -> None:
    """No copy is left of bodies, and there is none of what goes to the plugin."""
    echo = load("echo", limits=Limits(instances=1))
    body = Body(bytes(1 << 20), "a/b")
    for _ in range(20):
        echo.generate_content(body)
    before = resident()
    for _ in range(100):
        assert len(echo.generate_content(body).content) == 1 << 20
    assert resident() - before < MOST


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


def test_memory_of_servers(load: Load) -> None:
    """With requests that match and that do not, callbacks, and every way to end."""
    silent = logging.Logger("silent", logging.CRITICAL)
    plugin = load("line", handlers=[Matcher("regex", lambda _: None)], logger=silent)
    interactions = [interaction("store", b"x" * 1000, b"y" * 1000), interaction("load")]
    turns = iter(range(1 << 30))

    def work() -> None:
        server = plugin.start_mock_server(interactions)
        ask(server, "store", b"x" * 1000)
        ask(server, "other", b"x" * 1000)
        ask(server, "!callback", b"x")
        ask(server, "!log", b"x")
        assert len(server.results().results) == 2
        if (turn := next(turns)) % 3 == 0:
            server.shutdown()
        elif turn % 3 == 1:
            server.close()

    for _ in range(100):
        work()
    before, objects, open_files, running = resident(), sys.getallocatedblocks(), descriptors(), threads()
    for _ in range(200):
        work()
    assert resident() - before < MOST
    assert sys.getallocatedblocks() - objects < 400
    assert descriptors() <= open_files
    assert threads() <= running


def test_memory_of_results_and_verifications(load: Load) -> None:
    plugin = load("line", grants=[Grant(Permission.CONNECT, "localhost")])
    expected = interaction("store", b"x" * 1000, b"y" * 1000)
    with plugin.start_mock_server([expected]) as server, provider("OK", b"z" * 1000) as (config, sent):
        ask(server, "other", b"x" * 1000)

        def work() -> None:
            assert len(server.results().results) == 2
            data = plugin.prepare_interaction(expected, config={"nonce": "AP8="})
            assert len(plugin.verify_interaction(expected, data, config=config).failures) == 1
            sent.clear()

        for _ in range(500):
            work()
        before, objects = resident(), sys.getallocatedblocks()
        for _ in range(1000):
            work()
        assert resident() - before < MOST
        assert sys.getallocatedblocks() - objects < 100


def test_memory_of_hosts() -> None:
    def work() -> None:
        handlers = [ContentMatcher("vin", lambda _: None)]
        with Host(plugin_directory=PLUGINS, cache_directory=CACHE, handlers=handlers) as host, host.load("minimal"):
            PactFile("a", "b").to_json()

    for _ in range(100):
        work()
    before = resident()
    for _ in range(300):
        work()
    assert resident() - before < MOST
