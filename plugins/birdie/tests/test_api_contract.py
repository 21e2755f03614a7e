"""Both routes of Birdie's API keep the contract of load plugins, each trial against a server of its own."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from connector_core.testing import SinkCase, sink_contract
from plugins.birdie.tests.api import FAST, Servers, records_of

KILLS = 8 * int(os.environ.get("TORTURE", "1"))
STACK = ExitStack()
SERVERS = Servers(STACK)


@pytest.fixture(scope="module", autouse=True)
def served() -> Iterator[None]:
    """Servers are started as folders are made."""
    with STACK:
        yield


def case(form: str) -> SinkCase:
    """A fresh Birdie, and a state in a fresh folder, for each trial."""

    def settings(folder: Path) -> dict[str, Any]:
        return {"key": SERVERS.of(folder).key, "requests_per_second": FAST}

    return SinkCase(
        target=lambda folder: f"{form}:{SERVERS.of(folder).base_url.removeprefix('http:')}",
        read=lambda folder: records_of(SERVERS.of(folder)),
        state=lambda folder: f"{folder}/birdie.state",
        config=settings,
        deletes=False,
        kills=KILLS,
    )


test_one_by_one = sink_contract(case("birdie+http"))
test_the_webhook = sink_contract(case("birdie+webhook"))
