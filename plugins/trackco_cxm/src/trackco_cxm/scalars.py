"""Single JSON values, read tolerantly: an id, a text, a number. A boolean is none of them."""

import re

from connector_core.model import Json

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


def text(value: Json) -> str | None:
    """A text without its outer white space, or a number as text; None for anything else and for blank text."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**18 else None  # no id is longer, and Python refuses to write huge ones
    return None


def number(value: Json) -> int | float | None:
    """A number, or a text that is one (`"5 "`, `"4.5"`); None for anything else."""
    if isinstance(value, str):
        stripped = value.strip()
        if not _NUMBER.fullmatch(stripped):
            return None
        return float(stripped) if "." in stripped else int(stripped)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return None


def count(value: Json) -> int | None:
    """A whole number of 0 or more; None for anything else."""
    found = number(value)
    return int(found) if found is not None and found >= 0 and found == found // 1 else None
