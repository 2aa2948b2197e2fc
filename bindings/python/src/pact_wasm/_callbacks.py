"""The functions that the library calls back.

There are three of them, for all hosts, and they are never freed: the library may call them as long as the process lives. What
they are to work on stands in a table, whose keys are the library's user data; the library says when it needs an entry no more.
"""

import ctypes
import itertools
import logging
from typing import Any

from . import _declarations as c
from ._calls import call, interrupts
from ._library import lib
from ._memory import write_json
from ._pointer import Pointer
from ._running import is_exiting, run_callback
from .errors import Cancelled
from .handlers import Handler, answer_call, answer_error
from .logs import forward

_registered: dict[int, Any] = {}
_keys = itertools.count(1)


def _register(what: Any) -> int:
    key = next(_keys)
    _registered[key] = what
    return key


def _log(record: Any, key: int) -> None:
    run_callback(_forward, record, key)


def _forward(record: Any, key: int) -> None:
    # What a log handler raises goes to sys.unraisablehook, as ctypes has it.
    try:
        forward(_registered[key], record.contents)
    except KeyboardInterrupt as interrupt:
        interrupts.append(interrupt)


def _handle(raw: Any, answer: int, key: int) -> None:
    run_callback(_answer, raw, answer, key)


def _answer(raw: Any, answer: int, key: int) -> None:
    handler, logger = _registered[key]
    try:
        answer_call(handler, raw.contents, answer)
    except BaseException as error:
        answer_error(answer, error)
        if isinstance(error, KeyboardInterrupt):
            interrupts.append(error)
        elif not (is_exiting() and isinstance(error, Cancelled)):
            # At exit all calls are cancelled, those of handlers as well.
            logger.warning("handler core/%s/%s failed", handler.entry_type, handler.key, exc_info=error)


_log_callback = c.PactWasmLogCallback(_log)
_handler_callback = c.PactWasmHandler(_handle)
# A method of dict does its work also when this module is gone, at the end of the interpreter.
_destroy = c.PactWasmDestroy(_registered.__delitem__)

for _callback in (_log_callback, _handler_callback, _destroy):
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(_callback))


def set_logger(config: Pointer, logger: logging.Logger) -> None:
    """Has log records go to this logger's children."""
    call(lib.pactwasm_config_set_log_callback, config, _log_callback, _register(logger), _destroy)


def set_handler(config: Pointer, handler: Handler[Any, Any], logger: logging.Logger) -> None:
    """Has a handler serve its entry; its exceptions go to the logger."""
    entry_type, key = handler.entry_type.encode(), handler.key.encode()
    values = None if handler.values is None else write_json(dict(handler.values))
    call(
        lib.pactwasm_config_set_handler,
        config,
        entry_type,
        len(entry_type),
        key,
        len(key),
        values,
        len(values or b""),
        _handler_callback,
        _register((handler, logger)),
        _destroy,
    )
