"""Answers in the order of their instants, each already encoded as it will be sent."""

import bisect
import contextlib
import gc
import operator
import zlib
from collections.abc import Collection, Iterator
from typing import Generic, Literal, TypeVar

import orjson
from attrs import define, evolve, field

Order = Literal["oldest", "newest", "shuffled", "restless"]
TruthT = TypeVar("TruthT")


@define
class Entry(Generic[TruthT]):
    """One answer: when it was given, how it is sent, and what is true of it (nothing, for a hand-made one)."""

    id: object
    at: int
    raw: bytes
    truth: TruthT | None


def encoded(raw: object) -> bytes:
    """Return the JSON of a record; a copy, since the encoder's own buffers are larger than what they hold."""
    return bytes(memoryview(orjson.dumps(raw)))


@contextlib.contextmanager
def collection_paused() -> Iterator[None]:
    """Make millions of objects without the garbage collector looking at them over and over; none is garbage."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


_AT = operator.attrgetter("at")


@define
class Timeline(Generic[TruthT]):
    """The answers of one survey or campaign, sorted by instant; answers of one second keep their order of arrival."""

    entries: list[Entry[TruthT]] = field(factory=list)
    _shuffled: dict[tuple[int, int], list[Entry[TruthT]]] = field(factory=dict, init=False)
    _dealt: int = field(default=0, init=False)

    def sort(self) -> None:
        """Put entries that were appended in any order into theirs."""
        self.entries.sort(key=_AT)
        self._shuffled.clear()

    def insert(self, entry: Entry[TruthT], *, first: bool = False) -> None:
        """Add an answer; `first` puts it before the others of the same second."""
        find = bisect.bisect_left if first else bisect.bisect_right
        self.entries.insert(find(self.entries, entry.at, key=_AT), entry)
        self._shuffled.clear()

    def remove(self, ids: Collection[object]) -> None:
        """Forget the answers of these ids."""
        self.entries = [entry for entry in self.entries if entry.id not in ids]
        self._shuffled.clear()

    def replace(self, entry: Entry[TruthT], raw: bytes, truth: TruthT) -> None:
        """Give an answer other contents at its old place."""
        place = bisect.bisect_left(self.entries, entry.at, key=_AT)
        while self.entries[place] is not entry:
            place += 1
        self.entries[place] = evolve(entry, raw=raw, truth=truth)
        self._shuffled.clear()

    def span(self, start: float | None, end: float | None) -> tuple[int, int]:
        """Return the places of the answers from `start` (inclusive) to `end` (exclusive)."""
        low = 0 if start is None else bisect.bisect_left(self.entries, start, key=_AT)
        high = len(self.entries) if end is None else bisect.bisect_left(self.entries, end, key=_AT)
        return low, max(low, high)

    def between(self, start: float | None, end: float | None) -> Iterator[Entry[TruthT]]:
        """Yield the answers from `start` (inclusive) to `end` (exclusive), oldest first."""
        low, high = self.span(start, end)
        for place in range(low, high):
            yield self.entries[place]

    def slice(self, span: tuple[int, int], order: Order, begin: int, stop: int) -> list[Entry[TruthT]]:
        """Return places `begin` to `stop` of a span, as counted in the given order."""
        low, high = span
        if order == "shuffled":
            return self._in_disorder(low, high)[begin:stop]
        if order == "restless":
            self._dealt += 1
            return sorted(self.entries[low:high], key=lambda entry: _disorder(entry, self._dealt))[begin:stop]
        stop = min(stop, high - low)
        if begin >= stop:
            return []
        if order == "newest":
            return self.entries[high - stop : high - begin][::-1]
        return self.entries[low + begin : low + stop]

    def _in_disorder(self, low: int, high: int) -> list[Entry[TruthT]]:
        """Return the span in an order that means nothing, yet is the same for every page."""
        if (low, high) not in self._shuffled:
            self._shuffled[low, high] = sorted(self.entries[low:high], key=_disorder)
        return self._shuffled[low, high]


def _disorder(entry: Entry[TruthT], dealt: int = 0) -> int:
    return zlib.crc32(f"{entry.id}{dealt or ''}".encode())
