"""Calls of the library, whose errors become exceptions."""

import ctypes
import threading
from collections.abc import Callable, Iterator
from typing import Any

from . import _declarations as c
from ._library import lib
from ._memory import new, optional_text, text
from ._pointer import ErrorPointer, Pointer
from ._running import run
from .errors import BY_CODE, PactWasmError

#: Where a handler was interrupted with Ctrl-C: the call that it answered raises it, in the main thread.
interrupts: list[KeyboardInterrupt] = []


def call(function: Callable[..., int], *arguments: Any) -> None:
    """Calls a function that may wait or call back. Its last argument, for the error, is left out; an error is raised."""
    error = ErrorPointer()
    run(function, *arguments, error)
    # Tracebacks keep variables, and these could be pointers.
    del arguments
    if interrupts and threading.current_thread() is threading.main_thread():
        raise interrupts.pop()
    if error:
        raise _exception(error)


def take_bytes(function: Callable[..., int], *arguments: Any) -> bytes:
    """The same for a function that gives bytes, in its last argument but one."""
    result = c.PactWasmBytes()
    try:
        call(function, *arguments, result)
        return ctypes.string_at(result.data, result.len)
    finally:
        del arguments
        lib.pactwasm_bytes_free(result)


def check(function: Callable[..., int], *arguments: Any) -> None:
    """The same for a short function, which only reads."""
    error = ErrorPointer()
    if function(*arguments, error):
        del arguments
        raise _exception(error)


def get_all(structure: type[Any], pointer: Pointer, count: Any, get: Any) -> Iterator[Any]:
    """The items of a list of the library's, all of them in the same struct: each has to be read before the next."""
    item = new(structure)
    for index in range(count(pointer)):
        check(get, pointer, index, item)
        yield item


def _exception(error: ErrorPointer) -> PactWasmError:
    info = new(c.PactWasmErrorInfo)
    lib.pactwasm_error_get(error, info, None)
    return BY_CODE.get(info.code, PactWasmError)(
        text(info.message),
        optional_text(info.plugin_name),
        optional_text(info.plugin_version),
        optional_text(info.operation),
        optional_text(info.backtrace),
    )
