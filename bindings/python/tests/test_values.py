"""Values on their way to plugins and back, and those that are none."""

import json
from typing import Any

import pytest
from conftest import Load, MakeHost

from pact_wasm import (
    Body,
    Cancel,
    CatalogueEntry,
    ContentTypeHint,
    Host,
    Limits,
    LogLevel,
    PactFile,
    Plugin,
    PluginConfiguration,
    Source,
    has_feature,
    library_version,
)

NUL_AND_MORE = "a\0ä€𝄞"

#: The plugin "echo" describes a request where the body has this type.
DESCRIBE = "application/vnd.echo+json"


@pytest.fixture
def echo(load: Load) -> Plugin:
    return load("echo")


@pytest.mark.parametrize("size", [0, 1, 64, 1 << 20])
def test_bodies(size: int, echo: Plugin) -> None:
    content = bytes(index % 256 for index in range(min(size, 256))) * (size // min(size, 256) if size else 0)
    body = Body(content, "a/b", ContentTypeHint.BINARY)
    assert echo.generate_content(body) == body
    for given in (bytearray(content), memoryview(content), memoryview(bytearray(content)), memoryview(content + b"x")[:-1]):
        assert echo.generate_content(Body(given, "a/b")).content == content
        assert echo.compare_contents(body, Body(given, "a/b"))
        assert given == content
    if size > 1:
        assert echo.generate_content(Body(memoryview(content)[::-1])).content == content[::-1]
        assert echo.generate_content(Body(memoryview(content).cast("H"))).content == content
        assert not echo.compare_contents(body, Body(content[:-1] + b"\n", "a/b"))


def test_absent_is_not_empty(echo: Plugin) -> None:
    assert echo.generate_content(Body()).content is None
    assert echo.generate_content(Body(b"")).content == b""
    assert not echo.compare_contents(Body(b""), Body())
    mismatch = echo.compare_contents(Body(b"", "a/b"), Body(None, "a/b")).mismatches[0]
    assert (mismatch.expected, mismatch.actual) == (b"", None)


def test_a_bytearray_is_free_again(echo: Plugin) -> None:
    content = bytearray(b"x" * 100)
    assert echo.compare_contents(Body(b"x" * 100), Body(content))
    content.extend(b"y")
    assert len(content) == 101


def test_whole_request(echo: Plugin) -> None:
    rules = {"$.ä": [{"type": "regex", "values": {"regex": NUL_AND_MORE, "whole": 1, "decimal": 1.0}}]}
    (mismatch,) = echo.compare_contents(
        Body(b"\0\xff", DESCRIBE, ContentTypeHint.BINARY),
        Body(None, NUL_AND_MORE),
        allow_unexpected_keys=True,
        rules=rules,
        plugin_configuration=PluginConfiguration({"i": 1.0, "z": 10**30}, {"p": []}),
        test_context={"t": None},
    ).mismatches
    seen = json.loads(mismatch.description)
    assert seen["expected"] == {"content_type": DESCRIBE, "content": [0, 255], "hint": "Binary"}
    assert seen["actual"] == {"content_type": NUL_AND_MORE, "content": None, "hint": "Default"}
    assert seen["allow_unexpected_keys"] is True
    ((path, (rule,)),) = seen["rules"]
    assert (path, rule["type_"]) == ("$.ä", "regex")
    assert rule["values"] == '{"regex":"a\\u0000ä€𝄞","whole":1,"decimal":1.0}'
    # Numbers arrive as they were written.
    assert seen["plugin_configuration"]["interaction_configuration"] == '{"i":1.0,"z":1000000000000000000000000000000}'
    assert seen["plugin_configuration"]["pact_configuration"] == '{"p":[]}'
    assert seen["test_context"] == '{"t":null}'


def test_smallest_request(echo: Plugin) -> None:
    seen = json.loads(echo.compare_contents(Body(None, DESCRIBE), Body()).mismatches[0].description)
    assert seen["plugin_configuration"] is None
    assert seen["test_context"] is None
    assert seen["allow_unexpected_keys"] is False
    assert seen["actual"]["content_type"] == ""


def test_match_field_request(echo: Plugin) -> None:
    found = echo.match_field(
        "echo", NUL_AND_MORE, NUL_AND_MORE, [1, 1.0], rule_values={"a": "ä"}, path="$.ä", source=Source.METADATA
    ).mismatches[0]
    seen = json.loads(found.description)
    assert seen["rule"] == {"type_": NUL_AND_MORE, "values": '{"a":"ä"}'}
    assert seen["path"] == found.path == "$.ä"
    assert seen["mismatch_type"] == "Metadata"
    assert seen["expected"] == {"Text": NUL_AND_MORE}
    assert seen["actual"] == {"Json": "[1,1.0]"}


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        0,
        -(2**63),
        2**63 - 1,
        0.0,
        2.0,
        1e308,
        float("inf"),
        NUL_AND_MORE,
        "",
        b"\0\xff",
        b"",
        {"a": [1, 1.0]},
        [],
    ],
)
def test_field_values(value: Any, echo: Plugin) -> None:
    back = echo.generate_field("echo", "x", value)
    assert back == value
    assert type(back) is type(value)


def test_nan_as_a_decimal(echo: Plugin) -> None:
    assert str(echo.generate_field("echo", "x", float("nan"))) == "nan"


def test_interaction_with_every_field(echo: Plugin) -> None:
    response = {
        "contents": {"content_type": "text/csv", "content": [0, 255], "hint": "Text"},
        "rules": [["column:1", [{"type_": "regex", "values": '{"regex":"x"}'}]]],
        "generators": [["column:1", {"type_": "RandomInt", "values": '{"min":1}'}]],
        "message_metadata": '{"topic":"t"}',
        "metadata_rules": [["topic", [{"type_": "not-empty", "values": None}]]],
        "metadata_generators": [["topic", {"type_": "Uuid", "values": None}]],
        "plugin_configuration": {"interaction_configuration": '{"i":1.0}', "pact_configuration": '{"p":2}'},
        "interaction_markup": "<b>ä</b>",
        "interaction_markup_type": "Html",
        "part_name": "request",
    }
    whole = {"interaction_configuration": '{"w":1}', "pact_configuration": None}
    config = {"response": [response, {"part_name": "response"}], "plugin_configuration": whole}
    with echo.configure_interaction("text/csv", config) as interaction:
        pass
    first, second = interaction.parts
    assert interaction.configuration == PluginConfiguration({"w": 1}, None)
    assert first.name == "request"
    assert first.body == Body(b"\0\xff", "text/csv", ContentTypeHint.TEXT)
    assert first.rules == {"column:1": [{"type": "regex", "values": {"regex": "x"}}]}
    assert first.generators == {"column:1": {"type": "RandomInt", "values": {"min": 1}}}
    assert first.message_metadata == {"topic": "t"}
    assert first.metadata_rules == {"topic": [{"type": "not-empty"}]}
    assert first.metadata_generators == {"topic": {"type": "Uuid"}}
    assert first.plugin_configuration == PluginConfiguration({"i": 1.0}, {"p": 2})
    assert (first.markup, first.markup_type.name) == ("<b>ä</b>", "HTML")
    assert second.name == "response"
    assert second.body == Body()


BODY = Body(b"x", "a/b")
WRONG: list[tuple[type[Exception], Any]] = [
    (TypeError, lambda echo: echo.compare_contents(Body("text"), BODY)),
    (TypeError, lambda echo: echo.compare_contents(Body(7), BODY)),
    (TypeError, lambda echo: echo.compare_contents(Body(b"", b"a/b"), BODY)),
    (ValueError, lambda echo: echo.compare_contents(Body(b"", "a/b", 9), BODY)),
    (TypeError, lambda echo: echo.compare_contents(Body(b"", "a/b", "text"), BODY)),
    (AttributeError, lambda echo: echo.compare_contents(None, BODY)),
    (ValueError, lambda echo: echo.compare_contents(BODY, BODY, rules={"$": [float("nan")]})),
    (ValueError, lambda echo: echo.compare_contents(BODY, BODY, test_context={"a": float("-inf")})),
    (TypeError, lambda echo: echo.compare_contents(BODY, BODY, rules={"$": {1, 2}})),
    (ValueError, lambda echo: echo.compare_contents(BODY, BODY, rules=["no object"])),
    (ValueError, lambda echo: echo.compare_contents(BODY, BODY, rules={"$": "no list"})),
    (UnicodeEncodeError, lambda echo: echo.compare_contents(BODY, Body(b"", "\udcff"))),
    (UnicodeEncodeError, lambda echo: echo.compare_contents(BODY, BODY, test_run_id="\udcff")),
    (TypeError, lambda echo: echo.compare_contents(BODY, BODY, test_run_id=7)),
    (AttributeError, lambda echo: echo.compare_contents(BODY, BODY, cancel="no")),
    (TypeError, lambda echo: echo.compare_contents(BODY, BODY, unknown=1)),
    (ValueError, lambda echo: echo.configure_interaction(None, None)),
    (ValueError, lambda echo: echo.configure_interaction("a/b", [])),
    (ValueError, lambda echo: echo.configure_interaction("a/b", None)),
    (ValueError, lambda echo: echo.generate_content(BODY, test_mode=9)),
    (ValueError, lambda echo: echo.generate_content(BODY, content_for="request")),
    (ValueError, lambda echo: echo.match_field("", "x", 1, 1)),
    (ValueError, lambda echo: echo.match_field("echo", "x", 1, 1, source=9)),
    (OverflowError, lambda echo: echo.match_field("echo", "x", 2**63, 1)),
    (TypeError, lambda echo: echo.match_field("echo", "x", object(), 1)),
    (ValueError, lambda echo: echo.match_field("echo", "x", [float("nan")], 1)),
    (ValueError, lambda echo: echo.generate_field(None, "x")),
    (ValueError, lambda echo: echo.call("no-such-operation", {})),
    (ValueError, lambda echo: echo.call("compare-contents", {"expected": 1})),
    (ValueError, lambda echo: echo.call("init", {"a": float("nan")})),
    (ValueError, lambda echo: echo.update_catalogue([CatalogueEntry("k", "no type", {})])),
    (AttributeError, lambda echo: echo.update_catalogue([{}])),
    (ValueError, lambda _: Host(limits=Limits(memory=1))),
    (ValueError, lambda _: Host(limits=Limits(timeout=-1))),
    (TypeError, lambda _: Host(limits=Limits(memory=65536.5))),
    (ValueError, lambda _: Host(plugin_directory="")),
    (TypeError, lambda _: Host(plugin_directory=7)),
    (ValueError, lambda _: Host(implementation=("", ""))),
    (ValueError, lambda _: Host(log_level=9)),
    (ValueError, lambda _: PactFile.from_json("[").add_plugin(_)),
    (ValueError, lambda _: PactFile("a", "b").add_interaction({"description": "no type"})),
    (TypeError, lambda _: PactFile("a", "b").add_interaction({"type": {1}})),
    (UnicodeEncodeError, lambda _: PactFile("\udcff", "b")),
]


@pytest.mark.parametrize("case", range(len(WRONG)))
def test_wrong_arguments(case: int, echo: Plugin) -> None:
    kind, wrong = WRONG[case]
    with pytest.raises(kind) as raised:
        wrong(echo)
    assert str(raised.value)
    assert echo.compare_contents(BODY, BODY)


@pytest.mark.parametrize("limits", [Limits(memory=-1), Limits(memory=1 << 64), Limits(memory=(1 << 64) + 65536)])
def test_limits_beyond_64_bits(limits: Limits) -> None:
    with pytest.raises((ValueError, OverflowError)):
        Host(limits=limits)


def test_values_are_values() -> None:
    assert Body(b"x", "a/b") == Body(b"x", "a/b")
    assert hash(Body(b"x", "a/b")) == hash(Body(b"x", "a/b"))
    with pytest.raises(AttributeError):
        Body(b"x").content = b"y"  # type: ignore[misc]


def test_host_options(make_host: MakeHost, tmp_path: Any) -> None:
    host = make_host(
        cache_directory=tmp_path / "cache",
        implementation=("ä test", "1.2.3"),
        test_run_id="run",
        limits=Limits(20, 1 << 28, 1 << 19, 1 << 16, 1 << 20, 1 << 10, 2, 4),
        signal_handlers=True,
        log_level=LogLevel.DEBUG,
    )
    init = json.loads(host.load("echo").configure_interaction("a/b", {"describe": "init"}).parts[0].body.content)
    assert init["implementation"] == "ä test"
    assert init["version"] == "1.2.3"
    assert any((tmp_path / "cache").iterdir())
    without = make_host(cache_directory=False, plugin_directory=str(make_host().discover()[0].directory) + "/..")
    assert without.load("minimal").info.name == "minimal"


def test_the_library() -> None:
    assert library_version() == "0.1.0"
    assert has_feature("cache")
    assert not has_feature("teleportation")
    with Cancel() as cancel:
        assert not cancel.closed
