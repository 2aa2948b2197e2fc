"""A matching rule and a generator of a plugin: in what Pact compares itself, and in tables, which another plugin compares."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pact import Pact, match

from consumer import fails
from http_sides import Request, Response, send, serve
from verification import read, verify

JSON = "application/json"
VISA = "4111 1111 1111 1111"
OTHER_VISA = "4242-4242-4242-4242"
WRONG_CHECK_DIGIT = "4111 1111 1111 1112"
AMEX = "3782 822463 10005"

#: Two ways to write the rule in a JSON body.
RULES: dict[str, dict[str, Any]] = {
    "matcher": {"pact:matcher:type": "creditcard", "brand": "visa", "value": VISA},
    "expression": {"pact:matcher:type": f"matching(creditcard, 'visa', '{VISA}')", "value": VISA},
}


def pact(*more_plugins: str) -> Pact:
    contract = Pact("web", "bank").using_plugin("creditcard", delay=0)
    for plugin in more_plugins:
        contract.using_plugin(plugin, delay=0)
    return contract


def passes_luhn(number: str) -> bool:
    """An implementation of its own."""
    digits = [int(digit) for digit in reversed(number) if digit.isdigit()]
    return sum(digits[0::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


# ---- in JSON: the consumer ----


def pay(server: str, card: str) -> int:
    """The client under test: pays with a card."""
    body = json.dumps({"card": card, "amount": 12.5})
    return send(f"{server}/payments", "POST", body.encode(), JSON).status


def payment_pact(rule: dict[str, Any]) -> Pact:
    contract = pact()
    body = {"card": rule, "amount": match.decimal(9.99)}
    contract.upon_receiving("a payment").with_request("POST", "/payments").with_body(body, JSON).will_respond_with(201)
    return contract


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_number_that_matches(rule: dict[str, Any], pacts: Path) -> None:
    contract = payment_pact(rule)
    with contract.serve() as server:
        assert pay(server.url, OTHER_VISA) == 201
    contract.write_file(pacts)

    written = read(pacts / "web-bank.json")
    assert [plugin["name"] for plugin in written["metadata"]["plugins"]] == ["creditcard"]
    (interaction,) = written["interactions"]
    assert interaction["request"]["body"]["content"] == {"card": VISA, "amount": 9.99}
    assert interaction["request"]["matchingRules"]["body"]["$.card"] == {
        "combine": "AND",
        "matchers": [{"match": "creditcard", "brand": "visa"}],
    }


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize(
    ("card", "problem"),
    [
        (WRONG_CHECK_DIGIT, "the last digit is 2, but the Luhn check digit of this number is 1"),
        (AMEX, "a visa number begins with 4"),
    ],
)
def test_a_number_that_does_not_match(card: str, problem: str, rule: dict[str, Any]) -> None:
    with fails() as failure, payment_pact(rule).serve() as server:
        assert pay(server.url, card) == 500
    assert failure.lines == [f"Body mismatch: {problem}", "Request mismatch: POST /payments"]
    assert failure.mismatches == [("$.card", problem)]


def header_pact() -> Pact:
    contract = pact()
    request = contract.upon_receiving("a card").with_request("GET", "/cards").with_header("X-Card", RULES["matcher"])
    request.will_respond_with(200)
    return contract


def test_a_header_that_matches() -> None:
    with header_pact().serve() as server:
        assert send(f"{server.url}/cards", "GET", **{"X-Card": OTHER_VISA}).status == 200


def test_a_header_that_does_not_match() -> None:
    with fails() as failure, header_pact().serve() as server:
        assert send(f"{server.url}/cards", "GET", **{"X-Card": AMEX}).status == 500
    assert failure.lines == [
        "Header mismatch: Mismatch with header 'X-Card': a visa number begins with 4",
        "Request mismatch: GET /cards",
    ]


# ---- in JSON: generated ----


def test_the_client_gets_a_generated_number() -> None:
    """In the form of the example."""
    contract = pact()
    card = {"pact:matcher:type": "creditcard", "pact:generator:type": "creditcard", "brand": "amex", "value": AMEX}
    contract.upon_receiving("a card").with_request("GET", "/card").will_respond_with(200).with_body({"card": card}, JSON)
    with contract.serve() as server:
        numbers = [json.loads(send(f"{server.url}/card", "GET").body)["card"] for _ in range(3)]
    assert len({AMEX, *numbers}) == 4
    for number in numbers:
        assert [len(group) for group in number.split(" ")] == [4, 6, 5]
        assert number[:2] in ("34", "37")
        assert passes_luhn(number)


# ---- in JSON: the provider ----


@pytest.fixture
def card_file(pacts: Path) -> Path:
    contract = pact()
    response = contract.upon_receiving("a card").with_request("GET", "/card").will_respond_with(200)
    response.with_body({"card": RULES["matcher"]}, JSON)
    with contract.serve() as server:
        send(f"{server.url}/card", "GET")
    contract.write_file(pacts)
    return pacts / "web-bank.json"


def bank(card: str) -> Any:
    """The provider under test: gives this card to everybody."""
    return lambda _: Response(200, JSON, json.dumps({"card": card}).encode())


def test_a_provider_that_keeps_the_contract(card_file: Path) -> None:
    with serve(bank(OTHER_VISA)) as port:
        verification = verify(card_file, port)
    assert verification.passed, verification.output


def test_a_provider_that_breaks_the_contract(card_file: Path) -> None:
    with serve(bank(WRONG_CHECK_DIGIT)) as port:
        verification = verify(card_file, port)
    assert not verification.passed
    assert verification.failures == [
        "$.card -> the last digit is 2, but the Luhn check digit of this number is 1",
        "1) Verifying a pact between web and bank - a card",
        "1.1) has a matching body",
        "There were 1 pact failures",
    ]


def test_the_provider_gets_a_generated_number(pacts: Path) -> None:
    contract = payment_pact(RULES["matcher"] | {"pact:generator:type": "creditcard"})
    with contract.serve() as server:
        assert pay(server.url, VISA) == 201
    contract.write_file(pacts)

    cards = []

    def provider(request: Request) -> Response:
        cards.append(json.loads(request.body)["card"])
        return Response(201)

    with serve(provider) as port:
        verification = verify(pacts / "web-bank.json", port)
    assert verification.passed, verification.output
    (number,) = cards
    assert number != VISA
    assert passes_luhn(number)


# ---- in tables: a plugin that uses another ----

CSV = "text/csv"
CARDS = {
    "column:card": {
        "value": f"matching(creditcard,'visa','{VISA}')",
        "generator": {"type": "creditcard", "brand": "visa"},
    }
}


def cards_pact() -> Pact:
    contract = pact("csv")
    contract.upon_receiving("cards").with_request("POST", "/cards").with_plugin_contents(CARDS, CSV).will_respond_with(201)
    return contract


@pytest.fixture
def cards_file(pacts: Path) -> Path:
    contract = pact("csv")
    contract.upon_receiving("cards").with_request("GET", "/cards").will_respond_with(200).with_plugin_contents(CARDS, CSV)
    with contract.serve() as server:
        header, number = send(f"{server.url}/cards", "GET").body.decode().splitlines()
    assert header == "card"
    assert number != VISA
    assert passes_luhn(number)
    contract.write_file(pacts)
    return pacts / "web-bank.json"


def test_a_table_that_matches() -> None:
    with cards_pact().serve() as server:
        assert send(f"{server.url}/cards", "POST", f"card\n{VISA}\n{OTHER_VISA}\n".encode(), CSV).status == 201


def test_many_tables_at_once() -> None:
    """Each of them is a call to one plugin, which leads to calls to the other."""
    table = f"card\n{VISA}\n{OTHER_VISA}\n".encode()
    with cards_pact().serve() as server, ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: send(f"{server.url}/cards", "POST", table, CSV).status, range(64)))
    assert answers == [201] * 64


def test_a_table_that_does_not_match() -> None:
    with fails() as failure, cards_pact().serve() as server:
        assert send(f"{server.url}/cards", "POST", f"card\n{VISA}\n{WRONG_CHECK_DIGIT}\n".encode(), CSV).status == 500
    assert failure.mismatches == [("row:2 column:card", "the last digit is 2, but the Luhn check digit of this number is 1")]


def test_a_table_whose_rule_nobody_has() -> None:
    """What somebody sees who forgets the other plugin."""
    contract = Pact("web", "bank").using_plugin("csv", delay=0)
    contract.upon_receiving("cards").with_request("POST", "/cards").with_plugin_contents(CARDS, CSV).will_respond_with(201)
    with fails() as failure, contract.serve() as server:
        assert send(f"{server.url}/cards", "POST", f"card\n{VISA}\n".encode(), CSV).status == 500
    ((_, text),) = failure.mismatches
    assert text == (
        'plugin csv 0.1.0, compare-contents: the plugin answered: the matching rule "creditcard" at column:card cannot be applied: '
        "matcher/creditcard: No catalogue entry found for key 'matcher/creditcard'"
    )


@pytest.mark.parametrize(
    ("card", "mismatches"),
    [
        (OTHER_VISA, []),
        (WRONG_CHECK_DIGIT, [("row:1 column:card", "the last digit is 2, but the Luhn check digit of this number is 1")]),
    ],
)
def test_a_provider_of_tables(card: str, mismatches: list[tuple[str, str]], cards_file: Path) -> None:
    """The verifier loads both plugins, because the pact file names them."""
    with serve(lambda _: Response(200, CSV, f"card\n{card}\n".encode())) as port:
        verification = verify(cards_file, port)
    assert verification.mismatches == mismatches
    assert verification.passed == (not mismatches)
