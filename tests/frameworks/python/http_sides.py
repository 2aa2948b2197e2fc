"""Both ends of HTTP, which the tests need: what clients send with, and what providers answer with."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    body: bytes


@dataclass(frozen=True)
class Response:
    status: int = 200
    content_type: str = "text/plain"
    body: bytes = b""


def send(url: str, method: str, body: bytes = b"", content_type: str = "text/plain", **headers: str) -> Response:
    """Sends a request, whatever the scheme of the URL: servers of a plugin's transport are under that of the transport."""
    target = urlsplit(url)
    assert target.hostname
    with closing(HTTPConnection(target.hostname, target.port)) as connection:
        connection.request(method, target.path or "/", body, headers | ({"Content-Type": content_type} if body else {}))
        response = connection.getresponse()
        return Response(response.status, response.getheader("Content-Type", ""), response.read())


@contextmanager
def serve(answer: Callable[[Request], Response]) -> Iterator[int]:
    """A provider: a server on a free port of 127.0.0.1, which is given."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            response = answer(Request(self.command, self.path, body))
            self.send_response(response.status)
            if response.body:
                self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(response.body)

        do_GET = do_POST = answer

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
