"""Answers: reading those of one campaign, some days at a time, in pages that a run can be resumed after."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from connector_core import Call, Json, Page, Partition, Window, hookimpl
from trackco_nps import values
from trackco_nps._wire import Wire, rows
from trackco_nps.campaigns import answer_count, created_on
from trackco_nps.chunks import Chunk, chunks, day_after, day_before, outer_days, settled_day
from trackco_nps.config import Config

if TYPE_CHECKING:
    from connector_core import HttpClient

PAGE = 1_000
"""The most records of a page; a chunk's body is cut into pages of so many (ours)."""

SMALL_COUNT = 20
"""A campaign's own counter of no more than this proves nothing (ours)."""

ROUND = 50
"""A multiple of this is a likely limit (ours)."""


@hookimpl
def extract(partition: Partition, window: Window, cursor: Json, config: Config, http: "HttpClient") -> Iterator[Page]:
    """Read a campaign's answers from the first day of the window to the last, a day more at both ends.

    The last page of a chunk carries the cursor `{"until": "2024-07-01"}`: every day up to that one was read to its end.
    Notes say of a chunk that the API did not select by `codes.ignored` (the others are cut out) or `dates.ignored`,
    and that it may not have given all: `answers.capped`, `answers.fewer_than_counted`.
    """
    first, last = outer_days(window)
    if cursor is not None:
        first = day_after(date.fromisoformat(cursor["until"]))
    campaign = partition.definition
    parts = list(chunks(first, last, created_on(campaign), answer_count(campaign)))
    calls = (Call("report/answer", asked(partition.key, part, config.wire)) for part in parts)
    settled, counted = settled_day(window.end), answer_count(campaign)
    is_everything = window.start is None and cursor is None
    before = came = 0
    for part, response in zip(parts, http.get_each(calls), strict=True):
        found = rows(response.body, f"the list of answers of campaign {partition.key}")
        own = [record for record in found if is_of(record, partition.key)]
        came += len(own)
        noted = {
            "codes.ignored": len(own) < len(found),
            "dates.ignored": any(is_far(record, part) for record in own),
            "answers.capped": len(found) == before and is_round(before),
            "answers.fewer_than_counted": is_everything and part == parts[-1] and are_few(came, counted),
        }
        before = len(found)
        yield from pages(own, cursor_after(part, settled), tuple(note for note, holds in noted.items() if holds))


def asked(code: str, part: Chunk, wire: Wire) -> Mapping[str, Any]:
    """The query for a campaign's answers of some days: all of them, tags included (CLIENT)."""
    end = part.last if wire.last_day_included else day_after(part.last)
    start = part.first.isoformat() if part.first else None
    return {"codes": code, "start": start, "end": end.isoformat(), "limit": -1, "tags": "true"}


def cursor_after(part: Chunk, settled: date) -> Json:
    """From where to go on after a chunk; None when no day of it was over yet."""
    until = min(part.last, settled)
    return {"until": until.isoformat()} if part.first is None or part.first <= until else None


def pages(own: Sequence[Json], cursor: Json, notes: tuple[str, ...]) -> Iterator[Page]:
    """Cut a chunk's answers into pages; the last one carries the cursor and what is to be noted of the chunk."""
    starts = range(0, max(1, len(own)), PAGE)
    for start in starts[:-1]:
        yield Page(own[start : start + PAGE])
    yield Page(own[starts[-1] :], cursor, notes)


def is_round(size: int) -> bool:
    """Whether a body of so many answers looks cut, if the one before was as large (ours)."""
    return size > 0 and size % ROUND == 0


def are_few(came: int, counted: int | None) -> bool:
    """Whether fewer than half of the answers came that the campaign counts."""
    return counted is not None and counted > SMALL_COUNT and came * 2 < counted


def is_of(record: Json, code: str) -> bool:
    """Whether an answer belongs to a campaign; one that does not say to which was asked for under this one."""
    found = values.code(record.get("campaign_code")) if isinstance(record, dict) else None
    return found is None or found == code


def is_far(record: Json, part: Chunk) -> bool:
    """Whether an answer was given on a day that, in no zone, is one of those that were asked for."""
    instant = values.instant(record.get("time")) if isinstance(record, dict) else None
    if instant is None:
        return False
    early = part.first is not None and instant.date() < day_before(part.first)
    return early or instant.date() > day_after(part.last)
