"""The API of the invented Acme, on loopback: what the host's own tests read from."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from attrs import define, field

PAGE = 3


@define
class Acme:
    """An account that tests change as they like.

    Attributes:
        polls: by id: name, kind, votes.
        date: the server's clock, or None for no `Date`.
        failures: statuses to answer next, one a request, optionally with headers.
        broken: polls that answer 404.
        requests: what was asked, in order.
        on_request: called before each answer.
    """

    polls: dict[str, dict[str, Any]] = field(factory=dict)
    date: str | None = None
    failures: list[tuple[int, dict[str, str], bytes]] = field(factory=list)
    broken: set[str] = field(factory=set)
    requests: list[str] = field(factory=list)
    on_request: Callable[[], object] = lambda: None
    url: str = ""

    def vote(self, poll: str, key: str, at: str, score: Any = 9, **more: Any) -> dict[str, Any]:
        """Add a vote; at is RFC 3339."""
        vote = {"id": key, "at": at, "score": score, **more}
        self.polls.setdefault(poll, {"name": f"Poll {poll}", "kind": "nps", "votes": []})["votes"].append(vote)
        return vote

    def polls_json(self) -> bytes:
        """The list of polls, as it is served."""
        return json.dumps(self.answer("/polls")[1]).encode()

    def answer(self, target: str) -> tuple[int, Any]:
        """The status and body for a path and query."""
        url = urlsplit(target)
        parts, query = url.path.strip("/").split("/"), {k: v[0] for k, v in parse_qs(url.query).items()}
        if parts == ["polls"]:
            return 200, [{"id": key, "name": poll["name"], "kind": poll["kind"]} for key, poll in self.polls.items()]
        if parts[1] in self.broken:
            return 404, {"error": "no such poll"}
        votes = sorted(self.polls[parts[1]]["votes"], key=lambda v: (v["at"], v["id"]))
        before, after = (
            datetime.fromisoformat(query["before"]),
            datetime.fromisoformat(query.get("after", "0001-01-01T00:00:00Z")),
        )
        votes = [v for v in votes if after <= datetime.fromisoformat(v["at"]) < before]
        start = int(query.get("token", 0))
        rest = start + PAGE < len(votes)
        return 200, {
            "votes": votes[start : start + PAGE],
            "next": str(start + PAGE) if rest else None,
            "total": len(votes),
        }


@contextmanager
def serving(acme: Acme) -> Iterator[Acme]:
    """Serve the account until the block ends; sets its `url`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer waits for the client's delayed acknowledgement

        def do_GET(self) -> None:
            acme.requests.append(self.path)
            acme.on_request()
            headers: dict[str, str] = {}
            if self.headers.get("X-Api-Key") != "acme-secret-key":
                status, body = 401, b'{"error": "bad key"}'
            elif acme.failures:
                status, headers, body = acme.failures.pop(0)
            else:
                status, answer = acme.answer(self.path)
                body = json.dumps(answer).encode()
            self.send_response_only(status)
            for name, value in ({"Date": acme.date} if acme.date else {}).items():
                self.send_header(name, value)
            for name, value in ({"Content-Type": "application/json"} | headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            with suppress(BrokenPipeError, ConnectionResetError):  # a client that has gone has ended, or was killed
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    acme.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield acme
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
