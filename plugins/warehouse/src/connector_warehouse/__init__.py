"""`--to dlt+duckdb:///PATH`, `--to dlt+postgres://HOST/DATABASE`, `--to dlt:NAME`: a table of dlt's, merged by id.

Guarantee: at least once, and idempotent by id, so that the table ends as if each answer had come exactly once. A commit
is one load package of dlt. The journal, in a state file beside, notes rows and places once the package is complete.
What a killed run leaves half done in dlt's folder is dropped, and sent again.
"""

from typing import TYPE_CHECKING

from connector_core import Destination, hookimpl
from connector_warehouse.settings import Settings

if TYPE_CHECKING:
    from connector_core.loading import Sink

__all__ = ["Settings"]


@hookimpl
def destination() -> Destination:
    """What `--list` and `--describe` show."""
    return Destination(
        forms={
            "dlt+duckdb:///PATH": "a table in a DuckDB file",
            "dlt+postgres://USER@HOST/DATABASE": "a table in PostgreSQL, or in another database of dlt's by its name",
            "dlt:NAME": "a table in a destination that is configured in dlt's own way",
        },
        config=Settings,
    )


@hookimpl
def load(target: str, connection: str, state: str | None, config: Settings | None) -> "Sink | None":
    """Open a target; see `opening.open_sink`."""
    if target.partition(":")[0].partition("+")[0] != "dlt":
        return None
    from connector_warehouse.opening import open_sink  # noqa: PLC0415 - brings SQLite, which sources and --list do not need

    return open_sink(target, connection, state, config)
