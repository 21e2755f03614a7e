"""What a page is, and whether all of a list came."""

from collections.abc import Sequence

from attrs import define, field, frozen

from connector_core import Json, encode
from trackco_cxm import scalars

Given = dict[str | int, int]
"""The content of records, by what tells each from others."""


@frozen
class Answer:
    """One page, opened.

    Attributes:
        names: what tells each record from others: its id, or its content where it has none.
        total: how many records all pages hold, as the server counts them; None when it does not say.
        limit: how many records a page holds, as the server says; None when it does not say.
        repeats: whether the page before held the same records.
    """

    records: list[Json]
    names: Sequence[str | int]
    total: int | None
    limit: int | None
    repeats: bool = False


@define
class Known:
    """What came of a list so far: enough to tell new from known, and whether all of it came.

    A record is known by its id, or by its content where it has none.

    Attributes:
        given: the content of each record that was given out, also from a longer list that holds this one.
        repeats: whether the last page held what the one before it held: `page` is ignored.
    """

    given: Given = field(factory=dict)
    repeats: bool = field(default=False, init=False)
    _came: set[str | int] = field(factory=set, init=False)
    _totals: set[int | None] = field(factory=set, init=False)

    def take(self, answer: Answer) -> list[Json]:
        """Take in a page, and return its records that did not come before, or came with other content.

        The page is empty then: who still holds it holds none of them in memory.
        """
        self._totals.add(answer.total)
        self.repeats = answer.repeats
        fresh = []
        self._came.update(answer.names)
        for name, record in zip(answer.names, answer.records, strict=False):
            content = digest(record)
            if self.given.get(name) != content:
                self.given[name] = content
                fresh.append(record)
        answer.records.clear()
        return fresh

    @property
    def distinct(self) -> int:
        """How many different records came."""
        return len(self._came)

    @property
    def total(self) -> int | None:
        """The latest count, None when a response had none.

        Where nothing is deleted, that is the greatest: pages that are asked at once may be answered in any order.
        """
        return None if None in self._totals else max((total or 0 for total in self._totals), default=None)

    @property
    def agrees(self) -> bool:
        """Whether as many different records came as the server counts: then every one that it counted came."""
        return self.distinct == self.total


def id_of(record: Json, key: str) -> str | None:
    """The id of a record, a number as text; None where it has none."""
    return scalars.text(record.get(key)) if isinstance(record, dict) else None


def names_of(records: Sequence[Json], key: str) -> list[str | int]:
    """What tells each record from others: its id, or its content where it has none."""
    return [id_of(record, key) or digest(record) for record in records]


def digest(record: Json) -> int:
    """Tells one content from another, within this process."""
    return hash(encode(record))
