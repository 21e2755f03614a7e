"""What is asked of a destination, or done to it, beside loading: is the table there, what columns has it, delete."""

import json
from collections.abc import Collection
from contextlib import suppress

from dlt.common.destination.client import JobClientBase, WithStagingDataset, WithStateSync
from dlt.destinations.exceptions import DatabaseUndefinedRelation
from dlt.destinations.job_client_impl import SqlJobClientBase

from connector_core import ConfigError
from connector_warehouse.columns import Column, Kind
from connector_warehouse.tables import CORE

_AT_ONCE = 500
"""Ids that are deleted with one statement."""

_KINDS: dict[str, Kind] = {"text": "text", "json": "json", "double": "number", "bool": "bool"}


def questions_of(client: JobClientBase, table: str) -> dict[str, Column] | None:
    """The columns that questions have in the table, as dlt keeps its schema in the dataset; None: it has none yet.

    A destination that keeps no schema is taken for one whose table has the core columns.
    """
    if not isinstance(client, WithStateSync):
        return {}
    with client:
        stored = client.get_stored_schema(client.schema.name)
    if stored is None:
        return None
    columns = json.loads(stored.schema)["tables"][table]["columns"].values()
    core = {column.name for column in CORE}
    return {
        hints["name"]: Column(hints["name"], _KINDS[hints["data_type"]], about=hints.get("description"))
        for hints in columns
        if hints["name"] not in core
    }


def delete(client: JobClientBase, table: str, ids: Collection[str]) -> None:
    """Delete the records of these ids, also where dlt stages them; of none, find out whether that is possible.

    Raises:
        ConfigError: the destination takes no SQL.
    """
    if not isinstance(client, SqlJobClientBase):
        raise ConfigError("--prune: dlt cannot delete from this destination; leave --prune out")
    keys = list(ids)
    if not keys:
        return
    with client:
        _delete(client, table, keys)
        if isinstance(client, WithStagingDataset):
            with client.with_staging_dataset(), suppress(DatabaseUndefinedRelation):
                _delete(client, table, keys)


def _delete(client: SqlJobClientBase, table: str, keys: list[str]) -> None:
    name, column = client.sql_client.make_qualified_table_name(table), client.sql_client.escape_column_name("id")
    for first in range(0, len(keys), _AT_ONCE):
        some = keys[first : first + _AT_ONCE]
        places = ", ".join(["%s"] * len(some))
        client.sql_client.execute_sql(f"DELETE FROM {name} WHERE {column} IN ({places})", *some)  # noqa: S608 - names of ours
