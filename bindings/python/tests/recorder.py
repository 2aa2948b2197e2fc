"""A pytest plugin that writes down which functions of the library the package calls: PACT_WASM_TEST_RECORD names the file.

It puts itself between ctypes and the package, before that is imported.
"""

import ctypes
import os
from pathlib import Path
from typing import Any

called: set[str] = set()


class Recorded:
    """A function of the library that notes that it was called."""

    def __init__(self, name: str, function: Any) -> None:
        self.__dict__.update(_name=name, _function=function)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._function, name, value)

    def __call__(self, *arguments: Any) -> Any:
        called.add(self._name)
        return self._function(*arguments)


def recording(kind: type[Any]) -> type[Any]:
    class Recording(kind):  # type: ignore[misc]
        def __getattr__(self, name: str) -> Any:
            function = super().__getattr__(name)
            if not name.startswith("pactwasm_"):
                return function
            recorded = Recorded(name, function)
            setattr(self, name, recorded)
            return recorded

    return Recording


ctypes.CDLL = recording(ctypes.CDLL)  # type: ignore[misc]
ctypes.PyDLL = recording(ctypes.PyDLL)  # type: ignore[misc]


def pytest_sessionfinish() -> None:
    Path(os.environ["PACT_WASM_TEST_RECORD"]).write_text("\n".join(sorted(called)))
