"""Files of the bulk route, read by pyarrow, which has written only those of Parquet: what stands in them as records."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

import pyarrow as pa
from pyarrow import csv, parquet

from connector_birdie.columns import VERSION, Columns, columns_of
from connector_birdie.csvtext import restored
from connector_core import format_instant

COLUMNS = columns_of({})
Rows = Sequence[Mapping[str, Any]]


def parquet_rows(body: bytes) -> Rows:
    """The rows of a Parquet file."""
    rows: Rows = parquet.read_table(BytesIO(body)).to_pylist()
    return rows


def csv_rows(body: bytes) -> Rows:
    """The rows of a CSV file, as whoever trusts RFC 4180 reads them; what was defused still is."""
    names = [name.strip('"') for name in body.split(b"\r\n", 1)[0].decode().split(",")]
    types = {name: pa.int64() if name == VERSION else pa.string() for name in names}
    rows: Rows = csv.read_csv(
        BytesIO(body),
        read_options=csv.ReadOptions(block_size=max(len(body), 1 << 16)),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=types, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""]
        ),
    ).to_pylist()
    return rows


READERS: Mapping[str, Callable[[bytes], Rows]] = {"parquet": parquet_rows, "csv": csv_rows}


def records_of(files: Mapping[str, bytes], form: str, columns: Columns = COLUMNS) -> list[dict[str, Any]]:
    """The records that files hold, by their names, each as a line of JSON lines has it, in the order of versions."""
    rows = [(row[VERSION], name, row) for name, body in files.items() for row in READERS[form](body)]
    rows.sort(key=lambda row: row[:2])
    return [columns.record({name: _text(value, form) for name, value in row.items()}) for _, _, row in rows]


def _text(value: Any, form: str) -> str | None:
    if isinstance(value, datetime):
        return format_instant(value)
    return restored(value) if form == "csv" and isinstance(value, str) else value
