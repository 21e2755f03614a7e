"""Whether all of a list came: what a page is, and what is known of the records so far."""

from collections.abc import Sequence

from attrs import define, field, frozen

from connector_core import Json
from trackco_cxm import scalars


@frozen
class Answer:
    """One page, opened.

    Attributes:
        total: how many records all pages hold, as the server counts them; None when it does not say.
        limit: how many records a page holds, as the server says; None when it does not say.
        repeats: whether the page before held the same records.
    """

    records: Sequence[Json]
    total: int | None
    limit: int | None
    repeats: bool = False


@define
class Known:
    """What came of a list so far: enough to tell new from known, and whether all of it came.

    A count that falls from one page to the next means that a record vanished and later ones moved up, perhaps from a
    page yet to be read to one already read. Equal numbers prove nothing then, and the ids are gathered anew.

    Attributes:
        id_key: where a record holds its id.
        asked: how many records a page was asked to hold.
        total: the server's latest count.
        pages: how many pages of this pass came.
        cut: whether a page that repeats is known to be cut by `limit`; None while nobody asked.
    """

    id_key: str
    asked: int
    total: int | None = field(default=None, init=False)
    pages: int = field(default=0, init=False)
    cut: bool | None = field(default=None, init=False)
    _last: Answer = field(default=Answer((), None, None), init=False)
    _total_at_first: int = field(default=0, init=False)
    _fell: bool = field(default=False, init=False)
    _ids: set[str] = field(factory=set, init=False)
    _nameless: int = field(default=0, init=False)
    _contents: set[int] = field(factory=set, init=False)
    _held: int = field(default=0, init=False)
    _trail: int = field(default=0, init=False)
    _trail_before: int | None = field(default=None, init=False)

    def begin(self) -> None:
        """Begin another pass. Records without an id cannot be told apart and are counted anew."""
        if self._fell:
            self._ids.clear()
        self._trail_before, self._trail, self._held = self._trail if self.pages else None, 0, 0
        self.pages, self._nameless, self._fell = 0, 0, False

    def take(self, answer: Answer) -> list[Json]:
        """Take in a page, and return its records that did not come before, or came with other content."""
        if self.pages == 0:
            self._total_at_first = answer.total or 0
        self._fell = self._fell or (self.total or 0) > (answer.total or 0)
        self.total, self._last, self.pages = answer.total, answer, self.pages + 1
        fresh = []
        for record in answer.records:
            name, content = id_of(record, self.id_key), digest(record)
            self._held, self._trail = self._held + 1, hash((self._trail, content))
            if name is None:
                self._nameless += 1
            else:
                self._ids.add(name)
            if content not in self._contents:
                self._contents.add(content)
                fresh.append(record)
        return fresh

    @property
    def distinct(self) -> int:
        """How many different records came."""
        return len(self._ids) + self._nameless

    @property
    def repeats(self) -> bool:
        """Whether the last page held what the one before it held: `page` is ignored."""
        return self._last.repeats

    @property
    def agrees(self) -> bool:
        """Whether as many came as the server counts."""
        return self.distinct == self.total and not self._fell

    @property
    def came_twice_alike(self) -> bool:
        """Whether the list holds a record more than once, and all of it came.

        Two passes are then alike in every record, and each, repeats included, as long as the server counts throughout;
        a single one could owe its length to an order that changed meanwhile.
        """
        stood = not self._fell and not self.repeats and self._total_at_first == self.total == self._held
        return stood and self._trail == self._trail_before and self.distinct < self._held

    def judge_repeated_page(self, one: Answer) -> None:
        """Learn whether the page that repeats was cut, from what came when one record alone was asked for.

        All of it again: `limit` is ignored, and so nothing was cut. A single record says nothing where no more was
        ever asked for.
        """
        held = len(self._last.records)
        self.cut = len(one.records) < held or held == self.asked == 1

    def is_whole(self, *, again: bool) -> bool:
        """Whether everything came, now that a pass has ended.

        Records that arrive move others to later pages only, so that a pass that asks one page after the other (`again`)
        misses nothing that was there when it began, even where it never catches up with the count.

        A server that ignores `page` and counts nothing has given everything when it also ignores `limit`.
        """
        if self.total is None:
            return not self.repeats or self.cut is False
        grew = again and not self._fell and self._total_at_first <= self.distinct <= self.total
        return self.agrees or grew or self.came_twice_alike


def id_of(record: Json, key: str) -> str | None:
    """The id of a record, a number as text; None where it has none."""
    return scalars.text(record.get(key)) if isinstance(record, dict) else None


def digest(record: Json) -> int:
    """Tells one content from another, within this process."""
    return hash(repr(record))
