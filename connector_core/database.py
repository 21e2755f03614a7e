"""The SQLite files that are ours: locked, marked as such, durable, and brought to the present schema step by step."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import structlog
from attrs import define, field, frozen

from connector_core.errors import ConfigError, ConnectorError, TargetError, TransientError
from connector_core.lock import hold, stands
from connector_core.wholeness import bytes_of, is_whole

log = structlog.get_logger("connector_core.database")

_LOCKED = "another program has locked it; wait for it to end"
_PATIENCE = 1
"""Seconds to wait for another program that has locked the file by SQLite's own means."""

_PAGES_IN_WAL = 16_000
"""Of 4 KB, after which SQLite moves what the `-wal` holds: what many commits change of an index is moved once."""

_PARAMETERS = 500
"""Keys that are looked up at once."""


@frozen
class Layout:
    """What one kind of file holds.

    Attributes:
        mark: SQLite's `application_id`, which tells this kind from any other database.
        steps: for each schema version, the statements that lead there from the one before; a new file takes them all.
        functions: of one argument, by the name under which the statements call them.
    """

    mark: int
    steps: Sequence[Sequence[str]]
    functions: Mapping[str, Callable[[Any], Any]] = field(factory=dict)


class _Connection(sqlite3.Connection):
    """A connection that lets go of its file, lock and all, when it is closed."""

    held: ExitStack

    def close(self) -> None:
        super().close()
        self.held.close()


@define
class Database:
    """An open file of ours, to be closed; `path` is for messages.

    Only we write to it meanwhile: each transaction looks first whether the file is as the last one left it.

    Attributes:
        file: a descriptor of the file; None in memory.
    """

    db: sqlite3.Connection
    path: str
    file: int | None = None
    _size: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Remember how large the file is."""
        self._size = self._length()

    def select(self, statement: str, *values: object) -> list[Any]:
        """All rows of a query; an error of SQLite, or text that it cannot take, becomes one of the target."""
        try:
            return self.db.execute(statement, values).fetchall()
        except (sqlite3.Error, UnicodeEncodeError) as error:
            raise _failed(f"{self.path}: {_reason(error)}; it cannot be read") from None

    def among(self, statement: str, *values: object, keys: Sequence[str | bytes]) -> Iterator[Any]:
        """All rows of a query whose last column of `WHERE` is one of any number of keys."""
        for first in range(0, len(keys), _PARAMETERS):
            some = keys[first : first + _PARAMETERS]
            yield from self.select(f"{statement} IN ({', '.join('?' * len(some))})", *values, *some)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; an error of SQLite, or a file that somebody has changed, becomes one of the target."""
        self.look()
        try:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.db.execute("COMMIT")
            except BaseException:
                if self.db.in_transaction:  # a full disk has rolled it back already
                    self.db.execute("ROLLBACK")
                raise
        except (sqlite3.Error, UnicodeEncodeError) as error:
            raise _failed(f"{self.path}: {_reason(error)}; nothing of this step was stored") from None
        finally:
            self._size = self._length()

    def close(self) -> None:
        """Let go of the file.

        Raises:
            TargetError: somebody has changed it since the last transaction; it stays as they left it.
        """
        try:
            self.look()
        finally:
            self.db.close()

    def look(self) -> None:
        """Look whether the file is as the last transaction left it.

        Raises:
            TargetError: somebody has changed it; it stays as they left it.
        """
        moved = self.file is not None and not stands(self.file, self.path)
        if not moved and (self._length() == self._size or self._grown_whole()):
            return
        if moved:  # what the -wal still holds belongs to our file, wherever it is, and not to one that stands there now
            with suppress(sqlite3.Error):
                self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.db.interrupt()  # whoever closes it now leaves the -wal as it is, and writes nothing into the file
        how = "taken away or replaced" if moved else "cut or added to"
        better = "put it back as it was, with its -wal file, or give another path"
        raise TargetError(f"{self.path}: was {how} during the run by somebody else; {better}")

    def _grown_whole(self) -> bool:
        """Whether the file is all that it says of itself: another program has only moved what the -wal held."""
        with suppress(TargetError, sqlite3.Error):
            return self._length() > self._size and is_whole(self.path, self.file or 0)
        return False

    def _length(self) -> int:
        return os.fstat(self.file).st_size if self.file is not None else 0


def open_database(path: str, layout: Layout) -> Database:
    """Open a file of ours, or make it, and keep other runs out of it; `:memory:` is one that does not last.

    Raises:
        ConfigError: its folder is missing, or it is a database of something else or of a newer version of us.
        TransientError: another process has it open.
        TargetError: it cannot be opened, is no database, or not whole. In any case it is as it was.
    """
    try:
        with ExitStack() as held:
            file = None if path == ":memory:" else _hold(path, held)
            whole = file is None or is_whole(path, file)
            db = sqlite3.connect(
                path, isolation_level=None, timeout=_PATIENCE, check_same_thread=False, factory=_Connection
            )
            db.held = held.pop_all()
        try:
            _version(db, path, layout)
            if not whole and db.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]:
                raise TargetError(f"{path}: is cut off or damaged; put it back as it was, or give another path")  # noqa: TRY301 - as SQLite would
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute(f"PRAGMA wal_autocheckpoint = {_PAGES_IN_WAL}")
            database = Database(db, path, file)
            _migrate(database, layout)
        except BaseException:
            db.interrupt()  # closing it then leaves to others what stands in their -wal
            db.close()
            raise
    except (OSError, sqlite3.Error) as error:
        raise _unusable(path, error) from None
    return database


def _hold(path: str, held: ExitStack) -> int:
    """Lock a file, make it where there is none, and open it to watch it.

    The descriptor must outlive the connection: with it, the system would take SQLite's own locks away.
    """
    if Path(path).exists() and not Path(path).is_file():
        raise TargetError(f"{path}: is no file that can hold a database; give another path")
    held.callback(hold(path).release)
    if not bytes_of(path) and bytes_of(path, "-wal"):
        raise TargetError(f"{path}: is empty or not there, but its -wal file is; put it back, or move both away")
    file = os.open(path, os.O_RDONLY | os.O_CREAT, 0o600)
    held.callback(os.close, file)
    return file


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
    for name, function in layout.functions.items():
        database.db.create_function(name, 1, function, deterministic=True)
    with database.transaction():
        before, now = _version(database.db, database.path, layout), len(layout.steps)
        for statement in (statement for step in layout.steps[before:] for statement in step):
            database.db.execute(statement)
        if before < now:
            database.db.execute(f"PRAGMA application_id = {layout.mark}")
            database.db.execute(f"PRAGMA user_version = {now}")
    if 0 < before < now:
        log.info("target.migrated", path=database.path, before=before, now=now)


def _unusable(path: str, error: Exception) -> ConnectorError:
    return _failed(f"{path}: cannot be used as a database ({_reason(error)}); give another path")


def _failed(message: str) -> ConnectorError:
    return (TransientError if _LOCKED in message else TargetError)(message)


def _reason(error: Exception) -> str:
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
        return _LOCKED
    if isinstance(error, UnicodeEncodeError):
        return "an id holds a lone surrogate, which is no text"
    return str(error.strerror if isinstance(error, OSError) else error)
