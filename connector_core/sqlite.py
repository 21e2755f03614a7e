"""The embedded target, `sqlite:///path`: rows, rejects and cursors in one transaction, so exactly once."""

from collections.abc import Collection, Sequence
from pathlib import Path

from attrs import define

from connector_core.errors import ConfigError
from connector_core.hookspecs import hookimpl
from connector_core.journal import Journal, connect
from connector_core.jsontext import encode
from connector_core.sink import History, Memory, Portion, Row, Sink, Stored
from connector_core.times import format_instant

_COLUMNS = (
    "id", "kind", "rating", "title", "text", "posted_at", "author_id", "author_name", "survey_id", "survey_title",
    "transaction_id", "transaction_platform", "additional_fields", "partition_no", "digest", "run_no",
)  # fmt: skip
_TABLE = """
CREATE TABLE IF NOT EXISTS feedback (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, rating TEXT NOT NULL, title TEXT NOT NULL, text TEXT,
  posted_at TEXT NOT NULL, author_id TEXT, author_name TEXT, survey_id TEXT NOT NULL, survey_title TEXT NOT NULL,
  transaction_id TEXT, transaction_platform TEXT, additional_fields TEXT NOT NULL,
  partition_no INTEGER NOT NULL, digest BLOB NOT NULL, run_no INTEGER NOT NULL)
"""
_UPSERT = (
    f"INSERT INTO feedback ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - the columns above
    f" ON CONFLICT (id) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in _COLUMNS[1:])}"
)


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
    if not Path(path).parent.is_dir():
        raise ConfigError(f"--to {target}: the folder {Path(path).parent} does not exist; make it first")
    journal = Journal(connect(path), connection, path, seen="feedback")
    with journal.transaction():
        journal.db.execute(_TABLE)
    return SqliteSink(journal)


@define
class SqliteSink:
    """A `feedback` table, and the journal in the same file."""

    journal: Journal

    def history(self) -> History:
        """See `Sink.history`."""
        return self.journal.history()

    def remember(self, memory: Memory) -> None:
        """See `Sink.remember`."""
        self.journal.remember(memory)

    def write(self, portions: Sequence[Portion]) -> Sequence[Stored]:
        """See `Sink.write`; one transaction."""
        with self.journal.transaction():
            verdicts = self.journal.judge(portions)
            for portion, verdict in zip(portions, verdicts, strict=True):
                number, run = self.journal.number(portion.partition), self.journal.run_no
                self.journal.db.executemany(_UPSERT, [_values(row, number, run) for row in verdict.fresh])
                self.journal.keep(portion, verdict)
        return [verdict.stored for verdict in verdicts]

    def gone(self, partitions: Collection[str]) -> Sequence[str]:
        """See `Sink.gone`."""
        return self.journal.gone(partitions)

    def prune(self, ids: Sequence[str]) -> None:
        """See `Sink.prune`."""
        with self.journal.transaction():
            self.journal.db.executemany("DELETE FROM feedback WHERE id = ?", [(i,) for i in ids])

    def reset(self, partitions: Collection[str] | None) -> int:
        """See `Sink.reset`."""
        return self.journal.reset(partitions)

    def close(self) -> None:
        """See `Sink.close`."""
        self.journal.close()


def _values(row: Row, partition: int, run: int) -> tuple[object, ...]:
    f = row.feedback
    ticket = (f.transaction.id, f.transaction.platform) if f.transaction else (None, None)
    return (
        f.id, f.kind, f.rating, f.title, f.text, format_instant(f.posted_at), f.author_id, f.author_name, f.survey_id,
        f.survey_title, *ticket, encode(f.additional_fields).decode(), partition, row.digest, run,
    )  # fmt: skip
