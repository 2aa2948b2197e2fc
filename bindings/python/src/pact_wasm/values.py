"""What goes into plugins and comes out of them: plain values, which hold nothing of the library."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
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


class Permission(IntEnum):
    """What a plugin may do outside of its sandbox."""

    #: Listen for TCP connections. The value is an address rule, see :class:`Grant`.
    LISTEN = c.PACTWASM_PERMISSION_LISTEN
    #: Make TCP connections, to other machines or to this one. The value is an address rule, see :class:`Grant`.
    CONNECT = c.PACTWASM_PERMISSION_CONNECT
    #: Read the files of a directory and of what is below it. The value is an absolute path.
    READ = c.PACTWASM_PERMISSION_READ
    #: Read and write the files of a directory and of what is below it. The value is an absolute path.
    READ_WRITE = c.PACTWASM_PERMISSION_READ_WRITE
    #: Read an environment variable of this process. The value is its name.
    ENVIRONMENT = c.PACTWASM_PERMISSION_ENVIRONMENT


class InteractionType(str, Enum):
    """Types of interactions, as pact files call them."""

    SYNCHRONOUS_HTTP = "Synchronous/HTTP"
    ASYNCHRONOUS_MESSAGES = "Asynchronous/Messages"
    SYNCHRONOUS_MESSAGES = "Synchronous/Messages"


@dataclass(frozen=True, slots=True)
class Grant:
    """Something outside of the sandbox that a host lets plugins have.

    A plugin gets it if its manifest asks for it: what both say counts. Nothing is granted by default, except that a plugin
    that is a transport may listen on loopback without asking. A plugin that asks for what is not granted, and does not call it
    optional, does not load (:exc:`PermissionDenied`).

    An address rule is a host and ports, with a colon between. The host is an address (``192.0.2.1``, ``[2001:db8::1]``), a
    network (``192.0.2.0/24``, ``[2001:db8::/32]``), a name, ``localhost`` for all loopback addresses, or ``*`` for any. The
    ports are one (``443``), a range (``8000-8999``), or ``*`` for any, which is also what nothing means. A name stands for the
    addresses that it leads to, but never for loopback and link-local ones.
    """

    permission: Permission
    #: What it is for: an address rule, a directory, or the name of a variable.
    value: str | os.PathLike[str]
    #: Name of the plugin that gets it; None for all plugins.
    plugin: str | None = None


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
class InteractionContents:
    """An interaction as a transport sees it; :meth:`pact_wasm.Interaction.for_transport` makes one."""

    #: Its type.
    interaction_type: InteractionType
    #: From the pact file, or from what a plugin set up.
    plugin_configuration: PluginConfiguration | None = None
    #: Name of the consumer.
    consumer: str = ""
    #: Name of the provider.
    provider: str = ""


@dataclass(slots=True)
class InteractionData:
    """What is sent to a provider, or came from it. It may be changed before :meth:`pact_wasm.Plugin.verify_interaction` sends it.

    Values of the metadata are bytes, or else anything that JSON has.
    """

    #: The body; one without content and type where there is none.
    body: Body = Body()
    #: Values by name.
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MockServerResult:
    """What one request to a mock server amounted to."""

    #: What the request was for, as the plugin names it; may be empty.
    path: str
    #: An error that kept it from being compared; empty where there was none. A mock server that crashed, or was stopped for
    #: going over a limit, says so here.
    error: str
    #: What did not match.
    mismatches: tuple[Mismatch, ...] = ()


@dataclass(frozen=True, slots=True)
class MockServerResults:
    """What a mock server has seen. It is true where that is as expected, so it can be asserted itself."""

    #: Whether everything that was expected came, and nothing else.
    ok: bool
    #: What went wrong; plugins may list what went well too.
    results: tuple[MockServerResult, ...] = ()

    def __bool__(self) -> bool:
        return self.ok


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """How a verification ended. It is true where the provider's answer is as the interaction says."""

    #: Whether the provider's answer is as the interaction says.
    success: bool
    #: What is wrong with the answer: mismatches, or texts where it could not be compared.
    failures: tuple[Mismatch | str, ...]
    #: Lines to show to the user.
    output: tuple[str, ...]
    #: What the provider answered; None where the plugin does not tell.
    response: InteractionData | None

    def __bool__(self) -> bool:
        return self.success


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
