"""The API on this machine, with a made-up account: for the tests, and to try the plugin without a token.

`python -m my_source.simulator > demo.json` serves it until it is interrupted, and says how it is reached.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "simulated-token"
PAGE = 5
SURVEYS = [
    {"id": "s1", "name": "Relationship", "kind": "nps"},
    {"id": "s2", "name": "Support", "kind": "csat"},
    {"id": "s3", "name": "Ideas", "kind": "open"},
]


def answers(survey: str) -> list[dict[str, Any]]:
    """The answers of a survey, in the order in which they were given."""
    if survey == "s3":
        return []
    begin, scale = datetime(2026, 8, 1, 12, tzinfo=UTC), (range(11) if survey == "s1" else range(1, 6))
    return [
        {
            "id": f"{survey}-{number:03}",
            "score": None if number % 7 == 3 else scale[number % len(scale)],
            "comment": f"Made-up comment number {number} of {survey}" if number % 2 else None,
            "answered_at": (begin + timedelta(hours=31 * number)).isoformat(),
            "channel": "email" if number % 3 else "widget",
            "person": person(number % 4),
        }
        for number in range(17)
    ]


def person(number: int) -> dict[str, Any]:
    """Somebody who is nobody."""
    return {"id": f"p{number}", "name": f"Test Person {number}", "email": f"p{number}@example.com"}


def answered(target: str) -> tuple[int, Any]:
    """The status and the body that the API gives for a path and its query."""
    url = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    match url.path.split("/")[1:]:
        case ["v1", "surveys"]:
            return 200, {"surveys": SURVEYS}
        case ["v1", "surveys", survey, "answers"] if survey in {each["id"] for each in SURVEYS}:
            low = datetime.fromisoformat(query.get("from", "0001-01-01T00:00:00Z"))
            high = datetime.fromisoformat(query.get("to", "9999-12-31T00:00:00Z"))
            found = [each for each in answers(survey) if low <= datetime.fromisoformat(each["answered_at"]) < high]
            start = int(query["cursor"]) if query.get("cursor", "").isdecimal() else 0
            following = str(start + PAGE) if start + PAGE < len(found) else None
            return 200, {"answers": found[start : start + PAGE], "next": following, "total": len(found)}
    return 404, {"error": "there is nothing at this path"}


@contextmanager
def serving(port: int = 0, at: datetime | None = datetime(2026, 11, 1, tzinfo=UTC)) -> Iterator[str]:
    """Serve the API until the block ends; gives its base URL.

    It always says that it is the same time, so that a recording is the same whenever it is made; with None, the time.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer waits for the client's delayed acknowledgement

        def do_GET(self) -> None:
            known = self.headers.get("Authorization") == f"Bearer {TOKEN}"
            status, answer = answered(self.path) if known else (401, {"error": "unknown token"})
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(at.timestamp() if at and timestamp is None else timestamp)

        def log_message(self, *_: object) -> None:
            """Say nothing; tests read no log."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def config(base_url: str) -> dict[str, Any]:
    """A configuration that reads it."""
    return {"connection_details": {"token": TOKEN, "base_url": base_url}}


if __name__ == "__main__":
    with serving(8765, None) as url:
        print(json.dumps(config(url)), flush=True)  # a configuration file, ready to use
        Event().wait()
