"""How many answers are asked for before they are wanted, where readers stand in line and the first is waited for."""

import threading
from collections import Counter
from contextvars import ContextVar

from attrs import define, field

RANK: ContextVar[int] = ContextVar("rank", default=0)
"""Where the reader in this thread stands in line; what one of a lower rank reads is wanted earlier."""

_ROOM = 2_500_000
"""Bytes of answers that are asked for ahead. They wait as they came: decoded, they would take five times as much."""

_FORGETTING = 64
"""How many answers, more or less, the largest is remembered."""


@define
class Prefetch:
    """Counts what readers have asked for and not taken. Safe to use from many threads.

    A reader may always ask for the one answer that it needs next; this is about those behind it. The first in line is
    kept from none by what later ones have asked for, so that a reader that has to wait with its answers in hand
    holds up nobody; these get what the ones before them leave, and no more when all together have twice of what one
    may have.

    Attributes:
        most: how many one reader may ask for.
    """

    most: int
    _asked: Counter[int] = field(factory=Counter, init=False)
    _size: int = field(default=1, init=False)
    _lock: threading.RLock = field(factory=threading.RLock, init=False)

    def came(self, size: int) -> None:
        """Learn the size of an answer, in bytes: that of the largest one of late counts."""
        self._size = max(size, self._size - self._size // _FORGETTING, 1)

    def ask(self, rank: int) -> None:
        """Count one more that is asked for."""
        with self._lock:
            self._asked[rank] += 1

    def take(self, rank: int, number: int = 1) -> None:
        """Count so many no more: they were taken, or nobody wants them."""
        with self._lock:
            self._asked[rank] -= number
            if not self._asked[rank]:
                del self._asked[rank]

    def has_room(self, rank: int) -> bool:
        """Whether a reader of this rank may ask for another answer before it takes those that it has asked for."""
        most = min(self.most, max(_ROOM // self._size, 2))
        with self._lock:
            asked = dict(self._asked)  # a reader that the garbage collector lets go of may change it meanwhile
        until = sum(number for other, number in asked.items() if other <= rank)
        is_first = all(other >= rank for other in asked)
        return until < most and (is_first or sum(asked.values()) < 2 * most)
