"""Instants: reading what APIs send, and writing what records hold. Everything inside is aware and UTC."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

MILLISECONDS_FROM = 100_000_000_000
"""A number this large is milliseconds: as seconds it would be the year 5138."""

_LONGEST = 40
"""No date form is longer; it keeps a hostile text from being parsed as a huge number."""

_LOCAL = ("-- ::", "--T::")
"""Each third character of a local time without an offset, from the fifth on: most dates are told by it, and soon."""

_DAYS = 10_000
"""Days whose offset is remembered: 27 years."""


def instant_reader(zone: tzinfo) -> Callable[[object], tuple[datetime, bool]]:
    """Compile a reader of dates for one zone.

    The reader takes ISO 8601 text (RFC 3339 with an offset, `YYYY-MM-DD HH:MM:SS` or the same with a `T`; without
    an offset it is local to `zone`), unix seconds, or unix milliseconds, and returns the instant in whole seconds
    UTC, and whether a local time fell into a gap or an overlap of the zone (it is then read with PEP 495 `fold=0`).
    It raises ValueError, without the value in its message, for anything else and for instants that UTC cannot hold.
    It may be called from many threads.
    """

    @lru_cache(_DAYS)
    def offset_of(day: date) -> timedelta | None:
        """The offset from UTC of the whole day, or None where it changes (no zone changes it twice within days)."""
        ends = [datetime.combine(day, end, zone) for end in (time.min, time.max)]
        offsets = {end.replace(fold=fold).utcoffset() for end in ends for fold in (0, 1)}
        return offsets.pop() if len(offsets) == 1 else None

    def from_local(moment: datetime) -> tuple[datetime, bool]:
        """The instant of a local time that comes as if it were one of UTC."""
        offset = offset_of(moment.date())
        if offset is not None:
            return moment - offset, False
        moment = moment.replace(tzinfo=None)
        first, second = moment.replace(tzinfo=zone), moment.replace(tzinfo=zone, fold=1)
        return first.astimezone(UTC), first.utcoffset() != second.utcoffset()

    def read(value: object) -> tuple[datetime, bool]:
        try:
            if isinstance(value, str) and value[4::3] in _LOCAL and len(value) == len("YYYY-MM-DD HH:MM:SS"):
                return from_local(datetime.fromisoformat(value + "+00:00"))
            moment, doubtful = _parse(value), False
            if moment.tzinfo is None:
                moment, doubtful = from_local(moment.replace(tzinfo=UTC))
            elif moment.tzinfo is not UTC:
                moment = moment.astimezone(UTC)
        except (ValueError, OverflowError, OSError):
            raise ValueError("not a date, or out of range") from None
        return moment.replace(microsecond=0) if moment.microsecond else moment, doubtful

    return read


def _parse(value: object) -> datetime:
    """What a value says; without an offset where it has none."""
    if isinstance(value, str):
        text = value.strip()
        if len(text) > _LONGEST:
            raise ValueError
        if len(text) <= len("YYYYMMDD") or not (text.isascii() and text.isdigit()):
            return datetime.fromisoformat(text.upper())  # RFC 3339 allows `t` and `z`
        value = int(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError  # noqa: TRY004 - the reader's contract
    return datetime.fromtimestamp(value // 1000 if abs(value) >= MILLISECONDS_FROM else value // 1, UTC)


def format_instant(instant: datetime) -> str:
    """Write an aware instant as RFC 3339, UTC, whole seconds: `2024-07-01T10:30:00Z`."""
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return instant.isoformat()[:19] + "Z"


def parse_moment(text: str) -> datetime:
    """Read what a person types after `--since`: a date or a date and time; without an offset it is UTC.

    Raises:
        ValueError: the text is neither.
    """
    moment = datetime.fromisoformat(text)
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        raise ValueError("a date out of range") from None
