"""What a table holds, read without anything of the plugin or of dlt."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import psycopg2

from connector_core.times import format_instant

Record = dict[str, Any]

_FIELDS = (
    "id", "kind", "rating", "title", "text", "posted_at", "author_id", "author_name", "survey_id", "survey_title",
    "transaction_id", "transaction_platform", "additional_fields",
)  # fmt: skip


def in_duckdb(path: Path, dataset: str = "customer_feedback") -> Iterator[Record]:
    """The records of a DuckDB file."""
    if not path.exists():
        raise FileNotFoundError(path)
    try:
        rows = asked_of_file(path, f'SELECT {", ".join(_FIELDS)} FROM "{dataset}".feedback')
    except duckdb.CatalogException:
        raise FileNotFoundError(path) from None
    return map(record_of, rows)


def asked_of_file(path: Path, query: str) -> list[tuple[Any, ...]]:
    """What DuckDB answers; it is not to fetch extensions from its makers."""
    with duckdb.connect(str(path), config={"autoinstall_known_extensions": False}) as db:
        return db.execute(query).fetchall()


def in_postgres(url: str, dataset: str) -> Iterator[Record]:
    """The records of a schema of PostgreSQL."""
    rows = asked(url, f'SELECT {", ".join(_FIELDS[:-1])}, additional_fields::text FROM "{dataset}".feedback')
    return map(record_of, rows)


def asked(url: str, query: str) -> Sequence[Sequence[Any]]:
    """What PostgreSQL answers; a FileNotFoundError where there is no such table."""
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())
    except psycopg2.errors.UndefinedTable:
        raise FileNotFoundError(url) from None
    finally:
        connection.close()


def record_of(row: Sequence[Any]) -> Record:
    """A row as a line of JSON lines has it: absent where there is nothing to say."""
    held = dict(zip(_FIELDS, row, strict=True))
    ticket = {name: held.pop(f"transaction_{name}") for name in ("id", "platform")}
    record = _without_nothing(held) | {"additional_fields": json.loads(held["additional_fields"])}
    assert isinstance(held["posted_at"], datetime)
    record["posted_at"] = format_instant(held["posted_at"])
    return record | ({"transaction": _without_nothing(ticket)} if _without_nothing(ticket) else {})


def _without_nothing(values: Mapping[str, Any]) -> Record:
    return {name: value for name, value in values.items() if value is not None}
