"""The whole contract of load plugins, for a DuckDB file and for a real PostgreSQL.

`TORTURE` multiplies how often a run is killed, and tries a column for each question too.
"""

import os
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

import pytest

from connector_core.testing import SinkCase, sink_contract
from plugins.warehouse.tests.reading import asked, in_duckdb, in_postgres

TORTURE = int(os.environ.get("TORTURE", "1"))
KILLS = 2 * TORTURE
HEAVY = (
    "connector_warehouse.destinations", "connector_warehouse.opening", "connector_warehouse.target",
    "dlt.common.libs.sql_alchemy_compat", "dlt.destinations.impl.duckdb.duck",
    "dlt.destinations.impl.postgres.postgres", "dlt.sources.helpers.requests", "adbc_driver_manager.dbapi",
    "adbc_driver_postgresql", "pyarrow.dataset", "pyarrow.parquet",
)  # fmt: skip
"""What opening a target and loading into it imports, some of it at its very end."""

_URLS: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def _server(postgres_url: str) -> Iterator[None]:
    _URLS.append(postgres_url)
    yield
    _URLS.clear()


@pytest.fixture(autouse=True)
def _swept(postgres_url: str) -> Iterator[None]:
    """Drop what a check has made: to connect takes the longer, the more tables there are."""
    yield
    made = [name for (name,) in asked(postgres_url, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'kit%'")]
    if made:
        asked(postgres_url, f"DROP SCHEMA {', '.join(made)} CASCADE; SELECT 1")


def _dataset(folder: Path) -> str:
    """Of each folder another one, in the same database."""
    return f"kit_{blake2b(str(folder).encode(), digest_size=8).hexdigest()}"


test_duckdb = sink_contract(
    SinkCase(
        target=lambda folder: f"dlt+duckdb:///{folder}/feedback.duckdb",
        read=lambda folder: in_duckdb(folder / "feedback.duckdb"),
        preload=HEAVY,
        kills=KILLS,
    )
)
test_postgres = sink_contract(
    SinkCase(
        target=lambda _: f"dlt+{_URLS[0]}",
        read=lambda folder: in_postgres(_URLS[0], _dataset(folder)),
        state=lambda folder: f"{folder}/feedback.state",
        config=lambda folder: {"dataset": _dataset(folder)},
        preload=HEAVY,
        kills=KILLS,
    )
)
if TORTURE > 1:
    test_duckdb_with_a_column_for_each_question = sink_contract(
        SinkCase(
            target=lambda folder: f"dlt+duckdb:///{folder}/feedback.duckdb",
            read=lambda folder: in_duckdb(folder / "feedback.duckdb"),
            config=lambda _: {"additional_fields": "columns"},
            preload=HEAVY,
            kills=KILLS,
        )
    )
