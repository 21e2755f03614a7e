"""The memory of a connection, in SQLite: places, digests, rejects. In the target if that is SQLite, else beside it."""

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from attrs import define, field, frozen

from connector_core.errors import ConfigError, TargetError
from connector_core.model import Window
from connector_core.sink import History, Memory, Place, Portion, Row, Stored
from connector_core.times import format_instant

SCHEMA = 1
"""The version of the tables below; a higher one in the file was written by a newer version of us."""

_TABLES = """
CREATE TABLE IF NOT EXISTS connector_connection (
  no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, begin TEXT, fingerprint TEXT, runs INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS connector_partition (
  no INTEGER PRIMARY KEY, connection TEXT NOT NULL, key TEXT NOT NULL, high_water TEXT,
  window_start TEXT, window_end TEXT, cursor TEXT, UNIQUE (connection, key));
CREATE TABLE IF NOT EXISTS connector_reject (
  connection TEXT NOT NULL, key TEXT NOT NULL, partition TEXT NOT NULL, reason TEXT NOT NULL, path TEXT NOT NULL,
  digest BLOB NOT NULL, PRIMARY KEY (connection, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS connector_seen (
  id TEXT PRIMARY KEY, partition_no INTEGER NOT NULL, digest BLOB NOT NULL, run_no INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS connector_meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
"""


def connect(path: str) -> sqlite3.Connection:
    """Open a database file (`:memory:` for none that lasts) with full durability.

    Raises:
        TargetError: it cannot be opened, or is no database.
    """
    try:
        if path != ":memory:":
            Path(path).touch(mode=0o600)
        db = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
    except (OSError, sqlite3.Error) as error:
        raise TargetError(f"{path}: cannot be opened as a database ({_said(error)}); give another path") from None
    return db


def _said(error: Exception) -> str:
    return str(error.strerror if isinstance(error, OSError) else error)


@frozen
class Verdict:
    """What is to be done with one portion: the rows to deliver, the ids that were met again, the counts."""

    fresh: Sequence[Row]
    met: Sequence[str]
    stored: Stored


@define
class Journal:
    """The memory of one connection.

    Attributes:
        db: the open database.
        connection: the connection's name.
        path: for messages.
        seen: the table that holds `id`, `partition_no`, `digest` and `run_no` of every record that was delivered.
    """

    db: sqlite3.Connection
    connection: str
    path: str
    seen: str = "connector_seen"
    run_no: int = field(default=0, init=False)
    _memory: Memory = field(factory=Memory, init=False)
    _numbers: dict[str, int] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        """Make or check the tables."""
        with self.transaction():
            for statement in filter(str.strip, _TABLES.split(";")):
                self.db.execute(statement)
            self.db.execute("INSERT OR IGNORE INTO connector_meta VALUES ('schema', ?)", (str(SCHEMA),))
        (version,) = self.db.execute("SELECT value FROM connector_meta WHERE key = 'schema'").fetchone()
        if int(version) > SCHEMA:
            raise ConfigError(
                f"{self.path}: was written by a newer connector-core (schema {version}, this one has {SCHEMA}); upgrade"
            )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; an error of SQLite becomes one of the target."""
        try:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")
        except sqlite3.Error as error:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            raise TargetError(f"{self.path}: {_said(error)}; nothing of this step was stored") from None

    def history(self) -> History:
        """See `Sink.history`."""
        found = self.db.execute(
            "SELECT begin, fingerprint FROM connector_connection WHERE name = ?", (self.connection,)
        ).fetchone()
        begin, fingerprint = found or (None, None)
        rows = self.db.execute(
            "SELECT key, high_water, window_start, window_end, cursor FROM connector_partition WHERE connection = ?",
            (self.connection,),
        )
        places = {
            key: Place(
                _instant(high),
                Window(_instant(start), datetime.fromisoformat(end)) if end else None,
                json.loads(cursor or "null"),
            )
            for key, high, start, end, cursor in rows
        }
        return History(places, _instant(begin), json.loads(fingerprint) if fingerprint else None)

    def remember(self, memory: Memory) -> None:
        """See `Sink.remember`."""
        self._memory = memory

    def judge(self, portions: Sequence[Portion]) -> list[Verdict]:
        """Tell, for each portion, which rows are new or changed and what else was met. Within a transaction."""
        self._begin_run()
        ids = json.dumps([row.id for portion in portions for row in portion.rows])
        known = {
            key: (digest, run)
            for key, digest, run in self.db.execute(
                f"SELECT id, digest, run_no FROM {self.seen} WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608 - our own table
                (ids,),
            )
        }
        return [self._judge(portion, known) for portion in portions]

    def _judge(self, portion: Portion, known: dict[str, tuple[bytes, int]]) -> Verdict:
        fresh, met, counts = [], list(portion.still_there), Counter[str]()
        for row in portion.rows:
            digest, run = known.get(row.id, (None, 0))
            if digest == row.digest:
                counts["duplicate" if run == self.run_no else "unchanged"] += 1
                met.append(row.id)
            else:
                counts["new" if digest is None else "updated"] += 1
                fresh.append(row)
            known[row.id] = (row.digest, self.run_no)
        return Verdict(fresh, met, Stored(**counts, new_rejects=self._new_rejects(portion)))

    def keep(self, portion: Portion, verdict: Verdict) -> None:
        """Store what was met, the rejects and the place of one portion. Within a transaction, after its rows."""
        self.db.executemany(
            f"UPDATE {self.seen} SET run_no = ? WHERE id = ?",  # noqa: S608 - our own table
            [(self.run_no, key) for key in verdict.met],
        )
        rejects = "DELETE FROM connector_reject WHERE connection = ? AND key = ?"
        self.db.executemany(rejects, [(self.connection, row.id) for row in portion.rows])
        self.db.executemany(
            "INSERT OR REPLACE INTO connector_reject VALUES (?, ?, ?, ?, ?, ?)",
            [(self.connection, r.key, portion.partition, r.reason, r.path, r.digest) for r in portion.refused],
        )
        if portion.place:
            self._move(portion.partition, portion.place)

    def keep_digests(self, portion: Portion, verdict: Verdict) -> None:
        """Remember what was delivered to a target that cannot tell it. Within a transaction."""
        number = self.number(portion.partition)
        self.db.executemany(
            "INSERT OR REPLACE INTO connector_seen VALUES (?, ?, ?, ?)",
            [(row.id, number, row.digest, self.run_no) for row in verdict.fresh],
        )

    def _begin_run(self) -> None:
        """Give this run its number, with its first write, and keep what `remember` was given."""
        if self.run_no:
            return
        begin, fingerprint = self._memory.begin, json.dumps(dict(self._memory.fingerprint))
        (self.run_no,) = self.db.execute(
            "INSERT INTO connector_connection (name, begin, fingerprint, runs) VALUES (?, ?, ?, 1)"
            " ON CONFLICT (name) DO UPDATE SET begin = excluded.begin,"
            " fingerprint = excluded.fingerprint, runs = runs + 1 RETURNING runs",
            (self.connection, format_instant(begin) if begin else None, fingerprint),
        ).fetchone()
        if self._memory.restart:
            self._forget(None)

    def _new_rejects(self, portion: Portion) -> int:
        known = self.db.execute(
            "SELECT key, reason, digest FROM connector_reject"
            " WHERE connection = ? AND key IN (SELECT value FROM json_each(?))",
            (self.connection, json.dumps([r.key for r in portion.refused])),
        )
        return len({(r.key, r.reason, r.digest) for r in portion.refused} - set(known))

    def number(self, partition: str) -> int:
        """The short number that stands for a partition in the table of records."""
        if partition not in self._numbers:
            self.db.execute(
                "INSERT OR IGNORE INTO connector_partition (connection, key) VALUES (?, ?)",
                (self.connection, partition),
            )
            (self._numbers[partition],) = self.db.execute(
                "SELECT no FROM connector_partition WHERE connection = ? AND key = ?",
                (self.connection, partition),
            ).fetchone()
        return self._numbers[partition]

    def _move(self, partition: str, place: Place) -> None:
        start, end = (place.window.start, place.window.end) if place.window else (None, None)
        self.db.execute(
            "UPDATE connector_partition SET high_water = ?, window_start = ?, window_end = ?, cursor = ? WHERE no = ?",
            (
                *(format_instant(t) if t else None for t in (place.high_water, start, end)),
                json.dumps(place.cursor),
                self.number(partition),
            ),
        )

    def gone(self, partitions: Collection[str]) -> list[str]:
        """See `Sink.gone`."""
        keys = json.dumps(list(partitions))
        rows = self.db.execute(
            f"SELECT id FROM {self.seen} WHERE run_no <> ? AND partition_no IN (SELECT no FROM connector_partition"  # noqa: S608 - our own table
            " WHERE connection = ? AND key IN (SELECT value FROM json_each(?))) ORDER BY id",
            (self.run_no, self.connection, keys),
        )
        return [key for (key,) in rows]

    def reset(self, partitions: Collection[str] | None = None) -> int:
        """Forget the places of all partitions (and where history begins), or of these: the next run reads them anew."""
        with self.transaction():
            if partitions is None:
                self.db.execute("UPDATE connector_connection SET begin = NULL WHERE name = ?", (self.connection,))
            return self._forget(partitions)

    def _forget(self, partitions: Collection[str] | None) -> int:
        return self.db.execute(
            "UPDATE connector_partition SET high_water = NULL, window_start = NULL, window_end = NULL, cursor = NULL"
            " WHERE connection = ?1 AND (?2 IS NULL OR key IN (SELECT value FROM json_each(?2)))",
            (self.connection, None if partitions is None else json.dumps(list(partitions))),
        ).rowcount

    def close(self) -> None:
        """Let go of the database."""
        self.db.close()


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
