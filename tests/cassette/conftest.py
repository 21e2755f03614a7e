"""A server on this machine that counts what it is asked, and a fake adapter for what needs no server."""

import io
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

import pytest
import requests
from attrs import define, field, frozen
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse


@frozen
class Answer:
    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(factory=lambda: {"Content-Type": "application/json"})


@define
class Server:
    """What a test knows of its server: where it is, and what it was asked."""

    url: str
    asked: list[str] = field(factory=list)


@define(slots=False)
class Canned(BaseAdapter):
    """An adapter that answers from a function of the request."""

    answer: Callable[[requests.PreparedRequest], Answer]
    closed: bool = False

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        given = self.answer(request)
        response = requests.Response()
        response.status_code, response.reason, response.request = given.status, "Said", request
        response.url = request.url or ""
        response.headers.update(given.headers)
        response.raw = HTTPResponse(io.BytesIO(given.body), preload_content=False)
        return response

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def canned() -> Callable[[Callable[[requests.PreparedRequest], Answer]], Canned]:
    return Canned


@pytest.fixture
def answer() -> type[Answer]:
    return Answer


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[str], Answer]], Server]]:
    """Start a server that answers each path by a function of it."""
    running: list[ThreadingHTTPServer] = []

    def start(answer_to: Callable[[str], Answer]) -> Server:
        lock = Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                with lock:
                    server.asked.append(self.path)
                given = answer_to(self.path)
                self.send_response(given.status)
                for name, value in given.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(given.body)))
                self.end_headers()
                self.wfile.write(given.body)

            def log_message(self, *_: Any) -> None:
                pass

        http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        http.daemon_threads = True
        server = Server(f"http://127.0.0.1:{http.server_port}")
        Thread(target=http.serve_forever, daemon=True).start()
        running.append(http)
        return server

    yield start
    for http in running:
        http.shutdown()
        http.server_close()
