"""The one loop: read pages, map them, store whole pages with their places, count everything."""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing

import structlog
from attrs import frozen

from connector_core.clock import Clock
from connector_core.errors import (
    ConfigError,
    SourceError,
    StoppedError,
    TransientError,
    known,
)
from connector_core.job import Job, attempted, fitting, listed, most, patience
from connector_core.lanes import RECORDS, Bound, side_by_side
from connector_core.mapping import Keeping, Mapped, map_page
from connector_core.model import Page, Partition
from connector_core.plan import LEAST, Options, Task, first_instant, plan
from connector_core.sink import Batch, History, Memory, Place, Portion
from connector_core.summary import Summary
from connector_core.times import format_instant

log = structlog.get_logger("connector_core.run")

_OUTAGE = 3
"""So many partitions in a row that cannot be reached are an outage, which ends the run."""


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
    stored = fitting(job, options)
    if options.since and options.since > job.clock.now():
        raise ConfigError("--since: lies in the future; give an earlier date")
    if options.prune:
        job.sink.prune(())
    return attempted(job, lambda summary: _import(job, stored, options, summary))


def _import(job: Job, stored: History, options: Options, summary: Summary) -> None:
    meanwhile = patience(job)
    partitions = listed(job, summary, meanwhile)
    summary.now = now = job.present()
    summary.until = min(now, options.until or now)
    history = job.history or stored
    tasks = plan(partitions, history, options, now, job.source.description.selects)
    log.info("run.started", connection=job.connection, partitions=len(tasks), until=format_instant(summary.until))
    if job.history is None and not options.sampled:
        job.sink.remember(Memory(first_instant(history, options), job.fingerprint, options.full_refresh))
        job.sink.write(())  # history begins here, even if nothing should come of this run
    with closing(_read(job, tasks, options, summary, meanwhile)) as steps:
        for batch in _batches(steps, job.clock, job.sink.batch):
            _store(job, batch, options, summary)
            del batch  # or it would stay while the next one is gathered
    if options.full_refresh and job.history is None and not (summary.error or summary.interrupted):
        _look_for_gone(job, tasks, options, summary)
        known = {*summary.titles, *(u.key for u in summary.unimportable)}
        summary.unlisted = sorted(stored.places.keys() - known)


def _read(
    job: Job, tasks: Sequence[Task], options: Options, summary: Summary, meanwhile: Callable[[], None]
) -> Generator[_Step, None, None]:
    """Read the tasks one after the other; what ends a partition or the reading is noted in the summary."""
    left, strictly = options.limit, options.threads == 1 or options.limit is not None
    bound = Bound[Mapped](0 if strictly else RECORDS, lambda mapped: mapped.read)
    read = side_by_side(tasks, _pages_of(job, summary), options.threads, bound, meanwhile=meanwhile)
    with closing(read) as lanes:
        for number, (task, pages) in enumerate(lanes, 1):
            try:
                for page in pages:
                    mapped = page if left is None else page.first(left)
                    yield _Step(task.partition, mapped, task.place_at(mapped.cursor))
                    if left is not None:
                        left -= len(mapped.rows)
                    if _over(job, summary, left):
                        return
            except Exception as error:  # noqa: BLE001 - what was read before is stored; a bug is told by its frames
                if _ended_by(error, [each.partition.key for each in tasks[:number]], summary):
                    return
            else:
                yield _Step(task.partition, Mapped(), task.place_at_end())
            if _over(job, summary, left):
                return


def _pages_of(job: Job, summary: Summary) -> Callable[[Task], Iterator[Mapped]]:
    """What reads and maps the pages of a task; it is called in other threads."""
    keeping, turn = Keeping(job.write, job.clean, summary.now or job.present()), threading.Lock()

    def pages_of(task: Task) -> Iterator[Mapped]:
        mapper = job.mapper(task.partition)
        pages = job.source.extract(task.partition, task.window, task.cursor, job.config, job.http)

        def mapped(page: Page) -> Mapped:
            with turn:  # who waits for it does not fight for Python's own lock with those that send and decode
                return map_page(page, mapper, task.kept, keeping)

        # unlike a loop, `map` keeps neither the raw page while the mapped one waits, nor that one when it is stored
        yield from map(mapped, pages)

    return pages_of


def _over(job: Job, summary: Summary, left: int | None) -> bool:
    """Whether reading ends here: the user wants it, or as many as were asked for have come."""
    summary.interrupted = job.stop.is_set()
    return summary.interrupted or left == 0


def _ended_by(error: Exception, keys: Sequence[str], summary: Summary) -> bool:
    """Note an error of the last of these partitions: whether it ends the run, and not only its partition."""
    if isinstance(error, SourceError | TransientError) and not error.ends_run:
        summary.failed[keys[-1]] = error
        log.error("partition.failed", partition=keys[-1], kind=error.kind, reason=str(error))
        last = [summary.failed.get(key) for key in keys[-_OUTAGE:]]
        if not all(isinstance(each, TransientError) for each in last) or len(last) < _OUTAGE:
            return False
    summary.error = known(error)
    summary.interrupted = isinstance(error, StoppedError)
    return True


def _batches(steps: Iterable[_Step], clock: Clock, size: Batch) -> Iterator[list[_Step]]:
    """Gather steps into commits; with rejects among the first answers, of enough answers to judge them by."""
    batch: list[_Step] = []
    records, since, read, refused = 0, 0.0, 0, False
    for step in steps:
        if not batch:
            records, since, refused = 0, clock.monotonic(), False
        batch.append(step)
        records, read = records + step.mapped.read, read + step.mapped.read
        refused = refused or step.mapped.refused != []
        full = records >= size.rows or clock.monotonic() - since >= size.seconds
        if full and (read >= LEAST or not refused):
            yield batch
            batch = []
    if batch:
        yield batch


def _store(job: Job, batch: Sequence[_Step], options: Options, summary: Summary) -> None:
    """Store a commit; the summary counts only what is stored."""
    places = [step.place if job.history is None else None for step in batch]
    portions = [
        Portion(s.partition.key, s.mapped.rows, s.mapped.refused, s.mapped.skips, place=place)
        for s, place in zip(batch, places, strict=True)
    ]
    _bear(job, portions, options, summary)
    stored = job.sink.write(portions)
    for step, result in zip(batch, stored, strict=True):
        summary.add(step.partition, step.mapped, result)
    log.debug("commit.done", pages=len(batch), read=summary.total.read, loaded=summary.total.loaded)
    summary.requests = job.http.requests_made
    job.progress(summary)
    if options.limit is None:
        job.endure(summary.total, [reason for result in stored for reason in result.refused], options.tolerance)


def _bear(job: Job, portions: Sequence[Portion], options: Options, summary: Summary) -> None:
    """Stop before a commit whose new rejects are too many, among all that is new, to be a few odd answers.

    A run with a limit only looks, and is never stopped.

    Raises:
        SourceError: they are; nothing of the commit was stored, no place has moved.
    """
    refused = [r for portion in portions for r in portion.refused]
    if not refused or options.limit is not None:
        return
    stored = job.sink.preview(portions)
    rejects = summary.total.new_rejects + sum(one.new_rejects for one in stored)
    fresh = rejects + summary.total.loaded + sum(one.new + one.updated for one in stored)
    if not options.tolerance.bears(rejects, fresh):
        reasons = most(r.reason for r in refused)
        bug = all(r.reason == "map.bug" for r in refused)
        why = "the mapper raises, see mapper.failed in the log." if bug else "has the source changed?"
        raise SourceError(
            f"{rejects:,} of {fresh:,} new answers would be rejected ({reasons}), more than --max-rejects"
            f" {options.tolerance}: {why} They are not stored and will be read again;"
            " if they may be passed over, allow more",
            ends_run=True,
        )


def _look_for_gone(job: Job, tasks: Sequence[Task], options: Options, summary: Summary) -> None:
    """After a full refresh, find what was not met, and delete it if asked to."""
    surely = [t.partition.key for t in tasks if t.partition.key not in summary.failed.keys() | summary.unsure]
    if surely or summary.unsure:
        summary.gone = list(job.sink.gone(surely, tasks[0].kept)) if surely else []
    if options.prune and summary.gone:
        job.sink.prune(summary.gone)
        summary.pruned = True
