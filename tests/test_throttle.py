"""A budget of requests is kept to, by however many threads."""

from bisect import bisect_right
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise
from threading import Lock

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from connector_core.clock import Clock, stopped_at
from connector_core.model import Budget
from connector_core.throttle import Throttle, wait_for

BUDGETS = st.builds(Budget, st.integers(1, 5), st.floats(0.5, 100))


@define
class FakeTime:
    """Seconds that pass only while somebody sleeps, or when told to."""

    now: float = 0.0
    slept: list[float] = field(factory=list)
    _lock: Lock = field(factory=Lock)

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds
            self.slept.append(seconds)

    def clock(self) -> Clock:
        return Clock(lambda: datetime.now(UTC), self.sleep, lambda: self.now)


def most_in_any(times: list[float], seconds: float) -> int:
    """The most requests that fall into one stretch of time, its end not included."""
    return max(
        (index + 1 - bisect_right(times, at - seconds + 1e-9) for index, at in enumerate(times)),
        default=0,
    )


@pytest.mark.parametrize(
    ("sent", "now", "wait"),
    [([], 0.0, 0.0), ([1.0], 1.0, 0.0), ([1.0, 2.0], 5.0, 6.0), ([1.0, 2.0], 11.0, 0.0), ([0.0, 1.0, 2.0], 5.0, 6.0)],
)
def test_one_waits_until_the_oldest_request_leaves_the_window(sent: list[float], now: float, wait: float) -> None:
    assert wait_for(deque(sent), now, Budget(2, 10)) == wait


@given(BUDGETS, st.lists(st.floats(0, 60), max_size=40))
def test_no_stretch_of_time_holds_more_requests_than_the_budget_allows(budget: Budget, pauses: list[float]) -> None:
    time, times = FakeTime(), []
    throttle = Throttle(budget, time.clock())
    for pause in pauses:
        time.now += pause
        throttle.take()
        times.append(time.now)
    assert most_in_any(times, budget.seconds) <= budget.requests
    assert all(earlier <= later for earlier, later in pairwise(times))


@given(BUDGETS, st.integers(1, 30))
def test_nobody_waits_longer_than_needed(budget: Budget, count: int) -> None:
    """Requests without any pause take as long as the budget asks, and no longer."""
    time = FakeTime()
    throttle = Throttle(budget, time.clock())
    for _ in range(count):
        throttle.take()
    assert time.now == pytest.approx((count - 1) // budget.requests * budget.seconds)
    assert all(wait > 0 for wait in time.slept)


def test_many_threads_share_one_budget() -> None:
    time, budget = FakeTime(), Budget(3, 10)
    throttle = Throttle(budget, time.clock())
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(throttle.take) for _ in range(30)]:
            done.result()
    assert time.now == 90


def test_without_a_budget_nobody_waits() -> None:
    time = FakeTime()
    throttle = Throttle(None, time.clock())
    for _ in range(100):
        throttle.take()
    assert time.slept == []


def test_on_a_clock_that_stands_still_no_wait_takes_time() -> None:
    throttle = Throttle(Budget(1, 1000), stopped_at(datetime(2024, 7, 1, tzinfo=UTC)))
    for _ in range(100):
        throttle.take()
