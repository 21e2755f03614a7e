"""Keeping to a request budget: a sliding window, shared by all threads of a run."""

import threading
from collections import deque

from attrs import define, field

from connector_core.clock import Clock
from connector_core.model import Budget


def wait_for(sent: "deque[float]", now: float, budget: Budget) -> float:
    """Seconds until one more request fits, given when the last ones were sent (oldest first, monotonic seconds)."""
    if len(sent) < budget.requests:
        return 0.0
    return max(0.0, sent[-budget.requests] + budget.seconds - now)


@define
class Throttle:
    """Lets requests through one by one, each when the budget has room for it."""

    budget: Budget | None
    clock: Clock
    _sent: "deque[float]" = field(factory=deque, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)

    def take(self) -> None:
        """Wait until one more request fits into the budget, and count it."""
        if self.budget is None:
            return
        with self._lock:
            wait = wait_for(self._sent, self.clock.monotonic(), self.budget)
            if wait:
                self.clock.sleep(wait)
            self._sent.append(self.clock.monotonic())
            if len(self._sent) > self.budget.requests:
                self._sent.popleft()
