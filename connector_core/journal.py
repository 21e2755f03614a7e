"""The memory of a connection, in SQLite: places, digests, rejects. In the target if that is SQLite, else beside it."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from operator import xor

from attrs import define, evolve, field

from connector_core.database import Database
from connector_core.errors import TargetError
from connector_core.model import Window
from connector_core.recall import history_of, instant_text
from connector_core.seen import OWN, Seen, keep
from connector_core.sink import Batch, Held, History, Memory, Place, Portion, Refused, Stored
from connector_core.target import Delivery, Target
from connector_core.verdict import Verdict, judge, returned

_KEEP_REJECT = """INSERT INTO connector_reject VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (connection, key) DO UPDATE SET
  rejected_at = CASE WHEN (reason, digest) = (excluded.reason, excluded.digest)
                THEN rejected_at ELSE excluded.rejected_at END,
  partition = excluded.partition, reason = excluded.reason, path = excluded.path, digest = excluded.digest,
  posted_at = excluded.posted_at, raw = excluded.raw, run_no = excluded.run_no"""


@define
class Journal:
    """The memory of one connection, and with its target a `Sink`, whose methods these are.

    A run has a number, one more than the run before it, from its first write on. Whoever finds another number than
    it left ends: where a file system does not hold the lock of a target, two runs at a time do no harm.

    Attributes:
        batch: how much a commit should hold.
        form: up to 16 bytes that change with what the target makes of records, such as a digest of settings that shape
            them: then each record is another version of itself, and comes anew.
    """

    database: Database
    connection: str
    target: Target
    batch: Batch = Batch()
    form: bytes = b""
    _run_no: int = field(init=False)
    _begun: bool = field(default=False, init=False)
    _memory: Memory | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        """Come after the last run."""
        self._run_no = self._runs() + 1

    @property
    def _seen(self) -> Seen:
        return Seen(self.target.seen) if self.target.seen else OWN

    def history(self) -> History:
        """See `Sink`."""
        return history_of(self.database, self.connection)

    def remember(self, memory: Memory) -> None:
        """See `Sink`."""
        self._memory = memory

    def write(self, portions: Sequence[Portion]) -> Sequence[Stored]:
        """See `Sink`."""
        portions = self._formed(portions)
        pairs = list(zip(portions, self._judge(portions), strict=True))
        deliveries = [Delivery(row, p.partition, self._run_no) for p, verdict in pairs for row, _ in verdict.fresh]
        step = self.batch.step or len(deliveries)
        refused: dict[str, Refused] = {}
        while len(deliveries) > step:
            with self._delivering(deliveries[:step], refused):
                pass
            deliveries = deliveries[step:]
        with self._delivering(deliveries, refused):
            return [self._keep(portion, verdict, refused) for portion, verdict in pairs]

    def preview(self, portions: Sequence[Portion]) -> Sequence[Stored]:
        """See `Sink`."""
        return [verdict.stored for verdict in self._judge(self._formed(portions))]

    def rejects(self, partition: str) -> list[Refused]:
        """See `Sink`."""
        from connector_core.holdings import rejects_of  # noqa: PLC0415 - a plain run does not ask

        return rejects_of(self.database, self.connection, partition)

    def held(self, partition: str, window: Window) -> Held:
        """See `Sink`."""
        from connector_core.holdings import held_in  # noqa: PLC0415 - the same

        return held_in(self.database, self._seen.table, self.connection, partition, window)

    def gone(self, partitions: Collection[str], window: Window) -> list[str]:
        """See `Sink`."""
        from connector_core.holdings import unmet_in  # noqa: PLC0415 - the same

        return unmet_in(self.database, self._seen.table, (self.connection, self._run_no), partitions, window)

    def prune(self, ids: Collection[str]) -> None:
        """See `Sink`."""
        with self.database.transaction():
            self.target.delete(ids)
            self._seen.forget(self.database, ids)

    def reset(self, partitions: Collection[str] | None = None) -> int:
        """See `Sink`."""
        forgotten = ", begin = NULL, fingerprint = NULL" if partitions is None else ""
        with self.database.transaction():
            self.database.db.execute(
                f"UPDATE connector_connection SET runs = runs + 1{forgotten} WHERE name = ?",  # noqa: S608 - the words above
                (self.connection,),
            )
            return self._forget(partitions)

    def close(self) -> None:
        """See `Sink`."""
        with closing(self.database):
            self.target.close()

    def _formed(self, portions: Sequence[Portion]) -> Sequence[Portion]:
        """The same with digests that also tell of what the target makes of rows."""
        if not self.form:
            return portions
        form = self.form.ljust(16, b"\0")
        return [
            evolve(p, rows=[evolve(row, digest=bytes(map(xor, row.digest, form))) for row in p.rows]) for p in portions
        ]

    @contextmanager
    def _delivering(self, deliveries: Sequence[Delivery], refused: dict[str, Refused]) -> Iterator[None]:
        """Deliver rows, and keep in the same transaction that they are, what was refused, and what the block keeps."""
        with self.target.delivering(deliveries) as refusals:
            self._take_turn()
            back = returned(deliveries, refusals or ())
            taken = [d for d in deliveries if d.row.id not in back] if back else deliveries
            if refused:  # an older version may be among them, in a step before this one
                taken_ids = {delivery.row.id for delivery in taken}
                for key in refused.keys() & taken_ids:
                    del refused[key]
            refused |= back
            if not self.target.seen:
                keep(self.database, self.connection, taken)
            yield
        self._begun = True

    def _runs(self) -> int:
        """How many runs this connection has had, the one in hand included."""
        found = self.database.select("SELECT runs FROM connector_connection WHERE name = ?", self.connection)
        return found[0][0] if found and isinstance(found[0][0], int) else 0

    def _take_turn(self) -> None:
        """Begin this run with its first write, and find out with every one whether it is still the last."""
        if self._runs() != self._run_no - (not self._begun):
            raise TargetError(
                f"{self.database.path}: another run of {self.connection} has begun meanwhile, or was its state reset;"
                " this run ends, and the next one reads what it has not stored"
            )
        if self._begun:
            return
        db = self.database.db
        db.execute("INSERT OR IGNORE INTO connector_connection (name, runs) VALUES (?, 0)", (self.connection,))
        db.execute("UPDATE connector_connection SET runs = ? WHERE name = ?", (self._run_no, self.connection))
        if self._memory:
            begin, fingerprint = instant_text(self._memory.begin), json.dumps(dict(self._memory.fingerprint))
            keep = "UPDATE connector_connection SET begin = ?, fingerprint = ? WHERE name = ?"
            db.execute(keep, (begin, fingerprint, self.connection))
        if self._memory and self._memory.restart:
            self._forget(None)
            db.execute("DELETE FROM connector_skip WHERE connection = ?", (self.connection,))

    def _judge(self, portions: Sequence[Portion]) -> list[Verdict]:
        """Tell, for each portion, which rows are new or changed, what else was met, and which rejects are new."""
        seen = self._seen.known(self.database, [row.id for portion in portions for row in portion.rows])
        rejects = self._rejects_among([refused for portion in portions for refused in portion.refused])
        return [judge(portion, seen, rejects, self._run_no) for portion in portions]

    def _rejects_among(self, refused: Sequence[Refused]) -> dict[str, tuple[str, bytes]]:
        """For what reason, and of which content, these have been rejected before."""
        of_ours = "SELECT key, reason, digest FROM connector_reject WHERE connection = ? AND key"
        rows = self.database.among(of_ours, self.connection, keys=[r.key for r in refused])
        return {key: (reason, digest) for key, reason, digest in rows}

    def _keep(self, portion: Portion, verdict: Verdict, refused: Mapping[str, Refused]) -> Stored:
        """Keep the place of one portion, what was met, the rejects, and what was skipped."""
        if portion.place:
            self._move(portion.partition, portion.place)
        if not (portion.rows or portion.refused or portion.skipped or portion.settled):
            return verdict.stored
        back = list({row.id: refused[row.id] for row in portion.rows if row.id in refused}.values())
        self._seen.meet(self.database, [*verdict.met, *(r.key for r in back)], self._run_no)
        rejects = {r.key: r for r in (*portion.refused, *back)}
        loaded = {row.id for row in portion.rows} | set(portion.settled)
        held = {row.id for row in portion.rows} | rejects.keys()
        skips = [(skip.id, skip) for skip in portion.skipped if skip.id and skip.id not in held]
        known = self._rejects_among(back)
        self._clear("connector_reject", "key", (loaded | {key for key, _ in skips}) - rejects.keys())
        self._clear("connector_skip", "id", loaded | rejects.keys())
        self._keep_rejects(portion.partition, [*portion.refused, *back])
        rows = [(self.connection, key, portion.partition, s.reason, instant_text(s.posted_at)) for key, s in skips]
        self.database.db.executemany("INSERT OR REPLACE INTO connector_skip VALUES (?, ?, ?, ?, ?)", rows)
        new = sum(known.get(r.key) != (r.reason, r.digest) for r in back)
        return verdict.without(refused, new) if back else verdict.stored

    def _keep_rejects(self, partition: str, rejects: Sequence[Refused]) -> None:
        """Keep rejects, one that is known too: what may be kept of it may have changed. Its time stays."""
        (mine, run), text = (self.connection, self._run_no), instant_text
        rows = [
            (mine, r.key, partition, r.reason, r.path, r.digest, text(r.at), text(r.posted_at), r.raw, run)
            for r in rejects
        ]
        self.database.db.executemany(_KEEP_REJECT, rows)

    def _clear(self, table: str, column: str, keys: Collection[str]) -> None:
        if not self.database.select(f"SELECT 1 FROM {table} WHERE connection = ? LIMIT 1", self.connection):  # noqa: S608 - the same
            return  # as nearly always; to look for each key costs more than to store it
        rows = [(self.connection, key) for key in keys]
        clear = f"DELETE FROM {table} WHERE connection = ? AND {column} = ?"  # noqa: S608 - names of ours
        self.database.db.executemany(clear, rows)

    def _move(self, partition: str, place: Place) -> None:
        start, end = (place.window.start, place.window.end) if place.window else (None, None)
        instants = map(instant_text, (place.low_water, place.high_water, start, end))
        self.database.db.execute(
            "INSERT OR REPLACE INTO connector_partition VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self.connection, partition, *instants, json.dumps(place.cursor)),
        )

    def _forget(self, partitions: Collection[str] | None) -> int:
        forget = (
            "UPDATE connector_partition SET low_water = NULL, high_water = NULL, window_start = NULL,"
            " window_end = NULL, cursor = NULL WHERE connection = ?"
        )
        if partitions is None:
            return self.database.db.execute(forget, (self.connection,)).rowcount
        keys = [(self.connection, key) for key in partitions]
        return self.database.db.executemany(f"{forget} AND key = ?", keys).rowcount
