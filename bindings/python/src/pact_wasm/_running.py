"""Which calls are under way, so that none of them is when the interpreter ends.

A thread that comes back to an interpreter which is going away is ended on the spot. Where that happens in a callback, the frames of
the library lie below it, and the process dies of it. Daemon threads make that possible; so at exit their calls are cancelled,
and the interpreter waits until they are out of the library. Then they rest until the process is gone, as all daemon threads do.
"""

import atexit
import os
import threading
import weakref
from collections.abc import Callable
from threading import get_ident
from typing import Any

from ._library import lib

#: How long the end of the interpreter waits for calls, in seconds; a handler that never returns must not keep it for ever.
PATIENCE = 5.0

#: Threads with a call under way. Adding and discarding are atomic, and cheaper than a lock.
_threads: set[int] = set()
_call_ended = threading.Event()
_exiting = False
_rest = threading.Lock()

#: The handles of all switches that may stop a call.
switches: "weakref.WeakSet[Any]" = weakref.WeakSet()


def run(function: Callable[..., Any], *arguments: Any) -> None:
    """Calls a function of the library that may wait, call back, or free what others wait for."""
    this = get_ident()
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


def _end_thread() -> None:
    """Stops this thread for good, unless it is the one that runs the end of the interpreter."""
    if threading.current_thread() is not threading.main_thread():
        _threads.discard(get_ident())
        _call_ended.set()
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
    while _threads and _call_ended.wait(PATIENCE):
        _call_ended.clear()


if hasattr(os, "register_at_fork"):
    # The parent's threads, and so their calls, do not exist in the child.
    os.register_at_fork(after_in_child=_threads.clear)
