"""The embedded target, `sqlite:///path`: rows, rejects and cursors in one transaction, so exactly once."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from attrs import frozen

from connector_core.builtin import BUILT_IN
from connector_core.database import Database, Layout, open_database
from connector_core.errors import ConfigError
from connector_core.hookspecs import hookimpl
from connector_core.journal import Journal
from connector_core.model import Destination
from connector_core.record import columns_of
from connector_core.sink import Sink
from connector_core.tables import TABLES
from connector_core.target import Delivery

_FEEDBACK = """CREATE TABLE feedback (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, rating TEXT NOT NULL, title TEXT NOT NULL, text TEXT,
  posted_at TEXT NOT NULL, author_id TEXT, author_name TEXT, survey_id TEXT NOT NULL, survey_title TEXT NOT NULL,
  transaction_id TEXT, transaction_platform TEXT, additional_fields TEXT NOT NULL,
  connection TEXT NOT NULL, partition TEXT NOT NULL, digest BLOB NOT NULL, run_no INTEGER NOT NULL)"""
_OWN = (
    "id", "kind", "rating", "title", "text", "posted_at", "author_id", "author_name", "survey_id", "survey_title",
)  # fmt: skip
"""Keys of a record that are columns of the same name."""
_COLUMNS = (
    *_OWN, "transaction_id", "transaction_platform", "additional_fields", "connection", "partition", "digest", "run_no",
)  # fmt: skip
_UPSERT = (
    f"INSERT INTO feedback ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - the columns above
    f" ON CONFLICT (id) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in _COLUMNS[1:])}"
)

TARGET = Layout(mark=0x43437467, steps=((*TABLES, _FEEDBACK),))
"""A file of records with its journal. A later version of it is one more step; what was released never changes."""


@hookimpl
def destination() -> Destination:
    """See `forms`."""
    return Destination(forms=BUILT_IN["sqlite"])


@hookimpl
def load(target: str, connection: str, state: str | None) -> Sink | None:
    """Take `sqlite:///relative/path` and `sqlite:////absolute/path`."""
    if not target.startswith("sqlite:"):
        return None
    path = target.removeprefix("sqlite:///")
    if path in ("", target):
        raise ConfigError(f"--to {target}: write sqlite:///relative/path.db or sqlite:////absolute/path.db")
    if state:
        raise ConfigError("--state: a SQLite target keeps its state itself; leave --state out")
    database = open_database(path, TARGET)
    return Journal(database, connection, Table(database, connection))


@frozen
class Table:
    """The table `feedback`, in the same file as the journal."""

    database: Database
    connection: str
    seen: str = "feedback"

    @contextmanager
    def delivering(self, deliveries: Sequence[Delivery]) -> Iterator[None]:
        """See `Target`; the journal keeps its part in the same transaction."""
        with self.database.transaction():
            self.database.db.executemany(_UPSERT, (_values(d, self.connection) for d in deliveries))
            yield

    def delete(self, _: Collection[str], /) -> None:
        """See `Target`; what the journal forgets is the record itself."""

    def close(self) -> None:
        """See `Target`; the file is the journal's."""


def _values(delivery: Delivery, connection: str) -> tuple[object, ...]:
    record, fields = columns_of(delivery.row.line)
    ticket = record.get("transaction", {})
    return (
        *map(record.get, _OWN), ticket.get("id"), ticket.get("platform"), fields, connection,
        delivery.partition, delivery.row.digest, delivery.run_no,
    )  # fmt: skip
