"""Single JSON values, read tolerantly: an id, a text, a number. A boolean is none of them."""

import re
from functools import lru_cache

from connector_core import Json

EMPTY: tuple[Json, ...] = (None, "", [], {})
"""What says nothing, whatever stands there."""

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_NUMBERS = (int, float)  # made once: a union in a test of types is made anew each time
_EXACT = 2**53
"""Below it, a float that is whole is the number that was written."""
_HUGE = 10**300
"""From here on a number is no id, and Python may refuse to write it."""


def text(value: Json) -> str | None:
    """A text without its outer white space, or a number as text (`12.0` is `12`); None for all else and blank text."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, _NUMBERS) and not isinstance(value, bool):
        if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
            value = int(value)
        return str(value) if abs(value) < _HUGE else None
    return None


def number(value: Json) -> int | float | None:
    """A number, or a text that is one (`"5 "`, `"4.5"`); None for anything else."""
    if isinstance(value, str):
        return _number_in(value)
    if isinstance(value, _NUMBERS) and not isinstance(value, bool):
        return value
    return None


@lru_cache(1_000)
def _number_in(text: str) -> int | float | None:
    """The number that a text is. Scores are few, and each comes a thousand times."""
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        return None
    return float(stripped) if "." in stripped else int(stripped)


def count(value: Json) -> int | None:
    """A whole number of 0 or more; None for anything else."""
    found = number(value)
    return int(found) if found is not None and found >= 0 and found == found // 1 else None


def is_blank(value: Json) -> bool:
    """Whether there is no value, or a text without anything but white space."""
    return value is None or (isinstance(value, str) and (value == "" or value.isspace()))


def is_empty(value: Json) -> bool:
    """Whether a value says nothing: none, blank text, or a list or object that holds nothing."""
    return is_blank(value) or (not value and value in EMPTY)
