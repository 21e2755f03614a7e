"""Which days to ask for at once.

Days are the account's own, in a zone that nobody published, and nothing here rests on which it is.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from attrs import frozen

from connector_core import Window

TARGET_ANSWERS = 5_000
"""How many answers one request should bring: the API has no pages, so a body is as large as its days (ours)."""

LONGEST_DAYS = 365
UNCOUNTED_DAYS = 31
"""The length of a chunk where the campaign does not say how many answers it has."""

EARLIEST = date(2012, 1, 1)
"""Whatever was answered before is asked for in one request without a beginning (ours)."""

_BEGINNING = date(1970, 1, 1)
"""The API's times are unix seconds: days without a beginning are not cut any further than this."""

_DAY = timedelta(days=1)


@frozen
class Chunk:
    """Whole days, both ends included; `first` None is the beginning of time."""

    first: date | None
    last: date


def outer_days(window: Window) -> tuple[date | None, date]:
    """The first and last day to ask for so that a window is covered whatever the account's zone is.

    An instant's local day differs from its UTC day by one at the most; so one day more at both ends is enough.
    """
    start = window.start.date() if window.start else EARLIEST
    return (start - _DAY if start > EARLIEST else None), window.end.date() + _DAY


def settled_day(end: datetime) -> date:
    """The last day that was over everywhere on earth at an instant: no answer can be added to it any more.

    A resumed run may have a later end than the one that was interrupted, so a place after any later day is no safe one.
    """
    return end.date() - 2 * _DAY


def day_after(day: date) -> date:
    """The next day."""
    return day + _DAY


def day_before(day: date) -> date:
    """The previous day."""
    return day - _DAY


def halves(part: Chunk) -> tuple[Chunk, ...]:
    """The first and the last half of some days; nothing where they are a single one."""
    first = part.first or min(_BEGINNING, part.last)
    middle = first + (part.last - first) // 2
    return (Chunk(part.first, middle), Chunk(day_after(middle), part.last)) if first < part.last else ()


def whole_days(window: Window, zone: ZoneInfo) -> Chunk | None:
    """The days of a zone that lie within a window from their first instant to their last; None where none does."""
    last = day_before(window.end.astimezone(zone).date())
    if window.start is None:
        return Chunk(None, last)
    start = max(window.start, midnight(_BEGINNING, zone))
    first = start.astimezone(zone).date()
    if midnight(first, zone) < start:
        first = day_after(first)
    return Chunk(first, last) if first <= last else None


def instants(part: Chunk, zone: ZoneInfo) -> Window:
    """From when to when some days of a zone last."""
    return Window(midnight(part.first, zone) if part.first else None, midnight(day_after(part.last), zone))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day in a zone, in UTC, whether or not its clocks show 00:00 just once."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def chunk_days(span_days: int, answers: int | None) -> int:
    """How many days to ask for at once in a campaign that gathered so many answers in so many days."""
    if answers is None:
        return UNCOUNTED_DAYS
    return max(1, min(LONGEST_DAYS, span_days * TARGET_ANSWERS // max(1, answers)))


def chunks(first: date | None, last: date, created: date | None, answers: int | None) -> Iterator[Chunk]:
    """Cut the days from `first` to `last` into chunks that adjoin, in order.

    Args:
        first: the first day, or None for the beginning of time.
        last: the last day, included; before `first` there is nothing to read.
        created: when the campaign was created; all days before it are one chunk, for imported answers.
        answers: the campaign's own count of its answers.
    """
    begin = max(created or EARLIEST, EARLIEST)
    if first is None or first < begin:
        before = Chunk(first, min(begin - _DAY, last))
        if first is None or first <= before.last:
            yield before
        first = begin
    days = timedelta(days=chunk_days((last - begin).days + 1, answers))
    while first <= last:
        yield Chunk(first, min(first + days - _DAY, last))
        first += days


def recent(last: date, created: date | None, answers: int | None) -> Chunk:
    """The days up to `last` with enough answers to judge by: all days of a small campaign, the last ones of a large."""
    if answers is not None and answers <= TARGET_ANSWERS:
        return Chunk(None, last)
    begin = max(created or EARLIEST, EARLIEST)
    return Chunk(last - timedelta(days=chunk_days((last - begin).days + 1, answers) - 1), last)
