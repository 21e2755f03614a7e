"""Time, handed in: a run on the wall clock, or one that stands still so that a replay gives the same bytes."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from attrs import frozen


@frozen
class Clock:
    """What a run knows of time.

    Attributes:
        now: the present instant, aware UTC.
        sleep: wait for so many seconds.
        monotonic: seconds that never go back, for durations and budgets.
    """

    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    monotonic: Callable[[], float]


SYSTEM = Clock(lambda: datetime.now(UTC), time.sleep, time.monotonic)


def stopped_at(instant: datetime) -> Clock:
    """A clock that never moves and on which no wait takes time."""
    return Clock(lambda: instant, lambda _: None, lambda: 0.0)
