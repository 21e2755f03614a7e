"""Runs of the real pieces in this process, against a simulated account, on a clock whose waits take no time."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
from attrs import frozen

from connector_core import plugins
from connector_core.clock import SYSTEM
from connector_core.config import load
from connector_core.http import HttpClient
from connector_core.job import PLUGIN, Job
from connector_core.plan import Options, Tolerance
from connector_core.privacy import protector
from connector_core.run import run
from connector_core.summary import Summary
from trackco_simulator import Server

CXM, NPS = "trackco_cxm", "trackco_nps"
ANY = Tolerance(count=10**9)
_PLAIN = ("id", "kind", "rating", "title", "text", "posted_at", "author_id", "author_name", "survey_id", "survey_title")


def document(plugin: str, server: Server) -> dict[str, Any]:
    """The configuration that reads a served account."""
    url = server.base_url if plugin == CXM else server.nps_base_url
    source = {"organization_id": server.organization_id, "time_zone": "America/Sao_Paulo"}
    return {
        "connection_details": {"token": server.token, "base_url": url, "track_api": plugin[-3:]},
        "data_source": source if plugin == CXM else {},
    }


@frozen
class Import:
    """An import of a served account into a file.

    Attributes:
        waited: called in place of waiting, with the seconds.
        monotonic: the seconds that pass.
    """

    plugin: str
    server: Server
    target: str
    waited: Callable[[float], None] = lambda _: None
    monotonic: Callable[[], float] = SYSTEM.monotonic

    def run(self, threads: int = 1, **options: Any) -> Summary:
        """Import once."""
        source = plugins.load_source(self.plugin)
        settings = load(document(self.plugin, self.server), source.description.config)
        clock = attrs.evolve(SYSTEM, sleep=self.waited, monotonic=self.monotonic)
        endpoint = source.description.endpoint(settings.plugin)
        with (
            closing(HttpClient(endpoint, clock, threads)) as http,
            closing(plugins.open_sink(self.target, self.plugin, None)) as sink,
        ):
            job = Job(
                source=source, config=settings.plugin, http=http, sink=sink, connection=self.plugin,
                target=self.target, fingerprint={PLUGIN: self.plugin}, clock=clock,
                write=protector(source.description.personal, settings.host.privacy),
            )  # fmt: skip
            return run(job, Options(threads=threads, tolerance=ANY, **options))


def records_of_table(path: Path) -> list[dict[str, Any]]:
    """The records of a feedback table, in the form of JSON lines, in the order in which they came."""
    columns = ", ".join([*_PLAIN, "transaction_id", "transaction_platform", "additional_fields"])
    records = []
    with closing(sqlite3.connect(path)) as db:
        for *values, ticket, platform, extra in db.execute(f"SELECT {columns} FROM feedback ORDER BY rowid"):
            record = {name: value for name, value in zip(_PLAIN, values, strict=True) if value is not None}
            if ticket is not None:
                record["transaction"] = {"id": ticket} | ({"platform": platform} if platform is not None else {})
            records.append(record | {"additional_fields": json.loads(extra)})
    return records


def records_of_lines(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON-lines log, in its order; only a line feed ends a line."""
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


READ: dict[str, Callable[[Path], list[dict[str, Any]]]] = {
    "sqlite:///{}": records_of_table,
    "jsonl:{}": records_of_lines,
}
