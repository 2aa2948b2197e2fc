"""Handlers of each kind, which the test plugin "delegate" asks: it passes on its request to the entry that this names."""

import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest
from conftest import Load, MakeHost

from pact_wasm import (
    Body,
    CompareRequest,
    Comparison,
    ContentFor,
    ContentGenerator,
    ContentMatcher,
    ContentTypeHint,
    GenerateFieldRequest,
    GenerateRequest,
    Generator,
    Handler,
    HandlerCall,
    Matcher,
    MatchFieldRequest,
    Mismatch,
    Plugin,
    PluginConfiguration,
    PluginError,
    Source,
    TestMode,
    Verdict,
    _callbacks,
)

VIN = PluginConfiguration({"i": 1.0}, {"entry": "vin"})
RULES = {"$.b": [{"type": "regex", "values": {"regex": "x"}}, {"type": "type"}]}
EXPECTED = Body(b"\0x\xff\0", "text/vin", ContentTypeHint.BINARY)


def ask(plugin: Plugin, kind: type[Handler[Any, Any]], **options: Any) -> Any:
    """Has the plugin ask the handler "vin" of this kind."""
    given = {"plugin_configuration": VIN, "test_context": {"t": [2.0]}, **options}
    if kind is ContentMatcher:
        actual = Body(b"", "text/other", ContentTypeHint.TEXT)
        return plugin.compare_contents(EXPECTED, actual, allow_unexpected_keys=True, rules=RULES, **given)
    if kind is ContentGenerator:
        modes = {"test_mode": TestMode.PROVIDER, "content_for": ContentFor.RESPONSE}
        return plugin.generate_content(EXPECTED, generators={"$.b": {"type": "Uuid"}}, **modes, **given)
    if kind is Matcher:
        place = {"path": "$.car", "source": Source.QUERY}
        return plugin.match_field("delegate", "vin", -(2**63), b"\0\xff", rule_values={"y": 2004}, **place, **given)
    mode = {"path": "$.car", "test_mode": TestMode.CONSUMER}
    return plugin.generate_field("delegate", "Vin", 2.5, generator_values={"y": 2004}, **mode, **given)


KINDS: list[type[Handler[Any, Any]]] = [ContentMatcher, ContentGenerator, Matcher, Generator]


@pytest.mark.parametrize("kind", KINDS)
def test_request(kind: type[Handler[Any, Any]], load: Load) -> None:
    requests = []
    answers = {ContentMatcher: None, ContentGenerator: Body(b"new", "text/new"), Matcher: [], Generator: "new"}

    def handler(request: Any) -> Any:
        requests.append(request)
        return answers[kind]

    ask(load("delegate", handlers=[kind("vin", handler)]), kind, test_run_id="run 7", timeout=20)
    (request,) = requests
    call = request.call
    assert call == HandlerCall(f"core/{kind.entry_type}/vin", "delegate", "run 7", call.remaining)
    assert 0 < call.remaining <= 20
    wanted = {
        ContentMatcher: lambda: CompareRequest(
            call, EXPECTED, Body(b"", "text/other", ContentTypeHint.TEXT), True, RULES, VIN, {"t": [2.0]}
        ),
        ContentGenerator: lambda: GenerateRequest(
            call, EXPECTED, {"$.b": {"type": "Uuid"}}, VIN, {"t": [2.0]}, TestMode.PROVIDER, ContentFor.RESPONSE
        ),
        Matcher: lambda: MatchFieldRequest(
            call, "delegate", "vin", {"y": 2004}, "$.car", Source.QUERY, -(2**63), b"\0\xff", VIN, {"t": [2.0]}
        ),
        Generator: lambda: GenerateFieldRequest(
            call, "delegate", "Vin", {"y": 2004}, "$.car", 2.5, VIN, {"t": [2.0]}, TestMode.CONSUMER
        ),
    }
    assert request == wanted[kind]()


@pytest.mark.parametrize("kind", KINDS)
def test_absent_stays_absent(kind: type[Handler[Any, Any]], load: Load) -> None:
    requests = []

    def handler(request: Any) -> Any:
        requests.append(request)
        return Body() if kind is ContentGenerator else None

    plugin = load("delegate", handlers=[kind("vin", handler)])
    entry = PluginConfiguration(pact={"entry": "vin"})
    if kind is ContentMatcher:
        plugin.compare_contents(Body(), Body(), plugin_configuration=entry)
        assert requests[0].expected.content is None
        assert requests[0].rules in (None, {})
    elif kind is ContentGenerator:
        assert plugin.generate_content(Body(b""), plugin_configuration=entry).content is None
        assert requests[0].body.content == b""
    elif kind is Matcher:
        assert plugin.match_field("delegate", "x", None, "", plugin_configuration=entry)
        assert (requests[0].expected, requests[0].actual, requests[0].rule_values) == (None, "", None)
    else:
        assert plugin.generate_field("delegate", "x", plugin_configuration=entry) is None
        assert requests[0].example is None
    assert requests[0].call.test_run_id is None
    assert requests[0].test_context is None


@pytest.mark.parametrize("kind", [ContentMatcher, Matcher])
@pytest.mark.parametrize("wrap", [list, iter, lambda found: Comparison(Verdict.MISMATCH, tuple(found))])
def test_mismatches(kind: type[Handler[Any, Any]], wrap: Callable[[Any], Any], load: Load) -> None:
    full = Mismatch("first", "$.a[0]", "$.a[0]", b"\0\xff", b"", "- a\n+ b", "metadata")
    plugin = load("delegate", handlers=[kind("vin", lambda _: wrap([full, Mismatch("second", "$.ä")]))])
    comparison = ask(plugin, kind)
    assert comparison.verdict is Verdict.MISMATCH
    assert comparison.mismatches == (full, Mismatch("second", "$.ä", "$.ä"))


def test_content_type_mismatch(load: Load) -> None:
    types = Comparison(Verdict.CONTENT_TYPE, (Mismatch("other", expected=b"text/vin", actual=b"text/other"),))
    comparison = ask(load("delegate", handlers=[ContentMatcher("vin", lambda _: types)]), ContentMatcher)
    assert comparison.verdict is Verdict.CONTENT_TYPE
    assert (comparison.mismatches[0].expected, comparison.mismatches[0].actual) == (b"text/vin", b"text/other")


@pytest.mark.parametrize(
    "value",
    [None, True, False, "grüß dich\0", "", -(2**63), 2**63 - 1, 2.0, float("inf"), b"\0\xff", b"", [1, {"ä": None}], {}],
)
def test_generated_values(value: Any, load: Load) -> None:
    generated = ask(load("delegate", handlers=[Generator("vin", lambda _: value)]), Generator)
    assert generated == value
    assert type(generated) is type(value)


@pytest.mark.parametrize("kind", KINDS)
def test_exceptions(kind: type[Handler[Any, Any]], load: Load, caplog: pytest.LogCaptureFixture) -> None:
    def handler(_: Any) -> Any:
        raise KeyError("no register ä\0 here \udcff")

    plugin = load("delegate", handlers=[kind("vin", handler)])
    with pytest.raises(PluginError) as raised:
        ask(plugin, kind)
    assert f"core/{kind.entry_type}/vin: KeyError: 'no register ä" in raised.value.message
    (record,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert record.exc_info
    assert record.exc_info[0] is KeyError


@pytest.mark.parametrize(
    ("kind", "answer", "part"),
    [
        (ContentGenerator, None, "AttributeError"),
        (Generator, 2**63, "OverflowError: 9223372036854775808"),
        (Generator, [float("nan")], "ValueError"),
        (Generator, object(), "TypeError"),
        (Matcher, [1], "TypeError: .* 1 is no Mismatch"),
        (Matcher, "differs", "TypeError: .* 'd' is no Mismatch"),
        (Matcher, False, "TypeError"),
        (Matcher, Comparison(Verdict.MISMATCH), "ValueError: .* but not what"),
        (ContentMatcher, Comparison(Verdict.CONTENT_TYPE), "ValueError: .* but not what"),
        (Matcher, [Mismatch("")], "InvalidArgument"),
        (Matcher, 7, "TypeError"),
    ],
)
def test_answers_that_are_none(kind: type[Handler[Any, Any]], answer: Any, part: str, load: Load) -> None:
    with pytest.raises(PluginError, match=part):
        ask(load("delegate", handlers=[kind("vin", lambda _: answer)]), kind)


def test_values_in_the_catalogue(make_host: MakeHost) -> None:
    host = make_host(handlers=[ContentMatcher("vin", lambda _: None, {"content-types": "text/vin"})])
    (entry,) = [entry for entry in host.catalogue() if entry.key == "core/content-matcher/vin"]
    assert entry.values == {"content-types": "text/vin"}
    assert entry.plugin_name is None


def test_a_handler_calls_another_plugin(make_host: MakeHost) -> None:
    host = make_host(handlers=[Generator("vin", lambda request: echo.generate_field("echo", "x", request.example))])
    echo, delegate = host.load("echo"), host.load("delegate")
    assert ask(delegate, Generator) == 2.5


def test_a_handler_loads_a_plugin(make_host: MakeHost) -> None:
    def handler(_: Any) -> list[Mismatch]:
        with host.load("jwt") as jwt:
            return [Mismatch(entry.key) for entry in jwt.catalogue()]

    host = make_host(handlers=[Matcher("vin", handler)])
    found = ask(host.load("delegate"), Matcher).mismatches
    assert [mismatch.description for mismatch in found] == ["plugin/jwt/content-matcher/jwt", "plugin/jwt/content-generator/jwt"]


def test_a_handler_on_a_thread_with_a_small_stack(load: Load) -> None:
    """The library has another thread stand in for such a one, which Python has never seen."""
    threads: list[int] = []

    def handler(request: GenerateFieldRequest) -> int:
        threads.append(threading.get_native_id())
        return len(request.call.entry_key)

    plugin = load("delegate", handlers=[Generator("vin", handler)])
    results: list[Any] = []
    previous = threading.stack_size(256 << 10)
    try:
        thread = threading.Thread(target=lambda: results.append(ask(plugin, Generator)))
        thread.start()
    finally:
        threading.stack_size(previous)
    native = thread.native_id
    thread.join()
    assert results == [len("core/generator/vin")]
    assert threads != [native]


def test_interrupt_in_a_handler(load: Load) -> None:
    """As if Ctrl-C were pressed there: it is not the plugin's business, and goes on to the caller."""

    def handler(_: Any) -> Any:
        raise KeyboardInterrupt

    plugin = load("delegate", handlers=[Generator("vin", handler)])
    with pytest.raises(KeyboardInterrupt):
        ask(plugin, Generator)
    with pytest.raises(KeyboardInterrupt):
        ask(plugin, Generator)
    assert plugin.info.name == "delegate"


def test_handlers_are_given_up(make_host: MakeHost) -> None:
    """With host and plugins, nothing holds them any more."""
    before = len(_callbacks._registered)
    host = make_host(handlers=[Generator("vin", lambda _: 1), Generator("vin", lambda _: 2)])
    delegate = host.load("delegate")
    host.close()
    # The second one replaced the first; the other entry is the logger.
    assert len(_callbacks._registered) == before + 2
    assert ask(delegate, Generator) == 2
    delegate.close()
    assert len(_callbacks._registered) == before
    with pytest.raises(ValueError, match="key"):
        make_host(handlers=[Generator("a/b", lambda _: 1)])
    assert len(_callbacks._registered) == before
