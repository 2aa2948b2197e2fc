"""Mock servers and verification: what plugins do that are transports."""

from collections.abc import Iterable
from typing import Any

from . import _declarations as c
from ._calls import call, check
from ._library import lib
from ._memory import Borrowed, new, text
from ._pointer import Closeable, DataPointer, OutcomePointer, Pointer
from ._running import run, serving
from ._transports import (
    contents,
    data,
    pack_prepare,
    pack_start,
    pack_verify,
    read_data,
    read_results,
    read_verification,
)
from .cancel import Cancel, call_options
from .values import InteractionContents, InteractionData, JsonObject, MockServerResults, VerificationResult


class _MockServerPointer(Pointer):
    """Waits for the server's thread to end, which may be in a handler."""

    @staticmethod
    def free(pointer: Pointer) -> None:
        run(lib.pactwasm_mock_server_free, pointer)

    # For the set of all servers; values of ctypes cannot be hashed otherwise.
    __hash__ = object.__hash__

    def end(self) -> None:
        """At the end of the interpreter. The options have the switch that is on then, so nobody waits for results."""
        lib.pactwasm_mock_server_shutdown(self, call_options(Borrowed(), None, None, None), OutcomePointer(), None)


class MockServer(Closeable):
    """A running mock server, from :meth:`pact_wasm.Plugin.start_mock_server`.

    It serves its clients on a thread of the library's until it is shut down or closed, or its plugin's host is closed; at the
    latest it ends with the interpreter. Handlers and the log are called on that thread for it. ::

        with plugin.start_mock_server([interaction]) as server:
            client.connect(server.address, server.port)
            ...
            assert server.shutdown()

    Closing it ends it without results. Its methods may be called from many threads at once.
    """

    __slots__ = ("address", "key", "port")

    #: Names the server in the generic call, :meth:`pact_wasm.Plugin.call`.
    key: str
    #: What a client connects to, for instance ``"127.0.0.1"`` or ``"[::1]"``.
    address: str
    #: The port that it listens on.
    port: int

    def __init__(self, pointer: _MockServerPointer) -> None:
        self._pointer = pointer
        raw = new(c.PactWasmMockServerInfo)
        check(lib.pactwasm_mock_server_info, self._use(), raw)
        self.key, self.address, self.port = text(raw.key), text(raw.address), int(raw.port)

    @property
    def authority(self) -> str:
        """Address and port as a URL has them, for instance ``"127.0.0.1:8080"`` or ``"[::1]:8080"``."""
        return f"{self.address}:{self.port}"

    def results(
        self, *, timeout: float | None = None, cancel: Cancel | None = None, test_run_id: str | None = None
    ) -> MockServerResults:
        """What the server has seen so far. It goes on serving.

        A server that crashed, or was stopped for going over a limit, has one result, whose error says why. A handler that this
        server itself has called gets :exc:`Busy`; after :meth:`shutdown`, and once the host is closed, this is :exc:`NotFound`.
        The options are those of all operations, see :class:`pact_wasm.Plugin`, and so are the other errors.
        """
        return self._ask(lib.pactwasm_mock_server_results, timeout, cancel, test_run_id)

    def shutdown(
        self, *, timeout: float | None = None, cancel: Cancel | None = None, test_run_id: str | None = None
    ) -> MockServerResults:
        """Closes the server and all its connections, and gives its final results.

        Whatever comes of this, the server has ended; one that does not answer within the timeout is stopped. Only a handler that
        the server has called can keep it: a second is waited for that, and the server ends when the handler returns. Options and
        errors are those of :meth:`results`.
        """
        return self._ask(lib.pactwasm_mock_server_shutdown, timeout, cancel, test_run_id)

    def _ask(self, function: Any, timeout: float | None, cancel: Cancel | None, test_run_id: str | None) -> MockServerResults:
        borrowed = Borrowed()
        options = call_options(borrowed, timeout, cancel, test_run_id)
        outcome = OutcomePointer()
        call(function, self._use(), options, outcome)
        return read_results(outcome)


class Transport(Closeable):
    """The operations of a plugin that is a transport; :class:`pact_wasm.Plugin` has them."""

    __slots__ = ()

    def start_mock_server(
        self,
        interactions: Iterable[InteractionContents],
        *,
        host_interface: str | None = None,
        port: int = 0,
        tls: bool = False,
        test_context: JsonObject | None = None,
        timeout: float | None = None,
        cancel: Cancel | None = None,
        test_run_id: str | None = None,
    ) -> MockServer:
        """Opens a mock server that expects these interactions. It listens when this returns.

        The limits hold for it as for calls, but that time is counted from the last time it waited for a client or read from
        one; the timeout given here is for starting only. A server that goes over a limit, or crashes, is closed, and its results
        say why.

        :param interactions: what the server is to expect; :meth:`pact_wasm.Interaction.for_transport` makes them.
        :param host_interface: interface to listen on, for instance ``"127.0.0.1"`` or ``"[::1]"``; by default loopback. Other
            ones must be granted (:class:`pact_wasm.Grant`).
        :param port: port to listen on, 1 to 65535; 0 for any that is free.
        :param tls: whether the server is to speak TLS.
        :param test_context: from the test framework.

        Raises :exc:`PermissionDenied` (the sandbox does not let it listen there), :exc:`PluginError` (for instance because the
        port is taken) and :exc:`Unsupported` (also where the plugin does not take interactions of a type), beside the errors of
        all operations.
        """
        borrowed = Borrowed()
        request = pack_start(
            *borrowed.text(host_interface),
            port,
            bool(tls),
            *borrowed.json([contents(one) for one in interactions]),
            *borrowed.json(test_context),
        )
        options = call_options(borrowed, timeout, cancel, test_run_id)
        pointer = _MockServerPointer()
        # Before it starts, because it may be the last thing that this thread does.
        serving.add(pointer)
        try:
            call(lib.pactwasm_plugin_start_mock_server, self._use(), request, options, pointer)
            return MockServer(pointer)
        finally:
            del pointer

    def prepare_interaction(
        self,
        interaction: InteractionContents,
        *,
        config: JsonObject | None = None,
        test_context: JsonObject | None = None,
        timeout: float | None = None,
        cancel: Cancel | None = None,
        test_run_id: str | None = None,
    ) -> InteractionData:
        """Builds what is to be sent to the provider for an interaction.

        It may be changed before :meth:`verify_interaction` sends it, for instance to add a token.

        :param interaction: the interaction.
        :param config: what the user configured for the verification.
        :param test_context: from the test framework.
        """
        borrowed = Borrowed()
        request = pack_prepare(
            *borrowed.json(contents(interaction)),
            *borrowed.json(config),
            *borrowed.json(test_context),
        )
        options = call_options(borrowed, timeout, cancel, test_run_id)
        prepared = DataPointer()
        call(lib.pactwasm_plugin_prepare_interaction, self._use(), request, options, prepared)
        return read_data(prepared)

    def verify_interaction(
        self,
        interaction: InteractionContents,
        interaction_data: InteractionData,
        *,
        config: JsonObject | None = None,
        test_context: JsonObject | None = None,
        timeout: float | None = None,
        cancel: Cancel | None = None,
        test_run_id: str | None = None,
    ) -> VerificationResult:
        """Sends data to the provider and checks its answer. What is wrong with the answer is a result, and no error.

        The plugin connects itself, so the provider's address must be granted (:class:`pact_wasm.Grant`).

        :param interaction: what to check the answer against.
        :param interaction_data: what to send: as :meth:`prepare_interaction` gave it, or changed.
        :param config: what the user configured for the verification.
        :param test_context: from the test framework.

        Raises :exc:`PermissionDenied` (the sandbox does not let the plugin connect there) and :exc:`PluginError` (for instance
        because the provider cannot be reached), beside the errors of all operations.
        """
        borrowed = Borrowed()
        request = pack_verify(
            *data(borrowed, interaction_data),
            *borrowed.json(contents(interaction)),
            *borrowed.json(config),
            *borrowed.json(test_context),
        )
        options = call_options(borrowed, timeout, cancel, test_run_id)
        outcome, response = OutcomePointer(), DataPointer()
        call(lib.pactwasm_plugin_verify_interaction, self._use(), request, options, outcome, response)
        return read_verification(outcome, response)
