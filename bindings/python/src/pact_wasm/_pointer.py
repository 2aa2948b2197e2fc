"""Handles of the library, and when they are freed.

Each handle is a :class:`Pointer`, which frees itself with the last reference to it. A running call holds one: closing an object
in the middle of another thread's call takes only the object's own reference away, so nothing is freed under a call's feet,
and no lock is needed. For this to be prompt, no variable may hold a pointer while an exception passes by, because tracebacks
keep variables.
"""

import ctypes
import threading
from types import TracebackType
from typing import Any, ClassVar, TypeVar

from ._library import lib
from ._running import over


class Pointer(ctypes.c_void_p):
    """The address of something that the library made, or NULL."""

    #: The function that frees it.
    free: ClassVar[Any]

    # Here because globals may be gone when the last pointers are.
    _over: ClassVar[threading.Event] = over

    def __del__(self) -> None:
        # At the end of the interpreter others might be left with the last share of what is freed, and then call it.
        if self and not self._over.is_set():
            type(self).free(self)


class CataloguePointer(Pointer):
    free = lib.pactwasm_catalogue_free


class ComparisonPointer(Pointer):
    free = lib.pactwasm_comparison_free


class ConfigPointer(Pointer):
    free = lib.pactwasm_config_free


class ContentPointer(Pointer):
    free = lib.pactwasm_content_free


class DataPointer(Pointer):
    free = lib.pactwasm_data_free


class ErrorPointer(Pointer):
    free = lib.pactwasm_error_free


class FieldPointer(Pointer):
    free = lib.pactwasm_field_free


class InstalledPointer(Pointer):
    free = lib.pactwasm_installed_free


class LogsPointer(Pointer):
    free = lib.pactwasm_logs_free


class OutcomePointer(Pointer):
    free = lib.pactwasm_outcome_free


Self = TypeVar("Self", bound="Closeable")


class Closeable:
    """What holds a handle until it is closed."""

    __slots__ = ("__weakref__", "_pointer")

    _pointer: Pointer | None

    def close(self) -> None:
        """Gives up what this object holds in the library, which is freed when the last call that is running with it has ended.

        Using the object afterwards is a :exc:`ValueError`; closing it again does nothing. From any thread.
        """
        self._pointer = None

    @property
    def closed(self) -> bool:
        """Whether :meth:`close` was called."""
        return self._pointer is None

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    def _use(self) -> Pointer:
        """The handle, to be passed on and not to be kept in a variable."""
        pointer = self._pointer
        if pointer is None:
            raise ValueError(f"this {type(self).__name__} is closed")
        return pointer
