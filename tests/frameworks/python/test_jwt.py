"""JSON Web Tokens, made and checked by PyJWT on both sides: it knows nothing of the plugin."""

import base64
import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pact import Pact

from consumer import fails
from http_sides import Request, Response, send, serve
from verification import read, verify

JWT = "application/jwt"
SECRET = "a secret for tests, which is long enough"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE_KEY = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()


def pact() -> Pact:
    return Pact("web", "shop").using_plugin("jwt", "0.1.0", delay=0)


def claims(**more: Any) -> dict[str, Any]:
    return {"exp": int(time.time()) + 60, "jti": "1", **more}


# ---- the consumer sends tokens ----


def order(server: str, subject: str, secret: str = SECRET) -> Response:
    """The client under test: orders something, and signs the order."""
    token = jwt.encode(claims(sub=subject, item="a red bicycle"), secret, "HS256")
    return send(f"{server}/orders", "POST", token.encode(), JWT)


def order_pact(**more: Any) -> Pact:
    contract = pact()
    token = {"algorithm": "HS256", "secret": SECRET, "subject": "alice", "item": "a red bicycle", **more}
    contract.upon_receiving("an order").with_request("POST", "/orders").with_plugin_contents(token, JWT).will_respond_with(201)
    return contract


def test_a_token_that_matches() -> None:
    with order_pact().serve() as server:
        assert order(server.url, "alice").status == 201


def test_a_token_for_somebody_else() -> None:
    with fails() as failure, order_pact().serve() as server:
        assert order(server.url, "bob").status == 500
    text = 'expected the claim "sub" to be "alice", but it is "bob"'
    assert failure.lines == [f"Body mismatch: {text}", "Request mismatch: POST /orders"]
    assert failure.mismatches == [("claims:sub", text)]


def test_a_token_with_another_signature() -> None:
    with fails() as failure, order_pact().serve() as server:
        assert order(server.url, "alice", SECRET.upper()).status == 500
    assert failure.mismatches == [("$", "the signature does not verify with HS256 and the key of this interaction")]


# ---- the consumer receives tokens ----


def log_in(server: str) -> dict[str, Any]:
    """The client under test: gets a token, and believes it if the provider has signed it."""
    response = send(f"{server}/login", "POST")
    assert (response.status, response.content_type) == (200, JWT)
    return jwt.decode(response.body, KEY.public_key(), ["RS256"], audience="web")


def login_pact() -> Pact:
    contract = pact()
    token = {"algorithm": "RS256", "private-key": PRIVATE_KEY, "audience": "web", "subject": "alice"}
    contract.upon_receiving("a login").with_request("POST", "/login").will_respond_with(200).with_plugin_contents(token, JWT)
    return contract


@pytest.fixture
def login_file(pacts: Path) -> Path:
    contract = login_pact()
    with contract.serve() as server:
        assert log_in(server.url)["sub"] == "alice"
    contract.write_file(pacts)
    return pacts / "web-shop.json"


def test_no_private_key_is_published(login_file: Path) -> None:
    (interaction,) = read(login_file)["interactions"]
    assert interaction["pluginConfiguration"]["jwt"]["algorithm"] == "RS256"
    assert "PUBLIC KEY" in json.dumps(interaction)
    assert "PRIVATE KEY" not in json.dumps(interaction)


# ---- the provider sends tokens ----


def shop(key: Any, **more: Any) -> Any:
    """The provider under test: signs tokens with this key."""

    def answer(_: Request) -> Response:
        token = jwt.encode(claims(**{"aud": "web", "sub": "alice", **more}), key, "RS256")
        return Response(200, JWT, token.encode())

    return answer


def test_a_provider_that_keeps_the_contract(login_file: Path) -> None:
    """More than the consumer needs may be in the token."""
    with serve(shop(KEY, role="admin")) as port:
        verification = verify(login_file, port)
    assert verification.passed, verification.output


def test_a_provider_that_breaks_the_contract(login_file: Path) -> None:
    other_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with serve(shop(other_key, role="admin", sub="bob")) as port:
        verification = verify(login_file, port)
    assert not verification.passed
    assert verification.failures == [
        "$ -> the signature does not verify with RS256 and the key of this interaction",
        "1) Verifying a pact between web and shop - a login",
        "1.1) has a matching body",
        "There were 1 pact failures",
        'claims:sub -> expected the claim "sub" to be "alice", but it is "bob"',
    ]


# ---- the provider receives tokens ----


def ordered(contract: Pact, pacts: Path, caplog: pytest.LogCaptureFixture) -> tuple[bytes, bytes]:
    """The token in the pact file, and the one that the provider gets in its place."""
    with contract.serve() as server:
        order(server.url, "alice")
    contract.write_file(pacts)
    pact_file = pacts / "web-shop.json"

    received = []

    def provider(request: Request) -> Response:
        received.append(request.body)
        return Response(201)

    with serve(provider) as port:
        verification = verify(pact_file, port)
    assert verification.passed, verification.output
    assert "ERROR" not in caplog.text
    (token,) = received
    return base64.b64decode(read(pact_file)["interactions"][0]["request"]["body"]["content"]), token


def test_the_provider_gets_a_renewed_token(pacts: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The library generates without the configuration of the plugin, so the key has to come with the generator."""
    written, received = (jwt.decode(token, SECRET, ["HS256"]) for token in ordered(order_pact(), pacts, caplog))
    assert (received["sub"], received["item"]) == ("alice", "a red bicycle")
    assert received["jti"] != written["jti"]
    assert received["exp"] > time.time() + 200


def test_the_provider_gets_the_token_of_the_pact_file(pacts: Path, caplog: pytest.LogCaptureFixture) -> None:
    contract = order_pact(**{"re-sign": False, "lifetime": 10 * 365 * 24 * 3600})
    written, received = ordered(contract, pacts, caplog)
    assert received == written
