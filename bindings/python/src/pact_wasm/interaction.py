"""Interactions that plugins set up."""

from . import _declarations as c
from ._calls import check, get_all
from ._library import lib
from ._pointer import Closeable, Pointer
from ._requests import read_configuration, read_part
from .values import InteractionPart, PluginConfiguration


class InteractionPointer(Pointer):
    free = lib.pactwasm_interaction_free


class Interaction(Closeable):
    """An interaction as a plugin set it up. :meth:`pact_wasm.PactFile.add_interaction` takes it, until it is closed.

    Its values stay usable afterwards, and the plugin that made it may be closed before it.
    """

    __slots__ = ("configuration", "parts")

    #: One or more parts.
    parts: tuple[InteractionPart, ...]
    #: What the plugin wants stored for the interaction as a whole, beside that of its parts.
    configuration: PluginConfiguration

    def __init__(self, pointer: InteractionPointer) -> None:
        self._pointer = pointer
        raw = c.PactWasmPluginConfiguration()
        check(lib.pactwasm_interaction_configuration, self._use(), raw)
        self.configuration = read_configuration(raw)
        self.parts = tuple(
            read_part(part)
            for part in get_all(
                c.PactWasmInteractionPart, self._use(), lib.pactwasm_interaction_count, lib.pactwasm_interaction_get
            )
        )
