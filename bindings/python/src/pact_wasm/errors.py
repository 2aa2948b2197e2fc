"""What calls of the library raise: one class for each code, all of them derived from :exc:`PactWasmError`.

Mistakes that Python can see for itself are its usual errors: :exc:`TypeError` for a value of another type, :exc:`ValueError` for a
negative timeout, for NaN where JSON is due, and for the use of an object that is closed.
"""

from enum import IntEnum

from . import _declarations as c


class ErrorCode(IntEnum):
    """The numbers of the C API, which never change."""

    INVALID_ARGUMENT = c.PACTWASM_ERROR_INVALID_ARGUMENT
    NOT_FOUND = c.PACTWASM_ERROR_NOT_FOUND
    AMBIGUOUS = c.PACTWASM_ERROR_AMBIGUOUS
    BUSY = c.PACTWASM_ERROR_BUSY
    FORKED = c.PACTWASM_ERROR_FORKED
    UNSUPPORTED = c.PACTWASM_ERROR_UNSUPPORTED
    WRONG_STATE = c.PACTWASM_ERROR_WRONG_STATE
    INCOMPATIBLE = c.PACTWASM_ERROR_INCOMPATIBLE
    MANIFEST_INVALID = c.PACTWASM_ERROR_MANIFEST_INVALID
    COMPONENT_INVALID = c.PACTWASM_ERROR_COMPONENT_INVALID
    COMPILE_FAILED = c.PACTWASM_ERROR_COMPILE_FAILED
    PERMISSION = c.PACTWASM_ERROR_PERMISSION
    IO = c.PACTWASM_ERROR_IO
    PLUGIN = c.PACTWASM_ERROR_PLUGIN
    TRAP = c.PACTWASM_ERROR_TRAP
    DEADLINE = c.PACTWASM_ERROR_DEADLINE
    CANCELLED = c.PACTWASM_ERROR_CANCELLED
    MEMORY_LIMIT = c.PACTWASM_ERROR_MEMORY_LIMIT
    HOST_CALL_LIMIT = c.PACTWASM_ERROR_HOST_CALL_LIMIT
    STACK_LIMIT = c.PACTWASM_ERROR_STACK_LIMIT
    RESOURCE_LIMIT = c.PACTWASM_ERROR_RESOURCE_LIMIT
    CYCLE = c.PACTWASM_ERROR_CYCLE
    INVALID_RESPONSE = c.PACTWASM_ERROR_INVALID_RESPONSE
    INTERNAL = c.PACTWASM_ERROR_INTERNAL


class PactWasmError(Exception):
    """A call failed. The text says what was attempted, on which plugin, why it failed and what to do."""

    #: Which error it is: an :class:`ErrorCode`, or 0 where the library is newer than this package and has one more.
    code: int = 0

    def __init__(
        self,
        message: str,
        plugin_name: str | None = None,
        plugin_version: str | None = None,
        operation: str | None = None,
        backtrace: str | None = None,
    ) -> None:
        super().__init__(message)
        #: The text.
        self.message = message
        #: Name of the plugin; None where none was involved.
        self.plugin_name = plugin_name
        #: Version of the plugin; None where none was involved.
        self.plugin_version = plugin_version
        #: Operation of the plugin interface, for instance ``"compare-contents"``; None where it was none.
        self.operation = operation
        #: WebAssembly functions that were active, innermost first, one a line; None unless the plugin crashed or was stopped.
        self.backtrace = backtrace


class InvalidArgument(PactWasmError, ValueError):
    """An argument is out of range, or JSON of another shape; the text names it."""

    code = ErrorCode.INVALID_ARGUMENT


class NotFound(PactWasmError, LookupError):
    """A plugin or a directory does not exist."""

    code = ErrorCode.NOT_FOUND


class Ambiguous(PactWasmError, LookupError):
    """A name fits more than one thing; the text lists them."""

    code = ErrorCode.AMBIGUOUS


class Busy(PactWasmError):
    """A handler called the plugin that is calling it, and there is no other instance."""

    code = ErrorCode.BUSY


class Forked(PactWasmError):
    """The object was made before the process forked; make it anew in the child."""

    code = ErrorCode.FORKED


class Unsupported(PactWasmError):
    """The plugin does not fill the role, or this build of the library lacks the feature."""

    code = ErrorCode.UNSUPPORTED


class WrongState(PactWasmError):
    """Another call has to come first, such as :meth:`pact_wasm.Plugin.init`."""

    code = ErrorCode.WRONG_STATE


class Incompatible(PactWasmError):
    """Plugin and library do not fit together: interface version, roles, imports or capabilities."""

    code = ErrorCode.INCOMPATIBLE


class ManifestInvalid(PactWasmError):
    """A pact-plugin.json cannot be used; the text names file and field."""

    code = ErrorCode.MANIFEST_INVALID


class ComponentInvalid(PactWasmError):
    """The file is not a WebAssembly component."""

    code = ErrorCode.COMPONENT_INVALID


class CompileFailed(PactWasmError):
    """The component cannot be compiled."""

    code = ErrorCode.COMPILE_FAILED


class PermissionDenied(PactWasmError):
    """The sandbox does not allow it."""

    code = ErrorCode.PERMISSION


class FileError(PactWasmError, OSError):
    """The operating system refused a file operation."""

    code = ErrorCode.IO


class PluginError(PactWasmError):
    """The plugin answered with an error; the text is the plugin's."""

    code = ErrorCode.PLUGIN


class PluginCrashed(PactWasmError):
    """The plugin crashed. It gets a fresh instance and stays usable, as after everything that stops a call."""

    code = ErrorCode.TRAP


class DeadlineExceeded(PactWasmError, TimeoutError):
    """The call took longer than its timeout."""

    code = ErrorCode.DEADLINE


class Cancelled(PactWasmError):
    """The call was cancelled."""

    code = ErrorCode.CANCELLED


class MemoryLimitExceeded(PactWasmError):
    """The plugin wanted more memory than its limit."""

    code = ErrorCode.MEMORY_LIMIT


class HostCallLimitExceeded(PactWasmError):
    """The plugin handed over more data than its limit."""

    code = ErrorCode.HOST_CALL_LIMIT


class StackLimitExceeded(PactWasmError):
    """The plugin used up its stack."""

    code = ErrorCode.STACK_LIMIT


class ResourceLimitExceeded(PactWasmError):
    """The plugin wanted more tables or instances than its limit."""

    code = ErrorCode.RESOURCE_LIMIT


class Cycle(PactWasmError):
    """Plugins call each other in a circle, or too deep; the text shows the chain."""

    code = ErrorCode.CYCLE


class InvalidResponse(PactWasmError):
    """The plugin's answer breaks the interface, for instance with text that should be JSON."""

    code = ErrorCode.INVALID_RESPONSE


class InternalError(PactWasmError):
    """A fault of libpact_wasm. Please report it."""

    code = ErrorCode.INTERNAL


#: The class of each code.
BY_CODE: dict[int, type[PactWasmError]] = {kind.code: kind for kind in PactWasmError.__subclasses__()}
