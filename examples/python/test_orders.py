"""A consumer test with the JWT plugin: the shop "web" orders from "shop", and signs its orders.

    PACT_PLUGIN_DIR=… pytest test_orders.py

A server on this machine stands in for the provider. It takes a request as the plugin compares it; what passed becomes the pact
file, which the provider is verified with later.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from pact_wasm import Body, Host, Interaction, PactFile, Plugin

JWT = "application/jwt"
ORDER = {"algorithm": "HS256", "secret": "a secret for tests", "subject": "alice", "item": "a red bicycle"}


# ---- the code under test ----


def place_order(shop: str, token: bytes) -> tuple[int, str]:
    """Sends an order to the shop at this host and port; gives status and text of its answer."""
    with closing(HTTPConnection(shop)) as connection:
        connection.request("POST", "/orders", body=token, headers={"Content-Type": JWT})
        response = connection.getresponse()
        return response.status, response.read().decode()


# ---- the provider, as the consumer sees it ----


class MockShop(HTTPServer):
    """Answers 201 to what the plugin says is the expected order, and 500 with the mismatches to anything else."""

    def __init__(self, plugin: Plugin, order: Interaction) -> None:
        super().__init__(("127.0.0.1", 0), MockHandler)
        self.plugin = plugin
        self.part = order.parts[0]
        self.matched = False

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def answer(self, method: str, path: str, body: Body) -> tuple[int, str]:
        if (method, path) != ("POST", "/orders"):
            return 500, f"unexpected request: {method} {path}"
        comparison = self.plugin.compare_contents(
            self.part.body, body, rules=self.part.rules, plugin_configuration=self.part.plugin_configuration
        )
        self.matched = comparison.matches
        if comparison.matches:
            return 201, "ordered"
        return 500, "\n".join(f"{mismatch.path}: {mismatch.description}" for mismatch in comparison.mismatches)


class MockHandler(BaseHTTPRequestHandler):
    server: MockShop

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        status, text = self.server.answer("POST", self.path, Body(content, self.headers["Content-Type"]))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""


# ---- the tests ----


@pytest.fixture(scope="module")
def plugin() -> Iterator[Plugin]:
    with Host(implementation=("example", "1.0.0")) as host, host.load("jwt") as plugin:
        yield plugin


@pytest.fixture(scope="module")
def pact(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PactFile]:
    """What passed, written when all tests are over."""
    pact = PactFile("web", "shop")
    yield pact
    pact.write(tmp_path_factory.mktemp("pacts") / "web-shop.json")


@pytest.fixture
def shop(plugin: Plugin, pact: PactFile) -> Iterator[MockShop]:
    template = {
        "type": "Synchronous/HTTP",
        "description": "an order",
        "request": {"method": "POST", "path": "/orders"},
        "response": {"status": 201},
    }
    with plugin.configure_interaction(JWT, ORDER) as order, MockShop(plugin, order) as shop:
        thread = threading.Thread(target=shop.serve_forever)
        thread.start()
        yield shop
        shop.shutdown()
        thread.join()
        if shop.matched:
            pact.add_interaction(template, request=order)


def sign(plugin: Plugin, **claims: str) -> bytes:
    """A token as the web shop would make it; here the plugin signs it."""
    with plugin.configure_interaction(JWT, {**ORDER, **claims}) as order:
        return bytes(order.parts[0].body.content or b"")


def test_an_order(shop: MockShop, plugin: Plugin) -> None:
    assert place_order(shop.address, sign(plugin)) == (201, "ordered")


def test_an_order_of_somebody_else(shop: MockShop, plugin: Plugin) -> None:
    """What the author of the client sees where the client is wrong."""
    status, text = place_order(shop.address, sign(plugin, subject="bob"))
    assert status == 500
    assert text == 'claims:sub: expected the claim "sub" to be "alice", but it is "bob"'


def test_the_pact_file(pact: PactFile, tmp_path: Path) -> None:
    """What is in it after the tests above: only what passed."""
    pact.write(tmp_path / "web-shop.json")
    written = json.loads((tmp_path / "web-shop.json").read_text("utf-8"))
    (interaction,) = written["interactions"]
    assert interaction["description"] == "an order"
    assert interaction["request"]["path"] == "/orders"
    assert interaction["request"]["headers"]["Content-Type"] == [JWT]
    assert [plugin["name"] for plugin in written["metadata"]["plugins"]] == ["jwt"]
