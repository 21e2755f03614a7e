"""Bodies: what stands where, what stays away, what a table must not be, and that nothing is lost."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import assume, example, given
from hypothesis import strategies as st

from birdie_simulator.schema import problems
from connector_birdie.body import FACTS, compile_table
from connector_core import Feedback, Transaction
from connector_core.jsontext import encode
from connector_core.record import record_of

FULL = Feedback(
    id="trackco_cxm:1", kind="csat", rating="5", title="[CSAT] Birdie", text="Ótimo", author_id="CLI-1",
    author_name="Fulana Exemplo", posted_at=datetime(2024, 7, 1, 10, 30, tzinfo=UTC), survey_id="AbC",
    survey_title="Birdie", transaction=Transaction("T-1", "Zendesk"),
    additional_fields={"How satisfied are you?": 5, "metadata.company": "Acme", "metadata.seats": 12, "tag.a": None},
)  # fmt: skip
BARE = Feedback(
    id="trackco_nps:2", kind="nps", rating="0", title="[NPS] X", posted_at=datetime(2024, 7, 1, tzinfo=UTC),
    survey_id="15", survey_title="X",
)  # fmt: skip
TABLE = compile_table()


def test_all_of_a_feedback_stands_where_the_documentation_has_it() -> None:
    assert TABLE.body(FULL, "run-1") == {
        "kind": {
            "name": "csat",
            "fields": {
                "feedback_id": "trackco_cxm:1", "rating": "5", "title": "[CSAT] Birdie", "text": "Ótimo",
                "posted_at": "2024-07-01T10:30:00Z", "author_id": "CLI-1", "author_name": "Fulana Exemplo",
                "survey_title": "Birdie", "ticket_id": "T-1", "ticket_platform": "Zendesk",
            },
        },
        "additional_fields": {
            "survey.id": "AbC", "How satisfied are you?": 5, "metadata.company": "Acme", "metadata.seats": 12,
            "tag.a": None,
        },
        "batch_id": "run-1",
    }  # fmt: skip


def test_what_a_feedback_does_not_have_is_absent() -> None:
    assert TABLE.body(BARE) == {
        "kind": {
            "name": "nps",
            "fields": {
                "feedback_id": "trackco_nps:2", "rating": "0", "title": "[NPS] X", "posted_at": "2024-07-01T00:00:00Z",
                "survey_title": "X",
            },
        },
        "additional_fields": {"survey.id": "15"},
    }  # fmt: skip


def test_a_ticket_without_a_platform_has_none() -> None:
    fields = TABLE.body(evolve(BARE, transaction=Transaction("T")))["kind"]["fields"]
    assert fields["ticket_id"] == "T"
    assert "ticket_platform" not in fields


# --- overrides


def test_single_entries_are_replaced_and_the_others_stay() -> None:
    body = compile_table({"transaction.id": "/kind/fields/conversation/id", "survey_id": "/source/survey"}).body(FULL)
    assert body["kind"]["fields"]["conversation"] == {"id": "T-1"}
    assert body["source"] == {"survey": "AbC"}
    assert "ticket_id" not in body["kind"]["fields"]
    assert "survey.id" not in body["additional_fields"]
    assert body["kind"]["fields"]["ticket_platform"] == "Zendesk"


def test_an_empty_pointer_leaves_a_value_out() -> None:
    table = compile_table(dict.fromkeys(("author_name", "additional_fields", "survey_id", "batch_id"), ""))
    body = table.body(FULL, "run-1")
    assert set(body) == {"kind"}
    assert "author_name" not in body["kind"]["fields"]


def test_one_additional_field_can_be_moved() -> None:
    table = compile_table({"additional_fields.metadata.company": "/kind/fields/account_id"})
    body = table.body(FULL)
    assert body["kind"]["fields"]["account_id"] == "Acme"
    assert "metadata.company" not in body["additional_fields"]
    assert "account_id" not in table.body(BARE)["kind"]["fields"]
    assert table.record(body) == json.loads(encode(record_of(FULL)))


def test_one_additional_field_can_be_left_out() -> None:
    body = compile_table({"additional_fields.metadata.company": ""}).body(FULL)
    assert set(body["additional_fields"]) == {"survey.id", "How satisfied are you?", "metadata.seats", "tag.a"}


def test_what_is_moved_among_the_texts_becomes_one_and_null_stays_away() -> None:
    body = compile_table(
        {
            "additional_fields.metadata.seats": "/kind/fields/account_id",
            "additional_fields.tag.a": "/kind/fields/text_2",
            "additional_fields.How satisfied are you?": "/score",
        }
    ).body(FULL)
    assert body["kind"]["fields"]["account_id"] == "12"
    assert "text_2" not in body["kind"]["fields"]
    assert body["score"] == 5


def test_a_slash_and_a_tilde_in_a_name_are_written_as_pointers_have_them() -> None:
    assert compile_table({"survey_id": "/a~1b/c~0d"}).body(BARE)["a/b"] == {"c~d": "15"}


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"survey_id": "kind/fields/survey"}, "survey_id: kind/fields/survey must begin with /, such as /kind/"),
        ({"survey_id": "/kind//survey"}, "survey_id: /kind//survey holds an empty name"),
        ({"survey_id": "/a~2"}, "survey_id: /a~2 holds a ~ that is neither ~0 nor ~1; write ~0 for ~, and ~1 for /"),
        ({"autor_name": "/x"}, "autor_name: a feedback has no such field; did you mean author_name?"),
        ({"additional_fields.": "/x"}, "additional_fields.: a feedback has no such field; did you mean"),
        ({"id": ""}, "id: cannot be left out; Birdie tells feedbacks apart by it"),
        ({"survey_id": "/kind/fields/text"}, "survey_id: stands at /kind/fields/text, where text stands already"),
        ({"survey_id": "/batch_id/a"}, "survey_id: /batch_id/a lies within /batch_id, which is the batch_id alone"),
        ({"additional_fields": "/kind/fields/text/x"}, "additional_fields: /kind/fields/text/x lies within"),
        ({"additional_fields.a": "/b", "additional_fields.c": "/b/d"}, "additional_fields.c: /b/d lies within /b,"),
        ({"title": "/kind"}, "kind: /kind/name lies within /kind, which is the title alone"),
    ],
)  # fmt: skip
def test_a_table_that_no_body_can_be_made_by_is_refused_in_one_line(overrides: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(said)}") as refused:
        compile_table(overrides)
    assert "\n" not in str(refused.value)


def test_a_field_that_resembles_nothing_is_told_what_there_is() -> None:
    with pytest.raises(
        ValueError, match=r"xyz: a feedback has no such field; there are kind, id, .*additional_fields\.NAME"
    ):
        compile_table({"xyz": "/x"})


# --- nothing is lost

NAMES = st.text(max_size=8) | st.sampled_from([
    "survey.id", "survey.id_", "survey.id__", "survey.id___", "", "_", "a", "a_", "a/b", "~", "kind", "batch_id", "0",
])  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
TEXTS = st.text(max_size=8)
KINDS = st.sampled_from(["nps", "csat"])
FEEDBACKS = st.builds(
    Feedback, id=st.text(min_size=1, max_size=8), kind=KINDS, rating=st.integers(0, 10).map(str), title=TEXTS,
    posted_at=st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0)), survey_id=TEXTS,
    survey_title=TEXTS, text=st.none() | TEXTS, author_id=st.none() | TEXTS, author_name=st.none() | TEXTS,
    transaction=st.none() | st.builds(Transaction, st.text(min_size=1, max_size=8), st.none() | TEXTS),
    additional_fields=st.dictionaries(NAMES, JSON, max_size=6),
)  # fmt: skip
BATCHES = st.none() | st.just("run-1")


@given(FEEDBACKS, BATCHES)
@example(FULL, None)
def test_nothing_of_a_feedback_is_lost_whatever_its_additional_fields_hold(
    feedback: Feedback, batch: str | None
) -> None:
    record = json.loads(encode(record_of(feedback)))
    body = json.loads(encode(TABLE.body(feedback, batch)))
    assert TABLE.record(body) == record
    assert json.dumps(TABLE.record(body), sort_keys=True) == json.dumps(record, sort_keys=True)  # 1 is not True


@given(FEEDBACKS, BATCHES)
def test_every_body_is_valid(feedback: Feedback, batch: str | None) -> None:
    body = json.loads(encode(TABLE.body(feedback, batch)))
    assert problems(body) == ""
    assert body.get("batch_id") == batch
    assert None not in body["kind"]["fields"].values()


PLACES = st.lists(
    st.sampled_from(["a", "a_", "a__", "b", "additional_fields", "survey.id"]), min_size=1, max_size=3
).map(lambda names: "/" + "/".join(names))
SOURCES = st.sampled_from([*(fact.source for fact in FACTS), "additional_fields.a", "additional_fields.survey.id"])


@given(FEEDBACKS, st.dictionaries(SOURCES, PLACES, max_size=5))
@example(BARE, {"additional_fields": "/a", "title": "/a/b", "survey_id": "/a/a", "id": "/a/a__"})
def test_nothing_is_lost_in_whatever_places_it_stands(feedback: Feedback, overrides: dict[str, str]) -> None:
    """But for a null that was moved, and what became a text, which no place here does."""
    try:
        table = compile_table(overrides)
    except ValueError:
        assume(False)  # noqa: FBT003 - hypothesis asks for it
    moved = [name for name, path in table.moved.items() if feedback.additional_fields.get(name, "") is None]
    record = json.loads(encode(record_of(feedback)))
    for name in moved:
        del record["additional_fields"][name]
    assert table.record(json.loads(encode(table.body(feedback)))) == record


def test_the_readme_shows_the_table_with_its_marks() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    for fact in FACTS:
        assert f"| `{fact.source}` | `{fact.pointer}` | {fact.mark} |" in readme
