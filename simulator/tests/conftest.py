"""A client for both APIs, as plain as can be."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from attrs import define

from trackco_simulator import Server

Get = Callable[..., requests.Response]


@pytest.fixture
def get() -> Iterator[Get]:
    """`get(server, path, token=..., **params)`: one request with the server's token; paths begin at the base."""
    with requests.Session() as session:
        session.trust_env = False

        def request(server: Server, path: str, *, token: str | None = None, **params: Any) -> requests.Response:
            headers = {"Authorization": f"Bearer {server.token if token is None else token}"}
            return session.get(server.base_url + path, params=params, headers=headers, timeout=10)

        yield request


@define
class StillClock:
    """A clock that moves only when told to."""

    now: datetime = datetime(2026, 9, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> StillClock:
    return StillClock()
