"""A source that keeps its whole contract, and the API that it reads, on loopback: what the tests of the kit break."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from attrs import frozen

from connector_core import (
    Counted,
    Description,
    Endpoint,
    Feedback,
    Finding,
    Json,
    Mapper,
    Outcome,
    Page,
    Partition,
    Reject,
    Skip,
    Unimportable,
    Window,
    format_instant,
    hookimpl,
    instant_reader,
    section,
    setting,
)

if TYPE_CHECKING:
    from connector_core import HttpClient

KEY = "steady-secret-key"
PAGE = 3
VOTES: dict[str, list[dict[str, Any]]] = {
    poll: [
        {
            "id": f"{poll}-{number}", "at": f"2024-07-{number + 1:02}T23:30:00-03:00", "score": score,
            "why": f"Reason {number} of {poll}, told at length", "who": f"Person {poll} {number}",
            "phone": f"+55 11 98877-66{number:02}", "plan": {"name": "gold", "seats": number},
        }
        for number, score in enumerate([9, 10, 0, None, 7, 3, 8])
    ]
    for poll in ("p1", "p2")
}  # fmt: skip
POLLS = [{"id": poll, "name": f"Poll {poll}", "kind": "nps"} for poll in VOTES] + [
    {"id": "x", "name": "A quiz", "kind": "quiz"}
]


@frozen
class Account:
    """Where the account is."""

    key: str = setting("API key.", secret=True, min_length=1)
    url: str = setting("Base URL.", pattern=r"https?://[\s\S]+", example="https://api.steady.example")


@frozen
class Config:
    """The settings of this source."""

    account: Account = section(Account)


def endpoint(config: Config) -> Endpoint:
    return Endpoint(config.account.url, {"X-Api-Key": config.account.key}, explain={401: "make another key"})


@hookimpl
def describe() -> Description:
    return Description(
        config=Config,
        endpoint=endpoint,
        personal={"who": "author", "phone": "contact", "why": "text", "name": "public"},
    )


@hookimpl
def check(http: "HttpClient") -> list[Finding]:
    return [Finding("key", ok=True, text=f"accepted; {len(http.get('polls').take('polls', list))} polls")]


@hookimpl
def partitions(http: "HttpClient") -> list[Partition | Unimportable]:
    found: list[Partition | Unimportable] = []
    for poll in http.get("polls").take("polls", list):
        key, name = (poll.get("id"), poll.get("name")) if isinstance(poll, dict) else (None, None)
        if not isinstance(key, str) or not isinstance(name, str):
            continue
        known = poll.get("kind") == "nps"
        found.append(Partition(key, name) if known else Unimportable(key, name, "no NPS poll"))
    return found


@hookimpl
def extract(partition: Partition, window: Window, cursor: Json, http: "HttpClient") -> Iterator[Page]:
    start = format_instant(window.start) if window.start else None
    while True:
        params = {"after": start, "before": format_instant(window.end), "token": cursor}
        answer = http.get(f"polls/{partition.key}/votes", params)
        cursor = answer.take("next", str | None)
        yield Page(answer.take("votes", list), cursor)
        if cursor is None:
            return


@hookimpl
def count(partition: Partition, window: Window, http: "HttpClient") -> Counted:
    params = {"after": format_instant(window.start) if window.start else None, "before": format_instant(window.end)}
    return Counted(window, http.get(f"polls/{partition.key}/votes", params).take("total", int))


def text_of(raw: Json, name: str) -> str | None:
    value = raw.get(name)
    return value if isinstance(value, str) else None


@hookimpl
def map(partition: Partition, id_prefix: str) -> Mapper:  # noqa: A001 - the hook's name
    read = instant_reader(UTC)

    def mapper(raw: Json) -> Outcome:
        if not isinstance(raw, dict) or not (own := text_of(raw, "id")):
            return Reject("record.shape", "id")
        key = id_prefix + own
        try:
            at = read(raw.get("at"))[0]
        except ValueError:
            return Reject("date.invalid", "at", key)
        score = raw.get("score")
        if score is None:
            return Skip("unscored", key, at)
        if not isinstance(score, int) or isinstance(score, bool) or not 0 <= score <= 10:
            return Reject("rating.invalid", "score", key, at)
        return Feedback(
            id=key, kind="nps", rating=str(score), title=f"[NPS] {partition.title}", posted_at=at,
            survey_id=partition.key, survey_title=partition.title, text=text_of(raw, "why"),
            author_name=text_of(raw, "who"), additional_fields={n: raw.get(n) for n in ("phone", "plan")},
        )  # fmt: skip

    return mapper


def answered(path: str) -> Any:
    """What the API says to a path with its query."""
    url = urlsplit(path)
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    if url.path == "/polls":
        return {"polls": POLLS}
    before = datetime.fromisoformat(query["before"])
    after = datetime.fromisoformat(query.get("after", "0001-01-01T00:00:00Z"))
    votes = [v for v in VOTES[url.path.split("/")[2]] if after <= datetime.fromisoformat(v["at"]) < before]
    start = int(query["token"]) if query.get("token", "").isdecimal() else 0
    more = str(start + PAGE) if start + PAGE < len(votes) else None
    return {"votes": votes[start : start + PAGE], "next": more, "total": len(votes)}


@contextmanager
def serving() -> Iterator[str]:
    """The API, until the block ends: its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer waits for the client's delayed acknowledgement

        def do_GET(self) -> None:
            allowed = self.headers.get("X-Api-Key") == KEY
            body = json.dumps(answered(self.path) if allowed else {"error": "bad key"}).encode()
            self.send_response_only(200 if allowed else 401)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def config(url: str) -> dict[str, Any]:
    """The configuration that reads it."""
    return {"account": {"key": KEY, "url": url}}
