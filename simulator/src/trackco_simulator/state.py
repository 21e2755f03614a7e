"""What a running server knows: whom it lets in, how it behaves now, and what it has answered so far."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from attrs import define, field

from trackco_simulator.behaviour import Behaviour
from trackco_simulator.door import Door
from trackco_simulator.faults import Dice, Hit
from trackco_simulator.gate import Gate

Clock = Callable[[], datetime]


def real_clock() -> datetime:
    """Return the present."""
    return datetime.now(UTC)


class Served(NamedTuple):
    """A request that was answered, with the status of the answer; 0 if the connection was cut or lost."""

    method: str
    path_qs: str
    status: int


@define
class State:
    """The part of a server that changes while it runs; shared by its thread and by those who watch it."""

    token: str
    clock: Clock
    gate: Gate = field(factory=lambda: Gate(Behaviour()))
    dice: Dice = field(factory=Dice)
    door: Door | None = None
    elsewhere: str = ""
    leaked: list[str] = field(factory=list)
    inserts_left: int = 0
    edits_left: int = 0
    in_flight: int = 0
    in_flight_peak: int = 0
    _served: list[Served] = field(factory=list)
    _inserted: list[str] = field(factory=list)
    lock: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    @property
    def behaviour(self) -> Behaviour:
        """How the server behaves now."""
        return self.gate.behaviour

    def behave(self, behaviour: Behaviour) -> None:
        """Behave so from the next request on, with nothing remembered of limits and failures."""
        with self.lock:
            self.gate = Gate(behaviour)
            self.dice = Dice(behaviour.faults)
            self.inserts_left = behaviour.insert_while_reading
            self.edits_left = behaviour.edit_while_reading

    def enter(self) -> None:
        """Note that a request has come in."""
        with self.lock:
            self.in_flight += 1
            self.in_flight_peak = max(self.in_flight_peak, self.in_flight)

    def leave(self, served: Served) -> None:
        """Note that it was answered."""
        with self.lock:
            self.in_flight -= 1
            self._served.append(served)

    def take_insert(self) -> bool:
        """Say whether one more answer shall be inserted while a window is read."""
        with self.lock:
            self.inserts_left -= 1
            return self.inserts_left >= 0

    def take_edit(self) -> bool:
        """Say whether one more answer shall change while a window is read."""
        with self.lock:
            self.edits_left -= 1
            return self.edits_left >= 0

    def note_insert(self, uuid: str) -> None:
        """Remember an answer that was inserted while a window was read."""
        with self.lock:
            self._inserted.append(uuid)

    def served(self) -> list[Served]:
        """Return what was answered so far, in the order of the answers."""
        with self.lock:
            return list(self._served)

    def inserted(self) -> list[str]:
        """Return the uuids of the answers that were inserted while windows were read."""
        with self.lock:
            return list(self._inserted)

    def hits(self) -> list[Hit]:
        """Return the requests that went wrong since the behaviour was set."""
        return list(self.dice.hits)
