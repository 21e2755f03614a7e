"""Clients of the fake server."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

import pytest

import trackco_cxm
from connector_core.clock import stopped_at
from connector_core.http import HttpClient
from plugins.trackco_cxm.tests.fake_cxm import NOW, FakeCxm, make_config


class Connect(Protocol):
    """Opens a client of a fake."""

    def __call__(self, fake: FakeCxm, *, in_flight: int = 1, now: datetime = NOW) -> HttpClient: ...


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Clients of a fake, on a clock that stands still."""
    opened: list[HttpClient] = []

    def connect(fake: FakeCxm, *, in_flight: int = 1, now: datetime = NOW) -> HttpClient:
        endpoint = trackco_cxm.describe().endpoint(make_config())
        opened.append(HttpClient(endpoint, stopped_at(now), in_flight, transport=fake, chance=lambda: 0.0))
        return opened[-1]

    yield connect
    for client in opened:
        client.close()
