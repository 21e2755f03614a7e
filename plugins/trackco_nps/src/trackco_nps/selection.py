"""What came of a request, gone over once: how many answers, of which campaign, of which days, how many with a score."""

from collections.abc import Iterable, Iterator

from attrs import field, frozen

from connector_core import Json
from trackco_nps import values
from trackco_nps.chunks import Chunk, day_after, day_before
from trackco_nps.counts import is_scored

_YEARS = range(2000, 2100)
"""A date of another year is a mistake in the answer (ours), and tells nothing of how answers are selected."""


@frozen
class Seen:
    """What is known of all the answers of one body.

    Attributes:
        came: how many there are.
        scored: how many of them have a score on the scale.
        own: how many are of the campaign that was asked for.
        own_scored: how many are both.
        is_far: whether any of the campaign's is of none of the days that were asked for.
    """

    came: int = 0
    scored: int = 0
    own: int = 0
    own_scored: int = 0
    is_far: bool = False


def seen(answers: Iterable[Json], code: str, part: Chunk) -> Seen:
    """Go over all answers; none is held."""
    came = scored = own = own_scored = 0
    far = False
    for answer in answers:
        came += 1
        has_score = is_scored(answer)
        scored += has_score
        if is_of(answer, code):
            own += 1
            own_scored += has_score
            far = far or is_far(answer, part)
    return Seen(came, scored, own, own_scored, far)


@frozen
class Own:
    """The answers of one campaign among all that came, which need not be in memory: gone over anew each time.

    Attributes:
        count: how many they are.
    """

    came: Iterable[Json]
    code: str
    count: int = field(init=False)

    @count.default
    def _counted(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[Json]:
        """Each of them, in the order in which they came."""
        return (answer for answer in self.came if is_of(answer, self.code))


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
