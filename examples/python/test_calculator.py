"""Both sides of a contract with the JSON-RPC plugin: "web" has "calculator" add its prices.

    PACT_PLUGIN_DIR=… pytest test_calculator.py

The plugin is the mock server of the consumer's test, and the client that verifies the provider with the pact file that came of it.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from pact_wasm import Grant, Host, InteractionContents, InteractionType, PactFile, Permission, Plugin, PluginConfiguration

JSONRPC = "application/jsonrpc"
ADDITION = {
    "request": {"method": "add", "params": ["matching(number, 1.5)", "matching(number, 2)"]},
    "response": {"result": "matching(number, 3.5)"},
}


@pytest.fixture(scope="module")
def plugin() -> Iterator[Plugin]:
    """It may listen on loopback as it is; that it may connect there has to be granted."""
    grants = [Grant(Permission.CONNECT, "localhost", "jsonrpc")]
    with Host(implementation=("example", "1.0.0"), grants=grants) as host, host.load("jsonrpc") as plugin:
        yield plugin


@pytest.fixture(scope="module")
def pact_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pacts") / "web-calculator.json"


# ---- the consumer ----


def total(calculator: str, *prices: float) -> Any:
    """The code under test: adds two prices with the calculator at this host and port."""
    with closing(HTTPConnection(calculator)) as connection:
        request = {"jsonrpc": "2.0", "id": 1, "method": "add", "params": prices}
        connection.request("POST", "/", json.dumps(request), {"Content-Type": "application/json"})
        return json.load(connection.getresponse())["result"]


def test_the_consumer(plugin: Plugin, pact_file: Path) -> None:
    with plugin.configure_interaction(JSONRPC, ADDITION) as addition:
        expected = addition.for_transport(InteractionType.SYNCHRONOUS_MESSAGES, consumer="web", provider="calculator")
        with plugin.start_mock_server([expected]) as server:
            assert total(server.authority, 19.99, 5.01) == 3.5
            results = server.shutdown()
        assert results, results.results

        pact = PactFile("web", "calculator")
        template = {"type": "Synchronous/Messages", "description": "the sum of two prices"}
        pact.add_interaction(template, request=addition, response=addition)
        pact.write(pact_file)


# ---- the provider ----


class Calculator(BaseHTTPRequestHandler):
    """The code under test."""

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": sum(request["params"])}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def calculator() -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), Calculator) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_provider(plugin: Plugin, calculator: HTTPServer, pact_file: Path) -> None:
    """With the file that the test above wrote; usually it comes from elsewhere."""
    pact = json.loads(pact_file.read_text("utf-8"))
    provider = {"host": "127.0.0.1", "port": calculator.server_port}
    for interaction in pact["interactions"]:
        expected = InteractionContents(
            InteractionType(interaction["type"]),
            PluginConfiguration(interaction["pluginConfiguration"]["jsonrpc"]),
            consumer=pact["consumer"]["name"],
            provider=pact["provider"]["name"],
        )
        data = plugin.prepare_interaction(expected, config=provider)
        verification = plugin.verify_interaction(expected, data, config=provider)
        assert verification, verification.failures
