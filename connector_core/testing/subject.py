"""A source under test: loaded as the host loads it, with an API that answers as often as it is asked."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from functools import cached_property, lru_cache
from itertools import count
from pathlib import Path
from typing import Any

import attrs
import requests
from attrs import define, field, frozen
from requests.adapters import BaseAdapter, HTTPAdapter

from connector_core import plugins
from connector_core.cassette import Recording, ReplayAdapter, load
from connector_core.cassette.rerun import replay
from connector_core.clock import SYSTEM, Clock, stopped_at
from connector_core.config import Settings, read_document
from connector_core.config import load as load_settings
from connector_core.files import beside
from connector_core.http import HttpClient
from connector_core.job import PLUGIN, Job
from connector_core.model import Feedback, Json, Mapper, Outcome, Page, Partition, Reject
from connector_core.plan import Options, Task, Tolerance, plan
from connector_core.plugins import Source
from connector_core.privacy import protector
from connector_core.run import run
from connector_core.sink import History, Sink
from connector_core.summary import Summary
from connector_core.testing.contract import NotShownError
from connector_core.testing.source_case import SourceCase
from connector_core.testing.transports import Asked, Remembering

_SAMPLES = 40
"""Records of each partition that the checks of the mapper look at."""

ANY_REJECTS = Tolerance(count=10**9)
"""What a run of a check bears: it is about something else."""


@frozen
class Reading:
    """All pages of one partition, and what was asked of the API for them."""

    task: Task
    pages: Sequence[Page]
    requests: int

    @property
    def records(self) -> list[Json]:
        """The raw records of all pages, in order."""
        return [record for page in self.pages for record in page.records]


@frozen
class Sample:
    """One raw record, the mapper of its partition, and what that makes of it."""

    partition: Partition
    mapper: Mapper
    raw: Json
    outcome: Outcome


@define(slots=False)
class Subject:
    """A source as its checks see it.

    Attributes:
        case: what the author says.
        document: the configuration.
        source: the plugin, with no wrapper around its mapper.
        settings: the configuration, loaded.
        clock: the recording's; or this machine's, which stands still. On it waiting takes no time.
        options: what the recorded run was asked; else all.
        history: where the recorded run began; None: where its target stands.
        recording: None where a server answers.
    """

    case: SourceCase
    document: Mapping[str, Json]
    source: Source
    settings: Settings
    clock: Clock
    options: Options
    history: History | None = None
    recording: Recording | None = None
    _answers: dict[Asked, requests.Response] = field(factory=dict, init=False)

    @property
    def config(self) -> Any:
        """The source's own settings."""
        return self.settings.plugin

    @property
    def id_prefix(self) -> str:
        """What the ids of all records begin with."""
        return f"{self.case.plugin}:"

    def transport(self) -> BaseAdapter:
        """The API, from the beginning."""
        if self.recording is None:
            return Remembering(HTTPAdapter(), self._answers)
        return ReplayAdapter(self.recording, self.settings.secrets())

    @contextmanager
    def client(self, around: Callable[[BaseAdapter], BaseAdapter] = lambda inner: inner) -> Iterator[HttpClient]:
        """A client of the API, whose transport may be wrapped; requests go one after the other."""
        endpoint = attrs.evolve(self.source.description.endpoint(self.config), budget=None)
        with closing(HttpClient(endpoint, self.clock, transport=around(self.transport()), allow_http=True)) as http:
            yield http

    @cached_property
    def tasks(self) -> list[Task]:
        """What a run reads: the partitions with their windows.

        Raises:
            NotShownError: there is nothing to read.
        """
        with self.client() as http:
            partitions, _ = self.source.partitions(self.config, http)
            now = min(self.clock.now().replace(microsecond=0), http.server_date or self.clock.now())
        tasks = plan(partitions, self.history or History(), self.options, now, self.source.description.selects)
        if not tasks:
            raise NotShownError("the API of this case has no partition that can be imported")
        return tasks

    @cached_property
    def readings(self) -> list[Reading]:
        """All of it, read once."""
        return [self.read(task) for task in self.tasks]

    def read(self, task: Task, cursor: Json = None) -> Reading:
        """All pages of one task, from the API as it is at its beginning, after a cursor if one is given."""
        with self.client() as http:
            begin = task.cursor if cursor is None else cursor
            pages = list(self.source.extract(task.partition, task.window, begin, self.config, http))
            return Reading(task, pages, http.requests_made)

    def mapper(self, partition: Partition) -> Mapper:
        """The source's own mapper of a partition, newly compiled."""
        return self.source.map(partition, self.config, self.id_prefix)

    @cached_property
    def samples(self) -> list[Sample]:
        """Some records of each partition, evenly drawn, each with what its mapper makes of it.

        Raises:
            NotShownError: none becomes a record.
        """
        samples: list[Sample] = []
        for reading in self.readings:
            mapper, records = self.mapper(reading.task.partition), reading.records
            step = max(1, len(records) // _SAMPLES)
            samples += [Sample(reading.task.partition, mapper, raw, _outcome(mapper, raw)) for raw in records[::step]]
        if not any(isinstance(sample.outcome, Feedback) for sample in samples):
            raise NotShownError("the API of this case gives no answer that can be imported")
        return samples

    def import_into(
        self,
        sink: Sink,
        around: Callable[[BaseAdapter], BaseAdapter] = lambda inner: inner,
        *,
        after: Callable[[Summary], None] = lambda _: None,
        again: bool = False,
    ) -> Summary:
        """Run once, as the host does; each page is a commit, after which `after` is called.

        With `again`, everything is read, whatever was read before. A recording always answers for all of its run.
        """
        ticks = count()
        clock = attrs.evolve(self.clock, monotonic=lambda: next(ticks) * 1.1)
        endpoint = attrs.evolve(self.source.description.endpoint(self.config), budget=None)
        transport = around(self.transport())
        with closing(HttpClient(endpoint, clock, transport=transport, allow_http=True)) as http:
            job = Job(
                source=self.source, config=self.config, http=http, sink=sink, connection=self.case.plugin,
                target="test", fingerprint={PLUGIN: self.case.plugin}, clock=clock, history=self.history,
                progress=after, write=protector(self.source.description.personal, self.settings.host.privacy),
            )  # fmt: skip
            anew = self.options.full_refresh or (again and self.recording is None)
            return run(job, attrs.evolve(self.options, threads=1, tolerance=ANY_REJECTS, full_refresh=anew))


def _outcome(mapper: Mapper, raw: Json) -> Outcome:
    """What the host makes of a record: one on which the mapper raises is rejected."""
    try:
        return mapper(raw)
    except Exception:  # noqa: BLE001 - see `mapper_never_raises`
        return Reject("map.bug", "$")


@contextmanager
def opened(case: SourceCase) -> Iterator[Subject]:
    """The subject of a case, for as long as its server runs.

    Raises:
        ConfigError: the plugin is not installed, or its configuration or recording does not fit.
    """
    with case.server() if case.server else nullcontext() as served:
        document = _document(case, served)
        source = plugins.load_source(case.plugin)
        settings = load_settings(document, source.description.config)
        if case.cassette is None:
            clock = attrs.evolve(stopped_at(SYSTEM.now()), monotonic=SYSTEM.monotonic)
            yield Subject(case, document, source, settings, clock, Options(threads=1))
            return
        world = replay(str(case.cassette), case.plugin, Options(threads=1), settings.secrets())
        recording = _recording(case.cassette, case.cassette.stat().st_mtime_ns)
        yield Subject(
            case, document, source, settings, world.clock, world.options, world.history or History(), recording
        )


def _document(case: SourceCase, served: object) -> Mapping[str, Json]:
    """The configuration of a case, as JSON has it."""
    given = case.config(served) if callable(case.config) else case.config
    if given is None and case.cassette is not None:
        given = read_document(str(beside(str(case.cassette))))
    document: Mapping[str, Json] = json.loads(json.dumps(given))
    return document


@lru_cache(4)
def _recording(path: Path, _changed: int) -> Recording:
    return load(path)
