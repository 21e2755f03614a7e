"""Birdie's API as tests open it: a served simulator, and a clock on which waiting takes no time."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from attrs import define, field
from requests.adapters import HTTPAdapter

import birdie_simulator
from birdie_simulator import Behaviour, Server
from connector_birdie import load
from connector_birdie.body import compile_table
from connector_birdie.config import Config
from connector_core.clock import Clock
from connector_core.endpoint import Endpoint
from connector_core.http import HttpClient
from connector_core.sink import Sink
from tests.fakes import Waiting

UNLIMITED = Behaviour(rate_limit=None)
FAST = 1_000_000
"""Requests a second: no test waits for a budget that it is not about."""


def records_of(server: Server, fields: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """What Birdie holds, each record as a line of JSON lines has it."""
    table = compile_table(fields)
    return [table.record(body) for body in server.records.values()]


@define
class Opener:
    """Opens sinks of a served Birdie, their state in one folder."""

    server: Server
    folder: Path
    clock: Clock = field(factory=lambda: Waiting().clock())

    def connect(self, endpoint: Endpoint, in_flight: int) -> HttpClient:
        return HttpClient(endpoint, self.clock, in_flight, HTTPAdapter(pool_maxsize=in_flight))

    @contextmanager
    def sink(self, form: str = "birdie+http", connection: str = "ledger", **settings: Any) -> Iterator[Sink]:
        given: dict[str, Any] = {"key": self.server.key, "requests_per_second": FAST} | settings
        config = Config(**given)
        target = f"{form}:{self.server.base_url.removeprefix('http:')}"
        opened = load(target, connection, f"{self.folder}/birdie.state", config, self.connect)
        assert opened is not None
        try:
            yield opened
        finally:
            opened.close()


@define
class Servers:
    """A served Birdie for each folder, until the end of the tests of a module."""

    stack: ExitStack
    by_folder: dict[Path, Server] = field(factory=dict)

    def of(self, folder: Path) -> Server:
        if folder not in self.by_folder:
            self.by_folder[folder] = self.stack.enter_context(birdie_simulator.serve(behaviour=UNLIMITED))
        return self.by_folder[folder]
