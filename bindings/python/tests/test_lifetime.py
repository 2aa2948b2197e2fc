"""Closing, in every order and at every time."""

import gc
import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from conftest import CACHE, PLUGINS, Load, MakeHost
from line import ask, interaction

from pact_wasm import (
    Body,
    Cancel,
    Cancelled,
    Generator,
    Host,
    InteractionData,
    Matcher,
    NotFound,
    PactFile,
    Plugin,
    PluginError,
    _running,
)

BODY = Body(b"x", "a/b")

USES: list[tuple[str, Callable[[Any], object]]] = [
    ("Host", lambda host: host.discover()),
    ("Host", lambda host: host.load("echo")),
    ("Host", lambda host: host.load_directory(PLUGINS / "echo-1.0.0")),
    ("Host", lambda host: host.catalogue()),
    ("Plugin", lambda plugin: plugin.info),
    ("Plugin", lambda plugin: plugin.catalogue()),
    ("Plugin", lambda plugin: plugin.logs()),
    ("Plugin", lambda plugin: plugin.init()),
    ("Plugin", lambda plugin: plugin.update_catalogue([])),
    ("Plugin", lambda plugin: plugin.configure_interaction("a/b", {})),
    ("Plugin", lambda plugin: plugin.compare_contents(BODY, BODY)),
    ("Plugin", lambda plugin: plugin.generate_content(BODY)),
    ("Plugin", lambda plugin: plugin.match_field("echo", "echo", 1, 1)),
    ("Plugin", lambda plugin: plugin.generate_field("echo", "echo")),
    ("Plugin", lambda plugin: plugin.start_mock_server([])),
    ("Plugin", lambda plugin: plugin.prepare_interaction(interaction("x"))),
    ("Plugin", lambda plugin: plugin.verify_interaction(interaction("x"), InteractionData())),
    ("Plugin", lambda plugin: plugin.call("init", {})),
    ("Plugin", lambda plugin: PactFile("a", "b").add_plugin(plugin)),
    ("Interaction", lambda made: PactFile("a", "b").add_interaction({"description": "d"}, request=made)),
    ("MockServer", lambda server: server.results()),
    ("MockServer", lambda server: server.shutdown()),
    ("Cancel", lambda cancel: cancel.trigger()),
]


def make(kind: str) -> Any:
    host = Host(plugin_directory=PLUGINS, cache_directory=CACHE)
    made = {
        "Host": lambda: host,
        "Plugin": lambda: host.load("echo"),
        "Interaction": lambda: host.load("echo").configure_interaction("a/b", {}),
        "MockServer": lambda: host.load("line").start_mock_server([]),
        "Cancel": Cancel,
    }
    return made[kind]()


@pytest.mark.parametrize(("kind", "use"), USES)
def test_use_after_close(kind: str, use: Callable[[Any], object]) -> None:
    with make(kind) as closed:
        assert not closed.closed
    assert closed.closed
    with pytest.raises(ValueError, match=f"this {kind} is closed"):
        use(closed)
    closed.close()
    with pytest.raises(ValueError, match=f"this {kind} is closed"):
        use(closed)


def test_a_closed_switch_cannot_be_given(load: Load) -> None:
    cancel = make("Cancel")
    cancel.close()
    with pytest.raises(ValueError, match="this Cancel is closed"):
        load("echo").init(cancel=cancel)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_closing_in_every_order(order: tuple[int, ...]) -> None:
    host = Host(plugin_directory=PLUGINS, cache_directory=CACHE)
    plugin = host.load("echo")
    interaction = plugin.configure_interaction("a/b", {"a": 1})
    cancel = Cancel()
    for index in order:
        (host, plugin, interaction, cancel)[index].close()
        assert interaction.parts[0].body.content == b'{"a":1}'
        if not plugin.closed:
            assert plugin.compare_contents(BODY, BODY, cancel=None if cancel.closed else cancel)
            assert plugin.info.name == "echo"
        if not host.closed:
            assert any(entry.plugin_name for entry in host.catalogue()) == (not plugin.closed)
        if not interaction.closed:
            pact = PactFile("a", "b")
            pact.add_interaction({"type": "Synchronous/HTTP", "description": "d"}, request=interaction)
            assert '"echo"' in pact.to_json()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_closing_servers_in_every_order(order: tuple[int, ...]) -> None:
    host = Host(plugin_directory=PLUGINS, cache_directory=CACHE)
    plugin = host.load("line")
    server = plugin.start_mock_server([interaction("load", b"", b"loaded")])
    key, address, port = server.key, server.address, server.port
    for index in order:
        (host, plugin, server)[index].close()
        if not host.closed and not server.closed:
            assert ask(server, "load") == ("OK", b"loaded")
            assert server.results()
        elif not server.closed:
            with pytest.raises(NotFound):
                server.results()
        assert (server.key, server.address, server.port) == (key, address, port)


def test_closing_a_server_while_it_is_asked(make_host: MakeHost) -> None:
    """It is in a handler, so whoever asks waits; closing takes effect when the asking is over."""
    inside, closed = threading.Event(), threading.Event()
    results: list[Any] = []

    def handler(_: Any) -> None:
        inside.set()
        assert closed.wait(30)

    server = make_host(handlers=[Matcher("regex", handler)]).load("line").start_mock_server([])
    client = threading.Thread(target=lambda: results.append(ask(server, "!callback", b"1")))
    client.start()
    assert inside.wait(30)
    thread = threading.Thread(target=lambda: results.append(server.results()))
    thread.start()
    while thread.ident not in _running._threads:
        time.sleep(0.001)
    server.close()
    with pytest.raises(ValueError, match="this MockServer is closed"):
        server.results()
    closed.set()
    client.join()
    thread.join()
    assert len(results) == 2
    assert ("OK", b"true") in results


def test_tracebacks_keep_nothing_open(make_host: MakeHost) -> None:
    """An exception that is kept has the frames of the failed call, and they must not have the handle."""
    host = make_host()
    kept = []
    plugin = host.load("hostile")
    for fails in (
        lambda: plugin.compare_contents(Body(b"", "x/error"), BODY),
        lambda: plugin.call("?", {}),
        lambda: plugin.match_field("a", "b", 1, 1),
    ):
        with pytest.raises((PluginError, Exception)) as raised:
            fails()
        kept.append(raised.value)
    plugin.close()
    assert not any(entry.plugin_name for entry in host.catalogue())
    assert all(error.__traceback__ for error in kept)


def test_what_is_forgotten_is_freed(make_host: MakeHost) -> None:
    host = make_host()
    plugin = host.load("echo")
    assert any(entry.plugin_name for entry in host.catalogue())
    del plugin
    gc.collect()
    assert not any(entry.plugin_name for entry in host.catalogue())


def test_closing_while_a_call_runs(make_host: MakeHost) -> None:
    """The call ends as if nothing had happened; it is inside a handler while everything is closed."""
    inside, closed = threading.Event(), threading.Event()
    results: list[Any] = []

    def handler(_: Any) -> str:
        inside.set()
        assert closed.wait(30)
        return "made in time"

    host = make_host(handlers=[Generator("vin", handler)])
    delegate, cancel = host.load("delegate"), Cancel()
    thread = threading.Thread(
        target=lambda: results.append(delegate.generate_field("delegate", "x", path="core/generator/vin", cancel=cancel))
    )
    thread.start()
    assert inside.wait(30)
    for one in (cancel, delegate, host):
        one.close()
    with pytest.raises(ValueError, match="closed"):
        delegate.logs()
    closed.set()
    thread.join()
    assert results == ["made in time"]


def test_a_handler_closes_its_own_plugin(make_host: MakeHost) -> None:
    def handler(_: Any) -> None:
        delegate.close()
        host.close()
        gc.collect()

    host = make_host(handlers=[Matcher("vin", handler)])
    delegate = host.load("delegate")
    assert delegate.match_field("delegate", "x", 1, 1, path="core/matcher/vin")
    assert delegate.closed


def test_closing_at_any_time() -> None:
    """Threads call as another one closes: each call either works or says that the plugin is closed."""

    def work(plugin: Plugin, barrier: threading.Barrier, called: threading.Event) -> None:
        barrier.wait()
        with pytest.raises(ValueError, match="this Plugin is closed"):
            while True:
                assert plugin.compare_contents(BODY, BODY)
                called.set()

    with Host(plugin_directory=PLUGINS, cache_directory=CACHE) as host:
        for turn in range(50):
            called = threading.Event()
            barrier = threading.Barrier(5)
            plugin = host.load("echo")
            threads = [threading.Thread(target=work, args=(plugin, barrier, called)) for _ in range(4)]
            for thread in threads:
                thread.start()
            barrier.wait()
            if turn % 2:
                assert called.wait(30)
            plugin.close()
            for thread in threads:
                thread.join()


def test_switches_are_not_closed_by_calls(load: Load) -> None:
    hostile = load("hostile")
    with Cancel() as cancel:
        hostile.compare_contents(BODY, BODY, cancel=cancel)
        cancel.trigger()
        for _ in range(2):
            with pytest.raises(Cancelled):
                hostile.compare_contents(BODY, BODY, cancel=cancel)
    assert hostile.compare_contents(BODY, BODY)
