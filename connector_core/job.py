"""What a run, a retry and a reconciliation have in common: all that they need, opened, and their first steps."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from math import inf
from typing import Any

from attrs import field, frozen

from connector_core.clock import Clock
from connector_core.errors import (
    ConfigError,
    ConnectorError,
    SourceError,
    StoppedError,
    TargetError,
    TransientError,
    bug,
)
from connector_core.http import HttpClient
from connector_core.lanes import elsewhere
from connector_core.model import Json, Mapper, Partition
from connector_core.plan import Options, Tolerance
from connector_core.plugins import Source
from connector_core.record import Write
from connector_core.sink import History, Sink
from connector_core.summary import Summary, Tally

PLUGIN = "plugin"
"""The entry of a fingerprint that names the plugin; the others are digests of settings."""

GRACE = 3.0
"""Seconds that the page in hand has to come when the user ends the run."""


def endure(total: Tally, returned: Sequence[str], tolerance: Tolerance) -> None:
    """Stop after a commit of which the target has refused rows, for these reasons, if by now it is too much.

    Raises:
        TargetError: it is; what it refused waits among the rejects.
    """
    fresh = total.new_rejects + total.loaded
    if returned and not tolerance.bears(total.new_rejects, fresh):
        raise TargetError(
            f"{total.new_rejects:,} of {fresh:,} new answers were rejected, now by the target ({most(returned)}), more"
            f" than --max-rejects {tolerance}. They are kept: after a fix, --retry-rejects sends them again"
        )


def most(reasons: Iterable[str]) -> str:
    """The most frequent ones, each with its number."""
    return ", ".join(f"{count:,} {why}" for why, count in Counter(reasons).most_common(3))


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
        write: writes a record, without the personal data that the configuration does not allow.
        history: where a replay starts from, instead of where the target stands. A replay loads records, keeps
            rejects, and leaves nothing else: neither places, nor where history begins, nor settings.
        clean: what may be kept of a raw record that is rejected.
        seconds: how long the run may take; beyond it, it leaves even a server that hangs.
        stop: set by another thread or a signal to end after the page in hand.
        progress: called after each commit with the summary so far.
        endure: called after that with the numbers so far, why the target has refused rows of the commit, and how much
            is borne; see `endure`.
    """

    source: Source
    config: Any
    http: HttpClient
    sink: Sink
    connection: str
    target: str
    fingerprint: Mapping[str, str]
    clock: Clock
    write: Write
    history: History | None = None
    clean: Callable[[Json], Json] = lambda raw: raw
    seconds: float = inf
    stop: threading.Event = field(factory=threading.Event)
    progress: Callable[[Summary], None] = lambda _: None
    endure: Callable[[Tally, Sequence[str], Tolerance], None] = endure

    def mapper(self, partition: Partition) -> Mapper:
        """The mapper of a partition; ids begin with `trackco_nps:`, of a named connection with `trackco_nps.acme:`."""
        name, connection = self.source.name, self.connection
        prefix = f"{name}:" if connection == name else f"{name}.{connection}:"
        return self.source.map(partition, self.config, prefix)

    def present(self) -> datetime:
        """Our clock, or the server's where that is behind; in whole seconds."""
        now = self.clock.now().replace(microsecond=0)
        return min(now, self.http.server_date or now)


def fitting(job: Job, options: Options) -> History:
    """What the connection remembers, if records of this job may stand beside it.

    Raises:
        ConfigError: they would not match those that are stored.
    """
    stored = job.sink.history()
    problem = misfit(stored.fingerprint, job.fingerprint, job.connection, refreshed=options.full_refresh)
    if problem:
        raise ConfigError(problem)
    return stored


def attempted(job: Job, work: Callable[[Summary], None]) -> Summary:
    """The summary of a run, with the error that ended it, if one did."""
    summary = Summary(job.connection, job.target)
    try:
        work(summary)
    except ConnectorError as error:
        summary.error = error
        summary.interrupted = isinstance(error, StoppedError)
    except Exception as error:  # noqa: BLE001 - a bug, of which only its frames are told
        summary.error = bug(error)
    summary.requests = job.http.requests_made
    return summary


def listed(job: Job, summary: Summary, meanwhile: Callable[[], None]) -> list[Partition]:
    """The partitions of a run; what cannot be imported goes into the summary."""
    found = elsewhere(lambda: job.source.partitions(job.config, job.http), meanwhile)
    partitions, summary.unimportable = found
    _check_keys(partitions)
    summary.titles = {p.key: p.title for p in partitions}
    return partitions


def patience(job: Job) -> Callable[[], None]:
    """A look at whether the run must end: time is up, or the user wants it and the page in hand has had its time.

    A server that drips where no bound of a request reaches, in headers say, is left when nothing was sent for so long
    that every try, wait and window of a budget would be over.
    """
    asked: list[float] = []
    end, sent, since = job.clock.monotonic() + job.seconds + GRACE, -1, 0.0

    def look() -> None:
        nonlocal sent, since
        now = job.clock.monotonic()
        if job.http.requests_made != sent:
            sent, since = job.http.requests_made, now
        if now >= end or now - since >= job.http.longest_silence:
            raise TransientError("time is up, and a server hangs; progress is kept, run it again (see --max-time)")
        if job.stop.is_set():
            asked.append(now)
            if asked[-1] - asked[0] >= GRACE:
                raise StoppedError("stopped while a page was being read; it is read again by the next run")

    return look


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
