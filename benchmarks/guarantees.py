"""What each stage of a run costs, and what each guarantee does, in microseconds a record.

`python benchmarks/guarantees.py`: our own parts, put together without the run's loop, on the same 20,000 answers. Each
figure is the fastest of three passes, of processor time where a stage does not wait, of wall time where it does.
"""

import gc
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from account import ORGANIZATION
from attrs import frozen
from peers import our_config
from serving import serving

from connector_core import Page, Window
from connector_core.config import load as load_config
from connector_core.database import open_database
from connector_core.http import HttpClient
from connector_core.journal import Journal
from connector_core.jsonl import Stream
from connector_core.jsonl import load as load_jsonl
from connector_core.jsontext import encode
from connector_core.mapping import Keeping, map_page
from connector_core.model import Partition
from connector_core.plugins import Source, load_source
from connector_core.privacy import Privacy, protector
from connector_core.sink import Portion, Sink
from connector_core.sqlite import TARGET, Table
from connector_core.sqlite import load as load_sqlite
from connector_core.tables import STATE

ANSWERS, PAGE, PASSES = 20_000, 100, 3
_NOW = datetime(2020, 1, 1, tzinfo=UTC)
_WINDOW = Window(None, _NOW)
_OPEN = Keeping(encode, lambda raw: raw, _NOW)
"""Nothing is protected."""


@frozen
class Material:
    """What the stages work on: a survey, and its answers in the states between them."""

    source: Source
    config: Any
    partition: Partition
    bodies: Sequence[bytes]
    pages: Sequence[Page]


def fastest(stage: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    """Microseconds a record."""
    taken = []
    for _ in range(PASSES):
        begun = clock()
        stage()
        taken.append(clock() - begun)
    return round(min(taken) * 1e6 / ANSWERS, 2)


def _paths(survey: str) -> Iterator[str]:
    path = f"/v1/organizations/{ORGANIZATION}/surveys/{survey}/interactions"
    yield from (f"{path}?limit={PAGE}&page={page}" for page in range(1, ANSWERS // PAGE + 1))


def _bare(base_url: str, survey: str) -> list[bytes]:
    """Every page, by http.client: the least that Python takes to fetch them."""
    with closing(HTTPConnection(urlsplit(base_url).netloc)) as connection:
        bodies = []
        for path in _paths(survey):
            connection.request("GET", path)
            bodies.append(connection.getresponse().read())
        return bodies


def prepared(base_url: str) -> tuple[Material, HttpClient]:
    """What the stages work on."""
    source = load_source("trackco_cxm")
    config = load_config(our_config(base_url, PAGE), source.description.config).plugin
    http = HttpClient(source.description.endpoint(config))
    [partition] = source.partitions(config, http)[0]
    bodies = _bare(base_url, partition.key)
    return Material(source, config, partition, bodies, [Page(orjson.loads(body)["data"]) for body in bodies]), http


def reading(given: Material, http: HttpClient, base_url: str) -> list[dict[str, Any]]:
    """What the stages up to a mapped page cost."""
    source, config, partition = given.source, given.config, given.partition
    mapper = source.map(partition, config, "trackco_cxm:")
    protected = Keeping(protector(source.description.personal, Privacy()), lambda raw: raw, _NOW)

    def each(stage: Callable[[Any], object], items: Callable[[], Iterable[Any]]) -> Callable[[], None]:
        def done() -> None:
            for item in items():
                stage(item)

        return done

    def records() -> Iterator[Any]:
        for page in given.pages:
            yield from page.records

    stages = {
        "fetch, by http.client alone": lambda: _bare(base_url, partition.key),
        "decode, by orjson alone": each(orjson.loads, lambda: given.bodies),
        "fetch and decode, by the host's client": each(http.get, lambda: _paths(partition.key)),
        "fetch, decode and prove, by the plugin": each(
            lambda _: None, lambda: source.extract(partition, _WINDOW, None, config, http)
        ),
        "map, by the plugin": each(mapper, records),
        "map, encode and digest a page": each(lambda page: map_page(page, mapper, _WINDOW, _OPEN), lambda: given.pages),
        "map, protect personal data, encode and digest a page": each(
            lambda page: map_page(page, mapper, _WINDOW, protected), lambda: given.pages
        ),
    }
    return [{"stage": name, "us": fastest(stage)} for name, stage in stages.items()]


def portions(material: Material) -> list[list[Portion]]:
    """The mapped pages, in commits of 10,000 records."""
    mapper = material.source.map(material.partition, material.config, "trackco_cxm:")
    mapped = [map_page(page, mapper, _WINDOW, _OPEN) for page in material.pages]
    key, step = material.partition.key, 10_000 // PAGE
    whole = [Portion(key, page.rows, page.refused, page.skips, place=None) for page in mapped]
    return [whole[first : first + step] for first in range(0, len(whole), step)]


def _sqlite(path: str, synchronous: str = "FULL") -> Sink:
    database = open_database(path, TARGET)
    database.db.execute(f"PRAGMA synchronous = {synchronous}")
    return Journal(database, "bench", Table(database, "bench"))


def _stream(folder: str, state: str) -> Sink:
    database = open_database(state, STATE)
    file = Path(folder, "stream.jsonl").open("wb")  # noqa: SIM115 - lives as long as the process
    return Journal(database, "bench", Stream(database, file))


def committing(commits: Sequence[Sequence[Portion]], folder: str) -> list[dict[str, Any]]:
    """What committing costs, with every guarantee and with fewer: wall time, since this waits for the disk."""

    def sink_of(made: Sink | None) -> Sink:
        return made or sys.exit("a target that should be there is not")

    def lines() -> None:
        with Path(folder, "plain.jsonl").open("wb") as file:
            for commit in commits:
                file.writelines(row.line + b"\n" for portion in commit for row in portion.rows)

    def write(make: Callable[[], Sink]) -> None:
        for path in Path(folder).iterdir():
            path.unlink()
        with closing(make()) as sink:
            for commit in commits:
                sink.write(commit)

    log, db = f"jsonl:{folder}/a.jsonl", f"sqlite:///{folder}/b.db"
    sinks: dict[str, Callable[[], Sink]] = {
        "JSON lines, exactly once: intent, fsync, digests": lambda: sink_of(load_jsonl(log, "bench", None)),
        "a stream: digests in a durable journal": lambda: _stream(folder, f"{folder}/c.state"),
        "a stream: digests in memory": lambda: _stream(folder, ":memory:"),
        "SQLite, exactly once: synchronous=FULL": lambda: sink_of(load_sqlite(db, "bench", None)),
        "SQLite, synchronous=OFF": lambda: _sqlite(f"{folder}/d.db", "OFF"),
        "SQLite in memory": lambda: _sqlite(":memory:"),
    }
    rows = [{"stage": "plain lines: no journal, no fsync", "us": fastest(lines, time.perf_counter)}]
    return rows + [{"stage": n, "us": fastest(partial(write, make), time.perf_counter)} for n, make in sinks.items()]


def stages() -> dict[str, list[dict[str, Any]]]:
    """Both tables."""
    with serving(answers=ANSWERS) as server:
        material, http = prepared(server.base_url)
        gc.freeze()  # what is held here for the stages would be looked through again and again, as in no run
        with closing(http):
            read = reading(material, http, server.base_url)
    commits = portions(material)
    gc.freeze()
    with tempfile.TemporaryDirectory() as folder:
        return {"reading": read, "committing": committing(commits, folder)}


if __name__ == "__main__":
    measured = stages()
    if "--json" in sys.argv:
        print(json.dumps(measured))
    else:
        for part, rows in measured.items():
            print(part, *(f"  {row['us']:>8.2f}  {row['stage']}" for row in rows), sep="\n")
