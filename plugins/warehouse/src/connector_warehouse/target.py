"""The target of the journal: rows become load packages, and the journal notes them when their package is complete."""

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime

from attrs import frozen

from connector_core.loading import Database, Delivery, Refusal, Row
from connector_warehouse import statements
from connector_warehouse.failing import translated
from connector_warehouse.packages import Packages
from connector_warehouse.private import privately
from connector_warehouse.tables import FIELDS, answers_of

_NO_NUL = ("postgres", "redshift")
"""What dlt calls the destinations whose texts cannot hold a NUL."""

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""As JSON writes it, and no backslash before `u0000`."""


@frozen
class Warehouse:
    """A table of dlt's; `database` is the journal's file, `held` lets go of the rest."""

    database: Database
    packages: Packages
    where: str
    held: ExitStack
    seen: None = None

    @contextmanager
    def delivering(self, deliveries: Sequence[Delivery]) -> Iterator[Sequence[Refusal]]:
        """Load the last version of each row as one package; it is complete when the block runs."""
        rows = {delivery.row.id: delivery.row for delivery in deliveries}
        refusals = self._refusals(list(rows.values()))
        for refusal in refusals:
            del rows[refusal.id]
        if rows:
            with privately(), translated(self.where):
                self.packages.load(list(rows.values()))
        with self.database.transaction():
            yield refusals

    def _refusals(self, rows: Sequence[Row]) -> list[Refusal]:
        """What no package can bring into this destination."""
        if self.packages.client.config.destination_type not in _NO_NUL:
            return []
        said = f"{self.where}: holds no texts with the character NUL"
        return [Refusal(row.id, "nul", said, datetime.now(UTC)) for row in rows if self._has_nul(row)]

    def _has_nul(self, row: Row) -> bool:
        """Whether a text in a column of its own has one, or any text where JSON is taken apart (`jsonb`)."""
        if not _NUL.search(row.line):
            return False
        if not self.packages.keeps_json:
            return True
        record, answers = row.feedback, answers_of(row) if self.packages.questions is not None else {}
        texts = [field.value(record) for field in FIELDS if field.column.kind == "text"]
        texts += [answer for column, answer in answers.items() if column.kind == "text"]
        return any("\0" in text for text in texts if text is not None)

    def delete(self, ids: Collection[str], /) -> None:
        """Delete these records, for `--prune`."""
        with privately(), translated(self.where, "some of them may be deleted, and will be again"):
            statements.delete(self.packages.client, self.packages.table, ids)

    def close(self) -> None:
        """Let go of the target, and leave nothing in dlt's folder."""
        with privately(), translated(self.where, "what was noted is stored"):
            self.held.close()
