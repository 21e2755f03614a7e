"""From a page of raw records to what becomes of each: the error boundary around a plugin's mapper."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b

import attrs
import structlog
from attrs import define, field, frozen

from connector_core.errors import frames
from connector_core.jsontext import encode
from connector_core.model import Feedback, Json, Mapper, Outcome, Page, Reject, Skip, Window
from connector_core.record import Write, record_of
from connector_core.sink import Refused, Row

log = structlog.get_logger("connector_core.mapping")


@define
class Mapped:
    """One page, sorted. `read` is the sum of the rows, skips, refused and outside.

    Attributes:
        rows: to load, in order.
        refused: rejected, in order.
        skips: rightly not loaded.
        nameless: how many of the skipped and rejected have no id.
        outside: how many lie outside the window.
        notes: things worth counting, by name.
        cursor: the page's.
    """

    rows: list[Row] = field(factory=list)
    refused: list[Refused] = field(factory=list)
    skips: list[Skip] = field(factory=list)
    nameless: int = 0
    outside: int = 0
    notes: Counter[str] = field(factory=Counter)
    cursor: Json = None

    @property
    def read(self) -> int:
        """How many raw records went into this."""
        return len(self.rows) + len(self.refused) + len(self.skips) + self.outside

    def first(self, most: int) -> "Mapped":
        """The same page with no more than so many rows, as if the others had not been read."""
        return attrs.evolve(self, rows=self.rows[:most])


@frozen
class Keeping:
    """What is kept of the records of one run.

    Attributes:
        write: writes one that is loaded.
        clean: what is left of a raw one that is rejected.
        now: when that is, UTC.
    """

    write: Write
    clean: Callable[[Json], Json]
    now: datetime

    def refused(self, raw: Json, reject: Reject) -> Refused:
        """What is kept of a raw record, and why it is rejected."""
        digest = _digest(encode(raw))
        key, kept = reject.id or digest.hex(), encode(self.clean(raw))
        return Refused(key, reject.reason, reject.path, digest, kept, self.now, reject.posted_at)


def map_page(page: Page, mapper: Mapper, window: Window, keeping: Keeping) -> Mapped:
    """Map and write every record; one with which that fails is rejected as `map.bug`, and the run goes on."""
    mapped = Mapped(notes=Counter(page.notes), cursor=page.cursor)
    for raw in page.records:
        try:
            _sort(raw, mapper(raw), window, keeping, mapped)
        except Exception as error:  # noqa: BLE001 - the boundary: a plugin's bug costs one record, not the run
            log.error("mapper.failed", error=type(error).__name__, frames=frames(error))  # noqa: TRY400 - no message, no values
            mapped.refused.append(keeping.refused(raw, Reject("map.bug", "$")))
            mapped.nameless += 1
    return mapped


def _sort(raw: Json, outcome: Outcome, window: Window, keeping: Keeping, into: Mapped) -> None:
    """Put what became of one record where it belongs, last, so that a failure leaves nothing behind."""
    if outcome.posted_at is not None and not window.holds(outcome.posted_at):
        into.outside += 1
    elif isinstance(outcome, Feedback):
        record = record_of(outcome)
        line = b"%b" % keeping.write(record)  # a copy of its own length: orjson leaves 8 KB behind what it writes
        into.rows.append(Row(outcome.id, outcome.rating, record["posted_at"], line, _digest(line), outcome.notes))
    else:
        _ = hash(outcome)  # of texts; what is none would fail where it is stored, and with it the run
        if isinstance(outcome, Skip):
            into.skips.append(outcome)
        else:
            into.refused.append(keeping.refused(raw, outcome))
        into.nameless += not outcome.id


def _digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=16).digest()
