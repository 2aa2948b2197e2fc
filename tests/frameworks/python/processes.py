"""Finding the processes that a test has started."""

import os
import select
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

BRIDGE = "pact-wasm-bridge"
#: The environment variable by which a process is known to belong to a test; children inherit it.
MARK = "PACT_WASM_TEST_MARK"


def bridges(mark: str) -> set[int]:
    """The bridges that run below a program with this mark."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        # It may end meanwhile, and one that has ended is as good as gone.
        with suppress(OSError):
            environment = (process / "environ").read_bytes()
            if f"{MARK}={mark}".encode() in environment.split(b"\0") and (process / "exe").readlink().name == BRIDGE:
                found.add(int(process.name))
    return found


@dataclass(frozen=True)
class Program:
    process: subprocess.Popen[str]
    mark: str

    def bridges(self) -> set[int]:
        return bridges(self.mark)

    def line(self) -> str:
        """The next line that it prints."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()


@contextmanager
def program(source: str, **environment: str) -> Iterator[Program]:
    """Runs a Python program, and kills it at the end."""
    mark = str(uuid.uuid4())
    with subprocess.Popen(
        [sys.executable, "-c", source],
        # The programs import this module.
        cwd=Path(__file__).parent,
        env={**os.environ, **environment, MARK: mark},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Program(process, mark)
        finally:
            process.kill()


def wait_for_end(process_ids: set[int], seconds: float) -> set[int]:
    """Waits until these processes have ended, but no longer than that; gives those that have not."""
    poll = select.poll()
    running = {}
    for process_id in process_ids:
        with suppress(ProcessLookupError):
            running[os.pidfd_open(process_id)] = process_id
    try:
        for descriptor in running:
            poll.register(descriptor, select.POLLIN)
        left, end = dict(running), time.monotonic() + seconds
        while left and (events := poll.poll(1000 * max(0, end - time.monotonic()))):
            for descriptor, _ in events:
                poll.unregister(descriptor)
                del left[descriptor]
        return set(left.values())
    finally:
        for descriptor in running:
            os.close(descriptor)
