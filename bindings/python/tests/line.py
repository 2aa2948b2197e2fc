"""The protocol of the test plugin "line", for clients and providers: `<word> <length>` on a line, and as many bytes."""

import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from pact_wasm import InteractionContents, InteractionType, MockServer, PluginConfiguration

Message = tuple[str, bytes]


def interaction(command: str, request: bytes = b"", response: bytes = b"", **options: Any) -> InteractionContents:
    """An interaction: what is sent with the command, and what is answered."""
    configuration = {"command": command, "request": b64encode(request).decode(), "response": b64encode(response).decode()}
    return InteractionContents(InteractionType.SYNCHRONOUS_MESSAGES, PluginConfiguration(configuration), **options)


def message(word: str, payload: bytes) -> bytes:
    return f"{word} {len(payload)}\n".encode() + payload


def read(stream: Any) -> Message:
    """A message; an end of the connection is an EOFError."""
    line = stream.readline()
    if not line:
        raise EOFError
    word, length = line.split()
    return word.decode(), stream.read(int(length))


class Client:
    """A connection to a mock server."""

    def __init__(self, server: MockServer) -> None:
        self._socket = socket.create_connection((server.address.strip("[]"), server.port), timeout=60)
        self._stream = self._socket.makefile("rb")

    def send(self, word: str, payload: bytes = b"") -> None:
        self.send_together((word, payload))

    def send_together(self, *messages: Message) -> None:
        """Sends messages in one piece."""
        self._socket.sendall(b"".join(message(*one) for one in messages))

    def receive(self) -> Message:
        return read(self._stream)

    def ask(self, word: str, payload: bytes = b"") -> Message:
        self.send(word, payload)
        return self.receive()

    def close(self) -> None:
        self._stream.close()
        self._socket.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def ask(server: MockServer, word: str, payload: bytes = b"") -> Message:
    """One request on a connection of its own."""
    with Client(server) as client:
        return client.ask(word, payload)


def is_listening(server: MockServer) -> bool:
    try:
        Client(server).close()
    except ConnectionRefusedError:
        return False
    return True


@contextmanager
def provider(word: str, payload: bytes, host: str = "127.0.0.1") -> Iterator[tuple[dict[str, Any], list[Message]]]:
    """A provider that answers everything alike: where it is, as a verification takes it, and what it was sent."""
    sent: list[Message] = []
    with closing(socket.create_server((host, 0))) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, connection.makefile("rb") as stream:
                    # Whoever connects and says nothing ends it.
                    try:
                        sent.append(read(stream))
                    except EOFError:
                        return
                    connection.sendall(message(word, payload))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield {"host": host, "port": listener.getsockname()[1]}, sent
        finally:
            socket.create_connection(listener.getsockname()).close()
            thread.join()
