"""Pact files."""

import os
from pathlib import Path

from ._calls import take_bytes
from ._library import lib
from ._memory import Borrowed, write_json
from ._requests import pack_pact_interaction
from .interaction import Interaction
from .plugin import Plugin
from .values import JsonObject


class PactFile:
    """A pact file, version 4 of the Pact specification, that grows by what plugins set up.

    Used by one thread at a time.
    """

    __slots__ = ("_json",)

    _json: bytes

    def __init__(self, consumer: str, provider: str) -> None:
        """An empty file for a consumer and a provider."""
        self._json = write_json({"consumer": {"name": consumer}, "provider": {"name": provider}})

    @classmethod
    def from_json(cls, text: str) -> "PactFile":
        """A file that exists already. Whether it is one is looked at when something is added."""
        self = cls.__new__(cls)
        self._json = text.encode()
        return self

    def add_interaction(
        self,
        template: JsonObject,
        *,
        request: Interaction | None = None,
        response: Interaction | None = None,
        message: Interaction | None = None,
    ) -> None:
        """Adds an interaction, with the plugins that it needs. One that is in the file already is replaced.

        :param template: what does not come from plugins, as in the file, with at least ``"description"`` and ``"type"``
            (``"Synchronous/HTTP"``, ``"Asynchronous/Messages"`` or ``"Synchronous/Messages"``).
        :param request: what a plugin set up for the request.
        :param response: what a plugin set up for the response; where it set up both at once, the same as ``request``.
        :param message: what a plugin set up for a message, instead of the other two.

        Raises :exc:`InvalidArgument`, :exc:`Unsupported` (the plugin does not take interactions of this type) and
        :exc:`InvalidResponse` (what it set up cannot be in a pact file).
        """
        borrowed = Borrowed()
        handles = [(given and borrowed.pointer(given._use())) or 0 for given in (request, response, message)]
        raw = pack_pact_interaction(*borrowed.json(template), *handles)
        try:
            self._json = take_bytes(lib.pactwasm_pact_add_interaction, self._json, len(self._json), raw)
        finally:
            borrowed.clear()

    def add_plugin(self, plugin: Plugin) -> None:
        """Adds a plugin to those that the file needs: whoever verifies it loads them.

        :meth:`add_interaction` does it for plugins that set up an interaction; this is for those whose rules, generators or
        transport the file uses otherwise.
        """
        self._json = take_bytes(lib.pactwasm_pact_add_plugin, plugin._use(), self._json, len(self._json))

    def to_json(self) -> str:
        """The file's text."""
        return self._json.decode()

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes the file, in place of an older one of that name. The directory has to be there."""
        Path(path).write_bytes(self._json)
