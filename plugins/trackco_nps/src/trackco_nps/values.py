"""One raw JSON value to what it says, or None where it says nothing of the kind. Nothing here raises."""

import re
from datetime import UTC, datetime

from connector_core import Json, instant_reader

_read_instant = instant_reader(UTC)
_WHOLE = re.compile(r"[0-9]{1,18}")


def text(value: Json) -> str | None:
    """Text as it is, a number as text (`12.0` is `12`); None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def instant(value: Json) -> datetime | None:
    """Unix seconds (PAYLOAD), as a number or in digits, to an aware instant in UTC; fractions are cut.

    Milliseconds are told apart by their size. Other text is no date here: no payload has one.
    """
    if isinstance(value, str):
        digits = value.strip()
        if not _WHOLE.fullmatch(digits):
            return None
        value = int(digits)
    try:
        return _read_instant(value)[0]
    except ValueError:
        return None


def whole(value: Json) -> int | None:
    """A whole number of 0 or more, or its digits."""
    digits = (text(value) or "").strip()
    return int(digits) if _WHOLE.fullmatch(digits) else None


def code(value: Json) -> str | None:
    """A campaign's code, a whole number or its digits, as text without leading zeros."""
    number = whole(value)
    return None if number is None else str(number)


def is_empty(value: Json) -> bool:
    """Whether a value says nothing: null, `""`, `[]`, `{}`. Zero and false do say something."""
    return not value and not isinstance(value, int | float)


def is_blank(value: Json) -> bool:
    """Whether a single value is not there: null, or text without anything in it."""
    return value is None or (isinstance(value, str) and not value.strip())
