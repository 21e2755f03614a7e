"""Reading a campaign some days at a time, and cutting the days in halves until it is proven that all of it came.

An answer is asked for before it is counted, and none is ever deleted: where as many came as are counted, all came.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from attrs import define, frozen

from connector_core import Call, Json, SourceError, TooLargeError
from trackco_nps._wire import Wire, rows
from trackco_nps.chunks import Chunk, halves
from trackco_nps.counts import bands, report
from trackco_nps.selection import Seen, is_of, seen

if TYPE_CHECKING:
    from connector_core import HttpClient

ROUND = 50
"""A multiple of this is a likely limit (ours)."""

TRIES = 3
"""How often a long list is asked for that is broken somewhere in its middle (ours); the host sees to all others."""


@frozen
class Piece:
    """The campaign's answers of some days.

    Attributes:
        answers: to be gone over once; they are not in memory.
        count: how many they are.
        notes: what the summary is to count.
        whole: False where the API counts more answers than came.
    """

    part: Chunk
    answers: Iterable[Json]
    count: int
    notes: tuple[str, ...] = ()
    whole: bool = True


@define
class Reading:
    """The reading of one campaign, and what is learnt of the API on the way.

    Attributes:
        code: the campaign.
        compares: whether what comes is compared with the API's own counts; it ends where the API gives none.
        uncounted: whether the API gave no counts of some days, also of days without answers.
        before: how many answers the last body held.
    """

    code: str
    wire: Wire
    http: "HttpClient"
    compares: bool
    uncounted: bool = False
    before: int = 0

    def pieces(self, parts: Sequence[Chunk], *, again: bool = True) -> Iterator[Piece]:
        """Read days in order, each chunk whole or, where not all of it seems to have come, in halves of halves.

        Args:
            parts: the days.
            again: whether to read a chunk of which fewer came than are counted a second time before it is cut:
                an answer may have been added between the two requests.

        Raises:
            SourceError: fewer answers of a single day came than the API counts; those were given out before.
            TooLargeError: the answers of a single day are more than the host takes.
        """
        for part, found, of in self._bodies(parts):
            smaller = halves(part)
            if found is None:
                yield from self.pieces(smaller)
                continue
            own = found if of.own == of.came else (record for record in found if is_of(record, self.code))
            notes = ("codes.ignored",) if of.own < of.came else ()
            size, before, self.before = of.came, self.before, of.came
            if of.is_far:
                yield Piece(part, own, of.own, (*notes, "dates.ignored", "unproven.dates"))
                continue
            came, counted = of.own_scored, self._counted(part, of.own)
            if notes and counted is not None and came < counted <= of.scored:
                yield Piece(part, own, of.own, (*notes, "unproven.codes"))  # those of the others may be counted too
                continue
            is_short = counted is not None and came < counted
            looks_cut = counted is None and is_round(size) and (smaller != () or size == before)
            if is_short and again:
                yield from self.pieces([part], again=False)
            elif smaller and (is_short or looks_cut):
                yield from self.pieces(smaller)
            elif is_short:
                yield Piece(part, own, of.own, notes, whole=False)
                raise SourceError(
                    f"campaign {self.code}, {_days(part)}: the API counts {counted:,} answers with a score and gave"
                    f" {came:,}, twice; it looks as if it gave at most {size:,} answers at once. What came is loaded,"
                    " and that day is read again next time. If its report (/report/nps) counts others than its list,"
                    " set wire.compare_counts to false"
                )
            else:
                yield Piece(part, own, of.own, (*notes, "unproven.capped") if looks_cut else notes)

    def _bodies(self, parts: Sequence[Chunk]) -> Iterator[tuple[Chunk, Iterable[Json] | None, Seen]]:
        """What comes for each chunk, some asked ahead, with what is known of it.

        None comes for one that is too large and can be cut.
        """
        left, tries = deque(parts), 0
        while left:
            calls = [asked(self.code, part, self.wire) for part in left]
            try:
                for response in self.http.get_each(calls):
                    found, tries = answer_rows(response.body, self.code), tries + 1
                    of = self._seen(found, left[0], is_last=tries == TRIES)
                    if of is None:
                        break
                    tries = 0
                    yield left.popleft(), found, of
            except TooLargeError:
                if not halves(left[0]):
                    raise
                yield left.popleft(), None, Seen()

    def _seen(self, found: Iterable[Json], part: Chunk, *, is_last: bool) -> Seen | None:
        """What is known of a body; None where it is broken and not the last to be asked for."""
        try:
            return seen(found, self.code, part)
        except SourceError:
            if is_last:
                raise
            return None

    def _counted(self, part: Chunk, own: int) -> int | None:
        """How many answers the API counts in some days; None where that cannot be known."""
        if not self.compares:
            return None
        found = bands(report(self.code, part, self.wire, self.http))
        if found is None:
            self.uncounted, self.compares = True, own == 0
            return None
        return sum(found)


def asked(code: str, part: Chunk, wire: Wire) -> Call:
    """The request for a campaign's answers of some days: all of them, tags included (CLIENT)."""
    return Call("report/answer", {**wire.days(code, part), "limit": -1, "tags": "true"}, long=True)


def answer_rows(body: Json, code: str) -> Iterable[Json]:
    """The answers that a body holds.

    Raises:
        SourceError: it holds no list.
    """
    return rows(body, f"the list of answers of campaign {code}")


def is_round(size: int) -> bool:
    """Whether a body of so many answers may be one that was cut (ours)."""
    return size > 0 and size % ROUND == 0


def _days(part: Chunk) -> str:
    return f"{part.last}" if part.first else f"up to {part.last}"
