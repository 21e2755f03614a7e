"""What a journal remembers, read back: how far each partition was read, and where history begins."""

import json
from datetime import datetime

from connector_core.database import Database
from connector_core.errors import TargetError
from connector_core.model import Window
from connector_core.sink import History, Place
from connector_core.times import format_instant


def history_of(database: Database, connection: str) -> History:
    """What the runs of a connection left.

    Raises:
        TargetError: it is not what a run of ours writes; nothing is guessed.
    """
    settled = "SELECT begin, fingerprint FROM connector_connection WHERE name = ?"
    begin, fingerprint = next(iter(database.select(settled, connection)), (None, None))
    rows = database.select(
        "SELECT key, low_water, high_water, window_start, window_end, cursor FROM connector_partition"
        " WHERE connection = ?",
        connection,
    )
    broken, places = "", {}
    try:
        for key, *rest in rows:
            broken = f" --partition {key}"
            places[key] = _place(*rest)
        broken = ""
        return History(places, instant_of(begin), _object(fingerprint))
    except (ValueError, TypeError, RecursionError):
        raise TargetError(
            f"{database.path}: what it keeps of {connection} cannot be read, somebody else has written there;"
            f" forget it with: connector state reset --connection {connection}{broken}"
        ) from None


def instant_text(instant: datetime | None) -> str | None:
    """An instant as tables hold it, which sorts as text."""
    return format_instant(instant) if instant else None


def _place(low: str | None, high: str | None, start: str | None, end: str | None, cursor: str | None) -> Place:
    until = instant_of(end)
    window = Window(instant_of(start), until) if until else None
    return Place(instant_of(high), window, json.loads(cursor or "null"), instant_of(low))


def instant_of(text: str | None) -> datetime | None:
    """The instant that a table holds.

    Raises:
        ValueError: it holds none.
    """
    if text is None:
        return None
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError
    return instant


def _object(text: str | None) -> dict[str, str] | None:
    value = json.loads(text) if text is not None else None
    if not isinstance(value, dict | None):
        raise TypeError
    return value
