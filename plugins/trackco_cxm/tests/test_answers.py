"""What an answer holds beside its response and comment, its names, and answers to a question that was replaced."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest

from connector_core.model import Skip
from plugins.trackco_cxm.tests.fake_cxm import make_config, make_partition, make_survey
from trackco_cxm._wire import Wire
from trackco_cxm.mapper import answer_reader, compile_mapper

SURVEY = make_survey("S", "csat", "open")


def mapped(*answers: Any, definition: Any = SURVEY) -> Any:
    raw = {"uuid": "a-1", "answered_at": "2024-07-01 07:30:00", "answers": list(answers)}
    return compile_mapper(make_partition(definition), make_config(), "")(raw)


def fields(*answers: Any, definition: Any = SURVEY) -> Any:
    return mapped(*answers, definition=definition).additional_fields


SCORED = {"question_uuid": "q-1", "answer": {"response": 5}}


@pytest.mark.parametrize(
    "answer",
    [
        {"answer": {"response": "a", "option": 7, "none": None}},
        {"answer": {"response": "a"}, "option": 7, "empty": []},
        {"answer": "a", "option": 7, "type": "open"},
        {"response": "a", "option": 7, "question": {"uuid": "q-2", "type": "open"}},
        {"answer": None, "response": "a", "option": 7},
        {"answer": {"comment": ""}, "response": "a", "option": 7},
    ],
)
def test_what_else_an_answer_holds_stands_under_its_question(answer: Any) -> None:
    found = fields(SCORED, {"question_uuid": "q-2"} | answer)
    assert found == {"Pergunta 1": 5, "Pergunta 2": "a", "Pergunta 2 (option)": 7}


def test_what_else_the_scored_answer_holds_is_kept_too() -> None:
    found = fields({"question_uuid": "q-1", "answer": {"response": 5, "comment": "c", "weight": 0}, "skipped": False})
    assert found == {"Pergunta 1": 5, "Pergunta 1 (weight)": 0, "Pergunta 1 (skipped)": False}


def test_a_second_comment_or_response_is_not_lost() -> None:
    answer = {"question_uuid": "q-2", "answer": {"response": "a", "comment": "b"}, "response": "c", "comment": "d"}
    assert fields(SCORED, answer) == {
        "Pergunta 1": 5,
        "Pergunta 2": "a",
        "Pergunta 2 (comment)": "b",
        "Pergunta 2 (response)": "c",
        "Pergunta 2 (comment) (q-2)": "d",
    }


def test_a_comment_beside_an_answer_without_one_is_the_comment() -> None:
    assert mapped(SCORED | {"comment": "ok"}).text == "ok"


def test_a_key_that_stands_on_both_levels_holds_both_values() -> None:
    answer = {"question_uuid": "q-2", "answer": {"response": "a", "option": 1}, "option": 2}
    assert fields(SCORED, answer)["Pergunta 2 (option)"] == [1, 2]


def test_a_score_beside_the_answers_own_part_is_the_score() -> None:
    assert mapped({"question_uuid": "q-1", "answer": {"comment": "c"}, "response": "4"}).rating == "4"


def asked(**texts: str) -> Any:
    questions = [{"uuid": f"q{number}", "type": "open", "question": text} for number, text in enumerate(texts.values())]
    return make_survey(questions=[{"uuid": "q-1", "type": "csat", "question": "Nota"}, *questions])


@pytest.mark.parametrize("texts", [("A (q2)", "A", "A"), ("A", "A (q2)", "A"), ("A", "A", "A (q1)"), ("A", "A", "A")])
def test_names_of_questions_never_meet(texts: tuple[str, ...]) -> None:
    answers = [{"question_uuid": f"q{number}", "answer": number} for number in range(3)]
    found = fields(SCORED, *answers, definition=asked(**dict(zip("abc", texts, strict=True))))
    assert sorted(found.values()) == [0, 1, 2, 5]


def test_names_of_what_else_there_is_never_meet_those_of_questions_or_each_other() -> None:
    definition = asked(a="A", b="A (x)", c="gone", d="gone (gone)")
    answers = [
        {"question_uuid": "q0", "answer": 0, "x": 10, "x) (y": 11},
        {"question_uuid": "q1", "answer": 1, "y": 12},
        {"question_uuid": "q2", "answer": 2},
        {"question_uuid": "q3", "answer": 3},
        {"question_uuid": "gone", "answer": 4, "comment": 13},
    ]
    found = fields(SCORED, *answers, definition=definition)
    assert sorted(found.values()) == [0, 1, 2, 3, 4, 5, 10, 11, 12, 13]
    assert (found["A (x) (q0)"], found["gone (gone) (gone)"]) == (10, 4)


@pytest.mark.parametrize(
    "given",
    [{"answer": []}, {"answer": {}}, {"answer": {"response": []}}, {"answer": {"response": {}}}, {"response": []}],
)
def test_an_empty_score_is_none(given: Any) -> None:
    assert mapped({"question_uuid": "q-1"} | given).reason == "unscored"


@pytest.mark.parametrize(
    "answers",
    [
        [{"question_uuid": "old", "type": "csat", "answer": {"response": 4}}],
        [{"question": {"uuid": "old", "type": "nps"}, "response": 9}],
        [{"question_uuid": "q-1", "answer": None}, {"question_uuid": "old", "type": 2, "answer": "x"}],
    ],
)
def test_a_score_for_a_question_that_the_survey_no_longer_has_is_told_apart(answers: Any) -> None:
    outcome = mapped(*answers)
    assert isinstance(outcome, Skip)
    assert outcome.reason == "question.replaced"


@pytest.mark.parametrize(
    "answer",
    [
        {"question_uuid": "old", "type": "csat", "answer": {"response": None}},
        {"question_uuid": "old", "type": "ces", "answer": 4},
        {"question_uuid": "old", "answer": 4},
        {"question_uuid": "q-2", "type": "csat", "answer": 4},
    ],
)
def test_other_answers_without_the_scored_one_stay_unscored(answer: Any) -> None:
    assert mapped(answer).reason == "unscored"


def test_a_former_score_beside_the_survey_own_is_an_answer_like_others() -> None:
    assert fields(SCORED, {"question_uuid": "old", "type": "csat", "answer": "4"})["old"] == 4


RESPONSES = [5, 0, 4.5, True, None, "", " ", "5", " 7 ", "4.5", "bom", [], {}, ["a", 1], [{"pt_BR": "a"}]]
COMMENTS = [None, "", " ", "ok", " ok ", 0, 5, [], {}, {"pt_BR": "a"}, ["a"]]


def answers(uuids: Sequence[Any], responses: Sequence[Any], comments: Sequence[Any]) -> list[Any]:
    """An answer of each uuid, response and comment, and with no comment at all."""
    parts = [{"response": response} for response in responses]
    parts += [part | {"comment": comment} for part in parts for comment in comments]
    return [{"question_uuid": uuid, "type": "open", "answer": part} for uuid in uuids for part in parts]


ALONE = answers(["q-1", "q-2", "q-3", "q-4", " q-1", "", None, 5, []], RESPONSES, COMMENTS)
ODD = [None, {}, "", 5, "ab", [5], [[]], {"a": {}}, [{"question_uuid": "q-2", "answer": 5}]]
ODD += [[{"question_uuid": "q-2", "answer": part}] for part in ({}, [], {"comment": "c"}, {"response": 5, "more": 1})]
ODD += [[ALONE[0] | more] for more in ({"comment": "c"}, {"question": {"uuid": "q-2"}})]


@pytest.mark.parametrize(
    "lists",
    [
        [[answer] for answer in ALONE],
        [list(pair) for pair in product(answers(["q-1", "q-2"], [None, 5, "a"], [None, "c"]), repeat=2)],
        ODD,
    ],
    ids=["one answer", "two answers", "odd lists"],
)
def test_answers_of_the_usual_form_say_what_they_would_say_in_any_other(lists: list[Any]) -> None:
    """An answer with one more attribute, which is empty, says the same, and is no usual one."""
    survey = make_survey("S", "csat", "open", "ratings")
    survey["questions"].append({"type": "open", "question": "Has no uuid"})
    reader = answer_reader(survey, Wire())
    for listed in lists:
        unusual = listed
        if isinstance(listed, list):
            unusual = [each | {"nothing": None} if isinstance(each, dict) else each for each in listed]
        assert reader.read(listed) == reader.read(unusual), listed
