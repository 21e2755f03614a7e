"""Reading the answers of one survey, in pieces of up to so many answers (`spans.CHUNK`), each proven to be complete."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING
from urllib.parse import quote
from zoneinfo import ZoneInfo

from attrs import field, frozen

from connector_core import Json, Page, Partition, Window, instant_reader
from trackco_cxm.config import Config
from trackco_cxm.listing import Listing
from trackco_cxm.paging import Pager, unproven
from trackco_cxm.proof import Answer, Given, Known
from trackco_cxm.spans import Span, asked_span, cursor_after, divided, halves

if TYPE_CHECKING:
    from connector_core import HttpClient

_VOTERS = 20
"""How many records of a page are looked at, or up to twice as many, to tell whether the server ignored the times."""


@frozen
class Piece:
    """A part of the time that is asked.

    Attributes:
        given: what of it was given out before, as in `Known`.
        size: how many answers the server counts in it, if that is known.
    """

    span: Span
    given: Given = field(factory=dict)
    size: int | None = None


def answer_list(partition: Partition, span: Span, config: Config) -> Listing:
    """The answers of a survey in a span of time: everything about this request is ASSUMED."""
    wire, name = config.wire, f"survey {partition.key}"
    path = wire.interactions_path.replace("{organization}", quote(config.data_source.organization_id, safe=""))
    return Listing(
        path=path.replace("{survey}", quote(partition.key, safe="")),
        params={
            wire.start_parameter: span.first.strftime(wire.date_format),
            wire.end_parameter: span.end.strftime(wire.date_format),
        },
        id_key=wire.id_key,
        place=f"{name}, answers from {span}",
        missing=f"{name}: Track.co lists it but has no answers at this path; check wire.interactions_path with --check",
    )


def outside_reader(config: Config) -> Callable[[Span, Sequence[Json]], bool]:
    """Compile the test whether the server ignored the time asked: most of the records' own dates lie far outside.

    Of a long page, some records from all over it stand for the others.
    """
    read, key = instant_reader(ZoneInfo(config.data_source.time_zone)), config.wire.date_key

    def far(record: Json, span: Span) -> bool | None:
        try:
            return span.far_from(read(record[key])[0])
        except (TypeError, KeyError, ValueError):
            return None  # the mapper will say what is wrong with this one

    def ignored(span: Span, records: Sequence[Json]) -> bool:
        some = records[:: max(1, len(records) // _VOTERS)]
        votes = [vote for record in some if (vote := far(record, span)) is not None]
        return sum(votes) * 2 > len(votes)

    return ignored


def read_answers(
    partition: Partition, window: Window, cursor: Json, config: Config, http: "HttpClient"
) -> Iterator[Page]:
    """Read the answers of a survey from a window, a piece at a time; the last page of each, empty, holds the cursor.

    The first page of a piece tells how many answers it has; one of too many is divided, by what its parts are said to
    have, and their pages are asked for in one go. A piece that is not proven to have come whole is halved, the older
    half first. One too short to be halved fails; but where nobody counts and the answers are of one second, as of a
    backfill, they are read to the end of their pages. So a count that lies costs, at each of some 30 halvings,
    `ATTEMPTS` readings of one piece, and no more. A piece that grows by more than a page while it is read is halved at
    once, so that what arrives without end is left behind.

    A server that ignores the times asked is read in one piece, since every piece would hold everything.
    Notes: `filter.ignored`, `page.ignored`, `unproven.no_total`.

    Raises:
        SourceError: the survey cannot be read, it cannot be proven that all of it came, or the cursor is none of ours.
        TransientError: the server cannot be reached.
    """
    asked = asked_span(window, cursor, partition.key)
    with closing(Pager(http, config.wire)) as pager:
        yield from _read_pieces(pager, partition, config, asked, window)


def _read_pieces(pager: Pager, partition: Partition, config: Config, asked: Span, window: Window) -> Iterator[Page]:
    """Read all that is asked, piece by piece, each to its last page."""
    ignores = outside_reader(config)

    def count(spans: Sequence[Span]) -> list[int | None]:
        return list(pager.totals([answer_list(partition, one, config) for one in spans]))

    pending = [Piece(asked)] if asked else []
    while pending:
        piece = pending.pop()
        span, listing, known = piece.span, answer_list(partition, piece.span, config), Known(piece.given)
        if not pager.is_asked_ahead(listing):
            upcoming = takewhile(lambda one: one.size is not None, [piece, *reversed(pending)])
            pager.ask_ahead([(answer_list(partition, one.span, config), one.size or 0) for one in upcoming])
        first, whole = pager.first(listing), False
        ignored = ignores(span, first.records)
        at_once = first.total is None and _is_one_moment(first.records, config.wire.date_key)
        parts = [] if ignored else divided(span, first.total, count)
        if len(parts) > 1:
            pending += [Piece(part, piece.given.copy(), size) for part, size in reversed(parts)]
            continue
        if not ignored:
            ignored, whole = yield from _read_piece(pager, listing, first, known, partial(ignores, span))
        if ignored:
            rest, pending = Span(span.first, asked.end), []
            pager.ask_ahead(())  # for parts, of which there are none any more
            yield from pager.read_all(answer_list(partition, rest, config), known, first if rest == span else None)
            span = rest
        elif not whole:
            if smaller := halves(span, config.wire.date_format):
                pending += [Piece(half, piece.given.copy()) for half in reversed(smaller)]
                continue
            if not at_once:
                raise unproven(listing, known)
            yield from pager.read_second(listing, known, first)
        notes = {"filter.ignored": ignored, "page.ignored": pager.page_ignored and not pending}
        place = cursor_after(span, asked, window, pager.http.clock.now())
        yield Page((), place, tuple(note for note, held in notes.items() if held))


def _is_one_moment(records: Sequence[Json], key: str) -> bool:
    """Whether the records of a page have one date, to the second: then the times asked have selected them."""
    dates = [str(record.get(key)) for record in records if isinstance(record, dict)]
    return len({date[: len("YYYY-MM-DD HH:MM:SS")] for date in dates}) == 1


def _read_piece(
    pager: Pager, listing: Listing, first: Answer, known: Known, ignores: Callable[[Sequence[Json]], bool]
) -> Generator[Page, None, tuple[bool, bool]]:
    """Read one piece; returns whether a page shows that its times are ignored, and whether it is proven to be whole."""
    if (whole := pager.is_whole(listing, first)) or first.total is None:
        yield Page(known.take(first))  # what nobody counts is proven by one page, or not at all
        return False, whole
    ignored = False
    for page in pager.read(listing, first, known):
        ignored = ignored or ignores(page.records)
        yield page
        del page  # or it would stay while the next one is decoded
        if (known.total or 0) > (first.total or 0) + pager.wire.page_size:
            break  # more than a page arrived meanwhile: a shorter piece stands stiller
    return ignored, known.agrees
