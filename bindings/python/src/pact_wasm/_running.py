"""Which calls are under way, so that none of them is when the interpreter ends.

A thread that comes back to an interpreter which is going away is ended on the spot. Where that happens in a callback, the frames of
the library lie below it, and the process dies of it. Daemon threads make that possible, and so do the library's own threads, which
serve mock servers. So at exit the calls are cancelled and the servers ended, and the interpreter waits until it is called by
nobody any more. Then daemon threads rest until the process is gone, as they all do.
"""

import atexit
import os
import threading
import weakref
from collections.abc import Callable
from threading import get_ident
from time import monotonic
from typing import Any

from ._library import lib

#: How long the end of the interpreter waits for calls, in seconds; a handler that never returns must not keep it for ever.
PATIENCE = 5.0

#: Threads with a call under way. Adding and discarding are atomic, and cheaper than a lock.
_threads: set[int] = set()
#: Threads of the library's that are in a callback.
_called_back: set[int] = set()
_ended = threading.Event()
_exiting = False
_rest = threading.Lock()

#: Nobody is waited for any more, and nothing is freed: the process is about to end.
over = threading.Event()

#: The handles of all switches that may stop a call.
switches: "weakref.WeakSet[Any]" = weakref.WeakSet()

#: The handles of what keeps mock servers running, each with a method ``end``.
serving: "weakref.WeakSet[Any]" = weakref.WeakSet()


def run(function: Callable[..., Any], *arguments: Any) -> None:
    """Calls a function of the library that may wait, call back, or free what others wait for."""
    this = get_ident()
    if this in _called_back:
        # The callback is what counts. At exit all switches are on, so this does not take long.
        function(*arguments)
        return
    # Where a handler calls the library, the call that it answers is the one that counts.
    outermost = this not in _threads
    if _exiting:
        _end_thread()
    if outermost:
        _threads.add(this)
    try:
        function(*arguments)
    finally:
        if outermost:
            _threads.discard(this)
        if _exiting:
            _end_thread()


def run_callback(function: Callable[..., None], *arguments: Any) -> None:
    """Does the work of a callback, which may be on a thread that Python did not make."""
    this = get_ident()
    if this in _threads or this in _called_back:
        function(*arguments)
        return
    if over.is_set():
        _rest.acquire()
    _called_back.add(this)
    try:
        function(*arguments)
    finally:
        _called_back.discard(this)
        if _exiting:
            _ended.set()
        if over.is_set():
            _rest.acquire()


def is_exiting() -> bool:
    """Whether the end of the interpreter has begun."""
    return _exiting


def _end_thread() -> None:
    """Stops this thread for good, unless it is the one that runs the end of the interpreter."""
    if threading.current_thread() is not threading.main_thread():
        _threads.discard(get_ident())
        _ended.set()
        _rest.acquire()


@atexit.register
def _exit() -> None:
    global _exiting
    _rest.acquire()
    _exiting = True
    # Ctrl-C may have left it there.
    _threads.discard(get_ident())
    for switch in list(switches):
        lib.pactwasm_cancel_trigger(switch, None)
    _wait(_threads)
    for one in list(serving):
        one.end()
    _wait(_called_back)
    over.set()


def _wait(threads: set[int]) -> None:
    """Waits until there are none."""
    end = monotonic() + PATIENCE
    while threads and (left := end - monotonic()) > 0:
        _ended.wait(left)
        _ended.clear()


def _forget() -> None:
    """The parent's threads, and so their calls, do not exist in the child."""
    _threads.clear()
    _called_back.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
