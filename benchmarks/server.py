"""Serves a made-up account on loopback, faster than anybody reads it: `python benchmarks/server.py --answers 100000`.

Its first line on standard output says, as JSON, where it is. Answers are written beforehand, a page is a slice of them
that is sent without being copied; an account too large for that (`--lazy`) is written block by block, the next block
while the reader is busy with the last. One thread serves all connections, which are kept open.

`GET /benchmark/statistics` tells what was asked since the last `GET /benchmark/reset`; `GET /benchmark/stop` ends it.
"""

import argparse
import heapq
import json
import selectors
import socket
import sys
import time
from datetime import datetime
from email.utils import formatdate

from account import Account
from account_api import Api, Parts, Shelf
from attrs import define, field
from campaign import Campaign

_SLICES = 64
"""Slices that one call of the system is given."""


@define(eq=False)
class Connection:
    """One client, and what is still to be sent to it."""

    socket: socket.socket
    received: bytes = b""
    sending: Parts = field(factory=list)
    busy: bool = False


@define
class Server:
    """The loop. `latency` is how many seconds each answer is held back, however many are."""

    api: Api
    latency: float
    _listening: socket.socket = field(init=False)
    _ready: selectors.BaseSelector = field(factory=selectors.DefaultSelector, init=False)
    _due: list[tuple[float, int, Connection, Parts]] = field(factory=list, init=False)
    _order: int = field(default=0, init=False)
    _requests: int = field(default=0, init=False)
    _in_flight: int = field(default=0, init=False)
    _most: int = field(default=0, init=False)
    _stopped: bool = field(default=False, init=False)

    def listen(self, port: int) -> int:
        """Be there; returns the port."""
        self._listening = socket.create_server(("127.0.0.1", port), backlog=512)
        self._listening.setblocking(False)  # noqa: FBT003 - the name of the argument is Python's affair
        self._ready.register(self._listening, selectors.EVENT_READ, None)
        return int(self._listening.getsockname()[1])

    def serve(self) -> None:
        """Serve until told to stop."""
        while not self._stopped:
            wait = max(0.0, self._due[0][0] - time.monotonic()) if self._due else None
            events = self._ready.select(wait)
            for key, mask in events:
                if key.data is None:
                    self._accept()
                elif mask & selectors.EVENT_WRITE:
                    self._send(key.data)
                else:
                    self._receive(key.data)
            while self._due and self._due[0][0] <= time.monotonic():
                _, _, connection, parts = heapq.heappop(self._due)
                connection.sending = parts
                self._send(connection)
            self.api.shelf.work_ahead()

    def _accept(self) -> None:
        client, _ = self._listening.accept()
        client.setblocking(False)  # noqa: FBT003 - as above
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * 2**20)
        self._ready.register(client, selectors.EVENT_READ, Connection(client))

    def _close(self, connection: Connection) -> None:
        self._ready.unregister(connection.socket)
        connection.socket.close()
        self._in_flight -= connection.busy
        connection.busy = False

    def _receive(self, connection: Connection) -> None:
        try:
            piece = connection.socket.recv(2**16)
        except ConnectionError:
            piece = b""
        if not piece:
            self._close(connection)
            return
        connection.received += piece
        self._take(connection)

    def _take(self, connection: Connection) -> None:
        """Answer the next request, when all of it has come and none is being answered on its connection."""
        if connection.busy or b"\r\n\r\n" not in connection.received:
            return
        head, _, connection.received = connection.received.partition(b"\r\n\r\n")
        target = head.split(b" ", 2)[1].decode()
        connection.busy = True
        self._in_flight += 1
        if target.startswith("/benchmark/"):
            self._control(connection, target.rpartition("/")[2])
            return
        self._requests += 1
        self._most = max(self._most, self._in_flight)
        parts = _response(self.api.answer(target))
        if self.latency:
            self._order += 1
            heapq.heappush(self._due, (time.monotonic() + self.latency, self._order, connection, parts))
        else:
            connection.sending = parts
            self._send(connection)

    def _control(self, connection: Connection, what: str) -> None:
        told = {"requests": self._requests, "most_in_flight": self._most}
        if what == "reset":
            self._requests = self._most = 0
        self._stopped = what == "stop"
        connection.sending = _response([json.dumps(told).encode()])
        self._send(connection)

    def _send(self, connection: Connection) -> None:
        if connection.socket.fileno() < 0:
            return  # it went while its answer was held back
        left = connection.sending
        try:
            while left:
                sent = connection.socket.sendmsg(left[:_SLICES])
                while left and sent >= len(left[0]):
                    sent -= len(left.pop(0))
                if sent:
                    left[0] = memoryview(left[0])[sent:]
        except BlockingIOError:
            self._ready.modify(connection.socket, selectors.EVENT_WRITE, connection)
            return
        except ConnectionError:
            self._close(connection)
            return
        self._ready.modify(connection.socket, selectors.EVENT_READ, connection)
        connection.busy = False
        self._in_flight -= 1
        self._take(connection)


def _response(body: Parts | None) -> Parts:
    status = "404 Not Found" if body is None else "200 OK"
    body = [b'{"error":"not found"}'] if body is None else body
    length = sum(map(len, body))
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
    return [f"{head}Date: {formatdate(usegmt=True)}\r\n\r\n".encode(), *body]


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=100_000, help="in all surveys together; default 100000")
    parser.add_argument("--surveys", type=int, default=1)
    parser.add_argument("--ids", choices=("random", "sequential"), default="random")
    parser.add_argument("--first", default="2017-01-01", help="the day of the first answer")
    parser.add_argument("--days", type=int, default=730, help="over which the answers are spread")
    parser.add_argument("--edition", type=int, default=0, help="another one has each answer edited")
    parser.add_argument("--latency", type=float, default=0.0, help="milliseconds that each answer is held back")
    parser.add_argument("--lazy", action="store_true", help="do not hold all answers")
    parser.add_argument("--nps", type=int, default=0, help="answers of the campaign, all of one day")
    parser.add_argument("--port", type=int, default=0)
    asked = parser.parse_args()
    first = datetime.fromisoformat(asked.first)
    account = Account(asked.answers, asked.surveys, asked.ids == "random", first, asked.days, asked.edition)
    server = Server(Api(Shelf(account, asked.lazy), Campaign(asked.nps)), asked.latency / 1000)
    port = server.listen(asked.port)
    print(json.dumps({"port": port, "base_url": f"http://127.0.0.1:{port}"}), flush=True)
    server.serve()


if __name__ == "__main__":
    sys.exit(main())
