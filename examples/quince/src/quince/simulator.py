"""Quince's API on this machine, with a made-up account: for tests, and to try the plugin without a key.

`python -m quince.simulator` serves it at http://127.0.0.1:8750/v1 until it is interrupted.
"""

import json
import random
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from attrs import define, field

KEY = "quince-demo-key"
SURVEYS: list[dict[str, Any]] = [
    {"id": "srv_relation", "name": "Relationship", "kind": "nps", "scale": 10},
    {"id": "srv_support", "name": "Support", "kind": "csat", "scale": 5},
    {"id": "srv_delivery", "name": "Delivery", "kind": "csat", "scale": 7},
    {"id": "srv_ideas", "name": "Ideas", "kind": "text", "scale": None},
]


@define
class Account:
    """An account that a test changes as it likes.

    Attributes:
        clock: tells its time, aware UTC, which is what the server says the time is.
        responses: by survey.
        page: how many entries stand on a page.
        instead: the statuses and bodies that the next requests get, one each.
        asked: the paths and queries that were asked for.
        url: where it is served.
    """

    clock: Callable[[], datetime] = lambda: datetime(2025, 6, 1, tzinfo=UTC)
    responses: dict[str, list[dict[str, Any]]] = field(factory=lambda: {each["id"]: [] for each in SURVEYS})
    page: int = 10
    instead: list[tuple[int, Any]] = field(factory=list)
    asked: list[str] = field(factory=list)
    url: str = ""

    def add(self, survey: str, score: object, at: datetime, **more: Any) -> dict[str, Any]:
        """Give a response."""
        number = sum(map(len, self.responses.values()))
        made = {"id": f"rsp_{number:05}", "score": score, "created_at": at.isoformat(), **more}
        self.responses[survey].append(made | {"updated_at": at.astimezone(UTC).isoformat()})
        return self.responses[survey][-1]

    def edit(self, response: dict[str, Any], **more: Any) -> None:
        """Change a response, now."""
        response.update(more, updated_at=self.clock().isoformat())

    def answer(self, target: str) -> tuple[int, Any]:
        """The status and body for a path and query."""
        url = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        match url.path.split("/")[1:]:
            case ["v1", "surveys"]:
                return self._page("surveys", SURVEYS, query, lambda each: [each["id"]])
            case ["v1", "surveys", survey, "responses"] if survey in self.responses:
                since = datetime.fromisoformat(query.get("updated_since", "0001-01-01T00:00:00Z"))
                found = [each for each in self.responses[survey] if datetime.fromisoformat(each["updated_at"]) >= since]
                return self._page("responses", found, query, lambda each: [each["updated_at"], each["id"]])
            case ["v1", "surveys", survey, "responses", "count"] if survey in self.responses:
                first, end = (
                    datetime.fromisoformat(query.get(name, usual))
                    for name, usual in (
                        ("created_from", "0001-01-01T00:00:00Z"),
                        ("created_before", "9999-01-01T00:00:00Z"),
                    )
                )
                times = [datetime.fromisoformat(each["created_at"]) for each in self.responses[survey]]
                return 200, {"count": sum(first <= each < end for each in times)}
        return 404, {"error": "there is no such thing"}

    def _page(self, name: str, entries: list[dict[str, Any]], query: dict[str, str], place: Any) -> tuple[int, Any]:
        """One page of a list; a cursor is the place of its last entry."""
        after = json.loads(urlsafe_b64decode(query["cursor"])) if "cursor" in query else []
        left = sorted((each for each in entries if place(each) > after), key=place)
        some = left[: self.page]
        cursor = urlsafe_b64encode(json.dumps(place(some[-1])).encode()).decode() if len(left) > len(some) else None
        return 200, {name: some, "next_cursor": cursor}


def generate(seed: int = 1, responses: int = 60, account: Account | None = None) -> Account:
    """An account with as many responses in each survey, of its last 90 days; the same for the same seed."""
    account, chance = account or Account(), random.Random(seed)  # noqa: S311 - made-up responses, no secret
    people = [{"id": f"p{n}", "name": f"Person {n}", "email": f"person{n}@example.com"} for n in range(20)]
    for each in SURVEYS:
        scores = range(0 if each["kind"] == "nps" else 1, (each["scale"] or 0) + 1)
        for _ in range(responses):
            ago = timedelta(seconds=chance.randrange(90 * 86_400))
            at = (account.clock() - ago).astimezone(timezone(timedelta(hours=chance.choice([-3, 0, 2]))))
            said = {"comment": chance.choice(["", "Good.", "Too slow.", "Olá ❤️"]), "person": chance.choice(people)}
            more = {
                "properties": {"plan": chance.choice(["free", "paid"])},
                "test": chance.choice([False] * 19 + [True]),
            }
            account.add(each["id"], chance.choice([None, *scores]), at, **said, **more)
    return account


def recorded() -> Account:
    """The small account of the recordings; its server has a bad moment."""
    return generate(3, 12, Account(page=5, instead=[(HTTPStatus.TOO_MANY_REQUESTS, {"error": "slow down"})]))


@contextmanager
def serving(account: Account | None = None, port: int = 0) -> Iterator[Account]:
    """Serve an account, by default a generated one, until the block ends; `url` says where."""
    served = account or generate()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer waits for the client's delayed acknowledgement

        def do_GET(self) -> None:
            served.asked.append(self.path)
            status, body = served.instead.pop(0) if served.instead else served.answer(self.path)
            if self.headers.get("X-Quince-Key") != KEY:
                status, body = 401, {"error": "no such key"}
            content = json.dumps(body).encode()
            self.send_response_only(status)
            self.send_header("Date", format_datetime(served.clock(), usegmt=True))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            if status == HTTPStatus.TOO_MANY_REQUESTS:
                self.send_header("Retry-After", "0")
            with suppress(ConnectionError):  # a client that has gone
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    present = Account(clock=lambda: datetime.now(UTC).replace(microsecond=0))
    with serving(generate(account=present), port=8750) as shown, suppress(KeyboardInterrupt):
        print(f"serving an account at {shown.url}; its key is {KEY}; Ctrl-C ends it", flush=True)  # noqa: T201 - a command
        Event().wait()
