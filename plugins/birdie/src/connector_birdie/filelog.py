"""A log of versions as files: which files there are, which are being written, and what is whole.

A commit is one file for each kind that has rows, called by the connection and a number that the state keeps. What is
about to be written is noted there; the files are put; that they are whole is noted in one transaction with the places.
Files that were noted and are not known to be whole are taken away by whoever opens the target next.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol
from urllib.parse import quote

from attrs import frozen

from connector_birdie.columns import Columns
from connector_core import ConfigError, ConnectorError, TargetError
from connector_core.loading import Database, Delivery

_KINDS = ("csat", "nps")

_TABLE = """CREATE TABLE birdie_files (
  connection TEXT PRIMARY KEY, files INTEGER NOT NULL, rows INTEGER NOT NULL, draft TEXT NOT NULL) WITHOUT ROWID"""
"""Of each connection: how many commits and rows its files hold, and the names of the files that are being written."""


class Storage(Protocol):
    """Where files are put, by names such as `nps/acme-00000001.parquet`; see `Folder` and `Objects`.

    Whatever goes wrong there is raised as a TargetError, or as a TransientError where it passes by itself.
    """

    def there(self, name: str) -> bool:
        """Whether there is such a file."""

    def put(self, name: str, body: bytes) -> None:
        """Put a whole file there."""

    def remove(self, name: str) -> None:
        """Take a file away, if it is there."""

    def close(self) -> None:
        """Let go of it."""


Encode = Callable[[Columns, Sequence[Sequence[str | None]], Sequence[int]], bytes]
"""Makes a whole file of columns, of rows of cells, and of the rows' versions."""


@frozen
class FileLog:
    """What the journal needs of a target; a log, which only grows.

    Attributes:
        database: the journal's.
        suffix: what the files' names end with.
    """

    database: Database
    storage: Storage
    columns: Columns
    connection: str
    suffix: str
    encode: Encode
    seen: None = None

    def recover(self) -> None:
        """Take away what a killed run has left without an end, whichever connection's it was, and look where we are.

        Raises:
            TransientError: the store is out of reach.
            TargetError: they cannot be taken away, or there are files that the state does not know.
        """
        if not self.database.select("SELECT 1 FROM sqlite_master WHERE name = 'birdie_files'"):
            with self.database.transaction():
                self.database.db.execute(_TABLE)
        drafts = self.database.select("SELECT draft FROM birdie_files WHERE draft <> '[]'")
        for name in (name for (draft,) in drafts for name in json.loads(draft)):
            self.storage.remove(name)
        if drafts:
            with self.database.transaction():
                self.database.db.execute("UPDATE birdie_files SET draft = '[]'")
        self._expect_none([self._name(kind, self._count()[0] + 1) for kind in _KINDS])

    @contextmanager
    def delivering(self, deliveries: Sequence[Delivery]) -> Iterator[None]:
        """See `Target`."""
        try:
            if deliveries:
                self._put(deliveries)
            with self.database.transaction():
                if deliveries:
                    self.database.db.execute(
                        "UPDATE birdie_files SET files = files + 1, rows = rows + ?, draft = '[]' WHERE connection = ?",
                        (len(deliveries), self.connection),
                    )
                yield
        except BaseException:
            with suppress(ConnectorError):  # the next run does it anyway
                self._withdraw()
            raise

    def _put(self, deliveries: Sequence[Delivery]) -> None:
        number, rows = self._count()
        bodies = self._bodies(deliveries, number + 1, rows + 1)
        self._expect_none(bodies)
        with self.database.transaction():
            self.database.db.execute(
                "INSERT INTO birdie_files VALUES (?, ?, ?, ?)"
                " ON CONFLICT (connection) DO UPDATE SET draft = excluded.draft",
                (self.connection, number, rows, json.dumps(list(bodies))),
            )
        for name, body in bodies.items():
            self.storage.put(name, body)

    def _bodies(self, deliveries: Sequence[Delivery], number: int, first: int) -> dict[str, bytes]:
        """The files of one commit, by name."""
        rows, versions = defaultdict[str, list[list[str | None]]](list), defaultdict[str, list[int]](list)
        for version, delivery in enumerate(deliveries, first):
            feedback = delivery.row.feedback
            rows[feedback.kind].append(self.columns.cells(feedback))
            versions[feedback.kind].append(version)
        return {
            self._name(kind, number): self.encode(self.columns, rows[kind], versions[kind]) for kind in sorted(rows)
        }

    def _name(self, kind: str, number: int) -> str:
        return f"{kind}/{quote(self.connection, safe='')}-{number:08}{self.suffix}"

    def _count(self) -> tuple[int, int]:
        """How many commits and rows the files of this connection hold."""
        found = self.database.select("SELECT files, rows FROM birdie_files WHERE connection = ?", self.connection)
        return (int(found[0][0]), int(found[0][1])) if found else (0, 0)

    def _expect_none(self, names: Collection[str]) -> None:
        for name in names:
            if self.storage.there(name):
                raise TargetError(
                    f"{name}: is there already, and {self.database.path} does not know it; nothing was touched,"
                    " put the state back that belongs to it, or give another place"
                )

    def _withdraw(self) -> None:
        """Take away what was not committed."""
        for (draft,) in self.database.select("SELECT draft FROM birdie_files WHERE connection = ?", self.connection):
            for name in json.loads(draft):
                self.storage.remove(name)

    def delete(self, _: Collection[str], /) -> None:
        """See `Target`; a log only grows."""
        raise ConfigError("--prune: nothing can be deleted from files of versions; use a database target")

    def close(self) -> None:
        """See `Target`."""
        self.storage.close()
