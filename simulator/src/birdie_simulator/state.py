"""What a running server knows: how it behaves now, what arrived when, and what it has stored."""

import threading
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from attrs import define, field

from birdie_simulator.behaviour import Behaviour, Fault
from birdie_simulator.store import Store

Clock = Callable[[], datetime]

_SECOND = timedelta(seconds=1)


def real_clock() -> datetime:
    """Return the present."""
    return datetime.now(UTC)


class Served(NamedTuple):
    """A request that was answered, with the status of the answer; 0 if the connection was cut or lost."""

    method: str
    path: str
    status: int


@define
class Arrivals:
    """How many requests arrived in the second that ends now, and in the busiest one."""

    most: int = field(default=0, init=False)
    _recent: deque[datetime] = field(factory=deque, init=False)

    def note(self, now: datetime) -> int:
        """Note one, and return how many that makes within the last second."""
        self._recent.append(now)
        while self._recent[0] <= now - _SECOND:
            self._recent.popleft()
        self.most = max(self.most, len(self._recent))
        return len(self._recent)


@define
class State:
    """The part of a server that changes while it runs; shared by its thread and by those who watch it."""

    key: str
    clock: Clock
    behaviour: Behaviour = field(factory=Behaviour, init=False)
    store: Store = field(factory=Store, init=False)
    arrivals: Arrivals = field(factory=Arrivals, init=False)
    served: list[Served] = field(factory=list, init=False)
    in_flight_peak: int = field(default=0, init=False)
    overlapping: set[str] = field(factory=set, init=False)
    lock: threading.RLock = field(factory=threading.RLock, init=False, repr=False)
    _faults: deque[Fault] = field(factory=deque, init=False)
    _in_flight: int = field(default=0, init=False)
    _ids_in_flight: Counter[str] = field(factory=Counter, init=False)

    def behave(self, behaviour: Behaviour) -> None:
        """Behave so from the next request on; what is stored stays."""
        with self.lock:
            self.behaviour = behaviour
            self._faults = deque(behaviour.faults)

    def arrive(self) -> tuple[Fault, bool]:
        """Note a request; return what goes wrong with it, and whether it is one too many."""
        with self.lock:
            self._in_flight += 1
            self.in_flight_peak = max(self.in_flight_peak, self._in_flight)
            number, limit = self.arrivals.note(self.clock()), self.behaviour.rate_limit
            return self._faults.popleft() if self._faults else None, limit is not None and number > limit

    def leave(self, served: Served) -> None:
        """Note that it was answered."""
        with self.lock:
            self._in_flight -= 1
            self.served.append(served)

    @contextmanager
    def holding(self, keys: Collection[str]) -> Iterator[None]:
        """Note that a request with these ids is under way, and which of them another one holds as well."""
        with self.lock:
            self.overlapping |= {key for key in keys if self._ids_in_flight[key]}
            self._ids_in_flight.update(keys)
        try:
            yield
        finally:
            with self.lock:
                self._ids_in_flight.subtract(keys)
