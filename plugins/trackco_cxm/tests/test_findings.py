"""`--check`: one line for each thing verified."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import trackco_cxm
from connector_core.errors import TransientError
from plugins.trackco_cxm.tests.conftest import Connect
from plugins.trackco_cxm.tests.fake_cxm import FakeCxm, make_answers, make_config, make_survey

Found = Callable[..., dict[str, tuple[bool | None, str]]]


@pytest.fixture
def found(connect: Connect) -> Found:
    """The findings for a fake account, as `{name: (ok, text)}`."""

    def found(fake: FakeCxm, **sections: Any) -> dict[str, tuple[bool | None, str]]:
        findings = trackco_cxm.check(make_config(**sections), connect(fake))
        return {finding.name: (finding.ok, finding.text) for finding in findings}

    return found


def test_an_account_that_keeps_the_contract_bears_out_every_assumption(found: Found) -> None:
    fake = FakeCxm([make_survey("A"), make_survey("B", "nps")], {"A": make_answers(250), "B": make_answers(3)})
    assert found(fake) == {
        "token": (True, "accepted"),
        "data_source.organization_id": (True, "found, with 2 surveys"),
        "data_source.surveys": (True, "2 of 2 surveys can be imported"),
        "wire.interactions_path": (True, "answered for 2 surveys, with a list"),
        "wire.total_key": (True, "the count stands under meta.total"),
        "wire.limit_parameter": (True, "is honoured"),
        "wire.page_parameter": (True, "is honoured"),
        "wire.start_parameter, wire.end_parameter": (None, NO_SPREAD),
        "question types": (True, "all 2 are known"),
        "wire.question_key": (True, "103 of 103 answers refer to a question of their survey"),
        "records": (True, "of 103 looked at: 103 imported"),
        "wire.date_key": (True, "103 of 103 dates can be read; without an offset"),
        "data_source.time_zone": (True, "read in UTC, no answer looked at lies in the future"),
        "forecast": (True, "reading everything takes about 5 requests (253 answers in 2 surveys)"),
    }
    assert len(fake.asked) == 4


NO_SPREAD = "could not be told: the answers looked at lie too close together"
DAYS = "wire.start_parameter, wire.end_parameter"


def test_what_the_first_survey_cannot_tell_the_next_may(found: Found) -> None:
    fake = FakeCxm(
        [make_survey("A"), make_survey("B")], {"A": make_answers(1), "B": make_answers(20, apart=timedelta(days=1))}
    )
    seen = found(fake)
    assert (seen["wire.page_parameter"][0], seen[DAYS][0]) == (True, True)


@pytest.mark.parametrize(
    ("habits", "name", "ok"),
    [
        ({"counts": False}, "wire.total_key", None),
        ({"bare": True}, "wire.total_key", None),
        ({"ignores": frozenset({"limit"})}, "wire.limit_parameter", None),
        ({"cap": 7}, "wire.limit_parameter", True),
        ({"ignores": frozenset({"page"})}, "wire.page_parameter", False),
        ({"ignores": frozenset({"page", "limit"})}, "wire.page_parameter", None),
        ({"ignores": frozenset({"start"})}, DAYS, None),
        ({}, DAYS, True),
        ({"newest_first": True}, DAYS, True),
    ],
)
def test_a_habit_that_reading_bears_is_told_and_fails_nothing(
    found: Found, habits: dict[str, Any], name: str, ok: object
) -> None:
    fake = FakeCxm([make_survey("A")], {"A": make_answers(20, apart=timedelta(days=1))}, **habits)
    assert found(fake)[name][0] is ok


def test_days_that_bring_nothing_though_they_hold_answers_fail(found: Found) -> None:
    """An import by days would lose them."""
    fake = FakeCxm([make_survey("A")], {"A": make_answers(20, apart=timedelta(days=1))})
    fake.after_page = lambda page: fake.answers["A"].clear() if page == 2 else None
    assert found(fake)[DAYS] == (False, "are misread: days that hold answers bring none")


def test_a_cap_of_the_page_size_is_told(found: Found) -> None:
    seen = found(FakeCxm([make_survey("A")], {"A": make_answers(20)}, cap=7))
    assert seen["wire.limit_parameter"][1] == "is honoured, but pages end at 7"
    assert "about 4 requests (20 answers" in seen["forecast"][1]


def test_without_a_count_there_is_no_forecast(found: Found) -> None:
    assert found(FakeCxm([make_survey("A")], {"A": make_answers(5)}, counts=False))["forecast"][0] is None


def test_an_empty_account_tells_nothing_and_says_so(found: Found) -> None:
    seen = found(FakeCxm([make_survey("A")], {"A": []}))
    untold = {name for name, (ok, _) in seen.items() if ok is None}
    assert untold >= {"wire.limit_parameter", "wire.page_parameter", DAYS, "wire.question_key", "records"}
    assert seen["forecast"] == (True, "reading everything takes about 2 requests (0 answers in 1 surveys)")


def test_at_most_ten_surveys_are_tried_and_the_forecast_says_so(found: Found) -> None:
    keys = [f"S{number:02}" for number in range(30)]
    fake = FakeCxm([make_survey(key) for key in keys], {key: make_answers(2) for key in keys})
    text = "reading everything takes about 31 requests (60 answers in 30 surveys, judged by 10 of them)"
    assert found(fake)["forecast"] == (True, text)
    assert len(fake.asked) == 1 + 10 + 1


@pytest.mark.parametrize(
    ("status", "name"), [(401, "token"), (403, "token"), (404, "data_source.organization_id"), (410, "surveys")]
)
def test_a_refusal_is_a_finding_and_the_last(found: Found, status: int, name: str) -> None:
    [(only, (ok, _))] = found(FakeCxm(refusals={"/surveys": status})).items()
    assert (only, ok) == (name, False)


def test_a_survey_whose_answers_are_not_there_is_the_last_finding(found: Found) -> None:
    *_, (name, (ok, text)) = found(FakeCxm([make_survey("A")], {})).items()
    assert (name, ok) == ("wire.interactions_path", False)
    assert "wire.interactions_path" in text


def test_a_server_out_of_reach_is_no_finding_of_ours(found: Found) -> None:
    with pytest.raises(TransientError):
        found(FakeCxm(refusals={"/surveys": 503}))


def test_listed_surveys_are_told_one_by_one(found: Found) -> None:
    fake = FakeCxm([make_survey("A"), make_survey("B", "open"), make_survey("C")], {"A": []})
    seen = found(fake, data_source={"surveys": (" A ", "B", "zzz")})
    assert seen["survey A"] == (True, "found, can be imported")
    assert seen["survey B"] == (False, "holds 0 questions of type nps or csat, must be exactly one")
    assert seen["survey zzz"][0] is False
    assert "1 surveys" in seen["forecast"][1]


def test_surveys_that_are_left_out_are_told_with_their_reason(found: Found) -> None:
    seen = found(FakeCxm([make_survey("B", "open"), {}]))
    assert seen["data_source.surveys"] == (False, "0 of 2 surveys can be imported")
    assert seen["survey Survey B"] == (None, "is left out: holds 0 questions of type nps or csat, must be exactly one")
    assert seen["survey (unnamed)"] == (None, "is left out: has no public_hash")
    assert seen["wire"][0] is None


def test_question_types_that_are_not_known_are_counted(found: Found) -> None:
    seen = found(FakeCxm([make_survey("A", "csat", "slider")], {"A": []}))
    assert seen["question types"][0] is None
    assert seen["question types"][1].startswith("1 of 2 questions")


def test_answers_that_refer_to_no_question_are_told(found: Found) -> None:
    strange = {"uuid": "a", "answered_at": 0, "answers": [{"question_uuid": "other", "answer": 1}]}
    seen = found(FakeCxm([make_survey("A")], {"A": []}, body=[strange, 5, {"answers": 7}]))
    assert seen["wire.question_key"] == (False, "0 of 1 answers refer to a question of their survey")
    assert seen["records"][0] is False


@pytest.mark.parametrize(
    ("date", "form"),
    [
        (1720000000, "unix seconds"),
        ("1720000000000", "unix milliseconds"),
        ("2024-07-01T00:00:00Z", "with an offset"),
        ("2024-07-01 00:00:00", "without an offset"),
    ],
)
def test_the_form_of_dates_is_told(found: Found, date: Any, form: str) -> None:
    fake = FakeCxm([make_survey("A")], {"A": []}, body=[{"uuid": "a", "answered_at": date}])
    assert found(fake)["wire.date_key"] == (True, f"1 of 1 dates can be read; {form}")


def test_dates_that_cannot_be_read_are_counted(found: Found) -> None:
    fake = FakeCxm([make_survey("A")], {"A": []}, body=[{"uuid": "a", "answered_at": "soon"}])
    assert found(fake)["wire.date_key"] == (False, "0 of 1 dates can be read; none")
    assert found(fake)["data_source.time_zone"][0] is None


def test_a_broken_date_among_good_ones_is_no_wrong_assumption(found: Found) -> None:
    fake = FakeCxm([make_survey("A")], {"A": []}, body=[*make_answers(2), {"uuid": "x", "answered_at": "soon"}])
    assert found(fake)["wire.date_key"] == (True, "2 of 3 dates can be read; without an offset")


def test_answers_in_the_future_give_a_wrong_zone_away(found: Found) -> None:
    """The account writes São Paulo's time, three hours behind; read in Honolulu's, it would be seven hours ahead."""
    fake = FakeCxm([make_survey("A")], {"A": make_answers(5)})
    ok, text = found(fake, data_source={"time_zone": "Pacific/Honolulu"})["data_source.time_zone"]
    assert ok is False
    assert "Pacific/Honolulu" in text


def test_without_the_servers_clock_the_zone_cannot_be_told(found: Found) -> None:
    assert found(FakeCxm([make_survey("A")], {"A": make_answers(5)}, date=None))["data_source.time_zone"][0] is None
