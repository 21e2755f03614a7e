"""Which time is asked, in which pieces, and where to resume: pure functions.

Borders are written without an offset, since the zone in which the server reads them is ASSUMED. Pieces share their
borders' text. So whatever instants the server takes these texts for - in a gap or overlap of a clock change, or as a
whole day where it knows dates only - an answer of the whole is after one border and not after the next, and so within
a piece. The two outer ends ask for a day more than the window.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import pairwise

from attrs import frozen

from connector_core import Json, SourceError, Window, format_instant

CHUNK = 10_000
"""How many answers are read in one piece, if they can be told apart by day: a handful of commits."""

_PARTS = (8, 32)
"""Into how many parts, at least and at most, too long a piece is split, whose counts are asked for at once: of all
time, an account has few years, and halving would look for them one request after the other."""

_DOUBT = 2
"""So many times what the whole has, its parts may have together: answers may arrive meanwhile."""

BEGINNING = datetime(2000, 1, 1)  # noqa: DTZ001 - borders have no zone
"""Where a window begins that has no start, or an earlier one (ours): no such product existed before, and a year of less
than four digits is not written as any server reads it."""

_EARLIEST, _LATEST = datetime(1, 1, 1), datetime(9999, 12, 31)  # noqa: DTZ001 - borders have no zone
_DAY = timedelta(days=1)
_SKEW = timedelta(days=2)
"""How far two zones, the server's and the configured one, can set a date off (26 hours), in whole days."""


@frozen
class Span:
    """A stretch of time on a wall clock, `first` included, `end` not; both naive and in whole seconds."""

    first: datetime
    end: datetime

    def __bool__(self) -> bool:
        """Whether there is any time in it."""
        return self.first < self.end

    def __str__(self) -> str:
        """For people; midnights as days."""
        return " to ".join(str(border).removesuffix(" 00:00:00") for border in (self.first, self.end))

    def far_from(self, instant: datetime) -> bool:
        """Whether an answer of this instant lies outside, in whatever zone either is read."""
        first, end = self.reach
        return not first <= instant < end

    @cached_property
    def reach(self) -> tuple[datetime, datetime]:
        """The instants that may lie inside, in whatever zone either is read."""
        first, end = _earlier(self.first, _SKEW), _later(self.end, _SKEW)
        return first.replace(tzinfo=UTC), end.replace(tzinfo=UTC)


def asked_span(window: Window, cursor: Json, name: str) -> Span:
    """The days to ask for: the window's and one more at both ends; from the cursor on where there is one.

    Raises:
        SourceError: the cursor is none of ours; the line begins with the survey's `name`.
    """
    first = BEGINNING if window.start is None else _earlier(_midnight(window.start), _DAY)
    if cursor is not None:
        first = _until(cursor, name)
    return Span(max(first, BEGINNING), _later(_midnight(window.end), 2 * _DAY))


def _until(cursor: Json, name: str) -> datetime:
    """Where a cursor says to go on."""
    try:
        until = datetime.fromisoformat(cursor["until"])
        if until.utcoffset() == timedelta(0):
            return until.replace(tzinfo=None, microsecond=0)
    except (TypeError, KeyError, ValueError):
        pass
    raise SourceError(
        f"survey {name}: the place to resume in its state cannot be read, it was not written by this plugin;"
        f" `connector state reset --partition {name}` makes the next run read the survey anew"
    )


def split(span: Span, total: int | None) -> list[Span]:
    """Parts of equal length, each of whole days, some two for each piece; the span itself where one is enough."""
    begin = _midnight(span.first)
    days = (span.end - begin).days
    fewest, most = _PARTS
    parts = min(days, max(fewest, min(most, 2 * (total or 0) // CHUNK))) if (total or 0) > CHUNK else 1
    inner = [begin + timedelta(days=days * part // parts) for part in range(1, parts)]
    return [Span(first, end) for first, end in pairwise([span.first, *inner, span.end])]


def divided(
    span: Span, total: int | None, count: Callable[[Sequence[Span]], Sequence[int | None]]
) -> list[tuple[Span, int | None]]:
    """Pieces that adjoin, as far as days can tell answers apart, each with how many it has; None where nobody knows.

    Args:
        span: what is to be read.
        total: how many answers it has; one piece is enough for `CHUNK` of them, and where that is not known.
        count: how many answers the server counts in each of some spans. Where parts have far more together than the
            whole, they are not told apart, and what is said of them is not believed.
    """
    parts = split(span, total)
    if total is None or len(parts) == 1:
        return [(span, total)]
    sizes = [size for size in count(parts) if size is not None]
    if len(sizes) < len(parts) or sum(sizes) > _DOUBT * total:
        return [(part, None) for part in parts]
    return [piece for part, size in joined(parts, sizes) for piece in divided(part, size, count)]


def joined(parts: Sequence[Span], sizes: Sequence[int]) -> list[tuple[Span, int]]:
    """Pieces of a split, neighbours in one as long as one piece may hold them; two at least."""
    pieces: list[tuple[Span, int]] = []
    for part, size in zip(parts, sizes, strict=True):
        if pieces and pieces[-1][1] + size <= CHUNK:
            (before, held) = pieces.pop()
            part, size = Span(before.first, part.end), held + size  # noqa: PLW2901 - both in one
        pieces.append((part, size))
    return pieces if len(pieces) > 1 else list(zip(parts, sizes, strict=True))


def halves(span: Span, date_format: str) -> list[Span]:
    """Two halves, of whole days if there is a midnight in between; none where their border cannot be written.

    The shortest piece is a second, some 30 halvings from all time, or what `date_format` can express.
    """
    middle = span.first + (span.end - span.first) // 2
    border = midnight if (midnight := _midnight(middle)) > span.first else middle.replace(microsecond=0)
    if border.strftime(date_format) in {span.first.strftime(date_format), span.end.strftime(date_format)}:
        return []
    return [Span(span.first, border), Span(border, span.end)]


def cursor_after(span: Span, asked: Span, window: Window, now: datetime) -> Json:
    """Where to go on after a piece was read: its end, or the last midnight that had surely passed when it was read.

    The latter keeps answers that are yet to come in the piece's last days from being passed over by a later run.
    """
    over = _earlier(_midnight(min(window.end, now)), _DAY)
    until = max(asked.first, min(span.end, over))
    return {"until": format_instant(until.replace(tzinfo=UTC))}


def _midnight(instant: datetime) -> datetime:
    """The beginning of its day, without a zone."""
    return instant.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)


def _earlier(border: datetime, span: timedelta) -> datetime:
    return border - span if border - _EARLIEST > span else _EARLIEST


def _later(border: datetime, span: timedelta) -> datetime:
    return border + span if _LATEST - border > span else _LATEST
