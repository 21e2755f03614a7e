"""Reading a campaign some days at a time, and cutting the days in halves until it is proven that all of it came.

An answer is asked for before it is counted, and none is ever deleted: where as many came as are counted, all came.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import define, frozen

from connector_core import Call, Json, SourceError, TooLargeError
from trackco_nps import values
from trackco_nps._wire import Wire, rows
from trackco_nps.chunks import Chunk, day_after, day_before, halves
from trackco_nps.counts import bands, report, scored

if TYPE_CHECKING:
    from connector_core import HttpClient

ROUND = 50
"""A multiple of this is a likely limit (ours)."""

_YEARS = range(2000, 2100)
"""A date of another year is a mistake in the answer (ours), and tells nothing of how answers are selected."""


@frozen
class Piece:
    """The campaign's answers of some days.

    Attributes:
        notes: what the summary is to count.
        whole: False where the API counts more answers than came.
    """

    part: Chunk
    answers: Sequence[Json]
    notes: tuple[str, ...] = ()
    whole: bool = True


@define
class Reading:
    """The reading of one campaign, and what is learnt of the API on the way.

    Attributes:
        code: the campaign.
        compares: whether what comes is compared with the API's own counts; it ends where the API gives none.
        before: how many answers the last body held.
    """

    code: str
    wire: Wire
    http: "HttpClient"
    compares: bool
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
        for part, found in self._bodies(parts):
            smaller = halves(part)
            if found is None:
                yield from self.pieces(smaller)
                continue
            own = [record for record in found if is_of(record, self.code)]
            notes = ("codes.ignored",) if len(own) < len(found) else ()
            size, before, self.before = len(found), self.before, len(found)
            if any(is_far(record, part) for record in own):
                yield Piece(part, own, (*notes, "dates.ignored", "unproven.dates"))
                continue
            came, counted = scored(own), self._counted(part, own)
            if notes and counted is not None and came < counted <= scored(found):
                yield Piece(part, own, (*notes, "unproven.codes"))  # those of the others may be counted too
                continue
            is_short = counted is not None and came < counted
            looks_cut = counted is None and is_round(size) and (smaller != () or size == before)
            if is_short and again:
                yield from self.pieces([part], again=False)
            elif smaller and (is_short or looks_cut):
                yield from self.pieces(smaller)
            elif is_short:
                yield Piece(part, own, notes, whole=False)
                raise SourceError(
                    f"campaign {self.code}, {_days(part)}: the API counts {counted:,} answers with a score and gave"
                    f" {came:,}, twice; it looks as if it gave at most {size:,} answers at once. What came is loaded,"
                    " and that day is read again next time. If its report (/report/nps) counts others than its list,"
                    " set wire.compare_counts to false"
                )
            else:
                yield Piece(part, own, (*notes, "unproven.capped") if looks_cut else notes)

    def _bodies(self, parts: Sequence[Chunk]) -> Iterator[tuple[Chunk, list[Json] | None]]:
        """What comes for each chunk, some asked ahead; None for one that is too large and can be cut."""
        left = deque(parts)
        while left:
            calls = [Call("report/answer", asked(self.code, part, self.wire)) for part in left]
            try:
                for response in self.http.get_each(calls):
                    yield left.popleft(), answer_rows(response.body, self.code)
            except TooLargeError:
                if not halves(left[0]):
                    raise
                yield left.popleft(), None

    def _counted(self, part: Chunk, own: Sequence[Json]) -> int | None:
        """How many answers the API counts in some days; None where that cannot be known."""
        found = bands(report(self.code, part, self.wire, self.http)) if self.compares else None
        if found is None and own:
            self.compares = False
        return None if found is None else sum(found)


def asked(code: str, part: Chunk, wire: Wire) -> Mapping[str, Any]:
    """The query for a campaign's answers of some days: all of them, tags included (CLIENT)."""
    return {**wire.days(code, part), "limit": -1, "tags": "true"}


def answer_rows(body: Json, code: str) -> list[Json]:
    """The answers that a body holds.

    Raises:
        SourceError: it holds no list.
    """
    return rows(body, f"the list of answers of campaign {code}")


def is_round(size: int) -> bool:
    """Whether a body of so many answers may be one that was cut (ours)."""
    return size > 0 and size % ROUND == 0


def is_of(record: Json, code: str) -> bool:
    """Whether an answer belongs to a campaign; one that does not say to which was asked for under this one."""
    found = values.code(record.get("campaign_code")) if isinstance(record, dict) else None
    return found is None or found == code


def is_far(record: Json, part: Chunk) -> bool:
    """Whether an answer was given on a day that, in no zone, is one of those that were asked for."""
    instant = values.instant(record.get("time")) if isinstance(record, dict) else None
    if instant is None or instant.year not in _YEARS:
        return False
    early = part.first is not None and instant.date() < day_before(part.first)
    return early or instant.date() > day_after(part.last)


def _days(part: Chunk) -> str:
    return f"{part.last}" if part.first else f"up to {part.last}"
