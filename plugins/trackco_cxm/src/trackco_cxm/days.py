"""Which days are asked, in which pieces, and where to resume: pure functions.

All borders are midnights, written without an offset, since the zone in which the server reads them is ASSUMED. Pieces
that share a border therefore adjoin in whatever zone that is, and even for a server that knows dates only; the two
outer ends ask for a day more than the window.
"""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from attrs import frozen

from connector_core import Json, Window, format_instant

CHUNK = 10_000
"""How many answers are read in one piece, if they can be told apart by day: about one commit's worth."""

BEGINNING = date(2000, 1, 1)
"""Where a window without a start begins (ours): no such product existed before."""

_DAY = timedelta(days=1)
_SKEW = timedelta(days=2)
"""How far two zones, the server's and the configured one, can set a date off (26 hours), in whole days."""


@frozen
class Days:
    """Whole days, `first` included, `end` not."""

    first: date
    end: date

    def __len__(self) -> int:
        return max(0, (self.end - self.first).days)

    def far_from(self, instant: datetime) -> bool:
        """Whether an answer of this instant lies outside, in whatever zone either is read."""
        return not _earlier(self.first, _SKEW) <= instant.date() < _later(self.end, _SKEW)


def asked_days(window: Window, cursor: Json) -> Days:
    """The days to ask for: the window's and one more at both ends; from the cursor on where there is one."""
    first = BEGINNING if window.start is None else _earlier(window.start.date(), _DAY)
    if cursor is not None:
        first = datetime.fromisoformat(cursor["until"]).date()
    return Days(first, _later(window.end.date(), 2 * _DAY))


def split(days: Days, total: int | None) -> list[Days]:
    """Pieces of equal length for so many answers, each a day at least; the days themselves where one is enough."""
    parts = min(len(days), -(-(total or 0) // CHUNK))
    if parts <= 1:
        return [days]
    borders = [days.first + timedelta(days=len(days) * part // parts) for part in range(parts + 1)]
    return [Days(first, end) for first, end in pairwise(borders)]


def cursor_after(days: Days, asked: Days, window: Window, now: datetime) -> Json:
    """Where to go on after a piece was read: its end, or the last midnight that had surely passed when it was read.

    The latter keeps answers that are yet to come in the piece's last days from being passed over by a later run.
    """
    over = _earlier(min(window.end, now).date(), _DAY)
    until = max(asked.first, min(days.end, over))
    return {"until": format_instant(datetime.combine(until, time.min, UTC))}


def _earlier(day: date, span: timedelta) -> date:
    return day - span if day - date.min > span else date.min


def _later(day: date, span: timedelta) -> date:
    return day + span if date.max - day > span else date.max
