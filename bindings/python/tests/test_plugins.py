"""The reference plugins, as their users have them."""

import base64
import json
from pathlib import Path

import pytest
from conftest import PLUGINS, Load, MakeHost

from pact_wasm import (
    Body,
    CatalogueEntry,
    Comparison,
    ContentFor,
    ContentTypeHint,
    Interaction,
    MarkupType,
    PactFile,
    Plugin,
    PluginConfiguration,
    Source,
    TestMode,
    Verdict,
)

JWT = "application/jwt"
SECRET = {"algorithm": "HS256", "secret": "for tests"}


@pytest.fixture
def jwt(load: Load) -> Plugin:
    return load("jwt")


def claims(token: bytes) -> dict[str, object]:
    payload = token.split(b".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))


def compare(plugin: Plugin, expected: Interaction, token: bytes) -> Comparison:
    part = expected.parts[0]
    return plugin.compare_contents(part.body, Body(token, JWT), rules=part.rules, plugin_configuration=part.plugin_configuration)


def test_configure(jwt: Plugin) -> None:
    interaction = jwt.configure_interaction(JWT, {**SECRET, "subject": "älice"}, test_context={"testRunId": "7"})
    (part,) = interaction.parts
    assert part.name == ""
    assert part.body.content_type == JWT
    assert part.body.hint is ContentTypeHint.TEXT
    assert claims(part.body.content)["sub"] == "älice"
    assert part.rules == {"$.claims.exp": [{"type": "integer"}], "$.claims.jti": [{"type": "type"}]}
    assert part.generators == {"$": {"type": "JWT", "values": {**SECRET, "lifetime": 300}}}
    assert part.plugin_configuration == PluginConfiguration({"algorithm": "HS256", "secret": "for tests"}, None)
    assert part.message_metadata is None
    assert part.markup.startswith("#### JSON Web Token")
    assert part.markup_type is MarkupType.COMMON_MARK
    assert interaction.configuration == PluginConfiguration(None, None)


def test_compare(jwt: Plugin) -> None:
    with jwt.configure_interaction(JWT, {**SECRET, "subject": "alice"}) as expected:
        fresh = jwt.configure_interaction(JWT, {**SECRET, "subject": "alice"}).parts[0].body.content
        assert compare(jwt, expected, fresh) == Comparison(Verdict.MATCH)
        assert compare(jwt, expected, fresh)

        other = jwt.configure_interaction(JWT, {**SECRET, "subject": "bob"}).parts[0].body.content
        comparison = compare(jwt, expected, other)
        assert comparison.verdict is Verdict.MISMATCH
        assert not comparison
        assert not comparison.matches
        (mismatch,) = comparison.mismatches
        assert mismatch.path == mismatch.expression == "claims:sub"
        assert mismatch.description == 'expected the claim "sub" to be "alice", but it is "bob"'
        assert (mismatch.expected, mismatch.actual) == (b'"alice"', b'"bob"')

        assert "three" in compare(jwt, expected, b"no token").mismatches[0].description

        of_another_type = jwt.compare_contents(expected.parts[0].body, Body(b"{}", "application/json"))
        assert of_another_type.verdict is Verdict.CONTENT_TYPE
        (mismatch,) = of_another_type.mismatches
        assert (mismatch.expected, mismatch.actual) == (b"application/jwt", b"application/json")


def test_generate(jwt: Plugin) -> None:
    part = jwt.configure_interaction(JWT, {**SECRET, "subject": "alice"}).parts[0]
    generated = jwt.generate_content(
        part.body,
        generators=part.generators,
        plugin_configuration=part.plugin_configuration,
        test_context={},
        test_mode=TestMode.PROVIDER,
        content_for=ContentFor.RESPONSE,
    )
    assert generated.content_type == JWT
    assert generated.content != part.body.content
    assert claims(generated.content)["jti"] != claims(part.body.content)["jti"]
    assert claims(generated.content)["sub"] == "alice"


def test_info_and_catalogue(make_host: MakeHost) -> None:
    host = make_host()
    with host.load("jwt", "0.1.0", init=False) as jwt:
        assert jwt.info.capabilities is None
        assert jwt.catalogue() == []
        jwt.init(timeout=20)
        assert jwt.info.capabilities == ()
        assert (jwt.info.name, jwt.info.version) == ("jwt", "0.1.0")
        assert jwt.info.directory == str(PLUGINS / "jwt-0.1.0")
        assert len(jwt.info.instance_id) == 36
        assert jwt.info.roles == ("content-matcher", "content-generator")
        matcher, generator = jwt.catalogue()
        assert matcher == CatalogueEntry(
            key="plugin/jwt/content-matcher/jwt",
            entry_type="content-matcher",
            values={"content-types": r"application/jwt;application/jwt\+json"},
            plugin_name="jwt",
        )
        assert generator.entry_type == "content-generator"
        entries = host.catalogue()
        assert entries[-2:] == [matcher, generator]
        assert entries[0].plugin_name is None
        assert any(entry.key == "core/matcher/regex" for entry in entries)
    assert not any(entry.plugin_name for entry in host.catalogue())


def test_discover(make_host: MakeHost, tmp_path: Path) -> None:
    found = {plugin.name: plugin for plugin in make_host().discover()}
    assert {"jwt", "csv", "creditcard", "echo"} <= set(found)
    assert found["jwt"].executable_type == "wasm"
    assert found["jwt"].problem is None
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "pact-plugin.json").write_text("{}")
    (broken,) = make_host(plugin_directory=tmp_path).discover()
    assert broken.name is broken.version is broken.executable_type is None
    assert broken.directory == str(tmp_path / "broken")
    assert 'field "name" is missing' in broken.problem


def test_generic_call(jwt: Plugin) -> None:
    response = jwt.call("configure-interaction", {"contentType": JWT, "contentsConfig": SECRET}, test_run_id="x")
    (interaction,) = response["interactions"]
    assert claims(base64.b64decode(interaction["contents"]["content"]))["jti"]


def test_update_catalogue(load: Load) -> None:
    echo = load("echo")
    echo.update_catalogue([CatalogueEntry("core/matcher/type", "matcher", {"a": "ä"})])
    told = json.loads(echo.configure_interaction("a/b", {"describe": "catalogue"}).parts[0].body.content)
    assert told == [{"entry_type": "Matcher", "key": "core/matcher/type", "values": [["a", "ä"]]}]


def test_csv(load: Load) -> None:
    csv = load("csv")
    config = {"column:id": {"value": "1", "rules": [{"type": "integer"}]}, "column:name": "matching(regex,'[A-Z]\\w+','Fred')"}
    part = csv.configure_interaction("text/csv", config).parts[0]
    assert part.body.content == b"id,name\n1,Fred\n"
    for table, paths in (
        (b"id,name\n7,Anna\n8,Bob\n", []),
        (b"id,name\n7,Anna\nx,bob\n", ["row:2 column:id", "row:2 column:name"]),
    ):
        comparison = csv.compare_contents(
            part.body, Body(table, "text/csv"), rules=part.rules, plugin_configuration=part.plugin_configuration
        )
        assert [mismatch.path for mismatch in comparison.mismatches] == paths


def test_creditcard(load: Load) -> None:
    card = load("creditcard")
    given = {"rule_values": {"brand": "visa"}, "path": "$.card", "source": Source.BODY}
    assert card.match_field("creditcard", "creditcard", "4111111111111111", "4012888888881881", **given)
    comparison = card.match_field("creditcard", "creditcard", "4111111111111111", "4012888888881882", **given)
    assert comparison.verdict is Verdict.MISMATCH
    assert comparison.mismatches[0].path == "$.card"
    assert comparison.mismatches[0].actual == b"4012888888881882"
    as_text = card.generate_field("creditcard", "creditcard", "4111-1111-1111-1111", generator_values={"brand": "visa"})
    assert isinstance(as_text, str)
    assert as_text.count("-") == 3
    as_number = card.generate_field("creditcard", "creditcard", 4111111111111111, test_mode=TestMode.CONSUMER)
    assert isinstance(as_number, int)
    assert card.match_field("creditcard", "creditcard", 4111111111111111, as_number)


def test_pact_file(jwt: Plugin, tmp_path: Path) -> None:
    pact = PactFile("web", "shop")
    pact.add_plugin(jwt)
    alice, bob = (jwt.configure_interaction(JWT, {**SECRET, "subject": name}) for name in ("alice", "bob"))
    pact.add_interaction({"type": "Synchronous/HTTP", "description": "a token for a token"}, request=alice, response=bob)
    jwt.close()
    pact.add_interaction({"type": "Asynchronous/Messages", "description": "ein Schlüssel"}, message=alice)
    alice.close()
    pact.write(tmp_path / "web-shop.json")
    written = json.loads((tmp_path / "web-shop.json").read_text("utf-8"))
    assert written == json.loads(pact.to_json())
    assert written["consumer"] == {"name": "web"}
    http, message = written["interactions"]
    assert claims(base64.b64decode(http["request"]["body"]["content"]))["sub"] == "alice"
    assert claims(base64.b64decode(http["response"]["body"]["content"]))["sub"] == "bob"
    assert message["description"] == "ein Schlüssel"
    assert written["metadata"]["plugins"] == [{"name": "jwt", "version": "0.1.0", "configuration": {}}]

    again = PactFile.from_json(pact.to_json())
    again.add_interaction({"type": "Asynchronous/Messages", "description": "ein Schlüssel"}, message=bob)
    assert len(json.loads(again.to_json())["interactions"]) == 2
