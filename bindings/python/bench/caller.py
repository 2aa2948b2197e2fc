"""Measures this package: python caller.py serve PLUGIN_DIRECTORY CACHE_DIRECTORY WORK_DIRECTORY

What there is to measure: compare_64b and compare_1mb, two equal bodies compared by the plugin "echo".
"""

import sys
from collections.abc import Callable

from protocol import serve

from pact_wasm import Body, Host, Plugin


def compare(plugin: Plugin, size: int) -> Callable[[], None]:
    # Each in memory of its own.
    expected, actual = (Body(bytes(bytearray(b"x" * size)), "text/plain") for _ in range(2))

    def call() -> None:
        if not plugin.compare_contents(expected, actual):
            raise SystemExit("bodies that are equal do not match")

    return call


def main() -> None:
    if len(sys.argv) != 5 or sys.argv[1] != "serve":
        raise SystemExit(__doc__)
    with Host(plugin_directory=sys.argv[2], cache_directory=sys.argv[3]) as host, host.load("echo") as echo:
        serve({"compare_64b": compare(echo, 64), "compare_1mb": compare(echo, 1 << 20)})


if __name__ == "__main__":
    main()
