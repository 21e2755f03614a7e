"""From rows to Arrow: one table for some of them, with a column for each field and, where asked for, each question."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from attrs import frozen

from connector_core import Feedback, Json
from connector_core.loading import Row, encode
from connector_warehouse.columns import Column, Field, Kind, column_of, fields_of_feedback, kind_of

CONNECTION = Column("connection", "text", required=True)
"""Which connection of the host a record came by."""

LOAD = Column("_dlt_load_id", "text", required=True)
"""By which load package a record came last, as dlt's own tables have it: `_dlt_loads` says when that was."""

FIELDS = fields_of_feedback()
CORE = (*(field.column for field in FIELDS), CONNECTION, LOAD)
"""The columns that every table has."""

_ARROW: Mapping[Kind, pa.DataType] = {
    "text": pa.string(),
    "json": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "number": pa.float64(),
    "bool": pa.bool_(),
}
_ROWS, _BYTES = 2_000, 1_000_000
"""How much is turned into Arrow at a time, and read again at a time by the destination."""

Answers = Mapping[Column, Any]
"""The additional fields of one record by their columns."""


@frozen
class Origin:
    """What is the same for all rows of a package: the connection they came by, and the package."""

    connection: str
    load_id: str


def answers_of(row: Row) -> Answers:
    """The additional fields of a row by their columns; null has none.

    They are as the host writes them, without what no target can hold. A number that is too large for a double is left
    to the JSON.
    """
    fields: dict[str, Json] = json.loads(row.line)["additional_fields"]
    kinds = ((question, answer, kind_of(answer)) for question, answer in fields.items())
    return {column_of(question, kind): _value(answer, kind) for question, answer, kind in kinds if kind}


def _value(answer: Json, kind: Kind) -> Any:
    if kind == "json":
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    if kind != "number":
        return answer
    try:
        return float(answer)
    except OverflowError:
        return None


def parts_of(rows: Sequence[Row], most_rows: int, most_bytes: int) -> Iterator[slice]:
    """Where to cut rows, so that each part is no larger, or is a single row."""
    first = size = 0
    for number, row in enumerate(rows):
        size += len(row.line)
        if number > first and (size > most_bytes or number - first >= most_rows):
            yield slice(first, number)
            first, size = number, len(row.line)
    if rows:
        yield slice(first, len(rows))


def tables_of(
    rows: Sequence[Row], answers: Sequence[Answers], questions: Sequence[Column], origin: Origin
) -> Iterator[pa.Table]:
    """Some rows at a time, with the answers of each: a table of the core columns and of these questions."""
    for some in parts_of(rows, _ROWS, _BYTES):
        table = _core([row.feedback for row in rows[some]], origin)
        for question in questions:
            array = _array([some_answers.get(question) for some_answers in answers[some]], question)
            table = table.append_column(_arrow_field(question), array)
        yield table


def _core(records: Sequence[Feedback], origin: Origin) -> pa.Table:
    arrays = [_array(_values(field, records), field.column) for field in FIELDS]
    arrays += [_array([value] * len(records), LOAD) for value in (origin.connection, origin.load_id)]
    return pa.Table.from_arrays(arrays, schema=pa.schema(list(map(_arrow_field, CORE))))


def _values(field: Field, records: Sequence[Feedback]) -> list[Any]:
    values = [field.value(record) for record in records]
    return [encode(value).decode() for value in values] if field.column.kind == "json" else values


def _array(values: Any, column: Column) -> pa.Array:
    return pa.array(values, _ARROW[column.kind])


def _arrow_field(column: Column) -> pa.Field:
    return pa.field(column.name, _ARROW[column.kind], nullable=not column.required)
