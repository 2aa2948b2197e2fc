"""Hosts: they find and load plugins."""

import logging
import operator
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from . import _declarations as c
from ._callbacks import set_handler, set_logger
from ._calls import call, get_all
from ._library import lib
from ._memory import optional_text, text
from ._pointer import CataloguePointer, Closeable, ConfigPointer, InstalledPointer, Pointer
from ._requests import read_catalogue
from ._running import run
from .cancel import milliseconds
from .handlers import Handler
from .logs import LOGGER
from .plugin import Plugin, PluginPointer
from .values import CatalogueEntry, Grant, InstalledPlugin, LogLevel, Permission


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits for each plugin of a host; None leaves the default."""

    #: Seconds for one call, waiting for a free instance included: 0.001 to 86400. Default 30.
    timeout: float | None = None
    #: Bytes of memory of one instance: 65536 to 4294967296. Default 268435456. Address space of this size is reserved.
    memory: int | None = None
    #: Bytes of stack for the plugin's code: 65536 to 67108864. Default 524288.
    stack: int | None = None
    #: Elements of one table: 1 to 16777216. Default 1048576.
    table_elements: int | None = None
    #: Bytes that a plugin may hand to the host in one call: 1024 to 4294967296. Default 134217728.
    host_call: int | None = None
    #: Bytes of log text in one call, 64 for each record included: 0 to 1073741824. Default 1048576.
    log: int | None = None
    #: Instances of one plugin, which is how many of its calls run in parallel: 1 to 1024. Default: the number of processors.
    instances: int | None = None
    #: How deep plugins may call each other: 1 to 64. Default 16.
    nesting: int | None = None


class _HostPointer(Pointer):
    """May call the destroy function of handlers."""

    @staticmethod
    def free(pointer: Pointer) -> None:
        run(lib.pactwasm_host_free, pointer)


class Host(Closeable):
    """Finds and loads plugins, and keeps their catalogue. Hosts know nothing of each other.

    Its methods may be called from many threads at once. Plugins that it loaded may be closed later than the host; mock servers
    end with it. ::

        with Host() as host, host.load("jwt") as jwt:
            ...
    """

    __slots__ = ()

    def __init__(
        self,
        *,
        plugin_directory: str | os.PathLike[str] | None = None,
        cache_directory: str | os.PathLike[str] | Literal[False] | None = None,
        implementation: tuple[str, str] | None = None,
        test_run_id: str | None = None,
        limits: Limits = Limits(),
        grants: Iterable[Grant] = (),
        signal_handlers: bool = False,
        log_level: LogLevel = LogLevel.INFO,
        logger: logging.Logger = LOGGER,
        handlers: Iterable[Handler[Any, Any]] = (),
    ) -> None:
        """Makes a host. Nothing is read from disk yet.

        :param plugin_directory: where plugins are installed; by default ``$PACT_PLUGIN_DIR``, or else ``~/.pact/plugins``.
        :param cache_directory: where compiled plugins are kept between processes; by default ``$XDG_CACHE_HOME/pact-wasm``, or
            else ``~/.cache/pact-wasm``. It is made with mode 0700; one that others can enter is not used. False keeps nothing.
        :param implementation: name and version of what loads the plugins, for instance ``("my-framework", "2.4.1")``; plugins
            are told.
        :param test_run_id: the test run that log records belong to, unless a call names one.
        :param limits: what plugins may use up.
        :param grants: what plugins may do outside of their sandbox, if their manifests ask for it.
        :param signal_handlers: how crashes of plugins are caught. False uses checks in the compiled code, and leaves all signals
            alone. True uses handlers for SIGSEGV, SIGILL and SIGFPE, which makes some plugins faster; they are for the whole
            process, and do not get on with :func:`faulthandler.enable` where that is called after the first host was made.
        :param log_level: the lowest level of log records that are kept and delivered.
        :param logger: where log records go: to its child with the plugin's name. Their fields ``plugin_name``,
            ``plugin_instance_id``, ``target``, ``test_run_id`` and ``timestamp_ms`` are attributes of the records there.
            Exceptions of handlers go to the logger itself.
        :param handlers: functions that plugins can call.

        Raises :exc:`InvalidArgument` for limits out of range and the like.
        """
        config = ConfigPointer()
        call(lib.pactwasm_config_new, config)
        if plugin_directory is not None:
            _set_text(lib.pactwasm_config_set_plugin_directory, config, os.fspath(plugin_directory))
        if cache_directory is not None:
            _set_text(lib.pactwasm_config_set_cache_directory, config, os.fspath(cache_directory or ""))
        if implementation is not None:
            _set_text(lib.pactwasm_config_set_implementation, config, *implementation)
        if test_run_id is not None:
            _set_text(lib.pactwasm_config_set_test_run_id, config, test_run_id)
        for limit, value in _limits(limits).items():
            if value is not None:
                call(lib.pactwasm_config_set_limit, config, limit, _unsigned(value))
        for grant in grants:
            _set_grant(config, grant)
        call(lib.pactwasm_config_set_signal_handlers, config, bool(signal_handlers))
        call(lib.pactwasm_config_set_log_level, config, LogLevel(log_level))
        set_logger(config, logger)
        for handler in handlers:
            set_handler(config, handler, logger)
        pointer = _HostPointer()
        call(lib.pactwasm_host_new, config, pointer)
        self._pointer = pointer

    def discover(self) -> list[InstalledPlugin]:
        """Reads what is installed in the plugin directory: usable plugins first, by name and rising version.

        A manifest that cannot be used is an item of its own, with the problem. Raises :exc:`NotFound` (the directory),
        :exc:`FileError`.
        """
        installed = InstalledPointer()
        call(lib.pactwasm_host_discover, self._use(), installed)
        return [
            InstalledPlugin(
                directory=text(raw.directory),
                name=optional_text(raw.name),
                version=optional_text(raw.version),
                executable_type=optional_text(raw.executable_type),
                problem=optional_text(raw.problem),
            )
            for raw in get_all(c.PactWasmInstalledPlugin, installed, lib.pactwasm_installed_count, lib.pactwasm_installed_get)
        ]

    def load(self, name: str, version: str | None = None, *, init: bool = True) -> Plugin:
        """Finds a plugin by name in the plugin directory, loads and initialises it.

        Its component is compiled, or taken from the cache in its compiled form. A plugin that this host has loaded already is
        not loaded again: the new object is for the same plugin.

        :param name: as in its pact-plugin.json.
        :param version: the least version within semantic-version compatibility; by default the highest that is installed.
        :param init: whether to call :meth:`Plugin.init`; without it, call it yourself before any other operation.

        Raises :exc:`NotFound`, :exc:`ManifestInvalid`, :exc:`ComponentInvalid`, :exc:`CompileFailed`, :exc:`Incompatible`,
        :exc:`FileError`, and what :meth:`Plugin.init` raises.
        """
        return self._load(init, lib.pactwasm_host_load, name, version or "")

    def load_directory(self, path: str | os.PathLike[str], *, init: bool = True) -> Plugin:
        """Loads the plugin whose pact-plugin.json lies in a directory, wherever that is. Otherwise as :meth:`load`."""
        return self._load(init, lib.pactwasm_host_load_directory, os.fspath(path))

    def catalogue(self) -> list[CatalogueEntry]:
        """What the host itself can do, then the entries of all plugins that are loaded and initialised, in that order."""
        catalogue = CataloguePointer()
        call(lib.pactwasm_host_catalogue, self._use(), catalogue)
        return read_catalogue(catalogue)

    def _load(self, init: bool, function: Any, *texts: str) -> Plugin:
        plugin = Plugin(PluginPointer())
        call(function, self._use(), *_with_lengths(texts), plugin._use())
        if init:
            try:
                plugin.init()
            except BaseException:
                plugin.close()
                raise
        return plugin


def _limits(limits: Limits) -> dict[int, int | None]:
    return {
        c.PACTWASM_LIMIT_TIMEOUT_MS: None if limits.timeout is None else milliseconds(limits.timeout),
        c.PACTWASM_LIMIT_MEMORY: limits.memory,
        c.PACTWASM_LIMIT_STACK: limits.stack,
        c.PACTWASM_LIMIT_TABLE_ELEMENTS: limits.table_elements,
        c.PACTWASM_LIMIT_HOST_CALL: limits.host_call,
        c.PACTWASM_LIMIT_LOG: limits.log,
        c.PACTWASM_LIMIT_INSTANCES: limits.instances,
        c.PACTWASM_LIMIT_NESTING: limits.nesting,
    }


def _set_grant(config: Pointer, grant: Grant) -> None:
    plugin, value = (grant.plugin or "").encode(), os.fspath(grant.value).encode()
    call(lib.pactwasm_config_grant, config, plugin, len(plugin), Permission(grant.permission), value, len(value))


def _unsigned(value: int) -> int:
    """The library judges what a limit may be; ctypes would cut off what has more than 64 bits."""
    if not 0 <= operator.index(value) < 1 << 64:
        raise OverflowError(f"the limit {value} does not fit into 64 bits without a sign")
    return value


def _set_text(function: Any, config: Pointer, *texts: str) -> None:
    call(function, config, *_with_lengths(texts))


def _with_lengths(texts: Iterable[str]) -> list[bytes | int]:
    """Texts as the library takes them one by one: bytes and their number."""
    given: list[bytes | int] = []
    for one in texts:
        data = one.encode()
        given += (data, len(data))
    return given
