"""Verification of providers, by the test plugin "line"."""

import threading
from base64 import b64encode
from typing import Any

import line
import pytest
from conftest import Load
from line import interaction

from pact_wasm import (
    Body,
    Cancel,
    Cancelled,
    ContentTypeHint,
    DeadlineExceeded,
    Grant,
    InteractionContents,
    InteractionData,
    InteractionType,
    InvalidArgument,
    Mismatch,
    Permission,
    Plugin,
    PluginConfiguration,
    PluginError,
    Unsupported,
)

STORE = interaction("store", b"\0\xff", b"stored\n")
NONCE = b"\0\xff\n"
OCTETS = "application/octet-stream"


@pytest.fixture
def plugin(load: Load) -> Plugin:
    return load("line", grants=[Grant(Permission.CONNECT, "localhost", "line")])


def test_prepare(plugin: Plugin) -> None:
    assert plugin.prepare_interaction(STORE) == InteractionData(
        Body(b"\0\xff", OCTETS, ContentTypeHint.BINARY), {"command": "store"}
    )
    with_nonce = plugin.prepare_interaction(STORE, config={"nonce": b64encode(NONCE).decode()}, test_context={"testRunId": "7"})
    assert with_nonce.metadata == {"command": "store", "nonce": NONCE}


def test_success(plugin: Plugin) -> None:
    with line.provider("OK", b"stored\n") as (config, sent):
        result = plugin.verify_interaction(STORE, plugin.prepare_interaction(STORE), config=config, test_context={})
    assert sent == [("store", b"\0\xff")]
    assert result.success
    assert result
    assert result.failures == ()
    assert result.output == (
        f"sent `store` with 2 bytes to 127.0.0.1:{config['port']}",
        "got OK with 7 bytes, as expected",
    )
    assert result.response == InteractionData(Body(b"stored\n", OCTETS, ContentTypeHint.BINARY), {"status": "OK"})


def test_a_mismatch(plugin: Plugin) -> None:
    with line.provider("OK", b"\xff") as (config, _):
        result = plugin.verify_interaction(STORE, plugin.prepare_interaction(STORE), config=config)
    assert not result.success
    assert not result
    assert result.failures == (
        Mismatch("the answer has other bytes", "store", "store", expected=b"stored\n", actual=b"\xff", mismatch_type="body"),
    )
    assert result.output[1] == "got OK with 1 bytes, which was not expected"
    assert result.response is not None
    assert result.response.body.content == b"\xff"


def test_a_failure_that_is_a_text(plugin: Plugin) -> None:
    with line.provider("ERR", "kein Platz für so viel".encode()) as (config, _):
        result = plugin.verify_interaction(STORE, plugin.prepare_interaction(STORE), config=config)
    assert not result
    assert result.failures == ("the provider refused the request: kein Platz für so viel",)
    assert result.response is not None
    assert result.response.metadata == {"status": "ERR"}


def test_changed_data(plugin: Plugin) -> None:
    data = plugin.prepare_interaction(STORE)
    data.body = Body(bytearray(b"other bytes"), OCTETS)
    data.metadata["command"] = "replace"
    data.metadata |= {"nonce": memoryview(NONCE), "nothing": None, "json": {"ä": [1, 2.0]}, "empty": b""}
    with line.provider("OK", b"stored\n") as (config, sent):
        result = plugin.verify_interaction(STORE, data, config=config)
        del data.metadata["nonce"]
        without = plugin.verify_interaction(STORE, data, config=config)
    assert sent == [("replace", b"other bytes")] * 2
    assert result
    assert result.response is not None
    assert result.response.metadata == {"status": "OK", "nonce": NONCE}
    assert type(result.response.metadata["nonce"]) is bytes
    assert without.response is not None
    assert without.response.metadata == {"status": "OK"}


def test_data_from_nowhere(plugin: Plugin) -> None:
    """It need not be prepared, and the body may be missing."""
    with line.provider("OK", b"stored\n") as (config, sent):
        assert plugin.verify_interaction(STORE, InteractionData(metadata={"command": b"ping"}), config=config)
    assert sent == [("ping", b"")]


@pytest.mark.parametrize("value", [None, True, 7, 2.5, "grüß dich\0", [1, {"ä": None}], {}, b"", b"\0\xff"])
def test_metadata_of_all_kinds(value: Any, plugin: Plugin) -> None:
    """The plugin hands back what it was sent as "nonce"."""
    data = plugin.prepare_interaction(STORE)
    data.metadata["nonce"] = value
    with line.provider("OK", b"stored\n") as (config, _):
        response = plugin.verify_interaction(STORE, data, config=config).response
    assert response is not None
    assert response.metadata["nonce"] == value
    assert type(response.metadata["nonce"]) is type(value)


def test_against_a_mock_server(plugin: Plugin) -> None:
    """Both ends in one process: the mock server serves while the verification waits for it."""
    with plugin.start_mock_server([STORE]) as server:
        config = {"host": server.address, "port": server.port}
        assert plugin.verify_interaction(STORE, plugin.prepare_interaction(STORE), config=config)
        assert server.shutdown()


def test_nobody_listens(plugin: Plugin) -> None:
    with line.provider("OK", b"") as (config, _):
        pass
    with pytest.raises(PluginError, match="cannot connect") as raised:
        plugin.verify_interaction(STORE, plugin.prepare_interaction(STORE), config=config)
    assert raised.value.operation == "verify-interaction"


def test_a_provider_that_does_not_answer(plugin: Plugin) -> None:
    with plugin.start_mock_server([]) as server, Cancel() as cancel:
        config = {"host": server.address, "port": server.port}
        data = plugin.prepare_interaction(STORE)
        data.metadata["command"] = "!sleep"
        with pytest.raises(DeadlineExceeded, match="deadline of 100 ms"):
            plugin.verify_interaction(STORE, data, config=config, timeout=0.1)
        timer = threading.Timer(0.1, cancel.trigger)
        timer.start()
        # The timer needs the interpreter lock meanwhile.
        with pytest.raises(Cancelled):
            plugin.verify_interaction(STORE, data, config=config, cancel=cancel)
        timer.join()


def test_wrong_requests(plugin: Plugin, load: Load) -> None:
    data = plugin.prepare_interaction(STORE)
    for wrong, kind, part in (
        (lambda: plugin.verify_interaction(STORE, data), PluginError, "`host` is not a text, or missing"),
        (lambda: plugin.verify_interaction(STORE, data, config=[]), InvalidArgument, "request.config_json"),
        (lambda: plugin.verify_interaction(STORE, data, test_context="x"), InvalidArgument, "request.test_context_json"),
        (lambda: plugin.prepare_interaction(STORE, config=7), InvalidArgument, "request.config_json"),
        (lambda: plugin.prepare_interaction(STORE, config={"nonce": "?"}), PluginError, "`nonce` is not base64"),
        (lambda: plugin.prepare_interaction(InteractionContents("x")), ValueError, "not a valid InteractionType"),
        (
            lambda: plugin.prepare_interaction(InteractionContents(InteractionType.SYNCHRONOUS_HTTP, PluginConfiguration({}))),
            PluginError,
            "`command` is not a text",
        ),
        (lambda: plugin.verify_interaction(STORE, InteractionData(Body("text"))), TypeError, "."),
        (lambda: plugin.verify_interaction(STORE, InteractionData(metadata={"a": {1}})), TypeError, "not JSON serializable"),
        (lambda: plugin.verify_interaction(STORE, InteractionData(metadata={"a": float("nan")})), ValueError, "."),
        (lambda: plugin.verify_interaction(STORE, InteractionData(metadata={1: "a"})), TypeError, "."),
        (lambda: load("csv").prepare_interaction(STORE), Unsupported, "does not export transport"),
        (lambda: load("csv").verify_interaction(STORE, data), Unsupported, "does not export transport"),
    ):
        with pytest.raises(kind, match=part):
            wrong()


def test_data_can_be_made_and_compared() -> None:
    one, other = InteractionData(), InteractionData()
    one.metadata["a"] = 1
    assert other == InteractionData(Body(), {})
    assert one != other
