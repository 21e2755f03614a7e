"""What a run reads of each partition: pure functions from what is remembered and what was asked to windows."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from attrs import frozen

from connector_core.model import Json, Partition, Window
from connector_core.sink import History, Place


@frozen(kw_only=True)
class Options:
    """What the user asked of one run.

    Attributes:
        since: read answers from this instant on.
        until: and before this one; such a run moves no cursor.
        lookback: how far before the high-water mark a run reads again, to see edits.
        full_refresh: read everything again from the beginning.
        prune: after a full refresh, delete what is no longer at the source.
        limit: at most so many answers; such a run moves no cursor.
        threads: partitions read, and requests in flight, side by side.
    """

    since: datetime | None = None
    until: datetime | None = None
    lookback: timedelta = timedelta(days=7)
    full_refresh: bool = False
    prune: bool = False
    limit: int | None = None
    threads: int = 4


@frozen
class Task:
    """One partition's part of a run.

    Attributes:
        window: the instants that are wanted.
        cursor: where in the window an interrupted run stopped, or None.
        high_water: where the partition stood before.
        resumable: whether cursors within the window may be stored.
        moves: whether the high-water mark moves to the window's end when all of it was read.
    """

    partition: Partition
    window: Window
    cursor: Json = None
    high_water: datetime | None = None
    resumable: bool = True
    moves: bool = True

    def place_at(self, cursor: Json) -> Place | None:
        """Where the partition stands after a page with this cursor; None when that is not to be stored."""
        return Place(self.high_water, self.window, cursor) if self.resumable and cursor is not None else None

    def place_at_end(self) -> Place | None:
        """Where the partition stands when all of the window was read; never before where it stood."""
        if not self.moves:
            return None
        return Place(max(filter(None, (self.high_water, self.window.end))))


def plan(partitions: Sequence[Partition], history: History, options: Options, now: datetime) -> list[Task]:
    """One task for each partition that has anything to read, in the order of the partitions."""
    end = min(options.until or now, now)
    tasks = []
    for partition in partitions:
        place = Place() if options.full_refresh else history.places.get(partition.key, Place())
        task = _task(partition, place, first_instant(history, options), options, end)
        if task.window.start is None or task.window.start < end:
            tasks.append(task)
    return tasks


def first_instant(history: History, options: Options) -> datetime | None:
    """Where the connection's history begins: `--since` of its first run, or of a later one that goes further back."""
    if history.fresh:
        return options.since or history.begin
    return min(history.begin, options.since) if history.begin and options.since else history.begin


def _task(partition: Partition, place: Place, begin: datetime | None, options: Options, end: datetime) -> Task:
    moves = options.until is None and options.limit is None
    if options.since is not None:
        read_to = place.high_water or begin
        moves = moves and read_to is not None and options.since <= read_to
        resumable = moves and place == Place()
        return Task(partition, Window(options.since, end), None, place.high_water, resumable, moves)
    start = begin if place.high_water is None else _later(begin, _earlier_by(place.high_water, options.lookback))
    pending = place.window
    if moves and pending and _reaches(pending.start, start) and pending.end <= end:
        return Task(partition, Window(pending.start, end), place.cursor, place.high_water)
    return Task(partition, Window(start, end), None, place.high_water, resumable=moves, moves=moves)


def _later(begin: datetime | None, instant: datetime) -> datetime:
    return instant if begin is None else max(begin, instant)


def _earlier_by(instant: datetime, span: timedelta) -> datetime:
    try:
        return instant - span
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def _reaches(pending: datetime | None, start: datetime | None) -> bool:
    """Whether a window that begins at `pending` begins no later than one that begins at `start`."""
    return pending is None or (start is not None and pending <= start)
