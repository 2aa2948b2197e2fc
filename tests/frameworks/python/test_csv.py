"""Tables as CSV, in requests, responses and messages."""

import csv
import io
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pact import Pact
from pact.error import PactVerificationError

from consumer import fails
from http_sides import Request, Response, send, serve
from verification import read, run, verifier, verify

CSV = "text/csv"
PEOPLE = {
    "columns": ["id", "name", "born"],
    "column:id": {"value": "matching(integer,7)", "generator": {"type": "RandomInt", "min": 100, "max": 999}},
    "column:name": "matching(regex,'[A-Z][a-z]+','Fred')",
    "column:born": "matching(date,'yyyy-MM-dd','2000-02-29')",
}
GOOD = b"id,name,born\n1,Ann,1990-12-31\n2,Bob,1991-01-01\n"
BAD = b"id,name,born\n1,Ann,1990-12-31\ntwo,Bob,1991-02-29\n"


# ---- the consumer ----


def upload(server: str, table: bytes) -> int:
    """The client under test: sends a table of people."""
    return send(f"{server}/people", "POST", table, CSV).status


def download(server: str) -> list[dict[str, str]]:
    """The client under test: fetches a table of people."""
    response = send(f"{server}/people", "GET")
    assert (response.status, response.content_type) == (200, CSV)
    return list(csv.DictReader(io.StringIO(response.body.decode())))


def pact() -> Pact:
    return Pact("web", "people").using_plugin("csv", "0.1.0", delay=0)


def upload_pact() -> Pact:
    contract = pact()
    contract.upon_receiving("new people").with_request("POST", "/people").with_plugin_contents(PEOPLE, CSV).will_respond_with(201)
    return contract


def download_pact() -> Pact:
    contract = pact()
    contract.upon_receiving("all people").with_request("GET", "/people").will_respond_with(200).with_plugin_contents(PEOPLE, CSV)
    return contract


def test_a_table_that_matches(pacts: Path) -> None:
    contract = upload_pact()
    with contract.serve() as server:
        assert upload(server.url, GOOD) == 201
    contract.write_file(pacts)

    written = read(pacts / "web-people.json")
    assert written["metadata"]["plugins"] == [{"configuration": {}, "name": "csv", "version": "0.1.0"}]
    (interaction,) = written["interactions"]
    assert interaction["request"]["body"]["content"] == "id,name,born\n7,Fred,2000-02-29\n"
    assert interaction["request"]["matchingRules"]["body"]["column:born"] == {
        "combine": "AND",
        "matchers": [{"match": "date", "format": "yyyy-MM-dd"}],
    }


def test_a_table_that_does_not_match() -> None:
    """By Pact's own rules, as in any other body."""
    with fails() as failure, upload_pact().serve() as server:
        assert upload(server.url, BAD) == 500
    assert failure.lines == [
        "Body mismatch: Expected '1991-02-29' to match a date pattern of 'yyyy-MM-dd'",
        "Body mismatch: Expected 'two' to match an integer number",
        "Request mismatch: POST /people",
    ]
    assert failure.mismatches == [
        ("row:2 column:born", "Expected '1991-02-29' to match a date pattern of 'yyyy-MM-dd'"),
        ("row:2 column:id", "Expected 'two' to match an integer number"),
    ]


def test_a_table_that_is_none() -> None:
    with fails() as failure, upload_pact().serve() as server:
        assert upload(server.url, b'id,name,born\n1,"Ann,1990-12-31\n') == 500
    assert failure.mismatches == [("$", "the body is not a table: line 2: the quote that begins a field here is never closed")]


def test_the_client_gets_generated_values() -> None:
    """Those that are asked for, and the date, since the rule for dates has a generator."""
    with download_pact().serve() as server:
        (person,) = download(server.url)
    assert person["id"] in map(str, range(100, 1000))
    assert person["name"] == "Fred"
    assert abs(date.fromisoformat(person["born"]) - date.today()) <= timedelta(days=1)


def test_the_client_gets_generated_values_in_a_table_of_another_form() -> None:
    """The library generates without the configuration of the plugin, so the form of the table has to come with the generators."""
    contents = {"csvHeaders": False, "delimiter": ";", "column:1": PEOPLE["column:id"], "column:2": "Fred"}
    contract = pact()
    contract.upon_receiving("all people").with_request("GET", "/people").will_respond_with(200).with_plugin_contents(contents, CSV)
    with contract.serve() as server:
        number, name = send(f"{server.url}/people", "GET").body.decode().strip().split(";")
    assert number in map(str, range(100, 1000))
    assert name == "Fred"


def test_contents_that_the_plugin_does_not_take() -> None:
    contents = {"column:born": "matching(dat,'yyyy-MM-dd','2000-02-29'"}
    contract = pact()
    request = contract.upon_receiving("people").with_request("POST", "/people")
    with pytest.raises(RuntimeError) as failure:
        request.with_plugin_contents(contents, CSV)
    assert str(failure.value).endswith(
        'plugin csv 0.1.0, configure-interaction: the plugin answered: contents config key "column:born" is '
        "\"matching(dat,'yyyy-MM-dd','2000-02-29'\", which is no matching rule definition: expected a closing bracket at the end"
    )


def test_a_version_that_is_not_installed() -> None:
    with pytest.raises(RuntimeError, match=r"^Failed to load the plugin csv\.$"):
        Pact("web", "people").using_plugin("csv", "9.0.0", delay=0)


# ---- the provider ----


@pytest.fixture
def download_file(pacts: Path) -> Path:
    contract = download_pact()
    with contract.serve() as server:
        download(server.url)
    contract.write_file(pacts)
    return pacts / "web-people.json"


def people(table: bytes) -> Any:
    """The provider under test: has these people."""
    return lambda request: Response(200, CSV, table) if request.path == "/people" else Response(404)


def test_a_provider_that_keeps_the_contract(download_file: Path) -> None:
    with serve(people(GOOD)) as port:
        verification = verify(download_file, port)
    assert verification.passed, verification.output


def test_a_provider_that_breaks_the_contract(download_file: Path) -> None:
    with serve(people(BAD)) as port:
        verification = verify(download_file, port)
    assert not verification.passed
    assert verification.failures == [
        "1) Verifying a pact between web and people - all people",
        "1.1) has a matching body",
        "There were 1 pact failures",
        "row:2 column:born -> Expected '1991-02-29' to match a date pattern of 'yyyy-MM-dd'",
        "row:2 column:id -> Expected 'two' to match an integer number",
    ]


def test_the_provider_gets_values_of_its_state(pacts: Path) -> None:
    """The generator's context reaches the plugin, and from there Pact's own generator."""
    contents = {"column:team": "fromProviderState('${team}','red')"}
    contract = pact()
    interaction = contract.upon_receiving("a team").given("there is a team").with_request("POST", "/teams")
    interaction.with_plugin_contents(contents, CSV).will_respond_with(201)
    with contract.serve() as server:
        assert send(f"{server.url}/teams", "POST", b"team\nred\n", CSV).status == 201
    contract.write_file(pacts)

    tables = []

    def provider(request: Request) -> Response:
        if request.path == "/state":
            return Response(200, "application/json", b'{"team": "blue"}')
        tables.append(request.body)
        return Response(201)

    with serve(provider) as port:
        verification = run(
            verifier(pacts / "web-people.json")
            .add_transport(protocol="http", port=port, scheme="http")
            .state_handler(f"http://127.0.0.1:{port}/state", body=True)
        )
    assert verification.passed, verification.output
    assert tables == [b"team\nblue\n"]


# ---- messages ----

LEFT = "people who left"


def receive(body: str | bytes | None, _: dict[str, object]) -> None:
    """The consumer under test."""
    assert isinstance(body, str)
    for person in csv.DictReader(io.StringIO(body)):
        if not person["id"].isdigit():
            raise ValueError(f"{person['name']} has no number")


def message_pact(number: str) -> Pact:
    """Without generators: pact-python's library cannot apply those of a plugin to messages of a consumer's test."""
    contract = pact()
    contents = {"columns": ["id", "name"], "column:id": number, "column:name": "matching(type,'Fred')"}
    contract.upon_receiving(LEFT, "Async").with_plugin_contents(contents, CSV)
    return contract


@pytest.fixture
def message_file(pacts: Path) -> Path:
    contract = message_pact("matching(integer,7)")
    contract.verify(receive, "Async")
    contract.write_file(pacts)
    return pacts / "web-people.json"


def test_a_message_that_its_consumer_takes(message_file: Path) -> None:
    (interaction,) = read(message_file)["interactions"]
    assert interaction["contents"]["content"] == "id,name\n7,Fred\n"


def test_a_message_that_its_consumer_does_not_take() -> None:
    with pytest.raises(PactVerificationError) as failure:
        message_pact("none").verify(receive, "Async")
    assert [str(error.error) for error in failure.value.errors] == ["Fred has no number"]


# pact-python does not close the server that it makes of the handler.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.parametrize(
    ("table", "mismatches"),
    [
        (b"id,name\n1,Ann\n2,Bob\n", []),
        (b"id,name\n1,Ann\ntwo,Bob\n", [("row:2 column:id", "Expected 'two' to match an integer number")]),
    ],
)
def test_a_provider_of_messages(table: bytes, mismatches: list[tuple[str, str]], message_file: Path) -> None:
    message: Any = {LEFT: {"contents": table, "content_type": CSV}}
    verification = run(verifier(message_file).message_handler(message))
    assert verification.mismatches == mismatches
    assert verification.passed == (not mismatches)
