"""What surrounds a run, so that a recording can stand in for it."""

from collections.abc import Callable

from attrs import frozen
from requests.adapters import BaseAdapter

from connector_core.clock import Clock
from connector_core.plan import Options
from connector_core.sink import History
from connector_core.summary import Summary


@frozen
class World:
    """What surrounds a run: the network and the clock, or a recording of both.

    Attributes:
        transport: sends requests.
        clock: the time.
        options: what was asked, now or when the recording was made.
        history: where a recorded run started from; None asks the target.
        finish: called with the summary of a run and where it started from.
    """

    transport: BaseAdapter
    clock: Clock
    options: Options
    history: History | None = None
    finish: Callable[[Summary, History], None] = lambda *_: None
