"""The server: the API on loopback in a thread of its own."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from aiohttp import web
from attrs import field, frozen

from birdie_simulator.app import Paths, application
from birdie_simulator.behaviour import Behaviour
from birdie_simulator.state import Clock, Served, State, real_clock
from birdie_simulator.store import Counts
from trackco_simulator.door import LOOPBACK, Door
from trackco_simulator.thread import in_a_thread, serving

KEY = "birdie-0123456789abcdef0123456789abcdef"
FEEDBACK_PATH = "/ingestion/feedback"
"""ASSUMED: where one record is PUT."""
SCHEMAS_PATH = "/ingestion/schemas"
"""DOC."""
WEBHOOK_PATH = "/api/webhook/create_feedback"
"""DOC, on a host of its own there."""


@frozen
class Server:
    """A running server, and what it did so far. What it returns are copies; what stands in them is shared."""

    base_url: str
    key: str
    _state: State = field(repr=False)

    @property
    def records(self) -> dict[str, Any]:
        """The last body of each feedback by its id, in the order in which the ids first arrived."""
        with self._state.lock:
            return dict(self._state.store.records)

    @property
    def versions(self) -> dict[str, list[Any]]:
        """All bodies of each feedback that were taken, in the order in which they arrived."""
        with self._state.lock:
            return {key: list(bodies) for key, bodies in self._state.store.versions.items()}

    @property
    def counts(self) -> Counts:
        """How many records were created, updated and repeated."""
        with self._state.lock:
            return self._state.store.counts

    @property
    def requests(self) -> list[Served]:
        """The requests to the API that were answered, as (method, path, status), in the order of the answers."""
        with self._state.lock:
            return list(self._state.served)

    @property
    def rate_seen(self) -> int:
        """The most requests that arrived in any one second, refused ones too."""
        return self._state.arrivals.most

    @property
    def in_flight_peak(self) -> int:
        """The most requests that were under way at one moment."""
        return self._state.in_flight_peak

    @property
    def overlapping(self) -> set[str]:
        """The feedback ids of which two requests were under way at one moment, so that their order was open."""
        with self._state.lock:
            return set(self._state.overlapping)

    @property
    def behaviour(self) -> Behaviour:
        """How the server behaves now."""
        return self._state.behaviour

    def set(self, behaviour: Behaviour) -> None:
        """Behave so from the next request on; what is stored stays."""
        self._state.behave(behaviour)


@contextlib.contextmanager
def serve(
    *,
    key: str = KEY,
    path: str = FEEDBACK_PATH,
    behaviour: Behaviour | None = None,
    clock: Clock | None = None,
    port: int = 0,
) -> Iterator[Server]:
    """Serve the API on loopback until the block ends.

    Args:
        key: the only one that is let in.
        path: where records are PUT.
        behaviour: what it does unlike the documentation.
        clock: tells the present, to the rate limit and to batches.
        port: 0 takes any free one.
    """
    state = State(key, clock or real_clock)
    state.behave(behaviour or Behaviour())
    app = application(state, Paths(path, SCHEMAS_PATH, WEBHOOK_PATH))
    with in_a_thread("birdie-simulator", partial(_run, app, port)) as taken:
        yield Server(f"http://{LOOPBACK}:{taken}", key, state)


async def _run(app: web.Application, port: int, ready: Callable[[int], None], stop: asyncio.Event) -> None:
    async with serving(app) as runner:
        door = Door(runner, port)
        await door.open()
        ready(door.port)
        await stop.wait()
