"""Reading a whole list, page by page, from a server whose every habit is ASSUMED, and proving that all of it came.

Bodies may be bare arrays; counts may be missing; `limit` may be capped or ignored; `page` may be ignored; records may
arrive or vanish while pages are read, so that pages shift.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from connector_core import Call, Json, Page, SourceError
from trackco_cxm import scalars
from trackco_cxm._wire import Wire
from trackco_cxm.proof import Answer, Known, digest, id_of

if TYPE_CHECKING:
    from connector_core import HttpClient

ATTEMPTS = 3
"""How often a list is read in the hope that its count and what came agree."""


@frozen
class Listing:
    """One list of the API.

    Attributes:
        path: where it is.
        params: what is asked besides the page.
        id_key: where a record holds its id.
        place: what it is, for messages: `survey AbCdEfGhIjKl`.
        missing: what it means when the server answers 404, and what to do.
    """

    path: str
    params: Mapping[str, Any]
    id_key: str
    place: str
    missing: str


def fetch(http: "HttpClient", listing: Listing, wire: Wire, page: int | None = None, **params: int) -> Answer:
    """Read one page, the first unless told otherwise; `params` replace those that are usually sent.

    Raises:
        SourceError: the server refuses, or the body is not of the assumed form.
        TransientError: the server cannot be reached.
    """
    number = wire.first_page if page is None else page
    try:
        body = http.get(listing.path, _params(listing, wire, number) | params).body
    except SourceError as error:
        if error.status != 404:  # noqa: PLR2004 - HTTP's own number
            raise
        raise SourceError(listing.missing, status=404) from error
    return opened(body, listing, wire)


def read_all(http: "HttpClient", listing: Listing, wire: Wire, first: Answer | None = None) -> Iterator[Page]:
    """Read every page of a list, and end only when all of it is known to have come.

    Where the server counts, as many different records must have come as it counts in the end; otherwise the list is
    read again, one page after the other, and only what is new or changed is given out. Where the server does not
    count, the pages must have ended, or the only one that comes must be shown not to be cut.
    Notes: `unproven.no_total`, `page.ignored`, `list.repeats`.

    Args:
        http: the API.
        listing: what to read.
        wire: how.
        first: the first page, when it was read before.

    Raises:
        SourceError: it cannot be proven that everything came.
        TransientError: the server cannot be reached.
    """
    known = Known(listing.id_key, wire.page_size)
    for attempt in range(ATTEMPTS):
        again = attempt > 0
        known.begin()
        for answer in _pages(http, listing, wire, first or fetch(http, listing, wire), ahead=not again):
            notes = ("unproven.no_total",) if answer.total is None and known.pages == 0 and not again else ()
            fresh = known.take(answer)
            if answer.repeats and answer.total is None and known.cut is None:
                known.judge_repeated_page(fetch(http, listing, wire, **{wire.limit_parameter: 1}))
            if answer.repeats and known.is_whole(again=again):
                notes = (*notes, "page.ignored")
            yield Page(fresh, notes=notes)
            if again and known.agrees:
                return
        if known.is_whole(again=again):
            if known.came_twice_alike:
                yield Page((), notes=("list.repeats",))
            return
        first = None
    raise SourceError(
        f"{listing.place}: read {ATTEMPTS} times, {known.distinct} different records came"
        f" and the server counts {'none' if known.total is None else known.total}, so it is unproven that all came."
        " What came is loaded and the place to resume stays: run the same command again; if it stays so,"
        f" check {'wire.page_parameter' if known.repeats else 'wire.total_key'} with --check"
    )


def _pages(http: "HttpClient", listing: Listing, wire: Wire, first: Answer, *, ahead: bool) -> Iterator[Answer]:
    """The pages of one pass, until the server's count is reached, a page is short or empty, or it repeats the last.

    With `ahead`, pages that the count promises are asked before the ones in front of them have come.
    """
    declared = first.limit if first.limit is not None and first.limit < wire.page_size else None
    size = declared or len(first.records)  # what a page really holds; that `limit` was honoured is never trusted
    page, held, latest, marks = wire.first_page, len(first.records), first, _marks(first, listing)
    yield first
    while not _ended(latest, size, held):
        last = page + 1
        if ahead and latest.total is not None:
            last = max(last, wire.first_page + (latest.total - 1) // size)
        calls = (Call(listing.path, _params(listing, wire, number)) for number in range(page + 1, last + 1))
        for response in http.get_each(calls):
            page += 1
            before, latest = marks, opened(response.body, listing, wire)
            marks, held = _marks(latest, listing), held + len(latest.records)
            latest = evolve(latest, repeats=bool(marks) and marks == before)
            yield latest
            if latest.repeats or not latest.records:
                return


def _ended(latest: Answer, size: int, held: int) -> bool:
    """Whether no page can follow this one."""
    if not latest.records:
        return True
    return held >= latest.total if latest.total is not None else len(latest.records) < size


def _marks(answer: Answer, listing: Listing) -> list[str | int]:
    """What tells a page from another: its records' ids, or their contents where they have none."""
    return [id_of(record, listing.id_key) or digest(record) for record in answer.records]


def _params(listing: Listing, wire: Wire, page: int) -> dict[str, Any]:
    return {**listing.params, wire.limit_parameter: wire.page_size, wire.page_parameter: page}


def opened(body: Json, listing: Listing, wire: Wire) -> Answer:
    """Open a body: a bare array, or an object that holds its list, and perhaps counts, where the wire says.

    Raises:
        SourceError: there is no list.
    """
    records = body if isinstance(body, list) else _at(body, wire.records_key)
    if not isinstance(records, list):
        raise SourceError(
            f"{listing.place}: the body holds no list under {wire.records_key}; set wire.records_key to where it stands"
        )
    return Answer(records, scalars.count(_at(body, wire.total_key)), scalars.count(_at(body, wire.limit_key)))


def _at(body: Json, path: str) -> Json:
    """The value at a dotted path, or None."""
    for key in path.split("."):
        body = body.get(key) if isinstance(body, dict) else None
    return body
