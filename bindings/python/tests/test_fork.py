"""Fork: what was made before is refused in the child, and what is made there works."""

import gc
import multiprocessing
import os
from collections.abc import Callable

import pytest
from conftest import CACHE, PLUGINS, MakeHost
from line import ask, interaction

from pact_wasm import (
    Body,
    Cancel,
    Cancelled,
    DeadlineExceeded,
    Forked,
    Generator,
    Host,
    Interaction,
    Matcher,
    MockServer,
    PactFile,
    Plugin,
    PluginCrashed,
)

LOAD = interaction("load", b"", b"loaded")

HANDLERS = [Generator("vin", lambda request: request.example), Matcher("regex", lambda _: None)]


def work() -> None:
    """A host works: it calls, and is called, and stops what does not stop."""
    host = Host(plugin_directory=PLUGINS, cache_directory=CACHE, handlers=HANDLERS)
    with host, host.load("delegate") as delegate, host.load("hostile") as hostile, Cancel() as cancel:
        assert delegate.generate_field("delegate", "x", "ä", path="core/generator/vin") == "ä"
        with pytest.raises(DeadlineExceeded):
            hostile.compare_contents(Body(b"", "x/loop"), Body(), timeout=0.1)
        with pytest.raises(PluginCrashed):
            hostile.compare_contents(Body(b"", "x/trap"), Body())
        cancel.trigger()
        with pytest.raises(Cancelled):
            hostile.compare_contents(Body(b"", "x/sleep"), Body(), cancel=cancel)
        with host.load("line") as line, line.start_mock_server([LOAD]) as server:
            assert ask(server, "!callback", b"1") == ("OK", b"true")
            assert ask(server, "load") == ("OK", b"loaded")
            assert server.shutdown()


def refused(host: Host, plugin: Plugin, interaction: Interaction, cancel: Cancel, server: MockServer) -> None:
    uses: list[Callable[[], object]] = [
        host.discover,
        host.catalogue,
        lambda: host.load("echo"),
        lambda: plugin.info,
        plugin.catalogue,
        plugin.logs,
        plugin.init,
        lambda: plugin.compare_contents(Body(), Body()),
        lambda: plugin.call("init", {}),
        lambda: PactFile("a", "b").add_plugin(plugin),
        lambda: PactFile("a", "b").add_interaction({"type": "Synchronous/HTTP", "description": "d"}, request=interaction),
        cancel.trigger,
        lambda: plugin.start_mock_server([]),
        lambda: plugin.prepare_interaction(LOAD),
        server.results,
        server.shutdown,
    ]
    for use in uses:
        with pytest.raises(Forked, match="made before the process forked"):
            use()
    assert interaction.parts[0].body.content == b"{}"


def in_child(run: Callable[[], None]) -> None:
    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join(60)
    assert process.exitcode == 0


def test_fork(make_host: MakeHost) -> None:
    work()
    host = make_host()
    plugin, cancel = host.load("echo"), Cancel()
    interaction = plugin.configure_interaction("a/b", {})
    server = host.load("line").start_mock_server([LOAD])
    handles = (host, plugin, interaction, cancel, server)

    def child() -> None:
        refused(*handles)
        work()
        in_child(work)
        for one in handles:
            one.close()
        gc.collect()
        work()

    in_child(child)
    # The parent does not notice.
    assert ask(server, "load") == ("OK", b"loaded")
    assert server.shutdown()
    assert plugin.compare_contents(Body(b"x"), Body(b"x"), cancel=cancel)
    work()


def test_fork_in_a_handler(make_host: MakeHost) -> None:
    """The thread goes on in the child, in the middle of a call of the parent's."""

    def handler(_: object) -> int:
        child = os.fork()
        if child == 0:
            try:
                work()
                os._exit(0)
            finally:
                os._exit(1)
        return os.waitpid(child, 0)[1]

    delegate = make_host(handlers=[Generator("vin", handler)]).load("delegate")
    assert delegate.generate_field("delegate", "x", path="core/generator/vin") == 0
