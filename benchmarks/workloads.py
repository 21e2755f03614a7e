"""Small fixed pieces of our work, for counting instructions: `python benchmarks/workloads.py NAME`, `empty` for none.

Everything is made ready whatever the name, so that what `empty` takes can be subtracted. No network, no clock.
"""

import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import orjson
import requests
from account import Account
from attrs import frozen
from campaign import Campaign
from peers import our_config
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from connector_core import Page, Window
from connector_core.config import load as load_config
from connector_core.http import HttpClient
from connector_core.jsonl import load as load_jsonl
from connector_core.jsontext import encode
from connector_core.mapping import Keeping, Mapped, map_page
from connector_core.model import Partition
from connector_core.plugins import load_source
from connector_core.privacy import Privacy, protector
from connector_core.record import record_of
from connector_core.sink import Portion, Sink
from connector_core.sqlite import load as load_sqlite

RECORDS, PAGE = 2_000, 100
_NOW = datetime(2020, 1, 1, tzinfo=UTC)
_WINDOW = Window(None, _NOW)


@frozen
class Canned(BaseAdapter):
    """Answers every request alike, from memory."""

    body: bytes

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        """Answer."""
        response = requests.Response()
        response.status_code, response.url, response.request = 200, request.url or "", request
        response.headers["Content-Type"] = "application/json"
        response.raw = HTTPResponse(BytesIO(self.body), response.headers, 200, preload_content=False)
        return response

    def close(self) -> None:
        """Nothing is open."""


def _mapping(plugin: str, config: Mapping[str, Any], partition: Partition) -> Callable[[Page], Mapped]:
    """What maps a page with a plugin's mapper, personal data protected."""
    source = load_source(plugin)
    mapper = source.map(partition, load_config(config, source.description.config).plugin, f"{plugin}:")
    keeping = Keeping(protector(source.description.personal, Privacy()), lambda raw: raw, _NOW)
    return lambda page: map_page(page, mapper, _WINDOW, keeping)


def workloads(folder: str) -> Mapping[str, Callable[[], object]]:
    """Every piece of work; each does `RECORDS` records."""
    account, campaign = Account(RECORDS), Campaign(RECORDS)
    [survey] = account.surveys
    bodies = [
        b'{"data":[%b],"meta":{"total":%d}}' % (b",".join(account.written(survey, first, first + PAGE)), RECORDS)
        for first in range(0, RECORDS, PAGE)
    ]
    pages = [Page(orjson.loads(body)["data"]) for body in bodies]
    nps_pages = [
        Page([orjson.loads(answer) for answer in campaign.written(first, first + PAGE)])
        for first in range(0, RECORDS, PAGE)
    ]
    cxm = _mapping(
        "trackco_cxm", our_config("https://api.example", PAGE), Partition(survey.public_hash, "", survey.definition())
    )
    nps = _mapping(
        "trackco_nps", {"connection_details": {"token": "0" * 32}}, Partition("42", "", campaign.definition())
    )
    mapped = [cxm(page) for page in pages]
    records = [row.feedback for page in mapped for row in page.rows]
    portions = [Portion(survey.public_hash, page.rows) for page in mapped]
    source = load_source("trackco_cxm")
    config = load_config(our_config("https://api.example", PAGE), source.description.config).plugin
    http = HttpClient(source.description.endpoint(config), transport=Canned(bodies[0]))

    def write(make: Callable[[], Sink | None], times: int) -> None:
        for _ in range(times):
            sink = make()
            if sink is None:
                sys.exit("a target that should be there is not")
            with closing(sink):
                sink.write(portions)

    log, db = f"jsonl:{folder}/a.jsonl", f"sqlite:///{folder}/b.db"
    return {
        "empty": lambda: None,
        "decode a page": lambda: [orjson.loads(body) and None for body in bodies],
        "ask for a page, by the host's client": lambda: [http.get("page") and None for _ in bodies],
        "map a page of CXM": lambda: [cxm(page) and None for page in pages],
        "map a page of NPS": lambda: [nps(page) and None for page in nps_pages],
        "encode": lambda: [encode(record_of(record)) and None for record in records],
        "commit to JSON lines": lambda: write(lambda: load_jsonl(log, "bench", None), 1),
        "commit to SQLite": lambda: write(lambda: load_sqlite(db, "bench", None), 1),
        "commit to SQLite, then all unchanged": lambda: write(lambda: load_sqlite(db, "bench", None), 2),
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="work") as own:
        made = workloads(own)
        if sys.argv[1:] == ["--names"]:
            print(*made, sep="\n")
        else:
            made[sys.argv[1]]()
