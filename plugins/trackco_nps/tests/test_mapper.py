"""What becomes of an answer: every rule of docs/mapping.md for NPS."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector_core import Feedback, Mapper, Partition, Reject, Skip, Transaction
from connector_core.jsontext import encode
from connector_core.record import record_of
from plugins.trackco_nps.tests.fake_track import build_answer, build_config, build_partition
from trackco_nps import map as compile_mapper
from trackco_nps.config import Config, Connection
from trackco_nps.mapper import PLACES

PREFIX = "trackco_nps:"
INSTANT = datetime(2024, 7, 1, 10, 30, tzinfo=UTC)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.just("name"), inner, max_size=4),
    max_leaves=12,
)


def map_one(
    campaign: Mapping[str, Any] | None = None, metadata: Mapping[str, str] | None = None, **changes: Any
) -> Any:
    """Map an answer with some keys changed, in a campaign with some keys changed, with some metadata settings."""
    mapper = compile_mapper(build_partition(**(campaign or {})), build_config(**(metadata or {})), PREFIX)
    return mapper(build_answer(**changes))


def test_a_full_answer_becomes_a_full_record() -> None:
    assert record_of(map_one()) == {
        "id": "trackco_nps:1001",
        "kind": "nps",
        "rating": "9",
        "title": "[NPS] Pós-venda",
        "text": "Muito bom",
        "posted_at": "2024-07-01T10:30:00Z",
        "author_id": "CLI-0001",
        "author_name": "Fulana Exemplo",
        "survey_id": "10",
        "survey_title": "Pós-venda",
        "additional_fields": {
            "Você nos recomendaria?": 9,
            "answer.type": "Email",
            "answer.dispatch_time": 1719748800,
            "answer.elapsed_time": 42,
            "answer.status": "Pendente",
            "answer.lot_code": "L-7",
            "customer.email": "fulana@example.com",
            "customer.phone": "5500000000000",
            "tag.Cidade": "São Paulo",
            "answer.categories": ["Atendimento"],
            "justification.Preço": ["Frete"],
        },
    }


def test_an_answer_of_required_keys_alone_has_no_other_keys_in_its_record() -> None:
    mapper = compile_mapper(build_partition(questions=None), build_config(), "trackco_nps.acme:")
    outcome = mapper({"id": "7", "time": 1719829800, "nps_answer": 0})
    assert isinstance(outcome, Feedback)
    assert record_of(outcome) == {
        "id": "trackco_nps.acme:7",
        "kind": "nps",
        "rating": "0",
        "title": "[NPS] Pós-venda",
        "posted_at": "2024-07-01T10:30:00Z",
        "survey_id": "10",
        "survey_title": "Pós-venda",
        "additional_fields": {},
    }


@pytest.mark.parametrize(
    ("score", "rating"),
    [(5, "5"), ("5", "5"), ("5 ", "5"), (5.0, "5"), ("5.0", "5"), ("+7", "7"), (0, "0"), (-0.0, "0"), ("10", "10")],
)
def test_a_whole_score_on_the_scale_is_a_rating_without_normalising(score: object, rating: str) -> None:
    assert map_one(nps_answer=score).rating == rating


def test_a_score_in_digits_is_a_number_among_the_fields() -> None:
    field = map_one(nps_answer="5").additional_fields["Você nos recomendaria?"]
    assert (field, type(field)) == (5, int)


@pytest.mark.parametrize("score", [None, "", "  "])
def test_an_answer_without_a_score_is_skipped_and_known_by_id_and_date(score: object) -> None:
    assert map_one(nps_answer=score) == Skip("unscored", "trackco_nps:1001", INSTANT)


@pytest.mark.parametrize(
    ("score", "reason"),
    [
        (True, "rating.type"),
        ([9], "rating.type"),
        ({"response": 9}, "rating.type"),
        ("nove", "rating.type"),
        ("1e1", "rating.type"),
        ("\uff15", "rating.type"),
        ("9" * 5000, "rating.type"),
        (4.5, "rating.not_whole"),
        ("4.5", "rating.not_whole"),
        (float("inf"), "rating.not_whole"),
        (11, "rating.out_of_scale"),
        ("-1", "rating.out_of_scale"),
        (10**400, "rating.out_of_scale"),
    ],
)
def test_a_score_that_is_none_is_rejected_with_its_reason(score: object, reason: str) -> None:
    assert map_one(nps_answer=score) == Reject(reason, "nps_answer", "trackco_nps:1001", INSTANT)


@pytest.mark.parametrize("own_id", [None, "", " "])
def test_an_answer_without_an_id_is_rejected_by_its_date(own_id: object) -> None:
    assert map_one(id=own_id) == Reject("id.missing", "id", None, INSTANT)


def test_an_id_is_the_same_as_number_or_text() -> None:
    assert map_one(id=1001).id == map_one(id="1001").id == map_one(id=1001.0).id == "trackco_nps:1001"


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        (None, "date.missing"),
        ("", "date.missing"),
        ("ontem", "date.invalid"),
        ("2024-07-01 10:30:00", "date.invalid"),
        (True, "date.invalid"),
        ([], "date.invalid"),
        (10**30, "date.invalid"),
        (10**400, "date.invalid"),
        (float("inf"), "date.invalid"),
    ],
)
def test_an_answer_without_a_date_that_can_be_read_is_rejected_by_its_id(time: object, reason: str) -> None:
    assert map_one(time=time) == Reject(reason, "time", "trackco_nps:1001", None)


@pytest.mark.parametrize("time", [1719829800, "1719829800", " 1719829800 ", 1719829800.9, 1719829800123])
def test_dates_are_unix_seconds_and_fractions_are_cut(time: object) -> None:
    assert map_one(time=time).posted_at == INSTANT


@pytest.mark.parametrize("record", [None, 5, "x", [], [{}], True])
def test_a_record_that_is_no_object_is_rejected(record: object) -> None:
    assert compile_mapper(build_partition(), build_config(), PREFIX)(record) == Reject("record.shape", "$")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"id": [1]}, "id"),
        ({"name": {"first": "x"}}, "name"),
        ({"identification": True}, "identification"),
        ({"nps_comment": ["x"]}, "nps_comment"),
        ({"tags": 5}, "tags"),
        ({"tags": {"Cidade": "x"}}, "tags"),
        ({"tags": [{"name": "a", "value": 1}, "b"]}, "tags[1]"),
        ({"tags": [{"name": ["a"], "value": 1}]}, "tags[0].name"),
        ({"categories": "x"}, "categories"),
        ({"categories": [7]}, "categories[0]"),
        ({"justifications": 1}, "justifications"),
        ({"justifications": [None]}, "justifications[0]"),
        ({"justifications": [{"name": "a"}, {"name": False}]}, "justifications[1].name"),
        ({"justifications": [{"name": "a", "children": "x"}]}, "justifications[0].children"),
        ({"justifications": [{"name": "a", "children": [{"name": "x"}, 3]}]}, "justifications[0].children[1]"),
    ],
)
def test_a_part_of_the_wrong_shape_is_named_by_its_path(changes: dict[str, Any], path: str) -> None:
    own_id = None if path == "id" else "trackco_nps:1001"
    assert map_one(**changes) == Reject("record.shape", path, own_id, INSTANT)


def test_checks_run_in_the_order_shape_id_date_score() -> None:
    wrong: dict[str, Any] = {"tags": 5, "id": None, "time": None, "nps_answer": 99}
    reasons = []
    for repaired in (*wrong, ""):
        outcome = map_one(**wrong)
        reasons.append(getattr(outcome, "reason", None))
        wrong.pop(repaired, None)
    assert reasons == ["record.shape", "id.missing", "date.missing", "rating.out_of_scale", None]


@pytest.mark.parametrize(
    ("comment", "text"),
    [("<p>Olá<br>mundo</p>", "Olá\nmundo"), ("  x ", "x"), (" ", None), ("<br>", None), (None, None), (5, "5")],
)
def test_the_comment_is_plain_text_or_absent(comment: object, text: str | None) -> None:
    assert map_one(nps_comment=comment).text == text


def test_numbers_of_customers_become_text_and_blanks_are_absent() -> None:
    assert map_one(identification=42).author_id == "42"
    assert map_one(identification=42.0).author_id == "42"
    assert map_one(identification=" ").author_id is None
    assert map_one(identification=" CLI-1 ").author_id == "CLI-1"
    assert map_one(name="  Fulana ").author_name == "Fulana"
    assert map_one(name=" ").author_name is None


def test_a_campaign_whose_question_is_csat_gives_csat() -> None:
    question = {"type": "CSAT ", "question": {"en": "", "pt-BR": "Gostou?", "es": "¿Te gustó?"}}
    outcome = map_one(campaign={"questions": [{"type": "open", "question": "Por quê?"}, question]})
    assert (outcome.kind, outcome.title) == ("csat", "[CSAT] Pós-venda")
    assert outcome.additional_fields["Gostou?"] == 9


@pytest.mark.parametrize(
    "questions", [None, [], {}, "nps", [None], [{"type": "open", "question": "?"}], [{"type": "nps"}], [{"type": 6}]]
)
def test_a_campaign_without_a_scored_text_is_nps_and_names_no_question(questions: object) -> None:
    outcome = map_one(campaign={"questions": questions})
    assert outcome.kind == "nps"
    assert all("." in name for name in outcome.additional_fields)


def test_a_question_that_looks_like_another_field_is_told_apart_by_the_campaign() -> None:
    outcome = map_one(campaign={"questions": [{"type": "nps", "question": "tag.Cidade"}]})
    assert outcome.additional_fields["tag.Cidade (10)"] == 9
    assert outcome.additional_fields["tag.Cidade"] == "São Paulo"


def test_a_campaign_without_a_name_is_called_by_its_code() -> None:
    assert map_one(campaign={"name": None}).title == "[NPS] Campaign 10"


def test_a_definition_that_says_nothing_maps_as_nps() -> None:
    outcome = compile_mapper(Partition("10", "Pós-venda"), build_config(), PREFIX)(build_answer())
    assert isinstance(outcome, Feedback)
    assert outcome.title == "[NPS] Pós-venda"


def test_unknown_keys_are_kept_and_empty_values_leave_their_key_out() -> None:
    outcome = map_one(novo=False, zero=0, vazio="", nada=None, lista=[], objeto={}, resto={"a": [1]})
    added = {
        name: value for name, value in outcome.additional_fields.items() if name.removeprefix("answer.") not in PLACES
    }
    kept = {name: value for name, value in added.items() if name in {"answer.novo", "answer.zero", "answer.resto"}}
    assert kept == {"answer.novo": False, "answer.zero": 0, "answer.resto": {"a": [1]}}
    assert not {"answer.vazio", "answer.nada", "answer.lista", "answer.objeto"} & added.keys()


def test_the_unreliable_last_score_is_left_out() -> None:
    assert not [name for name in map_one(last_nps_answer=3).additional_fields if "last" in name]


def test_tags_keep_their_values_and_names_that_come_twice_hold_a_list() -> None:
    tags = [
        {"name": "Região do país", "value": "Sul"},
        {"name": "Valor", "value": 12.5},
        {"name": "Vazio", "value": None},
        {"name": "Loja", "value": "A"},
        {"name": "Loja", "value": ""},
        {"name": "Canal", "value": "x"},
        {"name": "Canal", "value": 2},
        {"name": 7, "value": 0},
        {"value": "sem nome"},
        {"name": {"pt-br": "Cor"}, "value": ["azul"]},
        {"name": "Só nome"},
    ]
    fields = map_one(tags=tags).additional_fields
    assert {name: value for name, value in fields.items() if name.startswith("tag.")} == {
        "tag.Região do país": "Sul",
        "tag.Valor": 12.5,
        "tag.Loja": "A",
        "tag.Canal": ["x", 2],
        "tag.7": 0,
        "tag.": "sem nome",
        "tag.Cor": ["azul"],
    }


def test_categories_are_a_list_of_names() -> None:
    categories = [{"name": "Preço"}, {"name": '{"pt-br":"Prazo"}'}, "Loja", {"name": ""}, {}]
    assert map_one(categories=categories).additional_fields["answer.categories"] == ["Preço", "Prazo", "Loja"]
    assert "answer.categories" not in map_one(categories=None).additional_fields


def test_justifications_are_read_in_both_encodings_and_joined_by_name() -> None:
    justifications = [
        {"name": '{"pt-br":"Preço","en":"Price"}', "children": [{"name": '{"pt-br":"Frete"}'}, {"name": "Taxa"}]},
        {"name": "Preço", "children": ["Juros"]},
        {"name": {"en": "Support"}, "children": []},
        {"name": "Prazo"},
        "Loja",
        {"name": None},
        {"children": [{"name": "solto"}]},
    ]
    fields = map_one(justifications=justifications).additional_fields
    assert {name: value for name, value in fields.items() if name.startswith("justification.")} == {
        "justification.Preço": ["Frete", "Taxa", "Juros"],
        "justification.Support": [],
        "justification.Prazo": [],
        "justification.Loja": [],
        "justification.": ["solto"],
    }


@pytest.mark.parametrize("field", ["ticket_id", "tag.ticket_id"])
@pytest.mark.parametrize(("value", "ticket"), [("T-0001", "T-0001"), (123, "123"), (123.0, "123")])
def test_the_configured_tag_becomes_the_transaction_and_is_not_repeated(field: str, value: object, ticket: str) -> None:
    outcome = map_one(
        metadata={"transaction_id_field": field, "transaction_platform": "Zendesk"},
        tags=[{"name": "ticket_id", "value": value}],
    )
    assert outcome.transaction == Transaction(ticket, "Zendesk")
    assert "tag.ticket_id" not in outcome.additional_fields


def test_a_tag_that_is_really_called_with_the_prefix_comes_first() -> None:
    tags = [{"name": "id", "value": "no"}, {"name": "tag.id", "value": "yes"}]
    outcome = map_one(metadata={"transaction_id_field": "tag.id"}, tags=tags)
    assert outcome.transaction == Transaction("yes")
    assert outcome.additional_fields["tag.id"] == "no"


def test_of_two_tickets_the_first_is_the_transaction_and_the_other_stays() -> None:
    tags = [
        {"name": "t", "value": [1]},
        {"name": "t", "value": " "},
        {"name": "t", "value": "A"},
        {"name": "t", "value": "B"},
    ]
    outcome = map_one(metadata={"transaction_id_field": "t"}, tags=tags)
    assert outcome.transaction == Transaction("A")
    assert outcome.additional_fields["tag.t"] == [[1], " ", "B"]


@pytest.mark.parametrize("tags", [[], None, [{"name": "ticket_id", "value": None}], [{"name": "other", "value": "x"}]])
def test_without_a_ticket_there_is_no_transaction(tags: object) -> None:
    settings = {"transaction_id_field": "ticket_id", "transaction_platform": "Zendesk"}
    assert map_one(metadata=settings, tags=tags).transaction is None


def test_no_two_parts_of_an_answer_share_a_name() -> None:
    outers: dict[str, Any] = {"answer.type": "outer", "tag.categories": "outer", "justification.x": "outer"}
    outcome = map_one(
        campaign={"questions": [{"type": "nps", "question": "answer.type"}]},
        tags=[{"name": "categories", "value": 1}],
        justifications=["x"],
        **outers,
    )
    assert outcome.additional_fields["answer.type (10)"] == 9
    assert outcome.additional_fields["answer.type"] == "Email"
    assert outcome.additional_fields["answer.answer.type"] == "outer"
    assert outcome.additional_fields["answer.tag.categories"] == "outer"
    assert outcome.additional_fields["tag.categories"] == 1
    assert outcome.additional_fields["answer.justification.x"] == "outer"


def test_a_name_with_half_a_character_can_still_be_stored() -> None:
    outcome = map_one(categories=[{"name": r'{"pt-br": "a\ud800b"}'}])
    assert encode(outcome.additional_fields)
    assert outcome.additional_fields["answer.categories"] == ["a?b"]


def mapper_under_test() -> Mapper:
    config = Config(connection_details=Connection(token="x"))
    return compile_mapper(
        Partition("10", "Pós-venda", {"questions": [{"type": "nps", "question": "?"}]}), config, PREFIX
    )


@given(json_values)
def test_no_json_value_makes_the_mapper_raise(value: object) -> None:
    assert isinstance(mapper_under_test()(value), Feedback | Skip | Reject)


@given(st.dictionaries(st.sampled_from(sorted(PLACES)), json_values, max_size=5))
def test_no_mutated_answer_makes_the_mapper_raise_and_every_record_can_be_stored(changes: dict[str, Any]) -> None:
    outcome = mapper_under_test()(build_answer(**changes))
    if isinstance(outcome, Feedback):
        assert json.loads(encode(record_of(outcome)))["rating"] in {str(score) for score in range(11)}
    assert outcome == mapper_under_test()(build_answer(**changes)), "the same answer always gives the same outcome"


@given(json_values)
def test_no_definition_makes_compiling_raise(definition: object) -> None:
    mapper = compile_mapper(Partition("10", "x", definition), build_config(), PREFIX)
    assert isinstance(mapper(build_answer()), Feedback)
