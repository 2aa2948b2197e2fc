"""Mock servers, by the test plugin "line", and clients that speak its protocol."""

import gc
import json
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import line
import pytest
from conftest import PLUGINS, Load, MakeHost
from line import Client, ask, interaction

from pact_wasm import (
    Busy,
    Cancel,
    Cancelled,
    DeadlineExceeded,
    Generator,
    InteractionContents,
    InteractionType,
    InvalidArgument,
    Limits,
    Matcher,
    Mismatch,
    MockServer,
    MockServerResult,
    MockServerResults,
    NotFound,
    PactWasmError,
    Plugin,
    PluginConfiguration,
    PluginCrashed,
    PluginError,
    Unsupported,
)

STORE = interaction("store", b"\0\xff", b"stored\n")
LOAD = interaction("load", b"", b"\xff\0")
MISSING = "this interaction was expected and did not come"


@pytest.fixture
def plugin(load: Load) -> Plugin:
    return load("line")


@pytest.fixture
def server(plugin: Plugin) -> Iterator[MockServer]:
    with plugin.start_mock_server([STORE, LOAD]) as server:
        yield server


def test_all_that_was_expected_came(server: MockServer) -> None:
    with Client(server) as client:
        assert client.ask("store", b"\0\xff") == ("OK", b"stored\n")
        assert client.ask("load") == ("OK", b"\xff\0")
    results = server.shutdown()
    assert results == MockServerResults(True, ())
    assert results.ok
    assert results


def test_what_went_wrong(server: MockServer) -> None:
    assert ask(server, "store", b"\0\xfe") == ("ERR", b"expected 2 other bytes with the command `store`")
    assert ask(server, "drop", b"1") == ("ERR", b"no interaction has the command `drop`")
    results = server.shutdown()
    assert not results
    assert not results.ok
    store, drop, *missing = results.results
    assert (store.path, store.error) == ("store", "")
    assert store.mismatches == (
        Mismatch(
            "expected 2 other bytes with the command `store`",
            "store",
            "store",
            expected=b"\0\xff",
            actual=b"\0\xfe",
            mismatch_type="body",
        ),
    )
    assert (drop.mismatches[0].expected, drop.mismatches[0].actual) == (None, b"1")
    assert missing == [MockServerResult("store", MISSING), MockServerResult("load", MISSING)]


def test_where_it_is(plugin: Plugin) -> None:
    with plugin.start_mock_server([LOAD]) as server, plugin.start_mock_server([LOAD], host_interface="[::1]") as other:
        assert len(server.key) == 36
        assert server.key != other.key
        assert server.address == "127.0.0.1"
        assert 1 <= server.port <= 65535
        assert server.authority == f"127.0.0.1:{server.port}"
        assert other.authority == f"[::1]:{other.port}"
        assert ask(other, "load") == ("OK", b"\xff\0")
        port = server.port
    with plugin.start_mock_server([LOAD], host_interface="127.0.0.1", port=port) as again:
        assert again.port == port


def test_results_while_it_runs(server: MockServer) -> None:
    with Client(server) as client:
        assert [result.path for result in server.results().results] == ["store", "load"]
        client.ask("load")
        assert [result.path for result in server.results().results] == ["store"]
        client.ask("store", b"\0\xff")
        assert server.results()
        # The connection is still the same.
        client.ask("drop")
        assert not server.results()
    assert not server.shutdown()


def test_many_servers(plugin: Plugin) -> None:
    """Each knows only its own interactions."""
    names = [f"command-{number}" for number in range(8)]
    servers = [plugin.start_mock_server([interaction(name, response=name.encode())]) for name in names]
    assert len({server.port for server in servers}) == len({server.key for server in servers}) == 8
    for server, name in zip(servers, names, strict=True):
        assert ask(server, name) == ("OK", name.encode())
    assert ask(servers[3], names[4])[0] == "ERR"
    assert [server.shutdown().ok for server in servers] == [number != 3 for number in range(8)]


def test_clients_in_many_threads(server: MockServer) -> None:
    def work() -> None:
        with Client(server) as client:
            for _ in range(50):
                answers.append(client.ask("store", b"\0\xff"))

    answers: list[Any] = []
    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        server.results()
    for thread in threads:
        thread.join()
    assert answers == [("OK", b"stored\n")] * 400
    assert [result.path for result in server.shutdown().results] == ["load"]


def test_waiting_for_results_releases_the_interpreter_lock(load: Load) -> None:
    """The server is in a handler, which another thread has to let go on while this one waits for results."""
    inside, asked = threading.Event(), threading.Event()

    def handler(_: Any) -> None:
        inside.set()
        assert asked.wait(30)

    server = load("line", handlers=[Matcher("regex", handler)]).start_mock_server([])
    with Client(server) as client:
        client.send("!callback", b"1")
        assert inside.wait(30)
        timer = threading.Timer(0.1, asked.set)
        timer.start()
        assert server.results()
        assert asked.is_set()
        assert client.receive() == ("OK", b"true")
    timer.join()


# ---- what it ends with ----


def test_shut_down_is_shut_down(server: MockServer) -> None:
    assert not server.shutdown()
    assert not line.is_listening(server)
    for use in (server.results, server.shutdown):
        with pytest.raises(NotFound, match="it was shut down") as raised:
            use()
        assert isinstance(raised.value, LookupError)
        assert raised.value.plugin_name == "line"
    assert not server.closed


def test_closing_ends_it(plugin: Plugin) -> None:
    with plugin.start_mock_server([LOAD]) as server:
        client = Client(server)
        assert client.ask("load") == ("OK", b"\xff\0")
    assert server.closed
    with client, pytest.raises((EOFError, ConnectionError)):
        client.ask("load")
    assert not line.is_listening(server)


def test_the_host_ends_it(make_host: MakeHost) -> None:
    host = make_host()
    with host.load("line") as plugin, plugin.start_mock_server([LOAD]) as server:
        host.close()
        assert not line.is_listening(server)
        with pytest.raises(NotFound, match="its host was freed"):
            server.results()


def test_it_keeps_its_plugin(make_host: MakeHost) -> None:
    host = make_host()
    plugin = host.load("line")
    server = plugin.start_mock_server([LOAD])
    plugin.close()
    assert ask(server, "load") == ("OK", b"\xff\0")
    assert any(entry.plugin_name == "line" for entry in host.catalogue())
    assert server.shutdown()
    server.close()
    assert not any(entry.plugin_name == "line" for entry in host.catalogue())


def test_the_garbage_collector_ends_it(plugin: Plugin) -> None:
    class Cycle:
        pass

    cycle: Any = Cycle()
    cycle.itself = cycle
    cycle.server = plugin.start_mock_server([LOAD])
    server = MockServer.__new__(MockServer)
    server.address, server.port = cycle.server.address, cycle.server.port
    assert line.is_listening(server)
    del cycle
    gc.collect()
    assert not line.is_listening(server)


def test_tracebacks_do_not_keep_it(plugin: Plugin) -> None:
    server = plugin.start_mock_server([LOAD])
    with pytest.raises(DeadlineExceeded) as raised, Client(server) as client:
        client.send("!loop")
        while True:
            server.results(timeout=0.05)
    server.close()
    assert not line.is_listening(server)
    assert raised.value.__traceback__


# ---- when it goes wrong ----

DEATHS: dict[str, tuple[str, dict[str, Any]]] = {
    "!trap": ("the plugin crashed", {}),
    "!loop": ("within the deadline of 200 ms", {"timeout": 0.2}),
    "!spin": ("within the deadline of 200 ms", {"timeout": 0.2}),
    "!alloc": ("the limit is 33554432", {"memory": 1 << 25}),
    "!fail": ("the server gave up", {}),
}


@pytest.mark.parametrize("command", DEATHS)
def test_a_server_that_dies(command: str, load: Load) -> None:
    """Its results say why, until it is shut down, and the plugin's other servers do not notice."""
    part, limits = DEATHS[command]
    plugin = load("line", limits=Limits(**limits))
    with plugin.start_mock_server([LOAD]) as other, plugin.start_mock_server([STORE]) as server:
        with Client(server) as client, pytest.raises((EOFError, ConnectionError)):
            client.ask(command)
        for ask_it in (server.results, server.shutdown):
            results = ask_it()
            assert not results.ok
            (result,) = results.results
            assert part in result.error
            assert result.error.startswith("plugin line 1.0.0, serve-mock-server: ")
            assert result.mismatches == ()
        assert ask(other, "load") == ("OK", b"\xff\0")
        assert other.shutdown()


def test_a_server_that_sleeps(load: Load) -> None:
    """Waiting is what servers do, so nothing stops it; but it does not keep anybody waiting for it."""
    inside = threading.Event()
    plugin = load("line", handlers=[Matcher("regex", lambda _: inside.set())])
    with plugin.start_mock_server([]) as server, Client(server) as client:
        # It gets both at once, and then does nothing in between.
        client.send_together(("!callback", b"1"), ("!sleep", b""))
        assert inside.wait(30)
        for use in (server.results, server.shutdown):
            with pytest.raises(DeadlineExceeded, match="deadline of 100 ms"):
                use(timeout=0.1)
        with pytest.raises((EOFError, ConnectionError)):
            client.receive()
    assert not line.is_listening(server)


def start(load: Load, **options: Any) -> Callable[[], MockServer]:
    plugin = load("line")
    return lambda: plugin.start_mock_server([LOAD], **options)


def test_a_port_that_is_taken(server: MockServer, plugin: Plugin) -> None:
    with pytest.raises(PluginError, match=str(server.port)) as raised:
        plugin.start_mock_server([LOAD], port=server.port)
    assert raised.value.operation == "start-mock-server"


def test_tls_is_passed_on(load: Load) -> None:
    with pytest.raises(PluginError, match="there is no TLS in this protocol"):
        start(load, tls=True)()


@pytest.mark.parametrize(
    ("configuration", "kind", "part"),
    [
        ({"start": "fail"}, PluginError, "the guest does not start"),
        ({"start": "trap"}, PluginCrashed, "the plugin crashed"),
        ({"start": "loop"}, DeadlineExceeded, "within the deadline of 100 ms"),
        ({"declares": ["interaction/request-response"]}, Unsupported, "does not take Synchronous/Messages interactions"),
    ],
)
def test_servers_that_do_not_start(
    configuration: dict[str, Any], kind: type[PactWasmError], part: str, make_host: MakeHost, tmp_path: Any
) -> None:
    manifest = json.loads((PLUGINS / "line-1.0.0" / "pact-plugin.json").read_text())
    manifest["pluginConfig"] = configuration
    (tmp_path / "pact-plugin.json").write_text(json.dumps(manifest))
    (tmp_path / "line.wasm").write_bytes((PLUGINS / "line-1.0.0" / "line.wasm").read_bytes())
    plugin = make_host().load_directory(tmp_path)
    with pytest.raises(kind, match=part):
        plugin.start_mock_server([LOAD], timeout=0.1 if kind is DeadlineExceeded else None)
    with pytest.raises(PluginError, match="not base64"):
        plugin.prepare_interaction(
            InteractionContents(InteractionType.SYNCHRONOUS_HTTP, PluginConfiguration({"command": "a", "request": "?"}))
        )


def test_a_plugin_that_is_no_transport(load: Load) -> None:
    with pytest.raises(Unsupported, match="does not export transport"):
        load("csv").start_mock_server([])


def test_wrong_interactions(plugin: Plugin) -> None:
    for wrong, kind in (
        ([{}], AttributeError),
        ([InteractionContents("Synchronous/Telepathy")], ValueError),
        ([InteractionContents(InteractionType.SYNCHRONOUS_HTTP, PluginConfiguration([]))], InvalidArgument),
        ([InteractionContents(InteractionType.SYNCHRONOUS_HTTP, PluginConfiguration({"a": float("nan")}))], ValueError),
        ([InteractionContents(InteractionType.SYNCHRONOUS_HTTP)], PluginError),
        (7, TypeError),
    ):
        with pytest.raises(kind):
            plugin.start_mock_server(wrong)
    for port in (-1, 65536):
        with pytest.raises(InvalidArgument, match="it must be from 0 to 65535"):
            plugin.start_mock_server([LOAD], port=port)
    with pytest.raises(TypeError):
        plugin.start_mock_server([LOAD], port="80")


def test_the_text_of_a_type_is_enough(plugin: Plugin) -> None:
    same = InteractionContents("Synchronous/Messages", LOAD.plugin_configuration, "web", "shop")
    with plugin.start_mock_server(iter([same])) as server:
        assert ask(server, "load") == ("OK", b"\xff\0")


# ---- callbacks on the server's thread ----


def test_a_handler_on_the_servers_thread(load: Load) -> None:
    """The user's own rule in the place of Pact's."""
    seen: list[Any] = []

    def regex(request: Any) -> list[Mismatch]:
        seen.append((threading.get_native_id(), request))
        if request.actual == "raise":
            raise KeyError("no such text ä")
        return [] if request.actual == "digits" else [Mismatch("no digits")]

    logger = logging.Logger("silent", logging.CRITICAL)
    plugin = load("line", handlers=[Matcher("regex", regex)], logger=logger)
    with plugin.start_mock_server([], test_run_id="run 7") as server, Client(server) as client:
        assert client.ask("!callback", b"digits") == ("OK", b"true")
        assert client.ask("!callback", b"letters") == ("OK", b"false")
        word, text = client.ask("!callback", b"raise")
        assert word == "ERR"
        assert "KeyError: 'no such text ä'" in text.decode()
        assert client.ask("!callback", b"digits") == ("OK", b"true")
        assert server.shutdown()
    assert [request.actual for _, request in seen] == ["digits", "letters", "raise", "digits"]
    request = seen[0][1]
    assert (request.rule_values, request.call.plugin_name, request.call.test_run_id) == ({"regex": r"\d+"}, "line", "run 7")
    (thread,) = {thread for thread, _ in seen}
    assert thread != threading.get_native_id()


def test_pacts_own_rule(server: MockServer) -> None:
    assert ask(server, "!callback", b"123") == ("OK", b"true")
    assert ask(server, "!callback", b"none") == ("OK", b"false")


def test_log_records(load: Load, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "pact_wasm")
    plugin = load("line")
    with plugin.start_mock_server([], test_run_id="run 7") as server:
        assert ask(server, "!log", "grüß dich\0".encode()) == ("OK", b"")
        assert server.shutdown()
    (record,) = [record for record in caplog.records if record.getMessage() == "grüß dich\0"]
    assert (record.name, record.levelno) == ("pact_wasm.line", logging.INFO)
    assert vars(record)["test_run_id"] == "run 7"
    assert plugin.logs()[-1].message == "grüß dich\0"


@pytest.mark.parametrize("what", ["results", "shutdown"])
def test_a_handler_that_asks_its_own_server(what: str, load: Load) -> None:
    """Nobody would be there to answer. But what is to be shut down ends all the same."""
    raised: list[PactWasmError] = []

    def handler(_: Any) -> None:
        try:
            getattr(server, what)()
        except PactWasmError as error:
            raised.append(error)

    plugin = load("line", handlers=[Matcher("regex", handler)])
    with plugin.start_mock_server([]) as server, Client(server) as client:
        client.send("!callback", b"1")
        if what == "results":
            assert client.receive() == ("OK", b"true")
            assert server.shutdown()
        else:
            with pytest.raises((EOFError, ConnectionError)):
                client.receive()
            assert not line.is_listening(server)
    (error,) = raised
    assert type(error) is Busy
    assert "busy" in str(error)


def test_a_handler_that_closes_its_own_server(load: Load) -> None:
    def handler(_: Any) -> None:
        server.close()
        gc.collect()

    plugin = load("line", handlers=[Matcher("regex", handler)])
    server = plugin.start_mock_server([])
    with Client(server) as client, pytest.raises((EOFError, ConnectionError)):
        client.send("!callback", b"1")
        client.receive()
    assert server.closed
    with plugin.start_mock_server([LOAD]) as other:
        assert ask(other, "load") == ("OK", b"\xff\0")


def test_a_handler_calls_plugins_and_starts_a_server(make_host: MakeHost) -> None:
    """While a server of its plugin waits for its answer."""

    def handler(request: Any) -> list[Mismatch]:
        with plugin.start_mock_server([LOAD]) as inner:
            answer = ask(inner, "load")
        return [] if echo.generate_field("echo", "x", request.actual) == "1" and answer == ("OK", b"\xff\0") else [Mismatch("no")]

    host = make_host(handlers=[Matcher("regex", handler), Generator("vin", lambda _: 1)])
    plugin, echo = host.load("line"), host.load("echo")
    with plugin.start_mock_server([]) as server:
        assert ask(server, "!callback", b"1") == ("OK", b"true")
        assert server.shutdown()


# ---- options and the rest ----


def test_timeout_and_cancel(load: Load) -> None:
    """Of results and of shutdown, while the server is in a handler and does not answer."""
    inside, go_on = threading.Event(), threading.Event()

    def handler(_: Any) -> None:
        inside.set()
        assert go_on.wait(30)

    plugin = load("line", handlers=[Matcher("regex", handler)])
    with plugin.start_mock_server([]) as server, Client(server) as client, Cancel() as cancel:
        client.send("!callback", b"1")
        assert inside.wait(30)
        with pytest.raises(DeadlineExceeded, match="deadline of 50 ms"):
            server.results(timeout=0.05)
        timer = threading.Timer(0.05, cancel.trigger)
        timer.start()
        with pytest.raises(Cancelled):
            server.results(cancel=cancel)
        timer.join()
        with pytest.raises(ValueError, match="positive number of seconds"):
            server.results(timeout=0)
        go_on.set()
        assert client.receive() == ("OK", b"true")
        assert server.results()
        # It ends, whatever comes of it.
        with pytest.raises(Cancelled):
            server.shutdown(cancel=cancel)
        assert not line.is_listening(server)


def test_results_and_shutdown_at_the_same_time(plugin: Plugin) -> None:
    """Each call gives results or says that there is no such server any more."""

    def work() -> None:
        barrier.wait()
        try:
            while True:
                server.results()
                answered.append(True)
        except PactWasmError as error:
            ended.append(error)

    for _ in range(20):
        answered: list[bool] = []
        ended: list[PactWasmError] = []
        barrier = threading.Barrier(4)
        server = plugin.start_mock_server([])
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        barrier.wait()
        assert server.shutdown()
        for thread in threads:
            thread.join()
        assert len(ended) == 3
        # Cancelled is a call that was waiting for its results when the server ended.
        assert {type(error) for error in ended} <= {NotFound, Cancelled}


def test_generic_call(plugin: Plugin) -> None:
    configuration = LOAD.plugin_configuration
    assert configuration is not None
    contents = {"interactionConfiguration": configuration.interaction}
    interactions = [{"interactionType": "Synchronous/Messages", "pluginConfiguration": contents}]
    started = plugin.call("start-mock-server", {"interactions": interactions})
    server = MockServer.__new__(MockServer)
    server.address, server.port = started["address"], started["port"]
    assert ask(server, "load") == ("OK", b"\xff\0")
    assert plugin.call("get-mock-server-results", {"key": started["key"]})["ok"]
    assert plugin.call("shutdown-mock-server", {"key": started["key"]})["ok"]
    assert not line.is_listening(server)
    with plugin.start_mock_server([LOAD]) as other:
        assert not plugin.call("get-mock-server-results", {"key": other.key})["ok"]


def test_interactions_that_a_plugin_set_up(load: Load) -> None:
    """Its configuration, and that of its parts, together."""
    echo = load("echo")

    def stored(interaction: str, pact: str | None) -> dict[str, Any]:
        return {"plugin_configuration": {"interaction_configuration": interaction, "pact_configuration": pact}}

    parts = [
        {"part_name": "request", **stored('{"a":1,"b":1}', None)},
        {"part_name": "response", **stored('{"b":2}', '{"q":2}')},
    ]
    whole = stored('{"a":0,"w":0}', '{"p":1}')
    with echo.configure_interaction("a/b", {"response": parts, **whole}) as configured:
        pass
    contents = configured.for_transport(InteractionType.SYNCHRONOUS_HTTP, consumer="web", provider="shop")
    assert contents == InteractionContents(
        InteractionType.SYNCHRONOUS_HTTP,
        PluginConfiguration({"a": 1, "b": 2, "w": 0}, {"p": 1, "q": 2}),
        "web",
        "shop",
    )
    plain = echo.configure_interaction("a/b", {}).for_transport(InteractionType.SYNCHRONOUS_MESSAGES)
    assert plain.plugin_configuration == PluginConfiguration(None, None)
    assert (plain.consumer, plain.provider) == ("", "")
