"""What `--check` says of an account."""

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from connector_core import Finding, SourceError, TransientError
from plugins.trackco_nps.tests.fake_track import NOW, FakeTrack, build_answer, build_campaign, build_config, connected
from trackco_nps import check
from trackco_nps._wire import Wire
from trackco_nps.config import Config


def recent_answers() -> list[dict[str, Any]]:
    """Answers of the last days, round the clock, so that zones can be told apart."""
    return [build_answer(id=n, time=int((NOW - timedelta(hours=n)).timestamp())) for n in range(100)]


def checked(track: FakeTrack, config: Config | None = None) -> dict[str, Finding]:
    """The findings for an account, by name."""
    with connected(track, config) as http:
        return {finding.name: finding for finding in check(config or build_config(), http)}


def test_an_account_as_we_assume_it_has_no_bad_finding() -> None:
    track = FakeTrack(campaigns=[build_campaign(answers=100)], answers=recent_answers())
    found = checked(track)
    assert {name: finding.ok for name, finding in found.items()} == dict.fromkeys(
        [
            "token",
            "campaigns",
            "codes",
            "answer keys",
            "tags",
            "dates",
            "time zone of dates",
            "report/nps",
            "forecast",
        ],
        True,
    )
    assert found["campaigns"].text == "1 found: 1 nps and 0 csat; together they count 100 answers"
    assert found["answer keys"].text == "26 of the 26 known keys are there"
    assert found["forecast"].text == (
        "reading everything takes about 5 requests (100 answers in 1 campaigns),"
        " within the budget of 900 in 300 seconds"
    )
    assert len(track.asked) == 4


def test_each_listed_campaign_has_its_line_and_the_missing_one_its_neighbours() -> None:
    campaigns = [
        build_campaign(10, answers=1234),
        build_campaign(11, questions=[{"type": "csat"}], answers=None),
        build_campaign(12),
    ]
    found = checked(FakeTrack(campaigns=campaigns), build_config(10, 11, 99))
    assert found["campaign 10"].text == "Pós-venda: nps, counts 1,234 answers"
    assert found["campaign 11"].text == "Pós-venda: csat, does not count its answers"
    assert (found["campaign 99"].ok, found["campaign 99"].text) == (
        False,
        "there is no campaign 99 in the token's account; it has 3, from 10 to 12",
    )
    assert "1,234 answers in 2 campaigns" in found["forecast"].text


def test_an_account_without_campaigns_ends_there() -> None:
    found = checked(FakeTrack(campaigns=[{"name": "x"}]))
    assert list(found) == ["token", "campaigns"]
    assert not found["campaigns"].ok
    assert found["campaigns"].text.endswith("; 1 without a code cannot be read")


@pytest.mark.parametrize(
    ("status", "name", "words"),
    [
        (401, "token", "does not accept the token"),
        (403, "token", "does not accept the token"),
        (404, "base_url", "HTTP 404"),
    ],
)
@pytest.mark.parametrize("request_number", [1, 2, 3, 4])
def test_a_refusal_is_the_last_finding_wherever_it_comes(
    status: int, name: str | None, words: str, request_number: int
) -> None:
    track = FakeTrack(
        campaigns=[build_campaign()], answers=recent_answers(), refuse_from=request_number, refusal=(status, b"")
    )
    with connected(track) as http:
        *_, last = check(build_config(), http)
    assert (last.name, last.ok) == (name, False)
    assert words in last.text
    assert len(track.asked) == request_number


def test_another_failure_is_raised() -> None:
    """Among them the rate limit, which passes by itself."""
    with pytest.raises(TransientError, match="wait five minutes"):
        checked(FakeTrack(refuse_from=1, refusal=(405, b"")))
    with pytest.raises(SourceError, match="HTTP 418"):
        checked(FakeTrack(refuse_from=1, refusal=(418, b"")))


@pytest.mark.parametrize("time", [-62135596800, 253402300799])
def test_an_answer_of_the_year_1_or_9999_is_looked_at_like_any_other(time: int) -> None:
    answers = [*recent_answers(), build_answer(id=9000, time=time)]
    found = checked(FakeTrack(campaigns=[build_campaign()], answers=answers, ignore_dates=True))
    assert found["answer keys"].ok


def test_an_account_without_answers_leaves_the_assumptions_open() -> None:
    found = checked(FakeTrack(campaigns=[build_campaign()]))
    assert [name for name, finding in found.items() if finding.ok is None] == ["codes", "answer keys", "tags"]


def test_a_filter_by_campaign_that_does_nothing_is_found() -> None:
    others = [build_answer(id=9000, campaign_code=11, time=recent_answers()[50]["time"])]
    track = FakeTrack(campaigns=[build_campaign()], answers=recent_answers() + others, ignore_codes=True)
    found = checked(track)["codes"]
    assert (found.ok, found.text) == (
        False,
        "asked for campaign 10, 1 of 101 answers are of others; they are cut out",
    )


def test_missing_and_unknown_keys_are_named() -> None:
    answers = [
        {k: v for k, v in answer.items() if k not in ("picture", "phone")} | {"novo": 1} for answer in recent_answers()
    ]
    found = checked(FakeTrack(campaigns=[build_campaign()], answers=answers))["answer keys"]
    assert found.ok
    assert found.text == (
        "24 of the 26 known keys are there; missing: phone, picture; unknown, loaded as answer.*: novo"
    )


def test_answers_without_a_score_key_cannot_be_imported() -> None:
    answers = [{k: v for k, v in answer.items() if k != "nps_answer"} for answer in recent_answers()]
    assert not checked(FakeTrack(campaigns=[build_campaign()], answers=answers))["answer keys"].ok


def test_dates_of_another_zone_are_found_and_nothing_is_said_to_be_lost() -> None:
    found = checked(FakeTrack(campaigns=[build_campaign()], answers=recent_answers(), zone="Asia/Tokyo"))
    assert not found["time zone of dates"].ok
    assert "12 answers are not of that day in America/Sao_Paulo, 12 are missing" in found["time zone of dates"].text
    assert "Nothing is lost by it" in found["time zone of dates"].text


def test_dates_that_select_nothing_are_found_and_no_zone_is_blamed() -> None:
    found = checked(FakeTrack(campaigns=[build_campaign()], answers=recent_answers(), ignore_dates=True))
    assert not found["dates"].ok
    assert "`start` and `end` are ignored" in found["dates"].text
    assert "time zone of dates" not in found


def test_an_api_that_silently_gives_less_than_it_counts_is_found() -> None:
    track = FakeTrack(campaigns=[build_campaign()], answers=recent_answers(), most=50)
    found = checked(track)["report/nps"]
    assert not found.ok
    assert "it counts 100 scores; the answers that came for the same days hold 50; unless" in found.text


def test_the_zone_can_be_configured() -> None:
    track = FakeTrack(campaigns=[build_campaign()], answers=recent_answers(), zone="Asia/Tokyo")
    assert checked(track, build_config(time_zone="Asia/Tokyo"))["time zone of dates"].ok


def test_an_end_that_is_excluded_is_found_with_the_setting_for_it() -> None:
    track = FakeTrack(campaigns=[build_campaign()], answers=recent_answers(), end_excluded=True)
    found = checked(track)
    assert not found["dates"].ok
    assert "set wire.last_day_included to false" in found["dates"].text
    assert "time zone of dates" not in found
    again = checked(track, evolve(build_config(), wire=Wire(last_day_included=False)))
    assert again["dates"].ok
    assert again["time zone of dates"].ok


def test_the_ticket_tag_is_looked_for_and_its_neighbours_named() -> None:
    tags = [{"name": "Ticket ID", "value": 1}, {"name": "Cidade", "value": "x"}, {"name": None}, "odd"]
    answers = [answer | {"tags": tags} for answer in recent_answers()]
    track = FakeTrack(campaigns=[build_campaign()], answers=answers)
    name = "metadata.transaction_id_field"
    right = checked(track, build_config(transaction_id_field="tag.Ticket ID"))[name]
    assert (right.ok, right.text) == (True, "100 tags of 100 answers are called Ticket ID")
    wrong = checked(track, build_config(transaction_id_field="ticket_id"))[name]
    assert (wrong.ok, wrong.text) == (
        False,
        "no answer has a tag called ticket_id; the nearest are Ticket ID, Cidade",
    )
    bare = FakeTrack(campaigns=[build_campaign()], answers=[answer | {"tags": None} for answer in recent_answers()])
    assert checked(bare, build_config(transaction_id_field="ticket_id"))[name].ok is None
    assert checked(bare)["tags"].ok is None


@pytest.mark.parametrize(
    ("report", "ok", "words"),
    [
        ([], False, "without the key nps"),
        ({"nps": 50}, True, "no counts to compare"),
        ({"nps": 50, "detractors": 1, "passives": 1, "promoters": 98}, True, "it counts 100 scores"),
        ({"nps": 50, "promoters": 3}, True, "no counts to compare"),
        ({"nps": 50, "detractors": 1, "passives": 1, "promoters": True}, True, "no counts to compare"),
        (
            {"nps": 0, "detractors": "1", "passives": 1, "promoters": 1.0},
            False,
            "counts 3 scores; the answers",
        ),
        ({"nps": 0, "detractors": 9, "passives": 1, "promoters": 99}, False, "set wire.compare_counts to false"),
    ],
)
def test_the_report_is_compared_with_the_answers(report: object, *, ok: bool, words: str) -> None:
    track = FakeTrack(campaigns=[build_campaign()], answers=recent_answers(), replies={"report/nps": report})
    found = checked(track)["report/nps"]
    assert found.ok is ok
    assert words in found.text


def test_only_scores_on_the_scale_are_compared() -> None:
    answers = [
        answer | {"nps_answer": score} for answer, score in zip(recent_answers(), (9, "x", None, "8"), strict=False)
    ]
    replies = {"report/nps": {"nps": 50, "promoters": 1, "passives": 1, "detractors": 0}}
    assert checked(FakeTrack(campaigns=[build_campaign()], answers=answers, replies=replies))["report/nps"].ok


def test_records_of_any_shape_do_not_stop_the_check() -> None:
    answers = ["x", None, {}, {"time": 253402300799, "id": [], "tags": 5}, {"time": 1719829800, "nps_answer": 1}]
    track = FakeTrack(campaigns=[build_campaign()], replies={"report/answer": answers, "report/nps": {"nps": 1}})
    assert list(checked(track))[-1] == "forecast"


def test_more_requests_than_the_budget_are_forecast_with_their_time() -> None:
    track = FakeTrack(campaigns=[build_campaign(code, answers=10_000_000) for code in range(1, 13)])
    found = checked(track)["forecast"]
    assert (
        "4,321 requests (120,000,000 answers in 12 campaigns), more than the budget of 900 in 300 seconds" in found.text
    )
    assert found.text.endswith("so it waits some 20 minutes")
    uncompared = evolve(build_config(), wire=Wire(compare_counts=False))
    assert "about 2,161 requests" in checked(track, uncompared)["forecast"].text
