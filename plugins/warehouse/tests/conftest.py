"""A PostgreSQL for all tests of a process, and targets in fresh folders."""

from collections.abc import Iterator

import pytest

from plugins.warehouse.tests.server import postgres


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of a database, with its user's password."""
    with postgres() as url:
        yield url
