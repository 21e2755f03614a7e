"""What a journal holds, read back: what waits among the rejects, how much there is. A plain run asks for neither."""

from collections.abc import Collection
from datetime import datetime

from connector_core.database import Database
from connector_core.errors import TargetError
from connector_core.model import Window
from connector_core.recall import instant_of, instant_text
from connector_core.sink import Held, Refused
from connector_core.times import format_instant


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
            Refused(key, reason, path, digest, raw, datetime.fromisoformat(at), instant_of(posted_at))
            for key, reason, path, digest, raw, at, posted_at in rows
        ]
    except (ValueError, TypeError):
        raise TargetError(
            f"{database.path}: what it keeps of the rejects of {partition} cannot be read;"
            " somebody else has written there"
        ) from None


def unmet_in(
    database: Database, seen: str, run: tuple[str, int], partitions: Collection[str], window: Window
) -> list[str]:
    """Ids of a window that a run, by connection and number, has not met; rejects that it has not met are forgotten."""
    start, end = instant_text(window.start) or "", format_instant(window.end)
    rows = database.among(
        f"SELECT id FROM {seen}"  # noqa: S608 - a table of ours or the target's
        " WHERE connection = ? AND run_no <> ? AND posted_at >= ? AND posted_at < ? AND partition",
        *(*run, start, end),
        keys=list(partitions),
    )
    found = sorted(key for (key,) in rows)
    connection, run_no = run
    unmet = [(connection, partition, run_no) for partition in partitions]
    with database.transaction():
        database.db.executemany(
            "DELETE FROM connector_reject WHERE connection = ? AND partition = ? AND run_no <> ?", unmet
        )
    return found


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
    (rejected, rejected_dated), (skipped, skipped_dated) = (
        database.select(
            f"SELECT count(*), count(posted_at) FROM {table} WHERE {mine} {beside}"  # noqa: S608 - tables of ours
            f" AND {name} NOT IN (SELECT id FROM {seen})",
            *within,
        )[0]
        for table, name in tables.items()
    )
    return Held(dict(ratings), rejected, skipped, rejected + skipped - rejected_dated - skipped_dated)
