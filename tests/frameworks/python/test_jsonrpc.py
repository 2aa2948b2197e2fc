"""A protocol: mock servers that the plugin opens, and providers that it verifies."""

import json
import os
import re
import subprocess
import sys
from ast import literal_eval
from pathlib import Path
from typing import Any

import pytest
from pact import Pact
from pact.error import MismatchesError

from conftest import INSTALL, PLUGINS
from http_sides import Request, Response, send, serve
from verification import Verification, read, run, verifier

JSONRPC = "application/jsonrpc"
ADDITION = {
    "request": {"method": "add", "params": ["matching(integer, 1)", "matching(integer, 2)"]},
    "response": {"result": {"sum": "matching(integer, 3)"}},
}


# ---- the consumer ----


class RpcError(Exception):
    pass


def call(server: str, method: str, *params: Any) -> Any:
    """The client under test: JSON-RPC over HTTP."""
    request = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}
    response = json.loads(send(server, "POST", json.dumps(request).encode(), "application/json").body)
    assert response["id"] == 7
    if "error" in response:
        raise RpcError(response["error"])
    return response["result"]


@pytest.fixture
def pact() -> Pact:
    """
    A fixture, so that it lives longer than the server in the test: pact-python lets go of the Pact first, which stops the plugin,
    and cannot shut the server down any more.
    """
    pact = Pact("web", "calculator").using_plugin("jsonrpc", "0.1.0", delay=0)
    pact.upon_receiving("an addition", "Sync").with_plugin_contents(ADDITION, JSONRPC)
    return pact


@pytest.fixture
def clock() -> Pact:
    """Another one with the same plugin."""
    pact = Pact("web", "clock").using_plugin("jsonrpc", "0.1.0", delay=0)
    contents = {"request": {"method": "now"}, "response": {"result": 12}}
    pact.upon_receiving("the time", "Sync").with_plugin_contents(contents, JSONRPC)
    return pact


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1"])
def test_a_client_that_keeps_the_contract(address: str, pact: Pact) -> None:
    with pact.serve(address, transport="jsonrpc") as server:
        assert call(server.url, "add", 40, 2) == {"sum": 3}
        assert server.matched


NOT_CALLED = {"path": "add", "error": 'the request "add" with the params [1,2] was expected and did not come', "mismatches": []}


def test_a_client_that_sends_other_params(pact: Pact) -> None:
    mismatch = {"path": "$.params[1]", "expected": "2", "actual": '"two"', "mismatch": "Expected 'two' (String) to be an integer"}
    with pytest.raises(MismatchesError) as failure, pact.serve(transport="jsonrpc") as server:
        with pytest.raises(RpcError) as error:
            call(server.url, "add", 40, "two")
        assert not server.matched
    assert error.value.args == ({"code": -32602, "message": "Invalid params", "data": [mismatch]},)
    assert results(failure.value) == [{"path": "add", "error": "", "mismatches": [{**mismatch, "diff": ""}]}, NOT_CALLED]


def test_a_client_that_calls_another_method(pact: Pact) -> None:
    with pytest.raises(MismatchesError) as failure, pact.serve(transport="jsonrpc") as server:
        with pytest.raises(RpcError) as error:
            call(server.url, "subtract", 40, 2)
        assert not server.matched
    text = 'Method not found: no interaction has the method "subtract"'
    assert error.value.args[0]["code"] == -32601
    assert results(failure.value) == [{"path": "subtract", "error": text, "mismatches": []}, NOT_CALLED]


def test_a_client_that_does_nothing(pact: Pact) -> None:
    with pytest.raises(MismatchesError) as failure, pact.serve(transport="jsonrpc"):
        pass
    assert results(failure.value) == [NOT_CALLED]


def results(error: MismatchesError) -> list[dict[str, Any]]:
    """What pact-python shows of them: it has no class of its own for results of plugins."""
    lines = [re.fullmatch(r" *\(\d+\) Generic mismatch \(UnknownMismatchType\): (.*)", line) for line in str(error).splitlines()]
    return [literal_eval(line[1]) for line in lines if line]


def test_the_server_is_gone_afterwards(pact: Pact) -> None:
    with pact.serve(transport="jsonrpc") as server:
        call(server.url, "add", 40, 2)
        url = server.url
    # pact-python shuts it down when it is freed.
    del server
    with pytest.raises(ConnectionRefusedError):
        call(url, "add", 40, 2)


def test_two_servers_at_once(pact: Pact, clock: Pact) -> None:
    with pact.serve(transport="jsonrpc") as first, clock.serve(transport="jsonrpc") as second:
        assert call(second.url, "now") == 12
        assert call(first.url, "add", 40, 2) == {"sum": 3}


# ---- the provider ----


@pytest.fixture
def pact_file(pact: Pact, pacts: Path) -> Path:
    """Written by the server."""
    with pact.serve(transport="jsonrpc") as server:
        call(server.url, "add", 40, 2)
        server.write_file(pacts)
    return pacts / "web-calculator.json"


def test_the_pact_file(pact_file: Path, pact: Pact, pacts: Path) -> None:
    (interaction,) = read(pact_file)["interactions"]
    assert interaction["type"] == "Synchronous/Messages"
    assert interaction["transport"] == "jsonrpc"
    assert interaction["request"]["contents"]["content"]["method"] == "add"

    # The server has noted the transport, without which the verifier looks for a provider of messages; the Pact does not know it.
    pact.write_file(pacts, overwrite=True)
    (interaction,) = read(pact_file)["interactions"]
    assert "transport" not in interaction


def calculator(add: Any) -> Any:
    """The provider under test: adds in this way."""

    def answer(request: Request) -> Response:
        message = json.loads(request.body)
        response = {"jsonrpc": "2.0", "id": message["id"], "result": add(*message["params"])}
        return Response(200, "application/json", json.dumps(response).encode())

    return answer


def verify(pact_file: Path, port: int) -> Verification:
    return run(verifier(pact_file).add_transport(protocol="jsonrpc", port=port))


def test_a_provider_that_keeps_the_contract(pact_file: Path) -> None:
    with serve(calculator(lambda a, b: {"sum": a + b})) as port:
        verification = verify(pact_file, port)
    assert verification.passed, verification.output
    # What the plugin says.
    assert [line.strip() for line in verification.output.splitlines()[-4:-1]] == [
        f"POST http://127.0.0.1:{port}/",
        'the request "add" with the params [1,2]',
        "200 OK: as expected",
    ]


def test_a_provider_that_breaks_the_contract(pact_file: Path) -> None:
    with serve(calculator(lambda a, b: {"sum": f"{a}{b}"})) as port:
        verification = verify(pact_file, port)
    assert not verification.passed
    assert verification.failures == [
        "$.result.sum -> Expected '12' (String) to be an integer",
        "1) Verifying a pact between web and calculator - an addition",
        "1.1) has a matching body",
        "There were 1 pact failures",
    ]


def test_a_provider_that_is_not_there(pact_file: Path) -> None:
    with serve(calculator(None)) as port:
        pass
    verification = verify(pact_file, port)
    assert not verification.passed
    assert verification.failures[0].endswith(
        f"plugin jsonrpc 0.1.0, verify-interaction: the plugin answered: cannot connect to 127.0.0.1:{port}: connection refused"
    )


def test_a_provider_with_http_and_jsonrpc(pact_file: Path) -> None:
    """Each transport has a port of its own."""
    with serve(calculator(lambda a, b: {"sum": a + b})) as port, serve(lambda _: Response(404)) as http:
        verification = run(
            verifier(pact_file)
            .add_transport(protocol="http", port=http, scheme="http")
            .add_transport(protocol="jsonrpc", port=port)
        )
    assert verification.passed, verification.output


# ---- what the plugin may do ----


@pytest.fixture
def ungranted(tmp_path: Path) -> Path:
    """A plugin directory with the plugin, which may not connect to anything."""
    plugins = tmp_path / "plugins"
    (plugin,) = PLUGINS.glob("jsonrpc-*")
    subprocess.run([*INSTALL, plugin], env=os.environ | {"PACT_PLUGIN_DIR": str(plugins)}, check=True)
    return plugins


def verify_in_a_process(pact_file: Path, port: int, environment: dict[str, str]) -> Any:
    """In one of its own, as it is with verifications usually; gives its output."""
    program = f"from pathlib import Path; from test_jsonrpc import verify; verify(Path({str(pact_file)!r}), {port})"
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parent,
        env=os.environ | environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_a_plugin_without_permission(pact_file: Path, ungranted: Path) -> None:
    with serve(calculator(lambda a, b: {"sum": a + b})) as port:
        output = verify_in_a_process(pact_file, port, {"PACT_PLUGIN_DIR": str(ungranted)})
    assert f"the sandbox had refused it to connect to 127.0.0.1:{port} (it may to nothing)" in output


def test_a_permission_in_the_environment(pact_file: Path, ungranted: Path) -> None:
    with serve(calculator(lambda a, b: {"sum": a + b})) as port:
        grants = {"PACT_PLUGIN_DIR": str(ungranted), "PACT_WASM_GRANTS": f"connect=127.0.0.1:{port}"}
        output = verify_in_a_process(pact_file, port, grants)
    assert "200 OK: as expected" in output
