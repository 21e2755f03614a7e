"""Reading a list, page by page, from a server whose every habit is ASSUMED, and proving that all of it came.

Bodies may be bare arrays; counts may be missing; `limit` may be capped or ignored; `page` may be ignored; records may
arrive, or change their order, while pages are read, so that pages shift.

Assumed: one response is a snapshot, a declared count and a declared page size are true, nothing is deleted, only the
last page of a list is shorter than others, and a page can hold more than one record.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from connector_core import Page, Response, SourceError
from trackco_cxm._wire import Wire
from trackco_cxm.ahead import Ahead
from trackco_cxm.listing import Listing, fetch, opened, page_of
from trackco_cxm.proof import Answer, Known

if TYPE_CHECKING:
    from connector_core import HttpClient

ATTEMPTS = 3
"""How often a list is read in the hope that its count and what came agree."""

STALE = 3
"""After how many pages in a row without a record that is new to it a pass ends."""

_SECONDS = 1_000
"""Pages of single seconds, counted by nobody, that are read of a survey: what has more may be arriving without end."""


@define
class Pager:
    """Reads lists, and learns how many records a page of this server can hold.

    Attributes:
        http: the API.
        wire: how to ask it.
        largest: the most records that a page was seen to hold, 1 at least.
        page_ignored: whether a page was seen to hold what the one before it held.
    """

    http: "HttpClient"
    wire: Wire
    largest: int = field(default=1, init=False)
    page_ignored: bool = field(default=False, init=False)
    _ahead: Ahead | None = field(default=None, init=False)
    _lists: dict[str, int] = field(factory=dict, init=False)
    _spare: int = field(default=_SECONDS, init=False)

    def is_asked_ahead(self, listing: Listing) -> bool:
        """Whether its pages are among those that are asked for ahead."""
        return listing.place in self._lists

    def ask_ahead(self, listings: Sequence[tuple[Listing, int]]) -> None:
        """Ask for the pages of lists that will be read next, in this order, and for no others that were.

        Each comes with how many records it is said to hold. That steers only: pages that there are beside it are read
        all the same, and others do no harm.
        """
        self.close()
        self._lists, first = {listing.place: at for at, (listing, _) in enumerate(listings)}, self.wire.first_page
        calls = (
            ((at, page), page_of(listing, self.wire, page))
            for at, (listing, total) in enumerate(listings)
            for page in range(first, first + max(1, -(-total // self.largest)))
        )
        self._ahead = Ahead(self.http, calls)

    def close(self) -> None:
        """Ask for nothing ahead any more."""
        if self._ahead:
            self._ahead.close()

    def first(self, listing: Listing) -> Answer:
        """Read the first page."""
        asked = self._asked_ahead(listing, self.wire.first_page)
        return self._seen(opened(asked.body, listing, self.wire) if asked else fetch(self.http, listing, self.wire))

    def totals(self, listings: Sequence[Listing]) -> Iterator[int | None]:
        """What the server counts for each list, asked for at once; it proves nothing."""
        wire = self.wire
        calls = [page_of(each, wire, wire.first_page, **{wire.limit_parameter: 1}) for each in listings]
        for listing, response in zip(listings, self.http.get_each(calls), strict=True):
            yield opened(response.body, listing, self.wire).total

    def is_whole(self, listing: Listing, first: Answer) -> bool:
        """Whether the first page alone is proven to hold the whole list.

        No count may say otherwise. The page must hold as many different records as are counted, or be shorter than
        one that this server is known to give, or the next one must be empty: then all fits one page, and did so when
        the first was read. A record may be listed, and counted, twice.
        That `limit` was honoured is never trusted, but that more than one record fits a page is.
        """
        held = len(first.names)
        if first.total is not None and first.total != held:
            return False
        if len(set(first.names)) == first.total:
            return True
        if held < self._size(first):
            return True
        second = self._seen(fetch(self.http, listing, self.wire, self.wire.first_page + 1), first)
        return not second.names or (second.repeats and held == 1 < self.wire.page_size)

    def read(self, listing: Listing, first: Answer, known: Known) -> Iterator[Page]:
        """Read a list whose first page is not all, until `known` agrees with the count.

        Up to `ATTEMPTS` passes, the later ones one page after the other; a single one where the server does not count.
        """
        for attempt in range(ATTEMPTS):
            if attempt:
                self.ask_ahead(())  # what is under way may be older than what comes from now on
            for answer in self._pages(listing, first if attempt == 0 else self.first(listing), ahead=attempt == 0):
                yield Page(known.take(answer))
                if known.agrees:
                    return
            if known.total is None:
                return

    def read_all(self, listing: Listing, known: Known, first: Answer | None = None) -> Iterator[Page]:
        """Read a list that cannot be halved.

        Where the server does not count, its pages are read to their end, and the note `unproven.no_total` says so,
        unless one page is all. A page that repeats must then bring all of its records even when one is asked for.

        Args:
            listing: what to read.
            known: what came of it before.
            first: its first page, when it was read before.

        Raises:
            SourceError: it is counted and cannot be proven that everything came, or `page` and count are missing.
            TransientError: the server cannot be reached.
        """
        first = first or self.first(listing)
        if self.is_whole(listing, first):
            yield Page(known.take(first))
            return
        yield from self.read(listing, first, known)
        if known.agrees:
            return
        if known.total is not None or (known.repeats and self._is_cut(listing, len(first.names))):
            raise unproven(listing, known)
        yield Page((), notes=("unproven.no_total",))

    def read_second(self, listing: Listing, known: Known, first: Answer) -> Iterator[Page]:
        """The same of a single second; up to so many pages of all of them together (`_SECONDS`)."""
        for page in self.read_all(listing, known, first):
            yield page
            self._spare -= 1
            if not self._spare:
                raise unproven(listing, known)

    def _is_cut(self, listing: Listing, held: int) -> bool:
        """Whether a page is cut by `limit`: it held more than comes when a single record is asked for."""
        one = fetch(self.http, listing, self.wire, **{self.wire.limit_parameter: 1})
        return len(one.names) < max(held, 2)

    def _pages(self, listing: Listing, first: Answer, *, ahead: bool) -> Iterator[Answer]:
        """The pages of one pass, up to one that is empty, repeats the one before, or is the last by its length.

        A pass ends, whatever arrives meanwhile, when it has held twice what was counted at its beginning, or after
        `STALE` pages without anything new. Only a list that nobody counts and that grows by a page with every
        response has no other end than the run's own.

        With `ahead`, pages that the count promises are asked before the ones in front of them have come.
        """
        page, held, latest = self.wire.first_page, len(first.names), first
        names, stale = set(first.names), 0
        yield first
        while _goes_on(first.total, latest, held, self._size(first)):
            last = page + 1
            if ahead and latest.total is not None:
                last = max(last, self.wire.first_page + (latest.total - 1) // self._size(first))
            for response in self._responses(listing, page + 1, last):
                page += 1
                latest = self._seen(opened(response.body, listing, self.wire), latest)
                held += len(latest.names)
                yield latest
                before = len(names)
                names.update(latest.names)
                stale = stale + 1 if len(names) == before else 0
                if latest.repeats or not latest.names or stale == STALE:
                    return

    def _responses(self, listing: Listing, page: int, last: int) -> Iterator[Response]:
        """Some pages of a list, as far as they are asked for ahead, and then the others."""
        while page <= last and (response := self._asked_ahead(listing, page)):
            yield response
            page += 1
        yield from self.http.get_each(page_of(listing, self.wire, number) for number in range(page, last + 1))

    def _asked_ahead(self, listing: Listing, page: int) -> Response | None:
        """A page, if it is the next of those that are asked for ahead."""
        at = self._lists.get(listing.place)
        return None if at is None or self._ahead is None else self._ahead.take((at, page))

    def _size(self, answer: Answer) -> int:
        """How many records surely fit a page: as many as one held, or as the server declares, if fewer than asked."""
        declared = answer.limit or 0
        return max(self.largest, declared if declared < self.wire.page_size else 0)

    def _seen(self, answer: Answer, before: Answer | None = None) -> Answer:
        """Learn from a page and, where there is one, the page before it."""
        self.largest = max(self.largest, len(answer.names))
        repeats = before is not None and len(answer.names) > 0 and before.names == answer.names
        self.page_ignored = self.page_ignored or repeats
        return evolve(answer, repeats=repeats)


def _goes_on(total: int | None, latest: Answer, held: int, size: int) -> bool:
    """Whether another page may follow, where so many records came of those that were counted at the beginning.

    Pages may share records, up to half of them; so full ones are followed beyond the count.
    """
    if not latest.names or latest.repeats:
        return False
    full = len(latest.names) >= size
    return full if total is None else held < total * (2 if full else 1)


def unproven(listing: Listing, known: Known) -> SourceError:
    """Say that it is unproven that all of a list came."""
    return SourceError(
        f"{listing.place}: {known.distinct} different records came and the server counts"
        f" {'none' if known.total is None else known.total}, so it is unproven that all came."
        " What came is loaded and the place to resume stays: run the same command again; if it stays so,"
        f" check {'wire.page_parameter' if known.repeats else 'wire.total_key'} with --check"
    )
