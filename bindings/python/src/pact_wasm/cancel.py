"""Stopping calls: by hand, by time, and when the interpreter ends."""

import ctypes
import os

from . import _declarations as c
from ._calls import call
from ._library import lib
from ._memory import ABSENT, Borrowed, Packer
from ._pointer import Closeable, Pointer
from ._running import switches


class _CancelPointer(Pointer):
    free = lib.pactwasm_cancel_free
    # For the set of all switches; values of ctypes cannot be hashed otherwise.
    __hash__ = object.__hash__


class Cancel(Closeable):
    """A switch that stops the calls that it is given to. It stays on once it is on.

    It may be closed while calls have it, and used from any thread.
    """

    __slots__ = ()

    def __init__(self) -> None:
        pointer = _CancelPointer()
        call(lib.pactwasm_cancel_new, pointer)
        switches.add(pointer)
        self._pointer = pointer

    def trigger(self) -> None:
        """Stops the calls that have this switch, running and future ones: they raise :exc:`pact_wasm.Cancelled`.

        Returns at once; running calls usually end within 20 ms.
        """
        call(lib.pactwasm_cancel_trigger, self._use())


_pack = Packer(c.PactWasmCallOptions)


class _Default:
    """The options of calls for which nothing is asked: only that they stop when the interpreter ends."""

    def __init__(self) -> None:
        self.switch = Cancel()
        self.borrowed = Borrowed()
        self.options = _pack(0, self.borrowed.pointer(self.switch._use()), *ABSENT)


def call_options(borrowed: Borrowed, timeout: float | None, cancel: Cancel | None, test_run_id: str | None) -> ctypes.Structure:
    """The options of one call."""
    global _default
    if _default is None:
        _default = _Default()
    if timeout is None and cancel is None and test_run_id is None:
        return _default.options
    switch = _default.switch if cancel is None else cancel
    limit = 0 if timeout is None else milliseconds(timeout)
    return _pack(limit, borrowed.pointer(switch._use()), *borrowed.text(test_run_id))


def milliseconds(seconds: float) -> int:
    """A timeout as the library takes it, which judges what is too long."""
    if not 0 < seconds < float("inf"):
        raise ValueError(f"a timeout has to be a positive number of seconds, not {seconds!r}")
    return max(1, round(seconds * 1000))


def _forget() -> None:
    """The parent's switch is of no use in a forked child."""
    global _default
    _default = None


#: Made when it is needed first.
_default: _Default | None = None
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
