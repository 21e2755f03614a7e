"""What a run reads of each partition: pure functions from what is remembered and what was asked to windows."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs
from attrs import Factory, field, frozen

from connector_core.errors import ConfigError
from connector_core.model import Json, Partition, Selects, Window
from connector_core.sink import History, Place


@frozen
class Tolerance:
    """How many new rejects a run bears, before it is taken for a source that has changed its shape.

    Attributes:
        share: of the answers that are new or changed, and of `LEAST` of them at least; 0 to 1.
        count: or so many, whatever is new.
    """

    share: float = 0.05
    count: int | None = None

    def bears(self, rejects: int, fresh: int) -> bool:
        """Whether so many new rejects among so many new answers are borne."""
        return rejects <= (self.share * max(fresh, LEAST) if self.count is None else self.count)

    def __str__(self) -> str:
        return f"{self.share:.4%}".rstrip("0%").rstrip(".") + "%" if self.count is None else str(self.count)


LEAST = 100
"""Answers from which on a share of them says something."""


@frozen(kw_only=True)
class Options:
    """What the user asked of one run.

    Attributes:
        since: read answers from this instant on.
        until: and before this one; such a run moves no cursor.
        lookback: how far before the high-water mark a run reads again, to see edits.
        full_refresh: read everything again from the beginning.
        prune: after a full refresh, delete what is no longer at the source.
        limit: load at most so many answers; such a run moves no cursor.
        threads: partitions read, and requests in flight, side by side.
        tolerance: how many new rejects are borne.
    """

    since: datetime | None = None
    until: datetime | None = None
    lookback: timedelta = timedelta(days=7)
    full_refresh: bool = False
    prune: bool = False
    limit: int | None = None
    threads: int = 4
    tolerance: Tolerance = Tolerance()

    def __attrs_post_init__(self) -> None:
        """Refuse what contradicts itself.

        Raises:
            ConfigError: a full refresh of a part, which could neither go on later nor tell what is gone.
        """
        if self.full_refresh and (self.since or self.sampled):
            raise ConfigError("--full-refresh reads everything; it goes with neither --since, --until nor --limit")

    @property
    def sampled(self) -> bool:
        """Whether the run is for looking or for repairs: it loads, and leaves nothing to later runs."""
        return self.until is not None or self.limit is not None


@frozen
class Task:
    """One partition's part of a run.

    Attributes:
        window: the instants that are read: of posting, or of updates where the source selects by these.
        place: where the partition stood before.
        mark: where its high-water mark moves when all of the window was read; None moves nothing, not even within.
        cursor: where in the window an interrupted run stopped, or None.
        kept: the instants of posting that are wanted; what was posted at others is cut.
    """

    partition: Partition
    window: Window
    place: Place
    mark: datetime | None
    cursor: Json = None
    kept: Window = field(default=Factory(lambda self: self.window, takes_self=True))

    def place_at(self, cursor: Json) -> Place | None:
        """Where the partition stands after a page with this cursor; None when that is not to be stored."""
        if self.mark is None or cursor is None:
            return None
        return attrs.evolve(self.place, window=Window(self.window.start, self.mark), cursor=cursor)

    def place_at_end(self) -> Place | None:
        """Where the partition stands when all of the window was read; None when that is not to be stored."""
        if self.mark is None:
            return None
        low, start = self.place.low_water, self.window.start
        kept = self.place.high_water is not None and _reaches(low, start)
        return Place(self.mark, low_water=low if kept else start)


def plan(
    partitions: Sequence[Partition], history: History, options: Options, now: datetime, selects: Selects = "posted"
) -> list[Task]:
    """One task for each partition that has anything to read, in the order of the partitions."""
    begin, end = first_instant(history, options), min(options.until or now, now)
    places = {} if options.full_refresh else history.places
    tasks = [_task(partition, places.get(partition.key, Place()), begin, options, end) for partition in partitions]
    if selects == "updated":
        tasks = [_by_update(task, begin, options.since, now) for task in tasks]
    return [task for task in tasks if not (task.window.empty or task.kept.empty)]


def first_instant(history: History, options: Options) -> datetime | None:
    """Where the connection's history begins: `--since` of its first run, or of a later one that goes further back."""
    if options.since is None or (history.begin is None and not history.fresh):
        return history.begin
    return options.since if history.fresh or history.begin is None else min(history.begin, options.since)


def _task(partition: Partition, place: Place, begin: datetime | None, options: Options, end: datetime) -> Task:
    needed, high, pending = _needed(place, begin, options.lookback), place.high_water, place.window
    start = needed if options.since is None else options.since
    # A run that reads less than it should, or whose clock is behind the mark, leaves the mark where it is.
    if options.sampled or not _reaches(start, needed) or (high is not None and end < high):
        return Task(partition, Window(start, end), place, None)
    if pending and pending.end <= end and _covers(pending, start, exactly=options.since is not None):
        # Read on to the present; but pages before the cursor are as old as the first run, and so is the mark.
        return Task(partition, Window(pending.start, end), place, pending.end, place.cursor)
    return Task(partition, Window(start, end), place, end)


def _by_update(task: Task, begin: datetime | None, since: datetime | None, now: datetime) -> Task:
    """The same of a source that selects by update: an answer of any age in the history that is wanted is kept.

    An answer is updated when it is posted or later. So the updates from an instant on, and all up to now, hold what was
    posted from it on. A run that moves the mark must keep all that is wanted, whatever it was asked for: the updates
    before the mark are not read again.
    """
    start = begin if since is None or task.mark is not None else since
    return attrs.evolve(task, window=Window(task.window.start, now), kept=Window(start, task.window.end))


def _needed(place: Place, begin: datetime | None, lookback: timedelta) -> datetime | None:
    """From where on a partition has to be read; None is the beginning of time."""
    if place.high_water is None or not _reaches(place.low_water, begin):
        return begin
    try:
        trailing = place.high_water - lookback
    except OverflowError:
        return begin
    return trailing if begin is None else max(begin, trailing)


def _covers(pending: Window, start: datetime | None, *, exactly: bool) -> bool:
    """Whether to go on with a window gives what reading from `start` would; who named a start means that one."""
    return pending.start == start or (not exactly and _reaches(pending.start, start))


def _reaches(first: datetime | None, second: datetime | None) -> bool:
    """Whether the first beginning is no later than the second; None is the beginning of time."""
    return first is None or (second is not None and first <= second)
