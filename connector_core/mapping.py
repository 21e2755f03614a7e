"""From a page of raw records to what becomes of each: the error boundary around a plugin's mapper."""

import traceback
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b

import structlog
from attrs import define, field, frozen

from connector_core.jsontext import encode
from connector_core.model import Feedback, Json, Mapper, Outcome, Page, Reject, Skip, Window
from connector_core.sink import Refused, Row
from connector_core.times import format_instant

log = structlog.get_logger("connector_core.mapping")


@define
class Mapped:
    """One page, sorted. `read` is the sum of the rows, skipped, refused and outside.

    Attributes:
        rows: to load, in order.
        refused: rejected, in order.
        still_there: ids of what was skipped or rejected.
        skipped: how many by reason.
        outside: how many lie outside the window.
        notes: things worth counting, by name.
        cursor: the page's.
    """

    rows: list[Row] = field(factory=list)
    refused: list[Refused] = field(factory=list)
    still_there: list[str] = field(factory=list)
    skipped: Counter[str] = field(factory=Counter)
    outside: int = 0
    notes: Counter[str] = field(factory=Counter)
    cursor: Json = None

    @property
    def read(self) -> int:
        """How many raw records went into this."""
        return len(self.rows) + len(self.refused) + self.skipped.total() + self.outside


@frozen
class MappedPage:
    """A page with the outcome of each of its records."""

    page: Page
    outcomes: Sequence[Outcome]


def map_page(page: Page, mapper: Mapper) -> MappedPage:
    """Map every record; a mapper that raises rejects that record as `map.bug`, and the run goes on."""
    outcomes: list[Outcome] = []
    for raw in page.records:
        try:
            outcomes.append(mapper(raw))
        except Exception as error:  # noqa: BLE001 - the boundary: a plugin's bug costs one record, not the run
            log.error("mapper.failed", error=type(error).__name__, frames=frames(error))  # noqa: TRY400 - no message, no values
            outcomes.append(Reject("map.bug", "$"))
    return MappedPage(page, outcomes)


def frames(error: BaseException) -> list[str]:
    """Where an error was raised: files, lines and functions; no message and no values."""
    return [f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]


def sort_page(mapped: MappedPage, window: Window, most: int | None = None) -> Mapped:
    """Sort a page's outcomes; with `most`, end after so many answers to load and forget the cursor."""
    result = Mapped(cursor=mapped.page.cursor, notes=Counter(mapped.page.notes))
    for raw, outcome in zip(mapped.page.records, mapped.outcomes, strict=True):
        if most is not None and len(result.rows) >= most:
            result.cursor = None
            break
        if outcome.posted_at is not None and not window.holds(outcome.posted_at):
            result.outside += 1
        elif isinstance(outcome, Feedback):
            line = encode(record_of(outcome))
            result.rows.append(Row(outcome, line, _digest(line)))
            result.notes.update(outcome.notes)
        else:
            if outcome.id:
                result.still_there.append(outcome.id)
            if isinstance(outcome, Skip):
                result.skipped[outcome.reason] += 1
            else:
                result.refused.append(_refused(raw, outcome))
    return result


def _refused(raw: Json, reject: Reject) -> Refused:
    digest = _digest(encode(raw))
    return Refused(reject.id or digest.hex(), reject.reason, reject.path, digest)


def _digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=16).digest()


def record_of(f: Feedback) -> dict[str, Json]:
    """The record as JSON: keys in a fixed order, absent where there is nothing to say."""
    record: dict[str, Json] = {"id": f.id, "kind": f.kind, "rating": f.rating, "title": f.title}
    if f.text is not None:
        record["text"] = f.text
    record["posted_at"] = format_instant(f.posted_at)
    if f.author_id is not None:
        record["author_id"] = f.author_id
    if f.author_name is not None:
        record["author_name"] = f.author_name
    record["survey_id"] = f.survey_id
    record["survey_title"] = f.survey_title
    if f.transaction is not None:
        platform = {"platform": f.transaction.platform} if f.transaction.platform is not None else {}
        record["transaction"] = {"id": f.transaction.id} | platform
    record["additional_fields"] = f.additional_fields
    return record
