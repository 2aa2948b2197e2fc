"""The plugin "jsonrpc" as its users have it: a consumer's HTTP client and a provider's HTTP server, both of Python's own."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from conftest import Load

from pact_wasm import Grant, Interaction, InteractionContents, InteractionType, MockServer, PactFile, Permission, Plugin

SUBTRACT = {
    "request": {"method": "subtract", "params": ["matching(integer, 42)", 23]},
    "response": {"result": {"value": "matching(number, 19)", "unit": "€"}},
}


@pytest.fixture
def plugin(load: Load) -> Plugin:
    return load("jsonrpc", grants=[Grant(Permission.CONNECT, "127.0.0.1", "jsonrpc")])


@pytest.fixture
def subtract(plugin: Plugin) -> Interaction:
    return plugin.configure_interaction("application/jsonrpc", SUBTRACT)


@pytest.fixture
def contents(subtract: Interaction) -> InteractionContents:
    return subtract.for_transport(InteractionType.SYNCHRONOUS_MESSAGES, consumer="web", provider="calculator")


class Consumer:
    """The client under test."""

    def __init__(self, server: MockServer) -> None:
        self.connection = HTTPConnection(server.authority, timeout=60)

    def call(self, method: str, *params: Any) -> Any:
        request = {"jsonrpc": "2.0", "id": "a", "method": method, "params": params}
        self.connection.request("POST", "/rpc", json.dumps(request), {"Content-Type": "application/json"})
        response = self.connection.getresponse()
        assert response.status == 200
        assert response.headers["Content-Type"] == "application/json"
        answer = json.loads(response.read())
        assert answer["id"] == "a"
        return answer.get("result", answer.get("error"))


@contextmanager
def calculator(subtract: Callable[[int, int], Any]) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """A provider: where it is, as a verification takes it, and what came."""
    came: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            came.append((self.path, self.headers["Authorization"], request["method"], request["params"]))
            result = {"jsonrpc": "2.0", "id": request["id"], "result": subtract(*request["params"])}
            body = json.dumps(result).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield {"host": "127.0.0.1", "port": server.server_port, "path": "/rpc"}, came
        finally:
            server.shutdown()
            thread.join()


def test_consumer(plugin: Plugin, subtract: Interaction, contents: InteractionContents, tmp_path: Path) -> None:
    with plugin.start_mock_server([contents]) as server:
        consumer = Consumer(server)
        assert not server.results()
        assert consumer.call("subtract", 7, 23) == {"value": 19, "unit": "€"}
        assert consumer.call("subtract", 8, 23) == {"value": 19, "unit": "€"}
        assert server.shutdown()
        consumer.connection.close()
    pact = PactFile("web", "calculator")
    pact.add_interaction({"type": "Synchronous/Messages", "description": "a difference"}, request=subtract, response=subtract)
    (interaction,) = json.loads(pact.to_json())["interactions"]
    stored = contents.plugin_configuration
    assert stored is not None
    # What the server was given is what is in the file for the provider.
    assert interaction["pluginConfiguration"] == {"jsonrpc": stored.interaction}


def test_consumer_that_is_wrong(plugin: Plugin, contents: InteractionContents) -> None:
    with plugin.start_mock_server([contents]) as server:
        consumer = Consumer(server)
        assert consumer.call("subtract", "seven", 23)["code"] == -32602
        assert consumer.call("add", 7, 23)["code"] == -32601
        results = server.shutdown()
        consumer.connection.close()
    assert not results
    (mismatch,) = results.results[0].mismatches
    assert results.results[0].path == "subtract"
    assert mismatch.path == "$.params[0]"
    assert mismatch.actual == b'"seven"'
    assert "add" in [result.path for result in results.results]


def test_provider(plugin: Plugin, contents: InteractionContents) -> None:
    with calculator(lambda a, b: {"value": a - b, "unit": "€"}) as (config, came):
        data = plugin.prepare_interaction(contents, config=config)
        data.metadata["Authorization"] = "Bearer token"
        result = plugin.verify_interaction(contents, data, config=config)
    assert result, result.failures
    assert came == [("/rpc", "Bearer token", "subtract", [42, 23])]
    assert result.output[0] == f"POST http://127.0.0.1:{config['port']}/rpc"
    assert result.response is not None
    assert result.response.metadata["status"] == 200
    assert json.loads(bytes(result.response.body.content or b""))["result"] == {"value": 19, "unit": "€"}


def test_provider_that_is_wrong(plugin: Plugin, contents: InteractionContents) -> None:
    with calculator(lambda a, b: {"value": a - b, "unit": "$"}) as (config, _):
        result = plugin.verify_interaction(contents, plugin.prepare_interaction(contents, config=config), config=config)
    assert not result
    (mismatch,) = result.failures
    assert not isinstance(mismatch, str)
    assert mismatch.path == "$.result.unit"
    assert (mismatch.expected, mismatch.actual) == ('"€"'.encode(), b'"$"')
