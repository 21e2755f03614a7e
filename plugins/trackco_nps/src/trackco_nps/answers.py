"""Answers: reading those of one campaign, some days at a time, in pages that a run can be resumed after."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from connector_core import Json, Page, Partition, SourceError, Window, hookimpl
from trackco_nps.campaigns import answer_count, created_on
from trackco_nps.chunks import Chunk, chunks, day_after, outer_days, settled_day
from trackco_nps.config import Config
from trackco_nps.reading import Reading

if TYPE_CHECKING:
    from connector_core import HttpClient

PAGE = 100
"""The most records of a page; a chunk's body is cut into pages of so many (ours)."""

SMALL_COUNT = 20
"""A campaign's own counter of no more than this proves nothing (ours)."""


@hookimpl
def extract(partition: Partition, window: Window, cursor: Json, config: Config, http: "HttpClient") -> Iterator[Page]:
    """Read a campaign's answers from the first day of the window to the last, a day more at both ends.

    The last page of a chunk carries the cursor `{"until": "2024-07-01"}`: every day up to that one was read to its end.
    Notes say of a chunk that the API did not select by campaign (`codes.ignored`: the others are cut out, and
    `unproven.codes` where they may hide what is missing) or by date (`dates.ignored`, `unproven.dates`), or that a
    single day looks cut (`unproven.capped`); and at the end, that the API gave no counts of some days to compare with
    (`unproven.counts`; a campaign that counts no answers needs none) or that far fewer came than the campaign counts
    (`answers.fewer_than_counted`).

    Raises:
        SourceError: the API counts more answers of a day than it gives, or the cursor is none of ours.
    """
    first, last = outer_days(window)
    settled, campaign = settled_day(window.end), partition.definition
    if cursor is not None:
        first = day_after(day_of(cursor, settled, partition.key))
    is_everything = window.start is None and cursor is None
    counted, came = answer_count(campaign), 0
    reading = Reading(partition.key, config.wire, http, compares=config.wire.compare_counts)
    for piece in reading.pieces(list(chunks(first, last, created_on(campaign), counted))):
        came += piece.count
        is_last = piece.part.last == last
        noted = {
            "unproven.counts": is_last and reading.uncounted and (came > 0 or counted != 0),
            "answers.fewer_than_counted": is_last and is_everything and are_few(came, counted),
        }
        notes = (*piece.notes, *(note for note, holds in noted.items() if holds))
        cursor = cursor_after(piece.part, settled) if piece.whole else None
        yield from pages(piece.answers, piece.count, cursor, notes)


def day_of(cursor: Json, settled: date, code: str) -> date:
    """The day up to which a cursor says that all was read.

    Raises:
        SourceError: it says none, or one that had not passed when it was read.
    """
    said = cursor.get("until") if isinstance(cursor, dict) else None
    try:
        day = date.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        day = None
    if day is None or day > settled:
        raise SourceError(
            f"campaign {code}: the place in the state up to which it was read is none of ours;"
            f" `connector state reset --partition {code}` makes it be read anew"
        )
    return day


def cursor_after(part: Chunk, settled: date) -> Json:
    """From where to go on after a chunk; None when no day of it was over yet."""
    until = min(part.last, settled)
    return {"until": until.isoformat()} if part.first is None or part.first <= until else None


def pages(answers: Iterable[Json], count: int, cursor: Json, notes: tuple[str, ...]) -> Iterator[Page]:
    """Cut a chunk's answers into pages; the last one carries the cursor and what is to be noted of the chunk."""
    left = iter(answers)
    for _ in range(PAGE, count, PAGE):
        yield Page(list(islice(left, PAGE)))
    yield Page(list(left), cursor, notes)


def are_few(came: int, counted: int | None) -> bool:
    """Whether fewer than half of the answers came that the campaign counts."""
    return counted is not None and counted > SMALL_COUNT and came * 2 < counted
