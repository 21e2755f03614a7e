"""A transport, a source and records in memory, for the tests of the host."""

import io
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pluggy
import requests
from attrs import define, evolve, field, frozen
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from connector_core import hookspecs
from connector_core.clock import Clock
from connector_core.endpoint import Endpoint
from connector_core.hookspecs import hookimpl
from connector_core.http import HttpClient
from connector_core.job import Job
from connector_core.jsontext import encode
from connector_core.mapping import Keeping, map_page
from connector_core.model import (
    Counted,
    Description,
    Feedback,
    Json,
    Mapper,
    Outcome,
    Page,
    Partition,
    Reject,
    Selects,
    Skip,
    Unimportable,
    Window,
)
from connector_core.plan import Options
from connector_core.plugins import Source
from connector_core.run import run
from connector_core.sink import Refused, Row, Sink
from connector_core.summary import Summary

PLAINLY = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
"""The environment of a process whose lines are not counted: one that is killed, or that only repeats what others do."""

START = datetime(2024, 1, 1, tzinfo=UTC)


def hour(number: int) -> datetime:
    """The instant so many hours after the beginning of the tests' time."""
    return START + timedelta(hours=number)


KEEPING = Keeping(encode, lambda raw: raw, START)
"""Keeps rejects whole, as rejected at the beginning of the tests' time."""


def refused(key: str, reason: str = "rating.type", digest: bytes = b"1", **more: Any) -> Refused:
    """An answer that was rejected."""
    return evolve(Refused(key, reason, "$", digest, b"{}", START), **more)


def feedback(key: str, *, at: int = 0, survey: str = "a", **more: Any) -> Feedback:
    """A record that differs from others in what the test names."""
    values = {"kind": "nps", "rating": "9", "title": "[NPS] A", "survey_title": "A"} | more
    return Feedback(id=key, posted_at=hour(at), survey_id=survey, **values)


def row(key: str, **more: Any) -> Row:
    """A record on its way to the target, as the host makes it."""
    page = map_page(Page([None]), lambda _: feedback(key, **more), Window(None, hour(10**6)), KEEPING)
    return page.rows[0]


def answer(status: int = 200, body: bytes = b"{}", **headers: str) -> requests.Response:
    """What a transport gives for one request; `Retry_After` stands for `Retry-After`."""
    response = requests.Response()
    response.status_code = status
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    response.raw = HTTPResponse(io.BytesIO(body), preload_content=False)
    return response


Reply = requests.Response | BaseException


@define(eq=False)
class Scripted(BaseAdapter):
    """Answers each request with what a function of its path and query gives, or raises it; keeps what was sent."""

    reply: Callable[[str], Reply]
    sent: list[requests.PreparedRequest] = field(factory=list, init=False)

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        self.sent.append(request)
        reply = self.reply(request.path_url)
        if isinstance(reply, BaseException):
            raise reply
        reply.url, reply.request = request.url or "", request
        return reply

    def close(self) -> None:
        """Nothing is open."""


def in_turn(*replies: Reply) -> Scripted:
    """A transport that gives these answers one after the other, whatever is asked."""
    left = iter(replies)
    return Scripted(lambda _: next(left))


@define
class Waiting:
    """A clock on which waiting takes no time, and which remembers what was waited for."""

    now: datetime = START
    waits: list[float] = field(factory=list)

    def clock(self, *, tick: float = 0.0) -> Clock:
        """A clock whose seconds pass by `tick` each time somebody looks."""
        ticks = count()
        return Clock(lambda: self.now, self.waits.append, lambda: next(ticks) * tick)


@frozen
class Said:
    """One answer of the ledger: raw, from when on the source shows it, and when it was edited last."""

    raw: Mapping[str, Any]
    shown: datetime
    edited: datetime | None = None

    def instant(self, selects: Selects) -> datetime:
        """What the source selects it by."""
        at: datetime = self.raw["at"]
        return self.edited or at if selects == "updated" else at

    def key(self, selects: Selects) -> tuple[str, str]:
        """Where it stands in its partition."""
        return self.instant(selects).isoformat(), self.raw["id"]


@define(eq=False)
class Ledger:
    """A source plugin in memory.

    Attributes:
        said: the answers of each partition.
        selects: whether it gives what was posted in a window, or what was updated from its start on.
        fixed: whether its mapper has learned to read a score that is written as a word.
        now: what the source's clock shows; later answers are not there yet.
        page: how many answers stand on a page; every second page has a cursor.
        failures: what is raised in a partition when so many of its pages were given.
        stop: is set when so many pages of all partitions were given.
        unlisted: what listing the partitions raises, or None.
        listed_too: what the list of partitions holds beside those of the answers.
        asked: the window and cursor of each reading.
    """

    said: dict[str, list[Said]] = field(factory=dict)
    selects: Selects = "posted"
    fixed: bool = False
    now: datetime = START
    page: int = 2
    failures: dict[str, tuple[int, BaseException]] = field(factory=dict)
    stop: tuple[int, threading.Event] | None = None
    listed_too: list[Partition | Unimportable] = field(factory=list)
    unlisted: Exception | None = None
    asked: list[tuple[str, Window, Json]] = field(factory=list)
    given: int = 0

    def say(self, partition: str, key: str, at: int, score: Any = 9, *, shown: int | None = None, **more: Any) -> None:
        """Add an answer."""
        raw = {"id": key, "at": hour(at), "score": score, **more}
        self.said.setdefault(partition, []).append(Said(raw, hour(at if shown is None else shown)))

    def edit(self, partition: str, number: int, **more: Any) -> None:
        """Change what an answer holds."""
        old = self.said[partition][number]
        self.said[partition][number] = Said({**old.raw, **more}, old.shown, self.now)

    @hookimpl
    def describe(self) -> Description:
        endpoint = Endpoint("https://ledger.example")
        return Description(config=dict, endpoint=lambda _: endpoint, personal={}, selects=self.selects)

    @hookimpl
    def partitions(self) -> list[Partition | Unimportable]:
        if self.unlisted:
            raise self.unlisted
        return [*(Partition(key, key.upper()) for key in self.said), *self.listed_too]

    @hookimpl
    def extract(self, partition: Partition, window: Window, cursor: Json) -> Iterator[Page]:
        self.asked.append((partition.key, window, cursor))
        pages, failure = self.failures.get(partition.key, (None, None))
        wanted = Window(window.start, self.now + timedelta.resolution) if self.selects == "updated" else window
        there = sorted((s for s in self.said[partition.key] if s.shown <= self.now), key=lambda s: s.key(self.selects))
        there = [s for s in there if wanted.holds(s.instant(self.selects))]
        there = [s for s in there if cursor is None or [*s.key(self.selects)] > cursor]
        for number, first in enumerate(range(0, len(there), self.page), 1):
            if failure and pages == number - 1:
                raise failure
            some = there[first : first + self.page]
            self.given += 1
            if self.stop and self.given >= self.stop[0]:
                self.stop[1].set()
            place = [*some[-1].key(self.selects)] if number % 2 == 0 else None
            yield Page([{**s.raw, "at": s.raw["at"].isoformat()} for s in some], place)
        if failure and pages is not None:
            raise failure

    @hookimpl
    def count(self, partition: Partition, window: Window) -> Counted | None:
        scores = [said.raw["score"] for said in self.said[partition.key] if window.holds(said.raw["at"])]
        return Counted(window, len(scores))

    @hookimpl
    def map(self, partition: Partition, id_prefix: str) -> Mapper:
        def mapper(raw: Json) -> Outcome:
            key, at = f"{id_prefix}{raw['id']}", datetime.fromisoformat(raw["at"])
            if raw["score"] is None:
                return Skip("unscored", key, at)
            if not isinstance(raw["score"], int) and not self.fixed:
                return Reject("rating.type", "score", None if raw.get("nameless") else key, at)
            score = {"nine": 9}.get(raw["score"], raw["score"])
            return Feedback(
                id=key, kind="nps", rating=str(score), title=f"[NPS] {partition.title}", posted_at=at,
                survey_id=partition.key, survey_title=partition.title, text=raw.get("why"),
            )  # fmt: skip

        return mapper


def source(plugin: object, name: str = "ledger") -> Source:
    """A source plugin that is not installed, as the host sees it."""
    manager = pluggy.PluginManager("connector_core")
    manager.add_hookspecs(hookspecs)
    manager.register(plugin, name)
    return Source(name, "1.0", manager.hook.describe(), manager)


def job(ledger: Ledger, sink: Sink, *, tick: float = 0.0, **more: Any) -> Job:
    """All that a run of the ledger into a sink needs; its clock shows the ledger's time."""
    clock = Waiting(ledger.now).clock(tick=tick)
    values: dict[str, Any] = {
        "connection": "ledger",
        "target": "memory",
        "fingerprint": {"mapping": "1"},
        "write": encode,
    } | more
    http = HttpClient(Endpoint("https://ledger.example"), clock, transport=Scripted(lambda _: answer()))
    return Job(source=source(ledger), config=None, http=http, sink=sink, clock=clock, **values)


def imported(
    ledger: Ledger, sink: Sink, *, tick: float = 0.0, job_values: Mapping[str, Any] = {}, **options: Any
) -> Summary:
    """Run once, with one thread unless told otherwise."""
    return run(job(ledger, sink, tick=tick, **job_values), Options(**({"threads": 1} | options)))
