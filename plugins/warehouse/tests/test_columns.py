"""The columns of `Feedback`, and those that questions get."""

import json
import re
from itertools import combinations

import attrs
import pytest
from dlt.common.normalizers.naming.snake_case import NamingConvention
from hypothesis import given
from hypothesis import strategies as st

from connector_core import Feedback
from connector_warehouse.columns import Kind, column_of, fields_of_feedback, kind_of
from connector_warehouse.tables import CORE

KINDS: tuple[Kind, ...] = ("text", "number", "bool", "json")
_LONGEST = 63
"""Bytes of a name in PostgreSQL."""


def test_every_field_of_the_record_has_its_columns_but_its_notes() -> None:
    names = {field.column.name for field in fields_of_feedback()}
    ticket = {"transaction_id", "transaction_platform"}
    assert names == {field.name for field in attrs.fields(Feedback)} - {"transaction", "notes"} | ticket


def test_the_columns_of_the_record_are_of_its_types() -> None:
    kinds = {field.column.name: (field.column.kind, field.column.required) for field in fields_of_feedback()}
    assert kinds["id"] == kinds["kind"] == kinds["rating"] == ("text", True)
    assert kinds["posted_at"] == ("timestamp", True)
    assert kinds["text"] == kinds["author_name"] == kinds["transaction_id"] == ("text", False)
    assert kinds["additional_fields"] == ("json", True)


@pytest.mark.parametrize(
    ("question", "kind", "name"),
    [
        ("produto", "text", "produto_text"),
        ("How satisfied are you with Birdie?", "number", "how_satisfied_are_you_with_birdie_HASH_number"),
        ("Você gostou?", "bool", "voce_gostou_HASH_bool"),
        ("metadata.produto", "text", "metadata_produto_HASH_text"),
        ("日本語", "json", "q_HASH_json"),
        ("2 things", "text", "q_2_things_HASH_text"),
        ("", "text", "q_HASH_text"),
    ],
)
def test_a_name_says_the_question_and_the_type(question: str, kind: Kind, name: str) -> None:
    assert re.fullmatch(name.replace("HASH", "[0-9a-f]{8}"), column_of(question, kind).name)
    assert column_of(question, kind).about == question


@given(st.lists(st.text() | st.from_regex(r"[a-z]{1,3}(_[a-z0-9]{1,8}){0,2}", fullmatch=True), unique=True, max_size=4))
def test_no_two_questions_and_types_share_a_column_nor_take_one_of_the_record(questions: list[str]) -> None:
    columns = [column_of(question, kind) for question in questions for kind in KINDS]
    names = [column.name for column in columns]
    assert len(set(names)) == len(names)
    assert not set(names) & {column.name for column in CORE}


@given(st.text() | st.from_regex(r"[a-z_0-9]{0,80}", fullmatch=True), st.sampled_from(KINDS))
def test_a_name_is_one_that_dlt_and_databases_leave_as_it_is(question: str, kind: Kind) -> None:
    name = column_of(question, kind).name
    assert NamingConvention().normalize_identifier(name) == name
    assert len(name.encode()) <= _LONGEST
    assert name.isascii()


def test_an_answer_is_of_the_type_that_json_gives_it() -> None:
    answers = {None: None, True: "bool", 0: "number", 1.5: "number", 2**70: "number", "5": "text", "": "text"}
    assert {answer: kind_of(answer) for answer in answers} == answers
    assert kind_of([]) == kind_of({}) == "json"


def test_a_question_that_looks_like_a_marked_one_is_marked_itself() -> None:
    marked = column_of("a b", "text").name.removesuffix("_text")
    assert column_of(marked, "text").name != f"{marked}_text"
    for one, other in combinations(["a b", "a_b", "a.b", "A b", "a b ", marked], 2):
        assert column_of(one, "text") != column_of(other, "text")


def test_the_names_that_the_readme_shows_are_those(request: pytest.FixtureRequest) -> None:
    readme = (request.path.parent.parent / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\| `\"(.+?)\": (.+)` \| `(\w+)`", readme, re.MULTILINE)
    assert len(lines) == 5
    for question, answer, name in lines:
        kind = kind_of(json.loads(answer))
        assert kind
        assert column_of(question, kind).name == name
