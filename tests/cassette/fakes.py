"""A server on this machine that counts what it is asked, and an adapter for what needs no server."""

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import requests
from attrs import define, field, frozen
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from connector_core.cassette import RecordingAdapter, Scrub, Session

SESSION = Session(
    "acme", datetime(2024, 7, 2, 12, 30, 15, 250_000, UTC), {"since": "2024-07-01"}, {"poll:1": {"page": 3}}
)


@frozen
class Answer:
    """What is sent back."""

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
    """An adapter that answers each URL by a function of it."""

    answer_to: Callable[[str], Answer]
    closed: bool = False

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        given = self.answer_to(request.url or "")
        response = requests.Response()
        response.status_code, response.reason, response.request = given.status, "Said", request
        response.url = request.url or ""
        response.headers.update(given.headers)
        response.raw = HTTPResponse(io.BytesIO(given.body), preload_content=False)
        return response

    def close(self) -> None:
        self.closed = True


def record(path: Path, urls: list[str], answer_to: Callable[[str], Answer], scrub: Scrub | None = None) -> Path:
    """Record GETs of some URLs, answered by a function of the URL."""
    adapter = RecordingAdapter(Canned(answer_to), scrub)
    with session_on(adapter) as http:
        for url in urls:
            http.get(url, allow_redirects=False)
    adapter.save(path, SESSION)
    return path


def session_on(adapter: BaseAdapter) -> requests.Session:
    session = requests.Session()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


@contextmanager
def serving(answer_to: Callable[[str], Answer]) -> Iterator[Server]:
    """A server that answers each path by a function of it."""
    lock = Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer waits for the client's delayed acknowledgement

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
            """Tests read no log."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = Server(f"http://127.0.0.1:{http.server_port}")
    Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
