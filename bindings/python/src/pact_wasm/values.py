"""What goes into plugins and comes out of them: plain values, which hold nothing of the library."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeAlias

from . import _declarations as c

#: A JSON object, as the module :mod:`json` reads and writes it.
JsonObject: TypeAlias = Mapping[str, Any]

#: A single value. Its type counts: 2 is a whole number, 2.0 a decimal one; lists and dicts are JSON arrays and objects.
#: Whole numbers have 64 bits.
FieldValue: TypeAlias = bool | str | int | float | bytes | JsonObject | list[Any] | None

#: What the bytes of a body may be given as.
Buffer: TypeAlias = bytes | bytearray | memoryview


class LogLevel(IntEnum):
    """Levels of log records, from the most talkative one."""

    TRACE = c.PACTWASM_LEVEL_TRACE
    DEBUG = c.PACTWASM_LEVEL_DEBUG
    INFO = c.PACTWASM_LEVEL_INFO
    WARN = c.PACTWASM_LEVEL_WARN
    ERROR = c.PACTWASM_LEVEL_ERROR


class ContentTypeHint(IntEnum):
    """Whether a body is text or binary; by default its content type decides."""

    DEFAULT = c.PACTWASM_HINT_DEFAULT
    TEXT = c.PACTWASM_HINT_TEXT
    BINARY = c.PACTWASM_HINT_BINARY


class TestMode(IntEnum):
    """Which side is being tested."""

    UNKNOWN = c.PACTWASM_TEST_MODE_UNKNOWN
    CONSUMER = c.PACTWASM_TEST_MODE_CONSUMER
    PROVIDER = c.PACTWASM_TEST_MODE_PROVIDER

    #: pytest would take it for a test.
    __test__ = False


class ContentFor(IntEnum):
    """What a body is generated for."""

    REQUEST = c.PACTWASM_CONTENT_FOR_REQUEST
    RESPONSE = c.PACTWASM_CONTENT_FOR_RESPONSE


class Source(IntEnum):
    """Where a single value comes from."""

    BODY = c.PACTWASM_SOURCE_BODY
    HEADER = c.PACTWASM_SOURCE_HEADER
    METADATA = c.PACTWASM_SOURCE_METADATA
    QUERY = c.PACTWASM_SOURCE_QUERY
    PATH = c.PACTWASM_SOURCE_PATH
    STATUS = c.PACTWASM_SOURCE_STATUS


class MarkupType(IntEnum):
    """The language of a rendering."""

    COMMON_MARK = c.PACTWASM_MARKUP_COMMON_MARK
    HTML = c.PACTWASM_MARKUP_HTML


class Verdict(IntEnum):
    """How a comparison ended."""

    #: Body or value match.
    MATCH = c.PACTWASM_VERDICT_MATCH
    #: They do not; there is at least one mismatch.
    MISMATCH = c.PACTWASM_VERDICT_MISMATCH
    #: The actual body is of another type, so it was not compared. The one mismatch has the types as expected and actual.
    CONTENT_TYPE = c.PACTWASM_VERDICT_CONTENT_TYPE


@dataclass(frozen=True, slots=True)
class Body:
    """A body.

    What comes from the library has bytes as its content. What goes there is not copied, unless it is a memoryview that is
    read-only or has gaps; a bytearray or a writable memoryview must not change while a call has it.
    """

    #: The bytes. None is a missing body, ``b""`` an empty one.
    content: Buffer | None = None
    #: MIME type, for instance ``"application/json;charset=UTF-8"``; None where it is not known.
    content_type: str | None = None
    #: Whether it is text or binary.
    hint: ContentTypeHint = ContentTypeHint.DEFAULT


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One mismatch."""

    #: What is wrong, for people.
    description: str
    #: Where it is: usually the same as ``expression``, or more precise. An empty path in the answer of a handler stands for
    #: that of the request, or for the whole body.
    path: str = ""
    #: Path expression under which the plugin lists it; empty in the answer of a handler for the same as the path.
    expression: str = ""
    #: Expected value, usually text; None where nothing was expected.
    expected: bytes | None = None
    #: Actual value, usually text; None where there was none.
    actual: bytes | None = None
    #: A rendered difference.
    diff: str | None = None
    #: ``"body"``, ``"header"``, ``"metadata"``, …
    mismatch_type: str | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The verdict on a body or a single value. It is true where they match, so it can be asserted itself."""

    verdict: Verdict
    mismatches: tuple[Mismatch, ...] = ()

    @property
    def matches(self) -> bool:
        """Whether body or value match."""
        return self.verdict is Verdict.MATCH

    def __bool__(self) -> bool:
        return self.matches


@dataclass(frozen=True, slots=True)
class PluginConfiguration:
    """What a plugin stored in the pact file when an interaction was configured."""

    #: For the interaction.
    interaction: JsonObject | None = None
    #: For the whole pact file.
    pact: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class InteractionPart:
    """One part of an interaction, for instance its request."""

    #: ``"request"``, ``"response"``, or empty where there is only one part.
    name: str
    #: The body.
    body: Body
    #: Matching rules for the body by path expression: ``{"$.a": [{"type": "regex", "values": {"regex": "\\\\d+"}}]}``.
    rules: JsonObject | None
    #: Generators for the body by path expression: ``{"$.id": {"type": "Uuid"}}``.
    generators: JsonObject | None
    #: Metadata for a message.
    message_metadata: JsonObject | None
    #: Matching rules for the metadata.
    metadata_rules: JsonObject | None
    #: Generators for the metadata.
    metadata_generators: JsonObject | None
    #: What to store in the pact file for this part.
    plugin_configuration: PluginConfiguration
    #: A rendering for people; may be empty.
    markup: str
    #: The language of the rendering.
    markup_type: MarkupType


@dataclass(frozen=True, slots=True)
class InstalledPlugin:
    """A plugin in the plugin directory."""

    #: Directory that holds the manifest.
    directory: str
    #: Name; None if the manifest cannot be used.
    name: str | None
    #: Version; None if the manifest cannot be used.
    version: str | None
    #: ``"wasm"`` for what this library runs, otherwise for instance ``"exec"``; None if the manifest cannot be used.
    executable_type: str | None
    #: Why the manifest cannot be used; None if it can.
    problem: str | None


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """Something that the host or a plugin can do."""

    #: ``"core/<entry type>/<key>"``, or ``"plugin/<plugin name>/<entry type>/<key>"``.
    key: str
    #: ``"content-matcher"``, ``"content-generator"``, ``"transport"``, ``"matcher"``, ``"interaction"`` or ``"generator"``.
    entry_type: str
    #: Texts, for instance ``{"content-types": "application/jwt"}``.
    values: Mapping[str, str]
    #: Name of the plugin; None for what the host does itself.
    plugin_name: str | None = None


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """What is known about a plugin."""

    #: Name, from its manifest.
    name: str
    #: Version, from its manifest.
    version: str
    #: Directory that holds its manifest.
    directory: str
    #: UUID of this loaded plugin; it marks its log records.
    instance_id: str
    #: Roles that its component fills, for instance ``("content-matcher", "content-generator")``.
    roles: tuple[str, ...]
    #: Capabilities that it declared at init; None before that.
    capabilities: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One log record of a plugin."""

    level: LogLevel
    #: Part of the plugin that speaks; ``"stdout"`` or ``"stderr"`` for a line that it printed.
    target: str
    message: str
    plugin_name: str
    #: UUID of the loaded plugin, as in :class:`PluginInfo`.
    plugin_instance_id: str
    #: Test run that the call belongs to; None where nobody named one.
    test_run_id: str | None
    #: Milliseconds since 1970-01-01 UTC.
    timestamp_ms: int
