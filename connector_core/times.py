"""Instants: reading what APIs send, and writing what records hold. Everything inside is aware and UTC."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo

MILLISECONDS_FROM = 100_000_000_000
"""A number this large is milliseconds: as seconds it would be the year 5138."""

_LONGEST = 40
"""No date form is longer; it keeps a hostile text from being parsed as a huge number."""


def instant_reader(zone: tzinfo) -> Callable[[object], tuple[datetime, bool]]:
    """Compile a reader of dates for one zone.

    The reader takes RFC 3339 text with an offset, `YYYY-MM-DD HH:MM:SS` or the same with a `T` (local to `zone`),
    unix seconds, or unix milliseconds, and returns the instant in whole seconds UTC, and whether a local time fell
    into a gap or an overlap of the zone (it is then read with PEP 495 `fold=0`). It raises ValueError, without the
    value in its message, for anything else and for instants that UTC cannot hold.
    """

    def read(value: object) -> tuple[datetime, bool]:
        if isinstance(value, str):
            return _read_text(value.strip(), zone)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _read_number(value), False
        raise ValueError("not a date")

    return read


def _read_text(text: str, zone: tzinfo) -> tuple[datetime, bool]:
    if len(text) > _LONGEST:
        raise ValueError("not a date")
    if len(text) > len("YYYYMMDD") and text.isascii() and text.isdigit():
        return _read_number(int(text)), False
    try:
        moment = datetime.fromisoformat(text).replace(microsecond=0)
    except ValueError:
        raise ValueError("not a date") from None
    try:
        if moment.tzinfo is not None:
            return moment.astimezone(UTC), False
        first, second = moment.replace(tzinfo=zone), moment.replace(tzinfo=zone, fold=1)
        return first.astimezone(UTC), first.utcoffset() != second.utcoffset()
    except OverflowError:
        raise ValueError("a date out of range") from None


def _read_number(number: float) -> datetime:
    seconds = number / 1000 if abs(number) >= MILLISECONDS_FROM else number
    try:
        return datetime.fromtimestamp(seconds // 1, UTC)
    except (OverflowError, ValueError, OSError):
        raise ValueError("a date out of range") from None


def format_instant(instant: datetime) -> str:
    """Write an aware instant as RFC 3339, UTC, whole seconds: `2024-07-01T10:30:00Z`."""
    return instant.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat() + "Z"


def parse_moment(text: str) -> datetime:
    """Read what a person types after `--since`: a date or a date and time; without an offset it is UTC.

    Raises:
        ValueError: the text is neither.
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
