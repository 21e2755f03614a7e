"""Parquet, by pyarrow, which only this module imports."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

import pyarrow as pa
from pyarrow import parquet

from connector_birdie.columns import VERSION, Columns

SUFFIX = "parquet"

_INSTANT = pa.timestamp("us", tz="UTC")


def encode(columns: Columns, rows: Sequence[Sequence[str | None]], versions: Sequence[int]) -> bytes:
    """A whole file: texts, the instant of posting as a timestamp in UTC, the version as a whole number."""
    arrays = {}
    for number, column in enumerate(columns.each):
        texts = [row[number] for row in rows]
        instant = column.source == "posted_at"
        arrays[column.name] = (
            pa.array([text and datetime.fromisoformat(text) for text in texts], _INSTANT)
            if instant
            else pa.array(texts, pa.string())
        )
    arrays[VERSION] = pa.array(versions, pa.int64())
    file = BytesIO()
    parquet.write_table(pa.table(arrays), file)
    return file.getvalue()
