"""What a target holds, as its journal knows it: of each record, by its id, a digest, and which run met it last."""

from collections.abc import Callable, Collection, Sequence
from operator import itemgetter

from attrs import frozen

from connector_core.database import Database
from connector_core.tables import key_of
from connector_core.target import Delivery

_KEEP = """INSERT INTO connector_seen VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET
  rating = excluded.rating, posted_at = excluded.posted_at, connection = excluded.connection,
  partition = excluded.partition, digest = excluded.digest, run_no = excluded.run_no"""


@frozen
class Seen:
    """A table that knows the records: the target's own, or `connector_seen`.

    Attributes:
        column: what it is searched by, a unique one.
        key: what stands there, of an id.
    """

    table: str
    column: str = "id"
    key: Callable[[str], str | bytes] = str

    def known(self, database: Database, ids: Sequence[str]) -> dict[str, tuple[bytes, int]]:
        """Digest and run of each of these that is known, by id."""
        known = f"SELECT id, digest, run_no FROM {self.table} WHERE {self.column}"  # noqa: S608 - ours or the target's
        return {key: (digest, run) for key, digest, run in database.among(known, keys=[*map(self.key, ids)])}

    def meet(self, database: Database, ids: Collection[str], run_no: int) -> None:
        """Keep that a run has met these."""
        meet = f"UPDATE {self.table} SET run_no = ? WHERE {self.column} = ?"  # noqa: S608 - the same
        database.db.executemany(meet, [(run_no, self.key(each)) for each in ids])

    def forget(self, database: Database, ids: Collection[str]) -> None:
        """Know nothing of these."""
        forget = f"DELETE FROM {self.table} WHERE {self.column} = ?"  # noqa: S608 - the same
        database.db.executemany(forget, [(self.key(each),) for each in ids])


OWN = Seen("connector_seen", "key", key_of)
"""Of a target that keeps none itself."""


def keep(database: Database, connection: str, deliveries: Sequence[Delivery]) -> None:
    """Keep in `OWN` what was delivered."""
    rows = [
        (key_of(d.row.id), d.row.id, d.row.rating, d.row.posted_at, connection, d.partition, d.row.digest, d.run_no)
        for d in deliveries
    ]
    rows.sort(key=itemgetter(0))  # neighbours share pages of the index; the versions of one id stay in their order
    database.db.executemany(_KEEP, rows)
