"""Both Track.co plugins keep the contract of a source, against the simulator and on recordings of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from connector_core.testing import SourceCase, source_contract
from tests.simulated import CXM, NPS, document
from trackco_simulator import Server, generate_cxm, generate_nps, serve

CASSETTES = Path(__file__).parent.parent / "cassettes"
END = datetime(2026, 9, 1, tzinfo=UTC)


@contextmanager
def cxm() -> Iterator[Server]:
    with serve(generate_cxm(7, 60, surveys=3, end=END)) as server:
        yield server


@contextmanager
def nps() -> Iterator[Server]:
    with serve(generate_nps(7, 60, campaigns=3, end=END)) as server:
        yield server


test_cxm = source_contract(
    SourceCase(plugin=CXM, config=lambda server: document(CXM, server) | {"wire": {"page_size": 10}}, server=cxm)
)
test_nps = source_contract(SourceCase(plugin=NPS, config=lambda server: document(NPS, server), server=nps))
