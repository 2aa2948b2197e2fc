"""Functions of yours as entries of the catalogue, for plugins to call.

A handler is called with a request and returns what the operation of that name returns: a :class:`Comparison` or a list of
mismatches (or None, where all matches), a :class:`Body`, a value. Whatever it raises becomes the plugin's error, with the name of
the exception's class and its text; the traceback goes to the log.

It runs in the thread that called the plugin, or in one that stands in for it, and in several at once where calls run in
parallel. It may call the library; a call of the plugin that is asking needs an instance of its own (:attr:`Limits.instances`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

from ._calls import check
from ._library import lib
from ._memory import Borrowed, optional_text, read_json, text
from ._requests import (
    body,
    field_value,
    mismatch,
    pack_body,
    pack_field_value,
    read_body,
    read_configuration,
    read_field_value,
)
from .values import (
    Body,
    Comparison,
    ContentFor,
    FieldValue,
    JsonObject,
    Mismatch,
    PluginConfiguration,
    Source,
    TestMode,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class HandlerCall:
    """On whose behalf a handler is called."""

    #: Full key of the entry, for instance ``"core/matcher/vin"``.
    entry_key: str
    #: Name of the plugin that asks.
    plugin_name: str
    #: Test run that the plugin's call belongs to; None where nobody named one.
    test_run_id: str | None
    #: Seconds until the deadline of the plugin's call. The handler is not interrupted, but an answer that comes later ends the
    #: plugin's call with :exc:`DeadlineExceeded`.
    remaining: float


@dataclass(frozen=True, slots=True)
class CompareRequest:
    """What a :class:`ContentMatcher` is asked: does the actual body match?

    All but ``call`` is as in :meth:`pact_wasm.Plugin.compare_contents`.
    """

    call: HandlerCall
    expected: Body
    actual: Body
    allow_unexpected_keys: bool
    rules: JsonObject | None
    plugin_configuration: PluginConfiguration
    test_context: JsonObject | None


@dataclass(frozen=True, slots=True)
class GenerateRequest:
    """What a :class:`ContentGenerator` is asked: the body with the generators applied.

    All but ``call`` is as in :meth:`pact_wasm.Plugin.generate_content`.
    """

    call: HandlerCall
    body: Body
    generators: JsonObject | None
    plugin_configuration: PluginConfiguration
    test_context: JsonObject | None
    test_mode: TestMode
    content_for: ContentFor


@dataclass(frozen=True, slots=True)
class MatchFieldRequest:
    """What a :class:`Matcher` is asked: does the actual value match?

    All but ``call`` is as in :meth:`pact_wasm.Plugin.match_field`.
    """

    call: HandlerCall
    key: str
    rule_type: str
    rule_values: JsonObject | None
    path: str
    source: Source
    expected: FieldValue
    actual: FieldValue
    plugin_configuration: PluginConfiguration
    test_context: JsonObject | None


@dataclass(frozen=True, slots=True)
class GenerateFieldRequest:
    """What a :class:`Generator` is asked: a value.

    All but ``call`` is as in :meth:`pact_wasm.Plugin.generate_field`.
    """

    call: HandlerCall
    key: str
    generator_type: str
    generator_values: JsonObject | None
    path: str
    example: FieldValue
    plugin_configuration: PluginConfiguration
    test_context: JsonObject | None
    test_mode: TestMode


#: What handlers that compare may return; nothing, and no mismatches, say that all matches.
ComparisonAnswer: TypeAlias = Comparison | Iterable[Mismatch] | None

Request = TypeVar("Request")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Handler(Generic[Request, Answer]):
    """A function as an entry of the catalogue. Use the class for what the function does."""

    #: Name of the entry, without ``/``. The handler takes the place of the library's own entry of this name and type; in bodies
    #: that Pact's own content matchers compare, Pact's own rules count all the same.
    key: str
    #: What answers the calls.
    function: Callable[[Request], Answer]
    #: What the catalogue says of the entry; None for nothing, or for what it says of one that is replaced.
    values: Mapping[str, str] | None = None

    #: Type of the entry, the second part of its full key.
    entry_type: ClassVar[str]

    def _answer(self, call: HandlerCall, raw: Any, answer: Any) -> None:
        raise NotImplementedError


class ContentMatcher(Handler[CompareRequest, ComparisonAnswer]):
    """Compares bodies, as the entry ``core/content-matcher/<key>``; values are ``{"content-types": "text/csv"}``."""

    __slots__ = ()
    entry_type = "content-matcher"

    def _answer(self, call: HandlerCall, raw: Any, answer: Any) -> None:
        request = raw.compare.contents
        result = self.function(
            CompareRequest(
                call,
                read_body(request.expected),
                read_body(request.actual),
                bool(request.allow_unexpected_keys),
                read_json(request.rules_json),
                read_configuration(request.plugin_configuration),
                read_json(request.test_context_json),
            )
        )
        _answer_comparison(answer, result)


class ContentGenerator(Handler[GenerateRequest, Body]):
    """Generates bodies, as the entry ``core/content-generator/<key>``; values are ``{"content-types": "text/csv"}``."""

    __slots__ = ()
    entry_type = "content-generator"

    def _answer(self, call: HandlerCall, raw: Any, answer: Any) -> None:
        request = raw.generate.contents
        result = self.function(
            GenerateRequest(
                call,
                read_body(request.body),
                read_json(request.generators_json),
                read_configuration(request.plugin_configuration),
                read_json(request.test_context_json),
                TestMode(request.test_mode),
                ContentFor(request.content_for),
            )
        )
        borrowed = Borrowed()
        check(lib.pactwasm_answer_set_body, answer, pack_body(*body(borrowed, result)))


class Matcher(Handler[MatchFieldRequest, ComparisonAnswer]):
    """Applies a matching rule to single values, as the entry ``core/matcher/<key>``."""

    __slots__ = ()
    entry_type = "matcher"

    def _answer(self, call: HandlerCall, raw: Any, answer: Any) -> None:
        request = raw.match_field.contents
        result = self.function(
            MatchFieldRequest(
                call,
                text(request.key),
                text(request.rule_type),
                read_json(request.rule_values_json),
                text(request.path),
                Source(request.source),
                read_field_value(request.expected),
                read_field_value(request.actual),
                read_configuration(request.plugin_configuration),
                read_json(request.test_context_json),
            )
        )
        _answer_comparison(answer, result)


class Generator(Handler[GenerateFieldRequest, FieldValue]):
    """Generates single values, as the entry ``core/generator/<key>``."""

    __slots__ = ()
    entry_type = "generator"

    def _answer(self, call: HandlerCall, raw: Any, answer: Any) -> None:
        request = raw.generate_field.contents
        result = self.function(
            GenerateFieldRequest(
                call,
                text(request.key),
                text(request.generator_type),
                read_json(request.generator_values_json),
                text(request.path),
                read_field_value(request.example),
                read_configuration(request.plugin_configuration),
                read_json(request.test_context_json),
                TestMode(request.test_mode),
            )
        )
        borrowed = Borrowed()
        check(lib.pactwasm_answer_set_value, answer, pack_field_value(*field_value(borrowed, result)))


def answer_call(handler: Handler[Any, Any], raw: Any, answer: Any) -> None:
    """Has a handler answer a call."""
    call = HandlerCall(text(raw.entry_key), text(raw.plugin_name), optional_text(raw.test_run_id), raw.remaining_ms / 1000)
    handler._answer(call, raw, answer)


def answer_error(answer: Any, error: BaseException) -> None:
    """Makes an exception the plugin's error."""
    message = f"{type(error).__name__}: {error}".encode(errors="backslashreplace")
    check(lib.pactwasm_answer_set_error, answer, message, len(message))


def _answer_comparison(answer: Any, result: ComparisonAnswer) -> None:
    borrowed = Borrowed()
    if isinstance(result, Comparison):
        if not result.matches and not result.mismatches:
            raise ValueError("the handler says that something does not match, but not what: the comparison has no mismatches")
        mismatches: Iterable[Mismatch] = result.mismatches
        if result.verdict is Verdict.CONTENT_TYPE:
            (types,) = mismatches
            expected, actual = types.expected or b"", types.actual or b""
            check(lib.pactwasm_answer_set_type_mismatch, answer, expected, len(expected), actual, len(actual))
            return
    else:
        mismatches = () if result is None else result
    for found in mismatches:
        if not isinstance(found, Mismatch):
            raise TypeError(f"a handler that compares returns None, mismatches or a Comparison; {found!r} is no Mismatch")
        check(lib.pactwasm_answer_add_mismatch, answer, mismatch(borrowed, found))
