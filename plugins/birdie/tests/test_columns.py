"""Files: their columns, their types, and that what stands in them can be read back."""

import json
import re
from datetime import UTC, datetime
from io import BytesIO

import pyarrow as pa
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet as arrow

from connector_birdie import csvtext, parquet
from connector_birdie.columns import Columns, columns_of
from connector_birdie.csvtext import defused, restored
from connector_core import Feedback, Page, Window
from connector_core.jsontext import encode
from connector_core.loading import Row
from connector_core.mapping import Keeping, map_page
from plugins.birdie.tests.reading import COLUMNS, csv_rows, records_of
from plugins.birdie.tests.test_body import BARE, FEEDBACKS, FULL

ENCODERS = {"csv": csvtext.encode, "parquet": parquet.encode}
NAMES = [
    "kind", "feedback_id", "rating", "title", "text", "posted_at", "author_id", "author_name", "survey_title",
    "ticket_id", "ticket_platform", "additional_fields", "version",
]  # fmt: skip


def rows_of(*feedbacks: Feedback) -> list[Row]:
    """Records on their way to the target, made as the host makes them."""
    at = datetime.max.replace(tzinfo=UTC)
    return map_page(Page(feedbacks), lambda raw: raw, Window(None, at), Keeping(encode, lambda raw: raw, at)).rows


def file_of(form: str, rows: list[Row], columns: Columns = COLUMNS) -> bytes:
    """A whole file of them, their versions from 1 on."""
    return ENCODERS[form](columns, [columns.cells(row.feedback) for row in rows], range(1, len(rows) + 1))


def test_the_columns_of_both_forms_are_flat_and_the_same() -> None:
    rows = rows_of(FULL)
    assert list(csv_rows(file_of("csv", rows))[0]) == NAMES
    assert arrow.read_schema(BytesIO(file_of("parquet", rows))).names == NAMES


def test_parquet_has_a_timestamp_in_utc_a_whole_number_and_texts() -> None:
    table = arrow.read_table(BytesIO(file_of("parquet", rows_of(FULL, BARE))))
    types = {name: pa.string() for name in NAMES}
    types |= {"posted_at": pa.timestamp("us", "UTC"), "version": pa.int64()}
    assert dict(zip(table.schema.names, table.schema.types, strict=True)) == types
    first, second = table.to_pylist()
    assert first["posted_at"] == FULL.posted_at
    assert (first["rating"], first["ticket_id"], second["ticket_id"]) == ("5", "T-1", None)
    assert json.loads(first["additional_fields"]) == {"survey.id": "AbC", **FULL.additional_fields}
    assert (first["version"], second["version"]) == (1, 2)


def test_a_column_without_any_value_keeps_its_type() -> None:
    table = arrow.read_table(BytesIO(file_of("parquet", rows_of(BARE))))
    assert table.schema.field("text").type == pa.string()


def test_csv_is_that_of_rfc_4180_in_utf_8() -> None:
    odd = evolve(BARE, text='Não "gostei"\r\nnada, nada', title="", author_name=" x ")
    body = file_of("csv", rows_of(odd))
    head, line = f"{','.join(map(csvtext._cell, NAMES))}\r\n", body.decode().split("\r\n", 1)[1]
    assert body.decode().startswith(head)
    assert line == (
        '"nps","trackco_nps:2","0","","Não ""gostei""\r\nnada, nada","2024-07-01T00:00:00Z",," x ","X",,,'
        '"{""survey.id"":""15""}",1\r\n'
    )


def test_an_empty_text_differs_from_none_in_csv() -> None:
    first, second = csv_rows(file_of("csv", rows_of(evolve(BARE, text=""), BARE)))
    assert (first["text"], second["text"]) == ("", None)


@given(st.lists(FEEDBACKS, min_size=1, max_size=4), st.sampled_from(sorted(ENCODERS)))
def test_whatever_records_hold_is_read_back_from_files(feedbacks: list[Feedback], form: str) -> None:
    rows = rows_of(*feedbacks)
    assert len(rows) == len(feedbacks)
    found = records_of({"nps/a": file_of(form, rows)}, form)
    assert [json.dumps(one, sort_keys=True) for one in found] == [
        json.dumps(json.loads(row.line), sort_keys=True) for row in rows
    ]


@pytest.mark.parametrize("form", ENCODERS)
def test_what_no_file_can_hold_stands_there_as_json_lines_have_it(form: str) -> None:
    """Lone surrogates, and numbers that are none; only a mapper can make them."""
    odd = evolve(FULL, text="a\ud800", additional_fields={"\udc80": [float("nan"), float("inf"), "\ud83d\ude00"]})
    (row,) = rows_of(odd)
    (found,) = records_of({"nps/a": file_of(form, [row])}, form)
    assert found == json.loads(row.line)
    assert found["additional_fields"] == {"\ufffd": [None, None, "😀"]}


# --- formulas


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x", '=HYPERLINK("x")'],  # noqa: RUF001 - what a spreadsheet takes for the others
)
def test_a_text_that_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    rows = rows_of(evolve(FULL, text=text, author_name=text, title=text))
    (row,) = csv_rows(file_of("csv", rows))
    assert row["text"] == row["author_name"] == row["title"] == f"'{text}"
    (found,) = records_of({"csat/a": file_of("csv", rows)}, "csv")
    assert found["text"] == text


@pytest.mark.parametrize("text", ["", "5", "-5", "a=1", "'quoted'", " =1", "2024-07-01T00:00:00Z", '{"a":1}'])
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert defused(text) == text


def test_parquet_keeps_texts_as_they_are() -> None:
    table = arrow.read_table(BytesIO(file_of("parquet", rows_of(evolve(FULL, text="=1+1")))))
    assert table["text"].to_pylist() == ["=1+1"]


@given(st.text() | st.text("'=+-@\t\r\nx1", max_size=6))
def test_defusing_can_be_undone_and_leaves_nothing_dangerous(text: str) -> None:
    assert restored(defused(text)) == text
    assert not re.match(r"(?!-?[0-9]+\Z)[=+\-@\t\r]", defused(text))


# --- other tables


def test_columns_follow_the_table_of_the_configuration() -> None:
    columns = columns_of(
        {
            "transaction.id": "/kind/fields/conversation/number",
            "transaction.platform": "",
            "survey_id": "/kind/fields/survey_id",
            "additional_fields": "/extra",
            "additional_fields.metadata.company": "/kind/fields/account_id",
            "additional_fields.metadata.seats": "/seats",
        }
    )
    (row,) = csv_rows(file_of("csv", rows_of(FULL), columns))
    assert list(row) == [
        "kind", "feedback_id", "rating", "title", "text", "posted_at", "author_id", "author_name", "survey_title",
        "number", "survey_id", "account_id", "seats", "extra", "version",
    ]  # fmt: skip
    assert (row["number"], row["survey_id"], row["account_id"], row["seats"]) == ("T-1", "AbC", "Acme", "12")
    assert json.loads(row["extra"]) == {"How satisfied are you?": 5, "tag.a": None}


def test_without_additional_fields_there_is_no_such_column() -> None:
    assert "additional_fields" not in [
        column.name for column in columns_of({"additional_fields": "", "survey_id": ""}).each
    ]


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        ({"survey_id": "/kind/fields/x/Title"}, "title"),
        ({"survey_id": "/version"}, "version"),
        ({"survey_id": "/kind/kind"}, "kind"),
    ],
)
def test_columns_of_one_name_are_refused(overrides: dict[str, str], name: str) -> None:
    with pytest.raises(ValueError, match=f"two columns of a file would be called {name}; give one of them another"):
        columns_of(overrides)
