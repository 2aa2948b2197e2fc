"""Interactions that plugins set up."""

from collections.abc import Iterable

from . import _declarations as c
from ._calls import check, get_all
from ._library import lib
from ._pointer import Closeable, Pointer
from ._requests import read_configuration, read_part
from .values import InteractionContents, InteractionPart, InteractionType, JsonObject, PluginConfiguration


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

    def for_transport(self, interaction_type: InteractionType, *, consumer: str = "", provider: str = "") -> InteractionContents:
        """The interaction as a transport takes it, for a mock server or a verification; also when this is closed.

        Its plugin configuration is that of the interaction as a whole and that of all its parts together; of two values under one
        key, the last one counts.

        :param interaction_type: what the interaction is.
        :param consumer: name of the consumer.
        :param provider: name of the provider.
        """
        stored = [self.configuration, *(part.plugin_configuration for part in self.parts)]
        together = PluginConfiguration(
            _merge(one.interaction for one in stored),
            _merge(one.pact for one in stored),
        )
        return InteractionContents(interaction_type, together, consumer, provider)


def _merge(objects: Iterable[JsonObject | None]) -> JsonObject | None:
    given = [one for one in objects if one is not None]
    return {key: value for one in given for key, value in one.items()} if given else None
