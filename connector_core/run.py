"""The one loop: read pages, map them, store whole pages with their places, count everything."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from attrs import define, field, frozen

from connector_core.clock import Clock
from connector_core.errors import ConfigError, ConnectorError, SourceError, TransientError
from connector_core.http import HttpClient
from connector_core.lanes import side_by_side
from connector_core.mapping import Mapped, MappedPage, map_page, sort_page
from connector_core.model import Partition
from connector_core.plan import Options, Task, first_instant, plan
from connector_core.plugins import Source
from connector_core.sink import History, Memory, Place, Portion, Sink
from connector_core.summary import Summary

log = structlog.get_logger("connector_core.run")

_ROWS = 10_000
_SECONDS = 1.0
"""A commit holds whole pages: up to about this many records, or this much time."""


@frozen(kw_only=True)
class Job:
    """Everything that a run needs, opened.

    Attributes:
        source: the plugin.
        config: its settings.
        http: the API.
        sink: the target.
        connection: under which name places are kept.
        target: as the user wrote it, for messages.
        fingerprint: of the settings that shape records.
        clock: time.
        history: where to start from, instead of where the target stands (a replay brings its own).
        stop: set by another thread or a signal to end after the page in hand.
        progress: called after each commit with the summary so far.
    """

    source: Source
    config: Any
    http: HttpClient
    sink: Sink
    connection: str
    target: str
    fingerprint: Mapping[str, str]
    clock: Clock
    history: History | None = None
    stop: threading.Event = field(factory=threading.Event)
    progress: Callable[[Summary], None] = lambda _: None


def run(job: Job, options: Options) -> Summary:
    """Import once. An error that ends the reading is in the summary, and all that was read before is stored.

    Raises:
        ConfigError: the settings that shape records are not those of the stored records.
        ConnectorError: the partitions could not be listed; nothing was read.
    """
    history = job.history or job.sink.history()
    _check_fingerprint(history.fingerprint, job.fingerprint, options)
    partitions, unimportable = job.source.partitions(job.config, job.http)
    _check_keys(partitions)
    now = _present(job)
    begin = first_instant(history, options)
    sampled = options.until is not None or options.limit is not None
    job.sink.remember(
        Memory(history.begin if sampled else begin, job.fingerprint, options.full_refresh and not sampled)
    )
    summary = Summary(
        job.connection, job.target, unimportable=unimportable, now=now, until=min(now, options.until or now)
    )
    summary.titles.update({p.key: p.title for p in partitions})
    tasks = plan(partitions, history, options, now)
    log.info(
        "run.started",
        connection=job.connection,
        target=job.target,
        partitions=len(tasks),
        until=str(summary.until),
    )
    writer = _Writer(job, summary)
    try:
        _read_all(job, tasks, options, writer)
    except ConnectorError as error:
        summary.error = error
    summary.requests = job.http.requests_made
    _look_for_gone(job, options, summary, [t.partition.key for t in tasks])
    return summary


def _read_all(job: Job, tasks: Sequence[Task], options: Options, writer: "_Writer") -> None:
    def read(task: Task) -> Iterator[MappedPage]:
        mapper = job.source.map(task.partition, job.config, id_prefix(job.source.name, job.connection))
        for page in job.source.extract(task.partition, task.window, task.cursor, job.config, job.http):
            yield map_page(page, mapper)

    lanes = side_by_side(tasks, read, options.threads)
    try:
        for task, pages in lanes:
            try:
                if not _read_one(job, task, pages, options, writer):
                    return
            except (SourceError, TransientError) as error:
                if isinstance(error, TransientError) or error.ends_run:
                    raise
                writer.summary.failed[task.partition.key] = str(error)
                log.error("partition.failed", partition=task.partition.key, reason=str(error))  # noqa: TRY400 - one line
    except ConnectorError as error:
        if error.kind != "target":
            writer.flush()
        raise
    finally:
        lanes.close()
    writer.flush()


def _read_one(job: Job, task: Task, pages: Iterator[MappedPage], options: Options, writer: "_Writer") -> bool:
    """Read one partition; False when the run ends here, by its limit or by the user."""
    for page in pages:
        most = None if options.limit is None else options.limit - writer.taken
        mapped = sort_page(page, task.window, most)
        writer.add(task, mapped, task.place_at(mapped.cursor))
        if job.stop.is_set():
            writer.summary.interrupted = True
            writer.flush()
            return False
        if options.limit is not None and writer.taken >= options.limit:
            writer.flush()
            return False
    writer.add(task, Mapped(), task.place_at_end())
    return True


@define
class _Writer:
    """Gathers pages and stores them in commits; the summary counts only what is stored."""

    job: Job
    summary: Summary
    taken: int = 0
    _waiting: list[tuple[Task, Mapped, Place | None]] = field(factory=list)
    _records: int = 0
    _since: float = field(default=0.0)

    def add(self, task: Task, mapped: Mapped, place: Place | None) -> None:
        if not self._waiting:
            self._since = self.job.clock.monotonic()
        self._waiting.append((task, mapped, place))
        self._records += mapped.read
        self.taken += len(mapped.rows)
        if self._records >= _ROWS or self.job.clock.monotonic() - self._since >= _SECONDS:
            self.flush()

    def flush(self) -> None:
        if not self._waiting:
            return
        portions = [Portion(t.partition.key, m.rows, m.refused, m.still_there, place) for t, m, place in self._waiting]
        stored = self.job.sink.write(portions)
        for (task, mapped, _), result in zip(self._waiting, stored, strict=True):
            self.summary.add(task.partition, mapped, result)
        log.debug("commit.done", pages=len(portions), records=self._records, loaded=self.summary.total.loaded)
        self._waiting, self._records = [], 0
        self.summary.requests = self.job.http.requests_made
        self.job.progress(self.summary)


def id_prefix(plugin: str, connection: str) -> str:
    """What the ids of a connection begin with: `trackco_nps:`, or `trackco_nps.acme:` for a named one."""
    return f"{plugin}:" if connection == plugin else f"{plugin}.{connection}:"


def _present(job: Job) -> datetime:
    """The run's end: our clock, or the server's where that is behind; in whole seconds."""
    now = job.clock.now().replace(microsecond=0)
    return min(now, job.http.server_date or now)


def _check_fingerprint(stored: Any, current: Mapping[str, str], options: Options) -> None:
    if stored is None or options.full_refresh or dict(stored) == dict(current):
        return
    changed = sorted(path for path in stored.keys() | current.keys() if stored.get(path) != current.get(path))
    raise ConfigError(
        f"{', '.join(changed)}: changed since the stored records were made, so new ones would not match them;"
        " run once with --full-refresh, or use another --connection"
    )


def _check_keys(partitions: Sequence[Partition]) -> None:
    keys = [p.key for p in partitions]
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise SourceError(f"the source lists {twice} twice; it cannot be told apart")


def _look_for_gone(job: Job, options: Options, summary: Summary, keys: Sequence[str]) -> None:
    """After a full refresh of everything, find what was not met, and delete it if asked to."""
    if (
        not options.full_refresh
        or options.limit is not None
        or options.until is not None
        or summary.interrupted
        or summary.error
    ):
        return
    summary.gone = list(job.sink.gone([key for key in keys if key not in summary.failed]))
    if options.prune and summary.gone:
        job.sink.prune(summary.gone)
        summary.pruned = True
