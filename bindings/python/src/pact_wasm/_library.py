"""Finds the library, loads it and declares its functions.

Looked at are, in this order: the file that the environment variable PACT_WASM_LIBRARY names, the copy inside this package, and
what the system's loader finds. The first one that is there counts; if it cannot be used, that is an error.
"""

import ctypes
import os
import sys
from pathlib import Path
from typing import Any

from . import _declarations as c

VARIABLE = "PACT_WASM_LIBRARY"

NAME = {"darwin": "libpact_wasm.1.dylib", "win32": "pact_wasm.dll"}.get(sys.platform, "libpact_wasm.so.1")

#: Functions that only look at what a handle holds. They are over before another thread could make use of the interpreter lock,
#: so they keep it; everything else may wait or call back, and releases it.
SHORT = (
    "pactwasm_bytes_free",
    "pactwasm_catalogue_count",
    "pactwasm_catalogue_free",
    "pactwasm_catalogue_get",
    "pactwasm_comparison_count",
    "pactwasm_comparison_free",
    "pactwasm_comparison_get",
    "pactwasm_comparison_verdict",
    "pactwasm_content_free",
    "pactwasm_content_get",
    "pactwasm_data_free",
    "pactwasm_data_get",
    "pactwasm_error_free",
    "pactwasm_error_get",
    "pactwasm_field_free",
    "pactwasm_field_get",
    "pactwasm_installed_count",
    "pactwasm_installed_free",
    "pactwasm_installed_get",
    "pactwasm_interaction_configuration",
    "pactwasm_interaction_count",
    "pactwasm_interaction_get",
    "pactwasm_logs_count",
    "pactwasm_logs_free",
    "pactwasm_logs_get",
    "pactwasm_mock_server_info",
    "pactwasm_outcome_free",
    "pactwasm_outcome_get",
    "pactwasm_outcome_info",
    "pactwasm_outcome_mismatch",
)


def _find() -> tuple[str, str]:
    """The path or name to load the library by, and what is to be said about it where it cannot be used."""
    packaged = Path(__file__).with_name(NAME)
    if named := os.environ.get(VARIABLE):
        return named, f"The environment variable {VARIABLE} names it; correct or unset that."
    if packaged.exists():
        return str(packaged), "It came with this package; install a wheel that was built for this system."
    try:
        ctypes.CDLL(NAME)
    except OSError as error:
        raise ImportError(
            "libpact_wasm was not found. Tried were:\n"
            f"  - the environment variable {VARIABLE}, which is not set\n"
            f"  - {packaged}, which does not exist\n"
            f"  - {NAME} where the system looks for libraries: {error}\n"
            f"Install a wheel of pact-wasm that contains the library, or set {VARIABLE} to its path."
        ) from None
    return NAME, "It is where the system looks for libraries."


def _declare(library: ctypes.CDLL, name: str) -> None:
    function = getattr(library, name)
    function.restype, function.argtypes = c.FUNCTIONS[name]


def _load() -> Any:
    path, origin = _find()
    try:
        library = ctypes.CDLL(path)
        _declare(library, "pactwasm_abi_version")
    except OSError as error:
        raise ImportError(f"libpact_wasm cannot be loaded from {path!r}: {error}. {origin}", path=path) from None
    except AttributeError:
        raise ImportError(f"{path!r} is a library, but not libpact_wasm. {origin}", path=path) from None
    found = library.pactwasm_abi_version()
    if found != c.PACTWASM_ABI_VERSION:
        raise ImportError(
            f"libpact_wasm at {path!r} has the ABI version {found}, but this version of the Python package pact-wasm needs "
            f"{c.PACTWASM_ABI_VERSION}. Install versions of both that belong together; wheels of pact-wasm contain a fitting "
            f"library. {origin}",
            path=path,
        )
    short = ctypes.PyDLL(path)
    for name in c.FUNCTIONS:
        _declare(library, name)
    for name in SHORT:
        _declare(short, name)
        setattr(library, name, getattr(short, name))
    return library


#: The library; its functions have the names of the header.
lib = _load()


def library_version() -> str:
    """The version of libpact_wasm that is loaded, for instance ``"0.1.0"``."""
    version: bytes = lib.pactwasm_version()
    return version.decode()


def has_feature(feature: str) -> bool:
    """Whether libpact_wasm was built with a feature.

    :param feature: ``"crypto"`` (sign, verify and digest for plugins), ``"cache"`` (compiled plugins are kept) or
        ``"core-rules"`` (Pact's own matching rules, generators and content types for plugins). Nothing else is a feature.
    """
    name = feature.encode()
    return bool(lib.pactwasm_has_feature(name, len(name)))
