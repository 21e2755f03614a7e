"""One interaction to one record: docs/mapping.md, row by row."""

import json
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest

from connector_core.model import Feedback, Reject, Skip, Transaction
from connector_core.times import format_instant
from plugins.trackco_cxm.tests.fake_cxm import make_config, make_partition, make_survey
from trackco_cxm.mapper import compile_mapper


class Mapped(Protocol):
    """Maps an interaction of a survey (one csat question `q-1` by default) under a configuration."""

    def __call__(self, raw: Any, definition: Any = None, **sections: Any) -> Any: ...


@pytest.fixture
def mapped() -> Mapped:
    def mapped(raw: Any, definition: Any = None, **sections: Any) -> Any:
        where = make_partition(definition or make_survey())
        return compile_mapper(where, make_config(**sections), "trackco_cxm:")(raw)

    return mapped


def interaction(*answers: Any, **changes: Any) -> dict[str, Any]:
    """A done interaction; answers default to a 5."""
    given = list(answers) or [{"question_uuid": "q-1", "type": "csat", "answer": {"response": 5}}]
    return {"uuid": "a-1", "status": 3, "answered_at": "2024-07-01 07:30:00", "answers": given} | changes


def scored(response: Any) -> dict[str, Any]:
    return interaction({"question_uuid": "q-1", "answer": {"response": response}})


def answer_to(number: int, response: Any, **more: Any) -> dict[str, Any]:
    return {"question_uuid": f"q-{number}", "answer": {"response": response, **more}}


SAO_PAULO = {"data_source": {"time_zone": "America/Sao_Paulo"}}


def test_the_contract_example_becomes_the_record_of_the_document(mapped: Mapped) -> None:
    definition = {
        "uuid": "s-1",
        "public_hash": "AbCdEfGhIjKl",
        "name": "Birdie",
        "default_lang": "pt_BR",
        "questions": [
            {
                "uuid": "q-1",
                "type": "csat",
                "question": {"pt_BR": "How satisfied are you with Birdie?"},
                "min_scale": 1,
                "max_scale": 5,
            }
        ],
    }
    raw = {
        "uuid": "00000000-0000-4000-8000-0000000000aa",
        "survey_public_hash": "AbCdEfGhIjKl",
        "status": 3,
        "language": "pt_BR",
        "channel": "email",
        "response_time": 15342,
        "answered_at": "2024-07-01 07:30:00",
        "updated_at": "2024-07-01 07:31:10",
        "customer": {
            "name": "Fulana Exemplo",
            "email": "fulana@example.com",
            "phone": "5500000000000",
            "identifier": "CLI-0001",
        },
        "metadata": {"ticket_id": "T-0001", "produto": "Exemplo"},
        "answers": [
            {"question_uuid": "q-1", "type": "csat", "answer": {"response": "5", "comment": "Ótimo"}},
            {"question_uuid": "q-2", "type": "open", "answer": {"response": "Better reporting dashboards"}},
        ],
    }
    ticket = {"transaction_id_field": "ticket_id", "transaction_platform": "Zendesk"}
    assert mapped(raw, definition, metadata=ticket, **SAO_PAULO) == Feedback(
        id="trackco_cxm:00000000-0000-4000-8000-0000000000aa",
        kind="csat",
        rating="5",
        title="[CSAT] Birdie",
        text="Ótimo",
        posted_at=datetime(2024, 7, 1, 10, 30, tzinfo=UTC),
        author_id="CLI-0001",
        author_name="Fulana Exemplo",
        survey_id="AbCdEfGhIjKl",
        survey_title="Birdie",
        transaction=Transaction("T-0001", "Zendesk"),
        additional_fields={
            "How satisfied are you with Birdie?": 5,
            "q-2": "Better reporting dashboards",
            "metadata.produto": "Exemplo",
            "interaction.status": 3,
            "interaction.language": "pt_BR",
            "interaction.channel": "email",
            "interaction.response_time": 15342,
            "interaction.updated_at": "2024-07-01 07:31:10",
            "customer.email": "fulana@example.com",
            "customer.phone": "5500000000000",
        },
    )


GOLDEN = (
    '{"kind": "csat", "rating": "5", "title": "[CSAT] Birdie", "posted_at": "2024-07-01T10:30:00Z",\n'
    ' "additional_fields": {"How satisfied are you with Birdie?": 5,\n'
    '                       "What other features would you like to see?": "Better reporting dashboards",\n'
    '                       "How would you rate Birdie\'s usefulness?": 4}}'
)


def test_the_golden_record_is_reproduced_to_the_byte(mapped: Mapped) -> None:
    """Birdie's own page shows this record (DOC)."""
    texts = (
        "How satisfied are you with Birdie?",
        "What other features would you like to see?",
        "How would you rate Birdie's usefulness?",
    )
    kinds = ("csat", "open", "ratings")
    questions = [
        {"uuid": f"q-{number}", "type": kind, "question": {"pt_BR": text}}
        for number, (kind, text) in enumerate(zip(kinds, texts, strict=True), 1)
    ]
    raw = {
        "uuid": "a-1",
        "answered_at": "2024-07-01 07:30:00",
        "answers": [answer_to(1, "5"), answer_to(2, "Better reporting dashboards"), answer_to(3, "4")],
    }
    record = mapped(raw, make_survey(name="Birdie", questions=questions), **SAO_PAULO)
    shown = {
        "kind": record.kind,
        "rating": record.rating,
        "title": record.title,
        "posted_at": format_instant(record.posted_at),
        "additional_fields": record.additional_fields,
    }
    assert json.dumps(shown).encode() == json.dumps(json.loads(GOLDEN)).encode()


@pytest.mark.parametrize("response", [5, "5", "5 ", 5.0, "5.0"])
def test_a_whole_score_in_any_form_is_the_rating(mapped: Mapped, response: Any) -> None:
    assert mapped(scored(response)).rating == "5"


@pytest.mark.parametrize("response", [None, "", " \n"])
def test_an_answer_without_a_score_is_skipped(mapped: Mapped, response: Any) -> None:
    assert mapped(scored(response)) == Skip("unscored", "trackco_cxm:a-1", datetime(2024, 7, 1, 7, 30, tzinfo=UTC))


@pytest.mark.parametrize("listed", [None, [], {}, "", [answer_to(2, "text")]])
def test_an_interaction_without_an_answer_to_the_scored_question_is_skipped(mapped: Mapped, listed: Any) -> None:
    assert mapped(interaction(answers=listed)).reason == "unscored"


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (True, "rating.type"),
        ([5], "rating.type"),
        ({"pt_BR": "5"}, "rating.type"),
        ("good", "rating.type"),
        ("1e1", "rating.type"),
        ("5" * 40, "rating.type"),
        (4.5, "rating.not_whole"),
        ("4.5", "rating.not_whole"),
        (11, "rating.out_of_scale"),
        (-1, "rating.out_of_scale"),
        (10**400, "rating.out_of_scale"),
        (1e300, "rating.out_of_scale"),
    ],
)
def test_a_score_that_is_none_is_rejected_with_its_place(mapped: Mapped, response: Any, reason: str) -> None:
    at = datetime(2024, 7, 1, 7, 30, tzinfo=UTC)
    assert mapped(scored(response)) == Reject(reason, "answers[0].answer.response", "trackco_cxm:a-1", at)


@pytest.mark.parametrize(("low", "high"), [(1, 7), ("1", "7"), (1, None), (None, 7), (7, 1), ("a", [])])
def test_the_scale_is_the_questions_own_and_0_to_10_where_it_names_none(mapped: Mapped, low: Any, high: Any) -> None:
    question = {"uuid": "q-1", "type": "nps", "question": "Q", "min_scale": low, "max_scale": high}
    definition = make_survey(questions=[question])
    named_low = 1 if low in (1, "1") else 0
    named_high = 7 if high in (7, "7") else 10
    ratings = [n for n in range(-1, 12) if isinstance(mapped(scored(n), definition), Feedback)]
    assert ratings == list(range(named_low, named_high + 1))


@pytest.mark.parametrize("status", [3, 5, "3", 3.0, None, ""])
def test_done_partial_and_unnamed_statuses_are_imported(mapped: Mapped, status: int) -> None:
    assert isinstance(mapped(interaction(status=status)), Feedback)


@pytest.mark.parametrize("status", [1, "open", True, [3], {}.fromkeys("a"), 0])
def test_any_other_status_is_skipped(mapped: Mapped, status: int) -> None:
    assert mapped(interaction(status=status)).reason == "status"


def test_which_statuses_are_imported_can_be_overridden(mapped: Mapped) -> None:
    assert isinstance(mapped(interaction(status=9), wire={"imported_statuses": (9,)}), Feedback)


@pytest.mark.parametrize("own_id", [None, "", " ", True, [], {"a": 1}, 10**400])
def test_an_interaction_without_an_id_is_rejected(mapped: Mapped, own_id: Any) -> None:
    at = datetime(2024, 7, 1, 7, 30, tzinfo=UTC)
    assert mapped(interaction(uuid=own_id)) == Reject("id.missing", "uuid", None, at)


def test_a_number_is_an_id(mapped: Mapped) -> None:
    assert mapped(interaction(uuid=17)).id == "trackco_cxm:17"


@pytest.mark.parametrize("date", [None, "", "  "])
def test_an_interaction_without_a_date_is_rejected(mapped: Mapped, date: Any) -> None:
    assert mapped(interaction(answered_at=date)) == Reject("date.missing", "answered_at", "trackco_cxm:a-1")


@pytest.mark.parametrize("date", ["yesterday", "2024-13-01 00:00:00", True, [], 10**400, 1e300, "9" * 50])
def test_a_date_that_cannot_be_read_is_rejected(mapped: Mapped, date: Any) -> None:
    assert mapped(interaction(answered_at=date)) == Reject("date.invalid", "answered_at", "trackco_cxm:a-1")


@pytest.mark.parametrize(
    "date",
    [
        "2024-07-01 07:30:00",
        "2024-07-01T07:30:00",
        "2024-07-01 07:30:00.999",
        "2024-07-01T10:30:00Z",
        "2024-07-01T07:30:00-03:00",
        1719829800,
        1719829800.9,
        1719829800123,
        "1719829800",
    ],
)
def test_dates_are_read_in_every_form(mapped: Mapped, date: Any) -> None:
    record = mapped(interaction(answered_at=date), **SAO_PAULO)
    assert record.posted_at == datetime(2024, 7, 1, 10, 30, tzinfo=UTC)
    assert record.notes == ()


@pytest.mark.parametrize(
    ("date", "instant"),
    [("2018-11-04 00:30:00", "2018-11-04T03:30:00Z"), ("2018-02-17 23:30:00", "2018-02-18T01:30:00Z")],
)
def test_a_time_in_a_gap_or_overlap_is_loaded_and_noted(mapped: Mapped, date: Any, instant: str) -> None:
    record = mapped(interaction(answered_at=date), **SAO_PAULO)
    assert format_instant(record.posted_at) == instant
    assert record.notes == ("time.ambiguous",)


@pytest.mark.parametrize("raw", [None, 5, "text", [], True])
def test_what_is_no_object_is_rejected(mapped: Mapped, raw: Any) -> None:
    assert mapped(raw) == Reject("record.shape", "$")


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"answers": 7}, "answers"),
        ({"answers": {"q-1": 5}}, "answers"),
        ({"answers": [answer_to(1, 5), 7]}, "answers[1]"),
        ({"answers": [{"answer": 5}]}, "answers[0]"),
        ({"answers": [answer_to(1, 5), answer_to(1, 4)]}, "answers[1]"),
        ({"customer": "Fulana"}, "customer"),
        ({"metadata": [1]}, "metadata"),
        ({"interaction": 5}, "interaction"),
    ],
)
def test_a_part_of_the_wrong_shape_rejects_the_record_with_what_is_known(
    mapped: Mapped, changes: Any, path: str
) -> None:
    at = datetime(2024, 7, 1, 7, 30, tzinfo=UTC)
    assert mapped(interaction(**changes)) == Reject("record.shape", path, "trackco_cxm:a-1", at)


def test_the_checks_run_in_the_documents_order(mapped: Mapped) -> None:
    """Shape, id, status, date, score: the first that fails decides."""
    broken: dict[str, Any] = {"answers": 7, "uuid": None, "status": 1, "answered_at": None}
    mends: list[dict[str, Any]] = [{"answers": [answer_to(1, "x")]}, {"uuid": "a"}, {"status": 3}, {"answered_at": 0}]
    reasons = [mapped(broken).reason]
    for mend in mends:
        broken |= mend
        reasons.append(mapped(broken).reason)
    assert reasons == ["record.shape", "id.missing", "status", "date.missing", "rating.type"]


@pytest.mark.parametrize("nothing", [None, "", [], {}])
def test_empty_parts_are_no_parts(mapped: Mapped, nothing: Any) -> None:
    """PHP writes an empty object as an empty array."""
    record = mapped(interaction(customer=nothing, metadata=nothing, interaction=nothing))
    assert record.additional_fields == {"Pergunta 1": 5, "interaction.status": 3}


@pytest.mark.parametrize(
    "answer",
    [
        {"question_uuid": "q-1", "answer": {"response": 4, "comment": " ok "}},
        {"question": {"uuid": "q-1", "type": "CSAT"}, "answer": {"response": 4, "comment": "ok"}},
        {"question_uuid": {"uuid": "q-1"}, "answer": 4, "comment": "ok"},
        {"question": "q-1", "response": "4", "comment": {"pt_BR": "ok"}},
    ],
)
def test_an_answer_is_read_in_every_form(mapped: Mapped, answer: Any) -> None:
    record = mapped(interaction(answer))
    assert (record.rating, record.text, record.additional_fields["Pergunta 1"]) == ("4", "ok", 4)


@pytest.mark.parametrize(
    ("answer", "path"),
    [
        ({"question_uuid": "q-1", "answer": "x"}, "answers[0].answer"),
        ({"question_uuid": "q-1", "response": "x"}, "answers[0].response"),
    ],
)
def test_a_rejection_names_the_place_where_the_score_really_stood(mapped: Mapped, answer: Any, path: str) -> None:
    assert mapped(interaction(answer)).path == path


@pytest.mark.parametrize("comment", [None, "", "  ", [], {}])
def test_an_answer_without_a_comment_has_no_text(mapped: Mapped, comment: Any) -> None:
    assert mapped(interaction(answer_to(1, 5, comment=comment))).text is None


def test_a_comment_that_is_no_text_is_kept_beside_the_score(mapped: Mapped) -> None:
    record = mapped(interaction(answer_to(1, 5, comment=["a"])))
    assert record.text is None
    assert record.additional_fields["Pergunta 1 (comment)"] == ["a"]


def test_comments_on_other_questions_stand_under_their_question(mapped: Mapped) -> None:
    raw = interaction(answer_to(1, 5, comment="mine"), answer_to(2, 3, comment=" theirs "), answer_to(3, 1, comment=""))
    fields = mapped(raw, make_survey("S", "csat", "ces", "thumbs")).additional_fields
    assert fields["Pergunta 2 (comment)"] == "theirs"
    assert not {"Pergunta 1 (comment)", "Pergunta 3 (comment)"} & fields.keys()


@pytest.mark.parametrize("kind", ["nps", "nps_relational", "csat", "ces", "ces2", "ratings", "emoji"])
def test_a_numeric_text_becomes_a_number_for_scale_types(mapped: Mapped, kind: str) -> None:
    definition = (
        make_survey("S", "csat", kind) if kind not in ("nps", "nps_relational", "csat") else make_survey("S", kind)
    )
    number = 1 if kind in ("nps", "nps_relational", "csat") else 2
    raw = interaction(answer_to(1, 5), answer_to(2, "4.5")) if number == 2 else interaction(answer_to(1, "5"))
    assert mapped(raw, definition).additional_fields[f"Pergunta {number}"] == (4.5 if number == 2 else 5)


@pytest.mark.parametrize("kind", ["open", "multiple_choice", "thumbs", "something_new"])
def test_a_numeric_text_stays_text_for_other_types(mapped: Mapped, kind: str) -> None:
    raw = interaction(answer_to(1, 5), answer_to(2, "5"))
    assert mapped(raw, make_survey("S", "csat", kind)).additional_fields["Pergunta 2"] == "5"


@pytest.mark.parametrize(
    ("response", "kept"),
    [
        ("many", "many"),
        (["a", "b"], ["a", "b"]),
        ([{"pt_BR": "Sim"}], ["Sim"]),
        ({"en_US": "Yes", "pt_BR": "Sim"}, "Sim"),
        ({"en_US": "Yes"}, "Yes"),
        ({"lat": 1, "lng": 2}, {"lat": 1, "lng": 2}),
        (False, False),
        ("", ""),
    ],
)
def test_answers_keep_their_json_type(mapped: Mapped, response: Any, kept: Any) -> None:
    raw = interaction(answer_to(1, 5), answer_to(2, response))
    assert mapped(raw, make_survey("S", "csat", "ratings")).additional_fields["Pergunta 2"] == kept


def test_a_null_answer_leaves_its_name_out(mapped: Mapped) -> None:
    raw = interaction(answer_to(1, 5), answer_to(2, None))
    assert "Pergunta 2" not in mapped(raw, make_survey("S", "csat", "open")).additional_fields


def test_a_question_answered_more_than_once_holds_the_list_of_its_answers(mapped: Mapped) -> None:
    raw = interaction(answer_to(1, 5), answer_to(2, "a"), answer_to(2, "b"), answer_to(2, ["c"]))
    assert mapped(raw, make_survey("S", "csat", "open")).additional_fields["Pergunta 2"] == ["a", "b", "c"]


def test_names_are_given_out_in_the_definitions_order(mapped: Mapped) -> None:
    texts = {
        "q-1": "Why?",
        "q-2": "Why?",
        "q-3": "",
        "q-4": "metadata.x",
        "q-5": "Why? (comment)",
        "q-6": None,
        "q-7": "Why? (q-2)",
    }
    questions = [{"uuid": uuid, "type": "open", "question": text} for uuid, text in texts.items()]
    questions += [
        {"uuid": "q-8", "type": "label", "question": "Scored"},
        {"uuid": "q-9", "type": "nps", "question": "Scored"},
    ]
    answers = [answer_to(number, number) for number in range(9, 0, -1)]
    fields = mapped(interaction(*answers), make_survey(questions=questions)).additional_fields
    assert {name: value for name, value in fields.items() if name != "interaction.status"} == {
        "Why?": 1,
        "Why? (q-2)": 2,
        "(q-3)": 3,
        "metadata.x (q-4)": 4,
        "Why? (comment) (q-5)": 5,
        "(q-6)": 6,
        "Why? (q-2) (q-7)": 7,
        "q-8": 8,
        "Scored": 9,
    }


def test_a_comments_name_gives_way_to_a_questions(mapped: Mapped) -> None:
    questions = [
        {"uuid": "q-1", "type": "csat", "question": "S"},
        {"uuid": "q-2", "type": "open", "question": "Why? (comment)"},
        {"uuid": "q-3", "type": "open", "question": "Why?"},
    ]
    raw = interaction(answer_to(1, 5), answer_to(2, "a"), answer_to(3, "b", comment="c"))
    fields = mapped(raw, make_survey(questions=questions)).additional_fields
    assert fields["Why? (comment)"] == "a"
    assert fields["Why? (comment) (q-3)"] == "c"


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ({"question_uuid": "gone", "type": "ces", "answer": "5"}, 5),
        ({"question": {"uuid": "gone", "type": 8}, "answer": "5"}, 5),
        ({"question_uuid": "gone", "type": "open", "answer": "5"}, "5"),
        ({"question_uuid": "gone", "answer": "5"}, "5"),
    ],
)
def test_a_question_that_the_definition_does_not_know_is_named_by_its_uuid(
    mapped: Mapped, answer: Any, kept: Any
) -> None:
    assert mapped(interaction(answer_to(1, 5), answer)).additional_fields["gone"] == kept


def test_a_definition_that_names_a_question_twice_still_maps(mapped: Mapped) -> None:
    questions = [
        {"uuid": "q-1", "type": "csat", "question": "S"},
        {"uuid": "q-1", "type": "open", "question": "T"},
    ]
    assert mapped(interaction(), make_survey(questions=questions)).rating == "5"


def test_attributes_stand_under_prefixed_names_and_keep_their_type(mapped: Mapped) -> None:
    raw = interaction(
        metadata={"produto": "X", "none": None, "zero": 0, "no": False, "empty": {}},
        interaction={"store": 7, "status": "won"},
        customer={"name": " Fulana ", "identifier": 12, "segment": ["a"], "email": "a@example.com"},
        survey_public_hash="S",
        tags=["x"],
    )
    record = mapped(raw)
    assert (record.author_name, record.author_id) == ("Fulana", "12")
    assert record.additional_fields == {
        "Pergunta 1": 5,
        "metadata.produto": "X",
        "metadata.zero": 0,
        "metadata.no": False,
        "interaction.status": "won",
        "interaction.tags": ["x"],
        "interaction.store": 7,
        "customer.segment": ["a"],
        "customer.email": "a@example.com",
    }


def test_an_author_that_is_no_text_is_kept_as_an_attribute(mapped: Mapped) -> None:
    record = mapped(interaction(customer={"name": {"first": "F"}, "identifier": False}))
    assert (record.author_name, record.author_id) == (None, None)
    assert record.additional_fields["customer.name"] == {"first": "F"}


@pytest.mark.parametrize(
    ("wanted", "ticket", "left"),
    [
        ("ticket", "M", {"interaction.ticket": "I", "customer.ticket": "C"}),
        ("interaction.ticket", "I", {"metadata.ticket": "M", "customer.ticket": "C"}),
        ("customer.ticket", "C", {"metadata.ticket": "M", "interaction.ticket": "I"}),
    ],
)
def test_the_ticket_is_looked_for_in_order_or_where_its_prefix_says(
    mapped: Mapped, wanted: str, ticket: Any, left: Any
) -> None:
    raw = interaction(metadata={"ticket": "M"}, interaction={"ticket": "I"}, customer={"ticket": "C"}, status=None)
    record = mapped(raw, metadata={"transaction_id_field": wanted})
    assert record.transaction == Transaction(ticket, None)
    assert record.additional_fields == {"Pergunta 1": 5} | left


@pytest.mark.parametrize(
    ("changes", "ticket"),
    [
        ({"metadata": {"ticket": 4512}}, Transaction("4512", "Zendesk")),
        ({"metadata": {"ticket": " "}, "ticket": "top"}, Transaction("top", "Zendesk")),
        ({"metadata": {"ticket": 4512.0}}, Transaction("4512", "Zendesk")),
        ({"metadata": {"interaction.ticket": "spaced"}}, Transaction("spaced", "Zendesk")),
        ({"metadata": {"customer.ticket": "spaced"}, "ticket": "top"}, Transaction("top", "Zendesk")),
        ({"metadata": {"ticket": ["a"]}}, None),
        ({}, None),
    ],
)
def test_a_ticket_is_a_text_or_a_number(mapped: Mapped, changes: Any, ticket: Any) -> None:
    settings = {"transaction_id_field": "ticket", "transaction_platform": "Zendesk"}
    assert mapped(interaction(**changes), metadata=settings).transaction == ticket


def test_a_ticket_may_be_configured_as_the_account_calls_it_with_its_name_space(mapped: Mapped) -> None:
    record = mapped(
        interaction(metadata={"interaction.ticket": "T"}), metadata={"transaction_id_field": "interaction.ticket"}
    )
    assert record.transaction == Transaction("T", None)
    assert "metadata.interaction.ticket" not in record.additional_fields


def test_without_the_setting_the_ticket_is_an_attribute(mapped: Mapped) -> None:
    record = mapped(interaction(metadata={"ticket_id": "T"}))
    assert record.transaction is None
    assert record.additional_fields["metadata.ticket_id"] == "T"


def test_every_assumed_name_of_a_record_can_be_overridden(mapped: Mapped) -> None:
    names = {
        "id_key": "id",
        "date_key": "at",
        "status_key": "state",
        "answers_key": "replies",
        "question_key": "q",
        "answer_key": "a",
        "customer_key": "contact",
        "metadata_key": "meta",
        "interaction_key": "extra",
        "survey_name_key": "title",
        "survey_language_key": "lang",
        "survey_questions_key": "items",
        "question_text_key": "text",
    }
    definition = {
        **make_survey(),
        "title": "T",
        "lang": "en",
        "items": [{"uuid": "q-1", "type": 6, "text": {"pt": "Nota", "en": "Score"}}],
    }
    raw = {
        "id": "x",
        "at": 0,
        "state": 5,
        "replies": [{"q": "q-1", "a": 9}],
        "contact": {"name": "F"},
        "meta": {"m": 1},
        "extra": {"e": 2},
    }
    record = mapped(raw, definition, wire=names)
    assert (record.kind, record.rating, record.title, record.author_name) == ("nps", "9", "[NPS] T", "F")
    assert record.additional_fields == {
        "Score": 9,
        "metadata.m": 1,
        "interaction.state": 5,
        "interaction.e": 2,
    }
