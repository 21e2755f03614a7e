"""The memory of a connection, in SQLite: places, digests, rejects. In the target if that is SQLite, else beside it."""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from attrs import define, field, frozen

from connector_core.database import Database
from connector_core.errors import TargetError
from connector_core.model import Window
from connector_core.sink import Delivery, History, Memory, Place, Portion, Row, Stored, Target
from connector_core.times import format_instant


@frozen
class Verdict:
    """What is to be done with one portion: the rows to deliver, the ids that were met again, the counts."""

    fresh: Sequence[Row]
    met: Sequence[str]
    stored: Stored


@define
class Journal:
    """The memory of one connection, and with its target a `Sink`, whose methods these are.

    A run has a number, one more than the run before it, from its first write on. Whoever finds another number than
    it left ends, so that two runs of one connection at a time do no harm.
    """

    database: Database
    connection: str
    target: Target
    _run_no: int = field(init=False)
    _begun: bool = field(default=False, init=False)
    _memory: Memory | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        """Come after the last run."""
        self._run_no = self._runs() + 1

    @property
    def _seen(self) -> str:
        return self.target.seen or "connector_seen"

    def history(self) -> History:
        """See `Sink`."""
        settled = "SELECT begin, fingerprint FROM connector_connection WHERE name = ?"
        begin, fingerprint = next(iter(self.database.select(settled, self.connection)), (None, None))
        places = self.database.select(
            "SELECT key, low_water, high_water, window_start, window_end, cursor FROM connector_partition"
            " WHERE connection = ?",
            self.connection,
        )
        by_key = {key: _place(*rest) for key, *rest in places}
        return History(by_key, _instant(begin), json.loads(fingerprint) if fingerprint else None)

    def remember(self, memory: Memory) -> None:
        """See `Sink`."""
        self._memory = memory

    def write(self, portions: Sequence[Portion]) -> Sequence[Stored]:
        """See `Sink`."""
        verdicts = self._judge(portions)
        pairs = list(zip(portions, verdicts, strict=True))
        deliveries = [Delivery(row, p.partition, self._run_no) for p, verdict in pairs for row in verdict.fresh]
        with self.target.delivering(deliveries):
            self._take_turn()
            if not self.target.seen:
                self._keep_digests(deliveries)
            for portion, verdict in pairs:
                self._keep(portion, verdict)
        self._begun = True
        return [verdict.stored for verdict in verdicts]

    def gone(self, partitions: Collection[str], window: Window) -> list[str]:
        """See `Sink`."""
        start, end = _text(window.start) or "", format_instant(window.end)
        rows = self.database.among(
            f"SELECT id FROM {self._seen}"  # noqa: S608 - a table of ours or the target's
            " WHERE connection = ? AND run_no <> ? AND posted_at >= ? AND posted_at < ? AND partition",
            *(self.connection, self._run_no, start, end),
            keys=list(partitions),
        )
        return sorted(key for (key,) in rows)

    def prune(self, ids: Collection[str]) -> None:
        """See `Sink`."""
        with self.database.transaction():
            self.target.delete(ids)
            self.database.db.executemany(f"DELETE FROM {self._seen} WHERE id = ?", [(key,) for key in ids])  # noqa: S608

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
        self.target.close()
        self.database.db.close()

    def _runs(self) -> int:
        """How many runs this connection has had, the one in hand included."""
        found = self.database.select("SELECT runs FROM connector_connection WHERE name = ?", self.connection)
        return int(found[0][0]) if found else 0

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
            begin, fingerprint = _text(self._memory.begin), json.dumps(dict(self._memory.fingerprint))
            keep = "UPDATE connector_connection SET begin = ?, fingerprint = ? WHERE name = ?"
            db.execute(keep, (begin, fingerprint, self.connection))
        if self._memory and self._memory.restart:
            self._forget(None)

    def _judge(self, portions: Sequence[Portion]) -> list[Verdict]:
        """Tell, for each portion, which rows are new or changed, what else was met, and which rejects are new."""
        ids = [row.id for portion in portions for row in portion.rows]
        known = self.database.among(f"SELECT id, digest, run_no FROM {self._seen} WHERE id", keys=ids)  # noqa: S608
        keys = [refused.key for portion in portions for refused in portion.refused]
        of_ours = "SELECT key, reason, digest FROM connector_reject WHERE connection = ? AND key"
        rejects = self.database.among(of_ours, self.connection, keys=keys)
        seen, refused = ({key: (one, other) for key, one, other in rows} for rows in (known, rejects))
        return [self._verdict(portion, seen, refused) for portion in portions]

    def _verdict(
        self, portion: Portion, known: dict[str, tuple[bytes, int]], rejects: dict[str, tuple[str, bytes]]
    ) -> Verdict:
        fresh, met, counts = [], list(portion.still_there), Counter[str]()
        for row in portion.rows:
            digest, run = known.get(row.id, (None, 0))
            if digest == row.digest:
                counts["duplicate" if run == self._run_no else "unchanged"] += 1
                met.append(row.id)
            else:
                counts["new" if digest is None else "updated"] += 1
                fresh.append(row)
            known[row.id] = (row.digest, self._run_no)
        for refused in portion.refused:
            now = (refused.reason, refused.digest)
            counts["new_rejects"] += rejects.get(refused.key) != now
            rejects[refused.key] = now
        return Verdict(fresh, met, Stored(**counts))

    def _keep_digests(self, deliveries: Sequence[Delivery]) -> None:
        mine = self.connection
        rows = [
            (d.row.id, format_instant(d.row.feedback.posted_at), mine, d.partition, d.row.digest, d.run_no)
            for d in deliveries
        ]
        self.database.db.executemany("INSERT OR REPLACE INTO connector_seen VALUES (?, ?, ?, ?, ?, ?)", rows)

    def _keep(self, portion: Portion, verdict: Verdict) -> None:
        """Keep what was met, the rejects and the place of one portion."""
        mine, run = self.connection, self.database.db.executemany
        run(f"UPDATE {self._seen} SET run_no = ? WHERE id = ?", [(self._run_no, key) for key in verdict.met])  # noqa: S608
        rejects = [(mine, r.key, portion.partition, r.reason, r.path, r.digest) for r in portion.refused]
        fine = {*(row.id for row in portion.rows), *portion.still_there} - {r.key for r in portion.refused}
        run("DELETE FROM connector_reject WHERE connection = ? AND key = ?", [(mine, key) for key in sorted(fine)])
        run("INSERT OR REPLACE INTO connector_reject VALUES (?, ?, ?, ?, ?, ?)", rejects)
        if portion.place:
            self._move(portion.partition, portion.place)

    def _move(self, partition: str, place: Place) -> None:
        start, end = (place.window.start, place.window.end) if place.window else (None, None)
        instants = map(_text, (place.low_water, place.high_water, start, end))
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


def _place(low: str | None, high: str | None, start: str | None, end: str | None, cursor: str | None) -> Place:
    window = Window(_instant(start), datetime.fromisoformat(end)) if end else None
    return Place(_instant(high), window, json.loads(cursor or "null"), _instant(low))


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(instant: datetime | None) -> str | None:
    return format_instant(instant) if instant else None
