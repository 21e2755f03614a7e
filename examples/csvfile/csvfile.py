"""`--to csvfile:PATH`: a line of CSV for each version of an answer, at least once; a journal stands beside the file."""

import csv
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

from connector_core import ConfigError, TargetError, format_instant, hookimpl
from connector_core.loading import STATE, Database, Delivery, Journal, Sink, open_database


@hookimpl
def load(target: str, connection: str, state: str | None) -> Sink | None:
    """Take `csvfile:PATH`."""
    path = target.removeprefix("csvfile:")
    if path in ("", target):
        raise ConfigError("--to csvfile:...: write csvfile:path/of/a/file.csv")
    database = open_database(state or f"{path}.state", STATE)
    return Journal(database, connection, CsvFile(database, Path(path)))


@frozen
class CsvFile:
    """The target of the journal, which decides what is new or changed and keeps how far was read."""

    database: Database
    path: Path
    seen: None = None

    @contextmanager
    def delivering(self, deliveries: Sequence[Delivery]) -> Iterator[None]:
        """Make the lines durable first; then let the journal keep that they are."""
        records = [delivery.row.feedback for delivery in deliveries]
        lines = [(r.id, r.kind, r.rating, r.title, r.text, format_instant(r.posted_at)) for r in records]
        try:
            with self.path.open("a", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(lines)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise TargetError(f"{self.path}: {error.strerror}; run it again when that is mended") from None
        with self.database.transaction():
            yield

    def delete(self, _: Collection[str], /) -> None:
        """Refuse: a file of lines only grows."""
        raise ConfigError(f"--prune: nothing can be deleted from {self.path}; use a database target")

    def close(self) -> None:
        """Nothing is open between two commits."""
