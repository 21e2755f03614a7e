"""A body is read whole, up to a bound on its size and on its time, however it comes."""

import gzip
import io
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse
from urllib3.exceptions import DecodeError, ProtocolError

from connector_core import body
from connector_core.errors import TooLargeError

MIB = 2**20


def still() -> float:
    return 0.0


def answered(content: bytes, encoding: str = "") -> requests.Response:
    """An answer whose body waits to be read."""
    response = requests.Response()
    response.url, response.status_code = "https://me:canary@api.example/x?who=canary", 200
    response.raw = HTTPResponse(io.BytesIO(content), {"Content-Encoding": encoding}, preload_content=False)
    return response


@contextmanager
def saying(*answers: Callable[[socket.socket], object]) -> Iterator[tuple[str, list[int]]]:
    """A server that gives each request the next of these answers; and the connection each request came on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connections: list[int] = []
        left = iter(answers)

        def serve(connection: socket.socket, number: int) -> None:
            with connection, connection.makefile("rb") as file:
                while any(line == b"\r\n" for line in iter(file.readline, b"")):
                    connections.append(number)
                    try:
                        if next(left)(connection) == "closed":
                            return
                    except OSError:
                        return

        def accept() -> None:
            for number in count():
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection, number), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/x", connections
        server.shutdown(socket.SHUT_RDWR)


def plain(content: bytes, length: int | None = None, more: bytes = b"") -> Callable[[socket.socket], object]:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%b\r\n" % (len(content) if length is None else length, more)
    return lambda connection: connection.sendall(head + content)


def chunked(*chunks: bytes) -> Callable[[socket.socket], object]:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return lambda connection: connection.sendall(head + b"".join(b"%x\r\n%b\r\n" % (len(c), c) for c in (*chunks, b"")))


def ended(answer: Callable[[socket.socket], object]) -> Callable[[socket.socket], object]:
    """The same answer, after which the connection is closed."""

    def give(connection: socket.socket) -> str:
        answer(connection)
        return "closed"

    return give


def fetch(adapter: HTTPAdapter, url: str) -> requests.Response:
    return adapter.send(requests.Request("GET", url).prepare(), stream=True, timeout=10)


@pytest.mark.parametrize("size", [0, 1, 100_000, 3 * MIB])
def test_a_body_is_read_whole_and_its_connection_used_again(size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    packed = gzip.compress(content)
    answers = [plain(content), chunked(content or b" ", b"x"), plain(packed, more=b"Content-Encoding: gzip\r\n")]
    with saying(*answers, plain(b"[]")) as (url, connections), closing(HTTPAdapter()) as adapter:
        assert body.read(fetch(adapter, url), still, 1) == content
        assert body.read(fetch(adapter, url), still, 1) == (content or b" ") + b"x"
        assert body.read(fetch(adapter, url), still, 1) == content
        assert body.read(fetch(adapter, url), still, 1) == b"[]"
    assert connections == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "answer",
    [
        ended(plain(b"[1", 99)),
        ended(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n[1")),
    ],
)
def test_a_body_that_is_cut_is_an_error(answer: Callable[[socket.socket], object]) -> None:
    with saying(answer) as (url, _), closing(HTTPAdapter()) as adapter, pytest.raises(ProtocolError):
        body.read(fetch(adapter, url), still, 1)


def test_a_body_that_cannot_be_unpacked_is_an_error() -> None:
    with pytest.raises(DecodeError):
        body.read(answered(b"no gzip at all", "gzip"), still, 1)


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("gzip, gzip", lambda raw: gzip.compress(gzip.compress(raw))),
    ],
)
def test_a_bomb_is_not_unpacked_beyond_the_bound(
    encoding: str, pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No piece is larger than asked for, so that what is in memory is the bound and a piece."""
    bomb = pack(bytes(64 * MIB))
    assert len(bomb) < MIB
    monkeypatch.setattr(body, "MAX_BODY", 2 * MIB)
    response, sizes = answered(bomb, encoding), []
    read1 = response.raw.read1

    def watched(amount: int, *, decode_content: bool) -> bytes:
        piece: bytes = read1(amount, decode_content=decode_content)
        sizes.append(len(piece))
        return piece

    response.raw.read1 = watched  # type: ignore[method-assign]  # to see each piece
    with pytest.raises(TooLargeError) as caught:
        body.read(response, still, 1)
    assert str(caught.value) == (
        "https://api.example/x answers with more than 2 MiB at once; ask for less: a smaller page size, or fewer days"
    )
    assert max(sizes) <= 2**18
    assert sum(sizes) <= 2 * MIB + 2**18


def test_the_bound_itself_is_not_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "MAX_BODY", 1000)
    assert len(body.read(answered(b"x" * 1000), still, 1)) == 1000
    with pytest.raises(TooLargeError):
        body.read(answered(b"x" * 1001), still, 1)


def test_a_body_that_drips_ends_in_time_and_its_connection_is_closed() -> None:
    """A byte comes each time that somebody looks at the clock, for ever."""
    looked, gone = threading.Event(), threading.Event()
    ticks = count()

    def monotonic() -> float:
        looked.set()
        return next(ticks)

    def drip(connection: socket.socket) -> str:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        try:
            while True:
                connection.sendall(b"x")
                looked.wait(10)
                looked.clear()
        except OSError:
            gone.set()
        return "closed"

    with saying(drip, plain(b"[]")) as (url, connections), closing(HTTPAdapter()) as adapter:
        dripping = fetch(adapter, url)
        with pytest.raises(TimeoutError):
            body.read(dripping, monotonic, 20)
        looked.set()
        gone.wait(1)  # what is sent first after the closing may still be taken; who sends again learns of it
        looked.set()
        assert gone.wait(10)
        assert body.read(fetch(adapter, url), still, 1) == b"[]"
    assert connections == [0, 1]


def test_what_is_in_memory_already_is_taken_as_it_is() -> None:
    response = requests.Response()
    response.raw = io.BytesIO(b"[1]")
    assert body.read(response, still, -1) == b"[1]"
    assert body.read(response, still, -1) == b"[1]"
