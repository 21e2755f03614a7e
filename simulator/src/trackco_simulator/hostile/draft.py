"""A record in the making: what is sent, and beside it what must become of it."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

from attrs import define, field, frozen

from trackco_simulator.cxm.account import CxmAccount
from trackco_simulator.draws import between, pick, some
from trackco_simulator.nps.account import NpsAccount
from trackco_simulator.outcome import Record

AccountT = TypeVar("AccountT", CxmAccount, NpsAccount)
_CHECKS = ("outside", "shape", "id", "status", "date", "score")
"""What decides of a record, in this order; outside is a date that can be read and lies beyond the window."""


class Fate(NamedTuple):
    """What becomes of a record that is not loaded: skipped, rejected or outside, and the reason."""

    result: str
    reason: str


@define
class Draft:
    """A record as it is sent, and as it must be loaded unless one of its faults forbids it.

    Attributes:
        raw: what is sent; `Raw` parts as they stand.
        record: what must be loaded.
        faults: by the check that finds each.
        ambiguous: whether its time is one that clocks show twice or never.
    """

    raw: Any
    record: Record
    faults: dict[str, Fate] = field(factory=dict)
    ambiguous: bool = False

    @property
    def fate(self) -> Fate | None:
        """What becomes of it instead of being loaded; none if it is loaded."""
        return next((self.faults[check] for check in _CHECKS if check in self.faults), None)

    def expect(self, name: str, value: Any) -> None:
        """Expect a value among the additional fields."""
        self.record["additional_fields"][name] = value


Row = Any
"""What a table of oddities holds for each of them."""


class Oddity(NamedTuple):
    """One thing that is odd, and the part of a record in which it is; a record has at most one for each part."""

    part: str
    apply: Callable[[Draft], None]


Table = Sequence[tuple[str, Callable[[Any, Draft], None], Iterable[Row]]]


def tabled(table: Table) -> list[Oddity]:
    """Return the oddities of a table of parts, of what to do there, and of the rows with which to do it."""
    return [Oddity(part, partial(apply, row)) for part, apply, rows in table for row in rows]


def combinations(rng: random.Random, oddities: Sequence[Oddity], mixed: int) -> Iterator[tuple[Oddity, ...]]:
    """Yield none, then each alone, then `mixed` times several of different parts, in the order of the parts."""
    yield ()
    for oddity in oddities:
        yield (oddity,)
    parts = list(dict.fromkeys(oddity.part for oddity in oddities))
    for _ in range(mixed):
        chosen = sorted(some(rng, parts, between(rng, 2, 4)), key=parts.index)
        yield tuple(pick(rng, [oddity for oddity in oddities if oddity.part == part]) for part in chosen)


@frozen
class Hostile(Generic[AccountT]):
    """An account of odd records, and all that an import of it must do.

    Attributes:
        account: to be served.
        records: what must be loaded, by id.
        skipped: how many by reason.
        rejected: how many by reason.
        rejected_ids: the reason for each that has an id.
        outside: how many lie beyond the window.
        ambiguous: how many of the loaded have a doubtful time.
        repeated: how many come twice.
    """

    account: AccountT
    records: dict[str, Record]
    skipped: dict[str, int]
    rejected: dict[str, int]
    rejected_ids: dict[str, str]
    outside: int
    ambiguous: int
    repeated: int


def judged(account: AccountT, drafts: Iterable[Draft], *, repeated: int) -> Hostile[AccountT]:
    """Sum up what must become of drafts."""
    counts: Counter[Fate] = Counter()
    records: dict[str, Record] = {}
    rejected_ids: dict[str, str] = {}
    ambiguous = 0
    for draft in drafts:
        fate = draft.fate
        if fate is None:
            records[draft.record["id"]] = draft.record
            ambiguous += draft.ambiguous
            continue
        counts[fate] += 1
        if fate.result == "rejected" and draft.record["id"]:
            rejected_ids[draft.record["id"]] = fate.reason

    def reasons(result: str) -> dict[str, int]:
        return {fate.reason: count for fate, count in sorted(counts.items()) if fate.result == result}

    return Hostile(
        account=account,
        records=records,
        skipped=reasons("skipped"),
        rejected=reasons("rejected"),
        rejected_ids=rejected_ids,
        outside=sum(reasons("outside").values()),
        ambiguous=ambiguous,
        repeated=repeated,
    )
