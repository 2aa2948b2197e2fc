"""The protocol of benches/caller.c: lines "<what> <count>" come in, nanoseconds per call go out."""

import sys
import time
from collections.abc import Callable


def serve(commands: dict[str, Callable[[], object]]) -> None:
    """Does what each line of the standard input says, as often as it says."""
    for line in sys.stdin:
        what, count = line.split()
        command, calls = commands[what], range(int(count))
        start = time.perf_counter_ns()
        for _ in calls:
            command()
        print(f"{(time.perf_counter_ns() - start) / len(calls):.1f}", flush=True)
