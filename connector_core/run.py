"""The one loop: read pages, map them, store whole pages with their places, count everything."""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

import structlog
from attrs import field, frozen

from connector_core.clock import Clock
from connector_core.errors import ConfigError, ConnectorError, SourceError
from connector_core.http import HttpClient
from connector_core.lanes import side_by_side
from connector_core.mapping import Mapped, map_page
from connector_core.model import Partition
from connector_core.plan import Options, Task, first_instant, plan
from connector_core.plugins import Source
from connector_core.sink import History, Memory, Place, Portion, Sink
from connector_core.summary import Summary
from connector_core.times import format_instant

log = structlog.get_logger("connector_core.run")

PLUGIN = "plugin"
"""The entry of a fingerprint that names the plugin; the others are digests of settings."""

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
        fingerprint: of what shapes records: the plugin by its name, settings by digests.
        clock: time.
        history: where a replay starts from, instead of where the target stands. A replay loads records and leaves
            nothing else: neither places, nor where history begins, nor settings.
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


@frozen
class _Step:
    """What one page, or the end of a partition, gives to store."""

    partition: Partition
    mapped: Mapped
    place: Place | None


def run(job: Job, options: Options) -> Summary:
    """Import once. An error that ends the run is in the summary, and all that was read before is stored.

    Raises:
        ConfigError: the options do not fit what is stored, the target or the present; nothing was asked for.
    """
    stored = job.sink.history()
    problem = misfit(stored.fingerprint, job.fingerprint, job.connection, refreshed=options.full_refresh)
    if problem:
        raise ConfigError(problem)
    if options.since and options.since > job.clock.now():
        raise ConfigError("--since: lies in the future; give an earlier date")
    if options.prune:
        job.sink.prune(())
    summary = Summary(job.connection, job.target)
    try:
        _import(job, stored, options, summary)
    except ConnectorError as error:
        summary.error = error
    summary.requests = job.http.requests_made
    return summary


def _import(job: Job, stored: History, options: Options, summary: Summary) -> None:
    partitions, summary.unimportable = job.source.partitions(job.config, job.http)
    _check_keys(partitions)
    summary.now = now = _present(job)
    summary.until = min(now, options.until or now)
    summary.titles = {p.key: p.title for p in partitions}
    history = job.history or stored
    tasks = plan(partitions, history, options, now)
    log.info("run.started", connection=job.connection, partitions=len(tasks), until=format_instant(summary.until))
    if job.history is None and not options.sampled:
        job.sink.remember(Memory(first_instant(history, options), job.fingerprint, options.full_refresh))
        job.sink.write(())  # history begins here, even if nothing should come of this run
    with closing(_read(job, tasks, options, summary)) as steps:
        for batch in _batches(steps, job.clock):
            _store(job, batch, summary)
    if options.full_refresh and job.history is None and not (summary.error or summary.interrupted):
        _look_for_gone(job, tasks, options, summary)
        listed = {*summary.titles, *(u.key for u in summary.unimportable)}
        summary.unlisted = sorted(stored.places.keys() - listed)


def _read(job: Job, tasks: Sequence[Task], options: Options, summary: Summary) -> Generator[_Step, None, None]:
    """Read the tasks one after the other; what ends a partition or the reading is noted in the summary."""

    def pages_of(task: Task) -> Iterator[Mapped]:
        mapper = job.source.map(task.partition, job.config, id_prefix(job.source.name, job.connection))
        for page in job.source.extract(task.partition, task.window, task.cursor, job.config, job.http):
            yield map_page(page, mapper, task.window)

    left = options.limit
    with closing(side_by_side(tasks, pages_of, options.threads)) as lanes:
        for task, pages in lanes:
            try:
                for page in pages:
                    mapped = page if left is None else page.first(left)
                    yield _Step(task.partition, mapped, task.place_at(mapped.cursor))
                    if left is not None:
                        left -= len(mapped.rows)
                    summary.interrupted = job.stop.is_set()
                    if summary.interrupted or left == 0:
                        return
            except ConnectorError as error:
                if not isinstance(error, SourceError) or error.ends_run:
                    summary.error = error
                    return
                summary.failed[task.partition.key] = str(error)
                log.info("partition.failed", partition=task.partition.key, reason=str(error))
            else:
                yield _Step(task.partition, Mapped(), task.place_at_end())


def _batches(steps: Iterable[_Step], clock: Clock) -> Iterator[list[_Step]]:
    """Gather steps into commits."""
    batch: list[_Step] = []
    records, since = 0, 0.0
    for step in steps:
        if not batch:
            records, since = 0, clock.monotonic()
        batch.append(step)
        records += step.mapped.read
        if records >= _ROWS or clock.monotonic() - since >= _SECONDS:
            yield batch
            batch = []
    if batch:
        yield batch


def _store(job: Job, batch: Sequence[_Step], summary: Summary) -> None:
    """Store a commit; the summary counts only what is stored."""
    places = [step.place if job.history is None else None for step in batch]
    stored = job.sink.write(
        [
            Portion(s.partition.key, s.mapped.rows, s.mapped.refused, s.mapped.still_there, place)
            for s, place in zip(batch, places, strict=True)
        ]
    )
    for step, result in zip(batch, stored, strict=True):
        summary.add(step.partition, step.mapped, result)
    log.debug("commit.done", pages=len(batch), read=summary.total.read, loaded=summary.total.loaded)
    summary.requests = job.http.requests_made
    job.progress(summary)


def _look_for_gone(job: Job, tasks: Sequence[Task], options: Options, summary: Summary) -> None:
    """After a full refresh, find what was not met, and delete it if asked to."""
    surely = [t.partition.key for t in tasks if t.partition.key not in summary.failed.keys() | summary.unsure]
    summary.gone = list(job.sink.gone(surely, tasks[0].window)) if surely else None
    if options.prune and summary.gone:
        job.sink.prune(summary.gone)
        summary.pruned = True


def id_prefix(plugin: str, connection: str) -> str:
    """What the ids of a connection begin with: `trackco_nps:`, or `trackco_nps.acme:` for a named one."""
    return f"{plugin}:" if connection == plugin else f"{plugin}.{connection}:"


def _present(job: Job) -> datetime:
    """The run's end: our clock, or the server's where that is behind; in whole seconds."""
    now = job.clock.now().replace(microsecond=0)
    return min(now, job.http.server_date or now)


def misfit(
    stored: Mapping[str, str] | None, current: Mapping[str, str], connection: str, *, refreshed: bool = False
) -> str | None:
    """Why records made now would not match those that are stored, or None when they do (or there are none).

    With `refreshed`, the stored ones are about to be made anew, so that only those of another plugin are in the way.
    """
    if stored is None or dict(stored) == dict(current):
        return None
    if stored.get(PLUGIN) != current.get(PLUGIN):
        return f"--connection {connection}: belongs to the plugin {stored.get(PLUGIN)}; give this one another name"
    if refreshed:
        return None
    changed = sorted(path for path in stored.keys() | current.keys() if stored.get(path) != current.get(path))
    return (
        f"{', '.join(changed)}: changed since the stored records were made, so new ones would not match them;"
        " run once with --full-refresh, or use another --connection"
    )


def _check_keys(partitions: Sequence[Partition]) -> None:
    keys = [p.key for p in partitions]
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise SourceError(f"the source lists {twice} twice; it cannot be told apart")
