"""How long a recording of 2,000 interactions takes to load and to replay, beside plain vcrpy for 100 of them."""

import json
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import requests
import vcr
from requests.adapters import BaseAdapter

from connector_core.cassette import RecordingAdapter, ReplayAdapter, Scrub, Session, load

BODY = json.dumps({"data": [{"id": number, "comment": "Ótimo " * 20} for number in range(20)]}).encode()


class Canned(BaseAdapter):
    """Answers every request alike, from memory."""

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        """Answer."""
        response = requests.Response()
        response.status_code, response.url, response.request = 200, request.url or "", request
        response.headers["Content-Type"] = "application/json"
        response._content = BODY  # noqa: SLF001 - how requests itself makes one
        return response

    def close(self) -> None:
        """Nothing is open."""


def cassette(path: Path, count: int) -> list[str]:
    """Record so many interactions; returns their URLs."""
    urls = [f"https://api.example.com/votes?limit=20&page={number}" for number in range(count)]
    recording = RecordingAdapter(Canned(), Scrub(personal=None))
    for url in urls:
        recording.send(requests.Request("GET", url).prepare())
    recording.save(path, Session("benchmark", datetime.now(UTC)))
    return urls


def main() -> None:
    """Print the times."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.yaml"
        urls = cassette(path, 2000)
        begin = time.perf_counter()
        adapter = ReplayAdapter(load(path))
        loaded = time.perf_counter()
        for url in urls:
            adapter.send(requests.Request("GET", url).prepare())
        print(f"ours, 2,000 interactions: load {loaded - begin:.2f} s, replay {time.perf_counter() - loaded:.2f} s")
        urls = cassette(path, 100)
        begin = time.perf_counter()
        with vcr.use_cassette(str(path), record_mode="none"), requests.Session() as session:
            for url in urls:
                session.get(url)
        print(f"plain vcrpy, 100 interactions: {time.perf_counter() - begin:.2f} s")


if __name__ == "__main__":
    main()
