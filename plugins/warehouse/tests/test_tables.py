"""From rows to Arrow, whatever they hold."""

import json
from datetime import UTC, datetime
from typing import Any

import attrs
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_core import Transaction
from connector_core.sink import Row
from connector_core.testing.sink_rows import oddities, row
from connector_warehouse.columns import column_of
from connector_warehouse.tables import CORE, Origin, answers_of, parts_of, tables_of
from plugins.warehouse.tests.reading import record_of

ORIGIN = Origin("acme", "1.5")
_FIELDS = [column.name for column in CORE[:-2]]
_NAMES = (
    "id", "kind", "rating", "title", "text", "posted_at", "author_id", "author_name", "survey_id", "survey_title",
    "transaction_id", "transaction_platform", "additional_fields",
)  # fmt: skip

texts = st.text(st.characters(exclude_categories=()))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
rows = st.builds(
    lambda number, at, **more: row(f"kit:{number}", at=at, **more),
    st.integers(0), st.integers(0, 10**6 - 1), title=texts, text=st.none() | texts, author_id=st.none() | texts,
    author_name=st.none() | texts, additional_fields=st.dictionaries(texts, values, max_size=3),
    transaction=st.none() | st.builds(Transaction, texts, st.none() | texts),
)  # fmt: skip


def read(table: pa.Table) -> list[dict[str, Any]]:
    """The records of a table."""
    return [record_of([values[name] for name in _NAMES]) for values in table.to_pylist()]


@settings(max_examples=40)
@given(st.lists(rows, min_size=1, max_size=3))
def test_a_table_holds_what_the_lines_of_its_rows_say(some: list[Row]) -> None:
    (table,) = tables_of(some, [{}] * len(some), [], ORIGIN)
    assert read(table) == [json.loads(each.line) for each in some]
    assert set(table["connection"].to_pylist()) == {"acme"}
    assert set(table["_dlt_load_id"].to_pylist()) == {"1.5"}


@settings(max_examples=40)
@given(st.lists(rows, min_size=1, max_size=3))
def test_columns_of_questions_hold_the_answers_and_nothing_where_there_is_none(some: list[Row]) -> None:
    answers = list(map(answers_of, some))
    questions = sorted({column for each in answers for column in each}, key=lambda column: column.name)
    (table,) = tables_of(some, answers, questions, ORIGIN)
    for question in questions:
        assert table[question.name].to_pylist() == [each.get(question) for each in answers]
    assert read(table) == [json.loads(each.line) for each in some]


def test_instants_are_kept_with_their_zone() -> None:
    (table,) = tables_of([row("kit:1", at=24)], [{}], [], ORIGIN)
    assert table["posted_at"].to_pylist() == [datetime(2024, 1, 2, tzinfo=UTC)]
    assert table.schema.field("posted_at").type == pa.timestamp("us", tz="UTC")


def test_whatever_is_odd_about_a_record_its_table_can_be_made() -> None:
    odd: list[dict[str, Any]] = [{"key": f"kit:{number}"} | fields for number, fields in enumerate(oddities().values())]
    some = [row(**fields) for fields in odd]
    records = [record for table in tables_of(some, [{}] * len(some), [], ORIGIN) for record in read(table)]
    assert records == [json.loads(each.line) for each in some]


def test_an_answer_that_no_double_can_hold_is_left_to_the_json() -> None:
    answers = answers_of(row("kit:1", additional_fields={"n": 10**400, "m": 7, "nothing": None}))
    assert answers == {column_of("n", "number"): None, column_of("m", "number"): 7.0}


@settings(max_examples=50)
@given(st.lists(st.integers(1, 30), max_size=40), st.integers(1, 10), st.integers(1, 2000))
def test_parts_are_all_rows_in_order_and_none_too_large_unless_it_is_one_row(
    sizes: list[int], most_rows: int, most_bytes: int
) -> None:
    some = [attrs.evolve(row("kit:1"), line=b"x" * 10 * size) for size in sizes]
    parts = [some[part] for part in parts_of(some, most_rows, most_bytes)]
    assert [each for part in parts for each in part] == some
    for part in parts:
        assert len(part) == 1 or (len(part) <= most_rows and sum(len(each.line) for each in part) <= most_bytes)
