"""The SQLite files that are ours: marked as such, durable, and brought to the present schema step by step."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import structlog
from attrs import frozen

from connector_core.errors import ConfigError, TargetError

log = structlog.get_logger("connector_core.database")

_PATIENCE = 10
"""Seconds to wait for another process that writes to a shared file."""

_PARAMETERS = 500
"""Keys that are looked up at once."""


@frozen
class Layout:
    """What one kind of file holds.

    Attributes:
        mark: SQLite's `application_id`, which tells this kind from any other database.
        steps: for each schema version, the statements that lead there from the one before; a new file takes them all.
        exclusive: nobody else may open the file meanwhile; otherwise others may read it, and write between our steps.
    """

    mark: int
    steps: Sequence[Sequence[str]]
    exclusive: bool = False


@frozen
class Database:
    """An open file of ours; `path` is for messages."""

    db: sqlite3.Connection
    path: str

    def select(self, statement: str, *values: object) -> list[Any]:
        """All rows of a query; an error of SQLite becomes one of the target."""
        try:
            return self.db.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise TargetError(f"{self.path}: {_reason(error)}; it cannot be read") from None

    def among(self, statement: str, *values: object, keys: Sequence[str]) -> Iterator[Any]:
        """All rows of a query whose last column of `WHERE` is one of any number of keys."""
        for first in range(0, len(keys), _PARAMETERS):
            some = keys[first : first + _PARAMETERS]
            yield from self.select(f"{statement} IN ({', '.join('?' * len(some))})", *values, *some)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; an error of SQLite becomes one of the target."""
        try:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.db.execute("COMMIT")
            except BaseException:
                if self.db.in_transaction:  # a full disk has rolled it back already
                    self.db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise TargetError(f"{self.path}: {_reason(error)}; nothing of this step was stored") from None


def open_database(path: str, layout: Layout) -> Database:
    """Open a file of ours, or make it; `:memory:` is one that does not last.

    Raises:
        ConfigError: its folder is missing, or it is a database of something else or of a newer version of us.
        TargetError: it cannot be opened, or is no database. Either way it is as it was.
    """
    try:
        with suppress(FileExistsError):
            if path != ":memory:":
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        db = sqlite3.connect(
            path, isolation_level=None, timeout=0 if layout.exclusive else _PATIENCE, check_same_thread=False
        )
    except FileNotFoundError:
        raise ConfigError(f"{path}: its folder does not exist; make it first") from None
    except (OSError, sqlite3.Error) as error:
        raise _unusable(path, error) from None
    try:
        if layout.exclusive:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
        _version(db, path, layout)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        _migrate(Database(db, path), layout)
    except sqlite3.Error as error:
        db.close()
        raise _unusable(path, error) from None
    except BaseException:
        db.close()
        raise
    return Database(db, path)


def _version(db: sqlite3.Connection, path: str, layout: Layout) -> int:
    """The schema version of a file that is ours, 0 of an empty one."""
    ((mark,),), ((version,),) = db.execute("PRAGMA application_id"), db.execute("PRAGMA user_version")
    ((tables,),) = db.execute("SELECT count(*) FROM sqlite_master")
    if mark != layout.mark and (mark or version or tables):
        raise ConfigError(f"{path}: is a database of something else; nothing was touched, give another path")
    if version > len(layout.steps):
        raise ConfigError(
            f"{path}: was written by a newer connector-core (schema {version}, this one has {len(layout.steps)});"
            " nothing was touched, upgrade connector-core"
        )
    return int(version)


def _migrate(database: Database, layout: Layout) -> None:
    with database.transaction():
        before, now = _version(database.db, database.path, layout), len(layout.steps)
        for statement in (statement for step in layout.steps[before:] for statement in step):
            database.db.execute(statement)
        if before < now:
            database.db.execute(f"PRAGMA application_id = {layout.mark}")
            database.db.execute(f"PRAGMA user_version = {now}")
    if 0 < before < now:
        log.info("target.migrated", path=database.path, before=before, now=now)


def _unusable(path: str, error: Exception) -> TargetError:
    return TargetError(f"{path}: cannot be used as a database ({_reason(error)}); give another path")


def _reason(error: Exception) -> str:
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
        return "another run has it open; wait for it to end"
    return str(error.strerror if isinstance(error, OSError) else error)
