"""Loaded plugins and their operations."""

import json
from collections.abc import Iterable
from typing import Any

from . import _declarations as c
from ._calls import call, check, get_all, take_bytes
from ._library import lib
from ._memory import Borrowed, new, read_json, text, write_json
from ._pointer import CataloguePointer, ComparisonPointer, ContentPointer, FieldPointer, LogsPointer, Pointer
from ._requests import (
    body,
    configuration,
    field_value,
    pack_compare,
    pack_configure,
    pack_generate,
    pack_generate_field,
    pack_match_field,
    read_body,
    read_catalogue,
    read_comparison,
    read_field_value,
)
from ._running import run, serving
from .cancel import Cancel, call_options
from .interaction import Interaction, InteractionPointer
from .logs import read_record
from .transports import Transport
from .values import (
    Body,
    CatalogueEntry,
    Comparison,
    ContentFor,
    FieldValue,
    JsonObject,
    LogRecord,
    PluginConfiguration,
    PluginInfo,
    Source,
    TestMode,
)


class PluginPointer(Pointer):
    """Waits for the plugin's calls to end, and may call the destroy function of handlers."""

    @staticmethod
    def free(pointer: Pointer) -> None:
        run(lib.pactwasm_plugin_free, pointer)

    # For the set of what keeps servers running; values of ctypes cannot be hashed otherwise.
    __hash__ = object.__hash__

    def end(self) -> None:
        """At the end of the interpreter: servers that were started by the generic call end with their plugin."""
        lib.pactwasm_plugin_free(self)
        self.value = None


class Plugin(Transport):
    """A loaded plugin, from :meth:`pact_wasm.Host.load`.

    Its methods may be called from many threads at once, and then run in parallel. With the last of its objects the plugin is
    unloaded; it may be closed later than its host.

    All operations take these options:

    :param timeout: seconds for the call, from 0.001 to 86400, waiting for a free instance included; by default the host's limit.
        While a call runs, its thread does nothing else: Ctrl-C, too, takes effect when the call is over. The timeout is
        what bounds that.
    :param cancel: who can stop the call.
    :param test_run_id: marks the log records of the call; by default ``"testRunId"`` of the test context, then the host's.

    All of them raise :exc:`WrongState` before :meth:`init`, :exc:`Unsupported` where the plugin does not fill the role,
    :exc:`PluginError` for the plugin's own errors, :exc:`InvalidResponse`, and what stops a call: :exc:`DeadlineExceeded`,
    :exc:`Cancelled`, :exc:`PluginCrashed`, :exc:`MemoryLimitExceeded`, :exc:`HostCallLimitExceeded`, :exc:`StackLimitExceeded`,
    :exc:`ResourceLimitExceeded`, :exc:`Cycle`, :exc:`Busy`, :exc:`Forked`. The plugin is usable after any of them.
    """

    __slots__ = ()

    def __init__(self, pointer: PluginPointer) -> None:
        self._pointer = pointer

    @property
    def info(self) -> PluginInfo:
        """What is known about the plugin."""
        raw = new(c.PactWasmPluginInfo)
        pointer = self._use()
        # The views live no longer than the pointer.
        try:
            call(lib.pactwasm_plugin_info, pointer, raw)
            capabilities = read_json(raw.capabilities_json)
            return PluginInfo(
                name=text(raw.name),
                version=text(raw.version),
                directory=text(raw.directory),
                instance_id=text(raw.instance_id),
                roles=tuple(read_json(raw.roles_json) or ()),
                capabilities=None if capabilities is None else tuple(capabilities),
            )
        finally:
            del pointer

    def catalogue(self) -> list[CatalogueEntry]:
        """The plugin's own catalogue entries; none before init."""
        catalogue = CataloguePointer()
        call(lib.pactwasm_plugin_catalogue, self._use(), catalogue)
        return read_catalogue(catalogue)

    def logs(self) -> list[LogRecord]:
        """The plugin's last log records, oldest first: of the host's log level and above, at most 1000, at most 4 MiB of text."""
        logs = LogsPointer()
        call(lib.pactwasm_plugin_logs, self._use(), logs)
        return [read_record(raw) for raw in get_all(c.PactWasmLogRecord, logs, lib.pactwasm_logs_count, lib.pactwasm_logs_get)]

    def init(self, *, timeout: float | None = None, cancel: Cancel | None = None, test_run_id: str | None = None) -> None:
        """Introduces host and plugin to each other, which :meth:`pact_wasm.Host.load` does unless it is told not to.

        Where it was done already it does nothing, and where it failed it can be tried again. Raises :exc:`PluginError` (the
        plugin refuses) and :exc:`Incompatible` (it needs what this host lacks, or does not do what it declares), beside the
        errors of all operations.
        """
        borrowed = Borrowed()
        options = call_options(borrowed, timeout, cancel, test_run_id)
        call(lib.pactwasm_plugin_init, self._use(), options)

    def update_catalogue(
        self,
        catalogue: Iterable[CatalogueEntry],
        *,
        timeout: float | None = None,
        cancel: Cancel | None = None,
        test_run_id: str | None = None,
    ) -> None:
        """Tells the plugin a catalogue in place of the host's own.

        Seldom needed: the library tells each plugin the host's catalogue without being asked, and does so again when it changes.
        """
        borrowed = Borrowed()
        told = write_json([{"entryType": entry.entry_type, "key": entry.key, "values": dict(entry.values)} for entry in catalogue])
        options = call_options(borrowed, timeout, cancel, test_run_id)
        call(lib.pactwasm_plugin_update_catalogue, self._use(), told, len(told), options)

    def configure_interaction(
        self,
        content_type: str,
        contents_config: JsonObject,
        *,
        test_context: JsonObject | None = None,
        timeout: float | None = None,
        cancel: Cancel | None = None,
        test_run_id: str | None = None,
    ) -> Interaction:
        """Turns what the test author wrote for a body into the body itself, its rules and generators, and configuration.

        :param content_type: MIME type of the body.
        :param contents_config: what the test author wrote.
        :param test_context: from the test framework.

        Raises :exc:`PluginError` where the contents config is wrong; the text is the plugin's.
        """
        borrowed = Borrowed()
        request = pack_configure(*borrowed.text(content_type), *borrowed.json(contents_config), *borrowed.json(test_context))
        options = call_options(borrowed, timeout, cancel, test_run_id)
        interaction = InteractionPointer()
        call(lib.pactwasm_plugin_configure_interaction, self._use(), request, options, interaction)
        return Interaction(interaction)

    def compare_contents(
        self,
        expected: Body,
        actual: Body,
        *,
        allow_unexpected_keys: bool = False,
        rules: JsonObject | None = None,
        plugin_configuration: PluginConfiguration | None = None,
        test_context: JsonObject | None = None,
        timeout: float | None = None,
        cancel: Cancel | None = None,
        test_run_id: str | None = None,
    ) -> Comparison:
        """Compares an actual body with the expected one. A mismatch is a result, and no error.

        :param expected: what the pact says.
        :param actual: what came.
        :param allow_unexpected_keys: whether the actual body may hold keys that the expected one does not.
        :param rules: matching rules by path expression: ``{"$.a": [{"type": "regex", "values": {"regex": "\\\\d+"}}]}``.
        :param plugin_configuration: from the pact file.
        :param test_context: from the test framework.
        """
        borrowed = Borrowed()
        request = pack_compare(
            *body(borrowed, expected),
            *body(borrowed, actual),
            bool(allow_unexpected_keys),
            *borrowed.json(rules),
            *configuration(borrowed, plugin_configuration),
            *borrowed.json(test_context),
        )
        options = call_options(borrowed, timeout, cancel, test_run_id)
        comparison = ComparisonPointer()
        call(lib.pactwasm_plugin_compare_contents, self._use(), request, options, comparison)
        return read_comparison(comparison)

    def generate_content(
        self,
        start: Body,
        *,
        generators: JsonObject | None = None,
        plugin_configuration: PluginConfiguration | None = None,
        test_context: JsonObject | None = None,
        test_mode: TestMode = TestMode.UNKNOWN,
        content_for: ContentFor = ContentFor.REQUEST,
        timeout: float | None = None,
        cancel: Cancel | None = None,
        test_run_id: str | None = None,
    ) -> Body:
        """Applies generators to a body.

        :param start: the body to start from.
        :param generators: generators by path expression: ``{"$.id": {"type": "Uuid"}}``.
        :param plugin_configuration: from the pact file.
        :param test_context: from the test framework.
        :param test_mode: which side is being tested.
        :param content_for: what the body is for.
        """
        borrowed = Borrowed()
        request = pack_generate(
            *body(borrowed, start),
            *borrowed.json(generators),
            *configuration(borrowed, plugin_configuration),
            *borrowed.json(test_context),
            TestMode(test_mode),
            ContentFor(content_for),
        )
        options = call_options(borrowed, timeout, cancel, test_run_id)
        content = ContentPointer()
        call(lib.pactwasm_plugin_generate_content, self._use(), request, options, content)
        raw = c.PactWasmBody()
        check(lib.pactwasm_content_get, content, raw)
        return read_body(raw)

    def match_field(
        self,
        key: str,
        rule_type: str,
        expected: FieldValue,
        actual: FieldValue,
        *,
        rule_values: JsonObject | None = None,
        path: str = "",
        source: Source = Source.BODY,
        plugin_configuration: PluginConfiguration | None = None,
        test_context: JsonObject | None = None,
        timeout: float | None = None,
        cancel: Cancel | None = None,
        test_run_id: str | None = None,
    ) -> Comparison:
        """Applies a matching rule of the plugin to one value. A mismatch is a result, and no error.

        :param key: key of the catalogue entry.
        :param rule_type: type of the matching rule.
        :param expected: what the pact says.
        :param actual: what came.
        :param rule_values: configuration of the rule.
        :param path: where the value is: a path expression.
        :param source: where in request or response that is.
        :param plugin_configuration: from the pact file.
        :param test_context: from the test framework.
        """
        borrowed = Borrowed()
        request = pack_match_field(
            *borrowed.text(key),
            *borrowed.text(rule_type),
            *borrowed.json(rule_values),
            *borrowed.text(path),
            Source(source),
            *field_value(borrowed, expected),
            *field_value(borrowed, actual),
            *configuration(borrowed, plugin_configuration),
            *borrowed.json(test_context),
        )
        options = call_options(borrowed, timeout, cancel, test_run_id)
        comparison = ComparisonPointer()
        call(lib.pactwasm_plugin_match_field, self._use(), request, options, comparison)
        return read_comparison(comparison)

    def generate_field(
        self,
        key: str,
        generator_type: str,
        example: FieldValue = None,
        *,
        generator_values: JsonObject | None = None,
        path: str = "",
        plugin_configuration: PluginConfiguration | None = None,
        test_context: JsonObject | None = None,
        test_mode: TestMode = TestMode.UNKNOWN,
        timeout: float | None = None,
        cancel: Cancel | None = None,
        test_run_id: str | None = None,
    ) -> FieldValue:
        """Generates one value with a generator of the plugin.

        :param key: key of the catalogue entry.
        :param generator_type: type of the generator.
        :param example: the value that the test author gave.
        :param generator_values: configuration of the generator.
        :param path: where the value goes: a path expression.
        :param plugin_configuration: from the pact file.
        :param test_context: from the test framework.
        :param test_mode: which side is being tested.
        """
        borrowed = Borrowed()
        request = pack_generate_field(
            *borrowed.text(key),
            *borrowed.text(generator_type),
            *borrowed.json(generator_values),
            *borrowed.text(path),
            *field_value(borrowed, example),
            *configuration(borrowed, plugin_configuration),
            *borrowed.json(test_context),
            TestMode(test_mode),
        )
        options = call_options(borrowed, timeout, cancel, test_run_id)
        field = FieldPointer()
        call(lib.pactwasm_plugin_generate_field, self._use(), request, options, field)
        raw = c.PactWasmFieldValue()
        check(lib.pactwasm_field_get, field, raw)
        return read_field_value(raw)

    def call(
        self,
        operation: str,
        request: JsonObject,
        *,
        timeout: float | None = None,
        cancel: Cancel | None = None,
        test_run_id: str | None = None,
    ) -> dict[str, Any]:
        """The generic call: any operation by name, with JSON for request and response.

        :param operation: ``"init"``, ``"update-catalogue"``, ``"configure-interaction"``, ``"compare-contents"``,
            ``"generate-content"``, ``"match-field"``, ``"generate-field"``, ``"start-mock-server"``,
            ``"get-mock-server-results"``, ``"shutdown-mock-server"``, ``"prepare-interaction-for-verification"`` or
            ``"verify-interaction"``. A mock server that is started this way runs until it is shut down, or its plugin or host is
            closed.
        :param request: as ``schema/generic-call-1.json`` of libpact_wasm describes it; bodies are in base64.

        Raises :exc:`InvalidArgument` also for an operation that there is not, and for a request that does not fit it.
        """
        borrowed = Borrowed()
        name, given = operation.encode(), write_json(request)
        if operation == "start-mock-server":
            serving.add(self._use())
        options = call_options(borrowed, timeout, cancel, test_run_id)
        response: dict[str, Any] = json.loads(
            take_bytes(lib.pactwasm_plugin_call, self._use(), name, len(name), given, len(given), options)
        )
        return response
