"""What a journal remembers, read back: how far each partition was read, what waits among the rejects, what is held."""

import json
from datetime import datetime

from connector_core.database import Database
from connector_core.errors import TargetError
from connector_core.model import Window
from connector_core.sink import Held, History, Place, Refused
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
        return History(places, _instant(begin), _object(fingerprint))
    except (ValueError, TypeError, RecursionError):
        raise TargetError(
            f"{database.path}: what it keeps of {connection} cannot be read, somebody else has written there;"
            f" forget it with: connector state reset --connection {connection}{broken}"
        ) from None


def rejects_of(database: Database, connection: str, partition: str) -> list[Refused]:
    """What waits among the rejects of a partition, in the order in which it was rejected.

    Raises:
        TargetError: it is not what a run of ours writes.
    """
    rows = database.select(
        "SELECT key, reason, path, digest, raw, rejected_at, posted_at FROM connector_reject"
        " WHERE connection = ? AND partition = ? ORDER BY rowid",
        *(connection, partition),
    )
    try:
        return [
            Refused(key, reason, path, digest, raw, datetime.fromisoformat(at), _instant(posted_at))
            for key, reason, path, digest, raw, at, posted_at in rows
        ]
    except (ValueError, TypeError):
        raise TargetError(
            f"{database.path}: what it keeps of the rejects of {partition} cannot be read;"
            " somebody else has written there"
        ) from None


def held_in(database: Database, seen: str, connection: str, partition: str, window: Window) -> Held:
    """What is held of a partition in a window; `seen` is the table that knows the records.

    An answer that is loaded counts as such, even if it was skipped or rejected when it came again.
    """
    within = (connection, partition, instant_text(window.start) or "", format_instant(window.end))
    mine = "connection = ? AND partition = ? AND"
    ratings = database.select(
        f"SELECT rating, count(*) FROM {seen} WHERE {mine} posted_at >= ? AND posted_at < ? GROUP BY rating",  # noqa: S608 - a table of ours
        *within,
    )
    beside = "(posted_at IS NULL OR (posted_at >= ? AND posted_at < ?))"
    tables = {"connector_reject": "key", "connector_skip": "id"}
    rejected, skipped = (
        database.select(
            f"SELECT count(*) FROM {table} WHERE {mine} {beside} AND {name} NOT IN (SELECT id FROM {seen})",  # noqa: S608
            *within,
        )[0][0]
        for table, name in tables.items()
    )
    return Held(dict(ratings), rejected, skipped)


def instant_text(instant: datetime | None) -> str | None:
    """An instant as tables hold it, which sorts as text."""
    return format_instant(instant) if instant else None


def _place(low: str | None, high: str | None, start: str | None, end: str | None, cursor: str | None) -> Place:
    until = _instant(end)
    window = Window(_instant(start), until) if until else None
    return Place(_instant(high), window, json.loads(cursor or "null"), _instant(low))


def _instant(text: str | None) -> datetime | None:
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
